/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups_write: the table that is shown, into a new file: all of its groups, in their order.
 *
 * What is written is a copy of the moment it was asked for; rows go on being counted. Lines are
 * those of `tapdeck summary --by`. Esc ends it, and what was written stays.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"
#include "tui/group_lines.h"
#include "tui/groups.h"
#include "tui/spool.h"

#define SLICE (5 * NSEC_PER_MSEC)
#define STEP  64	   /* groups between two looks at the clock */
#define CHUNK (64ul << 10) /* bytes that go into the spool at once */

struct groups_writing {
	struct spool *spool;
	int pipe; /* the way to it; -1: all is on its way */
	char *path;
	const struct format *format;
	struct group_table *table; /* a copy, of a spec that is not ours */
	struct group_lines lines;
	struct group_whole whole;
	uint32_t *order;
	uint32_t count, measured, at;
	bool begun, ended, stopped;
	struct strbuf intro, notes;
	struct strbuf out; /* of which so much is in the spool */
	size_t sent;
};

/* ---- formats ---- */

static void text_head(struct groups_writing *w)
{
	strbuf_add(&w->out, w->intro.s, w->intro.len);
	group_lines_text_head(&w->lines, &w->out);
}

static void text_tail(struct groups_writing *w)
{
	if (w->notes.len)
		strbuf_fmt(&w->out, "\n%s\n", w->notes.s);
}

static void csv_head(struct groups_writing *w)
{
	group_lines_csv_head(&w->lines, &w->out);
}

static void json_head(struct groups_writing *w)
{
	group_lines_json_whole(&w->lines, &w->whole, &w->out);
}

static const struct format {
	const char *kind; /* spool_kind */
	bool measured;	  /* the width of every cell comes first */
	void (*head)(struct groups_writing *w);
	void (*row)(const struct group_lines *l, uint32_t row, struct strbuf *b);
	void (*tail)(struct groups_writing *w); /* NULL: nothing */
} formats[] = {
	{ "text", true, text_head, group_lines_text, text_tail },
	{ "csv", false, csv_head, group_lines_csv, NULL },
	{ "json", false, json_head, group_lines_json, NULL },
};

/* ---- the work ---- */

static void close_pipe(struct groups_writing *w)
{
	if (w->pipe >= 0)
		close(w->pipe);
	w->pipe = -1;
}

/* What comes next, into out; false when there is nothing more. */
static bool put_more(struct groups_writing *w)
{
	strbuf_clear(&w->out);
	w->sent = 0;
	if (w->format->measured && w->measured < w->count) {
		for (unsigned i = 0; i < STEP && w->measured < w->count; i++)
			group_lines_measure(&w->lines, w->order[w->measured++]);
		return true;
	}
	if (!w->begun) {
		w->format->head(w);
		w->begun = true;
		return true;
	}
	if (w->at == w->count && (w->ended || !w->format->tail))
		return false;
	if (w->at == w->count) {
		w->format->tail(w);
		w->ended = true;
	}
	for (unsigned i = 0; i < STEP && w->at < w->count; i++)
		w->format->row(&w->lines, w->order[w->at++], &w->out);
	return true;
}

/* Into the spool what it takes without waiting; false when something is left. */
static bool send_out(struct groups_writing *w)
{
	while (w->sent < w->out.len) {
		size_t n = MIN(w->out.len - w->sent, CHUNK);
		ssize_t done;

		if (!spool_has_room(w->spool, n))
			return false;
		done = write(w->pipe, w->out.s + w->sent, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) { /* the spool says why */
			close_pipe(w);
			return true;
		}
		w->sent += (size_t)done;
	}
	return true;
}

/* True while there is more. */
static bool write_rows(struct groups_writing *w)
{
	uint64_t until = clock_mono() + SLICE;

	do {
		if (!send_out(w))
			return true;
		if (w->pipe < 0)
			return false;
		if (!put_more(w)) {
			close_pipe(w);
			return false;
		}
	} while (clock_mono() < until);
	return true;
}

static void say_end(struct view *v, const struct groups_writing *w, int error)
{
	_cleanup_strbuf_ struct strbuf rows = { 0 };

	strbuf_grouped(&rows, w->at);
	if (error)
		ui_say(v->ui, LOOK_ERROR, "%s: %s; the file is not complete", w->path,
		       strerror(error));
	else if (w->stopped)
		ui_say(v->ui, LOOK_WARN, "stopped: the first %s groups are in %s", rows.s, w->path);
	else
		ui_say(v->ui, LOOK_GOOD, "%s groups written to %s", rows.s, w->path);
}

void groups_write_close(struct groups *p)
{
	struct groups_writing *w = p->writing;

	if (!w)
		return;
	close_pipe(w);
	spool_free(w->spool);
	group_free(w->table);
	strbuf_done(&w->intro);
	strbuf_done(&w->notes);
	strbuf_done(&w->out);
	free(w->order);
	free(w->path);
	free(w);
	p->writing = NULL;
	p->dirty = true;
}

bool groups_write_work(struct view *v)
{
	struct groups *p = groups_of(v);
	struct groups_writing *w = p->writing;
	int error = 0;

	if (!w)
		return false;
	p->dirty = true;
	if (w->pipe >= 0 && write_rows(w))
		return true;
	if (!spool_ended(w->spool, &error))
		return true;
	say_end(v, w, error);
	groups_write_close(p);
	return false;
}

bool groups_write_stop(struct groups *p)
{
	if (!p->writing || p->writing->pipe < 0)
		return false;
	p->writing->stopped = true;
	close_pipe(p->writing);
	return true;
}

void groups_write_settle(struct groups *p)
{
	if (p->writing)
		group_settle(p->writing->table);
}

void groups_write_status(const struct groups *p, struct strbuf *out)
{
	const struct groups_writing *w = p->writing;

	if (!w)
		return;
	strbuf_str(out, "writing ");
	strbuf_grouped(out, w->at);
	strbuf_str(out, " of ");
	strbuf_grouped(out, w->count);
	strbuf_str(out, " (Esc stops), ");
}

/* ---- the beginning ---- */

static void put_whole(const struct grouping *g, struct group_whole *whole)
{
	const struct source *src;

	*whole = (struct group_whole) { .fold = g->shown_stats, .lost = g->shown_stats.lost };
	for (unsigned i = 0; (src = store_source_at(deck_store(g->deck), i)); i++)
		whole->damaged += src->flags & SOURCE_HIDDEN ? 0 : src->damaged;
}

/* The table as it is shown now. */
static void take_table(struct groups_writing *w, const struct grouping *g)
{
	const struct fold_stats *s = &g->shown_stats;

	w->table = group_copy(g->shown);
	w->count = g->count;
	w->order = xcalloc(MAX(g->count, 1u), sizeof(*w->order));
	memcpy(w->order, g->order, g->count * sizeof(*w->order));
	w->lines = (struct group_lines) {
		.table = w->table,
		.spec = g->spec,
		.fewer = s->lost || s->lost_unknown || s->missed,
	};
	put_whole(g, &w->whole);
	grouping_counts(g, "group", &w->intro);
	strbuf_str(&w->intro, ", by ");
	group_spec_by(g->spec, &w->intro);
	strbuf_str(&w->intro, "\n\n");
	grouping_notes(g, &w->notes);
}

static int begin(struct groups *p, const char *path, struct err *e)
{
	struct groups_writing *w;
	struct spool *spool = NULL;
	int fd = spool_create(path, e), pipe = -1, rc;

	if (fd < 0)
		return fd;
	rc = spool_new(fd, &spool, &pipe, e);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	w = p->writing = xcalloc(1, sizeof(*w));
	w->spool = spool;
	w->pipe = pipe;
	w->path = xstrdup(path);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i].kind, spool_kind(path)))
			w->format = &formats[i];
	take_table(w, &p->g);
	return 0;
}

static void done(const char *text, void *data)
{
	struct view *v = data;
	struct groups *p = groups_of(v);
	struct err e = ERR_INIT;

	if (!text || !*text)
		return;
	p->dirty = true;
	if (!p->g.shown)
		ui_say(v->ui, LOOK_WARN, "nothing was counted yet");
	else if (!p->writing && begin(p, text, &e) < 0)
		ui_say(v->ui, LOOK_ERROR, "%s", e.text);
}

static int check(const char *text, struct err *e, void *data)
{
	(void)data;
	return spool_check_path(text, e);
}

unsigned groups_write(struct view *v, const struct act_arg *arg)
{
	static const struct prompt_ops ops = { .label = "write", .check = check, .done = done };
	const struct groups *p = groups_of(v);

	if (p->writing)
		ui_say(v->ui, LOOK_WARN, "%s is being written; Esc stops it", p->writing->path);
	else if (arg->text)
		done(arg->text, v);
	else
		ui_prompt(v->ui, &ops, "", v);
	return REACT_DRAW;
}
