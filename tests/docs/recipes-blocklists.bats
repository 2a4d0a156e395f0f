#!/usr/bin/env bats
# doc/recipes/blocklists.md: each recipe is run as it is printed, with DNS of its own.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net
load ../lib/recipes
load ../lib/alone

page=$doc/recipes/blocklists.md

# part NAME N: prints block N of the section NAME, with the paths of this test
part() {
	sed -n "/^## $1/,/^## /p" "$page" | sed 1d | block "$2" |
		sed -e "s,/etc/smtp-stdio,$work,g" -e "s,/var/lib/smtp-stdio,$work,g" \
			-e "s,/usr/local/s\?bin,$work/bin,g"
}

# 198.51.100.7 is listed, and 203.0.113.7 cannot be looked up.
zone='7.100.51.198.bl.example.com TXT Blocked by bl.example.com
7.113.0.203.bl.example.com TXT FAIL
7.2.0.192.in-addr.arpa PTR client.example.net'

begin() {
	needs tcpserver rblsmtpd nc
	isolate 192.0.2.7/32 198.51.100.7/32 203.0.113.7/32 2001:db8::7/128
	prepare
}

# listener COMMAND...: runs it there
listener() {
	"${within[@]}" "$@" >>"$work/log" 2>&1 3>&- 4>&- &
	pids+=("$!")
	accepts
}

# recipe [EDIT]: the listener of the page
recipe() {
	printf 'exec %s\n' "$(part 'Under tcpserver' 1 | sed "${1-}")" >"$work/recipe"
	grep -q '^exec tcpserver' "$work/recipe"
	listener sh "$work/recipe"
}

accepted='250 2.1.5 Recipient <bob@example.org> OK
250 2.0.0 OK; Message Accepted'

replies_to() {
	sends_from "$1" ann@example.net bob@example.org | without_ids
}

@test "blocklists.md: under tcpserver a listed client is refused, others are not" {
	begin
	recipe
	is "$(replies_to 198.51.100.7)" '451 Blocked by bl.example.com'
	is_empty
	is "$(replies_to 192.0.2.7)" "$accepted"
	grep '^Received: from client.example.net (client.example.net \[192.0.2.7\])$' "$(stored)"
	is "$(replies_to 203.0.113.7)" "$accepted"
	grep '^7.100.51.198.bl.example.com TXT$' "$work/queries"
	grep '^7.2.0.192.bl.example.com TXT$' "$work/queries"
}

@test "blocklists.md: with -b it is permanent, with -c a list that fails refuses for now" {
	begin
	recipe 's/rblsmtpd/rblsmtpd -b -c/'
	is "$(replies_to 198.51.100.7)" '553 Blocked by bl.example.com'
	is "$(replies_to 203.0.113.7 | cut -c 1-3)" 451
	is_empty
	is "$(replies_to 192.0.2.7)" "$accepted"
}

# under ADDRESS: runs the command line of the unit for a client with ADDRESS
under() {
	"${within[@]}" env REMOTE_ADDR="$1" REMOTE_PORT=4711 sh "$work/line" \
		<"$work/in" >"$work/out" 2>"$work/log"
}

@test "blocklists.md: the wrapper gives rblsmtpd the address of systemd" {
	begin
	part 'Under systemd' 1 >"$work/install"
	(cd "$doc/.." && sh "$work/install")
	part 'Under systemd' 2 | sed -n 's/^ExecStart=\(.\+\)/\1/p' >"$work/line"
	session 'HELO a\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nQUIT' >"$work/in"
	under 198.51.100.7
	is "$(sed -n 4p "$work/out" | tr -d '\r')" '451 Blocked by bl.example.com'
	local address
	for address in 192.0.2.7 2001:db8::7 ''; do
		under "$address"
		is "$(sed -n 4p "$work/out" | tr -d '\r')" '250 Recipient <bob@example.org> OK'
		grep " session peer=${address:-unknown} " "$work/log"
	done
	is "$(grep -c . "$work/queries")" 3 # `ready`, and two with IPv4
}
