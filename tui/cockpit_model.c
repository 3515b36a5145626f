/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_model: what one process did, counted in one fold.
 *
 * Every row is looked at once: its schema says which sections want it, its thread and time whether
 * it is the process's. What was learned of a thread holds for a span of time and until the next
 * page. Owns fold and tables; knows no screen and no frame.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/util.h"
#include "tui/cockpit.h"

#define SLICE	     (5 * NSEC_PER_MSEC)
#define STEP_BYTES   (256u << 10)
#define TABLE_MEMORY (8u << 20)
#define PERIOD	     NSEC_PER_SEC
#define PERIOD_BUSY  (250 * NSEC_PER_MSEC)
#define ERROR_MOST   4095

/* ---- whose rows ---- */

static bool ask_task(const struct cockpit *c, int32_t tid, uint64_t ts)
{
	const struct task *t = identity_task(deck_identity(c->deck), tid, ts);

	if (c->who.pid < 0)
		return tid == c->who.tid && (!t || !t->process);
	return t && t->process && t->process->index == c->who.index;
}

static bool is_ours(struct cockpit *c, int32_t tid, uint64_t ts)
{
	struct cockpit_task *t = &c->tasks[(uint32_t)tid % COCKPIT_TASKS];

	if (likely(t->tid == tid && t->pass == c->pass && ts >= t->from && ts < t->until))
		return t->ours;
	t->tid = tid;
	t->pass = c->pass;
	identity_span(deck_identity(c->deck), tid, ts, &t->from, &t->until);
	t->ours = ask_task(c, tid, ts);
	return t->ours;
}

/* ---- which section ---- */

static enum cockpit_class find_class(const struct row *r)
{
	static const struct {
		const char *system, *name;
		uint8_t class;
	} known[] = {
		{ "pair", "syscall", CLASS_SYSCALL },
		{ "pair", "oncpu", CLASS_ONCPU },
		{ "pair", "offcpu", CLASS_OFFCPU },
		{ "pair", "runq", CLASS_RUNQ },
		{ "sched", "sched_waking", CLASS_WAKING },
		{ "sched", "sched_wakeup", CLASS_WAKEUP },
		{ "sched", "sched_wakeup_new", CLASS_WAKEUP },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].system, r->schema->system) &&
		    !strcmp(known[i].name, r->schema->name))
			return known[i].class;
	/* In a recording pairs are rows like others; their system says what they are. */
	if (r->source->flags & SOURCE_DERIVED || !strcmp(r->schema->system, "pair"))
		return CLASS_NOTHING;
	return CLASS_PLAIN;
}

static enum cockpit_class class_of(struct cockpit *c, const struct row *r)
{
	uint32_t i = r->schema->index;

	if (unlikely(i >= c->class_count)) {
		uint32_t count = i + 256;

		c->classes = xrealloc(c->classes, count, 1);
		memset(c->classes + c->class_count, CLASS_NEW, count - c->class_count);
		c->class_count = count;
	}
	if (unlikely(c->classes[i] == CLASS_NEW))
		c->classes[i] = (uint8_t)find_class(r);
	return c->classes[i];
}

/* ---- taking rows ---- */

static bool number(const struct row *r, const char *name, uint64_t *ret)
{
	const struct field *f = schema_field(r->schema, name);

	return f && field_int(r->schema, f, r->rec, r->size, ret);
}

static void put(struct group_table *t, const struct row *r)
{
	group_fold_ops.row(t, r);
}

static struct group_table *table(struct cockpit *c, enum cockpit_section_id id)
{
	return c->sections[id].table;
}

static void note_woken(struct cockpit *c, int32_t tid)
{
	for (unsigned i = 0; i < c->woken_count; i++)
		if (c->woken[i] == tid)
			return;
	if (c->woken_count < COCKPIT_WOKEN)
		c->woken[c->woken_count++] = tid;
	else
		c->more_woken = true;
}

/* The one who is woken is in a field, the one who wakes is whose row it is. */
static void take_wake(struct cockpit *c, const struct row *r, bool ours, bool waking)
{
	uint64_t pid;

	if (number(r, "pid", &pid) && is_ours(c, (int32_t)pid, r->ts)) {
		put(waking ? table(c, COCKPIT_WAKERS) : c->wakeups[0], r);
		note_woken(c, (int32_t)pid);
	}
	if (ours)
		put(waking ? table(c, COCKPIT_WAKEES) : c->wakeups[1], r);
}

/* The time in which anybody was seen to run is what shares of CPUs are of. */
static void note_oncpu(struct cockpit *c, const struct row *r)
{
	uint64_t latency = 0;

	number(r, "latency", &latency);
	latency = MIN(latency, r->ts);
	c->oncpu_first = MIN(c->oncpu_first, r->ts - latency);
	c->oncpu_last = MAX(c->oncpu_last, r->ts);
}

static void take_syscall(struct cockpit *c, const struct row *r)
{
	uint64_t ret;

	put(table(c, COCKPIT_SYSCALLS), r);
	if (number(r, "ret", &ret) && (int64_t)ret < 0 && (int64_t)ret >= -ERROR_MOST)
		put(c->errors, r);
	files_take(&c->files, deck_syscalls(c->deck), r);
}

static void take_row(void *data, const struct row *r)
{
	struct cockpit *c = data;
	enum cockpit_class class;
	bool ours;

	if (unlikely(!r->schema))
		return;
	class = class_of(c, r);
	if (class == CLASS_NOTHING)
		return;
	ours = is_ours(c, r->tid, r->ts);
	if (class == CLASS_ONCPU)
		note_oncpu(c, r);
	if (class == CLASS_WAKING || class == CLASS_WAKEUP)
		take_wake(c, r, ours, class == CLASS_WAKING);
	if (!ours)
		return;
	if (class == CLASS_SYSCALL)
		take_syscall(c, r);
	else if (class == CLASS_ONCPU)
		put(table(c, COCKPIT_CPUS), r);
	else if (class == CLASS_OFFCPU)
		put(table(c, COCKPIT_OFFCPU), r);
	else if (class == CLASS_RUNQ)
		put(table(c, COCKPIT_RUNQ), r);
	else
		put(table(c, COCKPIT_EVENTS), r);
}

typedef void (*table_fn)(struct group_table *t, void *data);

static void each_table(struct cockpit *c, table_fn fn, void *data)
{
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
		if (c->sections[i].table)
			fn(c->sections[i].table, data);
	for (unsigned i = 0; i < 2; i++)
		if (c->wakeups[i])
			fn(c->wakeups[i], data);
	if (c->errors)
		fn(c->errors, data);
}

static void tell_page(struct group_table *t, void *data)
{
	group_fold_ops.page(t, data);
}

static void take_page(void *data, const struct run *r)
{
	struct cockpit *c = data;

	c->pass++;
	each_table(c, tell_page, (void *)(uintptr_t)r);
}

static void restart_table(struct group_table *t, void *data)
{
	(void)data;
	group_fold_ops.restart(t);
}

static void restart(void *data)
{
	struct cockpit *c = data;

	each_table(c, restart_table, NULL);
	files_clear(&c->files);
	c->woken_count = 0;
	c->more_woken = false;
	c->oncpu_first = UINT64_MAX;
	c->oncpu_last = 0;
	c->pass++;
	c->complete = false;
}

static const struct fold_ops fold_ops = { .row = take_row, .page = take_page, .restart = restart };

/* ---- life ---- */

void cockpit_init(struct cockpit *c, struct deck *d, const struct cockpit_who *who)
{
	*c = (struct cockpit) { .deck = d, .who = *who, .pass = 1 };
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		c->sections[i].kind = &cockpit_kinds[i];
		c->sections[i].of = c;
	}
	sections_make(c);
	head_look(c);
	tracers_look(c);
}

static void free_table(struct group_table *t, void *data)
{
	(void)data;
	group_free(t);
}

/* What was counted goes. */
static void stop(struct cockpit *c)
{
	fold_free(c->fold);
	c->fold = NULL;
	each_table(c, free_table, NULL);
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		c->sections[i].table = NULL;
		c->sections[i].count = 0;
	}
	c->wakeups[0] = c->wakeups[1] = c->errors = NULL;
	restart(c);
}

void cockpit_done(struct cockpit *c)
{
	stop(c);
	sections_done(c);
	files_done(&c->files);
	head_done(&c->head);
	filter_free(c->guard);
	free(c->classes);
	strbuf_done(&c->notes);
}

static struct group_table *new_table(struct cockpit *c, const struct group_spec *spec)
{
	struct group_conf conf = {
		.spec = spec,
		.identity = deck_identity(c->deck),
		.memory = TABLE_MEMORY,
	};

	return spec ? group_new(&conf) : NULL;
}

static void begin(struct cockpit *c)
{
	struct fold_conf conf = {
		.store = deck_store(c->deck),
		.filter = c->guard,
		.identity = deck_identity(c->deck),
		.ops = &fold_ops,
		.data = c,
		.newest_first = true,
	};

	stop(c);
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
		c->sections[i].table = new_table(c, c->sections[i].spec);
	c->wakeups[0] = new_table(c, c->sections[COCKPIT_WAKERS].spec);
	c->wakeups[1] = new_table(c, c->sections[COCKPIT_WAKEES].spec);
	c->errors = new_table(c, c->error_spec);
	c->fold = fold_new(&conf);
	c->stats = (struct fold_stats) { 0 };
	c->busy = true;
	c->complete = false;
	c->looked = c->ticked = 0;
}

void cockpit_guard(struct cockpit *c, struct filter *guard)
{
	stop(c);
	filter_free(c->guard);
	c->guard = guard;
}

void cockpit_threads(struct cockpit *c, bool on)
{
	stop(c);
	c->threads = on;
	sections_make(c);
}

static void settle_table(struct group_table *t, void *data)
{
	(void)data;
	group_settle(t);
}

void cockpit_settle(struct cockpit *c)
{
	head_look(c);
	each_table(c, settle_table, NULL);
}

/* ---- looking ---- */

static void make_notes(struct cockpit *c)
{
	const struct fold_stats *s = &c->stats;
	struct strbuf *b = &c->notes;

	strbuf_clear(b);
	if (!c->complete && s->total)
		strbuf_fmt(b, "%u %% counted",
			   (unsigned)(MIN(s->bytes, s->total) * 100 / s->total));
	if (s->lost || s->lost_unknown) {
		strbuf_str(b, b->len ? "; at least: " : "at least: ");
		if (s->lost)
			strbuf_grouped(b, s->lost);
		strbuf_str(b, s->lost ? " events were lost" : "events were lost");
	}
	if (s->missed) {
		strbuf_str(b, b->len ? "; " : "");
		strbuf_grouped(b, s->missed);
		strbuf_str(b, " events had left the store");
	}
}

static void look(struct cockpit *c, uint64_t now)
{
	head_look(c);
	tracers_look(c);
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
		section_arrange(&c->sections[i]);
	make_notes(c);
	c->looked = now;
	c->looked_mono = clock_mono();
	c->stale = false;
}

/* The horizon, but never beyond the rows there are: so it stands still when nothing comes. */
static uint64_t horizon_of(const struct cockpit *c)
{
	struct store_stats stats;

	store_stats(deck_store(c->deck), &stats);
	return MIN(deck_horizon(c->deck), stats.last + 1);
}

/* A slice of counting; true when something was counted. */
static bool count_on(struct cockpit *c)
{
	uint64_t until = clock_mono() + SLICE, horizon = horizon_of(c);
	uint64_t version = store_version(deck_store(c->deck)), rows = c->stats.rows;

	if (!c->busy && version == c->version && horizon == c->horizon)
		return false;
	c->version = version;
	c->horizon = horizon;
	do {
		c->busy = fold_work(c->fold, horizon, STEP_BYTES);
	} while (c->busy && clock_mono() < until);
	c->complete |= !c->busy;
	fold_stats(c->fold, &c->stats);
	return c->busy || rows != c->stats.rows;
}

static bool is_due(const struct cockpit *c, const struct cockpit_time *t)
{
	if (c->busy) /* the clock of a recording may stand still */
		return clock_mono() - c->looked_mono >= PERIOD_BUSY;
	if (!c->looked || t->now < c->looked)
		return true;
	if (c->stale && t->ended)
		return true;
	return t->now - c->looked >= PERIOD;
}

/* Rates are of the second before; what is only looked at now is not of this one. */
static void tick(struct cockpit *c, const struct cockpit_time *t)
{
	if (!t->live || t->ended || !c->complete ||
	    (c->ticked && t->now >= c->ticked && t->now - c->ticked < PERIOD))
		return;
	group_tick(table(c, COCKPIT_EVENTS), t->now);
	c->ticked = t->now;
	c->stale = true;
}

unsigned cockpit_work(struct cockpit *c, const struct cockpit_time *t)
{
	bool was_complete = c->complete, draw;

	if (!c->fold)
		begin(c);
	c->stale |= count_on(c);
	tick(c, t);
	draw = is_due(c, t) || (c->complete && !was_complete);
	if (draw)
		look(c, MAX(t->now, 1));
	return (draw ? COCKPIT_DRAW : 0) | (c->busy ? COCKPIT_MORE : 0);
}
