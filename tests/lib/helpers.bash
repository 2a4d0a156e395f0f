# helpers - shared by all tests; `load helpers` in each *.bats
#
# Each test has a directory of its own, $work, with users.txt and, when the
# program has made it, mail/ in it.  Nothing depends on the current directory,
# on a free port, or on files of another test.
#
#     SMTP_STDIO=PROGRAM  another program than ../smtp-stdio
#     CI=true             a test for which the system lacks something (ptrace,
#                         a mount) fails; otherwise it is skipped

export LC_ALL=C

# The leak detector works neither below strace nor in the sandbox.
export ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

# bats 1.8 waits a second for each free slot within a file, which takes longer
# than the tests; files run in parallel.
setup_file() {
	export BATS_NO_PARALLELIZE_WITHIN_FILE=true
}

setup() {
	work=$BATS_TEST_TMPDIR
	users=$work/users.txt
	mail=$work/mail
	printf '%s\n' bob@example.org carol@example.org dave@example.org \
		>"$users"
	command=("${SMTP_STDIO:-$BATS_TEST_DIRNAME/../../smtp-stdio}")
	command+=(--name=mail.example.org --users="$users" --mail="$mail")
	with=()
	pids=()
	folders=()
	unset TCPREMOTEIP TCPREMOTEPORT TCPREMOTEHOST REMOTE_ADDR REMOTE_PORT \
		REMOTE_HOST \
		SOCAT_PEERADDR SOCAT_PEERPORT NCAT_REMOTE_ADDR \
		NCAT_REMOTE_PORT JOURNAL_STREAM
}

teardown() {
	local pid
	for pid in "${pids[@]}"; do
		jobs -p | grep -q -x "$pid" || continue # it was reaped
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	[ "${#folders[@]}" = 0 ] || rm -rf "${folders[@]}"
}

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# A bare `! command` never fails a test.
refute() {
	if "$@"; then
		fail "should have failed: $*"
	fi
}

# is GOT WANT
is() {
	[ "$1" = "$2" ] || fail "got:  $1" "want: $2"
}

# cannot REASON: skips a test, or fails it with CI=true.
cannot() {
	[ "${CI-}" = true ] && fail "with CI=true this must run: $1"
	skip "$1"
}

# session LINES: prints LINES, joined by \n, as the octets that a client sends.
session() {
	printf '%b\n' "$1" | sed 's/$/\r/'
}

# Runs the program with its usual options and OPTIONS.
smtp() {
	timeout -s KILL 30 "${command[@]}" "$@"
}

# hold LINES [OPTION...]: plays a whole session from a file, $work/in.  The
# replies are in $work/out without CR, the log in $work/log, the exit code in
# $code.
hold() {
	session "$1" >"$work/in"
	shift
	hold_input "$@"
}

hold_input() {
	code=0
	smtp "$@" <"$work/in" >"$work/sent" 2>"$work/log" || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
}

# transaction RCPT...: prints the LINES of a transaction for RCPT...
transaction() {
	local rcpt lines='EHLO client.example.net\nMAIL FROM:<ann@example.net>'
	for rcpt; do
		lines+="\nRCPT TO:<$rcpt>"
	done
	printf '%s\\nDATA' "$lines"
}

# A transaction with a short message, and QUIT.
small() {
	printf '%s\\n%s\\n%s' "$(transaction "$@")" 'Subject: x\n\nHey there!\n.' QUIT
}

last_reply() {
	tail -n 1 "$work/out"
}

# Removes the id from each reply that has one: it is another one each time.
without_ids() {
	sed -E 's/^(250 2\.0\.0 OK; Message Accepted) [0-9]+\.M[0-9]{6}P[0-9]+Q[0-9]+_[0-9a-f]{16}$/\1/'
}

# The reply before that to QUIT, without the id.
verdict() {
	tail -n 2 "$work/out" | head -n 1 | without_ids
}

# All messages below $mail or DIRECTORY, one path a line.
stored() {
	local in=${1:-$mail}
	find "$in" -path "$in/*/new/*" -type f 2>/dev/null | sort
}

count() {
	stored "$@" | wc -l
}

# There are only directories.
is_empty() {
	local left
	left=$(find "$mail" ! -type d 2>/dev/null)
	[ -z "$left" ] || fail "files left: $left"
}

nothing_in_tmp() {
	local left
	left=$(find "$mail" -path "$mail/*/tmp/*" -o -path "$mail/.spool/*")
	[ -z "$left" ] || fail "left in tmp/ or .spool: $left"
}

# start OPTION...: starts a session in the background, $pid.  say OCTETS sends
# to it, await PATTERN waits for a reply, and finish ends it.
start() {
	mkfifo "$work/in"
	"${command[@]}" "$@" <"$work/in" >"$work/sent" 2>"$work/log" \
		3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	exec {to}>"$work/in"
}

# In one write, and in a subshell because of SIGPIPE.
say() {
	(printf '%b' "$1" | cat >&"$to") 2>/dev/null || true
}

# await PATTERN [FILE]
await() {
	local i
	for ((i = 0; i < 1000; i++)); do
		grep -q -e "$1" "${2:-$work/sent}" 2>/dev/null && return
		sleep 0.02
	done
	fail "no '$1' in ${2:-the replies}:" "$(cat "${2:-$work/sent}")"
}

# await_file FILE: waits until it exists
await_file() {
	local i
	for ((i = 0; i < 500; i++)); do
		[ -e "$1" ] && return
		sleep 0.02
	done
	fail "no $1"
}

# Waits for $pid, at most 10 seconds, and sets $code.
reap() {
	local i
	for ((i = 0; i < 500; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	if [ "$i" = 500 ]; then
		fail "process $pid does not end"
	fi
	code=0
	wait "$pid" || code=$?
	[ ! -e "$work/sent" ] || tr -d '\r' <"$work/sent" >"$work/out"
}

hang_up() {
	exec {to}>&-
}

finish() {
	hang_up
	reap
}

# Starts a session and sends a part of a message for bob.
start_message() {
	start "$@"
	session "$(transaction bob@example.org)" >&"$to"
	await '^354'
	seq 1 40000 | sed 's/$/\r/' >&"$to" # more than all buffers hold
}

# Sanitizers need memory of their own.
needs_plain_build() {
	[ "${SANITIZED:-no}" = no ] || skip 'a sanitizer is built in'
}

# Only root may trace the program, which is not dumpable.
needs_strace() {
	[ "$(id -u)" = 0 ] || skip 'only root can look into the program'
	strace -o /dev/null true 2>/dev/null || cannot 'ptrace is not permitted'
}

# traced OPTION-OF-STRACE...: traces the session of $work/in to $work/trace
traced() {
	code=0
	timeout -s KILL 30 strace -f -y -s 4096 -o "$work/trace" "$@" \
		"${command[@]}" "${with[@]}" \
		<"$work/in" >"$work/sent" 2>"$work/log" || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
}

# ordinal NAME PATTERN: the number of the first call of NAME that matches
# PATTERN, counted among the calls of NAME, as for strace's `when=`.
ordinal() {
	local n
	n=$(grep -E "^[0-9]+ +$1\(" "$work/trace" | grep -nE -m 1 -e "$2") ||
		fail "no $1 with $2 in the trace"
	echo "${n%%:*}"
}

# The numbers of the trace lines that match.
lines_of() {
	grep -nE -e "$1" "$work/trace" | cut -d: -f1
}

free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

is_listening() {
	grep -q "0100007F:$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp
}

# listen [OPTION...]: socat accepts connections at $port; the log of all
# sessions is $work/log.tcp.
listen() {
	local i tries
	{
		printf '#!/bin/sh\nexec'
		printf " '%s'" "${command[@]}" "$@"
		printf ' 2>>"%s"\n' "$work/log.tcp"
	} >"$work/serve"
	chmod +x "$work/serve"
	for tries in 1 2 3 4 5; do
		port=$(free_port)
		socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,backlog=128" \
			EXEC:"$work/serve" 2>"$work/socat" 3>&- 4>&- &
		pids+=("$!")
		for ((i = 0; i < 250; i++)); do
			is_listening "$port" && return
			kill -0 "$!" 2>/dev/null || break
			sleep 0.02
		done
	done
	fail "socat does not listen (try $tries):" "$(cat "$work/socat")"
}

# as_nobody COMMAND...: runs COMMAND as an ordinary user, even if root.
as_nobody() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# Makes a directory that ordinary users may enter, $public, with the program.
make_public() {
	public=$(mktemp -d "${BATS_TMPDIR:-/tmp}/smtp-stdio.XXXXXX")
	folders+=("$public")
	chmod 755 "$public"
	cp "${command[0]}" "$public/smtp-stdio"
	chmod 755 "$public/smtp-stdio"
}
