/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui: the frame's life, and what it does for its views.
 *
 * Owns views, dialogs, scope and keymap; the deck is borrowed. Never touches a terminal.
 */
#include "tui/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/safe.h"
#include "tui/ui_private.h"

#define LEFT_FIRST 30
#define TOP_FIRST  64
#define SAMPLE	   NSEC_PER_SEC
#define READ	   (8 * NSEC_PER_SEC) /* time to read a message */

static int open_view(struct ui *ui, struct view *v, const struct view_ops *ops, struct err *e)
{
	*v = (struct view) { .ops = ops, .ui = ui, .state = xcalloc(1, ops->size) };
	if (!ops->open)
		return 0;
	return ops->open(v, e);
}

static void close_view(struct view *v)
{
	if (v->ops && v->ops->close)
		v->ops->close(v);
	free(v->state);
	*v = (struct view) { 0 };
}

static int open_keymap(struct ui *ui, struct err *e)
{
	char *system_path = conf_system_path("keys.conf"), *path = conf_user_path("keys.conf");
	int rc;

	ui->keymap = keymap_new();
	rc = keymap_read(ui->keymap, system_path, true, e);
	if (rc >= 0 && path)
		rc = keymap_read(ui->keymap, path, true, e);
	free(system_path);
	free(path);
	return rc;
}

/* What was configured and remembered is the terminal's business too. */
static void tell_terminal(struct ui *ui)
{
	const struct ui_conf *c = &ui->conf;

	if (c->theme)
		c->theme(&ui->theme, c->term_data);
	if (c->mouse && !ui->mouse)
		c->mouse(false, c->term_data);
}

int ui_new(const struct ui_conf *c, struct ui **ret, struct err *e)
{
	struct ui *ui = xcalloc(1, sizeof(*ui));
	const char *theme = c->conf ? conf_get(c->conf, "ui", "theme") : NULL;
	int rc;

	ui->conf = *c;
	ui->mouse = true;
	ui->back_to = -1;
	ui->layout = (struct layout) { .left = LEFT_FIRST, .top = TOP_FIRST };
	ui->prompt.why = (struct err)ERR_INIT;
	ui->history = history_new();
	rc = theme_load(theme ? theme : theme_names[0], &ui->theme, e);
	if (rc >= 0)
		rc = c->remember ? open_keymap(ui, e) : (ui->keymap = keymap_new(), 0);
	for (size_t i = 0; rc >= 0 && views[i] && ui->panes < PANES_MAX; i++)
		rc = open_view(ui, &ui->pane[ui->panes++], views[i], e);
	if (rc < 0) {
		ui_free(ui);
		return rc;
	}
	ui->focus = 0;
	ui->tab = TAB_FIRST;
	canvas_resize(&ui->canvas, c->rows, c->cols);
	ui->canvas.ascii = c->ascii;
	if (c->remember)
		ui_load_state(ui);
	ui->pane[ui->focus].focus = true;
	ui_lay_out(ui);
	tell_terminal(ui);
	ui->dirty = true;
	*ret = ui;
	return 0;
}

void ui_free(struct ui *ui)
{
	if (!ui)
		return;
	if (ui->conf.remember && ui->canvas.cells)
		ui_save_state(ui);
	record_close(ui);
	while (ui->dialogs)
		close_view(&ui->dialog[--ui->dialogs]);
	while (ui->panes)
		close_view(&ui->pane[--ui->panes]);
	prompt_close(ui);
	capture_close(ui);
	named_done(&ui->named);
	line_done(&ui->prompt.line);
	history_free(ui->history);
	for (size_t i = 0; i < UNAVAILABLE_MAX; i++) {
		free(ui->unavailable[i].name);
		free(ui->unavailable[i].why);
	}
	free(ui->question.text);
	free(ui->back_in.data);
	free(ui->own);
	strbuf_done(&ui->message);
	scope_done(&ui->scope);
	keymap_free(ui->keymap);
	canvas_done(&ui->canvas);
	free(ui);
}

struct view *ui_top(struct ui *ui)
{
	return ui->dialogs ? &ui->dialog[ui->dialogs - 1] : &ui->pane[ui->focus];
}

bool ui_ended(const struct ui *ui)
{
	return ui->ended;
}

bool ui_dirty(const struct ui *ui)
{
	return ui->dirty;
}

/* ---- what flows ---- */

/* Those that the recorded clock has passed since it plays. */
static uint64_t count_played(struct deck *d)
{
	const struct summary *s = deck_summary(d);
	_cleanup_free_ uint64_t *totals = s ? xcalloc(s->schema_cap + 1, sizeof(*totals)) : NULL;
	uint64_t n = 0;

	if (s)
		summary_totals(s, totals, s->schema_cap);
	for (uint32_t i = 0; s && i < s->schema_cap; i++)
		n += totals[i];
	return n;
}

/* For the status line: what came and what was lost; the rate once a second. */
static void sample_flow(struct ui *ui)
{
	struct flow *f = &ui->flow;
	uint64_t now = ui_now(ui), events = 0, lost = 0;
	const struct source *src;

	f->unknown = false;
	for (unsigned i = 0; (src = store_source_at(deck_store(ui->conf.deck), i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		events += src->events;
		lost += src->lost;
		f->unknown |= src->lost_unknown != 0;
	}
	if (ui->play.playing)
		events = count_played(ui->conf.deck);
	ui->dirty |= events != f->events || lost != f->lost;
	f->events = events;
	f->lost = lost;
	if (f->at && now >= f->at && now < f->at + SAMPLE && f->turns == ui->turns)
		return;
	ui->dirty |= f->rate != 0;
	f->rate = f->at && now > f->at && events >= f->sampled && f->turns == ui->turns
		      ? (events - f->sampled) * NSEC_PER_SEC / (now - f->at)
		      : 0;
	f->turns = ui->turns;
	f->sampled = events;
	f->at = now;
}

/* What could not be read: said once, for what comes after it may be less than there was. */
static void say_deck_error(struct ui *ui)
{
	const struct err *e = deck_error(ui->conf.deck);

	if (!e || ui->error_said)
		return;
	ui->error_said = true;
	ui_say(ui, LOOK_ERROR, "%s", e->text);
}

/* What is worth knowing of a recording: said once. */
static void say_deck_note(struct ui *ui)
{
	const char *note = ui->note_said ? NULL : deck_note(ui->conf.deck);

	if (!note)
		return;
	ui->note_said = true;
	ui_say(ui, LOOK_WARN, "%s", note);
}

/* A message goes when it could be read; behind a prompt or a question it could not. */
static void pass_message(struct ui *ui)
{
	uint64_t now = ui_now(ui);

	if (ui->prompt.ops || ui->question.text)
		ui->message_at = now;
	if (!ui->message.len || now <= ui->message_at + READ)
		return;
	strbuf_clear(&ui->message);
	ui->dirty = true;
}

/* What times in a filter are counted from. */
static void set_times(struct ui *ui)
{
	ui->scope.env = (struct filter_env) {
		.clocks = deck_clocks(ui->conf.deck),
		.now = deck_time(ui->conf.deck),
	};
	ui->scope.has_env = true;
}

bool ui_update(struct ui *ui)
{
	bool more = record_update(ui);

	ui->dirty |= play_update(ui);
	set_times(ui);
	capture_prune(ui);
	prompt_update(ui);
	for (unsigned i = 0; i < ui->panes + ui->dialogs; i++) {
		struct view *v = i < ui->panes ? &ui->pane[i] : &ui->dialog[i - ui->panes];
		unsigned bits = v->ops->update ? v->ops->update(v) : 0;

		more |= bits & REACT_MORE;
		ui_react(ui, v, bits & ~(unsigned)REACT_MORE);
	}
	sample_flow(ui);
	say_deck_note(ui);
	say_deck_error(ui);
	pass_message(ui);
	return more;
}

void ui_settle(struct ui *ui)
{
	for (unsigned i = 0; i < ui->panes; i++)
		if (ui->pane[i].ops->settle)
			ui->pane[i].ops->settle(&ui->pane[i]);
	for (unsigned i = 0; i < ui->dialogs; i++)
		if (ui->dialog[i].ops->settle)
			ui->dialog[i].ops->settle(&ui->dialog[i]);
}

/* ---- a recording ---- */

void ui_flow(struct ui *ui)
{
	record_step(ui);
}

uint64_t ui_recording(const struct ui *ui)
{
	return record_turn(ui);
}

const char *ui_recorded(const struct ui *ui)
{
	return ui->record.words.len ? ui->record.words.s : NULL;
}

void ui_finish_recording(struct ui *ui)
{
	record_finish(ui);
}

/* ---- a recording that is looked at ---- */

const struct deck_play *ui_playing(struct ui *ui)
{
	return &ui->play;
}

uint64_t ui_turns(struct ui *ui)
{
	return ui->turns;
}

bool ui_play(struct ui *ui, enum action a, uint64_t from, const struct act_arg *arg)
{
	return play_from(ui, a, from, arg);
}

/* ---- services ---- */

struct deck *ui_deck(struct ui *ui)
{
	return ui->conf.deck;
}

struct scope *ui_scope(struct ui *ui)
{
	return &ui->scope;
}

const struct keymap *ui_keymap(struct ui *ui)
{
	return ui->keymap;
}

const struct conf *ui_conf(struct ui *ui)
{
	return ui->conf.conf;
}

uint64_t ui_now(struct ui *ui)
{
	return ui->conf.now ? ui->conf.now(ui->conf.now_data) : clock_mono();
}

uint64_t ui_wall(struct ui *ui)
{
	return ui->conf.wall ? ui->conf.wall(ui->conf.now_data) : clock_sample().real;
}

void ui_mark_range(struct ui *ui, bool set, uint64_t from, uint64_t to)
{
	ui->record.marked = set;
	ui->record.from = from;
	ui->record.to = to;
}

void ui_set_unavailable(struct ui *ui, const char *backend, const char *why)
{
	for (size_t i = 0; i < UNAVAILABLE_MAX; i++) {
		if (ui->unavailable[i].name)
			continue;
		ui->unavailable[i].name = xstrdup(backend);
		ui->unavailable[i].why = xstrdup(why);
		break;
	}
	ui->dirty = true;
}

const char *ui_unavailable(struct ui *ui, unsigned i, const char **name)
{
	if (i >= UNAVAILABLE_MAX || !ui->unavailable[i].name)
		return NULL;
	*name = ui->unavailable[i].name;
	return ui->unavailable[i].why;
}

void ui_say(struct ui *ui, enum look look, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* One line: what points with a caret has its own place. */
	text[strcspn(text, "\n")] = '\0';
	strbuf_clear(&ui->message);
	safe_text(&ui->message, text, strlen(text));
	ui->message_look = look;
	ui->message_at = ui_now(ui);
	ui->dirty = true;
}

void ui_yank(struct ui *ui, const char *text, size_t n)
{
	if (!ui->conf.yank || !ui->conf.yank(text, n, ui->conf.term_data)) {
		ui_say(ui, LOOK_WARN, "not copied: no clipboard here takes %zu bytes", n);
		return;
	}
	ui_say(ui, LOOK_GOOD, "copied: %.*s", (int)MIN(n, (size_t)60), text);
}

void ui_confirm(struct ui *ui, const char *question, void (*fn)(bool yes, void *data), void *data)
{
	free(ui->question.text);
	ui->question = (struct question) { .text = xstrdup(question), .fn = fn, .data = data };
	ui->dirty = true;
}

struct view *ui_dialog(struct ui *ui, const struct view_ops *ops, void *arg)
{
	struct err e = ERR_INIT;
	struct view *v;

	if (ui->dialogs == DIALOGS_MAX)
		return NULL;
	v = &ui->dialog[ui->dialogs];
	ui->dialog_arg = arg;
	if (open_view(ui, v, ops, &e) < 0) {
		close_view(v);
		ui_say(ui, LOOK_ERROR, "%s", e.text);
		return NULL;
	}
	ui->dialogs++;
	ui_lay_out(ui);
	ui->dirty = true;
	return v;
}

void *ui_dialog_arg(struct ui *ui)
{
	return ui->dialog_arg;
}

static void close_dialog(struct ui *ui, struct view *v)
{
	size_t at = (size_t)(v - ui->dialog);

	if (v < ui->dialog || at >= ui->dialogs)
		return;
	close_view(v);
	for (size_t i = at; i + 1 < ui->dialogs; i++)
		ui->dialog[i] = ui->dialog[i + 1];
	ui->dialogs--;
}

void ui_react(struct ui *ui, struct view *v, unsigned bits)
{
	if (bits & (REACT_DRAW | REACT_DRAW_ALL | REACT_CLOSE))
		ui->dirty = true;
	if (bits & REACT_CLOSE)
		close_dialog(ui, v);
}

void ui_act(struct ui *ui, const char *view, enum action action, const struct act_arg *arg)
{
	static const struct act_arg none = { .y = -1, .x = -1 };
	struct view *v = &ui->pane[ui->focus];
	unsigned before = ui->focus;

	for (unsigned i = 0; view && i < ui->panes; i++)
		if (!strcmp(ui->pane[i].ops->name, view))
			v = &ui->pane[i];
	ui_do(ui, v, action, arg ? arg : &none);
	/* A view led over to another pane: Backspace leads back. A key run from the help did not.
	 */
	if (ui->focus != before && v != &ui->pane[before]) {
		ui->back_to = (int)before;
		ui->back_at = ui->scope.count;
	}
}

void ui_return(struct ui *ui, void (*fn)(struct ui *ui, void *data), void *data)
{
	free(ui->back_in.data);
	ui->back_in.fn = fn;
	ui->back_in.data = data;
	ui->back_in.at = ui->scope.count;
}

void ui_go_back_in(struct ui *ui)
{
	void (*fn)(struct ui *, void *) = ui->back_in.fn;
	void *data = ui->back_in.data;

	if (!fn || ui->scope.count >= ui->back_in.at)
		return;
	ui->back_in.fn = NULL;
	ui->back_in.data = NULL;
	fn(ui, data);
	free(data);
}
