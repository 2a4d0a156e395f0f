#!/usr/bin/env bats
# BDAT: a message that is sent in chunks is stored unchanged, and an incomplete
# one is not stored.  Also the protocol names in the trace lines.

load ../lib/helpers
load ../lib/net
load ../lib/relay

setup_file() {
	make_messages
}

begin='EHLO client.example.net\r\nMAIL FROM:<ann@example.net>\r\nRCPT TO:<bob@example.org>\r\n'

# octets FORMAT: plays a session of these octets from a file.
octets() {
	printf "$1" >"$work/in"
	shift
	hold_input "$@"
}

# Sends CHUNKS, a Python expression, as one message; compares the stored message
# with their octets, LF for CRLF.
stores_chunks() {
	python3 - "$work" "$1" <<-'END'
		import random
		import sys

		dice = random.Random(1)

		def cut(octets, most):
		    while octets:
		        n = dice.randint(0, most)
		        yield octets[:n]
		        octets = octets[n:]

		work, chunks = sys.argv[1], [b"a: b\r\n"] + list(eval(sys.argv[2]))
		with open(work + "/in", "wb") as file:
		    file.write(b"EHLO x\r\nMAIL FROM:<ann@example.net>\r\n"
		               b"RCPT TO:<bob@example.org>\r\n")
		    for i, chunk in enumerate(chunks):
		        last = b" LAST" if i == len(chunks) - 1 else b""
		        file.write(b"BDAT %d%b\r\n%b" % (len(chunk), last, chunk))
		    file.write(b"QUIT\r\n")
		with open(work + "/want", "wb") as file:
		    file.write(b"".join(chunks).replace(b"\r\n", b"\n"))
	END
	hold_input
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	body_of bob@example.org >"$work/got"
	cmp "$work/want" "$work/got"
	nothing_in_tmp
	is "$(stat -c %s "$(stored)")" "$(stored | sed 's/.*,S=//')"
}

@test "BDAT: every octet is stored unchanged" {
	stores_chunks '[bytes(range(256)), bytes(range(255, -1, -1)), bytes([c for c in range(256) for _ in range(2)])]'
}

@test "BDAT: CR and LF, in any order and split between chunks, are stored unchanged" {
	stores_chunks 'cut(bytes(dice.choices(b"\r\n.x", k=3000)), 60)'
}

@test "BDAT: 2 megabytes of line ends in chunks of any size are stored unchanged" {
	stores_chunks 'cut(bytes(dice.choices(b"\r\r\n\nx", k=2000000)), 100000)'
}

@test "BDAT: 5 megabytes of random octets in chunks of any size are stored unchanged" {
	stores_chunks 'cut(dice.randbytes(5 << 20), 300000)'
}

@test "BDAT: 5 megabytes in one chunk are stored unchanged" {
	stores_chunks '[dice.randbytes(5 << 20)]'
}

@test "BDAT: CR and LF in chunks of one octet are stored unchanged" {
	stores_chunks '[bytes([c]) for c in b"a\r\n\rb\n\r\n\r\r\n\n."]'
}

@test "BDAT: a message that ends in a CR is stored with the CR" {
	stores_chunks '[b"x\r", b"", b"\r"]'
}

# Exim sends BDAT to every server that offers it, and marks that with a K in its
# log.
start_chunking_exim() {
	needs tcpserver python3
	serve listen_tcp
	start_exim 'driver = smtp' "port = $port" allow_localhost \
		'message_linelength_limit = 200000' 'hosts_try_chunking = *' "$@"
}

listen_tcp() {
	exec tcpserver -HRl0 127.0.0.1 "$port" "${command[@]}"
}

@test "Exim delivers plain, 8-bit, dotted, full and empty messages in chunks" {
	start_chunking_exim
	for message in plain eight dots full empty; do
		rm -rf "$mail"
		: >"$relay_log"
		by_smtplib SMTP "$messages/$message" bob@example.org
		relayed ' Completed$'
		grep -q ' => bob@example.org .* K C="250.* OK; Message Accepted [^ ]*"' \
			"$relay_log" || fail "$(cat "$relay_log")"
		arrived "$message" bob@example.org
	done
}

@test "Exim delivers 5 MB in chunks to several recipients" {
	start_chunking_exim
	by_smtplib SMTP "$messages/big" bob@example.org carol@example.org
	relayed ' Completed$'
	grep -q ' => bob@example.org .* K ' "$relay_log"
	arrived big bob@example.org
	arrived big carol@example.org
	is "$(stored | xargs -d '\n' stat -c %i | sort -u | wc -l)" 1
}

@test "Exim applies a rejection of the last chunk to the message" {
	echo 'late@example.org data 451 4.3.0 not now' >>"$users"
	echo 'never@example.org data 554 5.7.1 no thanks' >>"$users"
	start_chunking_exim
	by_smtplib SMTP "$messages/plain" bob@example.org never@example.org
	relayed ' \*\* bob@example.org .* 554 5.7.1 no thanks'
	by_smtplib SMTP "$messages/plain" bob@example.org late@example.org
	relayed ' == bob@example.org .* 451 4.3.0 not now'
	is_empty
}

@test "Exim delivers in chunks over LMTP and applies each reply to its recipient" {
	needs tcpserver python3
	echo 'late@example.org data 451 4.3.0 not now' >>"$users"
	command+=(--lmtp)
	start_chunking_exim 'protocol = lmtp'
	by_smtplib SMTP "$messages/plain" bob@example.org late@example.org \
		carol@example.org
	relayed ' == late@example.org .* 451 4.3.0 not now'
	relayed ' [-=]> carol@example.org .* K '
	arrived plain bob@example.org
	arrived plain carol@example.org
	is "$(count)" 2
}

# Incomplete messages.

@test "BDAT: input that ends anywhere within a chunk stores nothing and gets no reply" {
	chunk='BDAT 12\r\nHey there!\r\n'
	for cut in 0 1 5 11; do
		printf "${begin}BDAT 12 LAST\r\n" >"$work/in"
		printf 'Hey there!\r\n' | head -c "$cut" >>"$work/in"
		hold_input
		is "$cut $code" "$cut 75"
		is "$(last_reply)" '250 2.1.5 Recipient <bob@example.org> OK'
		octets "$begin$chunk"
		is "$code $(last_reply)" '0 250 2.0.0 OK'
		printf "$begin${chunk}BDAT 12 LAST\r\n" >"$work/in"
		printf 'Hey there!\r\n' | head -c "$cut" >>"$work/in"
		hold_input
		is "$cut $code $(last_reply)" "$cut 75 250 2.0.0 OK"
	done
	grep -q ' end=eof-in-message ' "$work/log"
	is_empty
}

@test "BDAT: input that ends within a discarded chunk gets no reply" {
	octets "EHLO x\r\nBDAT 12 LAST\r\nQUIT\r\n"
	is "$code $(last_reply)" '75 250 HELP'
	octets "${begin}BDAT 12 LAST\r\nHey there!" --size=5
	is "$code $(last_reply)" '75 250 2.1.5 Recipient <bob@example.org> OK'
	is_empty
}

@test "BDAT: a chunk of the largest possible size is read until the input ends" {
	octets "${begin}BDAT 18446744073709551615 LAST\r\nQUIT\r\n"
	is "$code $(last_reply)" '75 250 2.1.5 Recipient <bob@example.org> OK'
	octets "${begin}BDAT 5\r\nHey\r\nBDAT 18446744073709551615\r\nQUIT\r\n"
	is "$code $(last_reply)" '75 250 2.0.0 OK'
	octets "EHLO x\r\nBDAT 18446744073709551614\r\nQUIT\r\n"
	is "$code $(last_reply)" '75 250 HELP'
	is_empty
}

@test "BDAT: an end of input between chunks stores nothing" {
	octets "${begin}BDAT 5\r\nHey\r\nBDAT 0\r\n"
	is "$code $(last_reply)" '0 250 2.0.0 OK'
	is_empty
}

@test "BDAT: a client that is silent within a chunk is disconnected, and nothing is stored" {
	start --timeout=1
	say "${begin}BDAT 12 LAST\r\nHey"
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}

@test "BDAT: a client that is silent between chunks is disconnected, and nothing is stored" {
	start --timeout=1
	say "${begin}BDAT 3\r\nHey"
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}

@test "BDAT: SIGTERM within a chunk ends the session, and nothing is stored" {
	start
	say "${begin}BDAT 3\r\nHeyBDAT 12 LAST\r\nHey"
	await '^250 2.0.0 OK'
	kill -TERM "$pid"
	reap
	is "$code $(last_reply)" '75 421 4.3.2 mail.example.org Shutting down'
	is_empty
}

@test "BDAT: a session that is killed between chunks leaves no file" {
	mkdir "$mail"
	python3 -c 'import os, sys
os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR)' "$mail" 2>/dev/null ||
		skip 'the file system has no O_TMPFILE'
	start
	say "${begin}BDAT 3\r\nHey"
	await '^250 2.0.0 OK'
	kill -KILL "$pid"
	reap
	is_empty
}

@test "BDAT: no way to end a message in chunks leaks a file or a descriptor" {
	mail_and_rcpt='MAIL FROM:<ann@example.net>\r\nRCPT TO:<bob@example.org>\r\n'
	{
		printf 'EHLO x\r\n'
		for ((i = 0; i < 20; i++)); do
			printf "${mail_and_rcpt}BDAT 3\r\nHeyRSET\r\n"
			printf "${mail_and_rcpt}BDAT 3\r\nHeyEHLO x\r\n"
			printf "${mail_and_rcpt}BDAT 11\r\nHey there!!RSET\r\n"
			printf "${mail_and_rcpt}BDAT 11 LAST\r\nHey there!!"
		done
		printf "${mail_and_rcpt}BDAT 3\r\nHeyQUIT\r\n"
	} >"$work/in"
	(ulimit -n 16 && hold_input --size=10 && echo "$code" >"$work/code")
	is "$(cat "$work/code") $(last_reply)" '0 221 2.0.0 mail.example.org'
	is "$(grep -c '^552 ' "$work/out")" 40
	is_empty
}

@test "BDAT: discarding a chunk of 300 megabytes needs no memory" {
	needs_plain_build
	{
		printf "${begin}BDAT 314572800 LAST\r\n"
		head -c 314572800 /dev/zero
		printf 'QUIT\r\n'
	} | (ulimit -v 65536 && timeout 60 "${command[@]}" --size=1M) \
		>"$work/sent" 2>"$work/log"
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$(verdict)" '552 5.3.4 Message too big'
	is_empty
}

@test "BDAT: a message may be as big as the limit, and not one octet bigger" {
	octets "${begin}BDAT 8\r\n1234567\rBDAT 2 LAST\r\n\n!QUIT\r\n" --size=10
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	octets "${begin}BDAT 8\r\n1234567\rBDAT 2 LAST\r\n\n!QUIT\r\n" --size=9
	is "$code $(verdict)" '0 552 5.3.4 Message too big'
	is "$(count)" 1
}

# The protocol names of RFC 3848 and 6531.

# protocol LINES OPTION...: prints the protocol of the one message of these
# lines.
protocol() {
	rm -rf "$mail"
	hold "$1" "${@:2}"
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	sed -n 's/^	by mail.example.org with \([A-Z0-9]*\) id .*/\1/p' "$(stored)"
}

data='RCPT TO:<bob@example.org>\nDATA\nHey there!\n.\nQUIT'
bdat='RCPT TO:<bob@example.org>\nBDAT 6 LAST\nHey.\nQUIT'

@test "the trace lines name the protocol" {
	mail_from='MAIL FROM:<ann@example.net>'
	for how in "$data" "$bdat"; do
		is "$(protocol "HELO x\n$mail_from\n$how")" SMTP
		is "$(protocol "EHLO x\n$mail_from\n$how")" ESMTP
		is "$(protocol "EHLO x\nHELO x\n$mail_from\n$how")" SMTP
		is "$(protocol "EHLO x\n$mail_from SMTPUTF8\n$how")" UTF8SMTP
		is "$(protocol "EHLO x\n$mail_from SMTPUTF8\nRSET\n$mail_from\n$how")" ESMTP
		is "$(protocol "EHLO x\n$mail_from SMTPUTF8\nHELO x\n$mail_from\n$how")" SMTP
		is "$(protocol "LHLO x\n$mail_from\n$how" --lmtp)" LMTP
		is "$(protocol "LHLO x\n$mail_from SMTPUTF8\n$how" --lmtp)" UTF8LMTP
		is "$(protocol "LHLO x\n$mail_from SMTPUTF8\nRSET\n$mail_from\n$how" --lmtp)" LMTP
	done
}

@test "the protocol name shows TLS, except after HELO" {
	mail_from='MAIL FROM:<ann@example.net>'
	is "$(protocol "HELO x\n$mail_from\n$data" --tls-on)" SMTP
	is "$(protocol "EHLO x\n$mail_from\n$data" --tls-on)" ESMTPS
	is "$(protocol "EHLO x\n$mail_from SMTPUTF8\n$data" --tls-on)" UTF8SMTPS
	is "$(protocol "LHLO x\n$mail_from\n$data" --lmtp --tls-on)" LMTPS
	is "$(protocol "LHLO x\n$mail_from SMTPUTF8\n$data" --lmtp --tls-on)" UTF8LMTPS
}

@test "addresses in UTF-8 are copied to the trace lines unchanged" {
	printf 'b\303\266b@example.org ./bob@example.org/\n' >>"$users"
	hold 'EHLO x\nMAIL FROM:<\303\244nn@example.net> SMTPUTF8\nRCPT TO:<b\303\266b+t\303\244g@example.org>\nDATA\nx\n.\nQUIT' --deterministic
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(cat "$(stored)")" "$(printf 'Return-Path: <\303\244nn@example.net>
Delivered-To: b\303\266b+t\303\244g@example.org
Received: from x ([unknown])
	by mail.example.org with UTF8SMTP id 1795435200.M000000P1Q1_0000000000000000
	for <b\303\266b+t\303\244g@example.org>; Mon, 23 Nov 2026 12:00:00 +0000

x')"
	is "$(dirname "$(stored)")" "$mail/bob@example.org/new"
}

@test "the Maildir of an address in UTF-8 is named by its octets" {
	printf 'gr\303\245@example.org\n' >>"$users"
	hold 'EHLO x\nMAIL FROM:<ann@example.net> SMTPUTF8\nRCPT TO:<gr\303\245@example.org>\nDATA\nx\n.\nQUIT'
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(dirname "$(stored)")" "$mail/$(printf 'gr\303\245')@example.org/new"
}
