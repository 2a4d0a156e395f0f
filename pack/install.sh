#!/bin/sh
# install.sh [--remove] - installs the files beside it, as root
#
# The program goes below /usr/local, and users.txt to /etc/smtp-stdio unless there
# is one.  --remove removes them, but no mail and no users.txt that was edited.
set -eu
cd "$(dirname "$0")"
to=${DESTDIR-}
users=etc/smtp-stdio/users.txt

case ${1-} in
'')
	for file in $(find usr -type f) $users; do
		mode=644
		[ ! -x "$file" ] || mode=755
		[ "$file" = $users ] && { [ -e "$to/$file" ] || [ -L "$to/$file" ]; } ||
			install -D -m "$mode" "$file" "$to/$file"
	done
	;;
--remove)
	for file in $(find usr -type f); do
		rm -f "$to/$file"
	done
	! cmp -s $users "$to/$users" || rm "$to/$users"
	rmdir "$to/${users%/*}" 2>/dev/null || :
	;;
*)
	sed -n '2,5s/^# *//p' install.sh >&2
	exit 64
	;;
esac
