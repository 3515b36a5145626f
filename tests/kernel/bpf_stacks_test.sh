#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stacks of programs as names: of a process that sleeps at a known place `tapdeck stream` and `top`
# say which functions it was in, also when its file was deleted or lies about itself; who reads these
# files may die, and never outlives us. Writes TAP. Needs root, tracefs and BPF.
#
# Usage: bpf_stacks_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: bpf_stacks_test.sh TAPDECK}
stacked=${BUILD_ROOT:?}/tests/stacked
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -e /sys/kernel/btf/vmlinux ] || skip_all "this kernel says no types (BTF)"
! "$deck" stream -e bpf:offcpu -t 0.1 2>&1 | grep -q 'without BPF' || skip_all "built without BPF"
case $(uname -m) in x86_64 | aarch64) ;; *) skip_all "stacks of programs are not known to be whole here" ;; esac
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config

# Waits until a file has a line like that.
seen() {
	local i
	for ((i = 0; i < 400 * slow; i++)); do
		grep -Eqs "$2" "$1" && return
		sleep 0.05
	done
	echo "never saw $2"
	grep -s stacked "$1" | tail -n 2
}

# Streams rows of the process named, a copy of `stacked`, into out until a line like that is there.
begin() {
	local name=$1
	shift
	rm -f pid
	"./$name" 100000 30 >pid &
	actor=$!
	seen pid .
	"$deck" stream -e bpf:offcpu --set bpf:offcpu.least=5ms -f "comm == \"$name\"" \
		-t $((60 * slow)) "$@" >out 2>err &
	stream=$!
}

end() {
	kill "$actor" 2>/dev/null
	wait "$actor" 2>/dev/null
	kill -INT "$stream" 2>/dev/null
	wait "$stream" || echo "the stream ended with $?"
}

named() {
	local chain='clock_nanosleep\+0x[0-9a-f]+ \([^)]*\) <- stacked_outer\+0x[0-9a-f]+ \(known\) <- main\+0x[0-9a-f]+ \(known\)'
	cp "$stacked" known
	begin known
	seen out "kstack=.*nanosleep.* ustack=$chain"
	sleep 0.5
	end
	# From then on all of them are.
	tail -n 5 out | grep -Ev "ustack=$chain" || :
}

json() {
	cp "$stacked" known
	begin known --json
	seen out '"ustack":\["0x[0-9a-f]+","0x[0-9a-f]+",'
	end
	python3 - <<'END'
import json
for line in open("out"):
    f = json.loads(line)["fields"]
    for name in "kstack", "ustack":
        if not all(isinstance(a, str) and int(a, 16) for a in f[name]):
            print("no addresses:", f[name])
END
}

deleted() {
	cp "$stacked" gone
	begin gone
	rm gone
	seen out 'stacked_outer\+0x[0-9a-f]+ \(gone\) <- main'
	end
}

# Where the sections are: beyond the end of the file. What is left is where in the file it was.
lying() {
	cp "$stacked" lying
	printf '\377\377\377\377\377\377\377\177' | dd of=lying bs=1 seek=40 conv=notrunc 2>/dev/null
	begin lying
	seen out ' <- lying\+0x[0-9a-f]+ <- lying\+0x[0-9a-f]+'
	end
	grep -m 1 '(lying)' out || :
}

# Those of a process who read files.
readers() {
	pgrep -P "$1" -x tapdeck-frames
}

# Of a process that lives: one that nobody waited for has none.
arguments() {
	{ tr -d '\0' <"/proc/$1/cmdline"; } 2>/dev/null
}

# Who reads the files dies: rows come on, and after a while names do again. He ends with us.
dies() {
	local pid i
	cp "$stacked" known
	begin known
	seen out 'stacked_outer.*\(known\)'
	pid=$(readers "$stream")
	[ -n "$pid" ] || echo "nobody reads files"
	kill -KILL "$pid"
	sleep 0.2
	: >out
	seen out ' ustack=.*\(known\)'
	end
	begin known
	seen out 'stacked_outer.*\(known\)'
	pid=$(readers "$stream")
	kill -KILL "$stream"
	wait "$stream" 2>/dev/null
	for ((i = 0; i < 100 * slow; i++)); do
		[ -n "$(arguments "$pid")" ] || break
		sleep 0.05
	done
	[ -z "$(arguments "$pid")" ] || echo "who reads files lives on"
	kill "$actor"
	wait "$actor" 2>/dev/null || :
}

# Started anew it goes on with what comes then.
anew() {
	local pid
	cp "$stacked" known
	cp "$stacked" other
	"$deck" stream -e bpf:offcpu --set bpf:offcpu.least=5ms -f 'comm == "known" || comm == "other"' \
		-t $((60 * slow)) >out 2>err &
	stream=$!
	./known 100000 30 >/dev/null &
	actor=$!
	seen out 'stacked_outer.*\(known\)'
	pid=$(readers "$stream")
	kill -KILL "$pid"
	sleep 2.5
	./other 100000 30 >/dev/null &
	other=$!
	seen out 'stacked_outer.*\(other\)'
	kill "$other"
	wait "$other" 2>/dev/null
	[ "$(readers "$stream")" != "$pid" ] || echo "it is the same"
	end
}

# Groups of where they were, and of the kernel's stack.
groups() {
	cp "$stacked" known
	./known 100000 30 >/dev/null &
	"$deck" top -e bpf:offcpu --set bpf:offcpu.least=5ms -f 'comm == "known"' --by "$1" -t 3 --json >out 2>err
	kill $!
	wait $! 2>/dev/null
	grep -Eq "$2" out || { cat err; tail -n 5 out; }
}

check "functions of a program and of a library are named" named
check "JSON has the addresses" json
check "a deleted file is read all the same" deleted
check "a file that lies has no names, and does no harm" lying
check "who reads files may die, and ends with us" dies
check "he is started anew" anew
check "groups by the program's stack" groups offcpu.ustack 'stacked_outer\+0x[0-9a-f]+ \(known\) <- main'
check "groups by the kernel's stack" groups offcpu.kstack 'nanosleep\+0x[0-9a-f]+ <- '
tap_end
