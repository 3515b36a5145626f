/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_origin: the sources of what is derived, one for each machine, and their pages.
 *
 * Events of two recordings are never paired with each other, whatever their keys say. The derived
 * events have a set of schemas of their own, in the byte order of the machine.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pair_private.h"
#include "core/arena.h"

struct pair_origin *pair_origin_of(const struct pair_backend *b, const struct schema_set *from)
{
	for (unsigned i = 0; i < b->origin_count; i++)
		if (b->origins[i]->from == from)
			return b->origins[i];
	return NULL;
}

void pair_origins_look(struct pair_backend *b)
{
	struct source *src;

	for (unsigned i = 0; (src = store_source_at(b->backend->env->store, i)); i++) {
		struct pair_origin *o;

		if (src->flags & (SOURCE_HIDDEN | SOURCE_DERIVED) || !src->schemas ||
		    pair_origin_of(b, src->schemas))
			continue;
		o = xcalloc(1, sizeof(*o));
		o->from = src->schemas;
		o->given = src;
		b->origins = xrealloc(b->origins, b->origin_count + 1, sizeof(*b->origins));
		b->origins[b->origin_count++] = o;
	}
}

void pair_origin_open(struct pair_backend *b, struct pair_origin *o)
{
	struct strbuf name = { 0 };

	if (!o->set)
		o->set = schema_set_new(o->from->machine);
	if (o->source)
		return;
	if (b->origin_count > 1)
		strbuf_fmt(&name, "%s:", o->given->name);
	strbuf_str(&name, PAIR_SYSTEM);
	o->name = strbuf_take(&name);
	o->source =
	    store_source(b->backend->env->store, PAIR_SYSTEM, o->name, o->set, SOURCE_DERIVED);
	o->source->text = o->given->text;
	o->source->horizon = b->lane_count ? b->horizon : UINT64_MAX;
}

void pair_origins_close(struct pair_backend *b)
{
	for (unsigned i = 0; i < b->origin_count; i++) {
		struct pair_origin *o = b->origins[i];

		for (unsigned k = 0; k < o->stage_count; k++)
			free(o->stages[k].page);
		free(o->stages);
		schema_set_free(o->set);
		free(o->name);
		free(o);
	}
	free(b->origins);
}

/* A buffer of a recording into which derived rows were written. */
static bool is_recorded(const struct source *src)
{
	size_t len = strlen(src->name), tail = strlen(":" PAIR_SYSTEM);

	return !strcmp(src->name, PAIR_SYSTEM) ||
	       (len > tail && !strcmp(src->name + len - tail, ":" PAIR_SYSTEM));
}

/* A file may bring the formats of pairs whose rows were cut out of it. */
bool pair_origin_has(const struct pair_backend *b, const struct pair_origin *o, const char *name)
{
	const struct run *r;

	if (!schema_set_find(o->from, PAIR_SYSTEM, name))
		return false;
	for (unsigned i = 0; (r = store_run_at(b->backend->env->store, i)); i++)
		if (r->source->schemas == o->from && is_recorded(r->source))
			return true;
	return false;
}

/* ---- pages ---- */

static struct pair_stage *stage_of(struct pair_backend *b, struct pair_origin *o, uint16_t cpu)
{
	struct store *store = b->backend->env->store;
	struct pair_stage *s;

	for (unsigned i = 0; i < o->stage_count; i++)
		if (o->stages[i].run->cpu == cpu)
			return &o->stages[i];
	o->stages = xrealloc(o->stages, o->stage_count + 1, sizeof(*o->stages));
	s = &o->stages[o->stage_count++];
	*s = (struct pair_stage) {
		.run = store_run(store, o->source, cpu),
		.page = xcalloc(1, store_page_size(store)),
		.size = store_page_size(store),
	};
	return s;
}

/* A page is sent off while the next row still fits into it, whatever that row gives. */
void pair_origin_add(struct pair_backend *b, struct pair_origin *o, const struct pair_out *out)
{
	struct machine ours = { .long_size = 8 }; /* of the page; records are as they are */
	struct pair_stage *s = stage_of(b, o, out->cpu);

	if (!s->begun)
		page_builder_begin(&s->builder, s->page, s->size, ours);
	s->begun = true;
	if (!page_builder_add(&s->builder, out->ts, out->rec, out->size))
		b->too_long++;
	b->full |= s->builder.used > s->size / 2;
}

/*
 * What is made of a recording never pushes the recording out of a full store: it would be brought
 * again, and push out what was made.
 */
static bool has_room(const struct pair_backend *b)
{
	const struct store *store = b->backend->env->store;
	struct store_stats stats;

	if (b->backend->env->guard || store_is_consumed(store)) /* live, or rows go on their own */
		return true;
	store_stats(store, &stats);
	return stats.used + store_page_size(store) <= stats.memory;
}

static int flush(struct pair_backend *b, struct pair_stage *s, struct err *e)
{
	uint32_t used;
	uint8_t *room;

	if (!s->begun)
		return 0;
	s->begun = false;
	if (!s->builder.events)
		return 0;
	if (!has_room(b)) {
		b->no_room += s->builder.events;
		return 0;
	}
	used = page_builder_finish(&s->builder);
	room = store_room(b->backend->env->store, e);
	if (!room)
		return -ENOMEM;
	memcpy(room, s->page, used);
	return store_commit(b->backend->env->store, s->run, used, e);
}

int pair_origins_flush(struct pair_backend *b, struct err *e)
{
	int rc = 0;

	b->full = false;
	for (unsigned i = 0; i < b->origin_count; i++) {
		struct pair_origin *o = b->origins[i];

		if (!o->source)
			continue;
		/* Rows of our own threads are left out as they are in what they are made of. */
		memcpy(o->source->own, o->given->own, sizeof(o->source->own));
		for (unsigned k = 0; k < o->stage_count && rc >= 0; k++)
			rc = flush(b, &o->stages[k], e);
	}
	return MIN(rc, 0);
}

void pair_origins_drop(struct pair_backend *b)
{
	for (unsigned i = 0; i < b->origin_count; i++) {
		struct pair_origin *o = b->origins[i];

		for (unsigned k = 0; k < o->stage_count; k++)
			o->stages[k].begun = false;
		if (o->source)
			o->source->flags |= SOURCE_AGAIN;
	}
	b->full = false;
}

void pair_origins_horizon(struct pair_backend *b)
{
	for (unsigned i = 0; i < b->origin_count; i++)
		if (b->origins[i]->source)
			b->origins[i]->source->horizon = b->horizon;
}
