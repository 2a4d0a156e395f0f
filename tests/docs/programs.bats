#!/usr/bin/env bats
# The client programs of doc/programs.md: the page has what the tests have, and
# the driver of the tests finds what is wrong.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net

top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
cd "$top" || exit 1
page=$top/doc/programs.md
programs=$top/tests/programs/programs

# The first two columns of the table after the LINE that matches, without its head.
rows_after() {
	sed -n "/$1/,/^\$/p" "$page" | sed -n '/^|---/,$p' | sed -n 's/^| \([^|]*[^| ]\) | \([^|]*\) |.*/\1\t\2/p'
}

# driven STACKS PROGRAM: runs the tests of STACKS with PROGRAM, for at most 2
# minutes; the output is in $work/tap.
driven() {
	code=0
	SMTP_STDIO=$2 TMPDIR=$work timeout 120 "$programs" "$1" >"$work/tap" || code=$?
}

# instead LINE...: makes $work/instead, a program in place of smtp-stdio; $real
# is the latter.
instead() {
	printf '%s\n' '#!/bin/bash' "real='${command[0]}'" "$@" >"$work/instead"
	chmod +x "$work/instead"
}

failed() {
	sed -n 's/^not ok [0-9]* - //p' "$work/tap" | tr '\n' ';'
}

@test "programs: the page has the table of the tests" {
	head=$(sed -n '/^<!-- make/,/^<!-- end/s/^| program //p' "$page")
	is "$head" "$(sed -n '/^COLUMNS/,/^}/s/.*: "\(.*\)",/\1/p' "$programs" |
		paste -s -d '|' | sed 's/|/ | /g; s/^/| version | /; s/$/ |/')"
	is "$(rows_after '^<!-- make' | cut -f 1)" \
		"$(sed -n '/^STACKS/,/^}/s/^        "\([^"]*\)", \(run_\|script\).*/\1/p' "$programs")"
	refute grep -q FAILED "$page"
}

@test "programs: the page says for each how it sends a password, as its script does" {
	is "$(rows_after '^| program | setting' | cut -f 1; echo symfony-bs)" \
		"$("$programs" --list | sed '/^symfony-bs$/d'; echo symfony-bs)"
	cases=0
	while IFS=$'\t' read -r name text; do
		file=$(sed -n "/^    \"$name\": /,/^    \"/p" "$programs" |
			grep -o '[a-z-]*\.\(py\|js\|php\|rb\|go\|java\|pl\|sh\)"' | head -n 1)
		case $name in
		nodemailer | symfony | go) file=$(cd "$top/tests/programs" && ls "$name"*) ;;
		php-mail) file=programs ;;
		javamail) file=JavaMail.java ;;
		esac
		while read -r word; do
			case $word in *--auth=on*) continue ;; esac
			grep -qF -e "$word" "$top/tests/programs/${file%\"}" "$programs" ||
				fail "$name: $word is not in ${file%\"}"
			cases=$((cases + 1))
		done < <(grep -o '`[^`]*`' <<<"$text" | tr -d '`')
	done < <(rows_after '^| program | setting')
	[ "$cases" -gt 20 ]
}

@test "programs: curl passes" {
	needs tcpserver openssl stunnel4 curl
	driven curl "${command[0]}"
	is "$code $(failed)" '0 '
	is "$(grep -c '^ok ' "$work/tap")" 7
	grep '^| curl | [0-9.]* | yes | yes | yes | yes | with --crlf (1) |' "$work/tap"
}

@test "programs: smtplib passes as an ordinary user, and leaves no file" {
	needs tcpserver openssl stunnel4
	make_public
	mkdir -m 777 "$public/tmp"
	cp -R --parents -t "$public" tests/programs tools doc/recipes.md
	programs=$public/tests/programs/programs
	as_nobody env SMTP_STDIO="$public/smtp-stdio" TMPDIR="$public/tmp" \
		O="$public/build" timeout 120 "$programs" smtplib >"$work/tap" ||
		fail "$(cat "$work/tap")"
	is "$(grep -c '^ok ' "$work/tap") $(ls "$public/tmp")" '7 '
}

@test "programs: an interrupted run leaves no process and no file" {
	needs tcpserver openssl stunnel4
	instead 'sleep 60'
	mkdir "$work/tmp"
	SMTP_STDIO=$work/instead TMPDIR=$work/tmp "$programs" curl \
		>"$work/tap" 3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	for ((i = 0; i < 500; i++)); do
		pgrep -f "$work/tmp/.*/clear" >/dev/null && break
		sleep 0.02
	done
	sleep 0.5
	kill "$pid"
	reap
	is "$code $(ls "$work/tmp")" '143 '
	refute pgrep -f "$work/tmp"
}

@test "programs: AUTH that is not offered fails in the cells that use it" {
	needs tcpserver openssl stunnel4
	printf '%s ./all/\n' @example.com @sub.example.net >"$work/both"
	instead 'for word; do [ "$word" = --catch ] || words+=("$word"); done' \
		"exec \"\$real\" --users=$work/both \"\${words[@]}\""
	driven smtplib "$work/instead"
	is "$code $(failed)" '1 smtplib: user and password;smtplib: STARTTLS;'
}

@test "programs: another text fails, and so does a second message" {
	needs tcpserver openssl stunnel4
	instead 'case "$*" in *--tls=*) exec "$real" "$@" ;; esac' \
		'exec "$real" "$@" < <(exec sed -u "s/Last line/Lost line/")'
	driven smtplib "$work/instead"
	is "$code $(grep -c '^not ok' "$work/tap")" '1 6'
	instead 'mkdir -p mail/all/new; echo >mail/all/new/other; exec "$real" "$@"'
	driven smtplib "$work/instead"
	is "$code $(grep -c '^not ok' "$work/tap")" '1 7'
	grep -q '2 files, 2 messages, not 1' "$work/tap"
	refute pgrep -f "$work"
}

@test "programs: an unknown name is an error, a missing program a skip or a failure" {
	needs tcpserver openssl stunnel4
	run -64 "$programs" nothing
	run -0 "$programs" --needs curl,msmtp
	is "$output" $'curl\nmsmtp'
	mkdir -p "$work/tests/programs"
	sed 's/\["curl"\]/["no-such-program"]/' "$programs" >"$work/tests/programs/programs"
	programs=$work/tests/programs/programs
	chmod +x "$programs"
	CI=false driven curl "${command[0]}"
	is "$code $(grep -c '^ok .* # SKIP not installed: no-such-program$' "$work/tap")" '0 7'
	CI=true driven curl "${command[0]}"
	is "$code $(grep -c '^not ok ' "$work/tap")" '1 7'
}

@test "programs: without --crlf a line with a dot ends the message of curl" {
	needs tcpserver curl
	command+=(--catch)
	listen_tcpserver() { exec tcpserver -HRl0 127.0.0.1 "$port" "${command[@]}"; }
	serve listen_tcpserver
	printf 'Subject: x\n\nhi\n.\nmore\n' >"$work/message"
	curl -sS "smtp://localhost:$port" --mail-from a@example.org \
		--mail-rcpt bob@example.org -T "$work/message"
	is "$(body_of bob@example.org)" $'Subject: x\n\nhi'
	await ' session ' "$work/log"
	grep -q ' refused .* command=more ' "$work/log"
}

@test "programs: msmtp refuses to send a password without TLS, except with --auth=plain" {
	needs tcpserver msmtp
	command+=(--catch)
	listen_tcpserver() { exec tcpserver -HRl0 127.0.0.1 "$port" "${command[@]}"; }
	serve listen_tcpserver
	for how in on plain; do
		code=0
		printf 'Subject: x\n\nhi\n' | HOME=$work msmtp --file=/dev/null \
			--host=localhost --port="$port" --auth=$how --user=u \
			--passwordeval='echo p' --from=a@example.org \
			bob@example.org || code=$?
		echo "$how $code $(count)"
	done >"$work/codes"
	is "$(cat "$work/codes")" $'on 69 0\nplain 0 1'
}
