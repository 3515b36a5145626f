/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat: the sink of trace.dat, the side that never waits.
 *
 * Hands what it is given to the writer's thread. Owns the queue, the thread's struct dat_writer
 * (alone again when the thread said it is done), and its own descriptor of the file.
 */
#include "sinks/dat.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "sinks/dat_private.h"
#include "sinks/writer.h"

#define QUEUE_BYTES (64u << 20)
#define PAGE_LEAST  4096

void dat_give(struct dat_sink *d, const struct dat_item *i)
{
	uint32_t events = i->events;

	d->told = d->waiting = true;
	if (!dat_queue_push(&d->writer->queue, i))
		d->failed_events += events;
}

int dat_answer(struct dat_sink *d, struct err *e)
{
	struct dat_writer *w = d->writer;

	switch (atomic_load_explicit(&w->state, memory_order_acquire)) {
	case DAT_FAILED:
		return err_set(e, w->error.code, "%s", w->error.text);
	case DAT_DONE:
		return err_set(e, -EBADF, "%s is finished", w->conf.path);
	default:
		return dat_queue_full(&w->queue) ? -EAGAIN : 0;
	}
}

/* ---- opening ---- */

static unsigned cpus_of(const struct store *s)
{
	const struct run *r;
	unsigned n = 0;

	for (unsigned i = 0; s && (r = store_run_at(s, i)); i++)
		if (r->cpu != CPU_NONE)
			n = MAX(n, r->cpu + 1u);
	return n;
}

/* The offset of common_type, which is one in a file: of the first source that has schemas. */
static uint16_t type_offset(const struct store *s)
{
	const struct source *src;

	for (unsigned i = 0; s && (src = store_source_at(s, i)); i++)
		if (src->schemas)
			return (uint16_t)src->schemas->type_offset;
	return 0;
}

static uint64_t queue_bytes(const struct store *s)
{
	struct store_stats stats;

	if (!s)
		return QUEUE_BYTES;
	store_stats(s, &stats);
	return MIN((uint64_t)QUEUE_BYTES, MAX(stats.memory / 4, store_page_size(s) * 4ULL));
}

static int take_file(struct sink *s, struct err *e)
{
	const char *path = s->conf.path ? s->conf.path : "the file";
	struct stat st;
	int fd;

	if (fstat(s->conf.fd, &st) < 0)
		return err_errno(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL,
			       "%s: a trace.dat needs a plain file, not a pipe or device", path);
	fd = fcntl(s->conf.fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? err_errno(e, "%s", path) : fd;
}

static void prepare(struct sink *s, int fd)
{
	const struct sink_conf *c = &s->conf;
	struct dat_sink *d = s->state;
	struct dat_writer *w = xcalloc(1, sizeof(*w));

	d->writer = w;
	d->machine = (struct machine) { .long_size = sizeof(long) };
	d->page_size = c->store ? MAX(store_page_size(c->store), PAGE_LEAST) : PAGE_SIZE_MAX;
	if (c->meta) {
		d->machine = c->meta->machine;
		d->page_size = c->meta->page_size;
	}
	d->header = 8u + (d->machine.long_size == 4 ? 4 : 8);
	dat_queue_init(&w->queue, queue_bytes(c->store));
	w->meta = c->meta;
	w->page_size = d->page_size;
	w->machine = d->machine;
	w->cpus = MAX(cpus_of(c->store), 1u);
	w->type_offset = type_offset(c->store);
	w->valid = c->valid;
	w->valid_data = c->valid_data;
	w->conf = (struct dat_file_conf) {
		.path = xstrdup(c->path ? c->path : "trace.dat"),
		.fd = fd,
		.compress = c->compress,
		.buffers = (const char *const *)dat_buffer_names(d, c->store),
	};
	atomic_init(&w->version, c->compress ? 7 : 6);
}

static int dat_open_sink(struct sink *s, struct err *e)
{
	struct dat_sink *d = s->state;
	int fd = take_file(s, e), tid;

	if (fd < 0) {
		dat_meta_free(s->conf.meta);
		return fd;
	}
	prepare(s, fd);
	d->writer->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	tid = d->writer->event < 0 ? err_errno(e, "no descriptor is left")
				   : writer_start(dat_thread, d->writer, e);
	if (tid < 0) {
		dat_meta_free(d->writer->meta);
		close(fd);
		atomic_store(&d->writer->state, DAT_DONE);
		return tid;
	}
	d->writer->tid = tid;
	return 0;
}

/* ---- names, ticks ---- */

static int dat_comm(struct sink *s, int32_t tid, const char *comm, struct err *e)
{
	struct dat_sink *d = s->state;
	struct dat_comm *to;

	if (d->comm_count == d->comm_cap) {
		d->comm_cap = d->comm_cap ? d->comm_cap * 2 : 64;
		d->comms = xrealloc(d->comms, d->comm_cap, sizeof(*d->comms));
	}
	to = &d->comms[d->comm_count++];
	*to = (struct dat_comm) { .tid = tid };
	memcpy(to->comm, comm, strnlen(comm, COMM_LEN - 1));
	return dat_answer(d, e);
}

static void give_comms(struct dat_sink *d)
{
	struct dat_item i = { .kind = DAT_COMMS, .more = d->comms, .count = d->comm_count };

	if (!d->comm_count)
		return;
	dat_give(d, &i);
	d->comms = NULL;
	d->comm_count = d->comm_cap = 0;
}

void dat_stat(struct sink *s, unsigned cpu, const char *text)
{
	struct dat_item i = {
		.kind = DAT_STAT, .part = { .cpu = cpu }, .more = xstrdup(text), .count = 1
	};

	dat_give(s->state, &i);
}

void dat_wake(const struct sink *s)
{
	struct dat_sink *d = s->state;

	if (d->waiting)
		dat_queue_wake(&d->writer->queue);
	d->waiting = false;
}

/* Everything given so far is to count in the file. */
static int dat_tick(struct sink *s, struct err *e)
{
	struct dat_item commit = { .kind = DAT_COMMIT };
	struct dat_sink *d = s->state;
	int rc = dat_answer(d, e);

	if (rc == -EAGAIN) {
		atomic_store(&d->writer->waiting, true);
		dat_wake(s);
	}
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < d->run_count; i++)
		dat_rows_flush(d, &d->runs[i], false);
	give_comms(d);
	if (d->told)
		dat_give(d, &commit);
	d->told = false;
	dat_wake(s);
	return 0;
}

/* ---- beyond a sink ---- */

void dat_progress(const struct sink *s, struct dat_progress *ret)
{
	const struct dat_sink *d = s->state;
	const struct dat_writer *w = d->writer;
	int state = atomic_load_explicit(&w->state, memory_order_acquire);

	*ret = (struct dat_progress) {
		.state = (enum dat_state)state,
		.valid = atomic_load(&w->is_valid),
		.events = atomic_load(&w->events),
		.hidden = atomic_load(&w->hidden),
		.bytes = atomic_load(&w->bytes),
		.queued = atomic_load(&w->queue.bytes),
		.dropped = atomic_load(&w->dropped) + d->failed_events,
		.ended = atomic_load(&w->ended),
		.version = atomic_load(&w->version),
	};
	if (state == DAT_FAILED)
		ret->error = &w->error;
	if (ret->valid && w->note.code)
		ret->note = w->note.text;
}

bool dat_full(const struct sink *s)
{
	const struct dat_sink *d = s->state;

	if (!dat_queue_full(&d->writer->queue))
		return false;
	atomic_store(&d->writer->waiting, true);
	dat_queue_wake(&d->writer->queue);
	return true;
}

int32_t dat_tid(const struct sink *s)
{
	const struct dat_sink *d = s->state;

	return d->writer->tid;
}

int dat_fd(const struct sink *s)
{
	const struct dat_sink *d = s->state;

	return d->writer->event;
}

uint32_t dat_room(const struct sink *s)
{
	const struct dat_sink *d = s->state;

	return d->page_size - d->header;
}

bool dat_needs_rows(const struct sink *s, const struct run *run)
{
	const struct dat_sink *d = s->state;

	return run->time || d->machine.swap || run->source->schemas->machine.swap;
}

void dat_end(struct sink *s)
{
	struct dat_sink *d = s->state;

	for (unsigned i = 0; i < d->run_count; i++)
		dat_rows_flush(d, &d->runs[i], true);
	give_comms(d);
	atomic_store_explicit(&d->writer->order, DAT_END, memory_order_release);
	dat_queue_wake(&d->writer->queue);
}

void dat_drop(struct sink *s)
{
	struct dat_sink *d = s->state;

	atomic_store_explicit(&d->writer->order, DAT_DROP, memory_order_release);
	dat_queue_wake(&d->writer->queue);
}

bool dat_is_empty(const struct sink *s)
{
	struct dat_sink *d = s->state;

	return dat_queue_is_empty(&d->writer->queue);
}

void dat_wait(const struct sink *s)
{
	const struct dat_sink *d = s->state;
	struct pollfd p = { .fd = d->writer->event, .events = POLLIN };
	uint64_t n;

	while (atomic_load_explicit(&d->writer->state, memory_order_acquire) == DAT_WRITING)
		if (poll(&p, 1, -1) > 0 && read(p.fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
			return;
}

static int dat_close_sink(struct sink *s, struct err *e)
{
	struct dat_sink *d = s->state;
	struct dat_writer *w = d->writer;
	int rc = 0;

	if (!w)
		return 0;
	if (atomic_load_explicit(&w->state, memory_order_acquire) == DAT_WRITING) {
		dat_end(s);
		dat_wait(s);
	}
	if (atomic_load(&w->state) == DAT_FAILED)
		rc = err_set(e, w->error.code, "%s", w->error.text);
	dat_queue_done(&w->queue);
	for (size_t i = 0; w->conf.buffers[i]; i++)
		free((char *)w->conf.buffers[i]);
	free((void *)w->conf.buffers);
	free((char *)w->conf.path);
	if (w->event >= 0)
		close(w->event);
	free(w);
	free(d->comms);
	dat_sources_done(d);
	return rc;
}

const struct sink_ops dat_ops = {
	.name = "dat",
	.blurb = "trace.dat, for trace-cmd, KernelShark and tapdeck itself",
	.size = sizeof(struct dat_sink),
	.open = dat_open_sink,
	.comm = dat_comm,
	.page = dat_put_page,
	.row = dat_row,
	.tick = dat_tick,
	.close = dat_close_sink,
};
