/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_bind: from the words of a spec to offsets in the records of a machine.
 *
 * Owns the life of a pair. All that is planned here is thrown away and made anew when other schemas
 * have come; what is open then is dropped, for it was kept as the plan before had it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/filter.h"
#include "core/pair_private.h"

/* ---- life ---- */

static struct filter *filter_of(const struct pair_event *ev)
{
	struct filter *f = NULL;

	if (ev->filter)
		filter_parse(ev->filter, &f, NULL); /* it was checked when it was read */
	return f;
}

struct pair *pair_new(const struct pair_conf *c)
{
	struct pair *p = xcalloc(1, sizeof(*p));
	const struct pair_spec *spec = c->spec;

	*p = (struct pair) {
		.spec = spec,
		.set = c->set,
		.identity = c->identity,
		.swap = c->set->machine.swap,
		.key_count = spec->key_count,
		.max = c->max ? c->max : PAIR_OPEN_MAX,
		.free = PAIR_NONE,
		.oldest = PAIR_NONE,
		.newest = PAIR_NONE,
	};
	p->filters = xcalloc(spec->start.count + spec->end.count + 1, sizeof(struct filter *));
	for (unsigned i = 0; i < spec->start.count; i++)
		p->filters[i] = filter_of(&spec->start.v[i]);
	for (unsigned i = 0; i < spec->end.count; i++)
		p->filters[spec->start.count + i] = filter_of(&spec->end.v[i]);
	return p;
}

static void unbind(struct pair *p)
{
	for (unsigned i = 0; i < p->use_count; i++) {
		free(p->uses[i].copy);
		free(p->uses[i].var);
	}
	free(p->uses);
	free(p->sides);
	free(p->out);
	free(p->gathered);
	p->uses = NULL;
	p->sides = NULL;
	p->out = p->gathered = NULL;
	p->use_count = p->side_count = 0;
	p->stats.stopped += p->open;
	pair_forget_slots(p);
	pair_layout_done(&p->layout);
	memset(&p->known, 0, sizeof(p->known));
}

void pair_free(struct pair *p)
{
	if (!p)
		return;
	unbind(p);
	for (unsigned i = 0; i < p->spec->start.count + p->spec->end.count; i++)
		filter_free(p->filters[i]);
	free(p->filters);
	free(p);
}

/* ---- which events there are ---- */

static void look_up(const struct pair_events *list, const struct schema_set *from,
		    const struct schema *ret[PAIR_SIDE_MAX])
{
	for (unsigned i = 0; i < list->count; i++)
		ret[i] = schema_set_find(from, list->v[i].system, list->v[i].event);
}

/* -ENOENT that names what was looked for. */
static int none_of(const struct pair_spec *spec, const struct pair_events *list, struct err *e)
{
	_cleanup_strbuf_ struct strbuf names = { 0 };

	for (unsigned i = 0; i < list->count; i++)
		strbuf_fmt(&names, "%s%s:%s", i ? ", no " : "", list->v[i].system,
			   list->v[i].event);
	return err_set(e, -ENOENT, "pair %s: there is no event %.300s here", spec->name,
		       strbuf_cstr(&names));
}

/* ---- readers ---- */

static int read_field(const struct pair_spec *spec, const struct schema *s, const struct field *f,
		      const char *name, struct pair_reader *ret, struct err *e)
{
	if (!f)
		return err_set(e, -ENOENT, "pair %s: %s:%s has no field %s", spec->name, s->system,
			       s->name, name);
	if (f->kind != FIELD_INT || f->place != FIELD_FIXED)
		return err_set(e, -EINVAL,
			       "pair %s: %s of %s:%s is no number: only numbers can be compared",
			       spec->name, f->name, s->system, s->name);
	*ret = (struct pair_reader) { .kind = PAIR_KEY_FIELD,
				      .offset = f->offset,
				      .size = (uint8_t)f->size,
				      .sign = f->is_signed };
	return 0;
}

static int plan_keys(const struct pair *p, struct pair_use *u, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < p->spec->key_count && rc >= 0; i++) {
		const struct pair_key *k = &p->spec->key[i];
		const struct pair_names *names = u->end ? &k->end : &k->start;

		u->key[i].kind = (uint8_t)k->kind;
		if (k->kind == PAIR_KEY_FIELD)
			rc = read_field(p->spec, u->schema, pair_named_field(u->schema, names),
					names->v[0], &u->key[i], e);
	}
	return rc;
}

static int plan_who(const struct pair *p, struct pair_use *u, struct err *e)
{
	const struct pair_pick *who = &p->spec->who;

	u->who.kind = PAIR_KEY_TID;
	if (who->end != u->end || !who->field)
		return 0;
	return read_field(p->spec, u->schema, pair_own_field(u->schema, who->field), who->field,
			  &u->who, e);
}

/* ---- what is carried ---- */

static void plan_copy(struct pair_use *u, const struct field *f, uint32_t to)
{
	struct pair_copy *last = u->copies ? &u->copy[u->copies - 1] : NULL;

	/* What lies side by side in both goes in one. */
	if (last && last->from + last->len == f->offset && last->to + last->len == to) {
		last->len += f->size;
		return;
	}
	u->copy = xrealloc(u->copy, u->copies + 1, sizeof(*u->copy));
	u->copy[u->copies++] = (struct pair_copy) { f->offset, to, f->size };
}

static void plan_var(struct pair_use *u, const struct field *f, uint32_t to)
{
	u->var = xrealloc(u->var, u->vars + 1, sizeof(*u->var));
	u->var[u->vars++] =
	    (struct pair_var) { .field = f, .to = to, .is_text = f->kind == FIELD_STRING };
}

static void plan_fields(const struct pair *p, struct pair_use *u)
{
	for (unsigned i = 0; i < p->layout.count; i++) {
		const struct pair_field *to = &p->layout.fields[i];
		const struct field *f;

		if (to->end != u->end)
			continue;
		f = pair_own_field(u->schema, to->of->name); /* all events of a side have it */
		if (f->place == FIELD_FIXED)
			plan_copy(u, f, u->end ? to->offset : to->offset - p->layout.start);
		else
			plan_var(u, f, to->offset);
	}
}

static int plan_use(struct pair *p, const struct schema *s, bool end, unsigned which, struct err *e)
{
	unsigned filter = end ? p->spec->start.count + which : which;
	struct pair_use *u;
	int rc;

	p->uses = xrealloc(p->uses, p->use_count + 1, sizeof(*p->uses));
	u = &p->uses[p->use_count++];
	*u = (struct pair_use) { .schema = s, .end = end, .which = (uint8_t)which };
	if (p->filters[filter])
		u->program = filter_bind(p->filters[filter], s);
	rc = plan_keys(p, u, e);
	if (rc >= 0)
		rc = plan_who(p, u, e);
	if (rc >= 0)
		plan_fields(p, u);
	return rc;
}

/* Those of one schema stand together, ends before starts. */
static int by_schema(const void *a, const void *b)
{
	const struct pair_use *x = a, *y = b;

	if (x->schema != y->schema)
		return x->schema->index < y->schema->index ? -1 : 1;
	if (x->end != y->end)
		return x->end ? -1 : 1;
	return (int)x->which - (int)y->which;
}

static void plan_sides(struct pair *p)
{
	qsort(p->uses, p->use_count, sizeof(*p->uses), by_schema);
	p->sides = xcalloc(p->use_count + 1, sizeof(*p->sides));
	for (unsigned i = 0; i < p->use_count; i++) {
		struct pair_side *last = p->side_count ? &p->sides[p->side_count - 1] : NULL;

		if (last && last->schema == p->uses[i].schema)
			last->count++;
		else
			p->sides[p->side_count++] = (struct pair_side) {
				.schema = p->uses[i].schema, .uses = &p->uses[i], .count = 1
			};
	}
}

static int plan_all(struct pair *p, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < PAIR_SIDE_MAX && rc >= 0; i++) {
		if (p->known.start[i])
			rc = plan_use(p, p->known.start[i], false, i, e);
		if (rc >= 0 && p->known.end[i])
			rc = plan_use(p, p->known.end[i], true, i, e);
	}
	if (rc >= 0)
		plan_sides(p);
	return rc;
}

static void make_buffers(struct pair *p)
{
	p->image = p->layout.stop - p->layout.start;
	p->out = xcalloc(1, p->layout.fixed + 2 * PAIR_VAR_MAX);
	p->gathered = xcalloc(1, PAIR_VAR_MAX);
	store_u16(p->out + p->set->type_offset,
		  p->swap ? __builtin_bswap16(p->layout.schema->id) : p->layout.schema->id);
}

int pair_bind(struct pair *p, const struct schema_set *from, struct err *e)
{
	struct pair_known known = { 0 };
	int rc;

	look_up(&p->spec->start, from, known.start);
	look_up(&p->spec->end, from, known.end);
	if (p->layout.schema && !memcmp(&known, &p->known, sizeof(known)))
		return 0;
	if (!pair_first(known.start))
		return none_of(p->spec, &p->spec->start, e);
	if (!pair_first(known.end))
		return none_of(p->spec, &p->spec->end, e);
	unbind(p);
	rc = pair_layout_make(p->spec, &known, p->set, from, &p->layout, e);
	if (rc < 0)
		return rc;
	p->known = known;
	rc = plan_all(p, e);
	if (rc < 0) {
		unbind(p);
		return rc;
	}
	make_buffers(p);
	return 1;
}

const struct schema *pair_schema(const struct pair *p)
{
	return p->layout.schema;
}

const struct field *pair_field_of(const struct pair *p, const struct field *f, bool *end)
{
	for (unsigned i = 0; i < p->layout.count; i++) {
		if (strcmp(p->layout.fields[i].name, f->name) != 0)
			continue;
		*end = p->layout.fields[i].end;
		return p->layout.fields[i].of;
	}
	return NULL;
}

const struct pair_side *pair_side(const struct pair *p, const struct schema *s)
{
	for (unsigned i = 0; i < p->side_count; i++)
		if (p->sides[i].schema == s)
			return &p->sides[i];
	return NULL;
}

void pair_ids(const struct pair *p, uint64_t *bits)
{
	for (unsigned i = 0; i < p->side_count; i++)
		bits[p->sides[i].schema->id / 64] |= 1ULL << (p->sides[i].schema->id % 64);
}
