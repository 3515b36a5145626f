/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap: when to read which CPU, and what may be called final.
 */
#include "backends/tap.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/util.h"

#define TICK	   (33 * NSEC_PER_MSEC)
#define TICK_MIN   (1 * NSEC_PER_MSEC)
#define TICK_MAX   (160 * NSEC_PER_MSEC) /* below the 200 ms after which nobody waits for us */
#define STORM_RATE 300000000ULL		 /* bytes a second one CPU can write, with some to spare */
#define RESERVATION                                                                                \
	(50000ULL) /* ns between the time stamp of an event and its commit, generously */

int tap_open(struct tap *t, const struct instance *in, struct store *s, struct source *src,
	     struct err *e)
{
	t->store = s;
	t->source = src;
	t->instance = in;
	t->buffer_size = in->buffer_size;
	if (in->subbuf_size > store_page_size(s))
		return err_set(e, -E2BIG, "%s: sub-buffers of %u bytes are larger than our pages",
			       in->path, in->subbuf_size);
	/* However quiet a CPU was, a storm that begins must not fill its buffer before we look. */
	t->slowest = MIN(in->buffer_size * NSEC_PER_SEC / STORM_RATE, TICK_MAX);
	t->slowest = MAX(t->slowest, TICK_MIN);
	t->cpus = xcalloc(in->cpus, sizeof(*t->cpus));
	for (unsigned i = 0; i < in->cpus; i++)
		t->cpus[i].ring.fd = -1;
	t->count = in->cpus;
	t->fds = xcalloc(in->cpus, sizeof(*t->fds));
	for (unsigned i = 0; i < in->cpus; i++) {
		struct tap_cpu *c = &t->cpus[i];
		int rc = ring_open(&c->ring, in->path, i, in->subbuf_size, e);

		if (rc == -ENOENT || rc == -ENODEV) {
			c->gone = true; /* a hole in the numbering */
			continue;
		}
		if (rc < 0) {
			tap_close(t);
			return rc;
		}
		c->tap = t;
		c->run = store_run(s, src, (uint16_t)i);
		c->interval = MIN(TICK, t->slowest);
	}
	return 0;
}

void tap_close(struct tap *t)
{
	for (unsigned i = 0; i < t->count; i++) {
		if (t->poller)
			poller_fd_del(t->poller, t->cpus[i].watch);
		if (t->cpus[i].ring.fd >= 0)
			ring_close(&t->cpus[i].ring);
	}
	free(t->cpus);
	free(t->fds);
	*t = (struct tap) { 0 };
}

static void on_ready(int fd, uint32_t events, void *data)
{
	struct tap_cpu *c = data;

	(void)fd;
	/*
	 * Not EPOLLIN: the CPU has no buffer, for it never was online. It stays unwatched; the look
	 * at the quiet ones, once a second at least, finds it when it comes.
	 */
	if (c->due != UINT64_MAX || !(events & EPOLLIN))
		return;
	c->due = clock_mono() + c->interval; /* let some more come first */
	if (c->tap->ready)
		c->tap->ready(c->tap->ready_data);
}

int tap_attach(struct tap *t, struct poller *p, struct err *e)
{
	t->poller = p;
	for (unsigned i = 0; i < t->count; i++) {
		struct tap_cpu *c = &t->cpus[i];
		int rc;

		if (c->gone)
			continue;
		rc =
		    poller_fd_add(p, c->ring.fd, EPOLLIN | EPOLLONESHOT, on_ready, c, &c->watch, e);
		if (rc < 0)
			return rc;
		c->due = UINT64_MAX;
	}
	return 0;
}

/* The buffer is empty: sleep until epoll says otherwise. */
static void watch(struct tap *t, struct tap_cpu *c)
{
	c->due = UINT64_MAX;
	if (t->poller && c->watch)
		poller_fd_mod(t->poller, c->watch, EPOLLIN | EPOLLONESHOT);
	else
		c->due = clock_mono() + TICK;
}

/* How soon the CPU wants to be read again, by how much there was. */
static void pace(struct tap *t, struct tap_cpu *c)
{
	if (c->read > t->buffer_size / 8)
		c->interval = MAX(c->interval / 2, TICK_MIN);
	else if (c->read < c->ring.subbuf_size / 16)
		c->interval = MIN(c->interval * 2, t->slowest);
	else
		c->interval = MIN(c->interval < TICK ? c->interval * 2 : TICK, t->slowest);
	c->read = 0;
}

/*
 * A full page has no room for the number of events lost before it. The kernel's counter has it:
 * what it grew by since the last loss. It may run ahead of the page; the sum is right.
 */
static void number_loss(struct tap *t, struct tap_cpu *c)
{
	struct instance_stats stats;

	if (instance_stats(t->instance, c->ring.cpu, &stats, NULL) < 0)
		return;
	if (stats.overrun > c->lost)
		c->lost += store_lost_known(t->store, c->run, stats.overrun - c->lost);
}

/* One fragment of a CPU into the store. Returns the bytes of its records, 0 when the buffer is
 * empty. */
static int64_t read_fragment(struct tap *t, struct tap_cpu *c, struct err *e)
{
	uint64_t bytes = t->source->bytes, lost = t->source->lost;
	uint64_t unknown = t->source->lost_unknown;
	uint8_t *room = store_room(t->store, e);
	int n = room ? ring_read(&c->ring, room, e) : -ENOMEM;

	if (n <= 0)
		return n;
	if (store_commit(t->store, c->run, (size_t)n, e) < 0)
		return -EINVAL;
	c->lost += t->source->lost - lost;
	if (t->source->lost_unknown != unknown)
		number_loss(t, c);
	if (c->run->count)
		c->horizon = run_page(c->run, c->run->base + c->run->count - 1)->last;
	c->read += t->source->bytes - bytes;
	/* A fragment of nothing but a loss is no end either. */
	return MAX((int64_t)(t->source->bytes - bytes), 1);
}

/* Nothing with a time before `now` will come, but for a record that was being written just then. */
static void found_empty(struct tap *t, struct tap_cpu *c, uint64_t now)
{
	c->horizon = now - RESERVATION;
	pace(t, c);
	watch(t, c);
}

/*
 * Reads a CPU until it is empty, the budget is spent, or, unless to the end, it has caught up with
 * the writer: then each further read would bring a few records at the price of a full one, as long
 * as the writer goes on. A short fragment says so, but for the first one, which may be the rest of
 * a sub-buffer that was read before.
 */
static int64_t drain_cpu(struct tap *t, struct tap_cpu *c, size_t budget, bool to_end,
			 struct err *e)
{
	size_t done = 0;

	for (unsigned reads = 0; done < budget; reads++) {
		uint64_t now = clock_mono();
		int64_t n = read_fragment(t, c, e);

		if (n == -ENODEV) {
			c->gone = true;
			c->horizon = UINT64_MAX;
			return (int64_t)done;
		}
		if (n < 0)
			return n;
		if (n == 0) {
			found_empty(t, c, now);
			return (int64_t)done;
		}
		done += c->ring.subbuf_size;
		if (!to_end && reads && n < c->ring.subbuf_size / 2) {
			pace(t, c);
			c->due = now + c->interval;
			return (int64_t)done;
		}
	}
	c->due = 0; /* the budget ended it: at once again */
	return (int64_t)done;
}

/* One look at all CPUs that epoll watches: what is not readable now has nothing older than now. */
static void look_at_quiet(struct tap *t)
{
	struct pollfd *fds = t->fds;
	uint64_t now = clock_mono();

	for (unsigned i = 0; i < t->count; i++) {
		bool quiet = !t->cpus[i].gone && t->cpus[i].due == UINT64_MAX;

		fds[i] =
		    (struct pollfd) { .fd = quiet ? t->cpus[i].ring.fd : -1, .events = POLLIN };
	}
	if (poll(fds, t->count, 0) >= 0) {
		for (unsigned i = 0; i < t->count; i++) {
			if (fds[i].fd < 0)
				continue;
			if (fds[i].revents & POLLIN)
				t->cpus[i].due = 0;
			else
				t->cpus[i].horizon = now - RESERVATION;
		}
	}
}

static void set_horizon(struct tap *t)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < t->count; i++)
		if (!t->cpus[i].gone)
			least = MIN(least, t->cpus[i].horizon);
	t->source->horizon = MAX(least, t->source->horizon);
}

int64_t tap_drain(struct tap *t, size_t budget, bool all, bool *more, struct err *e)
{
	uint64_t now = clock_mono();
	unsigned first = t->next;
	size_t done = 0;

	/* Before anything can fail: a CPU that cannot be read must not keep the others waiting. */
	t->next = t->count ? (first + 1) % t->count : 0;
	if (!all)
		look_at_quiet(t);
	for (unsigned k = 0; k < t->count; k++) {
		struct tap_cpu *c = &t->cpus[(first + k) % t->count];
		int64_t n;

		if (c->gone || (!all && c->due > now))
			continue;
		if (done >= budget) {
			*more = true;
			break;
		}
		n = drain_cpu(t, c, MIN(budget - done, MAX(budget / t->count, 65536)), all, e);
		if (n < 0)
			return n;
		done += (size_t)n;
		if (!c->due && !c->gone)
			*more = true;
	}
	set_horizon(t);
	return (int64_t)done;
}

uint64_t tap_due(const struct tap *t)
{
	uint64_t due = UINT64_MAX;

	for (unsigned i = 0; i < t->count; i++)
		if (!t->cpus[i].gone)
			due = MIN(due, t->cpus[i].due);
	return due;
}
