# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tap.sh: what scripts that write TAP share. To be sourced. A check is a command that
# prints what is wrong; printing nothing and ending well is passing.

TAP_COUNT=0
TAP_FAILED=0

# check NAME COMMAND [ARG...]: one case; what the command prints are its violations.
check() {
	local name=$1 out status
	shift
	out=$("$@" 2>&1)
	status=$?
	TAP_COUNT=$((TAP_COUNT + 1))
	if [ -z "$out" ] && [ "$status" -eq 0 ]; then
		echo "ok $TAP_COUNT - $name"
		return
	fi
	TAP_FAILED=$((TAP_FAILED + 1))
	echo "not ok $TAP_COUNT - $name"
	[ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/# /'
	[ -n "$out" ] || echo "# $*: exit status $status"
}

# skip NAME REASON: one case that cannot run here.
skip() {
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT - $1 # SKIP $2"
}

# skip_all REASON: nothing of the script can run here.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# Ends the script: the plan stands last, so that a script that dies on the way has none.
tap_end() {
	echo "1..$TAP_COUNT"
	[ "$TAP_FAILED" -eq 0 ]
	exit
}

# have PROGRAM: is it installed?
have() {
	command -v "$1" >/dev/null 2>&1
}
