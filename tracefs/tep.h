/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tep: print formats that we cannot compile, said by libtraceevent.
 *
 * The one file that includes <event-parse.h>. Only for data of the running kernel: the library
 * crashes on hostile formats and records. Nothing is allocated before the first print.
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

/* A text_fallback_fn whose data is a struct tep *. */
bool tep_text(void *data, const struct schema *s, const uint8_t *rec, uint32_t size,
	      struct strbuf *out);

#endif
