/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_fixture: a frame over a small recording or over a backend that cannot be read, without a
 * terminal, and the keys and clicks that go into it.
 */
#ifndef TESTS_UNIT_UI_FIXTURE_H
#define TESTS_UNIT_UI_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util.h"
#include "tui/ui_private.h"

/* ---- a backend that cannot be read ---- */

static int burst_open(struct backend *b, struct err *e)
{
	(void)b;
	(void)e;
	return 0;
}

static void burst_close(struct backend *b)
{
	(void)b;
}

static int burst_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		      struct err *e)
{
	(void)b;
	(void)pattern;
	(void)visit;
	(void)data;
	(void)e;
	return 0;
}

static int64_t burst_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	(void)b;
	(void)budget;
	(void) final;
	return err_set(e, -EIO, "the pipe burst");
}

static uint64_t burst_next(struct backend *b, uint64_t now)
{
	(void)b;
	(void)now;
	return UINT64_MAX;
}

static const struct backend_ops burst = {
	.name = "burst",
	.blurb = "what cannot be read",
	.size = 1,
	.open = burst_open,
	.close = burst_close,
	.list = burst_list,
	.drain = burst_drain,
	.next = burst_next,
};

/* In place of the registry. */
const struct backend_ops *const backends[] = { &burst, NULL };

/* ---- a frame ---- */

struct scene {
	struct deck *deck;
	struct conf *conf;
	struct ui *ui;
	uint64_t now;
	char theme[32];
	int mouse; /* -1: the terminal was told nothing */
	int answers, yes;
};

static uint64_t scene_now(void *data)
{
	return ((struct scene *)data)->now;
}

static void on_theme(const struct theme *t, void *data)
{
	struct scene *s = data;

	snprintf(s->theme, sizeof(s->theme), "%s", t->name);
}

static void on_mouse(bool on, void *data)
{
	((struct scene *)data)->mouse = on;
}

static void open_ui(struct scene *s, int rows, int cols, bool remember)
{
	struct ui_conf c = {
		.deck = s->deck,
		.conf = s->conf,
		.rows = rows,
		.cols = cols,
		.ascii = true,
		.remember = remember,
		.now = scene_now,
		.now_data = s,
		.theme = on_theme,
		.mouse = on_mouse,
		.term_data = s,
	};

	s->mouse = -1;
	assert_int_equal(ui_new(&c, &s->ui, NULL), 0);
}

static void close_ui(struct scene *s)
{
	ui_free(s->ui);
	s->ui = NULL;
}

static int setup(void **state)
{
	struct deck_conf c = { .memory = 8 << 20 };
	struct scene *s = calloc(1, sizeof(*s));

	s->conf = conf_new();
	s->now = 1000 * NSEC_PER_SEC;
	c.conf = s->conf;
	*state = s;
	return deck_new(&c, &s->deck, NULL);
}

static int teardown(void **state)
{
	struct scene *s = *state;

	ui_free(s->ui);
	deck_free(s->deck, NULL);
	conf_free(s->conf);
	free(s);
	return 0;
}

static void type(struct scene *s, const char *keys)
{
	assert_int_equal(ui_type(s->ui, keys, NULL), 0);
}

static void mouse(struct scene *s, enum mouse_what what, int y, int x)
{
	ui_input(s->ui, &(struct input) { .type = INPUT_MOUSE, .mouse = what, .y = y, .x = x });
}

/* Whether the line at the bottom holds a text. */
static bool bottom_has(struct scene *s, const char *text)
{
	const struct canvas *c = ui_draw(s->ui);
	const struct cell *row = c->cells + (size_t)(c->rows - 1) * (size_t)c->cols;
	struct strbuf line = { 0 };
	bool has;

	for (int x = 0; x < c->cols; x++)
		strbuf_add(&line, row[x].s, strnlen(row[x].s, CELL_BYTES));
	has = strstr(strbuf_cstr(&line), text) != NULL;
	strbuf_done(&line);
	return has;
}

#endif
