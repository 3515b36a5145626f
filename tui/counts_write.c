/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counts_write: the table that is shown, into a new file: text, CSV or JSON by its name.
 *
 * Its text is made at once, for a map bounds it, and goes out as the disk takes it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tui/counts_view.h"
#include "tui/spool.h"

#define CHUNK (64ul << 10)

struct counts_writing {
	struct spool *spool;
	int pipe; /* the way to it; -1: all is on its way */
	char *path;
	uint64_t rows;
	struct strbuf out;
	size_t sent;
};

static void close_pipe(struct counts_writing *w)
{
	if (w->pipe >= 0)
		close(w->pipe);
	w->pipe = -1;
}

void counts_write_close(struct counts_view *c)
{
	struct counts_writing *w = c->writing;

	if (!w)
		return;
	close_pipe(w);
	spool_free(w->spool);
	strbuf_done(&w->out);
	free(w->path);
	free(w);
	c->writing = NULL;
}

/* What goes in without waiting. */
static void send_out(struct counts_writing *w)
{
	while (w->sent < w->out.len) {
		size_t n = MIN(w->out.len - w->sent, CHUNK);
		ssize_t done;

		if (!spool_has_room(w->spool, n))
			return;
		done = write(w->pipe, w->out.s + w->sent, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) /* the spool says why */
			break;
		w->sent += (size_t)done;
	}
	close_pipe(w);
}

bool counts_write_work(struct view *v)
{
	struct counts_view *c = counts_view_of(v);
	struct counts_writing *w = c->writing;
	_cleanup_strbuf_ struct strbuf rows = { 0 };
	int error = 0;

	if (!w)
		return false;
	if (w->pipe >= 0)
		send_out(w);
	if (w->pipe >= 0 || !spool_ended(w->spool, &error))
		return true;
	strbuf_grouped(&rows, w->rows);
	if (error)
		ui_say(v->ui, LOOK_ERROR, "%s: %s; the file is not complete", w->path,
		       strerror(error));
	else
		ui_say(v->ui, LOOK_GOOD, "%s rows written to %s", rows.s, w->path);
	counts_write_close(c);
	return false;
}

static void put_text(const struct counts_model *m, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf notes = { 0 };

	counts_model_title(m, out);
	strbuf_str(out, "\n\n");
	counts_put_text(m, UINT64_MAX, out);
	counts_model_notes(m, &notes);
	if (notes.len)
		strbuf_fmt(out, "\n%s\n", notes.s);
}

static int begin(struct counts_view *c, const char *path, struct err *e)
{
	struct counts_writing *w;
	struct spool *spool = NULL;
	int fd = spool_create(path, e), pipe = -1, rc;
	const char *kind = spool_kind(path);

	if (fd < 0)
		return fd;
	rc = spool_new(fd, &spool, &pipe, e);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	w = c->writing = xcalloc(1, sizeof(*w));
	w->spool = spool;
	w->pipe = pipe;
	w->path = xstrdup(path);
	w->rows = c->m.count;
	if (!strcmp(kind, "csv"))
		counts_put_csv(&c->m, &w->out);
	else if (!strcmp(kind, "json"))
		counts_put_json(&c->m, &w->out);
	else
		put_text(&c->m, &w->out);
	return 0;
}

static void done(const char *text, void *data)
{
	struct view *v = data;
	struct counts_view *c = counts_view_of(v);
	struct err e = ERR_INIT;

	if (!text || !*text)
		return;
	if (!c->m.now)
		ui_say(v->ui, LOOK_WARN, "nothing was counted yet");
	else if (!c->writing && begin(c, text, &e) < 0)
		ui_say(v->ui, LOOK_ERROR, "%s", e.text);
}

static int check(const char *text, struct err *e, void *data)
{
	(void)data;
	return spool_check_path(text, e);
}

unsigned counts_write(struct view *v, const struct act_arg *arg)
{
	static const struct prompt_ops ops = { .label = "write", .check = check, .done = done };
	const struct counts_view *c = counts_view_of(v);

	if (c->writing)
		ui_say(v->ui, LOOK_WARN, "%s is being written", c->writing->path);
	else if (arg->text)
		done(arg->text, v);
	else
		ui_prompt(v->ui, &ops, "", v);
	return REACT_DRAW;
}
