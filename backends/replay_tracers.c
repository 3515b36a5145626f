/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay_tracers: the events of recordings: whatever formats the files have.
 *
 * A recording may bring the format of every event there is. When all of it was read only those that
 * have rows are on; nothing switches them.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "backends/replay.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"

static const struct schema *find(const struct replay *r, const char *group, const char *name)
{
	for (unsigned i = 0; i < r->count; i++) {
		const struct schema *s = schema_set_find(dat_schemas(r->files[i].dat), group, name);

		if (s)
			return s;
	}
	return NULL;
}

/* "system:event" with globs on both sides, or one word for a system or an event. */
static bool pattern_matches(const char *pattern, const struct schema *s)
{
	_cleanup_free_ char *group = NULL;
	const char *colon = pattern ? strchr(pattern, ':') : NULL;

	if (!pattern)
		return true;
	if (!colon)
		return !fnmatch(pattern, s->system, 0) || !fnmatch(pattern, s->name, 0);
	group = xstrndup(pattern, (size_t)(colon - pattern));
	return !fnmatch(group, s->system, 0) && !fnmatch(colon + 1, s->name, 0);
}

static int by_name(const void *a, const void *b)
{
	const struct schema *x = *(const struct schema *const *)a;
	const struct schema *y = *(const struct schema *const *)b;
	int c = strcmp(x->system, y->system);

	return c ? c : strcmp(x->name, y->name);
}

/* The events of all files that match, sorted; what an earlier file has under a name is listed once.
 * Caller frees. */
static size_t collect(const struct replay *r, const char *pattern, const struct schema ***ret)
{
	const struct schema **found = NULL;
	size_t count = 0, cap = 0;

	for (unsigned i = 0; i < r->count; i++) {
		const struct schema_set *set = dat_schemas(r->files[i].dat);

		for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
			const struct schema *s = set->by_id[id];

			if (!s || !pattern_matches(pattern, s))
				continue;
			if (count == cap) {
				cap = cap ? cap * 2 : 64;
				found = xrealloc(found, cap, sizeof(*found));
			}
			found[count++] = s;
		}
	}
	if (count)
		qsort(found, count, sizeof(*found), by_name);
	*ret = found;
	return count;
}

static bool is_repeated(const struct schema *const *found, size_t i)
{
	return i && !strcmp(found[i]->system, found[i - 1]->system) &&
	       !strcmp(found[i]->name, found[i - 1]->name);
}

int replay_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		struct err *e)
{
	_cleanup_free_ const struct schema **found = NULL;
	size_t count = collect(b->state, pattern, &found);
	int listed = 0;

	(void)e;
	for (size_t i = 0; i < count; i++) {
		struct tracer_info t = { .group = found[i]->system, .name = found[i]->name };
		int rc;

		if (is_repeated(found, i))
			continue;
		rc = visit(&t, data);
		if (rc < 0)
			return rc;
		listed++;
	}
	return listed;
}

/* ---- which of them have rows ---- */

#define LOOK_PERIOD (200 * NSEC_PER_MSEC)

static uint32_t highest_index(const struct replay *r)
{
	uint32_t highest = 0;

	for (unsigned i = 0; i < r->count; i++) {
		const struct schema_set *set = dat_schemas(r->files[i].dat);

		for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++)
			for (const struct schema *s = set->by_id[id]; s; s = s->older)
				highest = MAX(highest, s->index);
	}
	return highest;
}

/*
 * Looks what was counted since the last time. What was seen once stays so: playing counts from the
 * beginning again.
 */
static void look_for_rows(struct backend *b)
{
	struct replay *r = b->state;
	uint64_t version = store_version(b->env->store), now = clock_mono();
	_cleanup_free_ uint64_t *totals = NULL;

	if (!b->env->summary || r->scan.count || (r->seen && version == r->seen_version) ||
	    (r->seen && now < r->seen_at + LOOK_PERIOD))
		return;
	if (!r->seen) {
		r->seen_count = highest_index(r) + 1;
		r->seen = xcalloc(r->seen_count, sizeof(*r->seen));
	}
	r->seen_version = version;
	r->seen_at = now;
	totals = xcalloc(r->seen_count, sizeof(*totals));
	summary_totals(b->env->summary, totals, r->seen_count);
	for (uint32_t i = 0; i < r->seen_count; i++)
		r->seen[i] |= totals[i] != 0;
}

/* As long as something is unread, any event may have rows. */
static bool is_seen(const struct replay *r, const struct schema *s)
{
	if (!r->seen || r->scan.count)
		return s != NULL;
	return s && s->index < r->seen_count && r->seen[s->index];
}

/* An event may have a schema in each of the files. */
static bool has_rows(const struct replay *r, const char *group, const char *name)
{
	for (unsigned i = 0; i < r->count; i++)
		if (is_seen(r, schema_set_find(dat_schemas(r->files[i].dat), group, name)))
			return true;
	return false;
}

/* One more of its system; where files share a name the first that has rows counts. */
static void count_event(const struct replay *r, const struct schema *const *found, size_t i,
			struct tracer_group *g)
{
	bool repeated = is_repeated(found, i);

	g->count += !repeated;
	if (is_seen(r, found[i]) && !(repeated && is_seen(r, found[i - 1])))
		g->on++;
}

int replay_groups(struct backend *b, bool anew, group_visit_fn visit, void *data, struct err *e)
{
	_cleanup_free_ const struct schema **found = NULL;
	size_t count = collect(b->state, NULL, &found), next;
	int groups = 0;

	(void)anew;
	(void)e;
	look_for_rows(b);
	for (size_t i = 0; i < count; i = next) {
		struct tracer_group g = { .name = found[i]->system };
		int rc;

		for (next = i; next < count && !strcmp(found[next]->system, g.name); next++)
			count_event(b->state, found, next, &g);
		rc = visit(&g, data);
		if (rc < 0)
			return rc;
		groups++;
	}
	return groups;
}

static int no_such_event(const char *group, const char *name, struct err *e)
{
	return err_set(e, -ENOENT, "%s:%s: the recording has no such event", group, name);
}

int replay_schema(struct backend *b, const char *group, const char *name, const struct schema **ret,
		  struct err *e)
{
	const struct schema *s = find(b->state, group, name);

	if (!s)
		return no_such_event(group, name, e);
	*ret = s;
	return 0;
}

int replay_enable(struct backend *b, const char *group, const char *name, bool on, struct err *e)
{
	const struct replay *r = b->state;

	/* "*" is a whole group, or everything: the deck looked for it. */
	if (strcmp(name, "*") && !find(b->state, group, name))
		return no_such_event(group, name, e);
	if (!on)
		return err_set(e, -EOPNOTSUPP,
			       "%s:%s: what was recorded cannot be switched off: filter it "
			       "instead",
			       group, name);
	if (strcmp(name, "*") && !has_rows(r, group, name))
		return err_set(e, -EOPNOTSUPP, "%s:%s: the recording has no rows of it", group,
			       name);
	return 0;
}

int replay_status(struct backend *b, const char *group, const char *name, struct tracer_status *ret)
{
	if (!find(b->state, group, name))
		return -ENOENT;
	look_for_rows(b);
	*ret = (struct tracer_status) { .state = has_rows(b->state, group, name) ? TRACER_ON
										 : TRACER_OFF };
	return 0;
}
