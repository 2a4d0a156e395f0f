#!/usr/bin/env bats
# LMTP with its usual clients: mail servers that relay to this program, and test
# clients.  Each reply is true for its recipient.

load ../lib/helpers
load ../lib/net
load ../lib/relay

setup_file() {
	make_messages
}

# A user for each possible result.
various() {
	cat >>"$users" <<-END
		full@example.org 452 4.2.2 mailbox full
		late@example.org data 451 4.3.0 not now
		never@example.org data 554 5.7.1 no thanks
		all@example.org carol@example.org dave@example.org
		run@example.org |/bin/true
		fail@example.org |/bin/false
	END
	command+=(--commands)
}

listen_tcp() {
	exec tcpserver -HRl0 127.0.0.1 "$port" "${command[@]}" --lmtp
}

listen_socat() {
	exec socat "TCP4-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
		"EXEC:${command[*]} --lmtp"
}

# Listens on a UNIX socket, $socket, in a directory that everybody may enter.
serve_unix() {
	local i
	needs socat
	make_public
	socket=$public/socket
	socat "UNIX-LISTEN:$socket,fork,mode=666" "EXEC:${command[*]} --lmtp" \
		>"$work/listener" 2>>"$work/log" 3>&- 4>&- &
	pids+=("$!")
	for ((i = 0; i < 250; i++)); do
		[ -S "$socket" ] && return
		sleep 0.02
	done
	fail "socat does not listen: $(cat "$work/listener")"
}

# by_swaks FILE RCPT,... OPTION...: sends FILE by LMTP; the session is in
# $work/talk.
by_swaks() {
	local file=$1 to=$2
	shift 2
	{
		sed -e 's/^\./../' -e 's/$/\r/' "$file"
		printf .
	} >"$work/raw"
	swaks "$@" --protocol LMTP --ehlo client.example.net \
		--from ann@example.net --to "$to" --no-data-fixup \
		--data "@$work/raw" >"$work/talk" 2>&1
}

@test "each reply that accepts has the id of the message, after HELO none" {
	hold "LHLO c\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nRCPT TO:<carol@example.org>\nDATA\nx\n.\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nBDAT 3 LAST\nx\nQUIT" --lmtp
	mapfile -t ids < <(sed -n 's/^smtp-stdio.* accepted .* id=\([^ ]*\) .*/\1/p' "$work/log")
	is "${#ids[@]} ${ids[0]}" "3 ${ids[1]}"
	is "$(grep Accepted "$work/out")" "250 2.0.0 OK; Message Accepted ${ids[0]}
250 2.0.0 OK; Message Accepted ${ids[1]}
250 2.0.0 OK; Message Accepted ${ids[2]}"
	is "$(stored | xargs grep -c " id ${ids[2]}\$" | grep -c ':1$')" 1
	hold "$(small bob@example.org | sed s/EHLO/HELO/)"
	is "$(grep Accepted "$work/out")" '250 OK; Message Accepted'
}

@test "swaks delivers by LMTP over TCP" {
	needs socat swaks
	serve listen_socat
	for message in plain eight dots full empty; do
		rm -rf "$mail"
		by_swaks "$messages/$message" bob@example.org,carol@example.org \
			--server "127.0.0.1:$port" || fail "$(cat "$work/talk")"
		arrived "$message" bob@example.org
		arrived "$message" carol@example.org
	done
	grep -q -x '<-  220 mail.example.org LMTP' "$work/talk"
	grep -q 'with LMTP id' "$(stored | head -n 1)"
}

@test "swaks delivers by LMTP over a UNIX socket" {
	needs swaks
	serve_unix
	by_swaks "$messages/plain" bob@example.org,carol@example.org \
		--socket "$socket" || fail "$(cat "$work/talk")"
	arrived plain bob@example.org
	arrived plain carol@example.org
}

@test "swaks: one recipient is rejected, and the other gets the mail" {
	needs socat swaks
	various
	serve listen_socat
	by_swaks "$messages/plain" nobody@example.org,bob@example.org,late@example.org \
		--server "127.0.0.1:$port" || true
	grep -q -x '<\*\* 550 5.1.1 No such mailbox' "$work/talk"
	arrived plain bob@example.org
	is "$(count)" 1
}

@test "Python's smtplib delivers by LMTP over TCP" {
	needs tcpserver python3
	serve listen_tcp
	for message in plain eight dots full empty big; do
		rm -rf "$mail"
		by_smtplib LMTP "$messages/$message" bob@example.org
		arrived "$message" bob@example.org
	done
}

@test "Python's smtplib delivers by LMTP over a UNIX socket" {
	needs python3
	serve_unix
	port=$socket by_smtplib LMTP "$messages/plain" bob@example.org
	arrived plain bob@example.org
}

# Postfix

by_postfix() {
	by_smtplib SMTP "$@"
}

# The replies that Postfix logged for RCPT, and all of its log about RCPT.
said_of() {
	grep -h " to=<$1>, " "$relay_log" ||
		fail "nothing of $1 in:" "$(cat "$relay_log")"
}

start_postfix_tcp() {
	needs tcpserver python3
	serve listen_tcp
	start_postfix "lmtp:inet:127.0.0.1:$port"
}

@test "Postfix delivers plain, 8-bit, dotted, full and empty messages by LMTP over TCP" {
	start_postfix_tcp
	for message in plain eight dots full empty; do
		rm -rf "$mail"
		: >"$relay_log"
		by_postfix "$messages/$message" bob@example.org
		relayed ' to=<bob@example.org>, .* status=sent '
		arrived "$message" bob@example.org
	done
	grep -q 'relay=127.0.0.1\[127.0.0.1\]:.* status=sent (250 2.0.0 OK; Message Accepted [^ ]*)' \
		"$relay_log"
	grep -q '^Received: from relay.example.net (' "$(stored)"
	grep -q ' with LMTP id ' "$(stored)"
}

@test "Postfix delivers 5 MB by LMTP" {
	start_postfix_tcp
	by_postfix "$messages/big" bob@example.org
	relayed ' to=<bob@example.org>, .* status=sent '
	arrived big bob@example.org
}

@test "Postfix delivers by LMTP over a UNIX socket" {
	needs python3
	serve_unix
	start_postfix "lmtp:unix:$socket"
	by_postfix "$messages/plain" bob@example.org carol@example.org
	relayed ' to=<bob@example.org>, .* status=sent '
	relayed ' to=<carol@example.org>, .* status=sent '
	arrived plain bob@example.org
	arrived plain carol@example.org
}

@test "Postfix applies each LMTP reply to its recipient" {
	various
	start_postfix_tcp
	by_postfix "$messages/plain" late@example.org bob@example.org \
		nobody@example.org fail@example.org all@example.org \
		never@example.org full@example.org run@example.org
	for rcpt in late bob nobody fail all never full run; do
		relayed " to=<$rcpt@example.org>, "
	done
	said_of bob@example.org | grep -q 'status=sent (250 2.0.0 '
	said_of all@example.org | grep -q 'status=sent (250 2.0.0 '
	said_of run@example.org | grep -q 'status=sent (250 2.0.0 '
	said_of nobody@example.org | grep -q 'status=bounced .* 550 5.1.1 No such mailbox'
	said_of never@example.org | grep -q 'status=bounced .* 554 5.7.1 no thanks'
	said_of late@example.org | grep -q 'status=deferred .* 451 4.3.0 not now'
	said_of full@example.org | grep -q 'status=deferred .* 452 4.2.2 mailbox full'
	said_of fail@example.org | grep -q 'status=deferred .* 451 4.3.0 Could not be'
	is "$(stored | sed "s,^$mail/,,; s,@.*,,")" $'bob\ncarol\ndave'
	for box in bob carol dave; do
		arrived plain $box@example.org
	done
}

@test "Postfix bounces a message that is too big once for each recipient" {
	needs tcpserver python3
	command+=(--size=100K)
	serve listen_tcp
	start_postfix "lmtp:inet:127.0.0.1:$port"
	by_postfix "$messages/big" bob@example.org carol@example.org
	relayed ' to=<bob@example.org>, .* status=bounced '
	relayed ' to=<carol@example.org>, .* status=bounced '
	is "$(count)" 0
}

@test "Postfix queues the message for a recipient that fails temporarily and retries" {
	start_postfix_tcp
	mkdir -p "$mail"
	echo >"$mail/bob@example.org" # no directory
	by_postfix "$messages/plain" bob@example.org carol@example.org
	relayed ' to=<bob@example.org>, .* status=deferred .* 451 4.3.5 '
	relayed ' to=<carol@example.org>, .* status=sent '
	is "$(count)" 1
	rm "$mail/bob@example.org"
	"${private[@]}" "$relay/bin/usr/sbin/postqueue" -c "$relay/etc" -f
	relayed ' to=<bob@example.org>, .* status=sent '
	arrived plain bob@example.org
	arrived plain carol@example.org
}

# Exim, whose SMTP transport has an LMTP option, and which can also run an LMTP
# program on its stdin and stdout.

@test "Exim delivers by LMTP over TCP and applies each reply to its recipient" {
	needs tcpserver python3
	various
	serve listen_tcp
	start_exim 'driver = smtp' 'protocol = lmtp' "port = $port" \
		allow_localhost
	by_smtplib SMTP "$messages/dots" late@example.org bob@example.org \
		never@example.org all@example.org
	relayed ' \*\* never@example.org .* 554 5.7.1 no thanks'
	relayed ' == late@example.org .* 451 4.3.0 not now'
	relayed ' [-=]> all@example.org .*C="250 2.0.0 OK; Message Accepted [^ ]*"'
	relayed ' [-=]> bob@example.org .*C="250 2.0.0 OK; Message Accepted [^ ]*"'
	is "$(stored | sed "s,^$mail/,,; s,@.*,,")" $'bob\ncarol\ndave'
	for box in bob carol dave; do
		arrived dots $box@example.org
	done
}

@test "Exim runs the program as its LMTP transport, without a socket" {
	needs python3
	make_public
	mail=$public/mail
	cp "$users" "$public/users.txt"
	echo 'late@example.org data 451 4.3.0 not now' >>"$public/users.txt"
	mkdir "$mail"
	chown 65534:65534 "$mail"
	chmod 644 "$public/users.txt"
	start_exim 'driver = lmtp' "command = $public/smtp-stdio --lmtp --name=mail.example.org --users=$public/users.txt --mail=$mail" \
		'batch_max = 10' 'user = Debian-exim'
	by_smtplib SMTP "$messages/plain" bob@example.org late@example.org \
		carol@example.org
	relayed ' == late@example.org .* 451 4.3.0 not now'
	relayed ' [-=]> carol@example.org '
	relayed ' [-=]> bob@example.org '
	arrived plain bob@example.org
	arrived plain carol@example.org
	is "$(count)" 2
}
