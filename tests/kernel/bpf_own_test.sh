#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# BPF objects of one's own, through the program, as people bring them: what is known of their events
# and how it is told, options, tables, a recording; and what is wrong with an object is said in a
# sentence, while nothing else is disturbed. Writes TAP. Needs root, tracefs, BPF and BTF.
#
# Usage: bpf_own_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: bpf_own_test.sh TAPDECK}
made=${BUILD_ROOT:?}/tests/bpf
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -r /sys/kernel/btf/vmlinux ] || skip_all "this kernel does not say its types (BTF)"
[ -e "$made/execs.bpf.o" ] || skip_all "built without BPF"
have python3 || skip_all "python3 is not installed"
# Not in /tmp, where others may write: objects are not taken from there.
tmp=$(mktemp -d -p /run) || skip_all "no temporary directory"
trap 'kill -9 $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
chmod 755 .
export XDG_CONFIG_HOME=$tmp/config XDG_STATE_HOME=$tmp/state
mkdir -p config/tapdeck/bpf
cp "$made"/{execs.bpf,execs.dwarf,probed.bpf,tallies.bpf,perfbuf.bpf,typed.bpf,refused.bpf,absurd.bpf}.o .
cp "$SOURCE_ROOT/tests/bpf/probed.conf" .
cp "$BUILD_ROOT/tests/tapped" .

# begin KNOCK OPTION...: streams JSON into out in the background, until a row came of KNOCK, which
# is run again and again meanwhile: then the programs are attached.
begin() {
	local i knock=$1
	shift
	: >out
	"$deck" stream --json -t $((20 * slow)) "$@" >out 2>err &
	stream=$!
	for ((i = 0; i < 200 * slow; i++)); do
		$knock >/dev/null 2>&1
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

# rows CODE: runs Python; `rows` are the rows that stand in out, of(PID) the fields of one process.
rows() {
	python3 -c "
import json
rows = [json.loads(l) for l in open('out')]
def of(pid): return [r['fields'] for r in rows if r['tid'] == pid]
$1"
}

# ---- what is known of events ----

from_dwarf() {
	local one two me=$BASHPID
	begin true --bpf execs.dwarf.o
	/bin/true &
	one=$!
	wait $one
	sh -c 'exit 3' &
	two=$!
	wait $two
	finish
	rows "
def check(pid, name, file, code):
	want = [(0, 0, file), (1, code, '')]
	got = [(f['exit_event'], f['exit_code'], f['filename']) for f in of(pid)]
	if got != want: print(name, got, 'instead of', want)
	if any(f['comm'] != name or f['ppid'] != $me or f['pid'] != pid for f in of(pid)):
		print('not so called, or not ours:', of(pid))
	if not 0 < int(of(pid)[-1]['duration_ns']) < $slow * 10**10: print('lived', of(pid)[-1])
check($one, 'true', '/bin/true', 0)
check($two, 'sh', '$(command -v sh)', 3)
if {r['event'] for r in rows} != {'execs_dwarf'}: print('other events')
"
}

as_bytes() {
	local pid
	begin true --bpf execs.bpf.o
	/bin/true &
	pid=$!
	wait $pid
	finish
	grep -q "bpf:execs: the type of its events is not known: add a line 'event = struct NAME'" err ||
		{ echo "it does not say what to add:"; cat err; }
	rows "
import struct
mine = [r for r in rows if struct.unpack('<i', bytes(r['fields']['data'][:4]))[0] == $pid]
if len(mine) != 2: print(len(mine), 'rows of an exec and an exit')
for r in mine:
	d = bytes(r['fields']['data'])
	if r['fields']['size'] != '168' or len(d) != 168: print('size', r['fields']['size'], len(d))
	if d[24:29] != b'true\0': print('comm', d[24:40])
	if (r['pid'], r['tid']) != (None, None): print('he is not known:', r)
"
	"$deck" list --bpf execs.bpf.o bpf:execs | grep -q '^    hint: .*struct NAME' ||
		echo "list has no hint"
	"$deck" stream --bpf execs.bpf.o -n 1 -t $((10 * slow)) >out 2>err &
	pid=$!
	while kill -0 $pid 2>/dev/null; do /bin/true; done
	grep -qE ' [0-9]+\.[0-9]+~: execs: size=168 data=([0-9a-f]{2} ?){168}$' out ||
		{ echo "not so many bytes, or no ~ at their time:"; cut -c1-100 out; }
}

perf_buffer() {
	[ "$(uname -m)" = x86_64 ] || return
	begin 'kill -0 1' --bpf perfbuf.bpf.o
	python3 -c "
import os
for i in range(3): os.kill(os.getpid(), 0)
print(os.getpid(), file=open('who', 'w'))"
	finish
	rows "
who = int(open('who').read())
if [f for f in of(who)] != [{'pid': who, 'comm': 'python3'}] * 3: print(of(who))
times = [float(r['ts']) for r in rows]
if times != sorted(times): print('out of order')
"
}

# In the folder of the configuration, its options there as well; those of the command line win.
configured() {
	local pid
	cp probed.bpf.o probed.conf config/tapdeck/bpf
	printf '[tracer bpf:probed]\nprogram = %s\ncolour = BLUE\nrow = 4\n' "$tmp/tapped" \
		>config/tapdeck/config
	begin ./tapped -e bpf:probed --set bpf:probed.row=9
	./tapped 2 &
	pid=$!
	wait $pid
	finish
	rows "
want = {'who': $pid, 'name': 'tapped', 'at_row': 9, 'at_column': 4, 'colour': 7,
	'peer': '127.0.0.1', 'peer6': '::1', 'list': [7, 8, 9], 'low': '5', 'high': '17',
	'took': '1500000'}
if of($pid) != [want] * 2: print(of($pid), 'instead of', want)
if any(r['pid'] != $pid or r['comm'] != 'tapped' for r in rows if r['tid'] == $pid): print(rows)
"
	"$deck" list bpf:probed >out
	grep -qx '    events: calls of a function of a program' out || echo "no blurb"
	grep -qx '    option colour=BLUE  one of some' out || echo "not the option of the configuration"
	grep -qx '    option row=4  1..9  what the rows say' out || echo "no range"
	# Another one of the same name has another name, and is not meant.
	"$deck" stream --bpf probed.bpf.o -e bpf:probed -t 0.1 >out 2>err
	grep -q 'probed.bpf.o is bpf:probed_2, which is not on' err || cat err
	rm config/tapdeck/bpf/* config/tapdeck/config
}

recording() {
	local text='at_row=3 at_column=4 colour=GREEN peer=127.0.0.1 peer6=::1 list={0x7,0x8,0x9} low=5 high=17 took=1500000'
	"$deck" record --bpf probed.bpf.o --set "bpf:probed.program=$tmp/tapped" -o x.dat \
		-- ./tapped 5 2>err || cat err
	"$deck" report x.dat >out 2>err
	[ "$(grep -c "tapped-.*: probed: $text\$" out)" = 5 ] || { echo "report:"; cat out; }
	have trace-cmd || return
	# It writes arrays in a way of its own.
	trace-cmd report x.dat 2>err | grep ' probed: ' | sed 's/  */ /g; s/list=7 8 9/list={0x7,0x8,0x9}/' >out
	[ "$(grep -c "tapped-.* probed: $text\$" out)" = 5 ] ||
		{ echo "trace-cmd:"; head -n 3 out; cat err; }
}

tables() {
	local pid
	cat >writer.py <<-'EOT'
		import os, time
		null = os.open("/dev/null", os.O_WRONLY)
		while not os.path.exists("go"):
		    time.sleep(0.01)
		for size, times in ((1, 5), (100, 7), (4096, 2)):
		    for i in range(times):
		        os.write(null, b"x" * size)
		while os.path.exists("go"):
		    time.sleep(0.01)
	EOT
	python3 writer.py &
	pid=$!
	"$deck" stream --json -t $((20 * slow)) --bpf tallies.bpf.o -e bpf:tallies \
		--set bpf:tallies.targ_pid=$pid -e bpf:comm_count >out 2>err &
	stream=$!
	for ((i = 0; i < 200 * slow; i++)); do # the other one tells that both are on
		grep -q comm_count out && break
		sleep 0.05
	done
	touch go
	sleep $((2 * slow))
	finish
	rm go
	wait $pid
	rows "
mine = [r['fields'] for r in rows if r['event'] == 'tallies_writes']
if mine != [{'pid': $pid, 'comm': 'python3', 'value': '14'}]: print(mine)
sizes = [r['fields']['slots'] for r in rows if r['event'] == 'tallies'][-1:]
want = [0] * 27
want[0], want[6], want[12] = 5, 7, 2
if sizes != [want]: print(sizes)
"
}

full() {
	local rows lost
	begin ./tapped --bpf probed.bpf.o -e bpf:probed --set "bpf:probed.program=$tmp/tapped" \
		--buffer 4k
	rows=$(wc -l <out)
	./tapped 50000
	finish
	lost=$(sed -n 's/.*lost: \([0-9,]*\) events.*/\1/p' err | tr -d ,)
	rows=$(($(grep -c '"event":"probed"' out) - rows))
	[ "${lost:-0}" -gt 0 ] || { echo "$rows rows and no loss"; cat err; }
	[ $((rows + ${lost:-0})) -ge 50000 ] || echo "$rows rows and $lost lost of 50000"
}

# ---- what is wrong ----

# refused NAME WORDS [OPTION...]: it cannot be had, and why stands in at most three lines.
refused() {
	local name=$1 words=$2
	shift 2
	"$deck" stream -n 1 -t 5 --bpf "$name.bpf.o" "$@" >out 2>err
	[ $? -ne 0 ] || echo "$name: exit status 0"
	grep -q "$words" err || { echo "$name: not '$words' but"; cat -v err; }
	[ "$(wc -l <err)" -le 3 ] || echo "$name: $(wc -l <err) lines"
	! grep -aqP '[^\n\t\x20-\x7e]' err || { echo "$name: raw bytes"; cat -v err; }
	[ ! -s out ] || echo "$name: rows came"
}

no_object() {
	refused nowhere "No such file"
	cp "$made/bootstrap.bare.o" bare.bpf.o
	refused bare 'no type information (BTF): compile it with clang -g'
	cp tapped here.bpf.o
	refused here 'is no BPF object: it is a program for machine'
	printf '#!/bin/sh\n' >script.bpf.o
	refused script 'it is not an ELF file'
	mkfifo fifo.bpf.o
	refused fifo 'is no file'
	head -c 5000 execs.bpf.o >cut.bpf.o
	refused cut 'is cut off: it has 5000 bytes'
	python3 -c "
b = bytearray(open('execs.bpf.o', 'rb').read())
b[5] = 3 - b[5]
open('other.bpf.o', 'wb').write(b)"
	refused other 'compiled for another kind of machine (64-bit, '
}

# A loader that is quick to refuse must be heard as well: often enough to be both.
refusals() {
	local i
	for ((i = 0; i < 5; i++)); do
		refused refused "the kernel's verifier refuses program unsafe: R0 invalid mem access"
		refused typed "word: 'hellohello' is too long: at most 7 bytes" \
			--set bpf:typed.word=hellohello
	done
	grep -q processed err && echo "the whole log is printed"
	refused probed 'section uprobe/:tapped does not say what to attach it to'
	refused probed "failed to find symbol 'tapped'" --set bpf:probed.program=/bin/true
	refused typed "has no option 'hs'; the nearest name is 'hz'" --set bpf:typed.hs=5
}

absurd() {
	refused absurd 'more than 65000 bytes'
	echo 'event = struct level_14' >absurd.conf
	refused absurd 'nest too deep'
	echo 'event = struct nothing' >absurd.conf
	refused absurd 'no struct nothing'
	printf '# nothing\nevnt = struct absurd_event\n' >absurd.conf
	refused absurd "absurd.conf:2: unknown key 'evnt', nearest: event"
	# More members than it sends bytes: damage, and not of ours.
	echo 'event = struct wide_event' >absurd.conf
	"$deck" stream -n 1 -t $((5 * slow)) --bpf absurd.bpf.o >out 2>err || cat err
	grep -q 'member_1000=[0-9]* member_1001=' out || { cut -c1-100 out; cat err; }
	grep -q 'damaged: .* did not fit their format' err || cat err
}

# Names are of the same length, so that everything else stays in its place.
escapes() {
	local n
	python3 - <<-'EOT'
		def put(name, source, old, new):
		    data = open(source + ".bpf.o", "rb").read()
		    assert old + b"\0" in data
		    data = data.replace(old + b"\0", new.ljust(len(old), b"z") + b"\0")
		    open(name + ".bpf.o", "wb").write(data)
		put("esc_member", "probed", b"column", b"\x1b[2J\x9b")
		put("esc_type", "probed", b"call_made", b"\x1b]0;a\x07")
		put("esc_program", "probed", b"on_tapped", b"\x1b]0;a\x07")
		put("esc_section", "probed", b"uprobe/:tapped", b"uprobe/:\x1b[2J")
		put("esc_value", "probed", b"GREEN", b"\x1b[2J\n")
		put("esc_map", "tallies", b"writes", b"\x1b[2J\xff")
		put("esc_option", "execs", b"min_duration_ns", b"\x1b[2J\x07\x9b")
	EOT
	for n in member type program section value map option; do
		[ $n = map ] || [ $n = option ] || cp probed.conf esc_$n.conf
		{
			"$deck" list -v --bpf esc_$n.bpf.o "bpf:esc_$n"
			"$deck" list --json --bpf esc_$n.bpf.o "bpf:esc_$n"
			"$deck" stream -n 1 -t 1 --bpf esc_$n.bpf.o
			"$deck" stream -n 1 -t 1 --bpf esc_$n.bpf.o --set bpf:esc_$n.nothing=1
		} >out 2>&1
		[ -s out ] || echo "$n: nothing is said"
		! grep -aqP '[^\n\t\x20-\x7e]' out || { echo "$n: raw bytes"; cat -v out; }
	done
}

# One that cannot be obeyed says whose fault that is; the others are there.
untrusted() {
	cp execs.bpf.o config/tapdeck/bpf/group.bpf.o
	chgrp 65534 config/tapdeck/bpf/group.bpf.o
	chmod 664 config/tapdeck/bpf/group.bpf.o
	cp execs.bpf.o config/tapdeck/bpf/foreign.bpf.o
	chown 65534 config/tapdeck/bpf/foreign.bpf.o
	refused execs 'group.bpf.o: not trusted: others may write to it (chmod go-w)' -e bpf:group
	refused execs 'foreign.bpf.o: not trusted: it belongs to user 65534' -e bpf:foreign
	"$deck" list 'bpf:*' 2>&1 | grep -A3 'bpf:group' | grep -q 'not here: .*group.bpf.o: not trusted' ||
		echo "list does not say it"
	begin true -e bpf:exec
	finish
	rm config/tapdeck/bpf/{group,foreign}.bpf.o
	cp execs.bpf.o config/tapdeck/bpf/mine.bpf.o
	chmod 777 config/tapdeck
	refused execs 'config/tapdeck: not trusted: others may write to it' -e bpf:mine
	chmod 755 config/tapdeck
	chmod 666 probed.conf
	refused probed 'probed.conf: not trusted: others may write to it'
	chmod 644 probed.conf
	rm config/tapdeck/bpf/mine.bpf.o
}

# without CAPABILITY,...: as root that has them not.
without() {
	local drop
	drop=$(sed 's/[^,]*/-&/g' <<<"$1")
	shift
	setpriv --bounding-set="$drop" --inh-caps="$drop" "$@"
}

no_rights() {
	without sys_admin,bpf "$deck" stream -e bpf:exec -n 1 -t 5 >out 2>err && echo "without CAP_BPF"
	grep -q 'CAP_BPF and CAP_PERFMON' err || { echo "without CAP_BPF:"; cat err; }
	without sys_admin,perfmon "$deck" stream -e bpf:exec -n 1 -t 5 >out 2>err &&
		echo "without CAP_PERFMON"
	grep -q 'CAP_PERFMON' err || { echo "without CAP_PERFMON:"; cat err; }
	# What an object consists of everybody may ask.
	cp "$deck" deck
	setpriv --reuid=65534 --regid=65534 --clear-groups ./deck list --bpf probed.bpf.o bpf:probed \
		>out 2>err
	grep -q '^    option row=3' out || { cat out err; }
	setpriv --reuid=65534 --regid=65534 --clear-groups ./deck doctor --json >out 2>err
	grep '"BPF programs","state":"missing"' out | grep -q 'CAP_BPF' || grep BPF out
}

programs_of() { # PID
	cat /proc/"$1"/fdinfo/* 2>/dev/null | sed -n 's/^prog_id:[[:space:]]*//p' | sort -u
}

killed() {
	local ids id left loader i
	begin true --bpf execs.bpf.o -e bpf:execs -e bpf:exec
	ids=$(programs_of "$stream")
	loader=$(pgrep -P "$stream" -x tapdeck-bpf)
	[ -n "$ids" ] || echo "it holds no program"
	[ -n "$loader" ] || echo "it has no loader"
	kill -9 "$stream"
	wait "$stream" 2>/dev/null
	for ((i = 0; i < 100 * slow; i++)); do
		left=
		for id in $ids; do
			bpftool prog show id "$id" >/dev/null 2>&1 && left="$left $id"
		done
		[ -z "$left" ] && ! kill -0 "$loader" 2>/dev/null && break
		sleep 0.1
	done
	[ -z "$left" ] || echo "programs are left:$left"
	! kill -0 "$loader" 2>/dev/null || echo "the loader is left"
}

check "an object's DWARF says what its ring holds" from_dwarf
check "where nothing says it rows are bytes, and what to add is said" as_bytes
check "a global that nobody uses says what a perf buffer holds" perf_buffer
if ! "$deck" list --bpf probed.bpf.o bpf:probed >/dev/null || [ ! -d /sys/bus/event_source/devices/uprobe ]; then
	skip "a manifest and options of the configuration" "this kernel has no uprobes"
	skip "a recording, read by us and by trace-cmd" "this kernel has no uprobes"
	skip "what did not fit into a ring is counted" "this kernel has no uprobes"
else
	check "a manifest and options of the configuration" configured
	check "a recording, read by us and by trace-cmd" recording
	check "what did not fit into a ring is counted" full
fi
check "maps are tables: a hash of counts, an array of slots" tables
check "what is no object for this machine is named" no_object
check "what the kernel or an option refuses is said, every time" refusals
check "absurd types are refused, or what comes of them is named" absurd
check "control characters in names reach no terminal" escapes
check "what others may write is not obeyed" untrusted
if have setpriv && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$tmp"; then
	check "without rights it says which" no_rights
else
	skip "without rights it says which" "cannot become another user here"
fi
if have bpftool; then
	check "nothing is left after kill -9" killed
else
	skip "nothing is left after kill -9" "bpftool is not installed"
fi
tap_end
