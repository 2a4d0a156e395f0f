#!/usr/bin/env bats
# Third-party clients over TCP: the message is stored as it was sent.

load ../lib/helpers
load ../lib/net
load ../lib/relay

setup_file() {
	make_messages
}

listen_tcpserver() {
	exec tcpserver -HRl0 127.0.0.1 "$port" "${command[@]}"
}

listen_socat() {
	exec socat "TCP4-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
		"EXEC:${command[*]}"
}

# The clients, a function each: send FILE, whose lines end in LF, to RCPT...

by_swaks() {
	local file=$1 rcpt
	shift
	rcpt=$(printf '%s,' "$@")
	{ # otherwise swaks changes a last dot and \n
		sed -e 's/^\./../' -e 's/$/\r/' "$file"
		printf .
	} >"$work/raw"
	swaks --server "127.0.0.1:$port" --ehlo client.example.net \
		--from ann@example.net --to "${rcpt%,}" --no-data-fixup \
		--data "@$work/raw"
}

by_curl() {
	local file=$1 rcpts=() rcpt
	shift
	for rcpt; do
		rcpts+=(--mail-rcpt "$rcpt")
	done
	sed 's/$/\r/' "$file" | curl -sS "smtp://127.0.0.1:$port/client.example.net" \
		--mail-from ann@example.net "${rcpts[@]}" -T -
}

by_msmtp() {
	local file=$1
	shift
	msmtp --file=/dev/null --host=127.0.0.1 --port="$port" \
		--domain=client.example.net --from=ann@example.net "$@" <"$file"
}

by_smtplib() {
	python3 - "$port" "$@" <<-'END'
		import smtplib
		import sys

		port, name, *rcpts = sys.argv[1:]
		with open(name, "rb") as file:
		    octets = file.read().replace(b"\n", b"\r\n")
		with smtplib.SMTP("127.0.0.1", port, "client.example.net") as client:
		    refused = client.sendmail("ann@example.net", rcpts, octets,
		                              ["BODY=8BITMIME"])
		sys.exit(bool(refused))
	END
}

by_nodemailer() {
	local module
	module=$(nodemailer)
	[ -n "$module" ] || cannot 'nodemailer cannot be fetched'
	node - "$module" "$port" "$@" <<-'END'
		const [module, port, name, ...to] = process.argv.slice(2);
		const client = require(module).createTransport({
			host: "127.0.0.1", port, name: "client.example.net",
			ignoreTLS: true });
		client.sendMail({ envelope: { from: "ann@example.net", to,
			use8BitMime: true },
			raw: require("fs").readFileSync(name) }).then(
			info => { process.exitCode = info.rejected.length; },
			error => { console.log(error); process.exitCode = 1; });
	END
}

by_net_smtp() {
	perl -MNet::SMTP - "$port" "$@" <<-'END'
		my ($port, $name, @rcpts) = @ARGV;
		open(my $file, "<:raw", $name) or die;
		local $/;
		my $client = Net::SMTP->new("127.0.0.1", Port => $port,
			Hello => "client.example.net", Timeout => 20) or die;
		$client->mail("ann\@example.net", Bits => 8) or die;
		$client->recipient(@rcpts) or die;
		$client->data() or die;
		$client->datasend(<$file>) or die;
		$client->dataend() or die;
		$client->quit() or die;
	END
}

# s-nail writes the header itself.
by_snail() {
	local file=$1
	shift
	sed '1,/^$/d' "$file" | LC_ALL=C.UTF-8 MAILRC=/dev/null HOME=$work s-nail -n \
		-S v15-compat -S mta="smtp://127.0.0.1:$port" -S smtp-auth=none \
		-S smtp-hostname=client.example.net -S mime-encoding=8bit \
		-S ttycharset=iso-8859-1 -S sendcharsets=iso-8859-1 \
		-r ann@example.net -s "${file##*/}" "$@"
}

# smtp-source adds an empty line.
by_smtp_source() {
	"${found[@]}" -F "$1" -M client.example.net -f ann@example.net -t "$2" \
		"127.0.0.1:$port"
}

# The message of BOX as it was given to CLIENT: without the trace lines, and
# without the header that s-nail and Exim added.
as_given() {
	case $1 in
	snail) body_of "$2" | sed '1,/^$/d' ;;
	exim) body_of "$2" | sed -n '/^From: Ann/,$p' ;;
	*) body_of "$2" ;;
	esac
}

given() {
	case $1 in
	snail) sed '1,/^$/d' "$messages/$2" ;;
	smtp_source) cat "$messages/$2" && echo ;;
	*) cat "$messages/$2" ;;
	esac
}

# sends CLIENT MESSAGE RCPT...: succeeds without any rejection.  nodemailer
# disconnects without a QUIT.
sends() {
	local client=$1 message=$2
	shift 2
	rm -rf "$mail"
	: >"$work/log"
	"by_$client" "$messages/$message" "$@" >"$work/client" 2>&1 ||
		fail "$client $message: $?" "$(tail -n 20 "$work/client")" \
			"$(cat "$work/log")"
	await ' session ' "$work/log"
	grep -q -E ' session .* end=(quit|eof) .* stored=1 refused=0 ' "$work/log" ||
		fail "$client $message:" "$(cat "$work/log")"
}

# delivers CLIENT MESSAGE...: each MESSAGE to one recipient.
delivers() {
	local client=$1 message
	shift
	serve "${listener-listen_tcpserver}"
	for message; do
		sends "$client" "$message" bob@example.org
		arrived "$client" "$message" bob@example.org
	done
}

arrived() {
	as_given "$1" "$3" >"$work/got"
	given "$1" "$2" >"$work/want"
	cmp "$work/want" "$work/got" >&2 || fail "$1 $2 for $3"
}

delivers_to_several() {
	local box
	serve "${listener-listen_tcpserver}"
	sends "$1" plain bob@example.org carol@example.org dave@example.org
	is "$(count)" 3
	is "$(stored | xargs -d '\n' stat -c %i | sort -u | wc -l)" 1
	for box in bob carol dave; do
		arrived "$1" plain $box@example.org
	done
}

@test "swaks delivers plain, 8-bit, dotted, long and empty messages unchanged" {
	needs tcpserver swaks
	delivers swaks plain eight dots long empty
}

@test "swaks delivers 5 MB unchanged" {
	needs tcpserver swaks
	delivers swaks big
}

@test "swaks delivers to several recipients at once" {
	needs tcpserver swaks
	delivers_to_several swaks
}

@test "curl delivers plain, 8-bit, dotted, long and empty messages unchanged" {
	needs tcpserver curl
	delivers curl plain eight dots long empty
}

@test "curl delivers 5 MB unchanged" {
	needs tcpserver curl
	delivers curl big
}

@test "curl delivers to several recipients at once" {
	needs tcpserver curl
	delivers_to_several curl
}

@test "msmtp delivers plain, 8-bit, dotted, long and empty messages unchanged" {
	needs tcpserver msmtp
	delivers msmtp plain eight dots long empty
}

@test "msmtp delivers 5 MB unchanged" {
	needs tcpserver msmtp
	delivers msmtp big
}

@test "msmtp delivers to several recipients at once" {
	needs tcpserver msmtp
	delivers_to_several msmtp
}

@test "Python's smtplib delivers plain, 8-bit, dotted, long and empty messages unchanged" {
	needs tcpserver python3
	delivers smtplib plain eight dots long empty
}

@test "Python's smtplib delivers 5 MB unchanged" {
	needs tcpserver python3
	delivers smtplib big
}

@test "Python's smtplib delivers to several recipients at once" {
	needs tcpserver python3
	delivers_to_several smtplib
}

@test "nodemailer delivers plain, 8-bit, dotted, long and empty messages unchanged" {
	needs tcpserver node
	delivers nodemailer plain eight dots long empty
}

@test "nodemailer delivers 5 MB unchanged" {
	needs tcpserver node
	delivers nodemailer big
}

@test "nodemailer delivers to several recipients at once" {
	needs tcpserver node
	delivers_to_several nodemailer
}

@test "Perl's Net::SMTP delivers plain, 8-bit, dotted, long and empty messages unchanged" {
	needs tcpserver perl
	delivers net_smtp plain eight dots long empty
}

@test "Perl's Net::SMTP delivers 5 MB unchanged" {
	needs tcpserver perl
	delivers net_smtp big
}

@test "Perl's Net::SMTP delivers to several recipients at once" {
	needs tcpserver perl
	delivers_to_several net_smtp
}

@test "s-nail delivers plain, 8-bit, dotted and empty messages unchanged" {
	needs tcpserver s-nail
	delivers snail plain eight dots empty
}

@test "s-nail delivers 5 MB unchanged" {
	needs tcpserver s-nail
	delivers snail big
}

@test "s-nail delivers to several recipients at once" {
	needs tcpserver s-nail
	delivers_to_several snail
}

@test "Postfix's smtp-source delivers plain, 8-bit, dotted, long and empty messages unchanged" {
	needs tcpserver
	provide smtp-source postfix
	delivers smtp_source plain eight dots long empty
}

@test "Postfix's smtp-source delivers 5 MB unchanged" {
	needs tcpserver
	provide smtp-source postfix
	delivers smtp_source big
}

@test "20 parallel sessions of Postfix's smtp-source deliver 200 messages" {
	needs tcpserver
	provide smtp-source postfix
	echo '@example.org ./all/' >"$users"
	serve listen_tcpserver
	"${found[@]}" -s 20 -m 200 -l 5000 -N -f ann@example.net \
		-t bob@example.org "127.0.0.1:$port"
	is "$(count)" 200
	refute grep -q ' refused ' "$work/log"
}

start_relay() {
	serve listen_tcpserver
	start_exim 'driver = smtp' "port = $port" allow_localhost \
		'message_linelength_limit = 200000'
}

relayed() {
	await "$1" "$relay_log" || fail "$(cat "$work/log")"
}

@test "Exim delivers plain, 8-bit, dotted, long and empty messages unchanged" {
	needs tcpserver python3
	start_relay
	for message in plain eight dots full long empty; do
		rm -rf "$mail"
		: >"$relay_log"
		by_smtplib "$messages/$message" bob@example.org
		relayed ' Completed$'
		arrived exim "$message" bob@example.org
	done
	refute grep -q ' refused ' "$work/log"
}

@test "Exim delivers 5 MB unchanged" {
	needs tcpserver python3
	start_relay
	by_smtplib "$messages/big" bob@example.org
	relayed ' Completed$'
	arrived exim big bob@example.org
}

@test "Exim delivers to several recipients at once" {
	needs tcpserver python3
	start_relay
	by_smtplib "$messages/plain" bob@example.org carol@example.org
	relayed ' Completed$'
	is "$(count)" 2
	is "$(stored | xargs -d '\n' stat -c %i | sort -u | wc -l)" 1
	arrived exim plain carol@example.org
	grep -q 'C="250 2.0.0 OK; Message Accepted [^ ]*"' "$relay_log"
}

@test "Exim bounces for an unknown recipient, and the other gets the mail" {
	needs tcpserver python3
	start_relay
	by_smtplib "$messages/plain" nobody@example.org bob@example.org
	relayed ' Completed$'
	grep -q ' \*\* nobody@example.org .* 550 5.1.1 No such mailbox' \
		"$relay_log"
	arrived exim plain bob@example.org
}

@test "Exim queues a message after a temporary failure and retries" {
	needs tcpserver python3
	start_relay
	mkdir -p "$mail"
	echo >"$mail/bob@example.org" # a file, not a directory
	by_smtplib "$messages/plain" bob@example.org
	relayed ' == bob@example.org .* 451 4.3.5 '
	is "$(count)" 0
	rm "$mail/bob@example.org"
	"${exim[@]}" -qff
	relayed ' => bob@example.org '
	arrived exim plain bob@example.org
}

# Clients that fail.

half_a_message() {
	session "$(transaction bob@example.org)" >"$work/in"
	seq 1 40000 | sed 's/$/\r/' >>"$work/in"
}

a_client_that_vanishes() { # FUNCTION HOW
	serve "$1"
	half_a_message
	dial "$2" 127.0.0.1
	await ' session ' "$work/log"
	grep -q ' session .* stored=0 ' "$work/log"
	is "$(count)" 0
	is_empty
}

@test "a client that closes in mid-DATA leaves no file" {
	needs tcpserver
	a_client_that_vanishes listen_tcpserver leave
	grep -q ' end=eof-in-message ' "$work/log"
}

@test "a client that resets the connection in mid-DATA leaves no file" {
	needs tcpserver
	a_client_that_vanishes listen_tcpserver reset
}

@test "a client that closes in mid-DATA leaves no file, through socat" {
	needs socat
	a_client_that_vanishes listen_socat leave
}

@test "a client that resets the connection in mid-DATA leaves no file, through socat" {
	needs socat
	a_client_that_vanishes listen_socat reset
}

a_client_that_half_closes() { # FUNCTION
	serve "$1"
	session "$(transaction bob@example.org)\nSubject: x\n\nHey there!\n." \
		>"$work/in"
	dial half 127.0.0.1
	is "$(last_reply | without_ids)" '250 2.0.0 OK; Message Accepted'
	is "$(body_of bob@example.org)" $'Subject: x\n\nHey there!'
	await ' session .* end=eof .* stored=1 ' "$work/log"
}

@test "a client that half-closes after the dot gets its reply and its mail is stored" {
	needs tcpserver
	a_client_that_half_closes listen_tcpserver
}

@test "a client that half-closes after the dot gets its reply through socat" {
	needs socat
	a_client_that_half_closes listen_socat
}

a_client_that_never_reads() { # FUNCTION
	echo '@example.org ./all/' >>"$users"
	command+=(--timeout=2)
	serve "$1"
	session 'EHLO x\nMAIL FROM:<ann@example.net>' >"$work/in"
	for ((i = 0; i < 900; i++)); do
		printf 'RCPT TO:<%0380d@example.org>\r\n' "$i"
	done >>"$work/in"
	(dial deaf 127.0.0.1) 3>&- 4>&- &
	pids+=("$!")
	deaf=$!
	sleep 0.5
	by_smtplib "$messages/plain" bob@example.org # the others are served
	arrived smtplib plain bob@example.org
	wait "$deaf"
	await '^cut after ' # seconds
	await ' session .* end=timeout .* stored=0 ' "$work/log"
	is "$(count)" 1
}

@test "a client that does not read is disconnected, and others are served" {
	needs tcpserver python3
	a_client_that_never_reads listen_tcpserver
}

@test "a client that does not read is disconnected, through socat" {
	needs socat python3
	a_client_that_never_reads listen_socat
}

# The replies fill the pipe before the message is read.
@test "a message is not executed if its client was disconnected for not reading" {
	echo '@example.org ./all/' >>"$users"
	{
		session 'EHLO x\nMAIL FROM:<ann@example.net>'
		for ((i = 0; i < 100; i++)); do
			printf 'RCPT TO:<%0380d@example.org>\r\n' "$i"
		done
		session 'DATA\nSubject: x\n\nlate\n.\nQUIT'
	} >"$work/in"
	python3 -c '
import fcntl, os, subprocess, sys
unread, replies = os.pipe()
fcntl.fcntl(replies, 1031, 4096) # F_SETPIPE_SZ
subprocess.call(sys.argv[1:], stdout=replies)
' "${command[@]}" --timeout=1 <"$work/in" 2>"$work/log"
	is "$(count)" 0
	grep -q ' session .* end=timeout .* stored=0 ' "$work/log"
}
