/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refilter: how long after a change of the display filter the screen is right.
 *
 * All panes at 200x50 over a full store of 256 MiB. For filters that let through much, little and
 * nothing, at the end of the rows and at their beginning: CPU ms until the first repaint, until no
 * row on the screen changes any more, until every row is counted; and the longest piece of work
 * between two looks at the keyboard. Judges nothing.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/util.h"
#include "tests/screens/feed.h"
#include "tests/screens/stage.h"

#define ROWS   50
#define COLS   200
#define MEMORY (256u << 20)
#define SLICES 100000 /* that is no end */

static const char *const filters[] = {
	"event == sys_enter",		"pid == 1100",		 "comm ~ \"*post*\"",
	"id > 4000 and not ret < 100",	"sector == 123456789",	 "nosuch == 1",
	"comm == nobody and vec == 77", "irq == 17 or len == 3", "",
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* What is on the screen, but for lines that say how far the count is. */
static uint64_t rows_hash(const struct canvas *c)
{
	uint64_t hash = 0;

	for (int y = 0; y < c->rows; y++) {
		char line[COLS * CELL_BYTES + 1];
		size_t n = 0;

		for (int x = 0; x < c->cols; x++) {
			const char *cell = c->cells[y * c->cols + x].s;
			size_t len = strnlen(cell, CELL_BYTES);

			memcpy(line + n, cell, len);
			n += len;
		}
		line[n] = '\0';
		for (const char *s = line; *s && !strstr(line, "hidden"); s++)
			hash = (hash ^ (uint8_t)*s) * 0x100000001b3u;
	}
	return hash;
}

struct times {
	uint64_t first, rows, all, longest;
	unsigned slices;
};

/* Changes the filter and works as tui/run.c does until nothing is left to be done. */
static int change(struct stage *s, const char *text, struct times *t, struct err *e)
{
	uint64_t spent = 0, hash = 0;
	bool more = true;
	int rc = scope_type(ui_scope(s->ui), text, e);

	*t = (struct times) { 0 };
	while (rc >= 0 && more && t->slices++ < SLICES) {
		uint64_t begin = cpu_ns(), took, now;
		const struct canvas *c = NULL;

		more = ui_update(s->ui);
		if (ui_dirty(s->ui))
			c = ui_draw(s->ui);
		took = cpu_ns() - begin;
		t->longest = MAX(t->longest, took);
		spent += took;
		if (!c)
			continue;
		if (!t->first)
			t->first = spent;
		now = rows_hash(c);
		if (now != hash)
			t->rows = spent;
		hash = now;
	}
	t->all = spent;
	return rc;
}

static int measure(struct stage *s, const char *where, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct times t;
		int rc = change(s, filters[i], &t, e);

		if (rc < 0)
			return rc;
		printf("%-10s %8.1f %8.1f %8.1f %8.1f %7u  %s\n", where, (double)t.first / 1e6,
		       (double)t.rows / 1e6, (double)t.all / 1e6, (double)t.longest / 1e6, t.slices,
		       filters[i][0] ? filters[i] : "(none)");
	}
	return 0;
}

static int fill(struct stage *s, struct feed *f, struct err *e)
{
	struct store_stats stats;
	int rc = 0;

	f->step = 2000;
	do {
		rc = feed_blow(f, 4000, e);
		store_stats(deck_store(s->deck), &stats);
	} while (rc >= 0 && !stats.evicted_pages);
	s->now = f->ts;
	if (rc >= 0)
		printf("CPU ms over %llu events in %llu MiB, %dx%d\n%-10s %8s %8s %8s %8s %7s\n",
		       (unsigned long long)stats.events, (unsigned long long)(stats.used >> 20),
		       COLS, ROWS, "", "first", "rows", "counted", "longest", "slices");
	return rc;
}

int main(void)
{
	struct stage_conf c = { .rows = ROWS, .cols = COLS, .memory = MEMORY };
	struct err e = ERR_INIT;
	struct stage s = { 0 };
	struct feed f = { 0 };
	int rc;

	setlocale(LC_ALL, "C.UTF-8");
	rc = stage_open(&s, &c, &e);
	if (rc >= 0)
		rc = feed_open(&f, s.deck, 1, &e);
	if (rc >= 0)
		rc = fill(&s, &f, &e);
	stage_settle(&s);
	if (rc >= 0)
		rc = measure(&s, "at the end", &e);
	if (rc >= 0) {
		ui_type(s.ui, "e", &e);
		stage_key(&s, 'g');
		stage_settle(&s);
		rc = measure(&s, "at first", &e);
	}
	stage_close(&s);
	feed_close(&f);
	if (rc < 0)
		fprintf(stderr, "refilter: %s\n", e.text);
	return rc < 0;
}
