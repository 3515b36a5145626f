#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_dat_peers.sh: trace files made by mkdat, read by libtracecmd, by trace-cmd report and by us,
# for every version, byte order, word size, page size and compression; and files that trace-cmd
# converted, read by us. The same records, times and values in the same order, and not a
# word on standard error. It touches no tracefs.
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
DESCRIPTIONS=$SOURCE_ROOT/tests/peers/dat
PATH=${BUILD_ROOT:?}/tests:$PATH
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1

# dump own|lib FILE OUT: all records of a file, silently.
dump() {
	dat_dump "$1" "$2" >"$3" 2>err || { echo "dat_dump $1 $2: status $?"; }
	cat err
	[ -s "$3" ] || echo "dat_dump $1 $2 printed nothing"
}

same_records() { # FILE
	dump own "$1" own
	dump lib "$1" lib
	diff lib own | head -n 10
}

# Every record is a line of the report, with its CPU, time and event.
same_report() { # FILE
	trace-cmd report -t "$1" >text 2>err || echo "trace-cmd failed: status $?"
	cat err
	dump own "$1" own
	grep -v ' lost ' own | awk '{
		printf "%03d %d.%09d %s\n", $2, int($3 / 1e9), $3 % 1e9, $4 }' | sort >want
	sed -nE 's/^.*\[([0-9]+)\] +([0-9]+\.[0-9]{9}): +([a-z_]+): .*/\1 \2 \3/p' text |
		sort >got
	diff want got | head -n 10
}

# What trace-cmd makes of our file holds the same records.
same_converted() { # FILE CONVERT-OPTION...
	local file=$1
	shift
	trace-cmd convert "$@" -i "$file" -o theirs.dat >out 2>&1 ||
		sed 's/^/trace-cmd convert: /' out
	dump own "$file" own
	dump own theirs.dat theirs
	diff own theirs | head -n 10
}

# The same file in another version: libtracecmd is built without zlib here.
same_as() { # FILE OTHER
	dump own "$1" own
	dump own "$2" other
	diff own other | head -n 10
}

# Times differ by rounding, a ns each for the host, the slope and the cycles; all else is the same.
same_times() { # OPTIONS-LINE...
	{
		echo "cpus 3"
		printf 'option %s\n' "$@"
		echo "event demo tick 501 n:u32"
		for cpu in 0 1 2; do
			echo "cpu $cpu"
			echo "many 200 1000000 $((cpu * 977 + 70)) tick n=\$"
		done
	} >times.txt
	for version in "" "-7 none" "-7 zstd"; do
		# shellcheck disable=SC2086
		mkdat $version times.txt times.dat
		dump own times.dat own
		dump lib times.dat lib
		paste -d ' ' own lib | awk '
			{ off = $3 - $9; if (off < 0) off = -off }
			off > 3 || $1 $2 $4 $6 != $7 $8 $10 $12 { print; if (++n == 10) exit }
			END { if (NR != 600) print NR " records" }'
	done
}

# A TIME_SHIFT option: CPU 0 has three samples, CPU 1 two, CPU 2 none.
guest() { # FLAGS
	echo "12 5@8 $1@4 2@4" \
		"3@4 1001000@8 1002000@8 1005000@8 100@8 150@8 250@8 4@8 4@8 4@8" \
		"2@4 1000100@8 5000000@8 1000000@8 1000007@8 1@8 1@8" \
		"2@8 2@8 2@8 0@8 0@8"
}

# Buffers of several page sizes, one without CPUs.
same_buffers() {
	{
		echo "cpus 2"
		echo "event demo tick 501 n:u32"
		echo "many 900 1000 7 tick n=\$"
		for page in 8192 65536 1048576; do
			echo "buffer of$page 2 $page"
			echo "cpu 1"
			echo "many 900 1000 7 tick n=\$"
		done
		echo "buffer empty 1"
	} >buffers.txt
	mkdat -7 none buffers.txt buffers.dat
	same_records buffers.dat
	[ "$(wc -l <own)" -eq 3600 ] || echo "$(wc -l <own) records"
}

# The text is what stands in the report, but for its first line: how many CPUs there are.
same_latency() { # MKDAT-OPTION...
	{
		echo "event demo tick 501 n:u32"
		for i in $(seq 2000); do echo "latency # line $i of a latency tracer's text"; done
	} >latency.txt
	mkdat "$@" latency.txt latency.dat
	trace-cmd report latency.dat 2>err | grep '^# line' >want
	cat err
	dump own latency.dat own
	diff want own | head -n 10
}

if ! have trace-cmd; then
	skip "the peers of trace.dat" "trace-cmd is not installed"
	tap_end
fi
for machine in le64 le32 be64 be32; do
	for page in 4096 65536; do
		for text in mixed many; do
			what="$text, $machine, pages of $page"
			file=$text-$machine-$page.dat
			if ! mkdat -m "$machine" -p "$page" "$DESCRIPTIONS/$text.txt" "$file"; then
				check "$what: made" false
				continue
			fi
			check "$what: libtracecmd sees the same records" same_records "$file"
			check "$what: trace-cmd report sees the same records" same_report "$file"
		done
	done
done
for machine in le64 le32 be64 be32; do
	for page in 1024 65536 1048576; do
		for how in none zstd zlib; do
			what="version 7, $how, $machine, pages of $page"
			mkdat -7 $how -m $machine -p $page "$DESCRIPTIONS/mixed.txt" new.dat
			mkdat -m $machine -p $page "$DESCRIPTIONS/mixed.txt" old.dat
			check "$what: as in version 6" same_as old.dat new.dat
			# libtracecmd dies where it cannot map a page, and has no zlib here.
			[ $how = zlib ] || [ $how$page = none1024 ] ||
				check "$what: libtracecmd sees the same records" same_records new.dat
		done
	done
	mkdat -7 zstd -m $machine "$DESCRIPTIONS/mixed.txt" new.dat
	check "version 7, $machine: trace-cmd report sees the same records" same_report new.dat
done
check "version 7, a page size per buffer" same_buffers
# trace-cmd 3.1.6 writes offsets of buffers in the wrong order into foreign files.
for machine in le64 le32; do
	for to in "6" "7 --compression none" "7 --compression zstd"; do
		# shellcheck disable=SC2086
		check "mixed, $machine: converted by trace-cmd to version $to" \
			same_converted "mixed-$machine-4096.dat" --file-version $to
	done
done
check "many, be64: converted by trace-cmd" same_converted "many-be64-4096.dat" --file-version 6
check "times: an offset" same_times "7 -1000"
check "times: cycles" same_times "14 0x50000000@4 30@4 5@8" "7 12"
check "times: a guest, in steps" same_times "$(guest 0)"
check "times: a guest, interpolated" same_times "$(guest 1)"
check "times: a guest that counts cycles" same_times "14 0x50000000@4 30@4 5@8" "$(guest 1)" "7 7"
check "times: a date" same_times "1 0x123456789"
check "latency text, version 7" same_latency -7 none
check "latency text, zstd" same_latency -7 zstd
tap_end
