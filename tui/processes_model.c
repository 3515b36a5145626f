/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_model: rows of the process table, sampled from the summary.
 *
 * Owns its rows: names are copied, for the summary and the identity table move and forget. A
 * row is found again by its key, never by its pid, so that a pid that was used twice is two rows.
 * Trends exist only for rows that did something lately: what ended long ago costs little.
 */
#include "tui/processes.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

#define SAMPLE	   NSEC_PER_SEC
#define ROWS_FIRST 64

void processes_init(struct processes *m)
{
	*m = (struct processes) { .sort = PROCESS_RATE, .descending = true };
}

static void free_row(struct process_row *r)
{
	free(r->exe);
	free(r->cgroup);
	free(r->cmdline);
	free(r->container);
	free(r->trend);
}

static void forget_rows(struct processes *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		free_row(&m->rows[i]);
	m->count = m->shown = m->gone = 0;
	m->sampled = 0;
	m->rated = false;
	if (m->by_key)
		memset(m->by_key, 0, ((size_t)m->by_key_mask + 1) * sizeof(*m->by_key));
}

void processes_done(struct processes *m)
{
	forget_rows(m);
	free(m->rows);
	free(m->by_key);
	free(m->order);
	users_free(m->users);
	processes_init(m);
}

/* ---- rows by key ---- */

static uint32_t *key_place(const struct processes *m, uint64_t key)
{
	uint32_t i = summary_hash((uint32_t)key, (uint32_t)(key >> 32)) & m->by_key_mask;

	while (m->by_key[i] && m->rows[m->by_key[i] - 1].key != key)
		i = (i + 1) & m->by_key_mask;
	return &m->by_key[i];
}

/* Makes the hash anew for the rows that are here. */
static void hash_rows(struct processes *m, uint32_t size)
{
	free(m->by_key);
	m->by_key_mask = size - 1;
	m->by_key = xcalloc(size, sizeof(*m->by_key));
	for (uint32_t i = 0; i < m->count; i++)
		*key_place(m, m->rows[i].key) = i + 1;
}

static struct process_row *row_of(struct processes *m, uint64_t key)
{
	uint32_t *place;

	if (m->count == m->cap) {
		m->cap = MAX(m->cap * 2, (uint32_t)ROWS_FIRST);
		m->rows = xrealloc(m->rows, m->cap, sizeof(*m->rows));
		m->order = xrealloc(m->order, m->cap, sizeof(*m->order));
		hash_rows(m, m->cap * 2);
	}
	place = key_place(m, key);
	if (!*place) {
		m->rows[m->count] =
		    (struct process_row) { .key = key, .uid = UINT32_MAX, .nspid = -1 };
		*place = ++m->count;
	}
	return &m->rows[*place - 1];
}

/* Takes out rows that the summary no longer gives: their threads were joined to a process. */
static void drop_unseen(struct processes *m)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < m->count; i++) {
		if (m->rows[i].pass == m->pass)
			m->rows[left++] = m->rows[i];
		else
			free_row(&m->rows[i]);
	}
	if (left == m->count)
		return;
	m->count = left;
	hash_rows(m, m->by_key_mask + 1);
}

/* ---- rates ---- */

/* One look at the summary. */
struct sampling {
	struct processes *m;
	struct identity *identity;
	uint64_t span; /* ns since the last sample; 0: only counts */
	unsigned steps;
	bool first;	   /* nothing to compare with */
	uint64_t from, to; /* times of the oldest and the youngest event */
};

/* Moves the line by the seconds that went by, all of them with this rate. */
static void push_trend(struct process_row *r, uint64_t rate, unsigned steps)
{
	uint32_t value = (uint32_t)MIN(rate, (uint64_t)UINT32_MAX);
	bool blank = !value;

	if (!r->trend && blank)
		return;
	if (!r->trend)
		r->trend = xcalloc(PROCESS_TREND, sizeof(*r->trend));
	steps = MIN(steps, (unsigned)PROCESS_TREND);
	memmove(r->trend, r->trend + steps, (PROCESS_TREND - steps) * sizeof(*r->trend));
	for (unsigned i = PROCESS_TREND - steps; i < PROCESS_TREND; i++)
		r->trend[i] = value;
	for (unsigned i = 0; i < PROCESS_TREND && blank; i++)
		blank = !r->trend[i];
	if (!blank)
		return;
	free(r->trend);
	r->trend = NULL;
}

/* Events in 1,000 seconds: in a long recording one is rarely seen twice in a second. */
static uint64_t rate_of(uint64_t events, uint64_t span)
{
	double rate = span ? (double)events * 1000 * (double)NSEC_PER_SEC / (double)span : 0;

	return rate < 1e18 ? (uint64_t)(rate + 0.5) : (uint64_t)1e18;
}

/*
 * A row that is new though it did something long ago was another row until now (its process was
 * not known): what it did is not of this second.
 */
static bool is_old_news(const struct processes *m, const struct process_row *r, uint64_t first)
{
	return !r->pass && first + SAMPLE < m->sampled;
}

static void sample_row(const struct sampling *s, struct process_row *r,
		       const struct summary_row *from)
{
	uint64_t before = is_old_news(s->m, r, from->first) ? from->events : r->sampled;

	if (!s->span)
		return;
	r->sampled = from->events;
	if (s->first)
		return;
	r->rate = rate_of(from->events - MIN(before, from->events), s->span);
	push_trend(r, (r->rate + 500) / 1000, s->steps);
}

/*
 * Who made it, while the identity table knows. By the running numbers: whoever has the parent's pid
 * by now is another one.
 */
static void take_maker(const struct sampling *s, struct process_row *r)
{
	const struct task *t = NULL;
	const struct process *maker;
	uint32_t index;

	if (s->identity && r->process && r->tid >= 0)
		t = identity_task(s->identity, r->tid, r->last);
	if (!t || !t->process || t->process->index + 1 != r->process)
		return;
	r->start = s->m->threads ? t->start : t->process->start;
	maker = identity_maker(s->identity, t->process, &index);
	r->maker = index != UINT32_MAX ? index + 1 : 0;
	r->orphan = r->pid && r->maker && r->end > s->m->now && (!maker || maker->end <= s->m->now);
}

static bool take_row(const struct summary_row *from, void *data)
{
	struct sampling *s = data;
	struct processes *m = s->m;
	struct process_row *r = row_of(m, from->key);

	sample_row(s, r, from);
	r->pid = from->pid;
	r->tid = from->tid;
	r->ppid = from->ppid;
	r->process = from->process;
	r->threads = from->threads;
	memset(r->comm, 0, sizeof(r->comm));
	memcpy(r->comm, from->comm, strnlen(from->comm, sizeof(r->comm) - 1));
	r->events = r->subtree = from->events;
	r->first = from->first;
	r->last = from->last;
	r->end = from->end;
	r->top = from->top;
	r->recent = from->recent;
	r->detailed &= r->end != UINT64_MAX; /* the dead change no more */
	r->pass = m->pass;
	take_maker(s, r);
	m->events += from->events;
	s->from = MIN(s->from, from->first);
	s->to = MAX(s->to, from->last);
	return true;
}

/* A recording has no last second: what is said is the rate over all of it. */
static void rate_whole(struct processes *m, const struct sampling *s)
{
	for (uint32_t i = 0; i < m->count; i++)
		m->rows[i].rate = s->to > s->from ? rate_of(m->rows[i].events, s->to - s->from) : 0;
	m->rated = s->to > s->from;
}

void processes_look(struct processes *m, const struct processes_look *l)
{
	struct sampling s = {
		.m = m,
		.identity = l->identity,
		.first = !m->sampled,
		.from = UINT64_MAX,
	};

	/* A clock that went back begins anew. */
	if (m->sampled > l->now)
		s.first = true;
	if (s.first)
		s.span = SAMPLE;
	else if (l->now - m->sampled >= SAMPLE - SAMPLE / 16)
		s.span = l->now - m->sampled;
	s.steps = (unsigned)MIN((s.span + SAMPLE / 2) / SAMPLE, (uint64_t)PROCESS_TREND);
	m->pass++;
	m->now = l->now;
	m->events = 0;
	summary_each(l->summary, l->identity, !m->threads, take_row, &s);
	drop_unseen(m);
	m->rated |= s.span && !s.first;
	if (s.span)
		m->sampled = MAX(l->now, 1);
	if (l->ended)
		rate_whole(m, &s);
	processes_arrange(m, l->identity);
}

/* ---- order ---- */

/* Rows that are equal stand by what they did and then by age, so none jumps without a reason. */
static int compare_places(const void *a, const void *b, void *data)
{
	const struct processes *m = data;
	const struct process_row *x = &m->rows[*(const uint32_t *)a];
	const struct process_row *y = &m->rows[*(const uint32_t *)b];
	int c = process_compare(x, y, m->sort);

	if (c)
		return m->descending ? -c : c;
	c = process_compare(y, x, PROCESS_EVENTS);
	return c ? c : (x->key > y->key) - (x->key < y->key);
}

static bool is_chosen(const struct processes *m, struct process_row *r, const struct identity *id)
{
	struct row row = { .tid = r->tid, .ts = r->last };

	if (!r->chosen && r->tid >= 0)
		r->chosen = filter_match(m->only, &row, id);
	return r->chosen;
}

static bool is_wanted(const struct processes *m, struct process_row *r, const struct identity *id,
		      bool gone)
{
	if (gone && m->hide_gone)
		return false;
	return !m->only || is_chosen(m, r, id);
}

static void sort_rows(struct processes *m)
{
	if (m->shown)
		qsort_r(m->order, m->shown, sizeof(*m->order), compare_places, m);
}

void processes_arrange(struct processes *m, struct identity *id)
{
	m->shown = m->gone = m->unknown = 0;
	m->others = false;
	for (uint32_t i = 0; i < m->count; i++) {
		struct process_row *r = &m->rows[i];
		bool gone = process_is_gone(m, r);

		m->gone += gone;
		m->unknown += r->pid < 0;
		m->others |= !r->key; /* the summary's own row */
		r->depth = 0;
		r->parent = r->below = 0;
		r->subtree = r->events;
		r->subrate = r->rate;
		r->shown = is_wanted(m, r, id, gone);
		if (r->shown)
			m->order[m->shown++] = i;
	}
	sort_rows(m);
	if (!m->tree)
		return;
	processes_nest(m, id);
	/* Sums are known only now. */
	if (m->sort == PROCESS_SUBTREE || m->sort == PROCESS_SUBRATE) {
		sort_rows(m);
		processes_nest(m, id);
	}
	processes_hide_folded(m);
}

void processes_fold(struct processes *m, uint64_t place, bool fold)
{
	if (place < m->shown)
		m->rows[m->order[place]].folded = fold;
}

void processes_fold_all(struct processes *m, bool fold)
{
	for (uint32_t i = 0; i < m->count; i++)
		m->rows[i].folded = fold;
}

void processes_threads(struct processes *m, bool on)
{
	m->threads = on;
	forget_rows(m);
}

void processes_sort(struct processes *m, enum process_column c)
{
	m->sort = c;
	m->descending = process_column_falls(c);
}

/* ---- details ---- */

static void set_string(char **to, const char *s)
{
	if (*to && s && !strcmp(*to, s))
		return;
	if (!s)
		return; /* what was known of the dead stays known */
	free(*to);
	*to = xstrdup(s);
}

static void take_details(struct processes *m, struct process_row *r, const struct process *p)
{
	if (p->uid != UINT32_MAX) {
		if (!m->users)
			m->users = users_new();
		r->uid = p->uid;
		r->user = users_name(m->users, p->uid);
	}
	if (p->pidns) {
		r->pidns = p->pidns;
		r->nspid = p->nspid;
	}
	set_string(&r->exe, p->exe);
	set_string(&r->cgroup, p->cgroup);
	set_string(&r->cmdline, p->cmdline);
	set_string(&r->container, p->container ? p->container->shown : NULL);
}

bool processes_detail(struct processes *m, struct identity *id, unsigned budget)
{
	for (uint32_t i = 0; i < m->count; i++) {
		struct process_row *r = &m->rows[i];
		const struct task *t;

		if (r->detailed)
			continue;
		if (!budget--)
			return true;
		r->detailed = true;
		t = r->tid >= 0 ? identity_task(id, r->tid, r->last) : NULL;
		if (!t || !t->process)
			continue;
		identity_detail(id, t->process);
		take_details(m, r, t->process);
	}
	return false;
}

/* ---- asking ---- */

const struct process_row *processes_at(const struct processes *m, uint64_t place)
{
	return place < m->shown ? &m->rows[m->order[place]] : NULL;
}

bool processes_find(const struct processes *m, uint64_t key, uint64_t *ret)
{
	for (uint32_t i = 0; i < m->shown; i++) {
		if (m->rows[m->order[i]].key != key)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

void processes_life(const struct processes *m, const struct process_row *r, uint64_t *from,
		    uint64_t *to)
{
	bool before = false;

	*from = 0;
	*to = UINT64_MAX;
	for (uint32_t i = 0; i < m->count && r->pid > 0; i++) {
		const struct process_row *o = &m->rows[i];

		if (o->pid != r->pid || o->tid != r->tid || o->key == r->key)
			continue;
		/* Behind its exit a thread has events too: until the next one begins they are its.
		 */
		if (o->first > r->first)
			*to = MIN(*to, o->start ? o->start : o->first);
		else
			before = true;
	}
	if (before)
		*from = r->start ? r->start : r->first;
}
