#!/usr/bin/env bats
# The completion of bash, as bash calls it and as a keyboard does.

load ../lib/helpers
load ../lib/net

# offered WORD...: what is offered for the last WORD of a command line, a line each.
# bash makes `--users=a` three words.
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

# prepare: $program, and files beside it
prepare() {
	program=${command[0]}
	mkdir "$work/apart" "$work/a b"
	: >"$work/apple.txt"
}

@test "bash offers every option, with = where a value follows" {
	prepare
	sed -n -e 's/^\t{ "\([a-z-]*\)", *required_argument,.*/--\1=/p' \
		-e 's/^\t{ "\([a-z-]*\)", *no_argument,.*/--\1/p' \
		"$BATS_TEST_DIRNAME/../../lib/cli/options.c" | sort >"$work/want"
	[ "$(wc -l <"$work/want")" -ge 20 ]
	offered "$program" -- | sort | diff "$work/want" -
	is "$(offered "$program" --us)" --users=
	is "$(offered "$program" -u)" -u
	is "$(offered "$program" --nothing)" ''
}

@test "bash offers files, directories and commands as values" {
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

@test "bash offers transcripts behind --talk, and a command behind --" {
	prepare
	is "$(offered "$program" --talk app)" apple.txt
	is "$(offered "$program" --talk -- setpri | sort -u)" setpriv
	is "$(offered "$program" --talk app -- setpri | sort -u)" setpriv
	is "$(offered "$program" --talk -- cat app)" apple.txt
}

@test "the Tab key completes an option and the file behind it" {
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
