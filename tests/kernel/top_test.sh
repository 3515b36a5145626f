#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `tapdeck top` promises, on the real kernel: what a process with known behaviour did is counted
# to the last event, by process and with the right names; tables come each second and stop when they
# should; no reader, slow or gone, disturbs it; the kernel is left as it was. Writes TAP. Needs root
# and tracefs.
#
# Usage: top_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: top_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

tracing=/sys/kernel/tracing
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d $tracing/instances ] || skip_all "tracefs is not mounted at $tracing"
[ -d $tracing/events/syscalls/sys_enter_getppid ] || skip_all "this kernel has no events of single system calls"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
call=syscalls:sys_enter_getppid
: >started # pids of those that ran in the background

# Waits until the tap of the top that was started is open.
ready() {
	local i
	for ((i = 0; i < 100 * slow; i++)); do
		grep -qs 1 $tracing/instances/tapdeck.*.events/tracing_on && break
		sleep 0.05
	done
	sleep $((slow / 2)).4
}

# stage CALLS THREADS NAME TOP-OPTION...: counts the actor's calls into out and err; who has its pid.
stage() {
	local calls=$1 threads=$2 name=$3 top
	shift 3
	"$deck" top "$@" >out 2>err &
	top=$!
	echo $top >>started
	ready
	echo | actor "$calls" "$threads" "$name" >who
	wait $top || echo "status $?"
}

# rows KEY: that value of the actor's rows in out, one a line.
rows() {
	python3 - "$(head -n 1 who)" "$1" <<'PY'
import json, sys
for line in open("out"):
    row = json.loads(line)
    if row["pid"] == int(sys.argv[1]):
        print(json.dumps(row[sys.argv[2]]))
PY
}

counts_every_event() {
	stage 5000 3 plain --json -e $call -t $((2 * slow))
	[ "$(rows events | tail -n 1)" = 20000 ] || { echo "events: $(rows events | tail -n 1)"; cat err; }
	[ "$(rows comm | tail -n 1)" = '"plain"' ] || rows comm
	[ "$(rows top | tail -n 1)" = "\"$call\"" ] || rows top
	[ "$(rows alive | tail -n 1)" = false ] || rows alive
	[ "$(rows at_least | tail -n 1)" = false ] || rows at_least
}

# 20000 calls within one second or two: the rates add up to them.
rates_add_up() {
	local sum
	stage 5000 3 plain --json -e $call -n $((3 * slow))
	sum=$(rows rate | awk '{ n += $1 } END { printf "%d", n }')
	[ "$sum" -ge 18000 ] && [ "$sum" -le 22000 ] || { echo "sum of rates $sum, not 20000"; cat out; }
}

only_the_pid() {
	sleep 100 &
	"$deck" top --json -p $! -e sched -n 1 >out 2>err || cat err
	kill $!
	[ ! -s out ] || cat out # it did nothing
	stage 100 0 other --json -e $call -p 1 -n 1
	[ -z "$(rows pid)" ] || cat out
}

hostile_name() {
	stage 20 0 "$1" -e $call -n 1
	LC_ALL=C grep -nP '[\x00-\x09\x0b-\x1f\x7f]' out | cat -v
	stage 20 0 "$1" --json -e $call -n 1
	[ "$(rows events)" = 20 ] || cat out
}

# tables FILE: how many there are.
tables() {
	grep -c 'PID COMM' "$1"
}

a_table_a_second() {
	local from=$EPOCHSECONDS
	"$deck" top -n 3 >out 2>err || cat err
	[ "$(tables out)" -eq 3 ] || cat out
	[ $((EPOCHSECONDS - from)) -ge 3 ] || echo "too early"
	awk '/PID COMM/ { n = 0 } /^ +[0-9?]+ / { n++ } n > 20 { print "a long table"; exit }' out
	grep -q 'counting sched:sched_switch' err || cat err
}

time_ends_it() {
	"$deck" top -t 2 >out 2>err || cat err
	[ "$(tables out)" -eq 2 ] || cat out
	"$deck" top -t 0.3 >out 2>err || cat err
	[ "$(tables out)" -eq 1 ] || cat out
	grep -q ' 0 events of' out && cat out
	return 0
}

signal_ends_it() {
	local pid
	"$deck" top >out 2>err &
	pid=$!
	echo $pid >>started
	ready
	kill -INT $pid
	wait $pid || echo "status $?"
}

reader_goes_away() {
	timeout $((20 * slow)) "$deck" top 2>err | head -n 2 >out
	[ "${PIPESTATUS[0]}" -eq 0 ] || echo "status ${PIPESTATUS[0]}"
	[ "$(wc -l <out)" -eq 2 ] || cat out
}

stalled_reader() {
	local pid reader from took
	mkfifo stalled
	(exec sleep $((60 * slow))) <stalled &
	reader=$!
	# One table alone is more than a pipe holds.
	python3 -c 'import os, threading, time
ts = [threading.Thread(target=lambda: [os.getppid() or time.sleep(0.1) for i in range(20)]) for i in range(700)]
[t.start() for t in ts]
time.sleep(10)' &
	"$deck" top --json -e $call -e sched >stalled 2>err &
	pid=$!
	echo $pid >>started
	ready
	sleep $((2 * slow))
	from=${EPOCHREALTIME/[.,]/}
	kill -INT $pid
	wait $pid || echo "status $?"
	took=$((${EPOCHREALTIME/[.,]/} - from))
	kill $reader %- 2>/dev/null
	rm stalled
	[ $took -lt $((3000000 * slow)) ] || echo "took $took us"
}

full_disk() {
	"$deck" top -n 1 >/dev/full 2>err && echo "status 0"
	grep -q 'No space' err || cat err
}

recording() {
	printf '%s\n' 'machine le 64' 'cpus 1' 'comm 7 seven' 'event test beat 5 n:u32' \
		'many 100 1000000000 10000000 beat tid=7 n=$' 'at 2000000000 beat tid=8 n=1' >text
	mkdat text trace.dat || return
	"$deck" top trace.dat >out 2>err || cat err
	grep -q '^101 events of 2 processes' out || cat out
	grep -Eq 'seven +100 .* 100 +99.0% beat' out || cat out
	"$deck" top -e sched trace.dat 2>err
	[ $? -eq 2 ] || echo "-e with a recording: status $?"
}

# Others may be at work on this machine: what counts is what we started.
nothing_is_left() {
	local pid
	while read -r pid; do
		find $tracing/instances -maxdepth 1 -name "tapdeck.$pid.*"
	done <started
}

check "counts every event of a process" counts_every_event
check "rates add up to the events" rates_add_up
check "-p takes one process" only_the_pid
check "a hostile name disturbs nothing" hostile_name $'\e[31mx\ny\t'
check "a table a second, and what it counts is said" a_table_a_second
check "-t ends it with a whole table" time_ends_it
check "SIGINT ends it" signal_ends_it
check "ends when the reader goes away" reader_goes_away
check "a stalled reader holds nothing up" stalled_reader
check "a full disk is said" full_disk
check "a recording is one table" recording
check "nothing is left in tracefs" nothing_is_left
tap_end
