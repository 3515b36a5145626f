#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# BPF programs as tracers, through the program: rows of known doings, in one order with the kernel's
# own events; what did not fit is counted; a recording reads the same with trace-cmd; options come
# from the configuration; nothing is left behind. Writes TAP. Needs root, BPF and BTF.
#
# Usage: bpf_backend_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: bpf_backend_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -r /sys/kernel/btf/vmlinux ] || skip_all "this kernel does not say its types (BTF)"
"$deck" list 'bpf:open' 2>/dev/null | grep -q bpf:open || skip_all "built without BPF"
have python3 || skip_all "python3 is not installed"
# Not in /tmp, where others may write: objects are not taken from there.
tmp=$(mktemp -d -p /run) || skip_all "no temporary directory"
trap 'kill -9 $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config XDG_STATE_HOME=$tmp/state

# begin OPTION...: streams into out and err in the background ($stream), until rows come: then the
# programs are attached. Files called knock are opened for it.
begin() {
	local i
	: >out
	"$deck" stream --json -t $((20 * slow)) "$@" >out 2>err &
	stream=$!
	for ((i = 0; i < 200 * slow; i++)); do
		: <"$tmp/knock" 2>/dev/null
		[ -s out ] && return
		kill -0 "$stream" 2>/dev/null || break
		sleep 0.05
	done
	echo "no row came:"
	cat err
}

# A little later than what was done just now.
finish() {
	sleep $((slow / 2)).3
	kill -INT "$stream"
	wait "$stream" || echo "it ended with $?: $(cat err)"
}

# rows CODE: runs Python with the rows as a list of dictionaries.
rows() {
	python3 -c "
import json
rows = [json.loads(l) for l in open('out')]
$1"
}

touch knock known

known_opens() {
	begin -e bpf:open -f "path ~ \"$tmp/k*\""
	# In a process of its own, which lives for a moment only.
	python3 -c "
import os
os.open('$tmp/known', os.O_RDONLY)
os.open('$tmp/known', os.O_RDWR | os.O_APPEND)
print(os.getpid(), file=open('who', 'w'))"
	finish
	rows "
who = int(open('who').read())
mine = [r for r in rows if r['fields']['path'] == '$tmp/known']
if len(mine) != 2: print(len(mine), 'rows of two opens')
for r in mine:
	if (r['pid'], r['tid'], r['comm']) != (who, who, 'python3'): print('not his:', r, who)
	if r['system'] != 'bpf' or r['event'] != 'open': print('not so called:', r)
	if r['fields']['pid'] != who: print('not his pid:', r)
"
}

one_order() {
	local i
	begin -e bpf:open -e bpf:exec -e sched:sched_process_exec -f 'event == open or comm == true'
	for ((i = 0; i < 50; i++)); do
		env true <"$tmp/known"
	done
	finish
	grep -q 'none lost' err || { cat err; return; }
	rows "
last = 0.0
for r in rows:
	if float(r['ts']) < last: print('out of order:', r, last); break
	last = float(r['ts'])
kernel = {r['pid']: float(r['ts']) for r in rows if r['event'] == 'sched_process_exec'}
ours = {r['pid']: float(r['ts']) for r in rows if r['event'] == 'exec'}
if len(kernel) < 50: print('the kernel says', len(kernel), 'of 50')
if kernel.keys() != ours.keys(): print('not the same:', kernel.keys() ^ ours.keys())
far = [p for p in kernel if p in ours and abs(kernel[p] - ours[p]) > 0.05]
if far: print('far apart:', far)
"
}

# What is lost is counted and said, and the rows that came are whole.
ring_full() {
	local seen lost calls
	command -v storm >/dev/null || PATH=$PATH:$BUILD_ROOT/tests/bench
	begin -e bpf:syscalls -e bpf:open --buffer 16k -f "comm == storm or path ~ \"$tmp/k*\""
	calls=$(storm -n 200000 | awk '{ print $2 }')
	finish
	lost=$(sed -n 's/.*lost: \([0-9,]*\) events.*/\1/p' err | tr -d ,)
	seen=$(grep -c '"comm":"storm"' out)
	[ "${lost:-0}" -gt 0 ] || { echo "$calls calls, $seen rows, no word of a loss"; cat err; }
	[ $((seen + ${lost:-0})) -ge "$calls" ] || echo "$seen rows and $lost lost of $calls calls"
	grep -q '"lost"' out || echo "no row says that something is missing"
}

# Where processes are counted together a row is of none of them, and least of all of the idle one.
together() {
	begin -e bpf:runqlat_count -e bpf:pagefault_count
	finish
	rows "
many = [r for r in rows if r['event'] == 'runqlat_count' and not r['fields']['comm'].startswith('swapper')]
if not many: print('no row of many')
wrong = [r for r in many if r['pid'] is not None or r['tid'] == 0]
if wrong: print('somebody is said:', wrong[0])
own = [r for r in rows if r['event'] == 'pagefault_count' and r['fields']['pid']]
wrong = [r for r in own if r['tid'] != r['fields']['pid']]
if not own or wrong: print('not his:', wrong[:1])
"
}

recording() {
	local mine theirs
	"$deck" record -e bpf:open -e sched:sched_process_exec -o x.dat -- \
		sh -c 'for i in 1 2 3 4 5 6 7 8 9; do cat "$0" >/dev/null; done' "$tmp/known" 2>err || cat err
	"$deck" report x.dat >ours 2>/dev/null
	mine=$(grep -c "open: .*$tmp/known " ours)
	[ "$mine" = 9 ] || echo "$mine rows of 9 opens"
	grep -q 'sched_process_exec: filename=.*/cat' ours || echo "no exec of cat"
	have trace-cmd || { echo "trace-cmd is not installed"; return; }
	trace-cmd report x.dat 2>theirs.err >theirs
	theirs=$(grep -c "bpf: .*open: .*$tmp/known " theirs)
	[ "$theirs" = 9 ] || { echo "trace-cmd has $theirs of 9"; cat theirs.err; }
	# The same text, but for what stands before it and for names of errors, which are ours.
	diff <(sed -n 's/.* open: *//p' ours | sed 's/ result=-ENOENT / result=-2 /' | sort) <(sed -n 's/.* open: *//p' theirs | sort) | head -5
}

options() {
	mkdir -p config/tapdeck
	printf '[tracer bpf:open]\nfailed = yes\n' >config/tapdeck/config
	: >out
	"$deck" stream --json -t $((20 * slow)) -e bpf:open -f "path ~ \"$tmp/*\"" >out 2>err &
	stream=$!
	for ((i = 0; i < 200 * slow; i++)); do
		cat "$tmp/missing" 2>/dev/null
		[ -s out ] && break
		sleep 0.05
	done
	cat "$tmp/known" "$tmp/missing" 2>/dev/null
	finish
	grep -q "$tmp/missing" out || { echo "no row of what failed"; cat err; }
	grep "$tmp/known" out
	printf '[tracer bpf:open]\nfaild = yes\n' >config/tapdeck/config
	"$deck" stream -e bpf:open -n 1 -t 5 >out 2>err && echo "a wrong option is taken"
	grep -q "config:2:.*failed" err || { echo "not where, or not what is near:"; cat err; }
	printf '[tracer bpf:open]\nleast = soon\n' >config/tapdeck/config
	"$deck" stream -e bpf:open -n 1 -t 5 >out 2>err && echo "a wrong value is taken"
	grep -q "config:2:.*soon" err || { echo "not where, or not what:"; cat err; }
	rm config/tapdeck/config
}

# Once a second, what came since: all of it together is what was done.
tables() {
	: >out
	"$deck" stream --json -t $((20 * slow)) -e bpf:syscalls_count >out 2>err &
	stream=$!
	for ((i = 0; i < 200 * slow; i++)); do
		[ -s out ] && break
		sleep 0.05
	done
	storm -n 30000 >/dev/null
	finish
	rows "
mine = [r['fields'] for r in rows if r['fields']['comm'] == 'storm']
calls = sum(int(f['count']) for f in mine)
if not 30000 <= calls < 31000: print(calls, 'calls of 30000')
slots = sum(sum(map(int, f['slots'])) for f in mine)
if slots != calls: print(slots, 'in the slots of', calls)
"
}

programs_of() {
	cat /proc/"$1"/fdinfo/* 2>/dev/null | sed -n 's/^prog_id:[[:space:]]*//p' | sort -u
}

killed() {
	local ids left
	begin -e bpf:open -e bpf:exec
	ids=$(programs_of "$stream")
	[ -n "$ids" ] || echo "it holds no program"
	kill -9 "$stream"
	wait "$stream" 2>/dev/null
	for ((i = 0; i < 100 * slow; i++)); do
		left=
		for id in $ids; do
			bpftool prog show id "$id" >/dev/null 2>&1 && left="$left $id"
		done
		[ -z "$left" ] && break
		sleep 0.1
	done
	[ -z "$left" ] || echo "programs are left:$left"
	[ -z "$(find /sys/fs/bpf -name 'tap*' 2>/dev/null)" ] || echo "something is pinned"
}

# A folder that others may write to is not obeyed, and says so.
not_trusted() {
	mkdir -p config/tapdeck/bpf
	head -c 100 /dev/zero >config/tapdeck/bpf/foreign.bpf.o
	chmod 666 config/tapdeck/bpf/foreign.bpf.o
	"$deck" stream -e bpf:foreign -n 1 -t 5 >out 2>err && echo "it was obeyed"
	grep -q 'foreign.bpf.o' err || { echo "it is not said:"; cat err; }
	chmod 600 config/tapdeck/bpf/foreign.bpf.o
	"$deck" stream -e bpf:foreign -n 1 -t 5 >out 2>err && echo "zeroes were loaded"
	grep -qi 'elf\|object' err || { echo "it is not said what is wrong:"; cat err; }
	rm -r config/tapdeck/bpf
}

PATH=$PATH:$BUILD_ROOT/tests/bench
check "a file that is opened twice gives two rows" known_opens
check "rows of programs and of the kernel are in one order" one_order
check "options come from the configuration, with its line" options
check "an object that others may write, or that is none, is refused" not_trusted
if have storm; then
	check "what did not fit into the ring is counted" ring_full
	check "a table gives what came since, a row a key" tables
else
	skip "what did not fit into the ring is counted" "tests/bench is not built"
	skip "a table gives what came since, a row a key" "tests/bench is not built"
fi
if have trace-cmd; then
	check "trace-cmd reads a recording as we do" recording
else
	skip "trace-cmd reads a recording as we do" "trace-cmd is not installed"
fi
if have bpftool; then
	check "a row of many processes is nobody's" together
check "nothing is left after kill -9" killed
else
	skip "nothing is left after kill -9" "bpftool is not installed"
fi
tap_end
