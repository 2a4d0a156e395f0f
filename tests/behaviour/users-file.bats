#!/usr/bin/env bats
# A users file that is no regular file, has invalid content, or changes while a
# session reads it.

load ../lib/helpers

no_service() {
	is "$code $(cat "$work/out")" \
		'78 421 mail.example.org Service not available'
	grep -q ' failed .*users=' "$work/log"
	refute [ -e "$mail" ]
}

@test "a users file that is a socket or a dangling link is a 421" {
	mkfifo "$work/pipe"
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/socket"
	hold QUIT --users="$work/socket"
	no_service
	for file in "$work/pipe" "$work/socket" "$work" /dev/null /dev/zero \
		/dev/tty "$work/nothing" "$users/x" loop; do
		ln -sf "$file" "$work/loop"
		hold QUIT --users="$work/loop"
		no_service
	done
}

# answers PATTERN RCPT: a new session gives this reply.
answers() {
	hold "EHLO x\nMAIL FROM:<>\nRCPT TO:<$2>\nQUIT"
	[[ $(verdict) == $1* ]] || fail "$2: $(verdict)"
}

@test "NULs and lines of a megabyte do not affect other lines" {
	for junk in '\0' 'x' '\0x@y\n' ' ' '#' '\r' '\377' 'x@y.z '; do
		{
			echo ann@example.org
			printf "$junk%.0s" {1..20000} | head -c 1000000
			printf '\nbob@example.org\nca\0rol@example.org\n'
			printf 'dave@example.org\0\nerin@example.org \0\n'
			printf '\0\nfred@example.org' # without a line end
		} >"$users"
		touch -d '1 hour ago' "$users"
		answers '250 2.1.5' ann@example.org
		answers '250 2.1.5' bob@example.org
		answers '250 2.1.5' fred@example.org
		answers '550 5.1.1' carol@example.org
		answers '550 5.1.1' dave@example.org
		answers '451 4.3.5' erin@example.org
		answers '550 5.1.1' nobody@example.org
	done
}

# ask RCPT PATTERN: the same for the running session.
ask() {
	asked=$((asked + 1))
	session "RSET\nMAIL FROM:<>\nRCPT TO:<$1>\nNOOP $asked\nVRFY" >&"$to"
	for ((i = 0; i < 500; i++)); do
		[ "$(grep -c '^501 5.5.4' "$work/sent")" = "$asked" ] && break
		sleep 0.02
	done
	reply=$(tail -n 3 "$work/sent" | head -n 1)
	[[ $reply == $2* ]] || fail "$1: $reply, not $2"
}

# users_file FIRST-LINE FILLER: sorted, with equally many lines before and after
# bob's.
users_file() {
	{
		printf "$1"
		seq -f 'a%06g@example.org' "$2"
		echo bob@example.org
		seq -f 'c%06g@example.org' "$2"
		printf 'dave@example.org'
	} >"$users"
}

# For sorted and unsorted files, smaller and larger than the buffer.
each_kind() {
	local first filler
	for first in '' '# sorted\n'; do
		for filler in 1 20000; do
			users_file "$first" "$filler"
			asked=0
			touch -d '1 hour ago' "$users"
			start
			await '^220'
			session 'EHLO x' >&"$to"
			"$1" "$filler"
			finish
			is "$code" 0
			rm -rf "$work/in" "$mail"
		done
	done
}

replaced() {
	ask bob@example.org '250 2.1.5'
	echo eve@example.org >"$users.new"
	mv "$users.new" "$users"
	ask bob@example.org '250 2.1.5'
	ask dave@example.org '250 2.1.5'
	ask eve@example.org '550 5.1.1'
	rm "$users"
	ask bob@example.org '250 2.1.5'
}

@test "a session keeps using a users file that is replaced or removed" {
	each_kind replaced
}

appended() {
	ask dave@example.org '250 2.1.5'
	printf '.net\neve@example.org\n' >>"$users"
	touch -d '1 hour ago' "$users"
	ask eve@example.org '550 5.1.1'
	ask dave@example.org.net '550 5.1.1'
	ask dave@example.org '250 2.1.5'
	ask bob@example.org '250 2.1.5'
}

@test "a line that is appended to a users file is used by the next session" {
	each_kind appended
	answers '250 2.1.5' eve@example.org
	answers '250 2.1.5' dave@example.org.net
	answers '550 5.1.1' dave@example.org
}

# A cached line may still be found; no recipient is rejected permanently.
truncated() {
	: >"$users"
	local want='250 2.1.5'
	[ "$1" = 1 ] || want='451 4.3.5'
	ask dave@example.org "$want"
	ask bob@example.org "$want"
	[ "$1" = 1 ] || ask nobody@example.org "$want"
}

@test "a users file that is truncated during a session rejects nobody permanently" {
	each_kind truncated
}

@test "an address that is not in a new file without an end is refused temporarily" {
	printf 'ann@example.org\nbob@example.o' >"$users"
	answers '250 2.1.5' ann@example.org
	answers '451 4.3.5' bob@example.org
	hold 'EHLO x\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nQUIT' --deterministic
	is "$(verdict)" '451 4.3.5 Mailbox cannot be used now, try again later'
	grep -q 'reason="the users file is new, and its last line has no end"' \
		"$work/log"
	touch -d 'next week' "$users"
	answers '451 4.3.5' bob@example.org
	touch -d '2 minutes ago' "$users"
	answers '550 5.1.1' bob@example.org
	echo >>"$users"
	answers '550 5.1.1' bob@example.org
}

@test "a users file that is emptied during a session rejects nobody permanently" {
	{
		echo ann@example.org
		seq -f '# comment %g' 2000
	} >"$users"
	start
	session 'EHLO x\nMAIL FROM:<>\nRCPT TO:<ann@example.org>' >&"$to"
	await '^250 2.1.5'
	seq -f '# comment %0100g' 2000 >"$users"
	session 'RCPT TO:<eve@example.org>' >&"$to"
	await '^451 4.3.5'
	finish
}
