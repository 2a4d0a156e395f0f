#!/bin/sh
set -eu
if [ -n "${MAIL_USER-}" ]; then
	set -- --auth PLAIN --auth-user "$MAIL_USER" \
		--auth-password "$MAIL_PASSWORD"
fi
if [ -n "${MAIL_CA-}" ]; then
	set -- "$@" --tls --tls-verify --tls-ca-path "$MAIL_CA"
fi
if [ -n "${ATTACHMENT-}" ]; then
	set -- "$@" --attach "@$ATTACHMENT"
fi
swaks --silent 2 --server "$MAIL_HOST" --port "$MAIL_PORT" \
	--from app@example.org --to "$TO" --h-Subject "$SUBJECT" \
	--body "$BODY" "$@"
