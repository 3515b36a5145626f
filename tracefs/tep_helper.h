/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tep_helper: libtraceevent for data of files, in a process that may die.
 *
 * The library crashes on hostile formats and records, so it sees them in a process of its own with
 * bounds on memory, started when a format is first met that we cannot compile. When that process
 * dies or does not answer in time, the event's fields stand raw in the row, with a word that says
 * why, the event is asked for no more, and the helper is started anew, a few times.
 */
#ifndef TRACEFS_TEP_HELPER_H
#define TRACEFS_TEP_HELPER_H

#include <stdbool.h>

#include "core/schema.h"
#include "core/strbuf.h"

struct symbols;
struct tep_helper;

/* The first argument of the process; main calls tep_helper_main when it sees it. */
#define TEP_HELPER_ARG "--text-helper"

struct tep_helper *tep_helper_new(struct symbols *symbols);

/* Ends the process. NULL-safe. */
void tep_helper_free(struct tep_helper *h);

/* A text_fallback_fn whose data is a struct tep_helper *. */
bool tep_helper_text(void *data, const struct schema *s, const uint8_t *rec, uint32_t size,
		     struct strbuf *out);

/* What went wrong first, in words, or NULL; *ret_times says how often. */
const char *tep_helper_trouble(const struct tep_helper *h, unsigned *ret_times);

/* The life of the helper: answers until its socket is closed. Returns the exit status. */
int tep_helper_main(void);

#endif
