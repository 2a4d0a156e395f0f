#!/usr/bin/env bats
# PROXY headers, versions 1 and 2: the client address that they give, and the
# headers that close the connection without a reply.

load ../lib/helpers

signature='\r\n\r\n\0\r\nQUIT\n'

# header HEX: a version 2 header: the signature and these octets.
header() {
	printf "$signature"
	printf '%b' "$(sed 's/ //g; s/../\\x&/g' <<<"$1")"
}

# named PEER: a session that starts with $work/header logs this peer.
named() {
	(cat "$work/header"; session "$(small bob@example.org)") >"$work/in"
	hold_input --proxy
	is "$code $(head -n 1 "$work/out")" '0 220 mail.example.org ESMTP'
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	grep -q " session peer=${1% *} port=${1#* } " "$work/log" ||
		fail "$(cat "$work/log")"
	rm -r "$mail"
}

# closed: $work/header ends the session without a reply.
closed() {
	(cat "$work/header"; session 'EHLO x\nQUIT') >"$work/in"
	hold_input --proxy
	is "$code $(cat "$work/sent")" '75 '
	grep -q ' refused .* reason="missing or invalid PROXY header"' "$work/log"
	grep -q ' session .* end=bad-proxy ' "$work/log"
}

line() { printf '%b\r\n' "$1" >"$work/header"; }

@test "version 1 gives the address of IPv4, IPv6 and unknown clients" {
	line 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 25' && named '192.0.2.7 4711'
	line 'PROXY TCP4 255.255.255.255 0.0.0.0 0 65535' && named '255.255.255.255 0'
	line 'PROXY TCP6 2001:DB8:0::7 ::1 65535 25' && named '2001:db8::7 65535'
	line 'PROXY TCP6 ::ffff:192.0.2.7 ::1 1 25' && named '192.0.2.7 1'
	line 'PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535'
	named 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535'
	line 'PROXY TCP6 2001:db8::7 192.0.2.1 5 25' && named '2001:db8::7 5'
	line 'PROXY TCP4 192.0.2.7 2001:db8::1 5 25' && named '192.0.2.7 5'
	line 'PROXY UNKNOWN' && TCPREMOTEIP=192.0.2.9 TCPREMOTEPORT=9 named '192.0.2.9 9'
	line 'PROXY UNKNOWN ffff::1 what ever' && named 'unknown 0'
}

@test "a header overrides the listener's environment" {
	line 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 25'
	TCPREMOTEIP=192.0.2.9 TCPREMOTEPORT=9 named '192.0.2.7 4711'
}

@test "a malformed version 1 header closes the connection without a reply" {
	local bad
	while IFS= read -r bad; do
		line "$bad"
		closed
	done <<'END'
PROXY
PROXY 
PROXY TCP4
proxy TCP4 192.0.2.7 192.0.2.1 4711 25
PROXY tcp4 192.0.2.7 192.0.2.1 4711 25
PROXY TCP5 192.0.2.7 192.0.2.1 4711 25
PROXY TCP44 192.0.2.7 192.0.2.1 4711 25
PROXY UDP4 192.0.2.7 192.0.2.1 4711 25
PROXY UNKNOWNS
PROXY unknown
PROXY TCP4 192.0.2.7 192.0.2.1 4711
PROXY TCP4 192.0.2.7 192.0.2.1 4711 25 
PROXY TCP4 192.0.2.7 192.0.2.1 4711 25 1
PROXY TCP4  192.0.2.7 192.0.2.1 4711 25
PROXY  TCP4 192.0.2.7 192.0.2.1 4711 25
 PROXY TCP4 192.0.2.7 192.0.2.1 4711 25
PROXY\tTCP4 192.0.2.7 192.0.2.1 4711 25
PROXY TCP4 192.0.2.256 192.0.2.1 4711 25
PROXY TCP4 192.0.2 192.0.2.1 4711 25
PROXY TCP4 192.0.2.7 x 4711 25
PROXY TCP4 2001:db8::7 ::1 4711 25
PROXY TCP6 192.0.2.7 192.0.2.1 4711 25
PROXY TCP6 2001:db8::7::1 ::1 4711 25
PROXY TCP6 [2001:db8::7] ::1 4711 25
PROXY TCP6 fe80::1%lo ::1 4711 25
PROXY TCP4 192.0.2.7 192.0.2.1 65536 25
PROXY TCP4 192.0.2.7 192.0.2.1 4711 65536
PROXY TCP4 192.0.2.7 192.0.2.1 -1 25
PROXY TCP4 192.0.2.7 192.0.2.1 +1 25
PROXY TCP4 192.0.2.7 192.0.2.1 04711 25
PROXY TCP4 192.0.2.7 192.0.2.1 0x1 25
PROXY TCP4 192.0.2.7 192.0.2.1 4711 99999999999999999999
PROXY TCP4 192.0.2.7\0 192.0.2.1 4711 25
PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r
EHLO client.example.net
GET / HTTP/1.1
END
	printf 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\n' >"$work/header" && closed
	printf '\n' >"$work/header" && closed
	printf '\026\003\001' >"$work/header" && closed
}

@test "a version 1 header has 107 octets at most" {
	line "PROXY UNKNOWN $(printf '%091d' 0)"
	is "$(wc -c <"$work/header")" 107
	named 'unknown 0'
	line "PROXY UNKNOWN $(printf '%092d' 0)"
	closed
}

tcp4=c0000207c00002011267 # and the port of the proxy
tcp6=20010db8000000000000000000000007000000000000000000000000000000011267

@test "version 2 gives the address of IPv4, IPv6 and local clients" {
	header "21 11 000c ${tcp4}0019" >"$work/header" && named '192.0.2.7 4711'
	header "21 21 0024 ${tcp6}0019" >"$work/header" && named '2001:db8::7 4711'
	header "20 00 0000" >"$work/header" && named 'unknown 0'
	header "20 11 000c ${tcp4}0019" >"$work/header" && named 'unknown 0'
	header "21 00 0003 010203" >"$work/header" && named 'unknown 0'
	header "21 31 00d8 $(printf '%0432d' 0)" >"$work/header"
	TCPREMOTEIP=192.0.2.9 named 'unknown 0'
	TCPREMOTEIP=192.0.2.9 TCPREMOTEPORT=9
	export TCPREMOTEIP TCPREMOTEPORT
	header "20 00 0000" >"$work/header" && named '192.0.2.9 9'
}

@test "a malformed version 2 header closes the connection without a reply" {
	local bad
	while read -r bad; do
		header "$bad" >"$work/header"
		closed
	done <<-END
		11 11 000c ${tcp4}0019
		31 11 000c ${tcp4}0019
		22 11 000c ${tcp4}0019
		21 12 000c ${tcp4}0019
		21 41 000c ${tcp4}0019
		21 01 000c ${tcp4}0019
		21 11 000b ${tcp4}0019
		21 21 0023 ${tcp6}0019
		21 11 0000
		21 31 00d7 $(printf '%0432d' 0)
		21 11 000d ${tcp4}0019 04
		21 11 000e ${tcp4}0019 0400
		21 11 000f ${tcp4}0019 040001
		21 11 0010 ${tcp4}0019 04000200
		21 11 0013 ${tcp4}0019 030004 00000000
	END
	printf '\r\n\r\n\0\r\nQUIT\r!\021\0\0' >"$work/header" && closed
	printf '\r\n\r\nEHLO x\r\nQUIT\r\n' >"$work/header" && closed
}

@test "unknown values of version 2 are skipped, up to 65535 octets in all" {
	header "21 11 0016 ${tcp4}0019 040000 ea0004 01020304" >"$work/header"
	named '192.0.2.7 4711'
	header "21 11 ffff ${tcp4}0019 04 fff0 $(printf '%0131040d' 0)" >"$work/header"
	is "$(wc -c <"$work/header")" $((16 + 65535))
	named '192.0.2.7 4711'
	header "20 00 ffff $(printf '%0131070d' 0)" >"$work/header"
	named 'unknown 0'
}

# The checksums were computed by another implementation.
@test "a checksum in a header must be correct" {
	python3 - "$work/header" <<-'END'
		import struct, sys
		def crc32c(octets):
		    crc = 0xffffffff
		    for octet in octets:
		        crc ^= octet
		        for _ in range(8):
		            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
		    return crc ^ 0xffffffff
		assert crc32c(b"123456789") == 0xe3069283
		parts = [b"\r\n\r\n\0\r\nQUIT\n\x21\x11", struct.pack(">H", 12 + 7 + 5),
		         bytes([192, 0, 2, 7, 192, 0, 2, 1, 18, 103, 0, 25]), b"\x03\0\4",
		         b"\0\0\0\0", b"\5\0\2ab"]
		parts[4] = struct.pack(">I", crc32c(b"".join(parts)))
		with open(sys.argv[1], "wb") as file:
		    file.write(b"".join(parts))
	END
	named '192.0.2.7 4711'
	printf '\1' | dd of="$work/header" bs=1 seek=17 conv=notrunc status=none
	closed
}

@test "TLS that the proxy terminated is recorded, and its version and cipher are logged" {
	# a client certificate's name, too, which is ignored
	header "21 11 0030 ${tcp4}0019 200021 01 00000000 210007 544c5376312e33 23000b 4145533132382d47434d21 220001 61" >"$work/header"
	(cat "$work/header"; session "$(small bob@example.org)") >"$work/in"
	hold_input --proxy --tls=/bin/false
	is "$code $(grep -c STARTTLS "$work/out")" '0 0'
	grep -q 'with ESMTPS id' "$(stored)"
	grep -q ' session .* tls=TLSv1.3 ' "$work/log" # `!` is an invalid octet
	header "21 11 0014 ${tcp4}0019 200005 00 00000000" >"$work/header"
	named '192.0.2.7 4711'
}

@test "a connection that ends before a header is a health check" {
	: >"$work/in"
	hold_input --proxy
	is "$code $(cat "$work/sent")" '0 '
	refute grep -q refused "$work/log"
}

@test "an incomplete header closes the connection without a reply" {
	for part in 'P' 'PROXY TCP4 192.0.2.7' '\r' '\r\n\r\n\0\r\nQUIT\n' \
		"$signature"'\x21\x11\0\x0c\1\2' "$signature"'\x21\x11\1\0\1\2'; do
		printf "$part" >"$work/in"
		hold_input --proxy
		is "$code $(cat "$work/sent")" '75 '
		grep -q ' end=bad-proxy ' "$work/log"
		rm "$work/in"
		start --proxy --timeout=1
		say "$part"
		reap
		is "$code $(cat "$work/sent")" '75 '
		hang_up
		rm "$work/in"
	done
}

@test "a header that arrives octet by octet is read completely" {
	for n in 1 2; do
		line 'PROXY TCP6 2001:db8::7 ::1 4711 25'
		[ "$n" = 1 ] || header "21 21 0024 ${tcp6}0019" >"$work/header"
		(cat "$work/header"; session QUIT) >"$work/in"
		"$DRIP" "${command[@]}" --proxy <"$work/in" >"$work/out" 2>"$work/log"
		is "$(tr -d '\r' <"$work/out")" '220 mail.example.org ESMTP
221 mail.example.org'
		grep -q ' session peer=2001:db8::7 ' "$work/log" ||
			is "$(cat "$work/log")" ''
	done
}

@test "without --proxy a header is a non-SMTP command, and sessions need none" {
	line 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 25'
	(cat "$work/header"; session QUIT) >"$work/in"
	hold_input
	is "$(sed -n 2p "$work/out")" '500 Unknown command'
}
