#!/usr/bin/env bats
# Time, memory, descriptors, signals, and errors at the start of a session.

load ../lib/helpers

# no_service REASON-PATTERN: hold() got a 421 instead of a greeting.
no_service() {
	is "$code" 78
	is "$(cat "$work/out")" '421 mail.example.org Service not available'
	grep -q -e "$1" "$work/log" || fail "not $1:" "$(cat "$work/log")"
}

# The peak memory of $pid, in kB.
peak() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status"
}

@test "a silent client gets a 421 after the timeout" {
	start --timeout=1
	reap
	is "$code" 75
	is "$(cat "$work/out")" '220 mail.example.org ESMTP
421 mail.example.org Timeout, closing connection'
}

@test "a client that stops within a message is disconnected, and nothing is stored" {
	start_message --timeout=1
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}

@test "part of a command is not executed after the timeout" {
	start --timeout=1
	say 'EHLO x\r\nMAIL FROM:<ann@example.net>\r\nRSET\r\nQUI'
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
}

# Single octets do not keep a session open beyond its deadline.
drip() {
	local i
	for ((i = 0; i < 100; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		say "$1"
		sleep 0.2
	done
}

@test "a client that sends an octet now and then is disconnected at the deadline" {
	start --timeout=10 --deadline=2
	SECONDS=0
	drip x
	[ "$SECONDS" -ge 1 ]
	reap
	is "$code $(last_reply)" '75 421 mail.example.org Timeout, closing connection'
}

# A file is always ready to be read; reading all of this one takes longer.
@test "input that is always ready is cut off at the deadline" {
	session "$(transaction bob@example.org)" | sed 's/^DATA/BDAT 99999999999 LAST/' \
		>"$work/in"
	truncate -s 90G "$work/in"
	hold_input --size=10 --deadline=1
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}

@test "a message that arrives slowly is cut off at the deadline and not stored" {
	start_message --timeout=10 --deadline=2
	drip 'y\r\n'
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}

# More replies than a pipe can hold.
many_replies() {
	echo '@example.org ./all/' >"$users"
	session 'EHLO x\nMAIL FROM:<>'
	for ((i = 0; i < 900; i++)); do
		printf 'RCPT TO:<%0380d@example.org>\r\n' "$i"
	done
}

# deaf OPTION...: starts a session, $pid, whose replies are not read.
deaf() {
	many_replies >"$work/in"
	mkfifo "$work/replies"
	exec {deaf}<>"$work/replies"
	"${command[@]}" "$@" <"$work/in" >"$work/replies" 2>"$work/log" \
		3>&- 4>&- &
	pid=$!
	pids+=("$pid")
}

@test "a client that does not read is disconnected after the timeout" {
	deaf --timeout=1
	reap
	case $code in
	74 | 75) ;;
	*) fail "exit code $code" ;;
	esac
	grep -q ' session .* end=timeout ' "$work/log"
}

@test "a client that does not read is disconnected at the deadline" {
	deaf --timeout=30 --deadline=1
	reap
	case $code in
	74 | 75) ;;
	*) fail "exit code $code" ;;
	esac
}

@test "SIGTERM ends a session whose client does not read" {
	deaf --timeout=8
	for ((i = 0; i < 100; i++)); do # until it sleeps in write()
		sleep 0.02
		grep -q '^State:.*S' "/proc/$pid/status" && break
	done
	sleep 0.2
	kill -TERM "$pid"
	SECONDS=0
	reap
	is "$code" 75
	[ "$SECONDS" -lt 4 ] || fail "it took $SECONDS seconds"
}

@test "SIGTERM during silence sends a 421" {
	start
	await '^220'
	kill -TERM "$pid"
	reap
	is "$code $(last_reply)" '75 421 mail.example.org Shutting down'
	grep -q ' session .* end=terminated ' "$work/log"
}

@test "SIGTERM within a message stores nothing" {
	start_message
	kill -TERM "$pid"
	reap
	is "$code $(last_reply)" '75 421 4.3.2 mail.example.org Shutting down'
	is_empty
}

@test "SIGTERM ends a session that is never idle" {
	mkfifo "$work/in"
	(session 'EHLO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA'
		yes $'flood\r') >"$work/in" 2>/dev/null 3>&- 4>&- &
	pids+=("$!")
	"${command[@]}" --no-sync --size=0 <"$work/in" >"$work/sent" \
		2>"$work/log" 3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	await '^354'
	kill -TERM "$pid"
	reap
	is "$code $(last_reply)" '75 421 4.3.2 mail.example.org Shutting down'
	is_empty
}

@test "SIGTERM ends a session whose parent had blocked and ignored signals" {
	mkfifo "$work/in"
	python3 -c '
import os, signal, sys
every = {signal.SIGTERM, signal.SIGALRM, signal.SIGPIPE}
signal.pthread_sigmask(signal.SIG_BLOCK, every)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' \
		"${command[@]}" <"$work/in" >"$work/sent" 2>"$work/log" \
		3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	exec {to}>"$work/in"
	await '^220'
	kill -TERM "$pid"
	reap
	is "$code $(last_reply)" '75 421 mail.example.org Shutting down'
}

@test "the timeout works if the parent had blocked SIGALRM" {
	many_replies >"$work/in"
	mkfifo "$work/replies"
	exec {deaf}<>"$work/replies"
	python3 -c '
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
os.execv(sys.argv[1], sys.argv[1:])' \
		"${command[@]}" --timeout=1 <"$work/in" >"$work/replies" \
		2>"$work/log" 3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	reap
	is "$code" 75
}

@test "a client that closes the connection while it gets a reply ends the session" {
	mkfifo "$work/in" "$work/replies"
	"${command[@]}" <"$work/in" >"$work/replies" 2>"$work/log" 3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	exec {to}>"$work/in" {from}<"$work/replies"
	read -r -t 20 -u "$from" greeting
	is "$greeting" $'220 mail.example.org ESMTP\r'
	exec {from}<&-
	say 'FOO\r\n'
	reap
	is "$code" 74
	grep -q ' session .* end=broken .* reason="connection: Broken pipe"' \
		"$work/log"
}

@test "output that cannot be written is exit 74" {
	session "$(small bob@example.org)" >"$work/in"
	code=0
	smtp <"$work/in" >/dev/full 2>"$work/log" || code=$?
	is "$code $(count)" '74 0'
}

# The client closes its reading side after the 354; the message and LINES
# follow.
vanish_and_say() {
	mkfifo "$work/in" "$work/replies"
	"${command[@]}" <"$work/in" >"$work/replies" 2>"$work/log" 3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	exec {to}>"$work/in" {from}<"$work/replies"
	session "$(transaction bob@example.org)" >&"$to"
	while read -r -t 20 -u "$from" line; do
		case $line in 354*) break ;; esac
	done
	exec {from}<&-
	session "$1" >&"$to"
	reap
	is "$(count)" 1
	id=$(sed -n 's/.* accepted .* id=\([^ ]*\) .*/\1/p' "$work/log")
	grep -q " session .* unheard=$id" "$work/log" || fail "$(cat "$work/log")"
}

@test "a stored message whose reply cannot be written remains and is logged" {
	vanish_and_say 'Hey there!\n.'
	is "$code" 74
}

@test "a stored message whose reply cannot be written is logged, with other commands after it" {
	vanish_and_say 'Hey there!\n.\nQUIT'
}

@test "without stdin or stdout there is no session" {
	code=0
	"${command[@]}" <&- >"$work/out" 2>"$work/log" || code=$?
	is "$code" 74
	is "$(cat "$work/out")" ''
	session QUIT >"$work/in"
	code=0
	"${command[@]}" <"$work/in" >&- 2>"$work/log" || code=$?
	is "$code" 74
	refute [ -e "$mail" ]
}

@test "a session works without stderr" {
	session "$(small bob@example.org)" >"$work/in"
	code=0
	"${command[@]}" <"$work/in" >"$work/sent" 2>&- || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$code $(verdict) $(count)" '0 250 2.0.0 OK; Message Accepted 1'
	refute grep -q accepted "$(stored)" # no log in the message
}

@test "the descriptors of the parent are closed" {
	echo secret >"$work/secret"
	exec {nine}<"$work/secret" 9>"$work/other"
	start
	await '^220'
	ls -l "/proc/$pid/fd" >"$work/list"
	exec 9>&- {nine}<&-
	grep -q "/mail$" "$work/list" # the list is complete
	refute grep -qE "/(secret|other)$" "$work/list"
	is "$(grep -c -- '->' "$work/list")" 5
	say 'QUIT\r\n'
	finish
	is "$code" 0
}

@test "a message of 300 megabytes needs no memory" {
	needs_plain_build
	start --no-sync --size=100M
	session "$(transaction bob@example.org)" >&"$to"
	await '^354'
	# The first 100 megabytes are stored, the others read and discarded.
	yes "$(printf '%098d\r' 0)" | head -c 300000000 >&"$to"
	say '.\r\n'
	await '^552 5.3.4 '
	kB=$(peak)
	say 'QUIT\r\n'
	finish
	is "$code" 0
	[ "$kB" -gt 0 ] && [ "$kB" -lt 2048 ] || fail "$kB kB"
	is_empty
}

@test "a command line of 50 megabytes needs no memory" {
	needs_plain_build
	start
	head -c 50000000 /dev/zero | tr '\0' a >&"$to"
	say '\r\nNOOP\r\n'
	await '^250'
	kB=$(peak)
	say 'QUIT\r\n'
	finish
	is "$code" 0
	is "$(cat "$work/out")" '220 mail.example.org ESMTP
500 Line too long
250 OK
221 mail.example.org'
	[ "$kB" -gt 0 ] && [ "$kB" -lt 2048 ] || fail "$kB kB"
}

@test "a users file of 20 megabytes needs no memory" {
	needs_plain_build
	{
		yes 'somebody.else@example.org' | head -n 800000
		echo bob@example.org
	} >"$users"
	start
	session "$(transaction bob@example.org)\nHey there!\n." >&"$to"
	await '^250 2.0.0 OK; Message'
	kB=$(peak)
	say 'QUIT\r\n'
	finish
	is "$code $(count)" '0 1'
	[ "$kB" -gt 0 ] && [ "$kB" -lt 2048 ] || fail "$kB kB"
}

@test "a thousand recipients need little memory" {
	needs_plain_build
	seq -f 'u%g@example.org' 1000 >"$users"
	start --no-sync
	session "$(transaction $(cat "$users"))\nHey there!\n." >&"$to"
	await '^250 2.0.0 OK; Message'
	kB=$(peak)
	say 'QUIT\r\n'
	finish
	is "$code $(count)" '0 1000'
	[ "$kB" -gt 0 ] && [ "$kB" -lt 4096 ] || fail "$kB kB"
}

@test "ten descriptors are enough" {
	(ulimit -n 10 && hold "$(small bob@example.org carol@example.org dave@example.org)")
	is "$(verdict) $(count)" '250 2.0.0 OK; Message Accepted 3'
}

@test "a missing users file is a 421" {
	rm "$users"
	hold 'EHLO x\nQUIT'
	no_service ' failed .*users=.*users.txt .*No such file'
}

@test "a users file that is a directory is a 421" {
	rm "$users"
	mkdir "$users"
	hold 'EHLO x\nQUIT'
	no_service ' failed .*users=.*users.txt .*not a regular file'
}

@test "a users file that is a pipe is a 421 without waiting" {
	rm "$users"
	mkfifo "$users"
	hold 'EHLO x\nQUIT'
	no_service ' failed .*users=.*users.txt .*not a regular file'
}

@test "a users file that is a device is a 421" {
	hold 'EHLO x\nQUIT' --users=/dev/null
	no_service ' failed .*users=/dev/null .*not a regular file'
}

# A session of an ordinary user in a directory that it may enter.
hold_as_nobody() {
	code=0
	session 'EHLO x\nQUIT' >"$public/in"
	as_nobody "$public/smtp-stdio" --name=mail.example.org "$@" \
		<"$public/in" >"$work/sent" 2>"$work/log" || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
}

@test "a users file that cannot be read is a 421" {
	make_public
	mkdir -m 777 "$public/mail"
	cp "$users" "$public/users.txt"
	chmod 644 "$public/users.txt"
	hold_as_nobody --users="$public/users.txt" --mail="$public/mail"
	is "$code" 0 # otherwise the rest would be void
	chmod 000 "$public/users.txt"
	hold_as_nobody --users="$public/users.txt" --mail="$public/mail"
	no_service ' failed .*users=.*users.txt .*Permission denied'
}

@test "a mail directory that cannot be written is a 421" {
	make_public
	cp "$users" "$public/users.txt"
	chmod 644 "$public/users.txt"
	mkdir -m 555 "$public/mail"
	hold_as_nobody --users="$public/users.txt" --mail="$public/mail"
	no_service ' failed .*mail=.*Permission denied'
}

@test "a mail directory that cannot be created is a 421" {
	hold 'EHLO x\nQUIT' --mail="$work/no/such"
	no_service ' failed .*mail=.*No such file'
}

@test "a mail directory that is a file is a 421" {
	echo >"$work/file"
	hold 'EHLO x\nQUIT' --mail="$work/file"
	no_service ' failed .*mail=.*Not a directory'
}

@test "an ordinary user can receive mail" {
	make_public
	mkdir -m 777 "$public/mail"
	cp "$users" "$public/users.txt"
	chmod 644 "$public/users.txt"
	session "$(small bob@example.org carol@example.org)" >"$public/in"
	code=0
	as_nobody "$public/smtp-stdio" --name=mail.example.org \
		--users="$public/users.txt" --mail="$public/mail" \
		<"$public/in" >"$work/sent" 2>"$work/log" || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(find "$public/mail" -path '*/mail/*/new/*' -type f | wc -l)" 2
	is "$(find "$public/mail" -path '*/mail/*/tmp/*' | wc -l)" 0
}

# misused ARGUMENT...: exit 64 with a message on stderr only.
misused() {
	code=0
	"${command[@]}" "$@" </dev/null >"$work/out" 2>"$work/log" || code=$?
	is "$code" 64
	is "$(cat "$work/out")" ''
	[ -s "$work/log" ] || fail "no message about $*"
	refute [ -e "$mail" ]
}

@test "an unknown option is a usage error" {
	misused --no-such-option
	misused -Z
	misused --lab=yes
	is "$(head -n 1 "$work/log")" 'smtp-stdio: the option takes no value: --lab=yes'
	misused -bd
	is "$(head -n 1 "$work/log")" 'smtp-stdio: unknown option: -b'
	misused -u x -bV
	is "$(head -n 1 "$work/log")" 'smtp-stdio: unknown option: -b'
}

@test "an option without its value is a usage error" {
	misused --users
	misused --timeout
	misused -m
}

@test "an invalid size is a usage error" {
	for size in '' x -1 1X K 1.5M 99999999999999999999 ' 1' 9999999999G 0x10; do
		misused --size="$size"
	done
}

@test "an invalid number of recipients is a usage error" {
	for n in 99 1001 0 '' x -100 100x; do
		misused --recipients="$n"
	done
}

@test "an invalid timeout or deadline is a usage error" {
	for n in 0 '' x -1 1s 99999999999999999999; do
		misused --timeout="$n"
		misused --deadline="$n"
	done
}

@test "an invalid name is a usage error" {
	for name in '' 'a b' a..b .a a. -a a_/b 'a<b' $'a\nb' $'a\tb' 'm\303\244il' \
		"$(printf '%0256d' 1)"; do
		misused --name="$name"
	done
}

@test "an extra argument is a usage error" {
	misused extra
	misused -- extra
}

@test "--talk without a command is a usage error" {
	misused --talk
	misused --talk --
	misused --talk FILE
	misused --talk FILE --
	misused --talk FILE COMMAND
}

@test "--lf on a socket is a usage error" {
	printf '#!/bin/sh\n"%s" "$@" 2>"%s"\necho $? >"%s"\n' \
		"${command[0]}" "$work/log" "$work/code" >"$work/serve"
	chmod +x "$work/serve"
	printf 'QUIT\n' | timeout -s KILL 20 socat -t 20 - \
		EXEC:"$work/serve --lf --users=$users --mail=$mail" >"$work/out"
	is "$(cat "$work/code")" 64
	is "$(cat "$work/out")" ''
	[ -s "$work/log" ]
}

@test "--lf works on a pipe" {
	printf 'HELO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\nHey\n.\nQUIT\n' |
		smtp --lf >"$work/sent" 2>"$work/log"
	grep -q '^250 OK; Message Accepted' "$work/sent"
	is "$(tail -n 1 "$(stored)")" Hey
}

@test "--help and --version write to stdout and exit 0" {
	for option in --help -h --version -V; do
		code=0
		"${command[@]}" "$option" </dev/null >"$work/out" 2>"$work/log" ||
			code=$?
		is "$code" 0
		grep -q smtp-stdio "$work/out"
		is "$(cat "$work/log")" ''
	done
	refute [ -e "$mail" ]
}

@test "--help lists each option of the program" {
	"${command[@]}" --help >"$work/out"
	for option in users mail name size recipients timeout deadline lab lf \
		no-sync deterministic talk help version; do
		grep -q -e "--$option\b" "$work/out" || fail "not --$option"
	done
}

# The program under inetd, with a /dev/log that is full and not read: prints the
# replies and the exit code.
stuck_syslog() {
	python3 - "$work" "${command[@]}" <<-'END'
		import os, socket, subprocess, sys
		work, *command = sys.argv[1:]
		reader, writer = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in "12")
		reader.bind(work + "/syslog")
		writer.setblocking(False)
		writer.connect(work + "/syslog")
		try:
		    while True:
		        writer.send(b"x")
		except BlockingIOError:
		    pass
		ours, theirs = socket.socketpair()
		mounts = 'mount -t tmpfs none /dev && touch /dev/log && ' \
		    'mount --bind "$0/syslog" /dev/log && exec "$@"'
		process = subprocess.Popen(
		    ["unshare", *["-r"] * bool(os.getuid()), "-m", "sh", "-c", mounts, work, *command],
		    stdin=theirs, stdout=theirs, stderr=theirs)
		theirs.close()
		with open(work + "/in", "rb") as file:
		    ours.sendall(file.read())
		while octets := ours.recv(4096):
		    sys.stdout.buffer.write(octets)
		sys.stdout.flush()
		print(process.wait())
	END
}

# It is waited for once, not for each of the 60 lines.
@test "a syslog that nobody reads does not stop a session" {
	unshare -r -m true 2>/dev/null || cannot 'there are no namespaces'
	session "$(small bob@example.org eve{1..60}@example.org carol@example.org)" >"$work/in"
	timeout -s KILL 30 bash -c "$(declare -f stuck_syslog); work=$work
		$(declare -p command); stuck_syslog" | tr -d '\r' >"$work/out"
	is "$(tail -n 2 "$work/out")" $'221 2.0.0 mail.example.org\n0'
	is "$(count)" 2
}

@test "SIZE= is compared with the exact space of the mail directory" {
	unshare -r -m true 2>/dev/null || cannot 'there are no namespaces'
	mkdir "$mail"
	session 'EHLO x\nMAIL FROM:<> SIZE=65537\nMAIL FROM:<> SIZE=65536\nQUIT' |
		timeout -s KILL 30 unshare -r -m sh -c '
			mount -t tmpfs -o size=64k none "$0" && exec "$@"' \
			"$mail" "${command[@]}" 2>"$work/log" |
		tr -d '\r' >"$work/out"
	is "$(grep -v '^250-' "$work/out" | tail -n 3 | head -n 2)" \
		$'452 4.3.1 Insufficient storage\n250 2.1.0 Sender <> OK'
}

@test "a buffered command is not obeyed after the deadline" {
	printf '%s\n' 'bob@example.org |/bin/sleep 2' >"$users"
	hold "$(transaction bob@example.org)\nHey\n.\nNOOP\nNOOP\nQUIT" --commands \
		--deadline=1
	is "$code" 75
	is "$(tail -n 2 "$work/out" | cut -c 1-9)" $'250 2.0.0\n421 4.4.2'
}

@test "without close_range the start does not depend on the limit of descriptors" {
	needs_strace
	ulimit -n "$(ulimit -H -n)"
	echo QUIT | sed 's/$/\r/' >"$work/in"
	traced -e inject=close_range:error=ENOSYS 7<"$users" 9<"$users"
	is "$code $(last_reply)" '0 221 mail.example.org'
	[ "$(grep -c ' close(' "$work/trace")" -lt 50 ]
	for fd in 7 9; do
		grep -qE " close\($fd<.*\) += 0" "$work/trace"
	done
}
