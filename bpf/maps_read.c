/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maps_read: the entries of a map as records, those of all CPUs put together.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/maps.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

#define BATCH	     1024
#define ENTRIES_MAX  (1u << 20)
#define BATCH_MAX    (8u << 20) /* bytes */
#define NOT_POSSIBLE 524	/* the kernel's own ENOTSUPP */

struct reader {
	const struct bpf_table *t;
	struct counts *to;
	unsigned id;
	uint32_t cpus, stride;	 /* of the values of an entry */
	uint32_t key_room, size; /* of an entry as its layout has it */
	uint8_t *entry, *record, *zero;
	uint64_t *sums; /* a bit for each field: its values are added up */
};

static bool lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; p && *p; p += strcspn(p, ", "), p += strspn(p, ", "))
		if (strcspn(p, ", ") == len && !strncmp(p, word, len))
			return true;
	return false;
}

/* Which fields are added up. */
static void choose_sums(struct reader *r)
{
	const struct schema *s = r->to->schema;
	const char *histogram = r->t->histogram;

	r->sums = xcalloc((size_t)s->count / 64 + 1, sizeof(*r->sums));
	for (unsigned i = 0; i < s->count; i++) {
		const char *name = s->fields[i].name;

		if (lists(r->t->counts, name) || (histogram && !strcmp(histogram, name)))
			r->sums[i / 64] |= 1ULL << i % 64;
	}
}

static void put_number(uint8_t *p, unsigned size, uint64_t v)
{
	if (size == 1)
		*p = (uint8_t)v;
	else if (size == 2)
		store_u16(p, (uint16_t)v);
	else if (size == 4)
		store_u32(p, (uint32_t)v);
	else
		store_u64(p, v);
}

static void join_numbers(const struct field *f, bool sum, uint8_t *to, const uint8_t *from)
{
	const struct machine here = { .long_size = sizeof(long) };
	unsigned size = f->kind == FIELD_ARRAY ? f->elem_size : f->size;

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return;
	for (uint32_t at = 0; at + size <= f->size; at += size) {
		uint64_t a = field_load(here, to + at, size, f->is_signed);
		uint64_t b = field_load(here, from + at, size, f->is_signed);
		bool more = f->is_signed ? (int64_t)b > (int64_t)a : b > a;

		put_number(to + at, size, sum ? a + b : more ? b : a);
	}
}

/* Puts the values of another CPU to those of a record. */
static void join(const struct reader *r, uint8_t *to, const uint8_t *from)
{
	const struct schema *s = r->to->schema;

	for (unsigned i = s->common_count + r->to->keys; i < s->count; i++) {
		const struct field *f = &s->fields[i];

		if (f->place != FIELD_FIXED || f->offset + f->size > r->to->size)
			continue;
		if (f->kind == FIELD_INT || f->kind == FIELD_ARRAY)
			join_numbers(f, r->sums[i / 64] >> i % 64 & 1, to + f->offset,
				     from + f->offset);
	}
}

/* One entry: its key and a value for each CPU. */
static void add_entry(struct reader *r, const uint8_t *key, const uint8_t *values)
{
	uint8_t *rec = NULL;

	for (uint32_t i = 0; i < r->cpus; i++) {
		const uint8_t *value = values + (size_t)i * r->stride;
		/* An array has all its entries at any time: those of nothing say nothing. */
		bool nothing = !memcmp(value, r->zero, r->t->value_size);

		if (nothing && (r->t->is_array || i + 1 < r->cpus || rec))
			continue;
		memcpy(r->entry, key, r->t->key_size);
		memcpy(r->entry + r->key_room, value, r->t->value_size);
		layout_put(&r->t->layout, r->id, r->entry, r->size, r->record);
		if (rec) {
			join(r, rec, r->record);
			continue;
		}
		rec = counts_add(r->to);
		memcpy(rec, r->record, MIN(r->to->size, layout_record(&r->t->layout, r->size)));
	}
}

/* One by one, where the kernel knows no batches of this kind of map. */
static int read_singly(struct reader *r, struct err *e)
{
	_cleanup_free_ uint8_t *keys = xcalloc(2, MAX(r->t->key_size, 1));
	_cleanup_free_ uint8_t *values = xcalloc(r->cpus, r->stride);
	uint8_t *next = keys, *last = NULL;

	for (uint32_t n = 0; n < ENTRIES_MAX; n++) {
		if (bpf_map_get_next_key(r->t->fd, last, next) < 0)
			return errno == ENOENT ? 0 : err_errno(e, "%s", r->t->map);
		if (bpf_map_lookup_elem(r->t->fd, next, values) == 0)
			add_entry(r, next, values);
		last = next;
		next = next == keys ? keys + r->t->key_size : keys;
	}
	return 0;
}

struct batch {
	uint8_t *keys, *values;
	uint32_t room;
};

static int batch_size(struct batch *b, const struct reader *r, uint32_t n)
{
	uint64_t bytes = (uint64_t)n * (r->t->key_size + (uint64_t)r->stride * r->cpus);

	if (bytes > BATCH_MAX && n > 1)
		return -ENOMEM;
	b->room = n;
	b->keys = xrealloc(b->keys, n, MAX(r->t->key_size, 1));
	b->values = xrealloc(b->values, n, (size_t)r->stride * r->cpus);
	return 0;
}

static int read_batches(struct reader *r, struct batch *b, struct err *e)
{
	uint64_t token[2][8] = { 0 }; /* where the next batch begins: at most a key */
	uint32_t total = 0;
	bool first = true, end = false;
	unsigned turn = 0;

	if (r->t->key_size > sizeof(token[0]))
		return -NOT_POSSIBLE;
	while (!end && total < ENTRIES_MAX) {
		uint32_t n = b->room;

		if (bpf_map_lookup_batch(r->t->fd, first ? NULL : token[turn], token[!turn],
					 b->keys, b->values, &n, NULL) < 0) {
			if (errno == ENOSPC && batch_size(b, r, b->room * 2) >= 0)
				continue; /* a bucket that is larger */
			if (errno != ENOENT)
				return first ? -NOT_POSSIBLE : err_errno(e, "%s", r->t->map);
			end = true;
		}
		for (uint32_t i = 0; i < n; i++)
			add_entry(r, b->keys + (size_t)i * r->t->key_size,
				  b->values + (size_t)i * r->stride * r->cpus);
		total += n;
		turn = !turn;
		first = false;
	}
	return 0;
}

static void reader_open(struct reader *r, const struct bpf_table *t, unsigned id, struct counts *to)
{
	*r = (struct reader) { .t = t, .to = to, .id = id, .cpus = 1 };
	if (t->is_percpu)
		r->cpus = (uint32_t)MAX(libbpf_num_possible_cpus(), 1);
	r->stride = t->is_percpu ? (t->value_size + 7) & ~7u : t->value_size;
	r->key_room = (t->key_size + 7) & ~7u;
	r->size = r->key_room + t->value_size;
	r->entry = xcalloc(1, r->size);
	r->record = xcalloc(1, MAX(layout_record(&t->layout, r->size), to->size));
	r->zero = xcalloc(1, MAX(t->value_size, 1));
	choose_sums(r);
}

static void reader_close(struct reader *r)
{
	free(r->entry);
	free(r->record);
	free(r->zero);
	free(r->sums);
}

int maps_read(const struct bpf_table *t, unsigned id, struct counts *to, struct err *e)
{
	uint32_t n = MIN(BATCH, MAX(t->max_entries, 1));
	struct batch b = { 0 };
	struct reader r;
	int rc;

	reader_open(&r, t, id, to);
	while (batch_size(&b, &r, n) < 0)
		n /= 2;
	rc = read_batches(&r, &b, e);
	if (rc == -NOT_POSSIBLE)
		rc = read_singly(&r, e);
	free(b.keys);
	free(b.values);
	reader_close(&r);
	return rc;
}

int maps_take(const struct bpf_table *t, unsigned id, const uint8_t *keys, size_t count,
	      struct counts *to)
{
	_cleanup_free_ uint8_t *values = NULL;
	struct reader r;
	int rc = 0;

	reader_open(&r, t, id, to);
	values = xcalloc(r.cpus, MAX(r.stride, 1));
	for (size_t i = 0; i < count && !rc; i++) {
		const uint8_t *key = keys + i * t->key_size;

		if (!bpf_map_lookup_and_delete_elem(t->fd, key, values))
			add_entry(&r, key, values);
		else if (errno != ENOENT)
			rc = -ENOTSUP;
	}
	reader_close(&r);
	return rc;
}
