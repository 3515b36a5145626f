/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream_report: the last words of a stream. For cli/stream.c.
 */
#ifndef CLI_STREAM_REPORT_H
#define CLI_STREAM_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "backends/deck.h"
#include "cli/cli.h"

struct stream_counts {
	const struct opts *opts;
	bool live;	 /* not a recording */
	bool kernel;	 /* a part of the filter was in the kernel: that part counts nothing */
	uint64_t began;	 /* ns, CLOCK_MONOTONIC */
	uint64_t shown;	 /* rows printed */
	uint64_t hidden; /* rows that the filter did not pass */
	uint64_t apart;	 /* of those that nobody chose: not in hidden */
	uint64_t missed; /* rows that left the store before they were printed */
	uint64_t unread; /* rows that were there, and that the reader did not take in time */
};

/* Says on standard error how it was. */
void stream_report(struct deck *d, const struct stream_counts *c);

#endif
