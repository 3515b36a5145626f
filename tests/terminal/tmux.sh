# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tmux.sh: a terminal for tests: a tmux server of its own with an interactive shell in it, and the
# dashboard of the real kernel in that. To be sourced behind lint/tap.sh; without tmux all is
# skipped. It makes $tmp, a directory that goes away with the test, as server and noise do.

have tmux || skip_all "tmux is not installed"
tmp=$(mktemp -d) || skip_all "no temporary directory"
TMUX_SOCKET=$tmp/tmux
PROMPT='READY>'
tracefs=/sys/kernel/tracing
noise=

# Lets go of all. Who has more to let go of has a trap of its own, which ends with this.
# shellcheck disable=SC2317
terminal_cleanup() {
	[ -z "$noise" ] || kill "$noise" 2>/dev/null
	close_terminal
	rm -rf "$tmp"
}
trap terminal_cleanup EXIT

tm() {
	env -u TMUX tmux -S "$TMUX_SOCKET" -f /dev/null "$@"
}

# open_terminal ROWS COLS: a shell in a fresh terminal, with nothing of its user.
open_terminal() {
	env -u TMUX -u NO_COLOR -u COLORTERM HOME="$tmp" XDG_CONFIG_HOME="$tmp/config" \
		XDG_STATE_HOME="$tmp/state" LC_ALL=C.UTF-8 \
		tmux -S "$TMUX_SOCKET" -f /dev/null -u new-session -d -s t -x "$2" -y "$1" \
		"exec env PS1='$PROMPT ' HISTFILE= bash --norc --noprofile -i" || return
	tm set-option -g status off
	tm set-option -g default-terminal screen-256color
	tm resize-window -t t -x "$2" -y "$1"
	sees "$PROMPT" || { echo "no shell in the terminal:"; screen; return 1; }
	# Keys as a program could send them come one by one: a paste is something else.
	type_line 'bind "set enable-bracketed-paste off"; clear'
	tm clear-history -t t
}

close_terminal() {
	tm kill-server 2>/dev/null
	return 0
}

# What is on the screen now, as text.
screen() {
	tm capture-pane -p -t t
}

# sees REGEX [SECONDS]: waits until a line of the screen matches.
sees() {
	local i
	for ((i = 0; i < ${2:-10} * 20; i++)); do
		screen 2>/dev/null | grep -qE -- "$1" && return
		sleep 0.05
	done
	return 1
}

# loses REGEX [SECONDS]: waits until no line matches.
loses() {
	local i
	for ((i = 0; i < ${2:-10} * 20; i++)); do
		screen 2>/dev/null | grep -qE -- "$1" || return 0
		sleep 0.05
	done
	return 1
}

# must_see REGEX WHAT: the same as a check: prints what is wrong, with the screen.
must_see() {
	sees "$1" && return
	echo "$2: nothing matches '$1' on:"
	screen
	return 1
}

must_lose() {
	loses "$1" && return
	echo "$2: '$1' stays on:"
	screen
	return 1
}

# keys KEY...: as tmux names them. text STRING: verbatim.
keys() {
	tm send-keys -t t "$@"
}

text() {
	tm send-keys -t t -l "$1"
}

# type_line COMMAND: for the shell.
type_line() {
	text "$1"
	keys Enter
}

# The pid of the program whose name is in the foreground of the terminal, by its shell.
shell_pid() {
	tm display-message -p -t t '#{pane_pid}'
}

child_pid() { # NAME
	pgrep -P "$(shell_pid)" -x "$1" | head -n 1
}

# line_settings FILE: how the line is set, but for its size; by the shell inside.
line_settings() {
	rm -f "$1"
	type_line "stty -a | sed 's/rows [0-9]*; columns [0-9]*;//' >$1.new; mv $1.new $1"
	local i
	for ((i = 0; i < 200; i++)); do
		[ -f "$1" ] && return
		sleep 0.05
	done
	echo "the shell does not answer:"
	screen
	return 1
}

# Is the terminal the shell's again: its prompt, no full screen, a visible cursor, no mouse?
terminal_is_sane() {
	must_see "$PROMPT *\$" "after the end" || return
	line_settings "$tmp/stty.after"
	diff "$tmp/stty.before" "$tmp/stty.after"
	[ "$(tm display-message -p -t t '#{alternate_on}')" = 0 ] || echo "still the full screen"
	[ "$(tm display-message -p -t t '#{cursor_flag}')" = 1 ] || echo "no cursor"
	[ "$(tm display-message -p -t t '#{mouse_any_flag}')" = 0 ] || echo "still takes the mouse"
	[ "$(tm display-message -p -t t '#{keypad_flag}')" = 0 ] || echo "still in keypad mode"
}

# ---- the dashboard of the real kernel: needs $deck, the program ----

# Skips all where the kernel's events cannot be had.
need_tracefs() {
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	[ -d "$tracefs/instances" ] || skip_all "tracefs is not mounted at $tracefs"
}

# make_noise SECONDS: something to look at: a process with a name that wakes up that often.
make_noise() {
	cp "$(command -v bash)" "$tmp/noisemaker"
	"$tmp/noisemaker" -c "while :; do sleep $1; done" &
	noise=$!
}

start_deck() { # ARG...
	type_line "clear; ${deck:?} $*"
	must_see 'Tracers' "the start" || return
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		child_pid tapdeck >"$tmp/pid"
		[ ! -s "$tmp/pid" ] || return 0
		sleep 0.1
	done
	echo "no process called tapdeck"
	return 1
}

# Of the program that was started last. A check is a process of its own: variables end with it.
deck_pid() {
	cat "$tmp/pid"
}

# What it left in the kernel.
leftovers() {
	find "$tracefs/instances" -maxdepth 1 -name "tapdeck.$(deck_pid).*" 2>/dev/null
}

# Waits until the program, and what it had in the kernel, are gone.
is_gone() {
	local i
	for ((i = 0; i < 200; i++)); do
		[ ! -d "/proc/$(deck_pid)" ] && [ -z "$(leftovers)" ] && return
		sleep 0.05
	done
	echo "still there after 10 s: $(ps -o pid=,stat=,args= -p "$(deck_pid)") $(leftovers)"
	screen
}
