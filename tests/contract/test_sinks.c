/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every sink must do, whatever it writes: take any row, however hostile, in whole lines;
 * say when nobody reads; close in any state.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/contract/sinks_stage.h"
#include <jansson.h>

static struct sink *sink_open(const struct sink_ops *ops, const struct stage *st, int fd)
{
	struct sink_conf c = { .fd = fd, .identity = st->identity };
	struct sink *s = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(sink_new(ops->name, &c, &s, &e), 0);
	return s;
}

/* Writes rows of every kind through a sink and returns what came out; the caller frees. */
static char *write_all(const struct sink_ops *ops, struct stage *st, unsigned *lines)
{
	int fd = memfd_create("out", MFD_CLOEXEC);
	struct sink *s = sink_open(ops, st, fd);
	struct row loss = {
		.ts = 5, .cpu = 2, .flags = ROW_LOSS, .lost = 10, .source = &st->source
	};
	struct row unknown = st->row, shortened = st->row, command = st->row;
	char *text;
	off_t size;

	unknown.schema = NULL;
	shortened.size = 20;
	shortened.flags = ROW_DAMAGED;
	command.cpu = CPU_NONE;
	assert_int_equal(ops->row(s, &st->row, NULL), 0);
	assert_int_equal(ops->row(s, &loss, NULL), 0);
	loss.lost = LOST_UNKNOWN;
	assert_int_equal(ops->row(s, &loss, NULL), 0);
	assert_int_equal(ops->row(s, &unknown, NULL), 0);
	assert_int_equal(ops->row(s, &shortened, NULL), 0);
	assert_int_equal(ops->row(s, &command, NULL), 0);
	*lines = 6 + ops->has_header;
	assert_int_equal(ops->tick(s, NULL), 0);
	assert_true(lseek(fd, 0, SEEK_CUR) > 0); /* a tick sends everything on its way */
	assert_int_equal(sink_free(s, NULL), 0);
	size = lseek(fd, 0, SEEK_END);
	text = calloc(1, (size_t)size + 1);
	assert_int_equal(pread(fd, text, (size_t)size, 0), size);
	close(fd);
	return text;
}

/* Those that write lines to whatever they are given; the others want a file. */
#define for_each_of_lines(i)                                                                       \
	for (size_t i = 0; sinks[i]; i++)                                                          \
		if (!sinks[i]->page)

static void test_table(void **state)
{
	(void)state;
	assert_non_null(sinks[0]);
	for (size_t i = 0; sinks[i]; i++) {
		assert_true(sinks[i]->name[0] && sinks[i]->blurb[0] && sinks[i]->size);
		assert_true(sinks[i]->open && sinks[i]->tick && sinks[i]->close);
		assert_true(sinks[i]->row || sinks[i]->page);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(sinks[i]->name, sinks[k]->name);
	}
}

static void test_unknown_name(void **state)
{
	struct sink_conf c = { .fd = -1 };
	struct sink *s = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(sink_new("no such sink", &c, &s, &e), -ENOENT);
	assert_non_null(strstr(e.text, "no such sink"));
	assert_int_equal(sink_free(NULL, NULL), 0);
}

static void test_whole_lines_without_control(void **state)
{
	struct stage st;

	(void)state;
	stage_open(&st);
	for_each_of_lines(i)
	{
		unsigned want, lines = 0;
		char *text = write_all(sinks[i], &st, &want);

		for (char *at = text, *nl; *at; at = nl + 1) {
			nl = strchr(at, '\n');
			assert_non_null(nl);
			assert_true(safe_is_plain(at, (size_t)(nl - at)));
			lines++;
		}
		assert_int_equal(lines, want);
		free(text);
	}
	stage_close(&st);
}

static void test_reader_gone(void **state)
{
	struct stage st;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	stage_open(&st);
	for_each_of_lines(i)
	{
		struct err e = ERR_INIT;
		struct sink *s;
		int fds[2];

		assert_int_equal(pipe(fds), 0);
		close(fds[0]);
		s = sink_open(sinks[i], &st, fds[1]);
		sinks[i]->row(s, &st.row, &e);
		assert_int_equal(sinks[i]->tick(s, &e), -EPIPE);
		sink_free(s, NULL);
		close(fds[1]);
	}
	stage_close(&st);
}

static void test_disk_full(void **state)
{
	struct stage st;

	(void)state;
	stage_open(&st);
	for_each_of_lines(i)
	{
		int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
		struct sink *s = sink_open(sinks[i], &st, fd);
		struct err e = ERR_INIT;

		sinks[i]->row(s, &st.row, &e);
		assert_int_equal(sinks[i]->tick(s, &e), -ENOSPC);
		assert_true(e.text[0]);
		sink_free(s, NULL);
		close(fd);
	}
	stage_close(&st);
}

/* Reads what is in a pipe and returns the number of lines and bytes. */
static size_t empty_pipe(int fd, size_t *lines)
{
	char buf[4096];
	size_t size = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		size += (size_t)n;
		for (ssize_t i = 0; i < n; i++)
			*lines += buf[i] == '\n';
	}
	return size;
}

/* A full pipe that does not block loses nothing and repeats nothing. */
static void test_slow_reader(void **state)
{
	struct stage st;

	(void)state;
	stage_open(&st);
	for_each_of_lines(i)
	{
		size_t rows = 0, lines = 0, ticks = 0;
		struct sink *s;
		int fds[2], rc;

		assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
		s = sink_open(sinks[i], &st, fds[1]);
		while ((rc = sinks[i]->row(s, &st.row, NULL)) == 0)
			assert_true(++rows < 100000);
		assert_int_equal(rc, -EAGAIN);
		rows++; /* it was taken */
		assert_int_equal(sinks[i]->tick(s, NULL), -EAGAIN);
		do {
			assert_true(empty_pipe(fds[0], &lines) > 0);
			rc = sinks[i]->tick(s, NULL);
			assert_true(++ticks < 100);
		} while (rc == -EAGAIN);
		assert_int_equal(rc, 0);
		empty_pipe(fds[0], &lines);
		assert_int_equal(lines, rows + sinks[i]->has_header);
		sink_free(s, NULL);
		close(fds[0]);
		close(fds[1]);
	}
	stage_close(&st);
}

static const char *string_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* The row of every script that reads us: names and types are a promise. */
static void test_json_row(void **state)
{
	struct stage st;
	unsigned want;
	char *text, *line, *save = NULL;
	const struct sink_ops *json = NULL;
	json_t *o, *f;

	(void)state;
	for (size_t i = 0; sinks[i]; i++)
		if (!strcmp(sinks[i]->name, "json"))
			json = sinks[i];
	assert_non_null(json);
	stage_open(&st);
	text = write_all(json, &st, &want);
	line = strtok_r(text, "\n", &save);
	o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_string_equal(string_of(o, "ts"), "12345.678901234");
	assert_int_equal(json_integer_value(json_object_get(o, "cpu")), 1);
	assert_int_equal(json_integer_value(json_object_get(o, "tid")), 42);
	assert_int_equal(json_integer_value(json_object_get(o, "pid")), 41);
	assert_string_equal(string_of(o, "system"), "test");
	assert_string_equal(string_of(o, "event"), "greet");
	assert_non_null(strstr(string_of(o, "comm"), "\x1b[2J\nx"));
	f = json_object_get(o, "fields");
	assert_int_equal(json_object_size(f), 6);
	assert_string_equal(string_of(f, "big"), "18446744073709551615");
	assert_int_equal(json_integer_value(json_object_get(f, "small")), -7);
	assert_string_equal(string_of(f, "where"), "0xffffffff81000000");
	assert_string_equal(string_of(f, "word"), "say\"\\");
	assert_int_equal(json_array_size(json_object_get(f, "bytes")), 4);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(f, "bytes"), 3)), 255);
	json_decref(o);
	while ((line = strtok_r(NULL, "\n", &save))) {
		o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(o);
		assert_int_equal(json_object_size(o), 8);
		assert_true(json_is_object(json_object_get(o, "fields")));
		json_decref(o);
	}
	free(text);
	stage_close(&st);
}

static void test_text_row(void **state)
{
	struct stage st;
	unsigned want;
	char *text;

	(void)state;
	stage_open(&st);
	text = write_all(sinks[0], &st, &want);
	assert_string_equal(sinks[0]->name, "text");
	assert_non_null(strstr(text, "-42      [001] "));
	assert_non_null(strstr(text, " 12345.678901: greet: who=\\x1b[2J\\nx\\xff\\u202e "
				     "big=18446744073709551615 small=-7 word=say\"\\\n"));
	assert_non_null(strstr(text, "CPU:2 [LOST 10 EVENTS]\n"));
	assert_non_null(strstr(text, "CPU:2 [LOST EVENTS]\n"));
	free(text);
	stage_close(&st);
}

/* Rows of one task come in streaks; the head of a line must follow every change. */
static void test_text_follows_tasks(void **state)
{
	static const struct {
		int32_t tid;
		uint16_t cpu;
		const char *comm, *want;
	} rows[] = {
		{ 50, 0, "one", "             one-50      [000] " },
		{ 50, 0, "one", "             one-50      [000] " },
		{ 50, 1, "one", "             one-50      [001] " },
		{ 51, 1, "one", "             one-51      [001] " },
		{ 51, 1, "two", "             two-51      [001] " },
		{ 50, 1, "one", "             one-50      [001] " },
	};
	int fd = memfd_create("out", MFD_CLOEXEC);
	struct stage st;
	struct sink *s;

	(void)state;
	stage_open(&st);
	s = sink_open(sinks[0], &st, fd);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[400] = "";

		identity_hint(st.identity, rows[i].tid, rows[i].tid, rows[i].comm);
		st.row.tid = rows[i].tid;
		st.row.cpu = rows[i].cpu;
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(sinks[0]->row(s, &st.row, NULL), 0);
		assert_int_equal(sinks[0]->tick(s, NULL), 0);
		assert_true(pread(fd, line, sizeof(line) - 1, 0) > 0);
		line[strlen(rows[i].want)] = '\0';
		assert_string_equal(line, rows[i].want);
	}
	sink_free(s, NULL);
	close(fd);
	stage_close(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_unknown_name),
		cmocka_unit_test(test_whole_lines_without_control),
		cmocka_unit_test(test_reader_gone),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_json_row),
		cmocka_unit_test(test_text_row),
		cmocka_unit_test(test_text_follows_tasks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
