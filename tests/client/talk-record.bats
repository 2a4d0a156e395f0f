#!/usr/bin/env bats
# The client records sessions, and shows them on a terminal.
bats_require_minimum_version 1.5.0
load ../lib/helpers
load ../lib/talking

# recorded_twice TRANSCRIPT COMMAND...: the record of TRANSCRIPT, $work/one,
# plays with exit 0 and gives the same record again.
recorded_twice() {
	local from=$1
	shift
	rm -rf "$mail"
	talk --record="$work/one" "$from" -- "$@"
	is "$code" 0
	rm -rf "$mail"
	talk --record="$work/two" "$work/one" -- "$@"
	is "$code" 0
	cmp "$work/one" "$work/two"
}

@test "a record of a session is a transcript of it, octet by octet" {
	setup_ours
	printf 'HELO\nMAILFROM: <albin@gmail.com>\nRCPTTO: <bob@example.org>\nDATA\nHey there!\n\n. x\ttab\n.\n' \
		>"$work/lines"
	typed=$work/lines talk --record="$work/one" -- "${ours[@]}"
	is "$code" 0
	is "$(cat "$work/one")" 'S: 220 mail.example.org ESMTP
C: HELO
S: 250 mail.example.org
C: MAILFROM: <albin@gmail.com>
S: 250 Sender <albin@gmail.com> OK
C: RCPTTO: <bob@example.org>
S: 250 Recipient <bob@example.org> OK
C: DATA
S: 354 Go Ahead, Enter data ending with <CRLF>.<CRLF>
C: Hey there!
C: 
C: . x	tab
C: .
S: 250 OK; Message Accepted
C: QUIT
S: 221 mail.example.org'
	mv "$work/one" "$work/first"
	recorded_twice "$work/first" "${ours[@]}"
	cmp "$work/first" "$work/one"
}

@test "octets that a C: line cannot contain are recorded as R:" {
	setup_ours
	mkdir "$work/talks"
	printf 'S: 220 *\nR: NOOP \\\\\\x00\\xff\\r\\nNOOP\nC: \nS: 500 *\nS: 250 *\nC: NO\001OP\r\nS: 500 *\nC: \303\251\nS: 500 *\n' \
		>"$work/talks/a"
	recorded_twice "$work/talks/a" "${ours[@]}"
	grep -q -x -F 'R: NOOP \\\x00\xff\r\nNOOP' "$work/one"
	grep -q -x -F 'R: NO\x01OP\r\n' "$work/one"
	grep -q -x -a -F "$(printf 'C: \303\251')" "$work/one"
}

@test "lines of any length are recorded and played again" {
	setup_ours
	for n in 65530 65534 65535 65536 65537 200000; do
		{
			echo 'S: 220 *'
			printf 'C: %0*d\n' "$n" 0
			echo 'S: 500 *'
			printf 'R: %050000d\\r\\n\n' 0
			echo 'S: 500 *'
			printf 'C: %020000d\001\n' 0
			echo 'S: 500 *'
		} >"$work/long"
		recorded_twice "$work/long" "${ours[@]}"
		is "$(wc -L <"$work/one")" "$((n + 3))"
	done
}

@test "a long typed line with CR and LF is sent with one CR, at any buffer boundary" {
	printf '#!/bin/sh\nprintf "220 hi\\r\\n"\nhead -n 1 >"%s"\nprintf "221 hi\\r\\n"\n' \
		"$work/heard" >"$work/server"
	chmod +x "$work/server"
	for n in 65533 65534 65535 65536; do
		for end in '\r\n' '\r\r\n'; do
			printf "%0*d$end" "$n" 0 >"$work/lines"
			typed=$work/lines talk --record="$work/one" \
				-- "$work/server"
			is "$code" 0
			cmp "$work/lines" "$work/heard"
			mv "$work/heard" "$work/first"
			talk "$work/one" -- "$work/server"
			is "$code" 0
			cmp "$work/first" "$work/heard"
		done
	done
}

@test "a recorded server line matches only itself" {
	server "220-*?[a]\\\\x\\001\\0\\377\\t\\r\\r\\n220 $(printf %0140000d 0)\\r\\n"
	: >"$work/none"
	recorded_twice "$work/none" "$work/server"
	is "$(head -n 1 "$work/one" | cat -v)" \
		'S: 220-\*\?\[a]\\x\x01\x00M-^?	\x0d'
	server "220-*?[b]\\\\x\\001\\0\\377\\t\\r\\r\\n220 $(printf %0140000d 0)\\r\\n"
	talk "$work/one" -- "$work/server"
	is "$code" 1
}

@test "bare LFs and the end of the connection are comments in a record" {
	printf '#!/bin/bash\nprintf "220 hi\\n"\ncat >/dev/null\nprintf "421 gone\\r\\n"\n' \
		>"$work/server"
	chmod +x "$work/server"
	printf 'S: 220 ho\n' >"$work/differs"
	talk --record="$work/one" "$work/differs" -- "$work/server"
	is "$code" 1
	is "$(cat "$work/one")" '# not ended by CR LF:
S: 220 hi
# at the end: S: 421 gone'
}

@test "the records of two servers can be compared line by line" {
	setup_ours
	aiosmtpd_listens
	transcript a "S: *
$founding"
	recorded_twice "$work/talks/a" "${theirs[@]}"
	cp "$work/one" "$work/theirs"
	recorded_twice "$work/talks/a" "${ours[@]}"
	diff <(grep '^C:' "$work/theirs") <(grep '^C:' "$work/one")
	grep -q '^S: 220 .* Python SMTP' "$work/theirs"
	talk "$work/theirs" -- "${ours[@]}"
	is "$code" 1
	is "$(tail -n 1 "$work/shown" | cut -d ' ' -f -4)" 'Expected in line 1:'
}

@test "a record that cannot be written is exit 73" {
	setup_ours
	talk --record="$work/no/such" -- "${ours[@]}"
	is "$code" 73
	refute [ -s "$work/shown" ]
	[ ! -e /dev/full ] || {
		talk --record=/dev/full -- "${ours[@]}"
		is "$code $(tail -n 1 "$work/shown")" \
			'73 Server: 221 mail.example.org'
	}
}

@test "--record does not overwrite the file that is read" {
	setup_ours
	echo 'S: 220 *' >"$work/a"
	ln "$work/a" "$work/b"
	talk --record="$work/b" "$work/a" -- "${ours[@]}"
	is "$code" 64
	typed=$work/a talk --record="$work/b" -- "${ours[@]}"
	is "$code" 64
	is "$(cat "$work/a")" 'S: 220 *'
	talk --record=/dev/null -- "${ours[@]}"
	is "$code" 0
}

@test "--record accepts one conversation only" {
	transcript a ''
	talk --record="$work/one" "$work/talks" -- false
	is "$code" 64
	talk --record="$work/one" "$work/talks/a" "$work/talks/a" -- false
	is "$code" 64
	run -64 "${command[@]}" --record="$work/one" </dev/null
	refute [ -e "$work/one" ]
}

# on_terminal ARGUMENT...: runs --talk on a terminal; its output, with ESC as
# `^[`, is in $shown.
on_terminal() {
	command -v script >/dev/null || cannot 'script is not installed'
	timeout -s KILL 60 script -q -e -c "$(printf '%q ' env "${environment[@]}" \
		"${command[0]}" --talk "$@") 2>/dev/null" /dev/null \
		</dev/null >"$work/shown" || true
	shown=$(tr -d '\r' <"$work/shown" | cat -v | sed 's/^\^D\(\^H\)*//')
}

@test "on a terminal lines sent, received and differing have colours" {
	setup_ours
	printf 'S: 220 *\nC: HELO\nS: 999\n' >"$work/a"
	environment=(-u NO_COLOR TERM=xterm)
	on_terminal "$work/a" -- "${ours[@]}"
	is "$shown" 'Waiting to connect...
^[[32mServer: 220 mail.example.org ESMTP^[[0m
^[[35mClient: HELO^[[0m
^[[31mServer: 250 mail.example.org^[[0m
^[[31mExpected in line 3: 999^[[0m'
	printf 'S: 220 *\n' >"$work/b"
	on_terminal "$work/a" "$work/b" -- "${ours[@]}"
	is "$shown" "^[[31mnot ok $work/a: line 3: want \"999\" got \"250 mail.example.org\"^[[0m
^[[32mok $work/b^[[0m
1 ok, 1 not ok"
}

@test "with NO_COLOR, on a dumb terminal and in a pipe there are no colours" {
	setup_ours
	printf 'S: 220 *\nC: HELO\nS: 999\n' >"$work/a"
	for environment in NO_COLOR=1 TERM=dumb; do
		on_terminal "$work/a" -- "${ours[@]}"
		is "$shown" 'Waiting to connect...
Server: 220 mail.example.org ESMTP
Client: HELO
Server: 250 mail.example.org
Expected in line 3: 999'
	done
	TERM=xterm talk "$work/a" -- "${ours[@]}"
	is "$shown" 'Waiting to connect...
Server: 220 mail.example.org ESMTP
Server: 250 mail.example.org
Expected in line 3: 999'
}

@test "rlwrap edits lines and keeps a history" {
	command -v rlwrap >/dev/null || cannot 'rlwrap is not installed'
	setup_ours
	HOME=$work TERM=xterm timeout -s KILL 60 python3 - rlwrap \
		"${command[0]}" --talk -- "${ours[@]}" 2>"$work/log" \
		>"$work/shown" <<-'END' || fail "$(cat "$work/shown")"
		import fcntl, os, pty, struct, sys, termios
		pid, terminal = pty.fork()
		if pid == 0:
		    fcntl.ioctl(0, termios.TIOCSWINSZ,
		                struct.pack("HHHH", 24, 80, 0, 0))
		    os.execvp(sys.argv[1], sys.argv[1:])
		shown = b""
		def await_count(words, count):
		    global shown
		    while shown.count(words) < count:
		        shown += os.read(terminal, 4096)
		await_count(b"Server: 220 ", 1)
		os.write(terminal, b"NOOX\x7fP\r")  # backspace
		await_count(b"Server: 250 OK", 1)
		os.write(terminal, b"\x10\r")       # the line before
		await_count(b"Server: 250 OK", 2)
		os.write(terminal, b"QUIT\r")
		await_count(b"Server: 221 ", 1)
		sys.exit(os.waitpid(pid, 0)[1] != 0)
	END
}

@test "a password that is sent is not recorded" {
	printf '#!/bin/sh\nprintf "220 a\\r\\n"\nread -r _; printf "334 VXNlcjo=\\r\\n"\nread -r _; printf "334 UGFzcw==\\r\\n"\nread -r _; printf "235 ok\\r\\n"\nread -r _; printf "235 ok\\r\\n"\nread -r _; printf "235 ok\\r\\n"\nread -r _; printf "354 go\\r\\n"; read -r _; read -r _; printf "250 ok\\r\\n"; read -r _; printf "221 bye\\r\\n"\n' >"$work/server"
	printf 'AUTH LOGIN\naGVsbG8=\nc2VzYW1l\nAUTH PLAIN AGhlbGxv\nNOOP\nDATA\nAUTH is a word\n.\n' \
		>"$work/lines"
	typed=$work/lines talk --record="$work/one" -- sh "$work/server"
	is "$code" 0
	is "$(grep '^[CR]: ' "$work/one")" 'C: AUTH LOGIN
C: ...
C: ...
C: AUTH PLAIN ...
C: NOOP
C: DATA
C: AUTH is a word
C: .
C: QUIT'
	printf 'S: 220 *\nR: AUTH PLAIN AGhlbGxv\\r\\n\n' >"$work/raw"
	talk --record="$work/one" "$work/raw" -- sh "$work/server"
	grep -q -x -F 'R: AUTH PLAIN ...\r\n' "$work/one"
	refute grep -q 'AGhl' "$work/one"
}

# recorded_raw OCTETS WANT: the recording of one `R: ` line with OCTETS, or of
# several, separated by `|`.
recorded_raw() {
	server '220 a\r\n'
	{ echo 'S: 220 *'; tr '|' '\n' <<<"$1" | sed 's/^/R: /'; } >"$work/raw"
	talk --record="$work/one" "$work/raw" -- "$work/server"
	is "$(sed -n 's/^R: //p' "$work/one" | paste -sd'|')" "$2"
}

@test "a password in an R: line of several lines is not recorded" {
	recorded_raw 'EHLO x\r\nNOOP\r\nAUTH PLAIN AGhl\r\nNOOP\r\nRSET\r\n' \
		'EHLO x\r\nNOOP\r\n|AUTH PLAIN ...\r\n|NOOP\r\nRSET\r\n'
	recorded_raw 'AUTH LOGIN\r\nAGhl\r\nAGhl\nMAIL FROM:<a@b>\r\nAGhl' \
		'AUTH LOGIN\r\n|...\r\n|...\n|MAIL FROM:<a@b>\r\n|...'
	recorded_raw 'AU|TH PLAIN AGhl\r\nRSET\r\n' 'AU|...\r\n|RSET\r\n'
	recorded_raw 'auth plain AG|hl|AGhl\r\nFOO\r\nRS|ET\r\n' \
		'auth plain ...|...|...\r\n|...\r\n|...|...\r\n'
	recorded_raw 'NOOP\rAUTH AGhl\rMAIL FROM:<a|@b>\r\n' \
		'NOOP\r|AUTH ...\r|MAIL FROM:<a|@b>\r\n'
}

@test "a password that is sent after another command is not recorded" {
	setup_ours
	printf 'FOO\nAUTH LOGIN\nRSET\nAGhl\nMAILFROM:<bob@example.org>\n\nAGhl\n' >"$work/lines"
	typed=$work/lines talk --record="$work/one" -- "${ours[@]}"
	is "$(grep '^C: ' "$work/one")" 'C: FOO
C: AUTH LOGIN
C: RSET
C: ...
C: MAILFROM:<bob@example.org>
C: 
C: ...
C: QUIT'
}

@test "talk: after an AUTH that is refused the next lines are not recorded, up to a command" {
	for with in '' --catch; do
		printf 'EHLO x\nAUTH LOGIN\n!\nc2VjcmV0cGFzcw==\nMAIL FROM:<a@example.net>\n' |
			"$SMTP_STDIO" --talk --record="$BATS_TEST_TMPDIR/record" -- \
				"$SMTP_STDIO" $with --mail="$BATS_TEST_TMPDIR/mail" \
				>"$BATS_TEST_TMPDIR/shown" 2>&1
		grep -qx 'C: AUTH LOGIN' "$BATS_TEST_TMPDIR/record"
		run ! grep -q c2VjcmV0cGFzcw "$BATS_TEST_TMPDIR/record"
		grep -qx 'C: MAIL FROM:<a@example.net>' "$BATS_TEST_TMPDIR/record"
	done
}
