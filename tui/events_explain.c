/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_explain: what becomes of the capture filter: which term runs where, in lines to read.
 *
 * Shows the text that comes when the filter is taken over, and counts what the kernel let pass and
 * is dropped here. Long lines go on in the next.
 */
#include <string.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/events_filter.h"

#define WANT_COLS  100
#define LEAST_COLS 70 /* it has on most terminals */
#define SLICE_ROWS 200000
#define SLICE	   (2 * NSEC_PER_MSEC)

struct explain {
	struct ui *ui;
	struct strbuf text; /* lines that are safe to draw */
	unsigned top;
	struct sieve sieve; /* what is taken at all */
	struct tally tally;
};

/* ---- lines ---- */

/* The bytes at s that one line of width columns shows; *next is where the one behind it begins. */
static size_t cut_line(const char *s, int width, size_t *next)
{
	size_t line = strcspn(s, "\n"), n = text_prefix(s, line, width), space = n;

	if (n < line) {
		while (space && s[space] != ' ')
			space--;
		if (space > n / 2)
			n = space;
	}
	*next = n;
	while (n < line && s[*next] == ' ')
		(*next)++;
	if (*next >= line)
		*next = line + (s[line] == '\n');
	return n;
}

/* Draws from line top on (a NULL: only counts). Returns how many lines there are. */
static unsigned draw_lines(const struct explain *x, struct area *a, int cols, unsigned top)
{
	const char *s = strbuf_cstr(&x->text);
	unsigned n = 0;
	size_t next;

	for (; *s; s += next, n++) {
		size_t len = cut_line(s, cols, &next);
		int y = (int)n - (int)top;

		if (!next)
			break;
		if (a && y >= 0 && y < a->rows)
			draw_text(a, y, 0, cols, LOOK_TEXT, s, len);
	}
	return n;
}

/* ---- the view ---- */

static void put_safe_lines(struct strbuf *out, const char *text)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n");

		safe_text(out, p, n);
		strbuf_char(out, '\n');
		p += n + (p[n] == '\n');
	}
}

/* The last line is for the count. */
static int text_rows(const struct view *v)
{
	return MAX(v->rows - 2, 1);
}

static void put_words(struct explain *x, const struct events *ev)
{
	const char *captured = ui_captured(x->ui);
	_cleanup_strbuf_ struct strbuf b = { 0 };

	if (captured) {
		strbuf_fmt(&b, "%s\n\n", captured);
		terms_put(ev, captured, &b);
		strbuf_fmt(&b, "\n%s", ui_capture_explained(x->ui));
	} else {
		strbuf_str(&b, "No capture filter: all events of the tracers that are on are "
			       "taken.\nThe display filter only hides rows; it runs here.\n");
	}
	put_safe_lines(&x->text, strbuf_cstr(&b));
}

static int explain_view_open(struct view *v, struct err *e)
{
	struct explain *x = v->state;
	struct events *ev = ui_dialog_arg(v->ui);
	const char *guard = ui_scope(v->ui)->guard;

	x->ui = v->ui;
	put_words(x, ev);
	tally_init(&x->tally, ev->win.store);
	x->sieve.identity = ev->win.sieve.identity;
	v->want_cols = WANT_COLS;
	v->want_rows = (int)draw_lines(x, NULL, LEAST_COLS, 0) + 2;
	return guard ? scope_parse(ui_scope(v->ui), guard, &x->sieve.filter, e) : 0;
}

static void explain_view_close(struct view *v)
{
	struct explain *x = v->state;

	strbuf_done(&x->text);
	tally_done(&x->tally);
	filter_free(x->sieve.filter);
	x->sieve.filter = NULL;
}

static unsigned explain_update(struct view *v)
{
	struct explain *x = v->state;
	struct budget b = budget_new(SLICE_ROWS, SLICE);
	uint64_t before = x->tally.hidden;
	bool complete = x->tally.complete, more;

	if (!x->sieve.filter)
		return REACT_NONE;
	more = tally_work(&x->tally, &x->sieve, deck_horizon(ui_deck(v->ui)), &b);
	return (more ? REACT_MORE : 0) |
	       (before != x->tally.hidden || complete != x->tally.complete ? REACT_DRAW : 0);
}

static unsigned scroll(struct view *v, int by)
{
	struct explain *x = v->state;
	int lines = (int)draw_lines(x, NULL, v->cols, 0);
	int last = MAX(lines - text_rows(v), 0), to = (int)x->top + by;

	x->top = (unsigned)MIN(MAX(to, 0), last);
	return REACT_DRAW;
}

static unsigned explain_act(struct view *v, enum action a, const struct act_arg *arg)
{
	int n = (int)MIN(MAX(arg->count, 1u), 10000u), page = MAX(text_rows(v) - 1, 1);

	switch (a) {
	case ACT_UP:
		return scroll(v, -n);
	case ACT_DOWN:
		return scroll(v, n);
	case ACT_PAGE_UP:
	case ACT_HALF_UP:
		return scroll(v, -n * page);
	case ACT_PAGE_DOWN:
	case ACT_HALF_DOWN:
		return scroll(v, n * page);
	case ACT_FIRST:
		return scroll(v, -1000000);
	case ACT_LAST:
		return scroll(v, 1000000);
	case ACT_ENTER:
	case ACT_EXPLAIN:
		return REACT_CLOSE;
	default:
		return REACT_UNKNOWN;
	}
}

static void explain_draw(const struct view *v, struct area *a)
{
	const struct explain *x = v->state;
	struct area lines = area_sub(a, 0, 0, text_rows(v), a->cols);
	struct strbuf b = { 0 };

	draw_lines(x, &lines, a->cols, x->top);
	if (!x->sieve.filter || a->rows < 2)
		return;
	strbuf_str(&b, "rows in the store that the kernel let pass and were dropped here: ");
	number_text(&b, x->tally.hidden);
	strbuf_str(&b, x->tally.complete ? "" : "+");
	draw_text(a, a->rows - 1, 0, a->cols, LOOK_NUMBER, b.s, b.len);
	strbuf_done(&b);
}

static void explain_status(const struct view *v, struct strbuf *out)
{
	const struct explain *x = v->state;
	int lines = (int)draw_lines(x, NULL, v->cols, 0);

	if (lines > text_rows(v))
		strbuf_fmt(out, "lines %u-%d of %d", x->top + 1,
			   MIN((int)x->top + text_rows(v), lines), lines);
}

static const struct view_ops explain_ops = {
	.name = "explain",
	.title = "Capture filter",
	.size = sizeof(struct explain),
	.open = explain_view_open,
	.close = explain_view_close,
	.update = explain_update,
	.draw = explain_draw,
	.act = explain_act,
	.status = explain_status,
};

unsigned explain_open(struct events *ev)
{
	ui_dialog(ev->ui, &explain_ops, ev);
	return REACT_DRAW_ALL;
}
