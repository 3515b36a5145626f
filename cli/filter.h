/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: the inside of the command, shared by its own files alone.
 */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "backends/capture_plan.h"
#include "core/filter.h"
#include "core/schema.h"
#include "core/strbuf.h"

/* A filter and the events that would be on. */
struct filter_case {
	char *tracefs;
	struct schema_set *set;
	struct catalog *catalog;
	struct filter *filter;
	struct capture_plan plan;
	struct filter_pushed *events;
	size_t count;
};

/* Appends which comparison is decided where, what is written to which file, and what is left. */
void filter_explain(const struct filter_case *c, struct strbuf *out);

/*
 * Lets the events happen for a second in two instances, one with all that the kernel can do of
 * the filter and one without, and appends how many each had.
 */
int filter_measure(const struct filter_case *c, struct strbuf *out, struct err *e);

#endif
