/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schema: the life of schemas, alone and in sets.
 *
 * A set owns its schemas and all their older generations until it is freed: pages in the
 * store refer to an id and a generation, never to a schema that may go away.
 */
#include <stdlib.h>
#include <string.h>

#include "core/schema.h"
#include "core/text.h"

void schema_free(struct schema *s)
{
	if (!s)
		return;
	text_free(s->text);
	if (atomic_fetch_sub(&s->body->refs, 1) == 1) {
		arena_done(&s->body->arena);
		free(s->body);
	}
	free(s);
}

static const struct field *find_field(const struct schema *s, const char *name)
{
	schema_for_each_field (s, f)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

/* The event's own fields come before the common ones when the prefix is left out. */
const struct field *schema_field(const struct schema *s, const char *name)
{
	const size_t prefix = sizeof("common_") - 1;
	const struct field *f = find_field(s, name);

	if (f)
		return f;
	for (unsigned i = 0; i < s->common_count; i++)
		if (!strcmp(s->fields[i].name + prefix, name))
			return &s->fields[i];
	return NULL;
}

/* The kernel's layout since 2.6.32, until a format says otherwise. */
struct schema_set *schema_set_new(struct machine m)
{
	struct schema_set *set = xcalloc(1, sizeof(*set));

	set->machine = m;
	set->type_offset = 0;
	set->type_size = 2;
	set->flags_offset = 2;
	set->preempt_offset = 3;
	set->pid_offset = 4;
	return set;
}

void schema_set_free(struct schema_set *set)
{
	if (!set)
		return;
	for (size_t id = 0; id <= SCHEMA_ID_MAX; id++) {
		const struct schema *s = set->by_id[id];

		while (s) {
			const struct schema *older = s->older;

			schema_free((struct schema *)s);
			s = older;
		}
	}
	free(set);
}

static bool is_empty(const struct schema_set *set)
{
	for (size_t id = 0; id <= SCHEMA_ID_MAX; id++)
		if (set->by_id[id])
			return false;
	return true;
}

/* The kernel writes one header before every record, so the first schema speaks for all. */
static void take_common(struct schema_set *set, const struct schema *s)
{
	const struct field *type = schema_field(s, "common_type");
	const struct field *flags = schema_field(s, "common_flags");
	const struct field *preempt = schema_field(s, "common_preempt_count");

	set->type_offset = type->offset;
	set->type_size = type->size;
	set->pid_offset = s->pid->offset;
	if (flags && flags->is_common)
		set->flags_offset = flags->offset;
	if (preempt && preempt->is_common)
		set->preempt_offset = preempt->offset;
}

void schema_set_foreign(struct schema_set *set)
{
	set->machine.foreign = true;
	for (size_t i = 0; i <= SCHEMA_ID_MAX; i++)
		for (const struct schema *s = set->by_id[i]; s; s = s->older)
			((struct schema *)(uintptr_t)s)->machine.foreign = true;
}

struct schema *schema_set_add(struct schema_set *set, struct schema *s)
{
	struct schema *old = set->by_id[s->id];

	if (old && !strcmp(old->system, s->system) && !strcmp(old->format, s->format)) {
		schema_free(s);
		return old;
	}
	if (old) {
		set->gen++;
		s->older = old;
	} else if (is_empty(set)) {
		take_common(set, s);
	}
	/* An id that was free before held for every page there is. */
	s->gen = old ? set->gen : 0;
	set->by_id[s->id] = s;
	set->added++;
	return s;
}

const struct schema *schema_set_find(const struct schema_set *set, const char *system,
				     const char *name)
{
	for (size_t id = 0; id <= SCHEMA_ID_MAX; id++) {
		const struct schema *s = set->by_id[id];

		if (s && !strcmp(s->name, name) && (!system || !strcmp(s->system, system)))
			return s;
	}
	return NULL;
}
