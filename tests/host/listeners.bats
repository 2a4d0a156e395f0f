#!/usr/bin/env bats
# Listeners: mail is received, the log names the peer, and the client gets only
# replies.

load ../lib/helpers
load ../lib/net

# The listeners, one function each, at $port: the recipes of the README.

listen_socat() { # HOST [OPTIONS-OF-EXEC [LISTENER]]
	case $1 in
	*:*) host="TCP6-LISTEN:$port,bind=[$1]" ;;
	*) host="TCP4-LISTEN:$port,bind=$1" ;;
	esac
	exec "${around[@]}" socat "${3-$host},reuseaddr,fork" "EXEC:${command[*]}${2-}"
}

listen_systemd() { # HOST
	exec systemd-socket-activate --inetd -a -l "$1:$port" "${command[@]}"
}

listen_tcpserver() {
	exec "${found[@]}" -HRl0 "$1" "$port" "${command[@]}"
}

listen_tcpsvd() {
	exec tcpsvd 127.0.0.1 "$port" "${command[@]}"
}

listen_ncat() {
	exec ncat -l -k -e "${command[*]}" "$1" "$port"
}

listen_xinetd() { # HOST [FLAG]
	cat >xinetd.conf <<-END
		service smtp-stdio
		{
			type = UNLISTED
			socket_type = stream
			protocol = tcp
			wait = no
			bind = $1
			port = $port
			flags = REUSE ${2-}
			user = $(id -un)
			server = ${command[0]}
			server_args = ${command[*]:1}
		}
	END
	exec "${around[@]}" "${found[@]}" -dontfork -f "$work/xinetd.conf" \
		-pidfile "$work/xinetd.pid" -filelog "$work/xinetd.log"
}

listen_inetd() { # HOST PROTOCOL
	echo "$1:$port stream $2 nowait root ${command[0]} smtp-stdio" \
		"${command[*]:1}" >inetd.conf
	exec "${around[@]}" "${found[@]}" -i "$work/inetd.conf"
}

# The replies to the session of delivers(), except the EHLO keywords.
replies='220 mail.example.org ESMTP
250 2.1.0 Sender <ann@example.net> OK
550 5.1.1 No such mailbox
250 2.1.5 Recipient <bob@example.org> OK
354 Go Ahead, Enter data ending with <CRLF>.<CRLF>
250 2.0.0 OK; Message Accepted
221 2.0.0 mail.example.org'

without_offers() {
	sed -E '/^250[ -](mail\.example\.org|[A-Z0-9]+( [A-Z0-9=]+)*)$/d' "$work/out" |
		without_ids
}

# delivers HOST [PEER [HOW]]: a client at HOST delivers a message, has a
# recipient rejected, and gets only replies; Received names PEER.
delivers() {
	session "$(small nobody@example.org bob@example.org)" >"$work/in"
	dial "${3-whole}" "$1"
	is "$(without_offers)" "$replies"
	is "$(body_of bob@example.org)" 'Subject: x

Hey there!'
	is "$(sed -n 's/^Received: from //p' "$mail"/bob@example.org/new/*)" \
		"client.example.net ([${2-$1}])"
}

# logs PEER [PORT [FILE]]: the three log lines of that session name the peer.
logs() {
	local file=${3-$work/log}
	await ' session ' "$file"
	is "$(grep -a -o -E " (refused|accepted|session) peer=$1 " "$file" |
		wc -l)" 3 || # syslog(3) of glibc writes no line ends
		fail "$(cat "$file")"
	grep -a -q " session peer=$1 port=${2-$client_port} .* end=quit .* stored=1 refused=1 " \
		"$file" || fail "port ${2-$client_port}:" "$(cat "$file")"
}

# systemd-socket-activate sets REMOTE_ADDR since some version, as systemd itself
# does; it passes no other variables.  PEER is the log's, RECEIVED the trace
# line's.
delivers_by_systemd() { # LISTEN HOST PEER RECEIVED
	command=(/bin/sh -c 'echo "${REMOTE_ADDR-}" >"$0"; exec "$@"'
		"$work/remote" "${command[@]}")
	serve listen_systemd "$1"
	: >"$work/remote"
	session QUIT >"$work/in"
	dial whole "$2"
	if [ -n "$(cat "$work/remote")" ]; then
		delivers "$2" "$4"
		logs "$3"
	else
		delivers "$2" unknown
		logs unknown 0
	fi
}

# Gives listeners of serve() their own syslog, $work/syslog, and their own /dev.
with_syslog() {
	needs_root
	needs unshare socat
	unshare --mount true 2>/dev/null || cannot 'mounts are not permitted'
	mkdir "$work/dev"
	(cd "$work" && exec socat -u UNIX-RECV:dev/log \
		OPEN:syslog,creat,append) 2>"$work/socat" 3>&- 4>&- &
	pids+=("$!")
	# shellcheck disable=SC2016 # expanded by the inner shell
	around=(unshare --mount --propagation private sh -ec '
		for name in null zero full random urandom tty; do
			: >"$0/$name"
			mount --bind "/dev/$name" "$0/$name"
		done
		mount --rbind "$0" /dev
		exec "$@"' "$work/dev")
	await_socket "$work/dev/log"
}

await_socket() {
	local i
	for ((i = 0; i < 250; i++)); do
		[ -S "$1" ] && return
		sleep 0.02
	done
	fail "there is no $1"
}

# The process id of the program in the current session.
program_of_session() {
	local file pid
	for file in $(grep -a -l -F -e "--users=$users" /proc/[0-9]*/cmdline \
		2>/dev/null); do
		pid=${file//[^0-9]/}
		if [ "/proc/$pid/exe" -ef "${command[0]}" ]; then echo "$pid"; fi
	done
}

is_a_datagram_socket() {
	awk -v "inode=${1//[^0-9]/}" '$5 == "0002" && $7 == inode { found = 1 }
		END { exit !found }' /proc/net/unix
}

# The descriptors of PID above 2, except the mail directory, users.txt and
# syslog.
strange_descriptors() {
	local fd target
	for fd in "/proc/$1/fd"/*; do
		[ "${fd##*/}" -gt 2 ] || continue
		target=$(readlink "$fd")
		case $target in
		"$mail" | "$users") ;;
		socket:*) is_a_datagram_socket "$target" || echo "$target" ;;
		*) echo "$target" ;;
		esac
	done
}

# keeps_no_descriptor FUNCTION ARGUMENT...: checks a session of that listener,
# which starts with an extra open descriptor.
keeps_no_descriptor() {
	local pid
	echo secret >"$work/secret"
	exec 7<"$work/secret"
	serve "$@"
	exec 7<&-
	: >"$work/in"
	mkfifo "$work/held"
	exec {held}<>"$work/held"
	(exec {held}>&- && dial "${hold-hold}" 127.0.0.1 9<"$work/held") 3>&- 4>&- &
	pids+=("$!")
	await '^220 '
	pid=$(program_of_session)
	[ -n "$pid" ] || fail 'the program is not running'
	is "$(strange_descriptors "$pid")" ''
	exec {held}>&-
}

mapped=::ffff:127.0.0.1

@test "socat delivers over IPv4 and the log names the peer" {
	needs socat
	serve listen_socat 127.0.0.1
	delivers 127.0.0.1
	logs 127.0.0.1
}

@test "socat delivers over IPv6 and the log names the peer" {
	needs socat
	needs_ipv6
	serve listen_socat ::1
	delivers ::1 IPv6:::1
	logs ::1
}

@test "socat delivers over IPv4 to an IPv6 socket and the log names the IPv4 address" {
	needs socat
	needs_ipv6
	serve listen_socat $mapped
	delivers 127.0.0.1
	logs 127.0.0.1
}

@test "socat delivers through pipes" {
	needs socat
	serve listen_socat 127.0.0.1 ,pipes
	delivers 127.0.0.1
	logs 127.0.0.1
}

@test "socat delivers with the connection itself as descriptors (nofork)" {
	needs socat
	serve listen_socat 127.0.0.1 ,nofork
	delivers 127.0.0.1
	logs 127.0.0.1
}

@test "systemd-socket-activate delivers over IPv4" {
	needs systemd-socket-activate
	delivers_by_systemd 127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.1
}

@test "systemd-socket-activate delivers over IPv6" {
	needs systemd-socket-activate
	needs_ipv6
	delivers_by_systemd '[::1]' ::1 ::1 IPv6:::1
}

@test "systemd-socket-activate delivers over IPv4 to an IPv6 socket" {
	needs systemd-socket-activate
	needs_ipv6
	delivers_by_systemd "[$mapped]" 127.0.0.1 127.0.0.1 127.0.0.1
}

@test "tcpserver delivers over IPv4 and the log names the peer" {
	provide tcpserver ucspi-tcp
	serve listen_tcpserver 127.0.0.1
	delivers 127.0.0.1
	logs 127.0.0.1
}

@test "tcpserver delivers over IPv6 and the log names the peer" {
	needs_ipv6
	provide tcpserver ucspi-tcp-ipv6
	serve listen_tcpserver ::1
	delivers ::1 IPv6:::1
	logs ::1
}

@test "tcpserver delivers over IPv4 to an IPv6 socket and the log names the IPv4 address" {
	needs_ipv6
	provide tcpserver ucspi-tcp-ipv6
	serve listen_tcpserver $mapped
	delivers 127.0.0.1
	logs 127.0.0.1
}

@test "tcpsvd delivers over IPv4 and the log names the peer" {
	needs tcpsvd
	serve listen_tcpsvd
	delivers 127.0.0.1
	logs 127.0.0.1
}

@test "ncat delivers over IPv4 and the log names the peer" {
	needs ncat
	serve listen_ncat 127.0.0.1
	delivers 127.0.0.1
	logs 127.0.0.1
}

@test "ncat delivers over IPv6 and the log names the peer" {
	needs ncat
	needs_ipv6
	serve listen_ncat ::1
	delivers ::1 IPv6:::1
	logs ::1
}

@test "xinetd delivers over IPv4 and the client sees replies only" {
	provide xinetd xinetd
	serve listen_xinetd 127.0.0.1
	delivers 127.0.0.1
	is "$(cat "$work/log")" ''
}

@test "xinetd delivers over IPv6 and the client sees replies only" {
	needs_ipv6
	provide xinetd xinetd
	serve listen_xinetd ::1 IPv6
	delivers ::1 IPv6:::1
	is "$(cat "$work/log")" ''
}

@test "xinetd delivers over IPv4 to an IPv6 socket and Received has the IPv4 address" {
	needs_ipv6
	provide xinetd xinetd
	serve listen_xinetd $mapped IPv6
	delivers 127.0.0.1
	is "$(cat "$work/log")" ''
}

@test "inetd delivers over IPv4 and the client sees replies only" {
	needs_root
	provide inetd openbsd-inetd
	serve listen_inetd 127.0.0.1 tcp
	delivers 127.0.0.1 unknown # inetd sets no variables
	is "$(cat "$work/log")" ''
}

@test "inetd delivers over IPv6 and the client sees replies only" {
	needs_root
	needs_ipv6
	provide inetd openbsd-inetd
	serve listen_inetd '[::1]' tcp6
	delivers ::1 unknown
	is "$(cat "$work/log")" ''
}

@test "under xinetd the log goes to syslog and names the peer" {
	provide xinetd xinetd
	with_syslog
	serve listen_xinetd 127.0.0.1
	delivers 127.0.0.1
	logs 127.0.0.1 0 "$work/syslog"
	is "$(cat "$work/log")" ''
}

@test "under inetd the log goes to syslog" {
	provide inetd openbsd-inetd
	with_syslog
	serve listen_inetd 127.0.0.1 tcp
	delivers 127.0.0.1 unknown
	logs unknown 0 "$work/syslog"
	is "$(cat "$work/log")" ''
}

@test "where socat sends stderr to the client the log goes to syslog" {
	needs socat
	with_syslog
	for option in ,stderr ,nofork,stderr ,pipes,stderr; do
		rm -rf "$mail"
		: >"$work/syslog"
		serve listen_socat 127.0.0.1 "$option"
		delivers 127.0.0.1
		logs 127.0.0.1 "$client_port" "$work/syslog"
		is "$(cat "$work/log")" ''
	done
}

@test "with stderr on the connection a missing users file sends only a 421" {
	provide xinetd xinetd
	with_syslog
	rm "$users"
	serve listen_xinetd 127.0.0.1
	: >"$work/in"
	dial whole 127.0.0.1
	is "$(cat "$work/out")" '421 mail.example.org Service not available'
	await 'failed .*users=' "$work/syslog"
}

@test "with stderr on the connection a wrong option sends nothing to the client" {
	provide xinetd xinetd
	with_syslog
	command+=(--no-such-option)
	serve listen_xinetd 127.0.0.1
	: >"$work/in"
	dial whole 127.0.0.1
	is "$(cat "$work/out")" ''
	await 'no-such-option' "$work/syslog"
}

@test "delivers() detects a log line that reaches the client" {
	needs socat
	printf '#!/bin/sh\n{ %s 2>&1 >&3 | cat; } 3>&1\n' "${command[*]}" \
		>"$work/leaky"
	chmod +x "$work/leaky"
	command=("$work/leaky")
	serve listen_socat 127.0.0.1
	session "$(small nobody@example.org bob@example.org)" >"$work/in"
	dial whole 127.0.0.1
	refute is "$(without_offers)" "$replies" 2>/dev/null
	grep -q '^smtp-stdio\[' "$work/out"
}

@test "descriptors that socat leaves open are closed" {
	needs socat
	keeps_no_descriptor listen_socat 127.0.0.1
}

@test "descriptors that socat with nofork leaves open are closed" {
	needs socat
	keeps_no_descriptor listen_socat 127.0.0.1 ,nofork
}

@test "descriptors that tcpserver leaves open are closed" {
	provide tcpserver ucspi-tcp
	keeps_no_descriptor listen_tcpserver 127.0.0.1
}

@test "descriptors that tcpsvd leaves open are closed" {
	needs tcpsvd
	keeps_no_descriptor listen_tcpsvd
}

@test "descriptors that ncat leaves open are closed" {
	needs ncat
	keeps_no_descriptor listen_ncat 127.0.0.1
}

@test "under systemd-socket-activate only the program's own descriptors are open" {
	needs systemd-socket-activate
	keeps_no_descriptor listen_systemd 127.0.0.1
}

@test "under xinetd only the program's own descriptors are open" {
	provide xinetd xinetd
	keeps_no_descriptor listen_xinetd 127.0.0.1
}

@test "under inetd only the program's own descriptors are open" {
	needs_root
	provide inetd openbsd-inetd
	keeps_no_descriptor listen_inetd 127.0.0.1 tcp
}

# socat opens the key and keeps its files open.
listen_socat_tls() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mail.example.org \
		-keyout key.pem -out cert.pem
	listen_socat "" "" \
		"OPENSSL-LISTEN:$port,bind=127.0.0.1,verify=0,cert=cert.pem,key=key.pem"
}

@test "socat delivers over TLS and the log names the peer" {
	needs socat openssl
	serve listen_socat_tls
	delivers 127.0.0.1 127.0.0.1 tls
	logs 127.0.0.1
}

@test "descriptors that socat with TLS leaves open are closed" {
	needs socat openssl
	hold=holdtls
	keeps_no_descriptor listen_socat_tls
}

@test "strange_descriptors detects an open descriptor" {
	echo secret >"$work/secret"
	sleep 100 7<"$work/secret" 3>&- 4>&- &
	pids+=("$!")
	is "$(strange_descriptors "$!" | grep -c /secret)" 1
}
