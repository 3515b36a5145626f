/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * time_parse: the times that people type, the same on the screen and on the command line.
 */
#ifndef CORE_TIME_PARSE_H
#define CORE_TIME_PARSE_H

#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"

/* What a typed time is counted from. */
struct time_frame {
	uint64_t near; /* "+1.5" and "-200ms"; a time of the day is the one of its day */
	uint64_t base; /* plain seconds; 0 where times are printed as they are */
	const struct clock_map *clocks; /* the way to wall time; NULL: none is known */
};

/* Reads seconds, +1.5, -200ms or HH:MM[:SS[.fraction]] into ns. -EINVAL says what was expected. */
int time_parse(const char *text, const struct time_frame *f, uint64_t *ret, struct err *e);

#endif
