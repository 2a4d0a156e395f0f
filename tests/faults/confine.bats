#!/usr/bin/env bats
# The process sandboxes itself before it reads the first octet.

load ../lib/helpers

needs_landlock() {
	needs_strace
	traced -e trace=landlock_create_ruleset
	grep -qE 'landlock_create_ruleset\(NULL, 0, .*\) = [2-9]' \
		"$work/trace" || skip 'this kernel has no Landlock of ABI 2'
}

@test "the process enters its sandbox before it reads the first octet" {
	session "$(small bob@example.org)" >"$work/in"
	needs_landlock
	traced
	is "$code" 0
	confined=$(lines_of ' landlock_restrict_self\(.*\) = 0')
	read=$(lines_of ' (read|readv|recv|recvfrom|recvmsg|pread64)\(0<' | head -n 1)
	is "$(wc -w <<<"$confined")" 1
	[ "$confined" -lt "$read" ]
	privileges=$(lines_of ' prctl\(PR_SET_NO_NEW_PRIVS, 1, .*\) = 0')
	[ "$privileges" -lt "$confined" ]
	refute grep -q unconfined "$work/log"
}

status_of() {
	sed -n "s/^$1:\t//p" "/proc/$2/status"
}

# Finds the process of the session, which with OPTION... may be a child of $pid, in
# $session, and its monitor, or nothing, in $monitor.
find_session() {
	session=$pid monitor=
	case $* in
	*--tls=* | *--commands*)
		monitor=$pid
		session=$(pgrep -P "$pid")
		;;
	esac
	is "$(pgrep -P "$session")" ''
}

@test "a session is limited to a list of system calls, with any option" {
	needs_plain_build
	case $(uname -sm) in
	'Linux x86_64' | 'Linux aarch64') ;;
	*) skip 'there is no list for this machine' ;;
	esac
	[ "$(id -u)" = 0 ] || skip 'only root may see the status of the program'
	for options in '' --catch --lmtp --tls=/bin/true --commands \
		'--tls=/bin/true --commands'; do
		rm -f "$work/in"
		start $options
		await '^220 '
		find_session $options
		is "$options $(status_of Seccomp "$session")" "$options 2"
		is "$options $(status_of NoNewPrivs "$session")" "$options 1"
		[ ! "$monitor" ] || is "$(status_of Seccomp "$monitor")" 0
		refute grep -q 'no seccomp' "$work/log"
		say 'QUIT\r\n'
		finish
	done
}

# The process that entered its sandbox last is the session.
opens_nothing_outside() {
	traced
	mail_here=$(realpath "$mail")
	session=$(sed -n 's/ .*landlock_restrict_self(.*//p' "$work/trace" |
		tail -n 1)
	grep "^$session " "$work/trace" | sed '1,/ landlock_restrict_self(/d' |
		grep -E ' (open|openat|openat2|creat|mkdir|mkdirat|execve|execveat|link|rename[a-z0-9]*|symlink[a-z]*|chdir|chroot|fork|clone)\(' \
			>"$work/opened"
	[ -s "$work/opened" ]
	# Every path is relative to a descriptor of the mail directory or below.
	refute grep -vE " (openat2?|mkdirat)\([0-9]+<$mail_here(/[^>]*)?>, \"[^/\"]" \
		"$work/opened"
	# And every opened file is in it (the parent of a new one, too).
	grep -E ' openat2?\(.*\) = [0-9]+<' "$work/opened" >"$work/results"
	refute grep -vE " = [0-9]+<$mail_here(/[^>]*)?>(\(deleted\))?\$" \
		"$work/results"
}

@test "in the sandbox the process opens nothing outside the mail directory" {
	session "$(small bob@example.org carol@example.org)\n$(small dave@example.org)" >"$work/in"
	needs_landlock
	opens_nothing_outside
}

@test "nor does a session that has a monitor" {
	session "$(small run@example.org carol@example.org)\n$(small dave@example.org)" >"$work/in"
	echo 'run@example.org |/bin/cat' >>"$users"
	needs_landlock
	for with in --commands --tls=/bin/true; do
		opens_nothing_outside
		refute grep -q "^$session .*execve" "$work/trace"
		grep -q ' fork(' "$work/trace"
	done
	is "$code" 0
}

@test "a session whose log is a file makes no socket calls" {
	needs_strace
	session "$(small bob@example.org)" >"$work/in"
	TCPREMOTEIP=192.0.2.1 traced -e trace=%network
	is "$code $(count)" '0 1'
	is "$(grep -vE ' \+\+\+ | --- ' "$work/trace")" ''
}

@test "a session on a socket makes no socket calls" {
	needs_strace
	printf '#!/bin/sh\nexec strace -f -o "%s" -e trace=%%network' \
		"$work/trace" >"$work/serve"
	printf " '%s'" "${command[@]}" >>"$work/serve"
	printf ' 2>"%s"\n' "$work/log" >>"$work/serve"
	chmod +x "$work/serve"
	session "$(small bob@example.org)" |
		timeout -s KILL 20 socat -t 20 - EXEC:"$work/serve" | tr -d '\r' >"$work/out"
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	is "$(grep -vE ' \+\+\+ | --- ' "$work/trace")" ''
}

@test "the sandbox restricts all rights, TCP among them" {
	session QUIT >"$work/in"
	needs_landlock
	traced -v
	grep -q ' landlock_create_ruleset({handled_access_fs=.*EXECUTE' \
		"$work/trace"
	# The mail directory gets no right to execute, and is the only rule.
	is "$(grep -c ' landlock_add_rule(.* = 0' "$work/trace")" 1
	refute grep -q ' landlock_add_rule(.*EXECUTE' "$work/trace"
	grep -q " landlock_add_rule(.*parent_fd=[0-9]*<$(realpath "$mail")>" \
		"$work/trace"
}

@test "a kernel without Landlock is logged once, and mail is received" {
	needs_strace
	session "$(small bob@example.org)" >"$work/in"
	for error in ENOSYS EOPNOTSUPP; do
		traced -e inject=landlock_create_ruleset:error=$error
		is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
		is "$(grep -c ' unconfined ' "$work/log")" 1
	done
	traced -e inject=landlock_create_ruleset:retval=1 # ABI 1 lacks REFER
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	is "$(grep -c ' unconfined ' "$work/log")" 1
}

# session_of_nobody OPTION...: starts a session of an ordinary user.
session_of_nobody() {
	make_public
	cp "$users" "$public/users.txt"
	chmod 644 "$public/users.txt"
	mkdir -m 777 "$public/mail"
	as=()
	[ "$(id -u)" != 0 ] ||
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	command=("${as[@]}" "$public/smtp-stdio" --name=mail.example.org
		--users="$public/users.txt" --mail="$public/mail")
	start "$@"
	await '^220'
}

# May the same user read the memory of process $1?
is_open() {
	as_nobody head -c 1 "/proc/$1/maps" >"$work/octet" 2>/dev/null
}

# Prints the core file limits of process $1, soft and hard.
core_of() {
	sed -n 's/^Max core file size *\([^ ]*\) *\([^ ]*\) .*/\1 \2/p' \
		"/proc/$1/limits"
}

is_hidden() {
	session_of_nobody "$@"
	"${as[@]}" sleep 60 3>&- 4>&- &
	pids+=("$!")
	other=$!
	for ((i = 0; i < 500; i++)); do # until setpriv has changed the user
		is_open "$other" && break
		sleep 0.02
	done
	is_open "$other" # otherwise the next check would be void
	find_session "$@"
	for process in $session $monitor; do
		refute is_open "$process"
		is "$(core_of "$process" | cut -d ' ' -f 1)" 0
	done
}

@test "other processes cannot read the memory of a session, and it leaves no core file" {
	ulimit -S -c "$(ulimit -H -c)"
	[ "$(ulimit -S -c)" != 0 ] || cannot 'core files have a limit of 0'
	is_hidden
	say 'QUIT\r\n'
	finish
	is "$code" 0
}

@test "other processes cannot read the memory of an LMTP session" {
	is_hidden --lmtp
}

@test "other processes cannot read the memory of a session with --commands" {
	is_hidden --commands
	[ "$monitor" ]
}

@test "other processes cannot read the memory of a session with --tls" {
	is_hidden --tls=/bin/true
	[ "$monitor" ]
}

@test "a session cannot gain privileges" {
	refute grep -qx 'NoNewPrivs:.1' "/proc/$$/status" ||
		cannot 'these tests cannot gain any'
	start
	await '^220'
	grep -qx 'NoNewPrivs:.1' "/proc/$pid/status"
}

@test "a kernel that refuses rights of its own Landlock ABI gets an older set" {
	session "$(small bob@example.org)" >"$work/in"
	needs_landlock
	traced -e inject=landlock_create_ruleset:error=EINVAL:when=2
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	refute grep -q unconfined "$work/log"
	grep -q 'landlock_restrict_self(.*) = 0' "$work/trace"
}

@test "without Landlock the log has the error of the kernel" {
	session "$(small bob@example.org)" >"$work/in"
	needs_landlock
	traced -e inject=landlock_create_ruleset:error=EOPNOTSUPP
	is "$code $(verdict)" '0 250 2.0.0 OK; Message Accepted'
	grep -qE 'unconfined .*reason="no Landlock of ABI 2: (Not supported|Operation not supported)"' \
		"$work/log"
}
