#!/usr/bin/env bats
# --auth: AUTH by a program of the checkpassword interface (doc/spec.md, section
# 2.10).  tests/host/auth.bats has TLS, real programs and real clients.

load ../lib/helpers
load ../lib/programs

# The program takes the password secret-word of bob; busy is always in trouble.
setup_checker() {
	cat >"$work/checker" <<-'END'
		#!/bin/bash
		tr '\0' '\n' <&3 >"${0%/*}/got"
		{ read -r user; read -r password; } <"${0%/*}/got"
		echo "$user" >>"${0%/*}/asked"
		printf '%s\n' "$@" >"${0%/*}/arguments"
		env >"${0%/*}/environment"
		case $user:$password in
		bob:secret-word) exec "$@" ;;
		busy:*) exit 111 ;;
		dies:*) kill -SEGV $$ ;;
		hangs:*) sleep 100 ;;
		code*) exit "${user#code}" ;;
		esac
		exit 1
	END
	chmod +x "$work/checker"
	with=(--auth="$work/checker /bin/true" --auth-clear)
}

eval "$(declare -f setup | sed '1s/setup/setup_work/')"
setup() {
	setup_work
	setup_checker
}

# plain USER PASSWORD [AUTHZID]: the response of AUTH PLAIN
plain() {
	printf '%s\0%s\0%s' "${3-}" "$1" "$2" | base64 -w 0
}

# The octets of a printf format in base64.
octets() {
	# shellcheck disable=SC2059 # a format is wanted
	printf "$1" | base64 -w 0
}

good="AUTH PLAIN $(plain bob secret-word)"
yes='235 2.7.0 Authentication succeeded'
no='535 5.7.8 Authentication failed'
unknown='454 4.7.0 Cannot check the password now, try again later'

# tries LINES: holds EHLO, LINES and QUIT.
tries() {
	hold "EHLO client.example.net\n$1\nQUIT" "${with[@]}"
}

# The codes of the replies after EHLO.
codes() {
	sed '1,/^250 HELP/d; /^250 STARTTLS/d' "$work/out" | cut -c 1-3 | tr '\n' ' '
}

logged() {
	grep "^smtp-stdio\[[0-9]*\]: $1 " "$work/log"
}

@test "AUTH is offered in the clear with --auth-clear only" {
	tries "$good"
	grep -q '^250-AUTH PLAIN LOGIN' "$work/out"
	is "$code $(verdict)" "0 $yes"
	hold "EHLO x\n$good\nHELP\nMAIL FROM:<> AUTH=<>\nQUIT" --auth="$work/checker"
	refute grep -q 'AUTH' "$work/out"
	is "$code $(codes)" '0 502 214 555 221 '
}

@test "AUTH is offered over TLS without --auth-clear" {
	hold "EHLO x\n$good\n$(small bob@example.org)" --auth="$work/checker /bin/true" --tls-on
	grep -q '^250-AUTH PLAIN LOGIN' "$work/out"
	is "$code $(grep -cx "$yes" "$work/out")" '0 1'
	grep -q ' with ESMTPSA id ' "$(stored)"
}

@test "PLAIN and LOGIN, with and without an initial response" {
	user=$(octets bob) password=$(octets secret-word)
	for lines in "$good" "AUTH PLAIN\n$(plain bob secret-word)" \
		"auth plain $(plain bob secret-word bob)" "AUTH LOGIN\n$user\n$password" \
		"AUTH LOGIN $user\n$password"; do
		rm -f "$work/got"
		tries "$lines"
		is "$lines: $code $(verdict)" "$lines: 0 $yes"
		is "$(od -An -c "$work/got" | tr -d ' \n')" 'bob\nsecret-word\n\n'
	done
	is "$(sed '1,/^250 HELP/d' "$work/out" | head -n 1)" '334 UGFzc3dvcmQ6'
}

@test "the program gets its words, client address and port, and nothing else" {
	export TCPREMOTEIP=192.0.2.7 TCPREMOTEPORT=77
	with=(--auth="$work/checker  /bin/echo a	b" --auth-clear)
	tries "$good"
	is "$code $(verdict)" "0 $yes"
	is "$(tr '\n' ' ' <"$work/arguments")" '/bin/echo a b '
	is "$(grep ^CLIENT_ "$work/environment" | sort | tr '\n' ' ')" \
		'CLIENT_ADDRESS=192.0.2.7 CLIENT_PORT=77 '
	refute grep -q secret-word "$work/environment"
	printf '%s\n' '#!/bin/sh' "ls /proc/self/fd | tr '\\n' ' ' >$work/fds" \
		"cat >$work/stdin" "echo 250 out; echo 250 err >&2" >"$work/checker"
	tries "$good"
	is "$code $(verdict)" "0 $yes"
	is "$(cat "$work/fds") $(wc -c <"$work/stdin")" '0 1 2 3 4  0' # 4: of ls
	refute grep -q '250 \(out\|err\)' "$work/out"
}

@test "a wrong password is 535, and trouble 454, logged with program and status" {
	tries "AUTH PLAIN $(plain bob wrong)"
	is "$code $(verdict)" "0 $no"
	logged refused | grep -q 'command="AUTH PLAIN \.\.\." reply="535 5.7.8 Authentication failed" reason=auth-failed$'
	tries "AUTH PLAIN $(plain code100 x)" # of cvm-checkpassword
	is "$code $(verdict)" "0 $no"
	while IFS='|' read -r user status; do
		tries "AUTH PLAIN $(plain "$user" x)"
		is "$user $code $(verdict)" "$user 0 $unknown"
		logged refused | grep -q " reason=\"$work/checker /bin/true\" status=$status\$" ||
			fail "$user" "$(cat "$work/log")"
	done <<-END
		busy|111
		dies|139
		code2|2
		code75|75
		code255|255
	END
	with=(--auth="$work/nothing" --auth-clear)
	tries "$good"
	is "$code $(verdict)" "0 $unknown"
	is "$(wc -l <"$work/asked")" 7
}

@test "a program that hangs is killed after 30 seconds" {
	[ -n "${SLOW-}${CI-}" ] || skip 'SLOW=yes runs it'
	SECONDS=0
	command=(timeout 60 "${command[@]}")
	smtp() { "${command[@]}" "$@"; }
	tries "AUTH PLAIN $(plain hangs x)"
	is "$code $(verdict)" "0 $unknown"
	[ "$SECONDS" -ge 30 ] && [ "$SECONDS" -lt 45 ]
}

@test "each failure takes a second, and the fifth ends the session" {
	start_ms=$(date +%s%3N)
	tries "$(for ((n = 0; n < 7; n++)); do printf 'AUTH PLAIN %s\\n' "$(plain bob $n)"; done)NOOP"
	ms=$(($(date +%s%3N) - start_ms))
	[ "$ms" -ge 5000 ] && [ "$ms" -lt 15000 ] || fail "$ms ms"
	is "$code $(codes)" '75 535 535 535 535 535 421 '
	is "$(last_reply)" '421 4.7.0 mail.example.org Too many errors'
	is "$(wc -l <"$work/asked")" 5
	logged session | grep -q ' end=errors '
}

@test "failures of all kinds count, whatever is between them" {
	tries "AUTH PLAIN $(plain busy x)\nRSET\nAUTH PLAIN $(plain bob x)\nEHLO x\nAUTH PLAIN $(plain bob x)\nAUTH PLAIN $(plain bob x eve)\nHELO x\nEHLO x\nAUTH LOGIN\n$(octets bob)\n$(octets x)\n$good"
	is "$code $(grep -c -e "^$no" -e "^$unknown" "$work/out")" '75 5'
	is "$(last_reply)" '421 4.7.0 mail.example.org Too many errors'
	refute grep -q '^235' "$work/out"
}

@test "four failures, then success" {
	tries "$(for ((n = 0; n < 4; n++)); do printf 'AUTH PLAIN %s\\n' "$(plain bob $n)"; done)$good\n$good\nNOOP"
	is "$code $(codes)" '0 535 535 535 535 235 503 250 221 '
}

@test "answers that are no password do not reach the program" {
	tries "AUTH PLAIN !\nAUTH PLAIN\n*\nAUTH LOGIN\nx\nAUTH PLAIN =\nAUTH CRAM-MD5\nAUTH\nAUTH PLAIN $(octets 'bob')\nAUTH PLAIN $(octets '\0bob')\nAUTH PLAIN $(octets '\0\0x')\nAUTH PLAIN $(octets '\0bob\0secret-word\0')"
	is "$code $(codes)" '0 501 334 501 334 501 501 504 501 501 501 501 501 221 '
	[ ! -e "$work/asked" ]
}

@test "user and password that the interface cannot hold are 535 without the program" {
	for response in "$(octets '\0bo\nb\0x')" "$(octets '\0bo\001b\0x')" \
		"$(octets '\0%0256d\0x')" "$(octets '\0bob\0%0253d')" \
		"$(octets 'eve\0bob\0secret-word')" "$(octets '\0bob\0')"; do
		tries "AUTH PLAIN $response"
		is "$response $code $(verdict)" "$response 0 $no"
	done
	tries "AUTH LOGIN $(octets 'bo\0b')\n$(octets x)"
	is "$code $(verdict)" "0 $no"
	tries "AUTH LOGIN $(octets bob)\n$(octets 'secret-word\0x')"
	is "$code $(verdict)" "0 $no"
	tries "AUTH LOGIN =\n$(octets x)"
	is "$code $(verdict)" "0 $no"
	[ ! -e "$work/asked" ]
	tries "AUTH PLAIN $(octets '\0%0255d\0%0252d')"
	is "$code $(verdict) $(wc -c <"$work/got")" "0 $no 510"
	tries "AUTH LOGIN $(octets bob)\n$(octets ' p\001\377\t ')"
	is "$(od -An -tx1 "$work/got" | tr -d ' \n')" '626f620a207001ff09200a0a'
}

@test "lines of AUTH and answers may have 12288 octets" {
	long=$(printf '%012272d' 0)
	tries "AUTH PLAIN $long\nAUTH PLAIN ${long}0000\nAUTH PLAIN\n${long}000000000000\nAUTH PLAIN\n${long}000000000000000\nNOOP ${long}\n$good"
	is "$code $(codes)" '0 501 500 334 501 334 500 500 235 221 ' ||
		fail "$(cut -c 1-60 "$work/out")"
	is "$(grep -c '^500 5.5.6 ' "$work/out")" 2
}

@test "AUTH comes after EHLO, once, and not in a transaction" {
	hold "$good\nHELO x\n$good\nEHLO x\nMAIL FROM:<>\n$good\nRSET\n$good\n$good\nRSET\nEHLO x\n$good\nQUIT" "${with[@]}"
	is "$(grep -v '^250-' "$work/out" | cut -c 1-3 | tr '\n' ' ')" \
		'220 503 250 503 250 250 503 250 235 503 250 250 503 221 '
	is "$(wc -l <"$work/asked")" 1
}

@test "the protocol in Received, and the user in the log" {
	tries "$good\n$(small bob@example.org)"
	grep -q $'^\tby mail.example.org with ESMTPA id ' "$(stored)"
	refute grep -q 'bob$\|user' "$(stored)"
	is "$(grep -c ' user=bob ' "$work/log")" 2
	rm -r "$mail"
	hold "EHLO x\n$good\nMAIL FROM:<a@example.net> SMTPUTF8 AUTH=<>\nRCPT TO:<bob@example.org>\nDATA\n.\nQUIT" "${with[@]}" --tls-on
	grep -q ' with UTF8SMTPSA id ' "$(stored)"
	rm -r "$mail"
	session "LHLO x\n$good\n$(small bob@example.org | sed s/EHLO/LHLO/)" >"$work/in"
	hold_input "${with[@]}" --lmtp
	grep -q ' with LMTPA id ' "$(stored)"
	tries "AUTH PLAIN $(plain bob wrong)\n$(small carol@example.org)"
	refute grep -q user= "$work/log"
	grep -q ' with ESMTP id ' "$(stored | grep carol)"
}

@test "--auth-required: MAIL before AUTH is 530, and after it accepted" {
	with+=(--auth-required)
	hold "$(small bob@example.org)" "${with[@]}"
	is "$code $(grep '^530' "$work/out")" '0 530 5.7.0 Use AUTH first'
	is_empty
	tries "MAIL FROM:<>\nAUTH PLAIN $(plain bob x)\nMAIL FROM:<>\n$good\nMAIL FROM:<> AUTH=bob\nRCPT TO:<bob@example.org>\nDATA\nx\n.\nRSET\nEHLO x\nMAIL FROM:<>"
	is "$(sed '1,/^250 HELP/d' "$work/out" | grep -v '^250-' | cut -c 1-3 | tr '\n' ' ')" \
		'530 535 530 235 250 250 354 250 250 250 250 221 '
	hold 'HELO x\nMAIL FROM:<>\nQUIT' "${with[@]}"
	is "$(tail -n 2 "$work/out" | head -n 1)" '530 Use AUTH first'
	logged refused | grep -q 'command=MAIL\|command="MAIL FROM'
}

@test "in LMTP, too" {
	session "LHLO x\nMAIL FROM:<>\n$good\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nQUIT" >"$work/in"
	hold_input "${with[@]}" --lmtp --auth-required
	is "$code $(codes)" '0 530 235 250 250 221 '
}

@test "the lab has no AUTH" {
	printf 'HELO\r\n%s\r\nMAIL FROM: <ann@example.net>\r\nQUIT\r\n' "$good" >"$work/in"
	hold_input --lab "${with[@]}"
	refute grep -q '^235' "$work/out"
	[ ! -e "$work/asked" ]
}

# The variables of the client that a program gets, in $work/seen.
shows_user() {
	printf '#!/bin/sh\necho "$SASL_USERNAME $CLIENT_PROTOCOL" >>"%s"\n' \
		"$work/seen" >"$work/shows"
	chmod +x "$work/shows"
	printf '%s\n' "one@example.org |$work/shows" "all@example.org ||$work/shows" \
		>>"$users"
	with+=(--commands --filter="$work/shows")
}

@test "commands and the filter know the user, whatever the environment says" {
	shows_user
	export SASL_USERNAME=forged
	tries "$good\n$(small one@example.org all@example.org)"
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(sort "$work/seen" | uniq -c | tr -s ' ')" ' 3 bob ESMTPA'
	rm "$work/seen"
	tries "AUTH PLAIN $(plain bob wrong)\n$(small one@example.org)"
	is "$(sort "$work/seen" | uniq -c | tr -s ' ')" ' 2 ESMTP'
}

@test "--auth-required with commands: they run after AUTH" {
	shows_user
	with+=(--auth-required)
	hold "$(small one@example.org)" "${with[@]}"
	[ ! -e "$work/seen" ]
	tries "$good\n$(small one@example.org)"
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	[ -s "$work/seen" ]
}

@test "--auth with --catch checks passwords, in the clear, too" {
	with=(--auth="$work/checker /bin/true" --catch)
	tries "AUTH PLAIN $(plain bob wrong)\n$good\n$(small any@example.com)"
	is "$code $(grep -c -e "^$no" -e "^$yes" "$work/out")" '0 2'
	is "$(count)" 1
	refute grep -q 'user and password is taken' "$work/log"
	logged catch | grep -q ' reason="every address is taken"$'
	smtp --check "${with[@]}" >"$work/out" 2>&1
	grep -qx 'catch: every address is taken; for tests only' "$work/out"
}

# A helper of --tls that is never called.
@test "AUTH in the clear where TLS is on offer is 538" {
	with=(--auth="$work/checker /bin/true" --tls=/bin/true)
	tries "$good\nAUTH LOGIN\nAUTH\nMAIL FROM:<>"
	refute grep -q '^250[- ]AUTH' "$work/out"
	is "$code $(grep '^538' "$work/out" | sort | uniq -c | tr -s ' ')" \
		'0  3 538 5.7.11 Use STARTTLS first'
	grep -q '^250 2.1.0 ' "$work/out"
	[ ! -e "$work/asked" ]
	refute grep -q "$(plain bob secret-word)" "$work/log"
	with+=(--auth-clear)
	tries "$good"
	is "$code $(verdict)" "0 $yes"
}

@test "--tls-required: MAIL before TLS is 530, with --auth-required, too" {
	hold "$(small bob@example.org)" --tls=/bin/true --tls-required
	is "$code $(grep '^530' "$work/out")" '0 530 5.7.0 Use STARTTLS first'
	is_empty
	with+=(--auth-required --tls=/bin/true --tls-required)
	tries "MAIL FROM:<>\n$good\nMAIL FROM:<>"
	is "$(grep '^530' "$work/out" | sort -u)" '530 5.7.0 Use STARTTLS first'
	hold "$(small bob@example.org)" --tls-on --tls-required
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
}

@test "options that need others are usage errors" {
	for with in '--auth-clear' '--auth-required' '--tls-required' '--auth' '--auth=' \
		'--auth=x --tls-required'; do
		# shellcheck disable=SC2086 # word splitting intended
		hold QUIT $with
		is "$with $code" "$with 64"
	done
}

@test "--check remarks that passwords are taken without TLS" {
	smtp --check "${with[@]}" >"$work/out"
	grep -qx 'auth: passwords are taken without TLS, too' "$work/out"
	smtp --check --auth="$work/checker" --catch >"$work/out"
	grep -qx 'auth: passwords are taken without TLS, too' "$work/out"
	smtp --check --auth="$work/checker" --tls-on >"$work/out"
	refute grep -q 'without TLS' "$work/out"
}

@test "a program below --mail is a wrong configuration" {
	mkdir -p "$mail/bob@example.org"
	cp "$work/checker" "$mail/bob@example.org/checker"
	ln -s "$mail/bob@example.org/checker" "$work/link"
	for path in "$mail/bob@example.org/checker" "$work/link"; do
		hold QUIT --auth="$path x" --auth-clear
		is "$path $code $(cat "$work/out")" \
			"$path 78 421 mail.example.org Service not available"
	done
}

@test "the password is not in the memory of session or monitor afterwards" {
	[ "$(id -u)" = 0 ] || skip 'only root may read the memory of the program'
	for password in secret-word hidden-word; do
		encoded=$(octets "$password")
		for lines in "AUTH PLAIN $(plain bob "$password")" \
			"AUTH PLAIN\r\n$(plain bob "$password")" \
			"AUTH LOGIN\r\n$(octets bob)\r\n$encoded"; do
			rm -f "$work/in"
			start "${with[@]}"
			await '^220 '
			say 'EHLO x\r\nMAIL FROM:<seen@example.net>\r\nRSET\r\n'
			await '^250 2.0.0 OK'
			say "$lines\r\n"
			await '^\(235\|535\) '
			both=("$pid" $(pgrep -P "$pid")) # monitor and session
			is "${#both[@]}" 2
			[ "$(in_memory seen@example.net "${both[@]}")" -gt 0 ]
			is "$(in_memory "$password" "${both[@]}")" 0
			is "$(in_memory "${encoded:0:12}" "${both[@]}")" 0
			say 'QUIT\r\n'
			finish
		done
	done
}

@test "the password is not in the log or in recordings" {
	for lines in "$good" "AUTH PLAIN\n$(plain bob secret-word)" \
		"AUTH PLAIN $(plain bob secret-wordx)" "AUTH PLAIN $(plain busy secret-word)" \
		"AUTH LOGIN\n$(octets bob)\n$(octets secret-word)"; do
		printf '%b\n' "EHLO x\n$lines\nQUIT" >"$work/lines"
		code=0
		timeout 30 "${command[0]}" --talk --record="$work/record" -- \
			"${command[@]}" "${with[@]}" <"$work/lines" >"$work/talk" \
			2>"$work/log" || code=$?
		grep -q '[245]35 2.7.0\|535 \|454 ' "$work/record"
		for secret in secret "$(octets secret-word | cut -c 1-12)" \
			"$(plain bob secret-word | cut -c 1-20)"; do
			refute grep -qF -e "$secret" "$work/record" "$work/log"
		done
	done
}

@test "SIGTERM while the program runs: it may finish" {
	printf '#!/bin/sh\ntouch "%s"\nsleep 1\n' "$work/runs" >"$work/checker"
	start "${with[@]}"
	say "EHLO x\r\n$good\r\n"
	await_file "$work/runs"
	kill -TERM "$pid"
	finish
	is "$code" 75
	grep -qx "$yes" "$work/out"
}

@test "the pause of a second does not keep a client from its reply" {
	start "${with[@]}"
	say "EHLO x\r\nAUTH PLAIN $(plain bob x)\r\n"
	hang_up
	reap
	is "$code $(last_reply)" "0 $no"
}
