/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary_private: the inside of the counts, shared by summary.c (counting) and summary_rows.c
 * (reading) alone.
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
	uint32_t process;     /* index of its process + 1 in the identity table; 0: not known */
	char comm[COMM_LEN];
	char process_comm[COMM_LEN]; /* of the leader; empty while not known */
};

#endif
