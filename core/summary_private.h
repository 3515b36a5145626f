/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary_private: the inside of the counts, shared by summary.c (counting), summary_rows.c
 * (reading) and summary_retire.c (forgetting) alone.
 */
#ifndef CORE_SUMMARY_PRIVATE_H
#define CORE_SUMMARY_PRIVATE_H

#include "core/identity.h"
#include "core/summary.h"

#define TASK_OTHER 0

struct summary_task {
	int32_t tid, pid, ppid;
	uint32_t older;	      /* index + 1 of the task that had this tid before; 0: none */
	uint64_t identity;    /* index of its life + 1 in the identity table; 0: not known yet */
	uint64_t end;	      /* of that life, when it was asked */
	uint64_t process_end; /* the same of its process */
	uint64_t serial;      /* never another's, as its number may be */
	uint32_t process;     /* index of its process + 1 in the identity table; 0: not known */
	bool holds;	      /* no thread: has the counts of threads of its process that ended */
	char comm[COMM_LEN];
	char process_comm[COMM_LEN]; /* of the leader; empty while not known */
};

/*
 * Gives the counts of those that ended to fewer tasks when there are too many; last is the time of
 * each task's last event. True when numbers changed: then by_tid has to be made anew.
 */
bool summary_retire(struct summary *s, const uint64_t *last);

#endif
