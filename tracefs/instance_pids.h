/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * instance_pids: set_event_pid: only events of some threads, at a third of a filter's price.
 *
 * The file holds numbers of threads. Whoever is in it adds its children (event-fork), so what is
 * listed covers processes and all they make; it may be more than was asked for, never less.
 */
#ifndef TRACEFS_INSTANCE_PIDS_H
#define TRACEFS_INSTANCE_PIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/strbuf.h"
#include "tracefs/instance.h"

/* Numbers in /proc are those the kernel's events have: not within a pid namespace. */
bool instance_pids_known(void);

/* Who is meant: threads, and with process[i] all threads of the process, ids[i]. */
struct pid_set {
	const int32_t *ids;
	const bool *process;
	size_t count;
	bool kin; /* and all who live and were made by them */
};

/*
 * Adds them: event-fork first, then their tasks are listed until nothing new appears. With
 * list_is_new everybody passed until now: what is born while we look is covered as well. -EAGAIN
 * where too much is born for that: then everybody passes again.
 */
int instance_pids_add(struct instance *in, const struct pid_set *set, bool list_is_new,
		      struct err *e);

/*
 * Puts back what the kernel took out: it forgets a number when its thread is gone, though another
 * may get it. Cheap where nothing is missing. Kin add theirs by themselves.
 */
int instance_pids_renew(struct instance *in, const struct pid_set *set, struct err *e);

/* Everybody passes again; what passed before is not missed meanwhile. Takes some tens of ms. */
int instance_pids_clear(struct instance *in, struct err *e);

/* How many numbers the file holds, and the first of them as text. */
int instance_pids_say(const struct instance *in, struct strbuf *out, struct err *e);

/*
 * tracing_cpumask: CPUs with cpus[i], of the instance's. At least one. Each CPU is switched by
 * itself, so those that were on and stay on lose nothing.
 */
int instance_cpumask(struct instance *in, const bool *cpus, struct err *e);

#endif
