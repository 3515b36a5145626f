/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary_print: see the header. The process table is top's.
 */
#include "cli/summary_print.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/safe.h"

struct event_row {
	const struct schema *schema;
	uint64_t events;
};

struct event_rows {
	struct event_row *v;
	size_t count;
	uint64_t total;
};

static int more_events(const void *a, const void *b)
{
	const struct event_row *x = a, *y = b;
	int by_system;

	if (x->events != y->events)
		return x->events < y->events ? 1 : -1;
	by_system = strcmp(x->schema->system, y->schema->system);
	return by_system ? by_system : strcmp(x->schema->name, y->schema->name);
}

/* Adds the events of a set that happened; of older generations as well. */
static void add_set(struct event_rows *r, const struct schema_set *set, const uint64_t *totals,
		    uint32_t count)
{
	for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++)
		for (const struct schema *s = set->by_id[id]; s; s = s->older) {
			if (s->index >= count || !totals[s->index])
				continue;
			r->v = xrealloc(r->v, r->count + 1, sizeof(*r->v));
			r->v[r->count++] = (struct event_row) { s, totals[s->index] };
			r->total += totals[s->index];
		}
}

static uint32_t highest_index(const struct schema_set *set)
{
	uint32_t most = 0;

	for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++)
		for (const struct schema *s = set->by_id[id]; s; s = s->older)
			most = MAX(most, s->index);
	return most;
}

/* Every buffer of a file has the same set: it counts once. */
static bool seen_before(const struct store *store, unsigned i, const struct schema_set *set)
{
	for (unsigned k = 0; k < i; k++)
		if (store_source_at(store, k)->schemas == set)
			return true;
	return false;
}

static struct event_rows event_rows(struct summary_tables *t)
{
	const struct store *store = deck_store(t->deck);
	struct event_rows r = { 0 };
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(store, i)); i++) {
		uint32_t count = highest_index(src->schemas) + 1;
		uint64_t *totals;

		if (seen_before(store, i, src->schemas))
			continue;
		totals = xcalloc(count, sizeof(*totals));
		summary_totals(t->summary, totals, count);
		add_set(&r, src->schemas, totals, count);
		free(totals);
	}
	if (r.count)
		qsort(r.v, r.count, sizeof(*r.v), more_events);
	return r;
}

static bool saw_losses(const struct summary_tables *t)
{
	return t->processes.lost || t->processes.lost_unknown;
}

/* ---- text ---- */

static void put_whole(const struct summary_tables *t, struct strbuf *b)
{
	strbuf_time(b, t->first, 6);
	strbuf_str(b, " to ");
	strbuf_time(b, t->last, 6);
	strbuf_str(b, ": ");
	strbuf_time(b, t->last - t->first, 6);
	strbuf_fmt(b, " s, %s", saw_losses(t) ? "at least " : "");
	strbuf_grouped(b, t->events);
	strbuf_str(b, " events");
	if (t->filtered) {
		strbuf_str(b, ", filtered out ");
		strbuf_grouped(b, t->hidden);
	}
	if (t->apart) {
		strbuf_str(b, ", ");
		strbuf_grouped(b, t->apart);
		strbuf_fmt(b, " %s", t->others);
	}
	if (t->processes.lost) {
		strbuf_str(b, t->processes.lost_unknown ? ", lost at least " : ", lost ");
		strbuf_grouped(b, t->processes.lost);
	} else if (t->processes.lost_unknown) {
		strbuf_str(b, ", some lost, nobody knows how many");
	}
	if (t->damaged) {
		strbuf_str(b, ", damaged ");
		strbuf_grouped(b, t->damaged);
	}
	strbuf_char(b, '\n');
}

static double share(const struct event_rows *r, uint64_t events)
{
	return r->total ? 100.0 * (double)events / (double)r->total : 0;
}

static void put_event(const struct summary_tables *t, const struct event_rows *all,
		      const struct event_row *r, struct strbuf *b)
{
	double seconds = (double)(t->last - t->first) / 1e9;
	struct strbuf n = { 0 };

	strbuf_grouped(&n, r->events);
	strbuf_fmt(b, "%14s %5.1f%% ", n.s, share(all, r->events));
	strbuf_clear(&n);
	strbuf_grouped(&n, seconds > 0 ? (uint64_t)((double)r->events / seconds) : 0);
	strbuf_fmt(b, "%11s  %s:%s\n", n.s, r->schema->system, r->schema->name);
	strbuf_done(&n);
}

void summary_put_text(struct summary_tables *t, struct strbuf *b)
{
	struct event_rows r = event_rows(t);
	size_t shown = (size_t)MIN(t->processes.rows, (uint64_t)r.count);

	/* Without events there is no time either. */
	if (!t->events && !saw_losses(t) && !t->damaged) {
		strbuf_str(b, t->hidden ? "no events pass the filter\n" : "no events\n");
		free(r.v);
		return;
	}
	put_whole(t, b);
	strbuf_char(b, '\n');
	top_put_text(&t->processes, b);
	strbuf_fmt(b, "\n%14s %6s %11s  %s\n", "EVENTS", "SHARE", "RATE/S", "EVENT");
	for (size_t i = 0; i < shown; i++)
		put_event(t, &r, &r.v[i], b);
	if (shown < r.count)
		strbuf_fmt(b, "and %zu more\n", r.count - shown);
	free(r.v);
}

/* ---- JSON ---- */

static void put_json_time(struct strbuf *b, const char *name, uint64_t ts)
{
	strbuf_fmt(b, ",\"%s\":\"", name);
	strbuf_time(b, ts, 9);
	strbuf_char(b, '"');
}

void summary_put_json(struct summary_tables *t, struct strbuf *b)
{
	struct event_rows r = event_rows(t);
	const char *at_least = saw_losses(t) ? "true" : "false";

	strbuf_fmt(b, "{\"table\":\"whole\",\"events\":%llu", (unsigned long long)t->events);
	put_json_time(b, "first", t->first);
	put_json_time(b, "last", t->last);
	strbuf_fmt(b, ",\"lost\":%llu,\"damaged\":%llu,\"at_least\":%s}\n",
		   (unsigned long long)t->processes.lost, (unsigned long long)t->damaged, at_least);
	t->processes.table = "process";
	top_put_json(&t->processes, b);
	for (size_t i = 0; i < r.count; i++) {
		strbuf_str(b, "{\"table\":\"event\",\"system\":");
		safe_json(b, r.v[i].schema->system, strlen(r.v[i].schema->system));
		strbuf_str(b, ",\"event\":");
		safe_json(b, r.v[i].schema->name, strlen(r.v[i].schema->name));
		strbuf_fmt(b, ",\"events\":%llu,\"share\":%.3f,\"at_least\":%s}\n",
			   (unsigned long long)r.v[i].events, share(&r, r.v[i].events), at_least);
	}
	free(r.v);
}

/* ---- CSV ---- */

/* In quotes: what a process calls itself may have commas. */
static void put_quoted(struct strbuf *b, const char *s)
{
	struct strbuf safe = { 0 };

	safe_text(&safe, s, strlen(s));
	strbuf_char(b, '"');
	for (const char *p = strbuf_cstr(&safe); *p; p++) {
		if (*p == '"')
			strbuf_char(b, '"');
		strbuf_char(b, *p);
	}
	strbuf_char(b, '"');
	strbuf_done(&safe);
}

static void put_csv_process(const struct event_rows *all, const struct process_row *r,
			    struct strbuf *b)
{
	strbuf_str(b, "process,");
	put_quoted(b, r->comm);
	strbuf_char(b, ',');
	if (r->pid >= 0)
		strbuf_s64(b, r->pid);
	strbuf_fmt(b, ",%llu,%.3f,", (unsigned long long)r->events, share(all, r->events));
	strbuf_time(b, r->first, 9);
	strbuf_char(b, ',');
	strbuf_time(b, r->last, 9);
	strbuf_char(b, '\n');
}

void summary_put_csv(struct summary_tables *t, struct strbuf *b)
{
	struct event_rows r = event_rows(t);

	strbuf_str(b, "table,name,pid,events,share,first,last\n");
	for (uint64_t i = 0; i < t->processes.model->shown; i++)
		put_csv_process(&r, processes_at(t->processes.model, i), b);
	for (size_t i = 0; i < r.count; i++)
		strbuf_fmt(b, "event,%s:%s,,%llu,%.3f,,\n", r.v[i].schema->system,
			   r.v[i].schema->name, (unsigned long long)r.v[i].events,
			   share(&r, r.v[i].events));
	free(r.v);
}
