#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# layout_peers_test.sh: events of BPF structs with the formats that we make of their BTF, said by
# trace-cmd as we say them. There are two differences: its library writes numbers in arrays without
# braces and in decimal, and errors as numbers.
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
PATH=${BUILD_ROOT:?}/tests:$PATH
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1

have layout_feeder || skip_all "built without BPF"
have trace-cmd || skip_all "no trace-cmd"
have perl || skip_all "no perl"

# {0x1,0xff} as "1 255", -ENOENT as -2.
in_decimal() {
	perl -pe 's/\{([0-9a-fx,]*)\}/join " ", map { no warnings; hex } split ",", $1/ge; s/=-ENOENT\b/=-2/'
}

# The lines of one event, ours and theirs, are the same and there is one.
same_text() { # TYPE
	grep "^$1 " want >"want-$1" || echo "we say nothing of it"
	grep "^$1 " got | diff "want-$1" -
}

layout_feeder "$BUILD_ROOT/tests/layouts.bpf.o" out.dat >ours 2>errors
trace-cmd report out.dat >theirs 2>>errors
check "nobody complains" cat errors
in_decimal <ours >want
sed -nE 's/^.*\] +[0-9.]+: ([a-z_]+): *(.*)$/\1 \2/p' theirs >got
check "all events are there, in order" diff <(cut -d ' ' -f 1 want) <(cut -d ' ' -f 1 got)
while read -r name _; do
	check "struct $name is said alike" same_text "$name"
done <want
tap_end
