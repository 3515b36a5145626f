/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop: Ctrl-C for commands that work a file off and sleep in no poller.
 */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <stdbool.h>

#include "core/err.h"

/* From here on SIGINT, SIGTERM and SIGHUP only ask to stop; a second one ends as ever. */
void stop_catch(void);

/* -EINTR with words once somebody asked; else 0. */
int stop_asked(struct err *e);

#endif
