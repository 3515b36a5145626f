/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_switch: tracers on and off, a few in every update.
 *
 * The kernel takes about 10 ms for the first event of a while and 0.1 ms for each that follows, so
 * one write an event is as fast as one for a whole system, and it can be stopped, shown and told
 * which one was refused. A step ends after 15 ms: with a slow last one it stays below 30.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "tui/counts_view.h"
#include "tui/tracers.h"

#define STEP (15 * NSEC_PER_MSEC)
#define MANY 1000 /* tracers that are not switched on without a question */

/* ---- the job ---- */

/* On for others alone. */
static bool is_needed(struct tracers *t, const struct node *n)
{
	return deck_needed(ui_deck(t->ui), n->parent->name, n->name);
}

static void say_end(struct tracers *t)
{
	struct job *j = &t->job;
	size_t done = j->at - j->failed;

	if (j->failed && j->count == 1)
		ui_say(t->ui, LOOK_ERROR, "%s: %s", j->what, j->first);
	else if (j->failed)
		ui_say(t->ui, LOOK_ERROR, "%s: %zu are %s, %u were refused: %s", j->what, done,
		       j->on ? "on" : "off", j->failed, j->first);
	else if (j->count == 1 && !j->on && is_needed(t, j->nodes[0]))
		ui_say(t->ui, LOOK_WARN, "%s stays on for the latency pairs that need it", j->what);
	else if (j->at < j->count)
		ui_say(t->ui, LOOK_WARN, "stopped: %zu of %zu %s were switched %s", done, j->count,
		       j->what, j->on ? "on" : "off");
	else if (j->count > 1)
		ui_say(t->ui, LOOK_GOOD, "%s: %zu switched %s", j->what, done,
		       j->on ? "on" : "off");
}

static void end_job(struct tracers *t)
{
	t->job.active = false;
	say_end(t);
	free(t->job.nodes);
	t->job.nodes = NULL;
	tree_count(&t->root);
	t->stale = true;
}

bool switch_stop(struct tracers *t)
{
	if (!t->job.active)
		return false;
	end_job(t);
	return true;
}

/* What an error says, without the name that will stand in front of it anyway. */
static const char *without_title(const struct node *n, const char *text)
{
	_cleanup_strbuf_ struct strbuf title = { 0 };

	node_title(n, &title);
	strbuf_str(&title, ": ");
	return strncmp(text, title.s, title.len) ? text : text + title.len;
}

static void switch_one(struct tracers *t, struct node *n)
{
	struct backend *b = node_backend(t, n);
	struct job *j = &t->job;
	struct err e = ERR_INIT;
	int rc = b ? deck_switch(ui_deck(t->ui), b, n->parent->name, n->name, j->on, &e) : 0;

	tree_status(t, n);
	if (rc < 0 && !j->failed++)
		snprintf(j->first, sizeof(j->first), "%.255s",
			 n->reason ? n->reason : without_title(n, e.text));
}

static void say_progress(struct tracers *t)
{
	struct strbuf key = { 0 };

	keymap_key(ui_keymap(t->ui), t->view->ops->name, ACT_CANCEL, &key);
	ui_say(t->ui, LOOK_WARN, "switching %s %s: %zu/%zu%s%s%s", t->job.what,
	       t->job.on ? "on" : "off", t->job.at, t->job.count, key.len ? ", " : "",
	       strbuf_cstr(&key), key.len ? " stops" : "");
	strbuf_done(&key);
}

bool switch_work(struct tracers *t)
{
	struct job *j = &t->job;
	uint64_t until = clock_mono() + STEP;

	if (!j->active)
		return false;
	while (j->at < j->count && clock_mono() < until)
		switch_one(t, j->nodes[j->at++]);
	if (j->at == j->count) {
		end_job(t);
		return false;
	}
	tree_count(&t->root);
	say_progress(t);
	return true;
}

void switch_done(struct tracers *t)
{
	free(t->job.nodes);
	t->job = (struct job) { 0 };
}

static bool is_below(const struct node *n, const struct node *above)
{
	for (; n; n = n->parent)
		if (n == above)
			return true;
	return false;
}

/* Nothing to be done; what failed is off, and switching it off forgets why. */
static bool is_done(const struct node *n, bool on)
{
	if (on)
		return n->state == TRACER_ON || n->state == TRACER_STARTING;
	return n->state == TRACER_OFF;
}

/* The tracers at or below a node that are not as they shall be. What is dear is never one of many.
 */
static void collect(struct tracers *t, struct node *n, bool on)
{
	struct job *j = &t->job;
	size_t cap = 0;

	for (struct node *k = node_next_tracer(t, NULL); k; k = node_next_tracer(t, k)) {
		if (!is_below(k, n) || is_done(k, on) || (on && k->cost && k != n))
			continue;
		if (j->count == cap) {
			cap = cap ? cap * 2 : 64;
			j->nodes = xrealloc(j->nodes, cap, sizeof(*j->nodes));
		}
		j->nodes[j->count++] = k;
	}
}

/* Begins to switch; the first step is done at once, so that one tracer answers its key. */
static unsigned begin(struct tracers *t, struct node *n, bool on)
{
	struct job *j = &t->job;
	_cleanup_strbuf_ struct strbuf what = { 0 };

	*j = (struct job) { .on = on };
	if (on)
		tree_load_all(t, n);
	collect(t, n, on);
	if (!j->count) {
		ui_say(t->ui, LOOK_DIM, on ? "nothing here to be switched on" : "nothing is on");
		return REACT_DRAW;
	}
	if (j->count == 1)
		node_title(j->nodes[0], &what);
	else if (n->parent)
		node_title(n, &what);
	else
		strbuf_str(&what, "tracers");
	snprintf(j->what, sizeof(j->what), "%s", strbuf_cstr(&what));
	j->active = true;
	return switch_work(t) ? REACT_DRAW | REACT_MORE : REACT_DRAW;
}

/* ---- asking ---- */

static void show_table(struct tracers *t, const struct node *n)
{
	counts_view_open(t->ui, node_backend(t, n), n->parent->name, n->name);
}

static void on_answer(bool yes, void *data)
{
	struct tracers *t = tracers_of(data);
	struct node *n = t->ask;
	bool table = t->ask_table;

	t->ask = NULL;
	t->ask_table = false;
	if (!yes)
		return;
	if (!n)
		ui_say(t->ui, LOOK_WARN, "it went away before it was switched on");
	else if (t->job.active)
		say_progress(t);
	else
		begin(t, n, true);
	if (n && table && n->state != TRACER_OFF && n->state != TRACER_FAILED)
		show_table(t, n);
}

static void ask(struct tracers *t, struct node *n, const char *question)
{
	t->ask = n;
	ui_confirm(t->ui, question, on_answer, t->view);
}

static unsigned toggle_tracer(struct tracers *t, struct node *n)
{
	_cleanup_strbuf_ struct strbuf question = { 0 };

	if (n->state == TRACER_STARTING) {
		ui_say(t->ui, LOOK_WARN, "%s is being switched already", n->name);
		return REACT_DRAW;
	}
	if (n->state == TRACER_ON || !n->cost)
		return begin(t, n, n->state != TRACER_ON);
	strbuf_fmt(&question, "%s %s. Go on?", n->name, n->cost);
	ask(t, n, question.s);
	return REACT_DRAW;
}

/* What is partly on goes off: that is cheap and what one wants in a hurry; once more is all on. */
static unsigned toggle_many(struct tracers *t, struct node *n)
{
	_cleanup_strbuf_ struct strbuf question = { 0 };

	if (n->on || n->starting)
		return begin(t, n, false);
	tree_load_all(t, n);
	if (n->total < MANY)
		return begin(t, n, true);
	strbuf_fmt(&question, "Switch all %u tracers of %s on?", n->total, n->name);
	ask(t, n, question.s);
	return REACT_DRAW;
}

unsigned switch_toggle(struct tracers *t, struct node *n)
{
	if (t->job.active) {
		say_progress(t);
		return REACT_DRAW;
	}
	switch (n->kind) {
	case NODE_TRACER:
		return toggle_tracer(t, n);
	case NODE_GROUP:
	case NODE_BACKEND:
		return toggle_many(t, n);
	case NODE_MISSING:
		ui_say(t->ui, LOOK_ERROR, "%s: %s", n->name, n->text);
		break;
	case NODE_OTHERS:
	case NODE_OTHER:
		ui_say(t->ui, LOOK_WARN,
		       "this is somebody else's: it can be looked into, not switched");
		break;
	case NODE_ROOT:
		break;
	}
	return REACT_DRAW;
}

unsigned switch_table(struct tracers *t, struct node *n)
{
	const struct backend *b = node_backend(t, n);
	_cleanup_strbuf_ struct strbuf question = { 0 };

	if (n->kind != NODE_TRACER || n->gives != GIVES_TABLE || !b || !b->ops->counts) {
		ui_say(t->ui, LOOK_DIM, "%s gives no table", n->label ? n->label : n->name);
		return REACT_DRAW;
	}
	if (n->state == TRACER_ON || n->state == TRACER_STARTING) {
		show_table(t, n);
		return REACT_DRAW_ALL;
	}
	strbuf_fmt(&question, "%s%s%s is off. Switch it on and show its table?", n->name,
		   n->cost ? " " : "", n->cost ? n->cost : "");
	t->ask_table = true;
	ask(t, n, question.s);
	return REACT_DRAW;
}

/* ---- in a hurry ---- */

static struct node *noisiest(struct tracers *t)
{
	struct node *best = NULL;

	for (struct node *n = node_next_tracer(t, NULL); n; n = node_next_tracer(t, n)) {
		if (n->state != TRACER_ON || !n->meter)
			continue;
		if (!best || n->meter->rate > best->meter->rate ||
		    (n->meter->rate == best->meter->rate && n->meter->events > best->meter->events))
			best = n;
	}
	return best;
}

unsigned switch_noisiest(struct tracers *t, unsigned count)
{
	unsigned bits = REACT_DRAW;

	if (t->job.active) {
		say_progress(t);
		return bits;
	}
	for (unsigned i = 0; i < (count ? count : 1); i++) {
		struct node *n = noisiest(t);
		_cleanup_strbuf_ struct strbuf title = { 0 };

		if (!n) {
			ui_say(t->ui, LOOK_DIM, "nothing is on");
			return bits;
		}
		node_title(n, &title);
		bits |= begin(t, n, false);
		if (!t->job.failed)
			ui_say(t->ui, LOOK_GOOD, "%s is off: it gave %llu events %s", title.s,
			       (unsigned long long)(n->meter->rate ? n->meter->rate
								   : n->meter->events),
			       n->meter->rate ? "a second" : "so far");
		if (t->job.failed || t->job.active)
			break;
	}
	return bits;
}

unsigned switch_all_off(struct tracers *t)
{
	/* Whatever is being switched on meanwhile. */
	switch_stop(t);
	return begin(t, &t->root, false);
}
