/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_filter: ns an event for filters of every kind, on records in memory.
 *
 * Rows as a cursor gives them, over one page worth of sched_switch records of many threads. Each
 * filter is timed several times and the best is taken: noise only adds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/identity.h"
#include "core/schema.h"

#define ROWS   1024
#define ROUNDS 2000
#define TRIES  5
#define REC    64

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

static const char *const filters[] = {
	"",
	"tid == 7",
	"cpu == 1",
	"prev_pid == 5",
	"prev_pid >= 5 and prev_pid < 9",
	"prev_state != 0",
	"pid == 7",
	"pid == 7 or pid == 8",
	"comm == thread-7",
	"comm ~ 'thread-1*'",
	"prev_comm == kworker/7",
	"prev_comm ~ kworker/1*",
	"prev_comm ~ *er/1*",
	"prev_comm ~ k*r/[1-3]?",
	"what ~ thing-2*",
	"event == sched_switch",
	"event == sched_switch and prev_pid == 5",
	"event == irq_handler_entry or prev_pid == 5",
	"nosuch == 1",
	"nosuch == 1 or prev_pid == 5",
	"not (tid == 7 and cpu == 1 or prev_pid > 100)",
};

static void fill(struct row *r, uint8_t *rec, unsigned i, const struct schema *s)
{
	unsigned tid = i * 7 % 97;

	store_u32(rec + 4, tid);
	snprintf((char *)rec + 8, 16, "kworker/%u", tid);
	store_u32(rec + 24, i % 31);
	store_u64(rec + 32, i % 3);
	snprintf((char *)rec + 48, 16, "thing-%u", tid);
	store_u32(rec + 40, (uint32_t)(strlen((char *)rec + 48) + 1) << 16 | 48);
	*r = (struct row) { .ts = 1000 + i, .rec = rec, .size = REC, .tid = (int)tid, .schema = s };
	r->cpu = i % 2;
}

/* CPU time: what else runs on the machine is not the filter's. */
static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void measure(const char *text, const struct row *rows, const struct identity *id)
{
	struct filter *f = NULL;
	struct err e = ERR_INIT;
	uint64_t best = UINT64_MAX;
	unsigned long passed = 0;

	if (filter_parse(text, &f, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	for (unsigned t = 0; t < TRIES; t++) {
		uint64_t begin = cpu_ns(), ns;

		passed = 0;
		for (unsigned n = 0; n < ROUNDS; n++)
			for (unsigned i = 0; i < ROWS; i++)
				passed += filter_match(f, &rows[i], id);
		ns = cpu_ns() - begin;
		if (ns < best)
			best = ns;
	}
	printf("%7.2f ns  %6.0f M/s  %5.1f %% pass  %s\n", (double)best / (ROUNDS * ROWS),
	       (double)ROUNDS * ROWS * 1e3 / (double)best, 100.0 * (double)passed / (ROUNDS * ROWS),
	       text[0] ? text : "(empty)");
	filter_free(f);
}

int main(void)
{
	const struct identity_conf conf = { .live = false };
	struct identity *id = identity_new(&conf);
	struct row *rows = xcalloc(ROWS, sizeof(*rows));
	uint8_t *recs = xcalloc(ROWS, REC);
	struct machine m = { .long_size = 8 };
	struct schema *s = NULL;
	char comm[COMM_LEN];

	if (schema_parse("sched", format, sizeof(format) - 1, m, &s, NULL) < 0)
		return 1;
	for (unsigned i = 0; i < 97; i++) {
		snprintf(comm, sizeof(comm), "thread-%u", i);
		identity_hint(id, (int)i, (int)i, comm);
	}
	for (unsigned i = 0; i < ROWS; i++)
		fill(&rows[i], recs + (size_t)i * REC, i, s);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		measure(filters[i], rows, id);
	schema_free(s);
	identity_free(id);
	free(rows);
	free(recs);
	return 0;
}
