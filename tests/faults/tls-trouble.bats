#!/usr/bin/env bats
# STARTTLS over TCP by stunnel, with errors in the client's data, in the
# certificate, or in time.

load ../lib/helpers
load ../lib/net
load ../lib/tls

tools=(tcpserver python3)

# The client did not get as far as TLS, and VRFY was not executed.
got_nothing() {
	[ "$code" != 0 ] || fail "the client was content: $(cat "$work/sent")"
	refute grep '^--- ' "$work/sent"
	refute grep '252 ' "$work/sent"
	refute grep -E ' end=(quit|eof|errors)' "$work/log"
}

@test "commands in the packet of STARTTLS are not executed and end the session" {
	serve listen_starttls
	session 'VRFY x\nEHLO x\nQUIT' >"$work/in"
	dial_tls inject
	got_nothing
	is "$(tail -n 1 "$work/clear")" '554 5.5.0 Data received before the TLS handshake'
	await ' session .* end=injected ' "$work/log"
}

@test "commands between the 220 and the handshake are not executed" {
	serve listen_starttls
	session 'VRFY x\nEHLO x\nQUIT' >"$work/in"
	dial_tls early
	got_nothing
	is "$(grep -a ^220 "$work/clear" | tail -n 1)" \
		'220 2.0.0 Ready to start TLS'
	await 'SSL_accept: ' "$work/log"
}

@test "commands that follow STARTTLS at once are not executed" {
	serve listen_starttls
	session 'VRFY x\nEHLO x\nQUIT' >"$work/in"
	for i in {1..10}; do
		dial_tls behind
		got_nothing
	done
}

@test "after STARTTLS there is no second greeting, and the session is new" {
	serve listen_starttls
	session 'RCPT TO:<bob@example.org>\nMAIL FROM:<ann@example.net>\nDATA\nQUIT' \
		>"$work/in"
	dial_tls whole
	is "$code $(cut -c 1-4 "$work/out" | tr -d '\n')" '0 503 503 503 221 '
	session "EHLO x\nMAIL FROM:<>\nQUIT" >"$work/in"
	dial_tls whole
	refute grep STARTTLS "$work/out"
	is "$(tail -n 2 "$work/out")" $'250 2.1.0 Sender <> OK\n221 2.0.0 mail.example.org'
}

@test "TLS ends with close_notify after QUIT, a timeout and the end of input" {
	serve listen_starttls --timeout=1
	for last in QUIT 'STARTTLS\nQUIT' NOOP; do
		session "EHLO x\n$last" >"$work/in"
		dial_tls whole
		is "$code" 0 || fail "$(cat "$work/dial")"
	done
	is "$(tail -n 1 "$work/out" | cut -c 1-4)" '421 '
}

# has_no_tls HELPER WHY: the client gets nothing after the 220, and the log has
# WHY.
has_no_tls() {
	command=("${plain[@]}" --tls="$1")
	: >"$work/log"
	serve listen_plain
	session 'EHLO x\nQUIT' >"$work/in"
	dial_tls whole
	got_nothing
	is "$(tail -n 1 "$work/clear")" '220 2.0.0 Ready to start TLS'
	await "$2" "$work/log"
}
listen_plain() { exec tcpserver -HRl0 127.0.0.1 "$port" "${command[@]}"; }

@test "a missing or invalid certificate ends the session and is logged" {
	plain=("${command[@]}")
	has_no_tls "$helper --cert=$work/none.pem" \
		"smtp-stdio-tls: the certificate cannot be read: $work/none.pem"
	make_certificate other
	has_no_tls "$helper --cert=$work/good.pem --key=$work/other-key.pem" \
		'key values mismatch'
	has_no_tls "$helper --cert=$users" 'no start line'
	has_no_tls "$helper --cert=$work/good.pem --key=$work/none.pem" \
		"$work/good.pem" # it contains no key
	has_no_tls "$helper --handshake=x --cert=$work/good.pem" \
		"smtp-stdio-tls: --handshake wants seconds: 'x'"
}

@test "an unreadable certificate or key is named" {
	make_public
	cp "$helper" "$work"/good*.pem "$public"
	chmod 755 "$public/smtp-stdio-tls"
	chmod 644 "$public"/good*.pem
	for file in good.pem good-key.pem; do
		chmod 0 "$public/$file"
		code=0
		as_nobody "$public/smtp-stdio-tls" --cert="$public/good.pem" \
			--key="$public/good-key.pem" /bin/true </dev/null \
			>"$work/out" 2>"$work/log" || code=$?
		[ "$code" != 0 ]
		is "$(cat "$work/out")" ''
		grep -q "$public/$file" "$work/log" || fail "$(cat "$work/log")"
		chmod 644 "$public/$file"
	done
}

@test "an expired certificate is accepted: the client has to check it" {
	make_certificate good -days -1
	serve listen_starttls
	session "$(small bob@example.org)" >"$work/in"
	dial_tls whole
	is "$code $(count)" '0 1'
}

@test "a client that does not finish its handshake is disconnected" {
	command+=(--tls="$(helper_of good) --handshake=1")
	serve listen_plain
	: >"$work/in"
	for how in silent half; do
		dial_tls "$how"
		is "$code" 0 || fail "$(cat "$work/dial")"
	done
}

@test "the deadline of the session includes STARTTLS" {
	serve listen_starttls --deadline=2
	session 'EHLO x' >"$work/in"
	dial_tls whole
	is "$code $(tail -n 1 "$work/out" | cut -c 1-4)" '0 421 '
	await ' session .* end=timeout ' "$work/log"
}

@test "the deadline starts before STARTTLS" {
	SMTP_STDIO_START=1 start --tls-on --deadline=20 # the system booted before
	reap
	is "$code $(tail -n 1 "$work/out" | cut -c 1-4)" '75 421 '
}

# If stunnel hangs beyond its own limits, the alarm ends it.
@test "the helper has an alarm, and the session after it has none" {
	cat >"$work/helper" <<-END
		#!/usr/bin/env python3
		import os, signal, sys
		print("alarm", signal.alarm(1), file=sys.stderr, flush=True)
		os.execv(sys.argv[1], sys.argv[1:])
	END
	chmod +x "$work/helper"
	start --tls="$work/helper" --deadline=100 --command-time=10
	say 'EHLO x\r\nSTARTTLS\r\n'
	await '^alarm ' "$work/log"
	left=$(sed -n 's/^alarm //p' "$work/log")
	[ "$left" -gt 110 ]
	[ "$left" -le 171 ] # 60 seconds more than the limits
	say 'EHLO x\r\n'
	await '^250 HELP'
	sleep 1.5 # longer than the alarm of the helper
	say 'QUIT\r\n'
	finish
	is "$code $(last_reply)" '0 221 2.0.0 mail.example.org'
}

# The process after TLS, and the helper before it.
inner() {
	local file first
	for file in $(grep -a -l -F -e "--users=$users" /proc/[0-9]*/cmdline \
		2>/dev/null); do
		read -r -d '' first <"$file" || continue
		[ "$first" != "$(realpath "${command[0]}")" ] ||
			echo "${file//[^0-9]/}"
	done
}
parent() { sed -n 's/^PPid:\t//p' "/proc/$1/status"; }

# begin_message: starts a client, $client, in mid-DATA, and finds both processes
begin_message() {
	serve listen_starttls
	{
		session "$(transaction bob@example.org)"
		seq 1 40000 | sed 's/$/\r/'
	} >"$work/in"
	(
		dial_tls whole
		echo "$code" >"$work/code"
	) 3>&- 4>&- &
	client=$!
	pids+=("$client")
	await '^354'
	inner=$(inner)
	outer=$(parent "$inner")
	[ "$(cat "/proc/$outer/comm")" = stunnel4 ]
}

is_gone() {
	local i
	for ((i = 0; i < 500; i++)); do
		[ -d "/proc/$1" ] || return 0
		sleep 0.02
	done
	fail "process $1 is still running"
}

@test "SIGTERM for the session after TLS sends a 421, and TLS ends properly" {
	begin_message
	kill -TERM "$inner"
	wait "$client"
	is "$(cat "$work/code") $(tail -n 1 "$work/sent" | cut -c 1-4)" '0 421 '
	is_gone "$outer"
	grep -q ' session .* end=terminated ' "$work/log"
	is_empty
}

@test "SIGTERM for the helper stores nothing and leaves no process" {
	begin_message
	kill -TERM "$outer"
	wait "$client"
	is_gone "$outer"
	is_gone "$inner"
	grep -q ' session .* end=eof-in-message ' "$work/log"
	is_empty
}

@test "SIGKILL for the helper is noticed by the client, and nothing is stored" {
	begin_message
	kill -KILL "$outer"
	wait "$client"
	[ "$(cat "$work/code")" != 0 ] # there was no close_notify
	is_gone "$inner"
	is_empty
}

@test "a client that closes without close_notify in mid-DATA leaves no file" {
	serve listen_starttls
	session "$(transaction bob@example.org)\nSubject: x\n\nhalf" >"$work/in"
	dial_tls vanish
	await ' session .* end=eof-in-message .* stored=0 ' "$work/log"
	is_empty
}

# dial_inetd COMMAND...: COMMAND gets one connection as descriptors 0, 1 and 2;
# the client starts TLS with STARTTLS or, for --tls-on, with the first octet.
dial_inetd() {
	timeout 30 python3 - "$@" <<-'END' >"$work/sent" 2>"$work/error"
		import socket, ssl, subprocess, sys
		listener = socket.create_server(("127.0.0.1", 0))
		client = socket.create_connection(listener.getsockname())
		server = listener.accept()[0]
		process = subprocess.Popen(sys.argv[1:], stdin=server, stdout=server,
		                           stderr=server)
		server.close()
		context = ssl.create_default_context()
		context.check_hostname = False
		context.verify_mode = ssl.CERT_NONE
		if not "--tls-on" in sys.argv:
		    for line in b"", b"EHLO x\r\n", b"STARTTLS\r\n":
		        client.sendall(line)
		        client.recv(65536)
		client = context.wrap_socket(client)
		for line in b"EHLO x\r\n", b"VRFY\r\n", b"QUIT\r\n":
		    client.sendall(line)
		    print(client.recv(65536).decode(), end="")
		print("code", process.wait(20))
	END
}

@test "a log on the connection is not written into the TLS stream" {
	dial_inetd "${command[@]}" --tls="$(helper_of good)"
	is "$(tail -n 2 "$work/sent" | tr -d '\r' | tr '\n' ' ')" \
		'221 2.0.0 mail.example.org code 0 ' || fail "$(cat "$work/error")"
	read -r -a tls <<<"$(helper_of good)"
	dial_inetd "${tls[@]}" "${command[@]}" --tls-on
	tail -n 1 "$work/sent" | grep -q 'code 0' || fail "$(cat "$work/error")"
	# shellcheck disable=SC2046 # word splitting intended
	dial_inetd "$helper" --cert="$work/none.pem" "${command[@]}" --tls-on || true
	refute grep -a none "$work/error" "$work/sent"
}
