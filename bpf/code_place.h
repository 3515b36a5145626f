/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_place: where in an event the comparisons of a filter look; of the plan alone.
 */
#ifndef BPF_CODE_PLACE_H
#define BPF_CODE_PLACE_H

#include "bpf/layout.h"
#include "core/filter_sift.h"

/* Bytes of an event, without the common fields of its record. */
struct code_place {
	uint32_t at, size;
};

/* What is needed to find them. */
struct code_placing {
	const struct layout *layout;
	struct arena *arena;
	struct filter_push_part *parts;
	bool looked;	 /* at the control groups there are: */
	uint64_t newest; /* whoever is made from now on has a greater number */
};

/* Where a comparison looks; size 0: nowhere that a program could look. */
struct code_place code_place_of(const struct sift *n, const struct layout *l);

/* Makes every comparison below a node one of bytes that are there; what cannot be is dropped. */
void code_place_all(struct code_placing *p, struct sift *n);

#endif
