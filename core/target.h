/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target: which processes are meant: by number, name, program, user, control group or container.
 *
 * A process is asked, with all its threads, alive or still to come: what it is may become true
 * while it lives, by an exec or a new name, and holds from then on.
 */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/glob.h"
#include "core/identity.h"

enum target_kind {
	TARGET_PID,
	TARGET_COMM,	  /* name of its first thread, a glob */
	TARGET_EXE,	  /* path of the program, a glob; without a slash its last part */
	TARGET_USER,	  /* name or number */
	TARGET_CGROUP,	  /* path, a glob */
	TARGET_CONTAINER, /* by any of its names, a glob */
};

struct target {
	enum target_kind kind;
	int32_t pid;
	uint32_t uid;
	struct glob glob;
	bool base; /* of TARGET_EXE: the last part of the path alone */
};

/*
 * Reads "1234" or "comm=GLOB", "exe=GLOB", "user=NAME", "cgroup=GLOB", "container=NAME"; what it
 * needs lives in the arena. -EINVAL in words, with the nearest word.
 */
int target_parse(const char *word, struct arena *a, struct target *ret, struct err *e);

/* Whether a word means a process by its number alone. */
bool target_is_pid(const char *word);

/*
 * Since when p is what is meant; UINT64_MAX: it is not, so far. Reads what is needed of it from
 * /proc; with id NULL it answers by what is known.
 */
uint64_t target_since(const struct target *t, struct identity *id, struct process *p);

/* Calls fn for every form a target can have, with what it means; for help and completion. */
void target_each_form(void (*fn)(const char *form, const char *help, void *data), void *data);

#endif
