/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process in which libtraceevent prints: it says what the library says, and whatever becomes of
 * it, the rows go on.
 */
#include "tests/unit/text_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracefs/tep_helper.h"

#define FIELDS                                                                                     \
	"\tfield:u32 a;\toffset:8;\tsize:4;\tsigned:0;\n"                                          \
	"\tfield:u64 where;\toffset:16;\tsize:8;\tsigned:0;\n"
#define PLAIN  FORMAT(7, FIELDS, "\"a is %u\", REC->a")
#define SYMBOL FORMAT(7, FIELDS, "\"at %ps\", (void *)REC->where")
#define RAW    "a=3 where=18446744071578845200"

struct stage {
	struct symbols *symbols;
	struct tep_helper *helper;
	struct strbuf out;
	uint8_t rec[24];
};

static void stage_open(struct stage *st)
{
	static const char names[] = "ffffffff81000000 T first_function\n"
				    "ffffffff81001000 t second_function [mod]\n";

	*st = (struct stage) { .symbols = symbols_new(NULL, NULL) };
	symbols_add_kallsyms(st->symbols, names, sizeof(names) - 1);
	st->helper = tep_helper_new(st->symbols);
	put(st->rec, 0, 2, 7, false);
	put(st->rec, 8, 4, 3, false);
	put(st->rec, 16, 8, 0xffffffff81000010ULL, false);
}

static void stage_close(struct stage *st)
{
	tep_helper_free(st->helper);
	symbols_free(st->symbols);
	strbuf_done(&st->out);
}

/* What the helper makes of the record. */
static const char *text_of(struct stage *st, const struct schema *s)
{
	strbuf_clear(&st->out);
	assert_true(tep_helper_text(st->helper, s, st->rec, sizeof(st->rec), &st->out));
	return st->out.s;
}

/* The only child of this process. */
static pid_t helper_pid(void)
{
	char path[64], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	assert_non_null(f);
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return (pid_t)atoi(text);
}

/* A format so deep that reading it takes more stack than there is. */
static struct schema *killer(const char *system)
{
	const unsigned depth = 150000;
	char *parens = malloc(depth + 1), *close = malloc(depth + 1);
	struct strbuf b = { 0 };
	struct schema *s;

	memset(parens, '(', depth);
	memset(close, ')', depth);
	parens[depth] = close[depth] = '\0';
	strbuf_fmt(&b, "name: deep\nID: 8\nformat:\n" COMMON FIELDS "\nprint fmt: \"%%u\", %s1%s\n",
		   parens, close);
	s = parse_in(system, b.s, native);
	strbuf_done(&b);
	free(parens);
	free(close);
	return s;
}

static void test_says_what_the_library_says(void **state)
{
	struct schema *plain = parse(PLAIN), *symbol = parse_in("other", SYMBOL, native);
	struct stage st;
	unsigned times;

	(void)state;
	stage_open(&st);
	assert_int_equal(helper_pid(), 0); /* lazy */
	for (unsigned i = 0; i < 3; i++) {
		assert_string_equal(text_of(&st, plain), "a is 3");
		assert_string_equal(text_of(&st, symbol), "at first_function");
	}
	assert_null(tep_helper_trouble(st.helper, &times));
	/* What is there already stays. */
	assert_true(tep_helper_text(st.helper, plain, st.rec, sizeof(st.rec), &st.out));
	assert_string_equal(st.out.s, "at first_functiona is 3");
	schema_free(plain);
	schema_free(symbol);
	stage_close(&st);
	assert_int_equal(helper_pid(), 0);
}

static void test_foreign_records(void **state)
{
	struct schema *s = parse_in("test", PLAIN, foreign);
	struct stage st;

	(void)state;
	stage_open(&st);
	put(st.rec, 0, 2, 7, true);
	put(st.rec, 8, 4, 0x01020304, true);
	assert_string_equal(text_of(&st, s), "a is 16909060");
	schema_free(s);
	stage_close(&st);
}

/* A record shorter than its format is not shown to the library at all. */
static void test_short_record(void **state)
{
	struct schema *s = parse(PLAIN);
	struct stage st;

	(void)state;
	stage_open(&st);
	assert_false(tep_helper_text(st.helper, s, st.rec, 12, &st.out));
	assert_int_equal(st.out.len, 0);
	schema_free(s);
	stage_close(&st);
}

static void test_death_is_named_and_survived(void **state)
{
	struct schema *plain = parse(PLAIN), *deep = killer("bad");
	struct stage st;
	unsigned times;
	pid_t before;

	(void)state;
	stage_open(&st);
	assert_string_equal(text_of(&st, plain), "a is 3");
	before = helper_pid();
	assert_string_equal(text_of(&st, deep), RAW " [libtraceevent failed]");
	assert_non_null(strstr(tep_helper_trouble(st.helper, &times), "died on bad:deep"));
	assert_int_equal(times, 1);
	/* Another one goes on with the rest, and is not asked for what killed the first. */
	assert_string_equal(text_of(&st, plain), "a is 3");
	assert_int_not_equal(helper_pid(), before);
	before = helper_pid();
	assert_string_equal(text_of(&st, deep), RAW " [libtraceevent failed]");
	assert_int_equal(helper_pid(), before);
	schema_free(plain);
	schema_free(deep);
	stage_close(&st);
}

/* One that does not answer is ended; the row says so. */
static void test_hang(void **state)
{
	struct schema *plain = parse(PLAIN), *other = parse_in("other", PLAIN, native);
	struct stage st;
	unsigned times;

	(void)state;
	stage_open(&st);
	assert_string_equal(text_of(&st, plain), "a is 3");
	kill(helper_pid(), SIGSTOP);
	assert_string_equal(text_of(&st, plain), RAW " [libtraceevent failed]");
	assert_non_null(strstr(tep_helper_trouble(st.helper, &times), "hung on test:event"));
	assert_int_equal(helper_pid(), 0);
	assert_string_equal(text_of(&st, other), "a is 3");
	schema_free(plain);
	schema_free(other);
	stage_close(&st);
}

/* However many formats kill it: it is not started for ever, and every row is said. */
static void test_starts_are_bounded(void **state)
{
	struct schema *deep[12], *plain = parse(PLAIN);
	struct stage st;
	unsigned times;

	(void)state;
	stage_open(&st);
	for (unsigned i = 0; i < 12; i++) {
		char system[16];

		snprintf(system, sizeof(system), "bad%u", i);
		deep[i] = killer(system);
		assert_string_equal(text_of(&st, deep[i]), RAW " [libtraceevent failed]");
	}
	tep_helper_trouble(st.helper, &times);
	assert_in_range(times, 4, 11);
	assert_int_equal(helper_pid(), 0);
	assert_string_equal(text_of(&st, plain), RAW " [libtraceevent failed]");
	for (unsigned i = 0; i < 12; i++)
		schema_free(deep[i]);
	schema_free(plain);
	stage_close(&st);
}

/* A process forked from us asks one of its own: two on one socket would get the other's answers. */
static void test_forks_have_their_own(void **state)
{
	struct schema *plain = parse(PLAIN);
	struct stage st;
	pid_t mine, pid;
	int status;

	(void)state;
	stage_open(&st);
	assert_string_equal(text_of(&st, plain), "a is 3");
	mine = helper_pid();
	pid = fork();
	if (!pid) {
		bool ok = tep_helper_text(st.helper, plain, st.rec, sizeof(st.rec), &st.out);

		ok = ok && helper_pid() != mine && helper_pid() > 0;
		tep_helper_free(st.helper);
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(helper_pid(), mine);
	assert_string_equal(text_of(&st, plain), "a is 3");
	schema_free(plain);
	stage_close(&st);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_what_the_library_says),
		cmocka_unit_test(test_foreign_records),
		cmocka_unit_test(test_short_record),
		cmocka_unit_test(test_death_is_named_and_survived),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_starts_are_bounded),
		cmocka_unit_test(test_forks_have_their_own),
	};

	if (argc > 1 && !strcmp(argv[1], TEP_HELPER_ARG))
		return tep_helper_main();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
