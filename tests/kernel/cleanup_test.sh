#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel is left as it was found: the control files of tracefs are the same before and after an exit,
# each signal, a crash, and kill -9 at any moment. Writes TAP. Needs root and tracefs.
#
# Usage: cleanup_test.sh TAPDECK
set -u
tapdeck=${1:?usage: cleanup_test.sh TAPDECK}
here=$(cd "$(dirname "$0")" && pwd)
tracefs=/sys/kernel/tracing
instances=$tracefs/instances
# A guest without KVM is slow: fewer rounds, and what must be quick is not asked.
rounds=${QEMU_GUEST:+12}
rounds=${rounds:-50}
wait_s=${QEMU_GUEST:+60}
wait_s=${wait_s:-8}

plan=15
count=0

ok() {
	count=$((count + 1))
	echo "ok $count - $1"
}

not_ok() {
	count=$((count + 1))
	echo "not ok $count - $1"
	[ $# -lt 2 ] || printf '%s\n' "$2" | sed 's/^/# /' | head -40
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d $instances ] || skip_all "tracefs is not mounted at $tracefs"
tmp=$(mktemp -d) || skip_all "no temporary directory"
deck=
ours=none # pids of our decks, as a pattern
trap 'kill -9 $deck 2>/dev/null; rm -rf "$tmp"' EXIT

now_us() {
	local t=$EPOCHREALTIME
	echo "${t/[.,]/}"
}

# Instances of a deck, by its pid.
left() {
	compgen -G "$instances/tapdeck.$1.*" >/dev/null
}

# Waits until the command given says yes. Prints ms, or nothing after $wait_s seconds.
until_true() {
	local from end
	from=$(now_us)
	end=$((from + wait_s * 1000000))
	while ! "$@"; do
		[ "$(now_us)" -lt $end ] || return 1
		sleep 0.002
	done
	echo $((($(now_us) - from) / 1000))
}

not_left() {
	! left "$1"
}

# A deck that streams: its instance is there, it is on, its events flow.
flows() {
	[ -s "$tmp/out" ]
}

start() {
	: >"$tmp/out"
	"$tapdeck" stream -e sched:sched_switch "$@" >"$tmp/out" 2>"$tmp/err" &
	deck=$!
	ours="$ours\|$deck"
}

start_and_flow() {
	start
	until_true flows >/dev/null && return
	not_ok "the stream starts" "$(cat "$tmp/err")"
	kill -9 $deck 2>/dev/null
	echo "Bail out! nothing comes out of $tapdeck stream"
	exit 1
}

# The guard of a deck: its child of that name.
guard_of() {
	local stat
	for stat in /proc/[0-9]*/stat; do
		read -r pid comm _ ppid _ <"$stat" 2>/dev/null || continue
		[ "$ppid" = "$1" ] && [ "$comm" = "(tapdeck-guard)" ] && echo "$pid" && return
	done
	return 1
}

gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null
}

# What differs from the start. Instances that are not of our decks come and go as their owners like.
differs() {
	"$here/snapshot.sh" $tracefs >"$tmp/after"
	diff "$tmp/before" "$tmp/after" | grep '^[<>]' |
		grep -v '^. ./instances/' || :
	grep "^./instances/tapdeck\.\($ours\)\." "$tmp/after"
}

same() {
	local diff
	diff=$(differs)
	if [ -z "$diff" ]; then
		ok "$1"
	else
		not_ok "$1" "$diff"
		cp "$tmp/after" "$tmp/before" # one complaint for one cause
	fi
}

by_signal() {
	local signal=$1 what=$2 ms status
	start_and_flow
	kill -s "$signal" $deck
	wait $deck 2>/dev/null
	status=$?
	if ! ms=$(until_true not_left $deck); then
		not_ok "$what" "still there: $(ls $instances)"
		return
	fi
	echo "# $what: exit status $status, nothing left ${ms} ms later"
	same "$what: control files are the same"
}

# What a living deck shows outside its instance is as before: nothing but the instance's name.
while_running() {
	local diff
	start_and_flow
	diff=$(differs | grep -v "^./instances/tapdeck\.$deck\.[a-z]*$")
	if [ -z "$diff" ]; then
		ok "a living deck changes nothing outside its instances"
	else
		not_ok "a living deck changes nothing outside its instances" "$diff"
	fi
	"$tapdeck" cleanup >"$tmp/said" 2>&1
	if left $deck && ! grep -q "tapdeck\.$deck\." "$tmp/said"; then
		ok "cleanup does not touch a living deck"
	else
		not_ok "cleanup does not touch a living deck" "$(cat "$tmp/said")"
	fi
	kill -INT $deck
	wait $deck 2>/dev/null
}

by_exit() {
	local status
	start -n 100
	wait $deck
	status=$?
	[ $status = 0 ] && ok "exit status 0 after -n" || not_ok "exit status 0 after -n" "$status"
	same "exit: control files are the same"
	"$tapdeck" stream -e sched:sched_switch 2>"$tmp/err" | head -n 5 >/dev/null
	same "reader gone: control files are the same"
}

# kill -9 again and again, during the start as well as later.
storm() {
	local i ms pause late=0 times=()
	for ((i = 0; i < rounds; i++)); do
		start
		# Half of them while it starts (up to 150 ms), half of them later (up to 400 ms).
		pause=$((i % 2 ? RANDOM % 150 : RANDOM % 400))
		sleep "$(printf '0.%03d' $pause)"
		kill -9 $deck
		wait $deck 2>/dev/null
		if ! ms=$(until_true not_left $deck); then
			not_ok "kill -9 $rounds times: nothing is left" \
				"round $i, killed after $pause ms: $(ls $instances)"
			return
		fi
		times+=("$ms")
		[ "$ms" -le 200 ] || late=$((late + 1))
	done
	mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
	ok "kill -9 $rounds times: nothing is left"
	echo "# ms until nothing was left: median ${times[rounds / 2]}, largest" \
		"${times[rounds - 1]}; $late of $rounds above 200"
	if [ -n "${QEMU_GUEST:-}" ]; then
		ok "clean within 0.2 s in the usual case # SKIP a guest without KVM is slow"
	elif [ "${times[rounds / 2]}" -le 200 ]; then
		ok "clean within 0.2 s in the usual case"
	else
		not_ok "clean within 0.2 s in the usual case" "median ${times[rounds / 2]} ms"
	fi
	same "kill -9 $rounds times: control files are the same"
}

# Nobody is left to clean up: the sub-command does.
both_killed() {
	local guard status
	start_and_flow
	guard=$(guard_of $deck) || {
		not_ok "deck and guard killed: cleanup removes it" "no guard found"
		return
	}
	kill -9 "$guard"
	kill -9 $deck
	wait $deck 2>/dev/null
	until_true gone "$guard" >/dev/null
	left $deck || {
		not_ok "deck and guard killed: cleanup removes it" "nothing was left: no test"
		return
	}
	"$tapdeck" cleanup --dry-run >"$tmp/dry" 2>&1
	left $deck || echo "# --dry-run removed it"
	"$tapdeck" cleanup >"$tmp/said" 2>&1
	status=$?
	if [ $status = 0 ] && ! left $deck && grep -q "tapdeck\.$deck\..*: removed" "$tmp/said" &&
		grep -q "tapdeck\.$deck\..*: would be removed" "$tmp/dry"; then
		ok "deck and guard killed: cleanup removes it"
	else
		not_ok "deck and guard killed: cleanup removes it" "$status: $(cat "$tmp/said")"
	fi
}

echo "1..$plan"
"$here/snapshot.sh" $tracefs >"$tmp/before"
while_running                                        # 2
by_exit                                              # 3
by_signal INT "SIGINT"                               # 1
by_signal TERM "SIGTERM"                             # 1
by_signal HUP "SIGHUP"                               # 1
by_signal SEGV "crash"                               # 1
by_signal KILL "kill -9"                             # 1
storm                                                # 3
both_killed                                          # 1
same "cleanup: control files are the same"            # 1
[ $count = $plan ] || echo "# $count of $plan tests were run"
