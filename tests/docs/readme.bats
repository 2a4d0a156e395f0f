# The README's commands, as they stand there.

setup() {
	readme=$BATS_TEST_DIRNAME/../../README.md
	cp "$BATS_TEST_DIRNAME/../../users.txt" "$BATS_TEST_TMPDIR"
	cp -r "$BATS_TEST_DIRNAME/.." "$BATS_TEST_TMPDIR/tests"
	cp "$SMTP_STDIO" "$BATS_TEST_TMPDIR/smtp-stdio"
	cd "$BATS_TEST_TMPDIR" || exit 1
}

# The first block with a prompt: its commands without `make`, and its output.
session() { sed -n '/^    \$ printf/,/^$/p' "$readme" | sed 's/^    //'; }
commands() { session | sed -n '/^\$ /{s/^\$ //;:a;/|$/{N;ba};p}'; }
output() { session | sed '/^\$ /{:a;/|$/{N;ba};d}'; }

# What differs from run to run: the id, the date, the directory.
steady() {
	sed -E -e 's/ id [^ ]+$/ id ID/' -e 's/; [A-Z][a-z]{2}, .*/; DATE/'
}

@test "the session to paste gives the output that stands below it" {
	[ "$(commands | wc -l)" -ge 2 ]
	bash -c "$(commands)" | tr -d '\r' | steady >got
	output | sed '/^$/d' | steady >want
	diff -u want got
}

@test "the command that sorts a users file makes one that is searched by halving" {
	printf '%s\n' '# all' Zoe@example.org 'adam@example.org ./a/' '#x' \
		_mid@example.org >users.txt
	bash -c "$(sed -n '/^    export LC_ALL/,/sorted.txt$/p' "$readme")"
	printf '%s\n' '# sorted' _mid@example.org 'adam@example.org ./a/' \
		Zoe@example.org | diff - sorted.txt
}

@test "the transcript line of the README plays" {
	line=$(sed -n 's/^    \(.*--talk tests.*\)/\1/p' "$readme")
	[ -n "$line" ]
	bash -c "$line"
}
