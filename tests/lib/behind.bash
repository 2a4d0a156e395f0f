# behind - engines that keep the mail of a command: Dovecot, and three nodes of
# RabbitMQ; `load helpers`, `load net`, then `load behind`

recipes=$BATS_TEST_DIRNAME/../../doc/recipes
debian_python=/usr/bin/python3
groups=()

# Kills the process groups that were started.
eval "plain_$(declare -f teardown)"
teardown() {
	local group
	for group in "${groups[@]}"; do
		kill -KILL -- "-$group" 2>/dev/null || true
	done
	plain_teardown
}

# start_group LOG COMMAND...: starts COMMAND as process group $group
start_group() {
	local log=$1
	shift
	setsid "$@" >>"$log" 2>&1 3>&- 4>&- &
	group=$!
	groups+=("$group")
	pids+=("$group")
}

await_port() {
	local i
	for ((i = 0; i < 3000; i++)); do
		listens "$1" && return
		sleep 0.02
	done
	fail "nothing listens at $1" "$(tail -n 20 "$2")"
}

erlang='base crypto asn1 eldap ftp inets mnesia os-mon parsetools public-key
	runtime-tools snmp ssl syntax-tools tftp tools xmerl'

# Unpacks RabbitMQ and its Erlang, in $work/erlang.
provide_rabbitmq() {
	local part
	"$debian_python" -c 'import pika' || cannot 'python3-pika is not installed'
	unpack rabbitmq-server || cannot 'rabbitmq-server cannot be fetched'
	rabbitmq=$(echo "$cache"/rabbitmq-server/usr/lib/rabbitmq/lib/*/sbin)
	for part in $erlang; do
		unpack "erlang-$part" || cannot "erlang-$part cannot be fetched"
		cp -r "$cache/erlang-$part/." "$work/erlang"
	done
	sed -i "s,ROOTDIR=/usr,ROOTDIR=$work/erlang/usr," \
		"$work"/erlang/usr/lib/erlang/bin/erl \
		"$work"/erlang/usr/lib/erlang/erts-*/bin/erl
}

# as NODE: "${as[@]}" runs a program of RabbitMQ as that node, or for it.
as() {
	local dir=$work/node$1 i
	mkdir -p "$dir"
	for i in 1 2 3; do
		echo "cluster_formation.classic_config.nodes.$i = node$i@localhost"
	done >"$dir/rabbitmq.conf"
	cat >>"$dir/rabbitmq.conf" <<-END
		cluster_formation.peer_discovery_backend = classic_config
		listeners.tcp.default = 127.0.0.1:$((base + $1))
		log.file = false
		log.console = true
		log.console.level = warning
	END
	as=(env HOME="$work" LD_LIBRARY_PATH="$(find "$work/erlang/usr/lib" \
		-path '*-linux-gnu*' -name '*.so*' -printf '%h:')" \
		PATH="$work/erlang/usr/lib/erlang/bin:$PATH" \
		ERL_EPMD_PORT="$base" ERL_EPMD_ADDRESS=127.0.0.1 \
		RABBITMQ_NODENAME="${dir##*/}@localhost" \
		RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_BASE="$dir" \
		RABBITMQ_MNESIA_BASE="$dir" RABBITMQ_LOG_BASE="$dir" \
		RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" \
		RABBITMQ_ADVANCED_CONFIG_FILE="$dir/none" \
		RABBITMQ_ENABLED_PLUGINS_FILE="$dir/plugins" \
		RABBITMQ_DIST_PORT=$((base + 3 + ${dir: -1})) \
		RABBITMQ_CTL_DIST_PORT_MIN=$((base + 7)) \
		RABBITMQ_CTL_DIST_PORT_MAX=$((base + 9)) \
		RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}")
}

start_node() { # NUMBER
	as "$1"
	start_group "$work/rabbitmq$1" "${as[@]}" "$rabbitmq/rabbitmq-server"
	node[$1]=$group
}

# Finds ten free ports from $base on, outside the range for clients.
find_ports() {
	local tries port
	for ((tries = 0; tries < 100; tries++)); do
		base=$((10000 + RANDOM % 2000 * 10))
		for ((port = base; port < base + 10; port++)); do
			! listens "$port" || continue 2
		done
		return
	done
	fail 'no ten ports are free'
}

# Starts three nodes with a quorum queue `mail`, and writes $work/urls.
start_rabbitmq() {
	local i
	provide_rabbitmq
	find_ports
	(umask 077 && echo "$RANDOM$RANDOM" >"$work/.erlang.cookie")
	start_group "$work/epmd" env ERL_EPMD_ADDRESS=127.0.0.1 \
		"$work/erlang/usr/lib/erlang/bin/epmd" -port "$base"
	await_port "$base" "$work/epmd"
	start_node 1
	await_port $((base + 1)) "$work/rabbitmq1"
	start_node 2
	start_node 3
	for i in 1 2 3; do
		await_port $((base + i)) "$work/rabbitmq$i"
		echo "amqp://guest:guest@127.0.0.1:$((base + i))/" >>"$work/urls"
	done
	chmod 600 "$work/urls"
	amqp "$work/urls" 'channel.queue_declare("mail", durable=True,
	    arguments={"x-queue-type": "quorum",
	               "x-quorum-initial-group-size": 3})'
	is "$(queue online | tr ',' '\n' | grep -c node)" 3
}

# amqp URLS PYTHON [ARGUMENT...]: runs PYTHON with a `channel`.
amqp() {
	"$debian_python" -c "import pika, sys
connection = pika.BlockingConnection(
    [pika.URLParameters(url) for url in open(sys.argv[1]).read().split()])
channel = connection.channel()
$2
connection.close()" "$1" "${@:3}"
}

# queue FACT: prints FACT of the queue, as node ${asked-1} reports it.
queue() {
	as "${asked-1}"
	timeout 60 "${as[@]}" "$rabbitmq/rabbitmqctl" --silent list_queues \
		--no-table-headers "$1"
}

kill_node() {
	kill -KILL -- "-${node[$1]}"
}

# Writes each message of the queue to a file below $work/queue.
empty_queue() {
	mkdir -p "$work/queue"
	amqp "$work/urls" '
n = 0
while True:
    method, _, octets = channel.basic_get("mail")
    if not method:
        break
    n += 1
    with open(f"{sys.argv[2]}/{n}", "wb") as file:
        file.write(octets)
    channel.basic_ack(method.delivery_tag)
' "$work/queue"
}
