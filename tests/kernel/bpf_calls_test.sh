#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the programs of system calls promise, end to end: of a process with known behaviour `tapdeck
# stream` has a row for each call, as many as the kernel's own event of the same time; a threshold
# leaves those away that were quick; a table counts every one. Writes TAP. Needs root, tracefs and
# BPF.
#
# Usage: bpf_calls_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: bpf_calls_test.sh TAPDECK}
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d /sys/kernel/tracing/events/raw_syscalls/sys_exit ] || skip_all "this kernel has no events of system calls"
[ -e /sys/kernel/btf/vmlinux ] || skip_all "this kernel says no types (BTF)"
command -v python3 >/dev/null || skip_all "needs python3"
! "$deck" stream -e bpf:syscalls -t 0.1 2>&1 | grep -q 'without BPF' || skip_all "built without BPF"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
CALLS=2000 SLEEPS=5

# As tapwarm until the file `go` is there: a call and a sleep, over and over. Then a child, as
# tapactor, with known behaviour; its pid is in `said`.
cat >actor.py <<EOF
import os, time

def name(comm):
    with open("/proc/self/comm", "w") as f:
        f.write(comm)

name("tapwarm")
while not os.path.exists("go"):
    os.getppid()
    time.sleep(0.06)
pid = os.fork()
if not pid:
    name("tapactor")
    for i in range($CALLS):
        os.getppid()
    for i in range($SLEEPS):
        time.sleep(0.06)
    os._exit(0)
os.waitpid(pid, 0)
with open("said.new", "w") as f:
    print(pid, file=f)
os.rename("said.new", "said")
EOF

# Whether a row of the one who warms up is there of each event.
warm() { # OUT EVENT...
	local out=$1 event
	shift
	for event in "$@"; do
		grep -s "\"event\":\"$event\"" "$out" | grep -q tapwarm || return
	done
}

# stream OUT EVENT... -- OPTION...: rows while the actor acts, once a row of each event was seen.
stream() {
	local out=$1 events=() pid i
	shift
	while [ "$1" != -- ]; do
		events+=("$1")
		shift
	done
	shift
	rm -f go said
	python3 actor.py &
	"$deck" stream --json "$@" >"$out" 2>"$out.err" &
	pid=$!
	for ((i = 0; i < 200 * slow; i++)); do
		! warm "$out" "${events[@]}" || break
		sleep 0.05
	done
	touch go
	for ((i = 0; i < 200 * slow; i++)); do
		[ ! -e said ] || break
		sleep 0.05
	done
	# A table's rows come once a second.
	sleep $((1 + slow / 2)).5
	kill -INT "$pid"
	wait "$pid"
	[ -e said ] || echo "the actor did not end"
	grep -q 'none lost' "$out.err" || cat "$out.err"
}

# sum OUT EVENT CONDITION VALUE: of the actor's rows; both are Python, of a row r and its fields f.
sum() {
	python3 - "$@" "$(cat said)" <<'EOF'
import json, sys
out, event, condition, value, pid = sys.argv[1:]
n = 0
for line in open(out):
    r = json.loads(line)
    f = r.get("fields", r)
    if r["event"] == event and int(pid) in (r["pid"], f.get("pid")) and eval(condition):
        n += eval(value)
print(n)
EOF
}

same_number() { # WHAT GOT WANT
	[ "$2" = "$3" ] || echo "$1: $2 instead of $3"
}

calls() {
	stream calls syscalls sys_exit -- -e bpf:syscalls -e raw_syscalls:sys_exit \
		-f 'id == getppid and comm ~ "tap*"'
	same_number "bpf:syscalls" "$(sum calls syscalls 'f["ret"] > 0 and int(f["latency"]) > 0' 1)" "$CALLS"
	same_number "raw_syscalls:sys_exit" "$(sum calls sys_exit True 1)" "$CALLS"
}

sleeps() {
	stream sleeps syscalls -- -e bpf:syscalls --set bpf:syscalls.least=50ms -f 'comm ~ "tap*"'
	same_number "sleeps" "$(sum sleeps syscalls 'int(f["latency"]) >= 60000000' 1)" "$SLEEPS"
	same_number "quick calls" "$(sum sleeps syscalls 'int(f["latency"]) < 50000000' 1)" 0
}

counted() {
	stream counted syscalls_count -- -e bpf:syscalls_count -f 'id == getppid and comm ~ "tap*"'
	same_number "counted" "$(sum counted syscalls_count True 'int(f["count"])')" "$CALLS"
}

# What was called most stands on top, not what failed most.
sorted_by_count() {
	"$deck" top -e bpf:syscalls_count --json -t 1 >top 2>top.err || cat top.err
	python3 - top <<'EOF'
import json, sys
rows = []
for line in open(sys.argv[1]):
    r = json.loads(line)
    rows = [] if r["table"] == "whole" else rows + [int(r["value"]["count"])]
if len(rows) < 2 or rows != sorted(rows, reverse=True):
    print("not by count:", rows[:5])
EOF
}

check "every call is a row, as many as the kernel's own" calls
check "a threshold leaves the sleeps alone" sleeps
check "a table counts every call" counted
check "the most is on top" sorted_by_count
tap_end
