# cluster - shared by the tests of `make cluster`; `load helpers`, `load net`,
# then `load cluster`
#
#     CLUSTER=all  large numbers, the engines too, and prints what was measured

counter=$BATS_TEST_DIRNAME/../cluster/counter
: "${CLUSTER:=quick}"

# often QUICK ALL: prints the number for this run.
often() {
	[ "$CLUSTER" = all ] && echo "$2" || echo "$1"
}

measured() {
	[ "$CLUSTER" != all ] || echo "# $*" >&3
}

# in_full: skips a test that only `make cluster` runs.
in_full() {
	[ "$CLUSTER" = all ] || skip 'make cluster runs it'
}

await_lines() { # FILE NUMBER
	local i
	for ((i = 0; i < 15000; i++)); do
		[ "$(wc -l <"$1")" -ge "$2" ] && return
		sleep 0.02
	done
	fail "fewer than $2 in $1" "$(tail "$work/errors" "$work/log")"
}
