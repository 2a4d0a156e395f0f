# recipes - shared by the tests of doc/recipes.md; `load helpers`, then
# `load recipes`

doc=$BATS_TEST_DIRNAME/../../doc

# section NAME: prints the section under that heading
section() { sed -n "/^## $1/,/^## /p" "$doc/recipes.md" | sed 1d; }

# block N: prints its Nth indented block, from 1
block() {
	awk -v n="$1" '/^    / { if (!inside) at++; inside = 1 }
		!/^(    |$)/ { inside = 0 }
		inside && at == n { print substr($0, 5) }'
}

# prepare: goes to $work, adds smtp-stdio to PATH and accepts all of example.org
prepare() {
	mkdir "$work/bin"
	ln -s "${command[0]}" "$work/bin/smtp-stdio"
	PATH=$work/bin:$PATH
	cd "$work" || exit 1
	echo '@example.org ./all/' >users.txt
}
