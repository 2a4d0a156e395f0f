#!/usr/bin/env bats
# STARTTLS by exec, without TLS: the helper is a script that continues in the
# clear, so that the tests can see what one process passes to the next.

load ../lib/helpers

# The helper records its arguments and environment, one a line, and continues.
# It may write below the mail directory only.
make_helper() {
	cat >"$work/helper" <<-END
		#!/bin/sh
		printf '%s\n' "\$@" >"$mail/arguments"
		env >"$mail/environment"
		shift
		exec "\$@"
	END
	chmod +x "$work/helper"
	command+=(--tls="$work/helper  first")
}

# The session up to STARTTLS; the helper reads what follows.
start_tls() {
	start "$@"
	say 'EHLO one.example.net\r\nMAIL FROM:<ann@example.net>\r\nSTARTTLS\r\n'
	await '^220 2.0.0 '
}

@test "STARTTLS is offered with a helper, and not again after TLS" {
	make_helper
	start_tls
	grep -q '^250 STARTTLS' "$work/sent"
	say 'EHLO x\r\nSTARTTLS\r\nSTARTTLS x\r\nHELP\r\nQUIT\r\n'
	finish
	is "$code $(grep -c STARTTLS "$work/out")" '0 2'
	grep -q '^503 5.5.1 TLS is on already' "$work/out"
	grep -q '^501 5.5.4 ' "$work/out"
	grep -q '^214 2.0.0 .* STARTTLS' "$work/out"
}

@test "after STARTTLS the session is new and has no second greeting" {
	make_helper
	start_tls
	say 'RCPT TO:<bob@example.org>\r\nMAIL FROM:<ann@example.net>\r\nQUIT\r\n'
	finish
	sed '1,/^220 2.0.0 /d' "$work/out" | cut -c 1-4 | tr -d '\n' >"$work/codes"
	is "$(cat "$work/codes")" '503 503 221 '
}

@test "octets that arrive with STARTTLS are not executed and end the session" {
	make_helper
	hold 'EHLO x\nSTARTTLS\nMAIL FROM:<ann@example.net>\nQUIT'
	is "$code $(last_reply)" \
		'75 554 5.5.0 Data received before the TLS handshake'
	[ ! -e "$mail/arguments" ]
	grep -q ' end=injected ' "$work/log"
}

@test "one octet after STARTTLS ends the session" {
	make_helper
	printf 'EHLO x\r\nSTARTTLS\r\n\n' >"$work/in"
	hold_input
	is "$code $(last_reply | cut -c 1-9)" '75 554 5.5.0'
}

@test "--talk: a transcript that ends in STARTTLS gets its reply" {
	make_helper
	hold 'EHLO x\nSTARTTLS'
	is "$code $(last_reply)" '0 220 2.0.0 Ready to start TLS'
	[ -s "$mail/arguments" ]
}

@test "the helper gets the program and its options, except those of the clear side" {
	make_helper
	with=(--timeout 7 --tls "$work/helper last" --size=5K)
	printf 'EHLO x\r\nSTARTTLS\r\n' >"$work/in"
	hold_input "${with[@]}"
	{
		printf '%s\n' last "$(realpath "${command[0]}")" --tls-on
		printf '%s\n' --name=mail.example.org --users="$users"
		printf '%s\n' --mail="$mail" --timeout 7 --size=5K
	} | diff - "$mail/arguments"
}

@test "peer and start time are passed on, and are used only with --tls-on" {
	make_helper
	TCPREMOTEIP=192.0.2.7 TCPREMOTEPORT=77 start_tls
	await '^SMTP_STDIO_START=' "$mail/environment"
	grep -qx 'SMTP_STDIO_PEER=192.0.2.7 77' "$mail/environment"
	is "$(grep -cE '^SMTP_STDIO_START=[0-9]+$' "$mail/environment")" 1
	say "$(session "$(small bob@example.org)" | sed 's/\r$/\\r\\n/' | tr -d '\n')"
	finish
	is "$code" 0
	grep -q '^Received: from client.example.net (\[192.0.2.7\])$' "$(stored)"
	grep -q 'by mail.example.org with ESMTPS id ' "$(stored)"
	grep -q ' session peer=192.0.2.7 port=77 .* end=quit ' "$work/log"
	rm "$work/in"
	SMTP_STDIO_PEER='192.0.2.8 88' SMTP_STDIO_START=1 hold 'NOOP\nQUIT x\nQUIT'
	grep -q '^220 ' "$work/out"
	grep -q ' session peer=unknown port=0 ' "$work/log"
}

@test "the deadline of the session includes STARTTLS" {
	make_helper
	start_tls --deadline=2
	reap
	is "$code $(last_reply)" '75 421 mail.example.org Timeout, closing connection'
	grep -q ' end=timeout ' "$work/log"
}

@test "an invalid SMTP_STDIO_START is ignored" {
	for since in 99999999999999 -1 x ''; do
		SMTP_STDIO_START=$since hold QUIT --tls-on
		is "$code $(wc -l <"$work/out")" '0 2'
	done
}

@test "with --tls-on the session starts in TLS: a greeting, and ESMTPS" {
	SSL_PROTOCOL=TLSv1.3 SSL_CIPHER=TLS_AES_256_GCM_SHA384 \
		hold "$(small bob@example.org)" --tls-on
	is "$code $(head -n 1 "$work/out")" '0 220 mail.example.org ESMTP'
	refute grep -q STARTTLS "$work/out"
	is "$(sed -n '4,5p' "$(stored)")" $'\t(TLSv1.3 TLS_AES_256_GCM_SHA384)
\tby mail.example.org with ESMTPS id '"$(sed -n 's/.* id=\([^ ]*\).*/\1/p' "$work/log")"
	is "$(grep -c ' \(accepted\|session\) .* tls="TLSv1.3 TLS_AES_256_GCM_SHA384" ' "$work/log")" 2
}

@test "invalid TLS values of a helper appear in neither the trace lines nor the log" {
	SSL_PROTOCOL=$'a\nb' SSL_CIPHER='x) (y' hold "$(small bob@example.org)" --tls-on
	is "$(sed -n 3p "$(stored)")" 'Received: from client.example.net ([unknown])'
	refute grep -q ' tls=' "$work/log"
}

@test "a missing helper is a 454, and the session continues" {
	for helper in "$work/none" "$work" no-such-program "$users"; do
		start --tls="$helper --cert=x"
		say 'EHLO x\r\nSTARTTLS\r\n'
		await '^454 4.7.0 '
		session "$(small bob@example.org)" >&"$to"
		finish
		is "$code $(count)" '0 1'
		grep -q ' refused .*reply="454 4.7.0 .* reason=".*: ' "$work/log"
		rm "$(stored)" "$work/in"
	done
}

@test "a helper whose exec fails after the 220 closes the connection" {
	printf '#!%s/no-such-shell\n' "$work" >"$work/helper"
	chmod +x "$work/helper"
	hold 'EHLO x\nSTARTTLS' --tls="$work/helper"
	is "$code $(last_reply)" '78 220 2.0.0 Ready to start TLS'
	grep -q ' failed .*tls=.* reason="cannot be executed: No such file' "$work/log"
}

@test "an invalid --tls is a usage error" {
	for helper in '' ' ' "$(printf '%04096d' 0)"; do
		hold QUIT --tls="$helper"
		is "$code $(cat "$work/out")" '64 '
		grep -q -- '--tls' "$work/log"
	done
}

# The helper may read any file, and write only below the mail directory.
@test "the helper may read and connect, and writes below the mail directory only" {
	cat >"$work/helper" <<-END
		#!/bin/sh
		cat "$users" >/dev/null && echo read >&2
		(echo x >"$work/written") 2>/dev/null || echo denied >&2
		(echo x >"$mail/written") && echo mail >&2
		exec "\$@"
	END
	chmod +x "$work/helper"
	hold 'EHLO x\nSTARTTLS' --tls="$work/helper"
	grep -q 'unconfined' "$work/log" && skip 'this kernel has no Landlock of ABI 2'
	is "$(grep -xE 'read|denied|mail' "$work/log" | tr '\n' ' ')" 'read denied mail '
	[ ! -e "$work/written" ]
}

@test "the helper has no blocked signals and inherits the ignored ones" {
	cat >"$work/helper" <<-END
		#!/bin/sh
		exec grep -E '^Sig(Blk|Ign)' /proc/self/status >&2
	END
	chmod +x "$work/helper"
	# Bats may ignore some signals, of which timeout(1) resets those that it
	# handles.
	timeout 30 grep -E '^SigIgn' /proc/self/status >"$work/ours"
	hold 'EHLO x\nSTARTTLS' --tls="$work/helper"
	grep -q "^SigBlk:.0000000000000000" "$work/log"
	is "$(grep '^SigIgn' "$work/log")" "$(cat "$work/ours")"
}
