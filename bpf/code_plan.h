/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_plan: a capture filter as what a BPF program asks of an event before it leaves the kernel.
 *
 * For one tracer, the strongest code (bpf/code.h) that is implied by the filter, as
 * core/filter_push is for the kernel's own events: it may let too much pass, never too little.
 * What the head of an event says (who it is of) is asked first, before the program does anything
 * that costs time; the rest when the event is whole. Where there is no room for all comparisons,
 * some are left out.
 */
#ifndef BPF_CODE_PLAN_H
#define BPF_CODE_PLAN_H

#include "bpf/code.h"
#include "bpf/layout.h"
#include "core/filter.h"
#include "core/filter_push.h"

struct code_plan {
	struct tap_control control; /* of it: by_pids, who, all */
	int32_t *pids;		    /* with by_pids: the processes that the filter names */
	size_t pid_count;
	/* text is what the program asks, in words of the filter; exact, never and parts as they
	 * are of the kernel's events: for filter_push_say_terms. */
	struct filter_push_text text;
};

/* Of what is only counted: nothing is known of an event but its head. */
extern const struct layout code_head_layout;

/*
 * Plans a filter (NULL: everything passes) for the rows of a schema that a layout gives. -EINVAL
 * when the filter asks what rows of the schema can never answer. Reads /sys/fs/cgroup where the
 * filter asks for a control group.
 */
int code_plan_make(const struct filter *f, const struct schema *s, const struct layout *l,
		   struct code_plan *ret, struct err *e);
void code_plan_done(struct code_plan *p);

#endif
