#!/usr/bin/env bats
# Stored messages: their octets, the trace lines, file names and modes.

load ../lib/helpers

# deliver RCPT...: sends and stores $work/message, whose lines end in CRLF; adds
# the dots and the end of the message independently of the program.
deliver() {
	{
		session "$(transaction "$@")"
		sed 's/^\./../' "$work/message"
		printf '.\r\nQUIT\r\n'
	} >"$work/in"
	hold_input "${with[@]}"
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
}

# The only message of BOX, without the trace lines.
body() {
	local files=("$mail/$1"/new/*)
	[ "${#files[@]}" = 1 ] && [ -f "${files[0]}" ] ||
		fail "not one message: ${files[*]}"
	sed '1,/; [A-Z][a-z][a-z], [0-9]* .* +0000$/d' "${files[0]}"
}

# Stores $work/message for bob and expects its octets with LF for CRLF.
stores_exactly() {
	deliver bob@example.org
	sed 's/\r$//' "$work/message" >"$work/want"
	body bob@example.org >"$work/got"
	cmp "$work/want" "$work/got"
	nothing_in_tmp
}

# The trace lines of the only message of BOX.
trace_of() {
	sed '/; [A-Z][a-z][a-z], [0-9]* .* +0000$/q' "$mail/$1"/new/*
}

@test "a plain message is stored unchanged, with LF for CRLF" {
	printf 'From: ann\r\nSubject: x\r\n\r\nHey there!\r\n  \r\n\r\nBye\t\r\n' \
		>"$work/message"
	stores_exactly
}

@test "octets above 127 are stored unchanged" {
	printf 'Subject: caf\351 \303\251\r\n\r\n\377\376 \200\r\n' >"$work/message"
	stores_exactly
}

@test "every octet except CR and LF is stored unchanged" {
	python3 -c '
import sys
octets = bytes(c for c in range(256) if c not in b"\r\n")
lines = [octets, octets[::-1]] + [bytes([c]) for c in octets]
sys.stdout.buffer.write(b"a: b\r\n")
sys.stdout.buffer.write(b"".join(line + b"\r\n" for line in lines))
' >"$work/message"
	stores_exactly
}

@test "a NUL is stored unchanged" {
	printf 'a: b\r\n\r\n\0\r\n\0\0x\0\r\n' >"$work/message"
	stores_exactly
}

@test "lines that begin with dots lose only the dot of the transport" {
	printf 'a: b\r\n.\r\n..\r\n...\r\n.a\r\n..a\r\na.\r\n .\r\n.\t\r\n' >"$work/message"
	stores_exactly
}

@test "a message whose last line is a dot is stored with the dot" {
	printf 'Subject: x\r\n\r\nend\r\n.\r\n' >"$work/message"
	stores_exactly
	is "$(tail -c 5 "$mail"/bob@example.org/new/* | od -An -c | tr -d ' ')" 'nd\n.\n'
}

@test "a line of 100000 octets is stored unchanged" {
	python3 -c 'print("a: b\r\n" + "a" * 100000 + "\r\n" + "." * 100000 + "\r")' \
		>"$work/message"
	stores_exactly
}

@test "an empty message is stored as its trace lines only" {
	: >"$work/message"
	stores_exactly
	is "$(wc -l <"$(stored)")" 5
}

@test "a message of 5 megabytes is stored unchanged" {
	python3 -c '
import random, sys
octets = random.Random(1).randbytes(5 << 20)
octets = octets.replace(b"\r", b"").replace(b"\n", b"\r\n")
sys.stdout.buffer.write(b"a: b\r\n" + octets + b"\r\n")
' >"$work/message"
	stores_exactly
}

@test "many messages of one session are stored unchanged" {
	for n in 1 2 3 4 5; do
		session "$(transaction bob@example.org)\nmessage $n\n."
	done >"$work/in"
	session QUIT >>"$work/in"
	hold_input
	is "$code $(count)" '0 5'
	is "$(stored | xargs -d '\n' -n 1 tail -n 1 | sort)" \
		"$(printf 'message %s\n' 1 2 3 4 5)"
}

@test "a hundred recipients share one file" {
	seq -f 'u%g@example.org' 100 >"$users"
	printf 'Subject: x\r\n\r\nto all\r\n' >"$work/message"
	deliver $(cat "$users")
	is "$(count)" 100
	is "$(stored | xargs -d '\n' stat -c %h:%i | sort -u | wc -l)" 1
	is "$(stat -c %h "$(stored | head -n 1)")" 100
	for box in $(cat "$users"); do
		is "$(body "$box" | tail -n 1)" 'to all'
	done
	nothing_in_tmp
}

@test "a mailbox given several times gets one message" {
	printf 'bob@example.org\nrob@example.org ./bob@example.org/\n' >"$users"
	printf 'x\r\n' >"$work/message"
	deliver bob@example.org rob@example.org BOB@example.org
	is "$(count)" 1
}

@test "with one recipient the trace lines name it" {
	printf 'x\r\n' >"$work/message"
	with=(--deterministic)
	TCPREMOTEIP=192.0.2.7 deliver Bob+tag@example.org
	is "$(trace_of bob@example.org)" 'Return-Path: <ann@example.net>
Delivered-To: Bob+tag@example.org
Received: from client.example.net ([192.0.2.7])
	by mail.example.org with ESMTP id 1795435200.M000000P1Q1_0000000000000000
	for <Bob+tag@example.org>; Mon, 23 Nov 2026 12:00:00 +0000'
}

@test "with several recipients the trace lines name none of them" {
	printf 'x\r\n' >"$work/message"
	with=(--deterministic)
	TCPREMOTEIP=192.0.2.7 deliver bob@example.org carol@example.org
	for box in bob@example.org carol@example.org; do
		is "$(trace_of "$box")" 'Return-Path: <ann@example.net>
Received: from client.example.net ([192.0.2.7])
	by mail.example.org with ESMTP id 1795435200.M000000P1Q1_0000000000000000; Mon, 23 Nov 2026 12:00:00 +0000'
	done
}

@test "after HELO the trace lines name the protocol SMTP" {
	hold 'HELO there\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\n.\nQUIT' \
		--deterministic
	is "$(trace_of bob@example.org)" 'Return-Path: <>
Delivered-To: bob@example.org
Received: from there ([unknown])
	by mail.example.org with SMTP id 1795435200.M000000P1Q1_0000000000000000
	for <bob@example.org>; Mon, 23 Nov 2026 12:00:00 +0000'
}

@test "a client without a name is called unknown in the trace lines" {
	hold 'HELO\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\n.\nQUIT'
	grep -q '^Received: from unknown (\[unknown\])$' "$(stored)"
}

@test "invalid octets in the client's name are replaced by question marks" {
	hold 'HELO [a_b]:1 (x;y)"<>@\\\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\n.\nQUIT'
	grep -q '^Received: from \[a_b\]:1??x?y?????? (\[unknown\])$' "$(stored)"
}

@test "a long name of the client is truncated to 255 octets" {
	name=$(printf '%0300d' 0)
	hold "HELO $name\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\n.\nQUIT"
	grep -q "^Received: from ${name:0:255} (" "$(stored)"
}

@test "an IPv6 peer has its tag in the trace lines" {
	printf 'x\r\n' >"$work/message"
	TCPREMOTEIP=2001:db8::25 deliver bob@example.org
	grep -q '^Received: from client.example.net (\[IPv6:2001:db8::25\])$' \
		"$(stored)"
}

# received: prints the first line of the Received field, and removes the message
received() {
	grep '^Received: ' "$(stored)"
	rm -r "$mail"
}

@test "Received has the client's host name of TCPREMOTEHOST, before its address" {
	export TCPREMOTEIP=192.0.2.7 TCPREMOTEHOST=Client.example.net
	hold "$(small bob@example.org)"
	is "$(received)" 'Received: from client.example.net (Client.example.net [192.0.2.7])'
	TCPREMOTEIP=2001:db8::25 hold "$(small bob@example.org)"
	is "$(received)" 'Received: from client.example.net (Client.example.net [IPv6:2001:db8::25])'
	hold "$(small bob@example.org | sed s/EHLO/LHLO/)" --lmtp
	is "$(received)" 'Received: from client.example.net (Client.example.net [192.0.2.7])'
}

@test "Received has no host name that is none" {
	export TCPREMOTEIP=192.0.2.7
	local name
	for name in '' 'a b' $'a\nBcc: b@example.org' 'a) (b' '[192.0.2.9]' \
		$'caf\303\251.example' a..b "$(printf %0256d 0)"; do
		TCPREMOTEHOST=$name hold "$(small bob@example.org)"
		is "$(received)" 'Received: from client.example.net ([192.0.2.7])'
	done
}

@test "Received has no host name of a proxy, also after STARTTLS" {
	export TCPREMOTEIP=192.0.2.9 TCPREMOTEHOST=proxy.example.net
	{
		printf 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n'
		session "$(small bob@example.org)"
	} >"$work/in"
	hold_input --proxy
	is "$(received)" 'Received: from client.example.net ([192.0.2.7])'
	rm "$work/in"
	start --proxy --tls=env
	say 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\nEHLO a\r\nSTARTTLS\r\n'
	await '^220 2.0.0'
	session "$(small bob@example.org)" >&"$to"
	finish
	is "$(received)" 'Received: from client.example.net ([192.0.2.7])'
}

@test "a source route is dropped and quotes are kept in the trace lines" {
	printf '"b o"@example.org ./bo/\n"b ./x/\nb"o@example.org ./x/\n@example.org ./all/\n' >"$users"
	hold 'EHLO x\nMAIL FROM:<@a.example,@b.example:ann@example.net>\nRCPT TO:<@relay.example:"b o"@example.org>\nDATA\n.\nQUIT'
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	is "$(head -n 2 "$(stored)")" 'Return-Path: <ann@example.net>
Delivered-To: "b o"@example.org'
	grep -q '^	for <"b o"@example.org>; ' "$(stored)"
}

@test "the date in the trace lines is that of the clock, in UTC" {
	before=$(date +%s)
	TZ=Asia/Tokyo hold "$(small bob@example.org)"
	after=$(date +%s)
	date=$(sed -n 's/^\tfor .*; //p' "$(stored)")
	case $date in
	*' +0000') ;;
	*) fail "not in UTC: $date" ;;
	esac
	seconds=$(date -d "$date" +%s)
	[ "$before" -le "$seconds" ] && [ "$seconds" -le "$after" ]
}

@test "messages have mode 0600 and directories 0700, with any umask" {
	(umask 000 && hold "$(small bob@example.org carol@example.org)")
	is "$(count)" 2
	is "$(find "$mail" -type f -printf '%m\n' | sort -u)" 600
	is "$(find "$mail" -type d -printf '%m\n' | sort -u)" 700
	is "$(find "$mail" -type d -printf '%P\n' | sort | head -n 5 | tr '\n' ' ')" \
		' bob@example.org bob@example.org/cur bob@example.org/new bob@example.org/tmp '
}

@test "the file name contains time, process, random number, host and size" {
	start
	session "$(small bob@example.org)" >&"$to"
	finish
	file=$(stored)
	name=${file##*/}
	pattern="^[0-9]{10}\.M[0-9]{1,6}P${pid}Q1_[0-9a-f]{16}\.mail\.example\.org,S=[0-9]+$"
	[[ $name =~ $pattern ]] || fail "$name"
	is "${name##*,S=}" "$(stat -c %s "$file")"
	refute grep -q '_0000000000000000' <<<"$name"
}

@test "the size in the file name is that of the file" {
	python3 -c 'print("x\r\n..\r\n" * 30000, end="")' >"$work/message"
	deliver bob@example.org
	file=$(stored)
	is "${file##*,S=}" "$(stat -c %s "$file")"
}

@test "an existing file name is never replaced" {
	hold "$(small bob@example.org)" --deterministic
	first=$(stored)
	is "${first##*/}" \
		"1795435200.M000000P1Q1_0000000000000000.mail.example.org,S=$(stat -c %s "$first")"
	echo old >"$first"
	hold "$(small bob@example.org)" --deterministic
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	is "$(stored | sed 's/.*P1//; s/_.*//' | tr '\n' ' ')" 'Q1 Q2 '
	is "$(cat "$first")" old
	nothing_in_tmp
}

@test "a host name with a colon or a slash is escaped in the file name" {
	command+=('--name=[IPv6:2001:db8::1]')
	hold "$(small bob@example.org)"
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	grep -q '\.\[IPv6\\0722001\\072db8\\072\\0721\],S=' <<<"$(stored)"
}

@test "the Maildir of a line is created with its parent directories" {
	echo 'bob@example.org ./people/bob/' >"$users"
	hold "$(small bob@example.org)"
	is "$(count)" 1
	is "$(dirname "$(stored)")" "$mail/people/bob/new"
	is "$(find "$mail" -type d -printf '%m\n' | sort -u)" 700
}

@test "a session that is killed within a message leaves no file" {
	mkdir "$mail"
	python3 -c 'import os, sys
os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR)' "$mail" 2>/dev/null ||
		skip 'the file system has no O_TMPFILE'
	start_message
	kill -KILL "$pid"
	reap
	is "$code" 137
	is_empty
}

@test "input that ends within a message stores nothing and gets no reply" {
	hold "$(transaction bob@example.org)\nHey there!"
	is "$code" 75
	is "$(last_reply)" '354 Go Ahead, Enter data ending with <CRLF>.<CRLF>'
	is_empty
}

@test "a rejected message leaves no file" {
	hold "$(transaction bob@example.org)\n$(printf '%01000d' 0)\n.\nQUIT" \
		--size=999
	is "$code $(verdict)" '0 552 5.3.4 Message too big'
	is_empty
}

# first_line TEXT LINE: a message of TEXT is stored with LINE after the trace
# lines, as DATA, in two chunks cut after each octet, and in one.
first_line() {
	local body
	rm -rf "$mail"
	printf 'EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n%b\r\n.\r\nQUIT\r\n' \
		"$1" >"$work/in"
	hold_input
	is "$(body bob@example.org | head -n 1)" "$2"
	body=$(printf '%b\r\n' "$1" | wc -c)
	for at in 1 2 5 "$body"; do
		rm -rf "$mail"
		{
			printf 'EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\n'
			printf 'BDAT %d\r\n' "$at"
			printf '%b\r\n' "$1" | head -c "$at"
			printf 'BDAT %d LAST\r\n' $((body - at))
			printf '%b\r\n' "$1" | tail -c "+$((at + 1))"
			printf 'QUIT\r\n'
		} >"$work/in"
		hold_input
		is "$(body bob@example.org | head -n 1)" "$2"
		is "$(stat -c %s "$(stored)")" "$(stored | sed 's/.*,S=//')"
	done
}

@test "a message that does not start with a header field gets an empty line" {
	first_line 'Subject: x\r\n\r\ny' 'Subject: x'
	first_line 'X-1_!~ \t: y' $'X-1_!~ \t: y'
	first_line 'From me' 'From me'
	first_line 'From: me' 'From: me'
	first_line '\r\nSubject: x' ''
	first_line ' folded' ''
	first_line '\tfolded' ''
	first_line ': no name' ''
	first_line 'Hey there' ''
	first_line 'Fro' ''
	first_line 'a b: c' ''
	first_line 'caf\303\251: x' ''
	first_line "$(printf '%0997d' 0):" "$(printf '%0997d' 0):"
	first_line "$(printf '%0998d' 0):" ''
}

@test "an empty chunk or message gets no empty line" {
	session 'EHLO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nBDAT 0 LAST\nQUIT' \
		>"$work/in"
	hold_input
	is "$(body bob@example.org | wc -l)" 0
}

@test "a Maildir below a symbolic link is refused, and no other recipient" {
	mkdir -p "$work/home"/{cur,new,tmp} "$mail/carol@example.org/cur"
	ln -s ../home "$mail/bob@example.org"
	ln -s ../../home/new "$mail/carol@example.org/new"
	hold "$(small bob@example.org carol@example.org dave@example.org)"
	is "$(grep -c '^451 4.3.5' "$work/out")" 2
	is "$(count)" 1
	is "$(find "$work/home" -type f)" ''
	for box in bob@example.org carol@example.org; do
		grep -q "reason=\"$box: a Maildir must not be a symbolic link\"" \
			"$work/log"
	done
}

@test "a Maildir whose new/ cannot be read is refused at RCPT" {
	[ "$(id -u)" != 0 ] || skip 'root may read anything'
	mkdir -p "$mail/bob@example.org"/{cur,new,tmp}
	chmod 300 "$mail/bob@example.org/new"
	hold "$(small bob@example.org carol@example.org)"
	is "$(count)" 1
	grep -q 'reply="451 4.3.5 .*reason="bob@example.org: Permission denied"' "$work/log"
}

@test "file names sort by the time of their messages" {
	hold "$(transaction bob@example.org)\na\n.\n$(transaction bob@example.org)\nb\n.\nQUIT" \
		--deterministic
	is "$(ls "$mail/bob@example.org/new" | cut -d_ -f1)" \
'1795435200.M000000P1Q1
1795435200.M000001P1Q2'
}

@test "a host name that is too long for a file name is cut there" {
	name=$(printf '%060d.%060d.%060d.%026d' 1 2 3 4 | tr 0 a)
	hold "$(small bob@example.org)" --name="$name"
	is "$code $(count)" '0 1'
	is "$(basename "$(stored)" | tr -d '\n' | wc -c)" 255
	[[ $(stored) == *,S=$(stat -c %s "$(stored)") ]]
}

@test "a users file cannot name .spool" {
	printf '%s\n' 'bob@example.org ./.spool/' 'carol@example.org ././.SPOOL/x/' \
		'dave@example.org ./.spools/' >"$users"
	hold "$(small bob@example.org carol@example.org dave@example.org)"
	is "$(grep -c 'reason="the directory .spool is reserved"' "$work/log")" 2
	is "$(count)" 1
}

# No openat2(), as on Linux before 5.6.
@test "without openat2 symbolic links are refused, too" {
	needs_strace
	mkdir -p "$work/home"/{cur,new,tmp}
	mkdir -p "$mail"
	ln -s ../home "$mail/bob@example.org"
	session "$(small bob@example.org carol@example.org)" >"$work/in"
	traced -e inject=openat2:error=ENOSYS
	is "$code $(count)" '0 1'
	grep -q 'reason="bob@example.org: a Maildir must not be a symbolic link"' \
		"$work/log"
}

@test "a session removes stale files from .spool, and none in use" {
	needs_strace
	mkdir -p "$mail"
	mkdir -m 700 "$mail/.spool"
	touch -d '3 days ago' "$mail/.spool/old"
	touch "$mail/.spool/new"
	session "$(small bob@example.org)" >"$work/in"
	traced -e inject=access:error=ENOENT
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(ls "$mail/.spool")" new
}

@test "a .spool that others may write is not used" {
	needs_strace
	mkdir -p "$mail/.spool"
	chmod 777 "$mail/.spool"
	session "$(small bob@example.org)" >"$work/in"
	traced -e inject=access:error=ENOENT
	grep -q '^451 4.3.0 ' "$work/out"
	is_empty
}

@test "if an anonymous file cannot be linked a named one is" {
	needs_strace
	session "$(small bob@example.org carol@example.org)" >"$work/in"
	traced -e inject=linkat:error=ENOENT:when=1
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(count)" 2
	nothing_in_tmp
}

@test "a named spool file never replaces an existing one" {
	needs_strace
	mkdir -p "$mail"
	mkdir -m 700 "$mail/.spool"
	echo mine >"$mail/.spool/1795435200.M000000P1Q1_0000000000000000"
	touch -d '2 years' "$mail/.spool"/*
	session "$(small bob@example.org)" >"$work/in"
	with=(--deterministic)
	traced -e inject=access:error=ENOENT
	grep -q '^451 4.3.0 ' "$work/out"
	is "$(cat "$mail/.spool"/*)" mine
}
