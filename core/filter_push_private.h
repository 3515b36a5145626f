/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_push_private: what the files of the push-down share; nobody else includes it.
 *
 * filter_push_term.c says one comparison in the kernel's grammar (filter_push_number.c: of a
 * number), filter_push.c joins them, filter_push_who.c asks for CPUs and threads.
 */
#ifndef CORE_FILTER_PUSH_PRIVATE_H
#define CORE_FILTER_PUSH_PRIVATE_H

#include "core/filter_push.h"
#include "core/filter_tree.h"

enum push_kind { PUSH_TRUE, PUSH_FALSE, PUSH_TEXT, PUSH_AND, PUSH_OR };

/* A part of the kernel's expression. */
struct push_node {
	uint8_t kind; /* enum push_kind */
	bool exact;   /* true exactly where the filter's part is; else implied by it */
	const char *text;
	uint32_t len; /* bytes as it is written, its own parentheses counted */
	uint32_t column;
	bool unseen;  /* the kernel alone can tell */
	uint8_t lead; /* bytes before what stands so in the filter, at own; 0: nothing does */
	uint32_t own;
	struct push_node *child, *next;
};

/* A comparison, alone: as it stands, and with "not". */
struct push_leaf {
	const struct filter_node *node;
	struct filter_node inverse;
	struct filter *plain, *negated;
};

struct filter_push {
	const struct filter *filter;
	struct push_leaf *leaves;
	size_t count;
};

/* One walk over the tree. */
struct push_walk {
	struct arena arena;
	struct filter_push *push;
	const struct schema *schema;
	struct filter_push_part *parts; /* NULL: nobody asks */
	size_t at;			/* the next comparison */
	size_t unseen;			/* comparisons that the kernel alone can make */
};

/* Whether a node only joins answers; else it is a leaf. */
bool push_joins(const struct filter_node *n);

/* The program of the walk's next leaf, or of its "not". */
const struct filter_program *push_program(struct push_walk *w, bool negate);

/* The first instruction. NULL: the schema decides, and *constant says what. */
const struct filter_code *push_instruction(const struct filter_program *p, bool *constant);

#define PUSH_LIST_MAX 64 /* what of a list is said one by one */

/* A reason with which nothing is said at all. */
extern const char push_only_here[];

/* Says item i of an instruction's list, as push_say_number does; of: what is asked for it. */
typedef const char *(*push_item_fn)(const void *of, const struct filter_code *c, uint32_t i,
				    struct push_node *ret, struct strbuf *b);

/* Says that a list has it, or none of the list does. As push_say_number. */
const char *push_say_list(uint32_t count, push_item_fn fn, const void *of,
			  const struct filter_code *c, struct push_node *ret, struct strbuf *b);

/* How a number is read by the kernel. */
struct push_number {
	const char *name;
	uint8_t size;
	bool is_signed;
	bool whole; /* no masks */
};

/*
 * Appends an instruction of numbers to b, or sets ret->kind where it is constant. Returns why not,
 * or not all of it.
 */
const char *push_say_number(const struct push_number *n, const struct filter_code *c,
			    struct push_node *ret, struct strbuf *b);

/* Says one instruction in the kernel's grammar. Returns why not, or not all of it; NULL: all. */
const char *push_term(struct arena *a, const struct schema *s, const struct filter_code *c,
		      struct push_node *ret);

/* Whether a number passes an instruction of numbers. */
bool push_number_passes(const struct filter_code *c, uint64_t v);

#endif
