/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_peer: libtraceevent's filter over the same pages, to be measured beside ours.
 */
#ifndef BENCH_FILTER_PEER_H
#define BENCH_FILTER_PEER_H

#include <stdint.h>

#include "core/err.h"
#include "core/schema.h"
#include "core/store.h"

struct filter_peer;

/* Makes libtraceevent's filter of a text in its own language, for the events of a set. */
int filter_peer_new(const struct schema_set *set, const char *text, struct filter_peer **ret,
		    struct err *e);
void filter_peer_free(struct filter_peer *p);

/* Walks a page as our own benchmarks do; adds what passes to *found and returns the records. */
uint64_t filter_peer_page(struct filter_peer *peer, const struct run *r, const struct page *p,
			  uint64_t *found);

#endif
