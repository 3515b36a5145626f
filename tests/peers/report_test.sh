#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# report_test.sh: what `tapdeck report` prints is what `trace-cmd report` prints, for more than a
# hundred kinds of events of this kernel; one process and many print the same; a reader that goes
# away ends it; and what cut and convert write says the same as what they were given, to both
# readers. Writes TAP. The first part needs root and tracefs.
#
# Usage: report_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: report_test.sh TAPDECK}
DESCRIPTIONS=$SOURCE_ROOT/tests/peers/dat
PATH=${BUILD_ROOT:?}/tests:$PATH
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
export XDG_CONFIG_HOME=$TMP/config TZ=UTC
KINDS=100

# ---------------------------------------------------------------- the same text

# TID CPU TIME EVENT: INFO of every event, times to the microsecond. Known differences:
#   source   the name of the buffer in front is dropped here; convert_test.sh compares it
#   comm     trace-cmd has the last name of a thread, we have the one it had then
#   identity the buffer our recordings learn names from; trace-cmd prints it, and its losses as
#            if they were the others': so losses are compared in test_dat_peers.sh
#   +0x1/0x9 trace-cmd leaves the size of the function out, the kernel prints it as we do
normalise() {
	grep -v '^identity:' | sed -nE 's/^.*-([0-9]+) +\[([0-9]+)\] +([^ ]{5} +)?([0-9]+\.[0-9]{6})[0-9]*: +([^ :]+): */\1 \2 \4 \5: /p' |
		sed -E 's/(\+0x[0-9a-f]+)\/0x[0-9a-f]+/\1/g; s/ +$//'
}

# Kinds whose text is another one on purpose:
#   kfree and others  a NULL is "(nil)" there, the kernel prints 0x0
#   mm_page_*         page=%p of a pointer calculated from vmemmap_base, which no file has: "?"
#   timer_start       the library evaluates the flags' mask from the wrong side
#   writeback_*, sb_* enumerators that the file does not explain: the library takes them for 0;
#                     and the jiffies of now, which no file has: "?"
DIFFERENT='^(writeback_[a-z_]*|sb_[a-z_]*|timer_start|mm_[a-z_]*|kmem_cache_[a-z]*|kfree|kmalloc)$'

record() {
	"$deck" record -t 1.5 --buffer 64M -e sched -e irq -e timer -e kmem -e writeback -e ext4 -e block -e signal \
		-e power -e workqueue -e task -e exceptions -e syscalls -o kinds.dat -- \
		bash -c 'for i in 1 2 3 4 5 6; do ls -lR /etc >/dev/null; sync -f .; echo x >file; rm file
			sleep 0.01; kill -0 $$; (ulimit -n 20; exec true); cat /proc/uptime >/dev/null; done'
}

same_text() {
	trace-cmd report -N -t --nodate kinds.dat 2>/dev/null | normalise >theirs
	"$deck" report kinds.dat 2>/dev/null | normalise >ours
	[ -s theirs ] || echo "trace-cmd printed nothing"
	diff theirs ours | sed -n 's/^[<>] //p' >different
	awk '{ print $4 }' different | tr -d : | sort | uniq -c | sort -rn |
		awk -v known="$DIFFERENT" '$2 !~ known { print $1 / 2 " rows of " $2 " differ" }'
	awk '{ sub(/:$/, "", $4); print $4 }' different | sort -u | while read -r event; do
		[[ $event =~ $DIFFERENT ]] || grep -m 2 " $event: " different
	done
}

# As many rows, of as many kinds, in the same order.
same_rows() {
	awk '{ print $1, $2, $3, $4 }' theirs >a
	awk '{ print $1, $2, $3, $4 }' ours >b
	cmp a b
}

many_kinds() {
	local kinds
	kinds=$(awk '{ print $4 }' ours | sort -u | wc -l)
	[ "$kinds" -ge "$KINDS" ] || echo "only $kinds kinds of events were recorded"
}

if [ "$(id -u)" != 0 ] || [ ! -d /sys/kernel/tracing/instances ]; then
	skip "the text of the events of this kernel" "needs root and tracefs"
elif ! have trace-cmd; then
	skip "the text of the events of this kernel" "trace-cmd is not installed"
elif ! record >words 2>&1; then
	check "a recording of many kinds" cat words
else
	check "more than $KINDS kinds of events" same_text
	check "the same rows in the same order" same_rows
	check "kinds enough to mean something" many_kinds
fi

# ---------------------------------------------------------------- many processes

# 40 MB: ten slices and more.
big() {
	mkdat - big.dat <<-'END'
		machine le 64
		page 4096
		cpus 3
		event demo a 901 x:u64 y:char[16] print "x=%llu y=%s", REC->x, REC->y
		event task task_rename 902 pid:s32 oldcomm:char[16] newcomm:char[16] oom:s16
		event demo b 903 z:u32 print "z=%u", REC->z
		cpu 0
		many 300000 1000000000 1000 a tid=$ x=$ y=w$
		cpu 1
		many 300000 1000000500 1000 b tid=7 z=$
		cpu 2
		many 30000 1000000700 10000 task_rename tid=7 pid=7 oldcomm=n newcomm=n$
	END
	echo "$?" | grep -v '^0$'
	true
}

# OPTION...: byte by byte the same, whoever prints.
same_alone() {
	taskset -c 0 "$deck" report "$@" big.dat >one 2>one.err || echo "alone: status $?"
	"$deck" report "$@" big.dat >many 2>many.err || echo "together: status $?"
	[ -s one ] || echo "nothing was printed"
	cmp one many
	cmp one.err many.err
	case " $* " in
	*" --csv "* | *" --from "* | *" --columns "*) return ;;
	esac
	"$deck" stream "$@" big.dat >streamed 2>/dev/null || echo "stream: status $?"
	cmp one streamed
}

reader_goes() {
	local status
	"$deck" report big.dat 2>words | head -n 3 >lines
	status=${PIPESTATUS[0]}
	[ "$status" = 0 ] || echo "status $status"
	cat words
	[ "$(wc -l <lines)" = 3 ] || echo "not three lines"
	sleep 0.3
	pgrep -f "$deck report" >left && echo "somebody still prints: $(cat left)"
	true
}

disk_full() {
	"$deck" report big.dat >/dev/full 2>words && echo "status 0"
	grep -q 'cannot write' words || cat words
}

check "a file for many" big
if [ "$(nproc)" -lt 2 ]; then
	skip "alone and together the same" "there is one CPU"
else
	check "alone and together: text" same_alone
	check "alone and together: JSON" same_alone --json
	check "alone and together: CSV" same_alone --csv
	check "alone and together: a filter on names" same_alone -f 'comm ~ "n1*"'
	check "alone and together: a span of time" same_alone --from +0.05 --to +0.15
	check "alone and together: times between rows" same_alone --columns time,delta,comm,z
fi
check "a reader that goes away" reader_goes
check "a full disk is said" disk_full

exact_span() {
	"$deck" report --json big.dat 2>/dev/null |
		awk -F'"' '$4 >= 1.1 && $4 < 1.2' >want
	"$deck" report --json --from 1.1 --to 1.2 big.dat >got
	[ -s want ] || echo "no row is wanted"
	cmp want got
}
check "a span has what lies in it" exact_span

# ---------------------------------------------------------------- cut and convert

records() { # FILE
	dat_dump own "$1" 2>&1
}

# FILE: to the other versions and back, nothing changes; trace-cmd reads each.
same_converted() {
	rm -f v7.dat v6.dat zstd.dat back.dat
	"$deck" convert "$1" -o v7.dat --file-version 7 2>words || cat words
	"$deck" convert v7.dat -o v6.dat --file-version 6 2>words || cat words
	"$deck" convert v6.dat -o zstd.dat --compress 2>words || cat words
	cp zstd.dat back.dat
	"$deck" convert back.dat -o back.dat --force 2>words || cat words
	records "$1" >want
	[ -s want ] || echo "no records"
	trace-cmd report "$1" >want.text 2>&1
	for file in v7.dat v6.dat zstd.dat back.dat; do
		records "$file" >got
		cmp want got
		trace-cmd report "$file" >got.text 2>&1
		diff want.text got.text | head -n 3
	done
	cmp v6.dat back.dat
}

# FILE OPTION...: the rows, without marks of losses where some rows are left out: they move to
# the next row that is there; and without names, which renames before the cut gave.
rows() {
	local file=$1 without='^$'
	shift
	[ $# = 0 ] || without='"event":"lost"'
	"$deck" report --json --columns time,cpu,tid,event,info "$@" "$file" 2>/dev/null |
		grep -v "$without"
}

# FILE OPTION...: a cut has the rows that report prints.
same_cut() {
	local file=$1
	shift
	rm -f cut.dat
	rows "$file" "$@" >want
	"$deck" cut "$file" -o cut.dat "$@" 2>words || cat words
	rows cut.dat "$@" >got
	[ -s want ] || echo "no row is wanted"
	cmp want got
	trace-cmd report cut.dat 2>&1 >/dev/null | head -n 3
}

refuses() {
	echo precious >there
	"$deck" convert big.dat -o there 2>words && echo "convert: written over"
	grep -q -e --force words || cat words
	"$deck" cut big.dat -o there 2>words && echo "cut: written over"
	"$deck" cut big.dat -o big.dat --force 2>words && echo "cut: into itself"
	"$deck" cut big.dat 2>words && echo "cut: no -o"
	"$deck" convert big.dat -o new.dat --file-version 6 --compress 2>words && echo "v6 compressed"
	[ ! -e new.dat ] || echo "something was written"
	grep -q precious there || echo "it is gone"
}

if ! have trace-cmd; then
	skip "cut and convert" "trace-cmd is not installed"
else
	for machine in le64 le32 be64 be32; do
		mkdat -m "$machine" "$DESCRIPTIONS/mixed.txt" mixed.dat
		check "convert and back: $machine" same_converted mixed.dat
		check "cut, all of it: $machine" same_cut mixed.dat
		check "cut, a filter: $machine" same_cut mixed.dat -f 'event == sched_wakeup and tid == 100'
	done
	check "convert a large file" same_converted big.dat
	check "cut a span" same_cut big.dat --from 1.1 --to 1.2
	check "cut a span that passes a filter" same_cut big.dat --from 1.1 -f 'z < 200000'
fi
check "nothing is written over, nothing by mistake" refuses

# ---------------------------------------------------------------- summary

counts_agree() {
	"$deck" report --json big.dat 2>/dev/null |
		sed -nE 's/.*"system":"([^"]*)","event":"([^"]*)".*/\1:\2/p' | sort | uniq -c |
		awk '{ print $2, $1 }' | sort >want
	"$deck" summary --json big.dat |
		sed -nE 's/^\{"table":"event","system":"([^"]*)","event":"([^"]*)","events":([0-9]+).*/\1:\2 \3/p' |
		sort >got
	cmp want got
	"$deck" summary --csv big.dat | awk -F, '$1 == "process" { n += $4 } END { print n }' >total
	[ "$(cat total)" = 630000 ] || echo "processes have $(cat total) events"
	"$deck" summary -n 2 big.dat | grep -q '630,000 events' || echo "the text lacks the total"
}
check "a summary counts what is reported" counts_agree
tap_end
