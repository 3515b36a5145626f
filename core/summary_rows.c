/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary_rows: the counts read as threads or as processes.
 *
 * Nothing here is kept: each reading joins tasks to groups (a task alone, or the process that the
 * identity table named), adds the slots up and says the rows. Costs O(tasks + slots); for once a
 * second, never for every frame.
 */
#include "core/summary_private.h"

#include <stdlib.h>

#include "core/arena.h"

#define KEY_PROCESS (1ULL << 63)

/* Which row each task belongs to. */
struct groups {
	uint32_t *of; /* by task number */
	uint32_t count;
	struct summary_row *rows;
};

/* Events of one schema in one group. */
struct tally {
	uint32_t group; /* + 1; 0: free */
	uint32_t schema;
	uint64_t count;
};

static uint32_t table_mask(uint32_t entries)
{
	uint32_t size = 16;

	while (size < entries * 2)
		size *= 2;
	return size - 1;
}

/* ---- groups ---- */

static void group_threads(const struct summary *s, struct groups *g)
{
	for (uint32_t i = 0; i < s->task_count; i++)
		g->of[i] = i;
	g->count = s->task_count;
}

static void group_processes(const struct summary *s, struct groups *g)
{
	uint32_t mask = table_mask(s->task_count);
	uint32_t *first = xcalloc((size_t)mask + 1, sizeof(*first)); /* task + 1 */

	for (uint32_t i = 0; i < s->task_count; i++) {
		uint32_t process = s->tasks[i].process, at = summary_hash(process, 0) & mask;

		if (!process) {
			g->of[i] = g->count++;
			continue;
		}
		while (first[at] && s->tasks[first[at] - 1].process != process)
			at = (at + 1) & mask;
		if (!first[at]) {
			first[at] = i + 1;
			g->of[i] = g->count++;
		} else {
			g->of[i] = g->of[first[at] - 1];
		}
	}
	free(first);
}

static const char *or_unknown(const char *comm)
{
	return comm[0] ? comm : "<...>";
}

static void begin_row(struct summary_row *row, const struct summary_task *t, bool joined)
{
	*row = (struct summary_row) {
		.key = joined ? KEY_PROCESS | t->process : t->serial,
		.tid = joined ? t->pid : t->tid,
		.pid = t->pid,
		.ppid = t->ppid,
		.process = t->process,
		.comm = or_unknown(joined && t->process_comm[0] ? t->process_comm : t->comm),
		.end = UINT64_MAX,
	};
}

/* Says who the rows are; what they did comes from the slots. */
static void name_rows(const struct summary *s, struct groups *g, bool by_process)
{
	for (uint32_t i = 0; i < s->task_count; i++) {
		const struct summary_task *t = &s->tasks[i];
		struct summary_row *row = &g->rows[g->of[i]];
		bool joined = by_process && t->process;
		/* A thread that was forgotten long ago knew nothing of its process's end. */
		uint64_t end = !t->identity ? UINT64_MAX : joined ? t->process_end : t->end;

		if (!row->threads)
			begin_row(row, t, joined);
		else if (row->ppid < 0)
			row->ppid = t->ppid;
		row->threads++;
		row->end = MIN(row->end, end);
	}
}

/* ---- counts ---- */

static void add_slot(struct summary_row *row, const struct summary *s,
		     const struct summary_slot *slot)
{
	if (!row->events || slot->first < row->first)
		row->first = slot->first;
	if (!row->events || slot->last > row->last) {
		row->last = slot->last;
		row->recent = s->schemas[slot->schema];
	}
	row->events += slot->count;
}

static void offer_top(struct summary_row *row, const struct schema *schema, uint64_t count)
{
	/* Of equals the older one, whatever place they have in the table. */
	if (count < row->top_events ||
	    (count == row->top_events && row->top && schema->index >= row->top->index))
		return;
	row->top_events = count;
	row->top = schema;
}

/* Adds a slot to its group's count of the schema; returns the sum so far. */
static uint64_t tally_add(struct tally *table, uint32_t mask, uint32_t group,
			  const struct summary_slot *slot)
{
	uint32_t i = summary_hash(group, slot->schema) & mask;

	while (table[i].group && (table[i].group != group + 1 || table[i].schema != slot->schema))
		i = (i + 1) & mask;
	table[i].group = group + 1;
	table[i].schema = slot->schema;
	table[i].count += slot->count;
	return table[i].count;
}

static void add_slots(const struct summary *s, struct groups *g, bool by_process)
{
	uint32_t mask = table_mask(s->used);
	struct tally *table = by_process ? xcalloc((size_t)mask + 1, sizeof(*table)) : NULL;

	for (uint32_t i = 0; i <= s->mask; i++) {
		const struct summary_slot *slot = &s->slots[i];
		uint64_t count = slot->count;
		uint32_t group;

		if (!slot->task)
			continue;
		group = g->of[slot->task - 1];
		add_slot(&g->rows[group], s, slot);
		if (table)
			count = tally_add(table, mask, group, slot);
		offer_top(&g->rows[group], s->schemas[slot->schema], count);
	}
	free(table);
}

void summary_each(struct summary *s, struct identity *id, bool by_process,
		  bool (*fn)(const struct summary_row *r, void *data), void *data)
{
	struct groups g = { .of = xcalloc(s->task_count, sizeof(*g.of)) };

	if (id)
		summary_settle(s, id);
	if (by_process)
		group_processes(s, &g);
	else
		group_threads(s, &g);
	g.rows = xcalloc(g.count, sizeof(*g.rows));
	name_rows(s, &g, by_process);
	add_slots(s, &g, by_process);
	for (uint32_t i = 0; i < g.count; i++)
		if (g.rows[i].events && !fn(&g.rows[i], data))
			break;
	free(g.rows);
	free(g.of);
}
