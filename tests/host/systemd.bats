# The units, in a booted systemd: see boot.
bats_require_minimum_version 1.5.0

load ../lib/booted

# The README's lines that set up the service.
readme_lines() { block 'With systemd'; }

setup_file() {
	boot_system
	[ -n "$OBSTACLE" ] ||
		inside bash -c "$(readme_lines)" >"$BATS_FILE_TMPDIR/readme" 2>&1
}

sessions() {
	inside systemctl list-units --all --no-legend --plain 'smtp-stdio@*'
}
no_sessions() { [ -z "$(sessions)" ]; }

# Counts the sessions that systemd regards as failed.
failures() {
	inside journalctl -o cat _PID=1 | grep -c 'smtp-stdio@.*Failed with result'
}

# flood: 600 connections as fast as possible
flood() {
	inside bash -c '
		for i in {1..600}; do
			exec 3<>/dev/tcp/127.0.0.1/25 || exit 0
			exec 3>&-
		done' 2>/dev/null
}
listens() { inside systemctl --quiet is-active smtp-stdio.socket; }

@test "systemd: the README's lines deliver a message and show its log" {
	[ "$(readme_lines | wc -l)" = 4 ]
	cat "$BATS_FILE_TMPDIR/readme"
	grep '^250 OK; Message Accepted' "$BATS_FILE_TMPDIR/readme"
	grep ': accepted peer=.* to=alice@example.org' "$BATS_FILE_TMPDIR/readme"
	[ "$(stored | wc -l)" = 1 ]
	inside cat "$(stored)" | grep -x 'Hey!'
}

@test "systemd: the mail belongs to the service, and other users cannot read it" {
	owner=$(inside stat -c %u /var/lib/smtp-stdio/)
	[ "$owner" -ge 61184 ] && [ "$owner" -le 65519 ] # dynamic users
	[ "$(inside stat -c %u:%a "$(stored | head -n 1)")" = "$owner:600" ]
	for dir in '' mail mail/alice@example.org/{,cur,new,tmp}; do
		[ "$(inside stat -c %u:%a "/var/lib/smtp-stdio/$dir")" = \
			"$owner:700" ]
	done
	file=$(stored | head -n 1)
	run -1 inside setpriv --reuid=65534 --clear-groups cat "$file"
}

@test "systemd: each log line has its priority" {
	inside mkdir -p /var/lib/smtp-stdio/mail
	inside touch /var/lib/smtp-stdio/mail/full
	inside bash -c 'echo "full@example.org ./full/" >>/etc/smtp-stdio/users.txt'
	speaking 'begin 3; hear 3 220
		say 3 "HELO levels" 250; say 3 "MAIL FROM:<>" 250
		say 3 "RCPT TO:<nobody@example.org>" 550
		say 3 "RCPT TO:<full@example.org>" 451
		say 3 QUIT 221; exec 3>&-
		begin 3; hear 3 220; say 3 QUIT 221; exec 3>&-
		mv /etc/smtp-stdio/users.txt /root
		begin 3; hear 3 421; mv /root/users.txt /etc/smtp-stdio'
	until_true 5 no_sessions
	inside rm /var/lib/smtp-stdio/mail/full
	log 3 | grep '^failed peer=127.0.0.1 users=/etc/smtp-stdio/users.txt '
	log 4 | grep '^refused peer=127.0.0.1 helo=levels from="" command=.*full@example.org.*451'
	log 5 | grep '^refused peer=127.0.0.1 helo=levels from="" command=.*nobody@example.org.*550'
	log 6 | grep '^session peer=127.0.0.1 .*helo=levels end=quit'
	log 6 | grep '^accepted peer='
	log 7 | grep '^session peer=127.0.0.1 .*commands=1 stored=0 refused=0'
	[ -z "$(log 0..2)" ]
	run -1 grep -v '^failed ' <(log 3)
	run -1 grep -vE '^(accepted|session) ' <(log 6)
}

@test "systemd: the units permit the program its full sandbox" {
	alone=$(inside smtp-stdio --users=users.txt --mail=/run/alone \
		</dev/null 2>&1 >/dev/null)
	[[ $alone != *unconfined* ]] || skip "this kernel has no Landlock"
	run -1 grep unconfined <(log 6)
}

@test "systemd: parallel sessions have the same user" {
	before=$(stored | wc -l)
	speaking 'for i in {3..9}; do begin $i; done
		for i in {3..9}; do message $i together; done
		for i in {3..9}; do say $i $'"'\r\n.'"' 250; done'
	[ "$(stored | wc -l)" = $((before + 7)) ]
	[ "$(inside find /var/lib/smtp-stdio/mail -printf '%u\n' | sort -u |
		wc -l)" = 1 ]
	until_true 5 no_sessions
}

@test "systemd: the socket unit holds 200 sessions at once, all from one source" {
	before=$(stored | wc -l)
	inside tests/lib/crowd 127.0.0.1 25 alice@example.org
	[ "$(stored | wc -l)" = $((before + 200)) ]
	until_true 20 no_sessions
}

@test "systemd: 200 sessions per source, and other sources are served" {
	speaking 'for i in {10..209}; do begin $i; done
		for i in {10..209}; do hear $i 220; done
		begin 210
		! read -r -t 20 line <&210 || { echo "another one: $line"; exit 1; }
		begin 211 ::1; hear 211 220
		exec 10>&-; sleep 1; begin 212; hear 212 220'
	until_true 20 no_sessions
}

@test "systemd: a session stopped within a message stores nothing and leaves no unit" {
	before=$(stored)
	failures=$(failures) || true
	speaking 'begin 3; message 3 stopped
		systemctl stop smtp-stdio.socket "smtp-stdio@*.service"
		hear 3 421
		! read -r -t 20 line <&3 || { echo "and $line"; exit 1; }'
	[ "$(stored)" = "$before" ]
	log 6 | grep 'helo=stopped end=terminated'
	[ "$(failures || true)" = "$failures" ] # exit 75 is no failure
	no_sessions
	inside systemctl start smtp-stdio.socket
}

@test "systemd: a session killed within a message stores nothing and leaves no unit" {
	before=$(stored)
	speaking 'begin 3; message 3 killed
		systemctl kill --signal=KILL "smtp-stdio@*.service"
		! read -r -t 20 line <&3 || { echo "heard $line"; exit 1; }'
	[ "$(stored)" = "$before" ]
	until_true 5 no_sessions
}

@test "systemd: a client that does not read does not delay the stop" {
	# Long replies, more than any buffer holds.
	speaking 'begin 3; hear 3 220; say 3 "HELO deaf" 250
		for i in {1..60}; do
			printf "MAIL FROM:<>\r\n"
			yes "$(printf "RCPT TO:<alice+%0380d@example.org>\r" 0)" |
				head -n 1000
			printf "RSET\r\n"
		done >&3 2>/dev/null &
		sleep 2; kill -0 $! # blocked, as the replies are not read
		SECONDS=0
		systemctl stop "smtp-stdio@*.service"
		[ $SECONDS -lt 10 ] || { echo "stopped in $SECONDS s"; exit 1; }'
	log 6 | grep 'helo=deaf end=terminated'
	no_sessions
}

@test "systemd: 600 quick connections do not stop the socket unit" {
	flood
	listens
	until_true 20 no_sessions
	speaking 'begin 3; message 3 after; say 3 $'"'\r\n.'"' 250; say 3 QUIT 221'
}

@test "systemd: no failed unit remains" {
	until_true 5 no_sessions
	inside systemctl --failed --no-legend
	[ -z "$(inside systemctl --failed --no-legend 'smtp-stdio*')" ]
}

# The reason for the limit of the socket unit; the last test, as it breaks the
# unit.
@test "systemd: with systemd's default limit 600 quick connections stop the socket unit" {
	dir=/run/systemd/system/smtp-stdio.socket.d
	inside mkdir -p "$dir"
	inside sh -c "printf '[Socket]\nTriggerLimitIntervalSec=2\n' >$dir/x.conf"
	inside systemctl daemon-reload
	inside systemctl restart smtp-stdio.socket
	flood
	until_true 5 eval '! listens'
}
