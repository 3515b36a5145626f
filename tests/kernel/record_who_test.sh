#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A recording says who: user, program, control group and container of processes that were older than
# it, that came while it ran, and that lived too shortly to be looked at; also one with a filter. Others'
# readers print it. Writes TAP. Needs root, tracefs, a control group of version 2 or 1, setpriv.
#
# Usage: record_who_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: record_who_test.sh TAPDECK}
PATH=${BUILD_ROOT:?}/tests:$PATH

tracing=/sys/kernel/tracing
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d "$tracing"/instances ] || skip_all "tracefs is not mounted at $tracing"
[ -d "$tracing"/events/syscalls/sys_enter_getppid ] || skip_all "this kernel has no events of single system calls"
[ "$(readlink /proc/self/ns/pid)" = 'pid:[4026531836]' ] || skip_all "a pid namespace of its own: the kernel's ids are others"
command -v setpriv >/dev/null || skip_all "there is no setpriv"
tmp=$(mktemp -d) || skip_all "no temporary directory"
id=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
group=
tidy() {
	# shellcheck disable=SC2046
	kill $(jobs -p) 2>/dev/null
	wait
	if [ -n "$group" ]; then
		rmdir "$group" 2>/dev/null || { sleep 0.2; rmdir "$group"; }
		rmdir "${group%/*}"
	fi
	rm -rf "$tmp"
}
trap tidy EXIT
for mount in $(awk '$3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /pids/) { print $2 }' /proc/mounts | sort -r); do
	group=$mount/tapdeck-who.$$/docker-$id.scope
	mkdir -p "$group" 2>/dev/null && break
	group=
done
[ -n "$group" ] || skip_all "no control group can be made"
chmod 755 "$tmp"
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config HOST_ROOT=$tmp/root TRACER_PROCFS_PATH=/proc TRACER_SYSFS_PATH=/sys
mkdir -p "root/var/lib/docker/containers/$id" root/etc
echo '{"Name":"/tapdeck-test","Config":{"Image":"none"}}' >"root/var/lib/docker/containers/$id/config.v2.json"
printf 'root:x:0:0::/root:/bin/sh\nwhoever:x:64999:64999::/:/bin/sh\n' >root/etc/passwd
call=syscalls:sys_enter_getppid
cp "$(command -v actor)" ./tapdeck-thing

# What is older than the recording waits for a line; it is in the container and somebody else's.
mkfifo go
# shellcheck disable=SC2016
bash -c 'echo $$ >"$1/cgroup.procs"; exec setpriv --reuid 64999 --clear-groups "$2" 30 0 older <"$3" >/dev/null' \
	sh "$group" "$tmp/tapdeck-thing" "$tmp/go" &
exec 9>go

# The command: in the container one that lasts and many that are over at once, as another user.
# shellcheck disable=SC2016
cat >work.sh <<'EOT'
echo $$ >"$1/cgroup.procs"
exec setpriv --reuid 64999 --clear-groups bash -c '
	sleep 0.5
	(sleep 0.4; echo) | "$PWD/tapdeck-thing" 50 0 lasting >/dev/null
	for i in 1 2 3 4 5; do echo | "$PWD/tapdeck-thing" 4 0 short >/dev/null; done
	sleep 0.2' work
EOT
record() {
	local out=$1
	shift
	"$deck" record -o "$out" -e "$call" "$@" -- bash work.sh "$group" 2>err || cat err
}

# rows FILE ARG...: how many rows of a name there are by what.
by() {
	local file=$1 keys=$2
	shift 2
	HOST_ROOT=$tmp/root "$deck" summary "$file" --by "$keys" --show count --csv "$@" 2>err | tail -n +2
	cat err
}

named() {
	by "$1" "$2,comm" | grep -E ',(older|lasting|short),' | sort >got
	sort >wanted <<<"$3"
	diff wanted got
}

expected() {
	printf '%s,lasting,50\n%s,older,30\n%s,short,20\n' "$1" "$1" "$1"
}

says() {
	named "$1" container "$(expected tapdeck-test)"
	named "$1" cgroup "$(expected "${group#"$mount"}")"
	named "$1" user "$(expected whoever)"
	named "$1" unit "$(expected "docker-$id.scope")"
	named "$1" exe "$(expected "$tmp/tapdeck-thing")"
}

filtered() {
	[ "$("$deck" report t.dat -f "container == ${id:0:12} and user == whoever and comm == lasting" 2>err | wc -l)" = 50 ] || cat err
	[ "$("$deck" report t.dat -f 'user == root and comm == lasting' 2>err | wc -l)" = 0 ] || cat err
}

# A part of it says the same.
cut_out() {
	"$deck" cut t.dat -o part.dat -f 'comm == lasting' 2>err >out || cat err
	named part.dat container 'tapdeck-test,lasting,50'
	named part.dat user 'whoever,lasting,50'
}

theirs() {
	trace-cmd report t.dat 2>/dev/null | grep -a ' task: ' >tasks
	grep -q "uid=64999 .*exe=$tmp/tapdeck-thing cgroup=${group#"$mount"} container=tapdeck-test image=none" tasks || head -n 3 tasks
}

(sleep 1.2; echo >&9) &
record t.dat
exec 9>&-
check "who is older, who lasts and who is over at once" says t.dat
check "filters know it as well" filtered
check "a part of it says the same" cut_out
if command -v trace-cmd >/dev/null; then
	check "trace-cmd prints it" theirs
else
	skip "trace-cmd prints it" "there is no trace-cmd"
fi
record some.dat -f 'comm in (lasting, short)'
check "a filtered recording" named some.dat container "$(printf 'tapdeck-test,lasting,50\ntapdeck-test,short,20')"
tap_end
