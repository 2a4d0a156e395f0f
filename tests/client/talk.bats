#!/usr/bin/env bats
# The client: --talk.

load ../lib/helpers

# talk LINES [ARGUMENT...]: types LINES; the server is COMMAND of the arguments
# or, without one, the program itself.
talk() {
	local lines=$1
	shift
	[ $# -gt 0 ] || set -- -- "${command[@]}" --no-sync
	printf '%b' "$lines" >"$work/typed"
	code=0
	timeout -s KILL 30 "${command[0]}" --talk "$@" <"$work/typed" \
		>"$work/shown" 2>"$work/log" || code=$?
}

# play LINES [COMMAND...]: plays LINES as a transcript.
play() {
	printf '%b' "$1" >"$work/transcript"
	shift
	[ $# -gt 0 ] || set -- "${command[@]}" --no-sync
	talk '' "$work/transcript" -- "$@"
}

# server COMMAND...: makes $work/server of shell COMMANDs, in which `hear` reads
# a line and appends it to $work/heard.
server() {
	{
		printf '#!/bin/bash\n'
		printf 'hear() { read -r -t 20 line && echo "$line" >>"%s"; }\n' \
			"$work/heard"
		printf 'say() { printf "$1\\r\\n"; }\n'
		printf '%s\n' "$@"
	} >"$work/server"
	chmod +x "$work/server"
	: >"$work/heard"
}

founding='HELO
MAILFROM: <albin@gmail.com>
RCPTTO: <hello@gmail.com>
DATA
Hey there!
.
QUIT
'

founding_shown='Waiting to connect...
Server: 220 mail.example.org ESMTP
Server: 250 mail.example.org
Server: 250 Sender <albin@gmail.com> OK
Server: 250 Recipient <hello@gmail.com> OK
Server: 354 Go Ahead, Enter data ending with <CRLF>.<CRLF>
Server: 250 OK; Message Accepted
Server: 221 mail.example.org'

@test "--talk shows the founding session line by line" {
	echo hello@gmail.com >"$users"
	talk "$founding"
	is "$code" 0
	is "$(cat "$work/shown")" "$founding_shown"
	is "$(tail -n 1 "$(stored)")" 'Hey there!'
}

@test "--talk sends QUIT at the end of input" {
	echo hello@gmail.com >"$users"
	talk "${founding%QUIT?}"
	is "$code" 0
	is "$(cat "$work/shown")" "$founding_shown"
	server 'say "220 hi"' 'hear' 'say "250 hi"' 'hear' 'say "221 bye"'
	talk 'HELO' -- "$work/server"
	is "$code $(tr '\n\r' ' .' <"$work/heard")" '0 HELO. QUIT. '
}

@test "--talk without any line sends QUIT" {
	talk ''
	is "$code" 0
	is "$(cat "$work/shown")" 'Waiting to connect...
Server: 220 mail.example.org ESMTP
Server: 221 mail.example.org'
}

@test "--talk sends lines with CRLF with one CR" {
	talk 'HELO x\r\nNOOP\r\n'
	is "$code $(sed -n 4p "$work/shown")" '0 Server: 250 OK'
}

@test "--talk waits for a reply of several lines and shows all of them" {
	talk 'EHLO x\nNOOP\n'
	is "$code $(sed -n 3p "$work/shown")" '0 Server: 250-mail.example.org'
	is "$(tail -n 3 "$work/shown")" 'Server: 250 HELP
Server: 250 2.0.0 OK
Server: 221 2.0.0 mail.example.org'
}

@test "--talk sends the next line only after the reply to the last one" {
	server 'say "220 hi"' \
		'while hear; do' \
		'read -r -t 0.2 more && echo "too early: $more" >>"$0.early"' \
		'case $line in QUIT*) say "221 bye"; exit ;; esac' \
		'say "250-a"; say "250 b"; done'
	talk 'HELO\nNOOP\nRSET\n' -- "$work/server"
	is "$code" 0
	refute [ -e "$work/server.early" ]
	is "$(tr '\n\r' ' .' <"$work/heard")" 'HELO. NOOP. RSET. QUIT. '
}

@test "--talk sends all lines after a 354 without waiting, up to the dot" {
	talk "HELO\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\na\n..b\n\n.\nNOOP\n"
	is "$code" 0
	is "$(tail -n 3 "$work/shown")" 'Server: 250 OK; Message Accepted
Server: 250 OK
Server: 221 mail.example.org'
	is "$(tail -n 3 "$(stored)")" 'a
.b'
}

@test "--talk sends no QUIT when the input ends within a message, and nothing is stored" {
	talk "HELO\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\na\n"
	is "$(tail -n 1 "$work/shown" | cut -c1-12)" 'Server: 354 '
	is_empty
}

@test "--talk escapes control octets and octets over 126 of the server" {
	server "printf '220 a\\t\\033[31m\\0\\177\\377 ~ z\\r\\n'" 'hear' \
		'say "221 bye"'
	talk '' -- "$work/server"
	is "$code" 0
	is "$(sed -n 2p "$work/shown")" \
		'Server: 220 a\x09\x1b[31m\x00\x7f\xff ~ z'
}

@test "--talk cuts a long line of the server at 1000 octets" {
	server "printf '220 %02000d\\r\\n' 0" 'hear' 'say "221 bye"'
	talk '' -- "$work/server"
	is "$code" 0
	is "$(sed -n 2p "$work/shown")" "Server: 220 $(printf '%0996d' 0)"
}

@test "--talk shows an unsolicited line" {
	server 'say "220 hi"' 'hear' 'say "250 hi"' 'say "421 too slow"'
	mkfifo "$work/typing"
	"${command[0]}" --talk -- "$work/server" <"$work/typing" \
		>"$work/shown" 2>"$work/log" 3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	exec {to}>"$work/typing"
	await '^Server: 220 hi' "$work/shown"
	say 'HELO\n'
	await '^Server: 421 too slow' "$work/shown"
	reap # without the end of input: the server is lost
	is "$code" 74
}

@test "a transcript with the expected replies is exit 0" {
	echo hello@gmail.com >"$users"
	play '# A comment, and an empty line.

S: 220 mail.example.org ESMTP
C: HELO
S: 250 mail.example.org
C: MAILFROM: <albin@gmail.com>
S: 250 Sender <albin@gmail.com> OK
C: RCPTTO: <hello@gmail.com>
S: 250 Recipient <hello@gmail.com> OK
C: DATA
S: 354 Go Ahead, Enter data ending with <CRLF>.<CRLF>
C: Hey there!
C: .
S: 250 OK; Message Accepted
C: QUIT
S: 221 mail.example.org
'
	is "$code" 0
	is "$(cat "$work/shown")" "$founding_shown"
}

@test "a transcript with a wrong reply is exit 1 and shows both lines" {
	play 'S: 220 mail.example.org ESMTP
C: HELO
S: 250 mail.example.com
C: MAIL FROM:<>
C: RCPT TO:<bob@example.org>
C: DATA
C: never
C: .
'
	is "$code" 1
	is "$(tail -n 2 "$work/shown")" 'Server: 250 mail.example.org
Expected in line 3: 250 mail.example.com'
	is "$(count)" 0
}

@test "a reply that is longer or shorter than expected differs" {
	for want in '220 mail.example.org ESMT' '220 mail.example.org ESMTP ' \
		'220' '' '220 MAIL.example.org ESMTP'; do
		play "S: $want\n"
		is "$want: $code" "$want: 1"
	done
}

@test "a transcript can send raw octets" {
	play 'S: 220 mail.example.org ESMTP
R: NO\\x4fP\\r\\nnoop
R: \\r\\n
S: 250 OK
S: 250 OK
'
	is "$code" 0
}

@test "a missing transcript is an error before the server is started" {
	server "echo started >'$work/heard'"
	talk '' "$work/no such file" -- "$work/server"
	[ "$code" != 0 ] && [ "$code" != 1 ] && [ "$code" != 74 ]
	[ -s "$work/log" ]
	is "$(cat "$work/heard")" ''
}

@test "an invalid line of a transcript is an error" {
	play 'S: 220 mail.example.org ESMTP\nX: what\n'
	[ "$code" != 0 ] && [ "$code" != 1 ] && [ "$code" != 74 ]
}

@test "a server that exits at once is exit 74" {
	talk 'HELO\nQUIT\n' -- false
	is "$code $(cat "$work/shown")" '74 Waiting to connect...'
	[ -s "$work/log" ]
	talk '' -- false
	is "$code" 74
	play 'S: 220 hi\nC: QUIT\n' false
	is "$code" 74
	play 'C: HELO\n' false
	is "$code" 74
}

@test "a server that cannot be executed is exit 74" {
	talk 'QUIT\n' -- "$work/no such command"
	is "$code" 74
	[ -s "$work/log" ]
}

@test "a server that exits during a session is exit 74 and gets no more lines" {
	server 'say "220 hi"' 'hear' 'say "250 hi"' 'hear'
	talk 'HELO\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\n' \
		-- "$work/server"
	is "$code" 74
	is "$(tail -n 1 "$work/shown")" 'Server: 250 hi'
	is "$(tr '\n\r' ' .' <"$work/heard")" 'HELO. MAIL FROM:<>. '
	[ -s "$work/log" ]
}

@test "a server that exits within a message is exit 74" {
	server 'say "220 hi"' 'hear' 'say "354 go"' 'hear'
	talk "DATA\n$(printf 'line\\n%.0s' {1..20000}).\n" -- "$work/server"
	is "$code $(tail -n 1 "$work/shown")" '74 Server: 354 go'
	play "S: 220 hi\nC: DATA\nS: 354 go\nC: a\nC: .\nS: 250 OK\n" \
		"$work/server"
	is "$code" 74
}

@test "a server that sends half a line and exits is exit 74" {
	server 'printf "220 hi"'
	talk 'HELO\n' -- "$work/server"
	is "$code" 74
	server 'say "220-hi"'
	talk 'HELO\n' -- "$work/server"
	is "$code" 74
}

@test "a server that closes with 421 is exit 74" {
	talk "$(printf 'FOO\\n%.0s' {1..30})"
	is "$code $(tail -n 1 "$work/shown")" \
		'74 Server: 421 mail.example.org Too many errors'
}

@test "--talk waits for the server to exit" {
	server 'say "220 hi"' 'hear' 'say "221 bye"' 'sleep 0.3' \
		'echo done >>"$0.done"'
	talk '' -- "$work/server"
	is "$code $(cat "$work/server.done")" '0 done'
}

# The session over TCP with the listener of the tests.
over_tcp() {
	echo hello@gmail.com >"$users"
	talk "$founding" -- "$@"
	is "$code" 0
	is "$(cat "$work/shown")" "$founding_shown"
	is "$(tail -n 1 "$(stored)")" 'Hey there!'
	await ' session peer=127.0.0.1 .* end=quit .* stored=1 ' "$work/log.tcp"
}

@test "--talk works over TCP through nc" {
	command -v nc >/dev/null || cannot 'nc is not installed'
	listen
	over_tcp nc 127.0.0.1 "$port"
}

@test "--talk works over TCP through socat" {
	listen
	over_tcp socat - TCP:127.0.0.1:"$port"
}

@test "--talk adds no second CR to a CR at the end of a full buffer" {
	server 'say "220 x"; hear; say "500 x"; hear; say "221 x"'
	talk "$(printf '%065535d' 0)\r\n" -- "$work/server"
	is "$code $(head -n 1 "$work/heard" | wc -c)" '0 65537' # CR and LF
}

# The steps are at most the length of the pattern times that of the line; one
# more factor would exceed the time limit.
@test "a pattern of many brackets without a closing one terminates" {
	server 'say "220 $(printf %010000d 0 | tr 0 "[")"'
	play "S: *$(printf '%08000d' 0 | tr 0 '[')x\n" "$work/server"
	is "$code" 1
}

# said TEXT: on standard error, TEXT is in one line
said() { grep -qF "$1" "$work/log" || fail "$(cat "$work/log")"; }

@test "a server that sends nothing for five seconds is named, and half a line shown" {
	question='does the server speak first, and end its lines with CR LF?'
	server 'sleep 6; say "220 hi"; hear; say "221 bye"'
	talk '' -- "$work/server"
	is "$code" 0
	said "nothing within 5 s: $question"
	server 'say "220 hi"; hear; printf "250 half"; sleep 6; say ""; hear' \
		'say "221 bye"'
	play 'S: 220 hi\nC: HELO\nS: 250 half\n' "$work/server"
	is "$code" 0
	said 'nothing within 5 s, but "250 half": does the server end its lines with CR LF?'
	is "$(wc -l <"$work/log")" 1
}

@test "a line that ends with LF alone, or with nothing, is named once" {
	server 'echo "220 hi"; hear; echo "221 bye"'
	talk '' -- "$work/server"
	is "$code $(cat "$work/log")" \
		'0 smtp-stdio: a line must end with CR LF, but "220 hi" ended with LF alone'
	server 'say "220 hi"; hear; printf "221 bye"'
	talk '' -- "$work/server"
	said 'a line must end with CR LF, but "221 bye" has no end'
	server 'printf "220 %0500d\\n" 1; hear; echo; say "221 bye"'
	talk '' -- "$work/server"
	said 'a line must end with CR LF, but "220 0000000'
	server 'say "220 hi"; hear; echo; say "221 bye"'
	talk '' -- "$work/server"
	said 'a line must end with CR LF, but "" ended with LF alone'
	server 'say "220 hi"; hear; say "221 bye"'
	talk '' -- "$work/server"
	is "$(cat "$work/log")" ''
}

@test "no connection and a connection that the server closes are two messages" {
	talk 'HELO\n' -- false
	said 'not connected'
	play 'S: 220 hi\n' nc 127.0.0.1 1
	is "$code" 74
	said 'not connected'
	server 'say "220 hi"; hear; say "250 hi"; hear'
	talk 'HELO\nNOOP\n' -- "$work/server"
	said 'closed by the server'
	refute grep -q 'not connected' "$work/log"
}

@test "a server that never replies is lost after --timeout" {
	server 'say "220 hi"; hear; sleep 60'
	talk 'HELO\n' --timeout=1 -- "$work/server"
	is "$code" 74
	said 'within the timeout'
	printf 'S: 220 hi\nC: HELO\nS: 250 hi\n' >"$work/transcript"
	talk '' --timeout=1 "$work/transcript" -- "$work/server"
	is "$code" 74
	talk '' --timeout=1 "$work/transcript" "$work/transcript" -- "$work/server"
	is "$code $(grep -c 'but the server did not reply' "$work/shown")" '74 2'
}

@test "a server that does not read is lost after --timeout" {
	server 'say "220 hi"; hear; say "354 go"; sleep 60'
	talk "DATA\n$(printf 'line\\n%.0s' {1..30000}).\n" --timeout=1 -- "$work/server"
	is "$code" 74
	said 'within the timeout'
}

@test "a server that ignores SIGTERM is killed" {
	server 'trap "" TERM; say "220 hi"; hear; say "221 bye"; exec >&-' \
		'while :; do sleep 1; done'
	talk '' --timeout=1 -- "$work/server"
	is "$code" 0
	refute pgrep -f "$work/server"
}

@test "a server that never ends its reply is lost after --timeout" {
	server 'say "220 hi"; hear; trap "" PIPE' 'while :; do say "250-x" || exit; done'
	talk 'HELO\n' --timeout=1 -- "$work/server"
	is "$code" 74
	said 'within the timeout'
	refute pgrep -f "$work/server"
}

@test "a server that never ends its output is ended" {
	server 'say "220 hi"; hear; say "221 bye"; trap "" PIPE' \
		'while :; do say "250 more" || exit; done'
	talk '' --timeout=1 -- "$work/server"
	is "$code" 0
	refute pgrep -f "$work/server"
}

# Both would wait for each other: the server for its replies to be read, the
# client for its message to be read.
@test "a server that sends much while the client sends is read" {
	cat >"$work/flood" <<-'END'
		import sys
		out, lines = sys.stdout.buffer, sys.stdin.buffer
		out.write(b"220 hi\r\n")
		out.flush()
		lines.readline()
		out.write(b"354 go\r\n" + b"250-x\r\n" * 9000)
		out.flush()
		while lines.readline() not in (b".\r\n", b""):
		    pass
		out.write(b"250 done\r\n")
		out.flush()
		lines.readline()
		out.write(b"221 bye\r\n")
	END
	talk "DATA\n$(printf 'line\\n%.0s' {1..30000}).\n" --timeout=10 -- \
		python3 "$work/flood"
	is "$code $(tail -n 1 "$work/shown")" '0 Server: 221 bye'
}

@test "a byte order mark before a transcript or the first line is removed" {
	server 'say "220 hi"; hear; say "250 hi"; hear; say "221 bye"'
	play '\0357\0273\0277S: 220 hi\nC: HELO\nS: 250 hi\n' "$work/server"
	is "$code" 0
	play '\0357\0273\0277# comment\nS: 220 hi\nC: HELO\nS: 250 hi\n' "$work/server"
	is "$code" 0
	: >"$work/heard"
	talk '\0357\0273\0277HELO\n' -- "$work/server"
	is "$(head -n 1 "$work/heard" | tr -d '\r')" HELO
}

@test "--talk works with standard input, or all descriptors, closed" {
	server 'say "220 hi"; hear; say "221 bye"'
	for closed in '<&-' '<&- 2>&-'; do
		code=0
		eval 'timeout -s KILL 30 "${command[0]}" --talk -- "$work/server" >"$work/shown"' \
			"$closed" || code=$?
		is "$code $(tail -n 1 "$work/shown")" '0 Server: 221 bye'
	done
	printf 'S: 220 hi\n' >"$work/transcript"
	code=0
	timeout -s KILL 30 "${command[0]}" --talk "$work/transcript" -- \
		"$work/server" <&- >"$work/shown" || code=$?
	is "$code" 0
}
