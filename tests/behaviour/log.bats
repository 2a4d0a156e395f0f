#!/usr/bin/env bats
# What the operator reads, and that the client never reads it.
bats_require_minimum_version 1.5.0

load ../lib/helpers

# The lines of the log of EVENT.
logged() {
	grep -E "^(smtp-stdio\[[0-9]+\]: |<[0-7]>)$1 " "$work/log" || true
}

# The client reads replies only.
only_replies() {
	refute grep -qvE '^[0-9]{3}[ -]' "$work/out"
	refute grep -qE 'smtp-stdio|peer=|accepted|refused=|unconfined' "$work/out"
}

@test "there is one line for a message, for a refusal and for the session" {
	hold "EHLO client.example.net\nMAIL FROM:<ann@example.net>\nRCPT TO:<nobody@example.org>\nRCPT TO:<bob@example.org>\nDATA\nHey there!\n.\nFOO bar\nQUIT"
	is "$code $(wc -l <"$work/log")" '0 4'
	size=$(stat -c %s "$(stored)")
	id=$(sed -n 's/.* id \([^ ]*\)$/\1/p' "$(stored)")
	pid=${id##*P} pid=${pid%%Q*}
	is "$(sed 's/ ms=[0-9]*$/ ms=N/' "$work/log")" \
		"smtp-stdio[$pid]: refused peer=unknown command=\"RCPT TO:<nobody@example.org>\" reply=\"550 5.1.1 No such mailbox\"
smtp-stdio[$pid]: accepted peer=unknown id=$id from=ann@example.net to=bob@example.org recipients=1 size=$size reply=\"250 2.0.0 OK; Message Accepted\"
smtp-stdio[$pid]: refused peer=unknown command=\"FOO bar\" reply=\"500 5.5.1 Unknown command\"
smtp-stdio[$pid]: session peer=unknown port=0 helo=client.example.net end=quit commands=7 stored=1 refused=2 octets=$(stat -c %s "$work/in") ms=N"
}

@test "every line is one event and pairs of key and value" {
	hold 'EHLO a b\nHELO "x = y"\nMAIL FROM:<>\nRCPT TO:<"b o"@example.org>\nRCPT TO:<bob@example.org>\nRCPT TO:<carol@example.org>\nDATA\n.\nVRFY\nQUIT now\nQUIT'
	value='([^ "=\\]+|"([^"\\]|\\x[0-9a-f]{2})*")'
	refute grep -qvE "^smtp-stdio\[[0-9]+\]: [a-z]+( [a-z]+=$value)+\$" \
		"$work/log"
	is "$(logged accepted | wc -l)" 1
	grep -q ' recipients=2 ' <<<"$(logged accepted)"
	is "$(logged refused | wc -l) $(logged session | wc -l)" '4 1'
}

@test "control octets, quotes and octets above 127 of a command are escaped" {
	hold 'FOO \001\t\033[2J\177 "q" b\\s\0\377\rx\nQUIT'
	is "$(logged refused | sed 's/.* command=\(.*\) reply=.*/\1/')" \
		'"FOO \x01\x09\x1b[2J\x7f \x22q\x22 b\x5cs\x00\xff\x0dx"'
	refute grep -q '[^ -~]' "$work/log"
}

@test "control octets in the client's name are escaped or refused" {
	hold 'HELO a\033[31m"b\nHELO c d\nMAIL FROM:<>\nQUIT'
	grep -q '^501 ' "$work/out"
	grep -q 'command="HELO a\\x1b\[31m\\x22b" ' "$work/log"
	grep -q ' helo="c d" ' <<<"$(logged session)"
	refute grep -q '[^ -~]' "$work/log"
}

@test "a command cannot forge a line of the log" {
	hold 'FOO\rsmtp-stdio[1]: accepted peer=192.0.2.1 id=x\nHELO x" end=quit stored=9 y="\nFOO\nQUIT'
	is "$(logged accepted | wc -l)" 0
	grep -q ' helo="x\\x22 end=quit stored=9 y=\\x22" end=quit commands=4 stored=0 ' \
		<<<"$(logged session)"
}

@test "long values are cut" {
	hold "FOO $(printf '%01000d' 0)\nHELO $(printf '%0400d' 0)\nMAIL FROM:<$(printf '%0300d' 0)@example.net>\nRCPT TO:<bob@example.org>\nDATA\n.\nQUIT"
	is "$(verdict)" '250 OK; Message Accepted'
	command=$(logged refused | sed 's/.* command="\(.*\)" reply=.*/\1/')
	is "$command" "FOO $(printf '%0252d' 0)..."
	from=$(logged accepted | sed 's/.* from="\(.*\)" to=.*/\1/')
	is "$from" "$(printf '%0256d' 0)..."
	[ "$(wc -L <"$work/log")" -lt 1000 ]
}

@test "escapes do not make a line longer than the log can hold" {
	octets=$(printf '\\001%.0s' {1..400})
	hold "HELO $octets\nFOO $octets\n$(transaction bob@example.org)\n.\nQUIT"
	is "$(logged refused | wc -l)" 2
	[ "$(wc -L <"$work/log")" -lt 4096 ]
	grep -q '\.\.\." reply="500 ' "$work/log"
}

@test "a line that is no command is not logged as the command before it" {
	start
	session 'EHLO x\nMAIL FROM:<ann@example.net>' >&"$to"
	say 'bare one\n'
	head -c 3000 /dev/zero | tr '\0' x >&"$to"
	session '\nQUIT' >&"$to"
	finish
	is "$code $(logged refused | wc -l)" '0 2'
	refute grep -q 'command="MAIL FROM' "$work/log"
}

@test "the reason of one refusal is not given for the next" {
	echo 'odd@example.org nonsense' >>"$users"
	start --timeout=1
	session 'EHLO x\nMAIL FROM:<>\nRCPT TO:<odd@example.org>' >&"$to"
	say 'bare\n'
	session 'RCPT TO:<odd@example.org>' >&"$to"
	reap
	is "$(last_reply)" '421 4.4.2 mail.example.org Timeout, closing connection'
	logged refused >"$work/refused"
	is "$(grep -c . "$work/refused")" 4
	reason=$(sed -n '1s/.* reply="451 4.3.5 .* \(reason=.*\)$/\1/p' \
		"$work/refused")
	[ -n "$reason" ]
	grep -q 'reply="500 5.5.2 ' <(sed -n 2p "$work/refused")
	grep -q 'reply="421 4.4.2 ' <(sed -n 4p "$work/refused")
	refute grep -q -F -e "$reason" <(sed -n '2p;4p' "$work/refused")
}

@test "a lone LF or CR in a message is named as the reason" {
	hold "$(transaction bob@example.org)\none\rtwo\n.\nQUIT"
	grep -q ' reply="554 5.6.0 .*" reason=bare-cr$' <<<"$(logged refused)"
	{
		session "$(transaction bob@example.org)"
		printf 'one\ntwo\r\n.\r\nQUIT\r\n'
	} >"$work/in"
	hold_input
	grep -q ' reply="554 5.6.0 .*" reason=bare-lf$' <<<"$(logged refused)"
	is_empty
}

@test "trouble with the disk is logged with the words of the system" {
	needs_strace
	session "$(small bob@example.org)" >"$work/in"
	with=(--no-sync)
	traced -e inject=linkat:error=EIO:when=1
	grep -q ' reply="451 4.3.0 .*" reason="storage: I/O error"$' \
		<<<"$(logged refused)" ||
		grep -q ' reply="451 4.3.0 .*" reason="storage: Input/output error"$' \
			<<<"$(logged refused)"
}

@test "a Maildir that cannot be used is logged by its name" {
	mkdir "$mail"
	echo >"$mail/bob@example.org"
	hold "$(small bob@example.org)"
	grep -q '^451 4.3.5 ' "$work/out"
	grep -q ' reason="bob@example.org: Not a directory"$' \
		<<<"$(logged refused | head -n 1)"
}

@test "a session that tried nothing is not logged" {
	hold QUIT
	is "$code $(cat "$work/log")" '0 '
	hold 'EHLO x\nQUIT'
	is "$code $(cat "$work/log")" '0 '
	: >"$work/in"
	hold_input
	is "$code $(cat "$work/log")" '0 '
}

# Built with SYSTEMD=yes, it would speak to the journal itself.
needs_plain_journal() {
	if ldd "${command[0]}" 2>/dev/null | grep -q libsystemd; then
		skip 'it is built with libsystemd'
	fi
}

# hold() with the log where systemd's journal reads it.
hold_for_journal() {
	needs_plain_journal
	session "$1" >"$work/in"
	: >"$work/log"
	JOURNAL_STREAM=$(stat -c %d:%i "$work/log") smtp <"$work/in" \
		>"$work/sent" 2>>"$work/log"
	tr -d '\r' <"$work/sent" >"$work/out"
}

@test "for the journal each line has its priority and no name" {
	hold_for_journal "FOO\n$(small bob@example.org)"
	is "$(sed 's/ .*//' "$work/log" | tr '\n' ' ')" \
		'<5>refused <6>accepted <6>session '
}

@test "for the journal trouble of ours is a warning" {
	echo 'odd@example.org nonsense' >>"$users"
	mkdir "$mail"
	echo >"$mail/bob@example.org"
	hold_for_journal "$(transaction bob@example.org)"
	grep -q '^<4>refused .* reply="451 4.3.5 ' "$work/log"
}

@test "for the journal no service is an error" {
	needs_plain_journal
	rm "$users"
	: >"$work/log"
	code=0
	JOURNAL_STREAM=$(stat -c %d:%i "$work/log") smtp </dev/null \
		>"$work/sent" 2>>"$work/log" || code=$?
	is "$code" 78
	grep -q '^<3>failed .*users=' "$work/log"
}

@test "for the journal a session that tried nothing is a detail" {
	for lines in QUIT 'EHLO x\nQUIT' 'EHLO x'; do
		hold_for_journal "$lines"
		is "$(wc -l <"$work/log")" 1
		grep -q '^<7>session peer=unknown ' "$work/log"
	done
}

@test "JOURNAL_STREAM of another file means nothing" {
	for stream in "$(stat -c %d:%i "$users")" '' : 1: :1 1:2:3 x:y \
		99999999999999999999:1 "$(stat -c %i:%d "$users")"; do
		: >"$work/in"
		JOURNAL_STREAM=$stream hold 'FOO\nQUIT'
		is "$(logged refused | cut -c1-11)" 'smtp-stdio['
	done
}

@test "when stderr is the connection the client reads replies only" {
	session "FOO\n$(small bob@example.org nobody@example.org)" >"$work/in"
	smtp <"$work/in" >"$work/sent" 2>&1
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$(verdict) $(count)" '250 2.0.0 OK; Message Accepted 1'
	only_replies

	smtp <"$work/in" 2>&1 | tr -d '\r' >"$work/out"
	is "$(verdict) $(count)" '250 2.0.0 OK; Message Accepted 2'
	only_replies
}

@test "when stderr is what stdin is nothing is written to it" {
	session "FOO\n$(small bob@example.org)" >"$work/in"
	cp "$work/in" "$work/before"
	smtp <"$work/in" >"$work/sent" 2>>"$work/in"
	cmp "$work/before" "$work/in"
	is "$(count)" 1
}

@test "when stderr is the connection no service is a 421 alone" {
	rm "$users"
	code=0
	smtp </dev/null >"$work/sent" 2>&1 || code=$?
	is "$code $(cat "$work/sent")" \
		$'78 421 mail.example.org Service not available\r'
}

@test "on a socket as all three descriptors the client reads replies only" {
	{
		printf '#!/bin/sh\nexec'
		printf " '%s'" "${command[@]}"
	} >"$work/serve"
	chmod +x "$work/serve"
	session "FOO\n$(small bob@example.org nobody@example.org)" |
		timeout -s KILL 20 socat -t 20 - EXEC:"$work/serve",stderr |
		tr -d '\r' >"$work/out"
	is "$(verdict) $(count)" '250 2.0.0 OK; Message Accepted 1'
	only_replies
}

# peer_is WANT VARIABLE=VALUE... : what the log calls the client
peer_is() {
	local want=$1
	shift
	session 'FOO\nQUIT' >"$work/in"
	env "$@" timeout -s KILL 30 "${command[@]}" <"$work/in" >"$work/sent" \
		2>"$work/log"
	is "$* $(logged session | sed 's/.* \(peer=.* port=[0-9]*\) .*/\1/')" \
		"$* peer=$want"
}

@test "the peer is what tcpserver, systemd, socat, ncat or xinetd say" {
	peer_is '192.0.2.1 port=25000' TCPREMOTEIP=192.0.2.1 TCPREMOTEPORT=25000
	peer_is '192.0.2.2 port=25001' REMOTE_ADDR=192.0.2.2 REMOTE_PORT=25001
	peer_is '192.0.2.3 port=25002' SOCAT_PEERADDR=192.0.2.3 SOCAT_PEERPORT=25002
	peer_is '192.0.2.4 port=25003' NCAT_REMOTE_ADDR=192.0.2.4 \
		NCAT_REMOTE_PORT=25003
	peer_is '192.0.2.5 port=0' REMOTE_HOST=192.0.2.5
	peer_is '192.0.2.6 port=0' TCPREMOTEIP=192.0.2.6
	peer_is 'unknown port=0' LANG=C
}

@test "the peer's IPv6 address is written in its short form" {
	peer_is '2001:db8::1 port=9' TCPREMOTEIP=2001:db8::1 TCPREMOTEPORT=9
	peer_is '2001:db8::1 port=9' TCPREMOTEPORT=9 \
		TCPREMOTEIP=2001:0DB8:0000:0000:0000:0000:0000:0001
	peer_is '2001:db8::2 port=9' SOCAT_PEERPORT=9 \
		SOCAT_PEERADDR='[2001:0db8:0000:0000:0000:0000:0000:0002]'
	peer_is '::1 port=9' SOCAT_PEERPORT=9 \
		SOCAT_PEERADDR='[0000:0000:0000:0000:0000:0000:0000:0001]'
	peer_is '::1 port=0' REMOTE_ADDR=::1
}

@test "an IPv4 address in an IPv6 one is written as IPv4" {
	peer_is '192.0.2.1 port=0' TCPREMOTEIP=::ffff:192.0.2.1
	peer_is '192.0.2.1 port=0' REMOTE_ADDR=::FFFF:c000:201
	peer_is '192.0.2.1 port=0' \
		SOCAT_PEERADDR='[0000:0000:0000:0000:0000:ffff:c000:0201]'
}

@test "a peer's address that is none is unknown" {
	for value in '' localhost client.example.net 1.2.3 1.2.3.4.5 256.1.1.1 \
		1.2.3.04x '1.2.3.4 ' ' 1.2.3.4' $'1.2.3.4\n250 OK' \
		'"; rm' ::1::2 12345::1 g::1 '$(id)' \
		"$(printf '%0300d' 1)" $'\001' '[' '[]' ']' '%'; do
		peer_is 'unknown port=0' TCPREMOTEIP="$value"
	done
}

@test "a peer's address with something behind it is unknown" {
	for value in '1.2.3.4])' '[192.0.2.1] x' '192.0.2.1%; rm'; do
		peer_is 'unknown port=0' TCPREMOTEIP="$value"
	done
}

@test "a peer's port that is none is 0" {
	for value in '' x -1 1x ' 1' 99999999999999999999; do
		peer_is '192.0.2.1 port=0' TCPREMOTEIP=192.0.2.1 \
			TCPREMOTEPORT="$value"
	done
}

@test "a log that nobody reads holds no session up" {
	mkfifo "$work/log.fifo"
	sleep 60 <>"$work/log.fifo" &
	holder=$!
	# Some 200 octets a line: more than the pipe takes.
	{
		printf 'EHLO a\r\n'
		for _ in {1..9}; do
			for _ in {1..19}; do printf 'X%0300d\r\n' 0; done
			printf 'NOOP\r\n'
		done
		printf 'QUIT\r\n'
	} >"$work/input"
	dd if=/dev/zero bs=1024 count=63 >"$work/log.fifo" 2>/dev/null
	run -0 timeout 20 "$SMTP_STDIO" --no-sync \
		--users="$BATS_TEST_DIRNAME/../../users.txt" \
		--mail="$work/mail" <"$work/input" 2>"$work/log.fifo"
	kill "$holder"
	[ "${lines[-1]:0:3}" = 221 ]
}

@test "a client cannot fill the log with refusals" {
	{
		printf 'EHLO a\r\nMAIL FROM:<a@b.c>\r\n'
		for _ in {1..101}; do printf 'RCPT TO:<hello@gmail.com>\r\n'; done
		for _ in {1..300}; do printf 'RCPT TO:<hello@gmail.com>\r\n'; done
		printf 'QUIT\r\n'
	} >"$work/input"
	"$SMTP_STDIO" --users="$BATS_TEST_DIRNAME/../../users.txt" \
		--mail="$work/mail" --recipients=100 --no-sync \
		<"$work/input" >/dev/null 2>"$work/log"
	[ "$(grep -c ' refused ' "$work/log")" = 100 ]
	grep -q 'refused=301 ' "$work/log"
}

@test "a password that a client sends is not in the log" {
	hold 'EHLO a\nAUTH PLAIN AGhlbGxvAHNlc2FtZQ==\nauth login aGVsbG8=\nc2VzYW1l\nNOOP\nAUTH\tPLAIN AGhlbGxvAHNlc2FtZQ==\n AUTH PLAIN AGhlbGxvAHNlc2FtZQ==\nAUTH AGhlbGxvAHNlc2FtZQ==\nMAIL FROM:<>\nFOO shown\nQUIT'
	is "$(logged refused | sed 's/.* command=\(.*\) reply=.*/\1/')" \
		'"AUTH PLAIN ..."
"auth login ..."
...
"AUTH\x09PLAIN ..."
" AUTH PLAIN ..."
"AUTH ..."
"FOO shown"'
	refute grep -q 'c2VzYW1l\|AGhl\|aGVs' "$work/log"
}

@test "nor is it in the log with a lone LF, in a long line, or in the lab" {
	printf 'AUTH PLAIN AGhlbGxv\nAUTH PLAIN AGhl%02100d\r\nQUIT\r\n' 0 \
		>"$work/in"
	hold_input
	is "$(logged refused | grep -c 'command="AUTH PLAIN ..."')" 2
	hold_input --lab
	is "$(logged refused | grep -c 'command="AUTH PLAIN ..."')" 2
	refute grep -q 'AGhl' "$work/log"
}

@test "the log has the reason for each 421 of the lab" {
	hold 'DATA\nHELO\nDATA\nMAILFROM: <x@example.net>\nMAILFROM: bob@example.org\nMAILFROM: <bob@example.org>\nDATA\nRCPTTO: <nobody@example.org>\nRCPTTO: <b b>\nRCPTTO: <bob@example.org> x\nQUIT' --lab
	is "$(grep -c '^421 Service Unavailable$' "$work/out")" 8
	is "$(logged refused | sed 's/.*421 Service Unavailable" reason=//')" \
		'"no HELO yet"
"no sender yet"
"not listed"
"no address in brackets"
"no recipient yet"
"not listed"
"not a valid address"
"text after the address"'
}

@test "a chunk over the limit is logged with the reason, as DATA is" {
	big=$(printf '%020d' 0)
	hold "EHLO a\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\n$big\n.\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nBDAT 22 LAST\n$big\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nBDAT 22\n$big\nQUIT" --size=10
	is "$(logged refused | grep -c '"552 5.3.4 Message too big" reason=size$')" 3
	is "$(logged refused | wc -l)" 3
}
