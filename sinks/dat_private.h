/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_private: the two sides of the sink of trace.dat.
 *
 * dat.c, dat_sources.c, dat_page.c and dat_rows.c run on the main thread and fill the queue;
 * dat_thread.c and dat_label.c run on the writer's and empty it. What both touch is in struct
 * dat_writer: atomics, and what the one side leaves alone while the other has it.
 */
#ifndef SINKS_DAT_PRIVATE_H
#define SINKS_DAT_PRIVATE_H

#include "sinks/dat.h"
#include "sinks/dat_queue.h"
#include "tracefs/page_builder.h"

/* ---- both ---- */

enum dat_order { DAT_GO_ON, DAT_END, DAT_DROP };

struct dat_writer {
	/* given to the thread at its start */
	struct dat_queue queue;
	struct dat_file_conf conf; /* path, fd, meta, compress, buffers */
	struct dat_meta *meta;	   /* NULL: to be read from the kernel */
	uint32_t page_size;
	unsigned cpus; /* at least */
	uint16_t type_offset;
	struct machine machine;
	int (*valid)(void *data, struct err *e);
	void *valid_data;
	int32_t tid;
	int event;
	/* from the main thread */
	atomic_int order;
	atomic_bool waiting; /* for room */
	/* from the writer */
	atomic_int state, version;
	atomic_bool is_valid;
	atomic_uint_fast64_t events, hidden, bytes, dropped, ended;
	struct err error; /* written before state is */
	struct err note;  /* written before is_valid is */
};

/* The whole life of a file, on the writer's thread. */
void dat_thread(void *data);

/* ---- the writer's: ids as the file has them (dat_label.c) ---- */

struct dat_label {
	uint32_t gen;
	uint16_t id, file_id;
};

struct dat_labels {
	struct dat_label *list;
	uint32_t count, cap;
	bool differ;	 /* at least one id is another one in the file */
	uint16_t *table; /* of one generation: by id, 0: the same */
	uint32_t gen;
	bool current; /* the table is that of gen */
};

void dat_labels_add(struct dat_labels *l, uint16_t id, uint32_t gen, uint16_t file_id);
void dat_labels_done(struct dat_labels *l);

/* Writes the file's ids into records of a generation. swap: of the other byte order. */
void dat_labels_apply(struct dat_labels *l, uint32_t gen, uint8_t *records, uint32_t size,
		      uint16_t type_offset, bool swap);

/* ---- the main thread's ---- */

/* A source that gave something. */
struct dat_source {
	const struct source *source;
	char *name;	 /* of its buffer, "" for the top one */
	uint32_t added;	 /* of its set, when it was looked at */
	uint64_t *known; /* bits by schema->index: the file has its format */
	uint32_t words;
};

/* One (source, CPU). */
struct dat_run {
	const struct source *source;
	uint16_t cpu, number; /* of the source here */
	/* the page by reference that may go on */
	const uint8_t *records;
	uint32_t base, next, events;
	/* the page of rows in the making */
	struct page_data *page;
	struct page_builder builder;
	uint32_t handed, handed_events;
	uint64_t first;
	uint32_t gen;
	uint64_t lost; /* to be said by the next page of rows */
};

struct dat_sink {
	struct dat_writer *writer;
	struct dat_source *sources;
	unsigned source_count;
	struct dat_run *runs;
	unsigned run_count;
	uint32_t *hints; /* by the number of a run of the store: where it is in runs, perhaps */
	uint32_t hint_count;
	uint32_t page_size, header;
	struct machine machine;
	struct dat_comm *comms; /* not handed over yet */
	uint32_t comm_count, comm_cap;
	bool told;    /* something that is not committed */
	bool waiting; /* something that the thread was not woken for */
	uint64_t failed_events;
};

/* Hands an item over; what does not fit any more is counted. */
void dat_give(struct dat_sink *d, const struct dat_item *i);

/* 0, -EAGAIN when full, or what the thread said. */
int dat_answer(struct dat_sink *d, struct err *e);

/* The place of a (source, CPU), made on first use. number: of its run in the store. */
struct dat_run *dat_run_of(struct dat_sink *d, const struct source *src, uint16_t cpu,
			   uint16_t number);

/* Tells the names of the buffers for the sources of a store; NULL-ended, the caller frees all. */
char **dat_buffer_names(struct dat_sink *d, const struct store *s);

/* Tells the file every format of a source that it does not have. */
void dat_tell_formats(struct dat_sink *d, unsigned number);
/* The same of a single one. */
void dat_tell_format(struct dat_sink *d, unsigned number, const struct schema *s);
void dat_sources_done(struct dat_sink *d);

/* Ends the page by reference of a run: what comes next begins another. */
static inline void dat_page_leave(struct dat_run *r)
{
	r->records = NULL;
}

int dat_put_page(struct sink *s, const struct run *run, const struct page *page, uint32_t from,
		 struct err *e);

int dat_row(struct sink *s, const struct row *r, struct err *e);
/* Begins a page of rows; what was there was finished. */
void dat_rows_begin(struct dat_sink *d, struct dat_run *r, uint64_t first);
/* Hands over what the page of rows has and was not handed over; with end it is finished. */
void dat_rows_flush(struct dat_sink *d, struct dat_run *r, bool end);

#endif
