/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * family: a set of processes, and those they make.
 *
 * A process is meant, not a number: who gets the id of a member that ended is a stranger. Threads
 * belong to their process. With follow the children belong to it too, as far as they are born when
 * their parent is a member already, and stay when it is gone. Members are named by number or by
 * what they are (core/target.h), alive or still to come: who becomes it by an exec or a new name is
 * one from then on. Grown from what the identity table knows of forks, execs and names.
 */
#ifndef CORE_FAMILY_H
#define CORE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/identity.h"
#include "core/target.h"

struct family;

/* An empty set; with follow children belong to it. */
struct family *family_new(bool follow);
void family_free(struct family *f);

/* Adds the process that had the id pid at some time of [from, to]. */
void family_add(struct family *f, int32_t pid, uint64_t from, uint64_t to);

/*
 * Adds the processes that a word means (core/target.h); by number alone whoever has it, at any
 * time. -EINVAL in words.
 */
int family_add_target(struct family *f, const char *word, struct err *e);

/*
 * True when tid was at ts a thread of a member. What is not known is no member. Ask for final rows:
 * the births before them are known then. O(1) but for the first time a process is met.
 */
bool family_has(struct family *f, const struct identity *id, int32_t tid, uint64_t ts);

/*
 * Looks at every process born before ts: before identity_forget(ts) may forget the parents of
 * children nobody asked for yet. A table that was asked once has it done by itself.
 */
void family_settle(struct family *f, struct identity *id, uint64_t ts);

/* True while a member known to the table is alive, as far as the table and the kernel say. */
bool family_alive(struct family *f, struct identity *id);

/* How many processes were found to be members. */
uint64_t family_count(const struct family *f);

#endif
