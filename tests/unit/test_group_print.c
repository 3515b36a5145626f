/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_print and group_filter: what is printed can be typed. The filter of a group passes exactly
 * its rows, whatever the keys are; cells say values for people and for programs.
 */
#include <errno.h>
#include <sys/syscall.h>

#include "core/filter.h"
#include "tests/unit/group_fixture.h"

#define WORLDS 40

/* ---- filters ---- */

static bool tuple_of_row(const struct group_world *w, const struct group_spec *s,
			 const struct row *r, struct strbuf *out)
{
	strbuf_clear(out);
	for (unsigned i = 0; i < s->key_count; i++) {
		if (!brute_key(w, &s->keys[i], r, out))
			return false;
		strbuf_char(out, '|');
	}
	return true;
}

static void tuple_of_group(const struct group_table *t, uint32_t row, struct strbuf *out)
{
	strbuf_clear(out);
	for (unsigned i = 0; i < t->spec->key_count; i++) {
		say_atom(t, group_key_atom(group_at(t, row), i), out);
		strbuf_char(out, '|');
	}
}

/*
 * Threads of the world go on when another process has the number of theirs, which the kernel never
 * does: their rows behind that are not asked for.
 */
static bool is_possible(const struct group_world *w, const struct row *r)
{
	const struct task *t = identity_task(w->fx.id, r->tid, r->ts);
	const struct process *p = t ? t->process : NULL;
	const struct task *leader = p ? identity_task(w->fx.id, p->pid, r->ts) : NULL;

	return !p || !leader || leader->process == p;
}

/* Every row of the world passes exactly if it is of the group. */
static void check_filter(const struct group_world *w, const struct group_table *t, uint32_t row)
{
	struct strbuf text = { 0 }, label = { 0 }, want = { 0 }, have = { 0 };
	struct filter_env env = { 0 };
	struct filter *f = NULL;
	struct err e = ERR_INIT;
	unsigned passed = 0;

	if (group_filter(t, row, &text, &label, &e) < 0)
		fail_msg("no filter: %s", e.text);
	if (filter_parse_env(text.s, &env, &f, &e) < 0)
		fail_msg("%s: %s", text.s, e.text);
	assert_true(label.len > 0);
	tuple_of_group(t, row, &want);
	for (unsigned i = 0; i < w->count; i++) {
		const struct row *r = &w->rows[i];
		bool is = tuple_of_row(w, t->spec, r, &have) && !strcmp(have.s, want.s);

		if (is != filter_match(f, r, w->fx.id) && is_possible(w, r))
			fail_msg("'%s' %s a row of '%s' at %llu of tid %d", text.s,
				 is ? "lacks" : "passes", strbuf_cstr(&have),
				 (unsigned long long)r->ts, r->tid);
		passed += is;
	}
	assert_true(passed == group_at(t, row)->count);
	filter_free(f);
	strbuf_done(&text);
	strbuf_done(&label);
	strbuf_done(&want);
	strbuf_done(&have);
}

static void fold_all(struct group_table *t, const struct group_world *w)
{
	const struct run run = { 0 };

	for (unsigned i = 0; i < w->count; i++) {
		if (!pick(50) || !i || w->rows[i].cpu != w->rows[i - 1].cpu)
			group_fold_ops.page(t, &run);
		group_fold_ops.row(t, &w->rows[i]);
	}
}

static const char *const specs[] = {
	"x",
	"name",
	"event",
	"system, cpu",
	"event2.x, y",
	"process",
	"thread",
	"tid",
	"pid, comm",
	"comm, event",
	"ppid, uid",
	"exe",
	"process, event",
	"comm",
	"thread, name",
	"backend, z",
	"even:event0.x",
	"proc.name, x",
	"x, y, z, name",
};

static void test_filters(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WORLDS; i++) {
		struct group_world *w = world_new(100 + pick(300));
		struct group_spec *s = new_spec(specs[i % ARRAY_SIZE(specs)], "count");
		struct group_conf c = { .spec = s, .identity = w->fx.id };
		struct group_table *t = group_new(&c);

		fold_all(t, w);
		for (uint32_t row = 0; row < group_count(t); row++)
			check_filter(w, t, row);
		group_free(t);
		group_spec_free(s);
		world_free(w);
	}
}

/* ---- cells ---- */

#define NUMBERS                                                                                    \
	"name: thing\nID: 700\nformat:\n" COMMON                                                   \
	"\tfield:long state;\toffset:8;\tsize:8;\tsigned:1;\n"                                     \
	"\tfield:ns_t dur;\toffset:16;\tsize:8;\tsigned:0;\n"                                      \
	"\tfield:fix6_t load;\toffset:24;\tsize:8;\tsigned:1;\n"                                   \
	"\tfield:void * at;\toffset:32;\tsize:8;\tsigned:0;\n"                                     \
	"\tfield:ip4_t peer;\toffset:40;\tsize:4;\tsigned:0;\n"                                    \
	"\tfield:int ret;\toffset:44;\tsize:4;\tsigned:1;\n"                                       \
	"\tfield:u64 big;\toffset:48;\tsize:8;\tsigned:0;\n"                                       \
	"\tfield:char name[12];\toffset:56;\tsize:12;\tsigned:0;\n"                                \
	"\tfield:u32 arr[2];\toffset:68;\tsize:8;\tsigned:0;\n"                                    \
	"\tfield:u64 runtime;\toffset:80;\tsize:8;\tsigned:0;\n"                                   \
	"\tfield:long id;\toffset:88;\tsize:8;\tsigned:1;\n"                                       \
	"\nprint fmt: \"%s runtime=%llu [ns]\", __print_flags(REC->state, \"|\", {1, \"S\"}, "     \
	"{2, \"D\"}), REC->runtime\n"

#define THING_SIZE 96

static void fill_thing(uint8_t *rec, unsigned i)
{
	static const uint8_t ip[4] = { 10, 1, 2, 3 };

	memset(rec, 0, THING_SIZE);
	store_u16(rec, 700);
	store_u64(rec + 8, 3);
	store_u64(rec + 16, 1500000 + i * 1000);
	store_u64(rec + 24, (uint64_t)(-1500000 - (int64_t)i));
	store_u64(rec + 32, 0xffff888012345678);
	memcpy(rec + 40, ip, 4);
	store_u32(rec + 44, (uint32_t)-2);
	store_u64(rec + 48, UINT64_MAX - i);
	memcpy(rec + 56, "a,\"b\n", 5);
	store_u32(rec + 68, 7);
	store_u64(rec + 80, 2500);
	store_u64(rec + 88, SYS_openat);
}

static const struct {
	const char *by, *show;
	unsigned column;
	const char *text, *json, *csv;
} cells[] = {
	{ "state", "count", 0, "S|D", "3", "3" },
	{ "state", "count", 1, "3", "3", "3" },
	{ "peer", "count", 0, "10.1.2.3", "\"10.1.2.3\"", "10.1.2.3" },
	{ "ret", "count", 0, "-ENOENT", "-2", "-2" },
	{ "at", "count", 0, "0xffff888012345678", "\"0xffff888012345678\"", "0xffff888012345678" },
	{ "runtime", "count", 0, "2500ns", "\"2500\"", "2500" },
	{ "name", "count", 0, "a,\"b\\n", "\"a,\\\"b\\n\"", "\"a,\"\"b\\n\"" },
	{ "arr", "count", 0, "{7,0}", "\"{7,0}\"", "\"{7,0}\"" },
	{ "event", "count", 0, "raw_syscalls:thing", "\"raw_syscalls:thing\"",
	  "raw_syscalls:thing" },
	{ "syscall", "count", 0, "openat", "\"openat\"", "openat" },
	{ "cpu", "count", 0, "2", "2", "2" },
	{ "process", "count", 0, "<...> tid 77", "{\"tid\":77,\"pid\":null,\"comm\":\"<...>\"}",
	  "<...> tid 77" },
	{ "pid", "count", 0, "?", "null", "" },
	{ "cpu", "share", 1, "100.0%", "100.000", "100.000" },
	{ "cpu", "first", 1, "12.000001", "\"12.000001500\"", "12.000001500" },
	{ "cpu", "rate", 1, "1.50", "1.500000", "1.500000" },
	{ "cpu", "sum(dur)", 1, "4.50ms", "4503000", "4503000" },
	{ "cpu", "avg(dur)", 1, "1.50ms", "1501000.000000", "1501000.000000" },
	{ "cpu", "max(runtime)", 1, "2.50us", "2500", "2500" },
	{ "cpu", "avg(runtime)", 1, "2.50us", "2500.000000", "2500.000000" },
	{ "cpu", "distinct(runtime)", 1, "1", "1", "1" },
	{ "cpu", "min(load)", 1, "-1.50", "-1.500002", "-1.500002" },
	{ "cpu", "sum(big)", 1, "55,340,232,221,128,654,842", "55340232221128654842",
	  "55340232221128654842" },
	{ "cpu", "max(big)", 1, "18,446,744,073,709,551,615", "18446744073709551615",
	  "18446744073709551615" },
	{ "cpu", "last(big)", 1, "18446744073709551613", "\"18446744073709551613\"",
	  "18446744073709551613" },
	{ "cpu", "last(state)", 1, "S|D", "3", "3" },
	{ "cpu", "last(load)", 1, "-1.500002", "\"-1.500002\"", "-1.500002" },
	{ "cpu", "last(name)", 1, "a,\"b\\n", "\"a,\\\"b\\n\"", "\"a,\"\"b\\n\"" },
	{ "cpu", "sum(missing)", 1, "-", "null", "" },
	{ "cpu", "last(missing)", 1, "-", "null", "" },
	{ "cpu", "last(syscall)", 1, "openat", "\"openat\"", "openat" },
	{ "event", "last(cpu)", 1, "2", "2", "2" },
	{ "cpu", "last(system)", 1, "raw_syscalls", "\"raw_syscalls\"", "raw_syscalls" },
	{ "cpu", "last(tid)", 1, "77", "77", "77" },
	{ "cpu", "last(process)", 1, "<...> tid 77", "{\"tid\":77,\"pid\":null,\"comm\":\"<...>\"}",
	  "<...> tid 77" },
	{ "cpu", "last(pid)", 1, "-", "null", "" },
	{ "cpu", "distinct(pid)", 1, "0", "0", "0" },
	{ "cpu", "distinct(thread)", 1, "1", "1", "1" },
	{ "cpu", "distinct(.tid), distinct(tid)", 1, "0", "0", "0" },
	{ "cpu", "distinct(.tid), distinct(tid)", 2, "1", "1", "1" },
};

struct things {
	struct fixture fx;
	struct schema *schema;
	struct source source;
	uint8_t rec[3][THING_SIZE];
	struct row rows[3];
};

static void things_init(struct things *t)
{
	struct machine m = { .long_size = 8 };

	*t = (struct things) { .source.backend = "test" };
	fixture_init(&t->fx, m, NULL);
	assert_int_equal(
	    schema_parse("raw_syscalls", NUMBERS, strlen(NUMBERS), m, &t->schema, NULL), 0);
	for (unsigned i = 0; i < 3; i++) {
		fill_thing(t->rec[i], i);
		t->rows[i] = (struct row) {
			.ts = 12000001500 + i * NSEC_PER_SEC,
			.rec = t->rec[i],
			.size = THING_SIZE,
			.tid = 77,
			.cpu = 2,
			.schema = t->schema,
			.source = &t->source,
		};
	}
}

static void things_done(struct things *t)
{
	schema_free(t->schema);
	fixture_done(&t->fx);
}

static struct group_table *fold_things(const struct things *th, const struct group_spec *s)
{
	struct group_conf c = { .spec = s, .identity = th->fx.id };
	struct group_table *t = group_new(&c);
	const struct run run = { 0 };

	group_fold_ops.page(t, &run);
	for (unsigned i = 0; i < 3; i++)
		group_fold_ops.row(t, &th->rows[i]);
	assert_int_equal(group_count(t), 1);
	return t;
}

static void assert_cell(size_t i, const char *what, struct strbuf *have, const char *want)
{
	if (strcmp(strbuf_cstr(have), want) != 0)
		fail_msg("%s, %s %s: '%s', not '%s'", what, cells[i].by, cells[i].show,
			 strbuf_cstr(have), want);
	strbuf_clear(have);
}

static void test_cells(void **state)
{
	struct things th;
	struct strbuf b = { 0 };

	(void)state;
	things_init(&th);
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
		struct group_spec *s = new_spec(cells[i].by, cells[i].show);
		struct group_table *t = fold_things(&th, s);

		group_text(t, 0, cells[i].column, &b);
		assert_cell(i, "text", &b, cells[i].text);
		group_json(t, 0, cells[i].column, &b);
		assert_cell(i, "JSON", &b, cells[i].json);
		group_csv(t, 0, cells[i].column, &b);
		assert_cell(i, "CSV", &b, cells[i].csv);
		group_free(t);
		group_spec_free(s);
	}
	strbuf_done(&b);
	things_done(&th);
}

static const struct {
	const char *by, *text, *label; /* text NULL: there is none */
} made[] = {
	{ "state", "state == 3", "state S|D" },
	{ "load", "load == -1.500000", "load -1.500000" },
	{ "at", "at == 0xffff888012345678", "at 0xffff888012345678" },
	{ "name", "name == \"a,\\\"b\\x0a\"", "name a,\"b\\n" },
	{ "event, cpu", "event == \"raw_syscalls:thing\" and cpu == 2",
	  "raw_syscalls:thing, cpu 2" },
	{ "syscall", "(system == raw_syscalls and .id == 257)", "syscall openat" },
	{ "process", "tid == 77 and not exists pid", "<...> tid 77" },
	{ "thread.tid", "thread.tid == 77", "thread.tid 77" },
	{ "pid", "not exists pid", "pid ?" },
	{ "arr", NULL, NULL },
	{ "cpu, arr", NULL, NULL },
};

static void test_made(void **state)
{
	struct things th;
	struct err e = ERR_INIT;

	(void)state;
	things_init(&th);
	th.rows[1].ts = th.rows[2].ts = th.rows[0].ts;
	memcpy(th.rec[1], th.rec[0], THING_SIZE);
	memcpy(th.rec[2], th.rec[0], THING_SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		struct group_spec *s = new_spec(made[i].by, NULL);
		struct group_table *t = fold_things(&th, s);
		struct strbuf text = { 0 }, label = { 0 };
		int rc = group_filter(t, 0, &text, &label, &e);

		assert_int_equal(rc, made[i].text ? 0 : -ENOTSUP);
		assert_string_equal(strbuf_cstr(&text), made[i].text ? made[i].text : "");
		assert_string_equal(strbuf_cstr(&label), made[i].text ? made[i].label : "");
		strbuf_done(&text);
		strbuf_done(&label);
		group_free(t);
		group_spec_free(s);
	}
	things_done(&th);
}

/* What was put together says how many, and is no filter. */
static void test_other(void **state)
{
	struct group_world *w = world_new(ROWS_MAX);
	struct group_spec *s = new_spec("x, y, z", "count, p99(x)");
	struct group_conf c = { .spec = s, .identity = w->fx.id, .memory = 100000 };
	struct group_table *t = group_new(&c);
	struct strbuf b = { 0 };
	struct err e = ERR_INIT;
	uint32_t last;
	char want[40];

	(void)state;
	fold_all(t, w);
	last = group_count(t) - 1;
	assert_true(group_is_other(t, last));
	snprintf(want, sizeof(want), "%llu", (unsigned long long)group_joined(t));
	group_json(t, last, 0, &b);
	assert_int_equal(b.s[0], '"');
	for (size_t i = 0, at = 0; i < b.len; i++) /* but for the commas */
		if (b.s[i] >= '0' && b.s[i] <= '9')
			assert_int_equal(b.s[i], want[at++]);
	strbuf_clear(&b);
	group_text(t, last, 1, &b);
	assert_string_equal(b.s, "?");
	strbuf_clear(&b);
	assert_int_equal(group_filter(t, last, &b, &b, &e), -ENOTSUP);
	assert_int_equal(b.len, 0);
	assert_non_null(strstr(e.text, "in common"));
	strbuf_done(&b);
	group_free(t);
	group_spec_free(s);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
