/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counting: see the header.
 */
#include "cli/counting.h"

#include <stdlib.h>
#include <string.h>

#include "cli/choice.h"
#include "core/arena.h"
#include "core/identity.h"
#include "core/summary.h"
#include "core/util.h"

#define SLICE ((size_t)4 << 20)

bool counting_wanted(const struct opts *o)
{
	return o->by || o->show || o->sort || o->histogram || o->filter || choice_pairs(o) ||
	       (o->args.count && o->events.count);
}

/* ---- the command line ---- */

/* The name of a column: of a key or a measure. */
static const char *column_name(size_t i, void *data)
{
	const struct group_spec *s = data;

	if (i < s->key_count)
		return s->keys[i].text;
	i -= s->key_count;
	return i < s->measure_count ? s->measures[i].text : NULL;
}

/* Without --sort: what comes most often, or the first thing that is measured. */
static void sort_usual(struct counting *c)
{
	c->sort = c->spec->key_count;
	for (unsigned i = 0; i < c->spec->measure_count; i++)
		if (c->spec->measures[i].kind == MEASURE_COUNT)
			c->sort = c->spec->key_count + i;
	c->down = true;
}

static int parse_sort(struct counting *c, const char *text, struct err *e)
{
	unsigned count = c->spec->key_count + c->spec->measure_count;
	bool other_way = *text == '-';
	const char *near;

	text += other_way;
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(column_name(i, c->spec), text) != 0)
			continue;
		c->sort = i;
		c->down = (i >= c->spec->key_count) != other_way;
		return 0;
	}
	near = util_nearest(text, column_name, count, c->spec);
	return err_set(e, -EINVAL, "--sort: there is no column '%.64s'%s%s%s", text,
		       near ? "; nearest is '" : "", near ? near : "", near ? "'" : "");
}

int counting_parse(struct counting *c, const struct opts *o, struct err *e)
{
	unsigned parts = 0;
	int rc;

	*c = (struct counting) { .opts = o, .until = 0, .from = 1 };
	if (!o->by && (o->show || o->sort))
		return err_set(e, -EINVAL, "%s shows groups: say --by comm, or what you like",
			       o->show ? "--show" : "--sort");
	if (o->by && o->histogram)
		return err_set(e, -EINVAL, "either --by or --histogram");
	rc = o->histogram ? numeric_new(o->histogram, &c->number, e) : 0;
	if (rc < 0)
		return rc;
	if (o->by || o->histogram)
		parts |= CHOICE_PIDS;
	if (o->args.count || choice_pairs(o))
		parts |= CHOICE_EVENTS;
	c->among = choice_among(o);
	rc = choice_filter(o, parts, &c->filter, e);
	if (rc < 0 || !o->by)
		return rc;
	rc = group_spec_parse(o->by, o->show, &c->spec, e);
	if (rc < 0)
		return rc;
	sort_usual(c);
	return o->sort ? parse_sort(c, o->sort, e) : 0;
}

void counting_memory(const struct counting *c, uint64_t usual, uint64_t *store, uint64_t *groups)
{
	uint64_t all = c->opts->memory;

	*store = all ? all : usual;
	*groups = 0;
	if (!c->spec || !all)
		return;
	*groups = all / 2;
	*store = MAX(all / 2, DECK_MEMORY_LEAST);
}

/* ---- checking ---- */

/* Fields are those of the events that the sources know. */
static int check_fields(struct counting *c, struct deck *d, struct err *e)
{
	const struct schema_set **sets = NULL;
	const struct source *src;
	size_t count = 0;
	int rc;

	for (; (src = store_source_at(deck_store(d), (unsigned)count)); count++) {
		sets = xrealloc(sets, count + 1, sizeof(struct schema_set *));
		sets[count] = src->schemas;
	}
	rc = c->spec ? group_spec_check(c->spec, c->opts->by, c->opts->show, sets, count, e)
		     : numeric_check(c->number, sets, count, e);
	free(sets);
	return rc;
}

int counting_check(struct counting *c, struct deck *d, struct err *e)
{
	int rc = 0;

	c->deck = d;
	if (c->filter && c->opts->args.count)
		rc = choice_times(&c->filter, d, e);
	if (rc >= 0 && c->filter)
		rc = c->opts->args.count ? choice_check(c->filter, d, e)
					 : choice_check_capture(c->filter, d, e);
	if (rc >= 0 && c->filter)
		choice_notes(c->opts, d);
	if (rc >= 0 && (c->spec || c->number))
		rc = check_fields(c, d, e);
	return rc;
}

/* ---- counting by thread and event ---- */

static void take_row(void *data, const struct row *r)
{
	struct counting *c = data;
	const struct identity *id = deck_identity(c->deck);

	if (!r->schema)
		return;
	if (r->tid != c->tid || r->ts < c->from || r->ts >= c->until) {
		c->tid = r->tid;
		c->task = summary_task(c->summary, id, r->tid, r->ts);
		identity_span(id, r->tid, r->ts, &c->from, &c->until);
	}
	summary_fold(c->summary, c->task, r->schema, r->ts);
}

static void forget_thread(struct counting *c)
{
	c->from = 1;
	c->until = 0;
}

static void begin_page(void *data, const struct run *r)
{
	(void)r;
	forget_thread(data);
}

static void restart(void *data)
{
	struct counting *c = data;

	summary_reset(c->summary);
	forget_thread(c);
}

static const struct fold_ops summary_ops = {
	.row = take_row,
	.page = begin_page,
	.restart = restart,
};

/* ---- following ---- */

void counting_open(struct counting *c, uint64_t memory)
{
	struct fold_conf f = {
		.store = deck_store(c->deck),
		.filter = c->filter,
		.among = c->among,
		.identity = deck_identity(c->deck),
	};

	if (c->spec) {
		struct group_conf g = {
			.spec = c->spec,
			.identity = deck_identity(c->deck),
			.memory = memory,
		};

		c->table = group_new(&g);
		f.ops = &group_fold_ops;
		f.data = c->table;
	} else if (c->number) {
		struct heat_conf h = {
			.field = c->number, .to = UINT64_MAX, .step = UINT64_MAX, .slots = 1
		};

		f.ops = &heat_fold_ops;
		f.data = c->heat = heat_new(&h);
	} else {
		c->summary = summary_new();
		f.ops = &summary_ops;
		f.data = c;
	}
	c->fold = fold_new(&f);
}

void counting_work(struct counting *c)
{
	uint64_t horizon = deck_horizon(c->deck);

	while (fold_work(c->fold, horizon, SLICE))
		continue;
	store_forget(deck_store(c->deck), horizon);
}

void counting_keep(struct counting *c)
{
	if (!c->fold || c->heat)
		return;
	if (c->table) {
		group_settle(c->table);
	} else {
		summary_settle(c->summary, deck_identity(c->deck));
		forget_thread(c);
	}
}

/* By the column, then by the keys from the first on, so that it is the same each time. */
static int compare(const void *a, const void *b, void *data)
{
	const struct counting *c = data;
	const uint32_t rows[2] = { *(const uint32_t *)a, *(const uint32_t *)b };
	int by = group_order(c->table, rows, c->sort, c->down);

	for (unsigned i = 0; !by && i < c->spec->key_count; i++)
		by = group_order(c->table, rows, i, false);
	return by;
}

void counting_sort(struct counting *c)
{
	c->count = group_count(c->table);
	c->order = xrealloc(c->order, MAX(c->count, 1u), sizeof(*c->order));
	for (uint32_t i = 0; i < c->count; i++)
		c->order[i] = i;
	qsort_r(c->order, c->count, sizeof(*c->order), compare, c);
}

void counting_done(struct counting *c)
{
	fold_free(c->fold);
	group_free(c->table);
	heat_free(c->heat);
	numeric_free(c->number);
	group_spec_free(c->spec);
	summary_free(c->summary);
	filter_free(c->filter);
	filter_free(c->among);
	free(c->order);
	*c = (struct counting) { 0 };
}
