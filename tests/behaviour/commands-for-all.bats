#!/usr/bin/env bats
# `||` lines of users.txt: a command that runs once a message for all of its
# recipients, with the envelope on descriptor 3 as qmail-queue(8) has it.

load ../lib/helpers
load ../lib/programs

# queue NAME [LINE]: a command that keeps what it gets in $work/NAME.N, where
# N counts its runs: the message, the envelope and the environment.
queue() {
	local name=$1
	cat >"$work/$name" <<-END
		#!/bin/sh
		n=1
		while [ -e "$work/$name.\$n" ]; do n=\$((n + 1)); done
		mkdir "$work/$name.\$n" && cd "$work/$name.\$n" || exit
		env >env
		cat >message
		cat <&3 >envelope
		echo $name >>"$work/order"
		$2
	END
	chmod +x "$work/$name"
}

setup_queue() {
	queue queue "${1-}"
	printf '%s\n' bob@example.org "run@example.org ||$work/queue" \
		"ran@example.org	||  $work/queue" "@lists.example ||$work/queue" \
		'all@example.org run+all@example.org bob@example.org' >"$users"
	with=(--commands)
}

# envelope RUN: its octets, with a line end for each NUL
envelope() {
	tr '\0' '\n' <"$work/$1/envelope"
}

# envelope_is RUN SENDER RECIPIENT...: compares it octet by octet
envelope_is() {
	local run=$1
	{
		printf 'F%s\0' "$2"
		shift 2
		printf 'T%s\0' "$@"
		printf '\0'
	} >"$work/want"
	cmp "$work/want" "$work/$run/envelope" >&2 || fail "$(envelope "$run")"
}

done='250 2.0.0 OK; Message Accepted'
refused='554 5.3.0 Refused by the recipient'
failed='451 4.3.0 Could not be delivered, try again later'

@test "|| runs once for all recipients whose lines have the same words" {
	setup_queue
	sends run@example.org ran@example.org x@lists.example bob@example.org
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 ann@example.net run@example.org ran@example.org \
		x@lists.example
	cmp "$work/queue.1/message" "$(stored)"
	refute [ -e "$work/queue.2" ]
	grep -q 'accepted .* to=x@lists.example ' "$work/log"
}

@test "||: the envelope is a regular file of its own, read-only, at its start" {
	setup_queue
	cat >"$work/queue" <<-END
		#!/usr/bin/env python3
		import os, stat
		assert stat.S_ISREG(os.fstat(3).st_mode)
		assert os.fstat(3).st_ino != os.fstat(0).st_ino
		assert os.lseek(3, 0, os.SEEK_CUR) == 0 and os.lseek(0, 0, os.SEEK_CUR) == 0
		assert os.read(3, 10000) == b"Fann@example.net\0Trun@example.org\0\0"
		try:
		    os.write(3, b"x")
		except OSError:
		    open("$work/ran", "w").close()
		assert sorted(map(int, os.listdir("/proc/self/fd")))[:5] == [0, 1, 2, 3, 4]
	END
	sends run@example.org
	is "$code $(verdict)" "0 $done"
	[ -e "$work/ran" ]
}

@test "||: the variables of a single recipient are unset" {
	setup_queue
	export RECIPIENT=r LOCAL=l EXTENSION=e DOMAIN=d SENDER=s
	TCPREMOTEIP=192.0.2.7 sends run+x@example.org
	is "$code $(verdict)" "0 $done"
	is "$(grep -cE '^(RECIPIENT|LOCAL|EXTENSION|DOMAIN)=' "$work/queue.1/env")" 0
	is "$(grep -E '^(SENDER|CLIENT_ADDRESS|CLIENT_HELO|SMTP_SIZE)=' \
		"$work/queue.1/env" | sort)" "CLIENT_ADDRESS=192.0.2.7
CLIENT_HELO=client.example.net
SENDER=ann@example.net
SMTP_SIZE=$(stat -c %s "$work/queue.1/message")"
}

@test "||: recipients are as sent, with tags, or as an alias names them" {
	setup_queue
	sends Run+Tag@Example.ORG all@example.org all+x@example.org
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 ann@example.net Run+Tag@Example.ORG run+all@example.org
	is "$(count)" 1
}

@test "||: addresses are without quotes and backslashes, as in qmail" {
	setup_queue
	hold 'EHLO x\nMAIL FROM:<"a \\"b@c"@example.net>
RCPT TO:<"d e"@lists.example>\nRCPT TO:<"f\\g+\\@h"@lists.example>
RCPT TO:<"plain"@lists.example>\nRCPT TO:<plain@lists.example>\nDATA\n.\nQUIT' --commands
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 'a "b@c@example.net' 'd e@lists.example' \
		'fg+@h@lists.example' plain@lists.example
	grep -q '^SENDER="a \\"b@c"@example.net$' "$work/queue.1/env"
}

@test "||: a recipient that is given twice is there once" {
	setup_queue
	sends run@example.org x@lists.example run@example.org run+all@example.org all@example.org
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 ann@example.net run@example.org x@lists.example \
		run+all@example.org
}

@test "||: the null sender is empty" {
	setup_queue
	hold 'EHLO x\nMAIL FROM:<>\nRCPT TO:<run@example.org>\nDATA\n.\nQUIT' --commands
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 '' run@example.org
	grep -q '^SENDER=$' "$work/queue.1/env"
}

@test "||: addresses of SMTPUTF8 and address literals are as sent" {
	setup_queue
	printf '%s\n' "@[192.0.2.1] ||$work/queue" "@bücher.example ||$work/queue" >>"$users"
	hold 'EHLO x\nMAIL FROM:<jörg@bücher.example> SMTPUTF8
RCPT TO:<grün@lists.example>\nRCPT TO:<ö@bücher.example>\nRCPT TO:<x@[192.0.2.1]>\nDATA\n.\nQUIT' --commands
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 'jörg@bücher.example' 'grün@lists.example' \
		'ö@bücher.example' 'x@[192.0.2.1]'
	grep -q '^CLIENT_PROTOCOL=UTF8SMTP$' "$work/queue.1/env"
}

@test "||: an address of 1024 octets and a source route" {
	setup_queue
	long=$(printf 'x%.0s' {1..1010})@lists.example
	hold "EHLO x\nMAIL FROM:<@relay.example:ann@example.net>\nRCPT TO:<$long>\nDATA\n.\nQUIT" --commands
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 ann@example.net "$long"
}

@test "||: lines with different words run one after the other, in order" {
	setup_queue
	queue other
	printf '%s\n' "o@example.org ||$work/other" "p@example.org ||$work/other -x" >>"$users"
	sends run@example.org o@example.org ran@example.org p@example.org
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 ann@example.net run@example.org ran@example.org
	envelope_is other.1 ann@example.net o@example.org
	envelope_is other.2 ann@example.net p@example.org
	is "$(tr '\n' ' ' <"$work/order")" 'queue other other '
}

@test "|| beside | with the same words, and Maildirs" {
	setup_queue
	sed -i 's/<&3/<\&3 2>\&1/' "$work/queue"
	printf '%s\n' "one@example.org |$work/queue" "two@example.org |$work/queue" >>"$users"
	sends one@example.org run@example.org bob@example.org two@example.org ran@example.org
	is "$code $(verdict) $(count)" "0 $done 1"
	is "$(ls -d "$work"/queue.? | wc -l)" 3
	envelope_is queue.2 ann@example.net run@example.org ran@example.org
	is "$(sed -n 's/^RECIPIENT=//p' "$work/queue.1/env" "$work/queue.3/env" | tr '\n' ' ')" \
		'one@example.org two@example.org '
	for n in 1 2 3; do
		cmp "$work/queue.$n/message" "$(stored)"
	done
}

@test "||: a hundred recipients, and a thousand, run one command" {
	setup_queue
	sends x{1..100}@lists.example
	is "$code $(verdict)" "0 $done"
	envelope_is queue.1 ann@example.net x{1..100}@lists.example
	sends {a..j}{0..9}{0..9}@lists.example
	is "$code $(verdict)" "0 $done"
	envelope_is queue.2 ann@example.net {a..j}{0..9}{0..9}@lists.example
	refute [ -e "$work/queue.3" ]
}

@test "|| gets a message that came by BDAT" {
	setup_queue
	{
		session 'EHLO x\nMAIL FROM:<a@example.net>\nRCPT TO:<run@example.org>'
		printf 'BDAT 5\r\nx: y\rBDAT 8 LAST\r\n\n\r\n\0\nabc'
		session QUIT
	} >"$work/in"
	hold_input "${with[@]}"
	is "$code $(verdict)" "0 $done"
	is "$(tail -n 4 "$work/queue.1/message" | od -An -c | tr -d ' \n')" 'x:y\n\n\0\nabc'
	envelope_is queue.1 a@example.net run@example.org
}

@test "||: each message has its own envelope" {
	setup_queue
	hold "$(transaction run@example.org)\none\n.\nMAIL FROM:<b@example.net>\nRCPT TO:<x@lists.example>\nDATA\nsecond\n.\nQUIT" --commands
	is "$code $(without_ids <"$work/out" | grep -c -x "$done")" '0 2'
	envelope_is queue.1 ann@example.net run@example.org
	envelope_is queue.2 b@example.net x@lists.example
	is "$(tail -qn 1 "$work"/queue.?/message)" $'one\nsecond'
}

@test "||: its failure is that of the message, and nothing is stored" {
	setup_queue 'exit 75'
	sends bob@example.org run@example.org ran@example.org
	is "$code $(verdict) $(count)" "0 $failed 0"
	refute [ -e "$work/queue.2" ]
	setup_queue 'exit 65'
	sends bob@example.org run@example.org ran@example.org
	is "$code $(verdict) $(count)" "0 $refused 0"
}

@test "LMTP: the recipients of || share one answer" {
	setup_queue
	queue other 'echo "550 5.7.1 not these" >&2; exit 77'
	printf '%s\n' "o@example.org ||$work/other" "p@example.org ||$work/other" >>"$users"
	sends_lmtp run@example.org o@example.org bob@example.org ran@example.org p@example.org
	is "$code" 0
	is "$(tail -n 6 "$work/out" | without_ids)" "$done
550 5.7.1 not these
$done
$done
550 5.7.1 not these
221 2.0.0 mail.example.org"
	envelope_is queue.1 ann@example.net run@example.org ran@example.org
	envelope_is other.1 ann@example.net o@example.org p@example.org
	refute [ -e "$work/queue.2" ]
	refute [ -e "$work/other.2" ]
	is "$(grep -c ' accepted .*to=ra\?u\?n@example.org' "$work/log")" 2
}

@test "LMTP: a recipient whose message is refused is not in the envelope" {
	setup_queue
	printf '%s\n' 'late@example.org data 451 4.3.0 not now' \
		'both@example.org ran@example.org late@example.org' >>"$users"
	sends_lmtp run@example.org both@example.org x@lists.example
	is "$(tail -n 4 "$work/out" | without_ids | head -n 3)" "$done
451 4.3.0 not now
$done"
	envelope_is queue.1 ann@example.net run@example.org x@lists.example
}

@test "LMTP: recipients after data close or a 421 are not in the envelope" {
	setup_queue
	printf '%s\n' 'gone@example.org data close' \
		'shut@example.org data 421 4.3.0 not now' >>"$users"
	sends_lmtp run@example.org gone@example.org ran@example.org
	is "$code" 75
	envelope_is queue.1 ann@example.net run@example.org
	sends_lmtp run@example.org shut@example.org ran@example.org
	is "$code" 75
	envelope_is queue.2 ann@example.net run@example.org
	sends_lmtp gone@example.org ran@example.org
	refute [ -e "$work/queue.3" ]
}

@test "|| without --commands rejects the recipient, and a missing command is invalid" {
	setup_queue
	echo 'none@example.org ||' >>"$users"
	hold "$(small run@example.org none@example.org)"
	is "$(grep -c '^451 4.3.5' "$work/out")" 2
	sends none@example.org
	grep -q 'refused .*reason="the command is missing"' "$work/log"
}

@test "|| for everybody is an open relay and invalid" {
	setup_queue
	echo "* ||$work/queue" >>"$users"
	sends any@where.example run@example.org
	grep -q '^451 4.3.5' "$work/out"
	envelope_is queue.1 ann@example.net run@example.org
}
