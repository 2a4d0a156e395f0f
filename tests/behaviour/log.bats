#!/usr/bin/env bats
# The log, which the operator reads and the client must never see.
bats_require_minimum_version 1.5.0

load ../lib/helpers

# Prints the log lines of EVENT.
logged() {
	grep -E "^(smtp-stdio\[[0-9]+\]: |<[0-7]>)$1 " "$work/log" || true
}

# The client receives replies only.
only_replies() {
	refute grep -qvE '^[0-9]{3}[ -]' "$work/out"
	refute grep -qE 'smtp-stdio|peer=|accepted|refused=|unconfined' "$work/out"
}

@test "the log has one line for a recipient, for a rejection and for the session" {
	hold "EHLO client.example.net\nMAIL FROM:<ann@example.net>\nRCPT TO:<nobody@example.org>\nRCPT TO:<bob@example.org>\nDATA\nHey there!\n.\nFOO bar\nQUIT"
	is "$code $(wc -l <"$work/log")" '0 4'
	size=$(stat -c %s "$(stored)")
	id=$(sed -n 's/.* id \([^ ]*\)$/\1/p' "$(stored)")
	pid=${id##*P} pid=${pid%%Q*}
	is "$(sed 's/ ms=[0-9]*$/ ms=N/' "$work/log")" \
		"smtp-stdio[$pid]: refused peer=unknown helo=client.example.net from=ann@example.net command=\"RCPT TO:<nobody@example.org>\" reply=\"550 5.1.1 No such mailbox\" reason=not-listed
smtp-stdio[$pid]: accepted peer=unknown id=$id from=ann@example.net to=bob@example.org size=$size reply=\"250 2.0.0 OK; Message Accepted $id\"
smtp-stdio[$pid]: refused peer=unknown helo=client.example.net command=\"FOO bar\" reply=\"500 5.5.1 Unknown command\" reason=unknown-command
smtp-stdio[$pid]: session peer=unknown port=0 helo=client.example.net end=quit commands=7 stored=1 refused=2 octets=$(stat -c %s "$work/in") ms=N"
}

@test "each log line is one event with key=value pairs" {
	hold 'EHLO a b\nHELO "x = y"\nMAIL FROM:<>\nRCPT TO:<"b o"@example.org>\nRCPT TO:<bob@example.org>\nRCPT TO:<carol@example.org>\nDATA\n.\nVRFY\nQUIT now\nQUIT'
	value='([^ "=\\]+|"([^"\\]|\\x[0-9a-f]{2})*")'
	refute grep -qvE "^smtp-stdio\[[0-9]+\]: [a-z]+( [a-z]+=$value)+\$" \
		"$work/log"
	is "$(logged accepted | wc -l)" 2
	is "$(logged refused | wc -l) $(logged session | wc -l)" '4 1'
}

# recipients EVENT: the recipients and numbers of recipients in its lines, each
# with the line's number of the message in the session.
recipients() {
	logged "$1" | sed -nE 's/.* id=[^ ]*Q([0-9]+)_[^ ]* from=[^ ]* (to|more)=([^ ]*).*/\1 \2=\3/p'
}

@test "each of the first 100 recipients of a message has a line, and the others are counted" {
	printf '%s\n' '@example.org ./all/' '@example.net discard' \
		>"$users"
	for with in --size=0 --lmtp; do
		hold "$(small {1..102}@example.org {1..103}@example.net |
			if [ "$with" = --lmtp ]; then sed s/EHLO/LHLO/; else cat; fi)" "$with"
		is "$(recipients accepted)" \
			"$(printf '1 to=%s@example.org\n' {1..100})
1 more=2"
		is "$(recipients discarded)" \
			"$(printf '1 to=%s@example.net\n' {1..100})
1 more=3"
		refute grep -q ' reply=' <<<"$(logged accepted | grep more=)"
	done
	grep -q ' stored=102 ' <<<"$(logged session)"
}

@test "a message for 100 recipients has 100 lines, and each message counts its own" {
	echo '@example.org ./all/' >"$users"
	message='Subject: x\n\nhi\n.'
	hold "$(transaction {1..100}@example.org)\n$message\n$(transaction {1..101}@example.org)\n$message\nQUIT"
	is "$(recipients accepted)" "$(printf '1 to=%s@example.org\n' {1..100})
$(printf '2 to=%s@example.org\n' {1..100})
2 more=1"
	grep -q ' stored=2 ' <<<"$(logged session)"
}

@test "control octets, quotes and octets above 127 of a command are escaped in the log" {
	hold 'FOO \001\t\033[2J\177 "q" b\\s\0\377\rx\nQUIT'
	is "$(logged refused | sed 's/.* command=\(.*\) reply=.*/\1/')" \
		'"FOO \x01\x09\x1b[2J\x7f \x22q\x22 b\x5cs\x00\xff\x0dx"'
	refute grep -q '[^ -~]' "$work/log"
}

@test "control octets in the client's name are escaped or rejected" {
	hold 'HELO a\033[31m"b\nHELO c d\nMAIL FROM:<>\nQUIT'
	grep -q '^501 ' "$work/out"
	grep -q 'command="HELO a\\x1b\[31m\\x22b" ' "$work/log"
	grep -q ' helo="c d" ' <<<"$(logged session)"
	refute grep -q '[^ -~]' "$work/log"
}

@test "a command cannot forge a log line" {
	hold 'FOO\rsmtp-stdio[1]: accepted peer=192.0.2.1 id=x\nHELO x" end=quit stored=9 y="\nFOO\nQUIT'
	is "$(logged accepted | wc -l)" 0
	grep -q ' helo="x\\x22 end=quit stored=9 y=\\x22" end=quit commands=4 stored=0 ' \
		<<<"$(logged session)"
}

@test "long values are truncated in the log" {
	hold "FOO $(printf '%01000d' 0)\nHELO $(printf '%0400d' 0)\nMAIL FROM:<$(printf '%0300d' 0)@example.net>\nRCPT TO:<bob@example.org>\nDATA\n.\nQUIT"
	is "$(verdict)" '250 OK; Message Accepted'
	command=$(logged refused | sed 's/.* command="\(.*\)" reply=.*/\1/')
	is "$command" "FOO $(printf '%0252d' 0)..."
	from=$(logged accepted | sed 's/.* from="\(.*\)" to=.*/\1/')
	is "$from" "$(printf '%0256d' 0)..."
	[ "$(wc -L <"$work/log")" -lt 1000 ]
}

@test "escapes do not make a log line longer than its limit" {
	octets=$(printf '\\001%.0s' {1..400})
	hold "HELO $octets\nFOO $octets\n$(transaction bob@example.org)\n.\nQUIT"
	is "$(logged refused | wc -l)" 2
	[ "$(wc -L <"$work/log")" -lt 4096 ]
	grep -q '\.\.\." reply="500 ' "$work/log"
	box=$(printf 'é%.0s' {1..120})
	mkdir -p "$mail"
	echo >"$mail/$box"
	echo "@example.org ./$box/" >>"$users"
	quotes=$(printf '"%.0s' {1..300}) e=$(printf 'é%.0s' {1..300})
	hold "EHLO $quotes\nMAIL FROM:<$e@example.net> SMTPUTF8\nRCPT TO:<$e@example.org>\nQUIT"
	grep -qE " helo=\"(.x22){160}\.\.\.\" from=\"(.x..){160}\.\.\.\" command=\"RCPT TO:<(.x..){157}\.\.\.\" reply=\"451 4.3.5 [^\"]*\" reason=\"(.x..)+\.\.\.: Not a directory\"\$" \
		"$work/log"
	[ "$(wc -L <"$work/log")" -lt 4096 ]
}

# who WITH LINES: for each refusal in a session with LINES its code, client,
# sender and recipient.
who() {
	hold "$2" "$1"
	logged refused | sed -E 's/ command=("[^"]*"|[^ ]*)//; s/.* peer=unknown//; s/ reply="([0-9]*).*/ \1/; s/^ //'
}

@test "a refusal names the client after HELO, and the sender in its transaction" {
	echo 'off@example.org data 554 5.7.1 no' >>"$users"
	mail='MAIL FROM:<ann@example.net>' to='RCPT TO:<bob@example.org>'
	is "$(who --size=9 "FOO\n$mail\nHELO x\nRCPT TO:<x>\n$mail\n$mail\nRCPT TO:<x>\nRSET\nDATA\n$mail\n$to\nEHLO y\nDATA\n$mail\n$to\nDATA\n0123456789\n.\nBDAT 1\nx$mail\n$to\nBDAT 10\n0123456789BDAT 1\nxDATA\nRSET\nMAIL FROM:<>\n$to\nBDAT 10 LAST\n0123456789BDAT 1\nxMAIL FROM:<>\n${to/bob/off}\nDATA\n.\nDATA\nQUIT")" '500
503
helo=x 503
helo=x from=ann@example.net 503
helo=x from=ann@example.net 501
helo=x 503
helo=y 503
helo=y from=ann@example.net 552
helo=y 503
helo=y from=ann@example.net 552
helo=y from=ann@example.net 503
helo=y from=ann@example.net 503
helo=y from="" 552
helo=y 503
helo=y from="" 554
helo=y 503'
	is "$(who --lmtp "LHLO x\n$mail\n$to\n${to/bob/off}\nDATA\n.\n$mail\n$to\nRCPT TO:<carol@example.org>\nDATA\na\rb\n.\nDATA\nQUIT")" 'helo=x from=ann@example.net to=off@example.org 554
helo=x from=ann@example.net to=bob@example.org 554
helo=x from=ann@example.net to=carol@example.org 554
helo=x 503'
	is "$(who --lab 'MAILFROM: <bob@example.org>\nHELO x\nRCPTTO: <x>\nDATA\nRCPTTO: <bob@example.org>\nDATA\na\rb\n.\nRCPTTO: <x>\nQUIT')" 'helo=x from=bob@example.org 421
helo=x from=bob@example.org 421
helo=x from=bob@example.org 554
helo=x 421'
}

# reasons LINES [OPTION...]: code and reason of each refusal in a session
reasons() {
	hold "$@"
	logged refused | sed -E 's/.* reply="([0-9]*)[^"]*" reason=/\1 /' |
		paste -sd ,
}

@test "each refused command has a reason" {
	is "$(reasons "FOO\nLHLO x\nEXPN x\n\n$(printf '%02100d' 0)\nEHLO\nMAIL FROM:<>\nHELO x\nMAIL FROM:<x>\nMAIL FROM:<é@x>\nMAIL FROM:<> SIZE=1\nEHLO x\nMAIL FROM:<é@x>\nMAIL FROM:<> SIZE=x\nMAIL FROM:<> FOO\nMAIL FROM:<> SIZE=99999999999\nQUIT")" \
		'500 unknown-command,500 use-ehlo,502 not-offered,500 bad-octet,500 line-too-long,501 bad-argument,503 out-of-order,501 bad-sender,550 not-ascii,555 unknown-parameter,550 not-ascii,501 bad-parameter,555 unknown-parameter,552 size'
	echo 'off@example.org 553 no' >>"$users"
	is "$(reasons "EHLO x\nMAIL FROM:<>\nRCPT TO:<>\nRCPT TO:<é@x>\nRCPT TO:<x@x>\nRCPT TO:<off@example.org>\nDATA\nBDAT 1\nxBDAT 1 LAST\nxRCPT TO:<bob@example.org>\n$(printf 'RCPT TO:<bob@example.org>\\n%.0s' {1..100})BDAT x" --recipients=100)" \
		'501 bad-recipient,553 not-ascii,550 not-listed,553 users-file,554 no-valid-recipient,554 no-valid-recipient,554 no-valid-recipient,452 too-many-recipients,501 bad-argument'
	is "$(reasons 'HELO x\nLHLO x\nBDAT 1\nxEHLO x\nQUIT' --lmtp)" \
		'500 use-lhlo,503 out-of-order,500 use-lhlo'
	printf 'FOO\nQUIT\r\n' >"$work/in"
	hold_input
	grep -q ' reply="500 .*" reason=bare-lf$' "$work/log"
}

@test "each refused message has a reason, with DATA and with BDAT" {
	echo 'off@example.org data 554 5.7.1 no' >>"$users"
	begin='MAIL FROM:<>\nRCPT TO:<bob@example.org>' hops=$(printf 'Received: x\\n%.0s' {1..100})
	for with in --size=2000 --lmtp\ --size=2000; do
		hello=EHLO
		[[ $with != --lmtp* ]] || hello=LHLO
		is "$(reasons "$hello x\n$begin\nDATA\na\rb\n.\n$begin\nDATA\n$(printf '%02001d' 0)\n.\n$begin\nDATA\n$hops\n.\n${begin/bob/off}\nDATA\n.\n$begin\nBDAT 2001 LAST\n$(printf '%02001d' 0)$begin\nBDAT 2001\n$(printf '%02001d' 0)BDAT 0 LAST\nRSET\n$begin\nBDAT 1300 LAST\n$hops${begin/bob/off}\nBDAT 0 LAST\nQUIT" $with)" \
			'554 bare-cr,552 size,554 loop,554 users-file,552 size,552 size,503 out-of-order,554 loop,554 users-file'
	done
}

@test "each 421 has a reason" {
	is "$(reasons "$(printf 'FOO\\n%.0s' {1..20})")" \
		"$(printf '500 unknown-command,%.0s' {1..20})421 errors"
	is "$(reasons "$(printf 'NOOP\\n%.0s' {1..100})")" '421 idle'
	is "$(reasons 'GET / HTTP/1.1')" '421 http'
	rm "$users"
	is "$(reasons QUIT)" '421 no-service'
}

@test "the 421 at the end of a session names client and sender, too" {
	start --timeout=1
	say 'EHLO x\r\nMAIL FROM:<ann@example.net>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nhalf'
	reap
	grep -q ' helo=x from=ann@example.net command=DATA reply="421 4.4.2 .*" reason=timeout$' \
		<<<"$(logged refused)"
	rm "$work/in"
	hold "EHLO x\nMAIL FROM:<ann@example.net>\n$(printf 'FOO\\n%.0s' {1..20})"
	grep -q ' helo=x from=ann@example.net reply="421 4.7.0 ' \
		<<<"$(logged refused)"
}

@test "a long reason is truncated, and its error is kept" {
	echo "run@example.org |/bin/false $(printf '%0400d' 0)" >>"$users"
	hold "$(small run@example.org)" --commands
	is "$(logged refused | sed 's/.* reason=//; s/ status=.*//')" \
		"\"/bin/false $(printf '%0240d' 0)...\""
	box=$(printf '%0200d/%0100d' 0 0)
	echo "deep@example.org ./$box/" >>"$users"
	mkdir -p "$mail/${box%/*}"
	echo >"$mail/$box"
	hold "$(transaction deep@example.org)\nQUIT"
	grep -q ' reason="0*/0*\.\.\.: Not a directory"$' <<<"$(logged refused)"
}

@test "an unknown command is not logged as the command before it" {
	start
	session 'EHLO x\nMAIL FROM:<ann@example.net>' >&"$to"
	say 'bare one\n'
	head -c 3000 /dev/zero | tr '\0' x >&"$to"
	session '\nQUIT' >&"$to"
	finish
	is "$code $(logged refused | wc -l)" '0 2'
	refute grep -q 'command="MAIL FROM' "$work/log"
}

@test "the reason of a rejection is not logged for the next one" {
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

@test "a lone LF or CR in a message is logged as the reason" {
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

@test "a disk failure is logged with the system's error message" {
	needs_strace
	session "$(small bob@example.org)" >"$work/in"
	with=(--no-sync)
	traced -e inject=linkat:error=EIO
	grep -qE ' reply="451 4.3.0 .*" reason="bob@example.org: I.*/.* error"$' \
		<<<"$(logged refused)"
}

@test "an unusable Maildir is logged by its name" {
	mkdir "$mail"
	echo >"$mail/bob@example.org"
	hold "$(small bob@example.org)"
	grep -q '^451 4.3.5 ' "$work/out"
	grep -q ' reason="bob@example.org: Not a directory"$' \
		<<<"$(logged refused | head -n 1)"
}

@test "a session without mail commands is not logged" {
	hold QUIT
	is "$code $(cat "$work/log")" '0 '
	hold 'EHLO x\nQUIT'
	is "$code $(cat "$work/log")" '0 '
	: >"$work/in"
	hold_input
	is "$code $(cat "$work/log")" '0 '
}

# Skips if built with SYSTEMD=yes, as the program would write to the journal
# itself.
needs_plain_journal() {
	if ldd "${command[0]}" 2>/dev/null | grep -q libsystemd; then
		skip 'it is built with libsystemd'
	fi
}

# hold() with stderr connected to systemd's journal.
hold_for_journal() {
	needs_plain_journal
	session "$1" >"$work/in"
	: >"$work/log"
	JOURNAL_STREAM=$(stat -c %d:%i "$work/log") smtp <"$work/in" \
		>"$work/sent" 2>>"$work/log"
	tr -d '\r' <"$work/sent" >"$work/out"
}

@test "in the journal each line has its priority and no program name" {
	hold_for_journal "FOO\n$(small bob@example.org)"
	is "$(sed 's/ .*//' "$work/log" | tr '\n' ' ')" \
		'<5>refused <6>accepted <6>session '
}

@test "in the journal a local failure is a warning" {
	echo 'odd@example.org nonsense' >>"$users"
	mkdir "$mail"
	echo >"$mail/bob@example.org"
	hold_for_journal "$(transaction bob@example.org)"
	grep -q '^<4>refused .* reply="451 4.3.5 ' "$work/log"
}

@test "in the journal a failed start is an error" {
	needs_plain_journal
	rm "$users"
	: >"$work/log"
	code=0
	JOURNAL_STREAM=$(stat -c %d:%i "$work/log") smtp </dev/null \
		>"$work/sent" 2>>"$work/log" || code=$?
	is "$code" 78
	grep -q '^<3>failed .*users=' "$work/log"
}

@test "in the journal a session without mail commands is a debug message" {
	for lines in QUIT 'EHLO x\nQUIT' 'EHLO x'; do
		hold_for_journal "$lines"
		is "$(wc -l <"$work/log")" 1
		grep -q '^<7>session peer=unknown ' "$work/log"
	done
}

@test "a JOURNAL_STREAM that names another file is ignored" {
	for stream in "$(stat -c %d:%i "$users")" '' : 1: :1 1:2:3 x:y \
		99999999999999999999:1 "$(stat -c %i:%d "$users")"; do
		: >"$work/in"
		JOURNAL_STREAM=$stream hold 'FOO\nQUIT'
		is "$(logged refused | cut -c1-11)" 'smtp-stdio['
	done
}

@test "with stderr on the connection the client receives replies only" {
	session "FOO\n$(small bob@example.org nobody@example.org)" >"$work/in"
	smtp <"$work/in" >"$work/sent" 2>&1
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$(verdict) $(count)" '250 2.0.0 OK; Message Accepted 1'
	only_replies

	smtp <"$work/in" 2>&1 | tr -d '\r' >"$work/out"
	is "$(verdict) $(count)" '250 2.0.0 OK; Message Accepted 2'
	only_replies
}

@test "with stderr on the same file as stdin nothing is written to it" {
	session "FOO\n$(small bob@example.org)" >"$work/in"
	cp "$work/in" "$work/before"
	smtp <"$work/in" >"$work/sent" 2>>"$work/in"
	cmp "$work/before" "$work/in"
	is "$(count)" 1
}

@test "with stderr on the connection a failed start sends a 421 and nothing else" {
	rm "$users"
	code=0
	smtp </dev/null >"$work/sent" 2>&1 || code=$?
	is "$code $(cat "$work/sent")" \
		$'78 421 mail.example.org Service not available\r'
}

@test "with a socket as all three descriptors the client receives replies only" {
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

# peer_is WANT VARIABLE=VALUE...: the log names the client WANT
peer_is() {
	local want=$1
	shift
	session 'FOO\nQUIT' >"$work/in"
	env "$@" timeout -s KILL 30 "${command[@]}" <"$work/in" >"$work/sent" \
		2>"$work/log"
	is "$* $(logged session | sed 's/.* \(peer=.* port=[0-9]*\) .*/\1/')" \
		"$* peer=$want"
}

@test "the peer comes from the variables of tcpserver, systemd, socat, ncat or xinetd" {
	peer_is '192.0.2.1 port=25000' TCPREMOTEIP=192.0.2.1 TCPREMOTEPORT=25000
	peer_is '192.0.2.2 port=25001' REMOTE_ADDR=192.0.2.2 REMOTE_PORT=25001
	peer_is '192.0.2.3 port=25002' SOCAT_PEERADDR=192.0.2.3 SOCAT_PEERPORT=25002
	peer_is '192.0.2.4 port=25003' NCAT_REMOTE_ADDR=192.0.2.4 \
		NCAT_REMOTE_PORT=25003
	peer_is '192.0.2.5 port=0' REMOTE_HOST=192.0.2.5
	peer_is '192.0.2.6 port=0' TCPREMOTEIP=192.0.2.6
	peer_is 'unknown port=0' LANG=C
}

@test "the peer's IPv6 address is logged in its short form" {
	peer_is '2001:db8::1 port=9' TCPREMOTEIP=2001:db8::1 TCPREMOTEPORT=9
	peer_is '2001:db8::1 port=9' TCPREMOTEPORT=9 \
		TCPREMOTEIP=2001:0DB8:0000:0000:0000:0000:0000:0001
	peer_is '2001:db8::2 port=9' SOCAT_PEERPORT=9 \
		SOCAT_PEERADDR='[2001:0db8:0000:0000:0000:0000:0000:0002]'
	peer_is '::1 port=9' SOCAT_PEERPORT=9 \
		SOCAT_PEERADDR='[0000:0000:0000:0000:0000:0000:0000:0001]'
	peer_is '::1 port=0' REMOTE_ADDR=::1
}

@test "an IPv4-mapped IPv6 address is logged as IPv4" {
	peer_is '192.0.2.1 port=0' TCPREMOTEIP=::ffff:192.0.2.1
	peer_is '192.0.2.1 port=0' REMOTE_ADDR=::FFFF:c000:201
	peer_is '192.0.2.1 port=0' \
		SOCAT_PEERADDR='[0000:0000:0000:0000:0000:ffff:c000:0201]'
}

@test "an invalid peer address is logged as unknown" {
	for value in '' localhost client.example.net 1.2.3 1.2.3.4.5 256.1.1.1 \
		1.2.3.04x '1.2.3.4 ' ' 1.2.3.4' $'1.2.3.4\n250 OK' \
		'"; rm' ::1::2 12345::1 g::1 '$(id)' \
		"$(printf '%0300d' 1)" $'\001' '[' '[]' ']' '%'; do
		peer_is 'unknown port=0' TCPREMOTEIP="$value"
	done
}

@test "a peer address with trailing text is logged as unknown" {
	for value in '1.2.3.4])' '[192.0.2.1] x' '192.0.2.1%; rm'; do
		peer_is 'unknown port=0' TCPREMOTEIP="$value"
	done
}

@test "an invalid peer port is logged as 0" {
	for value in '' x -1 1x ' 1' 99999999999999999999; do
		peer_is '192.0.2.1 port=0' TCPREMOTEIP=192.0.2.1 \
			TCPREMOTEPORT="$value"
	done
}

@test "a log that is not read does not block a session" {
	mkfifo "$work/log.fifo"
	sleep 60 <>"$work/log.fifo" &
	holder=$!
	# About 200 octets a line: more than the pipe holds.
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

@test "a client cannot flood the log with rejected commands" {
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

@test "a password that a client sends is not logged" {
	hold 'EHLO a\nFOO shown\nAUTH PLAIN AGhlbGxvAHNlc2FtZQ==\nauth login aGVsbG8=\nc2VzYW1l\nNOOP\nAUTH\tPLAIN AGhlbGxvAHNlc2FtZQ==\n AUTH PLAIN AGhlbGxvAHNlc2FtZQ==\nAUTH AGhlbGxvAHNlc2FtZQ==\nAUTH c2VzYW1l\nMAIL FROM:<>\nc2VzYW1l\nQUIT'
	is "$(logged refused | sed 's/.* command=\(.*\) reply=.*/\1/')" \
		'"FOO shown"
"AUTH PLAIN ..."
"auth login ..."
...
"AUTH\x09PLAIN ..."
" AUTH PLAIN ..."
"AUTH ..."
"AUTH ..."
...'
	refute grep -q 'c2VzYW1l\|AGhl\|aGVs' "$work/log"
}

commands_logged() {
	logged refused | sed 's/.* command=\(.*\) reply=.*/\1/'
}

@test "of an HTTP line or a header field only its start is logged" {
	while IFS='|' read -r line shown; do
		hold "$line\nQUIT"
		is "$code $(commands_logged)" "75 $shown"
	done <<-'END'
		Authorization: Basic aGVs|"Authorization: ..."
		authorization:aGVs|"authorization: ..."
		GET /?key=aGVs HTTP/1.1|"GET ..."
		Host:|Host:
	END
	hold 'PROPFIND /x\nAuthorization: Basic aGVs\nFROM:\nput aGVs\nMAIL FROM:x\nQUIT'
	is "$(commands_logged)" '"PROPFIND /x"
"Authorization: ..."
FROM:
"put ..."
"MAIL FROM:x"'
}

@test "a password is not logged after a lone LF, in a long line, or in the lab either" {
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

@test "a chunk over the size limit is logged with the same reason as DATA" {
	big=$(printf '%020d' 0)
	hold "EHLO a\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\n$big\n.\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nBDAT 22 LAST\n$big\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nBDAT 22\n$big\nQUIT" --size=10
	is "$(logged refused | grep -c '"552 5.3.4 Message too big" reason=size$')" 3
	is "$(logged refused | wc -l)" 3
}
