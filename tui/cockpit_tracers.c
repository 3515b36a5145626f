/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_tracers: which tracers sections live on, and the dialog that switches on what is missing.
 *
 * What it costs is said before: which events come with it, what the backend says of them, and how
 * many there are a second where the kernel counts them anyway. The question stands below.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/host.h"
#include "core/util.h"
#include "tui/cockpit.h"
#include "tui/slurp.h"

#define STAT_MOST (1u << 20)
#define WANT_COLS 70

/* ---- what there is ---- */

/* Derived tracers are asked for first: a recording knows their names from its rows as well. */
static struct backend *backend_of(struct deck *d, const char *group, const char *name,
				  struct tracer_status *ret)
{
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned k = 0; backends[k]; k++) {
			struct backend *b = deck_backend(d, backends[k]->name);

			if (b && (b->ops->needs != NULL) == (i == 0) && b->ops->status &&
			    b->ops->status(b, group, name, ret) >= 0)
				return b;
		}
	}
	return NULL;
}

/* Takes "pair:syscall" apart. */
static void split(const char *tracer, char group[32], char name[64])
{
	size_t n = strcspn(tracer, ":");

	*group = *name = '\0';
	strncat(group, tracer, MIN(n, (size_t)31));
	if (tracer[n])
		strncat(name, tracer + n + 1, 63);
}

static void look_section(struct cockpit *c, struct cockpit_section *s)
{
	struct tracer_status status = { 0 };
	char group[32], name[64];
	struct backend *b;

	split(s->kind->tracer, group, name);
	b = backend_of(c->deck, group, name, &status);
	strbuf_clear(&s->reason);
	s->on = b && (status.state == TRACER_ON || status.state == TRACER_STARTING);
	s->possible = b && b->ops->enable && status.state != TRACER_FAILED;
	if (status.state == TRACER_FAILED)
		strbuf_str(&s->reason, status.reason);
	else if (!b)
		strbuf_str(&s->reason, "nothing that is open has it");
}

void tracers_look(struct cockpit *c)
{
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
		if (c->sections[i].kind->tracer)
			look_section(c, &c->sections[i]);
}

/* ---- what it costs ---- */

struct asking {
	struct view *view; /* the cockpit's */
	struct cockpit *c;
	const struct cockpit_section *only;
	struct strbuf lines;
	struct strbuf said; /* tracers that are needed and were said */
	unsigned count;
	bool switches; /* sched_switch is among them */
	bool answered;
};

static bool is_wanted(const struct asking *a, unsigned i)
{
	const struct cockpit_section *s = &a->c->sections[i];

	return (!a->only || s == a->only) && s->kind->tracer && s->possible && !s->on;
}

static void put_need(struct asking *a, const char *group, const char *name, const char *cost)
{
	_cleanup_strbuf_ struct strbuf line = { 0 };
	struct tracer_status status = { 0 };
	bool on = backend_of(a->c->deck, group, name, &status) && status.state == TRACER_ON;

	strbuf_fmt(&line, "    %s:%s", group, name);
	if (strstr(strbuf_cstr(&a->said), line.s))
		return;
	strbuf_fmt(&a->said, "%s\n", line.s);
	strbuf_fmt(&a->lines, "%s%s%s%s\n", line.s, on ? " is on already" : "", cost ? ": " : "",
		   cost ? cost : "");
	a->switches |= !on && !strcmp(name, "sched_switch");
}

static int visit_need(const struct tracer_info *t, void *data)
{
	put_need(data, t->group, t->name, t->cost);
	return 0;
}

/* What a tracer brings with it; without that, the tracer itself. */
static void put_tracer(struct asking *a, const char *tracer)
{
	struct tracer_status status;
	char group[32], name[64];
	struct backend *b;

	split(tracer, group, name);
	b = backend_of(a->c->deck, group, name, &status);
	if (b && b->ops->needs)
		b->ops->needs(b, group, name, visit_need, a);
	else if (b && b->ops->list)
		b->ops->list(b, tracer, visit_need, a, NULL);
}

/* Context switches a second of this machine since it started; 0: nobody knows. */
static uint64_t switch_rate(void)
{
	_cleanup_strbuf_ struct strbuf path = { 0 }, stat = { 0 }, up = { 0 };
	const char *line;
	double seconds;

	strbuf_fmt(&path, "%s/stat", host_procfs());
	if (slurp(path.s, STAT_MOST, true, &stat, NULL) <= 0)
		return 0;
	strbuf_clear(&path);
	strbuf_fmt(&path, "%s/uptime", host_procfs());
	if (slurp(path.s, STAT_MOST, true, &up, NULL) <= 0)
		return 0;
	line = strstr(stat.s, "\nctxt ");
	seconds = strtod(up.s, NULL);
	return line && seconds >= 1 ? (uint64_t)((double)strtoull(line + 6, NULL, 10) / seconds)
				    : 0;
}

/* The names of what is missing, each once. */
static void put_names(struct asking *a)
{
	_cleanup_strbuf_ struct strbuf names = { 0 };

	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++) {
		const char *tracer = a->c->sections[i].kind->tracer;

		if (!is_wanted(a, i) || strstr(strbuf_cstr(&names), tracer))
			continue;
		strbuf_fmt(&names, "%s%s", a->count++ ? ", " : "", tracer);
	}
	strbuf_fmt(&a->lines, "%s\n", strbuf_cstr(&names));
}

static void put_costs(struct asking *a)
{
	uint64_t rate;

	put_names(a);
	if (ui_playing(a->view->ui)->recording) {
		strbuf_str(&a->lines,
			   "made of what the recording holds; nothing else is touched\n");
		return;
	}
	strbuf_str(&a->lines, "these events come with them, of every process:\n");
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
		if (is_wanted(a, i))
			put_tracer(a, a->c->sections[i].kind->tracer);
	rate = a->switches ? switch_rate() : 0;
	if (!rate)
		return;
	strbuf_str(&a->lines, "on average this machine switches tasks ");
	strbuf_count(&a->lines, rate);
	strbuf_str(&a->lines, " times a second\n");
}

/* ---- switching ---- */

static void switch_on(struct asking *a)
{
	struct err e = ERR_INIT;
	unsigned failed = 0;
	int rc = 0;

	for (unsigned i = 0; i < COCKPIT_SECTIONS && rc >= 0; i++) {
		unsigned refused = 0;

		if (!is_wanted(a, i))
			continue;
		rc = deck_enable(a->c->deck, a->c->sections[i].kind->tracer, true, &refused, &e);
		failed += refused;
	}
	if (rc < 0 || failed)
		ui_say(a->view->ui, LOOK_ERROR, "%s", e.text);
	else
		ui_say(a->view->ui, LOOK_GOOD, "switched on");
	tracers_look(a->c);
	a->c->stale = true;
}

static void on_answer(bool yes, void *data)
{
	struct asking *a = data;

	if (yes)
		switch_on(a);
	a->answered = true;
}

/* ---- the dialog ---- */

static int asking_open(struct view *v, struct err *e)
{
	struct asking *a = v->state;
	const struct asking *given = ui_dialog_arg(v->ui);
	int rows = 0;

	(void)e;
	*a = *given;
	put_costs(a);
	for (const char *p = a->lines.s; *p; p++)
		rows += *p == '\n';
	v->want_rows = rows;
	v->want_cols = WANT_COLS;
	ui_confirm(v->ui, a->count == 1 ? "Switch it on?" : "Switch them on?", on_answer, a);
	return 0;
}

static void asking_close(struct view *v)
{
	struct asking *a = v->state;

	strbuf_done(&a->lines);
	strbuf_done(&a->said);
}

static unsigned asking_update(struct view *v)
{
	return ((struct asking *)v->state)->answered ? REACT_CLOSE : REACT_NONE;
}

static void asking_draw(const struct view *v, struct area *a)
{
	const struct asking *k = v->state;
	const char *p = strbuf_cstr(&k->lines);

	for (int y = 0; *p && y < a->rows; y++) {
		size_t n = strcspn(p, "\n");

		draw_text(a, y, 0, a->cols, *p == ' ' ? LOOK_EVENT : LOOK_TEXT, p, n);
		p += n + 1;
	}
}

static const struct view_ops asking_ops = {
	.name = "cockpit-tracers",
	.title = "Switch on what is missing",
	.size = sizeof(struct asking),
	.open = asking_open,
	.close = asking_close,
	.update = asking_update,
	.draw = asking_draw,
};

void tracers_ask(struct view *v, struct cockpit *c, const struct cockpit_section *only)
{
	struct asking a = { .view = v, .c = c, .only = only };
	unsigned wanted = 0;

	tracers_look(c);
	for (unsigned i = 0; i < COCKPIT_SECTIONS; i++)
		wanted += is_wanted(&a, i);
	if (wanted)
		ui_dialog(v->ui, &asking_ops, &a);
	else if (only && !only->on && only->reason.len)
		ui_say(v->ui, LOOK_WARN, "%s: %s", only->kind->tracer, only->reason.s);
	else
		ui_say(v->ui, LOOK_DIM, "all that there is for it is on");
}
