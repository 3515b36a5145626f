#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `tapdeck record` promises, on the real kernel: everything of a process with known behaviour is
# in the file, once; it ends when it should, with one file or many, with the terminal or without; what
# was there is not touched, and the kernel is left as found. Writes TAP. Needs root and tracefs.
#
# Usage: record_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: record_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
here=$(cd "$(dirname "$0")" && pwd)
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is
tracefs=/sys/kernel/tracing

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d $tracefs/instances ] || skip_all "tracefs is not mounted at $tracefs"
[ -d $tracefs/events/raw_syscalls ] || skip_all "this kernel has no raw_syscalls events"
have trace-cmd || skip_all "trace-cmd is not installed"
have python3 || skip_all "python3 is not installed"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config

case $(uname -m) in
x86_64) getpgid_nr=121 ;;
aarch64 | riscv64) getpgid_nr=155 ;;
*) getpgid_nr=$(awk '/__NR_getpgid/ { print $3 }' /usr/include/asm/unistd*.h | head -n 1) ;;
esac

# Every case in an empty directory, with what the program said in ../err.
in_dir() {
	rm -rf dir
	mkdir dir
	cd dir || exit 1
	"$@"
	cd "$tmp" || exit 1
}

record() {
	timeout $((30 * slow)) "$deck" record "$@" 2>../err
}

# report FILE: the rows of others' reader, without those that name processes; it must say nothing.
report() {
	trace-cmd report -t "$1" 2>said | grep -vE '^cpus=|^ *identity:'
	grep -v "opening '" said
}

# Waits until the tap of the recording that was just started in the background is open.
ready() { # PID
	local i
	for ((i = 0; i < 100 * slow; i++)); do
		grep -qs 1 $tracefs/instances/tapdeck."$1".events/tracing_on && [ -n "$(ls)" ] && break
		sleep 0.05
	done
	sleep 0.2
}

# Waits until a process said so many lines into a file.
lines() { # FILE COUNT
	local i
	for ((i = 0; i < 500 * slow; i++)); do
		[ "$(wc -l <"$1")" -ge "$2" ] && return
		sleep 0.01
	done
	echo "$1 has no $2 lines"
	return 1
}

# numbered N: calls getpgid(1), getpgid(2) ... N at some hundreds a second; its argument is its number.
numbered() {
	exec python3 -c '
import os, sys, time
for i in range(1, int(sys.argv[1]) + 1):
    try: os.getpgid(i)
    except OSError: pass
    time.sleep(0.001)' "$1"
}

# The numbers in a file, in its order.
numbers() { # FILE
	report "$1" | sed -nE "s/.*sys_enter: +NR $getpgid_nr \(([0-9a-f]+),.*/0x\1/p" |
		while read -r hex; do echo $((hex)); done
}

# said PATTERN...: each is in what the program said.
said() {
	local word
	for word; do
		grep -q -e "$word" ../err || { echo "did not say '$word':"; cat ../err; }
	done
}

# ---- what is in the file ----

readers_agree() {
	local ours theirs summary
	record -e sched -e irq -t 1 || echo "status $?"
	theirs=$(report trace.dat | grep -c ': ')
	ours=$("$deck" stream trace.dat 2>/dev/null | wc -l)
	summary=$(sed -nE 's/.*trace.dat: ([0-9]+) events in .*/\1/p' ../err)
	[ "$ours" -gt 100 ] || echo "only $ours rows"
	[ "$ours" = "$theirs" ] || echo "tapdeck stream: $ours rows, trace-cmd report: $theirs"
	[ "$ours" = "$summary" ] || echo "tapdeck stream: $ours rows, the summary: $summary"
	[ "$(stat -c %a trace.dat)" = 600 ] || echo "mode $(stat -c %a trace.dat)"
	said 'version 6' 'lost: none'
}

compressed() {
	local ours theirs
	record -e sched -t 500ms --compress -o small.dat || echo "status $?"
	theirs=$(report small.dat | grep -c ': ')
	ours=$("$deck" stream small.dat 2>/dev/null | wc -l)
	[ "$ours" -gt 50 ] || echo "only $ours rows"
	[ "$ours" = "$theirs" ] || echo "tapdeck stream: $ours rows, trace-cmd report: $theirs"
	said 'version 7'
}

every_call() {
	record -e raw_syscalls:sys_enter -f "id == $getpgid_nr" --follow -- python3 -c '
import os
for i in range(1, 3001):
    try: os.getpgid(i)
    except OSError: pass' || echo "status $?"
	numbers trace.dat >got
	seq 3000 | diff - got | head -n 3
}

# ---- how it ends ----

so_many_events() {
	record -e sched -n 300 || echo "status $?"
	[ "$(report trace.dat | grep -c ': ')" -eq 300 ] || echo "$(report trace.dat | wc -l) rows"
	said '300 events' 'count ended it'
}

no_events() {
	record -e sched -n 0 || echo "status $?"
	[ "$(report trace.dat | grep -c ': ')" -eq 0 ] || echo "there are rows"
}

so_long() {
	local from=${EPOCHREALTIME/[.,]/} took
	record -e sched:sched_switch -t 500ms || echo "status $?"
	took=$((${EPOCHREALTIME/[.,]/} - from))
	[ "$took" -gt 500000 ] || echo "ended after $took us"
	[ "$took" -lt $((5000000 * slow)) ] || echo "took $took us"
}

so_big() {
	local noise size
	sh -c 'while :; do kill -0 $$; done' &
	noise=$!
	record -e raw_syscalls --size 24M -t $((20 * slow))
	kill "$noise"
	size=$(stat -c %s trace.dat)
	# What is on its way when the size is met, and what its first moment brings.
	[ "$size" -gt $((16 << 20)) ] && [ "$size" -lt $((36 << 20)) ] || echo "$size bytes"
	said 'size ended it'
}

command_ends() {
	local status
	record -e sched -- sh -c 'echo out; exit 7' >out
	status=$?
	[ "$status" -eq 0 ] || echo "status $status"
	[ "$(cat out)" = out ] || echo "its output: $(cat out)"
	said "'sh' ended with status 7"
	report trace.dat | grep -q "sched_process_exec:.*filename=.*/sh " || echo "its exec is missing"
	record --force -e sched -- sh -c 'kill -9 $$'
	said "'sh' was ended by signal 9"
}

# It is the user's: its signals are as they were, and it goes on behind the recording.
command_is_the_users() {
	# Signals 32 and 33 are the C library's, for threads.
	record -e sched -- sed -nE 's/^(Sig(Blk|Ign):.*).(.{7})..(.{7})$/\1\3..\4/p' /proc/self/status >command
	timeout 30 sed -nE 's/^(Sig(Blk|Ign):.*).(.{7})..(.{7})$/\1\3..\4/p' /proc/self/status |
		diff - command
	rm trace.dat
	record -e sched -t 300ms -- sh -c 'echo $$; exec sleep 20' >pid || echo "status $?"
	kill "$(cat pid)" || echo "it was ended"
	said 'goes on as process'
}

pid_ends() {
	local pid from took
	numbered 700 &
	pid=$!
	sleep 0.1
	from=${EPOCHREALTIME/[.,]/}
	record -e sched -e raw_syscalls -p "$pid" || echo "status $?"
	took=$((${EPOCHREALTIME/[.,]/} - from))
	[ "$took" -lt $((8000000 * slow)) ] || echo "took $took us"
	report trace.dat >rows
	[ "$(grep -c 'sys_enter' rows)" -gt 300 ] || echo "$(wc -l <rows) rows"
	awk -v pid="-$pid" '$1 !~ pid "$" { print; exit }' rows
	said 'lost: none'
}

# A process of three more threads that waits for a line on descriptor 3; sets pid, writes who.
three_threads() {
	mkfifo go && : >who
	actor 100 3 actors <go >who &
	exec 3>go && lines who 4 && pid=$(head -n 1 who)
}

threads_of_it() {
	local pid
	three_threads || return
	"$deck" record -e raw_syscalls:sys_enter -p "$pid" 2>../err 3>&- &
	ready "$!"
	echo >&3 && exec 3>&-
	wait "$!" || echo "status $?"
	while read -r tid; do
		[ "$(report trace.dat | grep -c -- "-$tid ")" -ge 100 ] || echo "thread $tid is missing"
	done <who
}

# Process and threads began before the recording, which has no birth of them.
older_than_it() {
	local pid tid
	three_threads || return
	"$deck" record -t 2 -e raw_syscalls:sys_enter -e sched 2>../err 3>&- &
	ready "$!"
	echo >&3 && exec 3>&-
	wait "$!" || echo "status $?"
	"$deck" report -p "$pid" trace.dat >rows 2>&1
	while read -r tid; do
		[ "$(grep -c -- "-$tid .*sys_enter" rows)" -ge 100 ] || echo "thread $tid is missing"
		trace-cmd report trace.dat 2>&1 | grep -q "^ *identity:.* task: .*tid=$tid pid=$pid " ||
			echo "no row tells of thread $tid"
	done <who
	sed -E 's/ +\[.*//; s/.*-//' rows | sort -u | diff - <(sort who) # and no other's
}

# The family and nobody else: a child, a grandchild whose parent is gone, and none of the others.
family() {
	record -e raw_syscalls:sys_enter --follow -- sh -c '/bin/true
		(sh -c "sleep 0.1; exec -a orphan sleep 0.1" &)
		sleep 0.6; :' || echo "status $?"
	report trace.dat | sed -E 's/^ *(.*)-[0-9]+ +\[.*/\1/' | sort | uniq -c >names
	grep -qw true names || echo "no child"
	grep -qE ' (sleep|orphan)$' names || echo "no grandchild"
	grep -vwE 'sh|bash|dash|true|sleep|orphan|tapdeck' names
}

family_of_a_pid() {
	local pid from took
	# It must live until the recording is on, which takes a while on a slow machine.
	sh -c "sleep $((slow - 1)).7; (sh -c 'sleep 1; /bin/true' &) ; :" &
	pid=$!
	from=${EPOCHREALTIME/[.,]/}
	record -e sched:sched_process_exec -e sched:sched_process_exit --follow -p "$pid" ||
		echo "status $?"
	took=$((${EPOCHREALTIME/[.,]/} - from))
	report trace.dat >rows
	grep -q 'sched_process_exec:.*true' rows || { echo "ended before the orphan did:"; cat rows; }
	[ "$took" -gt 1000000 ] || echo "took $took us"
	[ "$took" -lt $((10000000 * slow)) ] || echo "took $took us"
}

signal_ends_it() { # SIGNAL
	local pid status
	env --default-signal=HUP "$deck" record -e sched 2>../err &
	pid=$!
	ready "$pid"
	kill "-$1" "$pid"
	wait "$pid"
	status=$?
	[ "$status" -eq 0 ] || echo "status $status"
	[ "$(report trace.dat | grep -c ': ')" -gt 0 ] || echo "no rows"
	said 'trace.dat: [0-9]* events'
}

nohup_means_it() {
	local pid
	env --ignore-signal=HUP "$deck" record -e sched -t 1500ms 2>../err &
	pid=$!
	ready "$pid"
	kill -HUP "$pid"
	sleep 0.2
	[ -d "/proc/$pid" ] || echo "it ended"
	wait "$pid" || echo "status $?"
	said ' in 1\.5 s'
}

# Stopped with Ctrl-Z it captures nothing, and nothing piles up.
stopped() {
	local pid on
	on=$tracefs/instances/tapdeck
	"$deck" record -e sched -t $((20 * slow)) 2>../err &
	pid=$!
	ready "$pid"
	kill -TSTP "$pid"
	sleep 0.3
	[ "$(cut -d ' ' -f 3 "/proc/$pid/stat")" = T ] || echo "it runs on"
	[ "$(cat "$on.$pid.events/tracing_on")" = 0 ] || echo "it captures"
	kill -CONT "$pid"
	sleep 0.3
	[ "$(cat "$on.$pid.events/tracing_on")" = 1 ] || echo "it captures no more"
	kill -INT "$pid"
	wait "$pid" || echo "status $?"
}

# Not even then is anything left behind.
killed() {
	local pid i
	"$deck" record -e sched 2>../err &
	pid=$!
	ready "$pid"
	sleep 1.5
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	[ "$(report trace.dat | grep -c ': ')" -gt 50 ] || echo "only $(report trace.dat | wc -l) rows"
	for ((i = 0; i < 200 * slow; i++)); do
		[ -d "$tracefs/instances/tapdeck.$pid.events" ] ||
			[ -d "$tracefs/instances/tapdeck.$pid.identity" ] || return 0
		sleep 0.05
	done
	ls $tracefs/instances
}

# ---- many files ----

# No call is in two files, none in none; the second start goes on behind the first.
rotates() {
	local pid f
	numbered 2500 &
	pid=$!
	record -e raw_syscalls:sys_enter -f "id == $getpgid_nr and pid == $pid" --rotate 1s -p "$pid" ||
		echo "status $?"
	for f in trace.*.dat; do
		numbers "$f" >"$f.numbers"
	done
	[ -e trace.0003.dat ] || ls
	cat trace.*.numbers >all
	awk 'NR > 1 && $1 != last + 1 { print last " comes before " $1; exit } { last = $1 }
		END { if (last != 2500) print "ends with " last }' all
	[ "$(wc -l <all)" -gt 1500 ] || echo "$(wc -l <all) calls"
	said 'trace.0001.dat to trace.00'
	grep -q 'not recorded' ../err && cat ../err
	true
}

keeps_the_last() {
	local f
	record -e sched --rotate 1s -t 1500ms || echo "status $?"
	echo 'no recording' >trace.0001.dat.txt
	echo 'no recording' >trace.0003.dat
	cp trace.0001.dat other.0001.dat
	cp trace.0001.dat trace.00001.dat
	ln -s other.0001.dat trace.0004.dat
	record -e sched --rotate 1s --keep 2 -t 2500ms || echo "status $?"
	for f in trace.0001.dat.txt trace.0003.dat other.0001.dat trace.00001.dat trace.0004.dat \
		trace.0006.dat trace.0007.dat; do
		[ -e "$f" ] || echo "$f is gone"
	done
	for f in trace.0001.dat trace.0002.dat trace.0005.dat; do
		[ ! -e "$f" ] || echo "$f is still there"
	done
	[ "$(report trace.0007.dat | grep -c ': ')" -gt 0 ] || echo "no rows in the last one"
}

# ---- without the terminal ----

detached() {
	local pid out
	out=$(timeout $((20 * slow)) "$deck" record -e sched -o x.dat --detach 2>&1)
	pid=$(sed -nE 's/.* as process ([0-9]+);.*/\1/p' <<<"$out")
	[ -n "$pid" ] || { echo "$out"; return; }
	[ "$(ps -o sid= -p "$pid" | tr -d ' ')" = "$pid" ] || echo "no session of its own"
	sleep 0.5
	kill -TERM "$pid"
	timeout $((20 * slow)) tail --pid="$pid" -f /dev/null
	grep -q 'x.dat: [0-9]* events' x.dat.log || cat x.dat.log
	[ "$(report x.dat | grep -c ': ')" -gt 0 ] || echo "no rows"
}

detached_command() {
	local i
	timeout $((20 * slow)) "$deck" record -e sched --detach -- sh -c 'echo hello; exit 3' >out 2>&1 ||
		echo "status $?"
	for ((i = 0; i < 200 * slow; i++)); do
		grep -qs 'ended with status 3' trace.dat.log && break
		sleep 0.05
	done
	grep -q '^hello$' trace.dat.log || echo "its words are missing"
	grep -q 'ended with status 3' trace.dat.log || cat trace.dat.log
}

# What goes wrong before it runs is said on the terminal, with a status.
detached_in_vain() {
	local status
	timeout $((20 * slow)) "$deck" record -e no:such --detach 2>../err
	status=$?
	[ "$status" -eq 2 ] || echo "status $status"
	said 'no event matches'
	ls
}

# ---- what is refused ----

# refused STATUS WORDS OPTION...: says so and makes no file.
refused() {
	local want=$1 words=$2 status
	shift 2
	record "$@"
	status=$?
	[ "$status" -eq "$want" ] || echo "status $status, not $want"
	said "$words"
	ls
}

writes_over_nothing() {
	echo precious >trace.dat
	record -e sched -t 200ms && echo "status 0"
	[ "$(cat trace.dat)" = precious ] || echo "it is gone"
	said 'is there already.*--force'
	record -e sched -t 200ms --force || echo "status $?"
	[ "$(report trace.dat | grep -c ': ')" -gt 0 ] || echo "no rows"
	[ "$(ls)" = $'said\ntrace.dat' ] || ls
}

a_thread_is_no_process() {
	local tid pid
	mkfifo go
	: >who
	actor 1 1 <go >who &
	exec 3>go
	lines who 2 || return
	{ read -r pid && read -r tid; } <who
	record -p "$tid" && echo "status 0"
	said "$tid is a thread of process $pid: use -p $pid"
	echo >&3
	exec 3>&-
}

# ---- afterwards ----

as_found() {
	local left
	"$here/snapshot.sh" $tracefs | grep -v instances/ >after
	diff before after | head -n 5
	for left in "$tracefs"/instances/tapdeck.*; do
		left=${left##*/tapdeck.}
		[ "$left" = '*' ] || [ -d "/proc/${left%%.*}" ] || echo "tapdeck.$left is left"
	done
}

"$here/snapshot.sh" $tracefs | grep -v instances/ >before
check "trace-cmd and tapdeck read as many rows as were said" in_dir readers_agree
check "--compress makes a file of version 7" in_dir compressed
check "every call of a command is in the file" in_dir every_call
check "-n ends it, to the event" in_dir so_many_events
check "-n 0 makes a file without events" in_dir no_events
check "-t ends it" in_dir so_long
check "--size ends it" in_dir so_big
check "the end of the command ends it" in_dir command_ends
check "the command is the user's own" in_dir command_is_the_users
check "the end of a process ends it, and it has no other's rows" in_dir pid_ends
check "threads belong to their process" in_dir threads_of_it
check "a recording knows processes that are older" in_dir older_than_it
check "--follow records a command and all it makes" in_dir family
check "--follow waits for orphans" in_dir family_of_a_pid
check "SIGINT ends it in order" in_dir signal_ends_it INT
check "SIGTERM ends it in order" in_dir signal_ends_it TERM
check "SIGHUP ends it in order" in_dir signal_ends_it HUP
check "nohup keeps SIGHUP away" in_dir nohup_means_it
check "Ctrl-Z stops the capture, too" in_dir stopped
check "kill -9 leaves a file that can be read, and nothing else" in_dir killed
check "--rotate loses nothing between two files" in_dir rotates
check "--keep removes recordings of that name alone, across restarts" in_dir keeps_the_last
check "--detach gives the terminal back, SIGTERM ends it" in_dir detached
check "a detached command speaks into the log" in_dir detached_command
check "a detached recording that fails says so" in_dir detached_in_vain
check "a file that is there is not written over" in_dir writes_over_nothing
check "a thread is no process" in_dir a_thread_is_no_process
check "a process that is none is refused" in_dir refused 1 'no process 4194305' -p 4194305
check "a command that is none is refused" in_dir refused 1 'no command' -e sched -- /no/such
check "--follow without a process is refused" in_dir refused 2 'follow needs' --follow
check "--keep without --rotate is refused" in_dir refused 2 'keep means' --keep 2
check "to keep nothing is refused" in_dir refused 2 'is kept' --rotate 16M --keep 0
check "a bare number is no rotation" in_dir refused 2 'no size such as' --rotate 64
check "a directory that is none is refused" in_dir refused 1 'No such file' -o no/such/x.dat
check "an unknown event names the nearest" in_dir refused 2 sched_switch -e sched:sched_swich
check "an unknown field is refused" in_dir refused 2 'no field' -e sched -f 'xyz == 1'
check "a pipe is no place for a trace.dat" in_dir refused 2 'into a pipe' -o -
check "a file without a name is refused" in_dir refused 2 'a file has a name' -o ''
check "the kernel is left as found" as_found
tap_end
