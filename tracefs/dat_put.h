/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_put: the words of a trace.dat, in the byte order of the machine it tells of.
 *
 * Everything that writes trace files appends to a strbuf with these and writes that: the recorder's
 * file (dat_file) and the files of the tests (dat_write).
 */
#ifndef TRACEFS_DAT_PUT_H
#define TRACEFS_DAT_PUT_H

#include "core/schema.h"
#include "core/strbuf.h"
#include "tracefs/dat_meta.h"

/* Stores the lowest size bytes (2, 4 or 8) of v at p. */
void dat_put_at(char *p, struct machine m, uint64_t v, unsigned size);

/* Appends a number of size bytes. */
void dat_put(struct strbuf *out, struct machine m, uint64_t v, unsigned size);

/* Appends a size of width bytes, then so many bytes. */
void dat_put_block(struct strbuf *out, struct machine m, const char *s, size_t n, unsigned width);

/* Appends from the magic to the page size. */
void dat_put_initial(struct strbuf *out, struct machine m, int version, uint32_t page_size);

/*
 * Appends header_page and header_event with the texts the kernel has for them; an empty text is
 * made anew for this machine and page size.
 */
void dat_put_header(struct strbuf *out, struct machine m, uint32_t page_size,
		    const struct strbuf *page, const struct strbuf *event);

/* Appends the count and texts of the formats of ftrace. */
void dat_put_ftrace(struct strbuf *out, const struct dat_meta *meta);

/* How many systems the formats are of, ftrace not counted. */
unsigned dat_put_system_count(const struct dat_meta *meta);

/* Appends every system but ftrace with its formats, without their count. */
void dat_put_systems(struct strbuf *out, const struct dat_meta *meta);

/* Appends an option with its size. */
void dat_put_option(struct strbuf *out, struct machine m, unsigned id, const void *p, size_t n);

/* Appends what stands behind a table of version 6: the clock in brackets. */
void dat_put_clock(struct strbuf *out, struct machine m, const char *clock);

/* Appends fill up to a multiple of size. */
void dat_put_align(struct strbuf *out, size_t size, char fill);

#endif
