/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * losses: what is missing and what makes no sense, in the same words everywhere.
 */
#ifndef CLI_LOSSES_H
#define CLI_LOSSES_H

#include "backends/deck.h"
#include "cli/cli.h"
#include "core/strbuf.h"

/*
 * Appends "none", "12", "at least 12", or "some, nobody knows how many". `what`, such as " events",
 * stands behind the number.
 */
void losses_put(struct strbuf *b, uint64_t lost, bool unknown, const char *what);

/*
 * Appends how many records did not fit their format, and in which files or buffers; nothing where
 * all did.
 */
void losses_put_damaged(struct strbuf *b, const struct opts *o, struct deck *d);

#endif
