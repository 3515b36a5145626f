# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# summary.sh: what counting by comm costs, of a recording and live, and beside it what others take
# for the same. Sourced by run, which has the storm and the measuring.

# shellcheck disable=SC2317
awk_by_comm() { # FILE
	trace-cmd report -N "$1" 2>/dev/null |
		awk '{ sub(/-[0-9]+$/, "", $1); n[$1]++ } END { for (c in n) print c, n[c] }'
}

summary_file() {
	local file=$WORK/summary.dat events
	"$TAPDECK" record --buffer 64M -e raw_syscalls -e sched -o "$file" -- \
		"$STORM" -s $SECONDS_OF_STORM -p "$(nproc)" -c 0 >/dev/null 2>"$WORK/words" ||
		{ note "a recording" "failed: $(tail -n 1 "$WORK/words")"; return; }
	events=$("$TAPDECK" summary --by system --csv --show count "$file" |
		awk -F , 'NR > 1 { n += $2 } END { print n }')
	rm -f "$WORK/theirs"
	if command -v trace-cmd >/dev/null; then
		export -f awk_by_comm
		report_line "trace-cmd report | awk" by-comm "$events" \
			"$(best 1 bash -c 'awk_by_comm "$1"' - "$file")"
	else
		note "trace-cmd report" "not installed"
	fi
	report_line "summary --by comm" by-comm "$events" "$(best 5 "$TAPDECK" summary --by comm "$file")"
	report_line "... --by comm,syscall" "" "$events" \
		"$(best 5 "$TAPDECK" summary --by comm,syscall "$file")"
	report_line "... and p99(ret)" "" "$events" \
		"$(best 5 "$TAPDECK" summary --by syscall --show 'count,avg(ret),p99(ret)' "$file")"
	report_line "... -f 'ret < 0'" "" "$events" \
		"$(best 5 "$TAPDECK" summary --by comm,syscall,ret -f 'ret < 0' "$file")"
	report_line "tapdeck summary" "" "$events" "$(best 5 "$TAPDECK" summary "$file")"
	rm -f "$file"
}

# "events":N of the last table, and what it says to be lost.
words_of_top() {
	awk -F '[:,]' '/"table":"whole"/ {
		for (i = 1; i < NF; i++) {
			if ($i == "\"events\"") seen = $(i + 1)
			if ($i == "\"lost\"") lost = $(i + 1)
		}
	} END { printf "%.0f %.0f\n", seen, lost }' "$WORK/tables"
}

top_ours() { # NAME OPTION...
	local name=$1 seen lost
	shift
	measure 1 "$TAPDECK" top -e raw_syscalls --buffer ${BUFFER_KB}k --json "$@" >"$WORK/tables"
	read -r seen lost < <(words_of_top)
	[ "$seen" -gt 0 ] || { note "$name" "failed: $(tail -n 1 "$WORK/words")"; return; }
	line "$name" "$seen" "$lost" "$CPU_NS"
}

# counts NAME WARM PATTERN COMMAND...: one that prints counts at its end; the pattern's group is one.
counts() {
	local name=$1 warm=$2 pattern=$3 seen
	shift 3
	command -v "$1" >/dev/null || { note "$name" "not installed"; return; }
	measure "$warm" "$@" >"$WORK/tables"
	seen=$(cat "$WORK/tables" "$WORK/words" | sed -nE "s/$pattern/\\1/p" |
		awk '{ n += $1 } END { printf "%.0f", n }')
	[ "$seen" -gt 1000 ] || { note "$name" "failed here: $(grep . "$WORK/words" | tail -n 1)"; return; }
	line "$name" "$seen" "$((CALLS * 2 > seen ? CALLS * 2 - seen : 0))" "$CPU_NS"
}

summary() {
	echo
	echo "A recording of a storm of $SECONDS_OF_STORM s on every CPU, counted; the best of some runs"
	printf '%-28s %-12s %10s %10s %10s %9s\n' who file rows "time s" "M rows/s" ratio
	summary_file
	head_line "enter and exit of every call at full speed, counted by comm"
	nobody
	top_ours "top --by comm" --by comm
	top_ours "... --by comm,syscall" --by comm,syscall --show 'count,rate,p99(ret)'
	counts "bpftrace @[comm]" 6 '^@\[.*\]: ([0-9]+)$' bpftrace -e \
		'tracepoint:raw_syscalls:sys_enter, tracepoint:raw_syscalls:sys_exit { @[comm] = count(); }'
	counts "perf trace -s" 2 '^.* \(-?[0-9]+\), ([0-9]+) events.*$' perf trace -a -s -o /dev/stdout
	echo "storm ns: who counts in the kernel costs the storm instead of itself; compare both."
}
