# SYSTEMD=yes: the journal gets structured fields.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || exit 1
	[ -e /usr/include/systemd/sd-journal.h ] || skip "no libsystemd"
	[ "${SANITIZED:-no}" = no ] || skip "a sanitizer is built in"
	make -s SYSTEMD=yes O="$O/systemd" PROGRAM="$O/systemd/smtp-stdio" all
}

# A journal that writes the entries to a file, field by field.
journal() {
	cat >"$BATS_TEST_TMPDIR/journal.py" <<'END'
import os, socket, subprocess, sys
os.makedirs('/run/systemd/journal', exist_ok=True)
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind('/run/systemd/journal/socket')
log = open(sys.argv[1], 'w')
status = os.fstat(log.fileno())
env = dict(os.environ, JOURNAL_STREAM=f'{status.st_dev}:{status.st_ino}')
subprocess.run(sys.argv[2:], env=env, stdin=sys.stdin, stderr=log, check=True,
               timeout=20)
journal.setblocking(False)
try:
    while True:
        print(journal.recv(65536).decode(), end='\n\n')
except BlockingIOError:
    pass
END
	unshare --mount sh -c 'mount -t tmpfs none /run && exec "$@"' - \
		python3 "$BATS_TEST_TMPDIR/journal.py" "$@"
}

@test "each key=value pair of a log line is a field of the journal entry" {
	[ "$(id -u)" = 0 ] || skip "only root can make its own journal"
	printf 'HELO\r\nMAILFROM:<a@b.c>\r\nRCPTTO:<hello@gmail.com>\r\nDATA\r\n.\r\nQUIT\r\n' \
		>"$BATS_TEST_TMPDIR/session"
	run -0 journal "$BATS_TEST_TMPDIR/log" "$O/systemd/smtp-stdio" \
		--mail="$BATS_TEST_TMPDIR/mail" --name=mail.example.org \
		<"$BATS_TEST_TMPDIR/session"
	[[ $output == *"PRIORITY=6"* ]]
	[[ $output == *"MESSAGE=accepted peer=unknown id="* ]]
	[[ $output == *"SMTP_STDIO_FROM=a@b.c"* ]]
	[[ $output == *"SMTP_STDIO_TO=hello@gmail.com"* ]]
	[[ $output == *"SMTP_STDIO_REPLY=250 OK; Message Accepted"* ]]
	[ ! -s "$BATS_TEST_TMPDIR/log" ]
}

@test "without SYSTEMD=yes the program does not use libsystemd" {
	run -1 grep -q sd_journal <(nm "$SMTP_STDIO")
	grep -q sd_journal <(nm "$O/systemd/smtp-stdio")
}
