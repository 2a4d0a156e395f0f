#!/usr/bin/env bats
# doc/recipes.md for testing applications that send mail: each recipe is run as
# it is printed.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net
load ../lib/recipes

# catch_mail: runs the first recipe at a free port
catch_mail() {
	lines=$(section 'Catch an' | block 1)
	is "$(wc -l <<<"$lines")" 3
	as_written() {
		# The last line waits; socat replaces this shell.
		eval "$(sed -e '3d' -e '2s/^/exec /; 2s/ &$//' \
			-e "s/2525/$port/" <<<"$lines")"
	}
	serve as_written
	timeout 20 bash -c "$(sed -n "3s/2525/$port/p" <<<"$lines")"
}

# swaks_to ADDRESS: runs the recipe; its exit code is in $code, its output in
# $work/seen
swaks_to() {
	code=0
	bash -c "$(section Refuse | block 2 |
		sed -e "s/2525/$port/" -e "s/full@example.org/$1/") --from ${2:-app@example.org}" \
		>"$work/seen" || code=$?
}

@test "an application's mail is caught and found" {
	needs socat nc python3
	prepare
	catch_mail
	find_it=$(section 'Catch an' | block 2)
	run ! bash -c "$find_it"
	python3 -c "import smtplib
smtplib.SMTP('localhost', $port).sendmail('app@example.org',
    ['ann@example.org'], 'Subject: Welcome\n\nHello!\n')"
	[[ $(bash -c "$find_it") == mail/all/new/* ]]
	is "$(count)" 1
}

@test "pytest has a mail server for each test" {
	needs pytest-3
	prepare
	mkdir suite
	cp "$doc/recipes/conftest.py" suite
	section 'With pytest' | block 1 >suite/test_mail.py
	pytest() { timeout 60 env PYTHONDONTWRITEBYTECODE=1 pytest-3 -q \
		-p no:cacheprovider --basetemp="$work/tmp" "$@"; }
	pytest -W error suite
	sed -i 's/Subject: Welcome/Subject: Other/' suite/test_mail.py
	run -1 pytest suite
	[[ $output == *'1 failed, 2 passed'* ]]
	sed -i 's/^\(.*\)mailbox.answer(.*/\1pass/' suite/test_mail.py
	run -1 pytest suite
	[[ $output == *'2 failed, 1 passed'* ]]
}

@test "the messages of pytest's mail server come in order, and a wait has an end" {
	needs pytest-3
	prepare
	mkdir suite
	cp "$doc/recipes/conftest.py" suite
	cat >suite/test_mail.py <<-'END'
		import smtplib
		import pytest

		def test_order(mailbox):
		    with smtplib.SMTP("localhost", mailbox.port) as smtp:
		        smtp.login("anyone", "any-password")
		        for n in range(30):
		            smtp.sendmail("app@example.org", f"user{n}@example.com",
		                          f"Subject: {n}\n\nHello!\n")
		    assert [m["Subject"] for m in mailbox.wait(30, 1)] == [str(n) for n in range(30)]

		def test_end(mailbox):
		    with pytest.raises(TimeoutError, match="0 messages, not 1, after 0.5 s"):
		        mailbox.wait(1, seconds=0.5)
	END
	timeout 60 env PYTHONDONTWRITEBYTECODE=1 pytest-3 -q -W error \
		-p no:cacheprovider --basetemp="$work/tmp" suite
}

@test "addresses refuse, delay, drop and duplicate as in their lines" {
	needs swaks
	prepare
	catch_mail
	section Refuse | block 1 >users.txt
	is "$(grep -c @ users.txt)" 12
	smtp-stdio --check --no-sync >checked
	swaks_to full@example.org
	grep '^<\*\* 452 4.2.2 mailbox full' seen
	swaks_to nobody@example.org
	grep '^<\*\* 550 5.1.1 no such user' seen
	swaks_to spam@example.org
	grep '^<-  354' seen
	grep '^<\*\* 554 5.7.1 looks like spam' seen
	swaks_to gone@example.org
	refute grep 'RCPT.*250\|^<.* [45][0-9][0-9] ' seen
	[ "$code" != 0 ]
	[ "$(count)" = 0 ]
	begin=$SECONDS
	swaks_to slow@example.org
	is "$code $(count)" '0 1'
	[ $((SECONDS - begin)) -ge 2 ] # of 3, in whole seconds
	swaks_to anybody@example.org
	is "$code $(count)" '0 2'
	swaks_to busy@example.org
	grep '^<\*\* 421 .*try again later' seen
	swaks_to none@example.org
	is "$code $(count)" '0 2'
	swaks_to lost@example.org
	[ "$code" != 0 ]
	is "$(count)" 2
	swaks_to twice@example.org
	[ "$code" != 0 ]
	swaks_to twice@example.org
	is "$(count)" 4
	swaks_to anybody@example.org bad@example.com
	grep '^<\*\* 550 5.7.1 not from you' seen
	begin=$SECONDS
	swaks_to late@example.org
	is "$code $(count)" '0 5'
	[ $((SECONDS - begin)) -ge 2 ]
}

welcome='To: ann@example.org\nSubject: Welcome\n\nHello!\n.\n..\n'

@test "msmtp as sendmail_path delivers the mail of PHP" {
	needs msmtp
	prepare
	catch_mail
	as_sendmail=$(section 'A sendmail' |
		sed -n "s/2525/$port/;s/^    sendmail_path = \"\(.*\)\"\$/\1/p")
	# shellcheck disable=SC2059 # it contains line ends
	printf "$welcome" | HOME=$work sh -c "$as_sendmail"
	is "$(body_of all | tail -n 3)" $'Hello!\n.\n..'
	refute eval 'printf "To: ann@example.com\n\nx\n" | HOME=$work sh -c "$as_sendmail"'
	is "$(count)" 1
}

@test "sendmail without a port stores the message or reports an error" {
	needs msmtp socat
	prepare
	export HOME=$work TMPDIR=$work/tmp
	mkdir tmp
	ln -s "$doc/recipes/sendmail" bin/sendmail
	bash -c "$(section 'A sendmail' | sed -n 's/^    printf/printf/p')"
	is "$(body_of all | tail -n 1)" 'Hello!'
	# shellcheck disable=SC2059 # it contains line ends
	printf "$welcome" | timeout 20 sendmail -oi -f app@example.org ann@example.org bob@example.org
	is "$(count)" 2
	grep -q '^Return-Path: <app@example.org>' -r mail/all/new
	refute eval 'echo | timeout 20 sendmail ann@example.com 2>said'
	grep '550 5.1.1 No such mailbox' said
	refute eval 'echo | timeout 20 sendmail -t 2>said' # without a recipient
	rm bin/smtp-stdio && ln -s /bin/false bin/smtp-stdio
	refute eval 'echo | timeout 20 sendmail ann@example.org 2>said'
	is "$(count) $(ls tmp)" '2 '
	refute pgrep -f "$work/tmp"
}
