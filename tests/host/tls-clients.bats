#!/usr/bin/env bats
# Third-party clients over TLS by stunnel: the message is stored as it was sent.

load ../lib/helpers
load ../lib/net
load ../lib/relay
load ../lib/tls

tools=(tcpserver)

setup_file() {
	make_messages
}

# The clients, a function each: send FILE, whose lines end in LF, to
# bob@example.org.  Those with a name in _on start TLS with the first octet.

by_swaks() {
	{ # otherwise swaks changes a last dot and \n
		sed -e 's/^\./../' -e 's/$/\r/' "$1"
		printf .
	} >"$work/raw"
	swaks "${2--tls}" --server "127.0.0.1:$port" --ehlo client.example.net \
		--from ann@example.net --to bob@example.org --no-data-fixup \
		--data "@$work/raw"
}
by_swaks_on() { by_swaks "$1" -tlsc; }

by_curl() {
	sed 's/$/\r/' "$1" | curl -sS --insecure --ssl-reqd \
		"${2-smtp}://127.0.0.1:$port/client.example.net" \
		--mail-from ann@example.net --mail-rcpt bob@example.org -T -
}
by_curl_on() { by_curl "$1" smtps; }

by_python() {
	python3 - "$port" "$1" "${2-}" <<-'END'
		import smtplib
		import sys

		port, name, secure = sys.argv[1:]
		with open(name, "rb") as file:
		    octets = file.read().replace(b"\n", b"\r\n")
		kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
		with kind("127.0.0.1", port, "client.example.net") as client:
		    if not secure:
		        client.starttls()
		    client.sendmail("ann@example.net", ["bob@example.org"], octets,
		                    ["BODY=8BITMIME"])
	END
}
by_python_on() { by_python "$1" secure; }

# s_client sends everything at once after the handshake.
by_openssl() {
	{
		session "$(transaction bob@example.org)"
		sed -e 's/^\./../' -e 's/$/\r/' "$1"
		session '.\nQUIT'
	} | openssl s_client -quiet "${@:2}" -connect "127.0.0.1:$port"
}
by_openssl_1_2() { by_openssl "$1" -tls1_2 -starttls smtp; }
by_openssl_1_3() { by_openssl "$1" -tls1_3 -starttls smtp; }
by_openssl_on() { by_openssl "$1" -tls1_3; }

by_nodemailer() {
	local module
	module=$(nodemailer)
	[ -n "$module" ] || cannot 'nodemailer cannot be fetched'
	node - "$module" "$port" "$1" "${2-}" <<-'END'
		const [module, port, name, secure] = process.argv.slice(2);
		const client = require(module).createTransport({
			host: "127.0.0.1", port, name: "client.example.net",
			secure: secure != "", requireTLS: true,
			tls: { rejectUnauthorized: false } });
		client.sendMail({ envelope: { from: "ann@example.net",
			to: ["bob@example.org"], use8BitMime: true },
			raw: require("fs").readFileSync(name) }).then(
			info => { process.exitCode = info.rejected.length; },
			error => { console.log(error); process.exitCode = 1; });
	END
}
by_nodemailer_on() { by_nodemailer "$1" secure; }

# arrived MESSAGE: MESSAGE was stored unchanged, over TLS, and the log names one
# peer
arrived() {
	await ' session .* stored=1 ' "$work/log"
	body_of bob@example.org >"$work/got"
	cmp "$messages/$1" "$work/got" >&2 || fail "$1"
	grep -qx 'Received: from client.example.net (\[127.0.0.1\])' "$(stored)"
	grep -q $'^\tby mail.example.org with ESMTPS id ' "$(stored)"
	refute grep -v ' session peer=127.0.0.1 port=[1-9]\| accepted peer=127.0.0.1 ' \
		"$work/log"
	is "$(grep -c ' session ' "$work/log")" 1
}

# delivers CLIENT MESSAGE...
delivers() {
	local client=$1 message listener=listen_starttls
	shift
	case $client in
	*_on) listener=listen_secure ;;
	esac
	serve "$listener"
	for message; do
		rm -rf "$mail"
		: >"$work/log"
		"by_$client" "$messages/$message" >"$work/client" 2>&1 ||
			fail "$client $message: $?" "$(tail -n 20 "$work/client")" \
				"$(cat "$work/log")"
		arrived "$message"
	done
}

@test "options with blanks reach the session in TLS as they are" {
	printf '%s\n' '#!/bin/sh' "printf '%s.\\n' \"\$@\" >\"$work/words\"" >"$work/filter"
	chmod +x "$work/filter"
	command+=(--filter="$work/filter  a	* \$HOME %20 'b c'" --name=mail.example.org)
	serve listen_starttls
	session "$(small bob@example.org)" >"$work/in"
	dial_tls whole
	grep -q '^250 2.0.0 OK; Message Accepted' "$work/out"
	is "$(cat "$work/words")" "$(printf '%s.\n' a '*' '$HOME' %20 "'b" "c'")"
	export SMTP_STDIO_WORDS=/bin/false
	command=("${SMTP_STDIO:-$BATS_TEST_DIRNAME/../../smtp-stdio}" --users="$users"
		--mail="$mail" --name=mail.example.org)
	serve listen_starttls
	dial_tls whole
	grep -q '^250 2.0.0 OK; Message Accepted' "$work/out"
}

@test "swaks delivers after STARTTLS" {
	needs swaks
	delivers swaks eight dots
}

@test "swaks delivers with TLS from the start" {
	needs swaks
	delivers swaks_on eight dots
}

@test "curl delivers after STARTTLS" {
	needs curl
	delivers curl eight dots
}

@test "curl delivers with TLS from the start" {
	needs curl
	delivers curl_on eight dots
}

@test "Python's smtplib delivers after STARTTLS" {
	needs python3
	delivers python eight dots big
}

@test "Python's smtplib delivers with TLS from the start" {
	needs python3
	delivers python_on eight dots big
}

@test "nodemailer delivers after STARTTLS" {
	needs node
	delivers nodemailer eight dots
}

@test "nodemailer delivers with TLS from the start" {
	needs node
	delivers nodemailer_on eight dots
}

@test "openssl s_client pipelines after STARTTLS in TLS 1.2" {
	needs openssl
	delivers openssl_1_2 eight dots long big
}

@test "openssl s_client pipelines after STARTTLS in TLS 1.3" {
	needs openssl
	delivers openssl_1_3 eight dots long big
}

@test "openssl s_client pipelines with TLS from the start" {
	needs openssl
	delivers openssl_on eight dots long big
}

@test "Postfix's posttls-finger accepts STARTTLS and the certificate" {
	provide posttls-finger postfix
	export MAIL_CONFIG=$work/postfix
	mkdir "$MAIL_CONFIG"
	printf '%s\n' 'mail_owner = nobody' 'setgid_group = mail' \
		'default_privs = daemon' \
		>"$MAIL_CONFIG/main.cf"
	serve listen_starttls
	timeout 60 "${found[@]}" -c -l verify -L summary -F "$work/good.pem" \
		"[127.0.0.1]:$port" mail.example.org >"$work/client" 2>&1 ||
		fail "$(cat "$work/client")"
	grep -q 'Verified TLS connection established to .*: TLSv1.3 with cipher ' \
		"$work/client" || fail "$(cat "$work/client")"
	serve listen_secure
	timeout 60 "${found[@]}" -c -w -l verify -L summary -F "$work/good.pem" \
		"[127.0.0.1]:$port" mail.example.org >"$work/client" 2>&1
	grep -q 'Verified TLS connection established' "$work/client"
}

@test "Exim delivers after STARTTLS, which it requires" {
	needs python3
	make_public
	cp "$work/good.pem" "$public"
	serve listen_starttls
	start_exim 'driver = smtp' "port = $port" allow_localhost \
		'hosts_require_tls = *' 'tls_verify_hosts = *' \
		"tls_verify_certificates = $public/good.pem" \
		'tls_verify_cert_hostnames ='
	by_smtplib SMTP "$messages/eight" bob@example.org
	relayed ' Completed$'
	grep -q ' => bob@example.org .* X=TLS1.3:.* CV=yes .* C="250 2.0.0 ' \
		"$relay_log" || fail "$(cat "$relay_log")"
	body_of bob@example.org | sed -n '/^From: Ann/,$p' |
		cmp "$messages/eight"
	grep -q $'^\tby mail.example.org with ESMTPS id ' "$(stored)"
}

# over_ipv6 KIND HOW
over_ipv6() {
	needs_ipv6
	needs socat python3
	serve listen_ipv6 "$1"
	session "$(small bob@example.org)" >"$work/in"
	dial_tls "$2" ::1
	is "$code $(grep -c '^250 2.0.0 OK' "$work/out")" '0 1'
	grep -qx 'Received: from client.example.net (\[IPv6:::1\])' "$(stored)"
	grep -q $'^\tby mail.example.org with ESMTPS id ' "$(stored)"
	grep -q " session peer=::1 port=$client_port .* end=quit " "$work/log"
}

@test "the peer's IPv6 address is known after STARTTLS" {
	over_ipv6 starttls whole
}

@test "the peer's IPv6 address is known with TLS from the first octet" {
	over_ipv6 secure at-once
}

# A listener that terminates TLS itself and passes no version or cipher.
listen_tls_socat() {
	exec socat "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,verify=0,\
cert=$work/good.pem,key=$work/good-key.pem" "EXEC:${command[*]} --tls-on"
}

listen_tls_ncat() {
	exec ncat -l -k --ssl --ssl-cert "$work/good.pem" \
		--ssl-key "$work/good-key.pem" -e "${command[*]} --tls-on" \
		127.0.0.1 "$port"
}

@test "socat and ncat terminate TLS themselves, with --tls-on" {
	needs socat ncat swaks
	for listener in listen_tls_socat listen_tls_ncat; do
		rm -rf "$mail"
		: >"$work/log"
		serve "$listener"
		by_swaks_on "$messages/dots" >"$work/client" 2>&1
		arrived dots
	done
}
