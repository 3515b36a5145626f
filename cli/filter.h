/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: the inside of the command, shared by its own files alone.
 */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "backends/capture_plan.h"
#include "cli/opts.h"
#include "core/filter.h"
#include "core/schema.h"
#include "core/strbuf.h"

/* A filter and the events that would be on. */
struct filter_case {
	char *tracefs;
	struct schema_set *set;
	struct catalog *catalog; /* NULL: no events of the kernel's own are asked for */
	struct deck *programs;	 /* NULL: nor of BPF programs */
	struct filter *filter;
	struct capture_plan plan;
	struct filter_pushed *events;
	size_t count;
};

/* Whether a pattern of -e is of BPF programs. */
bool filter_programs_named(const char *pattern);
/* Adds the events of those that match, with what they would be told. */
int filter_programs_add(struct filter_case *c, const struct opts *o, const char *pattern,
			struct err *e);

/* Appends which comparison is decided where, what is written to which file, and what is left. */
void filter_explain(const struct filter_case *c, struct strbuf *out);

/*
 * Lets the events happen for a second in two instances, one with all that the kernel can do of
 * the filter and one without, and appends how many each had.
 */
int filter_measure(const struct filter_case *c, struct strbuf *out, struct err *e);

#endif
