/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_page: the walk. One loop over the records with everything that does not change from one to
 * the next kept outside of it.
 *
 * A plan is what the filter does with one type of record, found by the type's number. A memo is
 * what a thread answers to the instructions that ask for nothing else, and for which times; it is
 * good for one page, because the identity table may learn before the next.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/filter_page.h"
#include "core/filter_tree.h"
#include "core/identity.h"

#define PLANS 256
#define MEMOS 256

#define HOT  static inline __attribute__((always_inline))
#define COLD static __attribute__((noinline))

/* An instruction is asked by a thread at most this many of a program; the rest are asked anew. */
#define MEMO_CODES 32

enum { PLAN_HIDE = FILTER_FALSE, PLAN_SHOW = FILTER_TRUE, PLAN_RUN };

struct plan {
	uint32_t key; /* type and stamp; 0: free */
	uint8_t what;
	bool ours; /* a record of our own threads is nobody's to see */
	const struct filter_program *program;
	const struct schema *schema;
};

/* What a thread answers to a program. */
struct memo {
	const struct filter_program *program; /* NULL: free */
	uint32_t stamp;
	int32_t tid;
	uint64_t from, span; /* for times of [from, from + span) */
	uint32_t known, yes; /* a bit an instruction: asked, and true */
};

struct filter_scan {
	struct filter *filter; /* NULL: everything passes */
	const struct identity *identity;
	/* the set of schemas that the plans are of */
	const struct schema_set *set;
	uint32_t gen, added;
	uint32_t plan_stamp; /* in the upper half of a key */
	uint32_t memo_stamp;
	struct plan plans[PLANS];
	struct plan none; /* of records that are too short to have a type */
	struct memo memos[MEMOS];
	struct row row; /* of the record at hand, for what cannot be answered without one */
};

struct filter_scan *filter_scan_new(struct filter *f, const struct identity *id)
{
	struct filter_scan *s = xcalloc(1, sizeof(*s));

	s->filter = f;
	s->identity = id;
	return s;
}

void filter_scan_free(struct filter_scan *s)
{
	free(s);
}

/* ---- plans ---- */

/* The plans of another set, or of one that grew, are none. */
static void use_schemas(struct filter_scan *s, const struct schema_set *set, uint32_t gen)
{
	if (likely(s->set == set && s->gen == gen && s->added == set->added))
		return;
	s->set = set;
	s->gen = gen;
	s->added = set->added;
	s->plan_stamp += 1u << 16;
	if (s->plan_stamp)
		return;
	memset(s->plans, 0, sizeof(s->plans));
	s->plan_stamp = 1u << 16;
}

/* Fills the plan of a schema, or of records without one. */
static void make_plan(struct filter_scan *s, struct plan *pl, const struct schema *schema)
{
	int constant = FILTER_TRUE;

	pl->schema = schema;
	pl->ours = schema && schema->role != ROLE_SWITCH;
	if (s->filter) {
		pl->program = filter_bind(s->filter, schema);
		constant = filter_constant(pl->program);
	}
	pl->what = (uint8_t)(constant < 0	       ? PLAN_RUN
			     : constant == FILTER_TRUE ? PLAN_SHOW
						       : PLAN_HIDE);
}

COLD void find_plan(struct filter_scan *s, struct plan *pl, uint16_t type)
{
	make_plan(s, pl, schema_set_get(s->set, type, s->gen));
	pl->key = type | s->plan_stamp;
}

/* ---- one record ---- */

/* What of a record everything here needs. */
struct record {
	uint64_t ts;
	const uint8_t *bytes;
	uint32_t size;
	int32_t tid;
};

/* Whatever the instruction is, of a record as a row. Unknown does not pass. */
COLD bool ask(struct filter_scan *s, const struct plan *pl, const struct filter_code *c,
	      const struct record *rec)
{
	struct row *r = &s->row;

	r->ts = rec->ts;
	r->rec = rec->bytes;
	r->size = rec->size;
	r->tid = rec->tid;
	r->schema = pl->schema;
	r->flags = !r->schema || r->size < r->schema->min_size ? ROW_DAMAGED : 0;
	return filter_ask(pl->program, c, r, s->identity) == FILTER_TRUE;
}

COLD void begin_memo(struct filter_scan *s, struct memo *m, const struct plan *pl,
		     const struct record *rec)
{
	uint64_t until = UINT64_MAX;

	*m = (struct memo) {
		.program = pl->program,
		.stamp = s->memo_stamp,
		.tid = rec->tid,
	};
	if (s->identity)
		identity_span(s->identity, rec->tid, rec->ts, &m->from, &until);
	m->span = until - m->from;
}

/* An instruction that asks for the thread alone. */
HOT bool ask_thread(struct filter_scan *s, const struct plan *pl, const struct filter_code *c,
		    const struct record *rec)
{
	const struct filter_program *p = pl->program;
	struct memo *m = &s->memos[((uint32_t)rec->tid ^ pl->schema->index) % MEMOS];
	uint64_t number = (uint64_t)(c - p->code);
	uint32_t bit;

	if (unlikely(m->tid != rec->tid || m->program != p || m->stamp != s->memo_stamp ||
		     rec->ts - m->from >= m->span))
		begin_memo(s, m, pl, rec);
	if (unlikely(number >= MEMO_CODES))
		return ask(s, pl, c, rec);
	bit = 1u << number;
	if (unlikely(!(m->known & bit))) {
		m->known |= bit;
		m->yes |= ask(s, pl, c, rec) ? bit : 0;
	}
	return m->yes & bit;
}

HOT bool in_range(const struct filter_code *c, uint64_t v)
{
	return (v - c->lo <= c->span) != c->negate;
}

/* One instruction. The usual ones are here, what others say is filter_run.c's alone. */
HOT bool answer(struct filter_scan *s, const struct plan *pl, const struct filter_code *c,
		const struct record *rec)
{
	const uint8_t *at = rec->bytes + c->offset;

	if (unlikely(c->end > rec->size))
		return false;
	switch (c->op) {
	case CODE_U8:
		return in_range(c, *at);
	case CODE_U16:
		return in_range(c, load_u16(at));
	case CODE_U32:
		return in_range(c, load_u32(at));
	case CODE_S32:
		return in_range(c, (uint64_t)(int32_t)load_u32(at));
	case CODE_64:
		return in_range(c, load_u64(at));
	default:
		if (filter_code_is_thread(c) && likely(pl->schema != NULL))
			return ask_thread(s, pl, c, rec);
		return ask(s, pl, c, rec);
	}
}

/* Unknown counts as false: a program has no `not` (filter_run.c). */
HOT bool passes(struct filter_scan *s, const struct plan *pl, const struct record *rec)
{
	unsigned at = pl->program->entry;

	while (at < CODE_REJECT) {
		const struct filter_code *c = &pl->program->code[at];

		at = c->next[answer(s, pl, c, rec)];
	}
	return at == CODE_ACCEPT;
}

/* ---- the page ---- */

/* What is of no record but of the whole walk. */
struct walk {
	const struct run *run;
	uint32_t type_at, pid_at, least;
	bool swap;
	int32_t tid; /* of the record before */
	bool ours;   /* that is a thread of ours */
};

static struct walk walk_begin(struct filter_scan *s, const struct run *r, const struct page *p)
{
	const struct schema_set *set = r->source->schemas;

	use_schemas(s, set, p->gen);
	s->memo_stamp++;
	s->row = (struct row) {
		.cpu = r->cpu,
		.source = r->source,
		.run = r->index,
	};
	return (struct walk) {
		.run = r,
		.type_at = set->type_offset,
		.pid_at = set->pid_offset,
		.least = MAX(set->type_offset + 2, set->pid_offset + 4),
		.swap = set->machine.swap,
	};
}

/* The plan of a record, whose thread is found on the way. */
HOT const struct plan *plan_of(struct filter_scan *s, const struct walk *w, struct record *rec)
{
	struct plan *pl;
	uint16_t type;
	uint32_t tid;

	if (unlikely(rec->size < w->least)) { /* as the cursor has it: of no type, of thread 0 */
		rec->tid = 0;
		make_plan(s, &s->none, NULL);
		return &s->none;
	}
	type = load_u16(rec->bytes + w->type_at);
	tid = load_u32(rec->bytes + w->pid_at);
	if (unlikely(w->swap)) {
		type = __builtin_bswap16(type);
		tid = __builtin_bswap32(tid);
	}
	rec->tid = (int32_t)tid;
	pl = &s->plans[type % PLANS];
	if (unlikely(pl->key != (type | s->plan_stamp)))
		find_plan(s, pl, type);
	return pl;
}

/* Of our own doing, and so in no row. */
HOT bool is_ours(struct walk *w, const struct plan *pl, int32_t tid)
{
	if (unlikely(tid != w->tid)) {
		const int32_t *own = w->run->source->own;

		w->tid = tid;
		w->ours = tid && (tid == own[0] || tid == own[1] || tid == own[2] || tid == own[3]);
	}
	return unlikely(w->ours) && pl->ours;
}

/* Counts up to limit; returns true at the end. What is hot stays in registers. */
static bool walk_records(struct filter_scan *s, struct walk *w, struct page_walk *pw,
			 uint64_t limit, struct filter_place *found)
{
	struct page_walk before = *pw;
	struct filter_place f = *found;
	struct page_event ev;

	while (page_next(pw, &ev)) {
		struct record rec = {
			.ts = run_time(w->run, ev.ts),
			.bytes = ev.rec,
			.size = ev.size,
		};
		const struct plan *pl;
		bool pass;

		if (unlikely(rec.ts >= limit)) {
			*pw = before;
			break;
		}
		before = *pw;
		pl = plan_of(s, w, &rec);
		if (is_ours(w, pl, rec.tid))
			continue;
		pass = pl->what == PLAN_RUN ? passes(s, pl, &rec) : pl->what;
		if (pass) {
			if (!f.shown++)
				f.first = rec.ts;
			f.last = rec.ts;
		} else {
			f.hidden++;
		}
	}
	f.fell |= before.peak != 0;
	*found = f;
	return pw->p == pw->end;
}

bool filter_scan_page(struct filter_scan *s, const struct run *r, const struct page *p,
		      uint64_t limit, struct filter_place *at)
{
	struct page_walk pw;
	struct page_data *keep;
	const uint8_t *records = page_records(r, p, &keep);
	struct walk w;
	bool end;

	if (!records) { /* they cannot be had any more */
		at->at = p->size;
		return true;
	}
	w = walk_begin(s, r, p);
	pw = page_walk_init(records + at->at, p->size - at->at, at->at ? at->ts : p->ts);
	end = walk_records(s, &w, &pw, p->last < limit ? UINT64_MAX : limit, at);
	at->at = (uint32_t)(pw.p - records);
	at->ts = pw.ts;
	page_data_unref(keep);
	return end;
}
