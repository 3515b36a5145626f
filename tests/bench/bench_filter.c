/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_filter: ns an event for filters of every kind, over pages in memory.
 *
 *   bench_filter [FILTER...]
 *
 * A store of sched_switch records of many threads, each of another thread than the one before, far
 * more than the caches hold. Each filter runs over the pages (what counts and searches do, the walk
 * included), over rows as a cursor gives them (the filter alone), and where libtraceevent can say
 * the same beside tep_filter_match over the same pages. The best of several rounds is taken: noise
 * only adds. It judges nothing: a number under its target is marked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/filter_page.h"
#include "core/identity.h"
#include "tests/bench/filter_peer.h"

#define PAGES	1024
#define ROWS	1024
#define ROUNDS	200
#define TRIES	7
#define REC	64
#define THREADS 97

static const char format[] =
    "name: sched_switch\nID: 10\nformat:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
    "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
    "\tfield:int prev_prio;\toffset:28;\tsize:4;\tsigned:1;\n"
    "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
    "\tfield:__data_loc char[] what;\toffset:40;\tsize:4;\tsigned:0;\n"
    "\nprint fmt: \"\"\n";

struct candidate {
	const char *text, *tep; /* tep: what libtraceevent calls the same; NULL: it cannot */
	double target;		/* million events a second */
};

static const struct candidate candidates[] = {
	{ "", NULL, 0 },
	{ "tid == 7", "sched/sched_switch: common_pid == 7", 0 },
	{ "cpu == 1", NULL, 0 },
	{ "prev_pid == 5", "sched/sched_switch: prev_pid == 5", 0 },
	{ "prev_pid >= 5 and prev_pid < 9", NULL, 0 },
	{ "prev_state != 0", NULL, 0 },
	{ "pid == 7", "sched/sched_switch: common_pid == 7", 100 },
	{ "pid == 7 or pid == 8", NULL, 0 },
	{ "comm == thread-7", NULL, 0 },
	{ "comm ~ 'thread-1*'", NULL, 0 },
	{ "prev_comm == kworker/7", NULL, 0 },
	{ "prev_comm == kworker/7 and prev_state != 0",
	  "sched/sched_switch: prev_comm == \"kworker/7\" && prev_state != 0", 40 },
	{ "prev_comm ~ kworker/1*", NULL, 15 },
	{ "prev_comm ~ *er/1*", NULL, 15 },
	{ "prev_comm ~ k*r/[1-3]?", NULL, 15 },
	{ "what ~ thing-2*", NULL, 15 },
	{ "prev_comm =~ 'er/1'", "sched/sched_switch: prev_comm =~ \"er/1\"", 3 },
	{ "prev_comm =~ '^k.*/[1-3].$'", "sched/sched_switch: prev_comm =~ \"^k.*/[1-3].$\"", 3 },
	{ "what =~ '(thing|what)-2[0-9]*$'", NULL, 3 },
	{ "event == sched_switch", NULL, 0 },
	{ "event == sched_switch and prev_pid == 5", NULL, 0 },
	{ "event == irq_handler_entry or prev_pid == 5", NULL, 0 },
	{ "nosuch == 1", NULL, 0 },
	{ "nosuch == 1 or prev_pid == 5", NULL, 0 },
	{ "not (tid == 7 and cpu == 1 or prev_pid > 100)", NULL, 0 },
};

struct bench {
	struct schema_set *set;
	struct store *store;
	struct identity *identity;
	struct row *rows;
	uint8_t *recs;
};

static void fill(uint8_t *rec, unsigned i)
{
	unsigned tid = i * 7 % THREADS;

	memset(rec, 0, REC);
	store_u16(rec, 10);
	store_u32(rec + 4, tid);
	snprintf((char *)rec + 8, 16, "kworker/%u", tid);
	store_u32(rec + 24, i % 31);
	store_u64(rec + 32, i % 3);
	snprintf((char *)rec + 48, 16, "thing-%u", tid);
	store_u32(rec + 40, (uint32_t)(strlen((char *)rec + 48) + 1) << 16 | 48);
}

static void fill_rows(struct bench *b)
{
	for (unsigned i = 0; i < ROWS; i++) {
		uint8_t *rec = b->recs + (size_t)i * REC;

		fill(rec, i);
		b->rows[i] = (struct row) {
			.ts = 1000 + i,
			.rec = rec,
			.size = REC,
			.tid = (int)(i * 7 % THREADS),
			.cpu = i % 2,
			.schema = b->set->by_id[10],
		};
	}
}

static int fill_store(struct bench *b, struct err *e)
{
	struct source *src = store_source(b->store, "bench", "bench", b->set, 0);
	unsigned i = 0;

	for (unsigned n = 0; n < PAGES; n++) {
		struct run *r = store_run(b->store, src, n % 2);
		uint8_t *at = store_room(b->store, e);
		uint32_t used = 0;
		int rc;

		if (!at)
			return -ENOMEM;
		for (; PAGE_HEADER + used + 4 + REC <= PAGE_SIZE_MAX; used += 4 + REC) {
			store_u32(at + PAGE_HEADER + used, 100u << 5 | REC / 4);
			fill(at + PAGE_HEADER + used + 4, i++);
		}
		store_u64(at, (uint64_t)i * 100);
		store_u64(at + 8, used);
		rc = store_commit(b->store, r, PAGE_SIZE_MAX, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* CPU time: what else runs on the machine is not the filter's. */
static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

struct result {
	uint64_t events, passed;
};

static struct result over_rows(struct bench *b, struct filter *f)
{
	struct result r = { .events = (uint64_t)ROUNDS * ROWS };

	for (unsigned n = 0; n < ROUNDS; n++)
		for (unsigned i = 0; i < ROWS; i++)
			r.passed += filter_match(f, &b->rows[i], b->identity);
	return r;
}

static struct result over_pages(struct bench *b, struct filter *f, struct filter_peer *peer)
{
	struct filter_scan *scan = filter_scan_new(f, b->identity);
	struct result res = { 0 };
	const struct run *r;

	for (unsigned i = 0; (r = store_run_at(b->store, i)); i++) {
		for (uint64_t n = r->base; n < r->base + r->count; n++) {
			struct filter_place at = { 0 };

			if (peer) {
				res.events +=
				    filter_peer_page(peer, r, run_page(r, n), &res.passed);
				continue;
			}
			filter_scan_page(scan, r, run_page(r, n), UINT64_MAX, &at);
			res.events += at.shown + at.hidden;
			res.passed += at.shown;
		}
	}
	filter_scan_free(scan);
	return res;
}

enum way { OVER_PAGES, OVER_ROWS, BY_PEER };

/* The best ns an event; *passed is the share of those that pass. */
static double best(struct bench *b, enum way way, struct filter *f, struct filter_peer *peer,
		   double *passed)
{
	double ns = 1e9;

	for (unsigned t = 0; t < TRIES; t++) {
		uint64_t begin = cpu_ns();
		struct result r = way == OVER_ROWS ? over_rows(b, f) : over_pages(b, f, peer);
		double each = (double)(cpu_ns() - begin) / (double)r.events;

		ns = each < ns ? each : ns;
		*passed = (double)r.passed / (double)r.events;
	}
	return ns;
}

static void print_speed(double ns)
{
	printf("%7.2f ns %6.1f M/s  ", ns, 1e3 / ns);
}

static void measure(struct bench *b, const struct candidate *c)
{
	const char *text = c->text;
	struct filter_peer *peer = NULL;
	struct filter *f = NULL;
	struct err e = ERR_INIT;
	double pages, passed, share;

	if (filter_parse(text, &f, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return;
	}
	pages = best(b, OVER_PAGES, f, NULL, &share);
	print_speed(pages);
	print_speed(best(b, OVER_ROWS, f, NULL, &passed));
	if (c->tep && filter_peer_new(b->set, c->tep, &peer, &e) < 0)
		fprintf(stderr, "%s\n", e.text);
	if (peer)
		print_speed(best(b, BY_PEER, NULL, peer, &passed));
	else
		printf("%22s", "");
	if (peer && passed != share)
		printf("(libtraceevent: %.1f %%) ", 100 * passed);
	printf("%5.1f %%  %s", 100 * share, text[0] ? text : "(empty)");
	if (c->target > 0)
		printf("  >= %.0f M/s%s", c->target, 1e3 / pages < c->target ? " MISSED" : "");
	putchar('\n');
	filter_peer_free(peer);
	filter_free(f);
}

static int setup(struct bench *b, struct err *e)
{
	const struct identity_conf id = { .live = false };
	struct store_conf conf = { .memory = 2ull * PAGES * PAGE_SIZE_MAX };
	struct machine m = { .long_size = 8 };
	struct schema *s = NULL;
	char comm[COMM_LEN];
	int rc;

	b->set = schema_set_new(m);
	rc = schema_parse("sched", format, sizeof(format) - 1, m, &s, e);
	if (rc < 0)
		return rc;
	schema_set_add(b->set, s);
	b->identity = identity_new(&id);
	for (unsigned i = 0; i < THREADS; i++) {
		snprintf(comm, sizeof(comm), "thread-%u", i);
		identity_hint(b->identity, (int)i, (int)i, comm);
	}
	b->rows = xcalloc(ROWS, sizeof(*b->rows));
	b->recs = xcalloc(ROWS, REC);
	fill_rows(b);
	rc = store_new(&conf, &b->store, e);
	return rc < 0 ? rc : fill_store(b, e);
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct err e = ERR_INIT;
	int rc = setup(&b, &e);

	if (rc >= 0)
		printf("%-24s%-24s%-22s%7s  filter\n", "pages, with the walk",
		       "rows, the filter alone", "tep_filter_match", "pass");
	for (size_t i = 0; rc >= 0 && argc < 2 && i < ARRAY_SIZE(candidates); i++)
		measure(&b, &candidates[i]);
	for (int i = 1; rc >= 0 && i < argc; i++)
		measure(&b, &(struct candidate) { .text = argv[i] });
	if (rc < 0)
		fprintf(stderr, "bench_filter: %s\n", e.text);
	store_free(b.store);
	schema_set_free(b.set);
	identity_free(b.identity);
	free(b.rows);
	free(b.recs);
	return rc < 0;
}
