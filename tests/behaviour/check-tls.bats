#!/usr/bin/env bats
# --check starts the helper of --tls and reports on its certificate.

load ../lib/helpers
load ../lib/net
load ../lib/tls

tools=()

# check HELPER [OPTION...]: the report in $work/report, the exit code in $code
check() {
	local tls=$1
	shift
	code=0
	smtp --check --no-sync --tls="$tls" "$@" >"$work/report" \
		2>"$work/log" || code=$?
}

# says CODE LINE...: --check exited with CODE and reported exactly LINEs about
# TLS.
says() {
	is "$code" "$1"
	shift
	is "$(sed -n 's/^tls: //p' "$work/report")" "$(printf '%s\n' "$@")"
}

@test "--check reports the certificate's names and expiry date" {
	check "$(helper_of good)"
	says 0 'the helper speaks TLS' 'certificate: of CN = mail.example.org' \
		"certificate: ends $(openssl x509 -in "$work/good.pem" -noout \
			-enddate | cut -d= -f2)" \
		'certificate: for DNS:mail.example.org, DNS:*.example.net'
	is "$(cat "$work/log")" ''
	grep -q '^sandbox: Landlock; writing is allowed only' "$work/report" ||
		grep -q '^sandbox: none, this system' "$work/report"
}

@test "--check notes that the certificate is for other hosts" {
	check "$(helper_of good)" --name=mx.example.org
	is "$code $(tail -n 2 "$work/report" | head -n 1)" \
		'0 tls: certificate: is not for this host, mx.example.org'
	check "$(helper_of good)" --name=any.example.net
	refute grep 'not for' "$work/report"
	check "$(helper_of good)" --name='[192.0.2.1]'
	refute grep 'not for' "$work/report"
}

@test "--check reports an expired certificate" {
	make_certificate old -days -1
	check "$(helper_of old)"
	is "$code" 78
	grep -q '^tls: certificate: has expired; renew it$' "$work/report"
	grep -q ' 1 problem$' "$work/report"
}

@test "--check reports a helper that cannot be executed" {
	check "$work/none --cert=x"
	says 78 'the helper cannot be executed: No such file or directory; create it, or name another one'
	check "$users"
	[[ $(grep ^tls: "$work/report") == *'Permission denied'* ]]
}

@test "--check finds a certificate that is not there, and a key of another" {
	ended='the helper exited before TLS began; see its standard error'
	check "$helper --cert=$work/none.pem"
	says 78 "$ended"
	grep -q "^smtp-stdio-tls: the certificate cannot be read: $work/none.pem$" \
		"$work/log"
	make_certificate other
	check "$helper --cert=$work/good.pem --key=$work/other-key.pem"
	says 78 "$ended"
	grep -qi 'key values mismatch' "$work/log"
}

@test "--check knows what is no TLS: silence, words, an alert, a broken certificate" {
	not='the helper does not speak TLS; it must terminate TLS on its standard input and output'
	for answer in '220 x' '\x16\x02\x03' '\x16\x03\x03\x00\x04\x0b\x00\x00\x00' \
		'\x15\x03\x03\x00\x01\x02' '\x16\x03\x03\x00\x12\x02\x00\x00\x00\x0b\x00\x00\x0a\x00\x00\x07\x00\x00\x08\x30\x31\x32\x33'; do
		printf '#!/bin/bash\nprintf "%s"; exec cat >/dev/null\n' "$answer" \
			>"$work/answer"
		chmod +x "$work/answer"
		check "$work/answer"
		says 78 "$not"
	done
	printf '#!/bin/bash\nprintf "%s"; exec cat >/dev/null\n' \
		'\x15\x03\x03\x00\x02\x02\x28' >"$work/answer"
	check "$work/answer"
	says 78 'the helper refuses TLS with alert 40; give it a certificate and a key'
	printf '#!/bin/sh\nexec sleep 100\n' >"$work/answer"
	check "$work/answer"
	says 78 'the helper does not answer within 10 seconds'
	printf '#!/bin/bash\nprintf "%s"; exec cat >/dev/null\n' \
		'\x16\x03\x03\x00\x12\x02\x00\x00\x00\x0b\x00\x00\x0a\x00\x00\x07\x00\x00\x04\x30\x31\x32\x33' \
		>"$work/answer"
	check "$work/answer"
	says 78 'the helper speaks TLS' 'certificate: cannot be read by openssl'
}

@test "--check works with a helper that accepts TLS 1.3 only" {
	other_helper 'sslVersionMin = TLSv1.3'
	check "$work/other"
	says 0 'the helper speaks TLS; its certificate is encrypted, because it accepts only TLS 1.3'
}

@test "--check reads RSA certificates and chains that are longer than a record" {
	openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=$(printf %060d 0)" \
		-days 2 -keyout "$work/rsa-key.pem" -out "$work/rsa.pem" 2>/dev/null
	{
		cat "$work/rsa.pem"
		for i in {1..30}; do cat "$work/rsa.pem"; done
	} >"$work/chain.pem"
	check "$helper --cert=$work/chain.pem --key=$work/rsa-key.pem"
	is "$code" 0
	grep -q "^tls: certificate: of CN = $(printf %060d 0)$" "$work/report"
}

@test "--check works without openssl" {
	mkdir "$work/bin"
	for name in sh dirname stunnel4; do
		ln -s "$(command -v "$name")" "$work/bin"
	done
	PATH=$work/bin "${command[@]}" --check --no-sync \
		--tls="$(helper_of good)" >"$work/report" 2>"$work/log"
	code=$?
	says 0 'the helper speaks TLS' 'certificate: not checked; install openssl'
}

@test "--check ends the helper and all processes that it started" {
	cat >"$work/answer" <<-END
		#!/bin/sh
		sleep 300 &
		echo "\$\$ \$!" >"$mail/pids"
		echo no
		wait
	END
	chmod +x "$work/answer"
	mkdir "$mail"
	check "$work/answer"
	read -r one two <"$mail/pids"
	for pid in "$one" "$two"; do
		refute grep -q '^State:.*[RSD] ' "/proc/$pid/status" 2>/dev/null
	done
}
