# Phrases that say a usual thing in unusual words, and are not to come back.
bats_require_minimum_version 1.5.0

phrases="wrong door|shuts? (itself|the process) in\\b|becoming somebody|in vain"
phrases+="|in IPv6 clothes|machine's business|looks after our health"
phrases+="|of us two is first|nobody (shall|knows)|Root proves nothing"
phrases+="|speaks against|its work when it broke|means? nothing"
phrases+="|answers? (is|are) true|(is|are) seen through|of one mind|none of us"
phrases+="|leaves nothing behind|out of reach|would prove nothing"
phrases+="|waits? for their word|in its own words|sees to the|comes and goes"
phrases+="|hangs up|(the|a) stranger\\b|whoever|is proven by|be rid of"
phrases+="|for the time being|our trouble|hands? (it|mail) on|for good\\b"
phrases+="|without a word|stands (in|behind|there|beside|below|in front)"
phrases+="|\\blies (in|below|beside|behind)\\b|(has|have) to bear\\b"
phrases+="|\\bis to be called\\b|taken away|\\b(its|his) death\\b|what came of"
phrases+="|\\bclients? hears?\\b|asks nobody|(is|are) its business"
phrases+="|answer is ours|(is|was) found out|what it owes|\\bby its word\\b"
phrases+="|somebody else's|never saw|nobody can tell|good-bye|said why"

odd_phrases() {
	cd "$1" && grep -rnIE "$phrases" --exclude=words.bats --exclude='*.svg' \
		--exclude-dir=.git --exclude-dir=build --exclude-dir=mail \
		--exclude-dir=transcripts . || :
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
