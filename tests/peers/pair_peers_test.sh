#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The latencies of pairs in a recording are those that awk calculates from the text of trace-cmd:
# system calls by thread, time off the CPU, waiting for one, soft interrupts by CPU, and a pair of
# one's own. Writes TAP. Needs root, tracefs and trace-cmd.
#
# Usage: pair_peers_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: pair_peers_test.sh TAPDECK}
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d /sys/kernel/tracing/instances ] || skip_all "tracefs is not mounted at /sys/kernel/tracing"
have trace-cmd || skip_all "needs trace-cmd"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config

record() {
	"$deck" record --buffer 64M -e raw_syscalls -e sched -e irq -o a.dat -- \
		bash -c 'for i in 1 2 3 4 5 6; do ls -lR /etc >/dev/null; sleep 0.02; (:) & done; wait' 2>err || cat err
	grep -q 'lost: none' err || cat err
	# TID CPU NS EVENT INFO of every event, in order of time.
	trace-cmd report -N -t --nodate a.dat 2>/dev/null | grep -v '^identity:' |
		sed -nE 's/^.*-([0-9]+) +\[([0-9]+)\] +([^ ]{5} +)?([0-9]+)\.([0-9]{9}): +([^ :]+): */\1 \2 \4\5 \6 /p' >text
	[ -s text ] || echo "trace-cmd printed nothing"
}

# ours PAIR [OPTION...]: TID CPU NS LATENCY of its rows, in order.
ours() {
	local pair=$1
	shift
	"$deck" report --json -e "pair:$pair" "$@" a.dat 2>err | python3 -c '
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    print(row["tid"], row["cpu"], row["ts"].replace(".", ""), row["fields"]["latency"])' >got
}

# The fields NAME=VALUE of a line are in f; numbers of 19 digits would not be exact in awk, so times
# count from the first one.
reference() {
	awk -v OFS=' ' 'NR == 1 { base = substr($3, 1, length($3) - 12) }
		function ns(t) { return substr(t, length(base) + 1) + 0 }
		function fields(i, n, kv) { delete f; for (i = 5; i <= NF; i++) { n = split($i, kv, "=")
			if (n == 2 && !(kv[1] in f)) f[kv[1]] = kv[2] } }
		function end(tid, key) { if (key in at) { print tid, $2 + 0, $3, ns($3) - at[key]; delete at[key] } }
		'"$1" text >want
}

same() {
	[ -s want ] || echo "nothing is wanted"
	sort want >a && sort got >b
	cmp a b || diff a b | head -n 6
}

syscalls() {
	reference '$4 == "sys_enter" { at[$1] = ns($3) } $4 == "sys_exit" { end($1, $1) }'
	ours syscall
	same
}

offcpu() {
	reference '$4 == "sched_switch" { fields()
		if (f["next_pid"] != 0) end(f["next_pid"], f["next_pid"])
		if (f["prev_pid"] != 0) at[f["prev_pid"]] = ns($3) }'
	ours offcpu
	same
}

runq() {
	reference '$4 == "sched_switch" { fields()
		if (f["next_pid"] != 0) end(f["next_pid"], f["next_pid"])
		if (f["prev_pid"] != 0 && f["prev_state"] ~ /^R/) at[f["prev_pid"]] = ns($3) }
		$4 == "sched_wakeup" || $4 == "sched_wakeup_new" { fields(); split($5, wakee, ":")
		pid = "pid" in f ? f["pid"] : wakee[length(wakee)]; at[pid] = ns($3) }'
	ours runq
	same
}

softirqs() {
	reference '$4 == "softirq_entry" { at[$2 " " $5] = ns($3) } $4 == "softirq_exit" { end($1, $2 " " $5) }'
	ours softirq
	same
	reference '$4 == "softirq_raise" && !(($2 " " $5) in at) { at[$2 " " $5] = ns($3) }
		$4 == "softirq_entry" { end($1, $2 " " $5) }'
	ours softirq_wait
	same
}

own() {
	reference '$4 == "sched_process_fork" { fields(); at[f["child_pid"]] = ns($3) }
		$4 == "sched_process_exit" { fields(); end($1, f["pid"]) }'
	ours life --pair 'life: sched:sched_process_fork -> sched:sched_process_exit by child_pid=pid'
	same
}

check "a recording" record
check "system calls" syscalls
check "off the CPU" offcpu
check "waiting for a CPU" runq
check "soft interrupts, and waiting for them" softirqs
check "a pair of one's own" own
tap_end
