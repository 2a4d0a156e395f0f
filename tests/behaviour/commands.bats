#!/usr/bin/env bats
# Mail for a command: the input and environment of the command, its exit codes,
# and the mail of the other recipients.

load ../lib/helpers
load ../lib/programs
load ../lib/net
load ../lib/relay

# users.txt lists bob, carol and dave already; `run` gets a command, and `all`
# is an alias for `run` and bob.
lists() {
	printf '%s\n' "run@example.org |$1" \
		'all@example.org run@example.org bob@example.org' >>"$users"
	with=(--commands)
}

# script BODY: the shell script $work/script is the command of `run`.
script() {
	printf '#!/bin/sh\n%s\n' "$1" >"$work/script"
	chmod +x "$work/script"
	lists "$work/script${2+ $2}"
}

done='250 2.0.0 OK; Message Accepted'
refused='554 5.3.0 Refused by the recipient'
failed='451 4.3.0 Could not be delivered, try again later'

# The command writes its input to $work/got.
keeps() {
	script "cat >$work/got"
}

@test "a command gets the same octets as a Maildir" {
	keeps
	{
		session "$(transaction run@example.org bob@example.org)"
		printf 'a: b\r\n\r\n..dot\r\n\0\001\377 caf\303\251\r\n'
		python3 -c 'print("x" * 100000 + "\r\n" + "y\r\n" * 100000 + ".\r")'
		session QUIT
	} >"$work/in"
	hold_input "${with[@]}"
	is "$code $(verdict)" "0 $done"
	cmp "$work/got" "$(stored)"
	is "$(head -n 1 "$work/got")" 'Return-Path: <ann@example.net>'
}

@test "a command without other recipients gets the message with a Return-Path line" {
	keeps
	TCPREMOTEIP=192.0.2.7 hold "$(small Run+tag@example.org)" --commands --deterministic
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" 'Return-Path: <ann@example.net>
Delivered-To: Run+tag@example.org
Received: from client.example.net ([192.0.2.7])
	by mail.example.org with ESMTP id 1795435200.M000000P1Q1_0000000000000000
	for <Run+tag@example.org>; Mon, 23 Nov 2026 12:00:00 +0000
Subject: x

Hey there!'
	is_empty
}

@test "an empty message is given to a command" {
	keeps
	hold "$(transaction run@example.org)\n.\nQUIT" "${with[@]}"
	is "$code $(verdict)" "0 $done"
	is "$(wc -l <"$work/got")" 5
}

@test "a command's stdin is a regular file with the whole message, at its start" {
	script "exec python3 -c '
import os, stat
s = os.fstat(0)
print(stat.S_ISREG(s.st_mode), s.st_size == len(os.read(0, 10000000)))
print(os.lseek(0, 0, os.SEEK_CUR) == s.st_size, os.lseek(0, 0, os.SEEK_SET))
print(len(os.read(0, 10000000)) == s.st_size, os.read(0, 1))
' >$work/got"
	hold "$(transaction run@example.org)\n$(seq -s '\n' 1 20000)\n.\nQUIT" --commands
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" $'True True\nTrue 0\nTrue b\'\''
}

@test "a command cannot write to the message" {
	script "exec python3 -c '
import os
try:
    os.write(0, bytes(10))
except OSError as error:
    print(error.strerror)
try:
    os.ftruncate(0, 0)
except OSError as error:
    print(error.strerror)
' >$work/got"
	sends all@example.org
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" $'Bad file descriptor\nInvalid argument'
	is "$(tail -n 1 "$(stored)")" 'Hey there!'
}

@test "a command's environment has sender, recipient with its parts, and peer" {
	script "env | grep -E '^(SENDER|RECIPIENT|LOCAL|DOMAIN|EXTENSION|TCPREMOTE.*)=' | sort >$work/got"
	TCPREMOTEIP=192.0.2.7 TCPREMOTEPORT=4711 sends Run+News+x@Example.ORG
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" 'DOMAIN=Example.ORG
EXTENSION=News+x
LOCAL=Run
RECIPIENT=run@example.org
SENDER=ann@example.net
TCPREMOTEIP=192.0.2.7
TCPREMOTEPORT=4711'
}

# The variables on client and message, sorted, as the script saw them.
known_of_client() {
	script "env | grep -E '^(CLIENT_|SASL_|TLS_|SMTP_ID|SMTP_SIZE)' | sort >$work/got"
}

@test "a command knows the client, TLS, and id and size of the message" {
	known_of_client
	export TCPREMOTEIP=2001:db8::1 TCPREMOTEPORT=77 TCPREMOTEHOST=h.example.net
	export SSL_PROTOCOL=TLSv1.3 SSL_CIPHER=TLS_AES_256_GCM_SHA384
	with+=(--tls-on)
	sends run@example.org bob@example.org
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" "CLIENT_ADDRESS=2001:db8::1
CLIENT_HELO=client.example.net
CLIENT_HOSTNAME=h.example.net
CLIENT_PORT=77
CLIENT_PROTOCOL=ESMTPS
SASL_USERNAME=
SMTP_ID=$(sed -n 's/.* id=\([^ ]*\) .* to=run@.*/\1/p' "$work/log")
SMTP_SIZE=$(stat -c %s "$(stored)")
TLS_CIPHER=TLS_AES_256_GCM_SHA384
TLS_PROTOCOL=TLSv1.3"
}

@test "behind a proxy a command knows the client, not the proxy" {
	known_of_client
	export TCPREMOTEIP=192.0.2.9 TCPREMOTEPORT=9 TCPREMOTEHOST=proxy.example.net
	export CLIENT_HELO=forged SASL_USERNAME=forged TLS_CIPHER=forged
	session "$(small run@example.org)" >"$work/in"
	sed -i '1s/^/PROXY TCP4 198.51.100.7 192.0.2.1 4711 25\r\n/' "$work/in"
	hold_input "${with[@]}" --proxy
	is "$(grep -v '^SMTP_' "$work/got")" 'CLIENT_ADDRESS=198.51.100.7
CLIENT_HELO=client.example.net
CLIENT_HOSTNAME=unknown
CLIENT_PORT=4711
CLIENT_PROTOCOL=ESMTP
SASL_USERNAME=
TLS_CIPHER=
TLS_PROTOCOL='
}

@test "EXTENSION is empty without a tag, and SENDER with an empty sender" {
	script "env | grep -E '^(SENDER|EXTENSION)=' | sort >$work/got"
	hold 'EHLO x\nMAIL FROM:<>\nRCPT TO:<run@example.org>\nDATA\n.\nQUIT' --commands
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" $'EXTENSION=\nSENDER='
}

@test "for a whole domain RECIPIENT is the entry, and LOCAL the actual local part" {
	script "env | grep -E '^(RECIPIENT|LOCAL|DOMAIN|EXTENSION)=' | sort >$work/got"
	echo "@Lists.Example |$work/script" >>"$users"
	sends any.body+x@lists.example
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" 'DOMAIN=lists.example
EXTENSION=x
LOCAL=any.body
RECIPIENT=@Lists.Example'
}

@test "a command after an alias gets the address of the last alias step" {
	script "env | grep -E '^(RECIPIENT|LOCAL|DOMAIN|EXTENSION)=' | sort >$work/got"
	echo 'sales@example.com run+sales@example.org' >>"$users"
	sends sales+x@example.com
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" 'DOMAIN=example.org
EXTENSION=sales
LOCAL=run
RECIPIENT=run@example.org'
}

@test "SENDER and the like in the listener's environment are ignored" {
	script "echo \"\$SENDER \$RECIPIENT \$LOCAL \$DOMAIN \$EXTENSION\" >$work/got"
	SENDER=s RECIPIENT=r LOCAL=l DOMAIN=d EXTENSION=e sends run+x@example.org
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" 'ann@example.net run@example.org run example.org x'
}

@test "each environment variable is set once" {
	script "cat /proc/\$\$/environ | tr '\\0' '\\n' | grep -cE '^(SENDER|LOCAL|DOMAIN)=' >$work/got"
	SENDER=s LOCAL=l DOMAIN=d sends run@example.org
	is "$(cat "$work/got")" 3
}

@test "shell characters in a client's addresses are not executed" {
	script "env | grep -E '^(SENDER|LOCAL|DOMAIN|EXTENSION)=' | sort >$work/got; touch $work/ran"
	echo "@example.com |$work/script" >>"$users"
	hold "EHLO \$(touch\${IFS}$work/evil)
MAIL FROM:<\"\$(touch $work/evil);|&\"@example.net>
RCPT TO:<\"\`touch $work/evil\`+'\$IFS >$work/evil\"@example.com>
DATA\n.\nQUIT" --commands
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" "DOMAIN=example.com
EXTENSION='\$IFS >$work/evil
LOCAL=\`touch $work/evil\`
SENDER=\"\$(touch $work/evil);|&\"@example.net"
	[ -e "$work/ran" ]
	[ ! -e "$work/evil" ]
}

@test "the words of a command are its arguments, without a shell" {
	cat >"$work/words" <<-'END'
		#!/usr/bin/env python3
		import os, sys
		with open(os.path.dirname(sys.argv[0]) + "/got", "w") as file:
		    print(*sys.argv[1:], sep="\n", file=file)
	END
	chmod +x "$work/words"
	lists "$work/words  -a \$HOME	'one two' * \"x\" \$(id) \`id\` ; exit 1 && > $work/evil | cat ~ \\n"
	sends run@example.org
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" "-a
\$HOME
'one
two'
*
\"x\"
\$(id)
\`id\`
;
exit
1
&&
>
$work/evil
|
cat
~
\\n"
	[ ! -e "$work/evil" ]
}

@test "a command without a slash is searched in PATH" {
	keeps
	printf 'path@example.org |script\n' >>"$users"
	PATH=$work:$PATH sends path@example.org
	is "$code $(verdict)" "0 $done"
	is "$(tail -n 1 "$work/got")" 'Hey there!'
}

@test "the output of a command goes to the log and never to the client" {
	script 'echo 250 from stdout; echo 250 from stderr >&2; exit 1'
	sends run@example.org
	is "$code $(verdict)" "0 $failed"
	refute grep -q from "$work/out"
	is "$(grep -c ' output peer=unknown id=.* text="250 from std' "$work/log")" 2
}

@test "the output of a command does not reach the connection if stderr is that" {
	needs socat
	script 'echo from stdout; echo from stderr >&2'
	command+=(--commands)
	printf '#!/bin/sh\nexec 2>&1\nexec' >"$work/serve"
	printf " '%s'" "${command[@]}" >>"$work/serve"
	chmod +x "$work/serve"
	session "$(small run@example.org)" >"$work/in"
	code=0
	timeout 20 socat -t 10 - EXEC:"$work/serve" <"$work/in" >"$work/sent" ||
		code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$code $(verdict)" "0 $done"
	refute grep -q from "$work/out"
}

@test "a command inherits stdin, stdout and stderr, and no other descriptor" {
	script "ls /proc/\$\$/fd | tr '\\n' ' ' >$work/list; exec python3 -c 'import os
print(sorted(int(f) for f in os.listdir(\"/proc/self/fd\"))[:-1])' >$work/got"
	sends all@example.org
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" '[0, 1, 2]'
}

@test "a command has no blocked or pending signals" {
	script "exec python3 -c '
for line in open(\"/proc/self/status\"):
    if line.startswith((\"SigBlk\", \"SigPnd\")):
        print(line.strip())
import subprocess
' >$work/got"
	sends run@example.org
	is "$(tr -s '\t' ' ' <"$work/got")" $'SigPnd: 0000000000000000\nSigBlk: 0000000000000000'
}

@test "exit codes 65, 67, 69, 76, 77 and 100 reject the mail permanently" {
	for status in 65 67 69 76 77 100; do
		printf '#!/bin/sh\nexit %s\n' "$status" >"$work/exit$status"
		chmod +x "$work/exit$status"
		echo "run$status@example.org |$work/exit$status" >>"$users"
		hold "$(small "run$status@example.org" bob@example.org)" --commands
		is "$status $code $(verdict)" "$status 0 $refused"
		grep -q "refused.* command=.* reply=\"$refused\".* status=$status" \
			"$work/log"
	done
	is_empty
}

@test "every other exit code rejects the mail temporarily" {
	for status in 1 2 64 66 68 70 71 72 73 74 75 78 99 101 111 126 127 128 137 255; do
		printf '#!/bin/sh\nexit %s\n' "$status" >"$work/exit$status"
		chmod +x "$work/exit$status"
		echo "run$status@example.org |$work/exit$status" >>"$users"
		hold "$(small bob@example.org "run$status@example.org")" --commands
		is "$status $code $(verdict)" "$status 0 $failed"
	done
	is_empty
}

@test "a command killed by a signal rejects the mail temporarily" {
	for signal in KILL TERM SEGV HUP; do
		printf '#!/bin/sh\nkill -%s $$\n' "$signal" >"$work/$signal"
		chmod +x "$work/$signal"
		echo "$signal@example.org |$work/$signal" >>"$users"
		hold "$(small bob@example.org "$signal@example.org")" --commands
		is "$signal $code $(verdict)" "$signal 0 $failed"
	done
	is_empty
}

@test "a missing or invalid program rejects the mail temporarily" {
	mkdir "$work/directory"
	echo 'no program' >"$work/data"
	printf '#!/nonexistent/interpreter\n' >"$work/interpreter"
	chmod +x "$work/interpreter"
	for name in nothing directory data interpreter; do
		echo "$name@example.org |$work/$name" >>"$users"
		hold "$(small bob@example.org "$name@example.org")" --commands
		is "$name $code $(verdict)" "$name 0 $failed"
		grep -q "output .*text=\"$work/$name cannot be executed: " "$work/log"
	done
	is_empty
}

@test "a command line with too many words rejects the mail temporarily" {
	lists "/bin/true$(printf ' x%.0s' $(seq 1500))"
	sends run@example.org
	is "$code $(verdict)" "0 $failed"
}

@test "a command that hangs is killed together with its children" {
	script "sleep 300 & echo \$! \$\$ >$work/ids; sleep 300"
	hold "$(small run@example.org bob@example.org)" --commands --command-time=1
	is "$code $(verdict)" "0 $failed"
	is_empty
	read -r child parent <"$work/ids"
	is_gone "$child"
	is_gone "$parent"
}

@test "a hanging command that has left its process group is killed" {
	cat >"$work/leaves" <<-'END'
		#!/usr/bin/env python3
		import os, time
		os.setpgid(0, os.getpgid(os.getppid()))
		time.sleep(60)
	END
	chmod +x "$work/leaves"
	lists "$work/leaves"
	SECONDS=0
	hold "$(small run@example.org)" --commands --command-time=1
	is "$code $(verdict)" "0 $failed"
	[ "$SECONDS" -lt 30 ]
}

@test "a hanging command that ignores SIGTERM is killed" {
	script "trap '' TERM HUP INT; while :; do sleep 1; done"
	SECONDS=0
	hold "$(small run@example.org)" --commands --command-time=1
	is "$code $(verdict)" "0 $failed"
	[ "$SECONDS" -lt 5 ]
}

@test "a stopped command is killed after --command-time" {
	script 'kill -STOP $$'
	hold "$(small run@example.org)" --commands --command-time=1
	is "$code $(verdict)" "0 $failed"
}

@test "a command has ended when its children have ended, too" {
	script "(sleep 1; touch $work/over) & touch $work/ran"
	sends all@example.org
	is "$code $(verdict)" "0 $done"
	[ -e "$work/over" ]
	is "$(count)" 1
}

@test "a child of a command that runs on is killed after --command-time" {
	script "sleep 300 & echo \$! >$work/id"
	hold "$(small all@example.org)" --commands --command-time=1
	is "$code $(verdict)" "0 $failed"
	is_gone "$(cat "$work/id")"
	is_empty
}

@test "several commands run in turn, and those after one that fails are not begun" {
	for name in a b c; do
		printf '#!/bin/sh\necho %s >>"%s"\n[ %s != "$(cat "%s")" ]\n' \
			"$name" "$work/ran" "$name" "$work/fails" >"$work/$name"
		chmod +x "$work/$name"
		echo "$name@example.org |$work/$name"
	done >"$users"
	echo bob@example.org >>"$users"
	echo none >"$work/fails"
	with=(--commands)
	sends a@example.org bob@example.org c@example.org b@example.org a@example.org
	is "$code $(verdict) $(count) $(tr -d '\n' <"$work/ran")" "0 $done 1 acb"
	echo c >"$work/fails"
	rm "$work/ran"
	sends a@example.org c@example.org bob@example.org b@example.org
	is "$code $(verdict) $(count) $(tr -d '\n' <"$work/ran")" "0 $failed 1 ac"
}

@test "--command-time is the limit of all commands of a message" {
	printf '%s\n' 'a@example.org |/bin/sleep 0.6' 'b@example.org |/bin/sleep 0.7' \
		"c@example.org |/usr/bin/touch $work/ran" bob@example.org >"$users"
	with=(--commands --command-time=1)
	sends a@example.org b@example.org c@example.org
	is "$code $(verdict)" "0 $failed"
	refute [ -e "$work/ran" ]
	hold "$(small a@example.org b@example.org c@example.org bob@example.org |
		sed s/EHLO/LHLO/)" --lmtp "${with[@]}"
	is "$(tail -n 5 "$work/out" | without_ids | cut -c 1-9 | tr '\n' ,)" \
		'250 2.0.0,451 4.3.0,451 4.3.0,250 2.0.0,221 2.0.0,'
	refute [ -e "$work/ran" ]
}

@test "SIGTERM while a command runs: those after it are not begun" {
	printf '%s\n' "a@example.org |$work/slow" \
		"b@example.org |/usr/bin/touch $work/ran" >"$users"
	printf '#!/bin/sh\ntouch "%s"\nexec sleep 1\n' "$work/runs" >"$work/slow"
	chmod +x "$work/slow"
	start --commands
	session "$(transaction a@example.org b@example.org)\nx\n.\nNOOP" >&"$to"
	await_file "$work/runs"
	kill -TERM "$pid"
	finish
	is "$code" 75
	is "$(tail -n 2 "$work/out" | cut -c 1-9 | tr '\n' ,)" '451 4.3.0,421 4.3.2,'
	refute [ -e "$work/ran" ]
}

listen_tcp() {
	exec tcpserver -HRl0 127.0.0.1 "$port" "${command[@]}"
}

@test "ten command recipients through Postfix arrive in one queue run" {
	needs tcpserver python3
	make_messages
	for n in {0..9}; do
		echo "c$n@example.org |$work/keep"
	done >"$users"
	printf '#!/bin/sh\nexec cat >"%s/got.$LOCAL"\n' "$work" >"$work/keep"
	chmod +x "$work/keep"
	command+=(--commands)
	serve listen_tcp
	start_postfix "smtp:[127.0.0.1]:$port"
	by_smtplib SMTP "$messages/plain" c{0..9}@example.org
	relayed 'removed$'
	is "$(grep -c 'status=sent (250 2.0.0 OK; Message Accepted' "$relay_log")" 10
	refute grep -q 'status=deferred' "$relay_log"
	is "$(ls "$work"/got.c? | wc -l)" 10
}

@test "the run time of a command does not count as idle time" {
	script 'sleep 2'
	hold "$(small run@example.org)" --commands --timeout=1
	is "$code $(verdict) $(last_reply)" "0 $done 221 2.0.0 mail.example.org"
}

@test "SIGTERM lets a command finish, and the mail is accepted" {
	script "touch $work/running; sleep 1; touch $work/over"
	start --commands
	session "$(small all@example.org)" >&"$to"
	await_file "$work/running"
	kill -TERM "$pid"
	finish
	[ -e "$work/over" ]
	without_ids <"$work/out" | grep -q -x "$done"
	is "$(count)" 1
}

@test "after SIGTERM a hanging command still has its full --command-time" {
	script "touch $work/running; sleep 300"
	start --commands --command-time=1
	session "$(small all@example.org)" >&"$to"
	await_file "$work/running"
	kill -TERM "$pid"
	finish
	grep -q -x "$failed" "$work/out"
	is_empty
}

@test "no Maildir has the mail while the command runs" {
	script "find $mail -type f >$work/seen; touch $work/ran"
	sends bob@example.org all@example.org carol@example.org
	is "$code $(verdict)" "0 $done"
	[ -e "$work/ran" ]
	is "$(cat "$work/seen")" ''
	is "$(count)" 2
}

@test "LMTP: no Maildir has the mail while a command runs, in any order of recipients" {
	script "find $mail -path '*/new/*' -type f >>$work/seen; touch $work/ran"
	session "$(small bob@example.org run@example.org carol@example.org)" |
		sed 's/^EHLO/LHLO/' >"$work/in"
	hold_input --commands --lmtp
	[ -e "$work/ran" ]
	is "$(without_ids <"$work/out" | grep -c -x "$done")" 3
	is "$(cat "$work/seen")" ''
}

@test "a command and a session that are killed leave no mail" {
	script "echo \$\$ >$work/id; touch $work/running; exec sleep 300"
	start --commands --lmtp
	session "$(small bob@example.org run@example.org)" | sed 's/^EHLO/LHLO/' >&"$to"
	await_file "$work/running"
	# The session, and the process that waits for the command.
	is "$(pgrep -P "$pid" | wc -l)" 2
	kill -KILL $(pgrep -P "$pid") "$pid" "$(cat "$work/id")"
	reap
	is "$(count)" 0
}

@test "a command runs once for a recipient that is given twice" {
	script "echo x >>$work/runs"
	sends run@example.org run@example.org
	is "$code $(verdict)" "0 $done"
	is "$(wc -l <"$work/runs")" 1
}

@test "LMTP: a command runs once for a recipient that is given twice" {
	script "echo x >>$work/runs"
	session "$(small run@example.org run@example.org all@example.org)" |
		sed 's/^EHLO/LHLO/' >"$work/in"
	hold_input --commands --lmtp
	is "$(without_ids <"$work/out" | grep -c -x "$done")" 3
	is "$(wc -l <"$work/runs")" 1
}

@test "LMTP: each command gets the whole message, one after the other" {
	printf '#!/bin/sh\ncat >"%s/got.$LOCAL"\n' "$work" >"$work/script"
	chmod +x "$work/script"
	lists "$work/script"
	echo "@example.com |$work/script" >>"$users"
	session "$(small run@example.org a@example.com b@example.com bob@example.org)" |
		sed 's/^EHLO/LHLO/' >"$work/in"
	hold_input --commands --lmtp
	is "$(without_ids <"$work/out" | grep -c -x "$done")" 4
	for name in run a b; do
		cmp "$work/got.$name" "$(stored)"
	done
}

@test "LMTP: each recipient gets the result of its own command" {
	for status in 0 1 65 75 100; do
		printf '#!/bin/sh\nexit %s\n' "$status" >"$work/exit$status"
		chmod +x "$work/exit$status"
		echo "x$status@example.org |$work/exit$status" >>"$users"
	done
	echo 'half@example.org dave@example.org x1@example.org' >>"$users"
	session "$(small x65@example.org bob@example.org x1@example.org \
		x0@example.org half@example.org x100@example.org x75@example.org)" |
		sed 's/^EHLO/LHLO/' >"$work/in"
	hold_input --commands --lmtp
	is "$code" 0
	is "$(tail -n 8 "$work/out" | without_ids)" "$refused
$done
$failed
$done
$failed
$refused
$failed
221 2.0.0 mail.example.org"
	is "$(stored | sed "s,^$mail/,,; s,/.*,,")" bob@example.org
	nothing_in_tmp
}

@test "each message of a session is given to the command separately" {
	script "cat >$work/got.\$SENDER"
	lines=$(transaction run@example.org)
	hold "$lines\none\n.\nMAIL FROM:<two@example.net>\nRCPT TO:<run@example.org>\nDATA\ntwo\n.\nMAIL FROM:<three@example.net>\nRCPT TO:<bob@example.org>\nRCPT TO:<run@example.org>\nDATA\nthree\n.\nQUIT" --commands
	is "$code $(without_ids <"$work/out" | grep -c -x "$done")" '0 3'
	is "$(tail -q -n 1 "$work"/got.*)" $'one\nthree\ntwo'
	is "$(count)" 1
}

@test "a command without other recipients leaves no file below the mail directory" {
	keeps
	sends run@example.org
	is "$code $(verdict)" "0 $done"
	is "$(find "$mail" -mindepth 1)" ''
}

@test "--check reports a command without --commands" {
	lists /bin/cat
	code=0
	smtp --check >"$work/out" 2>&1 || code=$?
	[ "$code" != 0 ]
	grep -q run@example.org "$work/out"
}

# Real programs.

@test "cat as a command writes the message to the log" {
	lists /bin/cat
	sends run@example.org
	is "$code $(verdict)" "0 $done"
	grep -q ' output .* text="Hey there!"$' "$work/log"
}

@test "a shell command can be given to sh -c if it contains no blanks" {
	lists "/bin/sh -c cat>$work/got;exit\${IFS}67"
	sends run@example.org
	is "$code $(verdict)" "0 $refused"
	is "$(tail -n 1 "$work/got")" 'Hey there!'
}

# dovecot-lda, run as an ordinary user.
needs_lda() {
	lda=/usr/lib/dovecot/dovecot-lda
	[ -x "$lda" ] || cannot 'dovecot-lda (dovecot-core) is not installed'
	make_public
	mail=$public/mail
	users=$public/users.txt
	cat >"$public/dovecot.conf" <<-END
		base_dir = $public/run
		state_dir = $public/state
		log_path = $public/log
		ssl = no
		mail_location = maildir:$public/box
		postmaster_address = postmaster@example.org
		hostname = mail.example.org
		lda_mailbox_autocreate = yes
		quota_full_tempfail = no
		recipient_delimiter = +
	END
	cat >"$public/lda" <<-END
		#!/bin/sh
		exec $lda -e -c $public/dovecot.conf -f "\$SENDER" -m "\${EXTENSION:-INBOX}"
	END
	chmod 755 "$public/lda"
	printf '%s\n' bob@example.org "run@example.org |$public/lda" >"$users"
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$public"
	command=(as_nobody env HOME="$public" "USER=$(as_nobody id -un)"
		"$public/smtp-stdio" --name=mail.example.org --users="$users"
		--mail="$mail" --commands)
	smtp() {
		"${command[@]}" "$@"
	}
}

@test "dovecot-lda stores the message in the folder that the tag names" {
	needs_lda
	hold "$(small run@example.org bob@example.org)"
	is "$code $(verdict)" "0 $done"
	hold "$(small run+lists@example.org bob@example.org)"
	is "$code $(verdict)" "0 $done"
	is "$(ls "$public/box/new" | wc -l) $(ls "$public/box/.lists/new" | wc -l)" '1 1'
	is "$(for file in $(stored); do # the names have no order
		cmp -s "$public"/box/new/* "$file" && echo same
	done)" same
	is "$(count)" 2
}

@test "a failure of dovecot-lda rejects the mail temporarily" {
	needs_lda
	echo >"$public/box" # a file, not a directory
	hold "$(small bob@example.org run@example.org)"
	is "$code $(verdict)" "0 $failed"
	is_empty
}

# maildrop, with $work/filter.  It is copied without its set-group-ID bit, which
# would make it ignore LD_LIBRARY_PATH.
needs_maildrop() {
	provide maildrop maildrop
	unpack courier-authlib || cannot 'courier-authlib cannot be fetched'
	cp "$cache/maildrop/usr/bin/maildrop" "$work/maildrop"
	chmod 755 "$work/maildrop"
	libs=$(find "$cache/maildrop" "$cache/courier-authlib" -name '*.so*' \
		-printf '%h\n' | sort -u | paste -s -d :)
	cat >"$work/drop" <<-END
		#!/bin/sh
		export HOME=$work LOGNAME=$(id -un) LD_LIBRARY_PATH=$libs
		exec $work/maildrop $work/filter
	END
	chmod +x "$work/drop"
	printf '%s\n' "$1" >"$work/filter"
	chmod 600 "$work/filter"
	mkdir -p "$work/box/cur" "$work/box/new" "$work/box/tmp"
	lists "$work/drop"
}

@test "maildrop stores the message" {
	needs_maildrop "to \"$work/box\""
	sends all@example.org
	is "$code $(verdict)" "0 $done"
	cmp "$(stored)" "$work"/box/new/*
}

@test "a rejection by maildrop rejects the mail permanently" {
	needs_maildrop $'EXITCODE=77\nexit'
	sends all@example.org
	is "$code $(verdict)" "0 $refused"
	is_empty
}

@test "a command creates files that only its user can read" {
	printf '#!/bin/sh\ncat >"$1"\n' >"$work/run"
	chmod +x "$work/run"
	echo "bob@example.org |$work/run $work/created" >"$users"
	hold "$(small bob@example.org)" --commands
	is "$(verdict) $(stat -c %a "$work/created")" '250 2.0.0 OK; Message Accepted 600'
}
