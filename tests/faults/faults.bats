#!/usr/bin/env bats
# System calls fail during a session; the replies must be true.
# tests/faults/faults plays the sessions and defines that; `make faults` fails
# every call.

load ../lib/helpers

# faults OPTION...: plays the sessions; the results are in $work/tap.
faults() {
	"$BATS_TEST_DIRNAME/faults" "$@" "${command[0]}" >"$work/tap" 2>&1 ||
		fail "$*" "$(cat "$work/tap")"
}

# answers yes|no: counts the recipients with that final reply.
answers() {
	awk -v word="$1" '/^ok/ { for (i = 2; i <= NF; i++)
		if (index($i, word) == 1) n += $(i - 1) } END { print n + 0 }' "$work/tap"
}

# Without strace each scenario has two messages for two recipients.
all_said_yes() {
	is "$(answers yes) $(answers no)" "$((4 * $(grep -c '^ok' "$work/tap"))) 0"
}

# with_own_mounts SCRIPT ARGUMENT...: runs SCRIPT, which may mount file systems
# and call `faults` as above.  Without root some mounts are impossible.
with_own_mounts() {
	local own=(unshare --mount)
	[ "$(id -u)" = 0 ] || own=(unshare --user --map-root-user --mount)
	"${own[@]}" mount -t tmpfs none "$work" 2>/dev/null ||
		cannot 'nothing can be mounted'
	export BATS_TEST_DIRNAME work
	"${own[@]}" bash -euc "command=('${command[0]}')
		$(declare -f fail is faults answers all_said_yes)
		$1"
}

@test "a sample of failing and fatal system calls: the replies are true" {
	faults --sample=200
	[ "$(awk '/^ok/ { n += $5 } END { print n }' "$work/tap")" -gt 150 ]
}

@test "inject lets a call fail in one process" {
	cd "$work"
	local inject=${O:-$BATS_TEST_DIRNAME/../../build}/inject
	script='echo 1 >a; (echo 2 >b); (echo 3 >c)'
	"$inject" trace 1.2:write:SHORT:1 -- sh -c "$script"
	is "$(wc -c a b c | awk '{ printf "%s ", $1 }')" '2 2 2 6 '
	grep -qx '1.2 write(1) INJECTED' trace
	"$inject" trace 1.1:write:ENOSPC:1 -- sh -c "$script" 2>"$work/said"
	is "$(wc -c a b c | awk '{ printf "%s ", $1 }')" '2 0 2 4 '
	code=0
	"$inject" trace 1:write:SIGKILL:1 -- sh -c "$script" || code=$?
	is "$code" 137
	"$inject" trace -- sh -c '(sleep 2.5) & exit'
	grep -q '^left 1' trace
}

# liar WHAT SCRIPT: SCRIPT wraps the program, with its mail in $mail; `faults`
# must report WHAT.
liar() {
	cat >"$work/liar" <<-END
		#!/bin/bash
		for word; do case \$word in --mail=*) mail=\${word#*=} ;; esac; done
		smtp() { '$(realpath "${command[0]}")' "\$@"; }
		some=\$mail/bob@x.org/new
		$2
	END
	chmod +x "$work/liar"
	refute "$BATS_TEST_DIRNAME/faults" --as-is "$work/liar" \
		>"$work/tap" 2>/dev/null
	grep -q "^# .*$1" "$work/tap" || fail "not '$1':" "$(cat "$work/tap")"
}

@test "faults detects a program with false replies" {
	liar '0 times (yes' 'smtp "$@"; rm "$some"/*'
	liar '2 times (yes' 'smtp "$@"; for f in "$some"/*; do cp "$f" "$f.2"; done'
	liar 'part of a message' 'smtp "$@"; truncate -s -1 "$some"/*'
	liar 'part of a message' 'smtp "$@"; echo x | tee -a "$some"/*'
	liar 'tmp/x remains' 'smtp "$@"; touch "$some/../tmp/x"'
	liar '1 times (no' 'smtp "$@" | sed -u "s/^250 2.0.0 OK;.*/451 4.3.0 x\r/"'
	liar '.554 5.3.0.* to end' \
		'smtp "$@" | sed -u "s/^250 2.0.0 OK;.*/554 5.3.0 x\r/"'
	liar 'no reply to MAIL' \
		'printf "220 x\r\n"; read -r l; printf "250 x\r\n"; read -r l'
	liar 'no reply to the greeting' 'exit 0'
	liar 'exit code 3' 'smtp "$@"; exit 3'
	liar 'exit code -11' 'smtp "$@"; kill -SEGV $$'
	liar 'exit code 0 behind .S: 421' 'printf "421 x\r\n"'
}

@test "descriptors run out: the replies are true" {
	needs_plain_build # sanitizers need descriptors themselves
	for n in 3 4 5 6; do
		faults --below="prlimit --nofile=$n"
		is "$n $(answers yes)" "$n 0"
	done
	faults --below='prlimit --nofile=7'
	[ "$(answers yes)" -gt 20 ]
	faults --below='prlimit --nofile=16'
	all_said_yes
}

@test "a limit on the file size: the replies are true" {
	for n in 0 300 65535 65536 65537 150000; do
		faults --below="prlimit --fsize=$n"
		[ "$(answers no)" -ge 18 ] || fail "$n: $(cat "$work/tap")"
	done
	faults --below='prlimit --fsize=170000'
	all_said_yes
}

@test "a stack of 256 KiB is enough" {
	needs_plain_build
	faults --below='prlimit --stack=262144'
	all_said_yes
}

@test "without /proc the spool file has a name, which is removed" {
	needs_plain_build # sanitizers need /proc themselves
	needs_strace
	with_own_mounts '
		mount -t tmpfs none /proc
		faults --as-is
		all_said_yes
		faults --below="strace -f -b execve -o $work/trace"
		grep -q "openat(.*, \".spool\"\|openat2(.*, \".spool\"" "$work/trace"'
}

# less_and_less: tries disks with N KiB of room.  disk N mounts one on
# $work/disk.
less_and_less='
	mkdir "$work/disk"
	refused=0
	for n in 0 4 16 64 128 152 156 160 180 240 320 480 640; do
		disk "$n"
		faults --as-is --in="$work/disk" ${without:+--without="$without"}
		refused=$((refused + $(answers no)))
		umount "$work/disk"
		wait # for the process that served it
	done
	is "$(answers no)" 0
	[ "$refused" -gt 30 ]'

@test "a tmpfs gets full: the replies are true" {
	with_own_mounts "disk() {
			mount -t tmpfs -o size=\$((\$1 + 4))k none \"\$work/disk\"
		}
		$less_and_less"
}

@test "a tmpfs has few inodes: the replies are true" {
	with_own_mounts '
		mkdir "$work/disk"
		for n in 4 6 8 10 11 12 13 14 16 20; do
			mount -t tmpfs -o nr_inodes=$n none "$work/disk"
			faults --as-is --in="$work/disk"
			umount "$work/disk"
			echo "$n $(answers yes)"
		done >"$work/room"'
	cat "$work/room"
	grep -q '^4 0$' "$work/room"
	grep -q '^20 [1-9]' "$work/room"
}

# image MKFS: makes an image of 4 MiB.  leave N: fills the mounted file system
# up to N KiB, and some for directories.
fill='
	PATH=$PATH:/usr/sbin:/sbin
	image() {
		truncate -s 4M "$work/image"
		"$1" -q -b 1024 -m 0 "$work/image"
	}
	leave() {
		local free
		free=$(df -k --output=avail "$work/disk" | tail -n 1)
		head -c $(((free - 40 - $1) * 1024)) /dev/zero >"$work/disk/filler"
	}'

@test "an ext4 gets full: the replies are true" {
	[ "$(id -u)" = 0 ] || cannot 'it takes root to mount'
	with_own_mounts "$fill
		disk() {
			image mkfs.ext4
			mount -o loop \"\$work/image\" \"\$work/disk\"
			leave \$1
		}
		$less_and_less"
}

@test "a file system without O_TMPFILE gets full: the replies are true" {
	[ "$(id -u)" = 0 ] || cannot 'it takes root to mount'
	command -v fuse2fs >/dev/null || cannot 'fuse2fs is not installed'
	# It gives the blocks of a removed file away while that is still open.
	export without=commands
	with_own_mounts "$fill
		disk() {
			image mkfs.ext2
			setpriv --pdeathsig TERM fuse2fs -f -o fakeroot,hard_remove \
				\"\$work/image\" \"\$work/disk\" >\"\$work/fuse\" 2>&1 3>&- 4>&- &
			until mountpoint -q \"\$work/disk\"; do
				kill -0 \$!
				sleep 0.02
			done
			leave \$1
		}
		$less_and_less"
}
