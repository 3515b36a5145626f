#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Processes as engines make them, on the real kernel: in a control group named as docker names it,
# of version 1 and 2, and in a pid namespace of their own. What they did is counted to the last event
# by name, by id and by group, alive or still to come; what they made is followed; a procfs that is
# somewhere else is read there. Writes TAP. Needs root, tracefs, unshare.
#
# Usage: container_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: container_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH
slow=${TEST_SLOW:-1} # how many times slower than a machine of its own this one is

tracing=/sys/kernel/tracing
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d "$tracing"/instances ] || skip_all "tracefs is not mounted at $tracing"
[ -d "$tracing"/events/syscalls/sys_enter_getppid ] || skip_all "this kernel has no events of single system calls"
[ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ] || skip_all "a pid namespace of its own: the kernel's ids are others"
unshare -pf true 2>/dev/null || skip_all "no pid namespace can be made here"
tmp=$(mktemp -d) || skip_all "no temporary directory"
id=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
groups=()
tidy() {
	local g
	# shellcheck disable=SC2046
	kill $(jobs -p) 2>/dev/null
	wait
	for g in "${groups[@]}"; do
		rmdir "$g" 2>/dev/null || { sleep 0.2; rmdir "$g"; }
	done
	rmdir "$(dirname "${groups[0]:-/nowhere/x}")" 2>/dev/null
	rm -rf "$tmp"
}
trap tidy EXIT
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config HOST_ROOT=$tmp/root TRACER_PROCFS_PATH=/proc TRACER_SYSFS_PATH=/sys
mkdir -p "root/var/lib/docker/containers/$id" root/etc
echo '{"Name":"/tapdeck-test","Config":{"Image":"none"}}' >"root/var/lib/docker/containers/$id/config.v2.json"
echo 'root:x:0:0::/root:/bin/sh' >root/etc/passwd
call=syscalls:sys_enter_getppid

# group DIRECTORY: makes the control group of our container below a hierarchy; its name in $group.
make_group() {
	group=$1/tapdeck-test.$$/docker-$id.scope
	mkdir -p "$group" 2>/dev/null || return 1
	groups+=("$group" "$(dirname "$group")")
}

# The first mounts of cgroup2 and of a controller of version 1.
v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
v1=$(awk '$3 == "cgroup" && $4 ~ /pids/ { print $2; exit }' /proc/mounts)

# in_container GROUP COMMAND [ARG...]: in that control group ("": in none) and a pid namespace.
in_container() {
	local to=$1
	shift
	# shellcheck disable=SC2016
	bash -c '[ -z "$1" ] || echo $$ >"$1/cgroup.procs"; shift; exec unshare -pf "$@"' sh "$to" "$@"
}

# tap OPTION...: a stream into out and err whose tap is open when this returns.
tap() {
	local i
	"$deck" stream --json -e "$call" -t $((12 * slow)) "$@" >out 2>err &
	top=$!
	for ((i = 0; i < 100 * slow; i++)); do
		grep -qs 1 "$tracing"/instances/tapdeck.*.events/tracing_on && break
		sleep 0.05
	done
	sleep 0.4
}

# seen N WHAT: the stream is ended, for all that was to come came; as many rows came.
seen() {
	local n
	sleep $((1 + slow / 5))
	kill "$top" 2>/dev/null # it says what it has, and ends in order
	wait "$top" || echo "status $?: $(cat err)"
	n=$(wc -l <out)
	[ "$n" = "$1" ] || { echo "$2: $n rows, not $1"; head -n 3 out; cat err; }
}

# Where nothing else happens births are heard of once a second, and who begins and ends before that
# cannot be looked at: the line comes after a while.
late() {
	sleep $((slow + 1)).3
	echo
}

by_filter() {
	tap -f "$1 and comm == inside"
	late | in_container "$group" actor 500 2 inside >who
	late | actor 300 0 outside >who
	seen 1500 "$1"
}

not_in_it() {
	tap -f 'container != tapdeck-test and comm == outside'
	late | in_container "$group" actor 500 2 outside >who
	late | actor 300 0 outside >who
	seen 300 "outside"
}

still_to_come() {
	tap -p container=tapdeck-test --follow -f 'comm in (inside, orphan)'
	late | actor 300 0 inside >who
	# The middle one ends first: what it made goes on as an orphan.
	# shellcheck disable=SC2016
	in_container "$group" bash -c 'bash -c "$1"; sleep 1' sh \
		'(sleep 1.8; echo | actor 70 0 orphan) & (sleep 1.3; echo) | actor 50 1 inside; exit 0' >who
	seen 170 "what came later, and what it made"
}

by_group() {
	"$deck" top --json -e "$call" --by container,comm --show count -t $((6 * slow + 4)) >out 2>err &
	top=$!
	sleep $((slow / 2)).8
	late | in_container "$group" actor 400 0 inside >who
	late | actor 200 0 outside >who
	wait "$top" || cat err
	python3 - <<'PY' || { head -n 5 out; cat err; }
import json, sys
last = {}
for line in open("out"):
    row = json.loads(line)
    if row["table"] == "group":
        last[row["by"]["comm"], row["by"]["container"] == "tapdeck-test"] = row["show"]["count"]
wanted = {("inside", True): 400, ("inside", False): None, ("outside", False): 200}
wrong = [k for k in wanted if last.get(k) != wanted[k]]
sys.exit(wrong and "%s" % last or 0)
PY
}

# Who moves and makes others at once, who are gone before they could be looked at: the kernel tells of the
# move, in the buffer that nobody sees.
at_once() {
	tap -f 'container == tapdeck-test and comm == inside'
	cat "$tracing/instances/tapdeck.$top.identity/events/cgroup/cgroup_attach_task/enable" 2>&1 | grep -vx 1
	# shellcheck disable=SC2016
	bash -c 'echo $$ >"$1/cgroup.procs"; for i in 1 2 3 4 5; do echo | actor 10 0 inside; done' sh "$group" >who
	seen 50 "at once"
	! grep cgroup_attach_task out
}

by_namespace() {
	tap -f 'container ~ pidns:* and comm == inside'
	late | in_container "" actor 250 0 inside >who
	late | actor 300 0 outside >who
	seen 250 "a pid namespace"
}

relocated() {
	ln -s /proc elsewhere
	TRACER_PROCFS_PATH=$tmp/elsewhere
	tap -f 'container == tapdeck-test and comm == inside'
	TRACER_PROCFS_PATH=$tmp/elsewhere "$deck" doctor >doctor 2>/dev/null
	grep -q "procfs at $tmp/elsewhere" doctor || grep -A2 processes doctor
	late | in_container "$group" actor 120 0 inside >who
	TRACER_PROCFS_PATH=/proc
	seen 120 "procfs elsewhere"
}

by_what_it_is() {
	cp "$(command -v actor)" ./tapdeck-thing
	tap -p exe=tapdeck-th*
	late | ./tapdeck-thing 110 1 renamed >who
	late | actor 300 0 outside >who
	seen 220 "by program"
	tap -p comm=renam*
	late | ./tapdeck-thing 110 1 renamed >who
	late | actor 300 0 outside >who
	seen 220 "by name, with a thread of another name"
}

for hierarchy in "$v2" "$v1"; do
	[ "$hierarchy" = "$v2" ] && version=2 || version=1
	if [ -z "$hierarchy" ]; then
		skip "version $version: by name" "no such hierarchy is mounted"
		continue
	elif ! make_group "$hierarchy"; then
		skip "version $version: by name" "no control group can be made in $hierarchy"
		continue
	fi
	check "version $version: by name" by_filter 'container == tapdeck-test'
	check "version $version: by the short id" by_filter "container == ${id:0:12}"
	check "version $version: not in it" not_in_it
	check "version $version: still to come, with orphans" still_to_come
	check "version $version: grouped" by_group
	if [ -d "$tracing"/events/cgroup/cgroup_attach_task ]; then
		check "version $version: made at once" at_once
	else
		skip "version $version: made at once" "this kernel does not tell of moves between control groups"
	fi
done
[ ${#groups[@]} -gt 0 ] && check "a procfs that is elsewhere" relocated
if grep -qE '[0-9a-f]{12}' /proc/self/cgroup; then
	skip "nothing but a pid namespace" "here every control group looks like a container's"
else
	check "nothing but a pid namespace" by_namespace
fi
check "by program and by name" by_what_it_is
tap_end
