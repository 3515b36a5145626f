/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_who: who emitted a row, beyond what the row says: for filter_run.c alone.
 *
 * What has to be read from /proc is asked for once a process and not once a row; names of users are
 * looked up once.
 */
#ifndef CORE_FILTER_WHO_H
#define CORE_FILTER_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/identity.h"
#include "core/row.h"

struct filter_who;

struct filter_who *filter_who_new(void);
void filter_who_free(struct filter_who *w);

/* The number an instruction (CODE_PPID, CODE_UID) asks for; false when it is not known. */
bool filter_who_number(struct filter_who *w, unsigned code, const struct row *r,
		       const struct identity *id, uint64_t *ret);

/*
 * The text an instruction (CODE_EXE, CODE_USER, CODE_CGROUP, CODE_CONTAINER) asks for, borrowed for
 * the moment; NULL when it is not known. Who is in no container is in "".
 */
const char *filter_who_text(struct filter_who *w, unsigned code, const struct row *r,
			    const struct identity *id, size_t *len);

/* The id of a container in the path of a control group: 12 digits; *len is 0 where there is none.
 */
const char *filter_who_container(const char *cgroup, size_t *len);

#endif
