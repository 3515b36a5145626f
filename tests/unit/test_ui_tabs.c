/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Panes that share a place: which one is shown, how one gets to the others, what a small screen and
 * the next start make of it.
 */
#include "tests/unit/ui_fixture.h"

static void expect_shown(struct scene *s, const char *name, bool shown)
{
	ui_draw(s->ui);
	for (unsigned i = 0; i < s->ui->panes; i++)
		if (!strcmp(s->ui->pane[i].ops->name, name))
			assert_int_equal(s->ui->pane[i].shown, shown);
}

/* The one that was used last is shown; its title line leads to the others. */
static void test_tabs(void **state)
{
	struct scene *s = *state;
	struct area a;

	open_ui(s, 24, 80, false);
	expect_shown(s, "processes", true);
	expect_shown(s, "groups", false);
	type(s, "w");
	assert_string_equal(ui_top(s->ui)->ops->name, "groups");
	assert_true(bottom_has(s, "group"));
	expect_shown(s, "processes", false);
	type(s, "e");
	expect_shown(s, "groups", true);
	a = s->ui->layout.area[3];
	mouse(s, MOUSE_PRESS, a.y, a.x + 3); /* " Processes  Groups  " */
	assert_string_equal(ui_top(s->ui)->ops->name, "processes");
	expect_shown(s, "groups", false);
	mouse(s, MOUSE_PRESS, a.y, a.x + 13);
	assert_string_equal(ui_top(s->ui)->ops->name, "groups");
	mouse(s, MOUSE_PRESS, a.y, a.x + 40); /* behind both it is nobody's */
	assert_string_equal(ui_top(s->ui)->ops->name, "groups");
	mouse(s, MOUSE_DOUBLE, a.y, a.x + 3);
	assert_string_equal(ui_top(s->ui)->ops->name, "processes");
	assert_false(s->ui->layout.max);
}

static void test_tab_key_goes_through_all(void **state)
{
	static const char *const names[] = { "events", "processes", "groups", "tracers" };
	struct scene *s = *state;

	for (int rows = 5; rows <= 24; rows += 19) { /* one pane at a time, and more */
		open_ui(s, rows, 80, false);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			type(s, "Tab");
			assert_string_equal(ui_top(s->ui)->ops->name, names[i]);
			expect_shown(s, names[i], true);
			expect_shown(s, "tracers", rows == 24 || i == 3);
		}
		close_ui(s);
	}
}

/* A pane that does not have the keys is shown again all the same. */
static void test_tab_is_remembered(void **state)
{
	char folder[] = "/tmp/tapdeck-test-XXXXXX", path[64];
	struct scene *s = *state;

	assert_non_null(mkdtemp(folder));
	setenv("XDG_STATE_HOME", folder, 1);
	setenv("XDG_CONFIG_HOME", folder, 1);
	open_ui(s, 24, 80, true);
	type(s, "w t");
	close_ui(s);
	open_ui(s, 24, 80, true);
	assert_string_equal(ui_top(s->ui)->ops->name, "tracers");
	expect_shown(s, "groups", true);
	close_ui(s);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/tapdeck/%s", folder, i ? "history" : "session");
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/tapdeck", folder);
	assert_int_equal(rmdir(path) + rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tabs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tab_key_goes_through_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tab_is_remembered, setup, teardown),
	};

	return cmocka_run_group_tests_name("ui_tabs", tests, NULL, NULL);
}
