# The cost of sessions, in reproducible numbers: tests/bench/count, make count.
bats_require_minimum_version 1.5.0
load ../lib/helpers

# The budget is for static programs with musl for x86-64.
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

@test "count: sessions exceed their budget by a tenth at most" {
	counts "$program" >"$work/counts" || fail "$(cat "$work/counts")"
	is "$(wc -l <"$work/counts")" 9
}

@test "count: a figure over its budget is reported" {
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

# Only the digits of process ids and milliseconds in the log vary.
@test "count: the figures do not depend on place and environment" {
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
