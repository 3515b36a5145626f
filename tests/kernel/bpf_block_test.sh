#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the programs of block devices promise, end to end: requests of a loop device are rows of
# `tapdeck stream`, as many as the kernel's own event of the same time says and of the same sectors,
# and what is counted in the kernel is their sum. Writes TAP. Needs root, tracefs and BPF.
#
# Usage: bpf_block_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: bpf_block_test.sh TAPDECK}
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d /sys/kernel/tracing/events/block/block_rq_complete ] ||
	skip_all "no event block:block_rq_complete at /sys/kernel/tracing"
[ -e /sys/kernel/btf/vmlinux ] || skip_all "this kernel says no types (BTF)"
! "$deck" stream -e bpf:blockio -t 0.1 2>&1 | grep -q 'without BPF' || skip_all "built without BPF"
tmp=$(mktemp -d) || skip_all "no temporary directory"
loop=
trap 'kill $(jobs -p) 2>/dev/null; [ -z "$loop" ] || losetup -d "$loop"; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
# In a guest of the tests its module is ours to load.
[ -z "${QEMU_GUEST:-}" ] || modprobe -q loop
truncate -s 16M disk
loop=$(losetup -f --show disk 2>/dev/null) || skip_all "no loop device"
disk=${loop#/dev/}
IFS=: read -r major minor <"/sys/block/$disk/dev"

# Reads of 4 KiB until the file `go` is there; then 50 writes of 8 KiB and 30 reads of 16 KiB,
# which nobody else asks for; at last one of the sector 8.
act() {
	while [ ! -e go ]; do
		dd if="$loop" of=/dev/null bs=4k skip=4 count=1 iflag=direct status=none
		sleep 0.05
	done
	dd if=/dev/zero of="$loop" bs=8k seek=100 count=50 oflag=direct status=none
	dd if="$loop" of=/dev/null bs=16k skip=200 count=30 iflag=direct status=none
	dd if="$loop" of=/dev/null bs=4k skip=1 count=1 iflag=direct status=none
}

# stage EVENT STREAM-OPTION...: streams into out until an event of the last request was seen.
stage() {
	local event=$1 actor stream i
	shift
	rm -f go out
	act &
	actor=$!
	"$deck" stream --json -t $((20 * slow)) "$@" >out 2>err &
	stream=$!
	for ((i = 0; i < 100 * slow; i++)); do
		grep -qs "\"event\":\"$event\".*\"disk\":\"$disk\"" out && break
		sleep 0.05
	done
	touch go
	wait "$actor"
	sleep $((slow / 5)).5
	[ "$event" != blockio_count ] || sleep 2
	kill -INT "$stream"
	wait "$stream" || echo "the stream ended with $?"
	grep -q 'none lost' err || cat err
}

rows_as_the_kernel_says() {
	stage blockio -e bpf:blockio -e block:block_rq_complete
	python3 - "$major" "$minor" <<'EOF'
import json, sys
major, minor = map(int, sys.argv[1:])
rows = [json.loads(line) for line in open("out")]
def what(sector, count):
    return int(sector), count
ours = [(r["fields"]["sector"], int(r["fields"]["bytes"]) // 512, r["fields"]) for r in rows
        if r["event"] == "blockio" and (r["fields"]["major"], r["fields"]["minor"]) == (major, minor)]
theirs = [(r["fields"]["sector"], r["fields"]["nr_sector"]) for r in rows
          if r["event"] == "block_rq_complete" and r["fields"]["dev"] == major << 20 | minor]
# One of the two may have been on before the other; the last request is of both.
ours = [(int(s), n, f) for s, n, f in ours if int(s) != 32]
theirs = [(int(s), n) for s, n in theirs if int(s) != 32]
if sorted((s, n) for s, n, f in ours) != sorted(theirs):
    sys.exit(f"{len(ours)} rows, the kernel says {len(theirs)}")
writes = [f for s, n, f in ours if f["op"] == 1]
reads = [f for s, n, f in ours if f["op"] == 0]
if len(writes) != 50 or len(reads) != 31:
    sys.exit(f"{len(writes)} writes, not 50; {len(reads)} reads, not 31")
if sorted(int(f["sector"]) for f in writes) != [1600 + 16 * i for i in range(50)]:
    sys.exit(f"sectors: {[f['sector'] for f in writes]}")
bad = [f for f in writes + reads if f["comm"] != "dd" or f["error"] != 0 or int(f["latency"]) <= 0]
if bad:
    sys.exit(f"not dd's, failed or of no time: {bad[0]}")
EOF
}

counts_are_sums() {
	stage blockio_count -e bpf:blockio_count
	python3 - "$disk" <<'EOF'
import json, sys
total = {}
for line in open("out"):
    f = json.loads(line)["fields"]
    if f["disk"] == sys.argv[1]:
        n = total.setdefault(f["op"], [0, 0, 0])
        n[0] += int(f["count"])
        n[1] += int(f["bytes"])
        n[2] += sum(int(s) for s in f["slots"])
if total.get(1) != [50, 50 * 8192, 50]:
    sys.exit(f"writes: {total.get(1)}")
count, size, slots = total[0]
probes = count - 31
if probes < 1 or size != 30 * 16384 + 4096 * (probes + 1) or slots != count:
    sys.exit(f"reads: {total[0]}")
EOF
}

said_as_written() {
	"$deck" stream -e bpf:blockio -t $((20 * slow)) -n 1 -f "disk == $disk and op == WRITE" >out 2>err &
	local stream=$! i
	for ((i = 0; i < 100 * slow; i++)); do
		[ -s out ] && break
		dd if=/dev/zero of="$loop" bs=4k seek=2 count=1 oflag=direct status=none
		sleep 0.05
	done
	wait "$stream" || cat err
	grep -Eq "blockio: $major:$minor $disk WRITE sector=16 bytes=4096 latency=[0-9]+ queued=[0-9]+ error=0 flags=[A-Z|]*SYNC" out ||
		cat out
}

check "requests are rows, as many as the kernel says" rows_as_the_kernel_says
check "what is counted in the kernel is their sum" counts_are_sums
check "a request is written by names, and filtered by them" said_as_written
tap_end
