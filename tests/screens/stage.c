/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage: deck and frame put together as the program does, with a clock and a clipboard of their
 * own. What is checked of a canvas here is what every terminal relies on.
 */
#include "tests/screens/stage.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "core/util.h"
#include "tui/glyph.h"

#define ROUNDS_MAX 100000
#define DAY	   (86400 * NSEC_PER_SEC)
#define WALL	   (1795280592 * NSEC_PER_SEC) /* 2026-11-21 17:03:12 UTC */

static uint64_t stage_now(void *data)
{
	const struct stage *s = data;
	struct deck_play p;

	deck_play_status(s->deck, &p);
	return p.playing ? deck_time(s->deck) : s->now;
}

static uint64_t stage_wall(void *data)
{
	(void)data;
	return WALL;
}

static bool stage_yank(const char *text, size_t n, void *data)
{
	struct stage *s = data;

	strbuf_clear(&s->yanked);
	strbuf_add(&s->yanked, text, n);
	return true;
}

/* A kernel that takes everything but one word. */
static int stage_capture(const char *text, struct strbuf *explained, struct err *e, void *data)
{
	const char *refused = strstr(text, "refused");

	if (refused)
		return err_caret(e, text, (int)(refused - text),
				 "sched:sched_switch: the kernel says: Field not found");
	strbuf_fmt(explained, "events/sched/sched_switch/filter: %s\ntracing_cpumask: CPU 0 1\n",
		   text);
	return 0;
}

static int play(struct stage *s, struct err *e)
{
	struct store_stats stats;
	int rc = deck_open(s->deck, "replay", e);

	if (rc >= 0)
		rc = deck_start(s->deck, e);
	while (rc >= 0 && !deck_at_end(s->deck))
		rc = poller_once(deck_poller(s->deck), 1000, e);
	if (rc < 0)
		return rc;
	deck_stop(s->deck);
	store_stats(deck_store(s->deck), &stats);
	s->now = stats.last;
	return 0;
}

static char tracefs[512];

int stage_open(struct stage *s, const struct stage_conf *c, struct err *e)
{
	struct deck_conf deck = { .memory = c->memory, .files = c->files };
	const char *root = getenv("SOURCE_ROOT");
	int rc;

	/* Some formats of system calls, the same on every machine. */
	snprintf(tracefs, sizeof(tracefs), "%s/tests/screens/tracefs", root ? root : "");
	deck.tracefs = tracefs;
	*s = (struct stage) { .conf = c->conf ? c->conf : conf_new(), .now = DAY };
	deck.conf = s->conf;
	rc = deck_new(&deck, &s->deck, e);
	if (rc >= 0 && c->files)
		rc = play(s, e);
	s->ui_conf = (struct ui_conf) {
		.deck = s->deck,
		.conf = s->conf,
		.rows = c->rows,
		.cols = c->cols,
		.ascii = c->ascii,
		.remember = c->remember,
		.live = c->live,
		.now = stage_now,
		.wall = stage_wall,
		.now_data = s,
		.capture = c->live || c->captures ? stage_capture : NULL,
		.capture_data = s,
		.yank = stage_yank,
		.term_data = s,
	};
	if (rc >= 0)
		rc = ui_new(&s->ui_conf, &s->ui, e);
	if (rc < 0)
		stage_close(s);
	return rc;
}

void stage_close(struct stage *s)
{
	ui_free(s->ui);
	deck_free(s->deck, NULL);
	conf_free(s->conf);
	strbuf_done(&s->yanked);
	*s = (struct stage) { 0 };
}

int stage_reopen(struct stage *s, struct err *e)
{
	ui_free(s->ui);
	s->ui = NULL;
	return ui_new(&s->ui_conf, &s->ui, e);
}

static int note_on(const struct tracer_group *g, void *data)
{
	*(struct tracer_group *)data = *g;
	return 0;
}

/* Pairs that were switched on are made of what the recordings brought. */
static void derive(struct stage *s)
{
	struct backend *b = deck_backend(s->deck, "pair");
	struct tracer_group g = { 0 };

	if (!b || b->ops->groups(b, false, note_on, &g, NULL) < 0 || !g.on)
		return;
	if (deck_start(s->deck, NULL) < 0)
		return;
	for (unsigned i = 0; i < ROUNDS_MAX && deck_pump(s->deck); i++)
		continue;
	deck_stop(s->deck);
}

bool stage_settle(struct stage *s)
{
	derive(s);
	for (unsigned i = 0; i < ROUNDS_MAX; i++)
		if (!ui_update(s->ui))
			return true;
	return false;
}

void stage_key(struct stage *s, keycode k)
{
	ui_input(s->ui, &(struct input) { .type = INPUT_KEY, .key = k });
}

void stage_mouse(struct stage *s, enum mouse_what what, int y, int x)
{
	ui_input(s->ui, &(struct input) { .type = INPUT_MOUSE, .mouse = what, .y = y, .x = x });
}

void stage_resize(struct stage *s, int rows, int cols)
{
	ui_input(s->ui, &(struct input) { .type = INPUT_RESIZE, .y = rows, .x = cols });
}

void stage_write(struct stage *s, const char *text)
{
	size_t n = strlen(text);

	while (n) {
		uint32_t c;
		unsigned len = utf8_decode(text, n, &c);

		if (!len) {
			c = (unsigned char)*text;
			len = 1;
		}
		stage_key(s, c);
		text += len;
		n -= len;
	}
}

/* ---- is a canvas as it should be? ---- */

static size_t cell_len(const struct cell *cell)
{
	return strnlen(cell->s, CELL_BYTES);
}

/* One glyph of the width the cell says, and nothing behind it. */
static const char *glyph_complaint(const struct canvas *c, const struct cell *cell)
{
	size_t len = cell_len(cell);
	struct glyph g;

	if (!len)
		return "nothing in it";
	if (c->ascii && (len != 1 || cell->s[0] < ' ' || cell->s[0] > '~'))
		return "no ASCII";
	glyph_next(cell->s, len, &g);
	if (g.bytes != len)
		return "more than one character";
	if (g.width != cell->width)
		return "a wrong width";
	return memcmp(g.s, cell->s, len) ? "what no terminal should get" : NULL;
}

static const char *cell_complaint(const struct canvas *c, int y, int x)
{
	const struct cell *cell = &c->cells[y * c->cols + x];
	bool right_half = x > 0 && cell[-1].width == 2;

	if (cell->look >= LOOK_COUNT)
		return "a look that does not exist";
	if (cell->marks >= MARK_TAG << 1)
		return "a mark that does not exist";
	if (cell->width > 2)
		return "a width beyond 2";
	if ((cell->width == 0) != right_half)
		return right_half ? "a character over the half of another"
				  : "the right half of nothing";
	if (cell->width == 2 && x + 1 == c->cols)
		return "half a character at the edge";
	return cell->width ? glyph_complaint(c, cell) : NULL;
}

const char *canvas_complaint(const struct canvas *c, char *buf, size_t size)
{
	for (int y = 0; y < c->rows; y++) {
		for (int x = 0; x < c->cols; x++) {
			const char *why = cell_complaint(c, y, x);

			if (!why)
				continue;
			snprintf(buf, size, "row %d column %d of %dx%d: %s", y, x, c->cols, c->rows,
				 why);
			return buf;
		}
	}
	if (c->cursor_y < c->rows && c->cursor_x < c->cols && c->cursor_y >= -1 &&
	    c->cursor_x >= -1)
		return NULL;
	snprintf(buf, size, "the cursor stands at %d,%d of %dx%d", c->cursor_y, c->cursor_x,
		 c->cols, c->rows);
	return buf;
}
