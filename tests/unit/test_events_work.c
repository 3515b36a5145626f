/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is typed into the events pane: the filter bar with its verdicts and completions, the choice
 * of columns, and files to write to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/events_fixture.h"

static int verdict(struct ui *ui, const char *text)
{
	struct err e = ERR_INIT;

	return ui->prompt->check(text, &e, ui->prompt_data);
}

/* As they come, each with what it is. */
static const char *descriptions(struct ui *ui, const char *text)
{
	static char all[8192];
	struct strbuf b = { 0 };
	size_t from = 0;

	ui->prompt->complete(text, strlen(text), &from, &b, ui->prompt_data);
	snprintf(all, sizeof(all), "%zu:%s", from, strbuf_cstr(&b));
	strbuf_done(&b);
	return all;
}

/* The words alone. */
static const char *completions(struct ui *ui, const char *text)
{
	static char words[8192];
	const char *p = descriptions(ui, text);
	size_t n = 0;

	while (*p) {
		if (*p == '\t')
			p += strcspn(p, "\n");
		words[n++] = *p++;
	}
	words[n] = '\0';
	return words;
}

static void test_filter_bar(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	act(ui, ACT_FILTER, 0);
	assert_int_equal(verdict(ui, ""), 1);
	assert_int_equal(verdict(ui, "n"), 0);
	assert_int_equal(verdict(ui, "n == "), 0);
	assert_int_equal(verdict(ui, "n == 5"), 1);
	assert_int_equal(verdict(ui, "n == 5)"), -1);
	assert_int_equal(verdict(ui, "nn == 5"), -1); /* no event has it */
	assert_string_equal(completions(ui, "te"), "0:text\n");
	assert_string_equal(completions(ui, "text "),
			    "5:==\n!=\nin\n~\n=~\n!~\ncontains\nicontains\nstartswith\nendswith\n");
	assert_non_null(strstr(completions(ui, "n "), "&\n"));
	assert_string_equal(completions(ui, "comm startswith s"), "16:\"seven\"\n");
	assert_string_equal(completions(ui, "tid in (8, "), "11:7\n8\n");
	assert_string_equal(completions(ui, "exists te"), "7:text\n");
	assert_non_null(strstr(descriptions(ui, "te"), "\t__data_loc char[]  of tick, like \""));
	assert_non_null(strstr(descriptions(ui, "ti"), "\tthe thread it happened in, like "));
	assert_non_null(strstr(descriptions(ui, "tid == "), "\tin 1"));
	assert_string_equal(completions(ui, "n == 5 "), "7:and\nor\n");
	assert_string_equal(completions(ui, "tid == "), "7:7\n8\n");
	assert_string_equal(completions(ui, "comm==s"), "6:\"seven\"\n");
	assert_string_equal(completions(ui, "event == \"to"), "9:\"tock\"\n");
	assert_string_equal(completions(ui, "n == 5 and sy"), "11:system\n");
	ui->prompt->done("tid == 8 and n < 10", ui->prompt_data);
	settle(ui);
	assert_true(has(title(ui), "10 of 300 shown, 290 hidden"));
	act(ui, ACT_FILTER, 0);
	assert_string_equal(ui->initial, "tid == 8 and n < 10");
	ui->prompt->done("n == 12345", ui->prompt_data);
	settle(ui);
	/* Losses stay: what is looked for may have been among them. */
	assert_true(has(screen(ui), "1,234 events lost"));
	ui->prompt->done("n == 12345 and lost == 0", ui->prompt_data);
	settle(ui);
	assert_true(has(screen(ui), "none of 300 events passes the filter"));
	ui->prompt->done("", ui->prompt_data);
	settle(ui);
	assert_true(has(title(ui), "300 events"));
	ui_close(ui);
}

static void test_columns(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);
	struct act_arg none = { .y = -1, .x = -1 };
	struct strbuf saved = { 0 };

	(void)state;
	command(ui, ACT_COLUMNS, "time comm:4 event info");
	assert_true(has(line_of(screen(ui), 0), "COMM EVENT"));
	command(ui, ACT_COLUMNS, "time nonsense");
	assert_true(has(ui->said, "no column 'nonsense'"));
	act(ui, ACT_COLUMNS, 0);
	ui->dialog.ops->key(&ui->dialog, ' '); /* time off */
	ui->dialog.ops->key(&ui->dialog, 'J');
	assert_int_equal(ui->dialog.ops->act(&ui->dialog, ACT_ENTER, &none), REACT_CLOSE);
	dialog_close(ui);
	ui->view.ops->save(&ui->view, &saved);
	assert_string_equal(
	    saved.s, "columns = comm:4 event info\ntime-format = absolute\nsyscalls = readable\n");
	ui->view.ops->load(&ui->view, "columns", "event info");
	ui->view.ops->load(&ui->view, "columns", "not any more");
	ui->view.ops->load(&ui->view, "time-format", "delta");
	strbuf_clear(&saved);
	ui->view.ops->save(&ui->view, &saved);
	assert_string_equal(saved.s,
			    "columns = event info\ntime-format = delta\nsyscalls = readable\n");
	strbuf_done(&saved);
	ui_close(ui);
}

static void test_write(void **state)
{
	static const struct {
		const char *name, *first;
		unsigned lines;
	} all[] = { { "a.txt", "           seven-7       [000] ", 101 },
		    { "a.csv", "time,cpu,comm,pid,tid,event,info\n1.000000000,0,seven,,7,", 102 },
		    { "a.json", "{\"ts\":\"1.000000000\"", 101 } };
	struct ui *ui = ui_open(demo, 22, 100);

	(void)state;
	command(ui, ACT_FILTER, "n < 50 and tid == 7");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char path[128];
		unsigned lines = 0;
		struct stat st;
		uint8_t *bytes;
		size_t size;

		snprintf(path, sizeof(path), "%s", fixture_path(all[i].name));
		command(ui, ACT_WRITE, path);
		assert_true(has(ui->said, "100 rows written to "));
		bytes = fixture_load(path, &size);
		assert_memory_equal(bytes, all[i].first, strlen(all[i].first));
		for (size_t k = 0; k < size; k++)
			lines += bytes[k] == '\n';
		assert_int_equal(lines, all[i].lines);
		free(bytes);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		command(ui, ACT_WRITE, path); /* never written over */
		assert_true(has(ui->said, "is there already"));
	}
	command(ui, ACT_WRITE, fixture_path("a.doc"));
	assert_true(has(ui->said, ".txt, .csv or .json"));
	ui_close(ui);
}

static void test_write_to_a_full_disk(void **state)
{
	struct ui *ui = ui_open(demo, 22, 100);
	struct stat st;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s", fixture_path("gone/a.txt"));
	command(ui, ACT_WRITE, path);
	assert_true(has(ui->said, "No such file or directory"));
	assert_null(events(ui)->writing.spool);
	snprintf(path, sizeof(path), "%s", fixture_path("stop.txt"));
	ui->view.ops->act(&ui->view, ACT_WRITE, &(struct act_arg) { .text = path });
	act(ui, ACT_CANCEL, 0);
	assert_true(has(ui->said, "stopped"));
	assert_int_equal(stat(path, &st), 0);
	/* Leaving in the middle waits for the disk and leaks nothing. */
	ui->view.ops->act(&ui->view, ACT_WRITE,
			  &(struct act_arg) { .text = fixture_path("left.txt") });
	ui_close(ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter_bar),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_to_a_full_disk),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
