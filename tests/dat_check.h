/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_check: whether a file holds the numbered events of dat_feed: all, once, in order. Read by our
 * reader, and by libtracecmd in a process of its own (dat_dump). Included once by a test.
 */
#ifndef DAT_CHECK_H
#define DAT_CHECK_H

#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/dat_feed.h"
#include "tracefs/dat.h"

struct check {
	uint64_t events, lost, unknown;
	char why[400]; /* "" when all is well */
};

#define CHECK_FAIL(c, ...) (void)(*(c)->why ? 0 : snprintf((c)->why, sizeof((c)->why), __VA_ARGS__))

/* The records of a page must be number *n and so on. */
static inline void check_page(struct check *c, struct dat *d, const struct page *p, uint64_t *n)
{
	const struct schema_set *set = dat_schemas(d);
	struct page_walk w = page_walk_init(p->records, p->size, p->ts);
	struct page_event ev;

	c->lost += p->lost == LOST_UNKNOWN ? 0 : p->lost;
	c->unknown += p->lost == LOST_UNKNOWN;
	for (; page_next(&w, &ev); ++*n) {
		uint64_t id = field_load(set->machine, ev.rec, 2, false);
		const struct schema *s = schema_set_get(set, (unsigned)id, UINT32_MAX);
		uint64_t v = 0;

		if (!s || strcmp(s->name, "tick"))
			CHECK_FAIL(c, "id %u is no tick", (unsigned)id);
		else if (!field_int(s, schema_field(s, "n"), ev.rec, ev.size, &v) || v != *n)
			CHECK_FAIL(c, "number %llu instead of %llu", (unsigned long long)v,
				   (unsigned long long)*n);
		if (ev.ts != FEED_START + *n * FEED_STEP)
			CHECK_FAIL(c, "a wrong time at %llu", (unsigned long long)*n);
	}
	if (w.damaged)
		CHECK_FAIL(c, "a page is damaged");
}

static inline void check_cpu(struct check *c, struct dat *d, unsigned b, unsigned cpu)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < dat_pages(d, b, cpu); i++) {
		struct page_data *keep = NULL;
		struct err e = ERR_INIT;
		struct page p;

		if (dat_page_load(d, b, cpu, i, &p, &keep, &e) < 0) {
			CHECK_FAIL(c, "%.350s", e.text);
			return;
		}
		check_page(c, d, &p, &n);
		page_data_unref(keep);
	}
	c->events += n;
}

/* Reads a file with our reader. */
static inline struct check check_own(const char *path)
{
	struct check c = { 0 };
	struct err e = ERR_INIT;
	struct dat *d = NULL;
	struct dat_info info;

	if (dat_open(path, &d, &e) < 0) {
		CHECK_FAIL(&c, "%.350s", e.text);
		return c;
	}
	dat_info(d, &info);
	for (unsigned b = 0; b < info.buffers; b++)
		for (unsigned cpu = 0; cpu < dat_buffer(d, b)->cpus; cpu++)
			check_cpu(&c, d, b, cpu);
	dat_info(d, &info);
	if (info.damages)
		CHECK_FAIL(&c, "%.350s", info.damage);
	dat_close(d);
	return c;
}

/* Reads it with libtracecmd, which must have nothing to say. */
static inline struct check check_lib(const char *path)
{
	const char *root = getenv("BUILD_ROOT");
	char command[512], line[512];
	struct check c = { 0 };
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s/tests/dat_dump' lib '%s' 2>&1",
		 root ? root : "build", path);
	pipe = popen(command, "re");
	while (pipe && fgets(line, sizeof(line), pipe)) {
		if (strstr(line, " tick "))
			c.events++;
		else if (!strstr(line, " lost "))
			CHECK_FAIL(&c, "libtracecmd: %.200s", line);
	}
	if (!pipe || pclose(pipe))
		CHECK_FAIL(&c, "libtracecmd cannot read it");
	return c;
}

#endif
