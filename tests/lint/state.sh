#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# state.sh ROOT PROGRAM: no room keeps mutable state at file scope. Asks the built static
# libraries beside PROGRAM for writable symbols: what the code says may be hidden in a macro,
# what the linker got cannot.
set -u
: "${1:?usage: state.sh ROOT PROGRAM}"
BUILD=$(dirname "${2:?usage: state.sh ROOT PROGRAM}")
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

# Each with its reason.
# on_failure: what xcalloc calls before it aborts has no other way to be known.
# next_index: schemas are numbered over the whole process, never twice.
# owner: a handler of fatal signals is given nothing, and must give the terminal back.
# listener: the printer that libbpf calls is told nothing of who asked.
# writers: threads are the process's; their ids stay in stores as ours, so none is ended and made anew.
EXCEPT='^tui/term_tty\.c: owner$|^core/arena\.c: on_failure$|^core/format\.c: next_index$|^sinks/writer\.c: writers$|^bpf/object_log\.c: listener$'

# Writable data; .data.rel.ro (tables of pointers) is read-only once the program runs.
writable() { # LIBRARY
	local object symbols
	while IFS= read -r object; do
		symbols=$(objdump -t "$object" |
			awk '$0 ~ / O / && $0 ~ / \.(data|bss|tdata|tbss)(\.[^ ]*)?\t/ &&
				$0 !~ /\.data\.rel\.ro/ { print $NF }
				$0 ~ / O \*COM\*/ { print $NF }')
		[ -z "$symbols" ] || printf '%s\n' "$symbols" |
			sed "s,^,$(basename "$object" .c.o | sed 's,_,/,').c: ,"
	done < <(find "$1.p" -name '*.o' | sort)
}

room() { # NAME
	writable "$BUILD/lib$1.a" | sed 's/\.[0-9]*$//' | grep -Ev "$EXCEPT"
	true
}

for lib in core tracefs bpf backends sinks tui; do
	[ -d "$BUILD/lib$lib.a.p" ] || continue
	if grep -q 'b_sanitize=[a-z]' "$BUILD/meson-info/intro-buildoptions.json" 2>/dev/null; then
		skip "$lib keeps no state at file scope" "sanitizers add state of their own"
	elif have objdump; then
		check "$lib keeps no state at file scope" room "$lib"
	else
		skip "$lib keeps no state at file scope" "binutils are not installed"
	fi
done
tap_end
