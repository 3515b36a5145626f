/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage: records of sources without pages, put in order and into the store's pages.
 *
 * Several writers (rings, commands) give records of one source in nearly any order. They wait, a
 * queue for each CPU, until nothing older can come, are sorted where they are not in order, and go
 * into pages. A record is copied twice: in, and into its page.
 */
#ifndef TRACEFS_STAGE_H
#define TRACEFS_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/store.h"

struct stage;

#define STAGE_RECORD_MAX 65000

/* Of a source of the store; both are borrowed. Its memory follows what waits. */
struct stage *stage_new(struct store *s, struct source *src);
/* What waits is dropped. NULL-safe. */
void stage_free(struct stage *s);

/*
 * Room for a record of a CPU and a time; the caller fills all size bytes before the next call. NULL
 * when it is longer than STAGE_RECORD_MAX: it is counted as lost there.
 */
void *stage_put(struct stage *s, uint16_t cpu, uint64_t ts, uint32_t size);

/* n events of a CPU were lost before what comes next (LOST_UNKNOWN: some). */
void stage_lost(struct stage *s, uint16_t cpu, uint64_t n);

/*
 * Puts what is older than `below` into the store, at most about budget bytes. Returns 1 when there
 * is more of it, 0, or -Exxx. Does not touch the source's horizon.
 */
int stage_flush(struct stage *s, uint64_t below, size_t budget, struct err *e);

/* The oldest time that waits; UINT64_MAX: none does. */
uint64_t stage_oldest(const struct stage *s);
/* Bytes that wait. */
size_t stage_bytes(const struct stage *s);

#endif
