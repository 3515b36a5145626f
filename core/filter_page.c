/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_page: the walk. One loop over the records with everything that does not change from one to
 * the next kept outside of it; one that counts and one that gives rows.
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

/* So many instructions of a program are asked once a thread; the rest are asked anew. */
#define MEMO_CODES 32

enum {
	PLAN_HIDE = FILTER_FALSE,
	PLAN_SHOW = FILTER_TRUE,
	PLAN_THREAD, /* the program asks for nothing but the thread: one answer for all it does */
	PLAN_RUN,
};

struct plan {
	uint32_t key; /* type and stamp; 0: free */
	uint8_t what;
	bool ours;	/* a record of our own threads is nobody's to see */
	bool apart;	/* what does not pass was not chosen at all */
	uint16_t place; /* in plans */
	uint32_t least; /* bytes of a whole record; without a schema all are damaged */
	const struct filter_program *program;
	const struct schema *schema;
};

/* What a thread answers to a program, for times of [from, from + span). */
struct memo {
	uint64_t key; /* memo_key */
	uint64_t from, span;
	uint32_t known, yes; /* a bit an instruction: asked, and true */
};

struct filter_scan {
	struct filter *filter; /* NULL: everything passes */
	struct filter *among;  /* NULL: all were chosen */
	const struct identity *identity;
	/* the set of schemas that the plans are of */
	const struct schema_set *set;
	uint32_t gen, added;
	uint32_t plan_stamp; /* in the upper half of a key */
	uint32_t memo_stamp; /* keys of memos have this and the place of the plan */
	struct plan plans[PLANS];
	struct plan none; /* of records that are too short to have a type */
	struct memo memos[MEMOS];
	struct row row;	 /* of the record at hand, for what cannot be answered without one */
	uint64_t number; /* of the page */
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

void filter_scan_apart(struct filter_scan *s, struct filter *among)
{
	s->among = among;
}

/* ---- plans ---- */

/* Nothing of what threads answered holds any more. */
static void forget_memos(struct filter_scan *s)
{
	s->memo_stamp += PLANS;
	if (s->memo_stamp)
		return;
	memset(s->memos, 0, sizeof(s->memos));
	s->memo_stamp = PLANS;
}

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

static bool is_of_thread(const struct filter_program *p)
{
	for (unsigned i = 0; i < p->count; i++)
		if (!filter_code_is_thread(&p->code[i]))
			return false;
	return true;
}

static uint8_t plan_for(const struct filter_program *p)
{
	int constant = filter_constant(p);

	if (constant >= 0)
		return constant == FILTER_TRUE ? PLAN_SHOW : PLAN_HIDE;
	return is_of_thread(p) ? PLAN_THREAD : PLAN_RUN;
}

/* Fills the plan of a schema, or of records without one. */
static void make_plan(struct filter_scan *s, struct plan *pl, const struct schema *schema)
{
	*pl = (struct plan) {
		.what = PLAN_SHOW,
		.ours = schema && schema->role != ROLE_SWITCH,
		.least = schema ? schema->min_size : UINT32_MAX,
		.schema = schema,
	};
	if (!s->filter)
		return;
	if (s->among)
		pl->apart = filter_constant(filter_bind(s->among, schema)) == FILTER_FALSE;
	pl->program = filter_bind(s->filter, schema);
	pl->what = plan_for(pl->program);
}

COLD void find_plan(struct filter_scan *s, struct plan *pl, uint16_t type)
{
	make_plan(s, pl, schema_set_get(s->set, type, s->gen));
	pl->key = type | s->plan_stamp;
	pl->place = (uint16_t)(pl - s->plans);
	forget_memos(s); /* of the plan that was here */
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
	r->flags = r->size < pl->least ? ROW_DAMAGED : 0;
	return filter_ask(pl->program, c, r, s->identity) == FILTER_TRUE;
}

COLD void begin_memo(struct filter_scan *s, struct memo *m, const struct record *rec)
{
	uint64_t until = UINT64_MAX;

	*m = (struct memo) { 0 };
	if (s->identity)
		identity_span(s->identity, rec->tid, rec->ts, &m->from, &until);
	m->span = until - m->from;
}

/* What is known of a record's thread for a plan; emptied when it is of another time or thread. */
HOT struct memo *memo_of(struct filter_scan *s, const struct plan *pl, const struct record *rec)
{
	uint32_t number = s->memo_stamp + pl->place;
	uint64_t key = (uint64_t)number << 32 | (uint32_t)rec->tid;
	struct memo *m = &s->memos[((uint32_t)rec->tid + number * 8) % MEMOS];

	if (unlikely(m->key != key || rec->ts - m->from >= m->span)) {
		begin_memo(s, m, rec);
		m->key = key;
	}
	return m;
}

/* An instruction that asks for the thread alone. */
HOT bool ask_thread(struct filter_scan *s, const struct plan *pl, const struct filter_code *c,
		    const struct record *rec)
{
	uint64_t number = (uint64_t)(c - pl->program->code);
	struct memo *m;
	uint32_t bit;

	if (unlikely(number >= MEMO_CODES || pl == &s->none))
		return ask(s, pl, c, rec);
	m = memo_of(s, pl, rec);
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

	if (unlikely(c->test > TEST_GLOB))
		return filter_code_is_thread(c) ? ask_thread(s, pl, c, rec) : ask(s, pl, c, rec);
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
	case CODE_TID:
		return in_range(c, (uint64_t)(int64_t)rec->tid);
	case CODE_CPU:
		return s->row.cpu != CPU_NONE && in_range(c, s->row.cpu);
	default:
		return filter_code_is_thread(c) ? ask_thread(s, pl, c, rec) : ask(s, pl, c, rec);
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

COLD bool passes_first(struct filter_scan *s, const struct plan *pl, struct memo *m,
		       const struct record *rec)
{
	bool pass = false;
	unsigned at = pl->program->entry;

	while (at < CODE_REJECT) {
		const struct filter_code *c = &pl->program->code[at];

		at = c->next[ask(s, pl, c, rec)];
	}
	pass = at == CODE_ACCEPT;
	m->known = 1;
	m->yes = pass;
	return pass;
}

/* The one answer of a thread to a program that asks for nothing else. */
HOT bool thread_passes(struct filter_scan *s, const struct plan *pl, const struct record *rec)
{
	struct memo *m;

	if (unlikely(pl == &s->none))
		return passes(s, pl, rec);
	m = memo_of(s, pl, rec);
	return likely(m->known) ? m->yes : passes_first(s, pl, m, rec);
}

HOT bool plan_passes(struct filter_scan *s, const struct plan *pl, const struct record *rec)
{
	if (pl->what == PLAN_THREAD)
		return thread_passes(s, pl, rec);
	return pl->what == PLAN_RUN ? passes(s, pl, rec) : pl->what;
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
	forget_memos(s);
	s->row = (struct row) {
		.cpu = r->cpu,
		.source = r->source,
		.run = r->index,
		.page = s->number,
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

/* Gives a record that passed as a row. */
HOT void give(struct filter_scan *s, const struct plan *pl, const struct record *rec, uint32_t pos,
	      const struct filter_sink *sink)
{
	struct row *r = &s->row;

	r->ts = rec->ts;
	r->rec = rec->bytes;
	r->size = rec->size;
	r->tid = rec->tid;
	r->schema = pl->schema;
	r->flags = unlikely(rec->size < pl->least) ? ROW_DAMAGED : 0;
	r->pos = pos;
	sink->row(sink->data, r);
}

/*
 * Counts what is below limit, and gives it to the sink, if there is one. Hot, so that there is one
 * of it for pages that are wholly below, and one without a sink.
 */
HOT void walk_records(struct filter_scan *s, struct walk *w, struct page_walk *pw, uint64_t limit,
		      struct filter_place *found, const struct filter_sink *sink)
{
	const struct time_map *time = w->run->time;
	struct filter_place f = *found;
	struct page_walk now = *pw, before = now;
	struct page_event ev;

	while (page_next(&now, &ev)) {
		struct record rec = { .ts = ev.ts, .bytes = ev.rec, .size = ev.size };
		const struct plan *pl;

		if (unlikely(time))
			rec.ts = time_map_apply(time, ev.ts);
		if (limit != UINT64_MAX) {
			if (rec.ts >= limit) {
				now = before;
				break;
			}
			before = now;
		}
		f.walked++;
		pl = plan_of(s, w, &rec);
		if (is_ours(w, pl, rec.tid))
			continue;
		if (plan_passes(s, pl, &rec)) {
			if (!f.shown++)
				f.first = f.last = rec.ts;
			f.first = MIN(f.first, rec.ts);
			f.last = MAX(f.last, rec.ts);
			if (sink)
				give(s, pl, &rec, f.walked - 1, sink);
		} else {
			f.hidden += !pl->apart;
			f.apart += pl->apart;
		}
	}
	f.fell |= now.peak != 0;
	*found = f;
	*pw = now;
}

COLD void walk_count(struct filter_scan *s, struct walk *w, struct page_walk *pw, uint64_t limit,
		     struct filter_place *at)
{
	if (likely(limit == UINT64_MAX))
		walk_records(s, w, pw, UINT64_MAX, at, NULL);
	else
		walk_records(s, w, pw, limit, at, NULL);
}

COLD void walk_give(struct filter_scan *s, struct walk *w, struct page_walk *pw, uint64_t limit,
		    struct filter_place *at, const struct filter_sink *sink)
{
	if (likely(limit == UINT64_MAX))
		walk_records(s, w, pw, UINT64_MAX, at, sink);
	else
		walk_records(s, w, pw, limit, at, sink);
}

static bool scan_page(struct filter_scan *s, const struct run *r, const struct page *p,
		      uint64_t limit, struct filter_place *at, const struct filter_sink *sink)
{
	struct page_walk pw;
	struct page_data *keep;
	const uint8_t *records = page_records(r, p, &keep);
	struct walk w;

	if (!records || at->at > p->size) { /* they cannot be had any more */
		page_data_unref(keep);
		at->at = p->size;
		return true;
	}
	w = walk_begin(s, r, p);
	s->row.keep = keep;
	pw = page_walk_init(records + at->at, p->size - at->at, at->at ? at->ts : p->ts);
	if (likely(p->last < limit))
		limit = UINT64_MAX;
	if (sink)
		walk_give(s, &w, &pw, limit, at, sink);
	else
		walk_count(s, &w, &pw, limit, at);
	at->at = (uint32_t)(pw.p - records);
	at->ts = pw.ts;
	page_data_unref(keep);
	return at->at == p->size;
}

bool filter_scan_page(struct filter_scan *s, const struct run *r, const struct page *p,
		      uint64_t limit, struct filter_place *at)
{
	return scan_page(s, r, p, limit, at, NULL);
}

bool filter_scan_rows(struct filter_scan *s, const struct run *r, uint64_t number, uint64_t limit,
		      struct filter_place *at, const struct filter_sink *sink)
{
	s->number = number;
	return scan_page(s, r, run_page(r, number), limit, at, sink);
}
