#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Function tracers on the real kernel: each in an instance of its own, its calls are rows, the top
# level stays as it was; where the kernel refuses, the reason is said in words. Writes TAP. Needs
# root and tracefs; what a kernel does not offer is skipped with its reason.
#
# Usage: tracers_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: tracers_test.sh TAPDECK}
slow=${TEST_SLOW:-1}
tracing=/sys/kernel/tracing

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d "$tracing/instances" ] || skip_all "tracefs is not mounted at $tracing"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'rm -rf "$tmp"' EXIT
export XDG_CONFIG_HOME=$tmp/config
read -r -a tracers <"$tracing/available_tracers"

has() { # TRACER
	[[ " ${tracers[*]} " = *" $1 "* ]]
}

# Does the kernel itself let an instance have it? Its answer in $answer.
allows() {
	mkdir "$tracing/instances/test.allows" || return 1
	answer=$(bash -c "echo $1 >$tracing/instances/test.allows/current_tracer" 2>&1)
	local rc=$?
	answer=${answer##*: }
	rmdir "$tracing/instances/test.allows"
	return "$rc"
}

as_found() {
	cat "$tracing/current_tracer" "$tracing/tracing_on" "$tracing/trace_clock"
	ls "$tracing/instances"
}

# Rows of the tracer, all its own; its instance is gone afterwards and the top level as before.
streams() { # TRACER PATTERN
	local status
	as_found >"$tmp/before"
	timeout $((60 * slow)) "$deck" stream -e "tracer:$1" -n 200 >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ $status -eq 0 ] || echo "status $status: $(cat "$tmp/err")"
	[ "$(grep -c -E "$2" "$tmp/out")" -eq 200 ] || head -n 3 "$tmp/out"
	as_found | diff "$tmp/before" -
}

refuses() { # TRACER
	local status
	as_found >"$tmp/before"
	timeout $((20 * slow)) "$deck" stream -e "tracer:$1" -n 1 >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ $status -ne 0 ] || echo "status 0"
	grep -q "$1: $answer" "$tmp/err" || cat "$tmp/err"
	as_found | diff "$tmp/before" -
}

tracer() { # TRACER PATTERN
	if ! has "$1"; then
		skip "$1 streams" "this kernel has no tracer $1"
	elif allows "$1"; then
		check "$1 streams from an instance of its own" streams "$1" "$2"
	else
		check "$1 is refused in words ($answer)" refuses "$1"
	fi
}

# With the tracer on, kill -9: the guard takes the instance away, however long that takes.
killed() {
	local pid i
	as_found >"$tmp/before"
	"$deck" stream -e tracer:function >/dev/null 2>&1 &
	pid=$!
	for ((i = 0; i < 200 * slow; i++)); do
		grep -qs 1 "$tracing"/instances/tapdeck.*.tracer-function/tracing_on && break
		sleep 0.05
	done
	kill -9 $pid
	wait $pid 2>/dev/null
	for ((i = 0; i < 200 * slow; i++)); do
		as_found | diff -q "$tmp/before" - >/dev/null && return
		sleep 0.05
	done
	as_found | diff "$tmp/before" -
}

never_one_of_all() {
	timeout $((20 * slow)) "$deck" list '*' >"$tmp/all" || echo "status $?"
	grep -q '^sched:sched_switch$' "$tmp/all" || echo "not even sched_switch"
	! grep '^tracer:' "$tmp/all"
}

no_such_tracer() {
	"$deck" stream -e tracer:none -n 1 >"$tmp/out" 2>"$tmp/err" && echo "status 0"
	grep -q "tracer:none" "$tmp/err" || cat "$tmp/err"
}

check "tracers are never one of all" never_one_of_all
check "a tracer that is not there is said" no_such_tracer
tracer function 'function: '
tracer function_graph 'funcgraph_(entry|exit): '
tracer wakeup 'function|wakeup|context_switch'
tracer osnoise 'osnoise: |_noise: '
tracer timerlat 'timerlat: |_noise: |osnoise: '
tracer blk .
tracer mmiotrace .
if has function && allows function; then
	check "kill -9 while functions are traced leaves nothing" killed
else
	skip "kill -9 while functions are traced leaves nothing" \
		"this kernel traces no functions: $answer"
fi
tap_end
