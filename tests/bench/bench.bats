# The tools of make bench; the figures themselves are not checked.
bats_require_minimum_version 1.5.0
load ../lib/helpers

setup_file() {
	export BATS_NO_PARALLELIZE_WITHIN_FILE=true
	export bench=$BATS_FILE_TMPDIR/bench_client limits=$BATS_FILE_TMPDIR/limits
	cc -std=c17 -Wno-comment -o "$bench" "$BATS_TEST_DIRNAME"/bench*.c
	cc -std=c17 -o "$limits" "$BATS_TEST_DIRNAME/limits.c"
}

# Maildirs and recipients for two servers.
make_mailboxes() {
	mkdir -p "$mail"/r00{0,1,2}/{tmp,new,cur}
	printf 'r00%d@example.org ./r00%d/\n' 0 0 1 1 2 2 >"$users"
	command+=(--no-sync)
	bare=("$limits" "$mail")
}

@test "bench: the program and the limit store the messages of the client" {
	make_mailboxes
	"$bench" session 5 1024 3 "${command[@]}" | grep -qE '^[0-9.]+ [0-9]+$'
	is "$(count)" 15
	"$bench" session 5 1024 3 "${bare[@]}"
	"$bench" whole 5 100000 1 "${command[@]}"
	"$bench" whole 5 100000 1 "${bare[@]}"
	is "$(count)" 40
	"$bench" parallel 8 4 "${command[@]}" | grep -qE '^[0-9.]+$'
	is "$(count)" 48
}

@test "bench: starts, idle sessions and look-ups are measured" {
	make_mailboxes
	is "$("$bench" start 3 "${command[@]}" | wc -l)" 3
	is "$("$bench" brief 3 "${command[@]}" --commands | wc -l)" 3
	[ "$("$bench" idle "${command[@]}")" -gt 0 ]
	is "$("$bench" beside 5 3 "${command[@]}" | wc -l)" 4
	(echo '# sorted' && seq -f 'u%08.0f@example.org ./r000/' 0 99) >"$users"
	"$bench" rcpt 100 "${command[@]}" | grep -qE '^[0-9.]+ [0-9.]+$'
	"$bench" rcpt 100 "${bare[@]}" "$users"
}

@test "bench: a server that rejects the mail gives no figure" {
	make_mailboxes
	echo other@example.org >"$users"
	run --separate-stderr "$bench" session 1 1024 1 "${command[@]}"
	is "$status" 1
	[[ $stderr = '550 5.1.1 '* ]]
	run --separate-stderr "$bench" rcpt 10 "${command[@]}"
	is "$status" 1
	run --separate-stderr "$bench" start 1 /bin/true
	is "$stderr" 'the server says no more'
}
