/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_thread: the life of a trace.dat, on a thread that may sleep on the disk in every line.
 *
 * Makes the file, does what the queue says, commits at least once a second while something comes,
 * and finishes. Whatever goes wrong ends the file, not the program: it stays as valid as the last
 * commit left it, and the sentence waits in struct dat_writer for whoever asks.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/page.h"
#include "sinks/dat_private.h"
#include "tracefs/dir.h"

/* A source as the thread knows it. */
struct place {
	int buffer; /* of the file; -1: not told */
	struct dat_labels labels;
};

struct thread {
	struct dat_writer *w;
	struct dat_file *file;
	struct place *places;
	unsigned place_count;
	unsigned cpus;
	uint64_t committed;
	bool dirty;
	uint8_t *scratch; /* a part with labels of its own */
	uint32_t scratch_size;
};

/* ---- the beginning ---- */

/* A machine without tracefs, or one whose tracefs is closed to us, still has commands to record. */
static struct dat_meta *bare_meta(const struct dat_writer *w)
{
	struct dat_meta *m = dat_meta_new();
	struct clock_triple now = clock_sample();

	m->machine = w->machine;
	m->page_size = w->page_size;
	m->cpus = (unsigned)sysconf(_SC_NPROCESSORS_CONF);
	m->clock = xstrdup("mono");
	m->date_offset = (int64_t)(now.real - now.mono);
	return m;
}

static struct dat_meta *meta_of(struct dat_writer *w)
{
	struct dat_meta *m = w->meta;
	char *mount = NULL;
	int rc;

	w->meta = NULL;
	w->note = (struct err)ERR_INIT;
	if (m)
		return m;
	rc = tracefs_find(false, &mount, &w->note);
	if (rc >= 0)
		rc = dat_meta_kernel(mount, w->page_size, &m, &w->note);
	if (rc < 0) {
		m = bare_meta(w);
		err_ctx(&w->note,
			"%s lacks what the kernel tells of itself (symbols, other events)",
			w->conf.path);
	} else {
		err_clear(&w->note);
	}
	free(mount);
	return m;
}

static int begin(struct thread *t, struct err *e)
{
	struct dat_writer *w = t->w;
	struct dat_meta *m = meta_of(w);
	int rc;

	m->cpus = MAX(m->cpus, w->cpus);
	t->cpus = m->cpus;
	w->conf.meta = m;
	rc = dat_file_new(&w->conf, &t->file, e);
	if (rc >= 0)
		rc = dat_file_commit(t->file, e);
	if (rc >= 0 && w->valid)
		rc = w->valid(w->valid_data, e);
	if (rc < 0)
		return rc;
	t->committed = clock_mono();
	atomic_store(&w->is_valid, true);
	return 0;
}

/* ---- what the queue says ---- */

static void tell(struct thread *t)
{
	atomic_store_explicit(&t->w->bytes, dat_file_bytes(t->file), memory_order_relaxed);
	atomic_store_explicit(&t->w->version, dat_file_version(t->file), memory_order_relaxed);
}

static int commit(struct thread *t, struct err *e)
{
	int rc = t->dirty ? dat_file_commit(t->file, e) : 0;

	t->dirty = false;
	t->committed = clock_mono();
	tell(t);
	return rc;
}

static struct place *place_of(struct thread *t, unsigned source)
{
	while (t->place_count <= source) {
		t->places = xrealloc(t->places, t->place_count + 1, sizeof(*t->places));
		t->places[t->place_count++] = (struct place) { .buffer = -1 };
	}
	return &t->places[source];
}

/* The records of a part, with ids as the file has them. */
static const uint8_t *labelled(struct thread *t, const struct dat_item *i, struct place *p)
{
	uint32_t size = i->part.size;

	if (!p->labels.differ)
		return i->part.bytes;
	if (t->scratch_size < size) {
		t->scratch = xrealloc(t->scratch, size, 1);
		t->scratch_size = size;
	}
	memcpy(t->scratch, i->part.bytes, size);
	dat_labels_apply(&p->labels, i->gen, t->scratch, size, t->w->type_offset,
			 t->w->machine.swap);
	return t->scratch;
}

static void count(struct thread *t, const struct dat_item *i)
{
	struct dat_writer *w = t->w;

	atomic_fetch_add_explicit(i->hidden ? &w->hidden : &w->events, i->events,
				  memory_order_relaxed);
}

static int put(struct thread *t, const struct dat_item *i, struct err *e)
{
	struct place *p = place_of(t, i->source);
	struct dat_part part = i->part;
	int rc;

	part.buffer = (unsigned)p->buffer;
	part.bytes = labelled(t, i, p);
	rc = p->buffer < 0 ? p->buffer : dat_file_put(t->file, &part, e);
	if (rc == -ERANGE || p->buffer < 0) { /* a CPU or a source the file has no place for */
		atomic_fetch_add(&t->w->dropped, i->events);
		err_clear(e);
		return 0;
	}
	if (rc < 0) {
		atomic_fetch_add(&t->w->dropped, i->events);
		return rc;
	}
	t->dirty = true;
	count(t, i);
	tell(t);
	return clock_mono() - t->committed > NSEC_PER_SEC ? commit(t, e) : 0;
}

static int name_buffer(struct thread *t, const struct dat_item *i, struct err *e)
{
	struct place *p = place_of(t, i->source);

	p->buffer = dat_file_buffer(t->file, i->more, e);
	t->dirty = true;
	return p->buffer < 0 ? p->buffer : 0;
}

static int add_formats(struct thread *t, const struct dat_item *i, struct err *e)
{
	const struct schema *const *list = i->more;
	struct place *p = place_of(t, i->source);

	t->dirty = true;
	for (uint32_t k = 0; k < i->count; k++) {
		const struct schema *s = list[k];
		uint16_t id = s->id;
		int rc = dat_file_format(t->file, s->system, s->format, strlen(s->format), &id, e);

		if (rc < 0)
			return rc;
		dat_labels_add(&p->labels, s->id, s->gen, id);
	}
	return 0;
}

static int add_comms(struct thread *t, const struct dat_item *i)
{
	const struct dat_comm *list = i->more;

	for (uint32_t k = 0; k < i->count; k++)
		dat_file_comm(t->file, list[k].tid, list[k].comm);
	t->dirty |= i->count > 0;
	return 0;
}

static int handle(struct thread *t, const struct dat_item *i, struct err *e)
{
	switch (i->kind) {
	case DAT_PART:
		return put(t, i, e);
	case DAT_BUFFER:
		return name_buffer(t, i, e);
	case DAT_FORMATS:
		return add_formats(t, i, e);
	case DAT_COMMS:
		return add_comms(t, i);
	case DAT_STAT:
		if (i->part.cpu < t->cpus)
			dat_file_stat(t->file, i->part.cpu, i->more);
		return 0;
	case DAT_COMMIT:
		return commit(t, e);
	}
	return 0;
}

/* ---- the whole ---- */

static void wake_main(struct dat_writer *w)
{
	uint64_t one = 1;
	ssize_t n = write(w->event, &one, sizeof(one));

	(void)n; /* it can only be that it is readable already */
}

/* Until somebody orders something else, or an error. */
static int serve(struct thread *t, struct err *e)
{
	struct dat_writer *w = t->w;
	const struct dat_item *i;
	int rc = 0;

	for (;;) {
		int order = atomic_load_explicit(&w->order, memory_order_acquire);

		if (order == DAT_DROP)
			return 0;
		i = dat_queue_peek(&w->queue);
		if (i) {
			rc = handle(t, i, e);
			dat_queue_pop(&w->queue);
			if (rc < 0)
				return rc;
			if (!dat_queue_full(&w->queue) && atomic_exchange(&w->waiting, false))
				wake_main(w);
		} else if (order == DAT_END) {
			return 0;
		} else {
			dat_queue_sleep(&w->queue);
		}
	}
}

/* What was taken and will not be written any more. */
static void drop_rest(struct dat_writer *w)
{
	const struct dat_item *i;

	while ((i = dat_queue_peek(&w->queue))) {
		if (i->kind == DAT_PART)
			atomic_fetch_add(&w->dropped, i->events);
		dat_queue_pop(&w->queue);
	}
}

/* Says in whole words what a full disk means for who asked for the file. */
static void explain(struct dat_writer *w, int rc)
{
	if (rc != -ENOSPC || !atomic_load(&w->is_valid))
		return;
	err_set(&w->error, -ENOSPC,
		"stopped %u MiB before the disk was full: %llu events are in %s",
		DAT_FILE_RESERVE >> 20, (unsigned long long)atomic_load(&w->events), w->conf.path);
}

static int finish(struct thread *t, int rc, struct err *e)
{
	struct err other = ERR_INIT;
	bool dropped = atomic_load(&t->w->order) == DAT_DROP;
	uint64_t size = 0;
	int end;

	if (!t->file)
		return rc;
	if (dropped) {
		dat_file_abandon(t->file);
		return rc;
	}
	tell(t);
	/* After an error its own words count, not those of what could not be done behind it. */
	end = dat_file_finish(t->file, &size, rc < 0 ? &other : e);
	if (size)
		atomic_store(&t->w->bytes, size);
	return rc < 0 ? rc : end;
}

void dat_thread(void *data)
{
	struct dat_writer *w = data;
	struct thread t = { .w = w };
	int rc, result;

	w->error = (struct err)ERR_INIT;
	rc = begin(&t, &w->error);
	if (rc >= 0)
		rc = serve(&t, &w->error);
	drop_rest(w);
	result = finish(&t, rc, &w->error);
	drop_rest(w); /* what came meanwhile */
	explain(w, rc);
	if (result < 0 && !w->error.code)
		err_set(&w->error, result, "%s: %s", w->conf.path, strerror(-result));
	for (unsigned i = 0; i < t.place_count; i++)
		dat_labels_done(&t.places[i].labels);
	free(t.places);
	free(t.scratch);
	atomic_store(&w->ended, clock_mono());
	atomic_store_explicit(&w->state, result < 0 ? DAT_FAILED : DAT_DONE, memory_order_release);
	wake_main(w);
}
