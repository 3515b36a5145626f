# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bpf.sh: what BPF programs cost: every system call with its latency as a row, counted in the kernel,
# rejected there, none at all; and how long it takes to have one. Beside it what bpftrace takes for
# the same. Sourced by run, which has the storm and the measuring.

BPF_ROUNDS=3 # of what is compared closely

bpf_head() { # WHAT
	echo
	echo "Storm of $SECONDS_OF_STORM s on one CPU, $1"
	printf '%-26s %10s %10s %9s %9s %9s %8s %7s\n' consumer calls seen lost "CPU s/M" "storm ns" slowdown ratio
	rm -f "$WORK/ours"
	blow
	BASE_NS=$NS_PER_CALL
	bpf_line untraced
}

# Of the storm that just was; slowdown: its CPU time a call, to that of the untraced one.
bpf_line() { # NAME [SEEN LOST CPU_NS]
	awk -v name="$1" -v seen="${2:--}" -v lost="${3:--}" -v cpu="${4:-0}" -v ns="$NS_PER_CALL" \
		-v calls="$CALLS" -v base="$BASE_NS" -v first="$WORK/ours" 'BEGIN {
			slow = ns / base
			if (seen != "-" && (getline ours < first) <= 0) {
				ours = slow
				print slow > first
			}
			printf "%-26s %10.0f %10s %9s %9s %9.0f %8.2f %7s\n", name, calls, seen, lost,
				(seen > 0 ? sprintf("%.3f", cpu / seen / 1000) : "-"), ns, slow,
				(seen == "-" ? "-" : sprintf("%.2f", slow / ours)) }'
}

bpf_failed() { # NAME
	note "$1" "failed here: $(grep . "$WORK/words" | tail -n 1)"
}

bpf_stream() { # NAME OPTION...
	local name=$1 seen lost
	shift
	measure 3 "$TAPDECK" stream -e bpf:syscalls --buffer ${BUFFER_KB}k "$@" >"$WORK/rows"
	read -r seen lost < <(words_of_stream)
	if [ "$ALIVE" = 1 ]; then bpf_line "$name" "$seen" "$lost" "$CPU_NS"; else bpf_failed "$name"; fi
	rm -f "$WORK/rows"
}

bpf_record() {
	local seen lost
	measure 3 "$TAPDECK" record -e bpf:syscalls --buffer ${BUFFER_KB}k --force -o "$WORK/ours.dat" >/dev/null
	read -r seen lost < <(words_of_record)
	if [ "$ALIVE" = 1 ]; then bpf_line "tapdeck record" "$seen" "$lost" "$CPU_NS"; else bpf_failed "tapdeck record"; fi
	rm -f "$WORK/ours.dat"
}

bpf_top() {
	local seen lost
	measure 3 "$TAPDECK" top -e bpf:syscalls --by comm --buffer ${BUFFER_KB}k --json >"$WORK/tables"
	read -r seen lost < <(words_of_top)
	if [ "$ALIVE" = 1 ]; then bpf_line "tapdeck top --by comm" "$seen" "$lost" "$CPU_NS"; else bpf_failed "tapdeck top"; fi
}

bpf_bpftrace() { # the same as rows of bpftrace
	local seen lost
	command -v bpftrace >/dev/null || { note bpftrace "not installed"; return; }
	# As much buffer as ours has, and not itself: that would never end.
	measure 6 env BPFTRACE_PERF_RB_PAGES=$((BUFFER_KB / 4)) bpftrace -e '
		tracepoint:raw_syscalls:sys_enter /comm != "bpftrace"/ { @at[tid] = nsecs; }
		tracepoint:raw_syscalls:sys_exit /@at[tid]/ {
			printf("%s %d %d %d %d\n", comm, tid, args->id, args->ret, nsecs - @at[tid]);
			delete(@at[tid]); }' >"$WORK/rows"
	seen=$(grep -c '^storm ' "$WORK/rows")
	lost=$((CALLS > seen ? CALLS - seen : 0))
	if [ "$seen" -gt 1000 ]; then bpf_line "bpftrace printf" "$seen" "$lost" "$CPU_NS"; else bpf_failed bpftrace; fi
	rm -f "$WORK/rows"
}

# ---------------------------------------------------------------- counted in the kernel

bpf_least() { # NAME: remembers the storm's least ns
	awk -v name="$1" -v ns="$NS_PER_CALL" '$1 == name { if ($2 < ns) ns = $2; next } { print }
		END { print name, ns }' "$WORK/least" >"$WORK/least.new" && mv "$WORK/least.new" "$WORK/least"
}

bpf_counts() {
	local i
	echo
	echo "Calls counted by comm in the kernel; the least of $BPF_ROUNDS storms of $SECONDS_OF_STORM s each"
	: >"$WORK/least"
	for ((i = 0; i < BPF_ROUNDS; i++)); do
		blow
		bpf_least untraced
		measure 3 "$TAPDECK" top -e bpf:comm_count --json >"$WORK/tables"
		if [ "$ALIVE" = 1 ]; then bpf_least bpf:comm_count; else bpf_failed bpf:comm_count; fi
		command -v bpftrace >/dev/null || continue
		measure 6 bpftrace -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }' >"$WORK/tables"
		if [ "$ALIVE" = 1 ]; then bpf_least bpftrace; else bpf_failed bpftrace; fi
	done
	awk '{ ns[$1] = $2; names[NR] = $1 } END {
		for (i = 1; i <= NR; i++) {
			n = names[i]
			added = ns[n] - ns["untraced"]
			theirs = ns["bpftrace"] - ns["untraced"]
			printf "%-26s %9.0f ns a call, %6.0f more", n, ns[n], added
			if (n == "bpf:comm_count" && theirs > 0)
				printf ", %.2f times what bpftrace adds (target: 1.3)", added / theirs
			print ""
		}
	}' "$WORK/least"
}

# ---------------------------------------------------------------- all of it

# shellcheck disable=SC2034
bpf() {
	if [ ! -x "$BUILD/tests/bench/loading" ]; then
		echo
		echo "BPF programs: not measured, built without BPF"
		return
	fi
	bpf_head "every call with its arguments, result and latency, at full speed, into a file"
	bpf_stream "tapdeck stream"
	bpf_record
	bpf_top
	bpf_bpftrace
	echo "ratio: of the slowdowns, to the first line's; the target is that bpftrace has at least 2."
	RATE=250000 STORM_OPTIONS=(-p 2)
	bpf_head "and on a second one; 500,000 calls a second, of one kind"
	bpf_stream "tapdeck stream" -f 'comm == "storm" && id == getppid'
	STORM_OPTIONS=() RATE=0
	echo "Every call of the storm must be seen, and none lost."
	bpf_head "whose calls nobody wants"
	bpf_stream "another comm" -f 'comm == "nobody"'
	bpf_stream "another process" -p 1
	bpf_stream "another call" --set bpf:syscalls.nr=4000
	bpf_stream "a longer call" --set bpf:syscalls.least=10s
	bpf_stream "... by the filter" -f 'latency > 10s'
	bpf_counts
	echo
	echo "From being asked for to being attached (target: 100 ms)"
	"$BUILD/tests/bench/loading"
	idle bpf:oom
}
