#!/bin/sh
set -eu
if [ -n "${MAIL_USER-}" ]; then
	# Without TLS `--auth=on` refuses PLAIN and LOGIN.
	set -- --auth=plain --user="$MAIL_USER" \
		--passwordeval='echo "$MAIL_PASSWORD"'
fi
if [ -n "${MAIL_CA-}" ]; then
	set -- "$@" --tls=on --tls-starttls=on --tls-trust-file="$MAIL_CA"
fi
msmtp --file=/dev/null --host="$MAIL_HOST" --port="$MAIL_PORT" \
	--from=app@example.org "$@" "$TO" <"$MESSAGE"
