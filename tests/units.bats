# The units as systemd reads them, without starting any.
bats_require_minimum_version 1.5.0

setup() {
	command -v systemd-analyze >/dev/null || {
		[ "${CI:-}" != true ] && skip "no systemd-analyze"
	}
	units=$BATS_TEST_DIRNAME/../units
	cd "$BATS_TEST_TMPDIR" || exit 1
	cp "$units"/* .
	sed -i "s,=/usr/local/sbin/smtp-stdio,=$SMTP_STDIO," smtp-stdio@.service
}

# What systemd has to say about them: its exit code is 0 even for a typo.
verify() {
	systemd-analyze verify ./smtp-stdio.socket ./smtp-stdio@.service 2>&1 |
		grep smtp-stdio || true
}

exposure() {
	systemd-analyze security --no-pager --offline=true ./smtp-stdio@.service |
		sed -n 's/.*Overall exposure level .*: \([0-9.]*\) .*/\1/p'
}
is_low() { awk -v n="$1" 'BEGIN { exit !(n != "" && n <= 0.4) }'; }

value() { sed -n "s/^$2=//p" "$1"; }

@test "units: systemd finds no fault with them" {
	[ "$(verify)" = "" ]
	echo 'NoDelayed=yes' >>smtp-stdio.socket # in [Install]
	verify | grep NoDelayed
	sed -i 's/^SystemCallFilter=@system/&s/' smtp-stdio@.service
	verify | grep systems-service
	sed -i 's,^ExecStart=[^ ]*,ExecStart=/no/such,' smtp-stdio@.service
	verify | grep /no/such
}

@test "units: the exposure of a session is 0.4 or less" {
	is_low "$(exposure)"
	sed -i '/^CapabilityBoundingSet/d' smtp-stdio@.service
	run -1 is_low "$(exposure)"
	run -1 is_low ''
}

@test "units: the socket has the limits that it promises" {
	[ "$(value smtp-stdio.socket MaxConnections)" -le 300 ]
	[ "$(value smtp-stdio.socket MaxConnectionsPerSource)" -ge 5 ]
	[ "$(value smtp-stdio.socket TriggerLimitIntervalSec)" = 0 ]
	[ "$(value smtp-stdio.socket NoDelay)" = yes ]
	[ "$(value smtp-stdio@.service SuccessExitStatus)" = '74 75' ]
}

@test "units: systemd, xinetd and inetd start the same command" {
	want=$(value "$units/smtp-stdio@.service" ExecStart)
	[[ $want == /usr/local/sbin/smtp-stdio\ --* ]]
	server=$(sed -n 's/^\tserver *= //p' smtp-stdio.xinetd)
	[ "$server $(sed -n 's/^\tserver_args *= //p' smtp-stdio.xinetd)" = "$want" ]
	[ "$(grep -c '^[^#]' smtp-stdio.inetd)" = 1 ]
	read -r _ _ _ _ _ server name arguments < <(grep '^[^#]' smtp-stdio.inetd)
	[ "$server $arguments" = "$want" ] && [ "$name" = smtp-stdio ]
}
