/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * family: membership by the running number of a process.
 *
 * Owns one bit for each member, in chunks that exist where members are, and a small cache of those
 * who are none. A process is judged once, by climbing from maker to maker until a member or the
 * top is met.
 */
#include "core/family.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/util.h"

#define CHUNK_BITS 12
#define CHUNK_SIZE (1u << CHUNK_BITS)
#define STRANGERS  1024 /* a power of two */
#define CLIMB_MAX  4096 /* generations: files may tell of circles */
/* /proc says when a process began by another clock, rounded down. */
#define CLOCK_SLACK NSEC_PER_MSEC

struct root {
	int32_t pid;
	uint64_t from, to;
};

struct family {
	bool follow;
	struct root *roots;
	size_t root_count;
	uint64_t **chunks; /* by index >> CHUNK_BITS; NULL: no member there */
	size_t chunk_count;
	uint32_t strangers[STRANGERS]; /* index + 1, 0: free */
	uint64_t count;
	uint32_t settled; /* all with a lower index were judged */
};

/* What climbing came to. */
enum verdict { STRANGER, MEMBER, NOT_KNOWN };

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
	for (size_t i = 0; i < f->chunk_count; i++)
		free(f->chunks[i]);
	free(f->chunks);
	free(f->roots);
	free(f);
}

void family_add(struct family *f, int32_t pid, uint64_t from, uint64_t to)
{
	f->roots = xrealloc(f->roots, f->root_count + 1, sizeof(*f->roots));
	f->roots[f->root_count++] = (struct root) { .pid = pid, .from = from, .to = to };
	for (size_t i = 0; i < STRANGERS; i++)
		f->strangers[i] = 0;
	f->settled = 0;
}

/* ---- bits ---- */

static bool get_bit(const struct family *f, uint32_t index)
{
	size_t chunk = index >> CHUNK_BITS;
	uint32_t bit = index & (CHUNK_SIZE - 1);

	return chunk < f->chunk_count && f->chunks[chunk] &&
	       f->chunks[chunk][bit / 64] >> (bit % 64) & 1;
}

static void set_bit(struct family *f, uint32_t index)
{
	size_t chunk = index >> CHUNK_BITS;
	uint32_t bit = index & (CHUNK_SIZE - 1);

	if (get_bit(f, index))
		return;
	if (chunk >= f->chunk_count) {
		f->chunks = xrealloc(f->chunks, chunk + 1, sizeof(uint64_t *));
		while (f->chunk_count <= chunk)
			f->chunks[f->chunk_count++] = NULL;
	}
	if (!f->chunks[chunk])
		f->chunks[chunk] = xcalloc(CHUNK_SIZE / 64, sizeof(uint64_t));
	f->chunks[chunk][bit / 64] |= 1ULL << (bit % 64);
	f->count++;
}

static uint32_t *stranger_slot(struct family *f, uint32_t index)
{
	return &f->strangers[index & (STRANGERS - 1)];
}

/* ---- judging ---- */

static bool is_root(const struct family *f, const struct process *p)
{
	for (size_t i = 0; i < f->root_count; i++) {
		const struct root *r = &f->roots[i];

		if (p->pid == r->pid && p->start <= r->to + CLOCK_SLACK && p->end >= r->from)
			return true;
	}
	return false;
}

/* The top: made by nobody, or by the kernel itself. */
static bool is_top(const struct process *p)
{
	return p->pid == 0 || p->ppid == 0;
}

static enum verdict climb(const struct family *f, const struct identity *id,
			  const struct process *p)
{
	uint32_t index;

	for (unsigned i = 0; i < CLIMB_MAX; i++) {
		if (get_bit(f, p->index) || is_root(f, p))
			return MEMBER;
		if (!f->follow || is_top(p))
			return STRANGER;
		p = identity_maker(id, p, &index);
		if (index != UINT32_MAX && get_bit(f, index))
			return MEMBER;
		if (!p) /* a forgotten maker was judged before it went */
			return index == UINT32_MAX ? NOT_KNOWN : STRANGER;
	}
	return STRANGER;
}

static bool judge(struct family *f, const struct identity *id, const struct process *p)
{
	enum verdict v = climb(f, id, p);

	if (v == MEMBER)
		set_bit(f, p->index);
	else if (v == STRANGER)
		*stranger_slot(f, p->index) = p->index + 1;
	return v == MEMBER;
}

bool family_has(struct family *f, const struct identity *id, int32_t tid, uint64_t ts)
{
	const struct task *t = identity_task(id, tid, ts);
	const struct process *p = t ? t->process : NULL;

	if (unlikely(!p))
		return false;
	if (get_bit(f, p->index))
		return true;
	if (likely(*stranger_slot(f, p->index) == p->index + 1))
		return false;
	return judge(f, id, p);
}

struct settle_ctx {
	struct family *family;
	const struct identity *identity;
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
	else if (!get_bit(ctx->family, p->index))
		judge(ctx->family, ctx->identity, p);
	return true;
}

void family_settle(struct family *f, struct identity *id, uint64_t ts)
{
	struct settle_ctx ctx = { .family = f, .identity = id, .ts = ts, .upto = UINT32_MAX };

	if (!f->follow)
		return;
	identity_each(id, settle_one, &ctx);
	f->settled = MAX(f->settled, MIN(ctx.upto, ctx.highest));
}

/* ---- asking ---- */

struct alive_ctx {
	struct family *family;
	const struct identity *identity;
	bool alive;
};

static bool alive_one(struct process *p, void *data)
{
	struct alive_ctx *ctx = data;

	if (p->end != UINT64_MAX ||
	    !(get_bit(ctx->family, p->index) || judge(ctx->family, ctx->identity, p)))
		return true;
	/* Its exit may be among what was lost. */
	ctx->alive = !kill(p->pid, 0) || errno != ESRCH;
	return !ctx->alive;
}

bool family_alive(struct family *f, struct identity *id)
{
	struct alive_ctx ctx = { .family = f, .identity = id };

	identity_each(id, alive_one, &ctx);
	return ctx.alive;
}

uint64_t family_count(const struct family *f)
{
	return f->count;
}
