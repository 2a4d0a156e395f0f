# The units as systemd parses them, without starting any.
bats_require_minimum_version 1.5.0

setup() {
	command -v systemd-analyze >/dev/null || {
		[ "${CI:-}" != true ] && skip "no systemd-analyze"
	}
	units=$BATS_TEST_DIRNAME/../../units
	cd "$BATS_TEST_TMPDIR" || exit 1
	cp "$units"/* .
	sed -i -e "s,/usr/local/sbin/smtp-stdio-tls,$units/../tools/smtp-stdio-tls," \
		-e "s,/usr/local/sbin/smtp-stdio\( \|$\),$SMTP_STDIO\1," \
		./*.service ./tls.conf
}

# systemd's messages on the units: its exit code is 0 even for a typo.
verify() {
	systemd-analyze verify --man=no ./*.socket ./*.service 2>&1 |
		grep 'smtp-stdio\|busy\|tls' || true
}

# add NAME: makes NAME a drop-in of smtp-stdio@.service
add() {
	mkdir -p smtp-stdio@.service.d
	mv "$1.conf" smtp-stdio@.service.d
}

exposure() { # [UNIT]
	systemd-analyze security --no-pager --offline=true \
		"./${1-smtp-stdio@.service}" |
		sed -n 's/.*Overall exposure level .*: \([0-9.]*\) .*/\1/p'
}
# Other versions of systemd may weight a directive differently.
is_near() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && b != "" &&
	a - b < 0.25 && b - a < 0.25) }'; }
is_low() { awk -v n="$1" 'BEGIN { exit !(n != "" && n <= 0.4) }'; }

value() { sed -n "s/^$2=//p" "$1"; }

@test "units: systemd accepts them, and detects typos" {
	[ "$(verify)" = "" ]
	echo 'NoDelayed=yes' >>smtp-stdio.socket # in [Install]
	verify | grep NoDelayed
	sed -i 's/^SystemCallFilter=@system/&s/' smtp-stdio@.service
	verify | grep systems-service
	sed -i 's,^ExecStart=[^ ]*,ExecStart=/no/such,' smtp-stdio@.service
	verify | grep /no/such
	sed -i 's/^NoExecPaths/&s/' smtp-stdio-tcpserver.service
	verify | grep NoExecPathss
}

@test "units: systemd accepts them with busy.conf" {
	add busy
	[ "$(verify)" = "" ]
	sed -i 's/^RemoveIPC/&s/' smtp-stdio@.service.d/busy.conf
	verify | grep RemoveIPCs
}

@test "units: the exposure of a session is 0.4 or less" {
	is_low "$(exposure)"
	sed -i '/^CapabilityBoundingSet/d' smtp-stdio@.service
	run -1 is_low "$(exposure)"
	run -1 is_low ''
}

@test "units: the exposure in the comments is that of systemd" {
	said=$(sed -n 's/^# *without this file *\([0-9.]*\) .*/\1/p' busy.conf)
	is_near "$(exposure)" "$said"
	run -1 is_near "$(exposure)" ''
	said=$(sed -n 's/^# *with it *\([0-9.]*\) .*/\1/p' busy.conf)
	run -1 is_near "$(exposure)" "$said"
	add busy
	is_near "$(exposure)" "$said"
	service=smtp-stdio-tcpserver.service
	said=$(sed -n 's/^# Exposure \([0-9.]*\) .*/\1/p' $service)
	is_near "$(exposure $service)" "$said"
	said=$(sed -n 's/^# Exposure \([0-9.]*\) .*/\1/p' smtp-stdio-tls@.service)
	is_near "$(exposure smtp-stdio-tls@.service)" "$said"
	sed -i '/^CapabilityBoundingSet/d' $service
	run -1 is_near "$(exposure $service)" "$said"
}

@test "units: systemd accepts them with tls.conf, with and without busy.conf" {
	add tls
	[ "$(verify)" = "" ]
	said=$(sed -n 's/^# Exposure \([0-9.]*\) .*/\1/p' smtp-stdio@.service.d/tls.conf)
	is_near "$(exposure)" "$said"
	sed -i 's/^LoadCredential/&s/' smtp-stdio@.service.d/tls.conf
	verify | grep LoadCredentials
	sed -i 's/^LoadCredentials/LoadCredential/' smtp-stdio@.service.d/tls.conf
	add busy
	[ "$(verify)" = "" ]
}

# The directives of UNIT, except its names and its command.
directives() {
	grep -hv -e '^#' -e '^$' -e '^Description=' -e '^Exec' \
		-e '^\[' -e '^SyslogIdentifier=' -e $'^\t' "$@" | sort
}

@test "units: a session on port 465 has the same unit as one with tls.conf" {
	diff <(directives smtp-stdio-tls@.service) \
		<(directives smtp-stdio@.service tls.conf |
			grep -v '^RestrictAddressFamilies=none')
	diff <(directives smtp-stdio.socket | grep -v '^ListenStream=\|^MaxConn') \
		<(directives smtp-stdio-tls.socket | grep -v '^ListenStream=\|^MaxConn')
	[ "$(value smtp-stdio-tls.socket ListenStream)" = 465 ]
}

@test "units: the socket unit has the documented limits" {
	[ "$(value smtp-stdio.socket Backlog)" = 400 ]
	[ "$(value smtp-stdio.socket MaxConnections)" = 400 ]
	[ "$(value smtp-stdio.socket MaxConnectionsPerSource)" = 200 ]
	[ "$(value smtp-stdio.socket TriggerLimitIntervalSec)" = 0 ]
	[ "$(value smtp-stdio.socket NoDelay)" = yes ]
	[ "$(value smtp-stdio@.service SuccessExitStatus)" = '74 75' ]
}

@test "units: systemd, xinetd and inetd start the same command" {
	want=$(value "$units/smtp-stdio@.service" ExecStart)
	[[ $want == /usr/local/sbin/smtp-stdio\ --* ]]
	[ "$(sed -n 's,^\t\(/usr/local/sbin/\),\1,p' \
		"$units/smtp-stdio-tcpserver.service")" = "$want" ]
	[ "$(value "$units/tls.conf" ExecStart | tail -n 1)" = \
		"$want --tls=/usr/local/sbin/smtp-stdio-tls" ]
	[ "$(grep -A 1 '^ExecStart=' "$units/smtp-stdio-tls@.service" | tail -n 1)" = \
		$'\t'"$want --tls-on" ]
	server=$(sed -n 's/^\tserver *= //p' smtp-stdio.xinetd)
	[ "$server $(sed -n 's/^\tserver_args *= //p' smtp-stdio.xinetd)" = "$want" ]
	[ "$(grep -c '^[^#]' smtp-stdio.inetd)" = 1 ]
	read -r _ _ _ _ _ server name arguments < <(grep '^[^#]' smtp-stdio.inetd)
	[ "$server $arguments" = "$want" ] && [ "$name" = smtp-stdio ]
}
