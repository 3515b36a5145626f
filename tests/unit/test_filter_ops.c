/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter's answers: regular expressions, parts of text, lists, bits, measures and `exists`.
 */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators),
	};

	return cmocka_run_group_tests_name("filter_ops", tests, NULL, NULL);
}
