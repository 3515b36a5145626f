#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A session with the dashboard, as somebody would have it, on the real kernel in a real terminal:
# start, switch a tracer, see its events, filter, look into a process and back, pause, make the
# terminal tiny, stop and continue, leave. Then every other way to end. Afterwards terminal and
# kernel are as they were. Writes TAP. Needs root, tracefs and tmux.
#
# Usage: deck_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: deck_test.sh TAPDECK}
# shellcheck source-path=SCRIPTDIR source=tmux.sh
. "$SOURCE_ROOT/tests/terminal/tmux.sh"
need_tracefs

# Control files, and the names of the instances; others may come and go beside us.
kernel_state() {
	"$SOURCE_ROOT/tests/kernel/snapshot.sh" "$tracefs" | grep -v '^\./instances/'
}

starts() {
	start_deck
	must_see 'Space .*\?' "what to press"
	must_see 'sched [0-9]+/' "which tracers are on"
	must_see 'Events' "the events"
	must_see 'Processes' "the processes"
	[ "$(tm display-message -p -t t '#{alternate_on}')" = 1 ] || echo "not on the full screen"
	keys Tab
	must_see 'help +q quit' "the keys at the bottom"
}

toggles() {
	keys t
	text '/'
	text 'sched_switch'
	must_see 'sched_switch' "the search in the tracers"
	keys Enter
	keys Space
	must_see '[1-9][0-9]*/s' "a rate" # events arrive
	keys e
	must_see 'sched_switch.*prev_comm' "the events of the tracer"
}

# The events alone on the screen, so that there is room for names.
filters() {
	keys e
	keys '\'
	text '/'
	text 'comm == "noisemaker'
	must_see '^~ filter: comm == "noisemaker' "the unfinished filter"
	text '"'
	must_see '^= filter: comm == "noisemaker"' "the finished one"
	keys Enter
	must_see 'hidden' "how many rows are hidden"
	must_see 'noisemaker +[0-9]+ sched_switch' "the rows that pass"
	screen | grep -E ' sched_switch ' | grep -v ' noisemaker ' | head -n 3
	text 'F'
	must_lose 'hidden' "no filter"
	keys '\'
}

drills() {
	keys p
	text 'B'
	must_see '^.*│ +[0-9]+ +[a-z]' "the processes"
	keys Enter
	must_see '^ Cockpit ' "all of the process"
	keys E
	must_see 'lost.*  filter ' "the crumb of the process"
	keys BSpace
	must_lose 'lost.*  filter ' "the way back"
	keys Escape
	must_lose '^ Cockpit ' "the panes"
}

# The first rows of the events pane; the rates beside them move on.
event_rows() {
	screen | sed 's/.*│//' | grep -E '^ *[0-9]+\.[0-9]{6} ' | head -n 8
}

pauses() {
	keys e
	keys End
	keys Space
	must_see '[Pp]aused' "the pause"
	# The rows stand still though events go on.
	event_rows >"$tmp/one"
	sleep 0.5
	event_rows >"$tmp/two"
	[ -s "$tmp/one" ] || echo "no rows"
	diff "$tmp/one" "$tmp/two" >/dev/null || echo "the rows move"
	keys End
	must_lose '[Pp]aused' "the end of the pause"
}

resizes() {
	local size
	for size in 20:5 200:50 1:1 300:100 40:12 80:24; do
		tm resize-window -t t -x "${size%:*}" -y "${size#*:}"
		sleep 0.2
		[ -d "/proc/$(deck_pid)" ] || { echo "ended at $size"; return; }
	done
	must_see 'Tracers' "the old size again"
	must_see 'Processes' "the old size again"
}

stops_and_continues() {
	keys C-z
	must_see "$PROMPT" "Ctrl-Z" || return
	terminal_is_sane
	[ "$(cat "$tracefs/instances/tapdeck.$(deck_pid)".*/tracing_on 2>/dev/null | sort -u)" != 1 ] ||
		echo "it captures on"
	type_line 'fg'
	must_see 'Tracers' "fg"
	must_see 'stopped for' "what was missed"
	keys e
	keys End
	must_see 'sched_switch' "the events go on"
}

quits() {
	keys q
	is_gone
	terminal_is_sane
	kernel_state | diff "$tmp/kernel.before" - | head
}

dies_well() { # SIGNAL
	start_deck || return
	sleep 0.3
	kill "-$1" "$(deck_pid)"
	is_gone
	terminal_is_sane
}

# It must not touch the terminal that the shell has by then: that would stop it for good.
ends_while_stopped() {
	start_deck || return
	keys C-z
	must_see "$PROMPT" "Ctrl-Z" || return
	type_line 'kill %1'
	is_gone
	terminal_is_sane
}

# The end of the terminal is the end of the program: nobody is left to press q.
line_is_lost() {
	start_deck || return
	close_terminal
	is_gone
	open_terminal 24 80
	line_settings "$tmp/stty.before"
}

# A fault of ours must not cost somebody his terminal.
crashes_with_manners() {
	type_line 'ulimit -c 0'
	start_deck || return
	kill -SEGV "$(deck_pid)"
	is_gone
	terminal_is_sane
}

# Nobody reads before the first screen is on its way, which is more than a line takes.
line_is_slow() {
	TERM=xterm-256color python3 - "$deck" <<'PY'
import fcntl, os, pty, select, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    time.sleep(0.5)  # its size is set
    os.execv(sys.argv[1], [sys.argv[1], "--theme", "contrast"])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 400, 0, 0))
time.sleep(2.5)
os.write(fd, b"q")
try:
    while select.select([fd], [], [], 20)[0] and os.read(fd, 65536):
        pass
except OSError:
    pass
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if status:
    print("status", status)
PY
}

session() {
	check "it starts with tracers, events, processes and what to press" starts
	check "a tracer is switched on and its events come" toggles
	check "a filter leaves the rows that pass" filters
	check "Enter looks into a process, Backspace comes back" drills
	check "Space holds the view still, End goes on" pauses
	check "it takes every size and comes back" resizes
	check "Ctrl-Z gives the terminal and stops the capture, fg brings both back" \
		stops_and_continues
	check "q leaves terminal and kernel as they were" quits
}

open_terminal 24 80 || skip_all "tmux gives no terminal"
make_noise 0.01
line_settings "$tmp/stty.before"
kernel_state >"$tmp/kernel.before"
session
for signal in HUP TERM INT; do
	check "SIG$signal ends it in order" dies_well "$signal"
done
check "a kill ends it while it is stopped" ends_while_stopped
check "a crash gives the terminal back" crashes_with_manners
check "a lost line ends it" line_is_lost
if have python3; then
	check "a line that takes nothing holds nobody up" line_is_slow
else
	skip "a line that takes nothing holds nobody up" "python3 is not installed"
fi
tap_end
