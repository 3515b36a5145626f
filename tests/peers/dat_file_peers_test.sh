#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dat_file_peers_test.sh: recordings made by dat_feeder, finished, left as a crash leaves them, killed
# at random moments, and on disks that are full, read by trace-cmd report, libtracecmd and us. The
# same records for all of them, and not a word on standard error. Disks are files mounted through a
# loop device, or tmpfs: as root; else these cases are skipped.
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
PATH=${BUILD_ROOT:?}/tests:$PATH:/usr/sbin:/sbin
TMP=$(mktemp -d /var/tmp/tapdeck-peers-XXXXXX) || exit 1
DISK=
end() {
	[ -z "$DISK" ] || umount "$DISK"
	rm -rf "$TMP"
}
trap end EXIT
cd "$TMP" || exit 1

# counts FILE LEAST MOST: every reader finds so many events, the same ones, and says nothing.
counts() {
	local n
	dat_dump own "$1" >own 2>err || echo "dat_dump own: status $?"
	cat err
	dat_dump lib "$1" >lib 2>err || echo "dat_dump lib: status $?"
	cat err
	diff own lib | head -n 4
	n=$(grep -c ' tick ' own)
	[ "$n" -ge "$2" ] && [ "$n" -le "$3" ] || echo "$n events, not $2 to $3"
	trace-cmd report "$1" >text 2>err || echo "trace-cmd report: status $?"
	cat err
	[ "$(grep -c ' tick: ' text)" = "$n" ] ||
		echo "trace-cmd reports $(grep -c ' tick: ' text) events, not $n"
	grep -q '^ *ticker-77 .* tick: *n=0' text || echo "no name or text: $(sed -n 4p text)"
}

# A finished file and one that was left hold the same; a finished one has no holes to speak of.
made() { # OPTION...
	rm -f a.dat
	dat_feeder "$@" a.dat >said || { echo "dat_feeder: status $?"; return; }
	counts a.dat "$(tail -n 1 said | cut -d' ' -f1)" "$(tail -n 1 said | cut -d' ' -f1)"
	case " $* " in *" -a "*) return ;; esac
	local size
	size=$(stat -c %s a.dat)
	[ "$size" -lt 30000000 ] || echo "finished, it has $size bytes"
}

# The report of a compressed file is that of the plain one.
same_report() {
	dat_feeder -n 5000 -e 700 -b 1 plain.dat >said && trace-cmd report plain.dat >plain
	dat_feeder -n 5000 -e 700 -b 1 -z small.dat >said && trace-cmd report small.dat >small
	diff plain small | head -n 10
	[ "$(stat -c %s small.dat)" -lt $(($(stat -c %s plain.dat) / 4)) ] || ls -l ./*.dat
}

# Killed at a random moment, ten times; the last line it said is what counted.
killed() { # OPTION...
	local i pid n
	for i in 1 2 3 4 5 6 7 8 9 10; do
		rm -f k.dat
		dat_feeder "$@" -n 1000000 -e 300 -s 2000 k.dat >said 2>err &
		pid=$!
		until [ -s said ]; do sleep 0.01; done
		sleep "0.$((RANDOM % 200 + 100))"
		kill -9 "$pid"
		wait "$pid" 2>/dev/null
		# The last line may be half written.
		n=$(sed '$d' said | tail -n 1 | cut -d' ' -f1)
		counts k.dat "${n:-0}" 100000000 | sed "s/^/kill $i: /"
	done
}

# mounted_ext4 SIZE, mounted_tmpfs SIZE: a disk at $DISK.
mounted_ext4() {
	truncate -s "$1" image && mkfs.ext4 -q -F image >mkfs 2>&1 && mkdir -p disk &&
		mount -o loop image disk 2>mounting && DISK=$TMP/disk
}

mounted_tmpfs() {
	mkdir -p disk && mount -t tmpfs -o "size=$1" tmpfs disk 2>mounting && DISK=$TMP/disk
}

unmounted() {
	umount "$DISK" && DISK=
	rm -f image
}

# It ends with words before the disk is full; what counted is there, and 12 MiB are still free.
full() { # OPTION...
	local status left n
	rm -rf disk/*
	left=$(stat -f -c '%a * %S / 1024' disk)
	head -c "$((left - 18 * 1024))K" /dev/zero >disk/fill
	dat_feeder "$@" -n 100000000 -e 20000 disk/f.dat >said 2>words
	status=$?
	[ "$status" -eq 1 ] || echo "status $status"
	grep -q 'the disk is nearly full: .* are left and 16.0 MiB are kept free' words || cat words
	left=$(stat -f -c '%a * %S / 1048576' disk)
	[ $((left)) -ge 12 ] || echo "$((left)) MiB are left"
	n=$(tail -n 1 said | cut -d' ' -f1)
	[ "$(stat -c %s disk/f.dat)" -lt 30000000 ] || ls -l disk
	[ "${n:-0}" -ge 20000 ] || echo "only ${n:-0} events fitted"
	counts disk/f.dat "$n" 100000000
}

# Nothing at all is left, not even the reserve: what counted stays.
quite_full() { # OPTION...
	local pid n
	rm -rf disk/*
	dat_feeder "$@" -n 100000000 -e 500 -s 1000 disk/f.dat >said 2>words &
	pid=$!
	until [ -s said ]; do sleep 0.01; done
	dd if=/dev/zero of=disk/fill bs=64k 2>/dev/null
	wait "$pid"
	grep -q 'the disk is nearly full\|no room is left' words || cat words
	n=$(tail -n 1 said | cut -d' ' -f1)
	counts disk/f.dat "$n" 100000000
	rm -f disk/fill
}

# Where nothing can be collapsed the file is copied, and keeps its mode.
copied() { # OPTION...
	rm -rf disk/*
	(umask 077 && dat_feeder -n 20000 -e 3000 -b 1 "$@" disk/c.dat >said 2>err) || cat err
	counts disk/c.dat "$(tail -n 1 said | cut -d' ' -f1)" "$(tail -n 1 said | cut -d' ' -f1)"
	[ "$(stat -c %s disk/c.dat)" -lt 30000000 ] || ls -l disk
	[ "$(stat -c %a disk/c.dat)" = 600 ] || stat -c 'mode %a' disk/c.dat
	[ "$(ls disk)" = c.dat ] || ls disk
}

# Not enough room for the copy: the file stays as it is, and is said to have holes.
not_copied() {
	rm -rf disk/*
	head -c 22M /dev/zero >disk/fill
	dat_feeder -n 700000 -e 100000 disk/c.dat >said 2>err &&
		echo "a copy was made of $(stat -c %b disk/c.dat) blocks"
	grep -q 'whole, but has holes: .*a copy without holes needs' err || cat err
	counts disk/c.dat 1400000 1400000
	[ "$(ls disk)" = "c.dat
fill" ] || ls disk
}

# All formats and symbols of this kernel; the report is in wall time, as the file says what to add.
whole_kernel() { # OPTION...
	local now first
	made "$@" -k /sys/kernel/tracing -n 3000 -e 250
	made "$@" -k /sys/kernel/tracing -d -n 3000 -e 250 -a
	# The first event was one second after the machine came up, not counting its sleep.
	now=$(awk -v now="$(date +%s)" '{ printf "%d", now - $1 + 1 }' /proc/uptime)
	first=$(sed -nE 's/^.* ([0-9]+)\.[0-9]+: +tick: .*/\1/p' text | head -n 1)
	[ "$first" -ge $((now - 5)) ] && [ "$first" -le "$(date +%s)" ] || echo "$first, not $now"
}

# A limit of the shell on the size of files: smaller regions, or words.
limited() {
	(ulimit -f 2000000 && dat_feeder -n 5000 limited.dat >said 2>err) || cat err
	counts limited.dat 10000 10000
	(ulimit -f 2000000 && dat_feeder -w -n 5000 limited.dat >said 2>err) || cat err
	counts limited.dat 10000 10000
	(ulimit -f 100000 && dat_feeder -n 5000 limited.dat >said 2>err) && echo "no limit was met"
	grep -q 'ulimit -f' err || cat err
}

for how in "" "-7" "-z"; do
	check "a finished file${how:+, $how}" made $how -n 3000 -e 250 -b 1
	check "a file that was left${how:+, $how}" made $how -n 3000 -e 250 -b 1 -a
	check "a whole one${how:+, $how}" made $how -n 3000 -e 250 -b 2 -w
	check "a whole one, late things${how:+, $how}" made $how -n 3000 -e 250 -b 1 -w -l 7 -x 9000
	check "a late format, names and buffer${how:+, $how}" made $how -n 3000 -e 100 -b 1 -l 20 -a
	check "long late formats, finished${how:+, $how}" made $how -n 3000 -e 100 -b 1 -l 7 -x 9000
	check "pages of 64 KiB${how:+, $how}" made $how -n 20000 -e 900 -p 65536
	check "pages of 1 MiB${how:+, $how}" made $how -n 100000 -e 9000 -p 1048576 -c 1
	check "ten kills${how:+, $how}" killed $how -b 1
done
check "ten kills among late formats" killed -b 1 -l 60 -x 5000
for machine in le32 be64 be32; do
	check "a machine of $machine" made -m $machine -n 3000 -e 250 -b 1 -l 2
	check "a machine of $machine, compressed and left" made -m $machine -n 3000 -e 250 -z -a
	check "a machine of $machine, whole" made -m $machine -n 3000 -e 250 -w
done
check "a compressed file says the same" same_report
if [ -r /sys/kernel/tracing/events/header_page ]; then
	for how in "" "-7" "-z"; do
		check "with all of the kernel${how:+, $how}" whole_kernel $how
	done
else
	skip "with all of the kernel" "/sys/kernel/tracing is closed to us, or not there"
fi
check "a limit on the size of files" limited

if mounted_ext4 96M; then
	check "a full disk" full -b 1
	check "a full disk, compressed" full -b 1 -z
	check "a disk that others fill" quite_full -b 1
	check "a disk that others fill, compressed" quite_full -b 1 -z
	check "a disk that others fill, late formats" quite_full -b 1 -l 10000 -x 5000
	unmounted
else
	skip "a full disk" "no loop device can be mounted: $(cat mkfs mounting 2>/dev/null | head -n 1)"
fi
if mounted_tmpfs 64M; then
	for how in "" "-7" "-z" "-w" "-w -z" "-l 3 -x 9000"; do
		check "a copy without holes${how:+, $how}" copied $how
	done
	check "no room for a copy" not_copied
	check "a full tmpfs" full -b 1
	check "a tmpfs that others fill" quite_full -b 1 -z
	unmounted
else
	skip "a copy without holes" "no tmpfs can be mounted: $(cat mounting)"
fi
tap_end
