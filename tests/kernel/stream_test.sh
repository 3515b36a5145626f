#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `tapdeck stream` promises, on the real kernel: every event of a process with known behaviour
# is a row, once, in order, with the right names; bad words are explained; it ends when it should.
# Writes TAP. Needs root and tracefs.
#
# Usage: stream_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: stream_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d /sys/kernel/tracing/instances ] || skip_all "tracefs is not mounted at /sys/kernel/tracing"
[ -d /sys/kernel/tracing/events/raw_syscalls ] || skip_all "this kernel has no raw_syscalls events"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config

getppid_nr=110
case $(uname -m) in
x86_64) ;;
aarch64 | riscv64) getppid_nr=173 ;;
*) getppid_nr=$(awk '/__NR_getppid/ { print $3 }' /usr/include/asm/unistd*.h | head -n 1) ;;
esac

# Waits until the tap of a deck that was just started is open; and a little, for some rows.
ready() {
	local i
	for ((i = 0; i < 100 * slow; i++)); do
		grep -qs 1 /sys/kernel/tracing/instances/tapdeck.*.events/tracing_on && break
		sleep 0.05
	done
	sleep $((slow / 2)).4
}

# Does something, so that there are rows on a machine where nothing else happens.
busy() {
	while sleep 0.02; do :; done
}

# stage CALLS THREADS NAME STREAM-OPTION...: streams the actor's calls into out, what it says into
# err, its pid and tids into who. The stream ends by itself when it has shown them all.
stage() {
	local calls=$1 threads=$2 name=$3 pid stream i
	shift 3
	mkfifo go 2>/dev/null
	: >who
	actor "$calls" "$threads" "$name" <go >who &
	exec 3>go
	for ((i = 0; i < 500; i++)); do
		[ "$(wc -l <who)" -gt "$threads" ] && break
		sleep 0.01
	done
	pid=$(head -n 1 who)
	"$deck" stream -e raw_syscalls:sys_enter -p "$pid" -f "id == $getppid_nr" \
		-n $((calls * (threads + 1))) -t $((10 * slow)) "$@" >out 2>err &
	stream=$!
	ready
	echo >&3
	exec 3>&-
	wait "$stream" || echo "the stream ended with $?"
}

every_call_is_a_row() {
	stage 5000 3 plain
	[ "$(wc -l <out)" -eq 20000 ] || echo "$(wc -l <out) rows, not 20000"
	grep -q '20000 shown.*none lost' err || cat err
	awk -v nr=$getppid_nr '$0 !~ "sys_enter: NR " nr " \\(" { print; exit }' out
}

rows_are_in_order() {
	awk '{ match($0, /[0-9]+\.[0-9]+: /); t = substr($0, RSTART, RLENGTH - 2) + 0
		if (t < last) { print "went back: " $0; exit } last = t }' out
}

json_rows() {
	stage 200 2 'a"b\c' --json
	python3 - "$(tr '\n' ' ' <who)" <<'EOF'
import json, sys
who = [int(w) for w in sys.argv[1].split()]
seen = {tid: 0 for tid in who}
last = 0.0
for line in open("out"):
    row = json.loads(line)
    if list(row) != ["ts", "cpu", "comm", "pid", "tid", "system", "event", "fields"]:
        sys.exit(f"keys: {list(row)}")
    if row["pid"] != who[0] or row["comm"] != 'a"b\\c':
        sys.exit(f"not our row: {line}")
    if row["system"] != "raw_syscalls" or row["event"] != "sys_enter":
        sys.exit(f"not our event: {line}")
    if len(row["fields"]["args"]) != 6 or not isinstance(row["ts"], str):
        sys.exit(f"types: {line}")
    if float(row["ts"]) < last:
        sys.exit(f"went back: {line}")
    last = float(row["ts"])
    seen[row["tid"]] += 1
if any(n != 200 for n in seen.values()):
    sys.exit(f"calls by thread: {seen}")
EOF
}

hostile_name() {
	stage 20 0 "$1" "${@:2}"
	[ "$(wc -l <out)" -eq 20 ] || echo "$(wc -l <out) lines, not 20"
	LC_ALL=C grep -nP '[\x00-\x09\x0b-\x1f\x7f]' out | cat -v | head -n 2
	iconv -f UTF-8 -t UTF-8 out >/dev/null || echo "not UTF-8"
	grep -nP '[\x{202a}-\x{202e}\x{2066}-\x{2069}]' out | head -n 2
	# the children's names are the shell's: only the actor's can be in the way
	[ "${2:-}" != --json ] || python3 -c 'import json
for line in open("out"): json.loads(line)'
}

reader_goes_away() {
	local status noise
	busy &
	noise=$!
	timeout $((10 * slow)) "$deck" stream -e raw_syscalls 2>err | head -n 5 >out
	status=${PIPESTATUS[0]}
	kill $noise
	[ "$status" -eq 0 ] || echo "status $status"
	[ "$(wc -l <out)" -eq 5 ] || echo "not 5 lines"
}

# Nothing happens, so nothing is written; it notices all the same.
silent_reader_goes_away() {
	timeout $((10 * slow)) "$deck" stream -e raw_syscalls -f 'id == 99999' \
		> >(sleep 0.5) 2>err || echo "status $?"
}

# A pipe that nobody empties: rows wait, the signal is heard, and what was left is said.
stalled_reader() {
	local reader pid status from took
	mkfifo stalled
	(exec sleep $((60 * slow))) <stalled &
	reader=$!
	"$deck" stream -e raw_syscalls -e sched >stalled 2>err &
	pid=$!
	ready
	echo | actor 5000 0 noise >/dev/null
	sleep "$slow"
	from=${EPOCHREALTIME/[.,]/}
	kill -INT $pid
	wait $pid
	status=$?
	took=$((${EPOCHREALTIME/[.,]/} - from))
	kill $reader
	rm stalled
	[ $status -eq 0 ] || echo "status $status"
	[ $took -lt $((3000000 * slow)) ] || echo "took $took us"
	grep -q 'not shown: [0-9]* events that were left' err || cat err
}

# A reader who is late gets every row all the same.
slow_reader() {
	local rows
	busy &
	rows=$("$deck" stream -e raw_syscalls -n 5000 2>err | { sleep "$slow"; wc -l; })
	kill $!
	[ "$rows" -eq 5000 ] || { echo "$rows rows, not 5000"; cat err; }
}

# Without rights and in another's HOME: the sentences say what to do, and recordings are shown.
without_root() {
	local nobody
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	mkdir -p home/.config/tapdeck
	chmod 700 home
	cp "$deck" deck
	chmod 755 "$tmp" deck
	mkdat "$SOURCE_ROOT/tests/peers/dat/mixed.txt" mixed.dat && chmod 644 mixed.dat
	HOME=$tmp/home XDG_CONFIG_HOME='' "${nobody[@]}" ./deck stream -n 1 >out 2>err &&
		echo "status 0"
	grep -q 'going on without it' err || cat err
	grep -q 'tracefs.*Permission denied; run as root' err || cat err
	"${nobody[@]}" ./deck mixed.dat >out 2>err || cat err
	[ "$(wc -l <out)" -gt 900 ] || echo "$(wc -l <out) rows"
}

no_rows() {
	"$deck" stream -e sched -n 0 >out 2>err || cat err
	[ ! -s out ] || head -n 1 out
}

# The first file that is opened must not become standard output.
closed_output() {
	"$deck" stream -e sched -n 3 >&- 2>err && echo "status 0"
	grep -q 'cannot write' err || cat err
}

full_disk() {
	"$deck" stream -e sched -n 3 >/dev/full 2>err && echo "status 0"
	grep -q 'cannot write: No space' err || cat err
	"$deck" --help >/dev/full 2>err && echo "--help: status 0"
	"$deck" list >/dev/full 2>err && echo "list: status 0"
	[ "$(wc -l <err)" -eq 1 ] || cat err
}

signal_ends_it() { # SIGNAL
	local pid status
	env --default-signal=HUP "$deck" stream -e sched:sched_switch >out 2>err &
	pid=$!
	ready
	kill "-$1" $pid
	wait $pid
	status=$?
	[ $status -eq 0 ] || echo "status $status"
	[ -s out ] || echo "no rows"
	grep -q ' shown, ' err || cat err
	grep -vn ': ' out | head -n 1 # whole lines only
}

time_ends_it() {
	local from=${EPOCHREALTIME/[.,]/} took
	"$deck" stream -e sched:sched_switch -t 500ms >out 2>err || echo "status $?"
	took=$((${EPOCHREALTIME/[.,]/} - from))
	[ $took -gt 500000 ] || echo "ended after $took us"
	[ $took -lt $((3000000 * slow)) ] || echo "took $took us"
}

# refused STATUS WORDS ARG...: ends so, says so on standard error, nothing on standard output.
refused() {
	local want=$1 words=$2 status
	shift 2
	timeout $((10 * slow)) "$deck" "$@" >out 2>err
	status=$?
	[ $status -eq "$want" ] || echo "status $status, not $want"
	grep -q -e "$words" err || cat err
	[ ! -s out ] || head -n 3 out
}

default_events() {
	timeout $((10 * slow)) "$deck" -n 3 -t $((5 * slow)) >out 2>err &
	local pid=$!
	ready
	for _ in 1 2 3; do /bin/true; done
	wait $pid || echo "status $?"
	[ "$(wc -l <out)" -eq 3 ] || cat err
	! grep -vE 'sched_process_(fork|exec|exit)|signal_deliver' out
}

whole_system() {
	"$deck" stream -e irq -e sched -t 300ms >out 2>err || cat err
	grep -q 'sched_switch: ' out || echo "no sched_switch"
	! grep -qE '^tapdeck: .*could not' err || cat err
}

configured() {
	mkdir -p "$XDG_CONFIG_HOME/tapdeck"
	printf '[stream]\nevents = sched:sched_switch irq\nfilter = event == sched_switch\n' \
		>"$XDG_CONFIG_HOME/tapdeck/config"
	"$deck" stream -n 20 -t $((5 * slow)) >out 2>err || cat err
	[ "$(grep -c 'sched_switch: ' out)" -eq 20 ] || head -n 3 out
	printf '[stream]\nevnts = x\n' >"$XDG_CONFIG_HOME/tapdeck/config"
	refused 2 "config:2:.*events" stream -n 1
	rm "$XDG_CONFIG_HOME/tapdeck/config"
}

check "every call of every thread is a row" every_call_is_a_row
check "rows are in order of time" rows_are_in_order
check "JSON rows have their promised form" json_rows
check "escapes in a name disturb no text" hostile_name $'\e[2J\e[31mx\a'
check "newlines in a name disturb no text" hostile_name $'a\nb\tc\r'
check "invalid UTF-8 in a name disturbs no text" hostile_name $'\xff\xc0\x80\xed\xa0\x80'
check "direction marks in a name disturb no text" hostile_name $'a\u202eb\u2066'
check "a hostile name disturbs no JSON" hostile_name $'\e"\\\n\xff\u202e' --json
check "| head ends it well" reader_goes_away
check "a reader that goes away in silence ends it too" silent_reader_goes_away
check "a reader who takes nothing holds nobody up" stalled_reader
check "a reader who is late gets every row" slow_reader
check "-n 0 shows nothing" no_rows
check "without root it says what would help, and shows recordings" without_root
check "what has no switch says so" refused 2 'has no switch' stream -e ftrace:function
check "a closed standard output is an error" closed_output
check "a full disk is an error" full_disk
check "SIGINT ends it in order" signal_ends_it INT
check "SIGTERM ends it in order" signal_ends_it TERM
check "SIGHUP ends it in order" signal_ends_it HUP
check "-t ends it" time_ends_it
check "an unknown event names the nearest" refused 2 sched_switch stream -e sched:sched_swich
check "an unknown field names the nearest" refused 2 prev_comm \
	stream -e sched:sched_switch -f 'prev_com == "x"'
check "a wrong filter shows the place" refused 2 '^ *\^' stream -e sched -f 'pid == == 2'
check "an unknown option names the nearest" refused 2 -- --filter stream --fliter x
check "a bad number is refused" refused 2 'no number' stream -n many
check "a bad size is refused" refused 2 'no size' stream --buffer huge
check "an unknown word names the nearest" refused 2 stream strem
check "a missing file is said" refused 2 'neither a command nor a file' /no/such/file
check "without a command it shows what starts and ends" default_events
check "whole systems can be switched on" whole_system
check "the configuration says what is on" configured
tap_end
