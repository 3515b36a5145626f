/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames: what a frame of the dashboard costs.
 *
 * All panes at 200x50 over a flow made here, 15 frames a second for some seconds of its time,
 * shown on a pty that somebody else empties. Prints the CPU time of our thread for a frame by part,
 * for one key that moves the cursor, and for a frame in which nothing changed. Judges nothing.
 */
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/util.h"
#include "tests/screens/feed.h"
#include "tests/screens/stage.h"
#include "tui/term.h"

#define ROWS   50
#define COLS   200
#define FRAMES 300
#define RATE   500000 /* events a second */
#define FPS    15

enum part { PART_UPDATE, PART_DRAW, PART_SHOW, PARTS };

struct sums {
	uint64_t ns[PARTS], worst;
	long bytes;
	unsigned frames, drawn;
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The one behind the screen: takes what comes. */
static void *swallow(void *data)
{
	char buf[65536];

	while (read(*(int *)data, buf, sizeof(buf)) > 0)
		;
	return NULL;
}

/* One frame as tui/run.c makes it. */
static void frame(struct stage *s, struct term *t, struct sums *sums)
{
	uint64_t a = cpu_ns(), b, c, d;

	ui_update(s->ui);
	b = c = d = cpu_ns();
	if (ui_dirty(s->ui)) {
		const struct canvas *canvas = ui_draw(s->ui);

		c = cpu_ns();
		sums->bytes += term_show(t, canvas, false);
		d = cpu_ns();
		sums->drawn++;
	}
	sums->ns[PART_UPDATE] += b - a;
	sums->ns[PART_DRAW] += c - b;
	sums->ns[PART_SHOW] += d - c;
	sums->worst = MAX(sums->worst, d - a);
	sums->frames++;
}

static void print(const char *what, const struct sums *s)
{
	double n = s->frames * 1e6;
	double all = (double)(s->ns[0] + s->ns[1] + s->ns[2]) / n;

	printf("%-34s %8.3f %8.3f %8.3f %8.3f %8.3f %8.0f %9u\n", what,
	       (double)s->ns[PART_UPDATE] / n, (double)s->ns[PART_DRAW] / n,
	       (double)s->ns[PART_SHOW] / n, all, (double)s->worst / 1e6,
	       (double)s->bytes / s->frames, s->drawn);
}

/* Events come, time goes on, and every pane follows. */
static int moving(struct stage *s, struct feed *f, struct term *t, struct err *e)
{
	struct sums sums = { 0 };

	f->step = NSEC_PER_SEC / RATE * FEED_CPUS;
	for (unsigned i = 0; i < FRAMES + FPS; i++) {
		for (unsigned left = RATE / FPS; left; left -= MIN(left, 4000u)) {
			int rc = feed_blow(f, MIN(left, 4000u), e);

			if (rc < 0)
				return rc;
		}
		s->now = f->ts;
		if (i == FPS)
			sums = (struct sums) { 0 };
		frame(s, t, &sums);
	}
	print("all panes moving", &sums);
	return 0;
}

static void keys(struct stage *s, struct term *t)
{
	struct sums sums = { 0 };

	for (unsigned i = 0; i < FRAMES; i++) {
		uint64_t a = cpu_ns();

		stage_key(s, i % 40 < 20 ? KC_UP : KC_DOWN);
		sums.ns[PART_UPDATE] += cpu_ns() - a;
		frame(s, t, &sums);
	}
	print("a key that moves the cursor", &sums);
}

static void unchanged(struct stage *s, struct term *t)
{
	struct sums sums = { 0 };

	stage_settle(s);
	frame(s, t, &sums);
	sums = (struct sums) { 0 };
	for (unsigned i = 0; i < FRAMES; i++)
		frame(s, t, &sums);
	print("nothing changed", &sums);
}

static int measure(struct stage *s, struct feed *f, struct term *t, struct err *e)
{
	static const char *const panes[] = { "t", "e", "p" };
	int rc = moving(s, f, t, e);

	for (size_t i = 0; rc >= 0 && i < ARRAY_SIZE(panes); i++) {
		ui_type(s->ui, panes[i], e);
		printf("%s: ", panes[i]);
		keys(s, t);
	}
	if (rc >= 0)
		unchanged(s, t);
	return rc;
}

int main(void)
{
	struct stage_conf c = { .rows = ROWS, .cols = COLS, .memory = 64u << 20 };
	struct winsize size = { .ws_row = ROWS, .ws_col = COLS };
	struct err e = ERR_INIT;
	struct stage s = { 0 };
	struct feed f = { 0 };
	struct term *t = NULL;
	pthread_t thread;
	int master, slave, rc;

	setlocale(LC_ALL, "C.UTF-8");
	if (openpty(&master, &slave, NULL, NULL, &size) < 0)
		return fprintf(stderr, "frames: no pty: %s\n", strerror(errno)), 1;
	pthread_create(&thread, NULL, swallow, &master);
	rc = stage_open(&s, &c, &e);
	if (rc >= 0)
		rc = feed_open(&f, s.deck, 1, &e);
	if (rc >= 0)
		rc = term_open(
		    &(struct term_conf) {
			.type = "xterm-256color", .in = slave, .out = slave, .color = true },
		    &t, &e);
	if (rc >= 0) {
		printf(
		    "CPU ms of a frame at %dx%d, %d events/s\n%-34s %8s %8s %8s %8s %8s %8s %9s\n",
		    COLS, ROWS, RATE, "", "update", "draw", "show", "all", "worst", "bytes",
		    "repainted");
		rc = measure(&s, &f, t, &e);
	}
	term_close(t);
	stage_close(&s);
	feed_close(&f);
	close(slave);
	close(master);
	if (rc < 0)
		fprintf(stderr, "frames: %s\n", e.text);
	return rc < 0;
}
