#!/bin/sh
set -eu
if [ -n "${MAIL_USER-}" ]; then
	set -- --user "$MAIL_USER:$MAIL_PASSWORD"
fi
if [ -n "${MAIL_CA-}" ]; then
	set -- "$@" --ssl-reqd --cacert "$MAIL_CA"
fi
if [ -n "${ATTACHMENT-}" ]; then
	set -- "$@" -F '=(;type=multipart/mixed' \
		-F "=$BODY;type=text/plain;encoder=quoted-printable" \
		-F "=@$ATTACHMENT;encoder=base64" -F '=)' \
		-H 'From: app@example.org' -H "To: $TO" -H "Subject: $SUBJECT"
else
	set -- "$@" --crlf -T "$MESSAGE"
fi
curl -sS "smtp://$MAIL_HOST:$MAIL_PORT" --mail-from app@example.org \
	--mail-rcpt "$TO" "$@"
