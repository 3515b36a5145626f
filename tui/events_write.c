/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_write: the rows that the filter passes, into a new file.
 *
 * The kind of file is told by its name's end; the work is a sink's. Nothing that exists is ever
 * written over. It goes on in slices while everything else does too, to the horizon of the moment
 * it was asked for; Esc ends it, and what was written stays.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "sinks/sink.h"
#include "tui/events.h"
#include "tui/events_calls.h"
#include "tui/events_pairs.h"

/* A sink keeps 64 KiB and one row before it writes; a row of 65,000 bytes can be four times that
 * in words. */
#define ROOM (512 << 10)

/* ---- the end ---- */

static void reset(struct events *ev)
{
	struct writing *w = &ev->writing;

	cursor_free(w->cursor);
	filter_free(w->filter);
	free(w->path);
	*w = (struct writing) { .fd = -1 };
	ev->dirty = true;
}

/* Hands over what the sink still has; the file is whole when the thread is through. */
static void close_sink(struct writing *w)
{
	if (!w->sink)
		return;
	sink_free(w->sink, NULL);
	close(w->fd);
	w->sink = NULL;
	w->fd = -1;
}

static void say_end(struct events *ev, int error)
{
	struct writing *w = &ev->writing;
	_cleanup_strbuf_ struct strbuf rows = { 0 };

	number_text(&rows, w->rows);
	if (error)
		ui_say(ev->ui, LOOK_ERROR, "%s: %s; the file is not complete", w->path,
		       strerror(error));
	else if (w->stopped)
		ui_say(ev->ui, LOOK_WARN, "stopped: the first %s rows are in %s", rows.s, w->path);
	else
		ui_say(ev->ui, LOOK_GOOD, "%s rows written to %s", rows.s, w->path);
}

void write_stop(struct events *ev)
{
	if (!ev->writing.sink)
		return;
	ev->writing.stopped = true;
	close_sink(&ev->writing);
}

void write_close(struct events *ev)
{
	struct writing *w = &ev->writing;

	close_sink(w);
	spool_free(w->spool);
	reset(ev);
}

/* ---- the work ---- */

/* One slice of rows; true while there are more. */
static bool write_rows(struct events *ev, struct budget *b)
{
	struct writing *w = &ev->writing;
	struct sieve sieve = { .filter = w->filter, .identity = deck_identity(ev->deck) };
	struct row r;

	while (!budget_spent(b)) {
		if (!cursor_next(w->cursor, w->horizon, &r))
			return false;
		if (!sieve_passes(&sieve, &r))
			continue;
		if (!spool_has_room(w->spool, ROOM)) {
			cursor_seek_row(w->cursor, &r);
			return true;
		}
		if (w->sink->ops->row(w->sink, &r, NULL) < 0)
			return false;
		w->rows += !(r.flags & ROW_LOSS);
	}
	return true;
}

bool write_work(struct events *ev, struct budget *b)
{
	struct writing *w = &ev->writing;
	int error = 0;

	if (!w->spool)
		return false;
	ev->dirty = true;
	if (w->sink && write_rows(ev, b))
		return true;
	close_sink(w);
	if (!spool_ended(w->spool, &error))
		return true;
	spool_free(w->spool);
	w->spool = NULL;
	say_end(ev, error);
	reset(ev);
	return false;
}

void write_status(const struct events *ev, struct strbuf *out)
{
	if (!ev->writing.spool)
		return;
	strbuf_str(out, ", writing ");
	number_text(out, ev->writing.rows);
	strbuf_str(out, " rows (Esc stops)");
}

/* ---- the beginning ---- */

static int begin(struct events *ev, const char *path, struct err *e)
{
	struct writing *w = &ev->writing;
	const char *kind = spool_kind(path);
	_cleanup_free_ char *filter = pairs_whole(ev);
	struct sink_conf c = { .identity = deck_identity(ev->deck),
			       .clocks = deck_clocks(ev->deck),
			       .syscalls = calls_shown(ev) };
	int fd, rc;

	fd = spool_create(path, e);
	if (fd < 0)
		return fd;
	rc = scope_parse(ui_scope(ev->ui), filter, &w->filter, e);
	if (rc >= 0)
		rc = spool_new(fd, &w->spool, &c.fd, e);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	w->fd = c.fd;
	w->path = xstrdup(path);
	w->cursor = cursor_new(ev->win.store, CURSOR_LOSSES);
	w->horizon = ev->win.horizon;
	return sink_new(kind, &c, &w->sink, e);
}

static void write_done(const char *text, void *data)
{
	struct events *ev = data;
	struct err e = ERR_INIT;

	if (!text || !*text)
		return;
	ev->dirty = true;
	if (begin(ev, text, &e) >= 0)
		return;
	ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
	if (ev->writing.fd >= 0)
		close(ev->writing.fd);
	spool_free(ev->writing.spool);
	reset(ev);
}

static int check_path(const char *text, struct err *e, void *data)
{
	(void)data;
	return spool_check_path(text, e);
}

unsigned write_open(struct events *ev, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "write",
		.check = check_path,
		.done = write_done,
	};

	if (ev->writing.spool)
		ui_say(ev->ui, LOOK_WARN, "%s is being written; Esc stops it", ev->writing.path);
	else if (arg->text)
		write_done(arg->text, ev);
	else
		ui_prompt(ev->ui, &ops, "", ev);
	return REACT_DRAW;
}
