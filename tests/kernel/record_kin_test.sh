#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# record -p PID --follow takes the children, and theirs, that lived before it, threads included, and
# what they make from then on; without --follow none of them, and never a stranger. Writes TAP. Needs
# root, tracefs.
#
# Usage: record_kin_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: record_kin_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

tracing=/sys/kernel/tracing
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d "$tracing"/instances ] || skip_all "tracefs is not mounted at $tracing"
[ -d "$tracing"/events/syscalls/sys_enter_getppid ] || skip_all "this kernel has no events of single system calls"
[ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ] || skip_all "a pid namespace of its own: the kernel's ids are others"
tmp=$(mktemp -d) || skip_all "no temporary directory"
tidy() {
	# shellcheck disable=SC2046
	kill $(jobs -p) 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap tidy EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
mkfifo go.kid go.grandkid go.late go.stranger

# Each of them lives before the recording begins and acts when the line comes: a child with two
# threads, one of a child, one that makes another only then, and a stranger.
family() {
	cat >family.sh <<-'EOT'
		actor 40 2 kid <go.kid >/dev/null &
		bash -c 'actor 30 0 grandkid <go.grandkid >/dev/null & wait' &
		bash -c 'read -r line <go.late; echo | actor 20 0 late >/dev/null; true' &
		wait
		sleep 0.5
	EOT
	bash family.sh &
	parent=$!
	actor 50 0 stranger <go.stranger >/dev/null &
	sleep 0.5
}

# recorded OPTION...: what each did, as "comm count".
recorded() {
	family
	"$deck" record -o t.dat --force -e syscalls:sys_enter_getppid -p "$parent" -t $((4 * slow)) "$@" 2>err &
	top=$!
	for ((i = 0; i < 100 * slow; i++)); do
		grep -qs 1 "$tracing"/instances/tapdeck.*.events/tracing_on && break
		sleep 0.05
	done
	sleep 0.5
	list=$(cat "$tracing"/instances/tapdeck.*.events/set_event_pid 2>/dev/null | head -n 1)
	for i in go.*; do echo >"$i"; done
	wait "$top" || cat err
	wait
	"$deck" summary t.dat --by comm --show count --csv 2>err | tail -n +2 | sort >got
}

follows() {
	recorded --follow
	printf 'grandkid,30\nkid,120\nlate,20\n' | diff - got
	[ -n "$list" ] && [ "$list" != 'no pid' ] || echo "the kernel let everybody pass: '$list'"
}

alone() {
	recorded
	[ ! -s got ] || cat got
}

check "children that lived before, and theirs" follows
check "without --follow none of them" alone
tap_end
