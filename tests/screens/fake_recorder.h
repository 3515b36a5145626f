/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_recorder: a recorder that writes nothing and says what it is told to say, in place of
 * sinks/recorder.c: what the screen shows of a recording must not hang on a disk or a clock.
 */
#ifndef SCREENS_FAKE_RECORDER_H
#define SCREENS_FAKE_RECORDER_H

#include "sinks/recorder.h"

struct fake_recorder {
	uint64_t events, bytes, rate, lost, missed, age; /* what it has; age in s */
	uint64_t slow;					 /* its end takes for ever */
	struct err error;				 /* of the end; none: a good one */
	bool running;
	unsigned made, abandoned; /* how many */
	struct recorder_conf was; /* what the last one was asked for */
	char filter[128];	  /* and its filter; "": none */
};

extern struct fake_recorder fake_recorder;

/* Nothing was ever recorded. */
void fake_recorder_reset(void);

/*
 * Reads "events 12 bytes 4096 rate 10 lost 1 missed 2 age 41 slow 1", any of them, or "error TEXT".
 * False for anything else. Eats its argument.
 */
bool fake_recorder_set(char *words);

#endif
