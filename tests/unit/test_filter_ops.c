/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter's answers: regular expressions, parts of text, lists, bits, measures and `exists`;
 * times, and who emitted a row.
 */
#include <errno.h>
#include <time.h>

#include "core/clock.h"
#include "core/who.h"
#include "core/store.h"
#include "tests/unit/filter_records.h"

static const struct answer answers[] = {
	/* regular expressions, parts of text */
	{ "name =~ '^h.l+o$'", TEXTS, T },
	{ "name =~ ell", TEXTS, T },
	{ "name =~ '^ell'", TEXTS, F },
	{ "name !~ '^ell'", TEXTS, T },
	{ "name !~ l", TEXTS, F },
	{ "name =~ 'x|lo'", TEXTS, T },
	{ "name =~ 'elx?l'", TEXTS, T },
	{ "name =~ 'hell{2}'", TEXTS, F },
	{ "name =~ 'hel{2}o'", TEXTS, T },
	{ "name =~ 'hellx*o'", TEXTS, T },
	{ "name =~ 'hellx+o'", TEXTS, F },
	{ "name =~ 'o$'", TEXTS, T },
	{ "name =~ ''", TEXTS, T },
	{ "next_comm =~ '33[+]$'", SWITCH, T }, /* no NUL behind it */
	{ "nosuch =~ x", TEXTS, U },
	{ "a =~ x", INTS, U },
	{ "name contains ell", TEXTS, T },
	{ "name contains 'e*l'", TEXTS, F },
	{ "name contains ''", TEXTS, T },
	{ "name contains hellox", TEXTS, F },
	{ "name icontains ELL", TEXTS, T },
	{ "name icontains HELLO", TEXTS, T },
	{ "name icontains HELLOO", TEXTS, F },
	{ "name icontains ''", TEXTS, T },
	{ "name startswith hel", TEXTS, T },
	{ "name startswith ''", TEXTS, T },
	{ "name startswith ell", TEXTS, F },
	{ "name endswith llo", TEXTS, T },
	{ "name endswith ''", TEXTS, T },
	{ "name endswith ll", TEXTS, F },
	{ "event =~ '^sched:'", SWITCH, T },
	{ "event !~ '^sched:'", SWITCH, F },
	{ "event startswith sched_", SWITCH, T },
	{ "comm contains as", SWITCH, U },
	/* lists */
	{ "a in (1, 200)", INTS, T },
	{ "a in (1, 100..199, 201..999)", INTS, F },
	{ "a in (1, 100..200)", INTS, T },
	{ "a in (200..200)", INTS, T },
	{ "a in (201..199)", INTS, F },
	{ "a in (300, 400)", INTS, F },
	{ "not a in (300, 400)", INTS, T },
	{ "b in (-6..-4, 7)", INTS, T },
	{ "b in (-4..4, -10..-6, 251)", INTS, F },
	{ "b in (1..2, -9..-8, -5)", INTS, T },
	{ "h in (5, -9223372036854775808)", INTS, T },
	{ "h in (5..7, -1, 9223372036854775807)", INTS, F },
	{ "g in (5, 18446744073709551615)", INTS, T },
	{ "g in (5, -1)", INTS, F },
	{ "a in (1, x)", INTS, U },
	{ "nosuch in (1, 2)", INTS, U },
	{ "name in (a, hello, b)", TEXTS, T },
	{ "name in (a, hell, helloo, 1..2)", TEXTS, F },
	{ "name in (hello)", TEXTS, T },
	{ "not name in (a, b)", TEXTS, T },
	{ "event in (x, sched_switch)", SWITCH, T },
	{ "event in (x, sched:sched_switch)", SWITCH, T },
	{ "event in (x, irq:sched_switch)", SWITCH, F },
	{ "cpu in (1, 3)", SWITCH, T },
	{ "cpu in (0, 2..9)", SWITCH, F },
	{ "pid in (8, 9)", SWITCH, T },
	{ "comm in (x, '<...>')", SWITCH, U },
	{ "lost in (0, 5)", SWITCH, T },
	/* bits */
	{ "a & 8", INTS, T },
	{ "a & 0x37", INTS, F },
	{ "a & 0x100", INTS, F },
	{ "a & 0", INTS, F },
	{ "not a & 0", INTS, T },
	{ "b & 0x80", INTS, T },
	{ "b & 0x100", INTS, F },
	{ "b & -1", INTS, T },
	{ "d & 4", INTS, T },
	{ "g & 0x8000000000000000", INTS, T },
	{ "a & 8 && a & 0x40", INTS, T },
	{ "nosuch & 1", INTS, U },
	/* sizes, durations, decimals */
	{ "e == 4000000000ns and e == 4s and e == 4000ms", INTS, T },
	{ "c < 64k and c > 58k", INTS, T },
	{ "e > 3G and e < 4G", INTS, T },
	{ "e < 0.5us", INTS, F },
	{ "load == 2.5", TEXTS, T },
	{ "load > 2.499999", TEXTS, T },
	{ "load > 2.5", TEXTS, F },
	{ "load in (2..3)", TEXTS, T },
	{ "load in (2.6..3, 1.5)", TEXTS, F },
	{ "load > -0.5", TEXTS, T },
	/* exists */
	{ "exists a", INTS, T },
	{ "exists arr", INTS, T },
	{ "exists nosuch", INTS, F },
	{ "not exists nosuch", INTS, T },
	{ "exists sched_switch.a", INTS, F },
	{ "exists name and exists rel and exists tail", TEXTS, T },
	{ "exists pid and exists tid and exists cpu and exists event", SWITCH, T },
	{ "exists comm", SWITCH, F },
	{ "not exists comm", SWITCH, T },
};

static void test_operators(void **state)
{
	check_answers(answers, ARRAY_SIZE(answers));
}

/* ---- the emitter ---- */

static enum filter_value answer(const char *text, const struct filter_env *env, struct row *r)
{
	enum filter_value v;
	struct filter *f;
	struct err e = ERR_INIT;

	if (filter_parse_env(text, env, &f, &e) < 0)
		fail_msg("'%s': %s", text, e.text);
	v = filter_run(filter_bind(f, r->schema), r, FIXTURE_IDENTITY);
	filter_free(f);
	return v;
}

static void test_time(void **state)
{
	/* One o'clock, local time, is monotonic 1000 s. */
	struct tm tm = { .tm_year = 120, .tm_mday = 5, .tm_hour = 1, .tm_isdst = -1 };
	struct clock_triple at = { .mono = 1000 * NSEC_PER_SEC,
				   .real = (uint64_t)mktime(&tm) * NSEC_PER_SEC };
	struct clock_map clocks = { .at = &at, .count = 1, .cap = 1 };
	struct filter_env env = { .clocks = &clocks, .now = 1100 * NSEC_PER_SEC };
	struct row r = { .ts = 1000 * NSEC_PER_SEC + 500000000 };

	assert_int_equal(answer("time == 1000.5", &env, &r), T);
	assert_int_equal(answer("time == 1000.500000001", &env, &r), F);
	assert_int_equal(answer("time > 01:00:00 and time < 01:00:00.6", &env, &r), T);
	assert_int_equal(answer("time in (01:00..01:01)", &env, &r), T);
	assert_int_equal(answer("time in (01:01..01:02, 7)", &env, &r), F);
	assert_int_equal(answer("time >= -99.5s and time < -99s", &env, &r), T);
	assert_int_equal(answer("time > -99s", &env, &r), F);
	assert_int_equal(answer("time > '01:00:00'", &env, &r), T);
	env.base = 1000 * NSEC_PER_SEC;
	assert_int_equal(answer("time == 0.5", &env, &r), T);
	/* Without clocks of a recording those of now are taken. */
	r.ts = clock_mono();
	assert_int_equal(answer("time > -5s and time < +5s", NULL, &r), T);
	assert_int_equal(answer("time < -5s", NULL, &r), F);
	r.flags = ROW_LOSS;
	assert_int_equal(answer("time > -5s", NULL, &r), T);
	env.clocks = NULL;
	assert_int_equal(filter_parse_env("time > 01:00 ", &env, &(struct filter *) { NULL }, NULL),
			 -EINVAL);
}

static const struct {
	const char *text;
	int32_t tid;
	enum filter_value want;
} emitters[] = {
	{ "ppid == 4", 9, T },
	{ "ppid == 4", 10, U },
	{ "ppid == 4", 11, U },
	{ "uid == 1", 9, T },
	{ "uid < 1", 6, T },
	{ "uid == 0", 4, U },
	{ "user == root", 6, T },
	{ "user != root", 6, F },
	{ "user =~ ^ro", 6, T },
	{ "exe == /ab", 4, T },
	{ "exe endswith bash", 9, T },
	{ "exists exe", 7, F },
	{ "cgroup ~ /user*", 4, T },
	{ "cgroup ~ *", 9, U },
	{ "container == 0123456789ab", 6, T },
	{ "container == " FIXTURE_CONTAINER, 6, T },
	{ "container in (x, " FIXTURE_CONTAINER ")", 6, T },
	{ "container == 0123456789ab", 4, F },
	{ "container == ''", 4, T },
	{ "exists container", 4, F },
	{ "exists container", 6, T },
	{ "container == x", 9, U },
	{ "exists container", 9, F },
};

static void test_emitters(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(emitters); i++) {
		struct row r = { .tid = emitters[i].tid };
		enum filter_value v = answer(emitters[i].text, NULL, &r);

		if (v != emitters[i].want)
			fail_msg("'%s' of %d: %d", emitters[i].text, emitters[i].tid, v);
		r.flags = ROW_LOSS;
		assert_int_equal(answer(emitters[i].text, NULL, &r),
				 strncmp(emitters[i].text, "exists", 6) ? U : F);
	}
}

/* The identity table, which reads /proc once a process, is asked before there is an answer. */
static void test_details(void **state)
{
	struct row r = { .tid = 9 };
	struct filter *f;

	assert_int_equal(filter_parse("uid == 1 and exe ~ * and ppid > 0", &f, NULL), 0);
	fixture_details = 0;
	assert_true(filter_match(f, &r, FIXTURE_IDENTITY));
	assert_true(fixture_details > 0);
	filter_free(f);
	assert_int_equal(filter_parse("pid > 0 and comm ~ *", &f, NULL), 0);
	fixture_details = 0;
	filter_match(f, &r, FIXTURE_IDENTITY);
	assert_int_equal(fixture_details, 0);
	filter_free(f);
}

static void test_backend(void **state)
{
	struct source src = { .backend = "tracefs" };
	struct row r = { .source = &src };

	assert_int_equal(answer("backend == tracefs", NULL, &r), T);
	assert_int_equal(answer("backend != tracefs", NULL, &r), F);
	r.source = NULL;
	assert_int_equal(answer("backend == tracefs", NULL, &r), U);
}

static void test_containers(void **state)
{
	static const char *const rows[][2] = {
		{ "/docker/" FIXTURE_CONTAINER, "0123456789ab" },
		{ "/system.slice/docker-" FIXTURE_CONTAINER ".scope", "0123456789ab" },
		{ "/kubepods.slice/kubepods-pod12.slice/cri-containerd-" FIXTURE_CONTAINER ".scope",
		  "0123456789ab" },
		{ "/machine.slice/libpod-" FIXTURE_CONTAINER ".scope/container", "0123456789ab" },
		{ "/machine.slice/libpod-conmon-" FIXTURE_CONTAINER ".scope", "" },
		{ "/user.slice/user-1000.slice", "" },
		{ "/deadbeef", "" },
		{ "/x0123456789abcdef", "" },
		{ "/0123456789abcdefg", "" },
		{ "/docker/aaaaaaaaaaaaaaaa/docker/0123456789abcdef", "0123456789ab" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len;
		const char *s = who_container(rows[i][0], &len);

		assert_int_equal(len, strlen(rows[i][1]));
		assert_memory_equal(s, rows[i][1], len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators), cmocka_unit_test(test_time),
		cmocka_unit_test(test_emitters),  cmocka_unit_test(test_details),
		cmocka_unit_test(test_backend),	  cmocka_unit_test(test_containers),
	};

	return cmocka_run_group_tests_name("filter_ops", tests, NULL, NULL);
}
