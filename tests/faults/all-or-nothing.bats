#!/usr/bin/env bats
# Fails each step of storing, one after the other, for mixes of Maildirs,
# aliases, refusals after the data and commands.  A rejected message must be in
# no new/, a message answered 250 must be complete in each Maildir, and tmp/
# must be empty.

load ../lib/helpers

# Where the mail of each recipient goes, for holds().
declare -gA leads=(
	[bob]=bob [carol]=carol [dave]=dave [all]='carol dave' [far]=far
	[both]='run carol' [run]=run [half]='dave fail' [fail]=fail
	[late]=late [never]=late [mixed]='bob late'
)

lists() {
	printf '#!/bin/sh\nread -r line && echo ran >>"%s/ran"\n' "$work" \
		>"$work/run"
	chmod +x "$work/run"
	cat >"$users" <<-END
		bob@example.org
		carol@example.org
		dave@example.org
		far@example.org
		all@example.org     carol@example.org dave@example.org
		both@example.org    run@example.org carol@example.org
		run@example.org     |$work/run
		half@example.org    dave@example.org fail@example.org
		fail@example.org    |/bin/false
		late@example.org    data 451 4.3.0 not now
		never@example.org   data 554 5.7.1 no thanks
		mixed@example.org   bob@example.org late@example.org
	END
}

make_boxes() {
	local box
	for box in bob carol dave far; do
		mkdir -p -m 700 "$mail/$box@example.org"
		mkdir -p -m 700 "$mail/$box@example.org"/{cur,new,tmp}
	done
}

# Moves the Maildir of `far` to another file system, where linkat() fails.
move_away() {
	away=$(mktemp -d /dev/shm/smtp-stdio.XXXXXX) || cannot 'no /dev/shm'
	folders+=("$away")
	[ "$(stat -c %d "$away")" != "$(stat -c %d "$work")" ] ||
		cannot '/dev/shm is the same file system'
	mv "$mail/far@example.org" "$away/far"
	ln -s "$away/far" "$mail/far@example.org"
}

# prepare MODE RCPT...: writes the session to $work/in.
prepare() {
	mode=$1
	shift
	rcpts=("$@")
	with=(--commands)
	[ "$mode" = smtp ] || with+=(--lmtp)
	session "$(small "${rcpts[@]/%/@example.org}")" >"$work/in"
	[ "$mode" = smtp ] || sed -i 's/^EHLO/LHLO/' "$work/in"
}

forget() {
	find "$mail/" -type f -delete
	[ -z "${away-}" ] || find "$away" -type f -delete
	rm -f "$work/ran"
}

# holds WHAT: checks the replies against the Maildirs.
holds() {
	local rcpt
	{
		echo "$mode"
		for rcpt in "${rcpts[@]}"; do
			echo "$rcpt ${leads[$rcpt]}"
		done
	} >"$work/plan"
	python3 - "$work" "$mail" >"$work/verdict" <<-'END' ||
		import os
		import sys

		work, mail = sys.argv[1:]
		with open(work + "/plan") as file:
		    mode = file.readline().strip()
		    plan = [line.split() for line in file]
		with open(work + "/out") as file:
		    replies = [line.rstrip() for line in file if line[3:4] != "-"]
		wrong = []
		start = 3  # the greeting, EHLO, MAIL
		accepted = [to for to, reply in zip(plan, replies[start:])
		            if reply.startswith("250 2.1.5")]
		go = [i for i, reply in enumerate(replies) if reply.startswith("354")]
		answers = []
		if go:
		    answers = replies[go[0] + 1:][:len(accepted) if mode == "lmtp" else 1]
		    if mode == "smtp":
		        answers *= len(accepted)
		    if len(answers) != len(accepted):
		        wrong.append(f"{len(answers)} answers for {len(accepted)}")
		wanted = set()
		for (rcpt, *leads), answer in zip(accepted, answers):
		    if answer.startswith("250 2.0.0 OK; Message Accepted "):
		        wanted.update(leads)
		    elif not answer[:2] in ("45", "55"):
		        wrong.append(f"{rcpt}: {answer}")
		for never in wanted & {"late", "fail"}:
		    wrong.append(f"{never} accepted")
		if "run" in wanted and not os.path.exists(work + "/ran"):
		    wrong.append("the command did not run")
		for box in "bob", "carol", "dave", "far":
		    maildir = f"{mail}/{box}@example.org"
		    if not os.path.isdir(maildir + "/new"):
		        if box in wanted:
		            wrong.append(f"{box}: no Maildir")
		        continue
		    if os.path.isdir(maildir + "/tmp"):
		        for left in os.listdir(maildir + "/tmp"):
		            wrong.append(f"{box}: {left} in tmp/")
		    found = os.listdir(maildir + "/new")
		    if len(found) != (box in wanted):
		        wrong.append(f"{box}: {len(found)} messages, not {int(box in wanted)}")
		    for name in found:
		        with open(f"{maildir}/new/{name}", "rb") as file:
		            octets = file.read()
		        if not octets.endswith(b"+0000\nSubject: x\n\nHey there!\n"):
		            wrong.append(f"{box}: not whole")
		        if not name.endswith(f",S={len(octets)}"):
		            wrong.append(f"{box}: wrong size")
		print("\n".join(wrong))
		sys.exit(bool(wrong))
	END
		fail "$1 ($mode, ${rcpts[*]}):" "$(cat "$work/verdict")" \
			"$(cat "$work/out")"
}

# each CALLS ERROR [INJECTION...]: fails the first, the second... of these
# calls, until there are no more; counts the failures in $failures.
each() {
	local calls=$1 error=$2 n
	shift 2
	for ((n = 1; n < 100; n++)); do
		forget
		traced -e "trace=$calls,openat" \
			-e "inject=$calls:error=$error:when=$n" "$@"
		grep -q " = -1 $error .*INJECTED" "$work/trace" || break
		failures=$((failures + 1))
		holds "$calls $n: $error"
	done
	[ "$n" -lt 100 ]
}

# Fails each step for these recipients, in both modes.
each_step_of() {
	local mode
	needs_strace
	lists
	make_boxes
	failures=0
	[ "$1" != far ] || { shift && move_away; }
	for mode in smtp lmtp; do
		prepare "$mode" "$@"
		forget
		traced
		holds 'all well'
		each linkat EIO
		each linkat EEXIST
		each fsync EIO
		each fork,vfork,clone EAGAIN
		each openat EMFILE
		each getrandom ENOSYS
		each faccessat,faccessat2 EACCES
	done
	[ "$failures" -ge "${least-20}" ] || fail "only $failures failures"
}

@test "Maildirs and an alias: the replies are true after any failure" {
	each_step_of bob all carol
}

@test "a command and Maildirs: the replies are true after any failure" {
	each_step_of bob run all
}

@test "an alias to a command: the replies are true after any failure" {
	each_step_of bob both dave
}

@test "a command alone: the replies are true after any failure" {
	least=15
	each_step_of run
}

@test "a command that fails: the replies are true after any other failure" {
	each_step_of bob half carol dave
}

@test "refusals after the data: the replies are true after any failure" {
	each_step_of bob late all never
}

@test "an alias to a recipient that refuses: the replies are true after any failure" {
	each_step_of mixed both bob
}

@test "recipients given twice: the replies are true after any failure" {
	each_step_of all bob carol bob both
}

@test "a Maildir on another file system: the replies are true after any failure" {
	each_step_of far bob far carol
}

@test "a Maildir on another file system and a command: the replies are true after any failure" {
	each_step_of far bob both far
}

# Without O_TMPFILE the spool file has a name.
@test "a named spool file: the replies are true after any failure" {
	needs_strace
	lists
	# /bin/true opens so few files that no injection hits it
	sed -i 's,|.*/run,|/bin/true,' "$users"
	leads[both]=carol
	make_boxes
	failures=0
	for mode in smtp lmtp; do
		prepare "$mode" bob both all
		forget
		traced -e trace=openat
		unnamed=$(ordinal openat O_TMPFILE)
		named=(-e "inject=openat:error=EOPNOTSUPP:when=$unnamed")
		each linkat EIO "${named[@]}"
		each fsync ENOSPC "${named[@]}"
		each fork,vfork,clone ENOMEM "${named[@]}"
		forget
		traced "${named[@]}"
		grep -q '^250 2.0.0 OK; Message Accepted' "$work/out" ||
			fail "$(cat "$work/out" "$work/log" "$work/trace")"
		holds named
	done
	[ "$failures" -ge 10 ] || fail "only $failures failures"
}

@test "new Maildirs: the replies are true after any failure of their creation" {
	needs_strace
	lists
	failures=0
	for mode in smtp lmtp; do
		prepare "$mode" bob both all
		for calls in mkdirat fsync linkat openat; do
			for ((n = 1; n < 100; n++)); do
				rm -rf "$mail" "$work/ran"
				traced -e "trace=$calls" \
					-e "inject=$calls:error=EIO:when=$n"
				grep -q INJECTED "$work/trace" || break
				failures=$((failures + 1))
				holds "$calls $n"
			done
		done
	done
	[ "$failures" -ge 40 ] || fail "only $failures failures"
}

@test "a limit on the file size: the replies are true" {
	lists
	make_boxes
	for mode in smtp lmtp; do
		prepare "$mode" bob both all
		python3 - "$work/in" <<-'END'
			import sys
			with open(sys.argv[1], "rb+") as file:
			    octets = file.read()
			    file.seek(0)
			    file.write(octets.replace(b"Hey", b"x" * 900 + b"\r\n" + (b"y" * 900 + b"\r\n") * 500 + b"Hey"))
		END
		forget
		(ulimit -f 8 && hold_input "${with[@]}")
		refute grep -q '^250 2.0.0 OK; Message Accepted' "$work/out"
		is "$(grep -c '^45[12] ' "$work/out")" \
			"$([ "$mode" = smtp ] && echo 1 || echo 3)"
		holds 'file size'
		[ ! -e "$work/ran" ] || fail 'the command got part of a message'
	done
}

# Changes a Maildir between RCPT and the end of the data.
meanwhile() { # ACTION
	local lines
	lists
	for mode in smtp lmtp; do
		rm -rf "$mail" "$work/in" "$work/ran"
		make_boxes
		prepare "$mode" bob all both carol
		mv "$work/in" "$work/lines"
		start "${with[@]}"
		sed '/^\.\r$/,$d' "$work/lines" >&"$to"
		await '^354'
		"$1" "$mail/carol@example.org"
		sed -n '/^\.\r$/,$p' "$work/lines" >&"$to"
		finish
		[ "$code" = 0 ]
		holds "$1"
		lines=$(grep -c '^250 2.0.0 OK; Message Accepted' "$work/out") || true
		is "$mode $lines" "$([ "$mode" = smtp ] && echo smtp 0 || echo lmtp 1)"
		rm -rf "$work/in"
	done
}

loses_new() { rmdir "$1/new"; }
has_a_file_for_new() { rmdir "$1/new" && echo >"$1/new"; }
has_a_link_to_nowhere() { rmdir "$1/new" && ln -s nowhere "$1/new"; }
is_gone() { rm -rf "$1"; }

@test "a Maildir that loses its new/ during a transaction fails alone" {
	meanwhile loses_new
}

@test "a Maildir whose new/ becomes a file during a transaction fails alone" {
	meanwhile has_a_file_for_new
}

@test "a Maildir whose new/ becomes a dangling link during a transaction fails alone" {
	meanwhile has_a_link_to_nowhere
}

@test "a Maildir that is removed during a transaction fails alone" {
	meanwhile is_gone
}

@test "a Maildir that is not writable fails alone" {
	make_public
	lists
	[ "$(id -u)" != 0 ] || chown 65534:65534 "$public"
	chmod 755 "$work" "$work/run"
	cp "$users" "$public/users.txt"
	sed -i "s,|.*/run,|/bin/true," "$public/users.txt"
	mail=$public/mail
	make_boxes
	chmod 500 "$mail/carol@example.org/new"
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$mail"
	command=(as_nobody "$public/smtp-stdio" --name=mail.example.org
		--users="$public/users.txt" --mail="$mail")
	smtp() {
		"${command[@]}" "$@"
	}
	echo >"$work/ran"
	for mode in smtp lmtp; do
		prepare "$mode" all bob both dave
		hold_input "${with[@]}"
		is "$mode $code" "$mode 0"
		is "$(grep -c '^451 4.3.5 ' "$work/out")" 2
		holds 'may not be written'
		find "$mail" -type f -delete
	done
}

@test "holds() detects false replies" {
	lists
	make_boxes
	prepare lmtp bob carol
	hold_input "${with[@]}"
	holds fine
	sed -i '0,/^250 2.0.0 OK; Message Accepted/s//451 4.3.0 no/' "$work/out"
	refute holds 'a no that is none' 2>/dev/null
	hold_input "${with[@]}"
	refute holds 'twice' 2>/dev/null
	forget
	refute holds 'a yes that is none' 2>/dev/null
	hold_input "${with[@]}"
	holds fine
	echo >>"$(stored | head -n 1)"
	refute holds 'another octet' 2>/dev/null
}
