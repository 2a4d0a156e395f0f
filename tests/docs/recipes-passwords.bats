#!/usr/bin/env bats
# doc/recipes.md on passwords: each line is run as it is printed, with the real
# program, over STARTTLS, by smtplib and swaks.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net
load ../lib/recipes
load ../lib/tls

tools=(tcpserver python3)

# Goes to $public, with the line of the text that matches PATTERN, for `serve`.
as_written() { # PATTERN
	make_public
	work_tls=$work
	work=$public
	mail=$work/mail
	prepare
	echo bob@example.org >users.txt
	cp "$doc"/recipes/check-* bin
	cp "$work_tls"/good*.pem .
	ln -s "$helper" bin/smtp-stdio-tls
	chmod 600 good-key.pem
	text=$(section 'Ask for user')
	line=$(grep -e "^    .*smtp-stdio --tls.*$1" <<<"$text")
	line=$(sed -e 's/^    //' -e "s,/usr/local/bin,$work/bin,g" \
		-e "s,/etc/smtp-stdio,$work,g" \
		-e "s,--tls=smtp-stdio-tls,--tls='smtp-stdio-tls --cert=$work/good.pem --key=$work/good-key.pem'," \
		<<<"$line")
	[ -n "$line" ]
	echo "exec env $line --name=mail.example.org" >session
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 .
}

listen_here() {
	local as=()
	[ "$(id -u)" != 0 ] ||
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	exec "${as[@]}" tcpserver -HRl0 127.0.0.1 "$port" bash ./session
}

# by_smtplib USER PASSWORD [PLAIN|LOGIN]: prints the code of AUTH and, if it is
# 235, sends a message
by_smtplib() {
	python3 - "$port" "$@" <<-'END'
		import smtplib, sys
		port, user, password, *mechanism = sys.argv[1:]
		with smtplib.SMTP("127.0.0.1", port, "client.example.net") as client:
		    client.ehlo()
		    assert not client.has_extn("auth")
		    client.starttls()
		    client.ehlo()
		    assert client.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]
		    if mechanism:
		        client.esmtp_features["auth"] = mechanism[0]
		    try:
		        code, _ = client.login(user, password)
		    except smtplib.SMTPAuthenticationError as error:
		        code = error.smtp_code
		    print(code)
		    if code == 235:
		        client.sendmail("ann@example.net", "bob@example.org",
		                        "Subject: x\n\nHey there!\n")
	END
}

by_swaks() { # USER PASSWORD MECHANISM
	swaks --tls --server "127.0.0.1:$port" --ehlo client.example.net \
		--from ann@example.net --to bob@example.org --body 'Hey there!' \
		--auth "$3" --auth-user "$1" --auth-password "$2" >swaks 2>&1
}

# asks_for_passwords: ann has the password secret-word.
asks_for_passwords() {
	needs swaks
	serve listen_here
	is "$(by_smtplib ann secret-word) $(by_smtplib ann secret-word LOGIN)" '235 235'
	for mechanism in PLAIN LOGIN; do
		by_swaks ann secret-word "$mechanism" || fail "$(cat swaks log)"
	done
	code=0
	by_swaks ann wrong PLAIN || code=$?
	is "$code $(grep -c '^<.* 535 5.7.8 ' swaks)" '28 1'
	is "$(count)" 4
	is "$(stored | xargs grep -l ' with ESMTPSA id ' | wc -l)" 4
	is "$(by_smtplib ann wrong)" 535 # by PLAIN and by LOGIN
	is "$(by_smtplib eve secret-word PLAIN)" 535
	is "$(by_smtplib -ann secret-word PLAIN)" 535
	is "$(count)" 4
	is "$(grep -c ' accepted .* user=ann ' log)" 4
	refute grep -q 'secret-word\|wrong' log
}

# The fault of a checker is 454.
cannot_tell() {
	is "$(by_smtplib ann secret-word)" 454
	grep -q 'reply="454 .* status=111$' log
}

@test "check-htpasswd, as written" {
	needs htpasswd
	as_written check-htpasswd
	sed -n 's/^    \(htpasswd .*\)/\1/p' <<<"$text" | sed "s,/etc/smtp-stdio,$work," >make
	is "$(wc -l <make)" 1
	sed -i 's/htpasswd /htpasswd -i /' make # it asks twice otherwise
	printf secret-word | as_nobody sh make
	asks_for_passwords
	rm passwords
	cannot_tell
}

@test "check-dovecot, as written" {
	[ -x /usr/sbin/dovecot ] || cannot 'dovecot is not installed'
	as_written check-dovecot
	echo 'ann:{PLAIN}secret-word' >accounts
	mkdir -m 755 d
	[ "$(id -u)" != 0 ] || chown 65534:65534 d
	user=$(as_nobody id -un)
	cat >dovecot.conf <<-END
		base_dir = $work/d/run
		state_dir = $work/d/state
		log_path = $work/d/log
		ssl = no
		protocols =
		default_internal_user = $user
		default_login_user = $user
		default_internal_group = $(as_nobody id -gn)
		passdb {
		  driver = passwd-file
		  args = $work/accounts
		}
		userdb {
		  driver = static
		  args = uid=65534 gid=65534 home=/tmp
		}
		service auth {
		  user =
		  unix_listener auth-client {
		    mode = 0666
		  }
		}
		service anvil {
		  chroot =
		}
		service stats {
		  chroot =
		}
	END
	export DOVECOT_CONF=$work/dovecot.conf
	as=()
	[ "$(id -u)" != 0 ] ||
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${as[@]}" dovecot -F -c "$DOVECOT_CONF" >dovecot 2>&1 3>&- 4>&- &
	dovecot=$!
	pids+=("$dovecot")
	for ((i = 0; i < 500; i++)); do
		[ ! -S d/run/auth-client ] || break
		sleep 0.02
	done
	[ -S d/run/auth-client ] || cannot "dovecot does not start: $(cat dovecot d/log)"
	asks_for_passwords
	kill "$dovecot"
	wait "$dovecot" || true
	cannot_tell
}

@test "cvm-checkpassword, as written" {
	needs cvm-checkpassword
	as_written cvm-checkpassword
	echo "ann:secret-word:$(as_nobody id -u):$(as_nobody id -g)::/tmp:" >accounts
	asks_for_passwords
}

# A password may have any octet but NUL; a line end must not cut it.
@test "check-htpasswd and check-dovecot take no password that goes on after a line end" {
	needs htpasswd
	as_written check-htpasswd
	htpasswd -b -c passwords ann secret-word 2>/dev/null
	for program in "$work/bin/check-htpasswd passwords" "$work/bin/check-dovecot"; do
		code=0
		printf 'ann\0secret-word\nx\0\0' >in
		# shellcheck disable=SC2086 # word splitting intended
		PATH=$work/bin:$PATH $program true 3<in || code=$?
		is "$program $code" "$program 1"
	done
	code=0
	printf 'ann\0secret-word\0\0' >in
	bin/check-htpasswd passwords true 3<in || code=$?
	is "$code" 0
	printf 'ann\0secret' >in
	bin/check-htpasswd passwords true 3<in || code=$?
	is "$code" 2
}
