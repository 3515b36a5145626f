/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * instance: a ring buffer of our own.
 *
 * instances/tapdeck.PID.NAME, locked (flock on the directory: that says the owner lives),
 * on the mono clock, with 64 KiB sub-buffers where the kernel offers them, written to the journal
 * before it is made and gone when closed. Nothing outside the directory is touched.
 */
#ifndef TRACEFS_INSTANCE_H
#define TRACEFS_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/guard.h"
#include "core/strbuf.h"

struct instance {
	char *tracefs; /* the mount */
	char *name;    /* tapdeck.PID.NAME */
	char *path;    /* its directory */
	int lock_fd;   /* the directory, flocked */
	int journal;   /* entry in the guard's journal */
	struct guard *guard;
	uint32_t subbuf_size; /* bytes of a sub-buffer, header included */
	uint64_t buffer_size; /* bytes per CPU, as the kernel rounded it */
	unsigned cpus;	      /* the highest number in per_cpu/, and one */
};

/* Bytes per CPU when nobody said: 16 MiB, and all CPUs together at most 1/16 of RAM. */
uint64_t instance_default_buffer(unsigned cpus);

/*
 * Makes an instance that is off (tracing_on 0): 1.3 ms for the directory, 17 for the clock, 8 for
 * the sub-buffers, 27 for the size. name has no dot and at most 32 bytes; buffer is bytes per CPU
 * (0: the default); subbuf 65536 or 4096 (what the kernel has not is not asked for twice). Undoes a
 * half-made one.
 */
int instance_open(struct instance *in, struct guard *g, const char *tracefs, const char *name,
		  uint64_t buffer, uint32_t subbuf, struct err *e);

/* Switches it off and removes it, retrying EBUSY for up to 2 s. Zeroed or half-open is fine. */
int instance_close(struct instance *in, struct err *e);

/* tracing_on. */
int instance_on(struct instance *in, bool on, struct err *e);

/* events/SYSTEM/EVENT/enable. */
int instance_enable(struct instance *in, const char *system, const char *event, bool on,
		    struct err *e);

/*
 * events/SYSTEM/EVENT/filter in the kernel's grammar; "" or NULL takes it away. Refused: the old
 * one stays.
 */
int instance_filter(struct instance *in, const char *system, const char *event, const char *text,
		    struct err *e);

/* Appends the text of per_cpu/cpuN/stats. */
int instance_stats_text(const struct instance *in, unsigned cpu, struct strbuf *out, struct err *e);

/* What per_cpu/cpuN/stats says. */
struct instance_stats {
	uint64_t entries, overrun, commit_overrun, bytes, dropped, read;
};

int instance_stats(const struct instance *in, unsigned cpu, struct instance_stats *ret,
		   struct err *e);

/* ---- what dead owners left ---- */

/* An instance named tapdeck.* whose lock nobody holds. */
struct leftover {
	char name[64];
	int pid; /* as its name says; it may be someone else's by now */
};

/*
 * Calls fn for every leftover; removes it first when remove (error in *e, counted). Returns how
 * many there were, or -Exxx. Live owners' instances are never touched.
 */
int instance_sweep(const char *tracefs, bool remove,
		   void (*fn)(const struct leftover *l, bool removed, const char *why, void *data),
		   void *data, struct err *e);

#endif
