#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `tapdeck top --by` and `-f` promise, on the real kernel: groups of what programs with known
# behaviour did have exactly their counts and numbers, live, whatever the kernel keeps out; and the
# kernel is left as it was. Writes TAP. Needs root and tracefs.
#
# Usage: top_by_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: top_by_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

tracing=/sys/kernel/tracing
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d $tracing/instances ] || skip_all "tracefs is not mounted at $tracing"
[ -d $tracing/events/syscalls/sys_enter_getpgid ] || skip_all "this kernel has no events of single system calls"
have python3 || skip_all "python3 is not installed"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
: >started # pids of those that ran in the background

# Waits until the tap of the top that was started is open.
ready() {
	local i
	for ((i = 0; i < 100 * slow; i++)); do
		grep -qs 1 "$tracing/instances/tapdeck.$1.events/tracing_on" && break
		sleep 0.05
	done
	sleep $((slow / 2)).4
}

# stage PROGRAM ARGUMENTS -- TOP-OPTION...: runs it while top looks; tables go to out, words to err.
stage() {
	local program=() top
	while [ "$1" != -- ]; do
		program+=("$1")
		shift
	done
	shift
	"$deck" top --json -t $((2 * slow)) "$@" >out 2>err &
	top=$!
	echo $top >>started
	ready $top
	echo | "${program[@]}" >who
	wait $top || { echo "status $?"; cat err; }
}

# last PYTHON: for each group of the last table, what the expression says of its by and show; sorted.
last() {
	python3 - "$1" <<'PY'
import json, sys
rows = []
for line in open("out"):
    row = json.loads(line)
    rows = [] if row["table"] == "whole" else rows + [row]
print(*sorted(str(eval(sys.argv[1], {}, row)) for row in rows), sep="\n")
PY
}

# is TEXT PYTHON
is() {
	local have
	have=$(last "$2")
	[ "$have" = "$1" ] || { echo "$2: wanted '$1', have '$have'"; tail -n 2 out; cat err; }
}

getppid=syscalls:sys_enter_getppid
getpgid=syscalls:sys_enter_getpgid

by_process_and_thread() {
	local pid
	stage actor 5000 3 grouped -- -e $getppid --by process -f 'comm == grouped'
	pid=$(head -n 1 who)
	is "[$pid, 'grouped', 20000, 100.0, False]" \
		'[by["process"]["pid"], by["process"]["comm"], show["count"], show["share"], at_least]'
	stage actor 5000 3 grouped -- -e $getppid --by thread,event --show count -f 'comm == grouped'
	is "$(printf "5000 $getppid\n%.0s" 1 2 3 4)" 'str(show["count"]) + " " + by["event"]'
}

# Call i is getpgid(i), from 1 on.
numbers() {
	stage counter 2000 1000 -- -e $getpgid --by comm -f 'comm == counter' \
		--show 'count,sum(.pid),min(.pid),max(.pid),avg(.pid),distinct(.pid),last(.pid)'
	is "{'count': 1000, 'sum(.pid)': 500500, 'min(.pid)': 1, 'max(.pid)': 1000, 'avg(.pid)': 500.5, 'distinct(.pid)': 1000, 'last(.pid)': '1000'}" show
}

filtered() {
	stage counter 2000 1000 -- -e $getpgid --by comm --show 'count,max(.pid)' -f 'comm == counter and .pid < 100'
	is "['counter', 99, 99]" '[by["comm"], show["count"], show["max(.pid)"]]'
}

# Without --by the table of processes counts what passes.
filtered_processes() {
	local pid
	stage actor 700 0 passing -- -e $getppid -f 'comm == passing'
	pid=$(head -n 1 who)
	python3 - "$pid" <<'PY'
import json, sys
rows = [json.loads(line) for line in open("out")]
last = [row for row in rows if row["ts"] == rows[-1]["ts"]] if rows else []
if [(row["pid"], row["events"]) for row in last] != [(int(sys.argv[1]), 700)]:
    print(last)
PY
}

rates_add_up() {
	local sum
	stage counter 1000 1500 -- -e $getpgid --by comm --show rate -f 'comm == counter'
	sum=$(python3 -c '
import json
rows = [json.loads(line) for line in open("out")]
times = [float(row["ts"]) for row in rows if row["table"] == "whole"]
seconds = [b - a for a, b in zip([times[0] - 1] + times, times)]
rates = {float(row["ts"]): row["show"]["rate"] for row in rows if row["table"] == "group"}
print(round(sum(rates.get(t, 0) * s for t, s in zip(times, seconds))))')
	[ "$sum" -ge 1350 ] && [ "$sum" -le 1650 ] || { echo "rates add up to $sum, not 1500"; cat out; }
}

text() {
	"$deck" top -e sched --by event --show count -n 2 >out 2>err || cat err
	[ "$(grep -c '^event  ' out)" = 2 ] || cat out
	grep -q '^sched:sched_switch  *[0-9,]*$' out || cat out
}

# Call i is getpgid(i): as many values as calls, 1 to 1000.
histogram() {
	stage counter 2000 1000 -- -e $getpgid --histogram .pid -f 'comm == counter'
	python3 - <<'PY'
import json
rows = [json.loads(line) for line in open("out")]
whole = [row for row in rows if row["table"] == "histogram"]
last = [row for row in rows if row["ts"] == whole[-1]["ts"]]
if len(whole) < 2 or whole[0]["count"] > whole[-1]["count"]:
    print("no table a second", whole)
if [last[0][k] for k in ("field", "count", "sum", "min", "max", "at_least")] != [".pid", 1000, 500500, 1, 1000, False]:
    print(last[0])
if sum(part["count"] for part in last[1:]) != 1000 or last[1]["lo"] != 1:
    print(last)
PY
	"$deck" top -e $getpgid --histogram .pid -n 2 >out 2>err || cat err
	[ "$(grep -c '^[0-9:]*  \.pid: [0-9,]* values*$' out)" = 2 ] || cat out
}

refused() {
	"$deck" top --in-kernel -e pair:runq --histogram latency >out 2>err
	[ $? = 2 ] || echo "status $?"
	grep -q 'either --histogram or --in-kernel' err || cat err
	"$deck" top -e sched --by evnt >out 2>err
	[ $? = 2 ] || echo "status $?"
	grep -q "nearest is 'event'" err || cat err
	"$deck" top -e sched --by syscall >out 2>err
	[ $? = 2 ] || echo "status $?"
	grep -q "raw_syscalls:sys_enter is" err || cat err
	[ ! -s out ] || cat out
}

# Others may be at work on this machine: what counts is what we started.
nothing_is_left() {
	local pid
	while read -r pid; do
		find $tracing/instances -maxdepth 1 -name "tapdeck.$pid.*"
	done <started
}

check "a process and its threads have what they did" by_process_and_thread
check "numbers of a field are exact" numbers
check "-f counts what passes" filtered
check "-f counts processes too" filtered_processes
check "rates add up to the events" rates_add_up
check "a table a second" text
check "how often which number came, a block a second" histogram
check "what no event has is refused" refused
check "nothing is left in tracefs" nothing_is_left
tap_end
