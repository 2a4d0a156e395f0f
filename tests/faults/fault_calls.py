"""What can happen to the system calls of a session and its monitor."""
import re

# The errors that a call can fail with; other calls get DEFAULT.
DEFAULT = "EIO ENOMEM EINVAL"
ERRORS = {
    "access": "EIO ENOMEM EACCES",
    "brk": "ENOMEM",
    "clone": "EAGAIN ENOMEM",
    "close": "EIO EINTR ENOSPC EDQUOT",
    "close_range": "ENOSYS ENOMEM EMFILE",
    "dup2": "EBUSY EMFILE",
    "execve": "ENOENT EACCES ENOMEM E2BIG",
    "exit_group": "",
    "faccessat": "EIO ENOMEM EACCES ELOOP EROFS",
    "fork": "EAGAIN ENOMEM",
    "fstatfs": "EIO EINTR ENOMEM ENOSYS",
    "fsync": "EIO ENOSPC EDQUOT EINTR EROFS EINVAL",
    "ftruncate": "EIO EFBIG EPERM",
    "getcwd": "ENOMEM ENOENT",
    "getppid": "",
    "getpid": "",
    "getrandom": "EINTR EAGAIN ENOSYS",
    "gettid": "",
    "kill": "EPERM ESRCH",
    "landlock_add_rule": "EINVAL ENOMEM",
    "landlock_create_ruleset": "ENOSYS EOPNOTSUPP EMFILE E2BIG",
    "landlock_restrict_self": "EPERM E2BIG",
    "linkat": "EIO ENOSPC ENOMEM EDQUOT EINTR EMLINK EXDEV EEXIST ENOENT EROFS",
    "lseek": "EINVAL",
    "lstat": "EIO ENOMEM EACCES",
    "mkdirat": "EIO ENOSPC ENOMEM EDQUOT EINTR EMLINK EROFS EEXIST",
    "openat": "EIO ENOSPC ENOMEM EDQUOT EINTR EMFILE ENFILE EACCES ENOENT"
              " EOPNOTSUPP EISDIR EROFS",
    "open": "EIO ENOMEM EINTR EMFILE ENFILE EACCES ENOENT",
    "pipe": "EMFILE ENFILE",
    "pipe2": "EMFILE ENFILE",
    "poll": "ENOMEM",
    "ppoll": "EINTR ENOMEM EAGAIN",
    "prctl": "EINVAL EPERM",
    "pread64": "EIO EINTR ENOMEM SHORT",
    "pselect6": "EINTR ENOMEM",
    "read": "EIO EINTR EAGAIN ECONNRESET ENOMEM SHORT",
    "rt_sigreturn": "",
    "setpgid": "EPERM EACCES ESRCH",
    "unlinkat": "EIO ENOENT EINTR EROFS",
    "wait4": "ECHILD",
    "write": "EIO ENOSPC ENOMEM EDQUOT EINTR EAGAIN EFBIG EPIPE SHORT CUT",
}
SIGNALS = ["SIGKILL", "SIGTERM"]

# Failures of these have no effect: the call is repeated or does not matter, or,
# for Landlock, the session runs without a sandbox.
AGAIN = {"read", "write", "openat", "fsync", "linkat", "unlinkat", "ppoll", "pread64",
         "pselect6"}
NEVER = {"close", "close_range", "getpid", "ioctl", "landlock_add_rule", "fstatfs",
         "landlock_create_ruleset", "landlock_restrict_self", "prctl", "setitimer",
         "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "setpgid", "umask"}


def numbered(lines):
    """(LINE, PROCESS, CALL, N) for each line of a trace that is a call: the Nth
    call of that name in that process."""
    counts = {}
    for line in lines:
        match = re.match(r"([\d.]+) (\w+)\(", line)
        if match:
            counts[match.groups()] = counts.get(match.groups(), 0) + 1
            yield line, *match.groups(), counts[match.groups()]


def faults_of(lines):
    """(PROCESS, CALL, ERROR, N) for each possible fault in the session of a trace.
    Skips the calls of the loader."""
    calls = [at for _, *at in numbered(lines)]
    start = calls.index(["1", "fcntl", 1])
    for process, call, n in sorted(map(tuple, calls[start:])):
        for error in ERRORS.get(call, DEFAULT).split() + SIGNALS:
            yield process, call, error, n
