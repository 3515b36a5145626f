/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair: what the deck can ask of latency pairs beside the contract of backends.
 */
#ifndef BACKENDS_PAIR_H
#define BACKENDS_PAIR_H

#include "backends/backend.h"

/* Defines a pair, or anew one that is off; see core/pair_spec.h for the line. */
int pair_define(struct backend *b, const char *line, struct err *e);

#endif
