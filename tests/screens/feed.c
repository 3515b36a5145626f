/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * feed: formats, records and pages of the flow. Ids of tasks repeat as the kernel's do, so that
 * two lives of one tid meet.
 */
#include "tests/screens/feed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/util.h"
#include "tracefs/page_builder.h"

#define TID_FIRST 1000
#define TID_COUNT 180
#define BODY	  64 /* bytes of the largest record */

/* What an event has behind its common fields. */
static const struct kind {
	const char *system, *name, *fields, *print;
	uint32_t size;
} kinds[FEED_EVENTS] = {
	{ "task", "task_newtask",
	  "\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;\n"
	  "\tfield:char comm[16];\toffset:12;\tsize:16;\tsigned:0;\n"
	  "\tfield:unsigned long clone_flags;\toffset:32;\tsize:8;\tsigned:0;\n",
	  "\"pid=%d comm=%s clone_flags=%lx\", REC->pid, REC->comm, REC->clone_flags", 40 },
	{ "sched", "sched_process_fork",
	  "\tfield:char parent_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
	  "\tfield:pid_t parent_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	  "\tfield:char child_comm[16];\toffset:28;\tsize:16;\tsigned:0;\n"
	  "\tfield:pid_t child_pid;\toffset:44;\tsize:4;\tsigned:1;\n",
	  "\"comm=%s pid=%d child_pid=%d\", REC->parent_comm, REC->parent_pid, REC->child_pid",
	  48 },
	{ "sched", "sched_process_exit",
	  "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
	  "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n",
	  "\"comm=%s pid=%d\", REC->comm, REC->pid", 28 },
	{ "task", "task_rename",
	  "\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;\n"
	  "\tfield:char oldcomm[16];\toffset:12;\tsize:16;\tsigned:0;\n"
	  "\tfield:char newcomm[16];\toffset:28;\tsize:16;\tsigned:0;\n",
	  "\"pid=%d oldcomm=%s newcomm=%s\", REC->pid, REC->oldcomm, REC->newcomm", 44 },
	{ "raw_syscalls", "sys_enter",
	  "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
	  "\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n",
	  "\"NR %ld (%lx, %lx)\", REC->id, REC->args[0], REC->args[1]", 64 },
	{ "raw_syscalls", "sys_exit",
	  "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
	  "\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n",
	  "\"NR %ld = %ld\", REC->id, REC->ret", 24 },
	{ "irq", "softirq_entry", "\tfield:unsigned int vec;\toffset:8;\tsize:4;\tsigned:0;\n",
	  "\"vec=%u [action=%s]\", REC->vec, __print_symbolic(REC->vec, { 1, \"TIMER\" }, "
	  "{ 9, \"RCU\" })",
	  12 },
	{ "irq", "irq_handler_entry", "\tfield:int irq;\toffset:8;\tsize:4;\tsigned:1;\n",
	  "\"irq=%d\", REC->irq", 12 },
	{ "timer", "hrtimer_start",
	  "\tfield:void * hrtimer;\toffset:8;\tsize:8;\tsigned:0;\n"
	  "\tfield:s64 expires;\toffset:16;\tsize:8;\tsigned:1;\n",
	  "\"hrtimer=%p expires=%llu\", REC->hrtimer, REC->expires", 24 },
	{ "block", "block_rq_issue",
	  "\tfield:dev_t dev;\toffset:8;\tsize:4;\tsigned:0;\n"
	  "\tfield:u64 sector;\toffset:16;\tsize:8;\tsigned:0;\n",
	  "\"%d,%d %llu\", REC->dev >> 20, REC->dev & 0xfffff, REC->sector", 24 },
	{ "net", "netif_rx", "\tfield:unsigned int len;\toffset:8;\tsize:4;\tsigned:0;\n",
	  "\"len=%u\", REC->len", 12 },
	{ "mm", "shorter_than_its_format", "\tfield:u64 a[30];\toffset:8;\tsize:240;\tsigned:0;\n",
	  "\"a=%llu\", REC->a[0]", 32 },
};

/* As processes call themselves when they mean no good, and when they do. */
static const char *const names[] = {
	"bash",
	"postgres",
	"kworker/2:1-eve",
	"\033[2J\007\n",
	"漢字漢字漢",
	"e\xcc\x81\xcc\x82",
	"",
	"\xff\xc0!",
	"a\xe2\x80\xaez",
	"sixteen_and_more",
	"two words",
	"100%s%n",
};

uint64_t feed_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint32_t dice(struct feed *f, uint32_t sides)
{
	return (uint32_t)(feed_random(&f->random) >> 33) % sides;
}

static int add_kind(struct feed *f, unsigned id, struct err *e)
{
	const struct kind *k = &kinds[id - 1];
	struct schema *s = NULL;
	char text[2048];
	int n, rc;

	n = snprintf(
	    text, sizeof(text),
	    "name: %s\nID: %u\nformat:\n"
	    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
	    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
	    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n%s\nprint fmt: %s\n",
	    k->name, id, k->fields, k->print);
	rc = schema_parse(k->system, text, (size_t)n, f->schemas->machine, &s, e);
	if (rc >= 0)
		schema_set_add(f->schemas, s);
	return rc;
}

int feed_open(struct feed *f, struct deck *d, uint64_t seed, struct err *e)
{
	struct store_stats stats;
	int rc = 0;

	store_stats(deck_store(d), &stats);
	*f = (struct feed) {
		.store = deck_store(d),
		.schemas = schema_set_new((struct machine) { .long_size = 8 }),
		.ts = MAX(stats.last, 5000 * NSEC_PER_SEC),
		.step = 20000,
		.random = seed,
		.youngest = TID_FIRST,
	};
	for (unsigned id = 1; id <= FEED_EVENTS && rc >= 0; id++)
		rc = add_kind(f, id, e);
	f->source = store_source(f->store, "replay", "feed", f->schemas, 0);
	f->source->text = &f->text;
	for (uint16_t cpu = 0; cpu < FEED_CPUS; cpu++)
		f->runs[cpu] = store_run(f->store, f->source, cpu);
	return rc;
}

void feed_close(struct feed *f)
{
	schema_set_free(f->schemas);
	*f = (struct feed) { 0 };
}

static void put_name(struct feed *f, uint8_t *to)
{
	const char *name = names[dice(f, ARRAY_SIZE(names))];

	memcpy(to, name, strnlen(name, 15) + 1);
}

/* Fills in what the identity table reads; the rest is whatever the dice say. */
static void fill(struct feed *f, unsigned id, int32_t tid, uint8_t *rec)
{
	for (uint32_t at = 8; at < BODY; at += 8)
		store_u64(rec + at, dice(f, 4) ? dice(f, 4096) : feed_random(&f->random));
	switch (id) {
	case 1:
	case 2:
		f->youngest = TID_FIRST + (f->youngest - TID_FIRST + 1) % TID_COUNT;
		store_u32(rec + (id == 1 ? 8 : 44), (uint32_t)f->youngest);
		store_u64(rec + (id == 1 ? 32 : 48), dice(f, 3) ? 0 : 0x10000);
		put_name(f, rec + (id == 1 ? 12 : 28));
		if (id == 2)
			store_u32(rec + 24, (uint32_t)tid);
		break;
	case 3:
		store_u32(rec + 24, (uint32_t)tid);
		put_name(f, rec + 8);
		break;
	case 4:
		store_u32(rec + 8, (uint32_t)tid);
		put_name(f, rec + 12);
		put_name(f, rec + 28);
		break;
	}
}

/* Rare events are rare: most of a flow are system calls. */
static unsigned pick(struct feed *f)
{
	uint32_t n = dice(f, 100);

	return n < 8 ? 1 + n % 4 : n < 75 ? 5 + n % 2 : 7 + n % 6;
}

static int blow_cpu(struct feed *f, unsigned cpu, unsigned events, struct err *e)
{
	struct page_builder b;
	uint8_t *room = store_room(f->store, e);

	if (!room)
		return -ENOMEM;
	page_builder_begin(&b, room, store_page_size(f->store), f->schemas->machine);
	for (unsigned i = 0; i < events; i++) {
		uint8_t rec[BODY] = { 0 };
		unsigned id = pick(f);
		int32_t tid;

		if (!dice(f, 8))
			f->running[cpu] = dice(f, 5) ? TID_FIRST + (int32_t)dice(f, TID_COUNT) : 0;
		tid = f->running[cpu];
		fill(f, id, tid, rec);
		store_u16(rec, (uint16_t)id);
		store_u16(rec + 2, (uint16_t)dice(f, 0x10000));
		store_u32(rec + 4, (uint32_t)tid);
		f->ts += f->step / 2 + dice(f, (uint32_t)f->step);
		if (!page_builder_add(&b, f->ts, rec, kinds[id - 1].size))
			break;
	}
	return store_commit(f->store, f->runs[cpu], page_builder_finish(&b), e);
}

int feed_blow(struct feed *f, unsigned events, struct err *e)
{
	uint64_t from = f->ts, last = from;

	for (unsigned cpu = 0; cpu < FEED_CPUS; cpu++) {
		int rc;

		f->ts = from; /* the CPUs run side by side */
		rc = blow_cpu(f, cpu, MAX(events / FEED_CPUS, 1u), e);
		if (rc < 0)
			return rc;
		last = MAX(last, f->ts);
	}
	f->ts = last;
	f->source->horizon = last + 1;
	return 0;
}

void feed_lose(struct feed *f, uint64_t lost)
{
	store_lost(f->store, f->runs[dice(f, FEED_CPUS)], lost);
}
