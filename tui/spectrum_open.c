/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spectrum_open: which field is to be looked at.
 *
 * What is given, what is looked for first (how long something took), or what one types; candidates
 * are the numbers of the events that rows were seen of.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/summary.h"
#include "core/util.h"
#include "tui/spectrum.h"

#define USUAL "latency"

/* ---- numbers that rows have ---- */

struct fields {
	char **v;
	size_t count, cap;
};

static void add_field(struct fields *f, const char *event, const char *name)
{
	struct strbuf b = { 0 };

	if (event)
		strbuf_fmt(&b, "%s.", event);
	strbuf_str(&b, name);
	if (f->count == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 64;
		f->v = xrealloc(f->v, f->cap, sizeof(*f->v));
	}
	f->v[f->count++] = strbuf_take(&b);
}

/* Names that mean the row and not a field are left out. */
static bool is_right(const char *name)
{
	struct numeric *n = NULL;
	bool right = numeric_new(name, &n, NULL) >= 0;

	numeric_free(n);
	return right;
}

static void add_schema(struct fields *f, const struct schema *s)
{
	schema_for_each_field (s, field) {
		if (field->is_common || !numeric_fits(field))
			continue;
		if (is_right(field->name))
			add_field(f, NULL, field->name);
		add_field(f, s->name, field->name);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Rows there were of each schema, by its index; NULL when nobody counts. Caller frees. */
static uint64_t *count_rows(struct ui *ui, uint32_t *count)
{
	const struct summary *sum = deck_summary(ui_deck(ui));
	uint64_t *rows;

	*count = 0;
	if (!sum)
		return NULL;
	*count = sum->schema_cap;
	rows = xcalloc(*count + 1, sizeof(*rows));
	summary_totals(sum, rows, *count);
	return rows;
}

static void collect(struct ui *ui, struct fields *f)
{
	const struct source *src;
	uint32_t count;
	_cleanup_free_ uint64_t *rows = count_rows(ui, &count);

	for (unsigned i = 0; (src = store_source_at(deck_store(ui_deck(ui)), i)); i++) {
		for (unsigned id = 0; id <= SCHEMA_ID_MAX && !(src->flags & SOURCE_HIDDEN); id++) {
			const struct schema *s = src->schemas->by_id[id];

			if (s && (!rows || (s->index < count && rows[s->index])))
				add_schema(f, s);
		}
	}
	if (f->count)
		qsort(f->v, f->count, sizeof(*f->v), by_name);
}

static void fields_done(struct fields *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->v[i]);
	free(f->v);
}

static bool has_usual(struct ui *ui)
{
	struct fields f = { 0 };
	bool has = false;

	collect(ui, &f);
	for (size_t i = 0; i < f.count && !has; i++)
		has = !strcmp(f.v[i], USUAL);
	fields_done(&f);
	return has;
}

/* ---- asking ---- */

static const struct view_ops *dialog_of(enum action a)
{
	return a == ACT_HISTOGRAM ? &histogram_ops : &heatmap_ops;
}

static int check_field(const char *text, struct err *e, void *data)
{
	struct numeric *n = NULL;
	int rc = numeric_new(text, &n, e);

	(void)data;
	numeric_free(n);
	return rc == -EAGAIN ? 0 : rc < 0 ? -1 : 1;
}

static void complete_field(const char *text, size_t at, size_t *from, struct strbuf *out,
			   void *data)
{
	struct fields f = { 0 };

	*from = 0;
	collect(data, &f);
	for (size_t i = 0; i < f.count; i++)
		if (!strncmp(f.v[i], text, at) && (!i || strcmp(f.v[i], f.v[i - 1]) != 0))
			strbuf_fmt(out, "%s\n", f.v[i]);
	fields_done(&f);
}

static void take(struct ui *ui, enum action a, const char *text)
{
	if (text && *text)
		ui_dialog(ui, dialog_of(a), (void *)(uintptr_t)text);
}

static void take_histogram(const char *text, void *data)
{
	take(data, ACT_HISTOGRAM, text);
}

static void take_heat_map(const char *text, void *data)
{
	take(data, ACT_HEAT_MAP, text);
}

static void ask(struct ui *ui, enum action a)
{
	static const struct prompt_ops histogram = {
		.label = "histogram of",
		.check = check_field,
		.complete = complete_field,
		.done = take_histogram,
	};
	static const struct prompt_ops heat_map = {
		.label = "heat map of",
		.check = check_field,
		.complete = complete_field,
		.done = take_heat_map,
	};

	ui_prompt(ui, a == ACT_HISTOGRAM ? &histogram : &heat_map, "", ui);
}

bool spectrum_act(struct ui *ui, enum action a, const struct act_arg *arg)
{
	if (a != ACT_HISTOGRAM && a != ACT_HEAT_MAP)
		return false;
	if (arg->text)
		take(ui, a, arg->text);
	else if (has_usual(ui))
		take(ui, a, USUAL);
	else
		ask(ui, a);
	return true;
}
