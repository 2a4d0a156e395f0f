# talking - shared by the tests of --talk with files; `load helpers`, then `load
# talking`

# talk [ARGUMENT...]: sets $shown and $code; the program itself is the default
# server.
talk() {
	code=0
	timeout -s KILL 60 "${command[0]}" --talk "$@" <"${typed:-/dev/null}" \
		>"$work/shown" 2>"$work/log" || code=$?
	shown=$(cat "$work/shown")
}

# transcript NAME LINES: writes it in a separate directory
transcript() {
	mkdir -p "$work/talks"
	printf '%s\n' "$2" >"$work/talks/$1"
}

# server WORDS: makes a server that sends WORDS, escaped as for printf, reads a
# line and sends 221.
server() {
	printf '#!/bin/bash\nprintf %q\nread -r x\nprintf "221 bye\\r\\n"\n' \
		"$1" >"$work/server"
	chmod +x "$work/server"
}

ours=() # the program with its options, as a server
setup_ours() {
	ours=("${command[@]}" --deterministic --no-sync)
}

# Starts aiosmtpd at $port, as another server.
aiosmtpd_listens() {
	command -v aiosmtpd >/dev/null || cannot 'aiosmtpd is not installed'
	port=$(free_port)
	aiosmtpd -n -c aiosmtpd.handlers.Sink -l "127.0.0.1:$port" \
		>"$work/aiosmtpd" 2>&1 3>&- 4>&- &
	pids+=("$!")
	for ((i = 0; i < 1000; i++)); do
		is_listening "$port" && break
		sleep 0.02
	done
	[ "$i" -lt 1000 ] || fail "$(cat "$work/aiosmtpd")"
	theirs=(socat - "TCP:127.0.0.1:$port")
}

founding='C: HELO client.example.net
S: 250 *
C: MAIL FROM:<ann@example.net>
S: 250*
C: RCPT TO:<bob@example.org>
S: 25[01]*
C: DATA
S: 354 ?*
C: Hey there!
C: ..
C: .
S: 250 *
C: QUIT
S: 221 *
'
