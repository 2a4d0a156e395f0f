#!/usr/bin/env bats
# --catch, AUTH and -bs: the mail of programs that are being developed.

load ../lib/helpers
load ../lib/programs

catch() {
	command+=(--catch)
}

# The log lines of EVENT.
logged() {
	sed 's/^smtp-stdio\[[0-9]*\]/smtp-stdio[N]/' "$work/log" |
		grep "^smtp-stdio\[N\]: $1 "
}

auth_plain='AUTH PLAIN AHVzZXIAc2VjcmV0LXdvcmQ=' # user, secret-word

@test "--catch stores the mail for any address in ./all/" {
	rm "$users"
	command=("${command[0]}" --name=mail.example.org --mail="$mail" --catch)
	cd "$work" || return
	hold "$(small a@example.com b@example.net postmaster)"
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(stored | wc -l) $(stored "$mail/all/.." | wc -l)" '1 1'
	[ -d "$mail/all/new" ]
	is "$(logged catch)" 'smtp-stdio[N]: catch peer=unknown reason="every address, user and password is taken"'
	echo x@example.org 550 no >users.txt
	hold "$(small x@example.org)"
	is "$code $(count)" '0 2'
	is "$(logged catch)" 'smtp-stdio[N]: catch peer=unknown ignored=users.txt reason="every address, user and password is taken"'
}

@test "with --users the lines of the file come first, and may be none" {
	catch
	hold "$(small bob@example.org any@example.com)"
	is "$(stored | sed "s,^$mail/,,; s,/.*,," | tr '\n' ' ')" 'all bob@example.org '
	refute grep -q ignored= "$work/log"
	: >"$users"
	hold "$(small bob@example.org)"
	is "$code $(count)" '0 3'
}

@test "without --catch AUTH is not offered" {
	hold "EHLO x\n$auth_plain\nMAIL FROM:<> AUTH=<>\nQUIT"
	refute grep -q '^250[- ]AUTH' "$work/out"
	is "$(tail -n 3 "$work/out" | cut -c 1-9 | tr '\n' ' ')" \
		'502 5.5.1 555 5.5.4 221 2.0.0 '
}

@test "the log names the user, and never the password" {
	catch
	hold "EHLO x\n$auth_plain\n$(small a@example.com)"
	is "$(grep -c ' \(accepted\|session\) .* user=user ' "$work/log")" 2
	grep -q ' user=user .*end=quit' "$work/log"
	grep -q ' with ESMTPA id ' "$(stored)"
	for lines in "$auth_plain\n$auth_plain" "AUTH LOGIN\ndXNlcg==\nc2VjcmV0LXdvcmQ=!" \
		"AUTH PLAIN\nAHVzZXIAc2VjcmV0LXdvcmQ=!" "AUTH PLAIN =c2VjcmV0LXdvcmQ="; do
		hold "EHLO x\n$lines\nQUIT"
		grep -q 'refused .* command="AUTH \(PLAIN\|LOGIN\)\( \.\.\.\)\?" reply="50' "$work/log"
		refute grep -qi 'c2VjcmV0\|secret' "$work/log"
	done
}

@test "a long user name is cut in the log, and its octets are escaped" {
	catch
	code64=$(printf 'u\001%0300d' 0 | base64 -w 0)
	hold "EHLO x\nAUTH LOGIN $code64\ncA==\nQUIT"
	grep -q '^235 ' "$work/out"
	is "$(logged session | sed 's/.* user="\([^"]*\)" .*/\1/' | wc -c)" 259
	grep -qF ' user="u\x010000' "$work/log"
}

@test "the password is not in memory after AUTH" {
	[ "$(id -u)" = 0 ] || skip 'only root may read the memory of the program'
	for lines in "$auth_plain\r\n" \
		'AUTH PLAIN\r\nAHVzZXIAc2VjcmV0LXdvcmQ=\r\n' \
		'AUTH LOGIN\r\ndXNlcg==\r\nc2VjcmV0LXdvcmQ=\r\n'; do
		rm -f "$work/in"
		start --catch
		await '^220 '
		say 'EHLO x\r\nMAIL FROM:<seen@example.net>\r\nRSET\r\n'
		await '^250 2.0.0 OK'
		say "$lines"
		await '^235 '
		[ "$(in_memory seen@example.net "$pid")" -gt 0 ]
		is "$(in_memory secret-word "$pid") $(in_memory c2VjcmV0LXdvcmQ "$pid")" '0 0'
		say 'QUIT\r\n'
		finish
	done
}

@test "a password that was refused, or came out of turn, is not in memory" {
	[ "$(id -u)" = 0 ] || skip 'only root may read the memory of the program'
	secret=c2VjcmV0LXdvcmQ=
	long=$(printf '%012400d' 0)
	for lines in "AUTH PLAIN $secret" "EHLO x\r\nMAIL FROM:<>\r\nAUTH PLAIN $secret" \
		"EHLO x\r\nAUTH PLAIN AHUAcA==\r\nAUTH PLAIN $secret" \
		"EHLO x\r\nAUTH PLAIN $secret$long" \
		"EHLO x\r\nAUTH LOGIN\r\n!\r\n$secret" \
		"EHLO x\r\nAUTH LOGIN\r\n!\r\nRSET\r\n$secret"; do
		rm -f "$work/in"
		start --catch
		await '^220 '
		say "$lines\r\n"
		await '^50'
		say 'NOOP\r\n'
		await '^250 .*OK'
		is "$(in_memory c2VjcmV0LXdvcmQ "$pid")" 0
		say 'QUIT\r\n'
		finish
	done
}

@test "AUTH that was tried is in the log of the session" {
	catch
	hold 'EHLO x\nAUTH LOGIN\ndXM='
	grep -q '^smtp-stdio.* session .*end=eof' "$work/log"
}

@test "--catch takes LF line ends on a socket" {
	catch
	python3 - "${command[@]}" >"$work/out" 2>"$work/log" <<-'END'
		import socket, subprocess, sys
		ours, theirs = socket.socketpair()
		process = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs)
		theirs.close()
		ours.sendall(b"HELO x\nMAIL FROM:<>\nRCPT TO:<a@example.com>\nDATA\n"
		             b"Subject: x\n\nhi\n.\nQUIT\n")
		while octets := ours.recv(4096):
		    sys.stdout.write(octets.decode().replace("\r", ""))
		sys.exit(process.wait())
	END
	is "$(verdict) $(count)" '250 OK; Message Accepted 1'
}

@test "-bs is a session, and the options of sendmail beside it are ignored" {
	session "$(small bob@example.org)" >"$work/in"
	hold_input -bs
	is "$code $(count)" '0 1'
	hold_input -i -oi -odb -oem -f ann@example.net -bs -fann@example.net
	is "$code $(count)" '0 2'
	hold_input --timeout=5 -bs --catch
	is "$code $(count)" '0 3'
}

@test "-bs as the value of another option is no option" {
	session "$(small bob@example.org)" >"$work/in"
	cd "$work"
	for with in '-m -bs' '-m-bs -m -bs' '--mail -bs' '--ma -bs'; do
		# shellcheck disable=SC2086 # word splitting intended
		hold_input $with -t 5
		is "$code $(count ./-bs)" '0 1'
		rm -r ./-bs
		# shellcheck disable=SC2086 # word splitting intended
		wrong 'unknown option: -o' $with -oi
	done
	hold_input -m -bs -bs -oi
	is "$code $(count ./-bs)" '0 1'
	wrong 'bad value for --name: -bs' --name -bs
}

# wrong WORDS ARGUMENT...: a usage error with these words.
wrong() {
	local words=$1
	shift
	code=0
	"${command[@]}" "$@" </dev/null >"$work/out" 2>"$work/log" || code=$?
	is "$code $(head -n 1 "$work/log")" "64 smtp-stdio: $words"
}

@test "what cannot be used together is a usage error that says so" {
	other='--catch cannot be used with --commands, --lmtp or --lab'
	wrong "$other" --catch --lmtp
	wrong "$other" --lab --catch
	wrong "$other" --commands --catch
	no_t="sendmail's -t is not offered; use msmtp, or sendmail -bs"
	wrong "$no_t" -bs -t
	wrong "$no_t" -t -bs
	wrong "$no_t" -t -i
	wrong 'bad value for --timeout: -5' -bs --timeout=-5
	wrong 'bad value for --timeout: -5' --timeout -5
	wrong 'bad value for --timeout: -5' -t -5
	wrong 'bad value for --timeout: -i' --timeout -i
	wrong 'the option takes no value: --catch=yes' --catch=yes
	wrong 'the option takes no value: --help=' --help=
	wrong 'unknown option: --lob=yes' --lob=yes
	wrong 'unknown option: -x' --users=x -xh
	wrong 'unknown option: -b: v' -bs -bv
	wrong 'unknown option: -o' -oi
	wrong 'unknown option: -b' -b
	wrong 'a value is missing: -t' -t
	wrong 'a value is missing: --users' --users
	wrong 'unexpected argument: bob@example.org' -bs bob@example.org
}

@test "--check --catch tries ./all/, with and without a users file" {
	rm "$users"
	command=("${command[0]}" --name=mail.example.org --mail="$mail" --catch)
	smtp --check >"$work/out"
	grep -qx 'catch: every address, user and password is taken; for tests only' "$work/out"
	is "$(tail -n 1 "$work/out")" 'total: 0 addresses, not sorted; 1 Maildir tried, 0 problems'
	[ -d "$mail/all/new" ]
	echo '@example.org ./net/' >"$users"
	smtp --check --users="$users" >"$work/out"
	is "$(tail -n 1 "$work/out")" 'total: 1 address, not sorted; 2 Maildirs tried, 0 problems'
	rm -r "$mail/all"
	ln -s net "$mail/all"
	code=0
	smtp --check --users="$users" >"$work/out" || code=$?
	is "$code" 78
	grep -q ': all: a Maildir must not be a symbolic link' "$work/out"
}
