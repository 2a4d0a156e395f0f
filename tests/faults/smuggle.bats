#!/usr/bin/env bats
# Nobody reads a second message out of one: every combination of CR, LF, NUL and
# dot in front of one, cut at each octet.  `make smuggle` takes longer ones.

load ../lib/helpers

# smuggle WAY HOW [OPTION...]
smuggle() {
	"$BATS_TEST_DIRNAME/smuggle" "$mail" "$1" "${SMUGGLE:-$2}" \
		"${command[0]}" --users="$users" "${@:3}" >"$work/attempts"
}

holds() {
	smuggle "$@" || fail "$(cat "$work/attempts")"
	[ "$(wc -l <"$work/attempts")" = 1 ]
}

@test "only CRLF.CRLF ends a message, wherever it is cut" {
	holds smtp 3
}

@test "only CRLF.CRLF ends a message in LMTP, wherever it is cut" {
	holds lmtp 2 --lmtp
}

@test "with --lf the dot of a line that ends in LF ends a message, and no other" {
	holds lf 2 --lf
}

@test "nothing ends a chunk but its size, wherever it is cut" {
	holds bdat 2
}

# It has some attempts that go wrong, and not all of them.
is_caught() {
	local count wrong
	SMUGGLE= refute smuggle "$@"
	read -r count _ wrong _ <<<"$(tail -n 1 "$work/attempts")"
	[ "$wrong" -gt 0 ] && [ "$wrong" -lt "$count" ] ||
		fail "$(tail -n 1 "$work/attempts")"
}

@test "the attempts notice a program that ends messages elsewhere" {
	is_caught smtp 1 --lf
	is_caught lf 1
	is_caught bdat 1 --size=120
}
