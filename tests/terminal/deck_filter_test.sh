#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The two filters of the dashboard, on the real kernel in a real terminal: the capture filter from
# the command line and typed, what the kernel's files then hold, what is shown of it, the way back;
# the display filter made the capture filter; filters with names from one start to the next.
# Writes TAP. Needs root, tracefs and tmux.
#
# Usage: deck_filter_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: deck_filter_test.sh TAPDECK}
# shellcheck source-path=SCRIPTDIR source=tmux.sh
. "$SOURCE_ROOT/tests/terminal/tmux.sh"
need_tracefs

# The events alone on the screen.
start() { # ARG...
	start_deck "$@" || return
	text 'e\'
}

# Our instance; the one for names of processes has no such event.
instance() {
	local dir
	for dir in "$tracefs/instances/tapdeck.$(deck_pid)"*; do
		case $dir in
		*identity) ;;
		*) echo "$dir" ;;
		esac
	done
}

# What the kernel's file for sched_switch holds there.
kernel_filter() {
	cat "$(instance)/events/sched/sched_switch/filter" 2>/dev/null
}

# kernel_has TEXT WHAT: waits until it is that.
kernel_has() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(kernel_filter)" = "$1" ] && return
		sleep 0.05
	done
	echo "$2: the kernel has '$(kernel_filter)', not '$1'"
}

begins_with_one() {
	start -e sched:sched_switch -f "'prev_prio < 200 and prev_comm == \"noisemaker\"'" || return
	must_see '^ capture: prev_prio < 200' "the status line"
	kernel_has 'prev_prio <= 199 && prev_comm == "noisemaker"' "-f"
	must_see 'sched_switch +prev_comm=noisemaker' "the events"
	screen | grep -E 'prev_comm=' | grep -v 'prev_comm=noisemaker' | head -n 3
}

is_typed() {
	text 'C'
	must_see '^= capture: prev_prio' "the filter in force, to be changed"
	keys C-u
	text 'next_comm == "noisemaker" and bogus == 1'
	must_see "\^ .*no field 'bogus'" "the place and the reason"
	keys Enter
	kernel_has 'prev_prio <= 199 && prev_comm == "noisemaker"' "a wrong one"
	keys C-u
	text 'next_comm == "noisemaker"'
	must_see 'of .* rows here .*would have been taken' "the count"
	keys Enter
	must_see '^ capture: next_comm == "noisemaker"' "the status line"
	kernel_has 'next_comm == "noisemaker"' "Enter"
}

explains() {
	text '!'
	must_see 'events/sched/sched_switch/filter: next_comm == "noisemaker"' "the file"
	must_see ' kernel +sched_switch' "where the term runs"
	must_see 'let pass and were dropped here: 0' "what the kernel let pass"
	keys Escape
	must_lose 'let pass and were dropped' "the end of it"
}

# The kernel knows no regular expressions: what it lets pass is dropped here.
drops_the_rest() {
	text 'C'
	keys C-u
	text 'next_comm =~ "^noisem"'
	keys Enter
	must_see '^ capture: next_comm =~' "the status line"
	kernel_has 'none' "what is nothing for the kernel"
	text '!'
	must_see ' here +sched_switch' "where the term runs"
	must_see 'let pass and were dropped here: [1-9]' "what was dropped"
	keys Escape
	must_lose 'let pass and were dropped' "the end of it"
	text 'G'
	must_see 'following.* not to be captured' "that rows were dropped"
	sleep 1
	screen | grep -E ' sched_switch ' | grep -v 'next_comm' | grep -vE 'noisem|…' | head -n 3
}

is_promoted() {
	text 'C'
	keys C-u Enter
	must_see 'all events of the tracers that are on are captured' "no filter"
	kernel_has 'none' "no filter"
	text '/'
	text 'prev_comm == "noisemaker"'
	keys Enter
	must_see 'hidden' "the display filter"
	text '&'
	must_see '^ capture: prev_comm == "noisemaker"' "the status line"
	must_lose 'hidden' "no display filter"
	kernel_has 'prev_comm == "noisemaker"' "&"
}

has_names() {
	text '/'
	text 'prev_comm == "noisemaker" and prev_prio < 200'
	keys Enter
	text 'S'
	text 'noise'
	keys Enter
	must_see "kept as 'noise'" "a name"
	ends || return
	start -e sched:sched_switch || return
	text 'I'
	must_see 'noise +prev_comm == "noisemaker" and prev_prio < 200 +kept' "the list"
	keys Enter
	must_see 'filter prev_comm == "noisemaker"' "the filter"
	text 'U'
	must_see '\[x\] typed +prev_comm' "what narrows the rows"
	keys Space
	must_see '\[ \] typed' "switched off"
	text 'd'
	must_see 'nothing narrows the rows' "taken out"
	text 'U'
	must_lose 'nothing narrows the rows' "the end of it"
}

ends() {
	keys q
	must_see "$PROMPT *\$" "the shell" || return
	[ ! -d "$(instance)" ] || echo "$(instance) is left"
}

# An event that is on and has no rows; the thousands that are off have such a field as well.
hints_at_what_is_on() {
	start -e oom:mark_victim || return
	text '/'
	text 'pid == 4 or pid == 5'
	must_see "rows here pass +'pid' is of .*; the field of oom:mark_victim is '.pid'$" "the hint"
	keys Escape
	must_lose 'filter: pid' "the end of it"
	ends
}

open_terminal 30 130 || skip_all "tmux gives no terminal"
type_line "cd $tmp"
make_noise 0.02
check "-f is the capture filter, and the kernel has it" begins_with_one
check "it is typed anew; what is wrong changes nothing" is_typed
check "what runs where is shown" explains
check "what the kernel lets pass is dropped here" drops_the_rest
check "the display filter becomes the capture filter" is_promoted
check "filters have names, from one start to the next" has_names
check "nothing is left" ends
check "what is probably not meant is said of what is on" hints_at_what_is_on
tap_end
