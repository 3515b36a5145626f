#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Latencies that the kernel pairs and counts (--in-kernel): what a program with known behaviour does is
# counted exactly, as pairs made here count it; and the kernel is as it was found, whoever dies. Where the
# kernel has no histograms pairs are made here and the reason is said. Writes TAP. Needs root and tracefs.
#
# Usage: hist_test.sh TAPDECK
set -u
tapdeck=${1:?usage: hist_test.sh TAPDECK}
here=$(cd "$(dirname "$0")" && pwd)
actor=${BUILD_ROOT:-$here/../../build}/tests/actor
tracefs=/sys/kernel/tracing
instances=$tracefs/instances
calls=700 # of each of three threads
rounds=${QEMU_GUEST:+6}
rounds=${rounds:-20}
wait_s=${QEMU_GUEST:+60}
wait_s=${wait_s:-8}

plan=15
count=0

ok() {
	count=$((count + 1))
	echo "ok $count - $1"
}

not_ok() {
	count=$((count + 1))
	echo "not ok $count - $1"
	[ $# -lt 2 ] || printf '%s\n' "$2" | sed 's/^/# /' | head -40
}

is() { # WHAT GOT WANTED [MORE]
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got '$2', not '$3'${4:+: $4}"; fi
}

at_least() { # WHAT GOT LEAST [MORE]
	if [ "${2:-0}" -ge "$3" ]; then ok "$1"; else not_ok "$1" "got '$2', less than $3${4:+: $4}"; fi
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d $instances ] || skip_all "tracefs is not mounted at $tracefs"
[ -x "$actor" ] || skip_all "$actor is not built"
tmp=$(mktemp -d) || skip_all "no temporary directory"
deck=
guard=
trap 'kill -9 $deck $guard 2>/dev/null; rm -rf "$tmp"' EXIT

until_true() {
	local end=$((SECONDS + wait_s))
	while ! "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.02
	done
}

# ---- a deck that lets the kernel pair

# The last trigger of the pair is made: $1 is the file of the end event.
pairs() {
	grep -qs 'onmatch' "$instances/tapdeck.$deck.hist/events/$1/trigger"
}

start() { # FILE ARGUMENTS...
	local file=$1
	shift
	"$tapdeck" "$@" >"$tmp/out" 2>"$tmp/err" &
	deck=$!
	until_true pairs "$file" && return
	not_ok "the kernel pairs" "$(cat "$tmp/err")"
	echo "Bail out! $tapdeck $* does not pair"
	exit 1
}

finish() {
	kill -INT $deck
	wait $deck
	status=$?
}

# A number of the row of which $1 is a part.
shown() { # ROW MEASURE
	grep -F "$1" "$tmp/out" | tail -n 1 | grep -oF "\"$2\":" >/dev/null || return
	grep -F "$1" "$tmp/out" | tail -n 1 | sed "s/.*\"$2\":\([0-9]*\).*/\1/"
}

left() {
	[ -e "$instances/tapdeck.$deck.hist" ] || grep -q "^tapdeck_${deck}_" $tracefs/synthetic_events
}

not_left() {
	! left
}

same() {
	local diff
	"$here/snapshot.sh" $tracefs >"$tmp/after"
	diff=$(
		diff "$tmp/before" "$tmp/after" | grep '^[<>]' | grep -v '^. ./instances/'
		grep "^./instances/tapdeck\.$deck\." "$tmp/after"
	)
	if [ -z "$diff" ]; then ok "$1"; else not_ok "$1" "$diff"; fi
}

# ---- here, where the kernel cannot

here_instead() {
	local status
	"$tapdeck" summary --in-kernel -e pair:runq --by comm --show 'count,max(latency)' -t 1 \
		>"$tmp/out" 2>"$tmp/err"
	status=$?
	if [ $status = 0 ] && grep -q 'not in the kernel: this kernel has no \(synthetic events\|histogram\)' "$tmp/err" &&
		grep -q '[1-9][0-9,]* events' "$tmp/out"; then
		ok "without histograms the reason is said and pairs are made here"
	else
		not_ok "without histograms the reason is said and pairs are made here" \
			"$status: $(cat "$tmp/err" "$tmp/out")"
	fi
}

if [ ! -e $tracefs/synthetic_events ] || ! grep -q 'hist trigger' $tracefs/README; then
	echo "1..2"
	here_instead
	ok "the kernel pairs # SKIP this kernel has no histogram triggers or no synthetic events"
	exit 0
fi

# ---- what is counted

act() {
	"$actor" $calls 2 "$1" >"$tmp/pids" < <(sleep 0.2; echo)
}

syscalls() {
	local user
	start raw_syscalls/sys_exit summary --in-kernel -e pair:syscall --by comm,syscall --json \
		--show 'count,sum(latency),p50(latency),max(latency)'
	act "$(printf 'a} hitcount: 1')"
	finish
	is "exit status 0" "$status" 0 "$(cat "$tmp/err")"
	is "each system call of a strange name is counted once" \
		"$(shown '"by":{"comm":"a} hitcount: 1","syscall":"getppid"}' count)" $((3 * calls)) \
		"$(grep -F 'a} hit' "$tmp/out" | head -3)"
	same "control files are the same after an end"
	"$tapdeck" top -e pair:syscall --by comm,syscall --json --show count >"$tmp/out" 2>"$tmp/err" &
	deck=$!
	sleep "${QEMU_GUEST:+4}.5"
	act there
	sleep "${QEMU_GUEST:+2}.5"
	finish
	user=$(grep -F '"comm":"there","syscall":"getppid"' "$tmp/out" | sed 's/.*"count":\([0-9]*\).*/\1/' |
		sort -n | tail -n 1)
	is "as pairs that are made here count" "$user" $((3 * calls)) "$(cat "$tmp/err")"
}

sleeps() {
	start sched/sched_switch summary --in-kernel -e pair:offcpu --by comm --json \
		--show 'count,min(latency),p50(latency),max(latency),sum(latency)'
	for _ in 1 2 3 4 5; do
		sleep 0.1
	done
	finish
	at_least "sleeps are not on the CPU" "$(shown '"comm":"sleep"' count)" 5 "$(cat "$tmp/err")"
	at_least "for as long as they sleep" "$(shown '"comm":"sleep"' 'max(latency)')" 100000000
	at_least "all of them" "$(shown '"comm":"sleep"' 'sum(latency)')" 500000000
}

tables() {
	start sched/sched_switch top --in-kernel -e pair:runq --by comm,cpu --show 'count,rate,p99(latency)' -n 2
	wait $deck
	is "a table a second, as many as asked for" "$(grep -c '^comm .*p99' "$tmp/out")" 2 "$(cat "$tmp/err")"
	grep -q 'paired by the kernel; percentiles within 4 percent' "$tmp/out" &&
		ok "what percentiles are worth is said" || not_ok "what percentiles are worth is said" "$(cat "$tmp/out")"
	same "control files are the same after two tables"
}

wrong() {
	local rc
	"$tapdeck" top --in-kernel -e sched:sched_switch --by comm -n 1 >"$tmp/out" 2>"$tmp/err"
	rc=$?
	[ $rc = 2 ] && grep -q 'is no pair' "$tmp/err" && ok "what is no pair is refused" ||
		not_ok "what is no pair is refused" "$rc: $(cat "$tmp/err")"
}

# ---- who dies

killed() {
	local i
	for ((i = 0; i < rounds; i++)); do
		"$tapdeck" top --in-kernel -e pair:runq -e pair:syscall --by comm >"$tmp/out" 2>"$tmp/err" &
		deck=$!
		# While it starts and later.
		sleep "$(printf '%d.%03d' $((i % 2 ? ${QEMU_GUEST:+1} + 0 : 0)) $((RANDOM % 600)))"
		kill -9 $deck
		wait $deck 2>/dev/null
		if ! until_true not_left; then
			not_ok "kill -9 $rounds times: nothing is left" \
				"round $i: $(cat $tracefs/synthetic_events) $(ls $instances)"
			return
		fi
	done
	ok "kill -9 $rounds times: nothing is left"
	same "kill -9: control files are the same"
}

both_killed() {
	local stat pid comm ppid
	start sched/sched_switch top --in-kernel -e pair:runq --by comm
	for stat in /proc/[0-9]*/stat; do
		read -r pid comm _ ppid _ <"$stat" 2>/dev/null || continue
		[ "$ppid" = "$deck" ] && [ "$comm" = "(tapdeck-guard)" ] && guard=$pid
	done
	kill -9 "$guard" $deck
	wait $deck 2>/dev/null
	until_true eval "! kill -0 $guard 2>/dev/null"
	left || echo "# nothing was left: no test"
	"$tapdeck" cleanup >"$tmp/said" 2>&1
	if not_left && grep -q "tapdeck.$deck.hist: removed" "$tmp/said"; then
		ok "deck and guard killed: cleanup removes triggers, events and instance"
	else
		not_ok "deck and guard killed: cleanup removes triggers, events and instance" "$(cat "$tmp/said")"
	fi
	same "cleanup: control files are the same"
}

echo "1..$plan"
"$here/snapshot.sh" $tracefs >"$tmp/before"
syscalls    # 4
sleeps      # 3
tables      # 3
wrong       # 1
killed      # 2
both_killed # 2
[ $count = $plan ] || echo "# $count of $plan tests were run"
