/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who: what is known of the process behind a row, beyond what the row says.
 *
 * What has to be read from /proc is read by the identity table, once a process; names of users are
 * looked up once. Filters and groups ask here, and so mean the same by their words.
 */
#ifndef CORE_WHO_H
#define CORE_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/identity.h"

enum who_what {
	WHO_PPID,
	WHO_UID,
	WHO_EXE,
	WHO_USER,
	WHO_CGROUP,
	WHO_CONTAINER, /* as it is shown: by name where that is known */
	WHO_UNIT,      /* of systemd */
};

struct who;

struct who *who_new(void);
void who_free(struct who *w);

/*
 * The process that had tid at ts, with what /proc says of it; NULL when it is not known; its
 * control group is that of ts. Borrowed as identity_task says, and until the next question.
 */
const struct process *who_process(struct who *w, const struct identity *id, int32_t tid,
				  uint64_t ts);

/* WHO_PPID or WHO_UID of a process; false when it is not known. */
bool who_number(const struct process *p, enum who_what what, uint64_t *ret);

/*
 * A text of a process, borrowed for the moment; NULL when it is not known. Who is in no container,
 * or unit, is in "".
 */
const char *who_text(struct who *w, const struct process *p, enum who_what what, size_t *len);

/*
 * Calls fn with every text that the container of a process is known by (name, short id, whole id)
 * until it returns true; "" for who is in none. *known: whether there is an answer at all.
 */
bool who_container_any(const struct process *p, bool (*fn)(const char *s, size_t len, void *data),
		       void *data, bool *known);

/* The short id of a container in the path of a control group; *len is 0 where there is none. */
const char *who_container(const char *cgroup, size_t *len);

#endif
