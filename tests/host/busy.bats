# The units for busy hosts, in a systemd that is booted for it, by the commands of
# doc/install.md.
bats_require_minimum_version 1.5.0

load ../lib/booted

setup_file() {
	boot_system
	[ -n "$OBSTACLE" ] ||
		inside bash -c "set -e; $(block 'With systemd')" \
			>"$BATS_FILE_TMPDIR/readme" 2>&1
}

zero=0000000000000000

# deliver HELO-NAME
deliver() {
	speaking 'begin 3; message 3 '"$1"'
		say 3 $'"'\r\n.'"' 250; say 3 QUIT 221'
}

# The message of HELO-NAME, as stored.
mail_of() {
	inside grep -rlx "Return-Path: <$1@example.org>" /var/lib/smtp-stdio/mail/
}
came_from() { # HELO-NAME PEER
	inside cat "$(mail_of "$1")" | grep -qxF "Received: from $1 ([$2])"
}

# Prints facts from /proc about the process of an open session, one a line: the
# namespaces that it shares with process 1, and lines of its status.
session_facts() { # UNIT-PATTERN
	speaking 'begin 3; hear 3 220
		pid=$(pgrep -x smtp-stdio)
		for ns in mnt net user; do
			[ $(readlink /proc/1/ns/$ns) != $(readlink /proc/$pid/ns/$ns) ] ||
				echo "shares $ns"
		done
		sed -nE "s/^(NoNewPrivs|Seccomp|CapEff|CapBnd|Uid):\t([^\t]*).*/\1 \2/p" \
			/proc/$pid/status
		say 3 QUIT 221'
}

facts() { sort | paste -s -d ,; }

owners() { inside find /var/lib/smtp-stdio/ -printf '%u\n' | sort -u; }

sessions() { inside pgrep -x smtp-stdio; }
no_sessions() { ! sessions; }

listens() { # tcpserver needs a moment after its start
	until_true 5 inside grep -q ':0019 0*:0000 0A' /proc/net/tcp
}

# stops_cleanly NAME UNIT...: stops UNITs during a message
stops_cleanly() {
	local before name=$1
	before=$(inside find /var/lib/smtp-stdio/mail/ -type f)
	shift
	speaking "begin 3; message 3 $name"'
		systemctl stop '"$*"'
		hear 3 421
		! read -r -t 20 line <&3 || { echo "and $line"; exit 1; }'
	[ "$(inside find /var/lib/smtp-stdio/mail/ -type f)" = "$before" ]
	log 6 | grep "peer=127.0.0.1 .*helo=$name end=terminated"
	no_sessions
	[ -z "$(inside systemctl --failed --no-legend 'smtp-stdio*')" ]
}

@test "busy: the lines of doc/install.md lighten the unit, and the mail moves with it" {
	conf=/etc/systemd/system/smtp-stdio@.service.d/busy.conf
	until_true 5 no_sessions
	inside test -L /var/lib/smtp-stdio
	deliver before
	until_true 5 no_sessions

	# A busy host always has a session.
	[ "$(block 'On a busy host' | wc -l)" = 5 ]
	speaking 'begin 3; message 3 old
		'"$(block 'On a busy host')"'
		hear 3 421'
	run -1 mail_of old
	deliver light
	came_from light 127.0.0.1
	until_true 5 no_sessions
	inside test ! -L /var/lib/smtp-stdio
	mail_of before
	[ "$(owners)" = smtp-stdio ]
	uid=$(inside id -u smtp-stdio)
	[ "$(session_facts | facts)" = "CapBnd $zero,CapEff $zero,NoNewPrivs 1,\
Seccomp 2,Uid $uid,shares mnt" ]
	log 6 | grep 'session peer=127.0.0.1 .*helo=light end=quit'

	until_true 5 no_sessions
	stops_cleanly cut smtp-stdio.socket '"smtp-stdio@*.service"'

	inside rm "$conf"
	inside systemctl daemon-reload
	inside systemctl start smtp-stdio.socket
	deliver after
	until_true 5 no_sessions
	inside test -L /var/lib/smtp-stdio
	mail_of before
	mail_of light
	[ "$(owners)" = smtp-stdio ]
	[[ $(session_facts | facts) != *shares* ]]
}

@test "busy: tcpserver as doc/install.md starts it delivers, in one sandbox" {
	[ "$(block 'With tcpserver as a service' | wc -l)" = 2 ]
	speaking 'begin 3; message 3 old
		'"$(block 'With tcpserver as a service')"'
		say 3 $'"'\r\n.'"' 250; say 3 QUIT 221'
	came_from old 127.0.0.1 # an open session continues
	listens
	until_true 5 no_sessions
	deliver one
	came_from one 127.0.0.1
	log 6 | grep 'session peer=127.0.0.1 .*helo=one end=quit'
	run -1 grep unconfined <(log 6)
	facts=$(session_facts | grep -v Uid | facts)
	only_bind=0000000000000400 # CAP_NET_BIND_SERVICE
	[ "$facts" = "CapBnd $only_bind,CapEff $only_bind,NoNewPrivs 1,Seccomp 2,\
shares net,shares user" ]
	run -3 inside systemctl --quiet is-active smtp-stdio.socket
}

@test "busy: tcpserver holds 200 sessions at once" {
	inside tests/lib/crowd 127.0.0.1 25 alice@example.org
	until_true 5 no_sessions
}

@test "busy: stopping tcpserver stops its sessions" {
	inside systemctl start smtp-stdio-tcpserver
	listens
	stops_cleanly halted smtp-stdio-tcpserver
	run -1 inside nc -z 127.0.0.1 25
	[ "$(inside systemctl is-active smtp-stdio-tcpserver)" = inactive ]
}

@test "busy: the socket unit can use the port again" {
	inside systemctl start smtp-stdio-tcpserver
	listens
	inside systemctl start smtp-stdio.socket
	run -1 inside pgrep -x tcpserver
	deliver back
	came_from back 127.0.0.1
	until_true 5 no_sessions
}

# instead COMMAND [LINE...]: prints the output of a tcpserver session that runs
# COMMAND, with LINEs added to the unit
instead() {
	local drop=/run/systemd/system/smtp-stdio-tcpserver.service.d
	inside mkdir -p "$drop"
	{
		printf '[Service]\nExecStart=\n'
		echo "ExecStart=/usr/bin/tcpserver -HRl0 0 25 $1"
		shift
		printf '%s\n' "$@"
	} | inside tee "$drop/instead.conf" >/dev/null
	inside systemctl daemon-reload
	inside systemctl restart smtp-stdio-tcpserver
	listens
	inside nc -d -w 20 127.0.0.1 25
	inside rm -r "$drop"
	inside systemctl daemon-reload
	inside systemctl stop smtp-stdio-tcpserver
}

@test "busy: the sandbox of tcpserver permits no other programs and no connections" {
	cat <(echo "$attempt") - <<-'END' | inside tee /src/try >/dev/null
		udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		print(attempt(socket.socket().connect, ("127.0.0.1", 25)),
		      attempt(udp.sendto, b"x", ("127.0.0.1", 25)),
		      attempt(socket.socket, socket.AF_UNIX),
		      attempt(open, "/etc/smtp-stdio/mine", "w"))
	END
	python='/usr/bin/python3 /src/try'
	[ "$(instead "$python")" = '' ]
	log 6 | grep 'unable to run .*python3: access denied'
	allowed=ExecPaths=/usr/bin
	[ "$(instead "$python" "$allowed")" = 'EPERM EPERM EAFNOSUPPORT EROFS' ]
	[[ $(instead "$python" "$allowed" SystemCallFilter=connect) == done\ * ]]
}
