# --check tests the configuration, mailbox by mailbox.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

check() {
	"$SMTP_STDIO" --check --users=users.txt --mail=mail --no-sync "$@"
}

@test "--check tries a valid configuration in every Maildir and leaves no file" {
	printf '%s\n' '# all' a@example.org 'b@example.org ./b/' >users.txt
	run -0 check
	[[ $output == *"mail: a@example.org: ok"*"mail: b: ok"* ]]
	[[ $output == *"total: 2 addresses, not sorted; 2 Maildirs"* ]]
	[ "$(find mail -type f | wc -l)" = 0 ]
	[ -d mail/b/new ]
}

@test "--check reports each invalid line by its number" {
	printf '%s\n' '# x' foo 'a@example.org ./../x/' 'b@example.org what' \
		.c@example.org d/e@example.org @exa/mple g@example.org >users.txt
	run -78 check
	for n in 2 3 4 5 6 7; do
		[[ $output == *"users.txt, line $n: "* ]]
	done
	[[ $output != *"line 8"* ]]
	[[ $output == *", 6 problems" ]]
}

@test "--check reports duplicates, regardless of letter case" {
	printf '%s\n' a@example.org b@example.org A@Example.ORG >users.txt
	run -78 check
	[[ $output == *"line 3: a@example.org: duplicate of line 1, which takes precedence"* ]]
}

@test "--check checks the order of a sorted file, whose comments are at the top" {
	printf '%s\n' '# sorted' '# x' A@example.org a+x@example.org \
		ab@example.org b@example.org >users.txt
	run -78 check
	[[ $output == *"line 4: "*"out of order"* ]]
	printf '%s\n' '# sorted' '# x' a+x@example.org A@example.org \
		ab@example.org b@example.org >users.txt
	run -0 check
	printf '%s\n' '# sorted' a@example.org '' a@example.org >users.txt
	run -78 check
	[[ $output == *"line 4: "*"line before it"* ]]
	[[ $output == *"move that to the top"* ]]
}

@test "--check tells how to fix an unusable users file or mail directory" {
	run -78 check
	[[ $output == *"users.txt: "*"No such file"*"; "* ]]
	mkfifo users.txt
	run -78 check
	[[ $output == *"regular file"* ]]
	rm users.txt
	: >users.txt
	run -78 check
	[[ $output == *"has no address"* ]]
	rm -rf mail
	: >mail
	run -78 check
	[[ $output == *"mail: cannot be used"*"; "* ]]
}

@test "--check reports a Maildir that cannot be written" {
	[ "$(id -u)" != 0 ] || drop='setpriv --reuid=65534 --clear-groups'
	cp "$SMTP_STDIO" smtp-stdio
	chmod 755 smtp-stdio . ..
	mkdir -p mail/a/{cur,new,tmp}
	printf '%s\n' 'a@example.org ./a/' 'b@example.org ./b/' >users.txt
	chmod 644 users.txt
	chmod 777 mail mail/a/tmp mail/a/cur
	chmod 555 mail/a/new
	run -78 $drop ./smtp-stdio --check --no-sync
	[[ $output == *"mail: a: cannot be used: Permission denied; "* ]]
	[[ $output == *"mail: b: ok"* ]]
	chmod 777 mail/a/new
	run -0 $drop ./smtp-stdio --check --no-sync
}

@test "--check reports a Maildir that is a symbolic link" {
	mkdir -p out/{cur,new,tmp} mail
	ln -s ../out mail/a
	printf '%s\n' 'a@example.org ./a/' >users.txt
	run -78 check
	[[ $output == *"mail: a: a Maildir must not be a symbolic link"* ]]
}

# check_when INJECTION...: the check with a system call that fails.
check_when() {
	command -v strace >/dev/null || skip 'there is no strace'
	strace -f -o trace "${@/#/--inject=}" \
		"$SMTP_STDIO" --check --users=users.txt --mail=mail
}

@test "--check tries a Maildir of several addresses once" {
	printf '%s\n' '@a.example ./all/' '@b.example ./all/' b@example.org >users.txt
	run -0 check
	[[ $output == *"3 addresses, not sorted; 2 Maildirs tried, 0 problems" ]]
	[ "$(grep -c '^mail: all: ok' <<<"$output")" = 1 ]
}

@test "--check syncs the file and the directory, and reports a failure" {
	echo a@example.org >users.txt
	run -0 check_when fsync:retval=0
	[ "$(grep -c ' fsync(' trace)" -ge 3 ]
	run -78 check_when fsync:error=EIO
	[[ $output == *"mail: cannot store a file: "* ]]
	# The last sync of a Maildir that exists is that of new/.
	n=$(grep -c ' fsync(' trace || :)
	run -78 check_when fsync:error=EINVAL:when=2
	[[ $output == *"a@example.org: its file system cannot sync directories: "* ]]
	[ "$(find mail -type f | wc -l)" = 0 ]
}

@test "--check reports a file system without hard links" {
	echo a@example.org >users.txt
	run -78 check_when linkat:error=EPERM
	[[ $output == *"a@example.org: its file system has no hard links: "* ]]
	[ "$(find mail -type f | wc -l)" = 0 ]
}

@test "--check names the reason for each Maildir without hard links" {
	printf '%s\n' a@example.org b@example.org >users.txt
	for inject in linkat:error=EPERM access:error=ENOENT; do
		run -78 check_when linkat:error=EPERM "$inject"
		[ "$(grep -c 'no hard links: ' <<<"$output")" = 2 ]
	done
}

@test "--check exits with 78 if SIGCHLD was ignored, too" {
	printf '%s\n' a@example.org 'b@example.org what' >users.txt
	run -78 bash -c "trap '' CHLD; exec \"\$SMTP_STDIO\" --check --users=users.txt --mail=mail"
	[[ $output == *"1 problem" ]]
}

@test "--check says that the last line has no end" {
	printf 'a@example.org' >users.txt
	run -0 check
	[[ $output == *"users.txt: the last line has no end"* ]]
	echo >>users.txt
	run -0 check
	[[ $output != *"has no end"* ]]
}

@test "SIGTERM ends a check" {
	seq -f 'user%g@example.org' 300 >users.txt
	"$SMTP_STDIO" --check --users=users.txt --mail=mail >out &
	pid=$!
	until grep -q 'user10@' out; do kill -0 $pid; done
	kill -TERM $pid
	code=0
	wait $pid || code=$?
	[ "$code" = 143 ]
}

@test "several checks at once do not disturb each other, and leave no file" {
	printf '%s\n' a@example.org b@example.org >users.txt
	for i in 1 2 3 4 5 6 7 8; do
		check >"out.$i" &
	done
	wait
	[ "$(cat out.* | grep -c ' 0 problems$')" = 8 ]
	[ "$(find mail -type f | wc -l)" = 0 ]
}

@test "a check that is killed leaves no file" {
	seq -f 'user%g@example.org' 300 >users.txt
	for i in 1 2 3 4 5; do
		"$SMTP_STDIO" --check --users=users.txt --mail=mail >out &
		pid=$!
		until grep -q 'user30@' out; do kill -0 $pid; done
		kill -KILL $pid
		wait $pid || :
		for _ in $(seq 100); do
			[ -n "$(find mail -type f)" ] || break
			sleep 0.05
		done
		[ "$(find mail -type f | wc -l)" = 0 ]
		: >out
	done
}

@test "--check run by root on a mail directory of root remarks on it" {
	[ "$(id -u)" = 0 ] || skip "only root owns such a directory"
	echo a@example.org >users.txt
	run -0 check
	[[ $output == *"mail: belongs to root: another user cannot"* ]]
}

@test "--check run by root switches to the owner of the mail directory and creates no files as root" {
	[ "$(id -u)" = 0 ] || skip "only root can be another user"
	mkdir -m 700 locked
	mkdir -p locked/box/mail
	chown -R 65534:65534 locked/box
	printf '%s\n' a@example.org >users.txt
	chmod 644 users.txt
	run -0 check --mail=locked/box/mail
	[ "$(stat -c %u locked/box/mail/a@example.org/new)" = 65534 ]
	rm -r locked/box/mail
	run -0 check --mail=locked/box/mail
	[ "$(stat -c %u locked/box/mail)" = 65534 ]
	chmod 600 users.txt
	run -78 check --mail=locked/box/mail
	[[ $output == *"users.txt: the owner of the mail directory cannot read it"* ]]
}

@test "--check reports a command that cannot be executed or is not in PATH" {
	mkdir bin bin/folder
	printf '#!/bin/sh\n' | tee bin/good bin/bad >/dev/null
	chmod +x bin/good
	printf '%s\n' "a@example.org |$PWD/bin/good x" "b@example.org |$PWD/bin/bad" \
		"c@example.org ||$PWD/bin/none x" "d@example.org |$PWD/bin/folder" \
		'e@example.org |good' 'f@example.org ||good x' 'g@example.org |bad' \
		'h@example.org ||none' 'i@example.org |./bin/good' \
		"j@example.org |good$(printf ' x%.0s' {1..127})" >users.txt
	PATH=$PWD/bin:$PATH run -78 check --commands
	is_reported() {
		[[ $output == *"users.txt, line $1: $2@example.org: $3"* ]]
	}
	for line in 2:b 3:c 4:d; do
		is_reported "${line%:*}" "${line#*:}" 'its command cannot be executed'
	done
	for line in 7:g 8:h; do
		is_reported "${line%:*}" "${line#*:}" 'its command is not found in PATH'
	done
	is_reported 10 j 'its command has too many words'
	[[ $output == *", 6 problems" ]]
	PATH=$PWD/bin:$PATH run -78 check
	[[ $output == *", 10 problems" ]]
	[ "$(grep -c 'is a command; allow it with --commands' <<<"$output")" = 10 ]
}

@test "--check reports a command below the mail directory" {
	mkdir -p mail/bin other
	printf '#!/bin/sh\n' | tee mail/bin/good other/good >/dev/null
	chmod +x mail/bin/good other/good
	ln -s mail/bin link
	ln -s ../mail/bin/good other/linked
	ln -s ../other/good mail/out
	printf '%s\n' "a@example.org |$PWD/mail/bin/good" \
		"b@example.org ||mail/bin/../bin/good x" "c@example.org |link/good" \
		"d@example.org |other/linked" "e@example.org |mail/out" \
		"f@example.org |inpath" "g@example.org |other/good" \
		"h@example.org |mail/../other/good" "i@example.org |mail/bin/../../other/good" \
		>users.txt
	ln -s good mail/bin/inpath
	PATH=$PWD/mail/bin:$PATH run -78 check --commands
	for n in 1 2 3 4 5 6 9; do
		[[ $output == *"line $n: "*"the program of a command must not lie below the mail directory"* ]]
	done
	[[ $output != *"line 7"* && $output != *"line 8"* ]]
	[[ $output == *", 7 problems" ]]
}

@test "--check says how sessions are confined" {
	echo a@example.org >users.txt
	run -0 check
	[[ $output == *"sandbox: "*"seccomp: "*"monitor: not needed, because nothing is executed"* ]]
	run -0 check --commands
	[[ $output == *"monitor: executes for sessions; its programs are not sandboxed"* ]]
	run -78 check --tls=/bin/true # it has no certificate
	[[ $output == *"monitor: executes the TLS helper for sessions"* ]]
}

@test "--check reports a users file below the mail directory" {
	mkdir mail
	echo a@example.org >mail/users.txt
	ln -s mail/users.txt users.txt
	run -78 check --commands
	[[ $output == *"users.txt: must not lie below the mail directory"* ]]
	run -78 "$SMTP_STDIO" --check --users=mail/users.txt --mail=mail --no-sync
	[[ $output == *"mail/users.txt: must not lie below the mail directory"* ]]
}

@test "--check reports the programs of --filter, --policy and --auth" {
	echo a@example.org >users.txt
	cp /bin/true policy
	run -0 check --policy="./policy x y" --policy=true --filter=/bin/cat --auth=/bin/true
	[[ $output == *$'\n''policy: ./policy x y: can be executed'$'\n'* ]]
	[[ $output == *$'\n''policy: true: can be executed'$'\n'* ]]
	[[ $output == *$'\n''filter: /bin/cat: can be executed'$'\n'* ]]
	[[ $output == *$'\n''auth: /bin/true: can be executed'$'\n'* ]]
	[[ $output == *'monitor: executes for sessions; its programs are not sandboxed'* ]]
}

@test "--check reports a program that is missing or not executable, or has too many words" {
	echo a@example.org >users.txt
	: >plain
	local option
	for option in filter policy auth; do
		for program in ./missing ./missing\ x missing /nowhere/x ./plain .; do
			run -78 check "--$option=$program"
			[[ $output == *"$option: $program: cannot be executed: there is no such program, or this user may not execute it; check its path"* ]]
			[[ $output == *', 1 problem' ]]
		done
	done
	run -78 check --policy=/bin/true --policy=./missing --policy=./plain
	[[ $output == *', 2 problems' ]]
	run -78 check --policy="/bin/true $(seq -s ' ' 1000)"
	[[ $output == *': has too many words'* ]]
}

@test "--check says that AUTH is not offered without TLS" {
	echo a@example.org >users.txt
	remark='auth: not offered: there is no TLS; give --tls or --auth-clear'
	run -0 check --auth=/bin/true
	[[ $output == *"$remark"* ]]
	for option in --auth-clear --tls-on --catch; do
		run check --auth=/bin/true "$option"
		[[ $output == *'auth: /bin/true: can be executed'* ]]
		[[ $output != *"$remark"* ]]
	done
}

@test "--check reports a program below the mail directory" {
	echo a@example.org >users.txt
	mkdir -p mail/bin
	cp /bin/true mail/bin/
	local option
	for option in filter policy auth; do
		run -78 check "--$option=mail/bin/true x"
		[[ $output == *"mail/bin/true x: its program must not lie below the mail directory"* ]]
		run -78 check "--$option=$PWD/mail/../mail/bin/true"
	done
}
