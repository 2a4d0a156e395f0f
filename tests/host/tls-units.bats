# STARTTLS and TLS on port 465, in a systemd that is booted for it, by the
# commands of doc/tls.md.
bats_require_minimum_version 1.5.0

load ../lib/booted

setup_file() {
	boot_system
	[ -z "$OBSTACLE" ] || return 0
	inside bash -ec "
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
			-days 2 -subj /CN=mail.example.org -keyout key.pem -out cert.pem
		$(block 'With systemd')
		$(block 'STARTTLS with systemd')
		$(block 'Port 465 with systemd')" \
		>"$BATS_FILE_TMPDIR/readme" 2>&1 3>&-
}

# deliver NAME OPTION-OF-SWAKS...
deliver() {
	inside swaks --ehlo "$1" --from "$1@example.org" --to alice@example.org \
		--server 127.0.0.1 "${@:2}"
}

# arrived NAME: the mail came over TLS from that address, and is in the log with
# its priority
arrived() {
	local file
	file=$(inside grep -rlx "Return-Path: <$1@example.org>" \
		/var/lib/smtp-stdio/mail/)
	inside cat "$file" | grep -x "Received: from $1 (\[127.0.0.1\])"
	inside cat "$file" | grep $'^\tby .* with ESMTPS id '
	log 6 | grep "^accepted peer=127.0.0.1 .* from=$1@example.org "
	log 6 | grep "^session peer=127.0.0.1 .* helo=$1 end=quit "
}

no_sessions() { [ -z "$(inside systemctl list-units --all --no-legend --plain \
	'smtp-stdio*@*')" ]; }

is_well() {
	until_true 10 no_sessions
	[ -z "$(inside systemctl --failed --no-legend 'smtp-stdio*')" ]
	run -1 inside pgrep 'stunnel4|smtp-stdio'
	run -1 grep . <(log 0..4)
}

@test "tls: the lines of doc/tls.md for STARTTLS, and a mail over it" {
	cat "$BATS_FILE_TMPDIR/readme"
	[ "$(block 'STARTTLS with systemd' | wc -l)" = 3 ]
	deliver starting -tls
	arrived starting
	is_well
	[ "$(inside stat -c %a:%U /etc/smtp-stdio/key.pem)" = 600:root ]
	run ! deliver clear -tlsc -p 25
}

@test "tls: the lines of doc/tls.md for port 465, and a mail there" {
	[ "$(block 'Port 465 with systemd' | wc -l)" = 2 ]
	deliver secure -tlsc -p 465
	arrived secure
	is_well
}

@test "tls: port 465 holds 50 sessions at once" {
	inside tests/lib/crowd 127.0.0.1 465 alice@example.org 50 cert.pem
	is_well
}

@test "tls: a session without STARTTLS still works" {
	deliver clear
	inside grep -rlx 'Return-Path: <clear@example.org>' /var/lib/smtp-stdio/mail/
	is_well
}

@test "tls: STARTTLS works on a busy host" {
	inside bash -ec "$(block 'On a busy host')"
	deliver busy -tls
	arrived busy
	is_well
	inside rm -r /etc/systemd/system/smtp-stdio@.service.d/busy.conf
	inside userdel smtp-stdio
	inside systemctl daemon-reload
}

@test "tls: the sandbox of a session permits connections to its own loopback only" {
	dir=/run/systemd/system/smtp-stdio@.service.d
	inside mkdir -p $dir
	cat <(echo "$attempt") - <<-'END' | inside tee /src/try >/dev/null
		print(attempt(socket.socket().connect, ("127.0.0.1", 25)),
		      attempt(socket.socket().connect, ("192.0.2.1", 25)),
		      attempt(socket.socket, socket.AF_INET6),
		      attempt(socket.socket, socket.AF_UNIX),
		      *sorted(os.listdir(os.environ["CREDENTIALS_DIRECTORY"])))
	END
	printf '[Service]\nExecStart=\nExecStart=/usr/bin/python3 /src/try\n' |
		inside tee $dir/x.conf >/dev/null
	inside systemctl daemon-reload
	got=$(inside nc -d -w 20 127.0.0.1 25)
	inside rm $dir/x.conf
	inside systemctl daemon-reload
	[ "$got" = 'ECONNREFUSED ENETUNREACH EAFNOSUPPORT EAFNOSUPPORT cert.pem key.pem' ] ||
		{ echo "$got" && false; }
}

# Without a bus there is no --pipe, so that the journal has what it says.
@test "tls: --check of doc/tls.md names the certificate's names" {
	check=$(block 'Check the certificate')
	[[ $check == 'systemd-run --quiet --wait --pipe -p'* ]]
	inside bash -ec "${check/--wait --pipe/--service-type=oneshot --unit=check}"
	inside journalctl --sync
	checked=$(inside journalctl -u check -o cat)
	grep '^tls: the helper speaks TLS$' <<<"$checked"
	grep '^tls: certificate: of CN = mail.example.org$' <<<"$checked"
	grep ' 0 problems$' <<<"$checked"
}

# by_line N OPTION-OF-SWAKS...: a mail through the Nth of doc/tls.md's commands
by_line() {
	inside tee /src/line >/dev/null <<-END
		#!/bin/sh
		exec $(sed -n '/^## The commands/,/^## Try/s/^    //p' \
			"$BATS_TEST_DIRNAME/../../doc/tls.md" | sed -n "$1p")
	END
	inside chmod +x /src/line
	inside bash -c '
		tcpserver -HRl0 127.0.0.1 2525 /src/line 3>&- 4>&- &
		for i in {1..250}; do
			nc -z 127.0.0.1 2525 && break
			sleep 0.02
		done
		swaks --ehlo x --from x@example.org --to hello@gmail.com \
			--server 127.0.0.1 -p 2525 "$@"
		code=$?
		kill $!
		exit $code' - "${@:2}"
}

@test "tls: both commands of doc/tls.md take mail over TLS" {
	inside bash -c 'cat cert.pem key.pem >/etc/ssl/private/mail.pem'
	by_line 1 -tls
	by_line 2 -tlsc
	[ "$(inside bash -c 'grep -rl "with ESMTPS id" mail/*/new/' | wc -l)" = 2 ]
}

@test "tls: a session stopped within a message leaves no file" {
	before=$(stored)
	inside python3 - <<-'END'
		import smtplib, subprocess
		client = smtplib.SMTP_SSL("127.0.0.1", 465, "stopped")
		client.ehlo()
		client.mail("stopped@example.org")
		client.rcpt("alice@example.org")
		client.docmd("DATA")
		client.send("Subject: half\r\n\r\n")
		subprocess.check_call(["systemctl", "stop", "smtp-stdio-tls@*.service"])
	END
	[ "$(stored)" = "$before" ]
	is_well
}

@test "tls: without a certificate port 25 is closed, and the journal has the reason" {
	inside rm /etc/smtp-stdio/cert.pem
	[ -z "$(inside nc -d -w 20 127.0.0.1 25)" ]
	inside journalctl --sync
	inside journalctl -o cat | grep 'smtp-stdio@.*Failed to set up credentials'
}
