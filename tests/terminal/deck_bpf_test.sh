#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# BPF programs on the dashboard, live, on the real kernel in a real terminal: one is switched on and
# its rows stand beside the kernel's own, an option is set and kept, what it costs is shown, a table
# is opened and grows; afterwards nothing of them is left in the kernel. Writes TAP. Needs root,
# tracefs, BPF with BTF and tmux.
#
# Usage: deck_bpf_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: deck_bpf_test.sh TAPDECK}
# shellcheck source-path=SCRIPTDIR source=tmux.sh
. "$SOURCE_ROOT/tests/terminal/tmux.sh"
need_tracefs
"$deck" doctor --json | grep '"check":"BPF programs"' | grep -q '"state":"ok"' ||
	skip_all "BPF programs do not work here: $("$deck" doctor --json | grep '"BPF programs"')"

# The cursor on a tracer, by its name.
find_tracer() { # NAME
	text 't'
	keys Home
	text '/'
	sleep 0.2
	keys C-u
	text "bpf:$1"
	must_see "find.*: bpf:$1\$|tracer.*: bpf:$1\$" "the search" || return
	keys Enter
	must_lose "tracer: bpf:$1\$" "the search"
}

rows_beside() {
	start_deck -e sched:sched_process_exec || return
	must_see 'Events .*following' "the start" || return
	find_tracer exec
	keys Space
	must_see '●    exec' "the tracer" || return
	text 'e'
	must_see '[0-9] sleep +exec +' "a row of the program" || return
	must_see '[0-9] sleep +…?[a-z_]*process_exec' "a row of the kernel beside it"
}

option() {
	find_tracer runqlat
	text 'T'
	must_see 'option: least=' "the prompt" || return
	must_see 'a duration such as 10ms' "the hint"
	text 'x'
	keys Enter
	must_see "'x' is not a duration" "what is wrong" || return
	keys BSpace
	text '30ms'
	keys Enter
	must_see 'least of bpf:runqlat is 30ms. Keep it' "the question" || return
	text 'y'
	must_see 'stands in .*config' "where it is kept" || return
	grep -A1 -F '[tracer bpf:runqlat]' "$tmp/config/tapdeck/config" | grep -q '^least = 30ms$' ||
		cat "$tmp/config/tapdeck/config"
}

costs() {
	find_tracer exec
	tm resize-window -t t -x 150 -y 40
	text '\'
	must_see 'runs +each +ring +lost' "the columns" || return
	must_see '●    exec .* [0-9.]+[kM]?/s +[0-9.]+(ns|us|ms)' "what exec costs" || return
	text 'd'
	must_see 'cost: .* runs/s, .* each, .* of a CPU; ring' "the same in words" || return
	must_see 'kind: events, a row for each' "its kind"
	keys Escape
	must_lose 'kind: events, a row for each' "the dialog"
	text '\'
	must_lose 'runs +each +ring' "the columns beside the events"
}

# The number beside the noise.
noise_count() {
	screen | sed -nE 's/^.*noisemaker +([0-9,]+).*/\1/p' | tr -d , | head -n 1
}

table() {
	local one two i
	find_tracer comm_count
	text 'b'
	must_see 'comm_count is off. Switch it on' "the question" || return
	text 'y'
	must_see 'Table +bpf:comm_count' "the table" || return
	text '/'
	text 'noisemaker'
	keys Enter
	must_see 'with .noisemaker.' "the title" || return
	must_see 'noisemaker +[0-9,]+' "the row" || return
	one=$(noise_count)
	for ((i = 0; i < 100; i++)); do
		two=$(noise_count)
		[ "${two:-0}" -le "${one:-0}" ] || break
		sleep 0.05
	done
	[ "${two:-0}" -gt "${one:-0}" ] || echo "it does not grow: $one, $two"
	text 'W'
	text "$tmp/table.csv"
	keys Enter
	must_see 'rows written to' "the file" || return
	grep -q '^noisemaker,' "$tmp/table.csv" || head "$tmp/table.csv"
}

narrows() {
	text 'i'
	must_see 'comm_count: noisemaker' "the crumb" || return
	text 'e'
	must_see 'noisemaker.*calls=[0-9]+|comm_count +comm=noisemaker' "its rows" || return
	keys BSpace
	must_lose 'comm_count: noisemaker' "the way back"
}

programs_of() { # PID: descriptors of programs and maps
	find "/proc/$1/fd" -lname 'anon_inode:bpf*' 2>/dev/null | wc -l
}

ends() {
	[ "$(programs_of "$(deck_pid)")" -gt 0 ] || echo "no program was ever there"
	text 'q'
	is_gone
	terminal_is_sane
}

kept() {
	start_deck -e bpf:runqlat || return
	find_tracer runqlat
	text 'd'
	must_see 'least=30ms' "the option of the last time" || return
	keys Escape
	must_lose 'least=30ms' "the dialog"
	text 'q'
	is_gone
}

open_terminal 24 100 || skip_all "no terminal"
line_settings "$tmp/stty.before"
make_noise 0.05
check "rows of a program stand beside the kernel's" rows_beside
check "an option is set, checked and kept" option
check "what programs cost is shown where there is room" costs
check "a table opens, grows and is written" table
check "a key of the table narrows the events" narrows
check "it ends and leaves nothing" ends
check "the option is there the next time" kept
tap_end
