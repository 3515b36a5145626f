/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_fixture: a trace.dat that a test writes, of every kind there is, and looks at.
 * Included once by a test, behind cmocka.
 */
#ifndef DAT_FILE_FIXTURE_H
#define DAT_FILE_FIXTURE_H

#include "tests/dat_fixture.h"
#include "tests/dat_check.h"

struct kind {
	const char *name;
	bool compress, whole;
	int version, ends; /* the version asked for, and the one it is */
};

__attribute__((unused)) static const struct kind kinds[] = {
	{ "version 6", false, false, 0, 6 }, { "version 7", false, false, 7, 7 },
	{ "compressed", true, false, 0, 7 }, { "whole 6", false, true, 6, 6 },
	{ "whole 7", false, true, 7, 7 },    { "whole, compressed", true, true, 7, 7 },
};

static const struct machine machines[] = { { false, 8 }, { false, 4 }, { true, 8 }, { true, 4 } };

static inline void must(int r, const struct err *e)
{
	if (r < 0)
		fail_msg("%s", e->text);
}

static inline void feed_open_cpus(struct feed *f, const struct kind *k, struct machine m,
				  uint32_t page_size, unsigned cpus)
{
	static const char *const names[] = { "named", "empty", NULL };
	const char *path = fixture_path("made.dat");
	struct err e = ERR_INIT;
	struct dat_file_conf c = {
		.path = path,
		.meta = feed_meta(m, page_size, cpus),
		.compress = k->compress,
		.whole = k->whole,
		.version = k->version,
		.buffers = names,
	};

	unlink(path);
	c.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(c.fd >= 0);
	*f = (struct feed) { .m = m, .page_size = page_size, .id = FEED_ID };
	must(dat_file_new(&c, &f->file, &e), &e);
}

static inline void feed_open(struct feed *f, const struct kind *k, struct machine m,
			     uint32_t page_size)
{
	feed_open_cpus(f, k, m, page_size, 4);
}

static inline void finish(struct feed *f)
{
	struct err e = ERR_INIT;

	must(dat_file_finish(f->file, NULL, &e), &e);
	feed_done(f);
}

static inline void expect(const char *what, uint64_t events)
{
	struct check c = check_own(fixture()->path);

	if (*c.why)
		fail_msg("%s: %s", what, c.why);
	assert_int_equal(c.events, events);
}

static inline struct dat *reopen(void)
{
	struct err e = ERR_INIT;
	struct dat *d = NULL;

	must(dat_open(fixture()->path, &d, &e), &e);
	return d;
}

#endif
