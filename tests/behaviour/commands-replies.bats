#!/usr/bin/env bats
# What a command may say and do: its words as the reply, its output in the
# log, and its own copy of the message.

load ../lib/helpers
load ../lib/programs
load ../lib/net

# script BODY: the shell script $work/script is the command of `run`.
script() {
	printf '#!/bin/sh\n%s\n' "$1" >"$work/script"
	chmod +x "$work/script"
	printf '%s\n' bob@example.org "run@example.org |$work/script" \
		"queue@example.org ||$work/script" >"$users"
	with=(--commands)
}

done='250 2.0.0 OK; Message Accepted'
refused='554 5.3.0 Refused by the recipient'
failed='451 4.3.0 Could not be delivered, try again later'

# says STATUS WORDS [REPLY]: the reply to a command that writes WORDS (%b) on
# standard error and exits with STATUS.
says() {
	printf '%b' "$2" >"$work/words"
	script "cat $work/words >&2; exit $1"
	sends bob@example.org run@example.org
	is "$code $(verdict)" "0 $3"
	[[ $3 == 250* ]] || is_empty
}

# Words as the reply.

@test "a refusal on standard error is the reply, if the exit code agrees" {
	says 65 '550 5.7.1 Spam, score 12.3\n' '550 5.7.1 Spam, score 12.3'
	grep -q 'refused .*reply="550 5.7.1 Spam, score 12.3" .*status=65' "$work/log"
	says 100 '599 5.999.999 x\n' '599 5.999.999 x'
	says 75 '452 4.2.2 Mailbox full\n' '452 4.2.2 Mailbox full'
	says 1 '450 4.7.1 Greylisted\n' '450 4.7.1 Greylisted'
}

@test "only the last line of standard error counts, with or without its end" {
	says 65 'a warning\n550 5.7.1 No\n' '550 5.7.1 No'
	says 65 '550 5.7.1 No' '550 5.7.1 No'
	says 65 '550 5.7.1 No\r\n' '550 5.7.1 No'
	says 65 '550 5.7.1 No\n\n\r\n' '550 5.7.1 No'
	says 65 '550 5.7.1 No\na warning\n' "$refused"
	says 65 '' "$refused"
	says 65 '\n\n' "$refused"
}

@test "words on standard output are no reply" {
	script 'echo 550 5.7.1 No; exit 65'
	sends run@example.org
	is "$code $(verdict)" "0 $refused"
}

@test "words of the other class are no reply" {
	says 65 '450 4.7.1 Not now\n' "$refused"
	says 75 '550 5.7.1 Never\n' "$failed"
	says 65 '550 4.7.1 Mixed\n' "$refused"
	says 75 '450 5.7.1 Mixed\n' "$failed"
}

@test "words of no class are no reply" {
	for words in '250 2.0.0 OK' '354 3.0.0 Go' '600 6.0.0 x' '421 4.3.0 Bye' \
		'55 5.0.0 x' '5500 5.0.0 x' '550' '550 5.7.1' '550 5.7.1 ' '550-5.7.1 x' \
		'5.7.1 No' ' 550 5.7.1 No' 'X550 5.7.1 No'; do
		says 65 "$words\n" "$refused"
		says 75 "$words\n" "$failed"
	done
}

@test "words without an enhanced code are no reply" {
	says 65 '550 No such thing\n' "$refused"
	says 75 '450 Not now\n' "$failed"
	says 65 '550 5.7 No\n' "$refused"
	says 65 '550 5.7.1.2 No\n' "$refused"
	says 65 '550 5.07.1 No\n' "$refused"
}

@test "421 does not end the session" {
	script 'echo "421 4.3.0 Bye" >&2; exit 75'
	hold "$(transaction run@example.org)\n.\nNOOP\nQUIT" --commands
	is "$code $(verdict)" '0 250 2.0.0 OK'
	grep -qx "$failed" "$work/out"
}

@test "words of 400 octets are the reply, longer ones are not" {
	words="550 5.7.1 $(printf 'x%.0s' {1..390})"
	says 65 "$words\n" "$words"
	says 65 "$words" "$words"
	says 65 "${words}x\n" "$refused"
	says 65 "$words$words\n" "$refused"
}

@test "words with control or 8-bit octets are no reply" {
	for octet in '\t' '\0001' '\0177' '\0000' '\0303\0244' '\0033[1m' 'a\rb'; do
		says 65 "550 5.7.1 a${octet}b\n" "$refused"
	done
	refute grep -q $'\033' "$work/out" "$work/log"
}

@test "words of a command that exits with 0 are no reply" {
	says 0 '550 5.7.1 No\n' "$done"
	is "$(count)" 1
}

@test "words of a command that a signal ends are a temporary reply" {
	script 'echo "450 4.3.2 Not now" >&2; kill -KILL $$'
	sends run@example.org
	is "$code $(verdict)" '0 450 4.3.2 Not now'
	grep -q ' status=137' "$work/log"
}

@test "LMTP: each recipient has the words of its command" {
	script 'echo "550 5.7.1 Not for $RECIPIENT" >&2; exit 65'
	echo "other@example.org |$work/script" >>"$users"
	sends_lmtp run@example.org bob@example.org other@example.org queue@example.org
	is "$(tail -n 5 "$work/out" | without_ids | head -n 4)" \
		"550 5.7.1 Not for run@example.org
$done
550 5.7.1 Not for other@example.org
550 5.7.1 Not for "
}

@test "after HELO the words have no enhanced code" {
	script 'echo "550 5.7.1 No" >&2; exit 65'
	session "$(small run@example.org)" | sed 's/^EHLO/HELO/' >"$work/in"
	hold_input --commands
	is "$code $(verdict)" '0 550 No'
}

@test "the first of several commands that fails decides the words" {
	script 'echo "450 4.1.1 $1" >&2; exit $2'
	printf '%s\n' "a@example.org |$work/script a 0" "b@example.org |$work/script b 75" \
		"c@example.org |$work/script c 75" >>"$users"
	sends a@example.org b@example.org c@example.org
	is "$code $(verdict)" '0 450 4.1.1 b'
}

# Output in the log.

# texts: the lines of output in the log
texts() {
	sed -n 's/.* output .* text=//p' "$work/log"
}

@test "output is one event a line, with peer and id, and escaped" {
	script "printf 'one\\ntwo words\\n\\n\\r\\nthree\\r\\n\\033[1m\"\\\\\\303\\244\\0x\\nno end'"
	TCPREMOTEIP=192.0.2.7 sends run@example.org
	is "$code $(verdict)" "0 $done"
	is "$(texts)" 'one
"two words"
three
"\x1b[1m\x22\x5c\xc3\xa4\x00x"
"no end"'
	id=$(sed -n 's/.* accepted .* id=\([^ ]*\) .*/\1/p' "$work/log")
	is "$(grep -c "^smtp-stdio\[[0-9]*\]: output peer=192.0.2.7 id=$id text=" "$work/log")" 5
	is "$(sed 's/^[^[]*\[\([0-9]*\)\].*/\1/' "$work/log" | sort -u | wc -l)" 1
}

@test "output cannot look like another event" {
	script 'printf "smtp-stdio[1]: accepted peer=192.0.2.1\nsmtp-stdio[1]: failed peer=x\n" >&2'
	sends run@example.org
	is "$(grep -c '^smtp-stdio\[[0-9]*\]: output ' "$work/log")" 2
	is "$(grep -cE '^smtp-stdio\[[0-9]*\]: (accepted|session|failed) ' "$work/log")" 2
}

@test "the first 100 lines of output are logged, and how many more" {
	script 'seq 100; seq 350 >&2'
	sends run@example.org
	is "$code $(verdict)" "0 $done"
	is "$(texts | sort -n | tr '\n' ' ')" \
		"$(printf '%s\n' {1..100} {1..100} | sort -n | tr '\n' ' ')"
	is "$(grep -c ' output peer=.* id=[^ ]* more=250$' "$work/log")" 1
	is "$(grep -c 'more=' "$work/log")" 1
}

@test "the last line of much output is the reply" {
	script 'seq 100000 >&2; echo 550 5.7.1 No >&2; exit 65'
	sends run@example.org
	is "$code $(verdict)" '0 550 5.7.1 No'
}

@test "a megabyte of output without a line end is one line, cut" {
	script 'head -c 1000000 /dev/zero | tr "\0" x; head -c 1000000 /dev/zero | tr "\0" y >&2; exit 65'
	sends run@example.org
	is "$code $(verdict)" "0 $refused"
	is "$(texts | cut -c -4 | sort)" $'"xxx\n"yyy'
	[ "$(wc -c <"$work/log")" -lt 2000 ]
}

@test "output without end is read until --command-time" {
	script 'exec yes'
	with+=(--command-time=1)
	sends run@example.org
	is "$code $(verdict)" "0 $failed"
	is "$(texts | wc -l)" 100
	grep -q ' output .* more=[0-9]*$' "$work/log"
	grep -q ' status=137' "$work/log"
	script 'exec cat /dev/zero >&2'
	with+=(--command-time=1)
	sends run@example.org
	is "$code $(verdict)" "0 $failed"
}

@test "a command may close its output, or read from it" {
	script 'exec >&- 2>&-; sleep 0.2; touch "$0.ran"'
	sends run@example.org
	is "$code $(verdict)" "0 $done"
	[ -e "$work/script.ran" ]
	script 'cat <&1; cat <&2; exit 0'
	sends run@example.org
	is "$code $(verdict)" "0 $done"
}

@test "behind a proxy output has the address of the client" {
	script 'echo hello'
	session "$(small run@example.org)" >"$work/in"
	sed -i '1s/^/PROXY TCP4 198.51.100.7 192.0.2.1 4711 25\r\n/' "$work/in"
	TCPREMOTEIP=192.0.2.9 hold_input "${with[@]}" --proxy
	grep -q ' output peer=198.51.100.7 .* text=hello$' "$work/log"
}

# The program under inetd: standard error is the connection, the log is syslog.
under_inetd() {
	python3 - "$work" "$@" <<-'END'
		import os, socket, subprocess, sys
		work, *command = sys.argv[1:]
		log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		log.bind(work + "/syslog")
		ours, theirs = socket.socketpair()
		mounts = 'mount -t tmpfs none /dev && touch /dev/log /dev/null && ' \
		    'mount --bind "$0/syslog" /dev/log && exec "$@"'
		process = subprocess.Popen(
		    ["unshare", *["-r"] * bool(os.getuid()), "-m", "sh", "-c", mounts, work, *command],
		    stdin=theirs, stdout=theirs, stderr=theirs)
		theirs.close()
		with open(work + "/in", "rb") as file:
		    ours.sendall(file.read())
		with open(work + "/sent", "wb") as file:
		    while octets := ours.recv(4096):
		        file.write(octets)
		log.setblocking(False)
		with open(work + "/log", "wb") as file:
		    try:
		        while line := log.recv(8192):
		            file.write(line.rstrip(b"\0\n") + b"\n")
		    except BlockingIOError:
		        pass
		sys.exit(process.wait())
	END
}

@test "under inetd output goes to syslog, with the peer" {
	unshare -r -m true 2>/dev/null || cannot 'there are no namespaces'
	script 'echo from stdout; echo 550 5.7.1 from stderr >&2; exit 65'
	session "$(small run@example.org)" >"$work/in"
	code=0
	TCPREMOTEIP=192.0.2.7 under_inetd "${command[@]}" --commands || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
	is "$code $(verdict)" '0 550 5.7.1 from stderr'
	refute grep -q 'from stdout' "$work/out"
	is "$(grep -c '^<22>.*smtp-stdio\[[0-9]*\]: output peer=192.0.2.7 id=.* text=".*from std...*"$' \
		"$work/log")" 2
}

# A copy of its own.

@test "what a command does to its standard input reaches no other command" {
	cat >"$work/spoils" <<-END
		#!/usr/bin/env python3
		import os, sys
		with open("$work/before." + os.environ["LOCAL"], "wb") as file:
		    file.write(os.pread(0, 1000000, 0))
		os.lseek(0, 7, os.SEEK_SET)
		os.read(0, 100)
		for spoil in (lambda: os.write(0, b"spoilt"), lambda: os.ftruncate(0, 3),
		              lambda: os.pwrite(0, b"spoilt", 0),
		              lambda: open("/proc/self/fd/0", "r+b").write(b"spoilt"),
		              lambda: open("/proc/self/fd/0", "wb").write(b"spoilt")):
		    try:
		        spoil()
		    except OSError:
		        pass
	END
	chmod +x "$work/spoils"
	printf '%s\n' bob@example.org "a@example.org |$work/spoils" "b@example.org |$work/spoils x" \
		"c@example.org |$work/spoils" >"$users"
	printf '#!/bin/sh\ncat >"%s"; cat <&3 >"%s"\n' "$work/message" "$work/envelope" >"$work/all"
	chmod +x "$work/all"
	echo "d@example.org ||$work/all" >>"$users"
	with=(--commands)
	sends a@example.org b@example.org d@example.org bob@example.org c@example.org
	is "$code $(verdict)" "0 $done"
	is "$(tail -n 1 "$(stored)")" 'Hey there!'
	for name in a b c; do
		cmp "$work/before.$name" "$(stored)"
	done
	cmp "$work/message" "$(stored)"
	is "$(tr '\0' ' ' <"$work/envelope")" 'Fann@example.net Td@example.org  '
}

@test "a command that reads nothing, or half, gets its mail all the same" {
	script 'exec true'
	sends run@example.org
	is "$code $(verdict)" "0 $done"
	script 'head -c 5 >/dev/null'
	sends run@example.org queue@example.org bob@example.org
	is "$code $(verdict) $(count)" "0 $done 1"
}
