# The page for classes: its tables match the code, and its commands run.
bats_require_minimum_version 1.5.0
load ../lib/helpers
load ../lib/net

top=$BATS_TEST_DIRNAME/../..

# Copies the sources of the page to a separate tree.
copy_sources() {
	mkdir -p "$work/doc/classroom" "$work/lib/smtp"
	cp "$top"/doc/classroom/* "$work/doc/classroom"
	cp "$top/lib/smtp/reply.c" "$work/lib/smtp"
	cp "$top/smtp-stdio.c" "$work"
}

@test "doc/classroom.md is the output of its generator" {
	"$top/doc/classroom/classroom.py" >"$work/page"
	cmp "$work/page" "$top/doc/classroom.md" || fail 'run make doc'
}

# changes_page FILE CHANGE...: each sed CHANGE of a source FILE changes the page
changes_page() {
	local file=$1 change
	shift
	for change; do
		cp "$top/$file" "$work/$file"
		sed -i "$change" "$work/$file"
		refute cmp -s "$work/$file" "$top/$file"
		"$work/doc/classroom/classroom.py" >"$work/page"
		refute cmp -s "$work/page" "$top/doc/classroom.md"
	done
	cp "$top/$file" "$work/$file"
}

@test "a change of a reply or a command changes the page" {
	copy_sources
	changes_page lib/smtp/reply.c 's/"No such mailbox"/"Nobody"/' \
		's/"5\.1\.1"/"5.1.2"/' 's/= { 555,/= { 556,/'
	changes_page smtp-stdio.c 's/NOOP \[anything\]/NOOP/' \
		's/TRAIT_IDLE | TRAIT_LAB,$/TRAIT_IDLE,/' \
		's/TRAIT_LAB | TRAIT_LAB_421 | TRAIT_NEEDS_TLS/TRAIT_LAB | TRAIT_NEEDS_TLS/'
}

@test "a reply without a section, and a section without a reply, are errors" {
	copy_sources
	sed -i '/^LOOP /d' "$work/doc/classroom/replies.txt"
	run -1 --separate-stderr "$work/doc/classroom/classroom.py"
	[[ $stderr == *LOOP* ]]
	cp "$top/doc/classroom/replies.txt" "$work/doc/classroom"
	echo 'NEVER  MAIL  4.2  never' >>"$work/doc/classroom/replies.txt"
	run -1 --separate-stderr "$work/doc/classroom/classroom.py"
	[[ $stderr == *NEVER* ]]
	cp "$top/doc/classroom/replies.txt" "$work/doc/classroom"
	echo 'some words' >>"$work/doc/classroom/replies.txt"
	run -1 "$work/doc/classroom/classroom.py"
}

# Compares each table row on the lab with the program.
@test "the lab knows exactly the commands in the page's table" {
	mapfile -t rows < <(sed -n '/^| In the lab/,/^$/p' "$top/doc/classroom.md" |
		sed 1,2d | grep .)
	[ "${#rows[@]}" -ge 10 ]
	for row in "${rows[@]}"; do
		IFS='|' read -r _ lab real _ <<<"$row"
		verb=$(grep -o '[A-Z]*' <<<"$real" | head -n 1)
		printf 'HELP %s\r\n%s\r\n' "$verb" "$verb" >"$work/in"
		hold_input --lab
		if [ -n "${lab// /}" ]; then
			refute grep -q '^500 Unknown' "$work/out"
		else
			is "$(tail -n 1 "$work/out")" '500 Unknown command'
		fi
	done
}

# Writes each fenced block of the page to a file: 01.sh, 02.text and so on.
blocks() {
	mkdir "$work/blocks"
	awk -v into="$work/blocks" '
		/^```./ { name = sprintf("%s/%02d.%s", into, ++n, substr($0, 4))
			printf "" >name; inside = 1; next }
		/^```$/ { inside = 0; close(name); next }
		inside { print >name }' "$top/doc/classroom.md"
}

# Prints the file of block N, if it is of KIND.
block() {
	local file
	file=$work/blocks/$(printf '%02d.%s' "$1" "$2")
	[ ! -e "$file" ] || echo "$file"
}

# run_block N: runs the commands of block N with the input of the next block.
run_block() {
	local script typed text next=$(($1 + 1))
	script=$(block "$1" sh)
	typed=$(block "$next" type)
	[ -z "$typed" ] || next=$((next + 1))
	text=$(block "$next" text)
	timeout -s KILL 60 bash -e "$script" <"${typed:-/dev/null}" |
		tr -d '\r' >"$work/got" || fail "$(cat "$script")"
	[ -z "$text" ] || diff "$text" "$work/got" >&2 ||
		fail "$(cat "$script")"
}

as_written() {
	exec bash -c "exec $(sed "s/2525/$port/" "$1")"
}

@test "each command of the page runs and gives the output below it" {
	needs socat nc python3
	blocks
	cp "${command[0]}" "$work/smtp-stdio"
	cp "$top/users.txt" "$work"
	cd "$work"
	ran=0
	for file in blocks/*; do
		n=$((10#$(basename "${file%.*}")))
		case $file in
		*.python) cp "$file" client.py ;;
		*.listen) serve as_written "$work/$file" ;;
		*.sh)
			sed -i "s/2525/${port-2525}/" "$file"
			run_block "$n"
			ran=$((ran + 1))
			;;
		esac
	done
	[ "$ran" -ge 12 ]
	is "$(count)" 2
}

# The lines of all labels, and of all texts.
words_of_dot() {
	tr '\n' ' ' <"$1" | grep -oE '\blabel="[^"]*"' | sed 's/label="//; s/"$//; s/\\n/\n/g'
}
words_of_svg() {
	python3 -c 'import sys, xml.dom.minidom as x
for t in x.parse(sys.argv[1]).getElementsByTagName("text"):
    print(t.firstChild.data)' "$1"
}

@test "the pictures match the dot files beside them" {
	for picture in parts states; do
		grep -q "(images/$picture.svg)" "$top/doc/classroom.md"
		words_of_dot "$top/doc/images/$picture.dot" | sort >"$work/want"
		[ "$(wc -l <"$work/want")" -ge 10 ]
		words_of_svg "$top/doc/images/$picture.svg" | tr '\240' ' ' | sort |
			diff "$work/want" - >&2 || fail 'run make doc'
	done
}
