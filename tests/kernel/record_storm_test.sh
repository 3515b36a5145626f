#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# record_storm_test.sh PROGRAM: every CPU calls the kernel as fast as it can while all system calls are
# recorded. What the kernel says was read is what the file has and what was left out for being our
# own; what it says was overrun is what the file has loss marks for; and of the numbered calls none is
# missing that is not among the lost. $STORM_SECONDS says for how long (5).
set -u
PROGRAM=${1:?usage: record_storm_test.sh PROGRAM}
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
PATH=${BUILD_ROOT:?}/tests:$PATH
SECONDS_LONG=${STORM_SECONDS:-5}
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1

record_storm() { # FILE OPTION...
	local file=$1
	shift
	# The storm is dd: two calls a byte. The counter's calls have numbers.
	"$PROGRAM" record -e raw_syscalls -o "$file" "$@" -- bash -c '
		for _ in $(seq "$(nproc)"); do
			timeout '"$SECONDS_LONG"' dd if=/dev/zero of=/dev/null bs=1 2>/dev/null &
		done
		counter 1000 '"$((SECONDS_LONG * 900))"' >/dev/null
		wait' >out 2>record.err || sed 's/^/tapdeck record: /' record.err
	trace-cmd report --stat "$file" 2>/dev/null | sed '/^CPU[0-9]* data recorded/,$d' >stat
}

stat_sum() { # KEY: of all CPUs
	awk -F': *' -v key="$1" '$1 == key { sum += $2 } END { printf "%.0f\n", sum }' stat
}

said() { # PATTERN: the number before it in what tapdeck said
	sed -nE "s/^.*[^0-9]([0-9]+) $1.*/\1/p" record.err | head -n 1
}


agrees_with_kernel() { # FILE
	local read events own
	read=$(stat_sum "read events")
	events=$(said "events in")
	own=$(said "events of tapdeck itself")
	[ "${events:-0}" -gt 100000 ] || echo "only ${events:-no} events"
	[ "$(stat_sum entries)" = 0 ] || echo "$(stat_sum entries) events were left unread"
	[ "$read" = $((events + ${own:-0})) ] ||
		echo "the kernel gave $read, the file has $events and $own were our own"
	[ "$("$PROGRAM" report "$1" --columns event 2>/dev/null | grep -vc LOST)" = "$events" ] ||
		echo "the file has not the $events events that were said"
}

losses_agree() {
	local overrun lost
	overrun=$(stat_sum overrun)
	lost=$(sed -nE 's/^.*lost: (at least )?([0-9]+).*/\2/p' record.err)
	[ "$overrun" = "${lost:-0}" ] || echo "the kernel overran $overrun, said were ${lost:-none}"
}

# The counter's calls: all there where nothing was lost.
numbers_are_whole() { # FILE
	"$PROGRAM" report "$1" -f 'comm == counter and id == 121 and event == sys_enter' 2>err |
		sed -nE 's/^.*NR 121 \(([0-9a-f]+),.*/\1/p' >numbers
	awk -v lost="$(stat_sum overrun)" 'function number(hex, v, i) {
			for (i = 1; i <= length(hex); i++)
				v = v * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return v
		}
		{ n = number($1); if (NR > 1 && n != last + 1) missing += n - last - 1; last = n }
		END {
			if (NR < 100) print "only " NR + 0 " numbered calls"
			if (missing > lost) print missing " calls are missing, " lost " were lost"
		}' numbers
}

if [ "$(id -u)" -ne 0 ] || [ ! -d /sys/kernel/tracing/events/raw_syscalls ]; then
	skip "a storm is recorded" "recording needs root and tracefs with raw_syscalls"
	tap_end
fi
if ! have trace-cmd; then
	skip "a storm is recorded" "trace-cmd is not installed"
	tap_end
fi
check "a storm on every CPU is recorded" record_storm storm.dat
check "the file agrees with the kernel's count" agrees_with_kernel storm.dat
check "so do the losses" losses_agree
check "no numbered call is missing" numbers_are_whole storm.dat
rm -f storm.dat
check "a storm is recorded with a buffer that is too small" record_storm small.dat --buffer 64k
check "the file agrees with the kernel's count, losses or not" agrees_with_kernel small.dat
check "so do the losses of the small buffer" losses_agree
check "no call is missing that was not lost" numbers_are_whole small.dat
tap_end
