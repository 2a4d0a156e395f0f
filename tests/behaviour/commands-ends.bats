#!/usr/bin/env bats
# How commands, their session and its monitor end: daemons, signals, limits, a
# full disk, and a users file that is edited meanwhile.

load ../lib/helpers
load ../lib/programs

# script BODY: the shell script $work/script is the command of `run`.
script() {
	printf '#!/bin/sh\n%s\n' "$1" >"$work/script"
	chmod +x "$work/script"
	printf '%s\n' bob@example.org "run@example.org |$work/script" \
		"queue@example.org ||$work/script" >"$users"
	with=(--commands)
}

done='250 2.0.0 OK; Message Accepted'
failed='451 4.3.0 Could not be delivered, try again later'

# start_running RCPT...: a session whose command waits for $work/go; sets
# $session and $waits, the processes of the session and of the command, and
# $script, the command itself.
start_running() {
	script "echo \$\$ >$work/id
touch $work/running
while [ ! -e $work/go ]; do sleep 0.05; done
cat >$work/got"
	start "${with[@]}"
	session "$(small "$@")" >&"$to"
	await_file "$work/running"
	script=$(cat "$work/id")
	waits=$(ps -o ppid= -p "$script" | tr -d ' ')
	session=$(pgrep -P "$pid" | grep -vx "$waits")
}

# Daemons.

@test "a daemon that leaves its session is waited for" {
	cat >"$work/daemon" <<-END
		#!/usr/bin/env python3
		import os, sys, time
		if os.fork():
		    sys.exit(0)
		os.setsid()
		if os.fork():
		    sys.exit(0)
		os.closerange(0, 1000)
		time.sleep(1)
		os.mkdir("$work/over")
	END
	chmod +x "$work/daemon"
	echo "run@example.org |$work/daemon" >"$users"
	hold "$(small run@example.org)" --commands
	is "$code $(verdict)" "0 $done"
	[ -d "$work/over" ]
}

@test "daemons that go on are killed at the time limit, and the answer is 451" {
	cat >"$work/daemon" <<-END
		#!/usr/bin/env python3
		import os, signal, sys, time
		ids = open("$work/ids", "a")
		for n in range(5):
		    if os.fork() == 0:
		        os.setsid()
		        if os.fork() == 0:
		            for name in signal.SIGTERM, signal.SIGHUP, signal.SIGINT:
		                signal.signal(name, signal.SIG_IGN)
		            ids.write(str(os.getpid()) + "\n")
		            ids.flush()
		            os.closerange(0, 1000)
		            time.sleep(300)
		        os._exit(0)
	END
	chmod +x "$work/daemon"
	printf '%s\n' bob@example.org "run@example.org |$work/daemon" >"$users"
	SECONDS=0
	hold "$(small run@example.org bob@example.org)" --commands --command-time=1
	is "$code $(verdict)" "0 $failed"
	[ "$SECONDS" -lt 10 ]
	is "$(wc -l <"$work/ids")" 5
	is_gone $(cat "$work/ids")
	is_empty
	grep -q 'refused .* status=137' "$work/log"
}

@test "a command that starts processes for ever is killed" {
	cat >"$work/forks" <<-END
		#!/usr/bin/env python3
		import os, time
		end = time.time() + 20
		while time.time() < end:
		    if os.fork():
		        os._exit(0)
		    os.setsid()
		    time.sleep(0.002)
		open("$work/over", "w")
	END
	chmod +x "$work/forks"
	echo "run@example.org |$work/forks" >"$users"
	SECONDS=0
	hold "$(small run@example.org)" --commands --command-time=1
	is "$code $(verdict)" "0 $failed"
	[ "$SECONDS" -lt 15 ]
	refute [ -e "$work/over" ]
}

# Signals.

@test "SIGTERM to the process of the listener lets a command finish" {
	start_running run@example.org bob@example.org
	kill -TERM "$pid"
	sleep 0.3
	touch "$work/go"
	finish
	without_ids <"$work/out" | grep -qx "$done"
	is "$(count)" 1
	cmp "$work/got" "$(stored)"
	is "$code" 75
	is "$(last_reply | cut -c -9)" '421 4.3.2'
}

@test "SIGTERM to monitor and session at once lets a command finish" {
	start_running run@example.org
	kill -TERM "$pid" "$session"
	sleep 0.3
	touch "$work/go"
	finish
	without_ids <"$work/out" | grep -qx "$done"
	is "$code" 75
}

@test "SIGKILL to the monitor ends the session and the command" {
	start_running bob@example.org run@example.org
	kill -KILL "$pid"
	is_gone "$session" "$waits" "$script"
	reap
	is "$code" 137
	refute [ -e "$work/got" ]
	refute grep -q '^250 2.0.0 OK; M' "$work/out"
	is "$(count)" 0
}

@test "SIGKILL to the monitor ends a command that writes without end" {
	script "echo \$\$ >$work/id; touch $work/running; yes & yes >&2"
	start "${with[@]}"
	session "$(small run@example.org)" >&"$to"
	await_file "$work/running"
	sleep 0.2
	kill -KILL "$pid"
	is_gone "$(cat "$work/id")"
}

@test "SIGKILL to a session kills its command, and the monitor says so and exits 75" {
	start_running bob@example.org run@example.org
	kill -KILL "$session"
	is_gone "$script" "$waits"
	reap
	is "$code" 75
	grep -q '^smtp-stdio\[.*\]: aborted peer=unknown signal=9 reason="the session was ended by a signal"$' \
		"$work/log"
	refute [ -e "$work/got" ]
	is "$(count)" 0
}

@test "SIGKILL to the process that waits for a command: 451" {
	start_running bob@example.org run@example.org
	kill -KILL "$waits"
	finish
	kill -KILL "$script"
	is "$code $(verdict)" "0 $failed"
	is "$(count)" 0
}

@test "the exit code is that of the session" {
	script 'exit 0'
	hold 'NOOP' "${with[@]}"
	is "$code" 0
	hold "$(transaction run@example.org)\nx" "${with[@]}"
	is "$code" 75
	hold "$(for n in {1..20}; do printf 'FOO\\n'; done)" "${with[@]}"
	is "$code" 75
	mkdir "$mail/users" # unusable
	code=0
	"$SMTP_STDIO" --users="$work" --mail="$mail" --commands \
		</dev/null >"$work/sent" 2>"$work/log" || code=$?
	is "$code" 78
}

# Limits.

@test "hanging commands end within the time of one message, after SIGTERM" {
	printf 'c%d@example.org |/bin/sleep 30\n' {1..20} >"$users"
	SECONDS=0
	start --lmtp --commands --command-time=2 --deadline=5 --timeout=4
	session "$(transaction c{1..20}@example.org)\nhi\n." | sed 's/^EHLO/LHLO/' >&"$to"
	sleep 1
	kill -TERM "$pid"
	reap
	hang_up
	is "$code" 75
	[ "$SECONDS" -lt 8 ]
	is "$(grep -c '^451 4.3.0' "$work/out")" 20
	is "$(last_reply | cut -c -9)" '421 4.3.2'
}

@test "with a file size limit a message for a command is refused, and no mail lost" {
	script "cat >$work/got"
	lines=$(transaction run@example.org bob@example.org)
	for n in 100 2000; do
		session "$lines\n$(printf 'x%.0s' {1..900} | sed "s/.*/&\\\\n/" | head -c 900)" >"$work/in"
		seq 1 "$n" | sed 's/$/ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r/' >>"$work/in"
		session '.\nQUIT' >>"$work/in"
		(
			ulimit -f 32
			hold_input "${with[@]}"
			echo "$code" >"$work/code"
		)
		tr -d '\r' <"$work/sent" >"$work/out"
		case $n in
		100) is "$(cat "$work/code") $(verdict) $(count)" "0 $done 1" ;;
		*) is "$(verdict | cut -c -9) $(count)" '451 4.3.0 1' ;;
		esac
	done
	cmp "$work/got" "$(stored)"
}

@test "in a full file system a message for a command is refused, and no mail lost" {
	unshare -r -m true 2>/dev/null || cannot 'there are no namespaces'
	mkdir "$mail"
	printf '#!/bin/sh\ncat >"%s/got.$SENDER"\n' "$work" >"$work/keep"
	chmod +x "$work/keep"
	printf '%s\n' bob@example.org "run@example.org |$work/keep" \
		"queue@example.org ||$work/keep" >"$users"
	# The message needs its octets once for the Maildir, once in the exchange,
	# and once for the copy of the command.
	for kib in 40 60 90 130; do
		{
			session "EHLO x\nMAIL FROM:<$kib>" | sed 's/>/@example.net>/'
			session 'RCPT TO:<run@example.org>\nRCPT TO:<bob@example.org>\nRCPT TO:<queue@example.org>\nDATA'
			seq 10000 10149 | sed 's/$/ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r/'
			session '.\nQUIT'
		} >"$work/in"
		rm -f "$work"/got.*
		timeout -s KILL 30 unshare -r -m sh -c '
			mount -t tmpfs -o size="$1"k none "$0" || exit 99
			mail=$0
			shift
			"$@" --commands
			find "$mail" -path "*/new/*" -type f | wc -l >"$mail.count"' \
			"$mail" "$kib" "${command[@]}" <"$work/in" >"$work/sent" 2>"$work/log"
		tr -d '\r' <"$work/sent" >"$work/out"
		stored=$(cat "$mail.count")
		case $(verdict) in
		"$done") is "$stored" 1; [ -e "$work/got.$kib@example.net" ] ;;
		45[12]*) is "$stored" 0 ;;
		*) fail "$kib: $(cat "$work/out" "$work/log")" ;;
		esac
		verdict | cut -c -3 >>"$work/verdicts"
	done
	grep -q 45 "$work/verdicts"
	is "$(tail -n 1 "$work/verdicts")" 250
}

# A users file that changes.

# edited_between [LINE...]: the recipient is looked up in $users, which then is
# changed in place to have these lines, before the command is run.
edited_between() {
	rm -f "$work/in"
	start "${with[@]}"
	session "$(transaction run@example.org)" >&"$to"
	await '^354'
	printf '%s\n' "$@" >"$users"
	session 'x\n.\nQUIT' >&"$to"
	finish
}

@test "an edit of users.txt in mid-session: the command of another line is not run" {
	printf '#!/bin/sh\ntouch "%s"\n' "$work/ran" >"$work/other"
	chmod +x "$work/other"
	for lines in '' "bob@example.org
eve@example.org |$work/other" "#ob@example.org
#un@example.org |$work/script" 'bob@example.org
run@example.org ./run/' "run@example.org |$work/script"; do
		script "touch $work/ran"
		edited_between "$lines"
		is "$code $(verdict)" "0 $failed"
		refute [ -e "$work/ran" ]
	done
	script "touch $work/ran"
	edited_between "$(cat "$users")" carol@example.org
	is "$code $(verdict)" "0 $done"
	[ -e "$work/ran" ]
}

# What a session could replace.

@test "a program below the mail directory is refused at RCPT" {
	script "touch $work/ran"
	mkdir -p "$mail/bin"
	cp "$work/script" "$mail/bin/script"
	ln -s "$mail/bin" "$work/link"
	for program in "$mail/bin/script" "$work/link/script" \
		"$mail/../mail/bin/script" script; do
		printf '%s\n' bob@example.org "run@example.org |$program" \
			"queue@example.org ||$program x" >"$users"
		PATH=$work/link:$PATH sends run@example.org queue@example.org bob@example.org
		is "$code $(verdict)" "0 $done"
		is "$(grep -c '^451 4.3.5' "$work/out")" 2
		is "$(grep -c 'reason="the program of a command must not lie below the mail directory"' "$work/log")" 2
	done
	refute [ -e "$work/ran" ]
}

@test "a program that a session put below the mail directory later is not run" {
	script "touch $work/ran"
	mkdir "$work/bin" "$mail"
	mv "$work/script" "$work/bin"
	echo "run@example.org |$work/bin/script" >"$users"
	start "${with[@]}"
	session "$(transaction run@example.org)" >&"$to"
	await '^354'
	mv "$work/bin" "$mail/bin"
	ln -s "$mail/bin" "$work/bin"
	session 'x\n.\nQUIT' >&"$to"
	finish
	is "$code $(verdict)" "0 $failed"
	grep -q "reason=\"$work/bin/script: Operation not permitted\"" "$work/log"
	refute [ -e "$work/ran" ]
}

@test "a users file below the mail directory is not used" {
	mkdir "$mail"
	echo bob@example.org >"$mail/users.txt"
	rm "$users"
	ln -s "$mail/users.txt" "$users"
	for option in --commands --no-sync; do
		hold 'QUIT' "$option"
		is "$code $(cut -c -9 "$work/out")" '78 421 mail.'
		grep -q ' failed .* users=.* reason="must not lie below the mail directory"' "$work/log"
	done
}
