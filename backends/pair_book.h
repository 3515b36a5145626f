/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_book: all latency pairs that are defined: those of the configuration, then those built in.
 *
 * A pair of the configuration takes the place of one that is built in and has its name. Pairs stay
 * where they are as long as the book: a new definition of a name stands behind the others and the
 * old one is no longer found.
 */
#ifndef BACKENDS_PAIR_BOOK_H
#define BACKENDS_PAIR_BOOK_H

#include "core/conf.h"
#include "core/pair_spec.h"

struct pair_book {
	struct pair_spec **v;
	size_t count;
};

/* Reads them; errors say where what is wrong stands. */
int pair_book_open(struct pair_book *b, const struct conf *c, struct err *e);
/* The same of the configuration alone, for who only wants to know whether it is right. */
int pair_book_check(const struct conf *c, struct err *e);
void pair_book_close(struct pair_book *b);

/* Takes a spec over; it replaces one of the same name. */
void pair_book_add(struct pair_book *b, struct pair_spec *s);

/* The newest pair of a name; NULL when there is none. */
struct pair_spec *pair_book_find(const struct pair_book *b, const char *name);

/* Whether a pattern of tracers means pairs at all, "pair" or "pair:GLOB"; NULL means all there is.
 * A pattern that means everything does not mean pairs. */
bool pair_book_named(const char *pattern);

/* Whether a pattern means a single pair, by its name. */
bool pair_book_names_one(const char *pattern);

/* Whether such a pattern means this one. */
bool pair_book_matches(const struct pair_spec *s, const char *pattern);

/* Says in the configuration what a line of the command line says (--pair). Errors have a caret. */
int pair_book_say(struct conf *c, const char *line, struct err *e);

#endif
