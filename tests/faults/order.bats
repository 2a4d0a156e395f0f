#!/usr/bin/env bats
# The order of system calls before a 250, and that nothing remains when one of
# them fails.  strace traces the calls and makes them fail.

load ../lib/helpers


# Creates the Maildirs first, so that only the calls that store a message
# remain.
make_boxes() {
	local box
	for box; do
		mkdir -p -m 700 "$mail/$box"
		mkdir -m 700 "$mail/$box"/{cur,new,tmp}
	done
}

# Writes the session of a message to RCPT... to $work/in.
prepare() {
	make_boxes "$@"
	session "$(small "$@")" >"$work/in"
}

# refused_when INJECTION REPLY: the message of $work/in is rejected with REPLY,
# and no Maildir has it.
refused_when() {
	traced -e inject="$1"
	grep -q INJECTED "$work/trace" || fail "$1 did not happen"
	is "$code $(verdict)" "0 $2"
	is_empty
}

# The ordinal, for `when=`, of the call NAME that matches PATTERN in a session
# without failures.
find_call() {
	traced -e trace="$1"
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	find "$mail" -type f -delete
	when=$(ordinal "$1" "$2")
}

boxes=(bob@example.org carol@example.org dave@example.org)

@test "fsync of the file precedes links, links precede fsync of directories, and 250 is last" {
	needs_strace
	prepare "${boxes[@]}"
	traced
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(count)" 3

	spool=$(lines_of '[0-9] +fsync\([0-9]+<.*/mail/#[0-9]+>.*\) = 0')
	links=($(lines_of '[0-9] +linkat\(.*/new>, .*\) = 0'))
	syncs=($(lines_of '[0-9] +fsync\([0-9]+</.*/new>\) = 0'))
	yes=$(lines_of '[0-9] +write\(1<.*"250 2.0.0 OK; Message Accepted')
	is "$(wc -w <<<"$spool") ${#links[@]} ${#syncs[@]}" '1 3 3'
	is "$(grep -cE 'fsync|fdatasync|sync_file_range' "$work/trace")" 4
	written=$(lines_of ' p?write[0-9v]*\([0-9]+<.*/mail/#' | tail -n 1)
	[ "$written" -lt "$spool" ]
	[ "$spool" -lt "${links[0]}" ]
	[ "${links[2]}" -lt "${syncs[0]}" ]
	[ "${syncs[2]}" -lt "$yes" ]
	for box in "${boxes[@]}"; do
		grep -q "fsync([0-9]*<.*/$box/new>) = 0" "$work/trace"
	done
	refute grep -qE 'rename' "$work/trace"
}

@test "a new Maildir and the mail directory are synced into their parents" {
	needs_strace
	session "$(small bob@example.org)" >"$work/in"
	traced
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	here=$(realpath "$work")
	yes=$(lines_of '[0-9] +write\(1<.*"250 2.0.0 OK; Message Accepted')
	for dir in "$here" "$here/mail" "$here/mail/bob@example.org"; do
		at=$(lines_of "[0-9] +fsync\([0-9]+<$dir>\) = 0" | head -n 1)
		[ -n "$at" ] || fail "$dir is not synced"
		[ "$at" -lt "$yes" ]
	done
}

@test "with --no-sync nothing is synced" {
	needs_strace
	session "$(small "${boxes[@]}")" >"$work/in"
	with=(--no-sync)
	traced
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	refute grep -qE 'f(data)?sync\(|sync_file_range\(|syncfs\(|[ ]sync\(' \
		"$work/trace"
}

@test "a pipelined group gets its replies in one write, which the 354 ends" {
	needs_strace
	prepare "${boxes[@]}"
	traced
	grep -E '^[0-9]+ +write\(1<' "$work/trace" >"$work/writes"
	is "$(wc -l <"$work/writes")" 3
	grep -q '"220 mail.example.org ESMTP\\r\\n", ' <(sed -n 1p "$work/writes")
	grep -q '"250-mail.example.org\\r\\n.*354 Go Ahead, [^"]*\\r\\n", ' \
		<(sed -n 2p "$work/writes")
	grep -q '"250 2.0.0 OK; [^"]*\\r\\n221 2.0.0 mail.example.org\\r\\n", ' \
		<(sed -n 3p "$work/writes")
}

@test "a single command gets its reply in one write, EHLO too" {
	needs_strace
	mkfifo "$work/in"
	strace -f -y -s 4096 -o "$work/trace" -e trace=write \
		"${command[@]}" <"$work/in" >"$work/sent" 2>"$work/log" \
		3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	exec {to}>"$work/in"
	await '^220'
	say 'EHLO x\r\n'
	await '^250 HELP'
	say 'HELP\r\n'
	await '^214'
	say 'QUIT\r\n'
	finish
	is "$code $(grep -cE '^[0-9]+ +write\(1<' "$work/trace")" '0 4'
}

@test "replies are sent even if part of the next command has arrived" {
	start
	session 'EHLO x' >&"$to"
	say 'NOOP\r\nQU'
	await '^250 2.0.0 OK'
	say 'IT\r\n'
	finish
	is "$code $(last_reply)" '0 221 2.0.0 mail.example.org'
}

@test "when a link fails the links before it are removed" {
	needs_strace
	prepare "${boxes[@]}"
	refused_when linkat:error=EIO:when=2 \
		'451 4.3.0 Could not be stored, try again later'
	is "$(grep -cE ' unlinkat\(.*bob@example.org/new>, .*\) = 0' "$work/trace")" 1
}

# The first directory is synced with the name in it when the second sync fails.
@test "removed links are removed on disk" {
	needs_strace
	prepare "${boxes[@]}"
	refused_when fsync:error=EIO:when=3 \
		'451 4.3.0 Could not be stored, try again later'
	for box in "${boxes[@]}"; do
		taken=$(lines_of " unlinkat\(.*$box/new>, .*\) = 0" | tail -n 1)
		synced=$(lines_of " fsync\(.*$box/new>\) += 0" | tail -n 1)
		[ "$taken" -lt "$synced" ]
	done
	replied=$(lines_of ' write\(1<.*451 4.3.0' | tail -n 1)
	[ "$synced" -lt "$replied" ]
}

@test "when any of three links fails no Maildir has the message" {
	needs_strace
	prepare "${boxes[@]}"
	for when in 1 2 3; do
		refused_when linkat:error=ENOSPC:when=$when \
			'452 4.3.1 Insufficient storage'
	done
}

@test "when any sync fails no Maildir has the message" {
	needs_strace
	prepare "${boxes[@]}"
	for when in 1 2 3 4; do
		refused_when fsync:error=EIO:when=$when \
			'451 4.3.0 Could not be stored, try again later'
	done
}

@test "a full disk is a 452 4.3.1, and no Maildir has the message" {
	needs_strace
	prepare "${boxes[@]}"
	find_call write '<.*/mail/#'
	refused_when write:error=ENOSPC:when=$when \
		'452 4.3.1 Insufficient storage'
}

@test "an exceeded quota is a 452 4.2.2, and no Maildir has the message" {
	needs_strace
	prepare "${boxes[@]}"
	find_call write '<.*/mail/#'
	refused_when write:error=EDQUOT:when=$when \
		'452 4.2.2 Over quota, try again later'
}

@test "an I/O error is a 451 4.3.0, and no Maildir has the message" {
	needs_strace
	prepare "${boxes[@]}"
	find_call write '<.*/mail/#'
	for error in EIO ENOMEM EROFS; do
		refused_when write:error=$error:when=$when \
			'451 4.3.0 Could not be stored, try again later'
	done
}

@test "a failed write in the middle of a big message is remembered" {
	needs_strace
	make_boxes "${boxes[@]}"
	{
		session "$(transaction "${boxes[@]}")"
		seq 1 100000 | sed 's/$/\r/'
		session '.\nQUIT'
	} >"$work/in"
	find_call write '<.*/mail/#'
	refused_when write:error=ENOSPC:when=$((when + 1)) \
		'452 4.3.1 Insufficient storage'
}

@test "a limit on the file size is a 451 4.3.0, and no Maildir has the message" {
	make_boxes "${boxes[@]}"
	{
		session "$(transaction "${boxes[@]}")"
		seq 1 100000 | sed 's/$/\r/'
		session '.\nQUIT'
	} >"$work/in"
	(ulimit -f 100 && hold_input && echo "$code" >"$work/code")
	is "$(cat "$work/code") $(verdict)" \
		'0 451 4.3.0 Could not be stored, try again later'
	is_empty
}

@test "no spool file is a 452 at DATA, and the next lines are commands" {
	needs_strace
	make_boxes bob@example.org
	session "$(transaction bob@example.org)\nNOOP\nQUIT" >"$work/in"
	traced -e trace=openat
	when=$(ordinal openat O_TMPFILE)
	traced -e inject=openat:error=ENOSPC:when=$when
	is "$(tail -n 3 "$work/out")" '452 4.3.1 Insufficient storage
250 2.0.0 OK
221 2.0.0 mail.example.org'
	is_empty
}

@test "after a failure the next message of the session is stored" {
	needs_strace
	make_boxes bob@example.org
	session "$(transaction bob@example.org)\none\n.\n$(small bob@example.org)" \
		>"$work/in"
	traced -e inject=fsync:error=EIO:when=1
	is "$(grep -c '^451 4.3.0' "$work/out") $(verdict)" \
		'1 250 2.0.0 OK; Message Accepted'
	is "$(count)" 1
	refute grep -q '^one$' "$(stored)"
}

# Each call NAME of a session is interrupted once, without effect; except the
# calls of the dynamic linker, before the program starts.
is_never_an_error() {
	local n first
	needs_strace
	make_boxes bob@example.org carol@example.org
	with=(--deterministic)
	session "$(small bob@example.org carol@example.org)" >"$work/in"
	traced -e trace="$1,close_range"
	cp "$work/out" "$work/want"
	cp "$(stored | head -n 1)" "$work/message"
	find "$mail" -type f -delete
	n=$(grep -cE "^[0-9]+ +$1\(" "$work/trace")
	first=$(sed '/ close_range(/q' "$work/trace" |
		grep -cE "^[0-9]+ +$1\(" || true)
	[ "$first" -lt "$n" ]
	for ((when = first + 1; when <= n; when++)); do
		traced -e trace="$1" -e inject="$1:error=EINTR:when=$when"
		grep -q INJECTED "$work/trace"
		is "$code" 0
		cmp "$work/want" "$work/out"
		is "$(count)" 2
		cmp "$work/message" "$(stored | head -n 1)"
		nothing_in_tmp
		find "$mail" -type f -delete
	done
}

@test "an interrupted read is not an error" {
	is_never_an_error read
}

@test "an interrupted write is not an error" {
	is_never_an_error write
}

@test "an interrupted openat is not an error" {
	is_never_an_error openat
}

@test "an interrupted fsync is not an error" {
	is_never_an_error fsync
}

@test "an interrupted linkat is not an error" {
	is_never_an_error linkat
}

@test "an interrupted ppoll is not an error" {
	is_never_an_error ppoll
}

@test "an interrupted pread64 is not an error" {
	is_never_an_error pread64
}

@test "a big message is stored completely when every other write is interrupted" {
	needs_strace
	make_boxes bob@example.org
	{
		session "$(transaction bob@example.org)"
		seq 1 100000 | sed 's/$/\r/'
		session '.\nQUIT'
	} >"$work/in"
	with=(--no-sync)
	traced -e trace=write -e inject=write:error=EINTR:when=1+2
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	sed '1,/; [A-Z][a-z][a-z], .* +0000$/d' "$(stored)" | cmp - <(echo; seq 1 100000)
}

# The ordinal of the call that would create an anonymous file.
find_tmpfile() {
	traced -e trace=openat
	find "$mail" -type f -delete
	when=$(ordinal openat O_TMPFILE)
}

@test "without O_TMPFILE a name in .spool is used and removed" {
	needs_strace
	prepare "${boxes[@]}"
	find_tmpfile
	traced -e inject=openat:error=EOPNOTSUPP:when=$when
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	grep -qE ' linkat\(.*/mail/\.spool>, .*bob@example.org/new>, .*\) = 0' "$work/trace"
	is "$(count)" 3
	is "$(stat -c %h:%a "$(stored | head -n 1)")" 3:600
	is "$(sed '1,/^$/d' "$(stored | head -n 1)")" 'Hey there!'
	nothing_in_tmp
}

@test "without O_TMPFILE a rejected message leaves no name in .spool" {
	needs_strace
	prepare "${boxes[@]}"
	find_tmpfile
	traced -e inject=openat:error=EOPNOTSUPP:when=$when \
		-e inject=linkat:error=EIO:when=2
	is "$code $(verdict)" '0 451 4.3.0 Could not be stored, try again later'
	is_empty

	session "$(transaction bob@example.org)\ncut" >"$work/in"
	traced -e inject=openat:error=EOPNOTSUPP:when=$when
	is "$code" 75
	is_empty
}

@test "SIGTERM while a message is being stored: it is stored and gets its reply" {
	needs_strace
	make_boxes bob@example.org
	session "$(small bob@example.org)" | grep -v QUIT >"$work/message"
	mkfifo "$work/in"
	strace -f -y -s 4096 -o "$work/trace" \
		-e inject=fsync:delay_enter=700ms:when=1 \
		"${command[@]}" <"$work/in" >"$work/sent" 2>"$work/log" \
		3>&- 4>&- &
	pid=$!
	pids+=("$pid")
	exec {to}>"$work/in"
	cat "$work/message" >&"$to"
	await ' fsync(' "$work/trace"
	refute grep -q ' fsync(.* = 0' "$work/trace"
	kill -TERM "$(pgrep -P "$pid")"
	reap
	is "$code $(count)" '75 1'
	is "$(tail -n 2 "$work/out" | without_ids)" '250 2.0.0 OK; Message Accepted
421 4.3.2 mail.example.org Shutting down'
}

# with_mount TRACE-OPTION...: traces the session of $work/in while another file
# system is mounted on the Maildir of carol.  Copies the Maildirs to $work/seen,
# because the mount ends with its namespace.
with_mount() {
	local own=(unshare --mount)
	[ "$(id -u)" = 0 ] || own=(unshare --user --map-root-user --mount)
	mkdir -p "$mail/carol@example.org"
	"${own[@]}" mount -t tmpfs none "$mail/carol@example.org" 2>/dev/null ||
		cannot 'nothing can be mounted'
	rm -rf "$work/seen"
	code=0
	"${own[@]}" sh -c '
		mail=$1 seen=$2
		shift 2
		mount -t "${far_type:-tmpfs}" $far_options none \
			"$mail/carol@example.org" || exit 99
		"$@"
		code=$?
		cp -R "$mail" "$seen"
		find "$mail" -type f -printf "%h %n %m\n" >"$seen.list"
		exit $code' sh "$mail" "$work/seen" \
		timeout -s KILL 30 strace -f -y -s 4096 -o "$work/trace" "$@" \
		"${command[@]}" <"$work/in" >"$work/sent" 2>"$work/log" ||
		code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
}

@test "a Maildir on another file system gets a copy" {
	needs_strace
	session "$(small "${boxes[@]}")" >"$work/in"
	with_mount
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(count "$work/seen")" 3
	is "$(sed "s,^$mail/,,; s,/new,," "$work/seen.list" | sort)" \
		'bob@example.org 2 600
carol@example.org 1 600
dave@example.org 2 600'
	cmp "$work/seen"/bob@example.org/new/* "$work/seen"/carol@example.org/new/*

	# The copy's octets, its name, the directory, and the reply.
	copied=$(lines_of ' fsync\(.*/carol@example.org/new/#.*\) = 0')
	link=$(lines_of ' linkat\(.*/carol@example.org/new>, .*\) = 0')
	synced=$(lines_of ' fsync\(.*/carol@example.org/new>\) = 0')
	yes=$(lines_of ' write\(1<.*"250 2.0.0 OK; Message Accepted')
	[ "$copied" -lt "$link" ]
	[ "$link" -lt "$synced" ]
	[ "$synced" -lt "$yes" ]
}

@test "a big message is copied completely in both directions" {
	needs_strace
	for order in 'bob@example.org carol@example.org' \
		'carol@example.org bob@example.org'; do
		{
			session "$(transaction $order)"
			seq 1 100000 | sed 's/$/\r/'
			session '.\nQUIT'
		} >"$work/in"
		with_mount -e trace=none
		is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
		for box in $order; do
			sed '1,/; [A-Z][a-z][a-z], .* +0000$/d' \
				"$work/seen/$box"/new/* | cmp - <(echo; seq 1 100000)
		done
		find "$mail" -type f -delete
	done
}

@test "when a copy fails no Maildir has the message" {
	needs_strace
	session "$(small "${boxes[@]}")" >"$work/in"
	with_mount # makes the Maildirs of bob and dave
	find "$mail" -type f -delete
	mkdir -p "$mail/carol@example.org"
	with_mount -e trace=all
	find "$mail" -type f -delete
	for call in fsync linkat; do
		when=$(ordinal "$call" "carol@example.org/.*= 0$")
		cp "$work/trace" "$work/good"
		with_mount -e inject="$call:error=EIO:when=$when"
		is "$code $(verdict)" \
			'0 451 4.3.0 Could not be stored, try again later'
		is "$(cat "$work/seen.list")" ''
		cp "$work/good" "$work/trace"
	done
}

@test "a failure after a copy removes the copy" {
	needs_strace
	session "$(small "${boxes[@]}")" >"$work/in"
	with_mount
	find "$mail" -type f -delete
	with_mount
	find "$mail" -type f -delete
	when=$(ordinal linkat 'dave@example.org/new>, .*= 0$')
	with_mount -e inject="linkat:error=EIO:when=$when"
	is "$code $(verdict)" '0 451 4.3.0 Could not be stored, try again later'
	is "$(cat "$work/seen.list")" ''
	grep -q ' unlinkat(.*carol@example.org/new>, .*) = 0' "$work/trace"
}

# size_for OCTETS: a session that announces so many for the Maildir of carol.
size_for() {
	session "EHLO x\nMAIL FROM:<> SIZE=$1\nRCPT TO:<bob@example.org>\nRCPT TO:<carol@example.org>\nQUIT" \
		>"$work/in"
	with_mount -e trace=none
}

@test "SIZE= is compared with the space of a Maildir on another file system" {
	needs_strace
	export far_options='-o size=64k'
	size_for 65536
	is "$(verdict)" '250 2.1.5 Recipient <carol@example.org> OK'
	size_for 65537
	is "$(verdict)" '452 4.3.1 Insufficient storage'
	grep -q '^250 2.1.5 Recipient <bob' "$work/out"
	grep -q 'reply="452 4.3.1 .*" reason="carol@example.org: No space' "$work/log"
}

@test "SIZE= is accepted if a file system does not tell its space" {
	needs_strace
	export far_type=ramfs
	size_for 40000000
	is "$(verdict)" '250 2.1.5 Recipient <carol@example.org> OK'
}

@test "LMTP: a full disk of the first recipient refuses the message for him alone" {
	needs_strace
	export far_options='-o size=16k'
	{
		session 'LHLO x\nMAIL FROM:<>\nRCPT TO:<carol@example.org>\nRCPT TO:<bob@example.org>\nDATA'
		seq 1 20000 | sed 's/$/\r/'
		session '.\nQUIT'
	} >"$work/in"
	command+=(--lmtp)
	with_mount -e trace=none
	is "$code $(tail -n 3 "$work/out" | cut -c 1-9 | tr '\n' ' ')" \
		'0 452 4.3.1 250 2.0.0 221 2.0.0 '
	is "$(wc -l <"$work/seen.list")" 1
	grep -q 'to=carol@example.org .*reason="carol@example.org: No space' "$work/log"
}

@test "LMTP: a Maildir that failed is not tried again for each recipient" {
	needs_strace
	export far_options='-o size=16k'
	echo carol@example.org >"$users"
	seq -f 'r%g@example.org carol@example.org' 20 >>"$users"
	{
		session "LHLO x\nMAIL FROM:<>\n$(seq -f 'RCPT TO:<r%g@example.org>' 20)\nDATA"
		seq 1 20000 | sed 's/$/\r/'
		session '.\nQUIT'
	} >"$work/in"
	command+=(--lmtp)
	with_mount
	is "$(grep -c '^452 4.3.1' "$work/out")" 20
	is "$(grep -c ' linkat(.*carol@example.org/new' "$work/trace")" 1
}
