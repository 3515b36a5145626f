#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# histogram_test.sh: `tapdeck summary --histogram` against the numbers themselves, as awk finds them
# in the text of `trace-cmd report`: count, sum, least, greatest, every part, and percentiles within
# one percent. Of a file made for it, and of a recording of this kernel (root and tracefs). Writes
# TAP.
#
# Usage: histogram_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: histogram_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
export XDG_CONFIG_HOME=$TMP/config TZ=UTC LC_ALL=C.UTF-8

make_file() {
	mkdat - made.dat <<-'END'
		machine le 64
		page 4096
		cpus 2
		comm 7 seven
		event demo a 901 x:u64 n:s32 print "x=%llu n=%d", REC->x, REC->n
		event demo b 902 z:u32 print "z=%u", REC->z
		cpu 0
		many 20000 1000000000 1000 a tid=7 x=$ n=-$
		many 300 1900000000 1000 a tid=7 x=3$000 n=7
		cpu 1
		many 500 1000000500 1000 b tid=7 z=$
	END
	echo "$?" | grep -v '^0$'
	true
}

# numbers FILE EVENT PATTERN: what the pattern's group matches in rows of the event, in order.
numbers() {
	trace-cmd report -N -t --nodate "$1" 2>/dev/null |
		sed -nE "s/^.*[0-9]: +([^ :]+:)?$2: +(.* )?$3( .*)?\$/\3/p" | sort -n
}

# same FILE EVENT PATTERN FIELD
same() {
	numbers "$1" "$2" "$3" >all
	"$deck" summary "$1" --histogram "$2.$4" --json >json
	awk 'NR == FNR { v[++n] = $1 + 0; sum += $1; next }
		function of(name) {
			match($0, "\"" name "\":-?[0-9]+")
			return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0
		}
		function is(name, want) {
			if (of(name) != want)
				print name " is " of(name) " and not " want
		}
		function near(name, q,    rank, d) {
			rank = int(q * n) + (q * n > int(q * n))
			d = of(name) - v[rank]
			if (d * d > v[rank] * v[rank] / 10000)
				print name " is " of(name) " and not about " v[rank]
		}
		/"histogram"/ {
			is("count", n); is("sum", sum); is("min", v[1]); is("max", v[n])
			near("p50", 0.5); near("p90", 0.9); near("p99", 0.99)
			at = 1
		}
		/"part"/ {
			for (c = 0; at <= n && v[at] <= of("hi"); at++) {
				c++
				if (v[at] < of("lo"))
					print v[at] " is in no part"
			}
			is("count", c)
			parts++
		}
		END { if (!n || !parts || at != n + 1) print n " numbers, " parts " parts, up to " at }
	' all json | head -n 6
}

# The bars that people get have the same numbers, however many lines there are.
bars() {
	local lines
	for lines in 5 20 60; do
		"$deck" summary made.dat --histogram x -n "$lines" >text
		awk -v most="$lines" '/%/ { gsub(",", ""); n += $(NF - (/\xe2|#/ ? 2 : 1)); lines++ }
			END { if (n != 20300 || lines > most) print n " in " lines " lines" }' text
	done
	grep -qx 'without it: 500 events have no x' text || tail -n 1 text
}

csv() {
	"$deck" summary made.dat --histogram a.x --csv -f 'n > 0' 2>words |
		awk -F , 'NR > 1 { n += $3 } END { if (n != 300) print n + 0 " counted" }'
}

refuses() { # WORDS OPTION...
	local want=$1 status
	shift
	"$deck" summary made.dat "$@" >out 2>words
	status=$?
	[ "$status" = 2 ] || echo "status $status"
	[ ! -s out ] || echo "printed something"
	grep -qF -- "$want" words || cat words
}

have trace-cmd || skip_all "trace-cmd is not installed"

check "a file is made" make_file
check "made: u64" same made.dat a 'x=([0-9]+)' x
check "made: s32" same made.dat a 'n=(-?[0-9]+)' n
check "made: u32" same made.dat b 'z=([0-9]+)' z
check "the bars have the same numbers" bars
check "-f counts what passes" csv
check "an unknown field is refused" refuses "nearest is 'x'" --histogram xx
check "text is refused" refuses "'comm' is of the row" --histogram comm
check "a list is refused" refuses "one field" --histogram x,n
check "groups beside it are refused" refuses "either --by or --histogram" --histogram x --by comm

record() {
	"$deck" record -t 1 --buffer 64M -e kmem:kmalloc -e raw_syscalls:sys_exit -o live.dat -- \
		bash -c 'for i in 1 2 3; do ls -lR /etc >/dev/null; (exec true); done'
}

if [ "$(id -u)" != 0 ] || [ ! -d /sys/kernel/tracing/instances ]; then
	skip "numbers of a recording of this kernel" "needs root and tracefs"
elif ! record >words 2>&1; then
	check "a recording" cat words
else
	check "recorded: bytes of kmalloc" same live.dat kmalloc 'bytes_alloc=([0-9]+)' bytes_alloc
fi

tap_end
