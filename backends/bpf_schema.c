/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_schema: the events of a program's rings and the rows of its tables as schemas.
 *
 * Ids go downward from below those that latency pairs take first, so that a recording with both
 * need not relabel; in a recording one id has one format, and the kernel's grow from the other end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/bpf_private.h"
#include "core/arena.h"
#include "core/util.h"

#define ID_FIRST (SCHEMA_ID_MAX - 255)

static uint16_t free_id(const struct bpf_backend *b)
{
	unsigned id = ID_FIRST;

	while (id > 1 && b->schemas->by_id[id])
		id--;
	return (uint16_t)id;
}

/* The first kind of events has the tracer's name, others that of their map too. */
static void name_event(const struct bpf_tracer *t, struct layout *l, const char *map, bool first)
{
	struct strbuf b = { 0 };

	strbuf_str(&b, t->name);
	if (!first)
		strbuf_fmt(&b, "_%s", map);
	for (char *p = b.s; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *p))
			*p = '_';
	free(l->name);
	l->name = strbuf_take(&b);
}

static int add(struct bpf_tracer *t, const struct layout *l, struct bpf_event *ev, bool is_event,
	       struct err *e)
{
	struct schema *s = NULL;
	int rc;

	if (!ev->id)
		ev->id = free_id(t->b);
	rc = layout_schema(l, BPF_GROUP, ev->id, &s, e);
	if (rc < 0)
		return rc;
	if (is_event)
		s->role = (uint8_t)identity_role(s);
	ev->schema = schema_set_add(t->b->schemas, s);
	return 0;
}

/* Ids stay with their ring, whatever format it comes to have. */
static void room_for(struct bpf_event **v, size_t *count, size_t want)
{
	if (want <= *count)
		return;
	*v = xrealloc(*v, want, sizeof(**v));
	memset(*v + *count, 0, (want - *count) * sizeof(**v));
	*count = want;
}

int bpf_schemas_add(struct bpf_tracer *t, const struct loader_answer *a, struct err *e)
{
	int rc = 0;

	room_for(&t->ring_events, &t->ring_event_count, a->ring_count);
	room_for(&t->table_events, &t->table_event_count, a->table_count);
	for (size_t i = 0; i < a->ring_count && rc >= 0; i++) {
		name_event(t, &a->rings[i].layout, a->rings[i].map, i == 0);
		rc = add(t, &a->rings[i].layout, &t->ring_events[i], true, e);
	}
	for (size_t i = 0; i < a->table_count && rc >= 0; i++) {
		name_event(t, &a->tables[i].layout, a->tables[i].map, !a->ring_count && i == 0);
		rc = add(t, &a->tables[i].layout, &t->table_events[i], false, e);
	}
	return rc;
}
