/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_hostile: what the tests of damaged trace files share: reading all that can be read of any
 * bytes, and lies told at places known by what stands beside them. Included once by a test.
 */
#ifndef DAT_HOSTILE_H
#define DAT_HOSTILE_H

#include <sys/resource.h>

#include "tests/dat_fixture.h"

static inline uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

struct seen {
	uint64_t events, bytes;
	bool damaged;
};

/* Reads a page as any reader would. */
static inline void read_page(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n,
			     struct seen *seen)
{
	struct page_data *keep;
	struct page_event ev;
	struct page_walk w;
	struct page p;
	uint64_t ts;

	if (dat_page_time(d, buffer, cpu, n, &ts) < 0)
		assert_true(dat_page_load(d, buffer, cpu, n, &p, &keep, NULL) < 0);
	if (dat_page_load(d, buffer, cpu, n, &p, &keep, NULL) < 0)
		return;
	w = page_walk_init(p.records, p.size, p.ts);
	while (page_next(&w, &ev))
		seen->events++;
	seen->bytes += p.size;
	seen->damaged |= w.damaged;
	page_data_unref(keep);
}

/* Reads all there is. */
static inline struct seen read_all(struct dat *d)
{
	struct seen seen = { 0 };
	struct dat_info info;
	const char *text;
	size_t size;

	dat_info(d, &info);
	for (unsigned b = 0; b < info.buffers; b++) {
		for (unsigned cpu = 0; cpu < dat_buffer(d, b)->cpus; cpu++) {
			const struct time_map *time = dat_time(d, cpu);

			for (uint64_t t = 1; time && t >> 40 == 0; t *= 3)
				assert_true((int64_t)(time_map_apply(time, t * 3) -
						      time_map_apply(time, t)) >= 0);
			for (uint64_t n = 0; n < dat_pages(d, b, cpu); n++)
				read_page(d, b, cpu, n, &seen);
		}
	}
	text = dat_latency(d, &size);
	for (size_t i = 0; i < size; i++)
		seen.damaged |= !text[i];
	dat_info(d, &info);
	seen.damaged |= info.damage != NULL;
	if (!strcmp(info.compression, "none"))
		assert_true(seen.bytes <= info.size);
	return seen;
}

static inline void ignore(int32_t tid, const char *comm, void *data)
{
	(void)tid, (void)comm, (void)data;
}

/* Opens and reads what may be anything; says how many events there were. */
static inline struct seen try_bytes(const uint8_t *bytes, size_t size)
{
	struct seen seen = { 0 };
	struct err e = ERR_INIT;
	struct dat *d = NULL;

	if (fixture_open_bytes(bytes, size, &d, &e) < 0) {
		assert_true(e.text[0]);
		seen.damaged = true;
		return seen;
	}
	seen = read_all(d);
	dat_cmdlines(d, ignore, NULL);
	dat_close(d);
	return seen;
}

static inline long memory_kb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* Finds bytes in a file. */
static inline uint8_t *find(uint8_t *bytes, size_t size, const char *what, size_t len)
{
	uint8_t *p = memmem(bytes, size, what, len);

	assert_non_null(p);
	return p;
}

static inline void expect_damage(const uint8_t *bytes, size_t size, const char *says)
{
	struct err e = ERR_INIT;
	struct dat_info info;
	struct dat *d = NULL;

	if (fixture_open_bytes(bytes, size, &d, &e) < 0) {
		if (!says || !strstr(e.text, says))
			fail_msg("said: %s", e.text);
		return;
	}
	read_all(d);
	dat_info(d, &info);
	if (says && (!info.damage || !strstr(info.damage, says)))
		fail_msg("said: %s", info.damage ? info.damage : "nothing");
	if (!says && info.damage)
		fail_msg("said: %s", info.damage);
	dat_close(d);
}

/* A lie: the bytes looked for, where behind their start to write, and what is said then. */
struct lie {
	const char *what, *at;
	size_t len;
	long offset;
	const char *put;
	size_t put_len;
	const char *says; /* NULL: that is no damage */
};

static inline void tell_lies(const uint8_t *bytes, size_t size, const struct lie *lies,
			     size_t count)
{
	uint8_t *copy = malloc(size);

	for (size_t i = 0; i < count; i++) {
		const struct lie *l = &lies[i];

		print_message("# %s\n", l->what);
		memcpy(copy, bytes, size);
		memcpy(find(copy, size, l->at, l->len) + l->offset, l->put, l->put_len);
		expect_damage(copy, size, l->says);
	}
	free(copy);
}

#endif
