#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `tapdeck list` and `tapdeck doctor` promise, on the real kernel: every event once and in
# order, fields as the kernel has them, states that fit what is there, the exit status, and
# tracefs as it was before. Writes TAP. Needs root and tracefs.
#
# Usage: doctor_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: doctor_test.sh TAPDECK}
tracefs=/sys/kernel/tracing

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d $tracefs/instances ] || skip_all "tracefs is not mounted at $tracefs"
tmp=$(mktemp -d) || skip_all "no temporary directory"
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
cd "$tmp" || exit 1
export XDG_CONFIG_HOME=$tmp/config

# wants STATUS COMMAND...: runs it into out and err; says so when the status is another.
wants() {
	local want=$1 status
	shift
	"$@" >out 2>err
	status=$?
	[ "$status" -eq "$want" ] || echo "exit status $status, not $want: $(cat err)"
}

# ---- list ----

all_names() {
	local f e s
	for f in "$tracefs"/events/*/*/format; do
		e=${f%/format}
		s=${e%/*}
		[ "${s##*/}" = ftrace ] || echo "${s##*/}:${e##*/}"
	done | LC_ALL=C sort >expected
	wants 0 "$deck" list
	# Pairs are made of them, and have names of their own; so do programs.
	grep -Ev '^(pair|bpf):' out | LC_ALL=C sort | diff - expected | head -n 5
	grep -q '^pair:offcpu$' out || echo "no pair"
}

fields() {
	wants 0 "$deck" list sched:sched_switch
	grep -q '^sched:sched_switch$' out || echo "no line with the name"
	grep -Eq '^    prev_comm +char\[16\] +text$' out || echo "prev_comm: $(grep prev_comm out)"
	grep -Eq '^    next_pid +pid_t +number$' out || echo "next_pid: $(grep next_pid out)"
	! grep common_ out
}

json_fields() {
	local id
	id=$(cat "$tracefs"/events/sched/sched_switch/id)
	wants 0 "$deck" list --json sched:sched_switch
	grep -v "^{\"system\":\"sched\",\"event\":\"sched_switch\",\"id\":$id,\"fields\":\[{\"name\":" out
	[ "$(wc -l <out)" = 1 ] || echo "more than one line"
}

whole_system() {
	wants 0 "$deck" list sched
	find "$tracefs"/events/sched -mindepth 1 -maxdepth 1 -type d -printf 'sched:%f\n' |
		LC_ALL=C sort >expected
	grep '^sched:' out | LC_ALL=C sort | diff - expected
}

nearest() {
	wants 1 "$deck" list sched:sched_swich
	cat out
	grep -q "nearest name is 'sched:sched_switch'" err || cat err
}

reader_goes() {
	"$deck" list --json 2>err | head -n 1 >out
	[ "${PIPESTATUS[0]}" = 0 ] || echo "exit status ${PIPESTATUS[0]}"
	cat err
}

check "list names every event of the kernel once" all_names
check "list with a pattern shows the fields" fields
check "list --json has one object an event" json_fields
check "a system alone means all of it" whole_system
check "what matches nothing names the nearest" nearest
check "a reader that goes away is no failure" reader_goes

# ---- doctor ----

# is CHECK STATE: in the last output.
is() {
	local state
	state=$(sed -n "s/^{\"check\":\"$1\",\"state\":\"\([a-z]*\)\".*/\1/p" out)
	[ "$state" = "$2" ] || echo "$1 is $state, not $2"
}

snapshot() {
	(
		# Kernels before 6.2 allocate the top buffer at the first use of anything.
		cd $tracefs && head -c 4096 current_tracer tracing_on trace_clock set_event \
			set_event_pid set_event_notrace_pid buffer_size_kb |
			sed 's/ (expanded: [0-9]*)//'
		# Other decks may come and go meanwhile.
		find instances -name 'tapdeck.*.doctor'
	) >"$1" 2>&1
}

by_root() {
	wants 0 "$deck" doctor --json
	is tracefs ok
	is instances ok
	is clock ok
	is events ok
}

fits() {
	local name file want
	wants 0 "$deck" doctor --json
	while read -r name file; do
		want=missing
		[ ! -e "$tracefs/$file" ] || want=ok
		is "$name" "$want"
	done <<-EOT
		kprobes kprobe_events
		uprobes uprobe_events
		histograms events/sched/sched_switch/hist
		triggers events/sched/sched_switch/trigger
		BTF ../btf/vmlinux
	EOT
}

json_lines() {
	local string='"([^"\\]|\\.)+"'
	wants 0 "$deck" doctor --json
	grep -vE "^\{\"check\":\"[a-zA-Z -]+\",\"state\":\"(ok|limited|missing|info)\",\"why\":$string,\"help\":(null|$string)\}$" out
	! { grep '"state":"missing"' out | grep '"help":null'; }
}

without_rights() {
	wants 1 env HOME=/nonexistent XDG_CONFIG_HOME= setpriv --reuid=65534 --regid=65534 \
		--clear-groups ./deck doctor --json
	is tracefs missing
	is rights limited
}

tried() {
	wants 0 "$deck" doctor --try --json
	is 'try events' ok
}

snapshot before
check "doctor: root can stream events" by_root
check "doctor: states fit the files of this kernel" fits
check "doctor --json: a state and a reason, and a remedy for what is missing" json_lines
cp "$deck" deck && chmod 755 deck
if ! have setpriv || ! setpriv --reuid=65534 --regid=65534 --clear-groups ./deck --version >/dev/null; then
	skip "doctor: without rights it says so and fails" "cannot become another user here"
elif setpriv --reuid=65534 --regid=65534 --clear-groups test -r $tracefs/events; then
	skip "doctor: without rights it says so and fails" "this tracefs is open to everybody"
else
	check "doctor: without rights it says so and fails" without_rights
fi
check "doctor --try: an instance of its own takes events" tried
snapshot after
check "doctor leaves tracefs as it was" diff before after
tap_end
