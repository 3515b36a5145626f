#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# record_kill_test.sh PROGRAM: recorders killed with SIGKILL at random moments. Each file opens as it
# is, in our reader, in trace-cmd and with libtracecmd, without a word on standard error; it has every
# numbered call from the first to the last one, and that is younger than a second.
set -u
PROGRAM=${1:?usage: record_kill_test.sh PROGRAM}
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
PATH=${BUILD_ROOT:?}/tests:$PATH
TRACEFS=/sys/kernel/tracing
ROUNDS=${KILL_ROUNDS:-10}
TMP=$(mktemp -d) || exit 1
COUNTER=
PIDS=
# shellcheck disable=SC2317
cleanup() {
	[ -z "$COUNTER" ] || kill "$COUNTER" 2>/dev/null
	rm -rf "$TMP"
}
trap cleanup EXIT
cd "$TMP" || exit 1

uptime_now() {
	awk '{ print $1 }' /proc/uptime
}

# killed FILE OPTION...: records and is killed after one to three seconds; KILLED is when.
killed() {
	local file=$1 recorder
	shift
	"$PROGRAM" record -e raw_syscalls -o "$file" "$@" >record.out 2>record.err &
	recorder=$!
	for _ in $(seq 300); do
		[ -e "$file" ] && break
		sleep 0.1
	done
	sleep "$((RANDOM % 2 + 1)).$((RANDOM % 900 + 100))"
	KILLED=$(uptime_now)
	kill -9 "$recorder"
	wait "$recorder" 2>/dev/null
	PIDS+=" $recorder"
	[ -s "$file" ] || sed 's/^/tapdeck record: /' record.err
}

# numbers: the calls in the lines of a report, and the time of the last one.
numbers() {
	sed -nE "s/^ *counter-$COUNTER +.* ([0-9]+\.[0-9]+): +(raw_syscalls:)?sys_enter: +NR 121 \(([0-9a-f]+),.*/\3 \1/p" |
		awk 'function number(hex, v, i) {
				for (i = 1; i <= length(hex); i++)
					v = v * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
				return v
			}
			{ print number($1), $2 }'
}

# complete WHAT: no number is missing between the first and the last, which is young enough.
complete() {
	awk -v what="$1" -v killed="$KILLED" '
		# One CPU may have been written further than another.
		NR > 1 && $1 != last + 1 && at < killed - 1.02 {
			print what ": " $1 " comes behind " last
		}
		{ last = $1; at = $2 }
		END {
			if (NR < 20) print what ": only " NR + 0 " calls"
			# /proc/uptime counts hundredths
			if (at < killed - 1.02) printf "%s: %.2f s are missing\n", what, killed - at
			if (at > killed + 1) print what ": a time of tomorrow: " at
		}' numbers | head -n 5
}

opens() { # FILE
	cat words
	trace-cmd report -t --nodate "$1" >report 2>err || echo "trace-cmd report: status $?"
	sed 's/^/trace-cmd: /' err
	numbers <report >numbers
	complete trace-cmd
	"$PROGRAM" stream "$1" >report 2>err || echo "tapdeck stream: status $?"
	grep -i damage err || true
	numbers <report >numbers
	complete tapdeck
	dat_dump lib "$1" >lib 2>err || echo "dat_dump lib: status $?"
	cat err
	dat_dump own "$1" | cmp - lib
}

survives() { # FILE OPTION...: it was killed, and opens
	opens "$1"
	rm -f "$1"
}

# killed_early: within its first 0.3 s, ten times. There is a file that opens, or none; nothing else.
killed_early() {
	local recorder i
	mkdir early
	for i in $(seq 10); do
		"$PROGRAM" record -e raw_syscalls -o early/e.dat >/dev/null 2>&1 &
		recorder=$!
		sleep "0.$((RANDOM % 30 + 100))"
		[ "$((i % 2))" = 0 ] || sleep "0.$((RANDOM % 200 + 100))"
		kill -9 "$recorder"
		wait "$recorder" 2>/dev/null
		PIDS+=" $recorder"
		find early -mindepth 1 ! -name e.dat
		[ ! -e early/e.dat ] || trace-cmd report early/e.dat >/dev/null 2>err ||
			echo "trace-cmd report: status $?"
		rm -f early/*
	done
}

nothing_left() {
	local pid
	sleep 0.5
	for pid in $PIDS; do
		find "$TRACEFS/instances" -mindepth 1 -maxdepth 1 -name "tapdeck.$pid.*"
	done
}

if [ "$(id -u)" -ne 0 ] || [ ! -d $TRACEFS/events/raw_syscalls ]; then
	skip "files of killed recorders" "recording needs root and tracefs with raw_syscalls"
	tap_end
fi
if ! have trace-cmd; then
	skip "files of killed recorders" "trace-cmd is not installed"
	tap_end
fi
counter 500 >/dev/null &
COUNTER=$!
for i in $(seq "$ROUNDS"); do
	killed "k$i.dat" >words
	check "killed $i: the file is whole" survives "k$i.dat"
done
for i in 1 2; do
	killed zstd.dat --compress >words
	check "killed while it compressed $i: the file is whole" survives zstd.dat
done
killed_early >words
check "killed early: a file that opens, or none" cat words
check "nothing is left in tracefs" nothing_left
tap_end
