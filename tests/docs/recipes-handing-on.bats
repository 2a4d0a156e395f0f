#!/usr/bin/env bats
# doc/recipes.md for reading and forwarding mail: each recipe is run as it is
# printed.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net

recipes=$BATS_TEST_DIRNAME/../../doc/recipes
text=$BATS_TEST_DIRNAME/../../doc/recipes.md

# Runs the tools as an ordinary user, in a separate directory, $public.
prepare() {
	local name
	for name; do
		[ -x "$name" ] || needs "$name"
	done
	make_public
	cd "$public" || exit 1
	cp "$recipes"/{to-dovecot-lda,members-only,to-sendmail} .
	mail=$public/mail
	users=$public/users.txt
	mkdir tmp
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 .
	as_user=(as_nobody env HOME="$public" TMPDIR="$public/tmp"
		"USER=$(as_nobody id -un)")
	command=("${as_user[@]}" "$public/smtp-stdio" --name=mail.example.org
		--users="$users" --mail="$mail" --commands)
	smtp() {
		"${command[@]}" "$@"
	}
}

# The users.txt lines of the text, with paths of this test.
users_as_written() {
	sed -nE '/^## Pass mail/,/^The words/s/^    ([a-z]*@example.org \|)/\1/p' "$text" |
		sed -e "s,/usr/local/bin,$public,g" -e "s,/var/lib/smtp-stdio,$public,g" \
			-e 's,$, -o log_path=/dev/stderr,' >"$users"
	is "$(wc -l <"$users")" 1
}

# message_to ADDRESS LINE...: the reply is in $work/out
message_to() {
	local to=$1 lines
	shift
	lines=$(printf '%s\\n' 'From: ann@example.net' "To: $to" 'Subject: offer' \
		'Date: Tue, 24 Nov 2026 12:00:00 +0000' \
		'Message-ID: <1@example.net>' '' "$@")
	hold "$(transaction "$to")\n$lines.\nQUIT"
	is "$code" 0
}

done='250 2.0.0 OK; Message Accepted'
failed='451 4.3.0 Could not be delivered, try again later'

@test "Dovecot's IMAP reads a message, as in the text" {
	prepare /usr/lib/dovecot/imap
	echo '@example.org ./all/' >"$users"
	message_to ann@example.org 'Hey there!'
	sed -n '/^    printf .a SELECT/,/^$/s/^    //p' "$text" >imap
	"${as_user[@]}" timeout 20 sh imap >"$work/got"
	grep '^\* 1 EXISTS' "$work/got"
	grep '^Hey there!' "$work/got"
	grep '^c OK' "$work/got"
}

@test "to-dovecot-lda stores in the folder that the tag names" {
	prepare /usr/lib/dovecot/dovecot-lda
	users_as_written
	message_to bob@example.org one
	is "$(verdict)" "$done"
	is "$(tail -n 1 bob/new/*)" one
	sed -i '1s/$/ -o lda_mailbox_autocreate=yes/' "$users"
	message_to bob+lists@example.org two
	is "$(verdict)" "$done"
	is "$(tail -n 1 bob/.lists/new/*)" two
	is "$(head -n 1 bob/.lists/new/*)" 'Return-Path: <ann@example.net>'
	message_to bob+../../x@example.org three # a path by the client
	is "$(find . -name x)" ''
}

@test "to-dovecot-lda that cannot store is a temporary rejection" {
	prepare /usr/lib/dovecot/dovecot-lda
	users_as_written
	echo >bob
	message_to bob@example.org one
	is "$(verdict)" "$failed"
}

@test "members-only refuses other senders, and says why" {
	prepare /bin/cat
	printf '%s\n' eve@example.net '' Ann@Example.NET >members
	sed -n 's/^    \(ann@example.org |.*members-only\) .*/\1/p' "$text" |
		sed -e "s,/usr/local/bin,$public,; s,$, $public/members /bin/cat," >"$users"
	is "$(wc -l <"$users")" 1
	message_to ann@example.org 'Hey there!'
	is "$(verdict)" "$done"
	grep -q ' output .* text="Hey there!"' "$work/log"
	hold 'EHLO x\nMAIL FROM:<>\nRCPT TO:<ann@example.org>\nDATA\n.\nQUIT'
	is "$(verdict)" '550 5.7.1 Only members can write to this address'
	sed -i s/ann/any/I members
	message_to ann@example.org x
	is "$(verdict)" '550 5.7.1 Only members can write to this address'
	rm members
	message_to ann@example.org x
	is "$(verdict)" "$failed"
}

@test "to-sendmail passes sender and recipients to sendmail, quoted again" {
	prepare python3
	cat >sendmail <<-'END'
		#!/bin/sh
		printf '%s\n' "$@"
		tail -n 1
	END
	chmod 755 sendmail
	echo "@example.net ||$public/to-sendmail $public/sendmail -i" >"$users"
	hold 'EHLO x\nMAIL FROM:<>\nRCPT TO:<-oQ@example.net>\nRCPT TO:<"a b\\"c"@example.net>
RCPT TO:<d+e@example.net>\nDATA\nhi\n.\nQUIT'
	is "$(verdict)" "$done"
	is "$(sed -n 's/.* output .* text=//p' "$work/log")" '-i
-f
--
-oQ@example.net
"\x22a b\x5c\x22c\x22@example.net"
d+e@example.net
hi'
	echo "@example.net |$public/to-sendmail $public/sendmail" >"$users"
	message_to bob@example.net x
	is "$(verdict)" "$failed"
	echo "@example.net ||$public/to-sendmail $public/nothing" >"$users"
	message_to bob@example.net x
	is "$(verdict)" "$failed"
}

@test "to-qmail gives qmail-queue the message and the envelope" {
	prepare od
	printf '#!/bin/sh\ncat >"%s/message"\ncat <&1 >&2\n' "$public" >qmail-queue
	sed -n '/to-qmail$/,$s/^    //p' "$text" | sed -n '/^#!/,$p' |
		sed "s,/var/qmail/bin,$public," >to-qmail
	is "$(wc -l <to-qmail)" 2
	chmod 755 qmail-queue to-qmail
	echo "@example.net ||$public/to-qmail" >"$users"
	hold "$(transaction bob@example.net ann@example.net)\nhi\n.\nQUIT"
	is "$(verdict)" "$done"
	is "$(tail -n 1 message)" hi
	is "$(sed -n 's/.* output .* text=//p' "$work/log")" \
		'"Fann@example.net\x00Tbob@example.net\x00Tann@example.net\x00\x00"'
}
