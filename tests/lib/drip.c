/* drip COMMAND... - passes standard input to COMMAND octet by octet
 *
 * The next octet is written when COMMAND has read the last one, so that each of
 * its reads gets one.  Exits with the code of COMMAND. */
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int
is_alive(pid_t child, int *status)
{
	return waitpid(child, status, WNOHANG) == 0;
}

int
main(int argc, char *argv[])
{
	int ends[2], left, status = 0, alive = 1;
	char octet;
	pid_t child;

	if (argc < 2 || pipe(ends) < 0)
		return 64;
	child = fork();
	if (child == 0) {
		dup2(ends[0], 0);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	signal(SIGPIPE, SIG_IGN);
	while (
	    alive && read(0, &octet, 1) == 1 && write(ends[1], &octet, 1) == 1)
		do {
			alive = is_alive(child, &status);
			left = 0;
			ioctl(ends[0], FIONREAD, &left);
		} while (alive && left > 0);
	close(ends[1]);
	close(ends[0]);
	if (alive)
		waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
