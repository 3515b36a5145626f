#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pushdown_test.sh PROGRAM: what `tapdeck filter --explain` says is what stream and record write to
# the kernel, processes are followed by their threads, and all of it is gone afterwards.
set -u
PROGRAM=${1:?usage: pushdown_test.sh PROGRAM}
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
ACTOR=${BUILD_ROOT:?}/tests/actor
TRACING=/sys/kernel/tracing
WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1

if [ ! -w $TRACING/instances ]; then
	echo "1..0 # SKIP no tracefs to write to here"
	exit 0
fi

# The instance of a tapdeck's events, by its pid; waits until the filter stands.
instance_of() {
	local dir=$TRACING/instances/tapdeck.$1.events
	for _ in $(seq 100); do
		[ "$(cat "$dir/tracing_on" 2>/dev/null)" = 1 ] && echo "$dir" && return
		sleep 0.05
	done
	echo "$dir"
}

# Waits until a file has so many lines; not for ever, if who writes them did not start.
await_lines() { # FILE LINES
	for _ in $(seq 200); do
		[ "$(wc -l <"$1")" -ge "$2" ] && return
		sleep 0.05
	done
	echo "$1 has not come to $2 lines"
	return 1
}

same_as_explained() { # FILTER
	local dir line file want pid
	"$PROGRAM" stream -e sched:sched_switch -e raw_syscalls:sys_enter -f "$1" -t 3 >rows 2>said &
	pid=$!
	dir=$(instance_of $pid)
	"$PROGRAM" filter --explain -e sched:sched_switch -e raw_syscalls:sys_enter "$1" >explained
	grep '^events/' explained >files || echo "nothing was explained of $1"
	while read -r line; do
		file=${line%%: *}
		want=${line#*: }
		want=${want%   (*}
		[ "$(cat "$dir/$file")" = "$want" ] ||
			echo "$file is '$(cat "$dir/$file")', explained was '$want'"
	done <files
	kill -INT $pid
	wait $pid || cat said
	[ ! -e "$dir" ] || echo "$dir is still there"
}

check "what is explained is what is written" same_as_explained \
	'prev_pid == 1 and (cpu == 0 or comm ~ "x*") or id in (1, 2, 60..70) and not cpu == 77'
check "an event that cannot pass has a filter that is never true" same_as_explained \
	'event == sched_switch and next_comm != "a b"'

# What a record does not hold: the row must pass here by what the kernel said, and only that one.
asked_in_the_kernel() { # FILTER
	local pid
	touch wanted other
	"$PROGRAM" stream -e syscalls:sys_enter_openat --json -f "$1" -t 3 >rows 2>said &
	pid=$!
	instance_of $pid >/dev/null
	cat wanted other
	sleep 0.2
	kill -INT $pid
	wait $pid || cat said
	[ "$(wc -l <rows)" = 1 ] || cat rows said
}

# Beside an "or" with what only we can look at every row would pass; with what the kernel can, none.
judged_by_nobody() {
	local filter="comm =~ ^cat$ or kernel{ $WANTED }"
	"$PROGRAM" stream -e syscalls:sys_enter_openat -f "$filter" -t 0.2 >rows 2>said
	[ ! -s rows ] || echo "rows were shown"
	grep -q 'by the kernel alone' said || cat said
	"$PROGRAM" filter -e syscalls:sys_enter_openat "$filter" >rows 2>said
	[ $? = 2 ] || echo "it is right"
	"$PROGRAM" filter -e syscalls:sys_enter_openat "flags == 0 or kernel{ $WANTED }" >rows 2>&1 ||
		cat rows
}

WANTED='filename.ustring ~ "wanted*"' OTHER='filename.ustring ~ "other*"'
if [ -d $TRACING/events/syscalls/sys_enter_openat ]; then
	check "what no record holds is asked in the kernel" asked_in_the_kernel \
		"kernel{ $WANTED } and comm == cat"
	check "also where it is not to be" asked_in_the_kernel \
		"comm =~ ^cat$ and not kernel{ $OTHER } and kernel{ $WANTED || $OTHER }"
	check "what nobody could judge is refused" judged_by_nobody
else
	skip "what no record holds is asked in the kernel" "the kernel has no system calls' events"
fi

cpus_are_chosen() {
	local dir pid
	"$PROGRAM" stream -e sched:sched_switch -f 'cpu == 0' -t 3 >rows 2>said &
	pid=$!
	dir=$(instance_of $pid)
	[ "$((16#$(tr -d ',' <"$dir/tracing_cpumask")))" = 1 ] || cat "$dir/tracing_cpumask"
	kill -INT $pid
	wait $pid || cat said
}
if [ "$(nproc --all)" -gt 1 ]; then
	check "a CPU that all want is chosen for all" cpus_are_chosen
else
	skip "a CPU that all want is chosen for all" "there is only one"
fi

threads_are_listed() {
	local dir pid actor tids tid
	mkfifo go
	"$ACTOR" 500 3 <go >tids &
	actor=$!
	exec 3>go
	if ! await_lines tids 4; then
		exec 3>&-
		wait $actor
		rm -f go
		return
	fi
	tids=$(sort -u tids)
	"$PROGRAM" stream -e raw_syscalls:sys_enter -p $actor -t 10 --json >rows 2>said &
	pid=$!
	dir=$(instance_of $pid)
	for tid in $tids; do
		grep -qx "$tid" "$dir/set_event_pid" || echo "$tid is not listed"
	done
	[ "$(cat "$dir/options/event-fork")" = 1 ] || echo "children are not followed"
	echo >&3
	exec 3>&-
	wait $actor
	sleep 0.3
	kill -INT $pid
	wait $pid || cat said
	for tid in $tids; do
		[ "$(grep '"tid":'"$tid"',' rows | grep -c '"id":110\b\|"id":173\b')" = 500 ] ||
			echo "thread $tid: $(grep -c '"tid":'"$tid"',' rows) rows"
	done
	rm -f go
}
case $(uname -m) in
x86_64 | aarch64) check "all threads of -p are listed and seen" threads_are_listed ;;
*) skip "all threads of -p are listed and seen" "the number of getppid is not known here" ;;
esac

a_family_is_listed() {
	local dir pid parent member
	bash -c 'sleep 60 & echo $!; wait' >kin &
	parent=$!
	await_lines kin 1 || { kill $parent; return; }
	"$PROGRAM" stream -e raw_syscalls:sys_enter -p $parent --follow -t 10 >rows 2>said &
	pid=$!
	dir=$(instance_of $pid)
	for member in $parent "$(cat kin)"; do
		grep -qx "$member" "$dir/set_event_pid" || echo "$member is not listed"
	done
	[ "$(cat "$dir/options/event-fork")" = 1 ] || echo "children are not followed"
	! grep -qx 1 "$dir/set_event_pid" || echo "others are listed"
	kill -INT $pid
	wait $pid || cat said
	kill "$(cat kin)"
	wait $parent
}
check "what -p has made is listed with --follow" a_family_is_listed

a_command_is_followed() {
	"$PROGRAM" record -e sched:sched_process_exec -e raw_syscalls:sys_enter --follow -o f.dat \
		-- bash -c '/bin/true; (/bin/true; /bin/true) & wait' 2>said || cat said
	[ "$("$PROGRAM" stream --json -f 'event == sched_process_exec' f.dat 2>/dev/null |
		grep -c '/bin/true')" = 3 ] || "$PROGRAM" stream -f 'event == sched_process_exec' f.dat
}
check "what a command makes is in its recording" a_command_is_followed

wrong_ones() {
	"$PROGRAM" filter 'prev_pid ==' 2>said
	[ $? = 2 ] || echo "status of an unfinished one"
	"$PROGRAM" filter -e sched:sched_switch 'prev_pd == 1' 2>said
	[ $? = 2 ] || echo "status of an unknown field"
	grep -q 'prev_pid' said || cat said
	"$PROGRAM" filter --explain 'pid == 1' 2>said
	[ $? = 2 ] || echo "status of --explain without -e"
	"$PROGRAM" filter -e sched:sched_swich 'pid == 1' 2>said
	[ $? = 2 ] || echo "status of an unknown event"
	[ "$("$PROGRAM" filter 'pid == 1' 2>said)" = 'right: pid == 1' ] || echo "a right one"
	[ ! -s said ] || cat said
	[ "$("$PROGRAM" filter 'nosuch == 1' 2>said)" = 'right: nosuch == 1' ] || echo "words alone"
	grep -q "'nosuch' is not looked at" said || echo "nobody said that fields were not looked at"
}
check "wrong filters are said to be so" wrong_ones

measuring() {
	"$PROGRAM" filter --measure -e raw_syscalls:sys_enter 'common_pid == 999999999' >out 2>said || cat said
	grep -q '^measured: [1-9][0-9,]* events in one second, 0 of them' out || cat out said
	"$PROGRAM" filter --measure -e raw_syscalls:sys_enter 'id >= 0 or id < 0' >out 2>said || cat said
	grep -q '^measured: ' out || cat out said
	[ -z "$(find $TRACING/instances -maxdepth 1 -name "tapdeck.*filtered")" ] || ls $TRACING/instances
}
check "--measure counts in instances that are gone afterwards" measuring
tap_end
