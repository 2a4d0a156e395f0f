#!/usr/bin/env bats
# What the actions of users.txt store, log and delay.  The transcripts have the
# replies.

load ../lib/helpers

# users LINE...: the users file
users() {
	printf '%s\n' "$@" >"$users"
}

# logged PATTERN [N]: N lines (1) of the log match
logged() {
	is "$1: $(grep -cE "$1" "$work/log")" "$1: ${2-1}"
}

@test "discard stores nothing, links nothing and syncs nothing, and is logged" {
	needs_strace
	users 'null@example.org discard' 'void@example.org discard'
	mkdir "$mail"
	session "$(small null@example.org void@example.org)" >"$work/in"
	traced -e trace=linkat,fsync,fdatasync
	[[ $(verdict) == '250 2.0.0 OK; Message Accepted' ]]
	is "$(count)" 0
	refute grep -E 'linkat|sync' "$work/trace"
	logged ' discarded .* id=[^ ]+ from=ann@example.net to=null@example.org$'
	logged ' discarded .* to=void@example.org$'
	logged ' accepted ' 0
	logged ' session .* end=quit .* stored=0 '
	is_empty
}

@test "discard beside a Maildir: one line for each of both, for each recipient" {
	users 'null@example.org discard' bob@example.org \
		'both@example.org bob@example.org null@example.org'
	hold "$(small bob@example.org null@example.org both@example.org)"
	is "$(count)" 1
	is "$(sed -nE 's/.* (accepted|discarded) .* (to=[^@]*)@.*/\1 \2/p' "$work/log")" \
		'accepted to=bob
discarded to=null
discarded to=both
accepted to=both'
	logged ' session .* stored=1 '
}

@test "discard in LMTP is logged for each recipient" {
	users 'null@example.org discard' 'void@example.org discard' bob@example.org
	session "$(small null@example.org bob@example.org void@example.org |
		sed s/EHLO/LHLO/)" >"$work/in"
	hold_input --lmtp
	is "$(grep -c '^250 2.0.0 OK; Message' "$work/out")" 3
	is "$(count)" 1
	logged ' discarded .* to=null@example.org$'
	logged ' discarded .* to=void@example.org$'
	logged ' accepted .* to=bob@example.org '
}

# seconds COMMAND...: sets $seconds to how long it takes, rounded down
seconds() {
	local before after
	before=$(date +%s%N)
	"$@"
	after=$(date +%s%N)
	seconds=$(((after - before) / 1000000000))
}

@test "data wait stores the message first, and answers later" {
	users 'slow@example.org data wait 1' 'slower@example.org data wait 60' \
		bob@example.org
	seconds hold "$(small bob@example.org slow@example.org)"
	((seconds >= 1))
	[[ $(verdict) == '250 2.0.0 OK; Message Accepted' ]]
	is "$(count)" 2
	rm -r "$mail" "$work/in"
	start
	session "$(small slower@example.org)" >&"$to"
	await '^354'
	for ((i = 0; i < 500; i++)); do
		[ "$(count)" = 1 ] && break
		sleep 0.02
	done
	is "$(count)" 1
	kill -TERM "$pid"
	finish
	is "$code $(last_reply)" '75 421 4.3.2 mail.example.org Shutting down'
	logged ' accepted .* to=slower@example.org size=[0-9]*$'
	logged ' session .* end=terminated .* stored=1 .* unheard='
	is "$(count)" 1
}

@test "the deadline ends a data wait" {
	users 'slower@example.org data wait 60'
	seconds hold "$(small slower@example.org)" --deadline=1
	((seconds < 30))
	is "$code $(last_reply)" '75 421 4.4.2 mail.example.org Timeout, closing connection'
	is "$(count)" 1
}

@test "data close stores nothing for anybody and gives no reply" {
	users 'gone@example.org data close' 'run@example.org |/bin/true' \
		'note@example.org |/usr/bin/touch note' bob@example.org
	cd "$work"
	hold "$(small bob@example.org note@example.org gone@example.org)" --commands
	is "$code $(last_reply)" '75 354 Go Ahead, Enter data ending with <CRLF>.<CRLF>'
	is_empty
	[ ! -e note ]
	logged ' session .* end=closed .* stored=0 refused=0 '
	logged ' accepted ' 0
}

@test "data close with a Maildir stores the message again on each retry" {
	users 'dup@example.org data close ./dup/' bob@example.org
	for n in 1 2; do
		hold "$(small bob@example.org dup@example.org)"
		is "$code $(last_reply)" '75 354 Go Ahead, Enter data ending with <CRLF>.<CRLF>'
		is "$(count)" $((2 * n))
		logged ' accepted .* size=[0-9]*$' 2
		logged ' session .* end=closed .* stored=1 .* unheard='
	done
	nothing_in_tmp
}

@test "data close with a Maildir closes after the syncs" {
	needs_strace
	users 'dup@example.org data close ./dup/'
	session "$(small dup@example.org)" >"$work/in"
	traced -e trace=fsync
	(($(grep -c 'fsync(.*/dup/new>) *= 0' "$work/trace") >= 1))
	is "$(count)" 1
}

@test "in LMTP data close answers those before it, and stores nothing after it" {
	users 'gone@example.org data close' bob@example.org carol@example.org
	session "$(small bob@example.org gone@example.org carol@example.org |
		sed s/EHLO/LHLO/)" >"$work/in"
	hold_input --lmtp
	is "$code" 75
	is "$(grep -c '^250 2.0.0 OK; Message' "$work/out")" 1
	is "$(stored | grep -c /bob@example.org/)" 1
	is "$(count)" 1
	logged ' accepted .* to=bob@example.org '
	logged ' session .* end=closed .* stored=1 '
}

@test "in LMTP data close with a Maildir stores for all" {
	users 'dup@example.org data close ./dup/' bob@example.org carol@example.org
	session "$(small bob@example.org dup@example.org carol@example.org |
		sed s/EHLO/LHLO/)" >"$work/in"
	hold_input --lmtp
	is "$(grep -c '^250 2.0.0 OK; Message' "$work/out")" 1
	is "$(count)" 3
	logged ' accepted ' 3
	logged ' session .* end=closed .* stored=3 .* unheard='
}

@test "421 of a line ends the session as close does, with its reply in the log" {
	users 'busy@example.org 421 too busy' bob@example.org
	hold "$(small bob@example.org busy@example.org)"
	is "$code $(last_reply)" '75 421 4.0.0 mail.example.org too busy'
	is_empty
	logged ' refused .* command="RCPT TO:<busy@example.org>" reply="421 4.0.0 mail.example.org too busy" reason=users-file$'
	logged ' session .* end=closed '
}

@test "a 421 with the longest name of a host and the longest text fits a reply" {
	host=$(printf 'a%.0s' {1..60}).$(printf 'b%.0s' {1..60}).$(printf 'c%.0s' {1..60}).org
	users "busy@example.org 421 $(printf 'x%.0s' {1..390})"
	hold "EHLO x\nMAIL FROM:<>\nRCPT TO:<busy@example.org>" --name="$host"
	is "$code" 75
	[[ $(last_reply) == "421 4.0.0 $host xxx"* ]]
	(($(last_reply | wc -c) <= 511))
}

@test "a line of a sender may close, delay or refuse, and does not list it" {
	users bob@example.org 'from:@spam.example close' 'from:slow@example.net wait 1' \
		'from:eve@example.net 550 no'
	hold 'EHLO x\nMAIL FROM:<x@spam.example>\nQUIT'
	is "$code $(last_reply)" '75 250 HELP'
	logged ' session .* end=closed '
	seconds hold 'EHLO x\nMAIL FROM:<slow@example.net>\nQUIT'
	((seconds >= 1))
	is "$(verdict)" '250 2.1.0 Sender <slow@example.net> OK'
	hold 'EHLO x\nMAIL FROM:<eve@example.net>\nQUIT'
	is "$(verdict)" '550 5.0.0 no'
	hold 'EHLO x\nMAIL FROM:<>\nRCPT TO:<eve@example.net>\nQUIT'
	is "$(verdict)" '550 5.1.1 No such mailbox'
}

@test "a file without lines of senders is searched for them once" {
	needs_strace
	for first in '' '# sorted'; do
		{ echo "$first"; seq -f 'u%06g@example.org' 20000; } >"$users"
		session 'EHLO x\nMAIL FROM:<a@b.example>\nRSET\nMAIL FROM:<a@b.example>\nRSET\nMAIL FROM:<a@b.example>\nQUIT' >"$work/in"
		traced -e trace=pread64
		three=$(grep -c 'pread64(.*users.txt' "$work/trace")
		session 'EHLO x\nMAIL FROM:<a@b.example>\nQUIT' >"$work/in"
		traced -e trace=pread64
		is "$(grep -c 'pread64(.*users.txt' "$work/trace")" "$three"
	done
	((three < 20))
}

# to_carol: a message to Postmaster is in the only Maildir, as --check expects.
to_carol() {
	rm -rf "$mail"
	smtp --check >"$work/verdicts" || fail "$(cat "$work/verdicts")"
	hold "$(small Postmaster)"
	is "$(verdict) $(stored | grep -c /carol/) $(count)" \
		'250 2.0.0 OK; Message Accepted 1 1'
}

@test "Postmaster passes over lines that refuse, discard or close" {
	for action in discard close 'data close' 'data close ./x/' '550 no' \
		'data 451 no' '421 no'; do
		for key in @mail.example.org '*'; do
			users "$key $action" 'carol@example.org ./carol/'
			to_carol
			users "$key d@example.org" "d@example.org $action" \
				'carol@example.org ./carol/'
			to_carol
		done
	done
}

@test "Postmaster passes over aliases to more than one, and to aliases" {
	users '@mail.example.org carol@example.org no@example.org' '* one@example.org' \
		'one@example.org two@example.org' 'two@example.org discard' \
		'no@example.org 550 no' 'carol@example.org ./carol/'
	to_carol
	users '@mail.example.org no@example.org' '* two@example.org carol@example.org' \
		'two@example.org discard' 'no@example.org data 550 no' \
		'first@example.org ./first/' 'carol@example.org ./carol/'
	to_carol
	users '* d@example.org' 'd@example.org discard' 'postmaster e@example.org' \
		'e@example.org 550 no' 'carol@example.org ./carol/'
	hold "$(small Postmaster)"
	grep -qx '550 5.0.0 no' "$work/out"
}

# delivered_to: the Delivered-To lines of the only message
delivered_to() {
	is "$(count)" 1
	sed -n 's/^Delivered-To: //p;/^$/q' "$(stored)" | paste -sd' '
}

@test "Delivered-To names all recipients that have one Maildir in common" {
	users '@example.org ./all/' 'ann@example.org ./ann/' \
		'box@example.org ./all/' 'alias@example.org box@example.org' \
		'null@example.org discard' 'mix@example.org box@example.org null@example.org' \
		'two@example.org box@example.org ann@example.org'
	check() {
		rm -rf "$mail"
		hold "$(small $1)"
		is "$1: $(delivered_to)" "$1: $2"
	}
	check 'x@example.org y@example.org' 'x@example.org y@example.org'
	check 'y@example.org x@example.org Y@Example.ORG alias@example.org' \
		'y@example.org x@example.org alias@example.org'
	check 'x@example.org' 'x@example.org'
	check 'mix@example.org' 'mix@example.org'
	check 'x@example.org null@example.org' ''
	check 'x@example.org mix@example.org' ''
	many=$(seq -f 'u%g@example.org' 100 | paste -sd' ')
	check "$many" "$many"
	check "$many u1@example.org" "$many"
	check "$many u101@example.org" ''
	rm -rf "$mail"
	hold "$(small x@example.org ann@example.org)"
	is "$(count)" 2
	refute grep -r Delivered-To "$mail"
	rm -rf "$mail"
	hold "$(small x@example.org two@example.org)"
	refute grep -r Delivered-To "$mail"
	rm -rf "$mail"
	hold "$(transaction x@example.org y@example.org | sed 's/..DATA$//')\nBDAT 4 LAST\nhi"
	is "$(grep -rhc Delivered-To "$mail/all/new" | sort | tail -n 1)" 2
}

@test "Delivered-To names all recipients in LMTP, too, and no command's" {
	users '@example.org ./all/' 'run@example.org |/bin/true'
	hold "$(small x@example.org y@example.org | sed s/EHLO/LHLO/)" --lmtp
	is "$(delivered_to)" 'x@example.org y@example.org'
	rm -rf "$mail"
	hold "$(small x@example.org run@example.org)" --commands
	is "$(delivered_to)" ''
}

@test "a hundred of the longest addresses in Delivered-To leave room for the message" {
	echo '* ./all/' >"$users"
	{
		printf 'EHLO x\r\nMAIL FROM:<>\r\n'
		for n in {101..200}; do
			printf 'RCPT TO:<%s%s@example.org>\r\n' "$n" "$(printf 'x%.0s' {1..1009})"
		done
		printf 'DATA\r\n no field\r\nx\r\n.\r\nQUIT\r\n'
	} >"$work/in"
	hold_input
	[[ $(verdict) == '250 2.0.0 OK; Message Accepted' ]]
	is "$(grep -c '^Delivered-To: [12]..xxx' "$(stored)")" 100
	is "$(tail -n 3 "$(stored)")" "$(printf '\n no field\nx')"
}

@test "LMTP: nothing is stored for those after a 421 to the data" {
	printf '%s\n' 'a@example.org ./a/' 'b@example.org data 421 go away' \
		'c@example.org ./c/' >"$users"
	hold "$(small a@example.org b@example.org c@example.org |
		sed s/EHLO/LHLO/)" --lmtp
	is "$code" 75
	is "$(tail -n 2 "$work/out" | cut -c 1-9 | tr '\n' ,)" '250 2.0.0,421 4.0.0,'
	is "$(stored | sed "s,^$mail/,,; s,/.*,,")" a
	is "$(grep -c ' accepted ' "$work/log")" 1
}

@test "the log names those who have the message, not those who discard it" {
	printf '%s\n' 'd@example.org discard' 'c@example.org ./c/' >"$users"
	hold "$(small d@example.org c@example.org)"
	grep -q ' discarded .* to=d@example.org$' "$work/log"
	grep -q ' accepted .* to=c@example.org ' "$work/log"
}

@test "a failure before data close is in the log" {
	printf '%s\n' 'a@example.org data close ./a/' >"$users"
	start
	session "$(transaction a@example.org)" >&"$to"
	await '^354'
	rmdir "$mail/a/new"
	say 'x\r\n.\r\n'
	finish
	is "$code $(count)" '75 0'
	refute grep -q '^[45]' "$work/out"
	grep -q ' refused .* reply="" reason="a: No such file' "$work/log"
}

@test "a refusal beside data close is in the log" {
	printf '%s\n' 'a@example.org data close ./a/' \
		'r@example.org data 451 4.3.0 not now' >"$users"
	hold "$(small a@example.org r@example.org)"
	is "$code $(count)" '75 0'
	grep -q ' refused .* reply="" reason="451 4.3.0 not now"' "$work/log"
}

@test "a * line leads to no command, also by an alias" {
	printf '%s\n' '* c@example.org' 'c@example.org |/bin/true' >"$users"
	hold "$(transaction any@example.net c@example.org)\nx\n.\nQUIT" --commands
	is "$(grep -c '^451 4.3.5' "$work/out") $(verdict | cut -c 1-3)" '1 250'
	grep -q 'reason="a command for everybody would be an open relay"' "$work/log"
	code=0
	smtp --check --commands >"$work/out" || code=$?
	is "$code" 78
	grep -q ', line 1: \*: a command for everybody would be an open relay' "$work/out"
}

@test "Delivered-To names nobody if the message is refused for one of them" {
	printf '%s\n' 'a@example.org ./a/' 'z@example.org data 451 4.3.0 no' \
		'b@example.org a@example.org z@example.org' >"$users"
	hold "$(small a@example.org b@example.org | sed s/EHLO/LHLO/)" --lmtp
	is "$(count)" 1
	refute grep -q '^Delivered-To' "$(stored)"
}

# The look-up of the first recipient fails; the block that it read must not be
# taken for the old one.
@test "a users file that shrinks during a session delivers to nobody else" {
	printf 'user%03d@example.org  ./box%03d/\n' \
		$(for n in {0..399}; do echo "$n $n"; done) >"$users"
	start
	say 'EHLO x\r\nMAIL FROM:<a@example.net>\r\n'
	await '^250 2.1.0'
	truncate -s 8530 "$users"
	say 'RCPT TO:<nobody@example.org>\r\nRCPT TO:<user211@example.org>\r\nRCPT TO:<user300@example.org>\r\nDATA\r\n'
	await '^50\|^354\|^554'
	say 'QUIT\r\n'
	finish
	is "$(grep -c '^451 4.3.5' "$work/out") $(grep -c '^250 2.1.5' "$work/out")" '2 1' ||
		is "$(grep -c '^451 4.3.5' "$work/out")" 3
	is "$(find "$mail" -name 'box*' | sed "s,^$mail/,," | grep -v box211)" ''
}
