# make install, uninstall and dist.
bats_require_minimum_version 1.5.0

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	root=$BATS_TEST_TMPDIR/root
	cd "$BATS_TEST_TMPDIR" || exit 1
}

make_() { make --silent --no-print-directory -C "$top" "$@"; }

listing() { (cd "$root" && find . ! -type d -printf '%m %P\n' | sort -k 2); }
directories() { find "$root" -mindepth 1 -type d -printf '%m\n' | sort -u; }

# wanted PREFIX: the files of an installation
wanted() {
	local page
	{
		echo '644 etc/smtp-stdio/users.txt'
		echo "644 $1/lib/systemd/system/smtp-stdio.socket"
		echo "644 $1/lib/systemd/system/smtp-stdio@.service"
		echo "644 $1/lib/systemd/system/smtp-stdio-tls.socket"
		echo "644 $1/lib/systemd/system/smtp-stdio-tls@.service"
		echo "644 $1/lib/systemd/system/smtp-stdio-tcpserver.service"
		echo "755 $1/sbin/smtp-stdio"
		echo "755 $1/sbin/smtp-stdio-tls"
		echo "644 $1/share/bash-completion/completions/smtp-stdio"
		for page in smtp-stdio.8 smtp-stdio-tls.8 users.txt.5; do
			[ -e "$top/doc/man/$page" ] &&
				echo "644 $1/share/man/man${page##*.}/$page"
		done
	} | sort -k 2
}

@test "install: exactly these files with these modes, with any umask" {
	(umask 077 && make_ install DESTDIR="$root")
	diff <(wanted usr/local) <(listing)
	[ "$(directories)" = 755 ]
	cmp "$SMTP_STDIO" "$root/usr/local/sbin/smtp-stdio"
	cmp "$top/pack/users.txt" "$root/etc/smtp-stdio/users.txt"
	for unit in smtp-stdio{,-tls}{.socket,@.service} smtp-stdio-tcpserver.service; do
		cmp "$top/units/$unit" "$root/usr/local/lib/systemd/system/$unit"
	done
}

@test "install: PREFIX is used, also in the units, but not for users.txt" {
	make_ install DESTDIR="$root" PREFIX=/opt/mail
	diff <(wanted opt/mail) <(listing)
	grep '^ExecStart=/opt/mail/sbin/smtp-stdio --users=/etc/smtp-stdio/' \
		"$root/opt/mail/lib/systemd/system/smtp-stdio@.service"
	grep '^ExecStart=/opt/mail/sbin/smtp-stdio-tls ' \
		"$root/opt/mail/lib/systemd/system/smtp-stdio-tls@.service"
	grep '^ExecPaths=/opt/mail/sbin/smtp-stdio$' \
		"$root/opt/mail/lib/systemd/system/smtp-stdio-tcpserver.service"
	run -1 grep -r /usr/local/ "$root/opt/mail/lib"
}

@test "install: an edited users.txt survives another install and uninstall" {
	make_ install DESTDIR="$root"
	echo bob@example.org >"$root/etc/smtp-stdio/users.txt"
	make_ install DESTDIR="$root"
	[ "$(cat "$root/etc/smtp-stdio/users.txt")" = bob@example.org ]
	make_ uninstall DESTDIR="$root"
	[ "$(listing)" = '644 etc/smtp-stdio/users.txt' ]
	[ "$(cat "$root/etc/smtp-stdio/users.txt")" = bob@example.org ]
}

@test "install: uninstall removes everything except mail" {
	make_ install DESTDIR="$root"
	mkdir -p "$root/var/lib/smtp-stdio/mail/bob/new"
	echo >"$root/var/lib/smtp-stdio/mail/bob/new/1"
	make_ uninstall DESTDIR="$root"
	[ "$(listing | cut -d ' ' -f 2)" = var/lib/smtp-stdio/mail/bob/new/1 ]
	[ ! -e "$root/etc/smtp-stdio" ]
	make_ uninstall DESTDIR="$root" # also without an installation
}

@test "install: dist makes a tar file that can be unpacked and built" {
	[ -e "$top/.git" ] || skip "not in a git repository"
	cp -r "$top" copy
	rm -rf copy/build copy/smtp-stdio
	top=copy make_ dist
	tar -xzf copy/smtp-stdio-*.tar.gz
	name=$(echo smtp-stdio-*)
	[ -d "$name" ] && [ ! -e "$name/.git" ]
	env -u MAKEFLAGS -u MFLAGS make --silent -C "$name"
	[[ $("$name/smtp-stdio" --version) == "smtp-stdio ${name##*-},"* ]]
}

@test "install: --check accepts the installed users.txt, whose addresses are examples" {
	refute=$(grep -v '^#' "$top/pack/users.txt" | grep -o '@[^ ]*' |
		grep -v '^@example.org$' || :)
	[ -z "$refute" ]
	mkdir mail
	"$SMTP_STDIO" --check --users="$top/pack/users.txt" --mail=mail
}

@test "install: a users.txt that is a symbolic link to a missing file stays" {
	mkdir -p "$root/etc/smtp-stdio"
	ln -s /nonexistent/users.txt "$root/etc/smtp-stdio/users.txt"
	make_ install DESTDIR="$root"
	[ -L "$root/etc/smtp-stdio/users.txt" ]
}
