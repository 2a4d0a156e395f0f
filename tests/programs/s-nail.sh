#!/bin/sh
set -eu
export MAILRC=/dev/null LC_ALL=C.UTF-8
at=$MAIL_HOST:$MAIL_PORT
set -- -S smtp-auth=none
if [ -n "${MAIL_USER-}" ]; then
	at=$MAIL_USER:$MAIL_PASSWORD@$at
	set -- -S smtp-auth=plain
fi
if [ -n "${MAIL_CA-}" ]; then
	set -- "$@" -S smtp-use-starttls -S tls-verify=strict \
		-S tls-ca-file="$MAIL_CA"
fi
if [ -n "${ATTACHMENT-}" ]; then
	set -- "$@" -a "$ATTACHMENT"
fi
printf %s "$BODY" | s-nail -n -S v15-compat -S mta="smtp://$at" \
	-r app@example.org -s "$SUBJECT" "$@" "$TO"
