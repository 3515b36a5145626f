/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_print: a process table as lines of text or of JSON.
 *
 * The text is what the dashboard's pane would draw, taken from a canvas of its own.
 */
#include "cli/top_print.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/counting_print.h"
#include "core/safe.h"

#define BLOCK_ROWS 20
#define ROWS_MAX   100000 /* of a canvas */
#define WIDTH	   132	  /* without a terminal */

static int width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return MIN(size.ws_col, 500);
	return WIDTH;
}

static void put_lost(const struct top_table *t, struct strbuf *b)
{
	if (t->lost) {
		strbuf_str(b, t->lost_unknown ? "; at least " : "; ");
		strbuf_grouped(b, t->lost);
		strbuf_str(b, " events lost");
	} else {
		strbuf_str(b, t->lost_unknown ? "; some events lost, nobody knows how many"
					      : "; none lost");
	}
}

static void put_header(const struct top_table *t, struct strbuf *b)
{
	const struct processes *m = t->model;
	bool losses = t->lost || t->lost_unknown;

	if (t->live)
		counting_put_clock(b);
	strbuf_str(b, losses ? "at least " : "");
	strbuf_grouped(b, m->events);
	strbuf_fmt(b, " events of %s%u processes, %u of them gone", m->others ? "more than " : "",
		   m->count - m->others, m->gone);
	put_lost(t, b);
	strbuf_char(b, '\n');
}

/* A line of the canvas without the blanks at its end. */
static void put_line(const struct canvas *c, int y, struct strbuf *b)
{
	size_t begin = b->len;

	for (int x = 0; x < c->cols; x++) {
		const struct cell *cell = &c->cells[y * c->cols + x];

		if (cell->width)
			strbuf_add(b, cell->s, strnlen(cell->s, sizeof(cell->s)));
	}
	while (b->len > begin && b->s[b->len - 1] == ' ')
		strbuf_cut(b, b->len - 1);
	strbuf_char(b, '\n');
}

void top_put_text(const struct top_table *t, struct strbuf *b)
{
	uint64_t shown = t->model->shown, most = t->rows ? MIN(t->rows, ROWS_MAX) : BLOCK_ROWS;
	int rows = (int)MIN(shown, most) + 1;
	struct area all;

	canvas_resize(t->canvas, rows, width());
	canvas_clear(t->canvas);
	all = area_all(t->canvas);
	table_draw(t->state, &process_model, t->model, &all, false);
	if (!t->first)
		strbuf_char(b, '\n');
	put_header(t, b);
	for (int y = 0; y < rows; y++)
		put_line(t->canvas, y, b);
	if (shown > most)
		strbuf_fmt(b, "and %llu more\n", (unsigned long long)(shown - most));
}

static void put_id(struct strbuf *b, const char *name, int32_t id)
{
	strbuf_fmt(b, id < 0 ? ",\"%s\":null" : ",\"%s\":%d", name, id);
}

static void put_time(struct strbuf *b, const char *name, uint64_t ts)
{
	strbuf_fmt(b, ",\"%s\":\"", name);
	strbuf_time(b, ts, 9);
	strbuf_char(b, '"');
}

static void put_json_row(const struct top_table *t, const struct process_row *r, struct strbuf *b)
{
	const struct processes *m = t->model;
	struct strbuf top = { 0 };

	strbuf_fmt(&top, "%s:%s", r->top->system, r->top->name);
	strbuf_char(b, '{');
	if (t->table)
		strbuf_fmt(b, "\"table\":\"%s\",", t->table);
	strbuf_str(b, "\"ts\":\"");
	strbuf_time(b, m->now, 9);
	strbuf_char(b, '"');
	put_id(b, "pid", r->pid);
	put_id(b, "tid", r->tid);
	strbuf_str(b, ",\"comm\":");
	safe_json(b, r->comm, strlen(r->comm));
	strbuf_fmt(b, ",\"events\":%llu,\"rate\":", (unsigned long long)r->events);
	if (m->rated)
		strbuf_fmt(b, "%.3f", (double)r->rate / 1000);
	else
		strbuf_str(b, "null");
	strbuf_str(b, ",\"top\":");
	safe_json(b, top.s, top.len);
	put_time(b, "first", r->first);
	put_time(b, "last", r->last);
	strbuf_fmt(b, ",\"alive\":%s",
		   process_is_gone(m, r) ? "false"
		   : r->pid < 0		 ? "null"
					 : "true");
	strbuf_fmt(b, ",\"at_least\":%s}\n", t->lost || t->lost_unknown ? "true" : "false");
	strbuf_done(&top);
}

void top_put_json(const struct top_table *t, struct strbuf *b)
{
	for (uint32_t i = 0; i < t->model->shown; i++)
		put_json_row(t, processes_at(t->model, i), b);
}
