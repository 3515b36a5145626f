/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * programs_fixture: a backend with programs that give events, count in tables, have options, cost
 * something and fail; it stands in place of the registry of backends.
 */
#ifndef PROGRAMS_FIXTURE_H
#define PROGRAMS_FIXTURE_H

#include "backends/deck.h"
#include "core/util.h"

struct programs {
	int watched;	  /* watch(true) less watch(false) */
	unsigned counted; /* how often the table was asked for */
	uint64_t now;	  /* time of the next table */
	uint64_t since;	  /* when it began */
	uint64_t growth;  /* of the counts, in all */
	uint64_t missed;
	unsigned keys;		   /* rows of the table */
	char threshold[32];	   /* the value of the only option of runqlat */
	char filter[32], rate[32]; /* those of profile */
	uint64_t runs, run_ns, held, lost;
	enum tracer_state state[8]; /* by the order of the list */
	struct schema_set *set;
	const struct schema *plain, *table, *slots;
};

extern struct programs programs;

enum { RUNQLAT, PROFILE, SYSCALLS_COUNT, RUNQLAT_HIST, BROKEN, SLOW, PROGRAMS };

/* All off, with the values one begins with. Before the deck. */
void programs_begin(void);
void programs_end(void);

#endif
