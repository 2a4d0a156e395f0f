#!/usr/bin/env bats
# A session that a client has taken over: tests/faults/hijacked.h.  What it
# attempts must fail, and afterwards nothing may have changed.

load ../lib/helpers

eval "$(declare -f setup | sed '1s/setup/setup_work/')"
setup() {
	setup_work
	needs_plain_build
	case $(uname -sm) in
	'Linux x86_64' | 'Linux aarch64') ;;
	*) skip 'there is no list of calls for this machine' ;;
	esac
	make_public
	cp "$O/hijacked" "$public/smtp-stdio"
	cd "$public" || return
	users=users.txt
	# shellcheck disable=SC2016 # they are for the scripts
	printf '#!/bin/sh\necho "$RECIPIENT $CLIENT_ADDRESS $(wc -c)" >>%s/ran\n' \
		"$public" >run
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho HELPED "$SMTP_STDIO_PEER"\n' >helper
	chmod 755 run helper
	list_users >users.txt
	as=()
	[ "$(id -u)" != 0 ] ||
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	command=("${as[@]}" "$public/smtp-stdio" --name=mail.example.org
		--users=users.txt --mail=mail)
	tls=--tls=$public/helper
	populate
}

# With each kind of line; forgeries are made of them.
list_users() {
	printf '%s\n' '# a comment' '' bob@example.org \
		"run@example.org |$public/run" \
		"#run@example.org |$public/run" \
		"all@example.org ||$public/run" \
		'alias@example.org run@example.org' \
		'no@example.org 550 No' 'from:bad@example.org 550 No' \
		"odd@example.org ./../|$public/run" \
		"  in@example.org |$public/run" \
		"inside@example.org |$public/mail/run" \
		"way@example.org |$public/way/run" \
		"later@example.org |$public/mail/later" \
		'sleep@example.org |/bin/sleep 20' \
		"long@example.org |$public/run $(printf %04096d 0)" \
		"* |$public/run"
}

# All belongs to the user of the program: its own rights forbid nothing.
populate() {
	local file
	rm -rf out mail report ran log
	mkdir -p out/dir mail/dir mail/{bob,carol}@example.org/{new,cur,tmp}
	for file in out/{file,emptied,cut,old,b,e} mail/{moved,linked} \
		mail/bob@example.org/{new/{old,emptied,cut},cur/given}; do
		echo "$file" >"$file"
	done
	printf '#!/bin/sh\n: >out/executed\n' | tee out/run >mail/run
	chmod 755 out/run mail/run
	ln -sfn ../out mail/way
	ln -sfn mail way
	touch log ran report
	[ "$(id -u)" != 0 ] ||
		chown -hR 65534:65534 out mail log ran report users.txt
}

# Prints what must not change: names, modes, owners, times, contents, and the
# flags of the open log.
world() {
	find out mail/dir mail/moved mail/bob@example.org/new users.txt \
		-printf '%p %y %m %U %G %s %n %l %T@\n' 2>/dev/null | sort
	find out mail/bob@example.org/new users.txt -type f -readable \
		-exec cksum {} +
	grep flags: "/proc/$BASHPID/fdinfo/$evidence"
}

# attempt [VARIABLE=VALUE...] -- OPTION...: the log has a line already, and is
# open for reading, too, which is the worst case.
attempt() {
	local variables=()
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	populate
	exec {evidence}<>"$public/log"
	echo 'a line of another session' >&"$evidence"
	world >"$work/before"
	code=0
	env HIJACK=attempts HIJACK_REPORT=report "${variables[@]}" \
		timeout -s KILL 30 "${starter[@]}" "${command[@]}" "$@" \
		</dev/null >"$work/sent" 2>&"$evidence" || code=$?
	world >"$work/after"
	exec {evidence}>&-
}

# The report is complete, and says that something succeeded.
is_good() {
	is "$(grep -E '^(not ok|# )' report)" ''
	grep -q ': succeeds$' report
	grep -q '^ok .* all other calls: ' report
	is "$(tail -n 1 report)" "1..$(grep -c '^ok ' report)"
	is "$code" 0
}

# What the list forbids, also without Landlock.
has_not_changed() {
	refute [ -e out/executed ]
	is "$(head -n 1 log)" 'a line of another session'
	is "$(wc -l <ran)" 0
	is "$(stat -c '%a' users.txt mail/bob@example.org/new/old | uniq)" 644
	is "$(grep flags: "$work/before")" "$(grep flags: "$work/after")"
	refute grep -q HELPED "$work/sent"
}

# It may lie there.
has_logged() { # LINES
	grep -qE 'lie peer=unknown$' "${operators_log-log}"
	is "$(grep -vcE 'another session|unconfined' "${operators_log-log}")" 1
	is "$(grep -c 'unconfined .*no Landlock' "${operators_log-log}")" "$1"
}

attempts() {
	attempt -- "$@"
	is_good
	has_not_changed
	has_logged 0
	diff "$work/before" "$work/after"

	attempt HIJACK_WITHOUT=landlock -- "$@"
	is_good
	has_not_changed
	has_logged 1

	# Without the list, too, each call gets to the kernel, though it need
	# not have all, and the last one executes another program.
	attempt HIJACK_WITHOUT=all -- "$@"
	is "$(grep -E '^(not ok|# )' report)" ''
	[ "$(grep -c ': Function not implemented' report)" -lt 10 ]
	is "$code" 0
	[ -e out/executed ]
}

@test "a hijacked session can store, read mail and nothing else" {
	attempts
	refute grep -q 'another session' log # the attempts are real
}

@test "a hijacked session with --tls can store, read mail and nothing else" {
	attempts "$tls"
	refute grep -q 'another session' log
}

@test "a hijacked session with --commands can store and nothing else" {
	attempts --commands
	refute grep -q 'another session' log
}

# A socket is 0, 1 and 2, and the log goes to a syslogd.
@test "a hijacked session under inetd can store and nothing else" {
	unshare -r -m true 2>/dev/null || cannot 'there are no namespaces'
	cat >inetd <<-'END'
		import os, socket, subprocess, sys
		syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		if os.path.exists("syslog"):
		    os.remove("syslog")
		syslog.bind("syslog")
		os.chmod("syslog", 0o666)
		syslog.setblocking(False)
		ours, theirs = socket.socketpair()
		mounts = 'touch null && mount --bind /dev/null null && ' \
		    'mount -t tmpfs none /dev && touch /dev/log /dev/null && ' \
		    'mount --bind null /dev/null && ' \
		    'mount --bind syslog /dev/log && exec "$@"'
		code = subprocess.call(
		    ["unshare", *["-r"] * bool(os.getuid()), "-m", "sh", "-c", mounts, "sh", *sys.argv[1:]],
		    stdin=theirs, stdout=theirs, stderr=theirs)
		theirs.close()
		sys.stdout.buffer.write(ours.recv(4096))
		with open("lines", "wb") as lines:
		    try:
		        while octets := syslog.recv(4096):
		            lines.write(octets.rstrip(b"\0\n") + b"\n")
		    except BlockingIOError:
		        pass
		sys.exit(code)
	END
	starter=(python3 inetd)
	operators_log=lines
	attempts "$tls" --commands
}

@test "an attempt that succeeds is noticed" {
	attempt HIJACK_WRONG=yes --
	is "$code" 1
	grep -q '^not ok .* - create inside: succeeds' report
	refute is_good
}

# abuse NAME NUMBER OPTION...: abuses the monitor.  The log is in $said, the
# replies in $sent; an empty report means that the session was ended in time.
abuse() {
	local at=abuse.$BASHPID
	[ -d "$at" ] || mkdir -m 777 "$at"
	: >"$at/report"
	chmod 666 "$at/report"
	code=0
	HIJACK=$1 HIJACK_NUMBER=$2 HIJACK_REPORT=$at/report \
		timeout -s KILL 30 "${command[@]}" "${@:3}" </dev/null \
		>"$at/sent" 2>"$at/log" || code=$?
	said=$(sed -E 's/^smtp-stdio\[[0-9]+\]: //; /^unconfined /d' "$at/log")
	report=$(<"$at/report") sent=$(<"$at/sent")
}

# is_aborted 'REASON' [PAIR]: and nothing was executed
is_aborted() {
	is "$code ${said#lie peer=unknown$'\n'}" "75 aborted peer=${who-unknown} ${2:+$2 }reason=\"$1\""
	is "$report$sent$(<ran)" ''
}

names=('' PEER RUN CLEAR TLS FILTER AUTH POLICY)
peer=1 run=2 clear=3 starttls=4 filter=5 auth=6 policy=7

# out_of_turn NAME 'KIND...' OPTION...
out_of_turn() {
	local kind
	for kind in $2; do
		abuse "$1" "$kind" "${@:3}"
		is_aborted 'a request out of turn' "request=${names[kind]}"
	done
}

@test "a request that is not offered, not yet, or not again ends the session" {
	for HIJACK_WITHOUT in '' landlock; do
		export HIJACK_WITHOUT
		out_of_turn kind "$peer $run $clear $filter $auth $policy" "$tls"
		out_of_turn kind "$peer $starttls $filter $auth $policy" --commands
		out_of_turn kind "$peer $run $starttls $auth $policy" \
			--filter=/bin/cat
		out_of_turn kind "$run $clear $filter $policy" --auth=/bin/false
		out_of_turn kind "$run $clear $filter $auth" --policy=/bin/cat
		out_of_turn kind "$starttls" "$tls" --tls-on
		out_of_turn kind "$run $clear $starttls" --proxy "$tls" --commands
		who=192.0.2.66 out_of_turn 'peer and kind' "$peer" --proxy "$tls" --commands
		out_of_turn 'tls and kind' "$peer $run $clear $starttls" \
			"$tls" --commands
	done
}

@test "an unknown request ends the session" {
	for kind in 0 8 255 4294967298 18446744073709551615; do
		abuse kind "$kind" "$tls" --commands
		is_aborted 'an unknown request'
	done
}

@test "a string without an end, or with a control octet, ends the session" {
	for string in {0..8}; do
		for octet in 0 1 10 127; do
			abuse 'bad text' $((string + 256 * octet)) --commands
			is_aborted 'an invalid request' request=RUN
		done
	done
}

@test "half a request, too much, or a request before the answer ends the session" {
	abuse half 0 --commands
	is_aborted 'half a request' request=CLEAR
	abuse 'too much' 0 --commands
	is_aborted 'a request before the answer' request=CLEAR
	for i in {1..5}; do
		abuse flood 0 --commands
		is_aborted 'a request before the answer' request=CLEAR
	done
}

# The monitor waits 62 seconds for these, less 61.5, and 5 for a session that
# has closed its pipe.
@test "a session that goes on without its monitor is ended, and TLS does not begin" {
	export HIJACK_HASTE=61500
	options=("$tls" --commands --deadline=1 --command-time=1)
	late='the session did not end in time' ended='the session did not end'
	pids=()
	for abuse in "half and wait/$late/request=CLEAR" "tls and wait/$late" \
		"tls and close/$ended" "close and wait/$ended"; do
		(
			IFS=/ read -r name reason pair <<<"$abuse"
			abuse "$name" 0 "${options[@]}"
			is_aborted "$reason" "$pair"
		) 3>&- &
		pids+=("$!")
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
}

@test "the exit code of a session is that of the monitor, and 75 after a signal" {
	for status in 0 1 69 75 127; do
		abuse exit "$status" "$tls" --commands
		is "$code $said$report$sent" "$status lie peer=unknown"
	done
	abuse crash 0 "$tls" --commands
	is_aborted 'the session was ended by a signal' signal=11
}

@test "TLS begins after exit code 0 only" {
	abuse tls 0 "$tls" --commands
	is "$code $said" '0 lie peer=unknown'
	is "$sent" 'HELPED unknown 0'
	for status in 1 75 127; do
		abuse tls "$status" "$tls" --commands
		is "$code $said$report$sent" "$status lie peer=unknown"
	done
	abuse 'tls and half' 0 "$tls"
	grep -q 'aborted .*reason="half a request"$' <<<"$said"
	is "$code$sent" 75
	abuse 'tls and crash' 0 "$tls"
	is_aborted 'the session was ended by a signal' signal=11
}

@test "a request runs the line of its recipient, and nothing else" {
	for HIJACK_WITHOUT in '' landlock; do
		export HIJACK_WITHOUT
		: >ran
		abuse forgeries 0 --commands
		is "$(grep -E '^(not ok|# )' <<<"$report")" ''
		is "$code $(grep -c '^ok ' <<<"$report")" '0 43'
		is "$(cat ran)" "run@example.org unknown 10
 unknown 10
run@example.org unknown 0"
	done
}

@test "a command has no more time than --command-time" {
	abuse times 0 --commands --command-time=1
	is "$(grep -E '^(not ok|# )' <<<"$report")" ''
	is "$code $(grep -c '^ok ' <<<"$report")" '0 3'
}

@test "a file that another session put in the place of a message is not passed on" {
	HIJACK_SWAP=yes abuse 'run often' 0 --commands
	is "$(grep -cE '^not ok .* - a command: ' <<<"$report")" 3
	is "$(cat ran)" ''
}

@test "a session may run a line again, and need not read the answer" {
	abuse 'run often' 0 --commands
	is "$code $(wc -l <ran)" '0 3'
	for i in {1..5}; do
		abuse 'run and go' 0 --commands
		is "$code $said" '0 lie peer=unknown'
	done
}

@test "a session behind a proxy says once who the client is" {
	abuse 'peer and run' 0 --commands --proxy
	is "$code $(cat ran)" '0 run@example.org 192.0.2.66 0'
	abuse 'peer and tls' 0 "$tls" --proxy
	is "$code $sent" '0 HELPED 192.0.2.66 66'
}

starts() {
	code=0
	session "$1" | timeout -s KILL 30 "${command[@]}" "${@:2}" 2>log |
		tr -d '\r' >sent
	code=${PIPESTATUS[1]}
}

# does_not_start KEY OPTION...
does_not_start() {
	starts QUIT "${@:2}"
	is "$code $(cat sent)" '78 421 mail.example.org Service not available'
	grep -q "failed .*$1=.*must not lie below the mail directory" log
}

@test "a users file or a helper that a session could replace is not used" {
	cp users.txt helper mail
	ln -s mail/users.txt linked.txt
	ln -s "$public/users.txt" mail/outward.txt
	for file in mail/users.txt ./mail//users.txt "$public/mail/users.txt" \
		way/users.txt linked.txt mail/outward.txt \
		mail/bob@example.org/../users.txt; do
		does_not_start users --users="$file"
	done
	for helper in mail/helper "$public/mail/helper -x" way/helper \
		mail/none way/none; do
		does_not_start command "--tls=$helper"
		does_not_start command "--tls=$helper" --commands
	done
	for path in "$public/mail:$PATH" "$public/none:$public/way:$PATH"; do
		PATH=$path does_not_start command --tls=helper
		PATH=$path does_not_start command --tls=none
	done
	(cd mail && PATH=$PATH: does_not_start command --tls=none --mail=. \
		--users=../users.txt)
	# There the name is not looked up.
	PATH=$public:$public/mail:$PATH starts QUIT --tls=helper
	is "$code" 0
	starts QUIT --users=mail/../users.txt
	is "$code" 0
}

@test "a command that a session could replace is not run" {
	for name in inside way later; do
		starts "$(small $name@example.org)" --commands
		grep -q '^451 4.3.5 ' sent
		grep -q "refused .*below the mail directory" log
	done
}
