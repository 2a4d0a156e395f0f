#!/usr/bin/env bats
# Endless input: the session ends, and uses no additional memory.

load ../lib/helpers

# is_flat: the peak memory of $pid is below 2 MB.
is_flat() {
	local kB
	kB=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status")
	[ "$kB" -gt 0 ] && [ "$kB" -lt 2048 ] || fail "$kB kB"
}

# cut_after_errors FILE: the session ends after twenty errors.
cut_after_errors() {
	code=0
	smtp <"$1" >"$work/sent" 2>"$work/log" || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$code $(wc -l <"$work/out")" '75 22'
	is "$(last_reply)" '421 mail.example.org Too many errors'
	is "$(sed '1d;$d' "$work/out" | cut -c 1-4 | sort | uniq -c | tr -d ' ')" \
		"20500"
	[ "$(wc -l <"$work/log")" -lt 30 ]
}

@test "a million empty or one-octet lines end the session at the twentieth" {
	for line in '\r' '' '\0\r' '.\r' '\r\r' '\377\r'; do
		printf "$line\n" >"$work/line"
		python3 -c 'import sys
sys.stdout.buffer.write(open(sys.argv[1], "rb").read() * 1000000)' \
			"$work/line" >"$work/million"
		cut_after_errors "$work/million"
	done
}

# flood OCTETS REPLY SIZE: sends 5 megabytes of OCTETS in DATA, with
# --size=SIZE.
flood() {
	start --no-sync --size="$3"
	session "$(transaction bob@example.org)" >&"$to"
	await '^354'
	printf '%b' "$1" >"$work/octets"
	python3 -c 'import sys
octets = open(sys.argv[1], "rb").read()
for _ in range(100):
    sys.stdout.buffer.write(octets * (50000 // len(octets)))' \
		"$work/octets" >&"$to"
	say '\r\n.\r\nNOOP\r\n'
	await '^250 2.0.0 OK.$'
	is_flat
	session "$(small carol@example.org)" >&"$to"
	finish
	grep -q "^$2 " "$work/out" || fail "$1:" "$(cat "$work/out")"
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(count "$mail/bob@example.org")" 0
	rm -r "$work/in" "$mail"
}

@test "a message of 5 megabytes of line ends, dots or NULs needs no memory" {
	needs_plain_build
	flood '\r\n' '552 5.3.4' 1M
	flood '..\r\n' '552 5.3.4' 1M
	flood '\0' '552 5.3.4' 1M
	flood '.' '552 5.3.4' 1M
	flood '\n' '554 5.6.0' 0
	flood '\r' '554 5.6.0' 0
	flood '\n.\n' '554 5.6.0' 0
	flood '\r.\r' '554 5.6.0' 0
	flood 'Received: x\r\n' '554 5.4.6' 0
	flood 'Received:\r\n\tx\r\n' '554 5.4.6' 0
}

@test "a chunk of 2^64-1 octets needs no memory, and is not stored" {
	needs_plain_build
	for size in 0 1M; do
		start --no-sync --size=$size
		session "$(transaction bob@example.org)" |
			sed 's/^DATA/BDAT 18446744073709551615 LAST/' >&"$to"
		head -c 5000000 /dev/zero >&"$to"
		session '\n.\nQUIT\nBDAT 0 LAST\nQUIT' >&"$to"
		is_flat
		finish
		is "$code $(last_reply)" \
			'75 250 2.1.5 Recipient <bob@example.org> OK'
		is_empty
		rm "$work/in"
	done
}

@test "twenty thousand chunks of one octet make one message" {
	needs_plain_build
	start --no-sync
	session "$(transaction bob@example.org)" | sed '/^DATA/d' >&"$to"
	printf 'BDAT 1\r\n%c' $(printf 'x%.0s ' {1..20000}) >&"$to"
	session 'BDAT 0 LAST\nNOOP' >&"$to"
	await '^250 2.0.0 OK; Message'
	is_flat
	say 'QUIT\r\n'
	finish
	is "$code $(count)" '0 1'
	is "$(tail -n 1 "$(stored)" | tr -d "\n" | wc -c)" 20000
}

@test "a hundred empty chunks end the session" {
	session "EHLO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>$(printf '\\nBDAT 0%.0s' {1..5000})" >"$work/in"
	hold_input
	is "$code $(last_reply)" \
		'75 421 4.7.0 mail.example.org Too many commands without mail'
	is_empty
}

@test "endless commands whose replies are not read need no memory" {
	needs_plain_build
	mkfifo "$work/in" "$work/replies"
	echo '@example.org ./all/' >"$users"
	exec {deaf}<>"$work/replies"
	"${command[@]}" <"$work/in" >"$work/replies" 2>"$work/log" 3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	exec {to}>"$work/in"
	session 'EHLO x\nMAIL FROM:<>' >&"$to"
	(yes "RCPT TO:<$(printf '%0380d' 0)@example.org>"$'\r' >&"$to") \
		2>/dev/null 3>&- 4>&- &
	pids+=("$!")
	hang_up
	python3 -c 'import select, sys, time
while select.select([], [int(sys.argv[1])], [], 0)[1]: # until it is full
    time.sleep(0.02)' "$deaf"
	is_flat
	kill -TERM "$pid"
	reap
	is "$code" 75
}

@test "a chunk that arrives slowly is cut off at the deadline, and nothing is stored" {
	start --timeout=10 --deadline=1
	session "$(transaction bob@example.org)" | sed 's/^DATA/BDAT 9999/' >&"$to"
	while kill -0 "$pid" 2>/dev/null; do
		say x
		sleep 0.1
	done
	reap
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is_empty
}
