#!/usr/bin/env bats
# Third-party clients over TCP: swaks and Python's smtplib.

load ../lib/helpers


# The content of BOX without the trace lines.
body() {
	sed '1,/; [A-Z][a-z][a-z], [0-9]* .* +0000$/d' "$mail/$1"/new/*
}

needs_swaks() {
	command -v swaks >/dev/null || cannot 'swaks is not installed'
}

write_message() {
	printf 'From: ann@example.net\nTo: bob@example.org\nSubject: caf\303\251\n\nHey there!\n.\n..\n.x\n\ntab\there \351\377\n%s\nlast line\n' \
		"$(printf '%0900d' 0)" >"$work/message"
}

@test "swaks delivers a mail unchanged" {
	needs_swaks
	write_message
	listen
	swaks --server 127.0.0.1 --port "$port" --helo client.example.net \
		--from ann@example.net --to bob@example.org \
		--data "@$work/message" >"$work/swaks" 2>&1 ||
		fail "$(cat "$work/swaks")"
	grep -q '250 2.0.0 OK; Message Accepted' "$work/swaks"
	await ' session peer=127.0.0.1 .* end=quit .* stored=1 ' "$work/log.tcp"
	body bob@example.org >"$work/got"
	# swaks adds an empty line to the text.
	cmp "$work/got" "$work/message" ||
		cmp "$work/got" <(cat "$work/message" && echo)
	grep -q '^Received: from client.example.net (\[127.0.0.1\])$' \
		"$(stored)"
}

@test "swaks delivers to several recipients with pipelining" {
	needs_swaks
	write_message
	listen
	swaks --server 127.0.0.1 --port "$port" --helo client.example.net \
		--pipeline --from ann@example.net \
		--to bob@example.org,carol@example.org,dave@example.org \
		--data "@$work/message" >"$work/swaks" 2>&1 ||
		fail "$(cat "$work/swaks")"
	is "$(count)" 3
	cmp <(body bob@example.org) <(body dave@example.org)
}

@test "swaks gets a rejection for an unknown recipient" {
	needs_swaks
	listen
	code=0
	swaks --server 127.0.0.1 --port "$port" --helo client.example.net \
		--from ann@example.net --to nobody@example.org \
		>"$work/swaks" 2>&1 || code=$?
	is "$code" 24 # no recipient was accepted
	grep -q '550 5.1.1 No such mailbox' "$work/swaks"
	is "$(count)" 0
}

@test "smtplib delivers 8-bit text with dots to several recipients" {
	listen
	python3 - "$port" "$work/want" <<'PYTHON'
import smtplib, sys
message = (b"Subject: caf\xc3\xa9\r\n\r\n.\r\n..\r\n.x\r\n"
           b"\xe9\xff\x00\x01\r\n" + b"y" * 2000 + b"\r\n.\r\n")
with open(sys.argv[2], "wb") as f:
    f.write(message.replace(b"\r\n", b"\n"))
with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), "client.example.net",
                  timeout=20) as s:
    s.ehlo()
    for word in "pipelining", "size", "8bitmime", "enhancedstatuscodes":
        assert s.has_extn(word), word
    refused = s.sendmail(
        "ann@example.net",
        ["bob@example.org", "nobody@example.org", "carol@example.org"],
        message, mail_options=["BODY=8BITMIME"])
    assert refused == {
        "nobody@example.org": (550, b"5.1.1 No such mailbox")}, refused
PYTHON
	await ' session peer=127.0.0.1 .* end=quit .* stored=1 ' "$work/log.tcp"
	is "$(count)" 2
	for box in bob@example.org carol@example.org; do
		body "$box" | cmp - "$work/want"
	done
}

@test "smtplib delivers many messages in one session" {
	listen
	python3 - "$port" <<'PYTHON'
import smtplib, sys
with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), "client.example.net",
                  timeout=20) as s:
    for n in range(150):
        s.sendmail("ann@example.net", ["bob@example.org"],
                   "Subject: %d\r\n\r\nbody %d\r\n" % (n, n))
PYTHON
	await ' session .* end=quit .* stored=150 ' "$work/log.tcp"
	is "$(count)" 150
	is "$(stored | xargs -d '\n' -n 1 tail -n 1 | sort -u | wc -l)" 150
}

@test "parallel sessions do not affect each other" {
	listen
	python3 - "$port" <<'PYTHON'
import smtplib, sys, threading
failures = []
def one(n):
    try:
        with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), "c%d.example" % n,
                          timeout=20) as s:
            for m in range(5):
                s.sendmail("ann@example.net",
                           ["bob@example.org", "carol@example.org"],
                           "Subject: %d.%d\r\n\r\nbody\r\n" % (n, m))
    except Exception as e:
        failures.append(e)
threads = [threading.Thread(target=one, args=(n,)) for n in range(20)]
for t in threads: t.start()
for t in threads: t.join()
assert not failures, failures
PYTHON
	is "$(count "$mail")" 200
	is "$(find "$mail/bob@example.org/new" -type f | wc -l)" 100
	is "$(stored | xargs -d '\n' grep -h '^Subject: ' | sort -u | wc -l)" 100
	nothing_in_tmp
}

@test "a client that disconnects within a message leaves no file" {
	listen
	python3 - "$port" <<'PYTHON'
import smtplib, socket, struct, sys
s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), "client.example.net",
                 timeout=20)
s.ehlo()
s.mail("ann@example.net")
s.rcpt("bob@example.org")
s.putcmd("data")
assert s.getreply()[0] == 354
s.send("x" * 100 + "\r\n")
s.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                  struct.pack("ii", 1, 0))  # a reset, not an end
s.close()
PYTHON
	await ' session ' "$work/log.tcp"
	is_empty
}
