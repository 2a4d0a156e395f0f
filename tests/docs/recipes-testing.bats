#!/usr/bin/env bats
# doc/recipes.md for jobs and containers in which applications are tested: each
# recipe is run as it is printed, but for the port and the seconds.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net
load ../lib/recipes

# Runs the CI step with ./run-tests, which has LINES; the output is in $work/seen.
# $change is a sed expression for the step.
step() {
	printf '%s\n' '#!/bin/sh' "$@" >run-tests
	chmod +x run-tests
	section 'A CI step' | block 1 | sed "s/2525/$port/g; ${change-}" >step
	code=0
	timeout 60 sh -e step >seen 2>&1 3>&- 4>&- || code=$?
	refute listens "$port"
	refute pgrep -f "TCP-LISTEN:$port"
}

# to_port SUBJECT: a line that sends mail
to_port() {
	echo "python3 -c \"import smtplib
smtplib.SMTP('localhost', $port).sendmail('app@example.org',
    ['ann@example.com'], 'Subject: $1\n\nHello!\n')\""
}

@test "a CI step finds the mail of the application, and its listener ends" {
	needs socat nc python3
	prepare
	port=$(free_port)
	step "$(to_port Welcome)"
	is "$code $(cat seen) $(count)" '0  1'
	grep -q ' accepted .* to=ann@example.com ' smtp.log
	step "$(to_port Other)"
	is "$code $(count)" '0 2' # the first is still there
	rm -r mail
	step "$(to_port Other)"
	is "$code $(count)" '1 1'
	step 'exit 3'
	is "$code" 3
}

@test "a CI step says what is missing, that the port is taken, or that the time is over" {
	needs socat nc python3
	prepare
	port=$(free_port)
	change='s/for program in/& no-such-program/' step 'exit 3'
	is "$code $(cat seen)" '1 no-such-program is missing'
	change='s/timeout 300/timeout 1/' step 'sleep 20'
	is "$code" 124
	listen
	section 'A CI step' | block 1 | sed "s/2525/$port/g" >step
	code=0
	timeout 60 sh -e step >seen 2>&1 3>&- 4>&- || code=$?
	is "$code $(cat seen)" "1 port $port is taken"
	listens "$port"
}

@test "inotifywait tells of a message when it is stored" {
	needs inotifywait
	prepare
	catch() { smtp --catch --no-sync >/dev/null 2>&1; }
	section 'Wait for a message' | block 1 | grep . >wait
	is "$(wc -l <wait)" 4
	(timeout 60 bash -e wait) 3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	for ((i = 0; i < 250; i++)); do
		[ -d mail/all/new ] && break
		sleep 0.02
	done
	inotifywait -m -q -e create -e moved_to --format %e mail/all/new >events 3>&- 4>&- &
	watch=$!
	pids+=("$watch")
	sleep 1.5
	kill -0 "$pid"
	session "$(small x@example.com)" | sed 's/Subject: x/Subject: Welcome/' | catch
	reap
	is "$code $(count)" '0 1'
	await CREATE events
	kill "$watch"
	is "$(cat events)" CREATE
	rm -r mail
	sed -i 's/timeout 30/timeout 2/' wait
	run -124 timeout 60 bash -e wait
}

@test "old messages are removed, and others stay" {
	prepare
	for i in 1 2; do
		session "$(small x@example.com)" | smtp --catch --no-sync >/dev/null 2>&1
	done
	old=$(stored | head -n 1)
	touch -d '2 hours ago' "$old"
	bash -e <<<"$(section 'Remove old' | block 1)"
	[ ! -e "$old" ]
	is "$(count)" 1
	is "$(find mail -type d | sort | tr '\n' ' ')" \
		'mail mail/all mail/all/cur mail/all/new mail/all/tmp '
}

@test "the container's command receives mail" {
	needs tcpserver python3
	prepare
	section 'In a container' | block 1 | grep . >Dockerfile
	is "$(cut -d ' ' -f 1 Dockerfile | tr '\n' ' ')" 'FROM RUN COPY CMD '
	package=$(sed -n 's/.*install .* //p' Dockerfile)
	grep -q "tcpserver:$package" "$BATS_TEST_DIRNAME/../tools"
	sed -n 's/^CMD //p' Dockerfile | python3 -c '
import json, sys
print("\0".join(json.load(sys.stdin)), end="")' >words
	mapfile -d '' -t words <words
	is "${words[0]} ${words[7]}" 'tcpserver 2525'
	contained() {
		words[6]=127.0.0.1 words[7]=$port
		exec "${words[@]/#--mail=/--mail=$work}"
	}
	serve contained
	eval "$(to_port Welcome)"
	is "$(count)" 1
}
