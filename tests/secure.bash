# secure - what the tests of TLS share; `load helpers`, then `load secure`

helper=$(realpath "$BATS_TEST_DIRNAME/../units/smtp-stdio-tls")

# make_certificate NAME [OPTION-OF-X509...]: for mail.example.org, in $work, its
# key in NAME-key.pem
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

# The helper with the certificate NAME, as one would give it to --tls.
helper_of() {
	echo "$helper --cert=$work/$1.pem --key=$work/$1-key.pem"
}

# other_helper LINE...: $work/other, which is stunnel with the certificate `good`
# and these lines in its configuration
other_helper() {
	{
		printf '#!/bin/sh\nexec stunnel4 -fd 3 3<<-END\n'
		printf '%s\n' 'foreground = yes' 'syslog = no' 'debug = warning' \
			"cert = $work/good.pem" "key = $work/good-key.pem" "$@" \
			'exec = $1' 'execArgs = $*' END
	} >"$work/other"
	chmod +x "$work/other"
}
