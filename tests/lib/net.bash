# net - shared by the tests over TCP; `load helpers`, then `load net`

PATH=$PATH:/usr/sbin:/sbin
cache=$(realpath -m "${O:-$BATS_TEST_DIRNAME/../../build}")/unpacked

needs() {
	local name
	for name; do
		command -v "$name" >/dev/null || cannot "$name is not installed"
	done
}

needs_root() {
	[ "$(id -u)" = 0 ] || cannot 'it takes root'
}

needs_ipv6() {
	grep -q '^00000000000000000000000000000001 ' /proc/net/if_inet6 ||
		cannot 'this system has no ::1'
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The libraries that PACKAGE needs, and those that they need, if not installed.
libraries_of() {
	local level=$1 next seen=' ' lib
	while [ -n "$level" ]; do
		next=
		# shellcheck disable=SC2086 # word splitting intended
		for lib in $(apt-cache depends --important $level |
			sed -n 's/^ *Depends: \(lib[^:]*\)$/\1/p' | sort -u); do
			case $seen in *" $lib "*) continue ;; esac
			seen+="$lib "
			is_installed "$lib" && continue
			echo "$lib"
			next+=" $lib"
		done
		level=$next
	done
}

# unpack PACKAGE: unpacks it and its libraries into $cache/PACKAGE.  For
# packages that conflict with others, or whose installation would start a
# daemon.
unpack() {
	local into=$cache/$1.part
	[ -d "$cache/$1" ] && return
	command -v apt-get >/dev/null || return
	rm -rf "$into"
	mkdir -p "$into"
	(
		cd "$into" || exit 1
		# shellcheck disable=SC2046 # word splitting intended
		apt-get -qq download "$1" $(libraries_of "$1") >apt.log 2>&1 || exit 1
		for deb in *.deb; do
			dpkg-deb -x "$deb" . || exit 1
		done
		rm -f ./*.deb
	) && mv "$into" "$cache/$1"
}

# provide NAME PACKAGE: puts the program NAME of PACKAGE into $found, to be run
# as "${found[@]}".
provide() {
	local top=$cache/$2 libs
	unpack "$2" || cannot "$1 ($2) is not installed and cannot be fetched"
	libs=$(find "$top" -name '*.so*' -printf '%h\n' | sort -u | paste -s -d :)
	found=("$(find "$top/usr" -path "*bin/$1")")
	[ -n "${found[0]}" ] || fail "no $1 in $2"
	[ -z "$libs" ] || found=(env LD_LIBRARY_PATH="$libs" "${found[@]}")
}

# Is there a listening socket at port $1?
listens() {
	grep -q ":$(printf %04X "$1") 0*:0000 0A" /proc/net/tcp /proc/net/tcp6
}

# serve FUNCTION [ARGUMENT...]: runs FUNCTION, which execs a listener at $port,
# in $work; stderr of all sessions is $work/log.
serve() {
	local tries i
	for tries in 1 2 3 4 5; do
		port=$(free_port)
		(cd "$work" && "$@") >"$work/listener" 2>>"$work/log" \
			3>&- 4>&- &
		listener=$!
		pids+=("$listener")
		for ((i = 0; i < 250; i++)); do
			listens "$port" && return
			kill -0 "$listener" 2>/dev/null || break
			sleep 0.02
		done
	done
	fail "$1 does not listen (try $tries):" "$(cat "$work/listener" "$work/log")"
}

# dial HOW HOST: runs tests/lib/dial with $work/in at $port; sets $work/sent,
# $work/out and $client_port.
dial() {
	code=0
	timeout 60 "$BATS_TEST_DIRNAME/../lib/dial" "$1" "$2" "$port" <"$work/in" \
		>"$work/sent" 2>"$work/dial" || code=$?
	tr -d '\r' <"$work/sent" >"$work/out"
	client_port=$(head -n 1 "$work/dial")
	[ "$code" = 0 ] || fail "dial:" "$(cat "$work/dial" "$work/out" "$work/log")"
}

# The only message of BOX, without the trace lines.
body_of() {
	local files=("$mail/$1"/new/*)
	[ "${#files[@]}" = 1 ] && [ -f "${files[0]}" ] ||
		fail "not one message: ${files[*]}"
	sed '1,/; [A-Z][a-z][a-z], [0-9]* .* +0000$/d' "${files[0]}"
}

# Makes the messages that clients send, a file each in $messages, with LF at
# line ends.
make_messages() {
	export BATS_NO_PARALLELIZE_WITHIN_FILE=true # as in helpers
	messages=$BATS_FILE_TMPDIR/messages
	export messages
	mkdir "$messages"
	python3 - "$messages" <<-'END'
		import random
		import sys

		head = (b"From: Ann <ann@example.net>\nTo: bob@example.org\n"
		        b"Subject: %s\nDate: Mon, 23 Nov 2026 12:00:00 +0000\n"
		        b"Message-ID: <%s@example.net>\n\n")
		letters = bytes(range(33, 127)) + bytes(range(161, 255)) + b" " * 20
		dice = random.Random(1)
		bodies = {
		    "plain": b"Hey there!\n\n  blanks  \n\ttab\t\nFrom me\nQUIT\n\n",
		    "eight": b"caf\xe9 \xc3\xa9\n" + letters + b"\n\xff\nend\n",
		    "dots": b".\n..\n...\n.a\n..a\na.\n .\n. \n.\n\n.\n",
		    "full": b"x" * 998 + b"\n." + b"y" * 996 + b"\n",
		    "long": b"x" * 100000 + b"\n." + b"y" * 99999 + b"\n",
		    "empty": b"",
		    "big": b"\n".join(bytes(dice.choices(letters, k=900))
		                      for _ in range(5825)) + b"\n",
		}
		for name, body in bodies.items():
		    with open(f"{sys.argv[1]}/{name}", "wb") as file:
		        file.write(head % (name.encode(), name.encode()) + body)
	END
}

# The module nodemailer, from npm if installed, otherwise from Debian's package.
nodemailer() {
	local npm=$cache/npm/node_modules/nodemailer
	if [ ! -d "$npm" ] && command -v npm >/dev/null; then
		mkdir -p "$cache/npm"
		npm install --prefix "$cache/npm" --no-audit --no-fund \
			nodemailer >"$work/npm" 2>&1 || true
	fi
	if [ -d "$npm" ]; then
		echo "$npm"
	elif unpack node-nodemailer; then
		echo "$cache/node-nodemailer/usr/share/nodejs/nodemailer"
	fi
}
