#!/usr/bin/env bats
# Each listener line of the pages holds 200 sessions at once: a short backlog, or a
# limit that is a default, lets connections hang.  (The units and the listener of
# HAProxy are tested in systemd, busy, tls-units and haproxy.)

load ../lib/helpers
load ../lib/net

top=$BATS_TEST_DIRNAME/../..
papers=("$top"/README.md "$top"/doc/{*.md,man/*.8})

crowd() { # RECIPIENT
	"$top/tests/lib/crowd" 127.0.0.1 "$port" "$1"
}

# The listener lines of PAGE that do not need a directory of the system.
lines_of_page() {
	sed '/\\e$/{N;s/\\e\n *//}' "$top/$1" |
		sed -nE 's/^( {4}|)((socat|tcpserver|tcpsvd|systemd-socket-activate) .*2525.*smtp-stdio.*)/\2/p' |
		sed 's/ &$//'
}

# hold_crowd LINE: runs LINE, and 200 sessions deliver at once.
hold_crowd() {
	local line=$1
	as_written() { PATH=$work:$PATH exec bash -c "exec ${line//2525/$port}"; }
	rm -rf "$mail"
	serve as_written
	crowd hello@gmail.com || fail "$line" "$(grep -v '^smtp-stdio' "$work/log")"
	is "$(count)" 200
	kill "$listener"
}

prepare() {
	needs socat tcpserver tcpsvd systemd-socket-activate python3
	cp "${command[0]}" "$work/smtp-stdio"
	cp "$top/users.txt" "$work/users.txt"
	cp -R "$top/tools" "$work/tools"
}

@test "the listener lines of doc/install.md hold 200 sessions at once" {
	prepare
	mapfile -t lines < <(lines_of_page doc/install.md)
	[ "${#lines[@]}" = 4 ]
	for line in "${lines[@]}"; do
		hold_crowd "$line"
	done
}

@test "the listener lines of the manual page hold 200 sessions at once" {
	prepare
	mapfile -t lines < <(lines_of_page doc/man/smtp-stdio.8)
	[ "${#lines[@]}" = 3 ]
	for line in "${lines[@]}"; do
		hold_crowd "$line"
	done
}

@test "the listener lines of the other pages hold 200 sessions at once" {
	prepare
	needs openssl
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
		-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
	for page in recipes tls classroom; do
		line=$(lines_of_page "doc/$page.md")
		is "$(wc -l <<<"$line")" 1
		hold_crowd "${line/ --lab/}" # which has no EHLO
	done
}

@test "inetd holds 200 sessions at once with the line of its unit" {
	needs_root
	provide inetd openbsd-inetd
	listen_inetd() {
		sed -e "s|^smtp |127.0.0.1:$port |; s| smtp-stdio /usr/[^ ]*| root ${command[0]}|" \
			-e "s|--users=[^ ]*|--users=$users|; s|--mail=[^ ]*|--mail=$mail|" \
			"$top/units/smtp-stdio.inetd" >inetd.conf
		exec "${found[@]}" -i "$work/inetd.conf"
	}
	serve listen_inetd
	crowd bob@example.org
	is "$(count)" 200
}

@test "xinetd holds 60 sessions at once with its unit" {
	provide xinetd xinetd
	listen_xinetd() {
		sed -e "s|^service smtp|service smtp-stdio|" \
			-e "s|^{|{\n\ttype = UNLISTED\n\tport = $port\n\tbind = 127.0.0.1|" \
			-e "s|= IPv6 NODELAY|= NODELAY|; s|\(user  *=\).*|\1 $(id -un)|" \
			-e "s|\(server  *=\).*|\1 ${command[0]}|" \
			-e "s|--users=[^ ]*|--users=$users|; s|--mail=[^ ]*|--mail=$mail|" \
			"$top/units/smtp-stdio.xinetd" >xinetd.conf
		exec "${found[@]}" -dontfork -f "$work/xinetd.conf" \
			-pidfile "$work/xinetd.pid" -filelog "$work/xinetd.log"
	}
	serve listen_xinetd
	"$top/tests/lib/crowd" 127.0.0.1 "$port" bob@example.org 60
	is "$(count)" 60
}

@test "each listener line of the papers has a backlog and a limit of its own" {
	grep -hE '(socat|tcpserver|tcpsvd) .*2525' "${papers[@]}" >"$work/lines"
	[ "$(wc -l <"$work/lines")" -ge 9 ]
	refute grep -vE 'fork,backlog=400 |-b 400 -c 400 ' "$work/lines"
}

@test "a crowd detects a listener that holds 3 sessions of 5" {
	needs tcpserver python3
	listen_small() { exec tcpserver -HRl0 -b 400 -c 3 127.0.0.1 "$port" "${command[@]}"; }
	serve listen_small
	sed 's/^PATIENCE = .*/PATIENCE = 1/' "$top/tests/lib/crowd" >"$work/impatient"
	refute python3 "$work/impatient" 127.0.0.1 "$port" bob@example.org 5
}
