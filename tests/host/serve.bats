#!/usr/bin/env bats
# tools/serve, that is `make serve`: it catches everything, prints what to type, fails
# before it says that it listens, and leaves no process.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net

top=$BATS_TEST_DIRNAME/../..

# Stops what the tests started, with its listeners.
eval "plain_$(declare -f teardown)"
teardown() {
	local pid
	for pid in "${pids[@]}"; do
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in "${pids[@]}"; do
		timeout 8 tail --pid="$pid" -f /dev/null
	done
	plain_teardown
}

prepare() {
	needs tcpserver python3
	nobody=() # what makes a command that of an ordinary user
	[ "$(id -u)" != 0 ] ||
		nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	cp "${command[0]}" "$work/smtp-stdio"
	cp -R "$top/tools" "$work/tools"
	export MAILDIRS=$mail TLSDIR=$work/tls # their names identify the processes
}

# start_serve [WORD...]: WORDs come before the command.
start_serve() {
	# A shell in the background may ignore SIGINT.
	as_made() { exec env --default-signal=INT "${words[@]}" tools/serve ./smtp-stdio "$port"; }
	words=("$@")
	serve as_made
	await 'Ctrl-C' "$work/listener"
}

# ends SIGNAL: with it serve ends, and all its processes.
ends() {
	kill "-$1" "$listener"
	timeout 20 tail --pid="$listener" -f /dev/null || fail "SIG$1 does not end it"
	code=0
	wait "$listener" || code=$?
	is "$code" 0
	refute listens "$port"
	refute pgrep -f -- "--mail=$mail"
}

# fails PORT: serve exits 69 and prints only errors, to $work/said.
fails() {
	code=0
	(cd "$work" && timeout 20 "${words[@]}" tools/serve ./smtp-stdio "$1") \
		>"$work/shown" 2>"$work/said" 3>&- 4>&- || code=$?
	is "$code $(cat "$work/shown")" '69 '
}
words=()

# The command that serve prints after LABEL, alone or in the lines below.
printed() { # LABEL NUMBER
	sed -n "/^$1:/,/^[^ ]/{s/^.\{14\}//;p}" "$work/listener" | sed -n "$2p"
}

# by_tls PORT [starttls]: delivers, with the certificate and its names checked
by_tls() {
	python3 - "$1" "$work/tls/cert.pem" "${2-}" <<-'END'
		import smtplib
		import ssl
		import sys

		port, cert, starttls = sys.argv[1:]
		context = ssl.create_default_context(cafile=cert)
		for host in "localhost", "127.0.0.1":
		    if starttls:
		        smtp = smtplib.SMTP(host, int(port), timeout=20)
		        smtp.starttls(context=context)
		    else:
		        smtp = smtplib.SMTP_SSL(host, int(port), timeout=20,
		                                context=context)
		    smtp.login("anybody", "any password")
		    smtp.sendmail("app@example.net", ["ann@example.com"], "Subject: x\n\n")
		    smtp.quit()
	END
}

@test "serve: each listener catches 200 messages at once and ends without a process" {
	prepare
	needs tcpsvd socat systemd-socket-activate pgrep
	for LISTENER in tcpserver tcpsvd socat systemd-socket-activate; do
		export LISTENER
		rm -rf "$mail"
		start_serve
		grep "^$LISTENER listens on localhost:$port " "$work/listener"
		"$top/tests/lib/crowd" 127.0.0.1 "$port" "any.$RANDOM@example.com"
		is "$(find "$mail/all/new" -type f | wc -l)" 200
		ends TERM
	done
}

@test "serve: Ctrl-C ends a session in progress, too" {
	prepare
	needs nc pgrep
	for signal in INT TERM HUP; do
		start_serve
		mkfifo "$work/held"
		nc 127.0.0.1 "$port" <>"$work/held" >"$work/out" 3>&- 4>&- &
		pids+=("$!")
		await '^220 ' "$work/out"
		ends "$signal"
		await '^421 ' "$work/out"
		rm "$work/held" "$work/out"
	done
}

@test "serve: a port in use is named before serve says that it listens" {
	prepare
	start_serve
	fails "$port"
	grep -x "Port $port is in use by another program." "$work/said"
	free=$(sed -n 's/^Type:  make serve PORT=//p' "$work/said")
	[ "$free" -gt "$port" ]
	refute listens "$free"
	words=(env TLS=yes TLSPORT="$port")
	fails "$free"
	grep -x "Port $port is in use by another program." "$work/said"
	grep -x "Type:  make serve TLS=yes PORT=$free TLSPORT=[0-9]*" "$work/said"
}

@test "serve: a port that the listener is not permitted is named" {
	prepare
	make_public
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 79 ] ||
		skip 'any user may use port 79'
	cp -R "$work/tools" "$public"
	work=$public mail=$public/mail MAILDIRS=$public/mail
	chmod 777 "$public"
	words=("${nobody[@]}")
	fails 79
	grep -x 'tcpserver cannot listen on port 79.' "$work/said"
}

@test "serve: without a listener it says what to install" {
	prepare
	mkdir "$work/bin"
	for name in bash dirname; do
		ln -s "$(command -v "$name")" "$work/bin"
	done
	words=(env PATH="$work/bin")
	fails 2525
	grep '^No listener is installed\.$' "$work/said"
	grep '^Install one of:.*ucspi-tcp' "$work/said"
	words=(env TLS=1)
	fails 2525
	words=(env LISTENER=nothing)
	fails 2525
	grep '^No listener nothing is installed\.$' "$work/said"
}

@test "serve: a mail directory that cannot be written is named" {
	prepare
	make_public
	cp -R "$work/tools" "$public"
	work=$public
	mkdir -m 755 "$public/mail" "$public/closed"
	[ "$(id -u)" = 0 ] || chmod 555 "$public/mail" "$public/closed"
	words=("${nobody[@]}")
	MAILDIRS=$public/mail
	fails "$(free_port)"
	grep -x "The mail directory cannot be written: $public/mail" "$work/said"
	MAILDIRS=$public/closed/mail
	fails "$(free_port)"
	grep -x "The mail directory cannot be made: $public/closed/mail" "$work/said"
}

@test "serve: an ordinary user can use it" {
	prepare
	make_public
	cp -R "$work/tools" "$public"
	work=$public mail=$public/mail MAILDIRS=$public/mail
	chmod 777 "$public"
	start_serve "${nobody[@]}"
	is "$(stat -c %a "$mail")" 700
	session "$(small any@example.com)" >"$work/in"
	dial whole 127.0.0.1
	is "$(find "$mail/all/new" -type f | wc -l)" 1
	ends TERM
}

@test "serve: the lines of USERS come first" {
	prepare
	echo 'full@example.org 452 4.2.2 mailbox full' >"$work/mine"
	USERS=mine start_serve
	session "$(small full@example.org other@example.org)" >"$work/in"
	dial whole 127.0.0.1
	grep '^452 4.2.2 mailbox full' "$work/out"
	is "$(count)" 1
	ends TERM
	words=(env USERS=missing)
	fails "$port"
	grep -x 'The file cannot be read: missing' "$work/said"
	printf '%s\n' 'a@example.org ./a/' '@* ./any/' >"$work/wrong"
	words=(env USERS=wrong)
	fails "$port"
	is "$(cat "$work/said")" 'The file has lines to correct: wrong
wrong, line 2: @*: write @domain for a whole domain, or `* ./all/` for everybody'
}

@test "serve: TLS=yes makes a certificate for STARTTLS and a second port" {
	prepare
	needs openssl stunnel4 pgrep
	tls_port=$(free_port)
	export TLS=yes TLSPORT=$tls_port
	start_serve
	is "$(stat -c %a "$work/tls/key.pem" "$work/tls/cert.pem" | paste -s)" $'600\t644'
	by_tls "$port" starttls
	by_tls "$tls_port"
	is "$(grep -l 'ESMTPSA* id' "$mail"/all/new/* | wc -l)" 4
	"$top/tests/lib/crowd" 127.0.0.1 "$tls_port" ann@example.com 200 \
		"$work/tls/cert.pem"
	before=$(cat "$work/tls/key.pem")
	ends TERM
	refute listens "$tls_port"
	refute pgrep -f "$work/tls"
	start_serve
	is "$(cat "$work/tls/key.pem")" "$before"
	ends TERM
}

@test "serve: the second port is PORT + 1" {
	prepare
	needs openssl stunnel4
	TLS=yes start_serve
	listens $((port + 1))
	grep "TLS from the start on port $((port + 1))" "$work/listener"
	ends INT
	refute listens $((port + 1))
}

@test "serve: the printed commands send, and find what was sent" {
	prepare
	needs nc swaks mshow mutt
	TLS=yes start_serve
	cd "$work" || return
	bash -c "timeout 20 $(printed Send 1) --from app@example.net --header 'Subject: first'" \
		>"$work/shown"
	printf '%s\n' HELO 'MAIL FROM:<app@example.net>' 'RCPT TO:<bob@example.com>' \
		DATA 'Subject: second' '' x . QUIT >"$work/typed"
	bash -c "timeout 20 $(printed Send 2)" <"$work/typed" >"$work/shown"
	bash -c "timeout 20 $(printed 'With TLS' 3) --from app@example.net --header 'Subject: third'" \
		>"$work/shown"
	grep '^<~  250 2.0.0 OK' "$work/shown"
	HOME=$work bash -c "$(printed Read 1)" >"$work/read" 2>"$work/said"
	is "$(grep '^Subject: ' "$work/read" | sort | paste -s)" \
		$'Subject: first\tSubject: second\tSubject: third'
	is "$(printed Read 2)" "mutt -f $mail/all" # readers.bats runs mutt
}

# Reads the mail at port $1 by two clients.
read_by_imap() {
	curl -s -m 20 "imap://127.0.0.1:$1/INBOX;MAILINDEX=1" >"$work/curl"
	grep '^Hey there!' "$work/curl"
	python3 - "$1" <<-'END'
		import imaplib
		import sys

		imap = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]), timeout=20)
		imap.select()
		_, [found] = imap.search(None, "SUBJECT", "x")
		assert found == b"1", found
		imap.store("1", "+FLAGS", "\\Seen")
		imap.logout()
	END
}

@test "serve: the printed line for IMAP, and that of doc/testing.md, show the mail" {
	prepare
	[ -x /usr/lib/dovecot/imap ] || cannot 'dovecot-imapd is not installed'
	needs curl
	make_public
	cp -R "$work/tools" "$public"
	work=$public mail=$public/mail MAILDIRS=$public/mail HOME=$public
	export HOME
	chmod 777 "$public"
	start_serve "${nobody[@]}"
	session "$(small any@example.com)" >"$work/in"
	dial whole 127.0.0.1
	line=$(printed 'With IMAP' 1)
	page=$(sed -n 's/^    \(tcpserver .* 1143 .*\)/\1/p' "$top/doc/testing.md")
	is "$(sed "s,$mail/all,\$PWD/mail/all," <<<"$line")" "$page"
	ends TERM
	listen_imap() { exec "${nobody[@]}" bash -c "exec ${page/1143/$port}"; }
	serve listen_imap
	read_by_imap "$port"
	case $(echo "$mail"/all/cur/*) in *:2,S) ;; *) fail 'it is not seen' ;; esac
}

@test "serve: make passes its variables" {
	needs make
	is "$(env -u MAKEFLAGS make -s -n -C "$top" serve PORT=2526 | tail -n 1)" \
		'tools/serve ./smtp-stdio 2526'
}
