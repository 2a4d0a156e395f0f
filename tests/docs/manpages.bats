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

# The entries of the section LOG, and its lines of text.
log_section() {
	sed -n '/^\.Sh LOG/,/^\.Sh/p' doc/man/smtp-stdio.8 | sed -n \
		-e 's/^\.It Li \([^\\]*\).*/\1/p' \
		-e '/^\.It Cm /{s///; s/ , \| No or / /g; s/ /\n/g; p; d}' \
		-e '/^[^.]/p'
}

# The string literals that PATTERN, with one group, finds in the files.
literals() { sed -nE "s/.*$1.*/\\1/p" "${@:2}" | sort -u; }

all_in_log_section() {
	log_section >"$BATS_TEST_TMPDIR/section"
	while read -r word; do
		grep -qxF "$word" "$BATS_TEST_TMPDIR/section" ||
			{ echo "not in LOG: $word" && false; }
	done
}

@test "smtp-stdio(8) lists every event and key of the log" {
	sources=(lib/session/*.c lib/store/*.c lib/monitor/*.c lib/base/log.c)
	literals 'log_begin\(.*, "([a-z]+)"\)' "${sources[@]}" >"$BATS_TEST_TMPDIR/list"
	sed -nE 's/.*(log_text|log_number|fail|log_failure)\("([a-z]+)".*/\2/p' "${sources[@]}" |
		sort -u >>"$BATS_TEST_TMPDIR/list"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/list")" -ge 20 ]
	all_in_log_section <"$BATS_TEST_TMPDIR/list"
}

@test "smtp-stdio(8) lists every end of a session and every reason" {
	literals '\] = \{ "([a-z-]+)", EX_.*' lib/session/session.c \
		>"$BATS_TEST_TMPDIR/list"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/list")" = 14 ]
	{
		literals '\.reason = "([a-z-]+)"' smtp-stdio.c
		literals '\[REPLY_[A-Z_0-9]+\] = "([a-z-]+)"' lib/session/sessionlog.c
		literals 'return "([a-z-]+)"' lib/smtp/nonsmtp.c
		literals 'END_NON_SMTP, "([a-z-]+)"' smtp-stdio.c
		literals 'reply_because\(REPLY_NONE, "([^"]+)"' lib/session/*.c
	} >>"$BATS_TEST_TMPDIR/list"
	sed -nE '/^reason_for/,/^}/s/.*return "(.*)";/\1/p; s/.*missing = "(.*)";/\1/p' \
		lib/session/lab.c >>"$BATS_TEST_TMPDIR/list"
	literals 'fail\(r, "([^"]+)",' lib/store/recipient.c \
		>>"$BATS_TEST_TMPDIR/list"
	sed -nE 's/.*(return|log_reason\(|log_aborted\() *"([a-z][a-z ]+)".*/\2/p' \
		lib/monitor/{monitor,service}.c >"$BATS_TEST_TMPDIR/more"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/more")" -ge 6 ]
	cat "$BATS_TEST_TMPDIR/more" >>"$BATS_TEST_TMPDIR/list"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/list")" -ge 64 ]
	all_in_log_section <"$BATS_TEST_TMPDIR/list"
}

# The log of the session that smtp-stdio(8) shows, in the current directory.
example_session() {
	echo bob@example.org >users.txt
	printf '%s\r\n' 'EHLO client.example.net' \
		'MAIL FROM:<alice@example.net>' 'RCPT TO:<bob@example.org>' \
		'RCPT TO:<nobody@example.org>' DATA hi . QUIT |
		TCPREMOTEIP=192.0.2.7 TCPREMOTEPORT=40312 "$SMTP_STDIO" \
			--name=mail.example.org 2>&1 >/dev/null
}

# Replaces what differs from run to run: process number, id, and the size of both.
steady() {
	sed -E 's/\[[0-9]+\]/[PID]/; s/ id=[^ ]+/ id=ID/; s/ (size|ms)=[0-9]+/ \1=N/
		s/(Accepted) [0-9]+\.M[0-9]{6}P[^"]+"/\1 ID"/'
}

@test "smtp-stdio(8): the example of a log is that of a session" {
	page=$PWD/doc/man/smtp-stdio.8
	cd "$BATS_TEST_TMPDIR" || exit 1
	example_session | steady >got
	sed -n '/^smtp-stdio\[/,/^\.Ed/p' "$page" | sed '$d' |
		sed -z 's/\n    / /g' | steady | diff -u - got
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
	printf '%s\n' $'\xef\xbb\xbfb@example.org' Bob@example.org '# x' '' \
		'a+x@example.org ./a/' 'from:<> 550 no' ab@example.org \
		'* ./all/' _@example.org >users.txt
	sed -n '/^export LC_ALL/,/^mv/p' \
		"$BATS_TEST_DIRNAME/../../doc/man/users.txt.5" | sed 's/\\e/\\/g' >sort.sh
	PATH=$PWD/bin:$PATH sh -e sort.sh
	printf '%s\n' '# sorted' '* ./all/' _@example.org \
		'a+x@example.org ./a/' ab@example.org b@example.org \
		Bob@example.org 'from:<> 550 no' | diff - users.txt
}

@test "smtp-stdio-tls(8): the commands that enable TLS are those of doc/tls.md" {
	lines=$(sed -n '/^install -m 600/,/^\.Ed/p; s/^\.Dl systemctl/systemctl/p' \
		doc/man/smtp-stdio-tls.8 | grep -v '^\.')
	[ "$(wc -l <<<"$lines")" = 4 ]
	while read -r line; do
		grep -qxF "    $line" doc/tls.md || { echo "$line" && false; }
	done <<<"$lines"
}
