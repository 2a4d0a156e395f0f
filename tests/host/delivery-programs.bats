#!/usr/bin/env bats
# Real programs as commands of users.txt, run by an ordinary user: mlmmj,
# procmail, fdm, msmtp, and the scripts of the pages.  dovecot-lda and maildrop
# are in tests/behaviour/commands.bats.

load ../lib/helpers
load ../lib/net

done='250 2.0.0 OK; Message Accepted'
refused='554 5.3.0 Refused by the recipient'
failed='451 4.3.0 Could not be delivered, try again later'

# ordinary LINE...: users.txt has bob and LINE...; the program, its files and
# its commands in $public belong to an ordinary user.
ordinary() {
	[ -n "${public-}" ] || make_public
	printf '%s\n' bob@example.org "$@" >"$public/users.txt"
	mail=$public/mail
	give_away
	command=(as_nobody env HOME="$public" LOGNAME="$(as_nobody id -un)"
		"$public/smtp-stdio" --name=mail.example.org
		--users="$public/users.txt" --mail="$mail" --commands)
	smtp() {
		"${command[@]}" "$@"
	}
}

give_away() {
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$public"
}

# copy NAME PACKAGE: puts a copy of the program that anybody may run into
# $public/bin, and its libraries into $public/lib.
copy() {
	local lib
	[ -n "${public-}" ] || make_public
	mkdir -p "$public/bin" "$public/lib"
	unpack "$2" || cannot "$2 cannot be fetched"
	cp "$cache/$2/usr/bin/$1"* "$public/bin"
	while read -r lib; do
		cp "$lib" "$public/lib"
	done < <(find "$cache/$2" -name '*.so*')
	chmod 755 "$public/bin"/* # without set-user-ID
	export LD_LIBRARY_PATH=$public/lib
}

# posts FROM TO [RCPT...]: a message with these headers, to TO and RCPT...
posts() {
	local from=$1 to=$2
	shift
	hold "$(transaction "$@" | sed "s/ann@example.net/$from/")\nFrom: $from\nTo: $to\nSubject: x\n\nHey there!\n.\nQUIT"
}

# receive: another copy of the program, at $port, takes all mail, in $received.
receive() {
	local own=("${command[@]}")
	received=$work/received
	receiver_users=$work/receiver.txt
	echo '* ./all/' >"$receiver_users"
	command=("$SMTP_STDIO" --name=relay.example.org
		--users="$receiver_users" --mail="$received")
	listen
	command=("${own[@]}")
}

# A list with two subscribers, whose mail goes to $port.
make_list() {
	list=$public/list
	mkdir -p "$list"/{incoming,queue/discarded,archive,text,subconf,unsubconf} \
		"$list"/{bounce,control,moderation,subscribers.d,digesters.d,requeue,nomailsubs.d}
	touch "$list/index"
	cp "$cache"/mlmmj/usr/share/mlmmj/text.skel/en/* "$list/text"
	echo list@example.org >"$list/control/listaddress"
	echo owner@example.org >"$list/control/owner"
	echo 127.0.0.1 >"$list/control/relayhost"
	echo "$port" >"$list/control/smtpport"
	printf '%s\n' one@example.com two@example.com >"$list/subscribers.d/o"
	give_away
}

@test "mlmmj-receive, which forks: the list has sent the message before the 250" {
	needs socat
	copy mlmmj- mlmmj
	receive
	ordinary "list@example.org |$public/bin/mlmmj-receive -L $public/list"
	make_list
	posts ann@example.net list@example.org
	is "$code $(verdict)" "0 $done"
	is "$(ls "$list/archive")" 1
	grep -q '^Hey there!' "$list/archive/1"
	is "$(find "$list/incoming" "$list/queue" -type f)" ''
	is "$(count "$received")" 2
	posts new@example.com list+subscribe@example.org list+subscribe@example.org
	is "$code $(verdict) $(count "$received")" "0 $done 3"
	grep -q '^To: new@example.com' "$received"/all/new/*
	grep -q '^Return-Path: <list+bounces-1-one=example.com@example.org>' \
		"$received"/all/new/*
}

@test "mlmmj-receive that forks and hangs is killed, with the processes it left" {
	needs socat
	copy mlmmj- mlmmj
	ordinary "list@example.org |$public/bin/mlmmj-receive -L $public/list"
	port=1 # replaced below by one that accepts and says nothing
	exec {silent}< <(exec python3 -c '
import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
print(s.getsockname()[1], flush=True)
time.sleep(60)')
	pids+=("$!")
	read -r port <&"$silent"
	make_list
	command+=(--command-time=2)
	posts ann@example.net list@example.org
	is "$code $(verdict)" "0 $failed"
	is "$(pgrep -f "$public/bin/mlmmj")" ''
	kill -KILL "${pids[-1]}"
}

@test "procmail stores the message, and its exit code refuses one" {
	copy procmail procmail
	cat >"$public/rc" <<-END
		MAILDIR=$public/box
		DEFAULT=$public/box/
		:0
		* ^Subject: x
		* ^From: eve
		{
		  EXITCODE=77
		  :0
		  /dev/null
		}
	END
	printf '#!/bin/sh\nexec %s -m %s\n' "$public/bin/procmail" "$public/rc" >"$public/bin/run"
	chmod 755 "$public/bin/run"
	mkdir -p "$public/box"/{cur,new,tmp}
	ordinary "run@example.org |$public/bin/run"
	posts ann@example.net run@example.org bob@example.org
	is "$code $(verdict)" "0 $done"
	cmp "$(stored)" "$public"/box/new/*
	posts eve@example.net run@example.org bob@example.org
	is "$code $(verdict) $(count)" "0 $refused 1"
}

@test "fdm stores the message" {
	copy fdm fdm
	cat >"$public/fdm.conf" <<-END
		set lock-file "$public/fdm.lock"
		account "stdin" disabled stdin
		action "box" maildir "$public/box"
		match all action "box"
	END
	chmod 600 "$public/fdm.conf"
	printf '#!/bin/sh\nexec %s -f %s -a stdin fetch\n' \
		"$public/bin/fdm" "$public/fdm.conf" >"$public/bin/run"
	chmod 755 "$public/bin/run"
	mkdir -p "$public/box"/{cur,new,tmp}
	ordinary "run@example.org |$public/bin/run"
	posts ann@example.net run@example.org
	is "$code $(verdict)" "0 $done" || fail "$(cat "$work/log")"
	grep -q '^Hey there!' "$public"/box/new/*
}

@test "msmtp sends a message of || on, for all recipients at once" {
	needs socat msmtp python3
	receive
	make_public
	mkdir "$public/bin"
	cp "$BATS_TEST_DIRNAME/../../doc/recipes/to-sendmail" "$public/bin"
	onward="||$public/bin/to-sendmail msmtp -C /dev/null --host=127.0.0.1 --port=$port"
	ordinary "@example.com $onward" "@example.net $onward"
	posts ann@example.net a@example.com b+tag@example.net bob@example.org c@example.com
	is "$code $(verdict)" "0 $done" || fail "$(cat "$work/log")"
	is "$(count) $(count "$received")" '1 1'
	received=$(stored "$received")
	is "$(sed -n 's/^Delivered-To: //p' "$received" | head -n 3 | tr '\n' ' ')" \
		'a@example.com b+tag@example.net c@example.com '
	is "$(head -n 1 "$received")" 'Return-Path: <ann@example.net>'
	is "$(tail -n 1 "$received")" 'Hey there!'
}

@test "a next server that refuses: msmtp's exit code is the answer" {
	needs socat msmtp
	receive
	echo 'no@example.com 550 5.1.1 no' >"$receiver_users"
	echo '@example.com 450 4.2.1 later' >>"$receiver_users"
	make_public
	printf '#!/bin/sh\nexec msmtp -C /dev/null --host=127.0.0.1 --port=%s -f "$SENDER" -- "$LOCAL@$DOMAIN"\n' \
		"$port" >"$public/onward"
	chmod 755 "$public/onward"
	ordinary "@example.com |$public/onward"
	posts ann@example.net no@example.com
	is "$code $(verdict)" "0 $refused" # 69
	grep -q ' output .*550 5.1.1 no' "$work/log"
}
