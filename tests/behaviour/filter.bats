#!/usr/bin/env bats
# --filter: what the program gets, what it decides, and what it may print
# (doc/spec.md, section 5.1).  tests/docs/recipes-filters.bats has real programs.

load ../lib/helpers
load ../lib/programs

done='250 2.0.0 OK; Message Accepted'
refused='554 5.7.1 Refused by the filter'
failed='451 4.3.0 Could not be delivered, try again later'

# filter BODY: the shell script $work/filter is the filter.
filter() {
	printf '#!/bin/sh\n%s\n' "$1" >"$work/filter"
	chmod +x "$work/filter"
	with=(--filter="$work/filter")
}

# The log lines of EVENT.
logged() {
	grep "^smtp-stdio\[[0-9]*\]: $1 " "$work/log"
}

# Adds a header field below the trace lines, as SpamAssassin does above them.
adds='echo "X-Spam-Status: No"; cat'

@test "the message is stored as it came if the filter prints nothing" {
	filter "cat >$work/got"
	sends bob@example.org
	is "$code $(verdict)" "0 $done"
	cmp "$work/got" "$(stored)"
	nothing_in_tmp
}

@test "what the filter prints is the message from then on" {
	filter "tee $work/got | sed '1iX-Spam-Status: No'"
	sends bob@example.org
	is "$code $(verdict)" "0 $done"
	is "$(head -n 1 "$(stored)")" 'X-Spam-Status: No'
	sed 1d "$(stored)" | cmp - "$work/got"
	[[ $(stored) == *,S=$(stat -c %s "$(stored)") ]]
	is "$(logged accepted | sed 's/.* size=\([0-9]*\) .*/\1/')" \
		"$(stat -c %s "$(stored)")"
	nothing_in_tmp
}

@test "output that is in a large pipe when the filter ends is stored whole" {
	filter "exec /usr/bin/env python3 -c '
import fcntl, os, sys
message = sys.stdin.buffer.read() + b\"x\" * 900000
fcntl.fcntl(1, 1031, 1 << 20)  # F_SETPIPE_SZ
os.write(1, message)'"
	sends bob@example.org
	is "$code $(verdict)" "0 $done"
	[ "$(stat -c %s "$(stored)")" -gt 900000 ]
}

@test "the filter's stdin is a file at its start, and it cannot write to it" {
	filter "exec /usr/bin/env python3 -c '
import os, stat, sys
s = os.fstat(0)
print(stat.S_ISREG(s.st_mode), s.st_size == len(os.read(0, 10000000)), os.lseek(0, 0, 0))
for fd in 0, 3:
    try:
        os.write(fd, bytes(10))
    except OSError as error:
        print(error.strerror)
print(sorted(int(f) for f in os.listdir(\"/proc/self/fd\"))[:-1])
' >$work/got"
	sends bob@example.org
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" 'True True 0
Bad file descriptor
Bad file descriptor
[0, 1, 2, 3]'
	is "$(tail -n 1 "$(stored)")" 'Hey there!'
}

@test "descriptor 3 has the recipients that would get the message" {
	printf '%s\n' 'all@example.org bob@example.org carol@example.org' \
		'none@example.org discard' '@example.com ./com/' >>"$users"
	filter "tr '\\0' '\\n' <&3 >$work/got"
	sends bob@example.org none@example.org all@example.org Any+x@example.com \
		nobody@example.net
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" 'Fann@example.net
Tbob@example.org
Tall@example.org
TAny+x@example.com'
	hold 'EHLO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nDATA\n.\nQUIT' "${with[@]}"
	is "$(verdict)" "$done"
	is "$(cat "$work/got")" $'F\nTbob@example.org'
}

@test "the environment has client and message, and no recipient" {
	filter "env | grep -E '^(SENDER|RECIPIENT|LOCAL|DOMAIN|EXTENSION|CLIENT_|SASL_|TLS_|SMTP_ID|SMTP_SIZE|TCPREMOTE)' |
		sort >$work/got"
	export TCPREMOTEIP=192.0.2.7 TCPREMOTEPORT=4711 TCPREMOTEHOST=h.example.net
	export RECIPIENT=r LOCAL=l DOMAIN=d EXTENSION=e SASL_USERNAME=forged
	sends bob@example.org
	is "$code $(verdict)" "0 $done"
	is "$(cat "$work/got")" "CLIENT_ADDRESS=192.0.2.7
CLIENT_HELO=client.example.net
CLIENT_HOSTNAME=h.example.net
CLIENT_PORT=4711
CLIENT_PROTOCOL=ESMTP
SASL_USERNAME=
SENDER=ann@example.net
SMTP_ID=$(logged accepted | sed 's/.* id=\([^ ]*\) .*/\1/')
SMTP_SIZE=$(stat -c %s "$(stored)")
TCPREMOTEHOST=h.example.net
TCPREMOTEIP=192.0.2.7
TCPREMOTEPORT=4711
TLS_CIPHER=
TLS_PROTOCOL="
}

@test "the words of --filter are an argv, without a shell" {
	printf '%s\n' '#!/bin/sh' 'printf "%s\n" "$@" >"${0%/*}/got"' >"$work/words"
	chmod +x "$work/words"
	hold "$(small bob@example.org)" --filter="$work/words  -a \$HOME	'one two' ; exit 1"
	is "$code $(verdict)" "0 $done"
	is "$(tr '\n' ' ' <"$work/got")" "-a \$HOME 'one two' ; exit 1 "
}

@test "exit codes 65, 67, 69, 76, 77, 100, 20 and 31 refuse the message" {
	for status in 65 67 69 76 77 100 20 31; do
		filter "$adds; exit $status"
		sends bob@example.org carol@example.org
		is "$status $code $(verdict)" "$status 0 $refused"
		logged refused | grep -q "command=DATA reply=\"$refused\" reason=$work/filter status=$status\$"
	done
	is_empty
}

@test "after HELO the refusal has no enhanced code" {
	filter 'exit 100'
	session "$(small bob@example.org)" | sed 's/^EHLO/HELO/' >"$work/in"
	hold_input "${with[@]}"
	is "$code $(verdict)" '0 554 Refused by the filter'
	filter 'echo "550 5.7.1 no" >&2; exit 100'
	hold_input "${with[@]}"
	is "$code $(verdict)" '0 550 no'
}

@test "every other exit code is a temporary rejection" {
	for status in 1 2 3 5 19 21 30 32 64 66 68 70 71 72 73 74 75 78 98 101 111 \
		126 127 128 137 255; do
		filter "$adds; exit $status"
		sends bob@example.org
		is "$status $code $(verdict)" "$status 0 $failed"
		logged refused | grep -q " reason=$work/filter status=$status\$"
	done
	is_empty
}

@test "a filter killed by a signal, or that cannot be started, is a temporary rejection" {
	for signal in KILL TERM SEGV HUP PIPE; do
		filter "$adds; kill -$signal \$\$"
		sends bob@example.org
		is "$signal $code $(verdict)" "$signal 0 $failed"
	done
	for name in "$work/nothing" "$work" "$users" "/bin/true$(printf ' x%.0s' {1..1500})"; do
		hold "$(small bob@example.org)" --filter="$name"
		[ "$code" = 64 ] || is "$code $(verdict)" "0 $failed"
	done
	is_empty
}

@test "exit 99 accepts the message and stores it nowhere" {
	filter "$adds; exit 99"
	with+=(--commands)
	echo "run@example.org |/usr/bin/touch $work/ran" >>"$users"
	sends bob@example.org run@example.org carol@example.org
	is "$code $(verdict)" "0 $done"
	is_empty
	[ ! -e "$work/ran" ]
	for name in bob run carol; do
		logged discarded | grep -q " from=ann@example.net to=$name@example.org"
	done
	is "$(logged accepted | wc -l)" 0
	logged session | grep -q ' stored=0 refused=0 '
	sends_lmtp bob@example.org run@example.org
	refute logged accepted
	is "$(logged discarded | wc -l)" 2
}

@test "the last line of the filter's stderr can be the reply" {
	while IFS='|' read -r status line reply; do
		filter "echo first >&2; echo 250 out; echo '$line' >&2; exit $status"
		sends bob@example.org
		is "$status $line: $code $(verdict)" "$status $line: 0 $reply"
		logged output | grep -qF "text=first"
		refute grep -q '250 out' "$work/out" "$work/log"
	done <<-END
		100|554 5.7.1 spam, 12.3 points|554 5.7.1 spam, 12.3 points
		77|550 5.7.1 no|550 5.7.1 no
		1|450 4.7.1 later|450 4.7.1 later
		99|554 5.7.1 no|$done
		100|451 4.7.1 the other class|$refused
		1|554 5.7.1 the other class|$failed
		75|421 4.3.2 would end the session|$failed
		100|spam|$refused
		100|5547 spam|$refused
		100|554|$refused
		100|554 4.7.1 mixed|$refused
	END
	is_empty
}

@test "the words of a refusal may not have octets that are not printable" {
	filter 'printf "554 5.7.1 caf\303\251\n" >&2; exit 100'
	sends bob@example.org
	is "$code $(verdict)" "0 $refused"
	filter 'printf "554 5.7.1 two\r554 lines\n" >&2; exit 100'
	sends bob@example.org
	is "$code $(verdict)" "0 $refused"
	filter 'printf "554 5.7.1 %0600d\n" 0 >&2; exit 100'
	sends bob@example.org
	is "$code $(verdict)" "0 $refused"
	filter 'printf "554 5.7.1 no end" >&2; exit 100'
	sends bob@example.org
	is "$code $(verdict)" '0 554 5.7.1 no end'
	is_empty
}

# cannot_use REASON: the message was rejected, and the log says why.
cannot_use() {
	is "$code $(verdict)" "0 $failed"
	logged refused | grep -q "reason=\"$1\"" ||
		fail "not $1:" "$(cat "$work/log")"
	is_empty
}

@test "output without our Received line, or with a shorter body, is not used" {
	lacks='the output of the filter lacks our Received line'
	shorter='the output of the filter has a shorter body'
	for script in 'echo "Subject: other"' 'sed "s/ id [^ ]*$/ id x/"' \
		'printf "\n"' 'head -c 70000 /dev/zero; cat' 'sed "1,/^$/d"'; do
		filter "$script"
		sends bob@example.org
		cannot_use "$lacks"
	done
	for script in 'sed s/Hey/He/' 'sed \$d' 'sed "/^$/q"' 'head -n -1' \
		'head -c -1' 'sed "/^$/d"' 'sed "/^Hey/d;\$a x"'; do
		filter "$script"
		sends bob@example.org
		cannot_use "$shorter"
	done
	for script in 'sed "s/there/you at/"' 'cat; echo more' 'sed "s/$/\r/"' \
		'head -c 65000 /dev/zero | tr "\0" x; echo; cat' \
		'sed "s/^Subject: x/Subject:\n y/"'; do
		filter "$script"
		sends bob@example.org
		is "$script: $code $(verdict)" "$script: 0 $done"
	done
}

@test "half a message and exit 0 is a temporary rejection" {
	filter 'head -c 300000'
	{
		session "$(transaction bob@example.org)\nSubject: x\n"
		seq 1 100000 | sed 's/$/\r/'
		session '.\nQUIT'
	} >"$work/in"
	hold_input "${with[@]}"
	cannot_use 'the output of the filter has a shorter body'
}

@test "a message without a header, or without a body, passes" {
	filter "cat"
	for lines in '' 'no header' '\n' '\n\nbody' 'Subject: x' 'Subject: x\n'; do
		hold "$(transaction bob@example.org)\n$lines\n.\nQUIT" "${with[@]}"
		is "$lines: $code $(verdict)" "$lines: 0 $done"
	done
	hold "$(transaction bob@example.org)\n.\nQUIT" "${with[@]}"
	is "$code $(verdict)" "0 $done"
	is "$(count)" 7
}

@test "output over --size and 64 KiB is not used, and its filter is killed" {
	big='the output of the filter is too big: File too large'
	filter 'cat; exec cat /dev/zero'
	with+=(--size=100K)
	SECONDS=0
	sends bob@example.org
	cannot_use "$big"
	[ "$SECONDS" -lt 20 ]
	max=$((100 * 1024 + 64 * 1024))
	filter "cat; head -c \$(($max - SMTP_SIZE)) /dev/zero"
	with+=(--size=100K)
	sends bob@example.org
	is "$code $(verdict)" "0 $done"
	is "$(stat -c %s "$(stored)")" "$max"
	rm -r "$mail"
	filter "cat; head -c \$(($max + 1 - SMTP_SIZE)) /dev/zero"
	with+=(--size=100K)
	sends bob@example.org
	cannot_use "$big"
}

@test "with --size=0 the output may have any size" {
	filter "cat; head -c 60000000 /dev/zero"
	with+=(--size=0 --no-sync)
	sends bob@example.org
	is "$code $(verdict)" "0 $done"
	[ "$(stat -c %s "$(stored)")" -gt 60000000 ]
}

@test "a filter may close its input, not read it, or close its output" {
	for script in 'exec <&-' 'exit 0' 'exec >&-' 'exec <&- >&- 2>&- 3<&-' \
		'cat; exec >&-; sleep 0.2'; do
		filter "$script"
		{
			session "$(transaction bob@example.org)\nSubject: x\n"
			seq 1 100000 | sed 's/$/\r/'
			session '.\nQUIT'
		} >"$work/in"
		hold_input "${with[@]}"
		is "$script: $code $(verdict)" "$script: 0 $done"
		is "$(tail -n 1 "$(stored)")" 100000
		rm -r "$mail"
	done
}

@test "a filter that hangs is killed after --command-time, with its children" {
	filter "sleep 300 & echo \$! \$\$ >$work/ids; trap '' TERM; $adds; sleep 300"
	SECONDS=0
	hold "$(small bob@example.org)" "${with[@]}" --command-time=1
	is "$code $(verdict)" "0 $failed"
	[ "$SECONDS" -lt 10 ]
	logged refused | grep -q " reason=$work/filter status=137\$"
	is_empty
	for id in $(cat "$work/ids"); do
		refute kill -0 "$id" 2>/dev/null
	done
}

@test "--command-time is the limit of the filter and the commands together" {
	echo "run@example.org |/usr/bin/touch $work/ran" >>"$users"
	echo 'slow@example.org |/bin/sleep 0.7' >>"$users"
	filter 'sleep 0.6'
	hold "$(small slow@example.org run@example.org)" "${with[@]}" --commands \
		--command-time=1
	is "$code $(verdict)" "0 $failed"
	[ ! -e "$work/ran" ]
}

@test "the filter is not run if nothing would be stored" {
	filter "touch $work/ran; exit 100"
	printf '%s\n' 'none@example.org discard' \
		'gone@example.org data 554 5.7.1 not you' 'lost@example.org data close' >>"$users"
	sends none@example.org
	is "$code $(verdict)" "0 $done"
	sends none@example.org none@example.org
	is "$code $(verdict)" "0 $done"
	sends bob@example.org gone@example.org
	is "$code $(verdict)" '0 554 5.7.1 not you'
	sends bob@example.org lost@example.org
	is "$code $(last_reply | cut -c 1-3)" '75 354'
	[ ! -e "$work/ran" ]
	sends_lmtp none@example.org gone@example.org
	is "$code $(tail -n 3 "$work/out" | without_ids | cut -c 1-9 | tr '\n' ' ')" \
		'0 250 2.0.0 554 5.7.1 221 2.0.0 '
	[ ! -e "$work/ran" ]
	sends none@example.org bob@example.org
	is "$code $(verdict)" "0 $refused"
	[ -e "$work/ran" ]
	is_empty
}

@test "a refused message is not given to the filter" {
	filter "touch $work/ran"
	hold "$(transaction bob@example.org)\n$(printf '%02000d' 0)\n.\nQUIT" "${with[@]}" --size=1K
	is "$code $(verdict | cut -c 1-9)" '0 552 5.3.4'
	{
		session "$(transaction bob@example.org)"
		printf 'bare\n\r\n.\r\nQUIT\r\n'
	} >"$work/in"
	hold_input "${with[@]}"
	is "$code $(verdict | cut -c 1-9)" '0 554 5.6.0'
	hold "$(transaction bob@example.org)\ncut" "${with[@]}"
	is "$code" 75
	[ ! -e "$work/ran" ]
	is_empty
}

@test "100 recipients get the filtered message, in one copy" {
	for ((n = 0; n < 100; n++)); do
		echo "u$n@example.org"
	done >"$users"
	filter "echo run >>$work/runs; $adds"
	# shellcheck disable=SC2046 # word splitting intended
	sends $(cat "$users")
	is "$code $(verdict)" "0 $done"
	is "$(count) $(wc -l <"$work/runs")" '100 1'
	is "$(stored | xargs stat -c '%i %h' | sort -u | cut -d ' ' -f 2)" 100
	is "$(stored | xargs -n 1 head -n 1 | sort -u)" 'X-Spam-Status: No'
}

@test "aliases and whole domains get the filtered message" {
	printf '%s\n' 'all@example.org bob@example.org carol@example.org' \
		'@example.com ./com/' >>"$users"
	filter "$adds"
	sends all@example.org any@example.com
	is "$code $(verdict)" "0 $done"
	is "$(stored | xargs -n 1 head -n 1 | sort | uniq -c | tr -s ' ')" \
		' 3 X-Spam-Status: No'
}

@test "LMTP: all recipients that would get it get the same answer" {
	printf '%s\n' 'none@example.org discard' \
		'gone@example.org data 550 5.7.1 not you' >>"$users"
	while IFS='|' read -r script want; do
		filter "echo run >>$work/runs; $script"
		sends_lmtp bob@example.org none@example.org gone@example.org carol@example.org
		is "$script: $(tail -n 5 "$work/out" | without_ids | cut -c 1-9 | tr '\n' ' ')" \
			"$script: $want 221 2.0.0 "
		is "$(wc -l <"$work/runs")" 1
		rm "$work/runs"
	done <<-END
		exit 100|554 5.7.1 250 2.0.0 550 5.7.1 554 5.7.1
		exit 1|451 4.3.0 250 2.0.0 550 5.7.1 451 4.3.0
		echo 552 5.3.4 big >&2; exit 77|552 5.3.4 250 2.0.0 550 5.7.1 552 5.3.4
		echo|451 4.3.0 250 2.0.0 550 5.7.1 451 4.3.0
		exit 99|250 2.0.0 250 2.0.0 550 5.7.1 250 2.0.0
	END
	is_empty
	filter "$adds"
	sends_lmtp bob@example.org none@example.org carol@example.org
	is "$(stored | xargs -n 1 head -n 1 | sort | uniq -c | tr -s ' ')" \
		' 2 X-Spam-Status: No'
	is "$(logged accepted | wc -l) $(logged discarded | wc -l)" '2 1'
}

@test "a message in BDAT chunks is filtered" {
	filter "$adds"
	printf '%b' 'EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\nBDAT 14\r\nSubject: x\r\n\r\nBDAT 0\r\nBDAT 10 LAST\r\nHey you\r\n\nQUIT\r\n' >"$work/in"
	hold_input "${with[@]}"
	is "$code $(verdict)" "0 $done"
	is "$(head -n 1 "$(stored)")" 'X-Spam-Status: No'
	filter 'exit 100'
	hold_input "${with[@]}"
	is "$code $(verdict)" "0 $refused"
}

@test "commands get the filtered message, | and ||" {
	for name in one all; do
		printf '#!/bin/sh\ncat >"%s"\n' "$work/got.$name" >"$work/$name"
		chmod +x "$work/$name"
	done
	printf '%s\n' "one@example.org |$work/one" "all@example.org ||$work/all" >>"$users"
	filter "$adds"
	with+=(--commands)
	sends one@example.org all@example.org bob@example.org
	is "$code $(verdict)" "0 $done"
	is "$(head -n 1 "$(stored)")" 'X-Spam-Status: No'
	cmp "$work/got.one" "$(stored)"
	cmp "$work/got.all" "$(stored)"
	rm "$work"/got.* "$(stored)"
	sends one@example.org all@example.org # no Maildir
	is "$code $(verdict)" "0 $done"
	is "$(head -n 1 "$work/got.one")" 'X-Spam-Status: No'
	is "$(head -n 1 "$work/got.all")" 'X-Spam-Status: No'
	rm "$work"/got.*
	filter "exit 100"
	with+=(--commands)
	sends one@example.org all@example.org bob@example.org
	is "$code $(verdict)" "0 $refused"
	[ ! -e "$work/got.one" ] && [ ! -e "$work/got.all" ]
}

@test "SMTP_SIZE of a command is the size of what it gets" {
	printf '#!/bin/sh\necho "$SMTP_SIZE" "$(wc -c)" >"%s"\n' "$work/got" >"$work/run"
	chmod +x "$work/run"
	echo "run@example.org ||$work/run" >>"$users"
	filter "$adds"
	with+=(--commands)
	sends run@example.org
	is "$code $(verdict)" "0 $done"
	read -r said got <"$work/got"
	is "$said" "$got"
}

@test "each message of a session is filtered separately" {
	filter 'sed "1iX-Got: $SENDER $(wc -c </dev/fd/0)" /dev/fd/0; [ "$SENDER" != two@example.net ] || exit 100'
	lines=$(transaction bob@example.org)
	hold "$lines\n$(seq -s '\n' 1 5000)\n.\nMAIL FROM:<two@example.net>\nRCPT TO:<bob@example.org>\nDATA\ntwo\n.\nMAIL FROM:<three@example.net>\nRCPT TO:<bob@example.org>\nDATA\nthree\n.\nQUIT" "${with[@]}"
	is "$code $(without_ids <"$work/out" | grep -cx -e "$done" -e "$refused")" '0 3'
	is "$(stored | xargs -n 1 tail -n 1)" $'5000\nthree'
	is "$(stored | xargs -n 1 head -n 1 | cut -d ' ' -f 2)" $'ann@example.net\nthree@example.net'
}

@test "no Maildir has the message while the filter runs" {
	filter "find $mail -path '*/new/*' -type f >$work/seen; $adds"
	sends bob@example.org carol@example.org
	is "$code $(verdict) $(count)" "0 $done 2"
	is "$(cat "$work/seen")" ''
}

@test "SIGTERM while the filter runs: it may finish, the message is stored" {
	filter "touch $work/running; sleep 1; $adds"
	start "${with[@]}"
	session "$(small bob@example.org)" >&"$to"
	await_file "$work/running"
	kill -TERM "$pid"
	finish
	without_ids <"$work/out" | grep -qx "$done"
	is "$(head -n 1 "$(stored)")" 'X-Spam-Status: No'
}

@test "a session that is killed while the filter runs leaves nothing" {
	filter "touch $work/running; sleep 300"
	start "${with[@]}"
	session "$(small bob@example.org)" >&"$to"
	await_file "$work/running"
	# shellcheck disable=SC2046 # word splitting intended
	kill -KILL $(pgrep -P "$pid" -f -- --filter | head -n 1)
	reap
	is "$code" 75
	is_empty
}

@test "the run time of the filter does not count as idle time" {
	filter 'sleep 2'
	hold "$(small bob@example.org)" "${with[@]}" --timeout=1
	is "$code $(verdict) $(last_reply)" "0 $done 221 2.0.0 mail.example.org"
}

@test "a filter below --mail is a wrong configuration" {
	mkdir -p "$mail/bob@example.org"
	for path in "$mail/filter" "$work/link" "$mail/bob@example.org/../filter"; do
		printf '#!/bin/sh\n' >"$mail/filter"
		chmod +x "$mail/filter"
		ln -sf "$mail/filter" "$work/link"
		hold "$(small bob@example.org)" --filter="$path"
		is "$path $code $(cat "$work/out")" \
			"$path 78 421 mail.example.org Service not available"
		code=0
		smtp --check --filter="$path" >"$work/out" 2>&1 || code=$?
		is "$path --check $code" "$path --check 78"
	done
}

@test "--filter without a value is a usage error" {
	for with in '--filter' '--filter=' '--filter= '; do
		# shellcheck disable=SC2086 # word splitting intended
		hold QUIT $with
		is "$with $code" "$with 64"
	done
}

@test "the filter's standard error is in the log, the first 100 lines of it" {
	filter 'printf "a\001b %0600d\n" 0 >&2; seq 1 1000 >&2; exit 1'
	sends bob@example.org
	is "$(verdict)" "$failed"
	is "$(logged output | wc -l)" 101
	logged output | head -n 1 | grep -qF ' text="a\x01b 000'
	logged output | tail -n 1 | grep -q ' more=901$'
	[ "$(logged output | head -n 1 | wc -c)" -lt 600 ]
}

# Both processes of a session: the monitor is $pid, the session its child.
peaks() {
	local of
	for of in "$pid" $(pgrep -P "$pid"); do
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$of/status"
	done
}

@test "a message of 50 MB needs no more memory than a small one" {
	needs_plain_build
	filter "$adds"
	start "${with[@]}" --size=60M --no-sync
	await '^220 '
	session "$(transaction bob@example.org)" >&"$to"
	await '^354'
	python3 -c 'import sys
line = b"x" * 98 + b"\r\n"
for _ in range(500):
    sys.stdout.buffer.write(line * 1000)' >&"$to"
	say '\r\n.\r\n'
	await '^250 2.0.0 OK; Message'
	peaks >"$work/peaks"
	is "$(wc -l <"$work/peaks")" 2
	while read -r kB; do
		[ "$kB" -gt 0 ] && [ "$kB" -lt 2048 ] || fail "$kB kB"
	done <"$work/peaks"
	say 'QUIT\r\n'
	finish
	is "$code $(head -n 1 "$(stored)")" '0 X-Spam-Status: No'
	is "$(stat -c %s "$(stored)" | cut -c 1-2)" 49
}

# Runs a session where no file system has O_TMPFILE.
without_tmpfile() {
	code=0
	timeout -s KILL 30 "$BATS_TEST_DIRNAME/../lib/without_tmpfile" \
		"${command[@]}" "${with[@]}" <"$work/in" >"$work/sent" \
		2>"$work/log" || code=$?
	[ "$code" != 99 ] || cannot 'there is no seccomp filter here'
	tr -d '\r' <"$work/sent" >"$work/out"
}

@test "without O_TMPFILE the filtered message has a name in .spool, and loses it" {
	filter "ls $mail/.spool >$work/names; $adds"
	{
		session "$(transaction bob@example.org carol@example.org)\nSubject: x\n"
		seq 1 100000 | sed 's/$/\r/'
		session '.\nMAIL FROM:<>\nRCPT TO:<dave@example.org>\nDATA\nx\n.\nQUIT'
	} >"$work/in"
	without_tmpfile
	is "$code $(verdict) $(count)" "0 $done 3"
	is "$(wc -l <"$work/names")" 1
	is "$(stored | xargs -n 1 head -n 1 | sort -u)" 'X-Spam-Status: No'
	is "$(stored | xargs -n 1 tail -n 1 | sort -u)" $'100000\nx'
	nothing_in_tmp
	rm -r "$mail"
	for script in 'exit 1' 'exit 99' 'echo' 'sed s/100000/1/'; do
		filter "$script"
		without_tmpfile
		is "$script: $code $(count "$mail/bob@example.org")" "$script: 0 0"
		nothing_in_tmp
	done
}

# far FUNCTION: runs $work/in with a mount on the Maildir of carol; the mail is
# copied to $work/seen, because the mount ends with its namespace.
far() {
	local own=(unshare --mount)
	[ "$(id -u)" = 0 ] || own=(unshare --user --map-root-user --mount)
	mkdir -p "$mail/carol@example.org"
	"${own[@]}" mount -t tmpfs none "$mail/carol@example.org" 2>/dev/null ||
		cannot 'nothing can be mounted'
	code=0
	"${own[@]}" sh -c '
		mail=$1 seen=$2
		shift 2
		mount -t tmpfs none "$mail/carol@example.org" || exit 99
		"$@"
		code=$?
		cp -R "$mail" "$seen"
		exit $code' sh "$mail" "$work/seen" "${command[@]}" "${with[@]}" \
		<"$work/in" >"$work/sent" 2>"$work/log" || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
}

@test "a Maildir on another file system gets a copy of the filtered message" {
	filter "$adds"
	session "$(small bob@example.org carol@example.org)" >"$work/in"
	far
	is "$code $(verdict) $(count "$work/seen")" "0 $done 2"
	is "$(stored "$work/seen" | xargs -n 1 head -n 1 | sort -u)" 'X-Spam-Status: No'
	cmp "$work/seen"/bob@example.org/new/* "$work/seen"/carol@example.org/new/*
}

# ordered PATTERN...: the first match of each is after that of the one before
ordered() {
	local pattern line last=0
	for pattern; do
		line=$(lines_of "$pattern" | awk -v last="$last" '$1 > last' | head -n 1)
		[ -n "$line" ] || fail "not after line $last: $pattern"
		last=$line
	done
}

@test "only the file that is stored is synced, after the filter and before the 250" {
	needs_strace
	filter "$adds"
	session "$(small bob@example.org)" >"$work/in"
	traced -e trace=fsync,linkat,write,execve
	is "$code $(verdict)" "0 $done"
	is "$(lines_of ' fsync\(.*/mail/#' | wc -l)" 1
	ordered 'execve\("[^"]*/filter"' ' fsync\(.*/mail/#.*\) = 0' \
		' linkat\(.*bob@example.org/new>' \
		' fsync\(.*bob@example.org/new>\) = 0' \
		' write\(1<.*"250 2.0.0 OK; Message'
}
