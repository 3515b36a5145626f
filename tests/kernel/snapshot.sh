#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prints the names of all files of tracefs and the contents of every control file, always in the
# same order, so that two outputs can be compared with diff. Reads, and nothing else.
#
# Usage: snapshot.sh [TRACEFS]
set -u
export LC_ALL=C
cd "${1:-/sys/kernel/tracing}" || exit 1

# Every name counts. What is in instances/ counts by name: their contents go when they go.
find . -path './instances/*' -prune -print -o -print | sort

# The contents of these do not count:
#
# free_buffer		closing it frees the buffer: it must not even be opened
# trace_pipe*		reading it takes the events away, and waits for more
# trace, snapshot*	what was recorded, no control; allocated by use
# trace_marker*		to be written, never read
# user_events_data	to be written, never read
# inject		to be written, never read
# stats			counters of a CPU's buffer that only grow
# saved_cmdlines,
# saved_tgids		names the kernel learned while anybody traced; nobody can put them back
# error_log		what the kernel refused to somebody; nobody can put it back
# hist, hist_debug	what a trigger counted; the trigger itself is in the file trigger
# *_profile, trace_stat	counters of probes and functions
# id, format		fixed while the event exists, and its name counts
# README, available_*, eval_map,
# header_*		what the kernel can do, no setting; long
# touched_functions	which functions were ever traced; nobody can put it back
# enabled_functions	counters and addresses of hooks; what we set is in set_ftrace_*
# dyn_ftrace_total_info	counters
# printk_formats	addresses of texts of the kernel and its modules
# user_events_status	counters of users
find . \( -path './instances/*' -o -path ./trace_stat \) -prune -o \
	\( -name free_buffer -o -name 'trace_pipe*' -o -name trace -o -name 'snapshot*' \
	-o -name 'trace_marker*' -o -name user_events_data -o -name inject -o -name stats \
	-o -name saved_cmdlines -o -name saved_tgids -o -name error_log -o -name hist \
	-o -name hist_debug -o -name '*_profile' -o -name id -o -name format \
	-o -name README -o -name 'available_*' -o -name eval_map -o -name 'header_*' \
	-o -name touched_functions -o -name enabled_functions -o -name dyn_ftrace_total_info \
	-o -name printk_formats -o -name user_events_status \) -o \
	-type f -perm /444 -print0 | sort -z |
	# "7 (expanded: 1408)": kernels before 6.2 allocate the top buffer at the first use of anything.
	xargs -0 -r grep -sH '' | sed 's/ (expanded: [0-9]*)//'
