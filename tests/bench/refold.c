/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refold: how long a full store of 256 MiB takes to be counted by something else, and what a table
 * of 100,000 groups takes. Over made records of system calls and switches: no root is needed.
 *
 * It judges nothing: a number over its target is marked, the exit status stays 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/identity.h"
#include "core/page.h"
#include "core/schema.h"
#include "core/store.h"
#include "core/util.h"
#include "tests/bench/groups.h"

#define MEMORY	(256u << 20)
#define CPUS	4
#define THREADS 300
#define ROUNDS	5

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define FIELD(what, offset, size, sign)                                                            \
	"\tfield:" what ";\toffset:" #offset ";\tsize:" #size ";\tsigned:" #sign ";\n"
#define EVENT(name, id, fields)                                                                    \
	"name: " name "\nID: " #id "\nformat:\n" COMMON fields "\nprint fmt: \"\"\n"

enum { ENTER = 21, EXIT, SWITCH };

static const struct {
	const char *system, *text;
} formats[] = {
	{ "raw_syscalls",
	  EVENT("sys_enter", 21,
		FIELD("long id", 8, 8, 1) FIELD("unsigned long args[6]", 16, 48, 0)) },
	{ "raw_syscalls",
	  EVENT("sys_exit", 22, FIELD("long id", 8, 8, 1) FIELD("long ret", 16, 8, 1)) },
	{ "sched",
	  EVENT("sched_switch", 23,
		FIELD("char prev_comm[16]", 8, 16, 0) FIELD("pid_t prev_pid", 24, 4, 1)
		    FIELD("int prev_prio", 28, 4, 1) FIELD("long prev_state", 32, 8, 1)
			FIELD("char next_comm[16]", 40, 16, 0) FIELD("pid_t next_pid", 56, 4, 1)
			    FIELD("int next_prio", 60, 4, 1)) },
};

static uint64_t seed = 20261121;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static struct schema_set *make_schemas(void)
{
	struct machine m = { .long_size = 8 };
	struct schema_set *set = schema_set_new(m);

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct schema *s = NULL;
		struct err e = ERR_INIT;

		if (schema_parse(formats[i].system, formats[i].text, strlen(formats[i].text), m, &s,
				 &e) < 0) {
			fprintf(stderr, "refold: %s\n", e.text);
			exit(1);
		}
		schema_set_add(set, s);
	}
	return set;
}

/* ---- records ---- */

/* A thread runs for some system calls, then another one. */
struct cpu {
	uint64_t ts;
	int32_t tid;
	unsigned calls, id;
	bool only_switches;
};

static uint8_t *put(uint8_t *p, const struct cpu *c, uint64_t delta, uint16_t type, uint32_t size)
{
	store_u32(p, size / 4 | (uint32_t)delta << 5);
	memset(p + 4, 0, size);
	store_u16(p + 4, type);
	store_u32(p + 8, (uint32_t)c->tid);
	return p + 4;
}

static void put_comm(uint8_t *to, int32_t tid)
{
	snprintf((char *)to, 16, "worker-%d", tid % 40);
}

/* The next record; returns its bytes with the header. */
static uint32_t next_record(struct cpu *c, uint8_t *p)
{
	uint64_t delta = 100 + pick(400);
	uint8_t *rec;

	c->ts += delta;
	if (c->calls % 2 == 0 && c->calls) {
		rec = put(p, c, delta, ENTER, 64);
		c->id = pick(60);
		store_u64(rec + 8, c->id);
		c->calls--;
		return 68;
	}
	if (c->calls) {
		rec = put(p, c, delta, EXIT, 24);
		store_u64(rec + 8, c->id);
		store_u64(rec + 16, pick(5000));
		c->calls--;
		return 28;
	}
	rec = put(p, c, delta, SWITCH, 64);
	put_comm(rec + 8, c->tid);
	store_u32(rec + 24, (uint32_t)c->tid);
	c->tid = 1000 + (int32_t)pick(THREADS);
	put_comm(rec + 40, c->tid);
	store_u32(rec + 56, (uint32_t)c->tid);
	c->calls = c->only_switches ? 0 : 2 * pick(8);
	return 68;
}

static int fill_page(struct store *s, struct source *src, unsigned cpu, struct cpu *c,
		     struct err *e)
{
	uint8_t *room = store_room(s, e);
	uint32_t used = 0, most = store_page_size(s) - PAGE_HEADER - 80;

	if (!room)
		return -1;
	store_u64(room, c->ts);
	while (used < most)
		used += next_record(c, room + PAGE_HEADER + used);
	store_u64(room + 8, used);
	return store_commit(s, store_run(s, src, (uint16_t)cpu), used + PAGE_HEADER, e);
}

static struct store *full_store(struct schema_set *set, bool only_switches, struct err *e)
{
	struct store_conf conf = { .memory = MEMORY };
	struct cpu cpus[CPUS];
	struct store_stats st;
	struct store *s = NULL;
	struct source *src;

	for (unsigned i = 0; i < CPUS; i++)
		cpus[i] = (struct cpu) { .ts = 1000, .only_switches = only_switches };
	if (store_new(&conf, &s, e) < 0)
		return NULL;
	src = store_source(s, "tracefs", "made", set, 0);
	do {
		for (unsigned i = 0; i < CPUS; i++)
			if (fill_page(s, src, i, &cpus[i], e) < 0)
				return NULL;
		store_stats(s, &st);
	} while (!st.evicted_pages);
	src->horizon = UINT64_MAX;
	return s;
}

static struct identity *make_identity(void)
{
	struct identity *id = identity_new(NULL);
	char comm[16];

	for (int32_t tid = 1000; tid < 1000 + THREADS; tid++) {
		put_comm((uint8_t *)comm, tid);
		identity_hint(id, tid, 1000 + (tid - 1000) / 3 * 3, comm);
	}
	return id;
}

/* ---- measuring ---- */

static const struct {
	struct grouping what;
	double target;	    /* seconds; 0: none */
	bool only_switches; /* over a store of nothing else */
} cases[] = {
	{ { NULL, NULL }, 0 }, /* the walk that gives rows */
	{ { "pid", "count" }, 0.5 },
	{ { "process", NULL }, 0 },
	{ { "comm, event", NULL }, 0 },
	{ { "cpu", "count" }, 0 },
	{ { "syscall", "count" }, 0 },
	{ { "event", "count, avg(ret), p99(ret)" }, 0 },
	{ { "event", "count, distinct(ret)" }, 0 },
	{ { "comm, syscall", "count, p50(ret), p99(ret), max(ret)" }, 0 },
	{ { "sys_exit.ret, sys_exit.id", "count" }, 0 },
	{ { "prev_comm, next_comm", "count" }, 2, true },
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(struct store *s, struct identity *id, size_t which, struct err *e)
{
	const struct grouping *what = &cases[which].what;
	double seconds[ROUNDS];
	uint64_t rows = 0;
	uint32_t groups = 0;
	size_t bytes = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct groups *g = NULL;
		uint64_t start;
		int rc = groups_new(s, id, what, what->by != NULL, &g, e);

		if (rc < 0)
			return rc;
		start = cpu_ns();
		groups_work(g, UINT64_MAX);
		seconds[i] = (double)(cpu_ns() - start) / 1e9;
		rows = groups_rows(g);
		if (what->by)
			bytes = groups_bytes(g, &groups);
		groups_free(g);
	}
	qsort(seconds, ROUNDS, sizeof(seconds[0]), by_value);
	printf("%-28s %8.3f %8.1f %9u %9.2f%s\n", what->by ? what->by : "(rows alone)",
	       seconds[ROUNDS / 2], seconds[ROUNDS / 2] * 1e9 / (double)rows, groups,
	       (double)bytes / 1048576,
	       cases[which].target > 0 && seconds[ROUNDS / 2] > cases[which].target ? " MISSED"
										    : "");
	return 0;
}

/* All cases over one kind of store. */
static int over(struct schema_set *set, struct identity *id, bool only_switches, struct err *e)
{
	struct store *s = full_store(set, only_switches, e);
	struct store_stats st;
	int rc = s ? 0 : -1;

	if (s) {
		store_stats(s, &st);
		printf("%llu %s in %u MiB, medians of %d rounds, CPU time\n",
		       (unsigned long long)st.events, only_switches ? "switches" : "events",
		       MEMORY >> 20, ROUNDS);
		printf("%-28s %8s %8s %9s %9s\n", "by", "seconds", "ns/event", "groups", "MiB");
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases) && rc >= 0; i++)
		if (cases[i].only_switches == only_switches)
			rc = measure(s, id, i, e);
	store_free(s);
	return rc;
}

int main(void)
{
	struct schema_set *set = make_schemas();
	struct identity *id = make_identity();
	struct err e = ERR_INIT;
	int rc = over(set, id, false, &e);

	if (rc >= 0)
		rc = over(set, id, true, &e);
	if (rc < 0)
		fprintf(stderr, "refold: %s\n", e.text);
	identity_free(id);
	schema_set_free(set);
	return rc < 0;
}
