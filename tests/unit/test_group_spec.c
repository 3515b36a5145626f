/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_spec: specs that are read, refused with a caret, and not yet finished; what events lack.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/group.h"
#include "tests/unit/filter_fixture.h"

struct spec_text {
	struct strbuf by, show;
};

static struct group_spec *parse(const char *by, const char *show)
{
	struct err e = ERR_INIT;
	struct group_spec *s = NULL;

	if (group_spec_parse(by, show, &s, &e) < 0)
		fail_msg("'%s' '%s': %s", by, show ? show : "", e.text);
	return s;
}

/* What is printed is read as the same. */
static void assert_prints(const struct group_spec *s, const char *by, const char *show)
{
	struct spec_text one = { 0 }, two = { 0 };
	struct group_spec *again;

	group_spec_by(s, &one.by);
	group_spec_show(s, &one.show);
	assert_string_equal(one.by.s, by);
	assert_string_equal(one.show.s, show);
	again = parse(one.by.s, one.show.s);
	group_spec_by(again, &two.by);
	group_spec_show(again, &two.show);
	assert_string_equal(one.by.s, two.by.s);
	assert_string_equal(one.show.s, two.show.s);
	assert_int_equal(again->key_count, s->key_count);
	for (unsigned i = 0; i < s->measure_count; i++)
		assert_int_equal(again->measures[i].kind, s->measures[i].kind);
	group_spec_free(again);
	strbuf_done(&one.by);
	strbuf_done(&one.show);
	strbuf_done(&two.by);
	strbuf_done(&two.show);
}

static const struct {
	const char *by;
	uint8_t kind;
	const char *system, *event, *name;
} keys[] = {
	{ "process", GROUP_PROCESS, NULL, NULL, NULL },
	{ "thread", GROUP_THREAD, NULL, NULL, NULL },
	{ "comm", GROUP_COMM, NULL, NULL, NULL },
	{ "COMM", GROUP_COMM, NULL, NULL, NULL },
	{ "proc.name", GROUP_COMM, NULL, NULL, NULL },
	{ "proc.pid", GROUP_PID, NULL, NULL, NULL },
	{ "thread.tid", GROUP_TID, NULL, NULL, NULL },
	{ "user.name", GROUP_USER, NULL, NULL, NULL },
	{ "container.id", GROUP_CONTAINER, NULL, NULL, NULL },
	{ "evt.type", GROUP_EVENT, NULL, NULL, NULL },
	{ "exe", GROUP_EXE, NULL, NULL, NULL },
	{ "uid", GROUP_UID, NULL, NULL, NULL },
	{ "cgroup", GROUP_CGROUP, NULL, NULL, NULL },
	{ "cpu", GROUP_CPU, NULL, NULL, NULL },
	{ "system", GROUP_SYSTEM, NULL, NULL, NULL },
	{ "backend", GROUP_BACKEND, NULL, NULL, NULL },
	{ "tid", GROUP_TID, NULL, NULL, NULL },
	{ "ppid", GROUP_PPID, NULL, NULL, NULL },
	{ "syscall", GROUP_SYSCALL, NULL, NULL, NULL },
	{ "prev_state", GROUP_FIELD, NULL, NULL, "prev_state" },
	{ ".pid", GROUP_FIELD, NULL, NULL, "pid" },
	{ ".process", GROUP_FIELD, NULL, NULL, "process" },
	{ "ints.g", GROUP_FIELD, NULL, "ints", "g" },
	{ "sched_waking.pid", GROUP_FIELD, NULL, "sched_waking", "pid" },
	{ "sched:sched_waking.comm", GROUP_FIELD, "sched", "sched_waking", "comm" },
	{ "9p:9p_client_req.type", GROUP_FIELD, "9p", "9p_client_req", "type" },
};

static void assert_word(const char *got, const char *want)
{
	if (!want)
		assert_null(got);
	else
		assert_string_equal(got, want);
}

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct group_spec *s = parse(keys[i].by, NULL);
		const struct group_key *k = &s->keys[0];

		assert_int_equal(s->key_count, 1);
		assert_int_equal(k->kind, keys[i].kind);
		assert_string_equal(k->text, keys[i].by);
		if (k->kind == GROUP_FIELD) {
			assert_word(k->field.system, keys[i].system);
			assert_word(k->field.event, keys[i].event);
			assert_word(k->field.name, keys[i].name);
		}
		assert_prints(s, keys[i].by, "count, rate, share");
		group_spec_free(s);
	}
}

static const struct {
	const char *show;
	uint8_t kind;
	const char *event, *name;
	double quantile;
} measures[] = {
	{ "count", MEASURE_COUNT, NULL, NULL, 0 },
	{ "rate", MEASURE_RATE, NULL, NULL, 0 },
	{ "share", MEASURE_SHARE, NULL, NULL, 0 },
	{ "first", MEASURE_FIRST, NULL, NULL, 0 },
	{ "last", MEASURE_LAST, NULL, NULL, 0 },
	{ "last(len)", MEASURE_LATEST, NULL, "len", 0 },
	{ "distinct(len)", MEASURE_DISTINCT, NULL, "len", 0 },
	{ "distinct(pid)", MEASURE_DISTINCT, NULL, "pid", 0 },
	{ "distinct(.pid)", MEASURE_DISTINCT, NULL, "pid", 0 },
	{ "last(proc.name)", MEASURE_LATEST, NULL, "comm", 0 },
	{ "last(syscall)", MEASURE_LATEST, NULL, "syscall", 0 },
	{ "last(ints.pid)", MEASURE_LATEST, "ints", "pid", 0 },
	{ "sum(ints.g)", MEASURE_SUM, "ints", "g", 0 },
	{ "avg(.pid)", MEASURE_AVERAGE, NULL, "pid", 0 },
	{ "min(a)", MEASURE_MIN, NULL, "a", 0 },
	{ "max(a)", MEASURE_MAX, NULL, "a", 0 },
	{ "p50(a)", MEASURE_QUANTILE, NULL, "a", 0.5 },
	{ "p99(a)", MEASURE_QUANTILE, NULL, "a", 0.99 },
	{ "p99.9(a)", MEASURE_QUANTILE, NULL, "a", 0.999 },
	{ "p0(a)", MEASURE_QUANTILE, NULL, "a", 0 },
	{ "p100(a)", MEASURE_QUANTILE, NULL, "a", 1 },
	{ "p0.5(a)", MEASURE_QUANTILE, NULL, "a", 0.005 },
};

static void test_measures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(measures); i++) {
		struct group_spec *s = parse("comm", measures[i].show);
		const struct group_measure *m = &s->measures[0];

		assert_int_equal(s->measure_count, 1);
		assert_int_equal(m->kind, measures[i].kind);
		assert_word(m->field.event, measures[i].event);
		assert_word(m->field.name, measures[i].name);
		assert_true(m->quantile > measures[i].quantile - 1e-9);
		assert_true(m->quantile < measures[i].quantile + 1e-9);
		assert_prints(s, "comm", measures[i].show);
		group_spec_free(s);
	}
}

/* A word is what it is as a key; with a dot before it, or an event, a field. */
static void test_of(void **state)
{
	static const struct {
		const char *show;
		uint8_t of;
	} of[] = {
		{ "last", GROUP_FIELD },
		{ "sum(len)", GROUP_FIELD },
		{ "distinct(len)", GROUP_FIELD },
		{ "distinct(.pid)", GROUP_FIELD },
		{ "last(ints.comm)", GROUP_FIELD },
		{ "max(.cpu)", GROUP_FIELD },
		{ "distinct(pid)", GROUP_PID },
		{ "last(comm)", GROUP_COMM },
		{ "last(proc.name)", GROUP_COMM },
		{ "distinct(thread)", GROUP_THREAD },
		{ "distinct(syscall)", GROUP_SYSCALL },
		{ "last(event)", GROUP_EVENT },
		{ "distinct(CPU)", GROUP_CPU },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		struct group_spec *s = parse("user", of[i].show);

		assert_int_equal(s->measures[0].of, of[i].of);
		assert_prints(s, "user", of[i].show);
		group_spec_free(s);
	}
}

static void test_lists(void **state)
{
	struct group_spec *s =
	    parse("  comm ,event,\n .len # why\n", "count,sum ( len ) , p99.9( ints.g #x\n),last");

	(void)state;
	assert_int_equal(s->key_count, 3);
	assert_int_equal(s->measure_count, 4);
	assert_prints(s, "comm, event, .len", "count, sum(len), p99.9(ints.g), last");
	group_spec_free(s);
	group_spec_free(NULL);
}

#define WRONG -EINVAL
#define MORE  -EAGAIN

static const struct {
	const char *by, *show;
	int code, column; /* in the text that is wrong */
	const char *says;
} refusals[] = {
	{ "", NULL, MORE, 0, "missing" },
	{ "  ", NULL, MORE, 2, "missing" },
	{ "comm,", NULL, MORE, 5, "missing" },
	{ "comm, ", NULL, MORE, 6, "missing" },
	{ "sched:", NULL, MORE, 6, "missing" },
	{ "sched:sched_switch", NULL, MORE, 18, "SYSTEM:EVENT.FIELD" },
	{ "sched:sched_switch.", NULL, MORE, 19, "missing" },
	{ "comm event", NULL, WRONG, 5, "a comma" },
	{ "comm,,event", NULL, WRONG, 5, "name" },
	{ "comm, comm", NULL, WRONG, 6, "twice" },
	{ "time", NULL, WRONG, 0, "'time'" },
	{ "lost", NULL, WRONG, 0, "'lost'" },
	{ "\"comm\"", NULL, WRONG, 0, "without quotes" },
	{ "12", NULL, WRONG, 0, "name" },
	{ "fd.name", NULL, WRONG, 0, "descriptors" },
	{ "a,b,c,d,e,f,g,h,i", NULL, WRONG, 16, "no more than 8" },
	{ "count", NULL, WRONG, 0, "measure too" },
	{ "comm, rate", NULL, WRONG, 6, "measure too" },
	{ "comm, rate", "count, last, rate", WRONG, 6, "measure too" },
	{ "comm", "", MORE, 0, "expected" },
	{ "comm", "cou", MORE, 3, "expected" },
	{ "comm", "count,", MORE, 6, "expected" },
	{ "comm", "p", MORE, 1, "expected" },
	{ "comm", "p99", MORE, 3, "parentheses" },
	{ "comm", "p99.", MORE, 4, "expected" },
	{ "comm", "sum", MORE, 3, "parentheses" },
	{ "comm", "sum(", MORE, 4, "missing" },
	{ "comm", "sum(len", MORE, 7, "')'" },
	{ "comm", "cuont", WRONG, 0, "nearest is 'count'" },
	{ "comm", "cou,rate", WRONG, 0, "no measure 'cou'" },
	{ "comm", "average(x)", WRONG, 0, "no measure 'average'" },
	{ "comm", "p101(x)", WRONG, 0, "no measure 'p101'" },
	{ "comm", "p99.9.9(x)", WRONG, 0, "no measure" },
	{ "comm", "p99.(x)", WRONG, 0, "no measure" },
	{ "comm", "count(x)", WRONG, 5, "takes no field" },
	{ "comm", "sum, count", WRONG, 3, "takes a field" },
	{ "comm", "sum(comm)", WRONG, 4, "distinct(comm) and last(comm)" },
	{ "comm", "p99(cpu)", WRONG, 4, "no amount" },
	{ "comm", "max(thread)", WRONG, 4, "dot" },
	{ "comm", "distinct(time)", WRONG, 9, "'time'" },
	{ "comm", "last(lineage)", WRONG, 5, "'lineage'" },
	{ "comm", "last(comm", MORE, 9, "')'" },
	{ "comm", "sum(len count", WRONG, 8, "')'" },
	{ "comm", "count rate", WRONG, 6, "a comma" },
	{ "comm", "count, count", WRONG, 7, "twice" },
	{ "comm", "sum(x), sum( x )", WRONG, 8, "twice" },
	{ "comm", "?", WRONG, 0, "a measure was expected" },
	{ "comm", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", WRONG, 0, "no such" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct err e = ERR_INIT;
		struct group_spec *s = NULL;
		int rc = group_spec_parse(refusals[i].by, refusals[i].show, &s, &e);

		if (rc != refusals[i].code || e.column != refusals[i].column ||
		    !strstr(e.text, refusals[i].says))
			fail_msg("'%s' '%s': %d at %d: %s", refusals[i].by,
				 refusals[i].show ? refusals[i].show : "", rc, e.column, e.text);
		assert_null(s);
		assert_int_equal(e.code, rc);
		assert_true(!strncmp(e.text, "group: ", 7));
		assert_int_equal(group_spec_parse(refusals[i].by, refusals[i].show, &s, NULL), rc);
	}
}

/* Everything that is cut off somewhere is either right or unfinished, never wrong. */
static void test_typing(void **state)
{
	static const char show[] = "count, sum(ints.g), p99.9(sched:sched_switch.prev_state), last";
	static const char by[] = "comm, event, proc.name, sched:sched_switch.prev_comm, .pid";
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(show); i++) {
		struct group_spec *s = NULL;
		int rc;

		snprintf(text, sizeof(text), "%.*s", (int)i, show);
		rc = group_spec_parse("comm", text, &s, NULL);
		if (rc != -EAGAIN && rc != 0)
			fail_msg("'%s': %d", text, rc);
		group_spec_free(s);
	}
	for (size_t i = 0; i < sizeof(by); i++) {
		struct group_spec *s = NULL;
		int rc;

		snprintf(text, sizeof(text), "%.*s", (int)i, by);
		rc = group_spec_parse(text, NULL, &s, NULL);
		if (rc != -EAGAIN && rc != 0)
			fail_msg("'%s': %d", text, rc);
		group_spec_free(s);
	}
}

static const struct {
	const char *by, *show;
	int code, column;
	const char *says;
} checks[] = {
	{ "comm, event, process", "count", 0, -1, "" },
	{ "prev_state", "sum(prev_state), distinct(prev_comm), last(name)", 0, -1, "" },
	{ "ints.g, swapped.g", "p99(g)", 0, -1, "" },
	{ "prev_stat", "count", -ENOENT, 0, "no field 'prev_stat'; nearest is 'prev_state'" },
	{ "comm, evnt", "count", -ENOENT, 6, "no field 'evnt'; nearest is 'event'" },
	{ "ints.prev_state", "count", -ENOENT, 0, "no field 'prev_state' in event ints" },
	{ "intz.g", "count", -ENOENT, 0, "no event 'intz'; nearest is 'ints'" },
	{ "sched:ints.g", "count", -ENOENT, 0, "no event 'ints'" },
	{ "comm", "count, sum(prev_stte)", -ENOENT, 11, "nearest is 'prev_state'" },
	{ "comm", "sum(prev_comm)", -EINVAL, 4, "'prev_comm' is text and no number" },
	{ "comm", "avg(arr)", -EINVAL, 4, "'arr' is an array and no number" },
	{ "comm", "max(a)", 0, -1, "" }, /* text in one event, numbers in others */
	{ "comm", "max(texts.a)", -EINVAL, 4, "text" },
	{ "comm", "distinct(arr)", 0, -1, "" },
	{ "syscall", "count", -ENOENT, 0, "system calls" },
	{ "comm", "last(syscall)", -ENOENT, 5, "system calls" },
	{ "comm", "distinct(pid), last(comm), distinct(event)", 0, -1, "" },
	{ "comm", "distinct(proces)", -ENOENT, 9, "nearest is 'process'" },
	{ "comm", "sum(proces)", -ENOENT, 4, "no field 'proces'" },
};

static void test_check(void **state)
{
	struct fixture fx = fixture_new();
	struct schema_set *empty = schema_set_new((struct machine) { .long_size = 8 });
	const struct schema_set *sets[] = { empty, fx.set };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct group_spec *s = parse(checks[i].by, checks[i].show);
		struct err e = ERR_INIT;
		int rc = group_spec_check(s, checks[i].by, checks[i].show, sets, 2, &e);

		if (rc != checks[i].code || e.column != checks[i].column ||
		    !strstr(e.text, checks[i].says))
			fail_msg("'%s' '%s': %d at %d: %s", checks[i].by, checks[i].show, rc,
				 e.column, e.text);
		assert_int_equal(e.code, rc);
		assert_int_equal(group_spec_check(s, checks[i].by, checks[i].show, sets, 2, NULL),
				 rc);
		group_spec_free(s);
	}
	schema_set_free(empty);
	fixture_done(&fx);
}

/* Every word that is offered is taken. */
static void take_key(const char *word, const char *help, void *data)
{
	struct group_spec *s = parse(word, NULL);

	assert_true(s->keys[0].kind != GROUP_FIELD && *help);
	group_spec_free(s);
	++*(unsigned *)data;
}

static void take_measure(const char *word, const char *help, void *data)
{
	struct group_spec *s = NULL;
	char text[64];

	assert_true(*help);
	if (group_spec_parse("comm", word, &s, NULL) < 0) {
		snprintf(text, sizeof(text), "%s(x)", word);
		s = parse("comm", text);
	}
	group_spec_free(s);
	++*(unsigned *)data;
}

/* The man page has every word, as a word by itself. */
static void find_word(const char *word, const char *help, void *data)
{
	char tagged[32];

	(void)help;
	snprintf(tagged, sizeof(tagged), " %s", word);
	for (const char *line = data; (line = strstr(line, "\n.B")); line++) {
		const char *end = strchr(line + 1, '\n'), *at = strstr(line, tagged);

		if (at && at < end && strchr(" \n\"(,", at[strlen(tagged)]))
			return;
	}
	fail_msg("the man page lacks '%s'", word);
}

static void test_manual(void **state)
{
	const char *root = getenv("SOURCE_ROOT");
	char path[512], *text = calloc(1, 1 << 18), *from, *end;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/docs/tapdeck.1", root ? root : ".");
	f = fopen(path, "re");
	assert_non_null(f);
	assert_true(fread(text, 1, (1 << 18) - 1, f) > 1000);
	fclose(f);
	from = strstr(text, ".SH GROUPS");
	end = from ? strstr(from, ".SH OUTPUT") : NULL;
	assert_non_null(end);
	*end = '\0';
	group_each_key(find_word, from);
	group_each_measure(find_word, from);
	free(text);
}

static void test_words(void **state)
{
	unsigned count = 0, measured = 0;

	(void)state;
	group_each_key(take_key, &count);
	assert_int_equal(count, GROUP_SYSCALL - GROUP_EVENT + 1);
	group_each_measure(take_measure, &measured);
	assert_true(measured >= 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),	 cmocka_unit_test(test_measures),
		cmocka_unit_test(test_lists),	 cmocka_unit_test(test_of),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_typing),
		cmocka_unit_test(test_check),	 cmocka_unit_test(test_words),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
