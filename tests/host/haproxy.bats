#!/usr/bin/env bats
# After a real HAProxy: the client address, TLS terminated by HAProxy, and
# health checks that leave no log lines.

load ../lib/helpers
load ../lib/net

page=$BATS_TEST_DIRNAME/../../doc/install.md

# Adds a line to $work/started for each session.
listen_tcpserver() {
	exec tcpserver -HRl0 127.0.0.1 "$port" /bin/sh -c \
		'echo >>"$0"; exec "$@"' "$work/started" "${command[@]}"
}

# Starts HAProxy with the configuration $work/wanted, where PORT is $port.
listen_haproxy() {
	{
		printf '%s\n' global "stats socket $work/admin"
		sed "s/PORT/$port/" "$work/wanted"
	} >haproxy.cfg
	exec haproxy -db -f haproxy.cfg
}

# behind OPTIONS-OF-SERVER [LINE]...: HAProxy at $port before a listener.
behind() {
	local server=$1
	shift
	needs haproxy tcpserver socat python3
	command+=(--proxy)
	: >"$work/started"
	serve listen_tcpserver
	backend_port=$port
	{
		printf '%s\n' defaults 'mode tcp' 'timeout connect 5s' \
			'timeout client 1m' 'timeout server 1m' \
			'timeout check 10s' 'listen smtp' \
			"bind 127.0.0.1:PORT ${tls-}" "$@" \
			"server one 127.0.0.1:$port inter 200ms ${server//BACK/$port}"
	} >"$work/wanted"
	serve listen_haproxy
}

delivers() { # HOST [HOW]
	session "$(small bob@example.org)" >"$work/in"
	dial "${2-whole}" "$1"
	delivered
}

delivered() {
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	is "$(body_of bob@example.org)" $'Subject: x\n\nHey there!'
	await ' session ' "$work/log"
}

# named PEER [PORT]: the log and Received name the client.
named() {
	local literal=$1
	[[ $1 != *:* ]] || literal=IPv6:$1
	grep -q " session peer=$1 port=${2-$client_port} .* end=quit .* stored=1 " \
		"$work/log" || fail "port ${2-$client_port}:" "$(cat "$work/log")"
	grep -q -F "Received: from client.example.net ([$literal])" "$(stored)"
}

# The named column for the server in HAProxy's statistics.
column() {
	socat - "UNIX:$work/admin" <<<'show stat' | awk -F , -v "name=$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		$2 == "one" { print $at }'
}

await_column() { # NAME VALUE
	local i
	for ((i = 0; i < 500; i++)); do
		[ "$(column "$1")" = "$2" ] && return
		sleep 0.02
	done
	fail "$1 is not $2 but $(column "$1")" "$(cat "$work/log")"
}

# await_sessions N
await_sessions() {
	local i
	for ((i = 0; i < 1000; i++)); do
		[ "$(wc -l <"$work/started")" -ge "$1" ] && return
		sleep 0.02
	done
	fail 'no health check came'
}

# healthy STATUS [SESSIONS]: after that many checks all were successful, and the
# log is empty.
healthy() {
	await_sessions "${2-4}"
	await_column check_status "$1"
	is "$(column status) $(column chkfail)" 'UP 0'
	is "$(cat "$work/log")" ''
	delivers 127.0.0.1
	named 127.0.0.1
}

@test "PROXY version 1: the client is named" {
	behind send-proxy
	delivers 127.0.0.1
	named 127.0.0.1
}

@test "PROXY version 2: the client is named" {
	behind send-proxy-v2
	delivers 127.0.0.1
	named 127.0.0.1
}

@test "PROXY version 1: an IPv6 client is named" {
	needs_ipv6
	behind send-proxy 'bind [::1]:PORT'
	delivers ::1
	named ::1
}

@test "PROXY version 2: an IPv6 client is named" {
	needs_ipv6
	behind send-proxy-v2 'bind [::1]:PORT'
	delivers ::1
	named ::1
}

# Delivers by a UNIX socket of HAProxy.
delivers_by_unix() { # VERSION
	behind "$1" "bind unix@$work/socket"
	session "$(small bob@example.org)" |
		timeout 60 socat -t 30 - "UNIX:$work/socket" | tr -d '\r' >"$work/out"
	delivered
}

# HAProxy sends no address for these, so the listener's variables are used,
# which name HAProxy.
@test "PROXY version 1: a client of a UNIX socket has the listener's address" {
	delivers_by_unix send-proxy
	named 127.0.0.1 '[1-9][0-9]*'
}

@test "PROXY version 2: a client of a UNIX socket has the listener's address" {
	delivers_by_unix send-proxy-v2
	named 127.0.0.1 '[1-9][0-9]*'
}

@test "PROXY version 2: a client of a UNIX socket is unknown without the listener's variables" {
	command=(env -u TCPREMOTEIP "${command[@]}")
	delivers_by_unix send-proxy-v2
	named unknown 0
}

@test "5 MB are delivered unchanged through HAProxy" {
	make_messages
	behind send-proxy-v2
	{
		session "$(transaction bob@example.org)"
		sed -e 's/^\./../' -e 's/$/\r/' "$messages/big"
		session '.\nQUIT'
	} >"$work/in"
	dial whole 127.0.0.1
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	body_of bob@example.org | cmp - "$messages/big"
}

make_certificate() {
	needs openssl
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$work/key" -out "$work/cert" -days 2 \
		-subj /CN=mail.example.org 2>"$work/openssl"
	cat "$work/cert" "$work/key" >"$work/pem"
}

# behind_tls OPTIONS: OPTIONS of version 2; HAProxy terminates TLS.
behind_tls() {
	make_certificate
	tls="ssl crt $work/pem"
	behind "send-proxy-v2 proxy-v2-options $1" 'unique-id-format %ci:%cp:%rt'
	delivers 127.0.0.1 tls
	named 127.0.0.1
	grep -q '	by mail.example.org with ESMTPS id ' "$(stored)"
	refute grep -q STARTTLS "$work/out"
}

@test "TLS terminated by HAProxy is recorded with its version" {
	command+=(--tls=/bin/false)
	behind_tls ssl,crc32c,unique-id
	grep -qx '	(TLSv1\.[23])' "$(stored)"
	grep -q ' session .* tls=TLSv1\.[23] ' "$work/log"
}

@test "TLS terminated by HAProxy is recorded with its cipher" {
	behind_tls ssl,ssl-cipher,cert-key,cert-sig,authority,crc32c,unique-id
	grep -qxE '	\(TLSv1\.[23] [A-Z0-9_-]+\)' "$(stored)"
	grep -qE ' session .* tls="TLSv1\.[23] [A-Z0-9_-]+" ' "$work/log"
}

@test "STARTTLS works through HAProxy, and the client is named after it" {
	command -v stunnel4 >/dev/null || skip 'stunnel4 is not installed'
	make_certificate
	command+=("--tls=$BATS_TEST_DIRNAME/../../tools/smtp-stdio-tls --cert=$work/pem")
	behind send-proxy-v2
	curl -sS --ssl-reqd -k "smtp://127.0.0.1:$port/client.example.net" \
		--mail-from ann@example.net --mail-rcpt bob@example.org \
		-T - <<<$'Subject: x\r\n\r\nHey there!\r'
	grep -q '	by mail.example.org with ESMTPS id ' "$(stored)"
	await ' session ' "$work/log"
	named 127.0.0.1 '[1-9][0-9]*'
}

@test "a health check with version 1 leaves no log line" {
	behind 'send-proxy check'
	healthy L4OK
}

@test "a health check with version 2 leaves no log line" {
	behind 'send-proxy-v2 check'
	healthy L4OK
}

@test "check-send-proxy leaves no log line" {
	behind 'send-proxy-v2 check port BACK check-send-proxy'
	healthy L4OK
}

# HAProxy resets the connection before tcpserver accepts it.
@test "a health check without a header leaves no log line" {
	behind 'send-proxy-v2 check port BACK'
	healthy L4OK 0
}

@test "smtpchk with HELO leaves no log line" {
	behind 'send-proxy check' 'option smtpchk'
	healthy L7OK
}

@test "smtpchk with EHLO leaves no log line" {
	behind 'send-proxy-v2 check' 'option smtpchk EHLO proxy.example.net'
	healthy L7OK
}

@test "smtpchk without a header marks the server as down" {
	behind 'send-proxy-v2 check port BACK' 'option smtpchk' 'timeout check 50ms'
	await_column status DOWN
}

@test "smtpchk marks a server without users.txt as down, and later as up" {
	behind 'send-proxy-v2 check' 'option smtpchk'
	await_column check_status L7OK
	mv "$users" "$work/away"
	await_column status DOWN
	mv "$work/away" "$users"
	await_column status UP
	: >"$work/log"
	delivers 127.0.0.1
}

@test "a direct connection to the listener is closed without a reply" {
	behind send-proxy-v2
	port=$backend_port
	session "$(small bob@example.org)" >"$work/in"
	dial whole 127.0.0.1
	is "$(cat "$work/sent")" ''
	await ' end=bad-proxy ' "$work/log"
	is "$(count)" 0
}

# The lines of doc/install.md, with other ports.
as_written() {
	sed "s/:25\$/127.0.0.1:$port/; s/127.0.0.1:2525/127.0.0.1:$backend_port/" \
		"$work/example" >haproxy.cfg
	exec haproxy -db -f haproxy.cfg
}

listen_as_written() {
	PATH=$work:$PATH exec bash -c "exec ${line//2525/$port}"
}

@test "HAProxy as doc/install.md has it" {
	needs haproxy tcpserver
	sed -n '/^## After a proxy/,/^## /s/^    //p' "$page" >"$work/example"
	line=$(sed -n 's/.*`\(tcpserver .*--proxy\)`.*/\1/p' "$page")
	[ -n "$line" ]
	{
		echo '#!/bin/sh'
		printf 'exec'
		printf " '%s'" "${command[@]}"
		echo ' "$@"'
	} >"$work/smtp-stdio"
	chmod +x "$work/smtp-stdio"
	serve listen_as_written
	backend_port=$port
	serve as_written
	is "$(cat "$work/listener")" ''
	delivers 127.0.0.1
	named 127.0.0.1
	refute grep -q -E 'WARNING|ALERT' "$work/log"
	"$BATS_TEST_DIRNAME/../lib/crowd" 127.0.0.1 "$port" bob@example.org
}
