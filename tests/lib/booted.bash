# booted - a systemd that is booted for the tests of a file, see boot; `load
# booted`

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Runs a command in the container.
inside() {
	as_root timeout 60 nsenter --target "$LEADER" --all -- \
		env -i --chdir=/src PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# until_true SECONDS COMMAND...
until_true() {
	local tries=$(($1 * 10))
	shift
	until "$@"; do
		[ $((tries--)) -gt 0 ] || return 1
		sleep 0.1
	done
}

# Prints why there is no container.  Only programs that cannot be installed may
# be missing, and in CI only permissions of the kernel.
obstacle() {
	if [ "${SANITIZED:-no}" = yes ]; then
		echo "a sanitizer is built in"
	elif [ "${CI:-}" = true ]; then
		:
	elif [ "$(id -u)" != 0 ]; then
		echo "only root can boot a container"
	elif ! command -v systemd-nspawn >/dev/null; then
		echo "no systemd-nspawn"
	fi
}

find_leader() {
	[ -s "$BATS_FILE_TMPDIR/pid" ] &&
		LEADER=$(pgrep -x -P "$(cat "$BATS_FILE_TMPDIR/pid")" systemd)
}

is_over() { [ -e "$BATS_FILE_TMPDIR/over" ]; }

# block NAME: the first block of commands below the heading NAME in doc/install.md
# or doc/tls.md
block() {
	awk -v heading="## $1" '$0 == heading { below = 1 }
		below && /^    / { print substr($0, 5); shown = 1; next }
		shown { exit }' "$BATS_TEST_DIRNAME"/../../doc/{install,tls}.md
}

# Called first by setup_file(); if OBSTACLE is set there is no container.
boot_system() {
	OBSTACLE=$(obstacle)
	export OBSTACLE LEADER
	[ -z "$OBSTACLE" ] || return 0
	(
		as_root "$BATS_TEST_DIRNAME/../lib/boot" "$BATS_FILE_TMPDIR"
		touch "$BATS_FILE_TMPDIR/over"
	) >"$BATS_FILE_TMPDIR/console" 2>&1 3>&- </dev/null &
	until_true 30 eval 'find_leader || is_over' || true
	if [ -e "$BATS_FILE_TMPDIR/impossible" ]; then
		OBSTACLE="no container: $(cat "$BATS_FILE_TMPDIR/impossible")"
		return 0
	fi
	if ! until_true 30 inside systemctl --quiet is-active sysinit.target; then
		tail -n 20 "$BATS_FILE_TMPDIR/console"
		return 1
	fi
}

setup() {
	[ -z "$OBSTACLE" ] || skip "$OBSTACLE"
}

teardown_file() {
	[ -s "$BATS_FILE_TMPDIR/pid" ] || return 0
	as_root kill "$(cat "$BATS_FILE_TMPDIR/pid")" || true
	until_true 20 is_over
}

# log PRIORITY: prints the journal lines of exactly that priority
log() {
	inside journalctl --sync
	inside journalctl -t smtp-stdio -o cat -p "$1..$1"
}

stored() { inside find /var/lib/smtp-stdio/mail -type f | sort; }

# Lines for a Python in the container that attempts forbidden calls.
attempt='
import errno, os, socket
def attempt(what, *args):
    try:
        what(*args)
    except OSError as e:
        return errno.errorcode[e.errno]
    return "done"
'

# Lines for a bash in the container that speaks SMTP.
speak='
	begin() { # DESCRIPTOR [ADDRESS]
		eval "exec $1<>/dev/tcp/${2:-127.0.0.1}/25"
	}
	hear() { # DESCRIPTOR CODE
		local line
		read -r -t 20 line <&"$1" && [[ $line == "$2"* ]] && return
		echo "heard \"$line\", not $2"
		exit 1
	}
	say() { # DESCRIPTOR LINE CODE
		printf "%s\r\n" "$2" >&"$1"
		hear "$1" "$3"
	}
	message() { # DESCRIPTOR NAME: without its end
		hear "$1" 220
		say "$1" "HELO $2" 250
		say "$1" "MAIL FROM:<$2@example.org>" 250
		say "$1" "RCPT TO:<alice@example.org>" 250
		say "$1" DATA 354
		printf "Subject: %s\r\n\r\nhalf a mess" "$2" >&"$1"
	}
'
speaking() { inside bash -c "set -eu; $speak $1"; }
