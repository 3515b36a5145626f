/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat: trace.dat files, versions 6 and 7 (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)), read; and a
 * minimal writer of version 6.
 *
 * The reader maps the file, believes nothing in it, and hands out pages in this machine's order:
 * native pages straight from the map; compressed ones, and those of the other byte order with their
 * headers turned, from a bounded cache. Records stay as they are. The good part of a
 * damaged file is shown and the damage named with its offset. One thread uses a dat.
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
#include "core/time_map.h"

#define DAT_CPUS_MAX	8192
#define DAT_BUFFERS_MAX 256
#define DAT_PAGE_MAX	(1 << 20) /* the largest sub-buffer of the kernel */

struct dat;

/* One buffer of the file: the top one has the name "". */
struct dat_buffer {
	char *name;
	char *clock;   /* "local", "mono", ... as the file says; "" when it does not */
	unsigned cpus; /* highest CPU of its table, and one; a CPU may have no pages */
	uint32_t page_size;
};

struct dat_info {
	int version;
	struct machine machine;
	uint64_t size; /* of the file */
	unsigned buffers;
	uint64_t date_offset;	 /* ns to add to get wall time; 0 when the file does not say */
	const char *uname;	 /* "" when the file does not say */
	const char *compression; /* "none", "zlib", "zstd" */
	const char *damage; /* NULL, or what is wrong and at which offset: the first of damages */
	uint64_t damages;
};

/* Opens and indexes the head of a file: formats go into a set owned by the dat. */
int dat_open(const char *path, struct dat **ret, struct err *e);
/* The same, of a file that probably has the formats of another one (NULL: of none), which may be
 * closed before it: what both say is kept once. */
int dat_open_like(const char *path, const struct dat *like, struct dat **ret, struct err *e);
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

/* Text of a latency tracer instead of events, as the kernel's `trace` file had it. */
bool dat_is_latency(const struct dat *d);
const char *dat_latency(const struct dat *d, size_t *size);

/* How many pages a CPU of a buffer has. Compressed chunks are looked up when first asked for. */
uint64_t dat_pages(struct dat *d, unsigned buffer, unsigned cpu);

/*
 * Page n of a CPU: fills ts, records, size and lost of *ret. The records live as long as the dat
 * when *keep becomes NULL, else as long as *keep, a reference for the caller to let go
 * (page_data_unref); then they were inflated or turned, and wait in the cache for whoever asks
 * again. -EBADMSG for a page that makes no sense: skip it, it is counted as damage.
 */
int dat_page_load(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, struct page *ret,
		  struct page_data **keep, struct err *e);

/* The time in the header of page n; -EBADMSG as dat_page_load. */
int dat_page_time(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n, uint64_t *ret);

/*
 * Turns the records of a page back to the order of a file of the other byte order, for a copy of
 * it: what dat_page_load did to them.
 */
void dat_page_turn_back(uint8_t *records, uint32_t size);

/*
 * Calls fn for every option that means the same in a copy of the file: losses the kernel counted,
 * what moves times, guests. The bytes are in the file's order.
 */
void dat_options(const struct dat *d,
		 void (*fn)(unsigned id, const void *bytes, uint32_t size, void *data), void *data);

/* Bounds what the cache keeps, in bytes; pages that somebody refers to stay beyond it. used says
 * how much there is. */
void dat_cache_limit(struct dat *d, size_t bytes);
size_t dat_cache_used(const struct dat *d);

/*
 * Lets what of the mapped file is in this process's memory go: it comes again when it is read, and
 * no pointer into it breaks.
 */
void dat_let_go(const struct dat *d);

/*
 * From the times in the pages of a CPU to ns; NULL: they are as they are. A guest's go to the time
 * of its host where its file has the samples. Lives as long as d.
 */
const struct time_map *dat_time(const struct dat *d, unsigned cpu);

/* A guest that a host recorded with itself. */
struct dat_guest {
	char *name;
	uint64_t trace_id;
	unsigned cpus;
	int32_t *tids; /* of the host's threads that are its CPUs */
};

/* The id of a recording, which its peers know; 0 when it has none. */
uint64_t dat_trace_id(const struct dat *d);

/* The guests of a host by index; NULL behind the last. */
const struct dat_guest *dat_guest(const struct dat *d, unsigned index);

/*
 * Says that two files are opened together: 0 when they are of one host and its guest, whose times
 * then are the host's; -ENOENT when they have nothing to do with each other. Maps that dat_time
 * gave for the guest before are gone.
 */
int dat_pair(struct dat *host, struct dat *guest);

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
/* One more option, in front of the buffers'; that of the clock stands instead of the writer's. */
void dat_writer_option(struct dat_writer *w, unsigned id, const void *bytes, size_t size);
/* A named buffer with cpus of its own; the top buffer is buffer 0. Returns its index. */
unsigned dat_writer_buffer(struct dat_writer *w, const char *name, unsigned cpus);
/* The pages of a CPU; copied. */
void dat_writer_pages(struct dat_writer *w, unsigned buffer, unsigned cpu,
		      const struct dat_writer_cpu *c);
/* Writes the file (never over an existing one unless force). */
int dat_writer_write(struct dat_writer *w, const char *path, bool force, struct err *e);

#endif
