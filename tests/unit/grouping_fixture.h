/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grouping_fixture: groups as a model over a recording that mkdat made. Counting goes through here
 * and can be made slow, so that a table is seen half made. Included once by a test, which is linked
 * with --wrap=fold_work.
 */
#ifndef GROUPING_FIXTURE_H
#define GROUPING_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <time.h>
#include <cmocka.h>

#include "core/clock.h"
#include "tests/dat_fixture.h"
#include "tui/grouping.h"

/* ---- a step at a time ---- */

static bool is_slow;

bool __real_fold_work(struct fold *f, uint64_t horizon, size_t budget);
bool __wrap_fold_work(struct fold *f, uint64_t horizon, size_t budget);

/* A page, and the time of a slice is over. */
bool __wrap_fold_work(struct fold *f, uint64_t horizon, size_t budget)
{
	const struct timespec ms = { .tv_nsec = 6 * NSEC_PER_MSEC };
	bool more;

	if (!is_slow)
		return __real_fold_work(f, horizon, budget);
	more = __real_fold_work(f, horizon, 1);
	nanosleep(&ms, NULL);
	return more;
}

/* ---- help for tests ---- */

struct scene {
	struct deck *deck;
	struct grouping g;
	struct grouping_time t;
};

#define HEAD                                                                                       \
	"cpus 2\n"                                                                                 \
	"event demo tick 501 n:u32 text:string print \"n=%u text=%s\", REC->n, __get_str(text)\n"  \
	"event demo tock 502 m:s64 print \"m=%lld\", REC->m\n"                                     \
	"comm 7 seven\ncomm 8 \"e\\x1b[2J\"\ncomm 9 nine\n"

static inline struct scene *open_scene(const char *description)
{
	struct scene *s = xcalloc(1, sizeof(*s));
	const char *files[] = { fixture_make("made.dat", description, "le64", "4096"), NULL };
	struct deck_conf c = { .files = files };
	struct err e = ERR_INIT;

	assert_int_equal(deck_new(&c, &s->deck, &e), 0);
	if (deck_open(s->deck, "replay", &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(deck_start(s->deck, &e), 0);
	while (!deck_at_end(s->deck))
		assert_true(poller_once(deck_poller(s->deck), 1000, &e) >= 0);
	deck_stop(s->deck);
	grouping_init(&s->g, s->deck);
	s->t = (struct grouping_time) { .now = 4000 * NSEC_PER_MSEC, .ended = true, .seen = true };
	return s;
}

static inline void close_scene(struct scene *s)
{
	is_slow = false;
	grouping_done(&s->g);
	deck_free(s->deck, NULL);
	free(s);
}

static inline void settle(struct scene *s)
{
	for (unsigned i = 0; grouping_work(&s->g, &s->t) & GROUPING_MORE; i++)
		assert_true(i < 100000);
}

static inline void ask(struct scene *s, const char *by, const char *show)
{
	struct err e = ERR_INIT;

	if (grouping_ask(&s->g, by, show, &e) < 0)
		fail_msg("%s", e.text);
	settle(s);
}

static inline void set_filter(struct scene *s, const char *text)
{
	struct filter *f = NULL;

	assert_int_equal(filter_parse(text, &f, NULL), 0);
	grouping_filter(&s->g, f);
}

#endif
