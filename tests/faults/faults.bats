#!/usr/bin/env bats
# Something fails in a session: whatever it is, the answers are true.  tests/faults
# plays the sessions and says what that means; `make faults` lets every call fail.

load ../lib/helpers

# faults OPTION...: the sessions; what became of them is in $work/tap.
faults() {
	"$BATS_TEST_DIRNAME/faults" "$@" "${command[0]}" >"$work/tap" 2>&1 ||
		fail "$*" "$(cat "$work/tap")"
}

# answers yes|no: how many recipients heard that at the end of a message.
answers() {
	awk -v word="$1" '/^ok/ { for (i = 2; i <= NF; i++)
		if (index($i, word) == 1) n += $(i - 1) } END { print n + 0 }' "$work/tap"
}

# A scenario of those without strace has two messages for two recipients.
all_said_yes() {
	is "$(answers yes) $(answers no)" "$((4 * $(grep -c '^ok' "$work/tap"))) 0"
}

# with_own_mounts SCRIPT ARGUMENT...: in SCRIPT things can be mounted, and `faults`
# is the function above.  Where we are not root, not all can.
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

@test "whichever call fails or is the last: a sample" {
	needs_strace
	faults --sample=200
	[ "$(awk '/^ok/ { n += $5 } END { print n }' "$work/tap")" -gt 150 ]
}

# liar WHAT SCRIPT: the program, and then SCRIPT with its mail in $mail, is seen
# through because of WHAT.
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

@test "a program that does not keep its word is seen through" {
	liar '0 times (yes' 'smtp "$@"; rm "$some"/*'
	liar '2 times (yes' 'smtp "$@"; for f in "$some"/*; do cp "$f" "$f.2"; done'
	liar 'part of a message' 'smtp "$@"; truncate -s -1 "$some"/*'
	liar 'part of a message' 'smtp "$@"; echo x | tee -a "$some"/*'
	liar 'tmp/x stays' 'smtp "$@"; touch "$some/../tmp/x"'
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

@test "descriptors run out: whatever there are, the answers are true" {
	needs_plain_build # a sanitizer takes both itself
	for n in 3 4 5 6; do
		faults --below="prlimit --nofile=$n"
		is "$n $(answers yes)" "$n 0"
	done
	faults --below='prlimit --nofile=7'
	[ "$(answers yes)" -gt 20 ]
	faults --below='prlimit --nofile=16'
	all_said_yes
}

@test "files may not be longer than so: the answers are true" {
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

@test "without /proc the message is stored under a name first, which does not stay" {
	needs_plain_build # a sanitizer takes both itself
	needs_strace
	with_own_mounts '
		mount -t tmpfs none /proc
		faults --as-is
		all_said_yes
		faults --below="strace -f -b execve -o $work/trace"
		grep -q "linkat([0-9]*, \"bob@x.org/tmp/" "$work/trace"'
}

# less_and_less: a disk with N KiB of room.  disk N mounts it, on $work/disk.
less_and_less='
	mkdir "$work/disk"
	refused=0
	for n in 0 4 16 64 128 152 156 160 180 240; do
		disk "$n"
		faults --as-is --in="$work/disk"
		refused=$((refused + $(answers no)))
		umount "$work/disk"
		wait # for what served it
	done
	is "$(answers no)" 0
	[ "$refused" -gt 30 ]'

@test "a disk gets full, less and less room is on it: the answers are true" {
	with_own_mounts "disk() {
			mount -t tmpfs -o size=\$((\$1 + 4))k none \"\$work/disk\"
		}
		$less_and_less"
}

@test "file numbers run out on a disk: the answers are true" {
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

# image MKFS: one of 4 MiB; leave N: of what is mounted, so many KiB are left, and
# some for directories.
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

@test "an ext4 gets full: the answers are true" {
	[ "$(id -u)" = 0 ] || cannot 'it takes root to mount'
	with_own_mounts "$fill
		disk() {
			image mkfs.ext4
			mount -o loop \"\$work/image\" \"\$work/disk\"
			leave \$1
		}
		$less_and_less"
}

@test "a file system without unnamed files gets full: the answers are true" {
	[ "$(id -u)" = 0 ] || cannot 'it takes root to mount'
	command -v fuse2fs >/dev/null || cannot 'fuse2fs is not installed'
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
