#!/usr/bin/env bats
# mutt and Dovecot read stored mail.  Two mailboxes may share a message (one
# file with two names): a change by a reader in one must not affect the other.

load ../lib/helpers
load ../lib/net

# Stores two messages for bob and carol, and one for bob only.
deliver_three() {
	hold "$(transaction bob@example.org carol@example.org)\nFrom: ann@example.net\nSubject: first\n\none\n.\nMAIL FROM:<ann@example.net>\nRCPT TO:<carol@example.org>\nRCPT TO:<bob@example.org>\nDATA\nFrom: ann@example.net\nSubject: second\n\ntwo\n.\nMAIL FROM:<ann@example.net>\nRCPT TO:<bob@example.org>\nDATA\nFrom: ann@example.net\nSubject: third\n\nthree\n.\nQUIT"
	is "$(count)" 5
	is "$(stored | xargs -d '\n' stat -c %i | sort -u | wc -l)" 3
}

# All files of BOX: path, flags and octets, without the indexes of Dovecot.
state_of() {
	local file
	find "$1/new" "$1/cur" -type f | sort | while read -r file; do
		echo "${file#"$1"/} $(cksum <"$file")"
	done
}

# The message of BOX with that Subject.
message() {
	grep -l -x -r "Subject: $2" "$1/new" "$1/cur"
}

# mutt BOX KEYS: opens BOX and types KEYS; the screen is in $work/screen.
read_with_mutt() {
	local keys
	cat >"$work/muttrc" <<-END
		set folder=$mail spoolfile=$1 record="" postponed="" mbox_type=Maildir
		set sort=mailbox-order mark_old=no wait_key=no delete=yes quit=yes
		set beep=no move=no sleep_time=0 resolve=no
		push "$2<quit>"
	END
	[ -p "$work/keys" ] || mkfifo "$work/keys"
	exec {keys}<>"$work/keys" # a keyboard without input
	TERM=vt100 HOME=$work timeout 20 script -qec \
		"mutt -n -F $work/muttrc -f $1" /dev/null <&"$keys" >"$work/screen"
	exec {keys}>&-
}

needs_mutt() {
	needs mutt script
	deliver_three
	bob=$mail/bob@example.org
	carol=$mail/carol@example.org
	before=$(state_of "$bob")
}

@test "mutt finds every message and shows it" {
	needs_mutt
	read_with_mutt "$bob" ''
	grep -a -q 'Msgs:3 New:3' "$work/screen"
	read_with_mutt "$bob" '<search>third<enter><display-message>'
	grep -a -q three "$work/screen"
	read_with_mutt "$carol" ''
	grep -a -q 'Msgs:2 New:2' "$work/screen"
}

@test "mutt flags a shared message in one mailbox, and the other is unchanged" {
	needs_mutt
	first=$(cat "$(message "$carol" first)")
	read_with_mutt "$carol" '<search>first<enter><flag-message><clear-flag>N'
	case $(message "$carol" first) in
	"$carol/cur/"*:2,FS) ;;
	*) fail "$(state_of "$carol")" ;;
	esac
	is "$(cat "$(message "$carol" first)")" "$first"
	is "$(state_of "$bob")" "$before"
}

@test "mutt deletes a shared message in one mailbox, and the other is unchanged" {
	needs_mutt
	read_with_mutt "$carol" '<search>first<enter><delete-message>'
	is "$(message "$carol" first)" ''
	is "$(state_of "$carol" | wc -l)" 1
	is "$(state_of "$bob")" "$before"
}

@test "mutt edits a shared message in one mailbox, and the other is unchanged" {
	needs_mutt
	printf '#!/bin/sh\necho more >>"$1"\n' >"$work/editor"
	chmod +x "$work/editor"
	export EDITOR=$work/editor VISUAL=$work/editor
	read_with_mutt "$carol" '<search>first<enter><edit>'
	grep -q -x more "$(message "$carol" first)"
	is "$(state_of "$bob")" "$before"
}

# doveadm BOX COMMAND...: runs doveadm as an ordinary user, without a daemon.
doveadm() {
	local box=$1
	shift
	cat >"$public/$box.conf" <<-END
		base_dir = $public/run
		state_dir = $public/state
		log_path = $public/log
		ssl = no
		mail_location = maildir:$mail/$box@example.org
	END
	as_nobody env HOME="$public" USER="$(as_nobody id -un)" \
		doveadm -c "$public/$box.conf" "$@"
}

needs_dovecot() {
	needs doveadm
	make_public
	mail=$public/mail
	users=$public/users.txt
	cp "$work/users.txt" "$users"
	command=(as_nobody "$public/smtp-stdio" --name=mail.example.org
		--users="$users" --mail="$mail")
	[ "$(id -u)" != 0 ] || chown 65534:65534 "$public"
	smtp() {
		"${command[@]}" "$@"
	}
	deliver_three
	bob=$mail/bob@example.org
	carol=$mail/carol@example.org
	before=$(state_of "$bob")
}

# Dovecot logged no errors: the sizes in the names are right.
is_content() {
	refute grep -E 'Error|Warning|Panic|Corrupted' "$public/log"
}

@test "Dovecot finds every message, and its size is that in the name" {
	needs_dovecot
	is "$(doveadm bob fetch hdr.subject mailbox INBOX all |
		grep -c ^hdr.subject:)" 3
	is "$(doveadm carol fetch hdr.subject mailbox INBOX all |
		grep -c ^hdr.subject:)" 2
	size=$(stat -c %s "$(message "$bob" third)")
	is "$(doveadm bob fetch size.physical mailbox INBOX subject third)" \
		"size.physical: $size"
	is "$(doveadm bob fetch body mailbox INBOX subject third | sed 1d)" three
	is_content
}

@test "Dovecot sets flags in one mailbox, and the other is unchanged" {
	needs_dovecot
	doveadm carol flags add '\Seen \Answered' mailbox INBOX subject first
	is "$(doveadm carol fetch flags mailbox INBOX subject first)" \
		'flags: \Answered \Seen \Recent'
	case $(message "$carol" first) in
	*:2,RS) ;;
	*) fail "$(state_of "$carol")" ;;
	esac
	is "$(state_of "$bob")" "$before"
	is "$(doveadm bob fetch flags mailbox INBOX subject first)" 'flags: \Recent'
	is_content
}

@test "Dovecot deletes a shared message in one mailbox, and the other is unchanged" {
	needs_dovecot
	doveadm carol expunge mailbox INBOX subject first
	is "$(message "$carol" first)" ''
	is "$(state_of "$bob")" "$before"
	is "$(doveadm bob fetch body mailbox INBOX subject first | sed 1d)" one
	doveadm carol expunge mailbox INBOX all
	is "$(state_of "$carol")" ''
	is "$(doveadm bob fetch uid mailbox INBOX all | grep -c ^uid:)" 3
	is_content
}

@test "Dovecot finds a message that arrives after it built its index" {
	needs_dovecot
	doveadm bob fetch uid mailbox INBOX all
	hold "$(transaction bob@example.org carol@example.org)\nSubject: fourth\n\nfour\n.\nQUIT"
	is "$(doveadm bob fetch uid mailbox INBOX subject fourth)" 'uid: 4'
	doveadm carol expunge mailbox INBOX subject fourth
	is "$(doveadm bob fetch body mailbox INBOX subject fourth | sed 1d)" four
	is_content
}
