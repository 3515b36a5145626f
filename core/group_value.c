/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_value: what a table says: its rows, their values and their order.
 */
#include <string.h>

#include "core/group_private.h"

/* ---- rows ---- */

uint32_t group_count(const struct group_table *t)
{
	return t->count + (t->other != NULL);
}

bool group_is_other(const struct group_table *t, uint32_t row)
{
	return row == t->count && t->other;
}

uint64_t group_joined(const struct group_table *t)
{
	return t->joined;
}

bool group_is_partial(const struct group_table *t, uint32_t row)
{
	return t->sure && group_at(t, row)->id >= t->sure;
}

uint64_t group_rows(const struct group_table *t)
{
	return t->rows;
}

uint64_t group_lacking(const struct group_table *t)
{
	return t->lacking;
}

uint64_t group_id(const struct group_table *t, uint32_t row)
{
	return group_at(t, row)->id;
}

/* ---- rates ---- */

static struct part_rate *rate_of(const struct group_table *t, struct group *g)
{
	for (unsigned i = 0; i < t->part_count; i++)
		if (t->parts[i].kind == PART_RATE)
			return (struct part_rate *)((uint8_t *)g + t->parts[i].offset);
	return NULL;
}

void group_tick(struct group_table *t, uint64_t now)
{
	bool ahead = t->ticked && now > t->ticked;
	double seconds = ahead ? (double)(now - t->ticked) / (double)NSEC_PER_SEC : 1;

	if (now == t->ticked)
		return;
	if (t->joining)
		group_join(t);
	for (uint32_t i = 0; i < group_count(t); i++) {
		struct group *g = group_at(t, i);
		struct part_rate *r = rate_of(t, g);

		if (!r)
			break;
		r->rate = (double)(g->count - r->before) / seconds;
		r->before = g->count;
	}
	t->rated = ahead;
	t->ticked = now;
}

/* The times of all rows, looked up when there are more of them than before. */
static double span_seconds(const struct group_table *table)
{
	struct group_table *t = (struct group_table *)(uintptr_t)table;

	if (t->span_rows != t->rows) {
		t->span_first = UINT64_MAX;
		t->span_last = 0;
		for (uint32_t i = 0; i < group_count(t); i++) {
			t->span_first = MIN(t->span_first, group_at(t, i)->first);
			t->span_last = MAX(t->span_last, group_at(t, i)->last);
		}
		t->span_rows = t->rows;
	}
	return (double)(t->span_last - t->span_first) / (double)NSEC_PER_SEC;
}

static void rate_value(const struct group_table *t, const struct group *g, unsigned measure,
		       struct group_value *v)
{
	const struct part_rate *r = group_part_of(t, g, measure);
	double seconds = t->rated ? 0 : span_seconds(t);

	if (!t->rated && seconds <= 0)
		return;
	v->type = GROUP_REAL;
	v->real = t->rated ? r->rate : (double)g->count / seconds;
}

/* ---- values ---- */

const struct field *group_key_field(const struct group_table *t, const struct group *g,
				    unsigned key, const struct schema **s)
{
	const struct group_plan *plan;

	if (!g->schema)
		return NULL;
	plan = group_plan_of((struct group_table *)(uintptr_t)t, g->schema);
	*s = g->schema;
	return plan->reads[key].field;
}

const struct field *group_measure_field(const struct group_table *t, unsigned measure,
					const struct schema **s)
{
	const struct group_part *p = &t->parts[t->part_of[measure]];

	if (t->part_of[measure] == NO_PART || !p->of)
		return NULL;
	*s = p->schema;
	return p->of;
}

const struct part_latest *group_latest(const struct group_table *t, const struct group *g,
				       unsigned measure)
{
	const struct part_latest *l = group_part_of(t, g, measure);

	return l->value.class == CLASS_NONE ? NULL : l;
}

const struct field *group_latest_field(const struct group_table *t, const struct part_latest *l,
				       unsigned measure)
{
	const struct group_measure *m = &t->spec->measures[measure];

	if (m->of == GROUP_SYSCALL)
		return group_syscall_field(l->schema);
	return m->of == GROUP_FIELD ? group_field_in(&m->field, l->schema) : NULL;
}

static void set_wide(struct group_value *v, wide_t wide, const struct field *f)
{
	v->wide = wide;
	v->type = GROUP_NUMBER;
	if (f && f->unit == UNIT_NS)
		v->type = GROUP_NS;
	if (f && f->unit == UNIT_FIX6) {
		v->type = GROUP_REAL;
		v->real = (double)wide / 1e6;
	}
}

static void atom_value(const struct group_table *t, struct group_atom a, const struct field *f,
		       struct group_value *v)
{
	switch (a.class) {
	case CLASS_NONE:
		return;
	case CLASS_NUMBER:
	case CLASS_NEGATIVE:
		set_wide(v, atom_wide(a), f);
		return;
	case CLASS_PROCESS:
	case CLASS_THREAD:
		v->wide = group_person(t, a)->tid;
		break;
	default:
		v->wide = (wide_t)a.v;
	}
	v->type = GROUP_TEXT;
}

static void key_value(const struct group_table *t, const struct group *g, unsigned key,
		      struct group_value *v)
{
	const struct schema *s;

	if (g == t->other)
		return;
	atom_value(t, group_key_atom(g, key), group_key_field(t, g, key, &s), v);
	if (t->spec->keys[key].kind == GROUP_SYSCALL)
		v->type = GROUP_TEXT; /* its name, where it has one */
}

/* What a sum has, be it by itself or in a histogram. */
static struct part_sum sum_of(const struct group_table *t, const struct group *g, unsigned measure)
{
	const void *at = group_part_of(t, g, measure);
	const struct loghist *h = at;

	if (t->parts[t->part_of[measure]].kind == PART_SUM)
		return *(const struct part_sum *)at;
	return (struct part_sum) { h->total, h->sum, h->least, h->greatest };
}

static void average_value(const struct part_sum *s, const struct field *f, struct group_value *v)
{
	v->real = (double)s->sum / (double)s->total;
	v->type = GROUP_REAL;
	if (f && f->unit == UNIT_NS)
		v->type = GROUP_REAL_NS;
	if (f && f->unit == UNIT_FIX6)
		v->real /= 1e6;
}

static void number_value(const struct group_table *t, const struct group *g, unsigned measure,
			 struct group_value *v)
{
	const struct group_measure *m = &t->spec->measures[measure];
	const struct schema *schema;
	const struct field *f = group_measure_field(t, measure, &schema);
	struct part_sum s = sum_of(t, g, measure);

	if (!s.total)
		return;
	switch (m->kind) {
	case MEASURE_SUM:
		set_wide(v, s.sum, f);
		break;
	case MEASURE_AVERAGE:
		average_value(&s, f, v);
		break;
	case MEASURE_MIN:
		set_wide(v, s.least, f);
		break;
	case MEASURE_MAX:
		set_wide(v, s.greatest, f);
		break;
	default:
		set_wide(v, loghist_quantile(group_part_of(t, g, measure), m->quantile), f);
	}
}

static void latest_value(const struct group_table *t, const struct group *g, unsigned measure,
			 struct group_value *v)
{
	const struct part_latest *l = group_latest(t, g, measure);

	if (!l)
		return;
	atom_value(t, l->value, group_latest_field(t, l, measure), v);
	if (t->spec->measures[measure].of == GROUP_SYSCALL)
		v->type = GROUP_TEXT;
}

static void distinct_value(const struct distinct *d, struct group_value *v)
{
	v->type = GROUP_NUMBER;
	v->wide = (wide_t)distinct_count(d);
	v->about = d->about;
}

static void time_value(uint64_t ts, struct group_value *v)
{
	v->type = GROUP_TIME;
	v->wide = ts;
}

static void measure_value(const struct group_table *t, const struct group *g, unsigned measure,
			  struct group_value *v)
{
	switch (t->spec->measures[measure].kind) {
	case MEASURE_COUNT:
		set_wide(v, g->count, NULL);
		break;
	case MEASURE_RATE:
		rate_value(t, g, measure, v);
		break;
	case MEASURE_SHARE:
		v->type = GROUP_SHARE;
		v->real = (double)g->count / (double)t->rows;
		break;
	case MEASURE_FIRST:
		time_value(g->first, v);
		break;
	case MEASURE_LAST:
		time_value(g->last, v);
		break;
	case MEASURE_DISTINCT:
		distinct_value(group_part_of(t, g, measure), v);
		break;
	case MEASURE_LATEST:
		latest_value(t, g, measure, v);
		break;
	default:
		number_value(t, g, measure, v);
	}
}

void group_value(const struct group_table *t, uint32_t row, unsigned column,
		 struct group_value *ret)
{
	const struct group *g = group_at(t, row);

	*ret = (struct group_value) { 0 };
	if (column < t->spec->key_count)
		key_value(t, g, column, ret);
	else
		measure_value(t, g, column - t->spec->key_count, ret);
}
