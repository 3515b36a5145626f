/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap: the per-CPU ring buffers of one instance, drained into the store at the right moments.
 *
 * Readiness alone would wake us for every event, a tick alone would wake us for none. So: a CPU
 * whose buffer was found empty is watched by epoll, once; when it fires, the CPU is read a tick
 * later, and then tick by tick (faster when its buffer fills, slower when hardly anything comes)
 * until it is empty again. With every CPU quiet nothing runs at all.
 */
#ifndef BACKENDS_TAP_H
#define BACKENDS_TAP_H

#include <poll.h>

#include "core/poller.h"
#include "core/store.h"
#include "tracefs/instance.h"
#include "tracefs/ring.h"

struct tap_cpu {
	struct tap *tap;
	struct ring ring;
	struct run *run;
	struct poller_fd *watch;
	uint64_t due;	   /* when to read; UINT64_MAX: epoll will tell */
	uint64_t interval; /* between reads */
	uint64_t horizon;  /* nothing older will come from this CPU */
	uint64_t read;	   /* bytes since it was last due */
	uint64_t lost;	   /* events whose loss was counted */
	bool gone;	   /* the CPU went offline or the instance away */
};

struct tap {
	struct store *store;
	const struct instance *instance;
	struct source *source;
	struct poller *poller;
	struct tap_cpu *cpus;
	unsigned count;
	struct pollfd *fds;   /* room for one poll(2) of all CPUs */
	unsigned next;	      /* where the next drain begins, so that no CPU starves */
	uint64_t buffer_size; /* per CPU */
	uint64_t slowest;     /* ns between two looks at a CPU, at most */
	void (*ready)(void *data);
	void *ready_data;
};

/* Opens the buffers of an instance. Undoes a half-done open. */
int tap_open(struct tap *t, const struct instance *in, struct store *s, struct source *src,
	     struct err *e);
void tap_close(struct tap *t);

/* Lets epoll tell when an empty CPU has something; ready is called then. */
int tap_attach(struct tap *t, struct poller *p, struct err *e);

/*
 * Reads what is due (all: whatever there is), at most about budget bytes. Returns the bytes read;
 * *more says that the budget ended it. Sets the source's horizon.
 */
int64_t tap_drain(struct tap *t, size_t budget, bool all, bool *more, struct err *e);

/* When the next CPU is due; UINT64_MAX: all are quiet. */
uint64_t tap_due(const struct tap *t);

#endif
