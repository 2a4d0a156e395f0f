#!/bin/sh
# The options have the names of the settings: --smtp-server is
# sendemail.smtpServer.
set -eu
if [ -n "${MAIL_USER-}" ]; then
	set -- --smtp-user="$MAIL_USER" --smtp-pass="$MAIL_PASSWORD"
fi
if [ -n "${MAIL_CA-}" ]; then
	set -- "$@" --smtp-encryption=tls --smtp-ssl-cert-path="$MAIL_CA"
fi
git send-email --quiet --confirm=never --suppress-cc=all --8bit-encoding=UTF-8 \
	--smtp-server="$MAIL_HOST" --smtp-server-port="$MAIL_PORT" "$@" \
	--from=app@example.org --to="$TO" "$MESSAGE"
