#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# record_disk_test.sh PROGRAM: a recording on a disk that becomes full ends by itself with 16 MiB left
# and words that say so; what is in the file opens. On ext4, where holes are collapsed, and on tmpfs,
# where the end is a copy.
set -u
PROGRAM=${1:?usage: record_disk_test.sh PROGRAM}
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
TMP=$(mktemp -d) || exit 1
# shellcheck disable=SC2317
cleanup() {
	cd /
	umount "$TMP/disk" 2>/dev/null
	rm -rf "$TMP"
}
trap cleanup EXIT
cd "$TMP" || exit 1
mkdir disk

free_mib() {
	df --output=avail -k disk | awk 'NR == 2 { print int($1 / 1024) }'
}

fills() { # OPTION...: records more than there is room for
	local status
	timeout 90 "$PROGRAM" record -e raw_syscalls -o disk/full.dat "$@" -- \
		timeout 60 dd if=/dev/zero of=/dev/null bs=1 >/dev/null 2>err
	status=$?
	[ "$status" -eq 1 ] || echo "exit status $status, not 1"
	grep -q 'disk' err || { echo "no word of the disk:"; cat err; }
	# What was in flight when it ended may lie in the reserve.
	[ "$(free_mib)" -ge 8 ] || echo "only $(free_mib) MiB are left"
}

opens() {
	trace-cmd report -t disk/full.dat 2>words >report || echo "trace-cmd report: status $?"
	sed 's/^/trace-cmd: /' words
	[ "$(grep -c 'sys_enter' report)" -gt 10000 ] || echo "hardly any event is in it"
	"$PROGRAM" stream disk/full.dat -n 1 >/dev/null 2>err || echo "tapdeck stream: status $?"
	grep -i damage err || true
}

# A disk that is too full from the beginning is refused, and leaves no file.
refuses() {
	fallocate -l "$(($(free_mib) - 14))M" disk/ballast || echo "no ballast"
	"$PROGRAM" record -e raw_syscalls -o disk/late.dat -t 1 >/dev/null 2>err && echo "it recorded"
	grep -q 'disk/late.dat' err || { echo "no word of the file:"; cat err; }
	[ ! -e disk/late.dat ] || echo "it left a file"
	rm -f disk/ballast
}

on_disk() { # NAME
	check "$1: a recording ends before the disk is full" fills
	check "$1: what it wrote opens" opens
	rm -f disk/full.dat
	check "$1: a disk without room is refused" refuses
	umount disk
}

if [ "$(id -u)" -ne 0 ] || [ ! -d /sys/kernel/tracing/events/raw_syscalls ]; then
	skip "a full disk" "recording needs root and tracefs with raw_syscalls"
	tap_end
fi
if ! have trace-cmd; then
	skip "a full disk" "trace-cmd is not installed"
	tap_end
fi
truncate -s 96M image
if have mkfs.ext4 && mkfs.ext4 -q image && mount -o loop image disk 2>/dev/null; then
	on_disk ext4
else
	skip "a full disk: ext4" "no loop device here"
fi
if mount -t tmpfs -o size=96M tmpfs disk 2>/dev/null; then
	on_disk tmpfs
else
	skip "a full disk: tmpfs" "cannot mount"
fi
tap_end
