#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the program of names promises, end to end: who looks up what is a row, of the C library that
# is watched and of no other, and a library that cannot be watched is named. Writes TAP. Needs root
# and BPF.
#
# Usage: bpf_dns_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: bpf_dns_test.sh TAPDECK}
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -e /sys/kernel/btf/vmlinux ] || skip_all "this kernel says no types (BTF)"
have getent || skip_all "there is no getent"
libc=$(ldd "$(command -v getent)" 2>/dev/null | awk '$1 == "libc.so.6" { print $3 }')
[ -e "$libc" ] || skip_all "getent has no libc.so.6"
! "$deck" stream -e bpf:dns -t 0.1 2>&1 | grep -q 'without BPF' || skip_all "built without BPF"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
mkdir -p config/tapdeck other
cp -L "$libc" other/

# stage NAME LIBRARY-PATH: streams into out until a look-up with a library of there is a row, and
# lets the usual one look up another name each time before, and once more when it surely is on.
stage() {
	local stream i
	: >out
	"$deck" stream -e bpf:dns --json -t $((20 * slow)) >out 2>err &
	stream=$!
	for ((i = 0; i < 60 * slow; i++)); do
		getent ahosts 127.0.0.9 >/dev/null
		LD_LIBRARY_PATH=$2 getent ahosts "$1" >/dev/null
		grep -q "\"name\":\"$1\"" out && break
		sleep 0.1
	done
	getent ahosts 127.0.0.9 >/dev/null
	kill -INT "$stream"
	wait "$stream" || cat err
}

every_lookup() {
	: >config/tapdeck/config
	stage 127.0.0.8 ""
	grep '"name":"127.0.0.8"' out | head -n 1 |
		grep -q '"comm":"getent".*"event":"dns".*"result":0,"latency":"[1-9]' || head -n 3 out
	grep -q '"name":"127.0.0.9"' out || echo "127.0.0.9 is not there"
}

another_library() {
	printf '[tracer bpf:dns]\ntarget = %s\n' "$tmp/other/libc.so.6" >config/tapdeck/config
	stage 127.0.0.7 "$tmp/other"
	grep -q '"name":"127.0.0.7"' out || cat err
	! grep '"name":"127.0.0.9"' out | head -n 1 | grep .
}

no_library() {
	printf '[tracer bpf:dns]\ntarget = %s\n' "$tmp/nowhere.so" >config/tapdeck/config
	"$deck" stream -e bpf:dns -t 1 >out 2>err
	grep -q "bpf:dns.*$tmp/nowhere.so.*No such file" err || cat err
}

check "who looks up a name is a row" every_lookup
check "another C library is watched instead" another_library
check "a library that is not there is named" no_library
tap_end
