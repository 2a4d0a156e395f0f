# The manual pages match the program.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || exit 1
}

# The words of a page, separated by single blanks.
words() { mandoc -T ascii "$1" | sed "s,.\x08,,g" | tr -s ' \n' ' '; }

@test "the manual pages are valid mdoc" {
	run mandoc -T lint -W warning doc/man/*.8 doc/man/*.5
	echo "$output"
	[ "$status" = 0 ]
	run ! mandoc -T lint -W warning <(printf '.Dd x\n.Bl\n')
}

@test "smtp-stdio(8) describes every option" {
	page=$(words doc/man/smtp-stdio.8)
	for option in $(sed -n 's/^\t{ "\([a-z-]*\)".*/\1/p' lib/cli/options.c); do
		[[ $page == *"--$option"* ]] || { echo "$option" && false; }
	done
}

@test "smtp-stdio(8) lists every reply" {
	page=$(words doc/man/smtp-stdio.8)
	replies=$(sed -n 's/^\[.*= { \([0-9]*\), *\(NULL\|"[0-9.]*"\),.*/\1 \2/p' \
		lib/smtp/reply.c | sed 's/ NULL//; s/"//g; s/^421.*/421/' | sort -u)
	[ "$(wc -l <<<"$replies")" -ge 20 ]
	while read -r reply; do
		[[ $page == *" $reply"* ]] || { echo "$reply" && false; }
	done <<<"$replies"
}

# The events of the log, their keys, and the ends of a session, from the source.
log_words() {
	sed -nE 's/.*log_begin\(.*"([a-z]+)"\);/\1/p
		s/^\tlog_(text|number)\("([a-z]+)",.*/\2/p' lib/*/*.c
	sed -nE 's/^\t    "(refused)"\);/\1/p' lib/session/sessionlog.c
	sed -nE 's/^\t\[END_[A-Z_]*\] = \{ "([a-z-]+)",.*/\1/p' lib/session/session.c
	sed -nE 's/.*(return|reason =) "([a-z-]+)".*/\2/p' smtp-stdio.c lib/smtp/nonsmtp.c
}

@test "smtp-stdio(8) lists the events, keys and values of the log" {
	page=$(words doc/man/smtp-stdio.8)
	[ "$(log_words | sort -u | wc -l)" -ge 30 ]
	for word in $(log_words | sort -u); do
		[[ $page == *" $word"[\ ,.]* ]] || { echo "$word" && false; }
	done
}

@test "the manual pages have no line over 80 columns" {
	for page in doc/man/*; do
		run ! grep -E '.{81}' <(mandoc -T ascii -O width=80 "$page" |
			sed 's,.\x08,,g')
	done
}

@test "users.txt(5): --check accepts the example of a users file" {
	sed -n '/^# the mail of/,/^\.Ed/p' doc/man/users.txt.5 | sed '$d' \
		>"$BATS_TEST_TMPDIR/users.txt"
	"$SMTP_STDIO" --check --users="$BATS_TEST_TMPDIR/users.txt" \
		--mail="$BATS_TEST_TMPDIR/mail" --no-sync
}

@test "users.txt(5): --check accepts a file sorted by the commands" {
	cd "$BATS_TEST_TMPDIR" || exit 1
	mkdir bin && ln -s "$SMTP_STDIO" bin/smtp-stdio
	printf '%s\n' b@example.org Bob@example.org '# x' '' \
		'a+x@example.org ./a/' ab@example.org _@example.org >users.txt
	sed -n '/^export LC_ALL/,/^mv/p' \
		"$BATS_TEST_DIRNAME/../../doc/man/users.txt.5" | sed 's/\\e/\\/g' >sort.sh
	PATH=$PWD/bin:$PATH sh -e sort.sh
	printf '%s\n' '# sorted' _@example.org 'a+x@example.org ./a/' \
		ab@example.org b@example.org Bob@example.org | diff - users.txt
}

@test "smtp-stdio-tls(8): the commands that enable TLS are those of doc/tls.md" {
	lines=$(sed -n '/^install -m 600/,/^\.Ed/p; s/^\.Dl systemctl/systemctl/p' \
		doc/man/smtp-stdio-tls.8 | grep -v '^\.')
	[ "$(wc -l <<<"$lines")" = 4 ]
	while read -r line; do
		grep -qxF "    $line" doc/tls.md || { echo "$line" && false; }
	done <<<"$lines"
}
