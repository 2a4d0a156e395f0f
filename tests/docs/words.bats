# Phrases that say a usual thing in unusual words, and are not to come back.
bats_require_minimum_version 1.5.0

phrases="wrong door|shuts itself in|becoming somebody|waited for in vain"
phrases+="|in IPv6 clothes|machine's business|looks after our health"
phrases+="|of us two is first|nobody shall|Root proves nothing|speaks against"
phrases+="|its work when it broke"

odd_phrases() {
	cd "$1" && grep -rnIE "$phrases" --include='*.[ch]' --include='*.md' \
		--include='*.[58]' --include='*.bats' --include=Makefile --include='*.mk' \
		--exclude=words.bats --exclude-dir=build . || :
}

@test "words: none of the odd phrases is in the code or the papers" {
	found=$(odd_phrases "$BATS_TEST_DIRNAME/../..")
	[ -z "$found" ] || {
		echo "$found"
		return 1
	}
}

@test "words: a phrase that is there is found" {
	echo '/* who is at the wrong door */' >"$BATS_TEST_TMPDIR/x.c"
	[ -n "$(odd_phrases "$BATS_TEST_TMPDIR")" ]
}
