#!/usr/bin/env bats
# Sessions and --check agree on every line of users.txt, in a plain and in a
# sorted file.

load ../lib/helpers

# LINE => COMMAND => its reply => the verdict of --check, of which `ok` has none.
# `{451}` stands for the reply to an invalid line.  \xNN and \t are octets.
table() {
	cat <<'END'
bob@x.example => RCPT bob@x.example => 250 2.1.5 => ok
bob@x.example ./bob/ => RCPT bob+tag@x.example => 250 2.1.5 => ok
BOB@x.example ./bob/ => RCPT bob@X.example => 250 2.1.5 => ok
.bob@x.example ./bob/ => RCPT ".bob"@x.example => 250 2.1.5 => ok
bob@[192.0.2.1] ./bob/ => RCPT bob@[192.0.2.1] => 250 2.1.5 => ok
postmaster ./pm/ => RCPT postmaster => 250 2.1.5 => ok
@x.example ./all/ => RCPT any@x.example => 250 2.1.5 => ok
* ./all/ => RCPT any@y.example => 250 2.1.5 => ok
* ann@z.example => RCPT any@y.example => 250 2.1.5 => ok
* discard => RCPT any@y.example => 250 2.1.5 => ok
* 550 no relaying => RCPT any@y.example => 550 5.0.0 no relaying => ok
* => RCPT any@y.example => {451} => name a Maildir for everybody: `* ./all/`
* wait 0 => RCPT any@y.example => {451} => name a Maildir for everybody: `* ./all/`
* |/bin/true => RCPT any@y.example => {451} => a command for everybody would be an open relay
* wait 0 |/bin/true => RCPT any@y.example => {451} => a command for everybody would be an open relay
*@x.example ./all/ => RCPT *@x.example => {451} => write @domain for a whole domain
@* ./all/ => RCPT any@y.example => 550 5.1.1 => write @domain for a whole domain
*@* ./all/ => RCPT any@y.example => 550 5.1.1 => write @domain for a whole domain
@ ./all/ => RCPT any@y.example => 550 5.1.1 => write @domain for a whole domain
@*.x.example ./all/ => RCPT any@y.x.example => 550 5.1.1 => write @domain for a whole domain
bob: ann@z.example => RCPT any@y.example => 550 5.1.1 => has a colon
bob@x.example: ann@z.example => RCPT bob@x.example => 550 5.1.1 => has a colon
bob@x.example : ann@z.example => RCPT bob@x.example => {451} => has a colon
bob@x.example, ./bob/ => RCPT bob@x.example => 550 5.1.1 => has a comma
bob@x.example ann@z.example, pat@z.example => RCPT bob@x.example => {451} => separate the addresses with blanks, without commas
bob@x.example ann@z.example,pat@z.example => RCPT bob@x.example => {451} => separate the addresses with blanks, without commas
bob@x.example out@y.example => RCPT bob@x.example => {451} => forward to it with a command such as |/usr/sbin/sendmail -i ADDRESS and --commands
bob@x.example ann@z.example\xc2\xa0 => RCPT bob@x.example => {451} => character that does not show
bob@x.example\xc2\xa0 ./bob/ => RCPT bob@x.example => 550 5.1.1 => character that does not show
bob@x.example\xe2\x80\x8b => RCPT bob@x.example => 550 5.1.1 => character that does not show
\xef\xbb\xbfbob@x.example => RCPT bob@x.example => 550 5.1.1 => character that does not show
b\xc2\xadob@x.example => RCPT bob@x.example => 550 5.1.1 => character that does not show
bob@x.example\xe3\x80\x80./bob/ => RCPT bob@x.example => 550 5.1.1 => character that does not show
\xe2\x80\xaabob@x.example => RCPT bob@x.example => 550 5.1.1 => character that does not show
\xe2\x81\xa0bob@x.example => RCPT bob@x.example => 550 5.1.1 => character that does not show
bob\x1b[2J@x.example => RCPT bob@x.example => 550 5.1.1 => bob\x1b[2j@x.example: the address has a character that does not show
bob\xff@x.example => RCPT bob@x.example => 550 5.1.1 => save the file as UTF-8
<bob@x.example> => RCPT bob@x.example => 550 5.1.1 => without brackets
"bob"@x.example => RCPT "bob"@x.example => 550 5.1.1 => without quotes
bob => RCPT bob@x.example => 550 5.1.1 => is not local-part@domain
bob@x..example => RCPT bob@x.example => 550 5.1.1 => is not local-part@domain
bob@x.example nonsense => RCPT bob@x.example => {451} => unknown action
bob@x.example |/bin/true => RCPT bob@x.example => {451} => is a command; allow it with --commands
bob@x.example /abs/bob/ => RCPT bob@x.example => {451} => a Maildir is below --mail; write it as ./dir/
bob@x.example wait 0 bob/ => RCPT bob@x.example => {451} => a Maildir is below --mail; write it as ./dir/
bob@x.example ../x@y/ => RCPT bob@x.example => {451} => a Maildir is below --mail; write it as ./dir/
bob@x.example /usr/bin/x -y => RCPT bob@x.example => {451} => unknown action
bob@x.example ./a/ ./b/ => RCPT bob@x.example => {451} => nothing may follow a Maildir; for two, use an alias of addresses with one each
bob@x.example ./a ./b => RCPT bob@x.example => {451} => nothing may follow a Maildir; for two,
bob@x.example data close ./a/ ann@z.example => RCPT bob@x.example => {451} => nothing may follow a Maildir; for two,
bob@x.example ./a. b/ => RCPT bob@x.example => {451} => the Maildir name has a blank
bob@x.example ./a b/ => RCPT bob@x.example => {451} => the Maildir name has a blank
bob@x.example discard => RCPT bob@x.example => 250 2.1.5 => ok
bob@x.example discard now => RCPT bob@x.example => {451} => nothing may follow `discard`
bob@x.example data wait 1 => RCPT bob@x.example => 250 2.1.5 => ok
bob@x.example data wait 1 ann@z.example => RCPT bob@x.example => 250 2.1.5 => ok
bob@x.example ./a / => RCPT bob@x.example => {451} => the Maildir name has a character that does not show; type it again
bob@x.example ./bü/ => RCPT bob@x.example => 250 => ok
bob@x.example data wait 61 => RCPT bob@x.example => {451} => `wait` takes 0 to 60 seconds
bob@x.example data => RCPT bob@x.example => {451} => `data` must be followed by
bob@x.example data close => RCPT bob@x.example => 250 2.1.5 => ok
bob@x.example data close ./x/ => RCPT bob@x.example => 250 2.1.5 => ok
bob@x.example data close ann@z.example => RCPT bob@x.example => {451} => only ./dir/ may follow `data close`
bob@x.example 450 words => RCPT bob@x.example => 450 4.0.0 words => ok
bob@x.example 450 4.2.1 words => RCPT bob@x.example => 450 4.2.1 words => ok
bob@x.example 450 5.2.1 words => RCPT bob@x.example => {451} => enhanced code does not match
bob@x.example 550 => RCPT bob@x.example => {451} => refusal text is empty
bob@x.example 350 words => RCPT bob@x.example => {451} => a refusal code is from 400 to 599
bob@x.example data 550 words => RCPT bob@x.example => 250 2.1.5 => ok
bob@x.example 421 words => RCPT bob@x.example => 421 4.0.0 mail.example.org words => ok
bob@x.example data 421 words => RCPT bob@x.example => 250 2.1.5 => ok
bob@x.example close => RCPT bob@x.example =>  => ok
from:bob@x.example 550 no => MAIL bob@x.example => 550 5.0.0 no => ok
FROM:Bob@x.example 550 no => MAIL bob+tag@x.example => 550 5.0.0 no => ok
from:@x.example 421 no => MAIL any@x.example => 421 4.0.0 mail.example.org no => ok
from:@x.example wait 0 550 no => MAIL any@x.example => 550 5.0.0 no => ok
from:@x.example wait 0 => MAIL any@x.example => 250 2.1.0 => ok
from:<> 550 no => MAIL  => 550 5.0.0 no => ok
from:<> wait 0 close => MAIL  =>  => ok
from:<> => MAIL  => {451} => a sender takes a refusal, `wait` or `close`
from:bob@x.example ./bob/ => MAIL bob@x.example => {451} => a sender takes a refusal, `wait` or `close`
from:bob@x.example data 550 no => MAIL bob@x.example => {451} => a sender takes a refusal, `wait` or `close`
from:bob@x.example discard => MAIL bob@x.example => {451} => a sender takes a refusal, `wait` or `close`
from:bob@x.example 550 4.0.0 no => MAIL bob@x.example => {451} => enhanced code does not match
from: bob@x.example 550 no => MAIL bob@x.example => 250 2.1.0 => write from:address without a blank
from:postmaster 550 no => MAIL bob@x.example => 250 2.1.0 => a sender has a domain
from:*@x.example 550 no => MAIL bob@x.example => 250 2.1.0 => write @domain for a whole domain
from:<bob@x.example> 550 no => MAIL bob@x.example => 250 2.1.0 => without brackets
from:bob@x.example => RCPT "from:bob"@x.example => 550 5.1.1 => a sender takes a refusal
@d\xc3\xb6.example ./all/ => RCPT any@x.example => 550 5.1.1 => most clients send this domain in its xn-- form; add a line for that, too
END
}

# answer COMMAND: the reply to MAIL or RCPT in a session
answer() {
	local sender=ann@example.net rcpt=
	case $1 in
	'MAIL '*) sender=${1#MAIL } ;;
	'RCPT '*) rcpt="\nRCPT TO:<${1#RCPT }>" ;;
	esac
	hold "EHLO x\nMAIL FROM:<$sender>$rcpt"
	tail -n "+$((${#rcpt} > 0 ? 12 : 11))" "$work/out"
}

# verdict_of N: what --check says on the line of the file, or `ok`
verdict_of() {
	smtp --check --no-sync >"$work/check" || [ "$?" = 78 ]
	refute grep -q -P '[^\n -~\xc3\xb6]' "$work/check"
	grep ", line $1: " "$work/check" || echo ok
}

@test "sessions and --check agree on each line, in plain and sorted files" {
	local line ask want verdict first got n=0 lines
	while IFS= read -r row; do
		line=${row%% => *}; row=${row#* => }
		ask=${row%% => *}; row=${row#* => }
		want=${row%% => *}; verdict=${row#* => }
		[ "$want" != '{451}' ] || want='451 4.3.5 Mailbox'
		line=$(printf '%b' "${line//\\x/\\x}")
		for first in '# plain' '# sorted'; do
			printf '%s\n' "$line" 'ann@z.example' 'pat@z.example' |
				sort -f >"$work/lines"
			[[ $line != [*@\"\<.]* ]] ||
				printf '%s\n' "$line" 'ann@z.example' 'pat@z.example' >"$work/lines"
			printf '%s\n' "$first" | cat - "$work/lines" >"$users"
			touch -d '1 hour ago' "$users"
			got=$(answer "$ask")
			[[ $got == "$want"* && (-n $want || -z $got) ]] ||
				fail "$first: $line: $ask: $got, not $want" "$(cat "$work/out" "$work/log" "$users")"
			lines=$(grep -n -a -F -x -e "$line" "$users" | head -n 1)
			got=$(verdict_of "${lines%%:*}")
			[[ $got == *"$verdict"* ]] ||
				fail "$first: $line: $got, not $verdict"
			rm -rf "$mail"
		done
		n=$((n + 1))
	done < <(table)
	((n > 70))
}

@test "--check has no problem with a non-ASCII domain" {
	printf 'bob@d\xc3\xb6.example ./bob/\n' >"$users"
	smtp --check --no-sync >"$work/check"
	grep -q 'xn-- form' "$work/check"
	grep -q ', 0 problems$' "$work/check"
}

@test "--check reports a file that lists senders only, and control octets in Maildirs" {
	printf 'from:<> 550 no\n' >"$users"
	smtp --check --no-sync >"$work/check" || code=$?
	is "$code" 78
	grep -q "^$users: has no address" "$work/check"
	printf 'bob@x.example ./a\x9b31m/\n' >"$users"
	smtp --check --no-sync >"$work/check"
	grep -qF 'mail: a\x9b31m: ok' "$work/check"
}

@test "--check says why an alias leads to a Maildir that cannot be used" {
	mkdir -p "$mail"
	echo x >"$mail/ann@example.org"
	printf '%s\n' ann@example.org 'info@example.org ann@example.org' >"$users"
	code=0
	smtp --check --no-sync >"$work/report" || code=$?
	is "$code" 78
	grep -qxF "$users, line 2: info@example.org: leads to ann@example.org: Not a directory" "$work/report"
}
