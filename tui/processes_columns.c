/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_columns: what stands in the cells of the process table, and how they compare.
 *
 * One table says for each column how it is read; sorting and drawing follow from it. Names come
 * from other processes: no cell leaves without safe_text.
 */
#include "tui/processes.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/safe.h"

#define WIDE   999999999ULL /* a longer count is rounded */
#define INDENT 2
#define DEEP   12 /* levels; deeper ones are not indented further */

/* clang-format off */
const struct table_column process_columns[PROCESS_COLUMNS] = {
	[PROCESS_PID]        = { "pid",     "PID",      7, 100, true,  LOOK_PID },
	[PROCESS_TID]        = { "tid",     "TID",      7,  97, true,  LOOK_PID },
	[PROCESS_COMM]       = { "comm",    "COMM",    15,  99, false, LOOK_COMM },
	[PROCESS_RATE]       = { "rate",    "RATE/s",   8,  98, true,  LOOK_NUMBER },
	[PROCESS_TREND_LINE] = { "trend",   "30 s",    10,  60, false, LOOK_GRAPH },
	[PROCESS_EVENTS]     = { "events",  "EVENTS",   9,  95, true,  LOOK_NUMBER },
	[PROCESS_SHARE]      = { "share",   "SHARE",    6,  40, true,  LOOK_NUMBER },
	[PROCESS_TOP]        = { "top",     "MOSTLY",   0,  80, false, LOOK_EVENT, true },
	[PROCESS_RECENT]     = { "recent",  "LAST EVENT", 18, 50, false, LOOK_EVENT, true },
	[PROCESS_FIRST]      = { "first",   "FIRST",    6,  20, true,  LOOK_TIME },
	[PROCESS_LAST]       = { "last",    "LAST",     6,  45, true,  LOOK_TIME },
	[PROCESS_STATE]      = { "state",   "STATE",    9,  55, false, LOOK_TEXT },
	[PROCESS_PPID]       = { "ppid",    "PPID",     7,  30, true,  LOOK_PID },
	[PROCESS_THREADS]    = { "threads", "THREADS",  8,  30, true,  LOOK_NUMBER },
	[PROCESS_SUBTREE]    = { "subtree", "SUBTREE",  9,  70, true,  LOOK_NUMBER },
	[PROCESS_SUBRATE]    = { "subrate", "SUBTREE/s", 9,  70, true,  LOOK_NUMBER },
	[PROCESS_START]      = { "start",   "START",    6,  20, true,  LOOK_TIME },
	[PROCESS_END]        = { "end",     "END",      6,  20, true,  LOOK_TIME },
	[PROCESS_UID]        = { "uid",     "UID",      6,  30, true,  LOOK_TEXT },
	[PROCESS_USER]       = { "user",    "USER",    10,  30, false, LOOK_TEXT },
	[PROCESS_EXE]        = { "exe",     "EXE",      0,  35, false, LOOK_TEXT },
	[PROCESS_CMDLINE]    = { "cmdline", "COMMAND LINE", 0, 34, false, LOOK_TEXT },
	[PROCESS_CONTAINER]  = { "container", "CONTAINER", 20, 33, false, LOOK_TEXT },
	[PROCESS_UNIT]       = { "unit",    "UNIT",    20,  32, false, LOOK_TEXT },
	[PROCESS_CGROUP]     = { "cgroup",  "CGROUP",   0,  25, false, LOOK_TEXT },
	[PROCESS_PIDNS]      = { "pidns",   "PIDNS",   18,  20, false, LOOK_TEXT },
};
/* clang-format on */

/* ---- how columns are read ---- */

/* A column is a number or a word; falls: the largest is what one looks for. */
struct reading {
	uint64_t (*number)(const struct process_row *r);
	const char *(*word)(const struct process_row *r);
	bool falls;
};

/* Unknown ids (-1) stand behind all others. */
static uint64_t get_pid(const struct process_row *r)
{
	return (uint32_t)r->pid;
}

static uint64_t get_tid(const struct process_row *r)
{
	return (uint32_t)r->tid;
}

static uint64_t get_ppid(const struct process_row *r)
{
	return (uint32_t)r->ppid;
}

static uint64_t get_uid(const struct process_row *r)
{
	return r->uid;
}

static uint64_t get_rate(const struct process_row *r)
{
	return r->rate;
}

static uint64_t get_trend(const struct process_row *r)
{
	uint64_t sum = 0;

	for (unsigned i = 0; r->trend && i < PROCESS_TREND; i++)
		sum += r->trend[i];
	return sum;
}

static uint64_t get_events(const struct process_row *r)
{
	return r->events;
}

static uint64_t get_subtree(const struct process_row *r)
{
	return r->subtree;
}

static uint64_t get_subrate(const struct process_row *r)
{
	return r->subrate;
}

/* The beginning that nobody saw is before all others. */
static uint64_t get_start(const struct process_row *r)
{
	return r->start;
}

static uint64_t get_pidns(const struct process_row *r)
{
	return r->pidns;
}

static uint64_t get_threads(const struct process_row *r)
{
	return r->threads;
}

static uint64_t get_first(const struct process_row *r)
{
	return r->first;
}

static uint64_t get_last(const struct process_row *r)
{
	return r->last;
}

static uint64_t get_end(const struct process_row *r)
{
	return r->end;
}

static const char *get_comm(const struct process_row *r)
{
	return r->comm;
}

static const char *get_top(const struct process_row *r)
{
	return r->top->name;
}

static const char *get_recent(const struct process_row *r)
{
	return r->recent->name;
}

static const char *get_exe(const struct process_row *r)
{
	return r->exe ? r->exe : "";
}

static const char *get_cgroup(const struct process_row *r)
{
	return r->cgroup ? r->cgroup : "";
}

static const char *get_user(const struct process_row *r)
{
	return r->user ? r->user : "";
}

static const char *get_cmdline(const struct process_row *r)
{
	return r->cmdline ? r->cmdline : "";
}

static const char *get_container(const struct process_row *r)
{
	return r->container ? r->container : "";
}

/* It is followed by what is below it; units sort by that as well, which harms nothing. */
static const char *get_unit(const struct process_row *r)
{
	size_t len;
	const char *s = r->cgroup ? container_unit(r->cgroup, &len) : NULL;

	return s ? s : "";
}

static const struct reading readings[PROCESS_COLUMNS] = {
	[PROCESS_PID] = { .number = get_pid },
	[PROCESS_TID] = { .number = get_tid },
	[PROCESS_COMM] = { .word = get_comm },
	[PROCESS_RATE] = { .number = get_rate, .falls = true },
	[PROCESS_TREND_LINE] = { .number = get_trend, .falls = true },
	[PROCESS_EVENTS] = { .number = get_events, .falls = true },
	[PROCESS_SHARE] = { .number = get_events, .falls = true },
	[PROCESS_TOP] = { .word = get_top },
	[PROCESS_RECENT] = { .word = get_recent },
	[PROCESS_FIRST] = { .number = get_first, .falls = true },
	[PROCESS_LAST] = { .number = get_last, .falls = true },
	[PROCESS_STATE] = { .number = get_end, .falls = true },
	[PROCESS_PPID] = { .number = get_ppid },
	[PROCESS_THREADS] = { .number = get_threads, .falls = true },
	[PROCESS_SUBTREE] = { .number = get_subtree, .falls = true },
	[PROCESS_SUBRATE] = { .number = get_subrate, .falls = true },
	[PROCESS_START] = { .number = get_start, .falls = true },
	[PROCESS_END] = { .number = get_end },
	[PROCESS_UID] = { .number = get_uid },
	[PROCESS_USER] = { .word = get_user },
	[PROCESS_EXE] = { .word = get_exe },
	[PROCESS_CMDLINE] = { .word = get_cmdline },
	[PROCESS_CONTAINER] = { .word = get_container },
	[PROCESS_UNIT] = { .word = get_unit },
	[PROCESS_CGROUP] = { .word = get_cgroup },
	[PROCESS_PIDNS] = { .number = get_pidns },
};

int process_compare(const struct process_row *a, const struct process_row *b, enum process_column c)
{
	const struct reading *r = &readings[c];
	uint64_t x, y;

	if (r->word)
		return strcmp(r->word(a), r->word(b));
	x = r->number(a);
	y = r->number(b);
	return (x > y) - (x < y);
}

bool process_column_falls(enum process_column c)
{
	return readings[c].falls;
}

/* ---- texts ---- */

static void put_count(struct strbuf *b, uint64_t n)
{
	if (n <= WIDE)
		strbuf_u64(b, n);
	else if (n < 1000 * WIDE)
		strbuf_fmt(b, "%.1fM", (double)n / 1e6);
	else
		strbuf_fmt(b, "%.1fG", (double)n / 1e9);
}

static void put_id(struct strbuf *b, int32_t id)
{
	if (id < 0)
		strbuf_char(b, '?');
	else
		strbuf_u64(b, (uint64_t)id);
}

/* How long ago, in its largest unit. */
static void put_age(struct strbuf *b, uint64_t ns)
{
	uint64_t s = ns / NSEC_PER_SEC;

	if (s < 60)
		strbuf_fmt(b, "%us", (unsigned)s);
	else if (s < 3600)
		strbuf_fmt(b, "%um", (unsigned)(s / 60));
	else if (s < 100 * 3600)
		strbuf_fmt(b, "%uh", (unsigned)(s / 3600));
	else
		strbuf_fmt(b, "%llud", (unsigned long long)(s / 86400));
}

static uint64_t ago(const struct processes *m, uint64_t ts)
{
	return m->now - MIN(ts, m->now);
}

static void put_word(struct strbuf *b, const char *s)
{
	safe_text(b, s, strlen(s));
}

static void cell_comm(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	for (unsigned i = 0; m->tree && i < MIN(r->depth, DEEP) * INDENT; i++)
		strbuf_char(c->text, ' ');
	put_word(c->text, r->comm);
	if (m->tree && r->folded && r->below)
		strbuf_fmt(c->text, " (+%u)", r->below);
}

/* A row that is folded stands for all that is below it. */
static bool is_sum(const struct processes *m, const struct process_row *r)
{
	return m->tree && r->folded && r->below;
}

static void put_rate(const struct processes *m, uint64_t rate, struct table_cell *c)
{
	if (!m->rated)
		strbuf_char(c->text, '-');
	else if (rate >= 995 || !rate)
		put_count(c->text, (rate + 500) / 1000);
	else
		strbuf_fmt(c->text, "%.2f", MAX((double)rate, 5.0) / 1000);
	if (!rate)
		c->look = LOOK_DIM;
}

static void cell_rate(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	put_rate(m, is_sum(m, r) ? r->subrate : r->rate, c);
}

static void cell_subrate(const struct processes *m, const struct process_row *r,
			 struct table_cell *c)
{
	put_rate(m, r->subrate, c);
}

static void cell_events(const struct processes *m, const struct process_row *r,
			struct table_cell *c)
{
	put_count(c->text, is_sum(m, r) ? r->subtree : r->events);
}

static void cell_trend(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	static const uint32_t nothing[1];

	(void)m;
	c->spark = r->trend ? r->trend : nothing;
	c->spark_count = r->trend ? PROCESS_TREND : 1;
}

static void cell_share(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	if (m->events)
		strbuf_fmt(c->text, "%.1f%%",
			   100.0 * (double)(is_sum(m, r) ? r->subtree : r->events) /
			       (double)m->events);
}

static void cell_state(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	if (process_is_gone(m, r)) {
		strbuf_str(c->text, "gone ");
		put_age(c->text, ago(m, r->end));
	} else if (r->pid < 0) {
		strbuf_char(c->text, '?'); /* nobody could have told us of its end */
	} else {
		strbuf_str(c->text, r->orphan ? "orphan" : "alive");
	}
}

static void cell_first(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	put_age(c->text, ago(m, r->first));
}

static void cell_last(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	put_age(c->text, ago(m, r->last));
}

static void cell_id(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	(void)m;
	put_id(c->text, r->pid);
}

static void cell_tid(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	(void)m;
	put_id(c->text, r->tid);
}

static void cell_ppid(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	(void)m;
	put_id(c->text, r->ppid);
}

static void cell_uid(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	(void)m;
	if (r->uid == UINT32_MAX)
		strbuf_char(c->text, '?');
	else
		strbuf_u64(c->text, r->uid);
}

static void cell_start(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	if (r->start)
		put_age(c->text, ago(m, r->start));
	else
		strbuf_char(c->text, '?');
}

static void cell_end(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	if (process_is_gone(m, r))
		put_age(c->text, ago(m, r->end));
	else
		strbuf_char(c->text, r->pid < 0 ? '?' : '-');
}

static void cell_unit(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	size_t len;
	const char *s = r->cgroup ? container_unit(r->cgroup, &len) : NULL;

	(void)m;
	if (s)
		safe_text(c->text, s, len);
}

/* The namespace, and the pid in there. */
static void cell_pidns(const struct processes *m, const struct process_row *r, struct table_cell *c)
{
	(void)m;
	if (!r->pidns)
		return;
	strbuf_u64(c->text, r->pidns);
	if (r->nspid > 0)
		strbuf_fmt(c->text, " %d", r->nspid);
}

typedef void (*cell_fn)(const struct processes *m, const struct process_row *r,
			struct table_cell *c);

/* Those that are neither a plain count nor a plain word. */
static const cell_fn cells[PROCESS_COLUMNS] = {
	[PROCESS_PID] = cell_id,      [PROCESS_TID] = cell_tid,
	[PROCESS_COMM] = cell_comm,   [PROCESS_RATE] = cell_rate,
	[PROCESS_SHARE] = cell_share, [PROCESS_TREND_LINE] = cell_trend,
	[PROCESS_FIRST] = cell_first, [PROCESS_LAST] = cell_last,
	[PROCESS_STATE] = cell_state, [PROCESS_PPID] = cell_ppid,
	[PROCESS_UID] = cell_uid,     [PROCESS_EVENTS] = cell_events,
	[PROCESS_START] = cell_start, [PROCESS_SUBRATE] = cell_subrate,
	[PROCESS_END] = cell_end,     [PROCESS_UNIT] = cell_unit,
	[PROCESS_PIDNS] = cell_pidns,
};

/* ---- the table's model ---- */

static uint64_t model_rows(const void *data)
{
	return ((const struct processes *)data)->shown;
}

static void model_cell(const void *data, uint64_t row, unsigned column, struct table_cell *cell)
{
	const struct processes *m = data;
	const struct process_row *r = processes_at(m, row);

	if (!r || column >= PROCESS_COLUMNS)
		return;
	if (cells[column])
		cells[column](m, r, cell);
	else if (readings[column].word)
		put_word(cell->text, readings[column].word(r));
	else
		put_count(cell->text, readings[column].number(r));
}

static void model_row(const void *data, uint64_t row, enum look *look, unsigned *marks)
{
	const struct processes *m = data;
	const struct process_row *r = processes_at(m, row);

	(void)marks;
	if (r && process_is_gone(m, r))
		*look = LOOK_GONE;
}

const struct table_model process_model = {
	.rows = model_rows,
	.cell = model_cell,
	.row = model_row,
};
