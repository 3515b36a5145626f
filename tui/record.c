/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: a recording made on the dashboard, from its beginning to its last byte.
 *
 * Steps are bounded and the disk is the recorder's thread's business, so nobody waits for either.
 * What happened before somebody asked for the end is in the file: the recorder is given the
 * time of its end and ends when the horizon has passed it.
 */
#include "tui/record.h"

#include <errno.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/ui_private.h"

#define SLICE	   (2u << 20)		 /* bytes handed over in one turn */
#define PERIOD	   NSEC_PER_SEC		 /* the status line's */
#define SOON	   (50 * NSEC_PER_MSEC)	 /* a file that is whole says so */
#define LAST_MOST  (400 * NSEC_PER_MSEC) /* no source is waited for longer */
#define LEAVE_SOON (200 * NSEC_PER_MSEC) /* nobody needs to be told of less */
#define LINE_LEAST 24			 /* columns of the status line */
#define LINE_SHARE 36			 /* columns that the flow keeps beside it */

/* ---- the beginning ---- */

static int make_conf(struct ui *ui, const struct record_wish *w, struct recorder_conf *c,
		     struct err *e)
{
	struct deck *d = ui->conf.deck;
	_cleanup_free_ char *filter = scope_whole(&ui->scope);
	const char *wanted = w->filtered ? filter : ui->scope.guard;
	int rc = 0;

	*c = (struct recorder_conf) {
		.store = deck_store(d),
		.identity = deck_identity(d),
		.clocks = deck_clocks(d),
		.path = w->path,
		.compress = w->compress,
		.to = UINT64_MAX,
		.max_events = UINT64_MAX,
		.max_bytes = UINT64_MAX,
		.cpu_stats = deck_cpu_stats,
		.cpu_stats_data = d,
	};
	if (w->scope == RECORD_FROM_NOW && !ui->conf.live)
		return err_set(e, -EINVAL, "a recording has no now: take what the store holds");
	if (w->scope == RECORD_RANGE && !ui->record.marked)
		return err_set(e, -EINVAL, "set the markers A and B first");
	if (w->scope == RECORD_FROM_NOW) {
		c->from = clock_mono();
	} else if (w->scope == RECORD_RANGE) {
		c->from = ui->record.from;
		c->to = ui->record.to;
	}
	if (wanted && *wanted)
		rc = scope_parse(&ui->scope, wanted, &c->filter, e);
	if (rc >= 0 && !ui->conf.live)
		rc = deck_meta(d, &c->meta, e);
	if (rc < 0)
		filter_free(c->filter);
	return rc < 0 ? rc : 0;
}

int record_begin(struct ui *ui, const struct record_wish *w, struct err *e)
{
	struct record *r = &ui->record;
	struct recorder_conf c;
	int rc;

	if (r->recorder)
		return err_set(e, -EBUSY, "%s is being recorded", r->path);
	rc = make_conf(ui, w, &c, e);
	if (rc >= 0)
		rc = recorder_new(&c, &r->recorder, e);
	if (rc == -EEXIST) /* nothing on the screen replaces it */
		err_set(e, rc, "%s is there already and is left alone", w->path);
	if (rc < 0)
		return rc;
	free(r->path);
	r->path = xstrdup(w->path);
	free(r->folder);
	r->folder = record_folder(w->path);
	r->compress = w->compress;
	r->phase = RECORD_ON;
	r->looked = 0;
	r->told = false;
	record_step(ui);
	ui_say(ui, LOOK_GOOD, "recording to %s", r->path);
	return 0;
}

/* ---- the end ---- */

static void stop(struct record *r)
{
	recorder_stop(r->recorder);
	r->phase = RECORD_ENDING;
	r->looked = 0;
}

void record_end(struct ui *ui)
{
	struct record *r = &ui->record;

	if (r->phase != RECORD_ON)
		return;
	r->asked = clock_mono();
	r->looked = 0;
	r->phase = RECORD_LAST;
	/* What is on its way from the kernel belongs to it. */
	if (ui->conf.live)
		recorder_end_at(r->recorder, r->asked);
	ui->dirty = true;
}

static void say_end(struct ui *ui)
{
	const struct recorder_status *s = &ui->record.status;
	struct strbuf *words = &ui->record.words;
	bool failed = s->state == RECORDER_FAILED, error = s->error && s->error->text[0];

	strbuf_clear(words);
	if (error)
		strbuf_str(words, s->error->text);
	else
		record_summary(words, s);
	ui_say(ui,
	       failed || error				 ? LOOK_ERROR
	       : s->lost || s->missed || s->lost_unknown ? LOOK_WARN
							 : LOOK_GOOD,
	       "%s", words->s);
}

/* The file is closed, for whatever reason. */
static void finished(struct ui *ui)
{
	struct record *r = &ui->record;

	recorder_status(r->recorder, &r->status);
	say_end(ui);
	recorder_free(r->recorder);
	r->recorder = NULL;
	r->phase = RECORD_OFF;
	r->status = (struct recorder_status) { 0 };
	ui->ended |= r->leaving;
}

/* ---- turns ---- */

/* Of a recording all that was loaded, however far it is played. */
static bool is_loaded(struct ui *ui)
{
	struct deck_play p;

	if (ui->conf.live)
		return false;
	deck_play_status(ui->conf.deck, &p);
	return p.recording && !p.loading;
}

bool record_step(struct ui *ui)
{
	struct record *r = &ui->record;
	uint64_t horizon;

	if (!r->recorder || r->phase == RECORD_ENDING)
		return false;
	horizon = is_loaded(ui) ? UINT64_MAX : deck_horizon(ui->conf.deck);
	return recorder_step(r->recorder, horizon, SLICE);
}

/* With nothing left to hand over: is there nothing more to come? */
static bool is_over(struct ui *ui)
{
	const struct record *r = &ui->record;

	if (!ui->conf.live) /* what is read is all there is */
		return r->phase == RECORD_LAST || is_loaded(ui);
	return r->phase == RECORD_LAST && clock_mono() > r->asked + LAST_MOST;
}

static void look(struct ui *ui)
{
	struct record *r = &ui->record;
	uint64_t now = clock_mono();

	if (r->leaving && !r->told && now > r->asked + LEAVE_SOON) {
		r->told = true;
		ui_say(ui, LOOK_WARN, "finishing %s; q leaves it as it is", r->path);
	}
	if (r->looked && now < r->looked + PERIOD)
		return;
	recorder_status(r->recorder, &r->status);
	r->looked = now;
	ui->dirty = true;
}

bool record_update(struct ui *ui)
{
	struct record *r = &ui->record;
	bool more;

	if (!r->recorder)
		return false;
	more = record_step(ui);
	if (r->phase != RECORD_ENDING && !more && is_over(ui))
		stop(r);
	look(ui);
	if (!recorder_ended(r->recorder, false))
		return more;
	finished(ui);
	return false;
}

uint64_t record_turn(const struct ui *ui)
{
	const struct record *r = &ui->record;

	if (!r->recorder)
		return 0;
	return r->phase == RECORD_ON ? PERIOD : SOON;
}

/* ---- leaving ---- */

static void leave(bool yes, void *data)
{
	struct ui *ui = data;

	if (!yes)
		return;
	ui->record.leaving = true;
	record_end(ui);
	if (ui->conf.live) /* the rest comes at once */
		deck_stop(ui->conf.deck);
	if (!ui->record.recorder)
		ui->ended = true;
}

bool record_may_leave(struct ui *ui)
{
	struct record *r = &ui->record;
	_cleanup_strbuf_ struct strbuf question = { 0 };

	if (!r->recorder)
		return true;
	if (r->leaving) {
		r->tired = true;
		strbuf_clear(&r->words);
		strbuf_fmt(&r->words, "%s is not finished: it lacks the last second", r->path);
		return true;
	}
	if (r->phase != RECORD_ON) {
		r->leaving = true;
		return false;
	}
	strbuf_fmt(&question, "recording to %s goes on: stop it and quit?", r->path);
	ui_confirm(ui, question.s, leave, ui);
	return false;
}

void record_finish(struct ui *ui)
{
	struct record *r = &ui->record;

	if (!r->recorder || r->tired)
		return;
	if (ui->conf.live)
		deck_stop(ui->conf.deck);
	while (record_step(ui))
		continue;
	recorder_stop(r->recorder);
	recorder_ended(r->recorder, true);
	finished(ui);
}

void record_close(struct ui *ui)
{
	struct record *r = &ui->record;

	if (r->tired)
		recorder_abandon(r->recorder); /* the end of the process ends its thread */
	else
		recorder_free(r->recorder);
	free(r->path);
	free(r->folder);
	strbuf_done(&r->words);
	*r = (struct record) { 0 };
}

/* ---- the key ---- */

void record_act(struct ui *ui, const char *text)
{
	struct record *r = &ui->record;
	struct record_wish w = {
		.path = text,
		.scope = ui->conf.live ? RECORD_FROM_NOW : RECORD_STORE,
		.compress = r->compress,
	};
	struct err e = ERR_INIT;

	if (text && r->recorder)
		ui_say(ui, LOOK_WARN, "%s is being recorded; R ends it", r->path);
	else if (r->phase == RECORD_ON)
		record_end(ui);
	else if (r->recorder)
		ui_say(ui, LOOK_WARN, "%s is being finished", r->path);
	else if (!text)
		record_open_dialog(ui);
	else if (record_begin(ui, &w, &e) < 0)
		ui_say(ui, LOOK_ERROR, "%s", e.text);
}

/* ---- the status line ---- */

int record_draw(const struct ui *ui, struct area *a, int x)
{
	const struct record *r = &ui->record;
	_cleanup_strbuf_ struct strbuf line = { 0 };
	int room = MAX(a->cols - LINE_SHARE, LINE_LEAST);

	if (!r->recorder)
		return x;
	record_line(&line, &r->status, r->looked, room);
	draw_str(a, 0, x, LOOK_RECORD, " ");
	x += 1 + draw_text(a, 0, x + 1, room, LOOK_RECORD, line.s, line.len);
	draw_str(a, 0, x, LOOK_RECORD, " ");
	return x + 1;
}
