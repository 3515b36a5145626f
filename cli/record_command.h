/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_command: the command whose doings are recorded.
 *
 * It is the user's, not ours: it has the terminal, is in our process group, so that Ctrl-C and
 * Ctrl-Z mean both, and goes on when the recording ends before it. So it is no entry of the guard's
 * journal, which undoes what tapdeck does to the machine.
 */
#ifndef CLI_RECORD_COMMAND_H
#define CLI_RECORD_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

struct record_command {
	const char *const *argv; /* NULL-ended; NULL: no command */
	sigset_t mask;		 /* of signals, as the user had it */
	int out;		 /* where its words go; -1: where ours do */
	pid_t pid;		 /* 0: not started */
	uint64_t from, to;	 /* it was started between these times */
	bool ended;
	int status; /* of waitpid */
};

/* Is there such a command? Says what is wrong before anything was done. */
int record_command_check(const struct record_command *c, struct err *e);

/* Starts it. */
int record_command_start(struct record_command *c, struct err *e);

/* Says how it ended, or that it goes on. */
void record_command_say(const struct record_command *c);

#endif
