/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who: what is known of the process behind a row, beyond what the row says.
 *
 * What has to be read from /proc is asked for once a process and not once a row; names of users are
 * looked up once. Filters and groups ask here, and so mean the same by their words.
 */
#ifndef CORE_WHO_H
#define CORE_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/identity.h"

enum who_what { WHO_PPID, WHO_UID, WHO_EXE, WHO_USER, WHO_CGROUP, WHO_CONTAINER };

struct who;

struct who *who_new(void);
void who_free(struct who *w);

/*
 * The process that had tid at ts, with what /proc says of it; NULL when it is not known. Borrowed
 * as identity_task says.
 */
const struct process *who_process(struct who *w, const struct identity *id, int32_t tid,
				  uint64_t ts);

/* WHO_PPID or WHO_UID of a process; false when it is not known. */
bool who_number(const struct process *p, enum who_what what, uint64_t *ret);

/*
 * A text of a process, borrowed for the moment; NULL when it is not known. Who is in no container
 * is in "".
 */
const char *who_text(struct who *w, const struct process *p, enum who_what what, size_t *len);

/* The id of a container in the path of a control group: 12 digits; *len is 0 where there is none.
 */
const char *who_container(const char *cgroup, size_t *len);

#endif
