/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording made on the dashboard, over a recorder that only says what it is told: names, words,
 * what is asked of the recorder, and how one leaves while it goes on.
 */
#include <time.h>

#include "tests/unit/ui_fixture.h"

#include "tests/screens/fake_recorder.h"

static char folder[] = "/tmp/tapdeck-record.XXXXXX";

static void touch(const char *name)
{
	FILE *f = fopen(name, "we");

	assert_non_null(f);
	fclose(f);
}

/* ---- names ---- */

static void test_names_are_free(void **state)
{
	static const struct {
		const char *path, *there[3], *want;
	} rows[] = {
		{ "a.dat", { NULL }, "a.dat" },
		{ "a.dat", { "a.dat" }, "a-2.dat" },
		{ "a.dat", { "a.dat", "a-2.dat" }, "a-3.dat" },
		{ "a-2.dat", { "a-2.dat" }, "a-3.dat" },
		{ "a-170312.dat", { "a-170312.dat" }, "a-170312-2.dat" },
		{ "a", { "a" }, "a-2" },
		{ ".dat", { ".dat" }, ".dat-2" },
		{ "-7", { "-7" }, "-7-2" },
		{ "./x.y/a", { NULL }, "./x.y/a" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *name;

		for (size_t k = 0; k < 3 && rows[i].there[k]; k++)
			touch(rows[i].there[k]);
		name = record_free_name(rows[i].path);
		assert_string_equal(name, rows[i].want);
		free(name);
		for (size_t k = 0; k < 3 && rows[i].there[k]; k++)
			unlink(rows[i].there[k]);
	}
}

static void test_default_names(void **state)
{
	char *name, *in;

	setenv("TZ", "UTC", 1);
	tzset();
	name = record_default_name(NULL, 1795280592 * NSEC_PER_SEC);
	assert_string_equal(name, "trace-20261121-170312.dat");
	in = record_default_name("/var/tmp/", 1795280592 * NSEC_PER_SEC);
	assert_string_equal(in, "/var/tmp/trace-20261121-170312.dat");
	free(name);
	free(in);
	name = record_folder("/var/tmp/x.dat");
	assert_string_equal(name, "/var/tmp/");
	in = record_folder("x.dat");
	assert_string_equal(in, "");
	free(name);
	free(in);
}

/* ---- words ---- */

static const struct recorder_status status = {
	.path = "/tmp/a\tb.dat",
	.began = 100 * NSEC_PER_SEC,
	.events = 12345,
	.bytes = 12900000,
	.events_rate = 123456,
};

static void test_line_fits(void **state)
{
	static const struct {
		int width;
		const char *want;
	} rows[] = {
		{ 80, "REC a\\tb.dat 12.3 MiB 00:41 123k/s lost 0" },
		{ 33, "REC 12.3 MiB 00:41 123k/s lost 0" },
		{ 31, "REC 12.3 MiB 00:41 lost 0" },
		{ 20, "REC 00:41 lost 0" },
		{ 12, "REC lost 0" },
		{ 3, "REC" },
		{ 0, "REC" },
	};
	struct strbuf b = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_clear(&b);
		record_line(&b, &status, 141 * NSEC_PER_SEC, rows[i].width);
		assert_string_equal(b.s, rows[i].want);
	}
	strbuf_done(&b);
}

static void test_line_tells_of_losses(void **state)
{
	struct recorder_status s = status;
	struct strbuf b = { 0 };

	s.lost = 7;
	s.lost_unknown = 1;
	s.missed = 12000;
	s.state = RECORDER_ENDING;
	s.ended = s.began + 7261 * NSEC_PER_SEC;
	record_line(&b, &s, UINT64_MAX, 200);
	assert_string_equal(b.s, "REC ending a\\tb.dat 12.3 MiB 2:01:01 123k/s lost at least 7 "
				 "missed 12k");
	strbuf_clear(&b);
	s.lost = s.missed = 0;
	record_line(&b, &s, UINT64_MAX, 200);
	assert_string_equal(b.s, "REC ending a\\tb.dat 12.3 MiB 2:01:01 123k/s lost some");
	strbuf_done(&b);
}

static void test_summary(void **state)
{
	struct recorder_status s = status;
	struct strbuf b = { 0 };

	record_summary(&b, &s);
	assert_string_equal(b.s, "12,345 events, 12.3 MiB in /tmp/a\\tb.dat");
	strbuf_clear(&b);
	s.events = 1;
	s.lost = 1000;
	s.lost_unknown = 1;
	s.missed = 2;
	s.reason = RECORDER_DISK_FULL;
	record_summary(&b, &s);
	assert_string_equal(b.s, "the disk is full: 1 event, 12.3 MiB in /tmp/a\\tb.dat; at least "
				 "1,000 lost; 2 left the store before they were written");
	strbuf_clear(&b);
	s.lost = s.missed = 0;
	s.reason = RECORDER_STOPPED;
	s.note = "w.dat lacks much";
	record_summary(&b, &s);
	assert_string_equal(b.s, "1 event, 12.3 MiB in /tmp/a\\tb.dat; some lost, nobody knows how "
				 "many; w.dat lacks much");
	strbuf_done(&b);
}

/* ---- what is asked of the recorder ---- */

static void begin(struct scene *s, enum record_scope scope, bool filtered)
{
	struct record_wish w = { .path = "w.dat", .scope = scope, .filtered = filtered };
	struct err e = ERR_INIT;

	s->ui->conf.live = true;
	if (record_begin(s->ui, &w, &e) < 0)
		fail_msg("%s", e.text);
}

/* What is not to be captured is not recorded, whether the display filter is taken or not. */
static void test_captured_alone(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	ui_set_captured(s->ui, "cpu == 2", NULL);
	begin(s, RECORD_STORE, false);
	assert_non_null(strstr(fake_recorder.filter, "or (cpu == 2)"));
	record_finish(s->ui);
	assert_int_equal(scope_type(&s->ui->scope, "cpu == 1", NULL), 0);
	begin(s, RECORD_STORE, false);
	assert_null(strstr(fake_recorder.filter, "cpu == 1"));
	record_finish(s->ui);
	begin(s, RECORD_STORE, true);
	assert_non_null(strstr(fake_recorder.filter, "or (cpu == 2)"));
	assert_non_null(strstr(fake_recorder.filter, "(cpu == 1)"));
	record_finish(s->ui);
}

static void test_scopes(void **state)
{
	struct scene *s = *state;
	uint64_t before = clock_mono();

	open_ui(s, 24, 80, false);
	assert_int_equal(scope_type(&s->ui->scope, "cpu == 1", NULL), 0);
	begin(s, RECORD_FROM_NOW, false);
	assert_in_range(fake_recorder.was.from, before, clock_mono());
	assert_true(fake_recorder.was.to == UINT64_MAX);
	assert_string_equal(fake_recorder.filter, "");
	assert_null(fake_recorder.was.meta);
	record_finish(s->ui);
	begin(s, RECORD_STORE, true);
	assert_int_equal(fake_recorder.was.from, 0);
	assert_true(fake_recorder.was.to == UINT64_MAX);
	assert_string_equal(fake_recorder.filter, "cpu == 1");
	record_finish(s->ui);
	ui_mark_range(s->ui, true, 10, 21);
	begin(s, RECORD_RANGE, false);
	assert_int_equal(fake_recorder.was.from, 10);
	assert_int_equal(fake_recorder.was.to, 21);
	record_finish(s->ui);
	assert_false(fake_recorder.running);
	assert_int_equal(fake_recorder.made, 3);
}

static void test_refusals(void **state)
{
	struct scene *s = *state;
	struct record_wish w = { .path = "w.dat", .scope = RECORD_RANGE };
	struct err e = ERR_INIT;

	open_ui(s, 24, 80, false);
	s->ui->conf.live = true;
	assert_int_equal(record_begin(s->ui, &w, &e), -EINVAL);
	assert_non_null(strstr(e.text, "markers"));
	s->ui->conf.live = false;
	w.scope = RECORD_FROM_NOW;
	assert_int_equal(record_begin(s->ui, &w, &e), -EINVAL);
	w.scope = RECORD_STORE; /* no recording is open: nothing tells its metadata */
	assert_int_equal(record_begin(s->ui, &w, &e), -ENOENT);
	begin(s, RECORD_STORE, false);
	assert_int_equal(record_begin(s->ui, &w, &e), -EBUSY);
	assert_int_equal(fake_recorder.made, 1);
}

/* ---- the dialog ---- */

static void test_two_keys_begin(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	s->ui->conf.live = true;
	type(s, "R Enter");
	assert_int_equal(fake_recorder.made, 1);
	assert_true(fake_recorder.was.from > 0);
	assert_int_equal(s->ui->dialogs, 0);
	type(s, "R"); /* the same ends it */
	assert_false(ui_recording(s->ui));
}

static void test_clicks_choose(void **state)
{
	struct scene *s = *state;
	struct area box;

	open_ui(s, 24, 80, false);
	s->ui->conf.live = true;
	type(s, "R");
	box = ui_dialog_area(s->ui, ui_top(s->ui));
	mouse(s, MOUSE_PRESS, box.y + 2, box.x + 20);  /* the store */
	mouse(s, MOUSE_PRESS, box.y + 5, box.x + 20);  /* zstd */
	mouse(s, MOUSE_PRESS, box.y + 3, box.x + 20);  /* no markers: refused */
	mouse(s, MOUSE_PRESS, box.y + 20, box.x + 20); /* beside it */
	type(s, "Enter");
	assert_int_equal(fake_recorder.made, 1);
	assert_int_equal(fake_recorder.was.from, 0);
	assert_true(fake_recorder.was.compress);
}

static void test_folder_is_remembered(void **state)
{
	struct scene *s = *state;
	char path[128];

	setenv("XDG_STATE_HOME", folder, 1);
	setenv("XDG_CONFIG_HOME", folder, 1);
	assert_int_equal(mkdir("deep down", 0700), 0);
	open_ui(s, 24, 80, true);
	s->ui->conf.live = true;
	type(s, "R j j j j j Space Home Space C-u");
	for (const char *c = "deep down/a.dat"; *c; c++)
		ui_input(s->ui, &(struct input) { .type = INPUT_KEY, .key = (keycode)*c });
	type(s, "Enter Enter R");
	close_ui(s);
	open_ui(s, 24, 80, true);
	assert_string_equal(s->ui->record.folder, "deep down/");
	assert_true(s->ui->record.compress);
	close_ui(s);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "tapdeck/%s", i ? "history" : "session");
		unlink(path);
	}
	assert_int_equal(rmdir("tapdeck") + rmdir("deep down"), 0);
}

/* ---- leaving ---- */

static void test_leaving_asks(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	begin(s, RECORD_STORE, false);
	type(s, "q");
	assert_false(ui_ended(s->ui));
	assert_true(bottom_has(s, "recording to w.dat goes on: stop it and quit?"));
	type(s, "n");
	assert_false(ui_ended(s->ui));
	assert_true(ui_recording(s->ui));
	type(s, "q y");
	assert_true(ui_ended(s->ui));
	assert_false(ui_recording(s->ui));
}

static void test_a_slow_end_is_told_and_left(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	begin(s, RECORD_STORE, false);
	fake_recorder.slow = 1;
	type(s, "q y");
	assert_false(ui_ended(s->ui));
	assert_false(bottom_has(s, "finishing"));
	usleep(250000);
	ui_update(s->ui);
	assert_true(bottom_has(s, "finishing w.dat; q leaves it as it is"));
	assert_false(ui_ended(s->ui));
	type(s, "q");
	assert_true(ui_ended(s->ui));
	close_ui(s);
	assert_int_equal(fake_recorder.abandoned, 1);
}

static void test_a_slow_end_comes(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	begin(s, RECORD_STORE, false);
	fake_recorder.slow = 1;
	type(s, "R q"); /* it ends already: nothing to ask */
	assert_null(s->ui->question.text);
	assert_false(ui_ended(s->ui));
	fake_recorder.slow = 0;
	ui_update(s->ui);
	assert_true(ui_ended(s->ui));
}

static void test_failure_is_told(void **state)
{
	struct scene *s = *state;

	open_ui(s, 24, 80, false);
	begin(s, RECORD_STORE, false);
	err_set(&fake_recorder.error, -ENOSPC, "the disk is full");
	ui_update(s->ui);
	assert_true(bottom_has(s, "the disk is full"));
	assert_false(ui_recording(s->ui));
	assert_false(ui_ended(s->ui));
	type(s, "q");
	assert_true(ui_ended(s->ui));
}

static int fresh(void **state)
{
	fake_recorder_reset();
	return setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_free),
		cmocka_unit_test(test_default_names),
		cmocka_unit_test(test_line_fits),
		cmocka_unit_test(test_line_tells_of_losses),
		cmocka_unit_test(test_summary),
		cmocka_unit_test_setup_teardown(test_scopes, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_captured_alone, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_two_keys_begin, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_clicks_choose, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_folder_is_remembered, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_leaving_asks, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_a_slow_end_is_told_and_left, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_a_slow_end_comes, fresh, teardown),
		cmocka_unit_test_setup_teardown(test_failure_is_told, fresh, teardown),
	};
	int rc;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	rc = cmocka_run_group_tests_name("record", tests, NULL, NULL);
	return chdir("/") < 0 || rmdir(folder) < 0 ? 1 : rc;
}
