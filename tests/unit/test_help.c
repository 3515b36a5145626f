/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Help: that it lists what the pane can be asked for and nothing else, that it says the keys
 * there are now, searches as one types, and runs the line it is on. The frame is played here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tui/help.h"

/* ---- the frame ---- */

struct ui {
	struct keymap *keymap;
	const char *pane;
	const struct prompt_ops *prompt;
	void *prompt_data;
	enum action ran;
	const char *ran_in;
};

const struct keymap *ui_keymap(struct ui *ui)
{
	return ui->keymap;
}

void *ui_dialog_arg(struct ui *ui)
{
	return (void *)(uintptr_t)ui->pane;
}

void ui_prompt(struct ui *ui, const struct prompt_ops *ops, const char *initial, void *data)
{
	ui->prompt = ops;
	ui->prompt_data = data;
}

void ui_act(struct ui *ui, const char *view, enum action action, const struct act_arg *arg)
{
	ui->ran = action;
	ui->ran_in = view;
}

/* ---- a dialog ---- */

struct dialog {
	struct ui ui;
	struct view view;
	struct canvas canvas;
	struct strbuf screen;
};

static void open_dialog(struct dialog *d, const char *pane, const char *keys, int rows)
{
	*d = (struct dialog) { .ui = { .keymap = keymap_new(), .pane = pane } };
	d->canvas.ascii = true;
	if (keys)
		assert_int_equal(keymap_parse(d->ui.keymap, "k", keys, strlen(keys), NULL), 0);
	/* Laid out after open, as the frame does. */
	d->view = (struct view) { .ops = &help_ops, .ui = &d->ui, .focus = true };
	d->view.state = calloc(1, help_ops.size);
	assert_int_equal(help_ops.open(&d->view, NULL), 0);
	d->view.rows = rows;
	d->view.cols = 90;
	canvas_resize(&d->canvas, rows, 90);
}

static void close_dialog(struct dialog *d)
{
	help_ops.close(&d->view);
	free(d->view.state);
	canvas_done(&d->canvas);
	strbuf_done(&d->screen);
	keymap_free(d->ui.keymap);
}

static unsigned act(struct dialog *d, enum action a)
{
	const struct act_arg arg = { .y = -1, .x = -1 };

	return help_ops.act(&d->view, a, &arg);
}

/* The characters on the screen, without looks and marks. */
static const char *screen(struct dialog *d)
{
	struct area a = area_all(&d->canvas);

	canvas_clear(&d->canvas);
	help_ops.draw(&d->view, &a);
	strbuf_clear(&d->screen);
	canvas_dump(&d->canvas, &d->screen);
	strbuf_cut(&d->screen, (size_t)(strstr(d->screen.s, "-- looks") - d->screen.s));
	return d->screen.s;
}

/* The line under the cursor. */
static void cursor_line(struct dialog *d, char *to, size_t size)
{
	const struct cell *c = d->canvas.cells;
	size_t n = 0;

	screen(d);
	*to = '\0';
	for (int y = 0; y < d->canvas.rows; y++) {
		const struct cell *row = c + y * d->canvas.cols;

		if (!(row->marks & MARK_CURSOR))
			continue;
		for (int x = 0; x < d->canvas.cols && n + 1 < size; x++)
			to[n++] = row[x].s[0];
		to[n] = '\0';
		return;
	}
	fail_msg("no row is under the cursor");
}

static void type_search(struct dialog *d, const char *text)
{
	struct err e = ERR_INIT;

	act(d, ACT_FILTER);
	assert_non_null(d->ui.prompt);
	d->ui.prompt->check(text, &e, d->ui.prompt_data);
	d->ui.prompt->done(text, d->ui.prompt_data);
}

/* ---- tests ---- */

static void test_begin(void **state)
{
	struct dialog d;

	open_dialog(&d, "tracers", NULL, 8);
	assert_string_equal(
	    screen(&d),
	    "keys         what it does                                              :name\n"
	    "tracers\n"
	    "Space        switch the tracer, or the whole system, on or off         :toggle\n"
	    "o            show only what is on, or everything again                 :only-on\n"
	    "z            switch the tracer with the most events off                :noisiest-off\n"
	    "a            define a latency pair: NAME: START -> END by KEY          :pair\n"
	    "A            switch every tracer off                                   :all-off\n"
	    "T            set an option of the tracer: threshold=10ms               :option\n");
	assert_int_equal(d.view.want_cols, 89);
	close_dialog(&d);
}

/* Each pane's list has its own actions and not those of another pane. */
static void test_possible(void **state)
{
	static const struct {
		const char *pane, *has, *lacks;
	} panes[] = {
		{ "events", ":pause", ":toggle" },     { "events", ":next-loss", ":threads" },
		{ "tracers", ":toggle", ":bookmark" }, { "tracers", ":filter", ":next-loss" },
		{ "processes", ":sort", ":toggle" },   { "processes", ":quit", ":mark-a" },
	};

	for (size_t i = 0; i < sizeof(panes) / sizeof(panes[0]); i++) {
		struct dialog d;

		open_dialog(&d, panes[i].pane, NULL, 100);
		assert_non_null(strstr(screen(&d), panes[i].has));
		assert_null(strstr(screen(&d), panes[i].lacks));
		close_dialog(&d);
	}
}

/* What a pane takes of another's actions stands among its own. */
static void test_lent(void **state)
{
	struct dialog d;

	open_dialog(&d, "processes", NULL, 100);
	assert_null(strstr(screen(&d), "\ntracers\n"));
	assert_true(strstr(screen(&d), ":gone") < strstr(d.screen.s, ":columns"));
	assert_true(strstr(d.screen.s, ":columns") < strstr(d.screen.s, "\nevents\n"));
	assert_true(strstr(d.screen.s, "\nevents\n") < strstr(d.screen.s, ":write"));
	close_dialog(&d);
}

/* Keys of one's own are what is shown; an action that lost its key can still be run from here. */
static void test_live_keys(void **state)
{
	struct dialog d;

	open_dialog(&d, "tracers", "[tracers]\nSpace A = none\nZ F9 = toggle\n", 100);
	assert_non_null(strstr(screen(&d), "\nZ F9         switch the tracer,"));
	assert_non_null(strstr(screen(&d), "\n             switch every tracer off"));
	close_dialog(&d);
	/* But not from a pane that it is not for. */
	open_dialog(&d, "events", "[tracers]\nA = none\n", 100);
	assert_null(strstr(screen(&d), ":all-off"));
	close_dialog(&d);
}

static void test_search(void **state)
{
	struct dialog d;
	struct err e = ERR_INIT;
	struct strbuf status = { 0 };

	open_dialog(&d, "events", NULL, 8);
	type_search(&d, "BOOKMARK");
	assert_string_equal(
	    screen(&d),
	    "keys         what it does                                              :name\n"
	    "events\n"
	    "m            set or take away a bookmark                               :bookmark\n"
	    "'            to the next bookmark                                      "
	    ":next-bookmark\n"
	    "\"            to the bookmark before                                    "
	    ":prev-bookmark\n"
	    "\n\n\n");
	help_ops.status(&d.view, &status);
	assert_string_equal(strbuf_cstr(&status),
			    "events with 'BOOKMARK', Enter runs it, / searches, q closes");
	assert_int_equal(d.ui.prompt->check("zzz", &e, d.ui.prompt_data), -1);
	assert_string_equal(e.text, "no key and no action here says 'zzz'");
	assert_int_equal(act(&d, ACT_ENTER), REACT_NONE);
	assert_int_equal(d.ui.prompt->check("C-z", &e, d.ui.prompt_data), 1);
	assert_non_null(strstr(screen(&d), ":suspend"));
	/* Esc in the prompt takes the search away. */
	d.ui.prompt->done(NULL, d.ui.prompt_data);
	assert_non_null(strstr(screen(&d), ":pause"));
	type_search(&d, "quit");
	assert_int_equal(act(&d, ACT_BACK), REACT_DRAW);
	assert_non_null(strstr(screen(&d), ":pause"));
	assert_int_equal(act(&d, ACT_BACK), REACT_CLOSE);
	strbuf_done(&status);
	close_dialog(&d);
}

static void test_run(void **state)
{
	struct dialog d;

	open_dialog(&d, "events", NULL, 10);
	type_search(&d, "bookmark");
	act(&d, ACT_DOWN);
	assert_int_equal(act(&d, ACT_ENTER), REACT_CLOSE);
	assert_int_equal(d.ui.ran, ACT_NEXT_BOOKMARK);
	assert_string_equal(d.ui.ran_in, "events");
	/* Help on help is no more than closing it. */
	d.ui.ran = ACT_NONE;
	type_search(&d, "Show EVERY key");
	assert_int_equal(act(&d, ACT_ENTER), REACT_CLOSE);
	assert_int_equal(d.ui.ran, ACT_NONE);
	assert_int_equal(act(&d, ACT_CANCEL), REACT_CLOSE);
	assert_int_equal(act(&d, ACT_PAUSE), REACT_UNKNOWN);
	close_dialog(&d);
}

/* Whatever moves, the cursor ends on an action, never on the head of a group. */
static void test_heads(void **state)
{
	static const enum action moves[] = { ACT_UP,	  ACT_DOWN,	 ACT_PAGE_UP, ACT_PAGE_DOWN,
					     ACT_HALF_UP, ACT_HALF_DOWN, ACT_FIRST,   ACT_LAST };
	uint32_t seed = 9;

	for (int rows = 2; rows < 30; rows += 3) {
		struct dialog d;
		char line[96];

		open_dialog(&d, "events", NULL, rows);
		for (unsigned i = 0; i < 300; i++) {
			seed = seed * 1664525 + 1013904223;
			act(&d, moves[(seed >> 20) % (sizeof(moves) / sizeof(moves[0]))]);
			cursor_line(&d, line, sizeof(line));
			assert_non_null(strstr(line, " :"));
		}
		act(&d, ACT_FIRST);
		cursor_line(&d, line, sizeof(line));
		assert_memory_equal(line, "Space ", 6);
		close_dialog(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),  cmocka_unit_test(test_possible),
		cmocka_unit_test(test_lent),   cmocka_unit_test(test_live_keys),
		cmocka_unit_test(test_search), cmocka_unit_test(test_run),
		cmocka_unit_test(test_heads),
	};

	return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
