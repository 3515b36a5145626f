/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay: recordings as a source of events.
 *
 * Opens the files, pairs guests with their hosts, moves each by its offset and registers what they
 * bring: sources, runs, names of threads. Of all that the bound on memory holds for, the directory
 * is the store's; bytes of pages stay in the files, are mapped or inflated when somebody looks, and
 * are let go again. Damage is counted and said, never a reason to stop. It asks the
 * running kernel nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/replay.h"
#include "core/arena.h"
#include "core/symbols.h"

/* ---- opening ---- */

static void hint(int32_t tid, const char *comm, void *data)
{
	identity_hint(data, tid, -1, comm);
}

/* The CPU's map of times with the file's offset in it; NULL: times are as they are. */
static const struct time_map *map_of(struct replay_file *f, unsigned cpu)
{
	const struct time_map *m = dat_time(f->dat, cpu);
	uint32_t count = m ? m->count : 1;
	struct time_map *moved;

	if (!f->offset)
		return m;
	moved = xcalloc(1, sizeof(*moved) + count * sizeof(moved->pieces[0]));
	moved->count = count;
	for (uint32_t i = 0; i < count; i++) {
		if (m)
			moved->pieces[i] = m->pieces[i];
		moved->pieces[i].to += (uint64_t)f->offset;
	}
	f->maps = xrealloc(f->maps, f->map_count + 1, sizeof(*f->maps));
	f->maps[f->map_count++] = moved;
	return moved;
}

static void add_tracks(struct backend *b, struct replay_file *f, unsigned buffer)
{
	const struct dat_buffer *db = dat_buffer(f->dat, buffer);
	struct replay *r = b->state;

	r->page_size = r->page_size ? MIN(r->page_size, db->page_size) : db->page_size;
	for (unsigned cpu = 0; cpu < db->cpus; cpu++) {
		uint64_t pages = dat_pages(f->dat, buffer, cpu);
		struct track *t;

		if (!pages)
			continue;
		r->tracks = xrealloc(r->tracks, r->track_count + 1, sizeof(*r->tracks));
		t = &r->tracks[r->track_count++];
		*t = (struct track) {
			.file = f, .buffer = (uint16_t)buffer, .cpu = (uint16_t)cpu, .pages = pages
		};
		t->run = store_run(b->env->store, f->sources[buffer], t->cpu);
		t->run->time = map_of(f, cpu);
		r->total += pages * db->page_size;
	}
}

/* What our own instance learned is no row when it is recorded either; what our programs gave says
 * where its times are those of arrival. */
static unsigned source_flags(const struct dat_info *info, const char *name)
{
	if (info->buffers > 1 && !strcmp(name, "bpf"))
		return SOURCE_ARRIVAL;
	return info->buffers > 1 && !strcmp(name, "identity") ? SOURCE_HIDDEN : 0;
}

/* Registers what an opened file brings: sources, pages to come, names of threads. */
static void register_file(struct backend *b, struct replay_file *f)
{
	struct replay *r = b->state;
	struct dat_info info;

	if (dat_is_latency(f->dat)) {
		f->latency = latency_new(b, f);
		return;
	}
	dat_info(f->dat, &info);
	resident_limit(&f->resident, b->env->reserve / 2 / r->count);
	dat_cache_limit(f->dat, b->env->reserve / 2 / r->count);
	for (unsigned i = 0; i < info.buffers; i++) {
		unsigned flags = source_flags(&info, dat_buffer(f->dat, i)->name);

		f->sources[i] =
		    store_source(b->env->store, "replay", f->names[i], dat_schemas(f->dat), flags);
		f->lenders[i] = (struct lender) { f, i };
		f->loaders[i] = (struct page_loader) { replay_load, &f->lenders[i] };
		f->sources[i]->loader = &f->loaders[i];
		f->sources[i]->text = &b->text;
		add_tracks(b, f, i);
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

static void close_file(struct replay_file *f)
{
	latency_free(f->latency);
	dat_close(f->dat);
	for (unsigned i = 0; i < f->map_count; i++)
		free(f->maps[i]);
	free(f->maps);
	for (unsigned i = 0; i < DAT_BUFFERS_MAX; i++)
		free(f->names[i]);
}

static void replay_close(struct backend *b)
{
	struct replay *r = b->state;

	tep_helper_free(r->helper);
	symbols_free(r->symbols);
	free(r->seen);
	for (unsigned i = 0; i < r->count; i++)
		close_file(&r->files[i]);
	if (r->bus_caught)
		dat_bus_release(&r->old_bus);
	for (size_t i = 0; i < r->track_count; i++)
		free(r->tracks[i].sums);
	free(r->files);
	free(r->tracks);
	free(r->scan.v);
	free(r->fill.v);
	free(r->note);
	memset(&b->text, 0, sizeof(b->text));
	memset(r, 0, sizeof(*r));
}

static int replay_probe(const struct backend_env *env, struct err *e)
{
	if (!env->files || !env->files[0])
		return err_set(e, -ENOENT, "no recording was named");
	return 0;
}

/* The first time in a file as it is without its offset; UINT64_MAX: it has none. */
static uint64_t first_time(struct replay_file *f)
{
	uint64_t first = UINT64_MAX, ts;
	struct dat_info info;

	if (dat_is_latency(f->dat))
		return 0;
	dat_info(f->dat, &info);
	for (unsigned i = 0; i < info.buffers; i++)
		for (unsigned cpu = 0; cpu < dat_buffer(f->dat, i)->cpus; cpu++) {
			const struct time_map *m = dat_time(f->dat, cpu);

			if (!dat_page_time(f->dat, i, cpu, 0, &ts))
				first = MIN(first, m ? time_map_apply(m, ts) : ts);
		}
	return first;
}

static int check_offset(struct replay_file *f, struct err *e)
{
	uint64_t first = first_time(f);

	if (f->offset >= 0 || first == UINT64_MAX || first >= (uint64_t)-f->offset)
		return 0;
	return err_set(e, -EINVAL,
		       "%s: an offset of %.9f s is too much: its events begin at %.9f s, and no "
		       "time is before 0",
		       f->path, (double)f->offset / 1e9, (double)first / 1e9);
}

/* Guests and hosts that were recorded together: the guest's times become the host's. */
static void pair_files(struct replay *r)
{
	for (unsigned i = 0; i < r->count; i++)
		for (unsigned k = 0; k < r->count; k++)
			if (i != k)
				dat_pair(r->files[i].dat, r->files[k].dat);
}

static int open_files(struct backend *b, unsigned count, struct err *e)
{
	struct replay *r = b->state;

	while (r->count < count) {
		struct replay_file *f = &r->files[r->count];
		const struct dat *like = r->count ? f[-1].dat : NULL;
		int rc;

		f->path = b->env->files[r->count];
		f->offset = b->env->offsets ? b->env->offsets[r->count] : 0;
		r->count++;
		rc = dat_open_like(f->path, like, &f->dat, e);
		if (rc < 0)
			return rc;
		dat_let_go(f->dat); /* formats and symbols were read */
	}
	pair_files(r);
	for (unsigned i = 0; i < count; i++) {
		int rc = check_offset(&r->files[i], e);

		if (rc < 0)
			return rc;
	}
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
	rc = open_files(b, count, e);
	if (rc < 0) {
		replay_close(b);
		return rc;
	}
	/* Nothing fails from here on: sources cannot be taken back from the store. */
	replay_names(r);
	r->note = replay_clocks(r);
	for (unsigned i = 0; i < count; i++)
		register_file(b, &r->files[i]);
	replay_flow_init(r);
	r->symbols = symbols_new(load_symbols, r);
	b->text.symbols = r->symbols;
	r->helper = tep_helper_new(r->symbols);
	b->text.fallback = tep_helper_text;
	b->text.fallback_data = r->helper;
	return 0;
}

/* Nothing to watch: next() asks to be called as long as there are pages. */
static int replay_attach(struct backend *b, struct poller *p, struct err *e)
{
	(void)b, (void)p, (void)e;
	return 0;
}

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

/* ---- what recordings have beside their events ---- */

static void recording_status(const struct backend *b, struct recorded *ret)
{
	const struct replay *r = b->state;

	*ret = (struct recorded) {
		.first = r->first,
		.last = r->last,
		.loaded = r->scan.count ? MIN(r->loaded, r->total) : r->total,
		.total = r->total,
		.loading = r->scan.count && !r->held,
		.reached = r->scan.count ? r->scan.v[0].ts : r->last + 1,
		.note = r->note,
	};
}

static void recording_load(struct backend *b, bool on)
{
	struct replay *r = b->state;

	r->held = !on;
}

static void recording_want(struct backend *b, uint64_t at, uint64_t until)
{
	struct replay *r = b->state;

	r->played = at;
	r->wanted = until;
}

/* The first file that says how its times become those of the wall. */
static bool recording_clock(const struct backend *b, struct clock_triple *ret)
{
	const struct replay *r = b->state;

	for (unsigned i = 0; i < r->count; i++) {
		const struct replay_file *f = &r->files[i];
		struct dat_info info;

		dat_info(f->dat, &info);
		if (!info.date_offset)
			continue;
		*ret = (struct clock_triple) { .mono = r->first };
		ret->real = r->first - (uint64_t)f->offset + info.date_offset;
		return true;
	}
	return false;
}

static const struct recording_ops recording = {
	.status = recording_status,
	.load = recording_load,
	.seek = replay_seek,
	.want = recording_want,
	.clock = recording_clock,
};

const struct backend_ops replay_ops = {
	.name = "replay",
	.blurb = "recordings: trace.dat files",
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
	.recording = &recording,
};
