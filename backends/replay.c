/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay: recordings as a source of events.
 *
 * Owns the opened files. Pages go into the store in the order of their times over all CPUs, buffers
 * and files, so that a store smaller than a file lets the oldest go: native ones are lent
 * from the map, those of another byte order are turned into the store's own memory. Damage is
 * counted and said, never a reason to stop. It asks the running kernel nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/replay.h"
#include "core/arena.h"
#include "core/symbols.h"

/* ---- the tracks, as a heap by time ---- */

static void sift_down(struct replay *r, size_t at)
{
	struct track moved = r->heap[at];

	for (;;) {
		size_t child = at * 2 + 1;

		if (child >= r->tracks)
			break;
		if (child + 1 < r->tracks && r->heap[child + 1].ts < r->heap[child].ts)
			child++;
		if (moved.ts <= r->heap[child].ts)
			break;
		r->heap[at] = r->heap[child];
		at = child;
	}
	r->heap[at] = moved;
}

/* Finds the next page with a header that makes sense; false at the end. */
static bool find_page(struct track *t)
{
	struct replay_file *f = t->file;

	for (; t->next < t->pages; t->next++) {
		struct page skipped;

		if (!dat_page_time(f->dat, t->buffer, t->cpu, t->next, &t->ts))
			return true;
		f->sources[t->buffer]->damaged++;
		dat_page(f->dat, t->buffer, t->cpu, t->next, NULL, &skipped, NULL);
	}
	return false;
}

static void drop_first(struct replay *r)
{
	struct track *t = &r->heap[0];

	if (!--t->file->left[t->buffer])
		t->file->sources[t->buffer]->horizon = UINT64_MAX;
	*t = r->heap[--r->tracks];
	if (r->tracks)
		sift_down(r, 0);
}

/* Behind a page of the oldest track: to its next one. */
static void advance(struct replay *r)
{
	struct track *t = &r->heap[0];

	t->next++;
	if (!find_page(t))
		drop_first(r);
	else
		sift_down(r, 0);
}

/* ---- opening ---- */

static void hint(int32_t tid, const char *comm, void *data)
{
	identity_hint(data, tid, -1, comm);
}

static void add_tracks(struct replay *r, struct replay_file *f, unsigned buffer)
{
	const struct dat_buffer *b = dat_buffer(f->dat, buffer);

	r->heap = xrealloc(r->heap, r->tracks + b->cpus + 1, sizeof(*r->heap));
	for (unsigned cpu = 0; cpu < b->cpus; cpu++) {
		struct track t = { .file = f,
				   .buffer = (uint16_t)buffer,
				   .cpu = (uint16_t)cpu,
				   .pages = dat_pages(f->dat, buffer, cpu) };

		if (!find_page(&t))
			continue;
		r->heap[r->tracks++] = t;
		f->left[buffer]++;
	}
	if (!f->left[buffer])
		f->sources[buffer]->horizon = UINT64_MAX;
}

/* Registers what an opened file brings: sources, pages to come, names of threads. */
static void register_file(struct backend *b, struct replay_file *f)
{
	struct replay *r = b->state;
	struct dat_info info;

	dat_info(f->dat, &info);
	if (info.machine.swap && !r->scratch)
		r->scratch = xcalloc(1, PAGE_SIZE_MAX);
	for (unsigned i = 0; i < info.buffers; i++) {
		const char *name = dat_buffer(f->dat, i)->name;

		f->sources[i] = store_source(b->env->store, "replay", *name ? name : "trace.dat",
					     dat_schemas(f->dat), 0);
		f->sources[i]->text = &b->text;
		add_tracks(r, f, i);
	}
	if (b->env->identity)
		dat_cmdlines(f->dat, hint, b->env->identity);
}

/* The symbols of the first file that has some: those of two kernels do not mix. */
static void load_symbols(struct symbols *s, void *data)
{
	const struct replay *r = data;

	for (unsigned i = 0; i < r->count; i++) {
		size_t names, formats;
		const char *kallsyms = dat_kallsyms(r->files[i].dat, &names);
		const char *printk = dat_printk(r->files[i].dat, &formats);

		if (!names && !formats)
			continue;
		symbols_add_kallsyms(s, kallsyms, names);
		symbols_add_printk(s, printk, formats);
		return;
	}
}

static void replay_close(struct backend *b)
{
	struct replay *r = b->state;

	symbols_free(r->symbols);
	for (unsigned i = 0; i < r->count; i++)
		dat_close(r->files[i].dat);
	if (r->bus_caught)
		dat_bus_release(&r->old_bus);
	free(r->files);
	free(r->heap);
	free(r->scratch);
	memset(&b->text, 0, sizeof(b->text));
	memset(r, 0, sizeof(*r));
}

static int replay_probe(const struct backend_env *env, struct err *e)
{
	if (!env->files || !env->files[0])
		return err_set(e, -ENOENT, "no recording was named");
	return 0;
}

static int replay_open(struct backend *b, struct err *e)
{
	struct replay *r = b->state;
	unsigned count = 0;
	int rc = replay_probe(b->env, e);

	if (rc < 0)
		return rc;
	while (b->env->files[count])
		count++;
	r->files = xcalloc(count, sizeof(*r->files));
	dat_bus_catch(&r->old_bus);
	r->bus_caught = true;
	while (r->count < count) {
		struct replay_file *f = &r->files[r->count++];

		f->path = b->env->files[r->count - 1];
		rc = dat_open(f->path, &f->dat, e);
		if (rc < 0) {
			replay_close(b);
			return rc;
		}
	}
	/* Nothing fails from here on: sources cannot be taken back from the store. */
	for (unsigned i = 0; i < count; i++)
		register_file(b, &r->files[i]);
	for (size_t i = r->tracks / 2; i-- > 0;)
		sift_down(r, i);
	r->symbols = symbols_new(load_symbols, r);
	b->text.symbols = r->symbols;
	return 0;
}

/* Nothing to watch: next() asks to be called as long as there are pages. */
static int replay_attach(struct backend *b, struct poller *p, struct err *e)
{
	(void)b, (void)p, (void)e;
	return 0;
}

/* ---- the flow ---- */

static int replay_start(struct backend *b, struct err *e)
{
	struct replay *r = b->state;

	(void)e;
	r->started = true;
	if (b->ready)
		b->ready(b, b->ready_data);
	return 0;
}

static void replay_stop(struct backend *b)
{
	struct replay *r = b->state;

	r->started = false;
}

/*
 * Copies a turned page into the store. One that with the store's longer header does not fit (a full
 * 64 KiB page of a 32-bit machine) goes in two parts, the second from the time where the first
 * ends.
 */
static int push_turned(struct store *s, struct run *run, const struct page *p, struct err *e)
{
	struct page_walk w = page_walk_init(p->records, p->size, p->ts);
	const uint8_t *from = p->records, *end = p->records + p->size;
	const uint32_t room = store_page_size(s) - PAGE_HEADER;
	struct page_event ev;

	store_lost(s, run, p->lost);
	while (from < end) {
		uint8_t *to = store_room(s, e);
		const uint8_t *until = end;
		uint64_t ts = w.ts;
		int rc;

		if (!to)
			return -ENOMEM;
		if (end - from > room) {
			while (w.p - from < room / 2 && page_next(&w, &ev))
				continue;
			until = w.p;
		}
		if (until == from || until - from > room) {
			/* No page of ours holds this record. */
			run->source->damaged++;
			from = until == from ? end : until;
			continue;
		}
		store_u64(to, ts);
		store_u64(to + 8, (uint64_t)(until - from));
		memcpy(to + PAGE_HEADER, from, (size_t)(until - from));
		rc = store_commit(s, run, PAGE_HEADER + (size_t)(until - from), e);
		if (rc < 0)
			return rc;
		from = until;
	}
	return 0;
}

/* Moves the oldest page. Returns its bytes. */
static int64_t move_page(struct backend *b, struct track *t, struct err *e)
{
	struct replay *r = b->state;
	struct replay_file *f = t->file;
	struct store *s = b->env->store;
	struct page p;
	int rc = dat_page(f->dat, t->buffer, t->cpu, t->next, r->scratch, &p, e);

	if (rc < 0)
		return rc;
	if (!t->run)
		t->run = store_run(s, f->sources[t->buffer], t->cpu);
	rc = p.records == r->scratch ? push_turned(s, t->run, &p, e)
				     : store_borrow(s, t->run, &p, true, e);
	return rc < 0 ? rc : (int64_t)p.size + PAGE_HEADER;
}

/* A file that shrank has no more pages that can be believed. */
static void check_files(struct replay *r)
{
	size_t kept = 0;

	for (unsigned i = 0; i < r->count; i++)
		r->files[i].gone = r->files[i].gone || dat_shrunk(r->files[i].dat);
	for (size_t i = 0; i < r->tracks; i++) {
		struct track *t = &r->heap[i];

		if (!t->file->gone)
			r->heap[kept++] = *t;
		else if (!--t->file->left[t->buffer])
			t->file->sources[t->buffer]->horizon = UINT64_MAX;
	}
	if (kept == r->tracks)
		return;
	r->tracks = kept;
	for (size_t i = kept / 2; i-- > 0;)
		sift_down(r, i);
}

/* Nothing older than the oldest page that is left will come. */
static void set_horizons(struct replay *r)
{
	for (unsigned i = 0; i < r->count; i++)
		for (unsigned k = 0; k < DAT_BUFFERS_MAX && r->files[i].sources[k]; k++)
			if (r->files[i].left[k])
				r->files[i].sources[k]->horizon = r->heap[0].ts;
}

/* The end, and what was wrong with the files in words. */
static int64_t at_end(const struct replay *r, struct err *e)
{
	for (unsigned i = 0; i < r->count; i++) {
		struct dat_info info;

		dat_info(r->files[i].dat, &info);
		if (info.damage)
			return err_set(e, -ENODATA, "%s: damaged, %llu times: %s", r->files[i].path,
				       (unsigned long long)info.damages, info.damage);
	}
	return -ENODATA;
}

static int64_t replay_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	struct replay *r = b->state;
	int64_t moved = 0;

	(void) final; /* stopped is stopped: what was not shown stays in the file */
	if (!r->started)
		return 0;
	check_files(r);
	while (r->tracks && (uint64_t)moved < budget) {
		struct track *t = &r->heap[0];
		int64_t n = move_page(b, t, e);

		if (n ==
		    -EBADMSG) { /* its header changed since it was found: counted, passed over */
			t->file->sources[t->buffer]->damaged++;
			err_clear(e);
			n = 0;
		}
		if (n < 0)
			return n;
		moved += n;
		advance(r);
	}
	if (!r->tracks)
		return at_end(r, e);
	set_horizons(r);
	return moved;
}

static uint64_t replay_next(struct backend *b, uint64_t now)
{
	const struct replay *r = b->state;

	(void)now;
	return r->started && r->tracks ? 0 : UINT64_MAX;
}

const struct backend_ops replay_ops = {
	.name = "replay",
	.blurb = "recordings: trace.dat files of version 6",
	.size = sizeof(struct replay),
	.probe = replay_probe,
	.open = replay_open,
	.close = replay_close,
	.attach = replay_attach,
	.list = replay_list,
	.groups = replay_groups,
	.schema = replay_schema,
	.enable = replay_enable,
	.status = replay_status,
	.start = replay_start,
	.stop = replay_stop,
	.drain = replay_drain,
	.next = replay_next,
};
