#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Groups on the dashboard, live, on the real kernel in a real terminal: rows are grouped, numbers
# grow, are held and go on, a group is looked into and left again, values are counted and included,
# a filter of what is there counts anew, and the next start knows what was asked. Writes TAP. Needs
# root, tracefs and tmux.
#
# Usage: deck_group_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: deck_group_test.sh TAPDECK}
# shellcheck source-path=SCRIPTDIR source=tmux.sh
. "$SOURCE_ROOT/tests/terminal/tmux.sh"
need_tracefs

# The number beside the noise; the groups have the whole screen.
noise_count() {
	screen | sed -nE 's/^noisemaker +([0-9,]+).*/\1/p' | tr -d , | head -n 1
}

# The cursor on it, as soon as it is there.
find_noise() {
	local i
	for ((i = 0; i < 40; i++)); do
		text 's'
		text 'noisemaker'
		keys Enter
		sleep 0.25
		screen | grep -q "no group shows 'noisemaker'" || return 0
	done
	echo "the search finds no noisemaker"
}

groups() {
	start_deck -e sched:sched_switch -e sched:sched_wakeup || return
	text 'g'
	must_see 'group by:' "the prompt" || return
	text 'comm show count, rate'
	must_see '^= group by: comm' "what is right"
	keys Enter
	text '\'
	must_see 'Groups .* groups of .*, by comm' "the title"
	find_noise
	must_see '^noisemaker +[0-9,]+ +[1-9]' "its rate"
}

grows() {
	local one two i
	one=$(noise_count)
	for ((i = 0; i < 100; i++)); do
		two=$(noise_count)
		[ "${two:-0}" -le "${one:-0}" ] || return 0
		sleep 0.05
	done
	echo "it does not grow: $one, $two"
}

holds() {
	local one two
	keys Space
	must_see 'Groups +paused' "the title" || return
	one=$(noise_count)
	sleep 1.5
	two=$(noise_count)
	[ -n "$one" ] && [ "$one" = "$two" ] || echo "held, and $one became $two"
	keys Space
	must_lose 'Groups +paused' "the title"
	sleep 0.5
	two=$(noise_count)
	[ "${two:-0}" -gt "$((one + 50))" ] || echo "what came meanwhile is not counted: $one, $two"
}

looks_into() {
	keys Enter
	must_see 'filter .*noisemaker' "the crumb" || return
	must_see 'Events .*shown' "the events"
	keys BSpace
	must_lose 'filter .*noisemaker' "the way back"
	must_see 'Groups .*by comm' "the groups again"
}

counts_anew() {
	text '/'
	text 'comm == "noisemaker"'
	keys Enter
	must_see 'Groups +1 group, ' "what passes"
	must_see '^noisemaker ' "its group"
	text 'F'
	must_see 'Groups +[0-9]+ groups of ' "all of it"
}

counts_values() {
	keys e
	text '#'
	must_see 'Values .*of comm' "the list" || return
	must_see 'noisemaker +[0-9,]+ +[0-9.]+ ?%' "a value with its share"
	screen | grep -q '^.*▼' || echo "no order is shown"
	text 'i'
	must_lose 'Values .*of comm' "the list"
	must_see 'filter +COMM: ' "what is included"
	keys BSpace
}

refuses() {
	text ':'
	text 'group by comm show sum(nosuch)'
	keys Enter
	must_see 'nosuch' "what is wrong"
	text 'g'
	text 'nosuchfield'
	must_see '^x group by: nosuchfield' "the glyph"
	keys C-c
}

remembers() {
	text 'g'
	text 'cpu, comm'
	keys Enter
	must_see 'by cpu, comm' "the title"
	keys q
	is_gone "$(deck_pid)"
	start_deck || return
	text 'w'
	must_see 'Groups .*by cpu, comm' "the next start"
	keys q
	is_gone "$(deck_pid)"
	terminal_is_sane
}

open_terminal 24 100 || skip_all "tmux gives no terminal"
make_noise 0.01
line_settings "$tmp/stty.before"
check "g groups rows, and what they are grouped by can be searched" groups
check "numbers grow" grows
check "Space holds the table still, counting goes on" holds
check "Enter looks into a group, Backspace comes back" looks_into
check "a filter counts what is there anew" counts_anew
check "# lists the values of a column and includes one" counts_values
check "what is wrong is said" refuses
check "the next start knows what was asked" remembers
tap_end
