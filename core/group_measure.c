/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_measure: what is accumulated of each group.
 *
 * Measures of the same field share a part: sum, average, least and greatest one of 64 bytes, or the
 * histogram, where a quantile asks for one. Count and times are in every group.
 */
#include <stdlib.h>
#include <string.h>

#include "core/group_private.h"

/* ---- which parts there are ---- */

static uint8_t part_kind_of(uint8_t measure)
{
	switch (measure) {
	case MEASURE_RATE:
		return PART_RATE;
	case MEASURE_DISTINCT:
		return PART_DISTINCT;
	case MEASURE_LATEST:
		return PART_LATEST;
	case MEASURE_QUANTILE:
		return PART_HIST;
	default:
		return PART_SUM;
	}
}

static bool needs_part(uint8_t measure)
{
	return measure == MEASURE_RATE || measure >= MEASURE_DISTINCT;
}

static bool is_same_word(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool is_same_field(const struct group_field *a, const struct group_field *b)
{
	if (!a || !b)
		return a == b;
	return is_same_word(a->system, b->system) && is_same_word(a->event, b->event) &&
	       is_same_word(a->name, b->name);
}

/* The part of a kind and field that is there; NO_PART. A histogram has what a sum has. */
static uint8_t find_part(const struct group_table *t, const struct group_part *wanted)
{
	for (unsigned i = 0; i < t->part_count; i++) {
		const struct group_part *p = &t->parts[i];
		bool serves =
		    p->kind == wanted->kind || (p->kind == PART_HIST && wanted->kind == PART_SUM);

		if (serves && p->what == wanted->what && is_same_field(p->field, wanted->field))
			return (uint8_t)i;
	}
	return NO_PART;
}

static void add_part(struct group_table *t, unsigned measure)
{
	const struct group_measure *m = &t->spec->measures[measure];
	struct group_part wanted = {
		.kind = part_kind_of(m->kind),
		.what = m->of,
		.field = m->kind == MEASURE_RATE ? NULL : &m->field,
	};
	uint8_t part = find_part(t, &wanted);

	if (part == NO_PART) {
		part = (uint8_t)t->part_count++;
		t->parts[part] = wanted;
	}
	t->part_of[measure] = part;
}

static size_t size_of(uint8_t kind)
{
	switch (kind) {
	case PART_RATE:
		return sizeof(struct part_rate);
	case PART_SUM:
		return sizeof(struct part_sum);
	case PART_HIST:
		return sizeof(struct loghist);
	case PART_LATEST:
		return sizeof(struct part_latest);
	default:
		return sizeof(struct distinct);
	}
}

static size_t aligned(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

void group_parts_prepare(struct group_table *t)
{
	const struct group_spec *s = t->spec;

	memset(t->part_of, NO_PART, sizeof(t->part_of));
	for (unsigned pass = 0; pass < 2; pass++) /* histograms before sums */
		for (unsigned i = 0; i < s->measure_count; i++)
			if (needs_part(s->measures[i].kind) &&
			    (s->measures[i].kind == MEASURE_QUANTILE) == !pass)
				add_part(t, i);
	t->stride = aligned(sizeof(struct group) + s->key_count * sizeof(uint64_t));
	for (unsigned i = 0; i < t->part_count; i++) {
		t->parts[i].offset = (uint32_t)t->stride;
		t->stride += aligned(size_of(t->parts[i].kind));
		t->folds |= t->parts[i].kind != PART_RATE;
	}
}

static void *part_at(const struct group_table *t, const struct group *g, unsigned part)
{
	return (uint8_t *)(uintptr_t)g + t->parts[part].offset;
}

/* ---- a row ---- */

static void add_sum(struct part_sum *s, wide_t v)
{
	if (unlikely(!s->total++))
		s->least = s->greatest = v;
	else if (v < s->least)
		s->least = v;
	else if (v > s->greatest)
		s->greatest = v;
	s->sum += v; /* 2^64 values of 64 bits fit */
}

/* What a part took before is off, what it takes now is on. */
static void grew(struct group_table *t, size_t before, size_t now)
{
	if (likely(before == now))
		return;
	t->heap += now - before;
	group_check_bound(t);
}

static void add_hist(struct group_table *t, struct loghist *h, wide_t v)
{
	uint32_t before = h->bytes;

	loghist_add(h, v, 1);
	grew(t, before, h->bytes);
}

/* A row, and what is known of its thread where that is asked for. */
struct folded {
	const struct row *row;
	const struct group_memo *memo;
};

static inline bool read_value(struct group_table *t, const struct group_read *rd,
			      const struct folded *d, struct group_atom *a)
{
	return group_read(t, rd, d->row, d->memo, a) && a->class != CLASS_NONE;
}

/* The same for the same value, whatever numbers strings have by now. */
static uint64_t mix(const struct group_table *t, struct group_atom a)
{
	switch (a.class) {
	case CLASS_NUMBER:
		return distinct_mix(a.v);
	case CLASS_TEXT:
		return t->strings.all[a.v]->hash;
	default:
		return distinct_mix(a.v) ^ a.class * HASH_PRIME;
	}
}

/* Texts of records need no number to be told apart, and numbers of texts take memory. */
static bool mixed_value(struct group_table *t, const struct group_read *rd, const struct folded *d,
			uint64_t *ret)
{
	struct group_atom a;

	if (rd->how >= READ_STRING) {
		size_t len;
		const char *s = group_read_text(t, rd, d->row, &len);

		*ret = s ? group_hash(t->strings.seed, s, len) : 0;
		return s != NULL;
	}
	if (!read_value(t, rd, d, &a))
		return false;
	*ret = mix(t, a);
	return true;
}

static void add_distinct(struct group_table *t, struct distinct *to, const struct group_read *rd,
			 const struct folded *d)
{
	size_t before = distinct_bytes(to);
	uint64_t mixed;

	if (!mixed_value(t, rd, d, &mixed))
		return;
	distinct_add(to, mixed);
	grew(t, before, distinct_bytes(to));
}

static void set_latest(struct group_table *t, struct part_latest *l, const struct group_read *rd,
		       const struct folded *d)
{
	const struct row *r = d->row;
	struct group_atom a;

	if (l->value.class != CLASS_NONE && r->ts < l->ts)
		return;
	if (read_value(t, rd, d, &a))
		*l = (struct part_latest) { r->ts, a, r->schema };
}

static void fold_part(struct group_table *t, unsigned part, void *at, const struct group_read *rd,
		      const struct folded *d)
{
	struct group_atom a;

	switch (t->parts[part].kind) {
	case PART_SUM:
		if (group_read(t, rd, d->row, NULL, &a))
			add_sum(at, atom_wide(a));
		break;
	case PART_HIST:
		if (group_read(t, rd, d->row, NULL, &a))
			add_hist(t, at, atom_wide(a));
		break;
	case PART_DISTINCT:
		add_distinct(t, at, rd, d);
		break;
	default:
		set_latest(t, at, rd, d);
	}
}

void group_parts_fold(struct group_table *t, struct group *g, const struct row *r)
{
	const struct group_plan *plan = group_plan_of(t, r->schema);
	const struct group_read *rd = plan->reads + t->spec->key_count;
	const struct folded d = { r, t->folds_thread ? group_memo_of(t, r) : NULL };

	for (unsigned i = 0; i < t->part_count; i++, rd++)
		if (rd->how != READ_LACKS)
			fold_part(t, i, part_at(t, g, i), rd, &d);
}

/* ---- groups that are put together ---- */

static void merge_sum(struct part_sum *to, const struct part_sum *from)
{
	if (!from->total)
		return;
	if (!to->total || from->least < to->least)
		to->least = from->least;
	if (!to->total || from->greatest > to->greatest)
		to->greatest = from->greatest;
	to->total += from->total;
	to->sum += from->sum;
}

static void merge_rate(struct part_rate *to, const struct part_rate *from)
{
	to->before += from->before;
	to->rate += from->rate;
}

static void merge_latest(struct part_latest *to, const struct part_latest *from)
{
	if (from->value.class != CLASS_NONE &&
	    (to->value.class == CLASS_NONE || from->ts >= to->ts))
		*to = *from;
}

/* Bytes that a part takes besides the group. */
static size_t heap_of(uint8_t kind, const void *at)
{
	return kind == PART_HIST       ? loghist_bytes(at)
	       : kind == PART_DISTINCT ? distinct_bytes(at)
				       : 0;
}

void group_parts_merge(struct group_table *t, struct group *to, const struct group *from)
{
	for (unsigned i = 0; i < t->part_count; i++) {
		uint8_t kind = t->parts[i].kind;
		void *a = part_at(t, to, i);
		const void *b = part_at(t, from, i);

		t->heap -= heap_of(kind, a);
		switch (kind) {
		case PART_RATE:
			merge_rate(a, b);
			break;
		case PART_SUM:
			merge_sum(a, b);
			break;
		case PART_HIST:
			loghist_merge(a, b);
			break;
		case PART_DISTINCT:
			distinct_merge(a, b);
			break;
		default:
			merge_latest(a, b);
		}
		t->heap += heap_of(kind, a);
	}
}

size_t group_parts_bytes(const struct group_table *t, const struct group *g)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < t->part_count; i++)
		bytes += heap_of(t->parts[i].kind, part_at(t, g, i));
	return bytes;
}

void group_parts_done(struct group_table *t, struct group *g)
{
	for (unsigned i = 0; i < t->part_count; i++) {
		void *at = part_at(t, g, i);

		t->heap -= heap_of(t->parts[i].kind, at);
		if (t->parts[i].kind == PART_HIST)
			loghist_done(at);
		else if (t->parts[i].kind == PART_DISTINCT)
			distinct_done(at);
	}
}

void group_parts_each(const struct group_table *t, struct group *g,
		      void (*fn)(struct group_atom *a, void *data), void *data)
{
	for (unsigned i = 0; i < t->part_count; i++) {
		struct part_latest *l = part_at(t, g, i);

		if (t->parts[i].kind == PART_LATEST && l->value.class != CLASS_NONE)
			fn(&l->value, data);
	}
}
