/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * span: what --from and --to ask for, in the times of an opened recording.
 */
#ifndef CLI_SPAN_H
#define CLI_SPAN_H

#include "backends/deck.h"
#include "cli/cli.h"

/*
 * Reads both; without them *ret_from is 0 and *ret_to UINT64_MAX. "+1.5" counts from the first
 * event, "-1.5" back from the last. -EINVAL says which option and why.
 */
int span_read(const struct opts *o, struct deck *d, uint64_t *ret_from, uint64_t *ret_to,
	      struct err *e);

#endif
