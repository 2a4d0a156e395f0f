# relay - mail servers that receive mail by SMTP and relay it to the program,
# each in a private folder; `load helpers`, `load net`, then `load relay`
#
# Their users exist only for them: unshare(1) mounts a passwd over the system's.

# private PACKAGE USER:UID...: unpacks PACKAGE to $relay/bin; $private runs it.
private() {
	local package=$1 user
	needs_root
	needs unshare
	unshare --mount true 2>/dev/null || cannot 'mounts are not permitted'
	unpack "$package" || cannot "$package cannot be fetched"
	relay=$(mktemp -d "${BATS_TMPDIR:-/tmp}/smtp-stdio.XXXXXX")
	folders+=("$relay")
	cp -r "$cache/$package" "$relay/bin"
	libs=$(find "$relay/bin" -name '*.so*' -printf '%h\n' | sort -u |
		paste -s -d :)
	cp /etc/passwd "$relay/passwd"
	cp /etc/group "$relay/group"
	shift
	for user; do
		sed -i "/^${user%:*}:/d" "$relay/passwd" "$relay/group"
		echo "${user%:*}:x:${user#*:}:${user#*:}::/:/bin/false" >>"$relay/passwd"
		echo "${user%:*}:x:${user#*:}:" >>"$relay/group"
	done
	chmod -R a+rX "$relay"
	# shellcheck disable=SC2016 # expanded by the inner shell
	private=(unshare --mount --propagation private sh -ec '
		mount --bind "$0/passwd" /etc/passwd
		mount --bind "$0/group" /etc/group
		exec "$@"' "$relay" env "LD_LIBRARY_PATH=$libs")
}

# start_exim TRANSPORT-OPTION...: starts a relay with this transport.
start_exim() {
	private exim4-daemon-light Debian-exim:65534
	mkdir "$relay/spool" "$relay/log"
	{
		cat <<-END
			exim_path = $relay/bin/usr/sbin/exim4
			spool_directory = $relay/spool
			log_file_path = $relay/log/%s
			pid_file_path = $relay/pid
			primary_hostname = relay.example.net
			keep_environment = LD_LIBRARY_PATH
			tls_advertise_hosts =
			never_users =
			deliver_drop_privilege = true
			check_spool_space = 0
			ignore_bounce_errors_after = 0s
			acl_smtp_rcpt = accept
			begin routers
			onward:
			  driver = manualroute
			  route_list = * 127.0.0.1
			  self = send
			  transport = onward
			begin transports
			onward:
		END
		printf '  %s\n' "$@"
		printf 'begin retry\n* * F,1h,1m\n'
	} >"$relay/conf"
	chown -R 65534:65534 "$relay/spool" "$relay/log"
	exim=("${private[@]}" "$relay/bin/usr/sbin/exim4" -C "$relay/conf")
	relay_log=$relay/log/main
	serve listen_exim
}

listen_exim() {
	exec "${exim[@]}" -bdf -oX "127.0.0.1.$port"
}

# start_postfix TRANSPORT:NEXT-HOP: starts a relay that sends all mail there.
start_postfix() {
	local box
	private postfix postfix:65531 postdrop:65532
	mkdir "$relay/etc" "$relay/data" "$relay/queue"
	for box in active bounce corrupt defer deferred flush hold incoming \
		maildrop private public saved trace; do
		mkdir -m 700 "$relay/queue/$box"
	done
	chown -R 65531:65531 "$relay/data" "$relay/queue"/*
	mkdir -m 755 "$relay/queue/pid"
	cat >"$relay/etc/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $relay/queue
		data_directory = $relay/data
		daemon_directory = $relay/bin/usr/lib/postfix/sbin
		command_directory = $relay/bin/usr/sbin
		shlib_directory = $relay/bin/usr/lib/postfix
		meta_directory = $relay/etc
		import_environment = MAIL_CONFIG LD_LIBRARY_PATH=$libs
		export_environment = LD_LIBRARY_PATH=$libs
		mail_owner = postfix
		setgid_group = postdrop
		myhostname = relay.example.net
		mydestination =
		relay_domains = example.org
		relay_transport = $1
		default_transport = discard
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		mynetworks = 127.0.0.0/8
		alias_maps =
		local_recipient_maps =
		disable_dns_lookups = yes
		message_size_limit = 20000000
		maillog_file = $relay/log
		maillog_file_prefixes = $relay
	END
	relay_log=$relay/log
	serve listen_postfix
}

listen_postfix() {
	local service
	{
		echo 'postlog unix-dgram n - n - 1 postlogd'
		echo "127.0.0.1:$port inet n - n - - smtpd"
		echo 'rewrite unix - - n - - trivial-rewrite'
		echo 'pickup unix n - n 60 1 pickup'
		echo 'qmgr unix n - n 300 1 qmgr'
		for service in bounce defer trace; do
			echo "$service unix - - n - 0 bounce"
		done
		for service in cleanup flush; do
			echo "$service unix n - n - 0 $service"
		done
		for service in lmtp smtp discard error proxymap anvil; do
			echo "$service unix - - n - - $service"
		done
		echo 'retry unix - - n - - error'
	} >"$relay/etc/master.cf"
	exec "${private[@]}" "$relay/bin/usr/lib/postfix/sbin/master" -d \
		-c "$relay/etc"
}

# by_smtplib PROTOCOL FILE RCPT...: sends FILE, whose lines end in LF.
by_smtplib() {
	python3 - "$port" "$@" <<-'END'
		import smtplib
		import sys

		port, protocol, name, *rcpts = sys.argv[1:]
		with open(name, "rb") as file:
		    octets = file.read().replace(b"\n", b"\r\n")
		host = "127.0.0.1"
		if port.startswith("/"):
		    host, port = port, 0
		with getattr(smtplib, protocol)(host, int(port),
		                                "client.example.net") as client:
		    try:
		        refused = client.sendmail("ann@example.net", rcpts, octets,
		                                  ["BODY=8BITMIME"])
		    except smtplib.SMTPResponseException as error:
		        refused = {"": (error.smtp_code, error.smtp_error)}
		    except smtplib.SMTPRecipientsRefused as error:
		        refused = error.recipients
		for rcpt, (code, words) in refused.items():
		    print(rcpt, code, words.decode())
		sys.exit(bool(refused))
	END
}

# arrived MESSAGE BOX: compares them from `From: ` on; the program and the relay
# add lines before it.
arrived() {
	body_of "$2" | sed -n '/^From: Ann/,$p' >"$work/got"
	cmp "$messages/$1" "$work/got" >&2 || fail "$1 for $2"
}

# relayed PATTERN: waits for PATTERN in the log of the relay.
relayed() {
	await "$1" "$relay_log" ||
		fail "$(cat "$work/log" "$work/listener")"
}
