/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_tables: maps that a program counts in: once a second a row for each key that changed, and
 * the whole of it for whoever looks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/bpf_private.h"
#include "bpf/maps.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/row.h"
#include "core/util.h"

#define PERIOD NSEC_PER_SEC

/* ---- what a table is ---- */

static uint32_t key_room(const struct bpf_table *t)
{
	return (t->key_size + 7) & ~7u;
}

/* Whether a field stands in the key, or was computed of it. */
static bool is_key(const struct bpf_table *t, const struct field *f)
{
	const struct layout *l = &t->layout;
	uint32_t at = f->offset - TAP_COMMON;

	if (at >= l->shift)
		return at - l->shift < key_room(t);
	for (uint32_t i = 0; i < l->extra_count; i++)
		if (l->extras[i].to == at)
			return l->extras[i].at / 8 < key_room(t);
	return false;
}

static uint32_t count_keys(const struct bpf_table *t, const struct schema *s)
{
	uint32_t n = 0;

	while (s->common_count + n < s->count && is_key(t, &s->fields[s->common_count + n]))
		n++;
	return n;
}

static uint8_t unit_of(uint8_t option)
{
	return option == OPTION_NS ? UNIT_NS : option == OPTION_BYTES ? UNIT_SIZE : UNIT_NONE;
}

static struct counts *new_counts(const struct bpf_tracer *t, const struct bpf_table *table,
				 const struct schema *s)
{
	uint32_t size = layout_record(&table->layout, key_room(table) + table->value_size);
	struct counts *c = counts_new(s, size);

	c->keys = count_keys(table, s);
	c->since = t->on_since;
	c->ts = clock_mono();
	if (table->histogram) {
		c->slots = schema_field(s, table->histogram);
		c->unit = unit_of(table->histogram_unit);
		if (c->slots && c->slots->kind != FIELD_ARRAY)
			c->slots = NULL;
	}
	return c;
}

static struct counts *read_table(const struct bpf_tracer *t, size_t i, struct err *e)
{
	const struct bpf_table *table = &t->load->tables[i];
	struct counts *c = new_counts(t, table, t->table_events[i].schema);
	struct tap_counts own;

	if (maps_read(table, t->table_events[i].id, c, e) < 0) {
		counts_free(c);
		return NULL;
	}
	if (t->load->counts >= 0 && maps_counts(t->load->counts, &own, NULL) >= 0)
		c->missed = own.full, c->unknown = own.missed;
	if (t->left)
		c->let_go = t->left[i];
	return c;
}

void bpf_tables_done(struct bpf_tracer *t)
{
	for (size_t i = 0; t->before && t->load && i < t->load->table_count; i++)
		counts_free(t->before[i]);
	free(t->before);
	free(t->left);
	t->before = NULL;
	t->left = NULL;
}

/* ---- rows ---- */

static bool grows(const struct bpf_table *t, const struct field *f)
{
	const char *p = t->counts ? t->counts : "";
	size_t len = strlen(f->name);

	if (t->histogram && !strcmp(t->histogram, f->name))
		return true;
	for (; *p; p += strcspn(p, ", "), p += strspn(p, ", "))
		if (strcspn(p, ", ") == len && !strncmp(p, f->name, len))
			return true;
	return false;
}

static void store_number(uint8_t *p, unsigned size, uint64_t v)
{
	if (size == 8)
		store_u64(p, v);
	else if (size == 4)
		store_u32(p, (uint32_t)v);
	else if (size == 2)
		store_u16(p, (uint16_t)v);
	else if (size == 1)
		*p = (uint8_t)v;
}

/* What a field that only grows has grown by. */
static void subtract(const struct field *f, uint8_t *rec, const uint8_t *before)
{
	const struct machine here = { .long_size = sizeof(long) };
	unsigned size = f->kind == FIELD_ARRAY ? f->elem_size : f->size;

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return;
	for (uint32_t at = f->offset; at + size <= f->offset + f->size; at += size) {
		uint64_t now = field_load(here, rec + at, size, false);
		uint64_t was = field_load(here, before + at, size, false);

		store_number(rec + at, size, now >= was ? now - was : now);
	}
}

/* A count that is nobody's own. The process 0 of a name that is not the idle thread's is said where
 * all processes of the name are counted together. */
static bool is_of_many(const struct bpf_table *table, const uint8_t *row, uint32_t size)
{
	static const char idle[] = "swapper";
	const struct layout *l = &table->layout;
	uint32_t at = TAP_COMMON + l->shift + l->comm.at, len = sizeof(idle) - 1;

	if (!l->tid.size && !l->pid.size)
		return true;
	return !load_u32(row + 4) && l->comm.size > len && at + l->comm.size <= size &&
	       memcmp(row + at, idle, len) != 0;
}

static void put_row(struct bpf_tracer *t, const struct bpf_table *table, const struct counts *c,
		    const uint8_t *rec, const uint8_t *before)
{
	const struct schema *s = c->schema;
	uint8_t *row = stage_put(t->b->stage, CPU_NONE, c->ts, c->size);

	t->events++;
	if (!row)
		return;
	memcpy(row, rec, c->size);
	if (is_of_many(table, row, c->size))
		store_u32(row + 4, UINT32_MAX);
	for (unsigned i = s->common_count; before && i < s->count; i++) {
		const struct field *f = &s->fields[i];

		if (f->place == FIELD_FIXED && f->offset + f->size <= c->size && grows(table, f))
			subtract(f, row, before);
	}
}

/* Of all that is not as it was. */
static void put_rows(struct bpf_tracer *t, const struct bpf_table *table, const struct counts *c,
		     struct counts *before)
{
	for (size_t k = 0; k < c->count; k++) {
		const uint8_t *rec = counts_at(c, k);
		const uint8_t *was = before ? counts_find(before, rec) : NULL;

		if (!was || memcmp(was, rec, c->size) != 0)
			put_row(t, table, c, rec, was);
	}
}

/* Makes room in a map that fills. What was counted until its keys left is given as rows, too. */
static void let_go(struct bpf_tracer *t, size_t i, struct counts *c, struct counts *before)
{
	const struct bpf_table *table = &t->load->tables[i];
	struct counts *gone;
	uint8_t *keys;
	size_t count = bpf_ended_keys(t, table, c, before, &keys);

	if (count) {
		gone = new_counts(t, table, c->schema);
		maps_take(table, t->table_events[i].id, keys, count, gone);
		put_rows(t, table, gone, c);
		counts_remove(c, gone);
		t->left[i] += gone->count;
		counts_free(gone);
	}
	free(keys);
}

/* Rows of a table: of what changed since it was read last. */
static int read_rows(struct bpf_tracer *t, size_t i, struct err *e)
{
	struct counts *c = read_table(t, i, e), *before = t->before[i];

	if (!c)
		return e && e->code ? e->code : -EIO;
	put_rows(t, &t->load->tables[i], c, before);
	let_go(t, i, c, before);
	counts_free(before);
	t->before[i] = c;
	return 0;
}

/* The same of all tables of a tracer. */
static int read_tables(struct bpf_tracer *t, struct err *e)
{
	int rc = 0;

	if (!t->before) {
		t->before = xcalloc(t->load->table_count, sizeof(struct counts *));
		t->left = xcalloc(t->load->table_count, sizeof(*t->left));
	}
	for (size_t k = 0; k < t->load->table_count && rc >= 0; k++)
		rc = read_rows(t, k, e);
	return rc;
}

void bpf_tables_rest(struct bpf_tracer *t)
{
	if (t->load && t->load->table_count)
		read_tables(t, NULL);
}

void bpf_tables_read(struct bpf_backend *b, bool final)
{
	uint64_t now = clock_mono();
	bool any = false;

	if (b->table_at == UINT64_MAX || (!final && now < b->table_at))
		return;
	for (size_t i = 0; i < b->tracer_count; i++) {
		struct bpf_tracer *t = b->tracers[i];
		struct err why = ERR_INIT;

		if (!t->load || !t->load->table_count)
			continue;
		any = true;
		if (read_tables(t, &why) >= 0)
			continue;
		bpf_tracer_unload(t); /* the others go on */
		bpf_tracer_failed(t, why.text);
	}
	b->table_at = any && !final ? now + PERIOD : UINT64_MAX;
}

/* ---- the whole of it ---- */

int bpf_tables_counts(struct backend *backend, const char *group, const char *name,
		      struct counts **ret, struct err *e)
{
	struct bpf_tracer *t = bpf_tracer_get(backend, group, name, e);
	const struct loader_answer *a;

	if (!t)
		return -ENOENT;
	a = t->load ? t->load : t->look;
	if (!a || a->err.code || !a->table_count || !t->table_event_count)
		return err_set(e, -ENODATA, "bpf:%s counts in no table%s", name,
			       a ? "" : ", as far as is known while it is off");
	if (!t->load) {
		*ret = new_counts(t, &a->tables[0], t->table_events[0].schema);
		(*ret)->reason = xstrdup(t->state == TRACER_STARTING ? "it is being loaded"
					 : t->state == TRACER_FAILED ? t->reason
								     : "it is off");
		return 0;
	}
	*ret = read_table(t, 0, e);
	return *ret ? 0 : e && e->code ? e->code : -EIO;
}
