#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The cockpit of a process and pairs on the dashboard, live, on the real kernel in a real terminal:
# what is missing is switched on with one key, what a process with known behaviour did is shown and
# looked into, rows of starts and ends are folded away, a pair is defined and kept, and the tracers
# that pairs need go off with them. Writes TAP. Needs root, tracefs and tmux.
#
# Usage: deck_cockpit_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: deck_cockpit_test.sh TAPDECK}
# shellcheck source-path=SCRIPTDIR source=tmux.sh
. "$SOURCE_ROOT/tests/terminal/tmux.sh"
need_tracefs

cockpit() {
	start_deck -e sched:sched_process_exit || return
	text ':'
	text "cockpit $noise"
	keys Enter
	must_see "Cockpit +noisemaker $noise" "the title" || return
	must_see 'pair:syscall is off; a switches on' "what is missing"
}

switches_on() {
	text 'a'
	must_see 'raw_syscalls:sys_enter' "what comes with it"
	must_see 'times a second' "how much that is"
	must_see 'Switch them on\? y/n' "the question"
	text 'n'
	must_lose 'raw_syscalls:sys_enter' "the question"
	must_see 'pair:syscall is off' "what was not switched on" || return
	text 'ay'
	must_see 'System calls +[1-9]' "calls that come"
	must_see 'raw_syscalls:sys_exit +[0-9,]+ +[1-9]' "events with a rate"
}

looks_into() {
	keys Tab Enter
	must_see 'filter .*noisemaker [0-9]+: syscall' "the crumb" || return
	must_see 'folded|hidden' "what does not pass"
	must_see ' syscall +' "rows of the pair"
	keys BSpace
	must_see "Cockpit +noisemaker $noise" "the way back"
	text 'q'
}

folds() {
	text 'F'
	text 'e\'
	must_see 'Events .*folded into pairs' "what is folded away" || return
	text 'z'
	must_lose 'folded into pairs' "all rows"
	text 'z'
	must_see 'folded into pairs' "what is folded away again"
}

defines() {
	text '\ta'
	text 'beat: sched:sched_waking -> sched:sched_switch by pid=next_pidd for end.next_pid'
	must_see "no field 'next_pidd'" "what is wrong" || return
	keys C-u
	text 'beat: sched:sched_waking -> sched:sched_switch by pid=next_pid for end.next_pid'
	must_see '^= pair: ' "what is right"
	keys Enter
	must_see 'Keep it in your configuration\? y/n' "the question"
	text 'y'
	must_see 'pair:beat stands in ' "where it is kept"
	grep -q '^\[pair beat\]$' "$tmp/config/tapdeck/config" || echo "the configuration lacks it"
	keys Space
	text 'e'
	must_see ' beat +' "its rows"
}

ends() {
	keys q
	is_gone "$(deck_pid)"
	"$deck" list pair:beat --config "$tmp/config/tapdeck/config" >"$tmp/listed" 2>&1 ||
		cat "$tmp/listed"
	grep -q beat "$tmp/listed" || echo "the next start does not know the pair"
	terminal_is_sane
}

open_terminal 24 100 || skip_all "tmux gives no terminal"
make_noise 0.01
line_settings "$tmp/stty.before"
check ":cockpit shows a process and says what is missing" cockpit
check "a says what it costs and switches it on" switches_on
check "a row leads to its events, Backspace back" looks_into
check "rows of starts and ends are folded into pairs" folds
check "a pair is defined by keyboard and kept" defines
check "all goes off, and the next start knows the pair" ends
tap_end
