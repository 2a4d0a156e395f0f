#!/usr/bin/env bats
# users.txt for many hosts: generated once, and replaced during sessions.

load ../lib/helpers
load ../lib/net
load ../lib/cluster

# A file that has `both', users without end and, far from the block that a session
# holds, `zold'; the command of users.txt(5) sorts it.
make_users() { # NUMBER
	{
		echo 'zold@example.org ./all/'
		seq -f 'user%08.0f@example.org ./all/' "$1" -1 1
		echo 'both@example.org ./all/'
	} >"$work/users.txt"
	(cd "$work" && nice bash -ec "$(sed -n \
		'/^export LC_ALL/,/sorted.txt$/{s/\\e/\\/g;p}' \
		"$BATS_TEST_DIRNAME/../../doc/man/users.txt.5")")
}

# users_see FILE RCPT...: prints the codes of the replies.
users_see() {
	local file=$1 rcpt lines='HELO x\nMAIL FROM:<>'
	shift
	for rcpt; do
		lines+="\nRCPT TO:<$rcpt@example.org>"
	done
	session "$lines\nQUIT" | smtp --users="$file" 2>>"$work/log" |
		sed '1,3d; $d' | cut -c 1-3 | tr '\n' ' '
}

# Plays sessions until $work/enough exists; each prints its replies.
keep_looking() { # FILE NUMBER
	while [ ! -e "$work/enough" ]; do
		users_see "$1" both zold znew \
			"user$(printf %08d $((RANDOM * 32768 % $2 + RANDOM % 100 + 1)))"
		echo
	done
}

# ms LINES: the duration of the session in FILE, from its log.
ms() {
	: >"$work/log"
	session "$2" | smtp --users="$1" --recipients=1000 >"$work/out" 2>"$work/log"
	refute grep -q '^550' "$work/out"
	sed -n 's/.* session .* ms=\([0-9]*\).*/\1/p' "$work/log"
}

many_rcpts() { # NUMBER
	printf 'HELO x\\nMAIL FROM:<>'
	shuf -i "1-$1" -n 1000 | awk '{ printf "\\nRCPT TO:<user%08d@example.org>", $1 }'
	printf '\\nDATA\\n.\\nQUIT'
}

@test "users.txt is replaced during sessions, and each session uses one version" {
	n=$(often 100000 10000000)
	start=$(date +%s%N)
	make_users "$n"
	took=$((($(date +%s%N) - start) / 1000000))
	rm "$work/users.txt"
	file=$work/host/users.txt
	mkdir "$work/host"
	cp "$work/sorted.txt" "$file"
	start --users="$file"
	say 'HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<zold@example.org>\r\n'
	await '^250 Recipient <zold@'
	for i in 1 2; do
		keep_looking "$file" "$n" >"$work/seen$i" 3>&- 4>&- {to}>&- &
		pids+=("$!")
		looking[i]=$!
	done
	await '^250 250 550 250 ' "$work/seen1"

	{ # as copied from another host
		head -n -1 "$work/sorted.txt"
		echo 'znew@example.org ./all/'
	} >"$work/host/.users.txt.part"
	mv "$work/host/.users.txt.part" "$file"
	await '^250 550 250 250 ' "$work/seen1"
	await '^250 550 250 250 ' "$work/seen2"
	say 'RCPT TO:<znew@example.org>\r\nRCPT TO:<zold@example.org>\r\nQUIT\r\n'
	finish
	is "$(sed '1,4d' "$work/out" | cut -c 1-3 | tr '\n' ' ')" '550 250 221 '
	: >"$work/enough"
	wait "${looking[@]}"
	is "$(cat "$work"/seen? | sort -u)" $'250 250 550 250 \n250 550 250 250 '
	measured "users.txt of $n lines, $(stat -c %s "$file") octets, sorted in $took ms;" \
		"$(cat "$work"/seen? | wc -l) sessions looked while it was replaced"
	look_up_times
}

look_up_times() {
	local none cold many last
	ms "$file" "$(many_rcpts "$n")" >"$work/warm"
	many=$(ms "$file" "$(many_rcpts "$n")")
	dd of="$file" oflag=nocache conv=notrunc,fdatasync count=0 2>"$work/dd"
	cold=$(ms "$file" "$(many_rcpts "$n" | sed 's/\(\\nRCPT[^\\]*\)*\\nDATA/\1\\nDATA/')")
	sed 1d "$file" >"$work/scanned"
	last=$(ms "$work/scanned" "HELO x\nMAIL FROM:<>\nRCPT TO:<user$(printf %08d "$n")@example.org>\nDATA\n.\nQUIT")
	measured "1000 look-ups by halving and a message: $many ms; one, with the file not in memory: $cold ms; one at the end of the file not sorted: $last ms"
}
