/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_sources: which buffer of the file a source is, and which formats the file knows of it.
 *
 * The kernel's events are the top buffer, where every tool looks first; every other source is a
 * named buffer. Names are those of the sources, made unique.
 */
#include <stdlib.h>

#include "core/arena.h"
#include "sinks/dat_private.h"

static bool has_name(const struct dat_sink *d, const char *name)
{
	for (unsigned i = 0; i < d->source_count; i++)
		if (!strcmp(d->sources[i].name, name))
			return true;
	return false;
}

/* What the kernel's top buffer was, live or in the recording that is shown. */
static bool is_top(const struct source *src)
{
	bool replay = src->backend && !strcmp(src->backend, "replay");

	return src->backend && !(src->flags & SOURCE_HIDDEN) &&
	       !strcmp(src->name, replay ? "trace.dat" : "tracefs") &&
	       (replay || !strcmp(src->backend, "tracefs"));
}

static char *unique_name(const struct dat_sink *d, const struct source *src)
{
	struct strbuf b = { 0 };
	char *name;

	if (is_top(src) && !has_name(d, ""))
		return xstrdup("");
	strbuf_str(&b, *src->name ? src->name : "buffer");
	for (unsigned n = 2; has_name(d, strbuf_cstr(&b)); n++) {
		strbuf_clear(&b);
		strbuf_fmt(&b, "%s-%u", src->name, n);
	}
	name = xstrdup(strbuf_cstr(&b));
	strbuf_done(&b);
	return name;
}

static unsigned number_of(struct dat_sink *d, const struct source *src)
{
	struct dat_item i = { .kind = DAT_BUFFER, .source = (uint16_t)d->source_count };
	struct dat_source *to;

	for (unsigned k = 0; k < d->source_count; k++)
		if (d->sources[k].source == src)
			return k;
	d->sources = xrealloc(d->sources, d->source_count + 1, sizeof(*d->sources));
	to = &d->sources[d->source_count];
	*to = (struct dat_source) { .source = src, .name = unique_name(d, src) };
	i.more = xstrdup(to->name);
	dat_give(d, &i);
	return d->source_count++;
}

char **dat_buffer_names(struct dat_sink *d, const struct store *s)
{
	char **names = xcalloc(1, sizeof(*names));
	struct source *src;
	size_t n = 0;

	for (unsigned i = 0; s && (src = store_source_at(s, i)); i++) {
		unsigned number = number_of(d, src);
		const char *name = d->sources[number].name;

		if (!*name)
			continue;
		names = xrealloc(names, n + 2, sizeof(*names));
		names[n++] = xstrdup(name);
		names[n] = NULL;
	}
	return names;
}

static struct dat_run *find_run(struct dat_sink *d, const struct source *src, uint16_t cpu)
{
	struct dat_run *r;

	for (unsigned i = 0; i < d->run_count; i++)
		if (d->runs[i].source == src && d->runs[i].cpu == cpu)
			return &d->runs[i];
	d->runs = xrealloc(d->runs, d->run_count + 1, sizeof(*d->runs));
	r = &d->runs[d->run_count++];
	*r = (struct dat_run) { .source = src, .cpu = cpu, .number = (uint16_t)number_of(d, src) };
	return r;
}

struct dat_run *dat_run_of(struct dat_sink *d, const struct source *src, uint16_t cpu,
			   uint16_t number)
{
	uint16_t at = cpu == CPU_NONE ? 0 : cpu; /* a file has no such CPU */
	struct dat_run *r;

	if (likely(number < d->hint_count && d->hints[number] < d->run_count)) {
		r = &d->runs[d->hints[number]];
		if (likely(r->source == src && r->cpu == at))
			return r;
	}
	r = find_run(d, src, at);
	if (number >= d->hint_count) {
		d->hints = xrealloc(d->hints, number + 16u, sizeof(*d->hints));
		memset(d->hints + d->hint_count, 0,
		       (number + 16u - d->hint_count) * sizeof(*d->hints));
		d->hint_count = number + 16u;
	}
	d->hints[number] = (uint32_t)(r - d->runs);
	return r;
}

/* ---- formats ---- */

/* True the first time. */
static bool learn(struct dat_source *to, const struct schema *s)
{
	uint32_t word = s->index / 64;
	uint64_t bit = 1ULL << s->index % 64;

	if (word >= to->words) {
		to->known = xrealloc(to->known, word + 16, sizeof(*to->known));
		memset(to->known + to->words, 0, (word + 16 - to->words) * sizeof(*to->known));
		to->words = word + 16;
	}
	if (to->known[word] & bit)
		return false;
	to->known[word] |= bit;
	return true;
}

static void give_formats(struct dat_sink *d, unsigned number, const struct schema **list,
			 uint32_t count)
{
	struct dat_item i = {
		.kind = DAT_FORMATS, .source = (uint16_t)number, .more = list, .count = count
	};

	if (count)
		dat_give(d, &i);
	else
		free(list);
}

void dat_tell_format(struct dat_sink *d, unsigned number, const struct schema *s)
{
	const struct schema **list;

	if (!learn(&d->sources[number], s))
		return;
	list = xcalloc(1, sizeof(*list));
	list[0] = s;
	give_formats(d, number, list, 1);
}

void dat_tell_formats(struct dat_sink *d, unsigned number)
{
	struct dat_source *to = &d->sources[number];
	const struct schema_set *set = to->source->schemas;
	const struct schema **list = NULL;
	uint32_t count = 0, cap = 0;

	if (!set || set->added == to->added)
		return;
	to->added = set->added;
	for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
		for (const struct schema *s = set->by_id[id]; s; s = s->older) {
			if (!learn(to, s))
				continue;
			if (count == cap) {
				cap = cap ? cap * 2 : 256;
				list = xrealloc(list, cap, sizeof(*list));
			}
			list[count++] = s;
		}
	}
	give_formats(d, number, list, count);
}

void dat_sources_done(struct dat_sink *d)
{
	for (unsigned i = 0; i < d->source_count; i++) {
		free(d->sources[i].name);
		free(d->sources[i].known);
	}
	free(d->sources);
	for (unsigned i = 0; i < d->run_count; i++)
		page_data_unref(d->runs[i].page);
	free(d->runs);
	free(d->hints);
}
