/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_plan: a capture filter as what a BPF program asks of an event before it leaves the kernel.
 *
 * For one tracer, the strongest code (bpf/code.h) that is implied by the filter, as
 * core/filter_push is for the kernel's own events: it may let too much pass, never too little.
 */
#ifndef BPF_CODE_PLAN_H
#define BPF_CODE_PLAN_H

#include "bpf/code.h"
#include "bpf/layout.h"
#include "core/filter.h"
#include "core/filter_push.h"

struct code_plan {
	struct tap_control control; /* of it: by_pids, follow, who, all */
	int32_t *pids;		    /* with by_pids: the processes */
	size_t pid_count;
	bool exact;		      /* the code is true exactly where the filter is */
	struct strbuf say;	      /* what the program asks, by lines, in words of the filter */
	struct filter_push_text text; /* for filter_push_say_terms */
};

/*
 * Plans what is wanted (a filter, processes, NULL and 0: all) for the rows of a schema that a
 * layout gives. shift and common fields are subtracted from the schema's offsets. -EINVAL when the
 * filter asks what rows of the schema can never answer.
 */
int code_plan_make(const struct filter *f, const struct schema *s, const struct layout *l,
		   struct code_plan *ret, struct err *e);
void code_plan_done(struct code_plan *p);

#endif
