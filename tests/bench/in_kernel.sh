# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# in_kernel.sh: what it costs to pair wake-ups with switches here, and in the kernel, in a storm of
# switches: two processes of one CPU that hand each other a byte. Sourced by run.

# "events":N of the last table, and what of it is said to be lost.
pairing() { # NAME OPTION...
	local name=$1 seen lost
	shift
	measure 4 "$TAPDECK" top -e pair:runq --by comm --buffer "${BUFFER_KB}k" --json "$@" >"$WORK/tables"
	read -r seen lost < <(words_of_top)
	[ "$seen" -gt 0 ] || { note "$name" "failed: $(tail -n 1 "$WORK/words")"; return; }
	line "$name" "$seen" "$lost" "$CPU_NS"
}

switching() { # NAME: nobody looks
	blow
	printf '%-24s %10d %10s %10s %7s %9s %8s %9.0f\n' "$1" $((CALLS * 2)) - - - - - "$NS_PER_CALL"
}

# shellcheck disable=SC2034
in_kernel() {
	if [ ! -e "$TRACEFS/synthetic_events" ]; then
		echo
		echo "Pairs in the kernel: not measured, this kernel has no synthetic events"
		return
	fi
	STORM_OPTIONS=(-x)
	head_line "two processes that switch to and fro; pairs of wake-up and switch"
	switching "untraced"
	pairing "top -e pair:runq" --show count
	pairing "... --in-kernel" --show count --in-kernel
	pairing "... with p99, here" --show 'count,p99(latency)'
	pairing "... with p99, there" --show 'count,p99(latency)' --in-kernel
	switching "untraced, again"
	STORM_OPTIONS=()
	echo "storm ns: CPU time of both for a byte there and back. Who pairs in the kernel costs them"
	echo "instead of himself; compare the sum, made * storm ns / 2 + seen * CPU s/M."
}
