/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is switched on with a tracer that cannot do without it, and when it goes off again: over two
 * backends made for this, one that gives events and one that derives.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "backends/deck.h"
#include "core/util.h"

#define TRACERS 3

static const char *const names[] = { "one", "two", "bad" };
static bool given[TRACERS], derived[TRACERS];
static unsigned captures; /* how often the backend was told what to keep out */
static struct capture captured;

static int find(const char *name)
{
	for (int i = 0; i < TRACERS; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static int no_probe(const struct backend_env *env, struct err *e)
{
	return 0;
}

static int no_open(struct backend *b, struct err *e)
{
	return 0;
}

static void no_close(struct backend *b)
{
}

static int64_t no_drain(struct backend *b, size_t budget, bool final, struct err *e)
{
	return 0;
}

static uint64_t no_next(struct backend *b, uint64_t now)
{
	return UINT64_MAX;
}

static int list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		struct err *e)
{
	int count = 0;

	for (int i = 0; i < TRACERS; i++) {
		struct tracer_info t = { .group = b->ops->name, .name = names[i] };
		char title[32];

		snprintf(title, sizeof(title), "%s:%s", t.group, t.name);
		if (pattern && strcmp(pattern, t.group) != 0 && strcmp(pattern, title) != 0)
			continue;
		count++;
		visit(&t, data);
	}
	return count;
}

static int enable_given(struct backend *b, const char *group, const char *name, bool on,
			struct err *e)
{
	if (strcmp(group, "given") != 0)
		return -ENOENT;
	if (!strcmp(name, "*")) {
		for (int i = 0; i < TRACERS; i++)
			given[i] = on;
		return 0;
	}
	if (on && !strcmp(name, "bad"))
		return err_set(e, -EIO, "given:bad cannot be had");
	given[find(name)] = on;
	return 0;
}

static int enable_derived(struct backend *b, const char *group, const char *name, bool on,
			  struct err *e)
{
	if (!strcmp(name, "*"))
		return -EOPNOTSUPP;
	if (on && !strcmp(name, "bad") && !given[find("bad")])
		return err_set(e, -ENOENT, "derived:bad has nothing to be made of");
	derived[find(name)] = on;
	return 0;
}

static int status(struct backend *b, const char *group, const char *name, struct tracer_status *ret)
{
	const bool *on = !strcmp(b->ops->name, "given") ? given : derived;

	if (strcmp(group, b->ops->name) != 0)
		return -ENOENT;
	*ret = (struct tracer_status) { .state = on[find(name)] ? TRACER_ON : TRACER_OFF };
	return 0;
}

static int capture(struct backend *b, const struct capture *c, struct strbuf *took, struct err *e)
{
	captures++;
	captured = *c;
	return 0;
}

/* derived:one needs given:one, derived:two both, derived:bad given:bad and given:one. */
static int needs(struct backend *b, const char *group, const char *name, tracer_visit_fn visit,
		 void *data)
{
	struct tracer_info t = { .group = "given", .name = name };

	visit(&t, data);
	t.name = "one";
	if (strcmp(name, "one") != 0)
		visit(&t, data);
	return 0;
}

#define COMMON                                                                                     \
	.blurb = "for tests", .size = 8, .probe = no_probe, .open = no_open, .close = no_close,    \
	.list = list, .status = status, .start = no_open, .stop = no_close, .drain = no_drain,     \
	.next = no_next

static const struct backend_ops given_ops = { COMMON, .name = "given", .caps = BACKEND_LIVE,
					      .enable = enable_given, .capture = capture };
static const struct backend_ops derived_ops = { COMMON, .name = "derived", .caps = BACKEND_DERIVES,
						.enable = enable_derived, .needs = needs };

const struct backend_ops *const backends[] = { &given_ops, &derived_ops, NULL };

/* ---- the tests ---- */

static int setup(void **state)
{
	struct deck_conf c = { 0 };
	struct deck *d = NULL;

	memset(given, 0, sizeof(given));
	memset(derived, 0, sizeof(derived));
	captures = 0;
	if (deck_new(&c, &d, NULL) < 0 || deck_open(d, "given", NULL) < 0)
		return -1;
	*state = d;
	return deck_backend(d, "derived") ? 0 : -1; /* it comes with what it is made of */
}

static int teardown(void **state)
{
	return deck_free(*state, NULL);
}

static void turn(struct deck *d, const char *name, bool on)
{
	struct err e = ERR_INIT;

	if (deck_enable(d, name, on, NULL, &e) < 1)
		fail_msg("%s: %s", name, e.text);
}

static void test_on_and_off_with_it(void **state)
{
	struct deck *d = *state;

	turn(d, "derived:one", true);
	assert_true(given[0] && derived[0] && !given[1]);
	assert_true(deck_needed(d, "given", "one"));
	turn(d, "derived:two", true);
	assert_true(given[1]);
	turn(d, "derived:one", false);
	assert_true(given[0]); /* two still needs it */
	turn(d, "derived:two", false);
	assert_true(!given[0] && !given[1]);
	assert_false(deck_needed(d, "given", "one"));
}

/* On twice is on once. */
static void test_twice(void **state)
{
	struct deck *d = *state;

	turn(d, "derived:one", true);
	turn(d, "derived:one", true);
	turn(d, "derived:one", false);
	assert_false(given[0]);
	turn(d, "derived:one", false);
	turn(d, "derived:one", true);
	assert_true(given[0]);
}

static void test_what_the_user_wants_stays(void **state)
{
	struct deck *d = *state;

	turn(d, "given:one", true); /* before */
	turn(d, "derived:two", true);
	assert_false(deck_needed(d, "given", "one"));
	assert_true(deck_needed(d, "given", "two"));
	turn(d, "given:two", true); /* meanwhile */
	assert_false(deck_needed(d, "given", "two"));
	turn(d, "derived:two", false);
	assert_true(given[0] && given[1]);
	turn(d, "given:one", false);
	assert_false(given[0]);
}

/* Off while it is needed: it goes on for the other alone. */
static void test_off_while_needed(void **state)
{
	struct deck *d = *state;

	turn(d, "given:one", true);
	turn(d, "derived:one", true);
	turn(d, "given:one", false);
	assert_true(given[0] && deck_needed(d, "given", "one"));
	turn(d, "given", false); /* the whole group: one by one then */
	assert_true(given[0]);
	turn(d, "derived:one", false);
	assert_false(given[0]);
	turn(d, "given", false);
}

/* What cannot be had is the reason why, and nothing stays on for it. */
static void test_not_to_be_had(void **state)
{
	struct deck *d = *state;
	struct err e = ERR_INIT;

	assert_int_equal(deck_enable(d, "derived:bad", true, NULL, &e), -EIO);
	assert_string_equal(e.text, "given:bad cannot be had");
	assert_true(!derived[2] && !given[0] && !given[2]);
	assert_false(deck_needed(d, "given", "one"));
}

/* Nothing may be kept out of what is needed, from then on. */
static void test_capture(void **state)
{
	struct deck *d = *state;
	struct capture c = { 0 };

	assert_int_equal(deck_capture(d, &c, NULL, NULL), 0);
	assert_int_equal(captures, 1);
	assert_false(captured.whole(captured.whole_data, "given", "one"));
	turn(d, "given:one", true);
	turn(d, "derived:one", true);
	assert_int_equal(captures, 2);
	assert_true(captured.whole(captured.whole_data, "given", "one"));
	turn(d, "derived:one", false);
	assert_int_equal(captures, 3);
	assert_false(captured.whole(captured.whole_data, "given", "one"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_on_and_off_with_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_the_user_wants_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_off_while_needed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_to_be_had, setup, teardown),
		cmocka_unit_test_setup_teardown(test_capture, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
