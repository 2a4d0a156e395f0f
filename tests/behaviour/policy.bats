#!/usr/bin/env bats
# Programs of --policy: what they are asked, what each answer does, and what
# happens if one fails (doc/spec.md, section 5.2).

bats_require_minimum_version 1.5.0
load ../lib/helpers
load ../lib/programs

refused='451 4.3.5 Mailbox cannot be used now, try again later'

# policy ACTION [NAME]: the program $work/NAME answers each question with ACTION,
# a word of the shell, which may use $recipient and $n, the number of the
# question.  It appends the questions to $work/NAME.asked.
policy() {
	local name=${2-policy}
	cat >"$work/$name" <<-END
		#!/bin/sh
		n=0
		while IFS= read -r line; do
			echo "\$line" >>"$work/$name.asked"
			case \$line in
			recipient=*) recipient=\${line#*=} ;;
			'') n=\$((n + 1)); printf 'action=%s\n\n' "$1" ;;
			esac
		done
	END
	chmod +x "$work/$name"
	with+=(--policy="$work/$name")
}

# program BODY [NAME]: the program $work/NAME is a shell script.
program() {
	local name=${2-policy}
	printf '#!/bin/sh\n%s\n' "$1" >"$work/$name"
	chmod +x "$work/$name"
	with+=(--policy="$work/$name")
}

# reply_to ACTION [RCPT...]: the replies to the recipients, of which a policy
# accepts or refuses each with ACTION
reply_to() {
	with=()
	policy "$1"
	shift
	asks "${@:-bob@example.org}"
}

# asks RCPT...: prints the replies to RCPT
asks() {
	hold "$(transaction "$@" | sed 's/\\nDATA$/\\nQUIT/')" "${with[@]}"
	sed '1,/^250 2.1.0/d; /^221/d' "$work/out"
}

value_of() { # NAME [N]: of the attribute in question N
	sed -n "s/^$1=//p" "$work/policy.asked" | sed -n "${2-1}p"
}

ok='250 2.1.5 Recipient <bob@example.org> OK'

@test "a policy is asked with all attributes, in this order" {
	policy DUNNO
	TCPREMOTEIP=192.0.2.7 TCPREMOTEPORT=4711 TCPREMOTEHOST=client.example.net \
		hold 'EHLO client.example.net\nMAIL FROM:<ann@example.net> SIZE=123\nRCPT TO:<Bob+x@example.org>\nQUIT' \
		"${with[@]}" --deterministic
	is "$code" 0
	sed -i 's/^instance=1\.[0-9]*\.1$/instance=/' "$work/policy.asked"
	cat >"$work/want" <<-'END'
		request=smtpd_access_policy
		protocol_state=RCPT
		protocol_name=ESMTP
		client_address=192.0.2.7
		client_port=4711
		client_name=client.example.net
		reverse_client_name=client.example.net
		helo_name=client.example.net
		sender=ann@example.net
		recipient=Bob+x@example.org
		recipient_count=0
		queue_id=
		instance=
		size=123
		sasl_username=
		encryption_protocol=
		encryption_cipher=

	END
	cmp "$work/want" "$work/policy.asked"
}

@test "what is not known is empty in the question" {
	policy DUNNO
	hold 'HELO\nMAIL FROM:<>\nRCPT TO:<bob@example.org>\nQUIT' "${with[@]}"
	is "$code" 0
	for name in client_address client_name reverse_client_name sender \
		helo_name queue_id sasl_username encryption_protocol encryption_cipher; do
		is "$(grep "^$name=" "$work/policy.asked")" "$name="
	done
	is "$(value_of client_port)" 0
	is "$(value_of size)" 0
	is "$(value_of protocol_name)" SMTP
}

@test "a policy learns the client of PROXY, whose name is unknown" {
	policy DUNNO
	{
		printf 'PROXY TCP6 2001:db8::1 2001:db8::2 4711 25\r\n'
		session "$(transaction bob@example.org)"
	} >"$work/in"
	TCPREMOTEIP=192.0.2.7 TCPREMOTEHOST=proxy.example.net hold_input \
		"${with[@]}" --proxy
	is "$(value_of client_address)" 2001:db8::1
	is "$(value_of client_port)" 4711
	is "$(value_of client_name)" ''
}

@test "a policy learns the user, the protocol and the cipher" {
	policy DUNNO
	printf '#!/bin/sh\nexit 0\n' >"$work/checks"
	chmod +x "$work/checks"
	SSL_PROTOCOL=TLSv1.3 SSL_CIPHER=TLS_AES_256_GCM_SHA384 hold \
		'EHLO client.example.net\nAUTH PLAIN AGFubgBzZWNyZXQ=\nMAIL FROM:<ann@example.net>\nRCPT TO:<bob@example.org>\nQUIT' \
		"${with[@]}" --tls-on --auth="$work/checks"
	is "$(value_of protocol_name)" ESMTPSA
	is "$(value_of sasl_username)" ann
	is "$(value_of encryption_protocol)" TLSv1.3
	is "$(value_of encryption_cipher)" TLS_AES_256_GCM_SHA384
}

@test "no value of the question has a line end" {
	policy DUNNO
	local user
	user=$(printf '\0ann\nsender=bob\n\0x' | base64 -w 0)
	hold "EHLO a\nAUTH PLAIN $user\nMAIL FROM:<ann@example.net>\nRCPT TO:<bob@example.org>\nQUIT" \
		"${with[@]}" --catch
	is "$(grep -c '^235' "$work/out")" 1
	is "$(value_of sender)" ann@example.net
	is "$(value_of sasl_username)" ''
	is "$(wc -l <"$work/policy.asked")" 18
}

@test "the instance is the same for the recipients of a message only" {
	policy DUNNO
	local message='MAIL FROM:<ann@example.net>\nRCPT TO:<bob@example.org>\nRCPT TO:<carol@example.org>'
	hold "EHLO client.example.net\n$message\nRSET\n$message\nQUIT" "${with[@]}"
	is "$(value_of instance 1)" "$(value_of instance 2)"
	is "$(value_of instance 3)" "$(value_of instance 4)"
	refute [ "$(value_of instance 1)" = "$(value_of instance 3)" ]
	hold "EHLO client.example.net\n$message\nQUIT" "${with[@]}"
	refute [ "$(value_of instance 1)" = "$(value_of instance 5)" ]
	refute [ "$(value_of instance 3)" = "$(value_of instance 5)" ]
}

@test "after STARTTLS a policy starts anew, with another instance and the same client" {
	program "echo x >>$work/started
		while IFS= read -r line; do
			echo \"\$line\" >>$work/policy.asked
			[ \"\$line\" ] || printf 'action=PREPEND X-Test: 1\n\n'
		done"
	export TCPREMOTEIP=192.0.2.7 TCPREMOTEHOST=client.example.net
	start "${with[@]}" --tls=env
	local message='EHLO a\r\nMAIL FROM:<ann@example.net>\r\nRCPT TO:<bob@example.org>\r\n'
	say "${message}STARTTLS\r\n"
	await '^220 2.0.0'
	say "${message}DATA\r\n\r\n.\r\nQUIT\r\n"
	finish
	is "$(wc -l <"$work/started")" 2
	refute [ "$(value_of instance 1)" = "$(value_of instance 2)" ]
	for n in 1 2; do
		is "$(value_of client_address $n)" 192.0.2.7
		is "$(value_of client_name $n)" client.example.net
	done
	is "$(value_of protocol_name 2)" ESMTPS
	is "$(grep -c '^X-Test' "$(stored)")" 1
	grep '^Received: from a (client.example.net \[192.0.2.7\])' "$(stored)"
}

@test "answers that go on or accept, in any letter case" {
	local action
	for action in DUNNO dunno '' DEFER_IF_REJECT 'Defer_If_Reject text' OK ok \
		'WARN text' 'PREPEND X-Test: 1' 'prepend X-Test: 1' 'dunno words'; do
		is "$action: $(reply_to "$action")" "$action: $ok"
	done
}

@test "answers that refuse, with and without text and enhanced code" {
	local action reply
	while IFS='|' read -r action reply; do
		is "$action: $(reply_to "$action")" "$action: $reply"
	done <<-'END'
		REJECT|554 5.7.1 Refused by a policy
		reject|554 5.7.1 Refused by a policy
		REJECT go away|554 5.7.1 go away
		REJECT 5.1.8 no such sender|554 5.1.8 no such sender
		DEFER|450 4.7.1 Refused by a policy
		Defer come back|450 4.7.1 come back
		DEFER 4.2.0 come back|450 4.2.0 come back
		DEFER_IF_PERMIT|450 4.7.1 Refused by a policy
		DEFER_IF_PERMIT greylisted|450 4.7.1 greylisted
		defer_if_permit 4.7.24 SPF is unknown|450 4.7.24 SPF is unknown
		450 come back|450 4.0.0 come back
		451 4.7.0 come back|451 4.7.0 come back
		550 go away|550 5.0.0 go away
		550 5.7.23 SPF fail|550 5.7.23 SPF fail
		 REJECT  go away |554 5.7.1 go away
		 550 5.1.1 none|550 5.1.1 none
		599 5.999.999 odd|599 5.999.999 odd
	END
	grep "^[^ ]*: refused .* reply=\"599 5.999.999 odd\" reason=$work/policy" "$work/log"
}

@test "a refusal ends the session if its code is 421" {
	policy '421 4.7.0 go away'
	hold "$(transaction bob@example.org carol@example.org)\nQUIT" "${with[@]}"
	is "$(last_reply)" '421 4.7.0 mail.example.org go away'
	is "$(grep -c '^recipient=' "$work/policy.asked")" 1
}

@test "other answers are a temporary refusal" {
	local action
	for action in HOLD DISCARD 'DISCARD text' 'FILTER smtp:x' 'REDIRECT a@b' 1 \
		200 250 '250 OK' 299 399 600 4500 'BCC a@example.org' OKAY \
		'550 5.7' '550' '550 4.7.1 text' 'REJECT 4.7.1 text' PREPEND \
		'PREPEND X-Test' 'PREPEND X Test: 1' 'PREPEND : 1' permit \
		"REJECT $(printf %0401d 0)" "REJECT caf$(printf '\303\251')"; do
		is "$action: $(reply_to "$action")" "$action: $refused"
	done
}

@test "PREPEND writes its fields below our Received, in order" {
	policy 'PREPEND X-First: $n'
	policy 'PREPEND X-Second:  two  words ' second
	hold "$(small bob@example.org carol@example.org)" "${with[@]}"
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	for file in $(stored); do
		sed -n '/^Received/,/^Subject/p' "$file" | sed 1,2d >"$work/got"
		is "$(cat "$work/got")" 'X-First: 1
X-Second:  two  words
X-First: 2
X-Second:  two  words
Subject: x'
	done
}

@test "PREPEND has 4 KiB in a message, and begins anew in the next" {
	policy "PREPEND X-Test: $(printf "%01000d" 0)"
	local rcpts=(a+{1..6}@example.org) message
	echo @example.org ./all/ >"$users"
	hold "$(small "${rcpts[@]}")" "${with[@]}"
	is "$(grep -c '^250 2.1.5' "$work/out")" 4
	is "$(grep -c "^$refused" "$work/out")" 2
	is "$(grep -c '^X-Test: 0*$' "$(stored)")" 4
	is "$(value_of recipient 6)" '' # it is not asked again
	rm -r "$mail"
	message='MAIL FROM:<ann@example.net>\nRCPT TO:<a@example.org>\nRCPT TO:<b@example.org>\nRCPT TO:<c@example.org>\nDATA\nx\n.\n'
	hold "EHLO client.example.net\n$message$message${message}QUIT" "${with[@]}"
	is "$(count)" 3
	is "$(cat $(stored) | grep -c '^X-Test')" 9
}

@test "PREPEND writes into the message of LMTP, and nothing if no mail comes" {
	policy 'PREPEND X-Test: $n'
	hold "$(small bob@example.org carol@example.org | sed 's/^EHLO/LHLO/')" --lmtp "${with[@]}"
	is "$(count)" 2
	for file in $(stored); do
		is "$(grep ^X- "$file")" $'X-Test: 1\nX-Test: 2'
	done
}

@test "WARN logs its text" {
	policy 'WARN odd: client'
	is "$(asks bob@example.org)" "$ok"
	grep " policy peer=unknown program=$work/policy text=\"odd: client\"$" "$work/log"
}

@test "a policy after DEFER_IF_PERMIT may refuse, or it is deferred" {
	policy 'DEFER_IF_PERMIT later'
	local action reply
	while IFS='|' read -r action reply; do
		with=("${with[0]}")
		policy "$action" second
		is "$action: $(asks bob@example.org)" "$action: $reply"
	done <<-END
		DUNNO|450 4.7.1 later
		OK|450 4.7.1 later
		REJECT never|554 5.7.1 never
		DEFER soon|450 4.7.1 soon
		DEFER_IF_PERMIT soon|450 4.7.1 later
		550 5.1.1 none|550 5.1.1 none
		HOLD|$refused
	END
	with=("${with[0]}")
	policy DUNNO second
	is "$(asks bob@example.org)" '450 4.7.1 later'
	grep " reply=\"450 4.7.1 later\" reason=$work/policy" "$work/log"
}

@test "--policy may be given four times" {
	run -64 "$SMTP_STDIO" --policy=a --policy=b --policy=c --policy=d --policy=e
	[[ $output == 'smtp-stdio: --policy may be given four times: e'* ]]
}

@test "policies are asked in order until one decides" {
	policy DUNNO
	policy OK second
	policy 'REJECT no' third
	is "$(asks bob@example.org)" "$ok"
	refute [ -e "$work/third.asked" ]
	with=()
	policy REJECT first
	policy OK second
	rm -f "$work"/*.asked
	is "$(asks bob@example.org)" '554 5.7.1 Refused by a policy'
	refute [ -e "$work/second.asked" ]
	with=()
	for name in 1 2 3 4; do
		policy "PREPEND X-$name: x" "$name"
	done
	hold "$(small bob@example.org)" "${with[@]}"
	is "$(grep ^X- "$(stored)" | tr '\n' ' ')" 'X-1: x X-2: x X-3: x X-4: x '
	hold QUIT "${with[@]}" --policy=5
	is "$code" 64
}

@test "one process serves a policy for the session, from the first question on" {
	program "echo x >>$work/started
		while read -r line; do [ \"\$line\" ] || printf 'action=OK\n\n'; done"
	local message='MAIL FROM:<ann@example.net>\nRCPT TO:<bob@example.org>\nRCPT TO:<carol@example.org>\nDATA\nx\n.\n'
	hold "EHLO client.example.net\n$message${message}QUIT" "${with[@]}"
	is "$(count)" 4
	is "$(wc -l <"$work/started")" 1
	rm "$work/started"
	hold 'EHLO client.example.net\nMAIL FROM:<ann@example.net>\nRCPT TO:<x@example.org>\nQUIT' "${with[@]}"
	refute [ -e "$work/started" ]
}

@test "a policy is not asked about recipients that are refused anyway" {
	policy DUNNO
	printf '%s\n' 'no@example.org 550 5.1.1 none' 'bad@example.org |/bin/true' \
		'full@example.org ./../x/' 'file@example.org ./file/' \
		'last@example.org ./last/' >>"$users"
	mkdir "$mail"
	echo >"$mail/file"
	asks unknown@example.org no@example.org bad@example.org full@example.org \
		file@example.org 'bad address' last@example.org >"$work/replies"
	is "$(grep -c '^250' "$work/replies")" 1
	is "$(grep ^recipient= "$work/policy.asked")" recipient=last@example.org
}

@test "a policy is asked after the Maildir was opened" {
	program "while read -r line; do
		[ \"\$line\" ] || { [ -d $mail/bob@example.org/new ] && printf 'action=550 is there\n\n'; }
	done"
	is "$(asks bob@example.org)" '550 5.0.0 is there'
}

# The policy refuses bob only.
refuses_bob() {
	policy '$(case $recipient in bob*) echo REJECT no ;; *) echo DUNNO ;; esac)'
}

@test "a refused recipient gets nothing while others do" {
	refuses_bob
	hold "$(small carol@example.org bob@example.org dave@example.org)" "${with[@]}"
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	is "$(stored | sed "s,$mail/,,; s,/.*,,")" $'carol@example.org\ndave@example.org'
	rm -r "$mail"
	hold "$(small carol@example.org bob@example.org dave@example.org | sed 's/^EHLO/LHLO/')" \
		--lmtp "${with[@]}"
	is "$(tail -n 3 "$work/out" | without_ids)" '250 2.0.0 OK; Message Accepted
250 2.0.0 OK; Message Accepted
221 2.0.0 mail.example.org'
	is "$(stored | sed "s,$mail/,,; s,/.*,,")" $'carol@example.org\ndave@example.org'
}

@test "a message whose recipients are all refused is not accepted" {
	policy 'REJECT no'
	hold "$(small bob@example.org)" "${with[@]}"
	grep '^554 5.5.1 No valid recipients' "$work/out" || fail "$(cat "$work/out")"
	is_empty
	rm -r "$mail"
	hold "$(transaction bob@example.org)\nRCPT TO:<carol@example.org>\nQUIT" --lmtp "${with[@]}"
	is_empty
}

@test "after a refusal the envelope is as it was: aliases, commands, one Maildir twice" {
	refuses_bob
	printf '#!/bin/sh\ncat >>%s\n' "$work/ran" >"$work/run"
	chmod +x "$work/run"
	printf '%s\n' 'bobs@example.org carol@example.org dave@example.org' \
		'bob2@example.org carol@example.org run@example.org' \
		"bob3@example.org |$work/run" "run@example.org |$work/run" \
		'bob4@example.org ./same/' 'same@example.org ./same/' \
		'bob5@example.org data 554 5.7.1 no' >>"$users"
	with+=(--commands)
	hold "$(small bobs@example.org bob2@example.org bob3@example.org \
		bob4@example.org bob5@example.org carol@example.org)" "${with[@]}"
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	is "$(grep -c '^554 5.7.1 no' "$work/out")" 5
	is "$(stored | sed "s,$mail/,,; s,/.*,,")" carol@example.org
	refute [ -e "$work/ran" ]
	is "$(grep '^Delivered-To' "$(stored)")" 'Delivered-To: carol@example.org'
	rm -r "$mail"
	hold "$(small bob4@example.org same@example.org bob4@example.org \
		same@example.org bob3@example.org run@example.org bob2@example.org)" "${with[@]}"
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	is "$(stored | sed "s,$mail/,,; s,/.*,,")" same
	is "$(grep -c '^Subject' "$work/ran")" 1
}

@test "refused recipients do not count against the limit" {
	policy '$(case $recipient in no*) echo 450 no ;; *) echo DUNNO ;; esac)'
	echo '@example.org ./all/' >"$users"
	# shellcheck disable=SC2046 # word splitting intended
	hold "$(small $(for n in $(seq 101); do echo no{1,2}$n@example.org a$n@example.org; done))" \
		"${with[@]}" --recipients=100
	is "$(grep -c '^450' "$work/out")" 200
	is "$(grep -c '^250 2.1.5' "$work/out")" 100
	is "$(grep -c '^452' "$work/out")" 3 # all after the 100th
	is "$(count)" 1
}

@test "a permanent refusal is counted as that of an unknown recipient, not as an error" {
	policy '$(case $recipient in no*) echo 550 no ;; *) echo DUNNO ;; esac)'
	echo '@example.org ./all/' >"$users"
	hold "$(small no{1..50}@example.org bob@example.org)" "${with[@]}"
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	hold "$(small no{1..101}@example.org)" "${with[@]}"
	is "$(grep -c '^550' "$work/out")" 100
	is "$(last_reply | cut -c 1-3)" 421
}

@test "--lab asks policies, too" {
	refuses_bob
	hold 'HELO\nMAIL FROM:<carol@example.org>\nRCPT TO:<bob@example.org>\nRCPT TO:<carol@example.org>\nDATA\nx\n.\nQUIT' \
		--lab "${with[@]}"
	is "$(sed -n 4,5p "$work/out")" '421 Service Unavailable
250 Recipient <carol@example.org> OK'
	is "$(stored | sed "s,$mail/,,; s,/.*,,")" carol@example.org
	grep " reply=\"421 Service Unavailable\" reason=$work/policy" "$work/log"
}

@test "no refusal of a policy ends a session of --lab" {
	policy '421 4.7.0 go away'
	hold 'RCPT TO:<bob@example.org>\nRCPT TO:<bob@example.org>\nQUIT' --lab "${with[@]}"
	is "$(cat "$work/out")" '220 mail.example.org ESMTP
421 Service Unavailable
421 Service Unavailable
221 mail.example.org'
}

@test "a policy that cannot be executed is a temporary refusal" {
	with=(--policy="$work/missing")
	hold "$(small bob@example.org carol@example.org)" "${with[@]}"
	is "$(grep -c "^$refused" "$work/out")" 2
	is "$code" 0
	is_empty
	grep "reason=.*$work/missing" "$work/log"
}

@test "a policy that ends before its answer, or in it, or after it" {
	local body
	for body in 'exit 0' 'read -r line; exit 0' \
		"read -r line; printf 'action=O'" "read -r line; printf 'action=OK\n'" \
		'kill -9 $$'; do
		with=()
		program "$body"
		is "$body: $(asks bob@example.org)" "$body: $refused"
	done
	with=()
	program "read -r line; printf 'action=OK\n\n'"
	is "$(asks bob@example.org carol@example.org dave@example.org)" "$ok
$refused
$refused"
	is "$(grep -c " reply=\"451 .* reason=\"\?$work/policy" "$work/log")" 2
}

@test "a policy that answers nonsense is not asked again" {
	local body
	for body in "printf '\n'" "printf 'hello\n\n'" "printf 'action\n\n'" \
		"printf '\0\n\n'" "printf 'action=\0\n\n'" \
		"printf 'actions=OK\n\n'" "printf 'action =OK\n\n'"; do
		with=()
		program "while read -r line; do [ \"\$line\" ] || { echo x >>$work/times; $body; }; done"
		rm -f "$work/times"
		is "$body: $(asks bob@example.org carol@example.org)" "$body: $refused
$refused"
		is "$(wc -l <"$work/times")" 1
	done
}

@test "a policy that floods is a temporary refusal" {
	program 'exec yes action=OK'
	is "$(asks bob@example.org carol@example.org)" "$refused
$refused"
	with=()
	program "printf 'action=%05000d\n\n' 1; exec sleep 60"
	is "$(asks bob@example.org)" "$refused"
}

@test "two answers at once, or one too many, are a temporary refusal" {
	SECONDS=0
	program "while read -r line; do [ \"\$line\" ] || printf 'action=OK\n\naction=OK\n\n'; done"
	is "$(asks bob@example.org carol@example.org)" "$refused
$refused"
	with=()
	program "while read -r line; do [ \"\$line\" ] && continue
		printf 'action=OK\n\n'; sleep 0.1; printf 'action=OK\n\n'; echo >$work/twice; done"
	rm "$work/in"
	start "${with[@]}"
	say 'EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\n'
	await '^250 2.1.5'
	await_file "$work/twice"
	say 'RCPT TO:<carol@example.org>\r\nQUIT\r\n'
	finish
	is "$(tail -n 2 "$work/out" | head -n 1)" "$refused"
	[ "$SECONDS" -lt 10 ] || fail "$SECONDS seconds"
}

@test "an answer in pieces is one answer" {
	program "while read -r line; do [ \"\$line\" ] && continue
		for c in a c t i o n = R E J E C T ' ' n o; do printf '%s' \"\$c\"; sleep 0.01; done
		echo; sleep 0.05; echo; done"
	is "$(asks bob@example.org carol@example.org)" '554 5.7.1 no
554 5.7.1 no'
}

@test "a policy has 30 seconds to answer" {
	program "while read -r line; do [ \"\$line\" ] || { echo x >>$work/times; sleep 600; }; done"
	SECONDS=0
	code=0
	session "$(transaction bob@example.org carol@example.org)\n" >"$work/in"
	timeout 60 "${command[@]}" "${with[@]}" <"$work/in" >"$work/sent" 2>"$work/log" || code=$?
	[ "$SECONDS" -ge 29 ] && [ "$SECONDS" -lt 40 ] || fail "$SECONDS seconds"
	is "$(grep -c "^$refused" "$work/sent")" 2
	is "$(wc -l <"$work/times")" 1
}

@test "a policy has no more time than the session" {
	program 'exec sleep 600'
	SECONDS=0
	hold "$(small bob@example.org)" "${with[@]}" --deadline=1
	is "$code $(last_reply | cut -c 1-3)" '75 421'
	grep -q "^$refused" "$work/out"
	[ "$SECONDS" -lt 10 ] || fail "$SECONDS seconds"
}

@test "the last words of a policy are in the log" {
	program "echo it is broken >&2; exit 1"
	is "$(asks bob@example.org)" "$refused"
	grep '^it is broken$' "$work/log"
}

@test "a policy's standard error does not reach the client" {
	program "while read -r line; do [ \"\$line\" ] || { echo secret >&2; printf 'action=OK\n\n'; }; done"
	session "$(small bob@example.org)" >"$work/in"
	# As under inetd, all three are the connection.
	python3 - "${command[@]}" "${with[@]}" <<-'END' >"$work/out"
		import socket, subprocess, sys
		a, b = socket.socketpair()
		p = subprocess.Popen(sys.argv[1:], stdin=b, stdout=b, stderr=b)
		b.close()
		a.sendall(b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\nQUIT\r\n")
		a.shutdown(socket.SHUT_WR)
		while octets := a.recv(10000):
		    print(octets.decode(), end="")
		p.wait()
	END
	grep '^250 2.1.5' "$work/out"
	refute grep secret "$work/out"
}

# A policy that answers, and has a child that ignores its end.
with_a_child() {
	program "sleep 600 & echo \$! >$work/child; echo \$\$ >$work/itself
		trap '' TERM HUP
		while read -r line; do [ \"\$line\" ] || printf 'action=OK\n\n'; done
		sleep 600"
}

@test "a policy is killed at the end of the session with its group" {
	with_a_child
	SECONDS=0
	is "$(asks bob@example.org)" "$ok"
	[ "$SECONDS" -lt 5 ] || fail "$SECONDS seconds"
	is_gone "$(cat "$work/itself")"
	is_gone "$(cat "$work/child")"
}

@test "a policy is killed with its group if the session gets SIGTERM" {
	with_a_child
	start "${with[@]}"
	say 'EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\n'
	await '^250 2.1.5'
	kill -TERM "$pid"
	reap
	is "$code $(tail -n 1 "$work/out" | cut -c 1-3)" '75 421'
	is_gone "$(cat "$work/itself")"
	is_gone "$(cat "$work/child")"
}

@test "SIGTERM does not wait for the answer of a policy" {
	program "echo x >$work/started; exec sleep 600"
	start "${with[@]}"
	say 'EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\n'
	await_file "$work/started"
	kill -TERM "$pid"
	reap
	is "$code $(tail -n 1 "$work/out" | cut -c 1-3)" '75 421'
	is_empty
}

@test "the program of a policy must not lie below --mail" {
	mkdir -p "$mail/bin"
	cp /bin/true "$mail/bin/policy"
	hold QUIT --policy="$mail/bin/policy x"
	is "$code" 78
	is "$(last_reply | cut -c 1-3)" 421
	hold QUIT --policy=/bin/true --policy="$mail/bin/policy"
	is "$code" 78
}
