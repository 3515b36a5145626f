/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_cells: how a line of the tracers pane looks.
 *
 * The glyph at the left edge says the state, so one look down the edge says what is on: a disc for
 * what gives events, a square for what counts in the kernel.
 */
#include <string.h>

#include "core/util.h"
#include "tui/tracers.h"

/*
 * CPU time of one event in ns: 67 to 84 for a small one, 160 for sched_switch to be written by the
 * kernel, up to 20 to be read and walked by us; measured. A hint, so one number for all.
 */
#define EVENT_COST 100

#define TEXT_INDENT 4 /* columns before the lines of a text */
#define KIND	    "  table"

struct picture {
	const struct tracers *t;
	int cols;
	bool ascii;
};

struct glyph_of {
	const char *s, *ascii;
	enum look look;
};

static const struct glyph_of on_glyph = { "●", "*", LOOK_ON };
static const struct glyph_of off_glyph = { "○", ".", LOOK_OFF };
static const struct glyph_of table_on_glyph = { "■", "#", LOOK_ON };
static const struct glyph_of table_off_glyph = { "□", "=", LOOK_OFF };
static const struct glyph_of some_glyph = { "◐", "-", LOOK_ON };
static const struct glyph_of failed_glyph = { "✗", "!", LOOK_ERROR };
static const struct glyph_of starting_glyph = { "…", "~", LOOK_WARN };
static const struct glyph_of no_glyph = { " ", " ", LOOK_DIM };

static const struct glyph_of *glyph_of_tracer(const struct node *n)
{
	switch (n->state) {
	case TRACER_ON:
		return n->gives == GIVES_TABLE ? &table_on_glyph : &on_glyph;
	case TRACER_STARTING:
		return &starting_glyph;
	case TRACER_FAILED:
		return &failed_glyph;
	case TRACER_OFF:
		break;
	}
	return n->gives == GIVES_TABLE ? &table_off_glyph : &off_glyph;
}

static const struct glyph_of *glyph_of(const struct node *n)
{
	if (n->kind == NODE_TRACER || n->kind == NODE_OTHER)
		return glyph_of_tracer(n);
	if (n->kind == NODE_MISSING)
		return &failed_glyph;
	if (n->kind == NODE_OTHERS)
		return &no_glyph;
	if (n->starting)
		return &starting_glyph;
	if (n->on)
		return n->total && n->on == n->total ? &on_glyph : &some_glyph;
	return n->failed ? &failed_glyph : &off_glyph;
}

/* 1234567 as 1.2M: four columns are all there is. */
static void put_short(struct strbuf *b, uint64_t n)
{
	static const char letters[] = " kMGTP";
	double v = (double)n;
	unsigned unit = 0;

	for (; v >= 999.5 && letters[unit + 1]; unit++)
		v /= 1000;
	if (!unit)
		strbuf_u64(b, n);
	else
		strbuf_fmt(b, v < 9.95 ? "%.1f%c" : "%.0f%c", v, letters[unit]);
}

/*
 * A name too long for its column loses its beginning: what belongs there is in the line of its
 * system, and sched_process_exec and sched_process_exit differ at the end. True when it is whole,
 * and more may stand behind it.
 */
static bool put_name(const struct picture *p, const struct node *n, unsigned indent,
		     struct strbuf *out, int *left)
{
	const char *name = n->label ? n->label : n->name, *at = name;
	int x, width = 0, room;

	for (unsigned i = 0; i < p->t->table.shown; i++)
		if (p->t->table.order[i] == COLUMN_NAME)
			table_place(&p->t->table, p->cols, i, &x, &width);
	room = width - (int)indent;
	*left = room - text_width(name, strlen(name));
	if (*left >= 0 || room < 4 || node_has_children(n)) {
		strbuf_str(out, name);
		return true;
	}
	while (*at && text_width(at, strlen(at)) + 1 > room)
		at += text_prefix(at, strlen(at), 1) ? text_prefix(at, strlen(at), 1) : 1;
	strbuf_fmt(out, "%s%s", p->ascii ? "~" : "…", at);
	return false;
}

static void name_cell(const struct picture *p, const struct node *n, struct table_cell *cell)
{
	bool folds = node_has_children(n) || n->kind == NODE_MISSING;
	bool open = n->unfolded || (p->t->search.narrow && n->count), whole;
	unsigned depth = 0;
	int left;

	for (const struct node *q = n->parent; q && q->parent; q = q->parent)
		depth++;
	for (unsigned i = 0; i < depth; i++)
		strbuf_char(cell->text, ' ');
	if (folds)
		strbuf_str(cell->text, open ? (p->ascii ? "v " : "▾ ") : (p->ascii ? "> " : "▸ "));
	else
		strbuf_char(cell->text, ' ');
	whole = put_name(p, n, depth + 1, cell->text, &left);
	if (n->kind == NODE_GROUP && n->on)
		strbuf_fmt(cell->text, n->total ? " %u/%u" : " %u", n->on, n->total);
	else if (n->kind == NODE_OTHERS && n->loaded)
		strbuf_fmt(cell->text, " %zu", n->count);
	else if (n->kind == NODE_OTHER && n->cost && whole)
		strbuf_fmt(cell->text, "  %s", n->cost);
	else if (n->gives == GIVES_TABLE && left >= (int)strlen(KIND))
		strbuf_str(cell->text, KIND);
	if (n->kind == NODE_BACKEND || n->kind == NODE_OTHERS)
		cell->look = LOOK_TEXT;
	else if (n->kind == NODE_GROUP)
		cell->look = n->on ? LOOK_TEXT : LOOK_DIM;
	else if (n->kind == NODE_MISSING || (n->kind == NODE_TRACER && !n->state))
		cell->look = LOOK_DIM;
	else if (n->state == TRACER_FAILED)
		cell->look = LOOK_ERROR;
	if (n->hit && n->kind == NODE_TRACER && p->t->search.narrow)
		cell->marks = MARK_HIT;
}

static bool is_live(const struct picture *p, const struct node *n)
{
	const struct backend *b = node_backend(p->t, n);

	return b && b->ops->caps & BACKEND_LIVE;
}

static void events_cell(const struct picture *p, const struct node *n, struct table_cell *cell)
{
	if (!n->meter || (!n->meter->events && n->kind != NODE_TRACER))
		return;
	if (!is_live(p, n)) {
		put_short(cell->text, n->meter->events);
		return;
	}
	if (!lines_is_on(n))
		return;
	put_short(cell->text, n->meter->rate);
	strbuf_str(cell->text, "/s");
	if (!n->meter->rate)
		cell->look = LOOK_DIM;
}

/* What its programs took of one CPU; else what its events cost, guessed by their number. */
static void cpu_cell(const struct picture *p, const struct node *n, struct table_cell *cell)
{
	bool measured;
	double percent;

	if (!is_live(p, n))
		return;
	measured = n->spent && cost_percent(n->spent, &percent);
	if (!measured && (!n->meter || !n->meter->rate))
		return;
	if (!measured)
		percent = (double)n->meter->rate * EVENT_COST / 1e9 * 100;
	if (percent < 0.1)
		strbuf_str(cell->text, "<0.1 %");
	else
		strbuf_fmt(cell->text, percent < 10 ? "%s%.1f %%" : "%s%.0f %%",
			   measured ? "" : "~", percent);
	if (percent >= 5)
		cell->look = LOOK_WARN;
}

/* How full a ring is; half of it is a storm that we do not keep up with. */
static void ring_cell(const struct run_cost *c, struct table_cell *cell)
{
	unsigned percent = c->room ? (unsigned)(c->held * 100 / c->room) : 0;

	if (!c->room)
		return;
	strbuf_fmt(cell->text, "%u %%", percent);
	if (percent >= 50)
		cell->look = LOOK_WARN;
}

static void cost_cell(const struct node *n, enum tracers_column column, struct table_cell *cell)
{
	const struct run_cost *c = n->spent;

	if (!c || n->state != TRACER_ON)
		return;
	if (column == COLUMN_RUNS && c->span) {
		put_short(cell->text, c->new_runs * NSEC_PER_SEC / c->span);
		strbuf_str(cell->text, "/s");
	} else if (column == COLUMN_EACH && c->new_runs) {
		strbuf_duration(cell->text, (double)c->new_ns / (double)c->new_runs);
	} else if (column == COLUMN_RING) {
		ring_cell(c, cell);
	} else if (column == COLUMN_LOST && c->lost) {
		put_short(cell->text, c->lost);
	}
}

static void draw_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct picture *p = data;
	const struct line_of *l = &p->t->lines[row];
	const struct node *n = l->node;
	const struct glyph_of *g = glyph_of(n);

	if (l->len)
		return;
	switch ((enum tracers_column)column) {
	case COLUMN_STATE:
		strbuf_str(cell->text, p->ascii ? g->ascii : g->s);
		cell->look = g->look;
		break;
	case COLUMN_NAME:
		name_cell(p, n, cell);
		break;
	case COLUMN_EVENTS:
		events_cell(p, n, cell);
		break;
	case COLUMN_TREND:
		if (n->meter && is_live(p, n) && n->kind != NODE_BACKEND) {
			cell->spark = n->meter->trend;
			cell->spark_count = TREND;
		}
		break;
	case COLUMN_CPU:
		cpu_cell(p, n, cell);
		break;
	case COLUMN_TOTAL:
		if (n->meter)
			strbuf_u64(cell->text, n->meter->events);
		break;
	case COLUMN_RUNS:
	case COLUMN_EACH:
	case COLUMN_RING:
	case COLUMN_LOST:
		cost_cell(n, (enum tracers_column)column, cell);
		break;
	}
}

static uint64_t count_lines(const void *data)
{
	return ((const struct picture *)data)->t->line_count;
}

static const struct table_model model = {
	.rows = count_lines,
	.cell = draw_cell,
};

/* Lines of text go over all columns. */
static void draw_texts(const struct tracers *t, struct area *a)
{
	for (int y = 1; y < a->rows && t->table.top + (uint64_t)y - 1 < t->line_count; y++) {
		const struct line_of *l = &t->lines[t->table.top + (uint64_t)y - 1];

		if (l->len)
			draw_text(a, y, TEXT_INDENT, a->cols - TEXT_INDENT,
				  l->node->kind == NODE_GROUP ? LOOK_DIM : LOOK_WARN,
				  lines_text(l->node) + l->from, l->len);
	}
}

/* Every state says what to press next. */
static void draw_empty(const struct tracers *t, struct area *a)
{
	struct strbuf key = { 0 };
	const char *what = "nothing is open yet";
	enum action way_out = ACT_NONE;

	if (t->search.narrow) {
		what = "no tracer has this name";
		way_out = ACT_CANCEL;
	} else if (t->only_on) {
		what = "nothing is on";
		way_out = ACT_ONLY_ON;
	}
	draw_str(a, 1, 1, LOOK_DIM, what);
	if (way_out && keymap_key(ui_keymap(t->ui), t->view->ops->name, way_out, &key))
		draw_fmt(a, 2, 1, LOOK_DIM, "%s shows all", key.s);
	strbuf_done(&key);
}

void lines_draw(const struct view *v, struct area *a)
{
	const struct tracers *t = tracers_of(v);
	struct picture p = { .t = t, .cols = a->cols, .ascii = a->canvas->ascii };

	draw_texts(t, a);
	table_draw(&t->table, &model, &p, a, v->focus);
	if (!t->line_count)
		draw_empty(t, a);
}
