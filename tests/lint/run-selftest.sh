#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run-selftest.sh ROOT: proves that tests/run takes nothing bad for good: failing,
# crashing, hanging, silent and short tests, and skips without a reason, must each
# become a failure; skips with a reason and passes must be counted as such.
set -u
ROOT=${1:?usage: run-selftest.sh ROOT}
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$ROOT/tests/lint/tap.sh"

TREE=$(mktemp -d) || exit 1
trap 'rm -rf "$TREE"' EXIT
mkdir "$TREE/meson-info"

# expect LAST_LINE STATUS SCRIPT: a tree whose only test is this bash script.
expect() {
	local want=$1 want_status=$2 last status
	printf '%s\n' "$3" >"$TREE/test.sh"
	printf '[{"name": "t", "cmd": ["bash", "%s/test.sh"], "suite": ["x:unit"], "timeout": 2}]' \
		"$TREE" >"$TREE/meson-info/intro-tests.json"
	"$ROOT/tests/run" "$TREE" >"$TREE/log" 2>&1
	status=$?
	last=$(tail -n 1 "$TREE/log")
	[ "$last" = "$want" ] && [ "$status" = "$want_status" ] && return
	echo "wanted '$want' and status $want_status; there came status $status and:"
	cat "$TREE/log"
}

# reports SCRIPT WORDS: the report names these words.
reports() {
	expect "0 passed, 1 failed, 0 skipped" 1 "$1"
	grep -qF -- "$2" "$TREE/log" || echo "'$2' is nowhere in the report"
}

empty_tree() {
	local out
	echo '[]' >"$TREE/meson-info/intro-tests.json"
	out=$("$ROOT/tests/run" "$TREE") && echo "status 0"
	[ "${out##*$'\n'}" = "0 passed, 0 failed, 0 skipped" ] || echo "last line: ${out##*$'\n'}"
}

# A child that outlives the test and holds its output open must not hold the runner.
left_child() {
	local start=$SECONDS
	expect "1 passed, 0 failed, 0 skipped" 0 'setsid sleep 5 & echo "ok 1 - a"; echo "1..1"'
	[ $((SECONDS - start)) -lt 4 ] || echo "waited for the child: $((SECONDS - start)) s"
}

check "passes are counted" \
	expect "2 passed, 0 failed, 0 skipped" 0 'echo "1..2"; echo "ok 1 - a"; echo "ok 2 - b"'
check "a plan behind the cases is good" \
	expect "1 passed, 0 failed, 0 skipped" 0 'echo "ok 1 - a"; echo "1..1"'
check "the plans of several groups add up" \
	expect "2 passed, 0 failed, 0 skipped" 0 \
	'echo "1..1"; echo "ok 1 - a"; echo "1..1"; echo "ok 1 - b"'
check "a failing case fails" \
	expect "1 passed, 1 failed, 0 skipped" 1 \
	'echo "1..2"; echo "ok 1 - a"; echo "not ok 2 - b"; exit 1'
check "a failing case fails though the test ends with status 0" \
	expect "0 passed, 1 failed, 0 skipped" 1 'echo "1..1"; echo "not ok 1 - b"'
check "a status without a failed case fails" \
	expect "1 passed, 1 failed, 0 skipped" 1 'echo "1..1"; echo "ok 1 - a"; exit 3'
check "a crash fails" \
	expect "1 passed, 1 failed, 0 skipped" 1 'echo "1..1"; echo "ok 1 - a"; kill -SEGV $$'
check "a crash is named" reports 'kill -ABRT $$' "SIGABRT"
check "a crash behind a failed case is a failure of its own" \
	expect "0 passed, 2 failed, 0 skipped" 1 'echo "1..1"; echo "not ok 1"; kill -SEGV $$'
check "a hanging test fails" \
	expect "1 passed, 1 failed, 0 skipped" 1 'echo "1..1"; echo "ok 1 - a"; exec sleep 60'
check "a silent test fails" expect "0 passed, 1 failed, 0 skipped" 1 'exit 0'
check "a short plan fails" \
	expect "1 passed, 1 failed, 0 skipped" 1 'echo "1..2"; echo "ok 1 - a"'
check "more cases than planned fail" \
	expect "2 passed, 1 failed, 0 skipped" 1 'echo "1..1"; echo "ok 1 - a"; echo "ok 1 - a"'
check "a missing plan fails" expect "1 passed, 1 failed, 0 skipped" 1 'echo "ok 1 - a"'
check "bailing out fails" \
	expect "1 passed, 1 failed, 0 skipped" 1 'echo "1..1"; echo "ok 1"; echo "Bail out! no"'
check "a missing program fails" reports 'exec /nonexistent' "/nonexistent"
check "a skip with a reason is a skip" \
	expect "0 passed, 0 failed, 1 skipped" 0 'echo "1..1"; echo "ok 1 - a # SKIP no root"'
check "a skip as cmocka says it, with the reason before it, is a skip" \
	expect "0 passed, 0 failed, 1 skipped" 0 'echo "1..1"; echo "no root"; echo "not ok 1 # SKIP a"'
check "a skip without a reason fails" reports 'echo "1..1"; echo "ok 1 - a # SKIP"' "without a reason"
check "a whole test may be skipped" \
	expect "0 passed, 0 failed, 1 skipped" 0 'echo "1..0 # SKIP no tracefs"'
check "an empty plan without a reason fails" \
	expect "0 passed, 1 failed, 0 skipped" 1 'echo "1..0"'
check "no tests at all is a failure" empty_tree
check "a child left behind does not hold the run up" left_child
tap_end
