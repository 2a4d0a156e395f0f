# The listeners of doc/install.md and doc/tls.md, run as they are written.
bats_require_minimum_version 1.5.0
load ../lib/helpers
load ../lib/net

pages=$BATS_TEST_DIRNAME/../../doc
session='HELO
MAILFROM: <albin@gmail.com>
RCPTTO: <hello@gmail.com>
DATA
Hey there!
.'
installed_session=${session/hello@gmail.com/alice@example.org}

@test "each one-line listener of doc/install.md delivers a message" {
	mapfile -t lines < <(grep -E '^    (socat|tcp|systemd-so).*2525' \
		"$pages/install.md")
	[ "${#lines[@]}" = 4 ]
	cp "${command[0]}" "$work/smtp-stdio"
	cp "$BATS_TEST_DIRNAME/../../users.txt" "$work/users.txt"
	for line in "${lines[@]}"; do
		rm -rf "$mail"
		as_written() { exec bash -c "exec ${line//2525/$port}"; }
		serve as_written
		"${command[0]}" --talk -- socat - "TCP:127.0.0.1:$port" \
			<<<"$session" >"$work/shown"
		grep '^Server: 250 OK; Message Accepted' "$work/shown"
		[ "$(find "$mail" -path '*/new/*' | wc -l)" = 1 ]
		kill "$listener"
	done
}

@test "the lines of doc/tls.md for the source tree receive mail" {
	needs openssl stunnel4 tcpserver swaks
	cp "${command[0]}" "$work/smtp-stdio"
	cp "$BATS_TEST_DIRNAME/../../users.txt" "$work/users.txt"
	cp -R "$BATS_TEST_DIRNAME/../../tools" "$work/tools"
	cd "$work" || return
	steps=$(sed -n '/^    openssl req/,/^    tcpserver/p' "$pages/tls.md")
	steps=${steps/tcpserver/exec tcpserver}
	as_written() { eval "${steps//2525/$port}"; }
	serve as_written
	timeout 30 swaks --server "127.0.0.1:$port" --tls --to hello@gmail.com \
		--from ann@example.net >"$work/shown"
	grep -q '^<~  250 2.0.0 OK; Message Accepted' "$work/shown" ||
		fail "$(cat "$work/shown")"
	[ "$(find "$mail" -path '*/new/*' | wc -l)" = 1 ]
	kill "$listener"
}

# The commands of doc/install.md for $1, except the restart of the service.
recipe() {
	sed -n "/^## With $1/,/^## [^W]/p" "$pages/install.md" |
		sed '1!{/^## /,$d}' | grep '^    ' |
		grep -v 'service .* restart\|--check' | sed 's/^    //'
}

# follow STEPS SESSION LISTENER...: in a sandbox, STEPS, then the listener and a
# session with port 25; shows the mail.
follow() {
	local steps=$1
	shift
	cat >"$work/steps" <<-'END'
		set -e
		cd "$top"
		mkdir -p /etc/xinetd.d
		echo includedir /etc/xinetd.d >/etc/xinetd.conf
		: >/etc/inetd.conf
		eval "$steps" >&2
		"$@" >&2 &
		for _ in $(seq 100); do
			nc -z 127.0.0.1 25 && break
			sleep 0.05
		done
		smtp-stdio --talk -- nc 127.0.0.1 25 <<<"$session" >&2
		cat /var/lib/smtp-stdio/mail/alice@example.org/new/*
	END
	top=$BATS_TEST_DIRNAME/../.. steps=$steps \
		session=$installed_session \
		timeout 60 "$BATS_TEST_DIRNAME/../lib/sandbox" bash "$work/steps" "$@"
}

ready() {
	needs_root
	needs unshare ip nc
	[ "${SANITIZED:-no}" = no ] || skip 'a sanitizer is built in'
	"$BATS_TEST_DIRNAME/../lib/sandbox" true || cannot 'there are no namespaces'
}

@test "xinetd delivers where doc/install.md was followed" {
	ready
	provide xinetd xinetd
	steps=$(recipe xinetd)
	[ "$(wc -l <<<"$steps")" = 4 ]
	follow "$steps" "${found[@]}" -dontfork -pidfile /run/xinetd.test.pid \
		>"$work/got" 2>"$work/said" || { cat "$work/said" && false; }
	[ "$(tail -n 1 "$work/got")" = 'Hey there!' ]
	grep -q '^Received: from unknown (\[127.0.0.1\])' "$work/got"
}

@test "inetd delivers where doc/install.md was followed" {
	ready
	provide inetd openbsd-inetd
	steps=$(recipe xinetd | head -n 3; recipe inetd)
	[ "$(wc -l <<<"$steps")" = 4 ]
	follow "$steps" "${found[@]}" -i \
		>"$work/got" 2>"$work/said" || { cat "$work/said" && false; }
	[ "$(tail -n 1 "$work/got")" = 'Hey there!' ]
}

@test "the socat line of doc/install.md passes a greeting of 421 each time" {
	line=$(grep -E '^    socat .*2525' "$pages/install.md")
	rm -f "$users"
	cd "$work" || return
	cp "${command[0]}" smtp-stdio
	as_written() { exec bash -c "exec ${line//2525/$port}"; }
	serve as_written
	for i in $(seq 20); do
		timeout 10 nc 127.0.0.1 "$port" </dev/null >"$work/out" || :
		grep -q '^421 ' "$work/out" || fail "not heard at try $i"
	done
	kill "$listener"
}

@test "each socat line of the papers hands over the connection itself" {
	papers=("$pages"/../README.md "$pages"/{*.md,man/*.8})
	grep -h 'socat.*EXEC:' "${papers[@]}" >"$work/lines"
	refute grep -v ',nofork' "$work/lines"
}
