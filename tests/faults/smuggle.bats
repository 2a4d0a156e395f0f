#!/usr/bin/env bats
# SMTP smuggling: no combination of CR, LF, NUL and dot, cut at each octet,
# makes a second message out of one.  `make smuggle` tests longer ones.

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

@test "only CRLF.CRLF ends a message, with a cut at any octet" {
	holds smtp 3
}

@test "only CRLF.CRLF ends a message in LMTP, with a cut at any octet" {
	holds lmtp 2 --lmtp
}

@test "with --lf only the dot of a line that ends in LF ends a message" {
	holds lf 2 --lf
}

@test "only its size ends a chunk, with a cut at any octet" {
	holds bdat 2
}

# Some attempts fail, but not all of them.
is_caught() {
	local count wrong
	SMUGGLE= refute smuggle "$@"
	read -r count _ wrong _ <<<"$(tail -n 1 "$work/attempts")"
	[ "$wrong" -gt 0 ] && [ "$wrong" -lt "$count" ] ||
		fail "$(tail -n 1 "$work/attempts")"
}

@test "smuggle detects a program that ends messages elsewhere" {
	is_caught smtp 1 --lf
	is_caught lf 1
	is_caught bdat 1 --size=120
}
