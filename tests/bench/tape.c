/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tape: fills an instance of its own from a storm of system calls and reads it empty.
 *
 * Everything it makes in tracefs is in the guard's journal and gone at the end. It prints
 * nothing.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/page.h"
#include "tests/bench/tape.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"
#include "tracefs/ring.h"

#define BUFFER (32u << 20) /* bytes per CPU */

static const char *const events[][2] = {
	{ "raw_syscalls", "sys_enter" },
	{ "raw_syscalls", "sys_exit" },
	{ "sched", "sched_switch" },
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void add(struct tape *t, unsigned cpu, const uint8_t *bytes, uint32_t size)
{
	struct tape_fragment *f;

	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		t->fragments = xrealloc(t->fragments, t->cap, sizeof(*t->fragments));
	}
	f = &t->fragments[t->count++];
	f->bytes = xcalloc(1, size);
	memcpy(f->bytes, bytes, size);
	f->size = size;
	f->cpu = (uint16_t)cpu;
}

/* Counts, and remembers a thread that is in it. */
static void walk(struct tape *t, const uint8_t *bytes, uint32_t size)
{
	struct page_walk w =
	    page_walk_init(bytes + PAGE_HEADER, size - PAGE_HEADER, load_u64(bytes));
	struct page_event ev;

	while (page_next(&w, &ev)) {
		t->events++;
		if (ev.size >= t->schemas->pid_offset + 4)
			t->common_tid = (int32_t)load_u32(ev.rec + t->schemas->pid_offset);
	}
	t->bytes += size - PAGE_HEADER;
}

static void keep(struct tape *t, unsigned cpu, const uint8_t *bytes, size_t read)
{
	uint32_t commit = load_u64(bytes + 8) & PAGE_COMMIT_MASK;

	if (commit > read - PAGE_HEADER)
		return;
	add(t, cpu, bytes, PAGE_HEADER + commit);
	store_u64(t->fragments[t->count - 1].bytes + 8, commit);
	walk(t, bytes, PAGE_HEADER + commit);
}

static int read_cpu(struct tape *t, const struct instance *in, unsigned cpu, struct err *e)
{
	_cleanup_free_ uint8_t *buf = xcalloc(1, in->subbuf_size);
	struct ring ring = { .fd = -1 };
	uint64_t start;
	int n;

	n = ring_open(&ring, in->path, cpu, in->subbuf_size, e);
	if (n < 0)
		return n;
	for (;;) {
		start = cpu_ns();
		n = ring_read(&ring, buf, e);
		t->read_ns += cpu_ns() - start;
		if (n <= 0)
			break;
		if (n > (int)PAGE_HEADER)
			keep(t, cpu, buf, (size_t)n);
	}
	ring_close(&ring);
	return n;
}

/* A child that makes system calls on one CPU until it is killed. */
static pid_t start_caller(unsigned cpu)
{
	pid_t pid = fork();
	cpu_set_t set;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (;;)
		syscall(SYS_getppid);
}

static void storm(const struct instance *in, unsigned ms)
{
	const struct timespec ts = { .tv_nsec = (long)(ms * NSEC_PER_MSEC) };
	unsigned count = MIN(in->cpus * 2, 32u);
	pid_t pids[32];

	for (unsigned i = 0; i < count; i++)
		pids[i] = start_caller(i / 2);
	nanosleep(&ts, NULL);
	for (unsigned i = 0; i < count; i++) {
		if (pids[i] <= 0)
			continue;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

static int add_schemas(struct tape *t, const char *tracefs, struct err *e)
{
	struct catalog *c = NULL;
	const struct schema *schema;
	int rc;

	rc = catalog_open(&c, tracefs, t->schemas, e);
	if (rc >= 0)
		rc = catalog_builtin(c, e);
	for (size_t i = 0; rc >= 0 && i < ARRAY_SIZE(events); i++)
		rc = catalog_schema(c, events[i][0], events[i][1], &schema, e);
	catalog_close(c);
	return rc;
}

static int fill(struct tape *t, struct instance *in, unsigned ms, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < ARRAY_SIZE(events); i++)
		rc = instance_enable(in, events[i][0], events[i][1], true, e);
	if (rc >= 0)
		rc = instance_on(in, true, e);
	if (rc < 0)
		return rc;
	storm(in, ms);
	rc = instance_on(in, false, e);
	for (unsigned cpu = 0; rc >= 0 && cpu < in->cpus; cpu++)
		rc = read_cpu(t, in, cpu, e);
	return rc;
}

int tape_record(struct tape *t, unsigned ms, uint32_t subbuf, struct err *e)
{
	_cleanup_free_ char *tracefs = NULL;
	struct instance in = { .lock_fd = -1 };
	struct guard *guard = NULL;
	int rc;

	*t = (struct tape) { .schemas = schema_set_new((struct machine) { .long_size = 8 }) };
	rc = guard_start(&guard, e);
	if (rc >= 0)
		rc = tracefs_find(false, &tracefs, e);
	if (rc >= 0)
		rc = add_schemas(t, tracefs, e);
	if (rc >= 0)
		rc = instance_open(&in, guard, tracefs, "bench", BUFFER, subbuf, e);
	if (rc >= 0) {
		t->subbuf = in.subbuf_size;
		rc = fill(t, &in, ms, e);
		instance_close(&in, NULL);
	}
	guard_stop(guard, NULL);
	if (rc >= 0 && !t->events)
		rc = err_set(e, -ENODATA, "the kernel recorded no event");
	return rc < 0 ? rc : 0;
}

void tape_cut(const struct tape *from, struct tape *to, uint32_t size)
{
	_cleanup_free_ uint8_t *buf = xcalloc(1, PAGE_HEADER + PAGE_SIZE_MAX);

	*to = (struct tape) { .schemas = from->schemas, .subbuf = size };
	for (size_t i = 0; i < from->count; i++) {
		const struct tape_fragment *f = &from->fragments[i];
		struct page_walk w = page_walk_init(f->bytes + PAGE_HEADER, f->size - PAGE_HEADER,
						    load_u64(f->bytes));
		const uint8_t *start = w.p;
		uint64_t ts = w.ts;
		struct page_event ev;

		while (w.p < w.end) {
			while (w.p - start < size - PAGE_HEADER && page_next(&w, &ev))
				;
			store_u64(buf, ts);
			store_u64(buf + 8, (uint64_t)(w.p - start));
			memcpy(buf + PAGE_HEADER, start, (size_t)(w.p - start));
			add(to, f->cpu, buf, PAGE_HEADER + (uint32_t)(w.p - start));
			walk(to, buf, PAGE_HEADER + (uint32_t)(w.p - start));
			if (w.p == start)
				break;
			start = w.p;
			ts = w.ts;
		}
	}
}

void tape_done(struct tape *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->fragments[i].bytes);
	free(t->fragments);
	*t = (struct tape) { 0 };
}
