#!/usr/bin/env bats
# Front ends after HAProxy: a message answered 250 remains if one of them is
# killed.  `make cluster` uses larger numbers and prints the measurements.

load ../lib/helpers
load ../lib/net
load ../lib/cluster

doc=$BATS_TEST_DIRNAME/../../doc/scaling.md

# A front end: tcpserver and its sessions, a process group.
listen_front() { # NAME
	exec setsid tcpserver -HRl0 -c 200 127.0.0.1 "$port" "${command[@]}" \
		--mail="$work/$1" --proxy
}

start_front() { # NAME
	serve listen_front "$1"
	front[$1]=$listener
	front_port[$1]=$port
}

# All at once, as in a power cut.
kill_front() { # NAME
	kill -KILL -- "-${front[$1]}"
}

listen_front_again() { # NAME
	port=${front_port[$1]}
	listen_front "$1"
}

# The HAProxy of doc/scaling.md, with other addresses.
listen_haproxy() {
	{
		printf '%s\n' global "stats socket $work/admin"
		sed -n '/^    defaults/,/^$/s/^    //p' "$doc" | sed \
			-e "s/:25\$/127.0.0.1:$port/" \
			-e "s/192.0.2.1:2525/127.0.0.1:${front_port[one]}/" \
			-e "s/192.0.2.2:2525/127.0.0.1:${front_port[two]}/"
	} >haproxy.cfg
	exec haproxy -db -f haproxy.cfg
}

start_cluster() {
	needs haproxy tcpserver python3 setsid
	declare -gA front front_port
	printf '@example.org ./all/\n' >"$users"
	start_front one
	start_front two
	serve listen_haproxy
}

# The names of all messages on both front ends.
everywhere() {
	stored "$work/one"
	stored "$work/two"
}

# smtp-source does not retry: if it succeeds its 20 messages were answered 250;
# if it fails, 20 at most were.
sources() {
	while [ ! -e "$work/enough" ]; do
		if "${found[@]}" -s 2 -m 20 -l 4000 -f ann@example.net \
			-t source@example.org "127.0.0.1:$port"; then
			echo >>"$work/good"
		else
			echo >>"$work/failed"
		fi
	done 2>>"$work/source"
}

@test "a front end that is killed in mid-DATA loses no message answered 250" {
	provide smtp-source postfix
	start_cluster
	: >"$work/good" && : >"$work/failed" && : >"$work/sent" && : >"$work/halves"
	mkfifo "$work/go"
	"$counter" halves "$port" half 8 half@example.org <"$work/go" \
		>"$work/halves" 2>>"$work/errors" 3>&- 4>&- &
	halves=$!
	pids+=("$halves")
	exec {go}>"$work/go"
	await '^halves' "$work/halves"

	n=$(often 400 4000)
	start=$(date +%s%N)
	timeout 600 "$counter" send "$port" id "$n" 8 id@example.org \
		>"$work/sent" 2>>"$work/errors" 3>&- 4>&- {go}>&- &
	sender=$!
	sources 3>&- 4>&- {go}>&- &
	source=$!
	pids+=("$sender" "$source")
	await_lines "$work/sent" $((n / 4))
	kill_front one
	exec {go}>&-
	await_lines "$work/halves" 9
	await_lines "$work/sent" $((n / 2))
	serve_again one
	await_up
	await_more one
	wait "$halves"
	wait "$sender"
	took=$((($(date +%s%N) - start) / 1000000))
	: >"$work/enough"
	wait "$source"

	sed 1d "$work/halves" >"$work/halves.sent"
	[ "$(awk '$2 > 1' "$work/halves.sent" | wc -l)" -ge 4 ] # of 8, in turns
	is "$(wc -l <"$work/sent")" "$n"
	everywhere | "$counter" count strict "$work/sent" "$work/halves.sent" \
		>"$work/said" 2>&1 || fail "$(cat "$work/said")"
	got=$(everywhere | xargs -d '\n' grep -l '^Delivered-To: source@' | wc -l)
	least=$((20 * $(wc -l <"$work/good")))
	most=$((least + 20 * $(wc -l <"$work/failed")))
	[ "$least" -gt 0 ] && [ "$got" -ge "$least" ] && [ "$got" -le "$most" ] ||
		fail "smtp-source: $got, not $least to $most"
	measured "$(cat "$work/said"); $((n * 1000 / took)) a second;" \
		"$(awk '$2 > 1' "$work/sent" "$work/halves.sent" | wc -l)" \
		"had to be sent again; smtp-source: $least answered 250, $got stored"
}

# carried WHAT PORT: messages per second of 20 sessions of smtp-source.
carried() {
	local what=$1 n=4000 start before
	before=$(everywhere | wc -l)
	start=$(date +%s%N)
	timeout 300 "${found[@]}" -s 20 -m "$n" -l 4000 -f ann@example.net \
		-t source@example.org "127.0.0.1:$2"
	took=$((($(date +%s%N) - start) / 1000000))
	is "$(everywhere | wc -l)" $((before + n))
	measured "$what: $((n * 1000 / took)) messages of 4 KB a second"
}

@test "all messages that one machine accepts are stored" {
	in_full
	provide smtp-source postfix
	start_cluster
	haproxy_port=$port
	serve listen_alone
	carried 'no proxy' "$port"
	carried 'HAProxy and two front ends on one disk' "$haproxy_port"
}

listen_alone() {
	exec tcpserver -HRl0 -c 200 127.0.0.1 "$port" "${command[@]}" \
		--mail="$work/one"
}

# Uses the port in HAProxy's configuration.
serve_again() { # NAME
	(cd "$work" && listen_front_again "$1") >"$work/listener" 2>>"$work/log" \
		3>&- 4>&- &
	front[$1]=$!
	pids+=("$!")
}

# await_more NAME: waits for new mail there.
await_more() {
	local before i
	before=$(count "$work/$1")
	for ((i = 0; i < 1500; i++)); do
		[ "$(count "$work/$1")" -le "$before" ] || return 0
		sleep 0.02
	done
	fail "nothing comes to $1"
}

await_up() {
	local i
	for ((i = 0; i < 1500; i++)); do
		socat - "UNIX:$work/admin" <<<'show stat' |
			grep -q '^smtp,one,.*,UP,' && return
		sleep 0.02
	done
	fail 'HAProxy does not take it back'
}

# copy ID NAME: writes message ID, as stored, to $work/files/NAME.
copy() {
	mkdir -p "$work/files"
	python3 - "$counter" "$1" >"$work/files/$2" <<-'END'
		import sys
		sys.dont_write_bytecode = True
		from importlib.machinery import SourceFileLoader
		module = SourceFileLoader("counter", sys.argv[1]).load_module()
		print("Return-Path: <>\nX", end=": y\n")
		print(module.message(sys.argv[2])[:-3].replace("\r", ""), end="")
	END
}

# counts HOW LINE...: the counter's exit code for this list.
counts() {
	local how=$1 status=0
	shift
	printf '%s\n' "$@" >"$work/list"
	find "$work/files" -type f | "$counter" count "$how" "$work/list" \
		>"$work/said" 2>&1 || status=$?
	echo "$status"
}

@test "the counter detects lost, incomplete, duplicate and unknown messages" {
	copy a-1 one
	copy a-2 two
	is "$(counts strict 'a-1 1 0' 'a-2 1 0')" 0
	is "$(counts strict 'a-1 1 0' 'a-2 1 0' 'a-3 1 0')" 1
	is "$(counts strict 'a-1 1 0')" 1
	copy a-2 again
	is "$(counts strict 'a-1 1 0' 'a-2 2 0')" 1
	is "$(counts strict 'a-1 1 0' 'a-2 2 1')" 0
	is "$(counts tries 'a-1 1 0' 'a-2 2 0')" 0
	is "$(counts tries 'a-1 1 0' 'a-2 1 0')" 1
	truncate -s -1 "$work/files/one"
	is "$(counts tries 'a-1 1 0' 'a-2 2 0')" 1
}
