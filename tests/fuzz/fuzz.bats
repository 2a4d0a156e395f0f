#!/usr/bin/env bats
# The program that runs the fuzz targets: it reports findings and fails, and its
# seeds are what clients send.  Each target also runs for a second, to check
# that it still fits the program.

load ../lib/helpers

# target NAME SHELL: makes a fuzz target that runs SHELL.
target() {
	mkdir -p "$work/out"
	printf '#!/bin/sh\n%s\n' "$2" >"$work/out/fuzz_$1"
	chmod +x "$work/out/fuzz_$1"
}

executions='echo stat::number_of_executed_units: 4711
	echo stat::average_exec_per_sec: 42'

fuzz() {
	run env O="$work/out" "$BATS_TEST_DIRNAME/fuzz" 1 "$@"
}

@test "fuzz prints how often each target ran" {
	target session "$executions"
	target peer "$executions"
	fuzz session peer
	[ "$status" = 0 ]
	grep -Eq '^session +4711 executions +42/s +found: none$' <<<"$output"
	grep -Eq '^peer +4711 executions +42/s +found: none$' <<<"$output"
}

@test "fuzz fails on a finding, names it, and continues" {
	target session "$executions
		echo 'x.c:1: broken promise: y'
		echo 'artifact_prefix=./; Test unit written to found/session-crash'
		exit 77"
	target peer "$executions"
	fuzz session peer
	[ "$status" = 1 ]
	grep -q 'found: found/session-crash$' <<<"$output"
	grep -q 'broken promise: y$' <<<"$output"
	grep -Eq '^peer .*found: none$' <<<"$output"
}

@test "fuzz fails on a target that cannot be executed" {
	mkdir "$work/out"
	fuzz session
	[ "$status" = 1 ]
	grep -q '^session .*found: see .*session.log$' <<<"$output"
}

@test "fuzz gives a target its seeds, its corpus, the dictionary, and a directory" {
	# shellcheck disable=SC2016 # expanded by the target
	target session 'ls "$TMPDIR" >/dev/null || exit
		for dir; do :; done
		[ -n "$(ls "$dir")" ] && printf "%s\n" "$@" '"$executions"
	fuzz session
	[ "$status" = 0 ]
	log=$work/out/logs/session.log
	grep -qx -- "-dict=$BATS_TEST_DIRNAME/fuzz.dict" "$log"
	grep -qx -- -max_total_time=1 "$log"
	grep -qx "$work/out/corpus/session" "$log"
	[ -d "$work/out/corpus/session" ]
}

# Two octets of options, and the lines of the client in FILE.
seed_of() {
	printf '\0\0'
	sed -n 's/^C: \(.*\)/\1\r/p' "$1" | sed 's/bob@example\.org/a@b/'
}

# Is $work/want one of the seeds of TARGET?
is_seed() {
	local seed
	for seed in "$work/seeds/$1"/*; do
		cmp -s "$seed" "$work/want" && return
	done
	fail "no such seed"
}

@test "a transcript becomes a seed with the lines of its client" {
	transcripts=$work/transcripts
	mkdir "$transcripts"
	printf '%s\n' '# user: bob@example.org' 'S: 220' 'C: HELO' \
		'C: RCPT TO:<bob@example.org>' >"$transcripts/a.txt"
	printf '%s\n' '# with: --lmtp' 'R: N\xff\\\r\naaaaaaaaaa\n' \
		>"$transcripts/b.txt"
	"$BATS_TEST_DIRNAME/fuzz_seeds" "$transcripts" "$work/seeds"
	seed_of "$transcripts/a.txt" >"$work/want"
	is_seed session
	printf '\1\0N\xff\\\r\n\xff\0\12a\n' >"$work/want"
	is_seed session
	printf 'bob@example.org\0bob@example.org' >"$work/want"
	is_seed users
}

@test "each target runs for a second without a finding" {
	needs_plain_build
	"$BATS_TEST_DIRNAME/../tools" clang || cannot 'clang cannot be had'
	run env -u MAKEFLAGS -u MAKELEVEL -u O timeout 300 \
		make -C "$BATS_TEST_DIRNAME/../.." fuzz SECONDS=1
	[ "$status" = 0 ] || fail "$output"
	is "$(grep -c ' executions .* found: none$' <<<"$output")" 7
}
