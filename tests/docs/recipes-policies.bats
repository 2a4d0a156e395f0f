#!/usr/bin/env bats
# doc/recipes/policies.md: each recipe is run as it is printed, with DNS of its own.
bats_require_minimum_version 1.5.0

load ../lib/helpers
load ../lib/net
load ../lib/recipes
load ../lib/alone

page=$doc/recipes/policies.md

# part NAME N: prints block N of the section NAME, with the paths of this test
part() {
	sed -n "/^## $1/,/^## /p" "$page" | sed 1d | block "$2" |
		sed -e "s,/etc/smtp-stdio,$work,g" -e "s,/var/lib/smtp-stdio,$work,g" \
			-e "s,/usr/local/bin,$work/bin,g" -e "s,/run/dovecot,$work/dovecot,g"
}

zone='example.net TXT v=spf1 ip4:192.0.2.7 -all
broken.example TXT FAIL
7.2.0.192.in-addr.arpa PTR client.example.net'

# begin: a host with addresses of two networks
begin() {
	needs tcpserver socat nc
	isolate 192.0.2.7/32 198.51.100.7/32
	prepare
}

# serve_part NAME N: runs the listener of that block in the background
serve_part() {
	printf 'exec %s\n' "$(part "$1" "$2")" >"$work/recipe"
	grep -q '^exec tcpserver' "$work/recipe" || fail "no block $2 in $1"
	"${within[@]}" sh "$work/recipe" >>"$work/log" 2>&1 3>&- 4>&- &
	pids+=("$!")
	accepts
}

needs_spf() {
	[ -d /usr/lib/python3/dist-packages/spf_engine ] ||
		cannot 'python3-spf-engine is not installed'
	unpack postfix-policyd-spf-python || cannot 'policyd-spf cannot be fetched'
	PATH=$cache/postfix-policyd-spf-python/usr/bin:$PATH
	part SPF 1 >"$work/spf.conf"
}

# start_postgrey OPTION...: as the package starts it, but with a shorter delay
start_postgrey() {
	perl -MBerkeleyDB -MNet::Server -e 1 2>/dev/null ||
		cannot 'the libraries of postgrey are not installed'
	unpack postgrey || cannot 'postgrey cannot be fetched'
	mkdir "$work/postgrey"
	: >"$work/none"
	"${within[@]}" perl -T "$cache/postgrey/usr/sbin/postgrey" --inet=10023 \
		--user=root --group=root --dbdir="$work/postgrey" --delay=1 \
		--whitelist-clients="$work/none" --whitelist-recipients="$work/none" \
		>>"$work/log" 2>&1 3>&- 4>&- &
	pids+=("$!")
	for ((i = 0; i < 500; i++)); do
		"${within[@]}" nc -z 127.0.0.1 10023 && return
		sleep 0.02
	done
	fail "postgrey does not listen: $(cat "$work/log")"
}

accepted='250 2.1.5 Recipient <bob@example.org> OK
250 2.0.0 OK; Message Accepted'

# replies_to ADDRESS SENDER RCPT...
replies_to() {
	sends_from "$@" | without_ids
}

@test "policies.md: SPF refuses what the domain forbids, and adds its field" {
	begin
	needs_spf
	serve_part SPF 2
	is "$(replies_to 192.0.2.7 ann@example.net bob@example.org)" "$accepted"
	sed -n '/^Received: /,/^Subject/p' "$(stored)" >"$work/got"
	grep '^Received: from client.example.net (client.example.net \[192.0.2.7\])$' "$work/got"
	is "$(sed -n '4s/ (.*//p' "$work/got")" 'Received-SPF: Pass'
	is "$(sed -n 5p "$work/got")" 'Subject: x'
	rm -r "$mail"
	sends_from 198.51.100.7 ann@example.net bob@example.org >"$work/got"
	grep '^550 5.7.23 .*SPF fail - not authorized' "$work/got"
	is "$(sends_from 192.0.2.7 ann@broken.example bob@example.org | cut -c 1-10)" \
		'450 4.7.24'
	is_empty
	# One field for a message to several, and its own for the next.
	is "$(replies_to 192.0.2.7 ann@example.net bob@example.org a@example.org | tail -n 1)" \
		'250 2.0.0 OK; Message Accepted'
	is "$(cat $(stored) | grep -c '^Received-SPF:')" 1
}

@test "policies.md: postgrey refuses a first message, and accepts it later" {
	begin
	start_postgrey
	serve_part Greylisting 1
	replies_to 192.0.2.7 ann@example.net bob@example.org >"$work/got"
	grep '^450 4.7.1 Greylisted' "$work/got" || fail "$(cat "$work/got" "$work/log")"
	sleep 2
	is "$(replies_to 192.0.2.7 ann@example.net bob@example.org)" "$accepted"
	grep '^X-Greylist: delayed' "$(stored)"
}

@test "policies.md: greylisting that is down refuses for now" {
	begin
	serve_part Greylisting 1
	is "$(replies_to 192.0.2.7 ann@example.net bob@example.org)" \
		'451 4.3.5 Mailbox cannot be used now, try again later'
}

@test "policies.md: SPF, then greylisting" {
	begin
	needs_spf
	start_postgrey
	serve_part 'SPF, then greylisting' 1
	is "$(replies_to 198.51.100.7 ann@example.net bob@example.org | cut -c 1-10)" '550 5.7.23'
	is "$(replies_to 192.0.2.7 ann@example.net bob@example.org | cut -c 1-20)" '450 4.7.1 Greylisted'
	sleep 2
	is "$(replies_to 192.0.2.7 ann@example.net bob@example.org)" "$accepted"
	is "$(sed -n '/^Received-SPF\|^X-Greylist\|^Subject/s/:.*//p' "$(stored)")" \
		$'Received-SPF\nX-Greylist\nSubject'
}

# start_dovecot: with the settings of the page, for users whose mail is in $public
start_dovecot() {
	[ -x /usr/lib/dovecot/quota-status ] || cannot 'dovecot is not installed'
	make_public
	chmod 777 "$public"
	{
		part "Dovecot's quota" 1 | sed 's/storage=1G/storage=10K/'
		cat <<-END
			base_dir = $work/dovecot
			state_dir = $work/dovecot
			log_path = $work/dovecot.log
			default_internal_user = root
			default_internal_group = root
			default_login_user = nobody
			protocols =
			ssl = no
			first_valid_uid = 0
			first_valid_gid = 0
			mail_location = maildir:~/Maildir
			passdb {
			  driver = static
			  args = nopassword=y
			}
			userdb {
			  driver = static
			  args = uid=65534 gid=65534 home=$public/%u
			}
		END
	} >"$work/dovecot.conf"
	dovecot -F -c "$work/dovecot.conf" >>"$work/log" 2>&1 3>&- 4>&- &
	pids+=("$!")
	await_file "$work/dovecot/quota-status"
}

@test "policies.md: Dovecot's quota refuses a full mailbox" {
	begin
	start_dovecot
	serve_part "Dovecot's quota" 2
	mkdir -p "$public/carol@example.org/Maildir"/{cur,new,tmp}
	head -c 20000 /dev/zero >"$public/carol@example.org/Maildir/cur/1.2.x,S=20000:2,"
	chown -R 65534:65534 "$public/carol@example.org"
	replies_to 192.0.2.7 ann@example.net carol@example.org bob@example.org >"$work/got"
	is "$(cat "$work/got")" "552 5.2.2 Mailbox is full
$accepted"
}

@test "policies.md: a policy of your own" {
	begin
	part 'A policy of your own' 1 >"$work/install"
	(cd "$doc/.." && sh "$work/install")
	serve_part 'A policy of your own' 2
	is "$(replies_to 192.0.2.7 ann@example.net staff@example.org | tail -n 1)" \
		'250 2.0.0 OK; Message Accepted'
	is "$(replies_to 198.51.100.7 ann@example.net staff@example.org)" \
		'554 5.7.1 From our network only'
	is "$(replies_to 198.51.100.7 ann@example.net bob@example.org)" "$accepted"
}

@test "policies.md: the unit's command line is one, and its settings exist" {
	part 'With systemd' 1 >"$work/edit"
	needs systemd-analyze
	cp "$doc/../units/smtp-stdio@.service" "$work/a@.service"
	mkdir "$work/a@.service.d" "$work/bin"
	cp "${command[0]}" "$work/bin/smtp-stdio"
	sed -i "s,/usr/local/sbin,$work/bin,; s,^Documentation.*,," "$work/a@.service" "$work/edit"
	cp "$work/edit" "$work/a@.service.d/edit.conf"
	systemd-analyze verify "$work/a@.service" >"$work/got" 2>&1 || true
	is "$(grep "$work" "$work/got" || true)" ''
	sed -n 's/^ExecStart=\(.\+\)/\1 --check/p' "$work/edit" >"$work/line"
	echo a@example.org >"$work/users.txt"
	sh "$work/line" >"$work/got" || true
	grep "^policy: policyd-spf $work/spf.conf: " "$work/got"
}
