#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# System calls as people read them, on the real kernel: a program that knows what it called is
# compared with what `tapdeck stream --syscalls` prints of it: names, arguments, results, errors; what
# its descriptors are while they change, never a wrong one; the same of a recording; the kernel's own
# text without the option. Writes TAP. Needs root and tracefs.
#
# Usage: syscalls_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: syscalls_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

tracing=/sys/kernel/tracing
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d $tracing/instances ] || skip_all "tracefs is not mounted at $tracing"
[ -d $tracing/events/syscalls/sys_enter_openat ] || skip_all "this kernel has no events of single system calls"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config
file="$tmp/the \"first\" <one>"$'\n\033[2J'
other=$tmp/other
printf 'x%.0s' {1..100000} >"$file"

# same WANTED GOT: what a check prints when they differ.
same() {
	[ "$1" = "$2" ] || diff <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

# run OUT OPTION...: streams the calls of known_calls into OUT, and what it says they are into said.
run() {
	local out=$1 pid top i
	shift
	rm -f fifo said
	mkfifo fifo
	known_calls "$file" "$other" <fifo >said &
	exec 7>fifo
	for ((i = 0; i < 100 * slow; i++)); do
		[ -s said ] && break
		sleep 0.05
	done
	pid=$(head -n 1 said)
	"$deck" "$@" -p "$pid" >"$out" 2>err &
	top=$!
	for ((i = 0; i < 100 * slow; i++)); do
		grep -qs 1 $tracing/instances/tapdeck.$top.events/tracing_on && break
		sleep 0.05
	done
	sleep $((slow / 2)).4
	echo go >&7
	exec 7>&-
	for ((i = 0; i < 200 * slow; i++)); do
		[ -d "/proc/$pid" ] || break
		sleep 0.05
	done
	sleep 0.5
	kill -INT $top 2>/dev/null
	wait $top
}

# compare OUT: every line said stands in OUT, in that order, descriptors' names aside.
compare() {
	python3 - "$1" <<'PY'
import re, sys
rows = []
for line in open(sys.argv[1], errors="replace"):
    m = re.search(r": sys_(enter|exit)(?:_\w+)?: (.*)$", line)
    if m:
        rows.append(m.group(1) + " " + re.sub(r"(\d)<[^<>]*>", r"\1", m.group(2)))
at = wrong = 0
for want in open("said").read().splitlines()[1:]:
    if want in rows[at:]:
        at += 1 + rows[at:].index(want)
    else:
        print("not there:", want)
        wrong += 1
print(len(rows) > 50 and not wrong and "same" or "different")
PY
}

# names OUT: of the descriptor that changes: how often which name, and whether one was ever wrong.
names() {
	python3 - "$1" "$other" <<'PY'
import re, sys
first = sys.argv[2].rsplit("/", 1)[0] + '/the "first" \\x3cone\\x3e\\n\\x1b[2J'
sure = {1: 0, 2: 0}
for line in open(sys.argv[1], errors="replace"):
    m = re.search(r"read\(40(?:<([^<>]*?)(\?)?>)?, 0x\w+, (\d+)\)", line)
    if not m:
        continue
    part = int(m.group(3)) // 1000
    right = first if part == 1 else sys.argv[2]
    if m.group(1) and m.group(1) != right:
        print("wrong:", line.strip(), right)
    if m.group(1) and not m.group(2):
        sure[part] += 1
for part in sure:
    print("sure" if sure[part] > 10 else "only %d sure" % sure[part])
PY
}

run raw stream --syscalls -e raw_syscalls
check "raw_syscalls: names, arguments, results and errors are those of the program" same "same" "$(compare raw)"
check "raw_syscalls: a descriptor is what it was, while it changes" same $'sure\nsure' "$(names raw)"

run own stream --syscalls -e 'syscalls:sys_enter_*' -e 'syscalls:sys_exit_*'
check "syscalls: the same from the events of single calls" same "same" "$(compare own)"
check "syscalls: a descriptor is what it was" same $'sure\nsure' "$(names own)"

run plain stream -e raw_syscalls
check "without the option it is the kernel's text" same "yes 0" \
	"$(grep -q ': NR [0-9]* ' plain && echo yes) $(grep -c '= -1 E' plain)"

run json stream --json --syscalls -e raw_syscalls
check "JSON has the name of the call and its text beside the fields" same "True True" "$(python3 - <<'PY'
import json
rows = [json.loads(line) for line in open("json")]
calls = [r for r in rows if r.get("syscall") == "openat" and r["event"] == "sys_exit"]
print(all(isinstance(r["fields"]["id"], int) for r in rows),
      any(r["call"] == "openat = -1 ENOENT (No such file or directory)" for r in calls))
PY
)"

run none record -e raw_syscalls -o t.dat
"$deck" report --syscalls t.dat >told 2>err
check "a recording reads the same" same "same" "$(compare told)"
check "of a recording's descriptors nothing is guessed" same 0 "$(grep -c '[0-9]<[^<>]*>' told)"

# said_names FILE: how many rows of a report and of a table have a call's name.
said_names() {
	echo "$("$deck" report --syscalls "$1" | grep -c ' openat[(= ]')" \
		"$("$deck" summary --by syscall --show count "$1" | grep -c '^openat ')" \
		"$("$deck" summary --by id --show count "$1" | grep -c '^openat ')"
}
LC_ALL=C sed "s/\(Linux [ -~]* \)$(uname -m)/\1$(uname -m | tr 'a-z0-9' z)/" t.dat >far.dat
check "a recording of this machine has names of calls" same "1 1" "$(said_names t.dat | cut -d' ' -f2-)"
check "on another kind of machine a number is another call" same "0 0 0" "$(said_names far.dat)"
tap_end
