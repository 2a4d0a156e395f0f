#!/usr/bin/env bats
# pack/log: programs that read the log of real sessions.

load ../lib/helpers
load ../lib/net

# from ADDRESS LINES [OPTION...]: a session of that client, added to $work/all.
from() {
	local address=$1
	shift
	TCPREMOTEIP=$address hold "$@" || true
	sed 's/^/Nov 28 10:00:00 mail /' "$work/log" >>"$work/all"
}

found() {
	fail2ban-regex -o '<ip>' "$work/all" \
		"$BATS_TEST_DIRNAME/../../pack/log/fail2ban.conf" | sort | uniq -c |
		tr -s ' ' | sed 's/^ //'
}

@test "fail2ban finds clients that are refused permanently, and no others" {
	needs fail2ban-regex
	echo 'late@example.org 451 4.3.0 not now' >>"$users"
	from 192.0.2.1 "$(small bob@example.org)"
	from 192.0.2.2 'HELO x\nMAIL FROM:<>\nRCPT TO:<late@example.org>\nQUIT'
	from 192.0.2.3 "$(transaction nobody@example.org ghost@example.org)\nQUIT"
	from 192.0.2.4 'GET / HTTP/1.1'
	from 192.0.2.5 'EHLO a b'
	from 192.0.2.6 "$(printf 'NOOP\\n%.0s' {1..110})"
	from 192.0.2.7 'FOO " reply="250 refused peer=203.0.113.1 reply="550\nQUIT'
	from 192.0.2.9 'HELO " reply="550 1\nMAIL FROM:<"refused peer=192.0.2.1 reply=550"@x>\nRCPT TO:<late@example.org>\nQUIT'
	from 192.0.2.10 'HELO " reply="250 1\nMAIL FROM:<" reply="@x>\nMAIL FROM:<"reply=421"@x>\nRCPT TO:<nobody@example.org>\nQUIT'
	from 192.0.2.8 "LHLO x\nMAIL FROM:<a@example.net>\nRCPT TO:<bob@example.org>\nDATA\nx\ry\n.\nQUIT" --lmtp
	from 2001:db8::1 'FOO\nQUIT'
	is "$(found)" '2 192.0.2.10
3 192.0.2.3
1 192.0.2.4
1 192.0.2.5
1 192.0.2.6
1 192.0.2.7
1 192.0.2.8
1 2001:db8::1'
}

# The sizes of all stored files together.
octets() {
	stored | xargs cat | wc -c
}

@test "the summary counts each message once, and all recipients" {
	echo '@example.org ./all/' >"$users"
	from 192.0.2.1 "$(small {1..3}@example.org)"
	from 192.0.2.1 "$(small {1..120}@example.org)"
	from 192.0.2.1 "$(small 1@example.org 2@example.org | sed s/EHLO/LHLO/)" \
		--lmtp
	is "$(awk -f "$BATS_TEST_DIRNAME/../../pack/log/summary.awk" "$work/all" |
		tr -s ' ')" " 3 messages, $(octets) octets, for 125 recipients
 3 sessions with end=quit"
}

@test "the summary counts messages, refusals and ends" {
	from 192.0.2.1 "$(small bob@example.org)"
	from 192.0.2.2 "$(transaction nobody@example.org)\nQUIT"
	from 192.0.2.2 "MAIL FROM:<accepted peer=x size=9 end=y>\nFOO end=x size=7\nQUIT"
	is "$(awk -f "$BATS_TEST_DIRNAME/../../pack/log/summary.awk" "$work/all" |
		tr -s ' ')" " 1 messages, $(octets) octets, for 1 recipients
 4 refused to 192.0.2.2
 1 refused with 500
 1 refused with 503
 1 refused with 550 5.1.1
 1 refused with 554 5.5.1
 3 sessions with end=quit"
}
