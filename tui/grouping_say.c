/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grouping_say: groupings in words: what is asked, how far counting went, what numbers leave out,
 * and a value as a filter.
 */
#include <errno.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/grouping.h"

/* ---- what is asked ---- */

void grouping_text(const struct grouping *g, struct strbuf *out)
{
	if (!g->spec)
		return;
	group_spec_by(g->spec, out);
	strbuf_str(out, " show ");
	group_spec_show(g->spec, out);
}

/* Where a word stands by itself, outside of quotes; NULL when it does not. */
static const char *find_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	char quote = '\0';

	for (const char *p = text; *p; p++) {
		if (quote && *p == '\\' && p[1])
			p++;
		else if (quote || *p == '"' || *p == '\'')
			quote = quote == *p ? '\0' : quote ? quote : *p;
		else if (!strncmp(p, word, n) && (p == text || p[-1] == ' ') &&
			 (p[n] == ' ' || !p[n]))
			return p;
	}
	return NULL;
}

/* Of the same length, so that places in it are places in the text. */
void grouping_split(const char *text, char **by, char **show)
{
	const char *word = find_word(text, "show"), *first = text + strspn(text, " ");

	*by = xstrndup(text, word ? (size_t)(word - text) : strlen(text));
	*show = word ? xstrdup(text) : NULL;
	if (!strncmp(first, "by ", 3))
		memset(*by + (first - text), ' ', 2);
	if (*show)
		memset(*show, ' ', (size_t)(word - text) + strlen("show"));
}

/* ---- how far it went ---- */

unsigned grouping_percent(const struct grouping *g)
{
	const struct fold_stats *s = &g->stats;

	return s->total ? (unsigned)(MIN(s->bytes, s->total) * 100 / s->total) : 100;
}

void grouping_counts(const struct grouping *g, const char *what, struct strbuf *out)
{
	uint64_t rows = g->shown ? group_rows(g->shown) + group_lacking(g->shown) : 0;
	const struct fold_stats *s = &g->shown_stats;

	strbuf_grouped(out, g->groups);
	strbuf_fmt(out, " %s%s", what, g->groups == 1 ? "" : "s");
	if (s->hidden) {
		strbuf_str(out, ", ");
		strbuf_grouped(out, rows);
	}
	strbuf_str(out, " of ");
	strbuf_grouped(out, rows + s->hidden);
	strbuf_str(out, rows + s->hidden == 1 ? " row" : " rows");
}

/* ---- what the numbers are not ---- */

static void part(struct strbuf *out)
{
	if (out->len)
		strbuf_str(out, "; ");
}

/* The keys that a row can lack. */
static void put_lacking(const struct grouping *g, struct strbuf *out)
{
	unsigned named = 0;

	part(out);
	strbuf_grouped(out, group_lacking(g->shown));
	strbuf_str(out, group_lacking(g->shown) == 1 ? " row has no " : " rows have no ");
	for (unsigned i = 0; i < g->spec->key_count; i++)
		if (g->spec->keys[i].kind == GROUP_FIELD || g->spec->keys[i].kind == GROUP_SYSCALL)
			strbuf_fmt(out, "%s%s", named++ ? " or " : "", g->columns[i].title);
	if (!named)
		strbuf_str(out, "value");
}

static void put_lost(const struct fold_stats *s, struct strbuf *out)
{
	part(out);
	strbuf_str(out, "at least: ");
	if (s->lost)
		strbuf_grouped(out, s->lost);
	strbuf_fmt(out, "%s lost",
		   !s->lost	     ? "events"
		   : s->lost_unknown ? "+ events"
		   : s->lost == 1    ? " event"
				     : " events");
}

/* What left the store before somebody looked is in no group. */
static void put_missed(const struct fold_stats *s, struct strbuf *out)
{
	uint64_t ns = s->last > s->first ? s->last - s->first : 0;

	part(out);
	strbuf_fmt(out, "only the last %.1f s, ", (double)ns / 1e9);
	strbuf_grouped(out, s->missed);
	strbuf_str(out, " events had left the store");
}

/* Of a recording larger than the store only what is around the cursor of the events is here. */
static void put_elsewhere(const struct grouping *g, struct strbuf *out)
{
	const struct fold_stats *s = &g->shown_stats;
	uint64_t counted = s->rows + s->hidden + s->missed, all = 0;
	const struct source *src;
	struct deck_play play;

	deck_play_status(g->deck, &play);
	if (!play.recording || play.playing || play.loading || !g->complete)
		return;
	for (unsigned i = 0; (src = store_source_at(deck_store(g->deck), i)); i++)
		all += src->flags & SOURCE_HIDDEN ? 0 : src->events;
	if (all <= counted)
		return;
	part(out);
	strbuf_str(out, "only ");
	strbuf_time(out, s->first, 6);
	strbuf_str(out, " to ");
	strbuf_time(out, s->last, 6);
	strbuf_str(out, ", ");
	strbuf_grouped(out, all - counted);
	strbuf_str(out, " rows are not in memory");
}

/* Whether a group may have more rows. Those that came last are the last ones. */
static bool has_partial(const struct group_table *t)
{
	for (uint32_t i = group_count(t); i-- > 0;)
		if (group_is_partial(t, i))
			return true;
	return false;
}

/* Who was put together and came again was counted twice. */
static void put_joined(const struct grouping *g, struct strbuf *out)
{
	part(out);
	strbuf_str(out, "at most ");
	strbuf_grouped(out, g->joined);
	strbuf_str(out, " light groups are in other");
	if (has_partial(g->shown))
		strbuf_str(out, "; +: at least, may have rows there");
}

void grouping_notes(const struct grouping *g, struct strbuf *out)
{
	const struct fold_stats *s = &g->shown_stats;

	if (!g->shown)
		return;
	if (s->lost || s->lost_unknown)
		put_lost(s, out);
	if (s->missed)
		put_missed(s, out);
	put_elsewhere(g, out);
	if (group_lacking(g->shown))
		put_lacking(g, out);
	if (g->joined)
		put_joined(g, out);
}

/* ---- a value as a filter ---- */

int grouping_condition(const struct grouping *g, uint32_t row, unsigned column, bool exclude,
		       struct strbuf *text, struct err *e)
{
	_cleanup_strbuf_ struct strbuf is = { 0 };
	int rc;

	if (column >= g->spec->key_count)
		return err_set(e, -EINVAL,
			       "rows cannot be told by what is measured of them; go to %s",
			       g->columns[0].title);
	rc = group_condition(g->shown, row, column, &is, e);
	if (rc < 0)
		return rc;
	if (!exclude) {
		strbuf_str(text, is.s);
		return 0;
	}
	/* To lack a field is not to have the value: `not` alone would leave those rows out. */
	strbuf_str(text, "not ");
	if (g->spec->keys[column].kind != GROUP_FIELD) {
		filter_enclose(text, is.s);
		return 0;
	}
	strbuf_str(text, "(exists ");
	grouping_column_key(g, column, text);
	strbuf_fmt(text, " and %s)", is.s);
	return 0;
}
