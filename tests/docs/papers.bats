# The functions, files, make targets and links that the documents name must
# exist.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || exit 1
}

# Prints the functions that FILE names as `name()` and no source defines.
unknown_functions() {
	grep -oE '`[a-z_0-9]+\(\)`' "$1" | tr -d '`()' | sort -u |
		grep -vx sendmail | # Python's
		while read -r name; do
			grep -qE "^$name\(|^#define $name\(" smtp-stdio.c \
				lib/*/*.[ch] || echo "$name"
		done
}

# Prints the files of this tree that FILE names in backquotes and that are
# missing.
unknown_files() {
	grep -oE '`(lib|tests|tools|units|doc|pack)/[A-Za-z0-9_./-]+`' "$1" |
		tr -d '`' | grep -v '[A-Z]\{4\}' | sort -u | # NAME, PART
		while read -r name; do
			[ -e "$name" ] || echo "$name"
		done
}

# Prints the relative links of FILE that are broken.
broken_links() {
	grep -oE '\]\([^)# ]+' "$1" | sed 's/^](//' | grep -v : |
		while read -r name; do
			[ -e "$(dirname "$1")/$name" ] || echo "$name"
		done
}

unknown_targets() {
	grep -oE '`make [a-z-]+' "$1" | sed 's/.*make //' | sort -u |
		while read -r name; do
			grep -qE "^([a-z-]+ )*$name( [a-z-]+)*:" \
				Makefile tests/tests.mk pack/pack.mk || echo "$name"
		done
}

@test "papers: every function, file, target and link that they name exists" {
	for paper in *.md doc/*.md; do
		wrong=$(unknown_functions "$paper" && unknown_files "$paper" &&
			broken_links "$paper" && unknown_targets "$paper")
		[ -z "$wrong" ] || {
			echo "$paper: $wrong"
			return 1
		}
	done
}

@test "papers: a missing name is detected" {
	paper=$BATS_TEST_TMPDIR/paper.md
	echo '`no_such_function()` `lib/base/none.c` [x](none.md) `make nothing`' \
		>"$paper"
	[ "$(unknown_functions "$paper")" = no_such_function ]
	[ "$(unknown_files "$paper")" = lib/base/none.c ]
	[ "$(broken_links "$paper")" = none.md ]
	[ "$(unknown_targets "$paper")" = nothing ]
}
