# Checks of the source: sizes, layout, includes and forbidden calls.
bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$top" || exit 1
	objects=$(for part in ${LIB:-$(sed -n '/^LIB = /,/[^\\]$/p' Makefile |
		tr -d '\\' | sed 's/^LIB = //')}; do
		printf '%s/%s.o ' "${O:-build}" "$part"
	done)
}

# Functions of more than 60 lines, by the brace in the first column.
long_functions() {
	awk 'FNR == 1 { start = 0 }
		/^{/ { start = FNR }
		/^}/ && start { if (FNR - start > 60) print FILENAME ":" start
			start = 0 }' "$@"
}

long_files() {
	for file in "$@"; do
		max=400
		[ "$file" = smtp-stdio.c ] && max=700
		lines=$(wc -l <"$file")
		[ "$lines" -le "$max" ] || echo "$file: $lines lines"
	done
}

wide_lines() {
	expand -t 8 "$1" | awk -v file="$1" \
		'length > 80 { print file ":" NR ": " length " columns" }'
}

# Includes of parts that LIB does not list before the one that includes them.
back_includes() {
	local seen=" " part file
	for part in "$@"; do
		seen+="$part "
		for file in lib/"$part".[ch] lib/"$part"_{none,systemd}.c; do
			[ -e "$file" ] || continue
			sed -n 's/^#include "\(.*\)\.h"/\1/p' "$file" |
				while read -r other; do
					case $seen in *" $other "*) ;; *)
						echo "$file includes $other.h" ;;
					esac
				done
		done
	done
}

# room_includes ROOM OTHER...: includes in ROOM of other rooms than OTHER.
room_includes() {
	local room=$1 others
	shift
	others=$(IFS='|' && echo "$*")
	grep -H '^#include "' lib/"$room"/*.[ch] | grep -vE "\"($others)/" || :
}

@test "no function is longer than 60 lines" {
	[ -z "$(long_functions smtp-stdio.c lib/*/*.c)" ]
	[ -n "$(long_functions <(echo '{'; seq 70; echo '}'))" ]
}

@test "smtp-stdio.c stays under 700 lines, each part under 400" {
	[ "$(long_files smtp-stdio.c lib/*/*.[ch])" = "" ]
	[ -n "$(long_files <(seq 401))" ]
}

@test "no line is wider than 80 columns" {
	for file in smtp-stdio.c lib/*/*.[ch] tests/*/*.[ch]; do
		[ "$(wide_lines "$file")" = "" ]
	done
	seq -s ' ' 60 >"$BATS_TEST_TMPDIR/wide"
	[ -n "$(wide_lines "$BATS_TEST_TMPDIR/wide")" ]
}

@test "a part includes only parts before it in LIB" {
	# shellcheck disable=SC2086 # word splitting intended
	[ "$(back_includes $LIB)" = "" ]
	[ -n "$(back_includes smtp/wire base/os)" ]
}

@test "a room includes only those before it, and client only base and cli" {
	before=
	for room in base smtp cli users monitor store session check; do
		before+=" $room"
		# shellcheck disable=SC2086 # word splitting intended
		[ "$(room_includes "$room" $before)" = "" ]
	done
	[ "$(room_includes client client base cli)" = "" ]
	[ -n "$(room_includes store store base)" ]
}

@test "each file of lib is in a room and listed in LIB" {
	for file in lib/*/*.c; do
		part=${file#lib/} part=${part%.c} part=${part%_none}
		[[ " $LIB " = *" ${part%_systemd} "* ]] || {
			echo "$file"
			return 1
		}
	done
	[ "$(find lib -maxdepth 1 -type f)" = "" ]
}

@test "the layout is that of clang-format" {
	command -v clang-format >/dev/null || skip "no clang-format"
	clang-format --dry-run -Werror smtp-stdio.c lib/*/*.[ch] tests/*/*.[ch]
}

# The functions of libc that our objects call.
undefined() { nm -u --format=posix "$@" | sed 's/ .*//'; }

@test "no object calls functions for sockets or memory" {
	# Sanitizers add calls; the function names are those of glibc.
	[ "${SANITIZED:-no}" = no ] || skip "a sanitizer is built in"
	forbidden='socket|socketpair|connect|bind|listen|accept|accept4|send'
	forbidden+='|sendto|sendmsg|recv|recvfrom|recvmsg|getpeername'
	forbidden+='|getsockname|getsockopt|setsockopt|shutdown|getaddrinfo'
	forbidden+='|gethostbyname|malloc|calloc|realloc|free|mmap|brk|sbrk'
	forbidden+='|strdup|asprintf|system|popen|getpwnam|setlocale'
	forbidden+='|localtime|localtime_r|tzset|printf|fprintf|fopen|stdout'
	# shellcheck disable=SC2086 # word splitting intended
	run -1 grep -xE "$forbidden" <(undefined "$O/smtp-stdio.o" $objects)
	echo 'void *malloc(unsigned long); void *p(void) { return malloc(1); }' \
		>"$BATS_TEST_TMPDIR/bad.c"
	cc -c -o "$BATS_TEST_TMPDIR/bad.o" "$BATS_TEST_TMPDIR/bad.c"
	undefined "$BATS_TEST_TMPDIR/bad.o" | grep -qxE "$forbidden"
}

@test "each option in --help is accepted, and each option is described there" {
	help=$("$SMTP_STDIO" --help)
	for option in $(sed -n 's/^\t{ "\([a-z-]*\)".*/\1/p' lib/cli/options.c); do
		grep -q -- "--$option" <<<"$help"
	done
}
