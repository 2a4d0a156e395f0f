#!/usr/bin/env bats
# Builds, inspects and installs the Debian package and the tar file of the
# program, in a booted systemd: see boot.
bats_require_minimum_version 1.5.0

load ../lib/booted

setup_file() {
	local name
	export made=$BATS_FILE_TMPDIR/made
	OBSTACLE='a sanitizer is built in' LEADER=
	export OBSTACLE
	[ "${SANITIZED:-no}" = no ] || return 0
	for name in dpkg-buildpackage dh lintian musl-gcc; do
		command -v "$name" >/dev/null && continue
		OBSTACLE="$name is not installed"
		[ "${CI-}" != true ]
		return
	done
	make_ deb tarball >"$BATS_FILE_TMPDIR/make" 2>&1 3>&- &
	name=$!
	boot_system
	wait "$name" || {
		cat "$BATS_FILE_TMPDIR/make"
		return 1
	}
	[ -z "$LEADER" ] || inside rm -f /usr/sbin/policy-rc.d
}

# Builds in its own directory, unless the program is already the static one.
make_() {
	[[ $("$SMTP_STDIO" --version) == *'static with musl' ]] ||
		set -- O="$made/build" PROGRAM="$made/smtp-stdio" "$@"
	env -u MAKEFLAGS -u MFLAGS -u CC make --no-print-directory \
		-C "$BATS_TEST_DIRNAME/../.." PACKAGES="$made" "$@"
}

# Tests without a container run even if it is missing.
setup() {
	[ -e "$made" ] || skip "$OBSTACLE"
	deb=$(echo "$made"/*.deb)
	tarball=$(echo "$made"/*.tar.gz)
}

# Removes what a failed test may have left.
needs_container() {
	[ -z "$OBSTACLE" ] || skip "$OBSTACLE"
	inside dpkg --purge smtp-stdio 2>/dev/null
	inside rm -rf /etc/smtp-stdio /run/systemd/system/smtp-stdio@.service.d
	inside systemctl daemon-reload
}

is_listening() { inside systemctl --quiet is-active smtp-stdio.socket; }
is_enabled() { inside systemctl --quiet is-enabled smtp-stdio.socket; }
exists() { inside test -e "$1"; }

# copy FILE: copies into the container, as /root/NAME
copy() { inside tee "/root/${1##*/}" <"$1" >/dev/null; }

as_smtp_stdio() {
	inside setpriv --reuid=smtp-stdio --regid=smtp-stdio --clear-groups "$@"
}

# receives SUBJECT: starts the service as documented, and sends a message.
receives() {
	inside systemctl enable --now smtp-stdio.socket
	send "$1"
}
send() {
	speaking "begin 3; message 3 $1"'; say 3 $'"'\r\n.'"' 250; say 3 QUIT 221'
	inside grep -r -l -x "Subject: $1" /var/lib/smtp-stdio/mail
}

# All that lintian reports on PACKAGE.
lint() { lintian -I --pedantic --fail-on=error,warning,info,pedantic "$@" 2>&1; }

@test "package: lintian reports no problem, but reports a wrong mode" {
	lint "$deb"
	dpkg-deb -R "$deb" "$BATS_TEST_TMPDIR/bad"
	chmod 777 "$BATS_TEST_TMPDIR/bad/usr/sbin/smtp-stdio"
	dpkg-deb --root-owner-group -b "$BATS_TEST_TMPDIR/bad" >/dev/null
	run ! lint --check-part files/permissions "$BATS_TEST_TMPDIR/bad.deb"
	[[ $output == *non-standard-executable-perm* ]]
}

@test "package: has exactly these files, and users.txt is a conffile" {
	diff - <(dpkg-deb --fsys-tarfile "$deb" | tar -t |
		grep -v '/$\|/examples/recipes/' | sort) <<-END
		./etc/smtp-stdio/users.txt
		./lib/systemd/system/smtp-stdio-tcpserver.service
		./lib/systemd/system/smtp-stdio-tls.socket
		./lib/systemd/system/smtp-stdio-tls@.service
		./lib/systemd/system/smtp-stdio.socket
		./lib/systemd/system/smtp-stdio@.service
		./usr/sbin/smtp-stdio
		./usr/sbin/smtp-stdio-tls
		./usr/share/bash-completion/completions/smtp-stdio
		./usr/share/doc/smtp-stdio/README.Debian
		./usr/share/doc/smtp-stdio/README.md
		./usr/share/doc/smtp-stdio/SECURITY.md
		./usr/share/doc/smtp-stdio/architecture.md
		./usr/share/doc/smtp-stdio/changelog.Debian.gz
		./usr/share/doc/smtp-stdio/changelog.gz
		./usr/share/doc/smtp-stdio/classroom.md
		./usr/share/doc/smtp-stdio/copyright
		./usr/share/doc/smtp-stdio/examples/busy.conf
		./usr/share/doc/smtp-stdio/examples/log/fail2ban.conf
		./usr/share/doc/smtp-stdio/examples/log/summary.awk
		./usr/share/doc/smtp-stdio/examples/smtp-stdio.inetd
		./usr/share/doc/smtp-stdio/examples/smtp-stdio.xinetd
		./usr/share/doc/smtp-stdio/examples/tls.conf
		./usr/share/doc/smtp-stdio/images/bench.svg
		./usr/share/doc/smtp-stdio/images/growth.svg
		./usr/share/doc/smtp-stdio/images/parts.dot
		./usr/share/doc/smtp-stdio/images/parts.svg
		./usr/share/doc/smtp-stdio/images/states.dot
		./usr/share/doc/smtp-stdio/images/states.svg
		./usr/share/doc/smtp-stdio/install.md
		./usr/share/doc/smtp-stdio/programs.md
		./usr/share/doc/smtp-stdio/recipes.md
		./usr/share/doc/smtp-stdio/scaling.md
		./usr/share/doc/smtp-stdio/spec.md
		./usr/share/doc/smtp-stdio/speed.md
		./usr/share/doc/smtp-stdio/testing.md
		./usr/share/doc/smtp-stdio/tls.md
		./usr/share/lintian/overrides/smtp-stdio
		./usr/share/man/man5/users.txt.5.gz
		./usr/share/man/man8/smtp-stdio-tls.8.gz
		./usr/share/man/man8/smtp-stdio.8.gz
	END
	[ "$(dpkg-deb -I "$deb" conffiles)" = /etc/smtp-stdio/users.txt ]
	[[ $(dpkg-deb -f "$deb" Suggests) == *stunnel4*ucspi-tcp* ]]
}

@test "package: is static, of this version, and does not name /usr/local" {
	dpkg-deb -x "$deb" "$BATS_TEST_TMPDIR/root"
	version=$("$BATS_TEST_TMPDIR/root/usr/sbin/smtp-stdio" --version)
	[[ $version == *'static with musl' ]]
	[[ $version == "smtp-stdio $(dpkg-deb -f "$deb" Version | sed 's/-[^-]*$//'),"* ]]
	[ "${version%,*}" = "$("$SMTP_STDIO" --version | sed 's/,.*//')" ]
	run -1 grep -r /usr/local/ "$BATS_TEST_TMPDIR/root/lib" \
		"$BATS_TEST_TMPDIR"/root/usr/share/doc/smtp-stdio/examples/{tls.conf,smtp-stdio.*}
}

@test "package: off when installed, receives mail when enabled, keeps mail when purged" {
	needs_container
	copy "$deb"
	inside apt-get -qq install -y "/root/${deb##*/}"
	exists /etc/smtp-stdio/users.txt
	run ! is_listening
	run ! is_enabled
	receives packaged
	inside sh -c 'echo new@example.org >>/etc/smtp-stdio/users.txt'
	inside dpkg -i "/root/${deb##*/}" # an upgrade
	is_listening
	inside grep new@example.org /etc/smtp-stdio/users.txt
	send upgraded
	inside dpkg --remove smtp-stdio
	run ! is_listening
	exists /etc/smtp-stdio/users.txt
	inside dpkg --purge smtp-stdio
	run ! exists /etc/smtp-stdio
	run ! is_enabled
	[ -z "$(inside find /etc /lib/systemd /usr/sbin /usr/share /var/lib/systemd \
		-name 'smtp-stdio*')" ]
	for subject in packaged upgraded; do
		inside grep -r -l "Subject: $subject" /var/lib/smtp-stdio/mail
	done
}

# lines PATTERN: the lines of doc/recipes.md, with the package's paths
lines() {
	sed -n "/^    $1/{s/^    //;s,/usr/local/sbin/,/usr/sbin/,;p}" \
		"$BATS_TEST_DIRNAME/../../doc/recipes.md"
}

@test "package: mail goes to commands as in the recipes" {
	needs_container
	copy "$deb"
	inside dpkg -i "/root/${deb##*/}"
	inside bash -c "$(lines 'install -m 755 doc')"
	lines '[a-z]*@example.org |' | inside tee /etc/smtp-stdio/users.txt
	inside mkdir -p /run/systemd/system/smtp-stdio@.service.d
	lines '\(\[Service\]\|ExecStart=\|Restrict\|SystemCall\)' |
		inside tee /run/systemd/system/smtp-stdio@.service.d/commands.conf
	inside systemctl daemon-reload
	inside systemctl restart smtp-stdio.socket
	speaking 'for who in bob; do
			begin 3; hear 3 220; say 3 "HELO x" 250; say 3 "MAIL FROM:<>" 250
			say 3 "RCPT TO:<$who@example.org>" 250; say 3 DATA 354
			printf "From: x@example.net\r\nSubject: to $who\r\n" >&3
			say 3 $'"'\r\nHey!\r\n.'"' 250; say 3 QUIT 221
		done' || { inside journalctl -t smtp-stdio; false; }
	inside grep -r -x 'Subject: to bob' /var/lib/smtp-stdio/bob/new
}

@test "tarball: receives mail when unpacked and installed, keeps mail when removed" {
	needs_container
	copy "$tarball"
	# shellcheck disable=SC2016 # expanded by the inner shell
	inside sh -ec 'cd /root && tar -xzf "${1##*/}"
		cd smtp-stdio-*/ && ./install.sh && systemctl daemon-reload' - "$tarball"
	run ! is_enabled
	receives unpacked
	inside sh -c 'echo new@example.org >>/etc/smtp-stdio/users.txt'
	inside sh -c '/root/smtp-stdio-*/install.sh'
	inside grep new@example.org /etc/smtp-stdio/users.txt
	inside systemctl disable --now smtp-stdio.socket
	inside sh -c '/root/smtp-stdio-*/install.sh --remove'
	inside grep new@example.org /etc/smtp-stdio/users.txt
	inside rm -r /etc/smtp-stdio
	[ "$(inside find /usr/local -name '*smtp-stdio*' -o -name users.txt.5)" = '' ]
	inside grep -r -l 'Subject: unpacked' /var/lib/smtp-stdio/mail
}

@test "doc/install.md: from systemd to xinetd or inetd the mail goes along" {
	needs_container
	copy "$tarball"
	inside sh -ec 'cd /root && tar -xzf "${1##*/}"
		smtp-stdio-*/install.sh && systemctl daemon-reload' - "$tarball"
	receives moving
	run -1 as_smtp_stdio true # there is no such user
	# A client is connected.
	inside bash -ec "exec 3<>/dev/tcp/127.0.0.1/25; read -r line <&3
		$(block 'From systemd to xinetd or inetd')"
	run ! is_listening
	as_smtp_stdio grep -r -l -x 'Subject: moving' /var/lib/smtp-stdio/mail
	as_smtp_stdio smtp-stdio --check --users=/etc/smtp-stdio/users.txt \
		--mail=/var/lib/smtp-stdio/mail
	inside userdel smtp-stdio
}

@test "tarball: owned by root and readable by all, with any umask" {
	tar -tvzf "$tarball" | awk '
		$2 != "root/root" || $1 !~ /^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x)$/ {
			print; bad = 1
		}
		END { exit bad || NR < 10 }'
	tar -xzf "$tarball" -C "$BATS_TEST_TMPDIR"
	DESTDIR=$BATS_TEST_TMPDIR/root "$BATS_TEST_TMPDIR"/smtp-stdio-*/install.sh
	make_ install DESTDIR="$BATS_TEST_TMPDIR/other" >/dev/null
	diff -r "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/other"
	DESTDIR=$BATS_TEST_TMPDIR/root "$BATS_TEST_TMPDIR"/smtp-stdio-*/install.sh --remove
	[ -z "$(find "$BATS_TEST_TMPDIR/root" ! -type d)" ]
}
