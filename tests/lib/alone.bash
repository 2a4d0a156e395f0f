# alone - a network and a mount namespace of a test's own, with a DNS server on
# its loopback interface; `load helpers`, `load net`, then `load alone`

# isolate ADDRESS...: makes them, with these addresses; $zone has the lines for
# the DNS server (see dns).  "${within[@]}" COMMAND runs a command there.
isolate() {
	local address keeper
	needs_root
	needs unshare nsenter ip
	unshare --net --mount true 2>/dev/null ||
		cannot 'namespaces are not permitted'
	printf '%s\n' "$zone" >"$work/zone"
	echo 'nameserver 127.0.0.1' >"$work/resolv.conf"
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --net --mount --propagation private sh -ec '
		mount --bind "$0/resolv.conf" "$(realpath /etc/resolv.conf)"
		ip link set lo up
		for address; do
			ip address add "$address" dev lo
		done
		exec "$DNS" "$0/zone"' "$work" "$@" \
		>"$work/queries" 2>&1 3>&- 4>&- &
	keeper=$!
	pids+=("$keeper")
	await '^ready$' "$work/queries"
	within=(nsenter --target "$keeper" --net --mount --)
}

DNS=$(realpath "$BATS_TEST_DIRNAME/../lib/dns")
export DNS

# accepts: a listener is at port 25 there
accepts() {
	local i
	for ((i = 0; i < 500; i++)); do
		"${within[@]}" nc -z 127.0.0.1 25 2>/dev/null && return
		sleep 0.02
	done
	fail 'nobody listens at port 25'
}

# sends_from ADDRESS SENDER RCPT...: sends a message to port 25 there from
# ADDRESS and prints the replies to RCPT and to the data
sends_from() {
	"${within[@]}" python3 - "$@" <<-'END'
		import smtplib
		import sys

		address, sender, *rcpts = sys.argv[1:]
		with smtplib.SMTP("127.0.0.1", 25, "client.example.net",
		                  source_address=(address, 0)) as client:
		    client.ehlo()
		    replies = [client.mail(sender)]
		    if replies[0][0] == 250:
		        replies = [client.rcpt(rcpt) for rcpt in rcpts]
		    if any(code == 250 for code, _ in replies):
		        replies.append(client.data("Subject: x\n\nHey there!\n"))
		for code, words in replies:
		    print(code, words.decode())
	END
}
