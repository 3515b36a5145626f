#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The dashboard on terminals of all kinds, and without what it would like to have: TERM by TERM,
# without colours, without UTF-8, without rights, with a recording. Writes TAP. Needs tmux; the
# case without rights needs root to have some to give away.
#
# Usage: terms_test.sh TAPDECK
set -u
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
deck=${1:?usage: terms_test.sh TAPDECK}
mkdat=${BUILD_ROOT:?}/tests/mkdat

# shellcheck source-path=SCRIPTDIR source=tmux.sh
. "$SOURCE_ROOT/tests/terminal/tmux.sh"
chmod 755 "$tmp" # for the case without rights
"$mkdat" "$SOURCE_ROOT/tests/screens/dat/build.txt" "$tmp/build.dat" || skip_all "mkdat failed"

# run_deck ENV...: the recording in the dashboard, with these variables.
run_deck() {
	type_line "clear; env $* $deck $tmp/build.dat"
	must_see 'Events' "the start with $*"
}

leave() {
	keys q
	terminal_is_sane
}

term_works() { # TERM
	run_deck "TERM=$1" || return
	must_see 'sys_enter' "the events"
	must_see 'quit' "the keys"
	# Arrow and function keys are understood as this terminal says them, or at least as ours.
	keys e
	text '5k'
	must_see '[Pp]aused' "a move up"
	tm resize-window -t t -x 100 -y 30
	sleep 0.2
	tm resize-window -t t -x 80 -y 24
	must_see 'Events' "the old size again"
	leave
}

arrows_work() { # TERM
	run_deck "TERM=$1" || return
	keys e
	keys Up Up Up
	must_see '[Pp]aused' "the arrow up"
	keys End
	must_lose '[Pp]aused' "the key End"
	keys F1
	must_see 'what it does' "the key F1"
	keys Escape
	must_lose 'what it does' "the key Esc"
	leave
}

# TERM=dumb has no screen to draw on: words, a status, and no escape sequence.
dumb_is_refused() {
	rm -f "$tmp/out"
	type_line "clear; TERM=dumb $deck $tmp/build.dat 2>$tmp/err; echo status=\$?"
	must_see 'status=1$' "the refusal" || { keys q; return; }
	grep -q "dumb" "$tmp/err" || { echo "it does not say why:"; cat "$tmp/err"; }
	! grep -q $'\e' "$tmp/err" || echo "an escape sequence"
	terminal_is_sane
}

unknown_is_refused() {
	type_line "clear; TERM=no-such-terminal $deck $tmp/build.dat 2>$tmp/err; echo status=\$?"
	must_see 'status=1$' "the refusal" || { keys q; return; }
	grep -q "no-such-terminal" "$tmp/err" || { echo "it does not say why:"; cat "$tmp/err"; }
	terminal_is_sane
}

colours() { # how many colour sequences are on the screen
	tm capture-pane -e -p -t t | grep -oE $'\e''\[[0-9;]*m' |
		grep -cE '(^|[[;])(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]'
}

has_colours() {
	run_deck TERM=screen-256color || return
	[ "$(colours)" -gt 0 ] || echo "no colour at all"
	leave
}

no_color_is_honoured() {
	run_deck TERM=screen-256color NO_COLOR=1 || return
	must_see 'sys_enter' "the events"
	[ "$(colours)" -eq 0 ] || tm capture-pane -e -p -t t | cat -v | head -n 5
	leave
	# An empty NO_COLOR is none.
	run_deck TERM=screen-256color NO_COLOR= || return
	[ "$(colours)" -gt 0 ] || echo "an empty NO_COLOR takes the colours away"
	leave
}

ascii_only() {
	run_deck LC_ALL=C || return
	must_see 'sys_enter' "the events"
	screen | LC_ALL=C grep -n '[^ -~]' | head -n 3
	keys p
	screen | LC_ALL=C grep -n '[^ -~]' | head -n 3
	leave
}

hostile_names_stay_text() {
	"$mkdat" "$SOURCE_ROOT/tests/screens/dat/hostile.txt" "$tmp/hostile.dat"
	type_line "clear; $deck $tmp/hostile.dat"
	must_see 'Events' "the start" || return
	keys e Home
	must_see 'wide' "the first rows"
	[ "$(tm display-message -p -t t '#{alternate_on}')" = 1 ] || echo "a name left the screen"
	[ "$(tm display-message -p -t t '#{pane_title}')" != title ] || echo "a name set the title"
	leave
}

without_rights() {
	cp "$deck" "$tmp/tapdeck" && chmod 755 "$tmp/tapdeck"
	mkdir -p "$tmp/nobody" && chown 65534:65534 "$tmp/nobody"
	type_line "clear; env HOME=$tmp/nobody XDG_STATE_HOME=$tmp/nobody XDG_CONFIG_HOME=$tmp/nobody \
setpriv --reuid 65534 --regid 65534 --clear-groups $tmp/tapdeck"
	must_see 'Tracers' "the start" || return
	must_see 'root|sudo|permi' "why nothing can be traced"
	keys Tab
	must_see 'quit' "what to press"
	leave
}

nothing_is_left_behind() {
	type_line "clear; $deck $tmp/build.dat 2>$tmp/err; echo status=\$?"
	must_see 'Events' "the start" || return
	keys q
	must_see 'status=0$' "the end"
	[ ! -s "$tmp/err" ] || cat "$tmp/err"
}

missing_file() {
	type_line "clear; $deck $tmp/none.dat 2>$tmp/err; echo status=\$?"
	must_see 'status=[12]$' "the end" || { keys q; return; }
	grep -q none.dat "$tmp/err" || cat "$tmp/err"
	terminal_is_sane
}

open_terminal 24 80 || skip_all "tmux gives no terminal"
line_settings "$tmp/stty.before"
for term in vt100 linux xterm screen tmux-256color; do
	if infocmp "$term" >/dev/null 2>&1; then
		check "TERM=$term" term_works "$term"
	else
		skip "TERM=$term" "this terminal is not in the terminfo data"
	fi
done
check "arrows, End, F1 and Esc" arrows_work screen-256color
check "TERM=dumb is refused in words" dumb_is_refused
check "an unknown TERM is refused in words" unknown_is_refused
check "there are colours where there may be" has_colours
check "NO_COLOR is honoured" no_color_is_honoured
check "without UTF-8 it draws ASCII" ascii_only
check "hostile names stay text" hostile_names_stay_text
check "it ends with 0 and in silence" nothing_is_left_behind
check "a missing recording is said before the screen is taken" missing_file
if [ "$(id -u)" = 0 ]; then
	check "without rights it starts and says why nothing can be traced" without_rights
else
	skip "without rights" "only root has rights to give away"
fi
tap_end
