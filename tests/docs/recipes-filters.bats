#!/usr/bin/env bats
# doc/recipes.md on filters: each line is run as it is printed, with the real
# program, without network and as an ordinary user.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net
load ../lib/recipes
load ../lib/alone

done='250 2.0.0 OK; Message Accepted'
failed='451 4.3.0 Could not be delivered, try again later'

eval "$(declare -f prepare | sed '1s/prepare/prepare_path/')"
prepare() {
	make_public
	work=$public
	mail=$work/mail
	prepare_path
	cp "$doc"/recipes/* bin
	mkdir run tmp
	export TMPDIR=$work/tmp HOME=$work
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 .
	text=$(section 'Filter mail')
	daemons=()
}

# have NAME PACKAGE [OPTION...]: puts NAME into bin, from the system or from the
# unpacked PACKAGE, with these options first
have() {
	local name=$1 package=$2
	shift 2
	found=("$(command -v "$name" || true)")
	[ -n "${found[0]}" ] || provide "$name" "$package"
	rm -f "bin/$name"
	printf '%s\n' '#!/bin/sh' "exec ${found[*]} $* \"\$@\"" >"bin/$name"
	chmod 755 "bin/$name"
}

# SIGTERM, because they have children.
stop_daemons() {
	local daemon
	for daemon in "${daemons[@]}"; do
		kill "$daemon" 2>/dev/null || true
		wait "$daemon" 2>/dev/null || true
	done
	daemons=()
}

eval "$(declare -f teardown | sed '1s/teardown/teardown_work/')"
teardown() {
	stop_daemons
	teardown_work
}

# runs SOCKET COMMAND...: COMMAND listens there, as an ordinary user
runs() {
	local socket=$1 i as=()
	shift
	[ "$(id -u)" != 0 ] ||
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${as[@]}" "$@" >daemon.log 2>&1 3>&- 4>&- &
	daemons+=("$!")
	for ((i = 0; i < 1500; i++)); do
		[ ! -S "$socket" ] || return 0
		kill -0 "$!" 2>/dev/null || break
		sleep 0.02
	done
	fail "$1 does not run:" "$(tail -n 20 daemon.log)"
}

# written PATTERN: the line of the text with a filter that matches, with the
# paths of this test
written() {
	line=$(grep -e '^    .*smtp-stdio --filter=' <<<"$text" | grep -e "$1" | head -n 1)
	[ -n "$line" ] || fail "no line with $1"
	line=$(sed -e 's/^    //' -e "s,/usr/local/bin,$work/bin,g" \
		-e "s,/run/spamd.sock,$work/run/spamd.sock,; s,localhost:11333,$work/run/rspamd.sock," \
		-e "s,/var/lib/smtp-stdio,$work/run,g" <<<"$line")
}

# passes [FILE]: sends the message in FILE, message, by the line as written
passes() {
	{
		session "$(transaction bob@example.org)"
		sed -e 's/^\./../' -e 's/\r*$/\r/' "${1-message}"
		session '.\nQUIT'
	} >in
	code=0
	as_nobody timeout 60 bash -c "$line --name=mail.example.org" \
		<in >sent 2>log || code=$?
	tr -d '\r' <sent >out
	is "$code" 0
}

# gets REPLY: the reply to the message
gets() {
	is "$(tail -n 2 out | head -n 1 | without_ids)" "$1" ||
		fail "$(cat log)" "$(cat daemon.log 2>/dev/null)"
}

# Writes a message to `message`, with the LINE... as its body.
write() {
	printf '%s\n' 'From: Ann Example <ann@example.net>' 'To: bob@example.org' \
		'Subject: lunch on Tuesday' 'Date: Tue, 24 Nov 2026 12:00:00 +0000' \
		'Message-ID: <CAJ8zB1Q7YdGmWwq0m2x5kQw4Z1n@example.net>' '' \
		'Hello Bob, shall we have lunch on Tuesday?' "$@" >message
}

# Every spam filter regards this as spam; split in two here.
gtube() {
	echo 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE'-TEST-EMAIL*C.34X
}

in_header() { # PATTERN
	sed '/^$/q' "$(stored)" | grep -e "$1" >found ||
		fail "no $1 in:" "$(cat "$(stored)")"
}

nothing_left() {
	is "$(find mail -type f 2>/dev/null)$(ls tmp)" ''
}

start_spamd() {
	have spamd spamd
	sed -n '/^report_safe/,/^$/p' < <(sed 's/^    //' <<<"$text") >local
	is "$(wc -l <local)" 5
	options=(--cf='use_bayes 0')
	while read -r setting; do
		[ -z "$setting" ] || options+=(--cf="$setting")
	done < <(if [ "${1-}" = names ]; then head -n 1 local; else cat local; fi)
	runs run/spamd.sock bin/spamd -L -x --socketpath="$work/run/spamd.sock" \
		--max-children=1 --pidfile="$work/run/spamd.pid" --syslog=stderr \
		"${options[@]}"
}

# A message as an ordinary user of Gmail sends it.
write_gmail() {
	printf '%s\n' 'Received: by mail-wm1-f41.google.com with SMTP id 5b1f17b1804b1-477632ac45aso36412435e9.1' \
		'        for <bob@example.org>; Tue, 24 Nov 2026 03:59:58 -0800 (PST)' \
		'X-Google-Smtp-Source: AGHT+IFx0000000000000000000000000000000000' \
		'MIME-Version: 1.0' 'From: Ann Example <ann.example@gmail.com>' \
		'Date: Tue, 24 Nov 2026 12:59:46 +0100' \
		'Message-ID: <CAJ8zB1Q7Y=dGmWwq0m2x5kQw4Z1n@mail.gmail.com>' \
		'Subject: lunch on Tuesday' 'To: bob@example.org' \
		'Content-Type: text/plain; charset="UTF-8"' '' 'Hello Bob,' '' \
		'shall we have lunch on Tuesday at noon?' '' Ann >message
}

# The client is a server of Google.
from_google() {
	export TCPREMOTEIP=209.85.128.41
	transaction() {
		printf 'EHLO mail-wm1-f41.google.com\\nMAIL FROM:<ann.example@gmail.com>\\nRCPT TO:<%s>\\nDATA' "$1"
	}
}

# The message is stored, and gets less than 3 points.
is_ordinary() {
	rm -rf mail
	passes
	gets "$done"
	in_header '^X-Spam-Status: No, score='
	points=$(sed 's/.*score=\([0-9-]*\).*/\1/' found)
	[ "$points" -lt 3 ] || fail "$points points:" "$(cat "$(stored)")"
}

@test "refuse-spam marks an ordinary message, and refuses GTUBE in its words" {
	needs spamassassin
	prepare
	written '=/usr/local/bin/refuse-spam$'
	write
	passes
	gets "$done"
	in_header '^X-Spam-Status: No, score='
	is "$(tail -n 1 "$(stored)")" "$(tail -n 1 message)"
	rm -r mail
	write "$(gtube)"
	passes
	grep -q '^554 5.7.1 This looks like spam ([0-9]* points)$' out
	nothing_left
	REFUSE_AT=2000 passes # marked, and stored
	gets "$done"
	in_header '^X-Spam-Flag: YES'
}

@test "refuse-spam: an ordinary message passes with the client's name and without" {
	needs spamassassin
	prepare
	written '=/usr/local/bin/refuse-spam$'
	from_google
	write_gmail
	TCPREMOTEHOST=mail-wm1-f41.google.com is_ordinary
	grep -q 'from mail-wm1-f41.google.com (mail-wm1-f41.google.com \[209.85.128.41\])$' "$(stored)"
	is_ordinary
	refute grep -q 'RDNS' "$(stored)"
}

@test "refuse-spam with spamd, as written" {
	needs spamassassin spamc
	prepare
	start_spamd
	written '^ *SPAMD_SOCKET='
	from_google
	write_gmail
	is_ordinary
	TCPREMOTEHOST=mail-wm1-f41.google.com is_ordinary
	rm -r mail
	write "$(gtube)"
	passes
	grep -q '^554 5.7.1 This looks like spam ([0-9]* points)$' out
	nothing_left
	write "$(seq 1 100000)" # too big to be spam
	passes
	gets "$done"
	is "$(tail -n 1 "$(stored)")" 100000
}

@test "refuse-spam: without spamd the client tries again" {
	needs spamc
	prepare
	written '^ *SPAMD_SOCKET='
	write
	passes
	gets "$failed"
	nothing_left
}

@test "spamc marks, and refuses nothing" {
	needs spamassassin spamc
	prepare
	start_spamd names
	written 'spamc -x'
	write "$(gtube)"
	passes
	gets "$done"
	in_header '^X-Spam-Flag: YES'
	in_header '^Received: from client.example.net'
}

# Rules, languages and lists are left out.
start_rspamd() {
	have rspamd rspamd
	rspamd=$work/bin/rspamd
	have rspamc rspamd
	local share=/usr/share/rspamd
	[ -d "$share" ] || share=$cache/rspamd/usr/share/rspamd
	printf '%s\n' com net org >run/tlds
	cat >run/rspamd.conf <<-END
		options {
		  filters = ""; disable_hyperscan = true; pidfile = "$work/run/pid";
		  dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
		  url_tld = "$work/run/tlds"; tempdir = "$work/run"; hs_cache_dir = "$work/run";
		}
		logging { type = "console"; level = "info"; }
		worker "normal" { bind_socket = "$work/run/rspamd.sock mode=0666"; count = 1; }
		actions { reject = 15; add_header = 6; }
		lua = "$work/run/rules.lua"
	END
	# shellcheck disable=SC2016 # Lua
	printf '%s\n' 'rspamd_config:register_symbol({ name = "LATER", score = 1,' \
		'callback = function(task)' \
		'  if task:get_header("Subject") == "later" then' \
		'    task:set_pre_result("soft reject", "try again later") end end })' \
		>run/rules.lua
	runs run/rspamd.sock "$rspamd" -f -i -c "$work/run/rspamd.conf" \
		--var=SHAREDIR="$share" --var=RULESDIR="$share/rules" \
		--var=LUALIBDIR="$share/lualib" --var=PLUGINSDIR="$share/plugins" \
		--var=DBDIR="$work/run" --var=RUNDIR="$work/run" --var=LOGDIR="$work/run"
}

@test "rspamd: ask-rspamd marks, refuses and lets try again, and rspamc marks" {
	prepare
	start_rspamd
	written '^ *RSPAMD='
	write
	passes
	gets "$done"
	in_header '^X-Spam-Action: no action'
	is "$(tail -n 1 "$(stored)")" "$(tail -n 1 message)"
	rm -r mail
	write "$(gtube)"
	passes
	gets '554 5.7.1 This looks like spam'
	sed -i '1iX-Spam-Action: no action' message # forged
	passes
	gets '554 5.7.1 This looks like spam'
	write
	sed -i 's/^Subject:.*/Subject: later/' message
	passes
	gets '451 4.7.1 Please try again later'
	nothing_left
	written 'rspamc --mime'
	write "$(gtube)"
	passes
	gets "$done"
	in_header '^X-Spam-Action: reject'
	stop_daemons
	rm -rf mail run/rspamd.sock
	for pattern in 'rspamc --mime' '^ *RSPAMD='; do
		written "$pattern"
		passes
		gets "$failed"
	done
	nothing_left
}

start_clamd() {
	mkdir run/signatures
	echo "Test.SmtpStdio:0:*:$(printf 'harmless test of a filter for viruses' | od -An -tx1 | tr -d ' \n')" \
		>run/signatures/test.ndb
	printf '%s\n' "LocalSocket $work/run/clamd.sock" "DatabaseDirectory $work/run/signatures" \
		'Foreground yes' >run/clamd.conf
	chmod -R a+rX run
	have clamd clamav-daemon
	have clamdscan clamdscan
	export CLAMD_CONF=$work/run/clamd.conf
	runs run/clamd.sock bin/clamd -c "$CLAMD_CONF"
}

# An attachment with the signature.
infected() {
	write
	sed -i '/^$/,$d' message
	printf '%s\n' 'MIME-Version: 1.0' 'Content-Type: application/octet-stream' \
		'Content-Transfer-Encoding: base64' '' \
		"$(printf '\0\1\2harmless test of a filter for viruses\0' | base64)" >>message
}

@test "refuse-viruses refuses an attachment with a signature of clamd, by its name" {
	prepare
	start_clamd
	written 'refuse-viruses$'
	write
	passes
	gets "$done"
	sed '1,/^	for /d' "$(stored)" | cmp - message
	rm -r mail
	infected
	passes
	gets '554 5.7.1 This message has a virus: Test.SmtpStdio.UNOFFICIAL'
	nothing_left
	stop_daemons
	passes
	gets "$failed"
	nothing_left
}

@test "bogofilter marks what its word list knows, and fails without one" {
	needs bogofilter
	prepare
	written 'bogofilter .* -p -e'
	printf 'From: x\nSubject: pills\n\ncheap pills from our casino\n' >spam
	printf 'From: y\nSubject: minutes\n\nthe minutes of our project meeting\n' >ham
	sed "1,/^$/s/^Subject.*/&/" spam >message
	passes
	gets "$failed"
	nothing_left
	sed -n 's/^    \(bogofilter .*\)/\1/p' <<<"$text" |
		sed "s,/var/lib/smtp-stdio,$work/run,g" >learn
	is "$(wc -l <learn)" 1
	for n in 1 2 3 4 5; do
		as_nobody bash learn
	done
	for kind in spam:Spam ham:Ham; do
		passes "${kind%:*}"
		gets "$done"
		in_header "^X-Bogosity: ${kind#*:}, "
		rm -r mail
	done
}

needs_authheaders() {
	/usr/bin/python3 -c 'import authheaders, spf' 2>/dev/null ||
		cannot 'python3-authheaders is not installed'
}

@test "authenticate writes its results, and renames forged ones of our name" {
	needs_authheaders
	prepare
	written 'authenticate$'
	write
	printf '%s\n' 'Authentication-Results: mail.example.org; spf=pass' \
		'AUTHENTICATION-RESULTS : (a;' '	b) Mail.Example.Org 1; dkim=pass' \
		'Authentication-Results: other.example; spf=pass' \
		'X-Other: mail.example.org' | cat - message >forged
	unset TCPREMOTEIP # so that SPF is not asked
	sed -i 's/ann@example.net/ann@localhost/' forged
	passes forged
	gets "$done"
	is "$(head -n 1 "$(stored)" | cut -d ' ' -f 1-2)" \
		'Authentication-Results: mail.example.org;'
	is "$(grep -ci '^authentication-results' "$(stored)")" 2
	grep -qx 'Authentication-Results: other.example; spf=pass' "$(stored)"
	grep -qx 'X-Forged-Authentication-Results: mail.example.org; spf=pass' "$(stored)"
	grep -A1 '^X-Forged-AUTHENTICATION-RESULTS :' "$(stored)" | grep -q 'dkim=pass$'
	sed '1,/^$/d' message | cmp - <(sed '1,/^$/d' "$(stored)")
}

@test "in-turn: the results of all are in the message, and the first that refuses decides" {
	needs_authheaders
	needs spamassassin spamc
	prepare
	start_clamd
	start_spamd
	export SPAMD_SOCKET=$work/run/spamd.sock
	written "'in-turn "
	write
	passes
	gets "$done"
	in_header '^X-Spam-Status: No, '
	in_header '^Authentication-Results: mail.example.org; '
	in_header '^Received: from client.example.net'
	is "$(tail -n 1 "$(stored)")" "$(tail -n 1 message)"
	rm -r mail
	infected
	passes
	gets '554 5.7.1 This message has a virus: Test.SmtpStdio.UNOFFICIAL'
	write "$(gtube)"
	passes
	grep -q '^554 5.7.1 This looks like spam' out
	nothing_left
}

@test "in-turn stores a message as it came if no program prints one" {
	prepare
	line="smtp-stdio --filter='in-turn true /bin/true'"
	write
	passes
	gets "$done"
	is "$(head -n 1 "$(stored)")" 'Return-Path: <ann@example.net>'
	rm -r mail
	line="smtp-stdio --filter='in-turn true false cat'"
	passes
	gets "$failed"
	nothing_left
}

# The message, signed by s1 of example.net; its key is in $zone.
write_signed() {
	openssl genrsa -out run/key.pem 1024 2>/dev/null
	write
	/usr/bin/python3 - run/key.pem message >signed <<-'END'
		import sys
		import dkim
		with open(sys.argv[1], "rb") as file:
		    key = file.read()
		with open(sys.argv[2], "rb") as file:
		    octets = file.read()
		sys.stdout.buffer.write(dkim.sign(octets, b"s1", b"example.net", key)
		                        .replace(b"\r\n", b"\n") + octets)
	END
	zone="example.net TXT v=spf1 ip4:192.0.2.7 -all
_dmarc.example.net TXT v=DMARC1; p=reject
s1._domainkey.example.net TXT v=DKIM1; k=rsa; p=$(openssl rsa -in run/key.pem \
		-pubout -outform DER 2>/dev/null | base64 -w 0)"
}

# verdicts METHOD...: prints the results of our line
verdicts() {
	local method
	for method; do
		head -n 1 "$(stored)" | grep -o " $method=[a-z]*" | tr -d '\n'
	done
}

@test "authenticate checks SPF, DKIM and DMARC by DNS" {
	needs_authheaders
	needs_root
	prepare
	written 'authenticate$'
	write_signed
	isolate 192.0.2.7/32
	as_nobody() {
		"${within[@]}" env -C "$work" setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	}
	TCPREMOTEIP=192.0.2.7 passes signed
	gets "$done"
	is "$(verdicts spf dkim dmarc)" ' spf=pass dkim=pass dmarc=pass'
	grep -q 'header.d=example.net' "$(stored)"
	rm -r mail
	sed -i 's/Tuesday?/Wednesday?/' signed
	TCPREMOTEIP=192.0.2.8 passes signed
	gets "$done"
	is "$(verdicts spf dkim dmarc)" ' spf=fail dkim=fail dmarc=fail'
	rm -r mail
	TCPREMOTEIP=192.0.2.7 passes message # not signed
	is "$(verdicts spf dkim dmarc)" ' spf=pass dkim=none dmarc=pass'
}

@test "authenticate: neither a signature nor a sender can write a result" {
	needs_authheaders
	prepare
	written 'authenticate$'
	write
	sed -i 's/ann@example.net/ann@localhost/' message
	for field in 'd=localhost dmarc=pass' 'd=localhost; i=a dmarc=pass x@localhost' \
		$'d=localhost; i=caf\303\251@localhost'; do
		echo "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; $field; s=x; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA" |
			cat - message >forged
		passes forged
		gets "$done"
		refute grep -qi '^Authentication-Results:.*\(dmarc\|dkim\)=pass\( \|;\|$\)' "$(stored)"
		rm -r mail
	done
	transaction() {
		printf 'EHLO x\\nMAIL FROM:<"a; dmarc=pass"@localhost>\\nRCPT TO:<%s>\\nDATA' "$1"
	}
	passes
	gets "$done"
	refute grep -q '^Authentication-Results:.* dmarc=pass' "$(stored)"
	rm -r mail
	{
		seq -f 'X-Long: %.0f' 1 100000
		cat message
	} >long
	passes long # not checked
	gets "$done"
	is "$(head -n 1 "$(stored)")" 'Authentication-Results: mail.example.org; none'
}
