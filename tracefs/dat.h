/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat: trace.dat files, format version 6 (trace-cmd.dat.v6(5)), read and written.
 *
 * The reader maps the file, believes nothing in it, and hands out pages in this machine's order:
 * native pages straight from the map, foreign ones (other byte order or word size) from a
 * copy with headers turned; records stay as they are. The good part of a damaged file is shown and
 * the damage named with its offset.
 */
#ifndef TRACEFS_DAT_H
#define TRACEFS_DAT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/page.h"
#include "core/schema.h"
#include "core/store.h"

#define DAT_CPUS_MAX	8192
#define DAT_BUFFERS_MAX 256

struct dat;

/* One buffer of the file: the top one has the name "". */
struct dat_buffer {
	char *name;
	char *clock;   /* "local", "mono", ... as the file says; "" when it does not */
	unsigned cpus; /* entries in its table */
	uint32_t page_size;
};

struct dat_info {
	int version;
	struct machine machine;
	uint64_t size; /* of the file */
	unsigned buffers;
	uint64_t date_offset; /* ns to add to get wall time; 0 when the file does not say */
	const char *uname;    /* "" when the file does not say */
	const char *damage;   /* NULL, or what is wrong and at which offset: the first of damages */
	uint64_t damages;
};

/* Opens and indexes the head of a file: formats go into a set owned by the dat. */
int dat_open(const char *path, struct dat **ret, struct err *e);
void dat_close(struct dat *d);

void dat_info(const struct dat *d, struct dat_info *ret);
const struct dat_buffer *dat_buffer(const struct dat *d, unsigned index);
struct schema_set *dat_schemas(struct dat *d);

/* Text blocks of the file, borrowed: kallsyms, printk formats, cmdlines. Empty ones have size 0. */
const char *dat_kallsyms(const struct dat *d, size_t *size);
const char *dat_printk(const struct dat *d, size_t *size);

/* Calls fn for every saved name. */
void dat_cmdlines(const struct dat *d, void (*fn)(int32_t tid, const char *comm, void *data),
		  void *data);

/* How many pages a CPU of a buffer has. */
uint64_t dat_pages(const struct dat *d, unsigned buffer, unsigned cpu);

/*
 * Page n of a CPU: fills ts, records, size and lost of *ret; a foreign page is turned in
 * scratch (page_size bytes, may be NULL for native files). The borrowed bytes live as long as the
 * dat (native) or scratch. -EBADMSG for a page whose header makes no sense: skip it, it is counted
 * as damage.
 */
int dat_page(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint8_t *scratch,
	     struct page *ret, struct err *e);

/* The time in the header of page n, without turning it; -EBADMSG as dat_page. */
int dat_page_time(const struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint64_t *ret);

/*
 * True when the file became shorter since it was opened (somebody records into it again): the rest
 * is damage. Reading a mapped page that is gone raises SIGBUS; so whoever keeps a dat open catches
 * it: such a page reads as zeros. catch saves the handler before it in *ret_old.
 */
bool dat_shrunk(struct dat *d);
void dat_bus_catch(struct sigaction *ret_old);
void dat_bus_release(const struct sigaction *old);

/* ---- writing, minimal: for tests/mkdat; recordings get a writer of their own ---- */

struct dat_writer;

struct dat_writer_conf {
	struct machine machine;
	uint32_t page_size;
	unsigned cpus;
	const char *clock; /* "mono" when NULL */
};

/* One CPU's pages, one behind the other, each of page_size bytes. */
struct dat_writer_cpu {
	const uint8_t *pages;
	size_t size;
};

/* Collects what stands in front of the data. Strings are copied. */
struct dat_writer *dat_writer_new(const struct dat_writer_conf *c);
void dat_writer_free(struct dat_writer *w);
void dat_writer_format(struct dat_writer *w, const char *system, const char *format);
void dat_writer_comm(struct dat_writer *w, int32_t tid, const char *comm);
void dat_writer_kallsyms(struct dat_writer *w, const char *text);
void dat_writer_printk(struct dat_writer *w, const char *text);
/* A named buffer with cpus of its own; the top buffer is buffer 0. Returns its index. */
unsigned dat_writer_buffer(struct dat_writer *w, const char *name, unsigned cpus);
/* The pages of a CPU; copied. */
void dat_writer_pages(struct dat_writer *w, unsigned buffer, unsigned cpu,
		      const struct dat_writer_cpu *c);
/* Writes the file (never over an existing one unless force). */
int dat_writer_write(struct dat_writer *w, const char *path, bool force, struct err *e);

#endif
