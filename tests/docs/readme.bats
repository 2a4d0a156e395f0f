# The commands of the README, run as they are written.

setup() {
	readme=$BATS_TEST_DIRNAME/../../README.md
	cp "$BATS_TEST_DIRNAME/../../users.txt" "$BATS_TEST_TMPDIR"
	cp -r "$BATS_TEST_DIRNAME/.." "$BATS_TEST_TMPDIR/tests"
	cp "$SMTP_STDIO" "$BATS_TEST_TMPDIR/smtp-stdio"
	cd "$BATS_TEST_TMPDIR" || exit 1
}

# The first block with a prompt: its commands without `make`, and its output.
session() { sed -n '/^    \$ printf/,/^`make demo/p' "$readme" | sed '$d; s/^    //' | sed '$d'; }
commands() { session | sed -n '/^\$ /{s/^\$ //;:a;/|$/{N;ba};p}'; }
output() { session | sed '/^\$ /{:a;/|$/{N;ba};d}'; }

# What differs from run to run: the id, the date, the directory.
steady() {
	sed -E -e 's/ id [^ ]+$/ id ID/' -e 's/; [A-Z][a-z]{2}, .*/; DATE/'
}

@test "the session to paste gives the output below it" {
	[ "$(commands | wc -l)" -ge 2 ]
	bash -c "$(commands)" | tr -d '\r' | steady >got
	output | steady >want
	diff -u want got
}

@test "the lines that catch an application's mail call tools/serve with their variables" {
	mapfile -t lines < <(sed -n 's/^    \(make serve[^#]*\)#.*/\1/p' "$readme")
	[ "${#lines[@]}" = 2 ]
	for line in "${lines[@]}"; do # tests/host/serve.bats runs it
		(cd "$BATS_TEST_DIRNAME/../.." &&
			env -u MAKEFLAGS bash -c "$line -sn" | grep -x 'tools/serve ./smtp-stdio 2525')
	done
}

@test "the transcript line of the README plays" {
	line=$(sed -n 's/^    \(.*--talk tests.*\)/\1/p' "$readme")
	[ -n "$line" ]
	bash -c "$line"
}
