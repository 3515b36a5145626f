/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_sift: what of a filter the bytes of an event decide, for whoever looks at them before
 * they become a record: a BPF program.
 *
 * For one event, the strongest tree of plain comparisons that is implied by the filter: as with
 * filter_push, whatever cannot be said so counts as true. Where the bytes are, and how many of the
 * comparisons there is room for, is not known here.
 */
#ifndef CORE_FILTER_SIFT_H
#define CORE_FILTER_SIFT_H

#include "core/arena.h"
#include "core/filter_push.h"

enum sift_kind { SIFT_TRUE, SIFT_FALSE, SIFT_AND, SIFT_OR, SIFT_ONE };

/* What is looked at: a field of the event, or its emitter. */
enum sift_of { SIFT_FIELD, SIFT_TID, SIFT_PID, SIFT_CPU, SIFT_UID, SIFT_COMM, SIFT_CGROUP };

enum sift_test {
	SIFT_EQUAL, /* these three of a number, by its sign */
	SIFT_LESS,
	SIFT_LESS_EQUAL,
	SIFT_BITS,  /* any of them; of a number as wide as 64 bits by its sign */
	SIFT_BYTES, /* the first len bytes are those of the text, which may hold its NUL */
	SIFT_PATH,  /* of a control group: it is the one of this path */
};

/* A part of the tree. */
struct sift {
	uint8_t kind; /* enum sift_kind */
	bool exact;   /* true exactly where the filter's part is; else implied by it */
	/* of SIFT_ONE */
	uint8_t of, test;
	bool negate;
	bool is_signed;
	uint32_t term;		   /* which of the filter's comparisons it is, or is part of */
	const struct field *field; /* of SIFT_FIELD */
	uint64_t value;
	const char *text;
	uint32_t len;
	struct sift *weaker; /* what may stand for it where there is no room; NULL: nothing */
	struct sift *child, *next;
};

/*
 * The tree for one schema, in the arena; a and the filter outlive it. parts has room for
 * filter_push_count, and gets where each comparison is decided, with "in the kernel" for "by the
 * bytes". -EINVAL when the filter asks (in kernel{ }) what no row of the schema can answer.
 */
int filter_sift(struct filter_push *p, const struct schema *s, struct arena *a,
		struct filter_push_part *parts, struct sift **ret, struct err *e);

/* Lets constants below a node decide or vanish, and those with one child be it. */
void sift_settle(struct sift *n);

/* Makes a comparison true, and so weaker, because of a reason: a static text. */
void sift_drop(struct sift *n, struct filter_push_part *parts, const char *why);

/* Appends it in words of the filter. */
void sift_print(const struct sift *n, struct strbuf *out);

#endif
