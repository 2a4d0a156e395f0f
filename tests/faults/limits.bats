#!/usr/bin/env bats
# Time, memory, descriptors, signals, and what keeps a session from starting.

load ../lib/helpers

# no_service REASON-PATTERN: the session of hold() was refused before it began.
no_service() {
	is "$code" 78
	is "$(cat "$work/out")" '421 mail.example.org Service not available'
	grep -q -e "$1" "$work/log" || fail "not $1:" "$(cat "$work/log")"
}

# The peak of what $pid had in memory, in kB.
peak() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status"
}

@test "a client that says nothing is told so after the timeout" {
	start --timeout=1
	reap
	is "$code" 75
	is "$(cat "$work/out")" '220 mail.example.org ESMTP
421 mail.example.org Timeout, closing connection'
}

@test "a client that falls silent in a message is cut off and nothing is stored" {
	start_message --timeout=1
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}

@test "part of a command is not executed when time is up" {
	start --timeout=1
	say 'EHLO x\r\nMAIL FROM:<ann@example.net>\r\nRSET\r\nQUI'
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
}

# Octets that come one by one keep no session open beyond its deadline.
drip() {
	local i
	for ((i = 0; i < 100; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		say "$1"
		sleep 0.2
	done
}

@test "a client that sends an octet now and then is cut at the deadline" {
	start --timeout=10 --deadline=2
	SECONDS=0
	drip x
	[ "$SECONDS" -ge 1 ]
	reap
	is "$code $(last_reply)" '75 421 mail.example.org Timeout, closing connection'
}

# A file is ready whenever it is asked; reading all of this takes longer.
@test "input that is always ready is cut at the deadline, too" {
	session "$(transaction bob@example.org)" | sed 's/^DATA/BDAT 99999999999 LAST/' \
		>"$work/in"
	truncate -s 90G "$work/in"
	hold_input --size=10 --deadline=1
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}

@test "a message that trickles is cut at the deadline and not stored" {
	start_message --timeout=10 --deadline=2
	drip 'y\r\n'
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}

# More replies than a pipe holds.
many_replies() {
	echo '@example.org ./all/' >"$users"
	session 'EHLO x\nMAIL FROM:<>'
	for ((i = 0; i < 900; i++)); do
		printf 'RCPT TO:<%0380d@example.org>\r\n' "$i"
	done
}

# deaf OPTION...: a session whose replies nobody reads, $pid.
deaf() {
	many_replies >"$work/in"
	mkfifo "$work/replies"
	exec {deaf}<>"$work/replies"
	"${command[@]}" "$@" <"$work/in" >"$work/replies" 2>"$work/log" \
		3>&- 4>&- &
	pid=$!
	pids+=("$pid")
}

@test "a client that never reads is cut off after the timeout" {
	deaf --timeout=1
	reap
	case $code in
	74 | 75) ;;
	*) fail "exit code $code" ;;
	esac
	grep -q ' session .* end=timeout ' "$work/log"
}

@test "a client that never reads is cut off at the deadline" {
	deaf --timeout=30 --deadline=1
	reap
	case $code in
	74 | 75) ;;
	*) fail "exit code $code" ;;
	esac
}

@test "SIGTERM ends a session whose client never reads" {
	deaf --timeout=8
	for ((i = 0; i < 100; i++)); do # until it waits for the pipe
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

@test "SIGTERM while the client says nothing is a 421" {
	start
	await '^220'
	kill -TERM "$pid"
	reap
	is "$code $(last_reply)" '75 421 mail.example.org Shutting down'
	grep -q ' session .* end=terminated ' "$work/log"
}

@test "SIGTERM in a message stores nothing" {
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

@test "SIGTERM ends it though the parent had blocked and ignored the signals" {
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

@test "a client that never reads is cut off though the parent had blocked SIGALRM" {
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

@test "a client that closes the connection while we write ends the session" {
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

@test "a connection that takes no octets is exit 74" {
	session "$(small bob@example.org)" >"$work/in"
	code=0
	smtp <"$work/in" >/dev/full 2>"$work/log" || code=$?
	is "$code $(count)" '74 0'
}

# The client is gone after the 354; then come the message and LINES.
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

@test "a stored message whose reply cannot be written stays and is logged" {
	vanish_and_say 'Hey there!\n.'
	is "$code" 74
}

@test "it is logged, too, when other commands come behind the message" {
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

@test "without stderr there is one" {
	session "$(small bob@example.org)" >"$work/in"
	code=0
	"${command[@]}" <"$work/in" >"$work/sent" 2>&- || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$code $(verdict) $(count)" '0 250 2.0.0 OK; Message Accepted 1'
	refute grep -q accepted "$(stored)" # no log in the message
}

@test "descriptors of the parent are closed" {
	echo secret >"$work/secret"
	exec {nine}<"$work/secret" 9>"$work/other"
	start
	await '^220'
	ls -l "/proc/$pid/fd" >"$work/list"
	exec 9>&- {nine}<&-
	grep -q "/mail$" "$work/list" # the list is one
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
	# The first hundred are stored, the others read and dropped.
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

@test "no users file is no service" {
	rm "$users"
	hold 'EHLO x\nQUIT'
	no_service ' failed .*users=.*users.txt .*No such file'
}

@test "a users file that is a directory is no service" {
	rm "$users"
	mkdir "$users"
	hold 'EHLO x\nQUIT'
	no_service ' failed .*users=.*users.txt .*not a regular file'
}

@test "a users file that is a pipe is no service, and nobody waits for it" {
	rm "$users"
	mkfifo "$users"
	hold 'EHLO x\nQUIT'
	no_service ' failed .*users=.*users.txt .*not a regular file'
}

@test "a users file that is a device is no service" {
	hold 'EHLO x\nQUIT' --users=/dev/null
	no_service ' failed .*users=/dev/null .*not a regular file'
}

# The session of an ordinary user, in a folder that it may enter.
hold_as_nobody() {
	code=0
	session 'EHLO x\nQUIT' >"$public/in"
	as_nobody "$public/smtp-stdio" --name=mail.example.org "$@" \
		<"$public/in" >"$work/sent" 2>"$work/log" || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
}

@test "a users file that cannot be read is no service" {
	make_public
	mkdir -m 777 "$public/mail"
	cp "$users" "$public/users.txt"
	chmod 644 "$public/users.txt"
	hold_as_nobody --users="$public/users.txt" --mail="$public/mail"
	is "$code" 0 # or the rest would prove nothing
	chmod 000 "$public/users.txt"
	hold_as_nobody --users="$public/users.txt" --mail="$public/mail"
	no_service ' failed .*users=.*users.txt .*Permission denied'
}

@test "a mail directory that cannot be written is no service" {
	make_public
	cp "$users" "$public/users.txt"
	chmod 644 "$public/users.txt"
	mkdir -m 555 "$public/mail"
	hold_as_nobody --users="$public/users.txt" --mail="$public/mail"
	no_service ' failed .*mail=.*Permission denied'
}

@test "a mail directory that cannot be made is no service" {
	hold 'EHLO x\nQUIT' --mail="$work/no/such"
	no_service ' failed .*mail=.*No such file'
}

@test "a mail directory that is a file is no service" {
	echo >"$work/file"
	hold 'EHLO x\nQUIT' --mail="$work/file"
	no_service ' failed .*mail=.*Not a directory'
}

@test "an ordinary user receives mail like root" {
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

# misused ARGUMENT...: exit 64, and only stderr says why.
misused() {
	code=0
	"${command[@]}" "$@" </dev/null >"$work/out" 2>"$work/log" || code=$?
	is "$code" 64
	is "$(cat "$work/out")" ''
	[ -s "$work/log" ] || fail "no word on $*"
	refute [ -e "$mail" ]
}

@test "an unknown option is a usage error" {
	misused --no-such-option
	misused -Z
	misused --lab=yes
	is "$(head -n 1 "$work/log")" 'smtp-stdio: unknown option: --lab=yes'
	misused -bs
	is "$(head -n 1 "$work/log")" 'smtp-stdio: unknown option: -b'
	misused -u x -bV
	is "$(head -n 1 "$work/log")" 'smtp-stdio: unknown option: -b'
}

@test "an option without its value is a usage error" {
	misused --users
	misused --timeout
	misused -m
}

@test "a bad size is a usage error" {
	for size in '' x -1 1X K 1.5M 99999999999999999999 ' 1' 9999999999G 0x10; do
		misused --size="$size"
	done
}

@test "a bad number of recipients is a usage error" {
	for n in 99 1001 0 '' x -100 100x; do
		misused --recipients="$n"
	done
}

@test "a bad timeout or deadline is a usage error" {
	for n in 0 '' x -1 1s 99999999999999999999; do
		misused --timeout="$n"
		misused --deadline="$n"
	done
}

@test "a bad name is a usage error" {
	for name in '' 'a b' a..b .a a. -a a_/b 'a<b' $'a\nb' $'a\tb' 'm\303\244il' \
		"$(printf '%0256d' 1)"; do
		misused --name="$name"
	done
}

@test "an argument too many is a usage error" {
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

@test "--lf on a pipe is none" {
	printf 'HELO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\nHey\n.\nQUIT\n' |
		smtp --lf >"$work/sent" 2>"$work/log"
	grep -q '^250 OK; Message Accepted' "$work/sent"
	is "$(tail -n 1 "$(stored)")" Hey
}

@test "--help and --version answer on stdout and exit 0" {
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

@test "--help names each option of the program" {
	"${command[@]}" --help >"$work/out"
	for option in users mail name size recipients timeout deadline lab lf \
		no-sync deterministic talk help version; do
		grep -q -e "--$option\b" "$work/out" || fail "not --$option"
	done
}
