/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The groups pane in the frame, over a recording: what its title says while it counts, where the
 * cursor goes when order, filter or table change, what holding and narrowing do, and what the lists
 * of values mark.
 */
#include "tests/unit/grouping_fixture.h"

#include "tests/screens/stage.h"
#include "tui/groups.h"
#include "tui/ui_private.h"

extern const struct view_ops groups_ops;

static struct stage stage;

static void open_stage(const char *description)
{
	const char *files[] = { fixture_make("pane.dat", description, "le64", "4096"), NULL };
	struct stage_conf c = { .rows = 24, .cols = 100, .ascii = true, .files = files };

	is_slow = false;
	assert_int_equal(stage_open(&stage, &c, NULL), 0);
}

static int close_stage(void **state)
{
	(void)state;
	is_slow = false;
	stage_close(&stage);
	return 0;
}

static void type(const char *keys)
{
	assert_int_equal(ui_type(stage.ui, keys, NULL), 0);
	if (!is_slow)
		assert_true(stage_settle(&stage));
}

static void group_by(const char *text)
{
	type("g");
	stage_write(&stage, text);
	type("Enter");
}

static struct groups *pane(void)
{
	return stage.ui->pane[3].state;
}

/* The name under the cursor. */
static const char *at_cursor(void)
{
	static char text[128];
	struct strbuf b = { 0 };
	uint32_t row;

	assert_true(groups_row(pane(), &row));
	grouping_name(&pane()->g, row, &b);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(b.s, "\n"), b.s);
	strbuf_done(&b);
	return text;
}

static bool is_on_screen(const char *text)
{
	struct strbuf b = { 0 };
	bool is;

	canvas_dump(ui_draw(stage.ui), &b);
	is = strstr(strbuf_cstr(&b), text) != NULL;
	strbuf_done(&b);
	return is;
}

static const char *trail(void)
{
	static char text[256];
	char *got = scope_text(ui_scope(stage.ui));

	snprintf(text, sizeof(text), "%s", got);
	free(got);
	return text;
}

static const char crowd[] = HEAD "cpu 0\nmany 3000 1000000000 1000 tick tid=7 n=$ text=t\n"
				 "many 2000 2000000000 1000 tick tid=8 n=$ text=u\n"
				 "cpu 1\nmany 1000 1000000000 1000 tock tid=9 m=$\n";

/* ---- cases ---- */

static void test_says_how_far_it_is(void **state)
{
	(void)state;
	open_stage(crowd);
	is_slow = true;
	group_by("comm show count");
	assert_true(is_on_screen(" % of 6000, "));
	assert_true(is_on_screen("rows, by comm"));
	is_slow = false;
	assert_true(stage_settle(&stage));
	assert_false(is_on_screen(" % of 6000, "));
	assert_true(is_on_screen("3 groups of 6,000 rows, by comm"));
	assert_true(is_on_screen("seven"));
}

static void test_cursor_stays_with_its_group(void **state)
{
	(void)state;
	open_stage(crowd);
	group_by("comm show count");
	assert_string_equal(at_cursor(), "seven");
	type("r");
	assert_string_equal(at_cursor(), "nine"); /* nobody put it there: the top is the top */
	type("j r");
	assert_string_equal(at_cursor(), "e\\x1b[2J");
	type("j r"); /* from the middle to the last, which is the first then */
	assert_string_equal(at_cursor(), "nine");
	assert_int_equal(pane()->table.cursor, 0);
	/* In another table it is found by its name. */
	type("/");
	stage_write(&stage, "event == tock or n < 10");
	type("Enter");
	assert_string_equal(at_cursor(), "nine");
	type("F Home");
	assert_false(pane()->picked);
}

static void test_into_and_back(void **state)
{
	(void)state;
	open_stage(crowd);
	group_by("comm show count");
	type("j Enter");
	assert_string_equal(ui_top(stage.ui)->ops->name, "events");
	assert_string_equal(trail(), "comm == \"e\\\\x1b[2J\"");
	assert_int_equal(pane()->g.count, 1);
	type("Backspace");
	assert_string_equal(ui_top(stage.ui)->ops->name, "groups");
	assert_string_equal(trail(), "");
	assert_int_equal(pane()->table.cursor, 1);
	assert_string_equal(at_cursor(), "e\\x1b[2J");
}

static void test_held(void **state)
{
	(void)state;
	open_stage(crowd);
	group_by("comm show count");
	type("Space / c o m m Space = = Space n i n e Enter");
	assert_true(is_on_screen("paused, 3 groups of 6,000 rows"));
	type("Space");
	assert_true(is_on_screen("1 group, 1,000 of 6,000 rows"));
	type("F Space i"); /* what is narrowed here is seen here */
	assert_false(pane()->g.held);
	assert_int_equal(pane()->g.count, 1);
}

/* A name of a column may have a colon, and a width behind another one. */
static void test_columns(void **state)
{
	struct strbuf b = { 0 };

	(void)state;
	open_stage(crowd);
	group_by("demo:tick.text, comm show count, p99(demo:tick.n)");
	type(":");
	stage_write(&stage, "columns count demo:tick.text:30 p99(demo:tick.n)");
	type("Enter");
	table_get_columns(&pane()->table, &b);
	assert_string_equal(b.s, "count demo:tick.text:30 p99(demo:tick.n)");
	assert_true(is_on_screen("COUNTv text"));
	type("h h h o");
	assert_int_equal(pane()->g.sort, 2);
	strbuf_clear(&b);
	groups_ops.save(&stage.ui->pane[3], &b);
	assert_non_null(strstr(b.s, "group = demo:tick.text, comm show count, p99(demo:tick.n)\n"));
	assert_non_null(strstr(b.s, "columns = count demo:tick.text:30 p99(demo:tick.n)\n"));
	assert_non_null(strstr(b.s, "sort = count\ndescending = no\n"));
	strbuf_done(&b);
}

static void test_search(void **state)
{
	(void)state;
	open_stage(crowd);
	group_by("text, comm show count");
	type("s");
	stage_write(&stage, "U");
	type("Enter");
	assert_true(is_on_screen("no group shows 'U'"));
	type("s");
	stage_write(&stage, "u");
	type("Enter");
	assert_string_equal(at_cursor(), "u");
	type("k n N");
	assert_string_equal(at_cursor(), "u");
	type("Esc n");
	assert_true(is_on_screen("nothing was searched for yet"));
}

static void test_values_that_are_marked(void **state)
{
	(void)state;
	open_stage(crowd);
	type("e :");
	stage_write(&stage, "values comm");
	type("Enter");
	assert_string_equal(ui_top(stage.ui)->ops->name, "values");
	type("Space j Space x");
	assert_string_equal(ui_top(stage.ui)->ops->name, "events");
	assert_string_equal(trail(), "(not (comm == \"seven\")) and (not (comm == \"nine\"))");
	group_by("comm show count");
	assert_int_equal(pane()->g.count, 1);
	type("Backspace :");
	stage_write(&stage, "values nosuch");
	type("Enter");
	assert_true(is_on_screen("no field 'nosuch'"));
	assert_int_equal(stage.ui->dialogs, 0);
}

/* What has values but no amounts is offered where values are enough. */
static void test_keys_are_offered_in_measures(void **state)
{
	(void)state;
	open_stage(crowd);
	type("g");
	stage_write(&stage, "text show count, distinct( p");
	type("Tab");
	assert_true(is_on_screen("process id of the parent"));
	type("C-u");
	stage_write(&stage, "text show count, max( p");
	type("Tab");
	assert_false(is_on_screen("process id"));
	type("Backspace Tab");
	assert_true(is_on_screen("of tock"));
	assert_false(is_on_screen("control group"));
	type("Esc");
}

#define CASE(fn) cmocka_unit_test_teardown(fn, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_says_how_far_it_is),
		CASE(test_cursor_stays_with_its_group),
		CASE(test_into_and_back),
		CASE(test_held),
		CASE(test_columns),
		CASE(test_search),
		CASE(test_values_that_are_marked),
		CASE(test_keys_are_offered_in_measures),
	};

	return cmocka_run_group_tests_name("groups_pane", tests, fixture_setup, fixture_teardown);
}
