#!/usr/bin/env bats
# Power cuts: a message answered 250 remains, a rejected one does not, and no
# message is incomplete.

load ../lib/helpers

boxes=(bob@example.org carol@example.org)

# cut WHEN [COMMAND...]: cuts the power when a reply matches WHEN in the session
# of $work/in, run below COMMAND.  The remaining files are in $left.
cut() {
	local when=$1
	shift
	[ "$(id -u)" = 0 ] || cannot 'it takes root to mount'
	left=$work/after/mail
	code=0
	timeout -s KILL 60 "$BATS_TEST_DIRNAME/power" "$work" "$when" "$@" \
		"${command[@]}" --mail="$work/disk/mail" "${with[@]}" ||
		code=$?
	[ ! -e "$work/impossible" ] || cannot "$(cat "$work/impossible")"
	is "$code" 0
}

# A message to RCPT... that fills the buffer of the program several times; its
# lines are in $work/body.
prepare() {
	seq -f 'line %g of a message' 10000 >"$work/body"
	{
		session "$(transaction "$@")"
		sed 's/$/\r/' "$work/body"
		session .
	} >"$work/in"
}

has_it_whole() {
	local files=("$left/$1"/new/*)
	[ "${#files[@]}" = 1 ] && [ -f "${files[0]}" ] ||
		fail "$1 has not one message: ${files[*]}" "$(cat "$work/out")"
	sed '1,/; [A-Z][a-z][a-z], .* +0000$/d' "${files[0]}" |
		cmp - <(echo; cat "$work/body") # it has no header
}

all_have_it() {
	local box
	grep -q '^250 2.0.0 OK; Message Accepted' "$work/out"
	for box in "${boxes[@]}"; do
		has_it_whole "$box"
	done
}

# Each Maildir has either the complete message or none.
nobody_has_part() {
	local box
	for box in "${boxes[@]}"; do
		[ -z "$(find "$left/$box/new" -type f 2>/dev/null)" ] ||
			has_it_whole "$box"
	done
}

yes='^250 2.0.0 OK; Message Accepted'

# A command beside Maildirs: it adds the message to a file of its own on the
# disk, and syncs that.
with_command() {
	cat >"$work/keep" <<-END
		#!/bin/sh
		cat >>"$work/disk/kept" && sync "$work/disk/kept" "$work/disk"
	END
	chmod +x "$work/keep"
	echo "run@example.org |$work/keep" >>"$users"
	with+=(--commands)
	prepare run@example.org "${boxes[@]}"
}

command_has_run() {
	is "$(grep -c '^Return-Path: ' "$work/after/kept")" "$1"
	grep -qx 'line 10000 of a message' "$work/after/kept"
}

@test "the first message for new Maildirs survives a power cut" {
	prepare "${boxes[@]}"
	cut "$yes"
	all_have_it
}

@test "a message in chunks survives a power cut" {
	prepare "${boxes[@]}"
	sed 's/$/\r/' "$work/body" >"$work/chunk"
	size=$(stat -c %s "$work/chunk")
	{
		session "$(transaction "${boxes[@]}" | sed 's/\\nDATA$//')"
		printf 'BDAT 70000\r\n'
		head -c 70000 "$work/chunk"
		printf 'BDAT %d LAST\r\n' $((size - 70000))
		tail -c +70001 "$work/chunk"
	} >"$work/in"
	cut "$yes"
	all_have_it
}

@test "an LMTP message survives a power cut" {
	prepare "${boxes[@]}"
	sed -i '1s/EHLO/LHLO/' "$work/in"
	with=(--lmtp)
	cut "$yes"
	all_have_it
}

@test "a message with a named spool file survives a power cut" {
	needs_strace
	prepare "${boxes[@]}"
	cut "$yes" strace -f -o "$work/trace" -e inject=access:error=ENOENT
	grep -q '"\.spool"' "$work/trace"
	all_have_it
}

@test "messages survive a power cut on other file systems with a journal" {
	prepare "${boxes[@]}"
	for fs in xfs btrfs; do
		FS=$fs cut "$yes"
		all_have_it
	done
}

@test "with --no-sync a message is lost, which shows that these tests can fail" {
	local i
	with=(--no-sync)
	prepare "${boxes[@]}"
	for i in 1 2 3 4 5; do # a sync of another process may save it
		cut "$yes"
		(all_have_it) 2>/dev/null || return 0
	done
	fail 'it survived without a sync'
}

@test "a message for a command and two Maildirs survives a power cut" {
	with_command
	cut "$yes"
	all_have_it
	command_has_run 1
}

@test "an LMTP message for a command and two Maildirs survives a power cut" {
	with=(--lmtp)
	with_command
	sed -i '1s/EHLO/LHLO/' "$work/in"
	cut 'never'
	is "$(grep -c "$yes" "$work/out")" 3
	all_have_it
	command_has_run 1
}

@test "with --no-sync a message beside a command is lost" {
	local i
	with=(--no-sync)
	with_command
	for i in 1 2 3 4 5; do # a sync of the command may save it
		cut "$yes"
		command_has_run 1
		(all_have_it) 2>/dev/null || return 0
	done
	fail 'it survived without a sync'
}

# refused_when INJECTION...: the message is rejected, and no Maildir has it
# after an immediate power cut.
refused_when() {
	local injection options=()
	for injection; do
		options+=(-e inject="$injection")
	done
	cut '^45' strace -f -y -o "$work/trace" "${options[@]}"
	grep -q '^451 4.3.0 ' "$work/out"
	grep -q INJECTED "$work/trace"
	is "$(stored "$left")" ''
}

# The ordinal of the sync of the second Maildir's new/.
find_second_sync() {
	needs_strace
	prepare "${boxes[@]}"
	cut "$yes" strace -f -y -o "$work/trace"
	when=$(ordinal fsync '/carol@example.org/new>')
}

@test "a message that is rejected because of a failed link is gone after a power cut" {
	needs_strace
	prepare "${boxes[@]}"
	refused_when linkat:error=EIO:when=2
}

@test "a message that is rejected with links on disk is gone after a power cut" {
	find_second_sync
	refused_when "fsync:error=EIO:when=$when"
}

@test "after a power cut at any call each Maildir has the complete message or none" {
	needs_strace
	prepare "${boxes[@]}"
	cut "$yes" strace -f -o "$work/trace" -e trace=mkdirat,write,fsync,linkat
	cp "$work/trace" "$work/calls"
	for call in mkdirat write fsync linkat; do
		n=$(grep -cE "^[0-9]+ +$call\(" "$work/calls")
		for ((when = 1; when <= n; when++)); do
			cut "$yes" strace -f -o "$work/trace" -e trace=none \
				-e inject="$call:signal=SIGKILL:when=$when"
			nobody_has_part
			refute grep -q "$yes" "$work/out" || all_have_it
		done
	done
}

@test "after a power cut at any call of a session with a command it is the same" {
	local inject=${O:-$BATS_TEST_DIRNAME/../../build}/inject process call n when
	with_command
	cut "$yes" "$inject" "$work/trace" --
	all_have_it
	cp "$work/trace" "$work/calls"
	for process in 1 1.1 1.2; do # the monitor, the session, the command's
		for call in mkdirat write fsync linkat; do
			n=$(grep -c "^$process $call(" "$work/calls") || continue
			for ((when = 1; when <= n; when++)); do
				cut "$yes" "$inject" "$work/trace" \
					"$process:$call:SIGKILL:$when" --
				grep -q INJECTED "$work/trace"
				nobody_has_part
				refute grep -q "$yes" "$work/out" || {
					all_have_it
					command_has_run 1
				}
			done
		done
	done
}
