/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups_find: searching the groups for text, in all cells that are shown.
 *
 * A search goes on in steps and ends where it began. Capitals in the text make it mind them.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"
#include "tui/groups.h"

#define SLICE	   (3 * NSEC_PER_MSEC)
#define CLOCK_MASK 63 /* the clock is read once in so many rows */

/* ---- text ---- */

static bool has_capital(const char *s)
{
	for (; *s; s++)
		if (isupper((unsigned char)*s))
			return true;
	return false;
}

/* Where the text stands in a cell; NULL when it does not. */
static const char *find_in(const struct groups_find *f, const char *cell)
{
	return has_capital(f->text) ? strstr(cell, f->text) : strcasestr(cell, f->text);
}

static bool is_hit(const struct groups *p, uint64_t place, struct strbuf *scratch)
{
	for (unsigned i = 0; i < p->table.shown; i++) {
		struct table_cell cell = { .text = scratch };

		strbuf_clear(scratch);
		grouping_model.cell(&p->g, place, p->table.order[i], &cell);
		if (find_in(&p->find, strbuf_cstr(scratch)))
			return true;
	}
	return false;
}

bool groups_find_forget(struct groups *p)
{
	bool was = p->find.text;

	free(p->find.text);
	p->find = (struct groups_find) { 0 };
	return was;
}

/* ---- going on ---- */

static void go(struct groups *p, bool back, unsigned count)
{
	p->find.back = back;
	p->find.left = MAX(count, 1u);
	p->find.at = p->table.cursor;
	p->find.looked = 0;
	p->find.runs = true;
}

static void hit(struct view *v)
{
	struct groups *p = groups_of(v);

	if (--p->find.left) {
		p->find.looked = 0;
		return;
	}
	p->find.runs = false;
	p->table.cursor = p->find.at;
	p->picked = p->dirty = true;
	groups_remember(p);
}

/* The place behind the one looked at; round at the end. */
static uint64_t next_place(const struct groups *p)
{
	uint64_t n = p->g.count, at = MIN(p->find.at, n - 1);

	return p->find.back ? (at + n - 1) % n : (at + 1) % n;
}

bool groups_find_work(struct view *v)
{
	struct groups *p = groups_of(v);
	struct groups_find *f = &p->find;
	uint64_t until;
	_cleanup_strbuf_ struct strbuf scratch = { 0 };

	if (!f->runs)
		return false;
	until = clock_mono() + SLICE;
	while (f->runs && f->looked < p->g.count) {
		f->at = next_place(p);
		f->looked++;
		if (is_hit(p, f->at, &scratch))
			hit(v);
		else if (!(f->looked & CLOCK_MASK) && clock_mono() >= until)
			return true;
	}
	if (f->runs)
		ui_say(v->ui, LOOK_WARN, "no group shows '%s'", f->text);
	f->runs = false;
	return false;
}

/* ---- keys ---- */

static void search_done(const char *text, void *data)
{
	struct groups *p = groups_of(data);

	if (!text)
		return;
	groups_find_forget(p);
	if (!*text)
		return;
	p->find.text = xstrdup(text);
	go(p, false, 1);
}

unsigned groups_search(struct view *v, enum action a, const struct act_arg *arg)
{
	static const struct prompt_ops ops = { .label = "search groups", .done = search_done };
	struct groups *p = groups_of(v);

	if (a == ACT_SEARCH && arg->text)
		search_done(arg->text, v);
	else if (a == ACT_SEARCH)
		ui_prompt(v->ui, &ops, "", v);
	else if (p->find.text)
		go(p, a == ACT_SEARCH_PREV, arg->count);
	else
		ui_say(v->ui, LOOK_WARN, "nothing was searched for yet");
	return REACT_DRAW;
}

/* ---- on the screen ---- */

struct pen {
	const struct groups *p;
	struct area *area;
	struct strbuf text;
};

/* Marks a cell's hit where it stands; in a cell that is cut, as far as it is seen. */
static void mark_cell(struct pen *pen, int y, unsigned column, int x, int width)
{
	const struct table_column *c = &pen->p->g.columns[column];
	const char *found, *s = strbuf_cstr(&pen->text);
	int all = text_width(s, pen->text.len), from, wide;

	found = find_in(&pen->p->find, s);
	if (!found || (c->tail && all > width))
		return;
	from = text_width(s, (size_t)(found - s));
	if (c->right && all < width)
		from += width - all;
	wide = text_width(found, strlen(pen->p->find.text));
	if (from < width)
		draw_mark(pen->area, y, x + from, MIN(wide, width - from), MARK_HIT);
}

void groups_find_mark(const struct groups *p, const struct table_state *t, struct area *a)
{
	struct pen pen = { .p = p, .area = a };
	int header = table_header(a->rows);

	for (int y = header; p->find.text && y < a->rows; y++) {
		uint64_t place = t->top + (uint64_t)(y - header);

		for (unsigned i = 0; i < t->shown && place < p->g.count; i++) {
			struct table_cell cell = { .text = &pen.text };
			int x, width;

			if (!table_place(t, a->cols, i, &x, &width))
				continue;
			strbuf_clear(&pen.text);
			grouping_model.cell(&p->g, place, t->order[i], &cell);
			mark_cell(&pen, y, t->order[i], x, width);
		}
	}
	strbuf_done(&pen.text);
}
