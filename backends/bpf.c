/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf: the rings of BPF programs, read with libbpf; nothing else here knows its event loop.
 *
 * Programs of ours wake us for the first event of an empty ring alone, others for each. So a ring
 * that was found empty twice is watched by epoll, once; when that fires it is read tick by tick.
 * Twice, for a program that found something in the ring does not wake us, and what it found may be
 * gone before it gives its own.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/bpf_private.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/row.h"
#include "core/util.h"

#define PERF_PAGES  64 /* of a perf buffer and CPU */
#define AHEAD	    NSEC_PER_SEC
#define RECORD_MOST (STAGE_RECORD_MAX - TAP_COMMON)

struct feed {
	struct bpf_tracer *tracer;
	const struct bpf_ring *ring;
	uint16_t id;
	const struct schema *stacks; /* NULL: its records have no stacks of programs */
	struct perf_buffer *perf;
	struct poller_fd *watch;
};

struct bpf_tap {
	struct ring_buffer *rings; /* all of a tracer; NULL: it has none */
	struct poller_fd *watch;
	struct feed *feeds;
	size_t count;
	int64_t left;	 /* of the budget */
	uint64_t now;	 /* when this read began */
	uint64_t newest; /* time that was read */
	uint64_t cpus;
	bool drop;
};

/* ---- events ---- */

/* The time of an event; *arrived: of its arrival, for want of one. */
static uint64_t time_of(const struct bpf_tap *tap, const struct layout *l, const void *event,
			uint32_t size, bool *arrived)
{
	uint64_t ts;

	*arrived = !layout_number(&l->time, event, size, &ts) || ts > tap->now + AHEAD;
	return *arrived ? clock_mono() : ts;
}

static uint16_t cpu_of(const struct bpf_tap *tap, const struct layout *l, const void *event,
		       uint32_t size, uint16_t perf)
{
	uint64_t cpu;

	if (layout_number(&l->cpu, event, size, &cpu) && cpu < tap->cpus)
		return (uint16_t)cpu;
	return perf;
}

static void take(const struct feed *f, const void *event, size_t bytes, uint16_t perf)
{
	struct bpf_tracer *t = f->tracer;
	struct bpf_tap *tap = t->tap;
	const struct layout *l = &f->ring->layout;
	uint32_t size = (uint32_t)MIN(bytes, (size_t)UINT32_MAX / 2), need;
	bool arrived;
	uint64_t ts;
	uint8_t *rec;

	tap->left -= (int64_t)size + TAP_COMMON;
	if (tap->drop)
		return;
	if (unlikely(size > RECORD_MOST - l->shift)) {
		t->cut += l->is_open;
		size = RECORD_MOST - l->shift;
	}
	ts = time_of(tap, l, event, size, &arrived);
	t->last_cpu = cpu_of(tap, l, event, size, perf);
	need = layout_record(l, size);
	rec = stage_put(t->b->stage, t->last_cpu, ts, need);
	tap->newest = MAX(tap->newest, ts);
	t->events++;
	if (unlikely(!rec))
		return;
	layout_put(l, f->id, event, size, rec);
	if (unlikely(!l->tid.size && !l->pid.size))
		store_u32(rec + 4, UINT32_MAX); /* nobody knows whose it is: not the idle task's */
	if (unlikely(arrived)) {
		rec[2] |= RECORD_ARRIVED;
		t->arrived++;
	}
	if (f->stacks)
		bpf_frames_note(t->b, f->stacks, ts, rec, need);
}

static int on_event(void *ctx, void *event, size_t size)
{
	const struct feed *f = ctx;

	take(f, event, size, CPU_NONE);
	return f->tracer->tap->left > 0 ? 0 : -EAGAIN;
}

static void on_perf(void *ctx, int cpu, void *event, uint32_t size)
{
	take(ctx, event, size, (uint16_t)cpu);
}

static void on_perf_lost(void *ctx, int cpu, unsigned long long n)
{
	const struct feed *f = ctx;

	if (f->tracer->tap->drop)
		return;
	f->tracer->lost += n;
	stage_lost(f->tracer->b->stage, (uint16_t)cpu, n);
}

/* ---- opening and closing ---- */

static int open_feed(struct bpf_tap *tap, struct feed *f, struct err *e)
{
	int rc = 0;

	errno = 0;
	if (f->ring->is_perf) {
		f->perf = perf_buffer__new(f->ring->fd, PERF_PAGES, on_perf, on_perf_lost, f, NULL);
		rc = f->perf ? 0 : -errno;
	} else if (!tap->rings) {
		tap->rings = ring_buffer__new(f->ring->fd, on_event, f, NULL);
		rc = tap->rings ? 0 : -errno;
	} else {
		rc = ring_buffer__add(tap->rings, f->ring->fd, on_event, f);
	}
	if (rc < 0)
		return err_set(e, rc, "its buffer '%s' cannot be read: %s", f->ring->map,
			       strerror(-rc));
	return 0;
}

int bpf_tap_open(struct bpf_tracer *t, struct err *e)
{
	const struct loader_answer *a = t->load;
	struct bpf_tap *tap = xcalloc(1, sizeof(*tap));
	int rc = 0;

	t->tap = tap;
	tap->count = a->ring_count;
	tap->feeds = xcalloc(MAX(a->ring_count, 1), sizeof(*tap->feeds));
	tap->cpus = (uint64_t)MAX(libbpf_num_possible_cpus(), 1);
	for (size_t i = 0; i < tap->count && rc >= 0; i++) {
		tap->feeds[i] =
		    (struct feed) { .tracer = t, .ring = &a->rings[i], .id = t->ring_events[i].id };
		if (bpf_frames_wanted(t->ring_events[i].schema)) {
			tap->feeds[i].stacks = t->ring_events[i].schema;
			bpf_frames_start(t->b);
		}
		rc = open_feed(tap, &tap->feeds[i], e);
	}
	if (rc >= 0)
		rc = bpf_tap_attach(t, e);
	if (rc < 0)
		bpf_tap_close(t);
	return rc;
}

void bpf_tap_close(struct bpf_tracer *t)
{
	struct bpf_tap *tap = t->tap;

	if (!tap)
		return;
	if (tap->watch)
		poller_fd_del(t->b->poller, tap->watch);
	for (size_t i = 0; i < tap->count; i++) {
		if (tap->feeds[i].watch)
			poller_fd_del(t->b->poller, tap->feeds[i].watch);
		perf_buffer__free(tap->feeds[i].perf);
	}
	ring_buffer__free(tap->rings);
	free(tap->feeds);
	free(tap);
	t->tap = NULL;
}

/* ---- being woken ---- */

static void on_ready(int fd, uint32_t events, void *data)
{
	struct bpf_tracer *t = data;

	(void)fd, (void)events;
	if (t->due != UINT64_MAX)
		return;
	t->idle = 0;
	t->due = clock_mono() + t->interval; /* let some more come first */
	bpf_ready(t->b);
}

int bpf_tap_attach(struct bpf_tracer *t, struct err *e)
{
	const uint32_t once = EPOLLIN | EPOLLONESHOT;
	struct bpf_tap *tap = t->tap;
	struct poller *p = t->b->poller;
	int rc = 0;

	t->due = 0; /* one look says how it is */
	if (!p)
		return 0;
	if (tap->rings)
		rc = poller_fd_add(p, ring_buffer__epoll_fd(tap->rings), once, on_ready, t,
				   &tap->watch, e);
	for (size_t i = 0; i < tap->count && rc >= 0; i++)
		if (tap->feeds[i].perf)
			rc = poller_fd_add(p, perf_buffer__epoll_fd(tap->feeds[i].perf), once,
					   on_ready, t, &tap->feeds[i].watch, e);
	return rc;
}

void bpf_tap_watch(struct bpf_tracer *t)
{
	const uint32_t once = EPOLLIN | EPOLLONESHOT;
	struct bpf_tap *tap = t->tap;

	if (!t->b->poller) {
		t->due = clock_mono() + BPF_TICK;
		return;
	}
	t->due = UINT64_MAX;
	if (tap->watch)
		poller_fd_mod(t->b->poller, tap->watch, once);
	for (size_t i = 0; i < tap->count; i++)
		if (tap->feeds[i].watch)
			poller_fd_mod(t->b->poller, tap->feeds[i].watch, once);
}

/* ---- reading ---- */

int64_t bpf_tap_read(struct bpf_tracer *t, size_t budget, bool drop, bool *ended, struct err *e)
{
	struct bpf_tap *tap = t->tap;
	int64_t whole = (int64_t)MIN(budget, (size_t)INT64_MAX / 2);
	int rc = 0;

	tap->left = MAX(whole, 1);
	tap->drop = drop;
	tap->now = clock_mono();
	tap->newest = 0;
	if (tap->rings)
		rc = ring_buffer__consume(tap->rings);
	*ended = rc != -EAGAIN;
	for (size_t i = 0; i < tap->count && tap->left > 0; i++)
		if (tap->feeds[i].perf)
			perf_buffer__consume(tap->feeds[i].perf);
	if (rc < 0 && rc != -EAGAIN)
		return err_set(e, rc, "bpf:%s: its ring cannot be read: %s", t->name,
			       strerror(-rc));
	/* A ring is in the order of time but for what is being given just now. */
	if (*ended)
		t->horizon = MAX(t->horizon, tap->now - BPF_SLACK);
	else if (tap->count == 1 && tap->newest > BPF_SLACK)
		t->horizon = MAX(t->horizon, MIN(tap->newest, tap->now) - BPF_SLACK);
	return MAX(whole - tap->left, 0);
}
