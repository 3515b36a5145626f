/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chosen columns, in text, JSON and CSV: values, absent ones, losses, names that are none.
 */
#include "tests/unit/text_fixture.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/identity.h"
#include "sinks/columns.h"

#define FIELDS                                                                                     \
	"\tfield:s32 prio;\toffset:8;\tsize:4;\tsigned:1;\n"                                       \
	"\tfield:u64 big;\toffset:16;\tsize:8;\tsigned:0;\n"
#define ONE FORMAT(7, FIELDS, "\"prio %d\", REC->prio")
#define TWO FORMAT(8, "\tfield:u32 other;\toffset:8;\tsize:4;\tsigned:0;\n", "\"%u\", REC->other")

struct stage {
	struct schema *one, *two;
	struct identity *identity;
	struct clock_map clocks;
	struct text_env env;
	struct source source;
	uint8_t rec[24];
	struct row row;
};

static void stage_open(struct stage *st)
{
	*st = (struct stage) { .one = parse(ONE), .two = parse_in("other", TWO, native) };
	st->identity = identity_new(&(struct identity_conf) { .live = false });
	identity_hint(st->identity, 42, 41, "a,b\x1b");
	clock_map_add(&st->clocks,
		      (struct clock_triple) { 0, 1795262400 * NSEC_PER_SEC, 0 }); /* noon */
	st->source = (struct source) { .name = "there", .text = &st->env };
	put(st->rec, 8, 4, (uint64_t)-3, false);
	put(st->rec, 16, 8, UINT64_MAX, false);
	st->row = (struct row) { .ts = 1000000500,
				 .rec = st->rec,
				 .size = sizeof(st->rec),
				 .tid = 42,
				 .cpu = 3,
				 .schema = st->one,
				 .source = &st->source };
}

static void stage_close(struct stage *st)
{
	schema_free(st->one);
	schema_free(st->two);
	identity_free(st->identity);
	clock_map_done(&st->clocks);
}

/* Three rows through a sink: one, another event 2.5 us later, and a loss. The caller frees. */
static char *write_rows(struct stage *st, const char *sink, const char *columns)
{
	int fd = memfd_create("out", MFD_CLOEXEC);
	struct sink_conf c = {
		.fd = fd, .identity = st->identity, .clocks = &st->clocks, .columns = columns
	};
	struct row second = st->row, loss = {
		.ts = 2000000000, .flags = ROW_LOSS, .lost = 9, .cpu = 1, .source = &st->source
	};
	struct sink *s = NULL;
	char *text = calloc(1, 4096);

	second.schema = st->two;
	second.ts += 2500;
	second.tid = 43; /* nobody knows it */
	second.cpu = CPU_NONE;
	assert_int_equal(sink_new(sink, &c, &s, NULL), 0);
	assert_int_equal(s->ops->row(s, &st->row, NULL), 0);
	assert_int_equal(s->ops->row(s, &second, NULL), 0);
	assert_int_equal(s->ops->row(s, &loss, NULL), 0);
	assert_int_equal(sink_free(s, NULL), 0);
	assert_true(pread(fd, text, 4095, 0) > 0);
	close(fd);
	return text;
}

static void test_json(void **state)
{
	struct stage st;
	char *text;

	(void)state;
	stage_open(&st);
	text = write_rows(&st, "json", "time,delta,cpu,comm,pid,event,prio,big,info,wall");
	assert_string_equal(
	    text,
	    "{\"time\":\"1.000000500\",\"delta\":null,\"cpu\":3,\"comm\":\"a,b\\u001b\",\"pid\":41,"
	    "\"event\":\"event\",\"prio\":-3,\"big\":\"18446744073709551615\",\"info\":\"prio -3\","
	    "\"wall\":\"2026-11-21T12:00:01.000000500+0000\"}\n"
	    "{\"time\":\"1.000003000\",\"delta\":\"0.000002500\",\"cpu\":null,\"comm\":\"<...>\","
	    "\"pid\":null,\"event\":\"event\",\"prio\":null,\"big\":null,\"info\":\"4294967293\","
	    "\"wall\":\"2026-11-21T12:00:01.000003000+0000\"}\n"
	    "{\"time\":\"2.000000000\",\"delta\":\"0.999997000\",\"cpu\":1,\"comm\":null,"
	    "\"pid\":null,\"event\":\"lost\",\"prio\":null,\"big\":null,\"info\":\"count=9\","
	    "\"wall\":\"2026-11-21T12:00:02.000000000+0000\"}\n");
	free(text);
	stage_close(&st);
}

static void test_csv(void **state)
{
	struct stage st;
	char *text;

	(void)state;
	stage_open(&st);
	text = write_rows(&st, "csv", "system,comm, tid ,prio,other,source,flags");
	assert_string_equal(text, "system,comm,tid,prio,other,source,flags\n"
				  "test,\"a,b\\x1b\",42,-3,,there,.....\n"
				  "other,<...>,43,,4294967293,there,.....\n"
				  "tapdeck,,,,,there,\n");
	free(text);
	stage_close(&st);
}

static void test_text(void **state)
{
	struct stage st;
	char *text;

	(void)state;
	stage_open(&st);
	text = write_rows(&st, "text", "wall,cpu,prio,info");
	assert_string_equal(text, "12:00:01.000000 3   -3           prio -3\n"
				  "12:00:01.000003 -   -            4294967293\n"
				  "CPU:1 [LOST 9 EVENTS]\n");
	free(text);
	stage_close(&st);
}

static void test_names_are_checked(void **state)
{
	struct schema_set *set = schema_set_new(native);
	const struct schema_set *sets[] = { set, NULL };
	struct err e = ERR_INIT;
	struct columns c;

	(void)state;
	schema_set_add(set, parse(ONE));
	assert_int_equal(columns_check("time,prio,comm,common_pid", sets, &e), 0);
	assert_int_equal(columns_check("time,pri", sets, &e), -ENOENT);
	assert_non_null(strstr(e.text, "'pri'"));
	assert_non_null(strstr(e.text, "did you mean 'prio'"));
	assert_int_equal(columns_check("evnt", sets, &e), -ENOENT);
	assert_non_null(strstr(e.text, "did you mean 'event'"));
	assert_int_equal(columns_parse("time,,cpu", &c, &e), -EINVAL);
	assert_int_equal(columns_parse("a b", &c, &e), -EINVAL);
	assert_int_equal(columns_parse("", &c, &e), -EINVAL);
	schema_set_free(set);
}

/* Without a descriptor bytes wait, and one who takes none is told when they are many. */
static void test_held_back(void **state)
{
	struct sink_conf c = { .fd = -1, .headless = true };
	struct stage st;
	struct sink *s = NULL;
	uint64_t rows = 0;
	char *text;
	int fd;

	(void)state;
	stage_open(&st);
	c.identity = st.identity;
	assert_int_equal(sink_new("csv", &c, &s, NULL), 0);
	while (s->ops->row(s, &st.row, NULL) == 0)
		assert_true(++rows < 10000000);
	assert_true(rows > 10000);
	fd = memfd_create("out", MFD_CLOEXEC);
	s->conf.fd = fd;
	assert_int_equal(s->ops->tick(s, NULL), 0);
	assert_in_range(lseek(fd, 0, SEEK_END), 8 << 20, 9 << 20);
	text = calloc(1, 64);
	assert_true(pread(fd, text, 63, 0) > 0);
	assert_memory_equal(text, "1.000000500,3,", 14); /* no line of names */
	free(text);
	close(fd);
	sink_free(s, NULL);
	stage_close(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),	  cmocka_unit_test(test_csv),
		cmocka_unit_test(test_text),	  cmocka_unit_test(test_names_are_checked),
		cmocka_unit_test(test_held_back),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
