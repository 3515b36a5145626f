/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * row: one event as the views, filters and sinks see it. Borrowed from the store.
 */
#ifndef CORE_ROW_H
#define CORE_ROW_H

#include <stdint.h>

struct page_data;
struct schema;
struct source;
struct text_env;

#define CPU_NONE 0xffff /* "-": the row of a command */

enum row_flag {
	ROW_LATE = 1,	     /* came after rows younger than it were shown as final */
	ROW_LOSS = 2,	     /* no event: `lost` events are missing here */
	ROW_DAMAGED = 4,     /* no schema, or shorter than its schema says */
	ROW_APPROX_TIME = 8, /* the time is the time of arrival */
};

/* In common_flags of a record of a BPF program: ROW_APPROX_TIME. Of the kernel's the bit says that
 * bottom halves are off. */
#define RECORD_ARRIVED 0x80

#define LOST_UNKNOWN UINT64_MAX

struct row {
	uint64_t ts;	    /* ns, CLOCK_MONOTONIC when live */
	const uint8_t *rec; /* the record from its common_type on; NULL for ROW_LOSS */
	uint32_t size;
	int32_t tid; /* common_pid; 0 is the idle task */
	uint16_t cpu;
	uint16_t flags;
	uint64_t lost;		     /* with ROW_LOSS: how many, or LOST_UNKNOWN */
	const struct schema *schema; /* NULL when the id is unknown */
	const struct source *source;
	/* its place: see cursor_seek_row */
	uint16_t run;
	uint32_t pos;
	uint64_t page;
	/* What holds rec in memory, borrowed; whoever keeps the row for longer than the next step
	 * of its cursor takes a reference. NULL: it stays as long as its page is in the store. */
	struct page_data *keep;
};

/* How its source says its rows; NULL: it has nothing to say. */
const struct text_env *row_text_env(const struct row *r);

#endif
