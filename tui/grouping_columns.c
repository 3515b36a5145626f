/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grouping_columns: what stands in the cells of a table of groups.
 *
 * A column for each key and each measure; its name is what was typed without blanks, its title the
 * same where a field is meant, else in capitals. Widths are those of the rows that are shown.
 */
#include <ctype.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/grouping.h"

enum { ROOM_FOR_ARROW = 1, LEAST_NUMBER = 6, WORTH_KEY = 200, WORTH_MEASURE = 150 };

/* ---- columns ---- */

static const struct key_kind {
	enum look look;
	bool right, tail;
} key_kinds[] = {
	[GROUP_FIELD] = { .look = LOOK_VALUE },
	[GROUP_EVENT] = { .look = LOOK_EVENT, .tail = true },
	[GROUP_SYSTEM] = { .look = LOOK_EVENT },
	[GROUP_BACKEND] = { .look = LOOK_DIM },
	[GROUP_CPU] = { .look = LOOK_CPU, .right = true },
	[GROUP_PROCESS] = { .look = LOOK_COMM },
	[GROUP_THREAD] = { .look = LOOK_COMM },
	[GROUP_PID] = { .look = LOOK_PID, .right = true },
	[GROUP_TID] = { .look = LOOK_PID, .right = true },
	[GROUP_PPID] = { .look = LOOK_PID, .right = true },
	[GROUP_COMM] = { .look = LOOK_COMM },
	[GROUP_EXE] = { .look = LOOK_COMM, .tail = true },
	[GROUP_UID] = { .look = LOOK_PID, .right = true },
	[GROUP_USER] = { .look = LOOK_COMM },
	[GROUP_CGROUP] = { .look = LOOK_TEXT, .tail = true },
	[GROUP_CONTAINER] = { .look = LOOK_COMM },
	[GROUP_SYSCALL] = { .look = LOOK_EVENT },
};

/* As it was typed, without what would part it in a list of columns. */
static const char *name_of(struct arena *a, const char *text)
{
	struct strbuf b = { 0 };
	char *name;

	for (const char *p = text; *p; p++)
		if (!isspace((unsigned char)*p) && *p != ',')
			strbuf_char(&b, *p);
	name = arena_strndup(a, strbuf_cstr(&b), b.len);
	strbuf_done(&b);
	return name;
}

static const char *capitals(struct arena *a, const char *text)
{
	char *title = arena_strndup(a, text, strlen(text));

	for (char *p = title; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return title;
}

static void add_key(struct grouping *g, unsigned i)
{
	const struct group_key *k = &g->spec->keys[i];
	const struct key_kind *kind = &key_kinds[k->kind];
	const char *name = name_of(&g->spec->arena, k->text);

	g->columns[i] = (struct table_column) {
		.name = name,
		.title = k->kind == GROUP_FIELD ? k->field.name : capitals(&g->spec->arena, name),
		.worth = (uint8_t)(WORTH_KEY - i),
		.right = kind->right,
		.tail = kind->tail,
		.look = kind->look,
	};
}

static void add_measure(struct grouping *g, unsigned i)
{
	const struct group_measure *m = &g->spec->measures[i];
	const char *name = name_of(&g->spec->arena, m->text), *title = name;
	bool time = m->kind == MEASURE_FIRST || m->kind == MEASURE_LAST;

	if (m->kind == MEASURE_RATE)
		title = "RATE/s";
	else if (!m->field.name)
		title = capitals(&g->spec->arena, name);
	g->columns[g->spec->key_count + i] = (struct table_column) {
		.name = name,
		.title = title,
		.worth = (uint8_t)(WORTH_MEASURE - i),
		.right = m->kind != MEASURE_LATEST,
		.look = time			    ? LOOK_TIME
			: m->kind == MEASURE_LATEST ? LOOK_VALUE
						    : LOOK_NUMBER,
	};
}

void grouping_columns(struct grouping *g)
{
	for (unsigned i = 0; i < g->spec->key_count; i++)
		add_key(g, i);
	for (unsigned i = 0; i < g->spec->measure_count; i++)
		add_measure(g, i);
	g->column_count = g->spec->key_count + g->spec->measure_count;
}

/* Whether a word alone means something else than a field. */
static bool is_key(const char *word)
{
	struct group_spec *s = NULL;
	bool field = group_spec_parse(word, NULL, &s, NULL) >= 0 && s->keys[0].kind == GROUP_FIELD;

	group_spec_free(s);
	return !field;
}

/* The words of what is measured; a count is of the rows themselves. */
bool grouping_column_key(const struct grouping *g, unsigned column, struct strbuf *out)
{
	const struct group_measure *m;
	const struct group_field *f;

	if (column < g->spec->key_count) {
		strbuf_str(out, g->spec->keys[column].text);
		return true;
	}
	m = &g->spec->measures[column - g->spec->key_count];
	f = &m->field;
	if (!f->name)
		return false;
	if (m->of == GROUP_FIELD && !f->event && is_key(f->name))
		strbuf_char(out, '.');
	if (f->system)
		strbuf_fmt(out, "%s:", f->system);
	if (f->event)
		strbuf_fmt(out, "%s.", f->event);
	strbuf_str(out, f->name);
	return true;
}

/* ---- cells ---- */

/* Whether a measure can but grow with the rows of a group that are in "other". */
static bool grows(const struct group_measure *m)
{
	return m->kind == MEASURE_COUNT || m->kind == MEASURE_RATE || m->kind == MEASURE_SHARE ||
	       m->kind == MEASURE_DISTINCT || m->kind == MEASURE_MAX;
}

/* What is measured of a group that may have more rows: "at least", or nobody knows what. */
static void mark_partial(const struct grouping *g, unsigned column, struct table_cell *cell)
{
	if (grows(&g->spec->measures[column - g->spec->key_count]))
		strbuf_char(cell->text, '+');
	cell->look = LOOK_WARN;
}

static void put_cell(const struct grouping *g, uint32_t row, unsigned column,
		     struct table_cell *cell)
{
	bool other = group_is_other(g->shown, row), key = column < g->spec->key_count;
	size_t before = cell->text->len;
	struct group_value v;

	if (other && key) {
		if (column == 0) {
			strbuf_str(cell->text, "other: <="); /* who came again counts again */
			strbuf_count(cell->text, group_joined(g->shown));
		}
		cell->look = LOOK_WARN;
		return;
	}
	group_value(g->shown, row, column, &v);
	if (v.type != GROUP_NONE)
		group_text(g->shown, row, column, cell->text);
	if (cell->text->len > before) {
		if (!key && group_is_partial(g->shown, row))
			mark_partial(g, column, cell);
		return;
	}
	strbuf_str(cell->text, key ? "(none)" : "-");
	cell->look = LOOK_DIM;
}

static uint64_t model_rows(const void *data)
{
	return ((const struct grouping *)data)->count;
}

static void model_cell(const void *data, uint64_t place, unsigned column, struct table_cell *cell)
{
	const struct grouping *g = data;
	uint32_t row;

	if (column < g->column_count && grouping_at(g, place, &row))
		put_cell(g, row, column, cell);
}

const struct table_model grouping_model = {
	.rows = model_rows,
	.cell = model_cell,
};

int grouping_width(const struct grouping *g, unsigned column, uint64_t top, unsigned count)
{
	const struct table_column *c = &g->columns[column];
	_cleanup_strbuf_ struct strbuf text = { 0 };
	int width = text_width(c->title, strlen(c->title)) + ROOM_FOR_ARROW;

	if (c->right)
		width = MAX(width, LEAST_NUMBER);
	for (uint64_t i = top; i < g->count && i - top < count; i++) {
		struct table_cell cell = { .text = &text };
		int used;

		strbuf_clear(&text);
		model_cell(g, i, column, &cell);
		used = text_width(strbuf_cstr(&text), text.len);
		width = MAX(width, used);
	}
	return width;
}
