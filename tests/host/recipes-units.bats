# The recipes for programs around a session, under the shipped units, in a systemd
# that is booted for it, with a DNS server on its loopback interface.
bats_require_minimum_version 1.5.0

load ../lib/booted

# settings PAGE: the drop-in of doc/recipes/PAGE
settings() {
	sed -n '/^    \[Service\]/,/^$/s/^    //p' "$BATS_TEST_DIRNAME/../../doc/recipes/$1"
}

setup_file() {
	boot_system
	[ -z "$OBSTACLE" ] || return 0
	inside bash -ec "
		$(block 'With systemd')
		for address in 192.0.2.7 198.51.100.7; do
			ip address add \$address/32 dev lo
		done
		cat >/run/zone <<-END
			7.100.51.198.bl.example.com TXT Blocked by bl.example.com
			example.net TXT v=spf1 ip4:192.0.2.7 -all
		END
		echo nameserver 127.0.0.1 >/run/resolv.conf
		mount --bind /run/resolv.conf \"\$(realpath /etc/resolv.conf)\"
		systemd-run --quiet /usr/bin/python3 /src/tests/lib/dns /run/zone
		install -m 755 doc/recipes/client-address doc/recipes/only-local \
			/usr/local/bin" >"$BATS_FILE_TMPDIR/readme" 2>&1 3>&-
}

# edit: `systemctl edit smtp-stdio@.service` with standard input
edit() {
	inside bash -c "mkdir -p /etc/systemd/system/smtp-stdio@.service.d
		cat >/etc/systemd/system/smtp-stdio@.service.d/override.conf
		systemctl daemon-reload"
}

# from ADDRESS [RCPT]: prints the reply to a recipient
from() {
	inside /usr/bin/python3 -c '
import smtplib, sys
with smtplib.SMTP("127.0.0.1", 25, "client.example.net",
                  source_address=(sys.argv[1], 0)) as client:
    client.ehlo()
    client.mail("ann@example.net")
    code, words = client.rcpt(sys.argv[2])
    print(code, words.decode())
' "$1" "${2:-alice@example.org}"
}

# Prints policyd-spf, whose package would install Postfix.
policyd() (
	load ../lib/helpers
	load ../lib/net
	unpack postfix-policyd-spf-python
	cat "$cache/postfix-policyd-spf-python/usr/bin/policyd-spf"
)

ok='250 2.1.5 Recipient <alice@example.org> OK'

@test "systemd: rblsmtpd refuses a listed client, by the recipe" {
	cat "$BATS_FILE_TMPDIR/readme"
	settings blocklists.md | edit
	run -0 from 198.51.100.7
	[ "$output" = '451 Blocked by bl.example.com' ]
	run -0 from 192.0.2.7
	[ "$output" = "$ok" ]
	inside journalctl --sync
	inside journalctl -t smtp-stdio -o cat | grep '^session peer=192.0.2.7 '
	inside journalctl -t smtp-stdio -o cat | grep '^rblsmtpd: 198.51.100.7 '
}

@test "systemd: SPF refuses what the domain forbids, by the recipe" {
	policyd | inside tee /usr/local/bin/policyd-spf >/dev/null
	inside chmod 755 /usr/local/bin/policyd-spf
	sed -n '/^    HELO_reject/,/^$/s/^    //p' \
		"$BATS_TEST_DIRNAME/../../doc/recipes/policies.md" |
		inside tee /etc/smtp-stdio/spf.conf >&2
	settings policies.md | edit
	run -0 from 198.51.100.7
	[[ $output == '550 5.7.23 '*'SPF fail'* ]]
	run -0 from 192.0.2.7
	[ "$output" = "$ok" ]
}

@test "systemd: a policy that needs no network runs in the unit's own sandbox" {
	printf '[Service]\nExecStart=\nExecStart=/usr/local/sbin/smtp-stdio %s\n' \
		"--users=/etc/smtp-stdio/users.txt --mail=/var/lib/smtp-stdio/mail --policy='/bin/sh /usr/local/bin/only-local'" | edit
	inside bash -c 'echo "staff@example.org ./staff/" >>/etc/smtp-stdio/users.txt'
	run -0 from 198.51.100.7 staff@example.org
	[ "$output" = '554 5.7.1 From our network only' ]
	run -0 from 192.0.2.7 staff@example.org
	[ "$output" = '250 2.1.5 Recipient <staff@example.org> OK' ]
}
