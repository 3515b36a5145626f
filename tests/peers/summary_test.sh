#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# summary_test.sh: groups of `tapdeck summary --by` are what awk counts in the text of `trace-cmd
# report`: of files made for it, and of a recording of this kernel (root and tracefs). Counts are
# complete in little memory, filters leave out what report leaves out, and what is wrong on the
# command line is said with a caret. Writes TAP.
#
# Usage: summary_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: summary_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
export XDG_CONFIG_HOME=$TMP/config TZ=UTC LC_ALL=C.UTF-8

# big N FILE: N times 7 MB, with names, numbers of both signs, several CPUs and events that lack the
# field.
big() {
	mkdat - "$2" <<-END
		machine le 64
		page 4096
		cpus 3
		comm 7 seven
		comm 8 eight of them
		event demo a 901 x:u64 n:s32 print "x=%llu n=%d", REC->x, REC->n
		event demo b 902 z:u32 print "z=%u", REC->z
		cpu 0
		many $(($1 * 150000)) 1000000000 1000 a tid=7 x=\$ n=-3
		many 1000 3200000000 1000 a tid=8 x=18446744073709551615 n=9
		cpu 1
		many $(($1 * 150000)) 1000000500 1000 b tid=8 z=\$
		cpu 2
		many $(($1 * 30000)) 1000000700 10000 a tid=7 x=5 n=\$
	END
	echo "$?" | grep -v '^0$'
	true
}

# theirs FILE: COMM TID CPU EVENT REST of every event, with tabs between; read once.
theirs() {
	[ -s "$1.txt" ] || read_theirs "$1" >"$1.txt"
	cat "$1.txt"
}

read_theirs() {
	trace-cmd report -N -t --nodate "$1" 2>/dev/null | grep -v '^identity:' |
		sed -nE 's/^ *(.*)-([0-9]+) +\[0*([0-9]+)\] +([^ ]{5} +)?[0-9]+\.[0-9]+: +([^ :]+): *(.*)$/\1\t\2\t\3\t\5\t\6/p'
}

# ours FILE KEYS MEASURES [OPTION...]: rows as tab-separated values, in order of the keys.
ours() {
	local file=$1 by=$2 show=$3
	shift 3
	"$deck" summary "$file" --by "$by" --show "$show" --csv "$@" 2>words | tail -n +2 |
		sed -E 's/"//g; s/,/\t/g' | LC_ALL=C sort
}

same_as() { # FILE: what was counted otherwise, with the first lines that differ
	[ -s "$1" ] || echo "nothing to be compared with"
	LC_ALL=C sort "$1" >wanted
	diff wanted counted | head -n 6
}

# An event has no system in the text of trace-cmd.
no_system() {
	sed -E 's/(^|\t)[a-z0-9_]+:/\1/'
}

by_event() { # FILE
	theirs "$1" | awk -F '\t' '{ n[$4]++ } END { for (k in n) print k "\t" n[k] }' >want
	ours "$1" event count | no_system | LC_ALL=C sort >counted
	same_as want
}

by_two() { # FILE COLUMN OF AWK, KEY
	theirs "$1" | awk -F '\t' -v c="$2" '{ n[$c "\t" $4]++ }
		END { for (k in n) print k "\t" n[k] }' >want
	ours "$1" "$3,event" count | no_system | LC_ALL=C sort >counted
	same_as want
}

by_cpu_and_tid() { # FILE
	theirs "$1" | awk -F '\t' '{ n[$3 "\t" $2]++ } END { for (k in n) print k "\t" n[k] }' >want
	ours "$1" cpu,tid count >counted
	same_as want
}

# numbers FILE EVENT PATTERN FIELD [FILTER]: count, sum, least, greatest and average of what the pattern's
# group matches, by tid. Whole numbers below 2^53 are exact in awk.
numbers() {
	theirs "$1" | sed -nE "s/^[^\t]*\t([0-9]+)\t[0-9]+\t$2\t(.* )?$3( .*)?$/\1\t\3/p" |
		awk -F '\t' '{
			v = $2 + 0
			if (!n[$1]++) lo[$1] = hi[$1] = v
			sum[$1] += v
			if (v < lo[$1]) lo[$1] = v
			if (v > hi[$1]) hi[$1] = v
		} END { for (k in n) printf "%s\t%d\t%.0f\t%.0f\t%.0f\t%.6f\n", k, n[k], sum[k], lo[k],
			hi[k], sum[k] / n[k] }' >want
	ours "$1" tid "count,sum($4),min($4),max($4),avg($4)" -f "event == '$2' ${5:-}" >counted
	same_as want
}

if ! have trace-cmd; then
	skip_all "trace-cmd is not installed"
fi

check "a file is made" big 1 big.dat
check "made: by event" by_event big.dat
check "made: by comm and event" by_two big.dat 1 comm
check "made: by cpu and tid" by_cpu_and_tid big.dat
check "made: numbers of u32" numbers big.dat b 'z=([0-9]+)' z
check "made: numbers of s32" numbers big.dat a 'n=(-?[0-9]+)' n

# ---------------------------------------------------------------- of this kernel

record() {
	"$deck" record -t 1 --buffer 64M -e sched -e irq -e kmem:kmalloc -e raw_syscalls -o live.dat -- \
		bash -c 'for i in 1 2 3; do ls -lR /etc >/dev/null; sleep 0.01; (exec true); done'
}

if [ "$(id -u)" != 0 ] || [ ! -d /sys/kernel/tracing/instances ]; then
	skip "groups of a recording of this kernel" "needs root and tracefs"
elif ! record >words 2>&1; then
	check "a recording" cat words
else
	check "recorded: by event" by_event live.dat
	check "recorded: by tid and event" by_two live.dat 2 tid
	check "recorded: by cpu and tid" by_cpu_and_tid live.dat
	check "recorded: bytes of kmalloc" numbers live.dat kmalloc 'bytes_alloc=([0-9]+)' bytes_alloc
	check "recorded: what system calls return" numbers live.dat sys_exit '= (-?[0-9]{1,6})' ret \
		'and ret > -1000000 and ret < 1000000' # addresses are beyond what awk adds exactly
fi

# ---------------------------------------------------------------- all of it, whatever the memory

whole() {
	"$deck" summary big.dat --by tid,event --show 'count,sum(x),p99(n)' --json >much
	"$deck" summary big.dat --by tid,event --show 'count,sum(x),p99(n)' --json --memory 1M >little
	grep -q '"count":181000\|"count":180000' much || head -n 2 much
	cmp much little
}

# peak FILE: KiB that it takes at most.
peak() {
	/usr/bin/time -f %M -o kib "$deck" summary "$1" --by n -n 1 --memory 1M >/dev/null || echo "status $?"
	tail -n 1 kib
}

# The bound is on what is kept: five times the file takes no more, but for what is mapped of it.
flat() {
	local one five
	big 5 five.dat
	one=$(peak big.dat)
	five=$(peak five.dat)
	[ "$five" -lt $((one + 8192)) ] || echo "$one KiB of one, $five KiB of five times as much"
	rm five.dat
}

# Groups that did not fit are together, and nothing is missing.
others() {
	"$deck" summary big.dat --by x --show count --json --memory 1M >few
	awk -F '"count":' '/"table":"group"/ { sum += $2 } END { if (sum != 181000) print "only " sum }' few
	grep -c '"by":null' few | grep -v '^1$'
	true
}

filtered() {
	local by_groups by_rows
	by_rows=$("$deck" report big.dat -f 'x > 100000 or z < 5' | wc -l)
	by_groups=$("$deck" summary big.dat --by event --show count --csv -f 'x > 100000 or z < 5' |
		awk -F , 'NR > 1 { sum += $2 } END { print sum }')
	[ "$by_rows" -gt 0 ] && [ "$by_rows" = "$by_groups" ] || echo "$by_rows rows, $by_groups counted"
	"$deck" summary big.dat -f 'x > 100000 or z < 5' | head -n 1 | tr -d , |
		grep -v " $by_rows events filtered out $((331000 - by_rows))$"
	"$deck" summary big.dat -p 1 --by tid --csv | tail -n +2
}

check "the same groups in the least memory" whole
check "groups that do not fit are put together" others
check "-f counts what report prints" filtered
if [ -x /usr/bin/time ]; then
	check "memory is flat" flat
else
	skip "memory is flat" "GNU time is not installed"
fi

# ---------------------------------------------------------------- the command line

refuses() { # WORDS CARET_COLUMN OPTION...
	local want=$1 column=$2 status
	shift 2
	"$deck" summary big.dat "$@" >out 2>words
	status=$?
	[ "$status" = 2 ] || echo "status $status"
	[ ! -s out ] || echo "printed something"
	grep -qF -- "$want" words || cat words
	[ "$column" = - ] || grep -qE "^ {$((column + 2))}\^$" words || cat words
}

check "an unknown field is refused" refuses "nearest is 'event'" 5 --by comm,evnt
check "an unknown measure is refused" refuses "nearest is 'count'" 0 --by comm --show cuont
check "a sum of text is refused" refuses "a dot before it" 4 --by comm --show 'sum(comm)'
check "a list that ends too early is refused" refuses "missing" 5 --by comm,
check "an unknown column to sort by is refused" refuses "nearest is 'count'" - --by comm --sort coumt
check "measures without keys are refused" refuses "--by" - --show count
check "a wrong filter is refused" refuses "filter" 2 --by comm -f 'x ?'
check "a field of no event in a filter is refused" refuses "no field 'y'" 0 --by comm -f 'y == 1'

sorts() {
	"$deck" summary big.dat --by tid --show 'count,max(n)' --sort 'max(n)' --csv | sed -n 2p | grep -v '^7,180000,29999$'
	"$deck" summary big.dat --by tid --show count --sort -count --csv | sed -n 2p | grep -v '^8,151000$'
	"$deck" summary big.dat --by tid --show count --sort -tid --csv | sed -n 2p | grep -v '^8,151000$'
	true
}

pipe_goes_away() {
	"$deck" summary big.dat --by x --csv 2>/dev/null | head -n 1 >/dev/null
	[ "${PIPESTATUS[0]}" = 0 ] || echo "status ${PIPESTATUS[0]}"
}

footers() {
	"$deck" summary big.dat --by z -n 3 >out
	grep -qx 'and 149,*997 more' out || tail -n 3 out
	grep -qx 'in no group: 181,000 events that have no z' out || tail -n 3 out
}

check "columns sort both ways" sorts
check "a reader that goes away is no failure" pipe_goes_away
check "what is in no row is said" footers

tap_end
