/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * family: membership by the running number of a process.
 *
 * Owns the time since when each member is one, in chunks that exist where members are, and a small
 * cache of those who are none. A process is judged once, by climbing from maker to maker until a
 * member or the top is met; again when it executes something else or gets another name.
 */
#include "core/family.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"

#define CHUNK_BITS 10
#define CHUNK_SIZE (1u << CHUNK_BITS)
#define STRANGERS  1024 /* a power of two */
#define CLIMB_MAX  4096 /* generations: files may tell of circles */
/* /proc says when a process began by another clock, rounded down. */
#define CLOCK_SLACK NSEC_PER_MSEC
#define NEVER	    UINT64_MAX

struct root {
	int32_t pid;
	uint64_t from, to;
};

struct family {
	struct identity_watch watch; /* first */
	bool follow;
	struct root *roots;
	size_t root_count;
	struct arena arena; /* of the targets */
	struct target *targets;
	size_t target_count;
	uint64_t **chunks; /* by index >> CHUNK_BITS; NULL: no member there. Since when; NEVER */
	size_t chunk_count;
	uint32_t strangers[STRANGERS]; /* index + 1, 0: free */
	uint64_t count;
	uint32_t settled; /* all with a lower index were judged */
};

struct family *family_new(bool follow)
{
	struct family *f = xcalloc(1, sizeof(*f));

	f->follow = follow;
	return f;
}

void family_free(struct family *f)
{
	if (!f)
		return;
	identity_unwatch(&f->watch);
	for (size_t i = 0; i < f->chunk_count; i++)
		free(f->chunks[i]);
	free(f->chunks);
	free(f->roots);
	free(f->targets);
	arena_done(&f->arena);
	free(f);
}

/* Who was none may be one now. */
static void judge_anew(struct family *f)
{
	memset(f->strangers, 0, sizeof(f->strangers));
	f->settled = 0;
}

void family_add(struct family *f, int32_t pid, uint64_t from, uint64_t to)
{
	f->roots = xrealloc(f->roots, f->root_count + 1, sizeof(*f->roots));
	f->roots[f->root_count++] = (struct root) { .pid = pid, .from = from, .to = to };
	judge_anew(f);
}

int family_add_target(struct family *f, const char *word, struct err *e)
{
	struct target t;
	int rc = target_parse(word, &f->arena, &t, e);

	if (rc < 0)
		return rc;
	f->targets = xrealloc(f->targets, f->target_count + 1, sizeof(*f->targets));
	f->targets[f->target_count++] = t;
	judge_anew(f);
	return 0;
}

/* ---- members ---- */

static uint64_t get_since(const struct family *f, uint32_t index)
{
	size_t chunk = index >> CHUNK_BITS;

	return chunk < f->chunk_count && f->chunks[chunk]
		   ? f->chunks[chunk][index & (CHUNK_SIZE - 1)]
		   : NEVER;
}

static void set_since(struct family *f, uint32_t index, uint64_t since)
{
	size_t chunk = index >> CHUNK_BITS;
	uint64_t *at;

	if (chunk >= f->chunk_count) {
		f->chunks = xrealloc(f->chunks, chunk + 1, sizeof(uint64_t *));
		while (f->chunk_count <= chunk)
			f->chunks[f->chunk_count++] = NULL;
	}
	if (!f->chunks[chunk]) {
		f->chunks[chunk] = xcalloc(CHUNK_SIZE, sizeof(uint64_t));
		memset(f->chunks[chunk], 0xff, CHUNK_SIZE * sizeof(uint64_t));
	}
	at = &f->chunks[chunk][index & (CHUNK_SIZE - 1)];
	f->count += *at == NEVER;
	*at = MIN(*at, since);
}

static uint32_t *stranger_slot(struct family *f, uint32_t index)
{
	return &f->strangers[index & (STRANGERS - 1)];
}

/* ---- judging ---- */

/* Since when a process is meant by itself. With id NULL nothing is read from /proc. */
static uint64_t meant_since(const struct family *f, struct identity *id, const struct process *p)
{
	uint64_t since = NEVER;

	for (size_t i = 0; i < f->root_count; i++) {
		const struct root *r = &f->roots[i];

		if (p->pid == r->pid && p->start <= r->to + CLOCK_SLACK && p->end >= r->from)
			return 0;
	}
	for (size_t i = 0; i < f->target_count; i++)
		since =
		    MIN(since, target_since(&f->targets[i], id, (struct process *)(uintptr_t)p));
	return since;
}

/* The top: made by nobody, or by the kernel itself. */
static bool is_top(const struct process *p)
{
	return p->pid == 0 || p->ppid == 0;
}

/* What climbing came to. */
enum verdict { STRANGER, MEMBER, NOT_KNOWN };

/* Whether p has an ancestor that was a member when its child on the way to p was born. */
static enum verdict climb(const struct family *f, struct identity *id, const struct process *p)
{
	uint64_t born, since;
	uint32_t index;

	for (unsigned i = 0; i < CLIMB_MAX; i++) {
		if (is_top(p))
			return STRANGER;
		born = p->start;
		p = identity_maker(id, p, &index);
		since = index != UINT32_MAX ? get_since(f, index) : NEVER;
		if (p && since == NEVER)
			since = meant_since(f, id, p);
		if (since != NEVER && since <= born)
			return MEMBER;
		if (!p) /* a forgotten maker was judged before it went */
			return index == UINT32_MAX ? NOT_KNOWN : STRANGER;
	}
	return STRANGER;
}

/* Since when p is a member, noted; NEVER: it is none so far. */
static uint64_t judge(struct family *f, struct identity *id, const struct process *p)
{
	uint64_t since = meant_since(f, id, p);
	enum verdict v = since != 0 && f->follow ? climb(f, id, p) : STRANGER;

	if (v == MEMBER)
		since = MIN(since, p->start);
	if (since != NEVER)
		set_since(f, p->index, since);
	else if (v == STRANGER)
		*stranger_slot(f, p->index) = p->index + 1;
	return since;
}

/* ---- what the identity table tells ---- */

/* Nothing is read from /proc here, and who made it was looked at when it was judged first. */
static void on_changed(struct identity_watch *w, struct process *p)
{
	struct family *f = (struct family *)w;
	uint64_t since;

	if (get_since(f, p->index) != NEVER)
		return;
	if (*stranger_slot(f, p->index) == p->index + 1)
		*stranger_slot(f, p->index) = 0;
	since = meant_since(f, NULL, p);
	if (since != NEVER)
		set_since(f, p->index, since);
}

static void on_forgetting(struct identity_watch *w, uint64_t ts)
{
	family_settle((struct family *)w, w->identity, ts);
}

/* Knows a table from its first question on; another one has other numbers. */
static void watch(struct family *f, struct identity *id)
{
	identity_unwatch(&f->watch);
	for (size_t i = 0; i < f->chunk_count; i++) {
		free(f->chunks[i]);
		f->chunks[i] = NULL;
	}
	f->count = 0;
	judge_anew(f);
	f->watch.changed = on_changed;
	f->watch.forgetting = on_forgetting;
	identity_watch(id, &f->watch);
}

/* The table is read only for those who ask; that it fills itself on demand is its own. */
static struct identity *ask(struct family *f, const struct identity *id)
{
	if (unlikely(f->watch.identity != id))
		watch(f, (struct identity *)(uintptr_t)id);
	return (struct identity *)(uintptr_t)id;
}

bool family_has(struct family *f, const struct identity *id, int32_t tid, uint64_t ts)
{
	const struct task *t = identity_task(id, tid, ts);
	const struct process *p = t ? t->process : NULL;
	struct identity *table = ask(f, id);
	uint64_t since;

	if (unlikely(!p))
		return false;
	since = get_since(f, p->index);
	if (since == NEVER && likely(*stranger_slot(f, p->index) == p->index + 1))
		return false;
	if (since == NEVER)
		since = judge(f, table, p);
	return ts >= since && since != NEVER;
}

struct settle_ctx {
	struct family *family;
	struct identity *identity;
	uint64_t ts;
	uint32_t upto;	  /* the first index that could not be judged yet */
	uint32_t highest; /* behind the highest seen */
};

static bool settle_one(struct process *p, void *data)
{
	struct settle_ctx *ctx = data;

	if (p->index < ctx->family->settled)
		return false;
	ctx->highest = MAX(ctx->highest, p->index + 1);
	if (p->start >= ctx->ts)
		ctx->upto = p->index; /* the lowest comes last */
	else if (get_since(ctx->family, p->index) == NEVER)
		judge(ctx->family, ctx->identity, p);
	return true;
}

void family_settle(struct family *f, struct identity *id, uint64_t ts)
{
	struct settle_ctx ctx = {
		.family = f, .identity = ask(f, id), .ts = ts, .upto = UINT32_MAX
	};

	if (!f->follow)
		return;
	identity_each(id, settle_one, &ctx);
	f->settled = MAX(f->settled, MIN(ctx.upto, ctx.highest));
}

/* ---- asking ---- */

struct alive_ctx {
	struct family *family;
	struct identity *identity;
	bool alive;
};

static bool alive_one(struct process *p, void *data)
{
	struct alive_ctx *ctx = data;

	if (p->end != UINT64_MAX || (get_since(ctx->family, p->index) == NEVER &&
				     judge(ctx->family, ctx->identity, p) == NEVER))
		return true;
	/* Its exit may be among what was lost. */
	ctx->alive = !kill(p->pid, 0) || errno != ESRCH;
	return !ctx->alive;
}

bool family_alive(struct family *f, struct identity *id)
{
	struct alive_ctx ctx = { .family = f, .identity = ask(f, id) };

	identity_each(id, alive_one, &ctx);
	return ctx.alive;
}

uint64_t family_count(const struct family *f)
{
	return f->count;
}
