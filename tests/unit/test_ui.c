/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame over a deck without backends: what the terminal is told, who gets keys and clicks when
 * prompts, questions and dialogs meet, how long a message stays, and sizes nobody would choose.
 */
#include "tests/unit/ui_fixture.h"

/* ---- the terminal ---- */

static void test_theme_is_told(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	assert_string_equal(s->theme, theme_names[0]);
	assert_int_equal(s->mouse, -1);
	close_ui(s);
	conf_set(s->conf, "ui", "theme", "light");
	open_ui(s, 24, 80, false);
	assert_string_equal(s->theme, "light");
}

static void test_mouse_is_remembered(void **state)
{
	struct scene *s = *state;
	char dir[] = "/tmp/tapdeck-ui.XXXXXX", path[128];

	assert_non_null(mkdtemp(dir));
	setenv("XDG_STATE_HOME", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	open_ui(s, 24, 80, true);
	assert_int_equal(s->mouse, -1);
	ui_act(s->ui, NULL, ACT_MOUSE, NULL);
	assert_int_equal(s->mouse, 0);
	close_ui(s);
	open_ui(s, 24, 80, true);
	assert_int_equal(s->mouse, 0);
	close_ui(s);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/tapdeck/%s", dir, i ? "history" : "session");
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/tapdeck", dir);
	rmdir(path);
	assert_int_equal(rmdir(dir), 0);
}

/* ---- questions and prompts ---- */

static void on_answer(bool yes, void *data)
{
	struct scene *s = data;

	s->answers++;
	s->yes += yes;
}

static void test_long_question(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 40, false);
	ui_confirm(s->ui, "a question that is much longer than a line of forty columns", on_answer,
		   s);
	assert_true(bottom_has(s, "a question"));
	assert_true(bottom_has(s, "y/n"));
	type(s, "x y");
	assert_int_equal(s->answers, 1);
	assert_int_equal(s->yes, 1);
}

/* Whoever has the keys is the one that is seen. */
static void test_question_over_prompt(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	type(s, ": q");
	assert_true(bottom_has(s, "command: q"));
	ui_confirm(s->ui, "really?", on_answer, s);
	assert_true(bottom_has(s, "really? y/n"));
	type(s, "n");
	assert_int_equal(s->answers, 1);
	assert_int_equal(s->yes, 0);
	assert_true(bottom_has(s, "command: q"));
}

static int odd_check(const char *text, struct err *e, void *data)
{
	(void)e;
	(void)data;
	return *text ? -22 : 99;
}

static void odd_done(const char *text, void *data)
{
	*(bool *)data = text != NULL;
}

/* A verdict is one of three, whatever was returned. */
static void test_odd_verdict(void **state)
{
	static const struct prompt_ops ops = {
		.label = "odd",
		.check = odd_check,
		.done = odd_done,
	};
	struct scene *s = *state;
	bool accepted = false;

	open_ui(s, 24, 80, false);
	ui_prompt(s->ui, &ops, "", &accepted);
	assert_true(bottom_has(s, "= odd:"));
	type(s, "a Enter");
	assert_true(bottom_has(s, "x odd: a"));
	assert_false(accepted);
}

static int count_check(const char *text, struct err *e, void *data)
{
	(void)text;
	(void)e;
	++*(unsigned *)data;
	return -1;
}

/* What is pasted is judged as a whole, when it is there. */
static void test_paste_is_judged_once(void **state)
{
	static const struct prompt_ops ops = {
		.label = "pasted",
		.check = count_check,
		.done = odd_done,
	};
	struct scene *s = *state;
	unsigned judged = 0;

	open_ui(s, 24, 80, false);
	ui_prompt(s->ui, &ops, "", &judged);
	assert_int_equal(judged, 1);
	for (int i = 0; i < 1000; i++)
		ui_input(s->ui, &(struct input) { .type = INPUT_PASTE, .key = 'p' });
	ui_update(s->ui);
	ui_update(s->ui);
	assert_int_equal(judged, 2);
	assert_true(bottom_has(s, "x pasted:"));
}

/* ---- messages ---- */

static void test_message_waits(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	type(s, ":");
	ui_say(s->ui, LOOK_ERROR, "something failed");
	s->now += 60 * NSEC_PER_SEC;
	ui_update(s->ui);
	type(s, "Esc");
	assert_true(bottom_has(s, "something failed"));
	s->now += 7 * NSEC_PER_SEC;
	ui_update(s->ui);
	assert_true(bottom_has(s, "something failed"));
	s->now += 2 * NSEC_PER_SEC;
	ui_update(s->ui);
	assert_false(bottom_has(s, "something failed"));
}

/* A drain that failed is told, once. */
static void test_read_error(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	assert_int_equal(deck_open(s->deck, "burst", NULL), 0);
	assert_int_equal(deck_start(s->deck, NULL), 0);
	assert_true(poller_once(deck_poller(s->deck), 1000, NULL) >= 0);
	ui_update(s->ui);
	assert_true(bottom_has(s, "the pipe burst"));
	type(s, "Esc");
	ui_update(s->ui);
	assert_false(bottom_has(s, "the pipe burst"));
}

/* ---- dialogs ---- */

static unsigned entered;

static unsigned closing_act(struct view *v, enum action a, const struct act_arg *arg)
{
	(void)arg;
	entered += a == ACT_ENTER;
	return a == ACT_NONE ? REACT_CLOSE : v ? REACT_UNKNOWN : 0;
}

static void no_draw(const struct view *v, struct area *a)
{
	(void)v;
	(void)a;
}

static const struct view_ops closing_ops = {
	.name = "closing",
	.title = "Closing",
	.size = 1,
	.draw = no_draw,
	.act = closing_act,
};

/* The first half of a double click closed the dialog: the second is nobody's. */
static void test_double_click_on_closing(void **state)
{
	struct scene *s = *state;
	struct area box;
	struct view *v;

	entered = 0;
	open_ui(s, 24, 80, false);
	v = ui_dialog(s->ui, &closing_ops, NULL);
	assert_non_null(v);
	ui_draw(s->ui);
	box = ui_dialog_area(s->ui, v);
	mouse(s, MOUSE_DOUBLE, box.y, box.x);
	assert_int_equal(s->ui->dialogs, 0);
	assert_int_equal(entered, 0);
}

static void test_dialog_says_no(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	assert_non_null(ui_dialog(s->ui, &closing_ops, NULL));
	ui_do(s->ui, ui_top(s->ui), ACT_MAXIMIZE, &(struct act_arg) { .y = -1, .x = -1 });
	assert_int_equal(s->ui->dialogs, 1);
	assert_true(bottom_has(s, "'maximize' does nothing here"));
}

/* A double click on the header of the processes means none of them. */
static void test_double_click_on_header(void **state)
{
	struct scene *s = *state;
	const struct area *a;

	open_ui(s, 24, 80, false);
	ui_act(s->ui, NULL, ACT_PROCESSES, NULL);
	ui_draw(s->ui);
	a = &s->ui->layout.area[s->ui->focus];
	mouse(s, MOUSE_DOUBLE, a->y + 1, a->x + 3);
	assert_false(bottom_has(s, "no process stands here"));
	type(s, "Enter");
	assert_true(bottom_has(s, "no process stands here"));
}

/* Two clicks on a title give the pane the screen, two more give it back, and no other gets it. */
static void test_double_click_on_title(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	mouse(s, MOUSE_DOUBLE, 0, 3);
	assert_true(s->ui->layout.max);
	mouse(s, MOUSE_DOUBLE, 0, 70);
	assert_false(s->ui->layout.max);
	assert_string_equal(ui_top(s->ui)->ops->name, "tracers");
}

/* Pasted text does not reach a prompt behind a question. */
static void test_paste_behind_question(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	type(s, ": q");
	ui_confirm(s->ui, "really?", on_answer, s);
	ui_input(s->ui, &(struct input) { .type = INPUT_PASTE, .key = 'z' });
	type(s, "n");
	ui_input(s->ui, &(struct input) { .type = INPUT_PASTE, .key = 'u' });
	assert_true(bottom_has(s, "command: qu"));
}

/* ---- the trail ---- */

static void test_hide_own_again(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	ui_act(s->ui, NULL, ACT_HIDE_OWN, NULL);
	assert_int_equal(ui_scope(s->ui)->count, 1);
	ui_act(s->ui, NULL, ACT_BACK, NULL);
	assert_int_equal(ui_scope(s->ui)->count, 0);
	ui_act(s->ui, NULL, ACT_HIDE_OWN, NULL);
	assert_int_equal(ui_scope(s->ui)->count, 1);
	ui_act(s->ui, NULL, ACT_HIDE_OWN, NULL);
	assert_int_equal(ui_scope(s->ui)->count, 0);
}

/* Backspace goes to the pane one was led from, not to where the help was opened. */
static void test_help_leads_nowhere(void **state)
{
	struct scene *s = *state;
	struct act_arg none = { .y = -1, .x = -1 };

	open_ui(s, 24, 80, false);
	assert_int_equal(scope_push(ui_scope(s->ui), "one", "pid == 1", NULL), 0);
	ui_act(s->ui, "tracers", ACT_EVENTS, NULL);
	assert_string_equal(ui_top(s->ui)->ops->name, "events");
	ui_do(s->ui, ui_top(s->ui), ACT_BACK, &none);
	assert_int_equal(ui_scope(s->ui)->count, 0);
	assert_string_equal(ui_top(s->ui)->ops->name, "events");

	ui_act(s->ui, NULL, ACT_PROCESSES, NULL);
	assert_int_equal(scope_push(ui_scope(s->ui), "one", "pid == 1", NULL), 0);
	ui_act(s->ui, "events", ACT_EVENTS, NULL);
	assert_string_equal(ui_top(s->ui)->ops->name, "events");
	ui_do(s->ui, ui_top(s->ui), ACT_BACK, &none);
	assert_string_equal(ui_top(s->ui)->ops->name, "processes");
}

/* ---- sizes ---- */

static void draw_at_all_sizes(struct scene *s)
{
	static const int rows[] = { 1, 2, 3, 4, 5, 13, 14, 1000 };
	static const int cols[] = { 1, 2, 3, 7, 20, 59, 60, 61, 1000 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(cols); k++) {
			struct input in = { .type = INPUT_RESIZE, .y = rows[i], .x = cols[k] };
			const struct canvas *c;

			ui_input(s->ui, &in);
			c = ui_draw(s->ui);
			assert_int_equal(c->rows, rows[i]);
			assert_int_equal(c->cols, cols[k]);
			assert_in_range(c->cursor_y + 1, 0, c->rows);
			assert_in_range(c->cursor_x + 1, 0, c->cols);
			mouse(s, MOUSE_PRESS, rows[i] - 1, cols[k] - 1);
			mouse(s, MOUSE_DOUBLE, 0, 0);
		}
	}
}

static void test_sizes(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	for (unsigned i = 0; i < s->ui->panes; i++) {
		draw_at_all_sizes(s);
		type(s, "Tab");
	}
	ui_act(s->ui, NULL, ACT_HELP, NULL);
	draw_at_all_sizes(s);
	type(s, "/");
	assert_non_null(s->ui->prompt.ops);
	draw_at_all_sizes(s);
	ui_confirm(s->ui, "sure?", on_answer, s);
	draw_at_all_sizes(s);
}

/* ---- the capture filter ---- */

/* A kernel that takes all but CPU 9. */
static int take_capture(const char *text, struct strbuf *explained, struct err *e, void *data)
{
	struct scene *s = data;

	if (strstr(text, "9"))
		return err_caret(e, text, 7, "the kernel does not know CPU 9");
	strbuf_fmt(explained, "all of: %s\n", text);
	s->answers++;
	return 0;
}

static void open_capturing(struct scene *s)
{
	open_ui(s, 24, 80, false);
	s->ui->conf.capture = take_capture;
	s->ui->conf.capture_data = s;
}

static bool is_shown(const struct scene *s, uint64_t seconds, uint16_t cpu)
{
	const struct row r = { .ts = seconds * NSEC_PER_SEC, .cpu = cpu };
	struct filter *f = s->ui->scope.filter;

	return !f || filter_match(f, &r, NULL);
}

/* A row must pass what was to be captured at its time, whatever the kernel let pass. */
static void test_capture_by_time(void **state)
{
	struct scene *s = *state;

	open_capturing(s);
	assert_int_equal(ui_capture(s->ui, "cpu == 1", NULL), 0);
	assert_true(is_shown(s, 999, 5));
	assert_false(is_shown(s, 1000, 5));
	assert_true(is_shown(s, 1000, 1));
	s->now = 2000 * NSEC_PER_SEC;
	assert_int_equal(ui_capture(s->ui, "cpu == 2 # the other", NULL), 0);
	assert_true(is_shown(s, 999, 5));
	assert_true(is_shown(s, 1999, 1));
	assert_false(is_shown(s, 1999, 2));
	assert_true(is_shown(s, 2000, 2));
	assert_false(is_shown(s, 2000, 1));
	s->now = 3000 * NSEC_PER_SEC;
	assert_int_equal(ui_capture(s->ui, NULL, NULL), 0);
	assert_null(ui_captured(s->ui));
	assert_true(is_shown(s, 3000, 7));
	assert_false(is_shown(s, 2999, 7));
	/* The display filter comes and goes beside it. */
	type(s, "e / c p u = = 2 Enter F");
	assert_true(is_shown(s, 3000, 7));
	assert_false(is_shown(s, 2999, 7));
	/* As nothing of that time is here, nothing of it is kept. */
	ui_update(s->ui);
	assert_int_equal(s->ui->capture.era_count, 3);
	for (unsigned i = 0; i < 40; i++) {
		s->now += NSEC_PER_SEC;
		assert_int_equal(ui_capture(s->ui, i & 1 ? "cpu == 1" : "cpu == 2", NULL), 0);
	}
	assert_int_equal(s->ui->capture.era_count, 16);
}

/* The prompt keeps what the kernel refuses, with its words; the old filter is in force. */
static void test_capture_refused(void **state)
{
	struct scene *s = *state;

	open_capturing(s);
	type(s, "C c p u = = 1 Enter");
	assert_string_equal(ui_captured(s->ui), "cpu==1");
	assert_true(bottom_has(s, "only this is captured: cpu==1"));
	type(s, "C C-u c p u Space = = Space 9 Enter");
	assert_non_null(s->ui->prompt.ops);
	assert_true(bottom_has(s, "^ the kernel does not know CPU 9"));
	assert_string_equal(ui_captured(s->ui), "cpu==1");
	type(s, "Backspace 2 Enter");
	assert_null(s->ui->prompt.ops);
	assert_string_equal(ui_captured(s->ui), "cpu == 2");
	assert_int_equal(s->answers, 2);
}

/* What is shown is what is captured; what it was before holds too. */
static void test_promote(void **state)
{
	struct scene *s = *state;

	open_capturing(s);
	type(s, "&");
	assert_true(bottom_has(s, "no display filter"));
	type(s, "e / c p u = = 1 Enter &");
	assert_string_equal(ui_captured(s->ui), "cpu==1");
	assert_int_equal(scope_parts(&s->ui->scope), 0);
	type(s, "/ c p u = = 9 Enter &");
	assert_string_equal(ui_captured(s->ui), "cpu==1");
	assert_int_equal(scope_parts(&s->ui->scope), 1);
	type(s, "/ C-u c p u = = 2 Enter &");
	assert_string_equal(ui_captured(s->ui), "(cpu==1) and (cpu==2)");
}

#define t(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		t(test_theme_is_told),
		t(test_mouse_is_remembered),
		t(test_long_question),
		t(test_question_over_prompt),
		t(test_odd_verdict),
		t(test_paste_is_judged_once),
		t(test_message_waits),
		t(test_read_error),
		t(test_double_click_on_closing),
		t(test_double_click_on_header),
		t(test_double_click_on_title),
		t(test_paste_behind_question),
		t(test_dialog_says_no),
		t(test_hide_own_again),
		t(test_help_leads_nowhere),
		t(test_sizes),
		t(test_capture_by_time),
		t(test_capture_refused),
		t(test_promote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
