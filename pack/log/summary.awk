# Summary of a log: messages and their recipients, refusals by reply and by client,
# sessions by end.
#
#     journalctl -t smtp-stdio --since yesterday | awk -f summary.awk
#     awk -f summary.awk FILE
match($0, /(accepted|refused|session) peer=[^ ]+/) {
	split(substr($0, RSTART, RLENGTH), event, " peer=")
	bare = $0
	gsub(/"[^"]*"/, "\"\"", bare) # text of clients
	if (event[1] == "accepted" && match(bare, / id=[^ ]+/)) {
		id = substr(bare, RSTART, RLENGTH)
		n = match(bare, / more=[0-9]+/)
		recipients += n ? substr(bare, n + 6, RLENGTH - 6) : 1
		if (!seen[id]++ && match(bare, / size=[0-9]+/)) {
			messages++
			octets += substr(bare, RSTART + 6, RLENGTH - 6)
		}
	}
	if (event[1] == "refused" && match($0, / reply="[0-9]+( [0-9.]+)?/))
		what["refused with " substr($0, RSTART + 8, RLENGTH - 8)]++
	if (event[1] == "refused")
		what["refused to " event[2]]++
	if (event[1] == "session" && match(bare, / end=[^ ]+/))
		what["sessions with" substr(bare, RSTART, RLENGTH)]++
}
END {
	printf "%7d messages, %d octets, for %d recipients\n", messages, octets,
	    recipients
	for (line in what)
		printf "%7d %s\n", what[line], line | "sort -k 2,3 -k 1,1nr"
}
