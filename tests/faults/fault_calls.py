"""What can happen to the system calls of a session, for tests/faults."""
import re

# The errors that a call can fail with; other calls get DEFAULT.
DEFAULT = "EIO ENOMEM EINVAL"
ERRORS = {
    "access": "EIO ENOMEM EACCES",
    "clone": "EAGAIN ENOMEM",
    "close": "EIO EINTR ENOSPC EDQUOT",
    "close_range": "ENOSYS ENOMEM EMFILE",
    "dup2": "EBUSY EINTR EMFILE",
    "execve": "",
    "exit_group": "",
    "faccessat": "EIO ENOMEM EACCES ELOOP EROFS",
    "fork": "EAGAIN ENOMEM",
    "fstatfs": "EIO EINTR ENOMEM ENOSYS",
    "fsync": "EIO ENOSPC EDQUOT EINTR EROFS EINVAL",
    "getrandom": "EINTR EAGAIN ENOSYS",
    "landlock_add_rule": "EINVAL ENOMEM",
    "landlock_create_ruleset": "ENOSYS EOPNOTSUPP EMFILE E2BIG",
    "landlock_restrict_self": "EPERM E2BIG",
    "linkat": "EIO ENOSPC ENOMEM EDQUOT EINTR EMLINK EXDEV EEXIST ENOENT EROFS",
    "mkdirat": "EIO ENOSPC ENOMEM EDQUOT EINTR EMLINK EROFS EEXIST",
    "openat": "EIO ENOSPC ENOMEM EDQUOT EINTR EMFILE ENFILE EACCES ENOENT"
              " EOPNOTSUPP EISDIR EROFS",
    "ppoll": "EINTR ENOMEM EAGAIN",
    "prctl": "EINVAL EPERM",
    "pread64": "EIO EINTR ENOMEM",
    "pselect6": "EINTR ENOMEM",
    "read": "EIO EINTR EAGAIN ECONNRESET ENOMEM",
    "rt_sigreturn": "",
    "setpgid": "EPERM EACCES ESRCH",
    "unlinkat": "EIO ENOENT EINTR EROFS",
    "wait4": "ECHILD",
    "write": "EIO ENOSPC ENOMEM EDQUOT EINTR EAGAIN EFBIG EPIPE",
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
    """(LINE, CALL, N) for each line of a trace that is a call.  strace counts the
    calls of each name per process."""
    counts = {}
    for line in lines:
        match = re.match(r"(\d+) +(\w+)\(", line)
        if match:
            counts[match.groups()] = counts.get(match.groups(), 0) + 1
            yield line, match[2], counts[match.groups()]


def faults_of(lines):
    """(CALL, ERROR, N) for each possible fault in the session of a trace.  Skips
    the calls of the loader."""
    calls = [at for _, *at in numbered(lines)]
    start = calls.index(["fcntl", 1])
    loader = calls[:start]
    for call, n in sorted({tuple(at) for at in calls[start:] if at not in loader}):
        for error in ERRORS.get(call, DEFAULT).split() + SIGNALS:
            yield call, error, n
