/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts: see counts.h.
 *
 * Records of a kernel's map: what is read of them is inside their size, whatever the schema says.
 */
#include "core/counts.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"

struct counts *counts_new(const struct schema *schema, uint32_t size)
{
	struct counts *t = xcalloc(1, sizeof(*t));

	t->schema = schema;
	t->size = size;
	t->stride = (size + 7) & ~7u;
	return t;
}

void counts_free(struct counts *t)
{
	if (!t)
		return;
	free(t->records);
	free(t->reason);
	free(t);
}

uint8_t *counts_add(struct counts *t)
{
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->records = xrealloc(t->records, t->cap, t->stride);
	}
	memset(t->records + t->count * t->stride, 0, t->stride);
	t->by_key = false;
	return t->records + t->count++ * t->stride;
}

/* ---- numbers ---- */

/* Of an array; false when it is none. */
static bool sum_of(const struct counts *t, const struct field *f, const uint8_t *rec, uint64_t *ret)
{
	uint32_t len = 0;
	const uint8_t *p = field_bytes(t->schema, f, rec, t->size, &len);

	*ret = 0;
	if (!p || f->kind != FIELD_ARRAY || !f->elem_size)
		return false;
	for (uint32_t at = 0; at + f->elem_size <= len; at += f->elem_size)
		*ret += field_load(t->schema->machine, p + at, f->elem_size, f->is_signed);
	return true;
}

static int compare_bytes(const struct counts *t, const uint8_t *a, const uint8_t *b,
			 const struct field *f)
{
	uint32_t la = 0, lb = 0;
	const uint8_t *pa, *pb;
	int d = 0;

	if (f->kind == FIELD_STRING) {
		pa = (const uint8_t *)field_str(t->schema, f, a, t->size, &la);
		pb = (const uint8_t *)field_str(t->schema, f, b, t->size, &lb);
	} else {
		pa = field_bytes(t->schema, f, a, t->size, &la);
		pb = field_bytes(t->schema, f, b, t->size, &lb);
	}
	if (pa && pb)
		d = memcmp(pa, pb, MIN(la, lb));
	return d ? d : la < lb ? -1 : la > lb;
}

int counts_compare(const struct counts *t, size_t a, size_t b, const struct field *f)
{
	const uint8_t *ra = counts_at(t, a), *rb = counts_at(t, b);
	uint64_t va = 0, vb = 0;

	if (f->kind == FIELD_INT) {
		field_int(t->schema, f, ra, t->size, &va);
		field_int(t->schema, f, rb, t->size, &vb);
		if (f->is_signed)
			return (int64_t)va < (int64_t)vb ? -1 : (int64_t)va > (int64_t)vb;
		return va < vb ? -1 : va > vb;
	}
	if (!sum_of(t, f, ra, &va) || !sum_of(t, f, rb, &vb))
		return compare_bytes(t, ra, rb, f);
	return va < vb ? -1 : va > vb;
}

/* ---- order ---- */

static const struct field *keys_of(const struct counts *t, unsigned *count)
{
	unsigned all = (unsigned)(t->schema->count - t->schema->common_count);

	*count = MIN(t->keys, all);
	return t->schema->fields + t->schema->common_count;
}

struct ordering {
	const struct counts *t;
	const struct field *f;
	bool down;
};

static int compare_rows(const void *a, const void *b, void *data)
{
	const struct ordering *o = data;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int d = counts_compare(o->t, x, y, o->f);
	unsigned count;
	const struct field *keys = keys_of(o->t, &count);

	if (o->down)
		d = -d;
	for (unsigned i = 0; i < count && !d; i++)
		d = counts_compare(o->t, x, y, &keys[i]);
	return d;
}

void counts_order(const struct counts *t, const struct field *f, bool down, uint32_t *order)
{
	struct ordering o = { t, f, down };

	for (size_t i = 0; i < t->count; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, t->count, sizeof(*order), compare_rows, &o);
}

/* By the bytes of the key: any order does. */
static int compare_keys(const void *a, const void *b, void *data)
{
	const struct counts *t = data;
	unsigned count;
	const struct field *f = keys_of(t, &count);

	for (unsigned i = 0; i < count; i++) {
		uint32_t la = 0, lb = 0;
		const uint8_t *pa = field_bytes(t->schema, &f[i], a, t->size, &la);
		const uint8_t *pb = field_bytes(t->schema, &f[i], b, t->size, &lb);
		int d = pa && pb ? memcmp(pa, pb, MIN(la, lb)) : 0;

		if (d || la != lb)
			return d ? d : la < lb ? -1 : 1;
	}
	return 0;
}

const uint8_t *counts_find(struct counts *in, const uint8_t *rec)
{
	size_t lo = 0, hi = in->count;

	if (!in->by_key && in->count)
		qsort_r(in->records, in->count, in->stride, compare_keys, in);
	in->by_key = true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = compare_keys(counts_at(in, mid), rec, in);

		if (!d)
			return counts_at(in, mid);
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void counts_remove(struct counts *t, struct counts *others)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (counts_find(others, counts_at(t, i)))
			continue;
		if (kept != i)
			memcpy(t->records + kept * t->stride, counts_at(t, i), t->stride);
		kept++;
	}
	t->count = kept;
}

/* ---- slots ---- */

uint64_t counts_values(const struct counts *t, const uint8_t *rec)
{
	uint64_t n = 0;

	if (t->slots)
		sum_of(t, t->slots, rec, &n);
	return n;
}

/* Within a slot values are taken for evenly spread. */
double counts_quantile(const struct counts *t, const uint8_t *rec, double q)
{
	double wanted = q * (double)counts_values(t, rec), seen = 0, value = 0;
	uint32_t len = 0, size = t->slots ? t->slots->elem_size : 0;
	const uint8_t *p = size ? field_bytes(t->schema, t->slots, rec, t->size, &len) : NULL;

	for (uint32_t i = 0; p && i < len / size && i < 64; i++) {
		double n = (double)field_load(t->schema->machine, p + i * size, size, false);
		double low = i ? (double)(1ULL << i) : 0, high = 2.0 * (double)(1ULL << i);

		if (n <= 0)
			continue;
		value = seen + n >= wanted ? low + (high - low) * (wanted - seen) / n : high;
		seen += n;
		if (seen >= wanted)
			break;
	}
	return value;
}
