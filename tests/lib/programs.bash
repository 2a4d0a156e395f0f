# For tests of programs that a session runs: commands, filters, policies.
# $with are the options of the session.

# sends RCPT...: a small message to them
sends() {
	hold "$(small "$@")" "${with[@]}"
}

# The same in LMTP.
sends_lmtp() {
	session "$(small "$@")" | sed 's/^EHLO/LHLO/' >"$work/in"
	hold_input --lmtp "${with[@]}"
}

# is_gone PID...: waits at most 5 seconds for the end of each
is_gone() {
	local i pid
	for pid; do
		for ((i = 0; i < 250; i++)); do
			kill -0 "$pid" 2>/dev/null || continue 2
			case $(cat "/proc/$pid/stat" 2>/dev/null) in *') Z '*) continue 2 ;; esac
			sleep 0.02
		done
		fail "process $pid is still running"
	done
}

# in_memory WORD PID...: prints how often WORD is in the memory of the processes
# that they may write; only root may read it
in_memory() {
	/usr/bin/env python3 - "$@" <<-'END'
		import sys
		word, pids = sys.argv[1].encode(), sys.argv[2:]
		found = 0
		for pid in pids:
		    with open(f"/proc/{pid}/mem", "rb", 0) as mem:
		        for line in open(f"/proc/{pid}/maps"):
		            span, mode = line.split()[:2]
		            if mode[:2] != "rw":
		                continue
		            start, end = (int(n, 16) for n in span.split("-"))
		            try:
		                mem.seek(start)
		                found += mem.read(end - start).count(word)
		            except OSError:
		                pass
		print(found)
	END
}
