#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# layering.sh ROOT: fails when an include breaks the order of the rooms, when a room below
# cli prints or exits, or when a descriptor may leak into a child. The rules stand in the
# tables below, once.
set -u
ROOT=${1:?usage: layering.sh ROOT}
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"
cd "$ROOT" || exit 1

ROOMS="core tracefs bpf backends sinks tui cli"

# Which room may include whom: a room, or a single header.
ALLOWED='
core: core
tracefs: tracefs core
bpf: bpf core
backends: backends tracefs bpf core
sinks: sinks tracefs core
tui: tui core backends/backend.h backends/deck.h sinks/sink.h sinks/recorder.h
cli: cli tui sinks backends bpf tracefs core
tests: tests cli tui sinks backends bpf tracefs core
'

# Which files may include a library: a pattern of headers, then patterns of paths.
LIBRARIES='
*curses.h|panel.h|term.h: tui/term.c
event-parse.h|traceevent/*|trace-seq.h|kbuffer.h: tracefs/tep.c tests/*
tracefs.h: tracefs/* tests/*
tracefs/tracefs.h: tracefs/* tests/*
bpf/*: bpf/* backends/bpf.c tests/*
trace-cmd.h|trace-cmd/*: tests/peers/*
cmocka.h: tests/*
'

sources() {
	local dir
	for dir in $ROOMS tests; do
		[ -d "$dir" ] && find "$dir" -name '*.[ch]'
	done | sort
}

# FILE:LINE:QUOTE:HEADER for every include; QUOTE is < or ".
includes() {
	sources | xargs -r awk '
		match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*/) {
			text = substr($0, RSTART, RLENGTH)
			match(text, /[<"].*/)
			print FILENAME ":" FNR ":" substr(text, RSTART, 1) ":" substr(text, RSTART + 1)
		}'
}

row() { # TABLE KEY: what stands behind "KEY: "
	printf '%s\n' "$1" | sed -n "s/^$2: //p"
}

# matches WORD PATTERN...: does one of the shell patterns match?
matches() {
	local word=$1 pattern
	shift
	for pattern in "$@"; do
		# shellcheck disable=SC2053
		[[ $word == $pattern ]] && return
	done
	return 1
}

rooms_in_order() {
	local file line quote header room allowed
	set -f
	while IFS=: read -r file line quote header; do
		[ "$quote" = '"' ] || continue
		room=${file%%/*}
		if [[ $header != */* || $header == *..* ]]; then
			echo "$file:$line: \"$header\" is not written from the root"
		elif [ ! -f "$header" ]; then
			echo "$file:$line: there is no $header"
		else
			allowed=$(row "$ALLOWED" "$room")
			# shellcheck disable=SC2086
			matches "${header%%/*}" $allowed || matches "$header" $allowed ||
				echo "$file:$line: $room must not include \"$header\""
		fi
	done < <(includes)
}

libraries_in_place() {
	local file line quote header patterns places rule
	set -f
	while IFS=: read -r file line quote header; do
		[ "$quote" = '<' ] || continue
		while IFS= read -r rule; do
			[ -n "$rule" ] || continue
			IFS='|' read -ra patterns <<<"${rule%%: *}"
			matches "$header" "${patterns[@]}" || continue
			read -ra places <<<"${rule#*: }"
			matches "$file" "${places[@]}" ||
				echo "$file:$line: <$header> belongs into ${places[*]} alone"
		done <<<"$LIBRARIES"
	done < <(includes)
}

# The text of C files without comments and strings, a statement a line: FILE: STATEMENT.
statements() {
	local file
	for file in "$@"; do
		[ -f "$file" ] || continue
		awk -v file="$file" '
			{ text = text $0 "\n" }
			END {
				gsub(/\047\\?"\047/, "0", text)
				gsub(/"([^"\\\n]|\\.)*"/, "\"\"", text)
				while (match(text, /\/\*([^*]|\*+[^*\/])*\*+\//))
					text = substr(text, 1, RSTART - 1) " " substr(text, RSTART + RLENGTH)
				gsub(/\n[ \t]*#[^\n]*/, " ", text)
				gsub(/[ \t\n]+/, " ", text)
				n = split(text, part, /[;{}]/)
				for (i = 1; i <= n; i++)
					print file ": " part[i]
			}' "$file"
	done
}

below_cli() {
	sources | grep -Ev '^(cli|tests)/'
}

nothing_prints() {
	# xcalloc and its friends abort: that is what they are for. The guard is a process of its own.
	# shellcheck disable=SC2046
	statements $(below_cli) |
		grep -E '[^a-zA-Z0-9_>.](v?printf|puts|putchar|perror|exit|_exit|_Exit|abort|syslog) ?\(|fprintf ?\( ?std|[^a-z_]std(out|err)[^a-z_]' |
		grep -Ev '^core/arena\.c: .*abort|^core/guard[a-z_]*\.c: .*_exit|^tracefs/slow_write\.c: .*_exit' |
		sed 's/$/ (only cli prints or exits)/'
	true
}

descriptors_close() {
	# shellcheck disable=SC2046
	statements $(sources | grep -v '^tests/') |
		grep -E '[^a-zA-Z0-9_>.](open|openat|memfd_create|pipe2|dup3|epoll_create1|signalfd|timerfd_create|eventfd|inotify_init1|accept4|socket|creat|pipe|epoll_create|dup|mkstemp) ?\(' |
		grep -v '_CLOEXEC' |
		sed 's/$/ (without CLOEXEC)/'
	below_cli | xargs -r grep -nE '\b(fopen|fdopen|popen)\(' /dev/null | grep -Ev '"[rwa]b?\+?e"' |
		sed 's/$/ (fopen wants the letter e)/'
	true
}

check "rooms include only what is below them" rooms_in_order
check "libraries are included only in their place" libraries_in_place
check "nothing below cli prints or exits" nothing_prints
check "every descriptor is opened close-on-exec" descriptors_close
tap_end
