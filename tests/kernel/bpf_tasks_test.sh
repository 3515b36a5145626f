#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the programs exec, exit, open and signal promise, end to end: of processes with known
# behaviour `tapdeck stream` has exactly the rows, in the order of time, and as many as the kernel's
# own events of the same time; options and the capture filter keep rows away before they are made;
# a recording has them, and trace-cmd reads them. Writes TAP. Needs root, tracefs and BPF.
#
# Usage: bpf_tasks_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: bpf_tasks_test.sh TAPDECK}
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d /sys/kernel/tracing/events/syscalls/sys_exit_openat ] ||
	skip_all "no event syscalls:sys_exit_openat at /sys/kernel/tracing"
[ -e /sys/kernel/btf/vmlinux ] || skip_all "this kernel says no types (BTF)"
! "$deck" stream -e bpf:exec -t 0.1 2>&1 | grep -q 'without BPF' || skip_all "built without BPF"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config

# Until the file `go` is there: something of everything, over and over. Then known behaviour, by
# children whose pids stand in `said`, with what they did.
cat >actor.py <<'EOF'
import ctypes, os, signal, sys, time

def child(what):
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        what()
        os._exit(0)
    os.waitpid(pid, 0)
    return pid

def everything():
    os.kill(os.getpid(), signal.SIGUSR2)
    os.open("/dev/null", os.O_RDONLY)
    os.execv("/bin/true", ["true"])

def files():
    for i in range(2):
        os.open("/etc/passwd", os.O_RDONLY)
    try:
        os.open("/nowhere/at all", os.O_RDWR)
    except OSError:
        pass
    os.open("made", os.O_CREAT | os.O_WRONLY, 0o600)

def signals():
    for i in range(3):
        os.kill(os.getpid(), signal.SIGUSR2)

def program():
    os.execv("/bin/true", ["true", "a b", "", "c"])

def fault():
    ctypes.string_at(8)

while not os.path.exists("go"):
    child(everything)
    child(fault)
    time.sleep(0.05)
with open("said.new", "w") as said:
    for name, what in (("files", files), ("signals", signals), ("program", program),
                       ("fault", fault), ("code", lambda: os._exit(3)),
                       ("sleep", lambda: time.sleep(0.05))):
        print(name, child(what), file=said)
    print("actor", os.getpid(), file=said)
os.rename("said.new", "said")
EOF

# What is asked of the rows in out, in Python: `said` are the pids, rows(EVENT, NAME) are those of a
# child, fields alone.
cat >rows.py <<'EOF'
import json, sys
all_rows = [json.loads(line) for line in open("out")]
said = {name: int(pid) for name, pid in (line.split() for line in open("said"))}

def full(event, name):
    return [r for r in all_rows if r["event"] == event and r["tid"] == said[name]]

def rows(event, name):
    return [r["fields"] for r in full(event, name)]

def same(what, got, want):
    if got != want:
        print(f"{what}: {got} instead of {want}")
EOF

# seen TEXT...: waits until each stands in out.
seen() {
	local text i
	for text; do
		for ((i = 0; i < 200 * slow; i++)); do
			grep -qs "$text" out && break
			: >warm # on a quiet machine nobody else makes a file
			sleep 0.05
		done
		grep -qs "$text" out || echo "never saw $text"
	done
}

# stage EVENT,... STREAM-OPTION...: streams what the actor does into out, once these are on.
stage() {
	local events=$1 actor stream
	shift
	rm -f go said made out
	python3 actor.py &
	actor=$!
	"$deck" stream --json -t $((30 * slow)) "$@" >out 2>err &
	stream=$!
	# shellcheck disable=SC2046
	seen $(sed 's/[^,]*/"event":"&"/g; s/,/ /g' <<<"$events")
	touch go
	wait "$actor" || echo "the actor ended with $?"
	seen "\"tid\":$actor,.*\"event\":\"sched_process_exit\""
	kill -INT "$stream"
	wait "$stream" || echo "the stream ended with $?"
	grep -q 'none lost' err || cat err
}

kernels=(-e sched:sched_process_exec -e sched:sched_process_exit -e syscalls:sys_exit_openat -e signal:signal_generate)

exact() {
	stage exec,exit,open,signal,sched_process_exec,sched_process_exit,sys_exit_openat,signal_generate \
		-e bpf:exec -e bpf:exit -e bpf:open -e bpf:signal "${kernels[@]}"
	cat - >check.py <<'EOF'
from rows import *
import os
python = [f for f in rows("open", "files")]
same("paths", [f["path"] for f in python], ["/etc/passwd", "/etc/passwd", "/nowhere/at all", "made"])
same("results", [f["result"] >= 0 for f in python], [True, True, False, True])
same("no entry", python[2]["result"], -2)
same("modes", [f["mode"] for f in python], [0, 0, 0, 0o600])
same("signals", [(f["signal"], f["target_pid"], f["result"]) for f in rows("signal", "signals")][:-1],
     [(12, said["signals"], 1)] * 3)
(run,) = rows("exec", "program")
same("program", (run["file"], run["args"], run["cwd"], run["ppid"]),
     ("/bin/true", "true a b  c", os.getcwd(), said["actor"]))
ends = {name: rows("exit", name)[0] for name in said}
same("ends", {n: (e["code"], e["signal"]) for n, e in ends.items()},
     {n: (3 if n == "code" else 0, 11 if n == "fault" else 0) for n in said})
same("slept", 50_000_000 <= int(ends["sleep"]["lived"]) < 30_000_000_000, True)
# As many as the kernel says, at about its time, and ours is not far from it.
for ours, theirs in (("exec", "sched_process_exec"), ("exit", "sched_process_exit"),
                     ("open", "sys_exit_openat"), ("signal", "signal_generate")):
    for name in said:
        a, b = full(ours, name), full(theirs, name)
        if name == "actor":  # it has begun before
            a, b = a[-1:], b[-1:]
        same(f"{ours} of {name}", len(a), len(b))
        for x, y in zip(a, b):
            if abs(float(x["ts"]) - float(y["ts"])) > 0.005 * int(os.environ.get("TEST_SLOW", 1)):
                print(f"{ours} of {name}: at {x['ts']}, the kernel's at {y['ts']}")
            same(f"comm of {ours} of {name}", x["comm"], y["comm"])
times = [float(r["ts"]) for r in all_rows]
same("order", times == sorted(times), True)
EOF
	python3 check.py
}

options() {
	stage open,signal,sched_process_exit -e bpf:open --set bpf:open.failed=1 -e bpf:signal \
		--set bpf:signal.signal=11 -e sched:sched_process_exit
	python3 - <<'EOF'
from rows import *
same("opened", [f["path"] for f in rows("open", "files")], ["/nowhere/at all"])
same("signals", len(rows("signal", "signals")), 0)
same("fault", [f["signal"] for f in rows("signal", "fault")], [11])
EOF
}

filtered() {
	stage open,exit,sched_process_exit -e bpf:open -e bpf:exit -e sched:sched_process_exit \
		-f 'event == sched_process_exit or (event == open and flags & O_CREAT) or (event == exit and signal == SIGSEGV) or event == exit and comm == true'
	python3 - <<'EOF'
from rows import *
same("opened", [f["path"] for f in rows("open", "files")], ["made"])
same("died", [n for n in said if rows("exit", n)], ["program", "fault"])
EOF
}

recorded() {
	local pid
	"$deck" record -e bpf:exec -e bpf:exit -e bpf:open -o a.dat -- \
		bash -c 'touch go; exec python3 actor.py' >/dev/null 2>err || cat err
	pid=$(sed -n 's/^program //p' said)
	"$deck" report a.dat -e bpf:exec -f "pid == $pid" >ours 2>&1
	grep -q "exec: /bin/true: true a b  c (in $tmp, by python3 $(sed -n 's/^actor //p' said))" ours || cat ours
	have trace-cmd || return 0
	trace-cmd report a.dat 2>theirs.err | grep -e "-$pid *\[.*exec:" >theirs
	grep -q "exec: */bin/true: true a b  c (in $tmp, by python3" theirs || cat theirs theirs.err
}

check "rows are exact, and as many as the kernel's" exact
check "options keep rows away" options
check "filters know the names of values" filtered
check "a recording has them, for trace-cmd too" recorded
tap_end
