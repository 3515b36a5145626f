/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter's text, by tables: what is read, what is refused and where the caret stands, what is
 * too long or too deep, and what is checked against the events there are.
 */
#include "tests/unit/filter_fixture.h"

#include <errno.h>

#include "core/arena.h"
#include "core/cleanup.h"

static struct filter *parse(const char *text)
{
	struct filter *f = NULL;
	struct err e = ERR_INIT;

	if (filter_parse(text, &f, &e) < 0)
		fail_msg("'%s': %s", text, e.text);
	return f;
}

static void test_print(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ " \t\n", "" },
		{ "pid==1", "pid == 1" },
		{ "pid = 1", "pid == 1" },
		{ "a<=0x1F", "a <= 0x1F" },
		{ "a>-1", "a > -1" },
		{ "comm ~ kworker*", "comm ~ \"kworker*\"" },
		{ "comm!~'a\"b'", "comm !~ \"a\\\"b\"" },
		{ "comm == \"a\\tb\\x1b\\\\\\*\"", "comm == \"a\\x09b\\x1b\\\\\\\\*\"" },
		{ "comm == \"12\"", "comm == \"12\"" },
		{ "event == sched:sched_switch", "event == \"sched:sched_switch\"" },
		{ ".pid == 1", ".pid == 1" },
		{ ".prio == 1", "prio == 1" },
		{ "sched_waking.pid == 1", "sched_waking.pid == 1" },
		{ "sched:sched_waking.pid == 1", "sched:sched_waking.pid == 1" },
		{ "9p_client_req.tag == 1", "9p_client_req.tag == 1" },
		{ "not.x == 1", "not.x == 1" },
		{ "a==1 and b==2 or c==3", "((a == 1 and b == 2) or c == 3)" },
		{ "a==1 or b==2 and c==3", "(a == 1 or (b == 2 and c == 3))" },
		{ "a==1&&b==2&&c==3||d==4", "((a == 1 and b == 2 and c == 3) or d == 4)" },
		{ "(a==1 or b==2) and c==3", "((a == 1 or b == 2) and c == 3)" },
		{ "not a==1 and b==2", "(not (a == 1) and b == 2)" },
		{ "!(a==1 or !!b==2)", "not ((a == 1 or not (not (b == 2))))" },
		{ "((a==1))", "a == 1" },
		{ "notx==1 and order==2 or android==3",
		  "((notx == 1 and order == 2) or android == 3)" },
		{ "not(a==1)and(b==2)or(c==3)", "((not (a == 1) and b == 2) or c == 3)" },
		{ "a\n==\n1", "a == 1" },
		{ "a==1 # and b==2\n# or\nor c==3 #\n", "(a == 1 or c == 3)" },
		{ "# nothing", "" },
		{ "comm=~'^a+$'", "comm =~ \"^a+$\"" },
		{ "comm contains a#\n", "comm contains \"a#\"" },
		{ "a&0x10&&b in(1,2..3 ,'x')", "(a & 0x10 and b in (1, 2..3, \"x\"))" },
		{ "exists sched:x.y or not exists .pid",
		  "(exists sched:x.y or not (exists .pid))" },
		{ "existsx == 1 and exists.x == 2", "(existsx == 1 and exists.x == 2)" },
		{ "flags & A|B", "flags & A|B" },
		{ "a == 1||b == 2", "(a == 1 or b == 2)" },
		{ "a > 1.5ms and b < 4k", "(a > 1.5ms and b < 4k)" },
		{ "evt.type == a and proc.name != b or thread.tid < 5",
		  "((event == \"a\" and comm != \"b\") or tid < 5)" },
		{ "COMM == x and CPU == 1 and exists user.name",
		  "(comm == \"x\" and cpu == 1 and exists user)" },
		{ "sys:evt.type == 1 and .COMM == 2", "(sys:evt.type == 1 and .COMM == 2)" },
		{ "time >= 1.5 and time in (2..3.25)", "(time >= 1.5 and time in (2..3.25))" },
		{ "container == 0123456789abcdef0123", "container == \"0123456789ab\"" },
		{ "kernel{ a==1 && CPU & CPUS{0-1,3} || !(b ~ '}') } and c == 2",
		  "(kernel{ a==1 && CPU & CPUS{0-1,3} || !(b ~ '}') } and c == 2)" },
		{ "not kernel {a.ustring == 'x' || ip.function != schedule}",
		  "not (kernel{a.ustring == 'x' || ip.function != schedule})" },
		{ "kernel == 1", "kernel == 1" },
		{ "startswith startswith in", "startswith startswith \"in\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter *f = parse(rows[i][0]), *again;
		struct strbuf b = { 0 }, c = { 0 };

		filter_print(f, &b);
		assert_string_equal(strbuf_cstr(&b), rows[i][1]);
		assert_string_equal(filter_text(f), rows[i][0]);
		/* What is printed is read as the same. */
		again = parse(strbuf_cstr(&b));
		filter_print(again, &c);
		assert_string_equal(strbuf_cstr(&c), rows[i][1]);
		filter_free(again);
		filter_free(f);
		strbuf_done(&b);
		strbuf_done(&c);
	}
}

static const struct {
	const char *text;
	int code, column;
	const char *says;
} refusals[] = {
	/* more characters could mend these */
	{ "pid", -EAGAIN, 3, "operator" },
	{ "pid ==", -EAGAIN, 6, "value" },
	{ "pid == ", -EAGAIN, 7, "value" },
	{ "pid !", -EAGAIN, 5, "operator" },
	{ "pid == -", -EAGAIN, 8, "digits" },
	{ "pid == 0x", -EAGAIN, 9, "digits" },
	{ "(a == 1", -EAGAIN, 7, "')'" },
	{ "(a == 1 o", -EAGAIN, 9, "')'" },
	{ "(", -EAGAIN, 1, "field" },
	{ "pid == 1 and", -EAGAIN, 12, "field" },
	{ "pid == 1 an", -EAGAIN, 11, "'and'" },
	{ "pid == 1 &", -EAGAIN, 10, "'and'" },
	{ "pid == 1 |", -EAGAIN, 10, "'or'" },
	{ "pid == 1 and not", -EAGAIN, 16, "field" },
	{ "comm ~ \"ba", -EAGAIN, 10, "quote" },
	{ "comm ~ 'ba\\'", -EAGAIN, 12, "quote" },
	{ "comm ~ \"ba\\", -EAGAIN, 11, "quote" },
	{ "comm == and", -EAGAIN, 11, "value" },
	{ "comm icon", -EAGAIN, 9, "operator" },
	{ "comm =", -EAGAIN, 6, "value" },
	{ "comm in", -EAGAIN, 7, "list" },
	{ "comm in (", -EAGAIN, 9, "value" },
	{ "comm in (a", -EAGAIN, 10, "')'" },
	{ "comm in (a, ", -EAGAIN, 12, "value" },
	{ "exists", -EAGAIN, 6, "field" },
	{ "container ==", -EAGAIN, 12, "value" },
	{ "kernel{", -EAGAIN, 7, "field" },
	{ "kernel{a", -EAGAIN, 8, "operator" },
	{ "kernel{a !", -EAGAIN, 10, "operator" },
	{ "kernel{a ==", -EAGAIN, 11, "number" },
	{ "kernel{a == 'x", -EAGAIN, 14, "quote" },
	{ "kernel{a == 1", -EAGAIN, 13, "'}'" },
	{ "kernel{a == 1 &", -EAGAIN, 15, "'}'" },
	{ "kernel{a == 1 && ", -EAGAIN, 17, "field" },
	{ "kernel{(a == 1", -EAGAIN, 14, "')'" },
	{ "kernel{CPU & CPUS{0-", -EAGAIN, 20, "'}'" },
	{ "kernel{CPU & C", -EAGAIN, 14, "CPUS" },
	{ "cpu == 10u", -EAGAIN, 10, "unit" },
	{ "a == 1 and # x", -EAGAIN, 14, "field" },
	{ ".", -EAGAIN, 1, "field" },
	{ "sched_switch.", -EAGAIN, 13, "field" },
	{ "sched:", -EAGAIN, 6, "field" },
	{ "sched:sched_switch", -EAGAIN, 18, "SYSTEM" },
	/* nothing mends these */
	{ "== 1", -EINVAL, 0, "field" },
	{ "\"pid\" == 1", -EINVAL, 0, "without quotes" },
	{ "1 == pid", -EINVAL, 0, "field" },
	{ "pid 1", -EINVAL, 4, "operator" },
	{ "pid == == 1", -EINVAL, 7, "expected" },
	{ "pid == )", -EINVAL, 7, "expected" },
	{ "pid == 1 pid == 2", -EINVAL, 9, "'and'" },
	{ "pid == 1)", -EINVAL, 8, "closes nothing" },
	{ "(pid == 1 pid == 2)", -EINVAL, 10, "')'" },
	{ "()", -EINVAL, 1, "field" },
	{ "a == 1 and and b == 1", -EINVAL, 15, "operator" },
	{ "a == and and b == 1", -EINVAL, 5, "quotes" },
	{ "pid == bash", -EINVAL, 7, "a number" },
	{ "pid == \"1\"", -EINVAL, 7, "without quotes" },
	{ "pid == 08", -EINVAL, 7, "a number" },
	{ "pid == 0xg", -EINVAL, 7, "a number" },
	{ "pid == 1x", -EINVAL, 7, "a number" },
	{ "pid == --1", -EINVAL, 7, "a number" },
	{ "pid ~ 1", -EINVAL, 4, "it takes == != < <= > >=" },
	{ "comm < 5", -EINVAL, 5, "it takes == != ~ =~ !~ contains" },
	{ "event >= a", -EINVAL, 6, "it takes" },

	{ "prio < \"5\"", -EINVAL, 7, "without quotes" },
	{ "comm == \"\\x0g\"", -EINVAL, 9, "hexadecimal" },
	{ "comm == \"a\\x00\"", -EINVAL, 10, "NUL" },
	{ "sched:x == 1", -EINVAL, 7, "FIELD" },
	{ "a.b.c == 1", -EINVAL, 3, "operator" },
	{ "comm ~ [!a]*", -EINVAL, 8, "a ! in it stands in quotes" },
	{ "pid == 1(", -EINVAL, 8, "quotes" },
	{ "a == 1 & b == 2", -EINVAL, 7, "'and'" },
	{ "a == b\x01 c", -EINVAL, 8, "'and'" },
	{ "comm in a", -EINVAL, 8, "takes a list" },
	{ "comm in ()", -EINVAL, 9, "expected" },
	{ "comm in (a b)", -EINVAL, 11, "','" },
	{ "pid in (1, x)", -EINVAL, 11, "a number" },
	{ "pid in (1..x)", -EINVAL, 8, "a number" },
	{ "pid contains 1", -EINVAL, 4, "it takes" },
	{ "comm & 1", -EINVAL, 5, "it takes" },
	{ "pid == 1.5", -EINVAL, 7, "a number" },
	{ "pid == 1.5.5ms", -EINVAL, 7, "a number" },
	{ "pid == 0x1k", -EINVAL, 7, "a number" },
	{ "pid == 1.0000000001s", -EINVAL, 7, "a number" },
	{ "comm =~ \"(\"", -EINVAL, 8, "regular expression" },
	{ "comm =~ \"(a)\\1\"", -EINVAL, 8, "regular expression" },
	{ "comm =~ \"((a{99}){99}){99}\"", -EINVAL, 8, "multiply" },
	{ "exists pid == 1", -EINVAL, 11, "'and'" },
	{ "exists 1", -EINVAL, 7, "field" },
	{ "kernel{}", -EINVAL, 7, "field" },
	{ "kernel{a = 1}", -EINVAL, 9, "operator" },
	{ "kernel{a == x}", -EINVAL, 12, "number" },
	{ "kernel{a == 1 b}", -EINVAL, 14, "'}'" },
	{ "kernel{a == 1 && }", -EINVAL, 17, "field" },
	{ "kernel{CPU & CPUS{}}", -EINVAL, 18, "list" },
	{ "kernel{CPU & CPUS{9999}}", -EINVAL, 18, "there are not" },
	{ "kernel{a.function < x}", -EINVAL, 20, "takes ==" },
	{ "kernel{a == 1} b", -EINVAL, 15, "'and'" },
	{ "fd.name == x", -EINVAL, 0, "no names of descriptors" },
	{ "time > 5x", -EAGAIN, 9, "no unit" },
	{ "time > 5x ", -EINVAL, 7, "no unit" },
	{ "time > 12:", -EAGAIN, 10, "HH:MM" },
	{ "time > 25:00 and cpu == 1", -EINVAL, 7, "HH:MM" },
	{ "time ~ 12*", -EINVAL, 5, "it takes" },
	{ "uid == root", -EINVAL, 7, "a number" },
};

static void test_errors(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct filter *f = NULL;
		struct err e = ERR_INIT;
		int r = filter_parse(refusals[i].text, &f, &e);
		const char *caret;

		if (r != refusals[i].code || e.code != r || e.column != refusals[i].column ||
		    !strstr(e.text, refusals[i].says))
			fail_msg("'%s': %d/%d at %d: %s", refusals[i].text, r, e.code, e.column,
				 e.text);
		assert_null(f);
		assert_int_equal(filter_parse(refusals[i].text, &f, NULL), refusals[i].code);
		/* The caret stands under the byte. */
		caret = strrchr(e.text, '\n');
		assert_non_null(caret);
		assert_string_equal(caret + 3 + (strchr(refusals[i].text, '\n') ? 0 : e.column),
				    "^");
	}
}

/* Nesting and length are bounded, and what is within the bound works. */
static void test_bounds(void **state)
{
	static const struct {
		const char *open, *close;
		unsigned times;
		int code;
	} rows[] = {
		{ "(", ")", 256, 0 },
		{ "(", ")", 257, -EINVAL },
		{ "!", "", 256, 0 },
		{ "!", "", 257, -EINVAL },
		{ "not ( ", ")", 128, 0 },
		{ "not ( ", ")", 129, -EINVAL },
		{ "a==1 or ", "", 8000, 0 },
		{ "a==1 or ", "", 8192, -EINVAL },
		{ "(a==1 or ", " and b==2)", 256, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf b = { 0 };
		struct row row = { .rec = NULL };
		struct filter *f = NULL;
		int r;

		for (unsigned n = 0; n < rows[i].times; n++)
			strbuf_str(&b, rows[i].open);
		strbuf_str(&b, "cpu == 0");
		for (unsigned n = 0; n < rows[i].times; n++)
			strbuf_str(&b, rows[i].close);
		r = filter_parse(strbuf_cstr(&b), &f, NULL);
		assert_int_equal(r, rows[i].code);
		/* Row 2: an even number of `not`. The last one: every and has an unknown. */
		if (r == 0)
			assert_int_equal(filter_run(filter_bind(f, NULL), &row, NULL),
					 i == 8 ? FILTER_UNKNOWN : FILTER_TRUE);
		filter_free(f);
	}
}

/* ---- check ---- */

static void test_check(void **state)
{
	static const struct {
		const char *text;
		int code, column;
		const char *says;
	} rows[] = {
		{ "", 0, -1, "" },
		{ "prev_pid == 1 and not name ~ x*", 0, -1, "" },
		{ "pid == 1 or comm == x or event == nosuch", 0, -1, "" },
		{ "a == 1 or a == x", 0, -1, "" }, /* a number here, text there */
		{ "common_pid == 1", 0, -1, "" },
		{ "texts.tid == 1", 0, -1, "" },
		{ "prev_pdi == 1", -ENOENT, 0, "'prev_pid'" },
		{ "cpu == 1 and (comn == x)", -ENOENT, 14, "'comm'" },
		{ "wholly_else == 1", -ENOENT, 0, "no field 'wholly_else'\n" },
		{ "sched_swich.prev_pid == 1", -ENOENT, 0,
		  "no event 'sched_swich'; nearest is 'sched_switch'" },
		{ "sched_switch.prev_pidd == 1", -ENOENT, 0,
		  "in event sched_switch; nearest is 'prev_pid'" },
		{ "sched_switch.comn == 1", -ENOENT, 0, "no field 'comn'" },
		{ ".pid == 1", -ENOENT, 0, "no event has a field 'pid' of its own" },
		{ "cpu == 1 or arr == 1", -EINVAL, 12, "array" },
		{ "prev_pid == x", -EINVAL, 12, "'prev_pid' is a number" },
		{ "prev_pid ~ 5", -EINVAL, 9, "it takes" },
		{ "prev_comm < 5", -EINVAL, 10, "'prev_comm' is text" },
		{ "prev_prio < high", -EINVAL, 12, "'prev_prio' is a number" },
		{ "prev_prio < 5min", -EINVAL, 12, "ns us ms s" },
		{ "prev_prio in (1, 2..3, x)", -EINVAL, 23, "'prev_prio' is a number" },
		{ "exists arr and not exists name", 0, -1, "" },
		{ "kernel{prev_pid == 1 && CPU == 0 && comm != 'x'}", 0, -1, "" },
		{ "kernel{prev_pid == 1 && c == 1}", -ENOENT, 24, "no event has all fields" },
		{ "cpu == 1 and kernel{prev_pid == 'x'}", -EINVAL, 32,
		  "does not compare 'prev_pid'" },
		{ "kernel{prev_comm.ustring == 'x'}", -EINVAL, 7, "only a capture filter" },
		{ "exists nosuch", -ENOENT, 7, "no field 'nosuch'" },
		{ "load > 2.5", 0, -1, "" },
		{ "prev_prio > 2.5", -EINVAL, 12, "a whole one" },
	};
	struct fixture fx = fixture_new();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct filter *f = parse(rows[i].text);
		struct err e = ERR_INIT;
		int r = filter_check(f, fx.set, &e);

		if (r != rows[i].code || e.code != r || e.column != rows[i].column ||
		    !strstr(e.text, rows[i].says))
			fail_msg("'%s': %d at %d: %s", rows[i].text, r, e.column, e.text);
		assert_int_equal(filter_check(f, fx.set, NULL), rows[i].code);
		filter_free(f);
	}
	fixture_done(&fx);
}

/* ---- notes, fields, what the kernel is told ---- */

static void test_notes(void **state)
{
	static const char *const rows[][2] = {
		{ "prev_pid == 1 and cpu == 1", "" },
		{ "tid == 1", "'tid' is of who emitted the row; the field of txt:texts is '.tid'" },
		{ "tid == 1 and event == ints", "" },
		{ ".tid == 1", "" },
		{ "prev_prio > 10us",
		  "10us is taken as ns, but 'prev_prio' of sched:sched_switch is not "
		  "known to be in ns: it is a number without a unit" },
		{ "c in (1, 1us..1ms)",
		  "1us..1ms is taken as ns, but 'c' of num:ints and 1 more is not "
		  "known to be in ns: it is a number without a unit" },
		{ "cpu == 1us", "'cpu' is no time: 1us is taken as ns" },
		{ "time > -5s", "" },
		{ "prev_comm == 'kw*'", "== takes 'kw*' as it stands; patterns are for ~" },
		{ "prev_comm in (a, kw*)", "in takes 'kw*' as it stands; patterns are for ~" },
		{ "prev_comm ~ 'kw*'", "" },
		{ "event == sched_swich",
		  "no event here is called 'sched_swich'; nearest is 'sched_switch'" },
		{ "event in (ints, sched:sched_switch) or event != far_away", "" },
		{ "system == shed", "no system here is called 'shed'; nearest is 'sched'" },
		{ "tid == 1 or tid == 2", "'tid' is of who emitted the row; the field of txt:texts "
					  "is '.tid'" },
		{ "tid == 1 or prev_comm == '*' or tid == 3",
		  "'tid' is of who emitted the row; the field of txt:texts is '.tid'\n"
		  "== takes '*' as it stands; patterns are for ~" },
	};
	struct fixture fx = fixture_new();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf b = { 0 };
		struct filter *f = parse(rows[i][0]);
		int n = filter_notes(f, fx.set, &b);

		assert_string_equal(strbuf_cstr(&b), rows[i][1]);
		assert_int_equal(n, !*rows[i][1] ? 0 : strchr(rows[i][1], '\n') ? 2 : 1);
		filter_free(f);
	}
	fixture_done(&fx);
}

static bool has_name(const struct schema *s, void *data)
{
	return !strncmp(s->name, data, strlen(data));
}

/* A name of the context where only an event that is not asked for has a field of its own. */
static void test_notes_among(void **state)
{
	static const struct {
		const char *filter, *among, *want;
	} rows[] = {
		{ "tid == 1", "tex",
		  "'tid' is of who emitted the row; the field of txt:texts is '.tid'" },
		{ "tid == 1", "ints", "" },
		{ "event == ints", "ints", "" },
		{ "event in (texts, sched_switch)", "ints",
		  "event 'texts' is none of those asked for\n"
		  "event 'sched_switch' is none of those asked for" },
		{ "event == texs", "tex", "no event here is called 'texs'; nearest is 'texts'" },
		{ "event == texs", "ints", "" },
		{ "event == texts", "nothing", "" },
	};
	struct fixture fx = fixture_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf b = { 0 };
		struct filter *f = parse(rows[i].filter);

		filter_notes_among(f, fx.set, has_name, (void *)rows[i].among, &b);
		assert_string_equal(strbuf_cstr(&b), rows[i].want);
		filter_free(f);
	}
	fixture_done(&fx);
}

static void say_field(const struct filter_field *use, void *data)
{
	strbuf_fmt(data, "%s:%s.%s@%u%s%s ", use->system ? use->system : "",
		   use->event ? use->event : "", use->name, use->column, use->is_context ? "c" : "",
		   use->in_kernel ? "k" : "");
}

static void test_fields(void **state)
{
	struct filter *f =
	    parse("a == 1 or not (s:e.b > 2 and exists proc.name) or kernel{x==1&&!y==2}");
	_cleanup_strbuf_ struct strbuf b = { 0 };

	filter_each_field(f, say_field, &b);
	assert_string_equal(strbuf_cstr(&b), ":.a@0 s:e.b@15 :.comm@36c :.x@57k :.y@64k ");
	filter_free(f);
}

static void test_kernel_text(void **state)
{
	static const struct {
		const char *text, *want;
		int count;
	} rows[] = {
		{ "prev_pid == 1", "", 0 },
		{ "kernel{prev_pid == 1}", "(prev_pid == 1)", 1 },
		{ "kernel{prev_pid==1} and cpu == 2 and kernel{CPU == 2}",
		  "(prev_pid==1) && (CPU == 2)", 2 },
		{ "kernel{prev_pid == 1} or cpu == 2", "", 0 },
		{ "not kernel{prev_pid == 1}", "", 0 },
		{ "kernel{prev_comm.ustring == 'x'}", "(prev_comm.ustring == 'x')", 1 },
		{ "cpu == 1 and kernel{nosuch == 1}", "", -ENOENT },
		{ "kernel{prev_pid ~ 'x'}", "", -ENOENT },
	};
	struct fixture fx = fixture_new();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf b = { 0 };
		struct filter *f = parse(rows[i].text);

		assert_int_equal(filter_kernel_text(f, fx.schema[SWITCH], &b), rows[i].count);
		assert_string_equal(strbuf_cstr(&b), rows[i].want);
		assert_int_equal(filter_check_capture(f, fx.set, NULL) == 0, rows[i].count >= 0);
		filter_free(f);
	}
	fixture_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),  cmocka_unit_test(test_errors),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_check),
		cmocka_unit_test(test_notes),  cmocka_unit_test(test_notes_among),
		cmocka_unit_test(test_fields), cmocka_unit_test(test_kernel_text),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
