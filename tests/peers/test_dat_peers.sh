#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_dat_peers.sh: trace files made by mkdat, read by libtracecmd, by trace-cmd report and by us,
# for every byte order, word size and page size; and files that trace-cmd wrote, read by us. The
# same records, times and values in the same order, and not a word on standard error. It
# touches no tracefs.
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
same_converted() { # FILE
	trace-cmd convert --file-version 6 -i "$1" -o theirs.dat >out 2>&1 ||
		sed 's/^/trace-cmd convert: /' out
	dump own "$1" own
	dump own theirs.dat theirs
	diff own theirs | head -n 10
}

# Version 7 is not read yet; the error says what to do.
version_7() { # FILE
	trace-cmd convert --file-version 7 --compression none -i "$1" -o new.dat >/dev/null 2>&1
	dat_dump own new.dat >out 2>err && echo "version 7 was read"
	grep -q 'version 7 is not read yet: convert it with `trace-cmd convert' err || cat err
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
# trace-cmd 3.1.6 writes offsets of buffers in the wrong order into foreign files.
for machine in le64 le32; do
	check "mixed, $machine: converted by trace-cmd" same_converted "mixed-$machine-4096.dat"
done
check "many, be64: converted by trace-cmd" same_converted "many-be64-4096.dat"
check "version 7 is refused in words" version_7 mixed-le64-4096.dat
tap_end
