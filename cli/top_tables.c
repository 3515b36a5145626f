/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_tables: see the header.
 *
 * Columns and order are those of the dashboard. Nothing but the table is wanted: the rows that its
 * tracer gives as well are let go.
 */
#include "cli/top_tables.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "backends/deck.h"
#include "cli/choice.h"
#include "cli/counting_print.h"
#include "cli/list_programs.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "tui/counts_model.h"

#define MEMORY (4u << 20)
#define PERIOD NSEC_PER_SEC
#define ROWS   20

struct tables {
	const struct opts *opts;
	struct deck *deck;
	struct counts_model *models;
	size_t count;
	struct poller_timer *second, *end;
	uint64_t blocks, deadline;
	bool cut; /* a signal ended it */
	int out;  /* what became of standard output */
};

/* ---- whether they are meant ---- */

struct kinds {
	const struct opts *opts;
	struct backend *b;
	unsigned tables, others;
};

/* Whether the command line means a tracer: objects that it names mean theirs where no event is. */
static bool is_meant(const struct opts *o, const struct tracer_info *t)
{
	if (o->events.count)
		return true;
	for (size_t i = 0; t->object && i < o->objects.count; i++)
		if (!strcmp(t->object, o->objects.v[i]))
			return true;
	return false;
}

/* What an object gives is known when it was looked at. */
static int look_at(const struct tracer_info *t, void *data)
{
	_cleanup_strbuf_ struct strbuf said = { 0 };
	struct kinds *k = data;

	if (t->object && is_meant(k->opts, t))
		k->b->ops->describe(k->b, t->group, t->name, &said, NULL);
	return 0;
}

static int count_kind(const struct tracer_info *t, void *data)
{
	struct kinds *k = data;

	if (is_meant(k->opts, t))
		++*(t->gives == GIVES_TABLE ? &k->tables : &k->others);
	return 0;
}

/* Calls fn for each that a pattern of the command line fits; without patterns for all. */
static void each_named(const struct opts *o, struct backend *b, tracer_visit_fn fn, void *data)
{
	for (size_t i = 0; i < o->events.count; i++)
		b->ops->list(b, o->events.v[i], fn, data, NULL);
	if (!o->events.count)
		b->ops->list(b, NULL, fn, data, NULL);
}

static bool could_be(const struct opts *o)
{
	if ((!o->events.count && !o->objects.count) || o->args.count || o->pids.count ||
	    o->filter || o->by || o->histogram || o->sort || o->show)
		return false;
	for (size_t i = 0; i < o->events.count; i++)
		if (!list_programs_named(o->events.v[i]))
			return false;
	return true;
}

/* What they are is known without the kernel. */
static bool are_tables(const struct opts *o)
{
	struct deck_conf c = {
		.conf = o->conf, .memory = MEMORY, .light = true, .objects = o->objects.v
	};
	struct kinds k = { .opts = o };
	struct deck *d = NULL;
	int rc = deck_new(&c, &d, NULL);

	if (rc >= 0)
		rc = deck_open(d, "bpf", NULL);
	k.b = rc >= 0 ? deck_backend(d, "bpf") : NULL;
	if (k.b && k.b->ops->counts) {
		each_named(o, k.b, look_at, &k);
		each_named(o, k.b, count_kind, &k);
	}
	deck_free(d, NULL);
	return k.tables && !k.others;
}

/* ---- blocks ---- */

static void put_text(struct tables *t, struct counts_model *m, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf notes = { 0 };

	if (t->blocks > 1 || m > t->models)
		strbuf_char(out, '\n');
	counting_put_clock(out);
	counts_model_title(m, out);
	strbuf_char(out, '\n');
	counts_put_text(m, ROWS, out);
	counts_model_notes(m, &notes);
	if (notes.len)
		strbuf_fmt(out, "%s\n", notes.s);
}

static void stop(struct tables *t)
{
	poller_stop(deck_poller(t->deck), 0);
}

/* A table that cannot be read is said; the others go on. */
static void block(struct tables *t)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	t->blocks++;
	for (size_t i = 0; i < t->count; i++) {
		struct err e = ERR_INIT;

		if (counts_model_take(&t->models[i], &e) < 0)
			cli_error(&e);
		else if (t->opts->json)
			counts_put_json(&t->models[i], &out);
		else
			put_text(t, &t->models[i], &out);
	}
	if (t->out >= 0)
		t->out = cli_out(strbuf_cstr(&out), out.len);
	if (t->out < 0)
		stop(t);
}

static void on_second(void *data)
{
	struct tables *t = data;

	if (t->blocks + 1 >= t->opts->limit)
		stop(t);
	else if (clock_mono() + PERIOD / 4 < t->deadline)
		block(t);
}

static void on_end(void *data)
{
	stop(data);
}

static void on_signal(int signo, void *data)
{
	struct tables *t = data;

	(void)signo;
	t->cut = true;
	stop(t);
}

static void on_changed(struct deck *d, void *data)
{
	(void)data;
	store_forget(deck_store(d), deck_horizon(d));
}

/* ---- setting up ---- */

static int add_model(const struct tracer_info *info, void *data)
{
	struct tables *t = data;
	struct tracer_status s = { 0 };
	struct backend *b = deck_backend(t->deck, "bpf");

	if (!is_meant(t->opts, info))
		return 0;
	for (size_t i = 0; i < t->count; i++)
		if (!strcmp(t->models[i].name, info->name))
			return 0;
	if (b->ops->status(b, info->group, info->name, &s) < 0 || s.state != TRACER_ON)
		return 0;
	t->models = xrealloc(t->models, t->count + 1, sizeof(*t->models));
	counts_model_init(&t->models[t->count++], b, info->group, info->name);
	return 0;
}

static int open_tables(struct tables *t, struct err *e)
{
	struct deck_conf c = {
		.conf = t->opts->conf,
		.memory = t->opts->memory ? t->opts->memory : MEMORY,
		.buffer = t->opts->buffer,
		.objects = t->opts->objects.v,
		.live = true,
		.light = true,
		.changed = on_changed,
		.data = t,
	};
	int rc = deck_new(&c, &t->deck, e);

	if (rc >= 0)
		rc = choice_signals(t->deck, on_signal, t, e);
	if (rc >= 0)
		rc = deck_open(t->deck, "bpf", e);
	if (rc >= 0)
		rc = choice_enable(t->opts, t->deck, e);
	if (rc < 0)
		return rc;
	each_named(t->opts, deck_backend(t->deck, "bpf"), add_model, t);
	t->second = poller_timer_add(deck_poller(t->deck), on_second, t);
	t->end = poller_timer_add(deck_poller(t->deck), on_end, t);
	return 0;
}

static int run(struct tables *t, struct err *e)
{
	struct poller *p = deck_poller(t->deck);
	int rc = deck_start(t->deck, e);

	t->deadline = UINT64_MAX;
	if (rc < 0)
		return rc;
	/* What rates are counted from. */
	for (size_t i = 0; i < t->count; i++)
		counts_model_take(&t->models[i], NULL);
	poller_timer_set(p, t->second, PERIOD, PERIOD);
	if (t->opts->seconds_ns != UINT64_MAX) {
		t->deadline = clock_mono() + t->opts->seconds_ns;
		poller_timer_set(p, t->end, t->opts->seconds_ns, 0);
	}
	if (t->opts->limit && !poller_stopped(p))
		rc = poller_run(p, e);
	if (rc >= 0 && t->opts->limit && !t->cut && t->out >= 0)
		block(t);
	deck_stop(t->deck);
	return rc;
}

int top_tables_run(struct opts *o)
{
	struct tables t = { .opts = o };
	struct err e = ERR_INIT, undo = ERR_INIT;
	bool usage;
	int rc;

	if (!could_be(o) || !are_tables(o))
		return TOP_TABLES_NOT;
	setlocale(LC_CTYPE, "");
	rc = open_tables(&t, &e);
	usage = rc == -ENOENT;
	if (rc >= 0)
		rc = run(&t, &e);
	for (size_t i = 0; i < t.count; i++)
		counts_model_done(&t.models[i]);
	free(t.models);
	if (deck_free(t.deck, &undo) > 0)
		cli_say("not everything could be undone: %s", undo.text);
	if (rc < 0)
		cli_error(&e);
	return rc < 0 ? (usage ? CLI_USAGE : CLI_FAILED) : cli_status(t.out);
}
