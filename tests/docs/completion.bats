#!/usr/bin/env bats
# Bash completion, called as by bash and by the Tab key.

load ../lib/helpers
load ../lib/net

# offered WORD...: prints the completions of the last WORD, one a line.  bash
# splits `--users=a` into three words.
offered() {
	bash --norc -c '
		cd "$1" && source "$2" || exit
		shift 2
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		"$(complete -p smtp-stdio | sed "s/.* -F \([^ ]*\) .*/\1/")" "$1" \
			"${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		[ "${#COMPREPLY[@]}" = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' \
		- "$work" "$completion" "$@"
}

completion=$BATS_TEST_DIRNAME/../../pack/smtp-stdio.bash

# prepare: sets $program, and makes files and directories
prepare() {
	program=${command[0]}
	mkdir "$work/apart" "$work/a b"
	: >"$work/apple.txt"
}

@test "bash completes every option, with = if it has a value" {
	prepare
	sed -n -E -e 's/^\t\{ "([a-z-]+)", +[^,]+, +KIND_(FLAG|MODE),.*/--\1/p' \
		-e 's/^\t\{ "([a-z-]+)", +[^,]+, +KIND_[A-Z]+,.*/--\1=/p' \
		"$BATS_TEST_DIRNAME/../../lib/cli/options.c" | sort -u >"$work/want"
	[ "$(wc -l <"$work/want")" -ge 20 ]
	offered "$program" -- | sort | diff "$work/want" -
	is "$(offered "$program" --us)" --users=
	is "$(offered "$program" -u)" -u
	is "$(offered "$program" --nothing)" ''
}

@test "bash completes files, directories and commands as values" {
	prepare
	is "$(offered "$program" --users = ap | sort)" $'apart\napple.txt'
	is "$(offered "$program" -u app)" apple.txt
	is "$(offered "$program" --mail = a | sort)" $'a b\napart'
	is "$(offered "$program" --mail = | sort)" $'a b\napart'
	is "$(offered "$program" -m '' | sort)" $'a b\napart'
	is "$(offered "$program" --tls = setpri | sort -u)" setpriv
	is "$(offered "$program" --size = a; offered "$program" -s a)" ''
	is "$(offered "$program" a)" ''
}

@test "bash completes transcripts after --talk, and a command after --" {
	prepare
	is "$(offered "$program" --talk app)" apple.txt
	is "$(offered "$program" --talk -- setpri | sort -u)" setpriv
	is "$(offered "$program" --talk app -- setpri | sort -u)" setpriv
	is "$(offered "$program" --talk -- cat app)" apple.txt
}

@test "the Tab key completes an option and the file after it" {
	needs script
	prepare
	ln -s "$program" "$work/smtp-stdio"
	printf 'PS1=\nbind "set bell-style none"\nsource %q\n' "$completion" \
		>"$work/rc"
	printf 'cd %q\n./smtp-stdio --us\tapp\t--che\t--mai\tapar\t\nexit\n' "$work" \
		>"$work/keys"
	echo bob@example.org >"$work/apple.txt"
	TERM=dumb timeout 20 script -qec "bash --rcfile $work/rc -i" /dev/null \
		<"$work/keys" >"$work/screen" 3>&- 4>&-
	tr -d '\r' <"$work/screen" >&2
	grep -q -a 'bob@example.org' "$work/screen"
	[ -d "$work/apart/bob@example.org/new" ]
}
