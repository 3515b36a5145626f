#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dat_theirs_test.sh: what trace-cmd records here, read by us and by libtracecmd: the same records,
# losses, times and values in the same order, of every version, compression, clock and size of
# sub-buffers; and the text of a latency tracer. trace-cmd sets and resets the top level of the
# tracing files as it likes, so this runs in guests alone.
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
PATH=${BUILD_ROOT:?}/tests:$PATH
TRACING=/sys/kernel/tracing
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1

work() {
	for _ in 1 2 3 4 5; do /bin/true; done
	head -c 300000 /dev/zero | cksum >/dev/null
	sleep 0.2
}
export -f work

record() { # OPTION...
	rm -f theirs.dat
	trace-cmd record -o theirs.dat "$@" bash -c work >log 2>&1 || {
		echo "trace-cmd record: status $?"
		tail -n 5 log
	}
}

# At least so many records, and both readers say the same of them.
same() { # RECORDS
	dat_dump own theirs.dat >own 2>&1 || echo "we found damage"
	dat_dump lib theirs.dat >lib 2>&1 || echo "libtracecmd: status $?"
	diff lib own | head -n 10
	[ "$(wc -l <own)" -ge "$1" ] || echo "only $(wc -l <own) records"
}

records() { # RECORDS OPTION...
	local least=$1
	shift
	record "$@"
	same "$least"
}

# The buffer is too small for what happens while nobody reads: what was lost is said alike.
loses() { # OPTION...
	record -b 16 -s 5000000 -e all "$@"
	same 1000
	grep -q ' lost ' own || echo "nothing was lost"
}

latency() { # OPTION...
	record -p wakeup "$@"
	trace-cmd report theirs.dat 2>err | grep -v '^cpus=' >want
	cat err
	dat_dump own theirs.dat >own 2>&1 || echo "we found damage"
	diff -B want own | head -n 10
	grep -q '^# latency: ' own || echo "no latency in the text"
}

if [ -z "${QEMU_GUEST:-}" ]; then
	skip "files of trace-cmd" "trace-cmd changes the top level of the tracing files: guests only"
	tap_end
fi
if ! have trace-cmd; then
	skip "files of trace-cmd" "trace-cmd is not installed"
	tap_end
fi
for to in "--file-version 6" "--compression none" "--compression zstd"; do
	# shellcheck disable=SC2086
	check "events, $to" records 500 $to -e sched -e irq
	# shellcheck disable=SC2086
	check "three buffers, $to" records 1000 $to -e sched -B one -e irq -B two -e raw_syscalls
	# shellcheck disable=SC2086
	check "function_graph, $to" records 500 $to -p function_graph -g vfs_read -g vfs_write
done
check "losses, version 6" loses --file-version 6
check "losses, zstd" loses --compression zstd
check "the clock boot" records 200 -C boot -e sched
check "cycles" records 200 -C x86-tsc -e sched
if trace-cmd record -o theirs.dat -C tsc2nsec -e sched true 2>&1 | grep -q 'is not supported'; then
	skip "cycles as ns" "trace-cmd cannot tell how long a cycle is here"
else
	check "cycles as ns" records 200 -C tsc2nsec -e sched
fi
check "a date, version 6" records 200 --date --file-version 6 -e sched
check "an offset" records 200 --ts-offset 12345 -e sched
if [ -f $TRACING/buffer_subbuf_size_kb ]; then
	echo 64 >$TRACING/buffer_subbuf_size_kb
	check "sub-buffers of 64 KiB, version 6" records 200 --file-version 6 -e sched
	check "sub-buffers of 64 KiB, zstd" records 200 -e sched
	echo 4 >$TRACING/buffer_subbuf_size_kb
else
	skip "sub-buffers of 64 KiB" "this kernel has one size"
fi
if grep -qw wakeup $TRACING/available_tracers; then
	check "latency text, version 6" latency --file-version 6
	check "latency text, zstd" latency
else
	skip "latency text" "this kernel has no latency tracer"
fi
tap_end
