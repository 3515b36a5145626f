/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * histogram_draw: two lines of numbers, and a line for each bar.
 */
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/glyph.h"
#include "tui/histogram.h"

#define SHARE_WIDTH 7
#define COUNT_WIDTH 12
#define MARKS_WIDTH 13
#define BAR_LEAST   8  /* where a bar has less room nothing stands behind it */
#define VALUE_MOST  11 /* a value that is longer is said in few characters */

static const struct quantile {
	const char *name;
	double q;
} quantiles[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 } };

/* ---- the numbers ---- */

/* "name value  "; returns where it goes on. */
static int put(struct area *a, int y, int x, const char *name, const struct strbuf *value)
{
	x += draw_str(a, y, x, LOOK_FIELD, name) + 1;
	x += draw_str(a, y, x, LOOK_NUMBER, strbuf_cstr(value)) + 3;
	return x;
}

static int put_value(const struct histogram *h, struct area *a, int y, int x, const char *name,
		     wide_t v)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	numeric_say(h->sp.field, v, &b);
	if (b.len > VALUE_MOST) {
		strbuf_clear(&b);
		numeric_brief(h->sp.field, v, &b);
	}
	return put(a, y, x, name, &b);
}

static void draw_numbers(const struct histogram *h, struct area *a)
{
	_cleanup_strbuf_ struct strbuf count = { 0 }, average = { 0 };
	int x = 1;

	strbuf_grouped(&count, h->all.total);
	numeric_say_real(h->sp.field, (double)h->all.sum / (double)h->all.total, &average);
	if (average.len > VALUE_MOST) {
		strbuf_clear(&average);
		numeric_brief(h->sp.field, h->all.sum / (wide_t)h->all.total, &average);
	}
	x = put(a, 0, x, "count", &count);
	x = put_value(h, a, 0, x, "sum", h->all.sum);
	x = put(a, 0, x, "avg", &average);
	put_value(h, a, 0, x, "min", h->all.least);
	x = 1;
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++)
		x = put_value(h, a, 1, x, quantiles[i].name,
			      loghist_quantile(&h->all, quantiles[i].q));
	put_value(h, a, 1, x, "max", h->all.greatest);
}

/* ---- the bars ---- */

/* Where things stand in a line. */
struct place {
	int value, count, share, bar, width, marks;
	bool brief;
};

static void value_text(const struct histogram *h, bool brief, wide_t v, struct strbuf *out)
{
	strbuf_clear(out);
	if (brief)
		numeric_brief(h->sp.field, v, out);
	else
		numeric_say(h->sp.field, v, out);
}

static int longest_value(const struct histogram *h, bool brief)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	size_t most = 6;

	for (unsigned i = 0; i < h->count; i++) {
		value_text(h, brief, h->bars[i].lo, &b);
		most = MAX(most, b.len);
		value_text(h, brief, h->bars[i].hi, &b);
		most = MAX(most, b.len);
	}
	return (int)most;
}

static struct place place_of(const struct histogram *h, int cols)
{
	struct place p = { .value = longest_value(h, false) };

	if (p.value > VALUE_MOST) {
		p.brief = true;
		p.value = longest_value(h, true);
	}
	p.count = 2 * p.value + 4;
	p.share = p.count + COUNT_WIDTH;
	p.bar = p.share + SHARE_WIDTH + 1;
	p.marks = cols - MARKS_WIDTH;
	p.width = p.marks - p.bar - 1;
	if (p.width < BAR_LEAST) {
		p.marks = cols;
		p.width = cols - p.bar;
	}
	return p;
}

/* As long as n is of most, to an eighth of a column; what is there at all is seen. */
static void draw_bar(struct area *a, int y, const struct place *p, uint64_t n, uint64_t most)
{
	int eighths, full;
	char part[8] = "";

	if (!n || p->width < 1)
		return;
	eighths = (int)((long double)n / (long double)most * p->width * 8);
	full = eighths / 8;
	draw_fill(a, y, p->bar, full, LOOK_GRAPH, "█");
	if (full < p->width && (eighths % 8 || !full) && (!a->canvas->ascii || !full)) {
		part[utf8_encode(0x258f - (uint32_t)(eighths % 8 ? eighths % 8 - 1 : 0), part)] =
		    '\0';
		draw_str(a, y, p->bar + full, LOOK_GRAPH, part);
	}
}

/* Which of the quantiles are in a bar. */
static void put_marks(const struct histogram *h, const struct bar *b, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++) {
		wide_t v = loghist_quantile(&h->all, quantiles[i].q);

		if (v < b->lo || v > b->hi)
			continue;
		strbuf_fmt(out, "%s%s", out->len ? " " : "", quantiles[i].name);
	}
}

static void draw_line(const struct histogram *h, struct area *a, int y, const struct place *p,
		      unsigned i)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	const struct bar *bar = &h->bars[i];

	value_text(h, p->brief, bar->lo, &b);
	draw_right(a, y, 0, p->value, LOOK_VALUE, strbuf_cstr(&b));
	if (bar->lo != bar->hi) {
		value_text(h, p->brief, bar->hi, &b);
		draw_str(a, y, p->value, LOOK_DIM, "..");
		draw_text(a, y, p->value + 2, p->value, LOOK_VALUE, strbuf_cstr(&b), b.len);
	}
	strbuf_clear(&b);
	strbuf_grouped(&b, bar->n);
	draw_right(a, y, p->count, COUNT_WIDTH - 1, bar->n ? LOOK_NUMBER : LOOK_DIM,
		   strbuf_cstr(&b));
	strbuf_clear(&b);
	strbuf_fmt(&b, "%.1f%%", 100.0 * (double)bar->n / (double)h->all.total);
	if (bar->n)
		draw_right(a, y, p->share, SHARE_WIDTH, LOOK_NUMBER, strbuf_cstr(&b));
	draw_bar(a, y, p, bar->n, h->most);
	strbuf_clear(&b);
	put_marks(h, bar, &b);
	draw_text(a, y, p->marks, MARKS_WIDTH, LOOK_DIM, strbuf_cstr(&b), b.len);
	if (i == h->cursor)
		draw_mark(a, y, 0, a->cols, MARK_CURSOR);
}

static void draw_header(struct area *a, const struct place *p)
{
	draw_fill(a, 2, 0, a->cols, LOOK_HEADER, " ");
	draw_str(a, 2, 0, LOOK_HEADER, "values");
	draw_right(a, 2, p->count, COUNT_WIDTH - 1, LOOK_HEADER, "count");
	draw_right(a, 2, p->share, SHARE_WIDTH, LOOK_HEADER, "share");
}

void histogram_draw(const struct view *v, struct area *a)
{
	const struct histogram *h = v->state;
	struct place p;

	if (!h->all.total) {
		draw_str(a, 0, 1, LOOK_DIM,
			 h->sp.caught_up ? "no row that is shown has such a number yet"
					 : "counting");
		return;
	}
	p = place_of(h, a->cols);
	draw_numbers(h, a);
	draw_header(a, &p);
	for (int i = 0; i + HISTOGRAM_HEAD < a->rows && h->top + (unsigned)i < h->count; i++)
		draw_line(h, a, i + HISTOGRAM_HEAD, &p, h->top + (unsigned)i);
}
