#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Latency pairs on the real kernel: of a program with known behaviour they are exactly as many as it
# made calls, slept and forked, and as long as it slept; what they are made of is on for them alone;
# those that were recorded are those that are derived of the recording. Writes TAP. Needs root and
# tracefs.
#
# Usage: pair_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: pair_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

tracing=/sys/kernel/tracing
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d $tracing/instances ] || skip_all "tracefs is not mounted at $tracing"
[ -d $tracing/events/raw_syscalls/sys_exit ] || skip_all "this kernel has no events of system calls"
command -v perl >/dev/null || skip_all "needs perl"
command -v taskset >/dev/null || skip_all "needs taskset"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
CALLS=3000 SLEEPS=7 SLEEP_MS=$((40 * slow)) FORKS=9 # nothing else a program does takes as long as its sleeps
nr=$(python3 -c 'import platform; print({"x86_64": 110, "aarch64": 173}.get(platform.machine(), -1))')

# Who ends his sleep on an idle CPU is switched to by the idle task. There are machines (restored from
# a snapshot) whose kernel reports no switch of the idle task of one CPU, to anybody: sleeps are looked
# at on a CPU where all are.
sees_idle() { # CPU
	local i=$tracing/instances/test.pair.$$ pid
	mkdir "$i" || return
	echo 1 >"$i/events/sched/sched_switch/enable"
	taskset -c "$1" perl -e 'print $$; select(undef, undef, undef, 0.02) for 1 .. 5' >probe 2>/dev/null
	echo 0 >"$i/tracing_on"
	pid=$(cat probe)
	[ "$(grep -c "next_pid=$pid " "$i/trace")" -ge 5 ] &&
		[ "$(grep -c "next_pid=$pid " "$i/trace")" = "$(grep -c "prev_pid=$pid " "$i/trace")" ]
	set -- $?
	rmdir "$i"
	return "$1"
}
for cpu in $(seq 0 $(($(nproc --all) - 1))) none; do
	[ "$cpu" = none ] || sees_idle "$cpu" && break
done
unseen="this kernel reports no switch of the idle task, on any CPU"
[ "$cpu" = none ] || unseen=
[ "$cpu" = none ] && cpu=0

life='life: sched:sched_process_fork -> sched:sched_process_exit by child_pid=pid for end.pid'

# Known behaviour: calls in three threads, sleeps, forks. The pids are in who, sleeper and parent.
act() {
	echo | actor $CALLS 2 pairactor >who
	taskset -c "$cpu" perl -e 'my ($ms, $n) = @ARGV; open(F, ">sleeper"); print F "$$\n"; close(F);
		select(undef, undef, undef, $ms / 1000) for 1 .. $n' $SLEEP_MS $SLEEPS
	bash -c 'echo $$ >parent; for ((i = 0; i < '$FORKS'; i++)); do (:) & wait; done'
}

record() {
	"$deck" record --buffer 64M --pair "$life" -e pair:syscall -e pair:offcpu -e pair:runq -e pair:life \
		-o a.dat -- bash -c "$(declare -f act); cpu=$cpu CALLS=$CALLS SLEEPS=$SLEEPS SLEEP_MS=$SLEEP_MS FORKS=$FORKS act" \
		2>err || cat err
	grep -q 'lost: none' err || cat err
}

# rows FILTER [EVENT]: how many rows of pairs there are in the recording.
rows() { "$deck" report --json a.dat -e "pair:${2:-*}" -f "$1" 2>/dev/null | wc -l; }

same_number() { # WHAT GOT WANT
	[ "$2" = "$3" ] || echo "$1: $2 instead of $3"
}

calls() {
	same_number "calls" "$(rows "pid == $(head -n 1 who) and id == $nr" syscall)" $((3 * CALLS))
	# Every thread apart, and none negative or absurdly long.
	for tid in $(cat who | tail -n 2); do
		same_number "calls of $tid" "$(rows "tid == $tid and id == $nr" syscall)" $CALLS
	done
	same_number "calls of a second" "$(rows "pid == $(head -n 1 who) and id == $nr and latency > 1s" syscall)" 0
	same_number "results" "$(rows "pid == $(head -n 1 who) and id == $nr and ret == $$" syscall)" 0
}

sleeps() {
	local at
	at="tid == $(cat sleeper)"
	same_number "sleeps off the CPU" "$(rows "$at and latency >= ${SLEEP_MS}ms" offcpu)" $SLEEPS
	same_number "sleeps that are so by state" \
		"$(rows "$at and latency >= ${SLEEP_MS}ms and prev_state == S" offcpu)" $SLEEPS
	# A system call takes as long as what it sleeps.
	same_number "calls that slept" "$(rows "$at and latency >= ${SLEEP_MS}ms" syscall)" $SLEEPS
	# Waiting for a CPU is a part of being off it: never longer than a few times the sleep.
	[ "$(rows "$at" runq)" -ge $SLEEPS ] || echo "waited for a CPU $(rows "$at" runq) times only"
}

forks() {
	same_number "lives of children" "$(rows "parent_pid == $(cat parent)" life)" $FORKS
}

# Live, our own threads are left out of all rows; a recording has the switches to them.
others() { grep -v '^ *tapdeck'; }

# What the recording has as rows of its own is what its events give. It also has the waits and lives
# that a thread of ours began, whose own events are in no recording. Who runs behind one of ours was
# often woken by it: derived again, his wait begins at an older wake-up that led to nothing.
derived() {
	local share=6
	[ "$slow" -gt 1 ] && share=5 # there we are on the CPU longer ourselves
	"$deck" cut a.dat -e raw_syscalls -e sched -o raw.dat 2>err || cat err
	for pair in syscall offcpu runq life; do
		"$deck" report a.dat -e pair:$pair 2>err | sed 's/^pair: *//' | others >recorded
		"$deck" report raw.dat --pair "$life" -e pair:$pair 2>err | sed 's/^pair: *//' | others >again
		[ -s recorded ] || echo "$pair: nothing was recorded"
		LC_ALL=C sort recorded >a && LC_ALL=C sort again >b
		case $pair in
		runq | life) LC_ALL=C comm -13 a b | grep -v 'prev_comm=tapdeck' | head -n 3 ;;
		*) cmp a b || diff a b | head -n 3 ;;
		esac
		[ "$(wc -l <b)" -gt $(($(wc -l <a) * share / 10)) ] || echo "$pair: $(wc -l <b) instead of $(wc -l <a)"
	done
}

trace_cmd_prints() {
	command -v trace-cmd >/dev/null || return 0
	trace-cmd report a.dat 2>&1 | grep -c 'syscall: *latency=[0-9]* NR [0-9]* (.*) ret=' >count
	[ "$(cat count)" -gt 0 ] || echo "trace-cmd prints none"
	same_number "rows that trace-cmd prints" "$(cat count)" "$(rows 'latency >= 0' syscall)"
}

# Without -e for them, the rows that pairs are made of are not shown; with it they are.
alone() {
	local kinds
	kinds=$("$deck" stream -e pair:syscall -t 1 --json 2>err | python3 -c 'import json, sys
print(*sorted({json.loads(l)["system"] + ":" + json.loads(l)["event"] for l in sys.stdin}))')
	same_number "kinds of rows" "$kinds" "pair:syscall"
	kinds=$("$deck" stream -e pair:syscall -e raw_syscalls:sys_exit -t 1 --json 2>err | python3 -c 'import json, sys
print(*sorted({json.loads(l)["system"] + ":" + json.loads(l)["event"] for l in sys.stdin}))')
	same_number "kinds of rows with -e" "$kinds" "pair:syscall raw_syscalls:sys_exit"
}

# A filter chooses among pairs and keeps nothing of what they are made of from them.
filtered() {
	perl -e 'select(undef, undef, undef, 0.002) for 1 .. 50000' & # others may be idle
	"$deck" stream -e pair:syscall -f 'latency > 1ms' -t 1 --json >out 2>err
	kill $!
	wait $! 2>/dev/null
	[ -s out ] || echo "no call took a millisecond in a second: $(cat err)"
	python3 - <<'PY'
import json
for line in open("out"):
    if int(json.loads(line)["fields"]["latency"]) <= 1000000:
        print("too short:", line)
        break
PY
}

# Who is woken is woken by others, or by an interrupt that hits a thread of ours: a filter on him
# keeps none of them out. Whoever slept waited for a CPU, too.
woken() { # OPTIONS, with PID in them
	local sleeper options
	taskset -c "$cpu" perl -e 'select(undef, undef, undef, 0.002) for 1 .. 5000' &
	sleeper=$!
	read -ra options <<<"${1//PID/$sleeper}"
	"$deck" stream --buffer 32M -e pair:runq -e pair:offcpu "${options[@]}" -t 2 --json >out 2>err || cat err
	kill $sleeper
	wait $sleeper 2>/dev/null
	grep -q 'none lost' err || cat err
	python3 - $sleeper <<'PY'
import json, sys
rows = [json.loads(l) for l in open("out")]
own = [r for r in rows if r["pid"] == int(sys.argv[1])]
waits = {r["ts"] for r in own if r["event"] == "runq"}
sleeps = {r["ts"] for r in own if r["event"] == "offcpu" and r["fields"]["prev_state"] == 1}
if len(own) != len(rows):
    print(len(rows) - len(own), "rows of others")
if len(sleeps) < 100:
    print("only", len(sleeps), "sleeps")
if sleeps - waits:
    print(len(sleeps - waits), "of", len(sleeps), "sleeps without a wait")
PY
}

woken_all() {
	woken "-f pid==PID"
	woken "-f tid==PID"
	woken "-p PID"
	woken "-f comm==perl&&pid==PID&&latency>1us"
}

refused() {
	"$deck" stream -e pair:pagefault 2>err && echo "a pair without end was switched on"
	grep -q 'none for its end' err || cat err
	"$deck" stream -e pair:nosuch 2>err
	same_number "status" $? 2
	grep -q nosuch err || cat err
	"$deck" stream --pair 'x: a:b -> c by tid' 2>err
	same_number "status" $? 2
	grep -q '\^' err || cat err
	"$deck" stream --pair 'x: sched:nosuch -> sched:sched_switch by tid' -e pair:x 2>err && echo "no such event"
	grep -q 'there is no event sched:nosuch' err || cat err
}

listed() {
	"$deck" list | grep -q '^pair:runq$' || echo "pair:runq is not listed"
	"$deck" list pair:syscall | grep -q '^ *latency  *ns_t' || "$deck" list pair:syscall
	"$deck" list pair:pagefault | grep -q 'not here: ' || "$deck" list pair:pagefault
	"$deck" list --pair "$life" pair:life | grep -q '^ *child_pid' || echo "fields of a pair of one's own"
}

check "programs with known behaviour are recorded whole" record
check "as many calls as it made, in each thread" calls
if [ -z "$unseen" ]; then
	check "as many sleeps, none shorter than it slept" sleeps
else
	skip "as many sleeps, none shorter than it slept" "$unseen"
fi
check "as many lives as it made forks" forks
check "what was recorded is what its events give" derived
check "trace-cmd prints them" trace_cmd_prints
check "what they are made of is on for them alone" alone
check "a filter chooses among pairs, not among what they are made of" filtered
if [ -z "$unseen" ]; then
	check "whom others wake keeps his pairs behind a filter" woken_all
else
	skip "whom others wake keeps his pairs behind a filter" "$unseen"
fi
check "what cannot be is refused in words" refused
check "the list has them" listed
tap_end
