/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tep: print formats that we cannot compile, said by libtraceevent.
 *
 * The one file that includes <event-parse.h>. Only for data of the running kernel, or in a process
 * that may die (tep_helper.h): the library crashes on hostile formats and records. Nothing is
 * allocated before the first print.
 */
#ifndef TRACEFS_TEP_H
#define TRACEFS_TEP_H

#include <stdbool.h>

#include "core/schema.h"
#include "core/strbuf.h"

struct tep;
struct symbols;

struct tep *tep_new(struct symbols *symbols);
void tep_free_all(struct tep *t);

/* Who else knows symbols: the name is borrowed until the next call. */
typedef const char *(*tep_symbol_fn)(void *data, uint64_t addr, uint64_t *offset,
				     const char **module);
void tep_on_symbol(struct tep *t, tep_symbol_fn fn, void *data);

/* A text_fallback_fn whose data is a struct tep *. */
bool tep_text(void *data, const struct schema *s, const uint8_t *rec, uint32_t size,
	      struct strbuf *out);

#endif
