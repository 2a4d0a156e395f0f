# What sessions cost, in numbers that repeat: tests/count, make count.
bats_require_minimum_version 1.5.0
load ../lib/helpers

# As static programs are made with musl for x86-64: the budget is theirs.
setup() {
	work=$BATS_TEST_TMPDIR
	program=${SMTP_STDIO:-$BATS_TEST_DIRNAME/../../smtp-stdio}
	pids=()
	folders=()
	needs_plain_build
	[ "$(uname -m)" = x86_64 ] || skip 'the budget is for x86-64'
	"$program" --version | grep -q 'static with musl' ||
		skip 'the budget is for a static program'
	command -v valgrind >/dev/null || cannot 'valgrind is not installed'
	needs_strace
}

counts() {
	"$BATS_TEST_DIRNAME/count" "$@"
}

@test "sessions cost no more than a tenth above their budget" {
	counts "$program" >"$work/counts" || fail "$(cat "$work/counts")"
	is "$(wc -l <"$work/counts")" 9
}

@test "what costs more than its budget is named" {
	counts "$program" new "$work/budget" >"$work/counts"
	counts "$program" "$work/budget" >"$work/counts"
	for figure in 'instructions: founding session' 'calls: a message'; do
		awk -v figure="$figure" 'index($0, figure) == 1 {
			$NF = int($NF * 0.9) } { print }' \
			"$work/budget" >"$work/less"
		run --separate-stderr counts "$program" "$work/less"
		is "$status" 1
		is "$stderr" "$figure is above its budget"
	done
}

# But for the digits of the process and of the milliseconds in the log.
@test "counts do not depend on place and environment" {
	mkdir -p "$work/a/rather/long/name/of/a/directory"
	cp "$program" "$work/a/rather/long/name/of/a/directory/smtp-stdio"
	counts "$program" new "$work/here" >"$work/counts"
	cd "$work/a"
	TMPDIR=$work/a/rather TCPREMOTEIP=192.0.2.1 LONG=$(seq -s ' ' 1000) \
		counts rather/long/name/of/a/directory/smtp-stdio \
		new "$work/there" >"$work/counts"
	paste -d ' ' "$work/here" "$work/there" | awk '
		!/^#/ { figures++; a = $(NF / 2); b = $NF }
		b > a * 1.001 || b < a * 0.999 { print; bad = 1 }
		END { exit bad || figures != 9 }' || fail 'they differ'
}
