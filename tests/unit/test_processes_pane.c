/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes pane between a frame and a deck that are stand-ins here: what keys and clicks do,
 * where the cursor goes when rows move, what is narrowed, said, saved and loaded.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/processes_fixture.h"

/* ---- help for tests ---- */

static void born(struct ui *ui, uint64_t ts, int32_t pid, const char *comm)
{
	learn(&ui->deck.fx, rec_newtask(&ui->deck.fx, ts, 1, pid, comm, 0));
}

static void beat(struct ui *ui, int32_t tid, unsigned count)
{
	uint32_t task = summary_task(ui->deck.summary, ui->deck.fx.id, tid, ui->now);

	for (unsigned i = count; i-- > 0;)
		summary_fold(ui->deck.summary, task, ui->deck.kind, ui->now - i);
}

static unsigned act(struct ui *ui, enum action a)
{
	struct act_arg arg = { .y = -1, .x = -1 };

	return processes_ops.act(&ui->view, a, &arg);
}

static unsigned act_text(struct ui *ui, enum action a, const char *text)
{
	struct act_arg arg = { .y = -1, .x = -1, .text = text };

	return processes_ops.act(&ui->view, a, &arg);
}

static unsigned click(struct ui *ui, int y, int x)
{
	struct act_arg arg = { .y = y, .x = x };

	return processes_ops.act(&ui->view, ACT_NONE, &arg);
}

static void second(struct ui *ui)
{
	ui->now += S;
	processes_ops.update(&ui->view);
}

static int32_t at_cursor(struct ui *ui)
{
	const struct process_row *r = pane_row(ui->view.state);

	return r ? r->tid : -1;
}

/* Five processes 101 to 105, the first the busiest. */
static void five(struct ui *ui)
{
	static const char *const names[] = { "ash", "bash", "csh", "dash", "ek sh" };

	for (int32_t i = 0; i < 5; i++) {
		born(ui, 50 * S, 101 + i, names[i]);
		beat(ui, 101 + i, (unsigned)(100 - 10 * i));
	}
	assert_int_equal(processes_ops.update(&ui->view), REACT_DRAW);
}

static void expect_trail(struct ui *ui, const char *want)
{
	char *got = scope_text(&ui->scope);

	assert_string_equal(got, want);
	free(got);
}

static const char *status(struct ui *ui)
{
	static char text[256];
	struct strbuf b = { 0 };

	processes_ops.status(&ui->view, &b);
	snprintf(text, sizeof(text), "%s", strbuf_cstr(&b));
	strbuf_done(&b);
	return text;
}

static void dump(struct ui *ui, struct strbuf *out)
{
	struct canvas c = { 0 };
	struct area a;

	canvas_resize(&c, ROWS, COLS);
	canvas_clear(&c);
	a = area_all(&c);
	processes_ops.draw(&ui->view, &a);
	canvas_dump(&c, out);
	canvas_done(&c);
}

static void expect_on_screen(struct ui *ui, const char *want)
{
	struct strbuf b = { 0 };

	dump(ui, &b);
	if (!strstr(strbuf_cstr(&b), want))
		fail_msg("no '%s' in\n%s", want, b.s);
	strbuf_done(&b);
}

/* ---- cases ---- */

static void test_nothing_says_what_to_press(void **state)
{
	struct ui *ui = *state;

	processes_ops.update(&ui->view);
	expect_on_screen(ui, "t goes to the tracers, Space switches one on");
	assert_string_equal(status(ui), "");
	/* No action without a row does harm. */
	for (unsigned a = 1; a < ACT_COUNT; a++)
		act(ui, (enum action)a);
	assert_null(ui->scope.filter);
}

static void test_cursor_stays_with_its_process(void **state)
{
	struct ui *ui = *state;

	five(ui);
	assert_int_equal(at_cursor(ui), 101);
	beat(ui, 105, 5000);
	second(ui);
	assert_int_equal(at_cursor(ui), 105); /* nobody was picked: the top is the top */
	act(ui, ACT_DOWN);
	act(ui, ACT_DOWN);
	assert_int_equal(at_cursor(ui), 102);
	beat(ui, 102, 9000);
	second(ui);
	assert_int_equal(at_cursor(ui), 102);
	assert_int_equal(((struct pane *)ui->view.state)->table.cursor, 0);
	beat(ui, 103, 20000);
	second(ui);
	assert_int_equal(at_cursor(ui), 102);
	act_text(ui, ACT_SORT, "comm");
	assert_int_equal(at_cursor(ui), 102);
	act(ui, ACT_FIRST);
	assert_int_equal(at_cursor(ui), 101);
}

static void test_what_sinks_does_not_take_the_list_with_it(void **state)
{
	struct ui *ui = *state;
	struct pane *p = ui->view.state;

	five(ui);
	ui->view.rows = 3; /* the header and two rows */
	act(ui, ACT_DOWN);
	assert_int_equal(at_cursor(ui), 102);
	for (int32_t pid = 103; pid <= 105; pid++)
		beat(ui, pid, 5000);
	second(ui);
	assert_int_equal(p->table.top, 0);
	assert_int_equal(p->table.cursor, 1);
	assert_int_equal(at_cursor(ui), 104);
	/* Whose events are looked at is found again, wherever it went. */
	act(ui, ACT_ITS_EVENTS);
	beat(ui, 101, 9000);
	beat(ui, 102, 9000);
	beat(ui, 105, 9000);
	second(ui);
	assert_int_equal(at_cursor(ui), 104);
	assert_true(p->table.top > 0);
}

static void test_updates_are_rare(void **state)
{
	struct ui *ui = *state;

	five(ui);
	assert_int_equal(processes_ops.update(&ui->view), REACT_NONE);
	ui->now += S / 2;
	assert_int_equal(processes_ops.update(&ui->view), REACT_NONE);
	ui->now += S / 2;
	assert_int_equal(processes_ops.update(&ui->view), REACT_DRAW);
	/* A recording that was read through changes no more. */
	ui->deck.ended = true;
	second(ui);
	ui->now -= S / 2;
	processes_ops.update(&ui->view);
	assert_int_equal(processes_ops.update(&ui->view), REACT_NONE);
}

static void test_its_events(void **state)
{
	struct ui *ui = *state;

	five(ui);
	act(ui, ACT_DOWN);
	act(ui, ACT_ITS_EVENTS);
	expect_trail(ui, "pid == 102");
	assert_string_equal(ui->scope.crumbs[0].label, "bash 102");
	assert_string_equal(ui->acted, "events events");
	assert_string_equal(ui->said, "");
	act(ui, ACT_ITS_EVENTS); /* once more is no second crumb */
	assert_int_equal(ui->scope.count, 1);
	assert_non_null(strstr(status(ui), "the filter applies to the events pane"));
	/* The frame's Backspace takes the crumb; cursor and order are as they were. */
	assert_int_equal(act(ui, ACT_BACK), REACT_UNKNOWN);
	assert_true(scope_pop(&ui->scope));
	assert_int_equal(at_cursor(ui), 102);
	/* Enter is for all that there is to say of it. */
	act(ui, ACT_ENTER);
	assert_int_equal(ui->cockpits, 1);
	assert_int_equal(ui->cockpit.pid, 102);
	assert_int_equal(ui->scope.count, 0);
}

static void test_events_of_a_pid_used_twice(void **state)
{
	struct ui *ui = *state;

	born(ui, 50 * S, 101, "old");
	beat(ui, 101, 5);
	learn(&ui->deck.fx, rec_exit(&ui->deck.fx, EXIT, 101 * S, 101, "old", true));
	born(ui, 102 * S, 101, "new");
	ui->now = 103 * S;
	beat(ui, 101, 5);
	second(ui);
	act(ui, ACT_ITS_EVENTS);
	expect_trail(ui, "pid == 101 and time < 102.000000000");
	scope_clear(&ui->scope);
	act(ui, ACT_DOWN);
	act(ui, ACT_ITS_EVENTS);
	expect_trail(ui, "pid == 101 and time >= 102.000000000");
	assert_string_equal(ui->said, "");
}

static void test_events_of_a_thread(void **state)
{
	struct ui *ui = *state;

	beat(ui, 900, 5); /* of no known process */
	second(ui);
	act(ui, ACT_ITS_EVENTS);
	expect_trail(ui, "tid == 900");
	scope_clear(&ui->scope);
	born(ui, 50 * S, 101, "one");
	learn(&ui->deck.fx, rec_newtask(&ui->deck.fx, 51 * S, 101, 102, "two", 0x10000));
	beat(ui, 102, 500);
	act(ui, ACT_THREADS);
	act(ui, ACT_FIRST);
	assert_int_equal(at_cursor(ui), 102);
	expect_on_screen(ui, "TID");
	act(ui, ACT_ITS_EVENTS);
	expect_trail(ui, "tid == 102");
	act(ui, ACT_THREADS);
	assert_int_equal(at_cursor(ui), 101);
}

static void test_include_and_exclude(void **state)
{
	static const struct {
		enum process_column column;
		enum action action;
		const char *want;
	} cases[] = {
		{ PROCESS_COMM, ACT_INCLUDE, "comm == \"ek sh\"" },
		{ PROCESS_COMM, ACT_EXCLUDE, "comm != \"ek sh\"" },
		{ PROCESS_PID, ACT_INCLUDE, "pid == 105" },
		{ PROCESS_PID, ACT_EXCLUDE, "pid != 105" },
		{ PROCESS_TOP, ACT_INCLUDE, "event == test:alpha" },
		{ PROCESS_RECENT, ACT_EXCLUDE, "event != test:alpha" },
		{ PROCESS_RATE, ACT_INCLUDE, "" },
	};
	struct ui *ui = *state;
	struct pane *p = ui->view.state;

	five(ui);
	act(ui, ACT_LAST);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (p->table.column = 0; p->table.order[p->table.column] != cases[i].column;)
			p->table.column++;
		act(ui, cases[i].action);
		expect_trail(ui, cases[i].want);
		scope_clear(&ui->scope);
	}
	assert_non_null(strstr(ui->said, "cannot be told by rate"));
}

static void test_sorting_by_keys_and_clicks(void **state)
{
	struct ui *ui = *state;
	struct pane *p = ui->view.state;
	int x, width;

	five(ui);
	act(ui, ACT_SORT); /* the cursor is on the name */
	assert_int_equal(p->model.sort, PROCESS_COMM);
	assert_false(p->table.reverse);
	act(ui, ACT_REVERSE);
	act(ui, ACT_FIRST);
	processes_ops.update(&ui->view);
	assert_true(p->table.reverse);
	assert_int_equal(processes_at(&p->model, 0)->tid, 105);
	assert_true(table_place(&p->table, COLS, 0, &x, &width)); /* pid */
	click(ui, 0, x + 1);
	assert_int_equal(p->table.sort, PROCESS_PID);
	assert_int_equal(processes_at(&p->model, 0)->tid, 101);
	click(ui, 0, x + 1);
	assert_int_equal(processes_at(&p->model, 0)->tid, 105);
	click(ui, 3, x + 1);
	assert_int_equal(at_cursor(ui), 103);
	click(ui, 7, x + 1); /* below the last row */
	assert_int_equal(at_cursor(ui), 103);
	act_text(ui, ACT_SORT, "nonsense");
	assert_non_null(strstr(ui->said, "no column 'nonsense'"));
}

/* A column that rows are grouped by is counted, the others say so. */
static void test_values_of_a_column(void **state)
{
	struct ui *ui = *state;
	struct pane *p = ui->view.state;

	five(ui);
	act(ui, ACT_VALUES);
	assert_string_equal(ui->counted, "comm");
	for (p->table.column = 0; p->table.order[p->table.column] != PROCESS_RECENT;)
		p->table.column++;
	act(ui, ACT_VALUES);
	assert_string_equal(ui->counted, "event");
	for (p->table.column = 0; p->table.order[p->table.column] != PROCESS_RATE;)
		p->table.column++;
	ui->counted[0] = '\0';
	act(ui, ACT_VALUES);
	assert_string_equal(ui->counted, "");
	assert_non_null(strstr(ui->said, "rows cannot be counted by rate"));
	act_text(ui, ACT_VALUES, "cpu");
	assert_string_equal(ui->counted, "cpu");
}

static void test_gone_are_dim_or_hidden(void **state)
{
	struct ui *ui = *state;

	five(ui);
	learn(&ui->deck.fx, rec_exit(&ui->deck.fx, EXIT, 100 * S, 105, "ek sh", true));
	act(ui, ACT_LAST);
	second(ui);
	assert_string_equal(status(ui), "5, 1 gone");
	expect_on_screen(ui, "    xxx xx");
	assert_int_equal(at_cursor(ui), 105);
	act(ui, ACT_GONE);
	assert_string_equal(status(ui), "5, 1 gone hidden");
	assert_int_equal(at_cursor(ui), 104); /* the nearest that is left */
	for (int32_t pid = 101; pid < 105; pid++)
		learn(&ui->deck.fx, rec_exit(&ui->deck.fx, EXIT, 101 * S, pid, "x", true));
	second(ui);
	expect_on_screen(ui, "all 5 ended; d shows them");
}

/* Who has no known process can be told by the tid alone. */
static void test_tids_of_a_recording(void **state)
{
	struct ui *ui = *state;
	struct pane *p = ui->view.state;

	beat(ui, 900, 5);
	processes_ops.update(&ui->view);
	assert_int_equal(p->table.order[1], PROCESS_COMM);
	ui->deck.ended = true;
	second(ui);
	assert_int_equal(p->table.order[1], PROCESS_TID);
	assert_int_equal(p->table.order[p->table.column], PROCESS_COMM);
	expect_on_screen(ui, "?     900");
	act_text(ui, ACT_COLUMNS, "pid comm"); /* who says what to show is obeyed */
	second(ui);
	act(ui, ACT_THREADS);
	assert_int_equal(p->table.shown, 2);
}

static void test_losses_are_said(void **state)
{
	struct ui *ui = *state;

	five(ui);
	ui->deck.source->lost = 10;
	second(ui);
	assert_non_null(strstr(status(ui), "at least"));
}

static void test_columns(void **state)
{
	struct ui *ui = *state;
	struct pane *p = ui->view.state;
	struct err e = ERR_INIT;

	five(ui);
	act_text(ui, ACT_COLUMNS, "comm pid exe");
	assert_int_equal(p->table.shown, 3);
	assert_true(p->model.details);
	act_text(ui, ACT_COLUMNS, "comm pit");
	assert_non_null(strstr(ui->said, "pid"));
	assert_int_equal(p->table.shown, 3);
	act(ui, ACT_COLUMNS);
	assert_string_equal(ui->prompted, "comm pid exe");
	assert_int_equal(ui->prompt->check("comm rate", &e, &ui->view), 1);
	assert_int_equal(ui->prompt->check("comm rat", &e, &ui->view), -1);
	ui->prompt->done(NULL, &ui->view);
	assert_int_equal(p->table.shown, 3);
	ui->prompt->done("pid comm events", &ui->view);
	assert_false(p->model.details);
	p->table.column = 1;
	act(ui, ACT_YANK_CELL);
	assert_string_equal(ui->yanked, "ash");
	act(ui, ACT_YANK_ROW);
	assert_string_equal(ui->yanked, "101\tash\t100");
}

/* Gives what save wrote to load, line by line. */
static void load_all(struct view *v, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *eq = strstr(line, " = ");

		assert_non_null(eq);
		*eq = '\0';
		processes_ops.load(v, line, eq + 3);
	}
}

static void test_what_is_remembered(void **state)
{
	struct ui *ui = *state;
	struct pane *p = ui->view.state;
	struct strbuf first = { 0 }, second_time = { 0 };

	act_text(ui, ACT_COLUMNS, "pid comm:20 rate uid");
	act_text(ui, ACT_SORT, "uid");
	act(ui, ACT_REVERSE);
	act(ui, ACT_TREE);
	act(ui, ACT_GONE);
	processes_ops.save(&ui->view, &first);
	processes_ops.close(&ui->view);
	memset(ui->view.state, 0, processes_ops.size);
	processes_ops.open(&ui->view, NULL);
	load_all(&ui->view, first.s);
	assert_int_equal(p->model.sort, PROCESS_UID);
	assert_true(p->model.descending && p->model.tree && p->model.hide_gone);
	assert_false(p->model.threads);
	assert_true(p->model.details);
	processes_ops.save(&ui->view, &second_time);
	assert_non_null(strstr(second_time.s, "columns = pid comm:20 rate uid\n"));
	/* What makes no sense changes nothing. */
	processes_ops.load(&ui->view, "columns", "no such");
	processes_ops.load(&ui->view, "sort", "");
	processes_ops.load(&ui->view, "unheard", "of");
	assert_int_equal(p->table.shown, 4);
	assert_int_equal(p->model.sort, PROCESS_UID);
	strbuf_done(&first);
	strbuf_done(&second_time);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_nothing_says_what_to_press),
		CASE(test_cursor_stays_with_its_process),
		CASE(test_what_sinks_does_not_take_the_list_with_it),
		CASE(test_updates_are_rare),
		CASE(test_its_events),
		CASE(test_events_of_a_pid_used_twice),
		CASE(test_events_of_a_thread),
		CASE(test_include_and_exclude),
		CASE(test_sorting_by_keys_and_clicks),
		CASE(test_values_of_a_column),
		CASE(test_gone_are_dim_or_hidden),
		CASE(test_tids_of_a_recording),
		CASE(test_losses_are_said),
		CASE(test_columns),
		CASE(test_what_is_remembered),
	};

	return cmocka_run_group_tests_name("processes_pane", tests, NULL, NULL);
}
