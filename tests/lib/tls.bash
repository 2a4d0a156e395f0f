# tls - shared by the tests of TLS; `load helpers`, then `load tls`
#
# Each test has a certificate, `good`; `tools` lists the other programs it
# needs.

helper=$(realpath "$BATS_TEST_DIRNAME/../../tools/smtp-stdio-tls")

# make_certificate NAME [OPTION-OF-X509...]: makes one for mail.example.org in
# $work, with its key in NAME-key.pem
make_certificate() {
	local at=$work/$1
	shift
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj '/CN=mail.example.org' -keyout "$at-key.pem" \
		-out "$at-request.pem" 2>/dev/null
	echo 'subjectAltName=DNS:mail.example.org,DNS:*.example.net' >"$at.ext"
	openssl x509 -req -in "$at-request.pem" -key "$at-key.pem" \
		-extfile "$at.ext" -days 2 "$@" -out "$at.pem" 2>/dev/null
}

# The helper with the certificate NAME, as an argument of --tls.
helper_of() {
	echo "$helper --cert=$work/$1.pem --key=$work/$1-key.pem"
}

# other_helper LINE...: makes $work/other, which is stunnel with the certificate
# `good` and these configuration lines
other_helper() {
	{
		printf '#!/bin/sh\nexec stunnel4 -fd 3 3<<-END\n'
		printf '%s\n' 'foreground = yes' 'syslog = no' 'debug = warning' \
			"cert = $work/good.pem" "key = $work/good-key.pem" "$@" \
			'exec = $1' 'execArgs = $*' END
	} >"$work/other"
	chmod +x "$work/other"
}

# Listeners, for serve() of net: with STARTTLS, or TLS from the first octet.
listen_starttls() { # [OPTION...]
	exec tcpserver -HRl0 127.0.0.1 "$port" "${command[@]}" \
		--tls="$(helper_of good)" "$@"
}

listen_secure() { # [OPTION-OF-THE-HELPER...]
	# shellcheck disable=SC2046 # word splitting intended
	exec tcpserver -HRl0 127.0.0.1 "$port" $(helper_of good) "$@" \
		"${command[@]}" --tls-on
}

# listen_ipv6 starttls|secure: socat, as tcpserver has no IPv6.
listen_ipv6() {
	local run=("${command[@]}" --tls="$(helper_of good)")
	# shellcheck disable=SC2046 # word splitting intended
	[ "$1" = starttls ] || run=($(helper_of good) "${command[@]}" --tls-on)
	{
		printf '#!/bin/sh\nexec'
		printf " '%s'" "${run[@]}"
	} >serve.sh
	chmod +x serve.sh
	exec socat "TCP6-LISTEN:$port,bind=[::1],reuseaddr,fork" EXEC:./serve.sh
}

# dial_tls HOW [HOST]: runs tests/lib/dial_tls with $work/in at $port; sets
# $code, $client_port, $work/out (the replies in TLS) and $work/clear (those
# before).
dial_tls() {
	code=0
	timeout 60 "$BATS_TEST_DIRNAME/../lib/dial_tls" "$1" "${2-127.0.0.1}" "$port" \
		<"$work/in" >"$work/sent" 2>"$work/dial" || code=$?
	tr -d '\r' <"$work/sent" | sed '/^--- /,$d' >"$work/clear"
	tr -d '\r' <"$work/sent" | sed '0,/^--- /d' >"$work/out"
	client_port=$(head -n 1 "$work/dial")
}

eval "$(declare -f setup | sed '1s/setup/setup_work/')"
setup() {
	setup_work
	needs openssl stunnel4 "${tools[@]}"
	make_certificate good
}
