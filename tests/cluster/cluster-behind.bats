#!/usr/bin/env bats
# Engines after the front ends: they keep several copies, and get the mail from
# a command of doc/recipes, which waits for their confirmation.  Only for `make
# cluster`.

load ../lib/helpers
load ../lib/net
load ../lib/cluster
load ../lib/behind

listen_commands() {
	exec tcpserver -HRl0 -c 200 127.0.0.1 "$port" "${command[@]}" --commands \
		"${with[@]}"
}

# Measures the CPU time of the start of a command.
@test "the commands start" {
	in_full
	local TIMEFORMAT='%U %S' module
	for module in pika smtplib; do
		{ time for _ in 1 2 3 4 5 6 7 8 9 10; do
			"$debian_python" -c "import $module"
		done; } 2>"$work/time" || cannot "$module is not installed"
		measured "$module starts in $(awk '{ print 100 * ($1 + $2) }' \
			"$work/time") ms of a core"
	done
}

# begin_to_send N RCPT: starts a client that counts N messages for RCPT; returns
# when a quarter of them have replies.
begin_to_send() {
	n=$1
	: >"$work/sent"
	start=$(date +%s%N)
	timeout 300 "$counter" send "$port" id "$n" 4 "$2" \
		>"$work/sent" 2>>"$work/errors" 3>&- 4>&- &
	sender=$!
	pids+=("$sender")
	await_lines "$work/sent" $((n / 4))
}

end_to_send() {
	wait "$sender"
	took=$((($(date +%s%N) - start) / 1000000))
}

# all_arrived WHAT: each message with a reply is among the files named on stdin.
all_arrived() {
	"$counter" count tries "$work/sent" >"$work/said" 2>&1 ||
		fail "$(cat "$work/said" "$work/log")"
	measured "$1: $(cat "$work/said"); $((n * 1000 / took)) a second;" \
		"sent again: $(awk '$2 > 1' "$work/sent" | wc -l)"
}

@test "RabbitMQ loses no message answered 250 when its leader is killed" {
	in_full
	needs tcpserver python3
	declare -A node
	start_rabbitmq
	echo "@example.org |$recipes/to-amqp $work/urls mail" >"$users"
	serve listen_commands
	leader=$(queue leader)
	leader=${leader//[^0-9]/}
	begin_to_send 100 id@example.org
	kill_node "$leader"
	before=$(wc -l <"$work/sent")
	[ "$before" -lt "$n" ] || fail 'all was sent before'
	end_to_send
	asked=$((leader % 3 + 1))
	refute [ "$(queue leader)" = "node$leader@localhost" ]
	empty_queue
	ls -d "$work"/queue/* | all_arrived 'RabbitMQ, leader killed'

	# Without a majority no message is confirmed.
	kill_node "$asked"
	kill "$listener"
	with=(--command-time=5)
	hold "$(small bob@example.org)" --commands --command-time=5
	is "$(verdict)" '451 4.3.0 Could not be delivered, try again later'
}

# Dovecot as an ordinary user, with bob and carol.
start_dovecot() {
	local me ours box
	[ -x /usr/lib/dovecot/lmtp ] || cannot 'dovecot-lmtpd is not installed'
	make_public
	nobody=(env)
	[ "$(id -u)" != 0 ] || nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	me=$(as_nobody id -un)
	ours=$(as_nobody id -gn)
	for box in bob carol; do
		echo "$box@example.org::$(as_nobody id -u):$(as_nobody id -g)::$public/$box::"
	done >"$public/passwd"
	cat >"$public/dovecot.conf" <<-END
		base_dir = $public/run
		state_dir = $public/state
		log_path = $public/log
		protocols = lmtp
		ssl = no
		default_internal_user = $me
		default_internal_group = $ours
		default_login_user = $me
		first_valid_uid = 1
		mail_location = maildir:~/mail
		recipient_delimiter = +
		passdb {
		  driver = passwd-file
		  args = $public/passwd
		}
		userdb {
		  driver = passwd-file
		  args = $public/passwd
		}
		service anvil {
		  chroot =
		}
		service stats {
		  chroot =
		}
		service lmtp {
		  unix_listener $public/lmtp {
		    mode = 0666
		  }
		}
	END
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$public"
	start_group "$public/said" "${nobody[@]}" dovecot -F -c "$public/dovecot.conf"
	await 'Dovecot.*starting up' "$public/log"
	echo "@example.org |$recipes/to-lmtp $public/lmtp" >"$users"
}

@test "Dovecot's LMTP stores and rejects, and the session waits for it" {
	in_full
	needs python3
	start_dovecot
	hold "$(small bob+tag@example.org)" --commands
	is "$(verdict)" '250 2.0.0 OK; Message Accepted'
	is "$(tail -n 3 "$public"/bob/mail/new/*)" $'Subject: x\n\nHey there!'
	hold "$(small nobody@example.org)" --commands
	is "$(verdict)" '554 5.3.0 Refused by the recipient'
	as_nobody mkdir -p "$public/carol"
	as_nobody touch "$public/carol/mail" # a file, not a directory
	hold "$(small carol@example.org)" --commands
	is "$(verdict)" '451 4.3.0 Could not be delivered, try again later'
	kill -KILL -- "-$group"
	hold "$(small bob@example.org)" --commands
	is "$(verdict)" '451 4.3.0 Could not be delivered, try again later'
	is "$(ls "$public/bob/mail/new" | wc -l)" 1
}

@test "messages answered 250 by Dovecot's LMTP survive its kill and restart" {
	in_full
	needs tcpserver python3
	start_dovecot
	serve listen_commands
	begin_to_send 200 bob@example.org
	kill -KILL -- "-$group"
	rm -rf "$public/run"
	start_group "$public/said" "${nobody[@]}" dovecot -F -c "$public/dovecot.conf"
	end_to_send
	find "$public/bob/mail/new" -type f | all_arrived 'Dovecot, killed'
}
