#!/usr/bin/env bats
# The client and its files: patterns, and several transcripts in one call.
bats_require_minimum_version 1.5.0
load ../lib/helpers
load ../lib/talking

@test "S: lines may be patterns" {
	setup_ours
	transcript a "S: 220 *.example.[a-z]?g ESMTP
$founding"
	talk "$work/talks/a" -- "${ours[@]}"
	is "$code" 0
	is "$(count)" 1
	transcript a 'S: 220 *.example.com ESMTP'
	talk "$work/talks/a" -- "${ours[@]}"
	is "$code" 1
	is "$(tail -n 1 "$work/shown")" \
		'Expected in line 1: 220 *.example.com ESMTP'
}

@test "a backslash makes a pattern character literal" {
	transcript a 'S: 220 a\*b\?\[c]\\'
	server '220 a*b?[c]\\\r\n'
	talk "$work/talks/a" -- "$work/server"
	is "$code" 0
	for other in 'a*b?c\\' 'axb?[c]\\' 'a*bx[c]\\' 'a*b?[c]'; do
		server "220 $other\\r\\n"
		talk "$work/talks/a" -- "$work/server"
		is "$other $code" "$other 1"
	done
}

@test "a line equal to the text matches, even with pattern characters" {
	server '220 [a-b] \\x41 *\r\n'
	transcript a 'S: 220 [a-b] \x41 *'
	talk "$work/talks/a" -- "$work/server"
	is "$code" 0
}

@test "NUL and octets over 126 match in a line and a pattern" {
	server '220 \0\r \377 x\r\n'
	for want in '220 ?? ? x' '220 \x00\r \xfF x' '220 *'; do
		transcript a "S: $want"
		talk "$work/talks/a" -- "$work/server"
		is "$want: $code" "$want: 0"
	done
	transcript a 'S: 220 \x01* x'
	talk "$work/talks/a" -- "$work/server"
	is "$code" 1
}

@test "the same transcript works with another server" {
	setup_ours
	aiosmtpd_listens
	transcript a "S: 220 *
$founding"
	talk "$work/talks/a" -- "${theirs[@]}"
	is "$code" 0
	talk "$work/talks/a" -- "${ours[@]}"
	is "$code" 0
}

@test "each file of a folder is played in order of names, with a total" {
	setup_ours
	transcript b "S: 220 *
$founding"
	transcript a 'S: 220 mail.example.org ESMTP
C: FOO
S: 250 "OK"'
	transcript c "S: 220 *
$founding"
	transcript .hidden 'S: 999 no'
	mkdir "$work/talks/folder"
	talk "$work/talks" -- "${ours[@]}"
	is "$code" 1
	is "$shown" "not ok $work/talks/a: line 3: want \"250 \"OK\"\" got \"500 Unknown command\"
ok $work/talks/b
ok $work/talks/c
2 ok, 1 not ok"
	is "$(count)" 2
	rm "$work/talks/a"
	talk "$work/talks/" -- "${ours[@]}"
	is "$code" 0
	is "$shown" "ok $work/talks/b
ok $work/talks/c
2 ok, 0 not ok"
}

@test "several files and folders are played in the order given" {
	setup_ours
	transcript b "S: 220 *"
	transcript a "S: 220 *"
	mkdir "$work/more"
	cp "$work/talks/a" "$work/more/z"
	cd "$work"
	talk talks/b more talks/a -- "${ours[@]}"
	is "$code" 0
	is "$shown" 'ok talks/b
ok more/z
ok talks/a
3 ok, 0 not ok'
}

@test "the errors of one transcript are reported, and the others are played" {
	transcript 1 'S: 220 hi
C: HELO
S: 250 hi'
	transcript 2 'S: 220 hi
X: what'
	transcript 3 'S: 220 hi
C: QUIT'
	transcript 4 'S: 220 ho
C: QUIT'
	printf '#!/bin/sh\nprintf "220 hi\\r\\n"\nread x\n' >"$work/server"
	chmod +x "$work/server"
	cd "$work/talks"
	talk 1 2 none 3 4 -- "$work/server"
	is "$code" 74
	is "$shown" 'not ok 1: line 3: want "250 hi", but the connection was closed by the server
not ok 2: line 2: syntax error: "X: what"
not ok none: cannot be read: No such file or directory
not ok 3: at the end the connection was closed by the server
not ok 4: line 1: want "220 ho" got "220 hi"
0 ok, 5 not ok'
	talk 4 2 -- "$work/server"
	is "$code" 65
	talk 4 none -- "$work/server"
	is "$code" 66
	talk 4 4 -- "$work/server"
	is "$code" 1
}

@test "a folder without transcripts is an error" {
	mkdir "$work/none"
	talk "$work/none" -- false
	is "$code $shown" '66 0 ok, 0 not ok'
}

@test "several hundred transcripts are each played once" {
	mkdir "$work/many"
	for i in {1..300}; do
		echo 'S: 220 *' >"$work/many/$i"
	done
	printf '#!/bin/sh\nprintf "220 hi\\r\\n"\nread x\nprintf "221 hi\\r\\n"\n' \
		>"$work/server"
	chmod +x "$work/server"
	talk "$work/many" -- "$work/server"
	is "$code $(tail -n 1 <<<"$shown")" '0 300 ok, 0 not ok'
	sed '$d' <<<"$shown" | sort -c
	is "$(sort -u <<<"$shown" | wc -l)" 301
}
