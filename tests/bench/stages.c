/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stages: what each step in the life of an event costs, in ns of CPU time.
 *
 * Reads a storm of system calls from an instance of its own once, then runs every stage alone
 * over the same events in memory, several rounds, and prints the median beside its target. It
 * judges nothing: a number over its target is marked, the exit status stays 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/cursor.h"
#include "core/filter_page.h"
#include "core/guard.h"
#include "core/identity.h"
#include "core/store.h"
#include "core/summary.h"
#include "core/text.h"
#include "sinks/sink.h"
#include "tests/bench/filter_peer.h"
#include "tests/bench/groups.h"
#include "tests/bench/tape.h"

#define ROUNDS	 7
#define MEMORY	 (1u << 30)
#define TICK_CUT 16384 /* a fragment as a tick brings it on a busy box */

struct bench {
	struct tape tape, cut;
	struct identity *identity;
	struct summary *summary;
	struct store *store; /* filled once, for the stages that read */
	struct dat *plain, *zstd;
	int null_fd;
};

/* Returns the events it handled, or -Exxx; the caller measures. */
typedef int64_t (*stage_fn)(struct bench *b, struct err *e);

struct stage {
	const char *name;
	stage_fn run;
	stage_fn without; /* another stage whose time is in it and is taken off */
	double target;	  /* ns an event; 0: none */
	const char *what;
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static int64_t stage_walk(struct bench *b, struct err *e)
{
	uint64_t count = 0, sum = 0;

	for (size_t i = 0; i < b->tape.count; i++) {
		const struct tape_fragment *f = &b->tape.fragments[i];
		struct page_walk w = page_walk_init(f->bytes + PAGE_HEADER, f->size - PAGE_HEADER,
						    load_u64(f->bytes));
		struct page_event ev;

		while (page_next(&w, &ev)) {
			count++;
			sum += load_u16(ev.rec);
		}
	}
	__asm__ volatile("" : : "r"(sum));
	return (int64_t)count;
}

/* Every record of every page of a recording. Nothing is left in the cache from the round before. */
static int64_t read_file(struct dat *d, struct err *e)
{
	uint64_t count = 0;

	dat_cache_limit(d, 0);
	dat_cache_limit(d, 8 << 20);
	for (unsigned cpu = 0; cpu < dat_buffer(d, 0)->cpus; cpu++) {
		for (uint64_t n = 0; n < dat_pages(d, 0, cpu); n++) {
			struct page_data *keep;
			struct page_event ev;
			struct page_walk w;
			struct page p;
			int rc = dat_page_load(d, 0, cpu, n, &p, &keep, e);

			if (rc < 0)
				return rc;
			w = page_walk_init(p.records, p.size, p.ts);
			while (page_next(&w, &ev))
				count++;
			page_data_unref(keep);
		}
	}
	return (int64_t)count;
}

static int64_t stage_file(struct bench *b, struct err *e)
{
	return read_file(b->plain, e);
}

static int64_t stage_zstd(struct bench *b, struct err *e)
{
	return read_file(b->zstd, e);
}

/* What the stages that fill a store do in place of read(2). */
static int64_t stage_copy(struct bench *b, struct err *e)
{
	static uint8_t room[PAGE_HEADER + PAGE_SIZE_MAX];

	for (size_t i = 0; i < b->tape.count; i++) {
		memcpy(room, b->tape.fragments[i].bytes, b->tape.fragments[i].size);
		__asm__ volatile("" : : "r"(room) : "memory");
	}
	return (int64_t)b->tape.events;
}

/* Needs neither symbols nor a fallback. */
static const struct text_env no_env;

#define TICK_FRAGMENTS 64 /* so many come at a tick, and then groups are counted */

/* Gives all fragments of a tape to a store, in the order of CPUs as they were read; g follows. */
static int64_t fill(struct store *s, const struct tape *t, struct groups *g, struct err *e)
{
	struct source *src = store_source(s, "tracefs", "bench", t->schemas, 0);
	int64_t count = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct tape_fragment *f = &t->fragments[i];
		uint8_t *room = store_room(s, e);
		int rc;

		if (!room)
			return -ENOMEM;
		memcpy(room, f->bytes, f->size);
		rc = store_commit(s, store_run(s, src, f->cpu), f->size, e);
		if (rc < 0)
			return rc;
		count += rc;
		if (g && (i % TICK_FRAGMENTS == TICK_FRAGMENTS - 1 || i == t->count - 1))
			groups_work(g, UINT64_MAX);
	}
	src->text = &no_env;
	src->horizon = UINT64_MAX;
	return count;
}

static int64_t fill_new(const struct tape *t, struct identity *id, struct summary *sum, bool tables,
			struct err *e)
{
	struct store_conf conf = { .memory = MEMORY, .identity = id, .summary = sum };
	struct groups *g = NULL;
	struct store *s = NULL;
	int64_t count;
	int rc;

	rc = store_new(&conf, &s, e);
	if (rc >= 0 && tables)
		rc = groups_live(s, id, &g, e);
	count = rc < 0 ? rc : fill(s, t, g, e);
	groups_free(g);
	store_free(s);
	return count;
}

static int64_t stage_whole(struct bench *b, struct err *e)
{
	return fill_new(&b->tape, NULL, NULL, false, e);
}

static int64_t stage_join(struct bench *b, struct err *e)
{
	return fill_new(&b->cut, NULL, NULL, false, e);
}

static int64_t fold(struct bench *b, bool tables, struct err *e)
{
	struct summary *sum = summary_new();
	int64_t count = fill_new(&b->cut, b->identity, sum, tables, e);

	summary_free(sum);
	return count;
}

static int64_t stage_fold(struct bench *b, struct err *e)
{
	return fold(b, false, e);
}

static int64_t stage_groups(struct bench *b, struct err *e)
{
	return fold(b, true, e);
}

/* Calls fn for every row in the merged order. */
static int64_t each_row(struct bench *b, int (*fn)(const struct row *r, void *data, struct err *e),
			void *data, struct err *e)
{
	struct cursor *c = cursor_new(b->store, 0);
	int64_t count = 0;
	struct row r;
	int rc = 0;

	while (rc >= 0 && cursor_next(c, UINT64_MAX, &r)) {
		rc = fn(&r, data, e);
		count++;
	}
	cursor_free(c);
	return rc < 0 ? rc : count;
}

static int look(const struct row *r, void *data, struct err *e)
{
	uint64_t *sum = data;

	*sum += r->ts;
	return 0;
}

static int64_t stage_merge(struct bench *b, struct err *e)
{
	uint64_t sum = 0;

	return each_row(b, look, &sum, e);
}

/* A filter, or libtraceevent's, over every record of every page, run by run, as a count does. */
static int64_t scan(struct bench *b, const char *text, const char *peer_text, struct err *e)
{
	struct filter_peer *peer = NULL;
	struct filter_scan *scan;
	struct filter *f = NULL;
	uint64_t found = 0, count = 0;
	const struct run *run;
	int rc;

	rc = peer_text ? filter_peer_new(b->tape.schemas, peer_text, &peer, e)
		       : filter_parse(text, &f, e);
	if (rc < 0)
		return rc;
	scan = filter_scan_new(f, b->identity);
	for (unsigned i = 0; (run = store_run_at(b->store, i)); i++) {
		for (uint64_t n = run->base; n < run->base + run->count; n++) {
			struct filter_place at = { 0 };

			if (peer) {
				count += filter_peer_page(peer, run, run_page(run, n), &found);
				continue;
			}
			filter_scan_page(scan, run, run_page(run, n), UINT64_MAX, &at);
			count += at.shown + at.hidden;
			found += at.shown;
		}
	}
	__asm__ volatile("" : : "r"(found));
	filter_scan_free(scan);
	filter_peer_free(peer);
	filter_free(f);
	return (int64_t)count;
}

static int64_t stage_pid(struct bench *b, struct err *e)
{
	char text[32];

	snprintf(text, sizeof(text), "pid == %d", b->tape.common_tid);
	return scan(b, text, NULL, e);
}

static int64_t stage_peer(struct bench *b, struct err *e)
{
	char text[32];

	snprintf(text, sizeof(text), ".*: common_pid == %d", b->tape.common_tid);
	return scan(b, NULL, text, e);
}

static int64_t stage_filter(struct bench *b, struct err *e)
{
	return scan(b, "event == sys_enter and id > 100 and not comm ~ \"bash*\"", NULL, e);
}

struct printing {
	struct strbuf text;
	struct sink *sink;
};

static int print_row(const struct row *r, void *data, struct err *e)
{
	struct printing *p = data;

	strbuf_clear(&p->text);
	if (r->schema)
		text_print(r->schema, &no_env, r->rec, r->size, &p->text);
	return 0;
}

static int64_t stage_print(struct bench *b, struct err *e)
{
	struct printing p = { 0 };
	int64_t count = each_row(b, print_row, &p, e);

	strbuf_done(&p.text);
	return count;
}

static int sink_row(const struct row *r, void *data, struct err *e)
{
	struct printing *p = data;

	return p->sink->ops->row(p->sink, r, e);
}

static int64_t to_sink(struct bench *b, const char *name, struct err *e)
{
	struct sink_conf conf = { .fd = b->null_fd, .identity = b->identity };
	struct printing p = { 0 };
	int64_t count;
	int rc;

	rc = sink_new(name, &conf, &p.sink, e);
	if (rc < 0)
		return rc;
	count = each_row(b, sink_row, &p, e);
	rc = sink_free(p.sink, e);
	return rc < 0 ? rc : count;
}

static int64_t stage_text(struct bench *b, struct err *e)
{
	return to_sink(b, "text", e);
}

static int64_t stage_json(struct bench *b, struct err *e)
{
	return to_sink(b, "json", e);
}

static const struct stage stages[] = {
	{ "walk", stage_walk, NULL, 0, "step over every record of every page" },
	{ "copy", stage_copy, NULL, 0, "move the bytes, as the next three do" },
	{ "store", stage_whole, stage_copy, 0, "walk whole pages into the store" },
	{ "store, join", stage_join, stage_copy, 0, "the same from 16 KiB fragments" },
	{ "store, join, fold", stage_fold, stage_copy, 0, "and identity, and count per thread" },
	{ "... and 3 tables", stage_groups, stage_copy, 66,
	  "by process, by comm and event, avg of a field: 15 M/s are 66 ns" },
	{ "merge", stage_merge, NULL, 0, "all CPUs by time" },
	{ "pid == N", stage_pid, NULL, 10, "over the store, walk and all: 100 M/s are 10 ns" },
	{ "tep_filter_match", stage_peer, NULL, 0,
	  "common_pid == N by libtraceevent, the same walk" },
	{ "three terms", stage_filter, NULL, 0, "event, field and comm glob, over the store" },
	{ "fields", stage_print, stage_merge, 0, "compiled text of the fields alone" },
	{ "text", stage_text, stage_merge, 120, "whole lines to /dev/null" },
	{ "file", stage_file, NULL, 0, "step over every record of a recording" },
	{ "zstd file", stage_zstd, NULL, 150, "the same of a compressed one" },
	{ "JSON", stage_json, stage_merge, 0, "rows to /dev/null" },
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of the rounds in ns an event, or a negative errno. */
static double measure(struct bench *b, const struct stage *s, struct err *e)
{
	double ns[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t start = cpu_ns();
		int64_t count = s->run(b, e);

		if (count <= 0)
			return count ? (double)count : -ENODATA;
		ns[i] = (double)(cpu_ns() - start) / (double)count;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return ns[ROUNDS / 2];
}

static void print_line(const char *name, double ns, double target, const char *what)
{
	char aim[32] = "";

	if (target > 0)
		snprintf(aim, sizeof(aim), "<= %.0f%s", target, ns > target ? " MISSED" : "");
	printf("%-18s %8.1f %8.1f  %-13s %s\n", name, ns, ns > 0 ? 1000 / ns : 0, aim, what);
}

static double result_of(const double *ns, stage_fn run)
{
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
		if (stages[i].run == run)
			return ns[i];
	return 0;
}

/* The live path is the read from the kernel, the one walk with all that hangs on it, the merge. */
static void run_stages(struct bench *b, struct err *e)
{
	double read = (double)b->tape.read_ns / (double)b->tape.events;
	double raw[ARRAY_SIZE(stages)] = { 0 }, net[ARRAY_SIZE(stages)] = { 0 };

	printf("%-18s %8s %8s  %-13s\n", "stage", "ns/event", "M/s", "target");
	print_line("read", read, 0, "from the kernel, full sub-buffers");
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		const struct stage *s = &stages[i];

		raw[i] = measure(b, s, e);
		if (raw[i] < 0) {
			printf("%-18s failed: %s\n", s->name, e->text);
			err_clear(e);
			continue;
		}
		net[i] = raw[i] - result_of(raw, s->without);
		print_line(s->name, net[i], s->target, s->what);
	}
	print_line("live path", read + result_of(net, stage_fold) + result_of(net, stage_merge), 40,
		   "read + (store, join, fold) + merge");
}

static int setup(struct bench *b, struct err *e)
{
	struct identity_conf id = { .live = true };
	struct store_conf conf = { .memory = MEMORY };
	int64_t count;
	int rc;

	b->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	rc = tape_record(&b->tape, 400, 65536, e);
	if (rc < 0)
		return rc;
	tape_cut(&b->tape, &b->cut, TICK_CUT);
	rc = tape_file(&b->tape, false, &b->plain, e);
	if (rc >= 0)
		rc = tape_file(&b->tape, true, &b->zstd, e);
	if (rc < 0)
		return rc;
	b->identity = identity_new(&id);
	rc = identity_scan(b->identity, e);
	if (rc >= 0)
		rc = store_new(&conf, &b->store, e);
	if (rc < 0)
		return rc;
	count = fill(b->store, &b->tape, NULL, e);
	if (count < 0)
		return (int)count;
	printf("%llu events of %llu bytes each, %zu fragments, sub-buffers of %u KiB, medians of "
	       "%d rounds\n",
	       (unsigned long long)b->tape.events,
	       (unsigned long long)(b->tape.bytes / b->tape.events), b->tape.count,
	       b->tape.subbuf / 1024, ROUNDS);
	return 0;
}

static void teardown(struct bench *b)
{
	dat_close(b->plain);
	dat_close(b->zstd);
	store_free(b->store);
	identity_free(b->identity);
	tape_done(&b->cut);
	schema_set_free(b->tape.schemas);
	tape_done(&b->tape);
	if (b->null_fd >= 0)
		close(b->null_fd);
}

int main(int argc, char **argv)
{
	struct bench b = { .null_fd = -1 };
	struct err e = ERR_INIT;
	int rc;

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	rc = setup(&b, &e);
	if (rc >= 0)
		run_stages(&b, &e);
	else
		fprintf(stderr, "stages: %s\n", e.text[0] ? e.text : strerror(-rc));
	teardown(&b);
	return rc < 0;
}
