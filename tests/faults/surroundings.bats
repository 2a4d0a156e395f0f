#!/usr/bin/env bats
# Hostile environments: variables, arguments, descriptors, directories.

load ../lib/helpers
load ../lib/net

variables=(TCPREMOTEIP REMOTE_ADDR SOCAT_PEERADDR NCAT_REMOTE_ADDR REMOTE_HOST
	TCPREMOTEPORT REMOTE_PORT SOCAT_PEERPORT NCAT_REMOTE_PORT)

# 100000 octets of all that an environment variable can hold.
hostile_value() {
	python3 -c '
import sys
octets = bytes(range(1, 256)) + b"\r\n250 HOSTILE\r\n\x1b[2J${IFS}$(x)`x`%n%s"
sys.stdout.buffer.write((octets * 400)[:100000] + b"HOSTILE")'
}

# hold_with VARIABLE...: plays a session with hostile values of these.
hold_with() {
	local name
	for name; do
		export "$name=$value"
	done
	hold "$(small bob@example.org)\nFOO\nQUIT"
	unset "$@"
}

is_unknown() {
	is "$code $(count)" '0 1'
	grep -q ' session peer=unknown port=0 ' "$work/log"
	grep -q '^Received: from client.example.net (\[unknown\])$' "$(stored)"
	refute grep -q HOSTILE "$work/log" "$(stored)" "$work/out"
	refute grep -q '[^ -~]' "$work/log"
	[ "$(wc -c <"$work/log")" -lt 1000 ]
	rm "$(stored)"
}

@test "a peer address or port of 100000 hostile octets is logged as unknown" {
	value=$(hostile_value)
	for name in "${variables[@]}"; do
		hold_with "$name"
		is_unknown
	done
	hold_with "${variables[@]}"
	is_unknown
}

@test "an address with 100000 hostile octets before or after it is logged as unknown" {
	for value in "192.0.2.1$(hostile_value)" "$(hostile_value)192.0.2.1" \
		"[::1]$(hostile_value)" "fe80::1 $(hostile_value)"; do
		hold_with TCPREMOTEIP SOCAT_PEERADDR
		is_unknown
	done
}

@test "a hostile port does not affect the address" {
	value=$(hostile_value)
	TCPREMOTEIP=192.0.2.1 hold_with TCPREMOTEPORT
	grep -q ' session peer=192.0.2.1 port=0 ' "$work/log"
	refute grep -q HOSTILE "$work/log"
}

# The variables must not change the session.
same_as_ever() {
	is "$code" 0
	cmp "$work/want" "$work/sent"
	cmp "$work/message" "$(stored)"
	rm "$(stored)"
}

@test "other environment variables, or none, do not change a session" {
	needs_plain_build # the loader of a dynamic program reads variables
	session "$(small bob@example.org)" >"$work/in"
	command+=(--deterministic)
	hold_input
	cp "$work/sent" "$work/want"
	mv "$(stored)" "$work/message"
	program=("${command[@]}")

	value=$(hostile_value)
	command=(env)
	for name in PATH HOME LANG LC_ALL TZ TMPDIR POSIXLY_CORRECT LD_PRELOAD \
		LD_LIBRARY_PATH JOURNAL_STREAM LISTEN_FDS SMTP_STDIO_PEER; do
		command=(env "$name=$value" "${program[@]}")
		hold_input
		same_as_ever
	done
	command=(env TZ=Asia/Tokyo LANG=de_DE.UTF-8 POSIXLY_CORRECT=1
		SMTP_STDIO_PEER=192.0.2.9 SMTP_STDIO_START=1 "${program[@]}")
	hold_input
	same_as_ever
	command=(env -i "${program[@]}")
	hold_input
	same_as_ever
}

@test "a thousand options are accepted, and the last one is used" {
	mapfile -t many < <(seq -f '--size=%g' 1 1000)
	hold "$(transaction bob@example.org)\n$(printf '%0990d' 0)\n.\nQUIT" \
		"${many[@]}"
	is "$(verdict) $(count)" '250 2.0.0 OK; Message Accepted 1'
	hold QUIT "${many[@]}" --nonsense "${many[@]}"
	is "$code $(cat "$work/out")" '64 '
	hold QUIT "--name=$(hostile_value)"
	is "$code $(cat "$work/out")" '64 '
	[ "$(wc -c <"$work/log")" -lt 1000 ]
}

@test "a program with an empty argv[0] works" {
	session "$(small bob@example.org)" >"$work/in"
	code=0
	(exec -a '' "${command[@]}" <"$work/in" >"$work/sent" 2>"$work/log") ||
		code=$?
	is "$code $(count)" '0 1'
}

@test "input that is at its end gets the greeting only" {
	code=0
	smtp </dev/null >"$work/out" 2>"$work/log" || code=$?
	is "$code $(cat "$work/out")" $'0 220 mail.example.org ESMTP\r'
}

# broken COMMAND...: the session fails at once and stores nothing.
broken() {
	code=0
	"$@" 2>"$work/log" || code=$?
	is "$code $(count)" '74 0'
	[ -s "$work/log" ] || fail "stderr is empty"
}

@test "descriptors that cannot be read or written are exit 74, at once" {
	session "$(small bob@example.org)" >"$work/in"
	broken smtp <"$work" >"$work/out"
	broken smtp 0>"$work/x" >"$work/out"
	broken smtp <"$work/in" 1</dev/null
	broken smtp <"$work/in" 1<"$work"
}

@test "a log that cannot be written costs no mail" {
	session "$(small bob@example.org)" >"$work/in"
	mkfifo "$work/pipe"
	exec {reader}<>"$work/pipe" {writer}>"$work/pipe" {reader}<&-
	exec {full}>/dev/full {folder}<"$work" # a directory cannot be written
	for log in "$writer" "$full" "$folder"; do
		smtp <"$work/in" >"$work/sent" 2>&"$log"
		is "$(count)" 1
		rm "$(stored)"
	done
	exec {writer}>&- {full}>&- {folder}<&-
}

@test "a removed current directory does not affect absolute paths" {
	mkdir "$work/gone"
	hold_there() {
		cd "$work/gone" && rmdir "$work/gone" && hold "$@"
	}
	hold_there "$(small bob@example.org)"
	is "$code $(count)" '0 1'
	hold QUIT --mail=mail
	is "$code $(cat "$work/out")" \
		'78 421 mail.example.org Service not available'
	hold QUIT --users=users.txt
	is "$code" 78
	cd /
}

@test "a Maildir that is a loop of links fails alone" {
	hold "$(small bob@example.org)"
	for loop in "$mail/bob@example.org" "$mail/bob@example.org/new" \
		"$mail/bob@example.org/tmp"; do
		rm -rf "$mail"
		mkdir -p "$mail/bob@example.org"/{new,tmp,cur}
		rm -r "$loop"
		ln -s "$(basename "$loop")" "$loop"
		hold "$(transaction bob@example.org carol@example.org)\nHey\n.\nQUIT"
		grep -q '^451 4.3.5 ' "$work/out"
		is "$(verdict) $(count)" '250 2.0.0 OK; Message Accepted 1'
		is "$(count "$mail/carol@example.org")" 0 # it is in new/ there
		[[ $(stored) == "$mail"/carol@example.org/new/* ]]
	done
}

@test "a mail directory that is renamed during a session keeps its mail" {
	start
	session "$(transaction bob@example.org)" >&"$to"
	await '^354'
	mv "$mail" "$work/moved"
	mkdir "$mail"
	session 'Hey there!\n.' >&"$to"
	await '^250 2.0.0 OK; Message'
	is "$(count) $(count "$work/moved")" '0 1'
	session "$(small carol@example.org)" >&"$to"
	finish
	is "$code $(count) $(count "$work/moved")" '0 0 2'
}

@test "a mail directory that is removed during a session is a 451 without a crash" {
	start
	session 'EHLO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>' >&"$to"
	await '^250 2.1.5'
	rm -rf "$mail"
	mkdir "$mail"
	session 'DATA\nRSET\nMAIL FROM:<>\nRCPT TO:<carol@example.org>\nQUIT' >&"$to"
	finish
	is "$code" 0
	is "$(grep -c '^451 4.3.0 ' "$work/out")" 1
	is "$(grep -c '^451 4.3.5 ' "$work/out")" 1
	is_empty
}

@test "a read-only mail directory is a 421 at the start, and a 451 later" {
	needs_root
	unshare --mount true 2>/dev/null || cannot 'mounts are not permitted'
	mkdir "$mail"
	command=(unshare --mount sh -c 'mount -t tmpfs tmpfs "$0" && exec "$@"'
		"$mail" "${command[@]}")
	start
	await '^220'
	session 'EHLO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>' >&"$to"
	await '^250 2.1.5'
	nsenter --mount --target "$pid" mount -o remount,ro "$mail"
	session 'DATA\nRSET\nMAIL FROM:<>\nRCPT TO:<carol@example.org>\nQUIT' >&"$to"
	finish
	is "$code" 0
	is "$(grep -c '^451 4.3.0 ' "$work/out")" 1
	is "$(grep -c '^451 4.3.5 ' "$work/out")" 1

	rm "$work/in"
	command[4]='mount -t tmpfs -o ro tmpfs "$0" && exec "$@"'
	hold QUIT
	is "$code $(cat "$work/out")" \
		'78 421 mail.example.org Service not available'
}
