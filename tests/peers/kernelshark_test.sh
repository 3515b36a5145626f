#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernelshark_test.sh PROGRAM: KernelShark shows what we recorded: every row with its event and its
# info, ended in order or killed, with and without compression; and its window opens without a word
# on standard error. The rows are those of the model behind its table (kshark_rows).
set -u
PROGRAM=${1:?usage: kernelshark_test.sh PROGRAM}
# shellcheck source-path=SCRIPTDIR source=../lint/tap.sh
. "${SOURCE_ROOT:?}/tests/lint/tap.sh"
PATH=${BUILD_ROOT:?}/tests:$PATH
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1

# all_rows FILE: as many rows as the file has events, each with event and info, in the order of time.
all_rows() {
	kshark_rows "$1" >rows 2>err || echo "kshark_rows: status $?"
	sed 's/^/on standard error: /' err
	dat_dump own "$1" | grep -vc ' lost ' >want
	# Where events are missing KernelShark adds a row of its own.
	awk -F'\t' '$5 != "missed_events"' rows >events
	wc -l <events | diff want - | head -n 5
	# An event without fields has an info of nothing but its text: there is none among these.
	awk -F'\t' '$5 == "" || $6 == "" { print "blank: " $0 }' events | head -n 5
	awk -F'\t' '$2 < last { print "out of order: " $0 } { last = $2 }' rows | head -n 5
}

# Events of the kernel's and of the buffer of identities, with names of both.
has_both_buffers() { # FILE
	kshark_rows "$1" >rows 2>/dev/null
	grep -q "$(printf '\t')sched/sched_switch$(printf '\t').*==>" rows ||
		echo "no sched_switch with its fields"
	grep -q "task_newtask$(printf '\t')pid=" rows || echo "no task_newtask from the buffer identity"
}

# window_opens FILE: it loads the file and stays open until it is ended. It is run as nobody: root
# gets a question first. That it loads a file is all that it may say.
window_opens() {
	local home=$TMP/nobody status
	rm -rf "$home"
	install -d -m 700 -o nobody "$home"
	install -m 600 -o nobody "$1" "$home/shown.dat"
	chmod 711 "$TMP"
	cd "$home" || return
	setpriv --reuid nobody --regid nogroup --clear-groups \
		env XDG_RUNTIME_DIR="$home" HOME="$home" QT_QPA_PLATFORM=xcb \
		timeout 8 xvfb-run -a kernelshark "$home/shown.dat" >../out 2>../err
	status=$?
	cd ..
	[ $status -eq 124 ] || echo "kernelshark ended by itself: status $status"
	grep -q "^Loading .*shown.dat" err || echo "it did not load the file"
	grep -v "^Loading " err || true
}

make_events() {
	for _ in 1 2 3 4 5; do sh -c 'sleep 0.02; true'; done
}

record() { # FILE OPTION...
	local file=$1
	shift
	"$PROGRAM" record -e sched -e 'irq:*' -o "$file" "$@" -- \
		sh -c 'for i in 1 2 3 4 5; do sh -c "sleep 0.02; true"; done' >out 2>err ||
		sed 's/^/tapdeck record: /' err
}

# Killed while it records: the last second may be missing, nothing else.
record_killed() {
	"$PROGRAM" record -e sched -e 'irq:*' -o killed.dat >/dev/null 2>&1 &
	local recorder=$!
	sleep 1.2
	make_events
	sleep 1.5
	kill -9 "$recorder"
	wait "$recorder" 2>/dev/null
	[ -s killed.dat ] || echo "there is no killed.dat"
}

for program in kshark_rows kernelshark xvfb-run; do
	if ! have $program; then
		skip "KernelShark shows our recordings" "$program is not installed"
		tap_end
	fi
done
if [ "$(id -u)" -ne 0 ] || [ ! -d /sys/kernel/tracing/events ]; then
	skip "KernelShark shows our recordings" "recording needs root and tracefs"
	tap_end
fi
check "a recording is made" record six.dat
check "its rows all have event and info" all_rows six.dat
check "its rows come from both buffers" has_both_buffers six.dat
check "a compressed recording is made" record seven.dat --compress
check "its rows all have event and info, too" all_rows seven.dat
check "a recording is killed" record_killed
check "what is in the killed one is shown" all_rows killed.dat
check "the window opens on a recording" window_opens six.dat
check "the window opens on a killed one" window_opens killed.dat
tap_end
