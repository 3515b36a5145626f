#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Recording and playing on the dashboard, on the real kernel in a real terminal: a recording begun
# and ended by the same key, one that is asked about before leaving, one that a signal ends, one on
# a disk that fills, a cut of a recording; each file is read by trace-cmd. Then a recording is
# played. Writes TAP. Needs root, tracefs, tmux and trace-cmd.
#
# Usage: deck_record_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: deck_record_test.sh TAPDECK}
# shellcheck source-path=SCRIPTDIR source=tmux.sh
. "$SOURCE_ROOT/tests/terminal/tmux.sh"
have trace-cmd || skip_all "trace-cmd is not installed"
need_tracefs
# shellcheck disable=SC2317
cleanup() {
	close_terminal
	mountpoint -q "$tmp/small" && umount "$tmp/small"
	terminal_cleanup
}
trap cleanup EXIT

# record_to NAME: by command.
record_to() {
	text ":record $1"
	keys Enter
}

# Rows of a file as trace-cmd reads it: those of the events, without what is recorded beside them.
report() { # FILE
	trace-cmd report "$1" 2>"$tmp/report.err" | grep -E '^ .*\[[0-9]{3}\]' | grep -v '^ *identity:' >"$tmp/report"
	[ ! -s "$tmp/report.err" ] || { echo "trace-cmd complains of $1:"; head -n 3 "$tmp/report.err"; }
	[ -s "$tmp/report" ] || echo "trace-cmd sees no event in $1"
}

# What the dashboard said at the end: the number without commas.
said_events() {
	screen | sed -n 's/^ *\([0-9,]*\) events\{0,1\}, .* in .*/\1/p' | tr -d ,
}

begins_and_ends() {
	start_deck -e sched || return
	keys R
	must_see 'everything from now' "the dialog"
	keys Enter
	must_see '^ REC .*[0-9]/s lost 0' "the status line"
	must_see '^ REC .* 00:02' "the time that passes"
	must_see '^ *.*[0-9]+ events' "the flow beside it"
	keys R
	must_see '[0-9] events, .* in trace-[0-9]{8}-[0-9]{6}.dat' "the end"
	must_lose '^ REC' "no recording"
	report "$tmp"/trace-*.dat
	[ "$(said_events)" = "$(wc -l <"$tmp/report")" ] ||
		echo "it said $(said_events) events, trace-cmd reads $(wc -l <"$tmp/report")"
	[ "$(stat -c %a "$tmp"/trace-*.dat)" = 600 ] || echo "others may read it"
}

leaves_files_alone() {
	echo mine >"$tmp/taken.dat"
	record_to taken.dat
	must_see 'taken.dat is there already and is left alone' "what is there already"
	[ "$(cat "$tmp/taken.dat")" = mine ] || echo "it was written over"
}

# What happened before somebody thought of recording it.
takes_the_store() {
	local held
	keys R
	must_see 'also what the store holds: [0-9,]+ events' "the store"
	held=$(screen | sed -n 's/.*store holds: \([0-9,]*\) events.*/\1/p' | tr -d ,)
	keys j j Space
	must_see '\(\*\) also what the store holds' "the choice"
	keys j Space # there are no markers: nothing changes
	keys Home Space C-u
	text 'past.dat'
	keys Enter Enter
	must_see '^ REC' "the status line"
	sleep 1.2
	keys R
	must_see '[0-9] events, .* in past.dat' "the end"
	report "$tmp/past.dat"
	[ "$(wc -l <"$tmp/report")" -gt "$held" ] ||
		echo "of $held in the store $(wc -l <"$tmp/report") are in the file"
}

asks_before_leaving() {
	record_to asked.dat
	must_see '^ REC' "the status line"
	sleep 0.5
	keys q
	must_see 'recording to asked.dat goes on: stop it and quit\? y/n' "the question"
	keys n
	must_see '^ REC' "it goes on"
	keys q y
	is_gone
	must_see "$PROMPT *\$" "the shell"
	must_see '^tapdeck: [0-9,]+ events?, .* in asked.dat' "what became of it"
	report "$tmp/asked.dat"
}

ends_by_signal() { # SIGNAL
	start_deck -e sched || return
	record_to "by$1.dat"
	must_see '^ REC' "the status line"
	sleep 0.5
	kill "-$1" "$(deck_pid)"
	is_gone
	must_see "$PROMPT *\$" "the shell"
	must_see "^tapdeck: [0-9,]+ events?, .* in by$1.dat" "what became of it"
	report "$tmp/by$1.dat"
}

# The recording ends with a word, the dashboard does not.
outlives_a_full_disk() {
	mkdir "$tmp/small"
	mount -t tmpfs -o size=28M tapdeck-test "$tmp/small" || return
	start_deck -e raw_syscalls || return
	dd if=/dev/zero of=/dev/null bs=1 count=100000000 2>/dev/null &
	local storm=$!
	record_to small/full.dat
	must_see '(full|space)' "why it ended"
	kill "$storm"
	must_lose '^ REC' "no recording"
	report "$tmp/small/full.dat"
	keys e
	must_see 'Events' "the dashboard"
	keys q
	is_gone
	umount "$tmp/small"
}

cuts() {
	start_deck asked.dat || return
	must_see 'paused' "the first row"
	must_see '[0-9] events' "all of it"
	record_to cut.dat
	must_see '[0-9] events, .* in cut.dat' "the end comes by itself"
	report "$tmp/asked.dat"
	mv "$tmp/report" "$tmp/whole"
	report "$tmp/cut.dat"
	diff "$tmp/whole" "$tmp/report" | head -n 3
	keys q
	is_gone
}

plays() {
	start_deck asked.dat || return
	must_see 'paused' "the first row"
	keys ,
	must_see 'playing 1x .* s of ' "it plays"
	must_see 'following' "the view goes along"
	keys ,
	must_see 'held 1x' "it waits"
	keys .
	must_see 'held 1x' "a step"
	keys '*' '*' ,
	must_see '(playing|at the end) 4x' "faster"
	must_see 'at the end 4x' "the end"
	keys '\;'
	must_lose 'at the end' "all rows"
	keys '@'
	text '50%'
	keys Enter
	must_see 'paused, [0-9,]+ behind' "the middle"
	keys q
	is_gone
}

open_terminal 24 100 || skip_all "tmux gives no terminal"
type_line "cd $tmp"
make_noise 0.01
check "R begins with a default for everything, R ends" begins_and_ends
check "what is there is left alone" leaves_files_alone
check "a recording may begin in the past" takes_the_store
check "nobody leaves an unfinished recording unasked" asks_before_leaving
check "SIGTERM finishes the file" ends_by_signal TERM
check "SIGHUP finishes the file" ends_by_signal HUP
check "a full disk ends the recording and nothing else" outlives_a_full_disk
check "a recording of a recording holds the same" cuts
check "a recording plays, waits, goes by steps and faster" plays
tap_end
