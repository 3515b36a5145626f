#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# convert_test.sh: summary, cut and convert over files of both versions, compressed, of the other
# byte order, killed and cut short; which version comes out, what is refused, exit statuses, and
# the words for what is lost, damaged or not there. That the rows are the same is
# report_test.sh's. Writes TAP; only the recordings of this kernel need root and tracefs.
#
# Usage: convert_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: convert_test.sh TAPDECK}
MIXED=$SOURCE_ROOT/tests/peers/dat/mixed.txt
PATH=${BUILD_ROOT:?}/tests:$PATH
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
export XDG_CONFIG_HOME=$TMP/config TZ=UTC LC_ALL=C.UTF-8
FILES="six.dat seven.dat zstd.dat be.dat"

make_files() {
	mkdat "$MIXED" six.dat
	mkdat -7 none "$MIXED" seven.dat
	mkdat -7 zstd "$MIXED" zstd.dat
	mkdat -m be64 "$MIXED" be.dat
	head -c 40000 six.dat >short.dat
	{
		echo 'machine le 64'
		echo 'cpus 2'
		echo 'event demo a 901 x:u64 print "x=%llu", REC->x'
	} >none.txt
	{
		cat none.txt
		echo 'cpu 0'
		echo 'lost ?'
		echo 'many 1500 1000 1000 a tid=5 x=$'
	} >unknown.txt
	{
		cat none.txt
		echo 'cpu 1'
		echo 'many 700 1500 900 a tid=6 x=$'
	} >one.txt
	sed 's/^many.*/many 300 1100 2000 a tid=7 x=$/' one.txt >other.txt
	mkdat one.txt one.dat
	mkdat other.txt other.dat
	mkdat none.txt none.dat
	mkdat unknown.txt unknown.dat
}

# status WANTED COMMAND...: its exit status; what it says goes to words.
status() {
	local want=$1 got
	shift
	"$deck" "$@" >out 2>words
	got=$?
	[ "$got" = "$want" ] || echo "$*: status $got, not $want: $(head -n 1 words)"
}

# said PATTERN...: in the words of the last command or in what it printed.
said() {
	local pattern
	for pattern; do
		cat out words | grep -q -- "$pattern" || echo "not said: $pattern; but: $(cat out words | head -n 3)"
	done
}

version_of() { # FILE
	head -c 11 "$1" | tail -c 1
}

records() { # FILE
	dat_dump own "$1" 2>&1
}

# ---------------------------------------------------------------- what comes out

# WANTED-VERSION OPTION...: of every file, twice the same, with all records.
comes_out() {
	local want=$1 file
	shift
	for file in $FILES; do
		status 0 convert "$file" -o to.dat --force "$@"
		[ "$(version_of to.dat)" = "$want" ] || echo "$file: version $(version_of to.dat)"
		status 0 convert to.dat -o to.dat --force "$@"
		[ "$(version_of to.dat)" = "$want" ] || echo "$file, again: version $(version_of to.dat)"
		records "$file" >before
		records to.dat >after
		[ -s before ] || echo "$file: no records"
		cmp before after
	done
}

# The same counts, whatever the file is like.
same_summary() { # OPTION...
	local file
	"$deck" summary "$@" six.dat >want 2>err || cat err
	[ "$(wc -l <want)" -gt 4 ] || echo "an empty summary"
	for file in $FILES; do
		status 0 summary "$@" "$file"
		cmp want out
	done
}

same_cut() {
	local file
	"$deck" report --json -f 'tid == 101' six.dat 2>err | grep -v '"lost"' >want
	[ -s want ] || cat err
	for file in $FILES; do
		rm -f part.dat
		status 0 cut "$file" -f 'tid == 101' -o part.dat
		"$deck" report --json part.dat 2>err | grep -v '"lost"' >got
		cmp want got
	done
}

# A recording whose recorder was killed is a recording.
killed() {
	local pid
	"$deck" record -e sched:sched_switch -o killed.dat >record.out 2>&1 &
	pid=$!
	sleep 2.5
	kill -9 $pid
	wait $pid 2>/dev/null
	status 0 summary --json killed.dat
	said '"event":"sched_switch"'
	records killed.dat >before
	[ "$(wc -l <before)" -gt 100 ] || echo "only $(wc -l <before) records"
	for option in "" --compress; do
		# shellcheck disable=SC2086
		status 0 convert killed.dat -o to.dat --force $option
		records to.dat >after
		cmp before after
	done
	status 0 cut killed.dat -o part.dat --force -n 50
	[ "$("$deck" report --json part.dat | grep -c sched_switch)" = 50 ] || echo "not 50 rows"
}

# With just enough descriptors to record the kernel's own description cannot be read: that is said,
# and the file is a recording all the same.
lacking() {
	local n
	for n in $(seq 12 $((40 + 4 * $(nproc)))); do
		(ulimit -n "$n" && status 0 record -e sched:sched_switch -t 0.2 -o low.dat --force) >failed
		[ -s failed ] || break
	done
	cat failed
	said 'low.dat lacks what the kernel tells of itself.*: Too many open files'
	status 0 report low.dat
	said sched_switch:
	status 0 record -e sched:sched_switch -t 0.2 -o low.dat --force
	grep lacks words
	true
}

short() {
	local before command
	before=$(records short.dat | wc -l)
	[ "$before" -gt 10 ] || echo "only $before records are left"
	for command in report stream summary; do
		status 1 $command short.dat
		said short.dat 'damaged, [0-9]* times'
	done
	status 1 convert short.dat -o to.dat --force
	said short.dat 'damaged'
	status 1 cut short.dat -o part.dat --force
	said short.dat
}

# A part that begins later still knows of which process its threads are.
cut_knows_processes() {
	status 0 record -e sched:sched_switch -t 1.2 -o older.dat --force
	status 0 cut older.dat --from +0.5 -o later.dat --force
	"$deck" report later.dat --json 2>/dev/null | grep -c '"pid":null' >unknown
	"$deck" report older.dat --from +0.5 --json 2>/dev/null | grep -c '"pid":null' | diff - unknown
	"$deck" report later.dat --json 2>/dev/null | grep -c '"pid":[0-9]' >known
	[ "$(cat known)" -gt 10 ] || echo "only $(cat known) rows with a process"
}

check "files to convert" make_files
check "version 6 unless something else is said" comes_out 6
check "--compress: version 7" comes_out 7 --compress
check "--file-version 7" comes_out 7 --file-version 7
check "a summary of every kind of file" same_summary
check "a summary as JSON" same_summary --json
check "a cut of every kind of file" same_cut
check "a file that was cut short" short
if [ "$(id -u)" != 0 ] || [ ! -d /sys/kernel/tracing/instances ]; then
	skip "recordings of this kernel" "needs root and tracefs"
else
	check "a recording whose recorder was killed" killed
	check "a part that begins later knows its processes" cut_knows_processes
	check "a recording that lacks something" lacking
fi

# ---------------------------------------------------------------- what is refused

nothing_over() {
	local command
	for command in cut convert; do
		echo precious >there
		status 1 $command six.dat -o there
		said there --force
		grep -q precious there || echo "$command wrote over it"
		status 0 $command six.dat -o there --force
		[ "$(version_of there)" = 6 ] || echo "$command --force wrote no recording"
		status 1 $command nowhere.dat -o new.dat
		said nowhere.dat
		[ ! -e new.dat ] || echo "$command: something was written"
	done
	status 2 cut six.dat -o six.dat --force
}

bad_words() {
	local command
	for command in summary cut convert report; do
		status 2 $command -o new.dat
	done
	for command in cut convert; do
		status 2 $command six.dat
		said '-o'
	done
	status 2 convert six.dat -o new.dat --file-version 5
	status 2 convert six.dat -o new.dat --file-version 6 --compress
	for command in summary report stream; do
		status 2 $command --offset soon six.dat
		said soon
		status 2 $command --offset 1,2 six.dat
		status 2 $command --memory 1 six.dat
		said --memory
		status 0 $command --memory 1M --offset -0.5 six.dat
	done
	[ ! -e new.dat ] || echo "something was written"
}

no_such_event() {
	local command
	for command in report stream "cut -o new.dat"; do
		# shellcheck disable=SC2086
		status 2 $command -e sched:sched_wakup six.dat
		said six.dat "'sched:sched_wakeup'"
		# shellcheck disable=SC2086
		status 2 $command -e words -e 'none*' six.dat
		said 'none\*'
	done
	[ ! -e new.dat ] || echo "something was written"
	for name in sched 'sched:*' sched_wakeup 's*:*wake*'; do
		status 0 report -e "$name" six.dat
		said sched_wakeup
	done
}

check "nothing is written over" nothing_over
check "what the command line cannot mean" bad_words
check "events that the recording does not have" no_such_event

# ---------------------------------------------------------------- words

words_of_losses() {
	status 0 report unknown.dat
	said 'some events, nobody knows how many'
	status 0 stream unknown.dat
	said 'lost: some events, nobody knows how many'
	status 0 summary unknown.dat
	said '1,500 events, some lost, nobody knows how many' '^at least 1,500 events of'
	status 0 cut unknown.dat -o part.dat --force
	said 'in this part: some events, nobody knows how many'
	status 0 report six.dat
	said 'lost while it was recorded: at least 17 events'
}

no_events() {
	status 0 summary none.dat
	[ "$(cat out)" = "no events" ] || cat out
}

# Records of an event whose format wants more than they have.
damage() {
	python3 - <<-'END'
		data = open('unknown.dat', 'rb').read()
		old = b'offset:8;\tsize:8;\tsigned:0;'
		new = b'offset:8;\tsize:9;\tsigned:0;'
		assert old in data
		open('wrong.dat', 'wb').write(data.replace(old, new))
	END
	status 0 report wrong.dat
	said 'damaged: 1500 records that did not fit their format, in wrong.dat$'
	status 0 stream wrong.dat
	said 'damaged: 1500 records that did not fit their format, in wrong.dat$'
	status 0 report six.dat wrong.dat
	said 'in wrong.dat (1500)$'
}

# SOURCE TID CPU TIME EVENT of every row.
sources() {
	sed -nE 's/^ *(([^ ]+): )? *[^ ].*-([0-9]+) +\[([0-9]+)\] +([^ ]{5} +)?([0-9]+\.[0-9]{6})[0-9]*: +([^ :]+): *.*/\2 \3 \4 \6 \7/p'
}

# Who is not of the top buffer of the only file is named, as trace-cmd does.
same_sources() { # FILE...
	local options=() file
	for file; do options+=(-i "$file"); done
	trace-cmd report -N -t --nodate "${options[@]}" >theirs.text 2>/dev/null
	sources <theirs.text | sort >theirs
	status 0 report "$@"
	sources <out | sort >ours
	[ -s theirs ] || echo "trace-cmd printed nothing"
	cmp -s theirs ours || {
		diff theirs ours | head -n 6
		head -n 6 theirs.text out
	}
	cut -d ' ' -f 1 ours | sort -u | wc -l | grep -qx 1 && echo "one source only"
	cp out reported
	status 0 stream "$@"
	cmp reported out
}

# A plain file has nothing in front.
plain() {
	status 0 report unknown.dat
	grep -v -e '^           <...>-5 ' -e '^CPU:0 \[LOST' out | head -n 3
}

check "losses that nobody counted" words_of_losses
check "a summary of nothing" no_events
if have python3; then
	check "which file is damaged" damage
else
	skip "which file is damaged" "python3 is not installed"
fi
if have trace-cmd; then
	check "which buffer a row is of" same_sources six.dat
	check "which file a row is of" same_sources one.dat other.dat
else
	skip "where a row is from" "trace-cmd is not installed"
fi
check "one buffer of one file is not named" plain
tap_end
