/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_detail: the dialog about one line of the tree: an event's fields, format and state, why
 * something failed, what another instance holds.
 *
 * A page of text that scrolls. It keeps names, no nodes: the tree may change under it. Looking into
 * another instance reads at most 1 MiB of its file trace, which consumes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tui/tracers.h"

#define LOOK_BYTES (1u << 20)
#define PAGE_COLS  70 /* until the dialog knows its width */

struct detail {
	struct tracers *t;
	enum node_kind kind;
	char *backend, *group, *name, *title, *why, *facts;
	enum tracer_gives gives;
	struct sheet page;
	enum tracer_state state;
	uint64_t events; /* as they were when the page was made */
	struct run_cost cost;
	bool watches;
};

static struct detail *detail_of(const struct view *v)
{
	return v->state;
}

/* ---- the pages ---- */

static const char *const states[] = {
	[TRACER_OFF] = "off",
	[TRACER_STARTING] = "being switched",
	[TRACER_ON] = "on",
	[TRACER_FAILED] = "failed",
};

static uint64_t count_events(const struct detail *d, const struct tracer_status *s,
			     const struct schema *schema)
{
	if (s->counts || !schema)
		return s->events;
	return summary_events(deck_summary(ui_deck(d->t->ui)), schema);
}

static void add_state(struct detail *d, const struct tracer_status *s, const struct schema *schema,
		      int width)
{
	struct strbuf key = { 0 };

	d->state = s->state;
	d->events = count_events(d, s, schema);
	if (!keymap_key(ui_keymap(d->t->ui), "tracers", ACT_TOGGLE, &key))
		strbuf_str(&key, ":toggle");
	sheet_fmt(&d->page, s->state == TRACER_FAILED ? LOOK_ERROR : LOOK_TEXT,
		  "state: %s%s%s switches", states[s->state], ", ", strbuf_cstr(&key));
	strbuf_done(&key);
	if (s->reason[0])
		sheet_wrapped(&d->page, LOOK_ERROR, s->reason, width);
	sheet_fmt(&d->page, LOOK_TEXT, "events: %llu%s", (unsigned long long)d->events,
		  s->lost ? " (at least)" : "");
	if (s->lost)
		sheet_fmt(&d->page, LOOK_LOSS, "lost: %llu", (unsigned long long)s->lost);
}

/* Appends the key of an action of the pane, or how it is typed. */
static void put_key(const struct detail *d, enum action a, struct strbuf *out)
{
	if (!keymap_key(ui_keymap(d->t->ui), "tracers", a, out))
		strbuf_fmt(out, ":%s", actions[a].name);
}

/* What it gives is worth a line where it could be something else. */
static void put_kind(struct detail *d, const struct backend *b, int width)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (!b->ops->counts)
		return;
	if (d->gives == GIVES_TABLE) {
		strbuf_str(&text, "kind: a table, counted in the kernel: ");
		put_key(d, ACT_TABLE, &text);
		strbuf_str(&text,
			   " shows it, and a row comes for each key that changed in a second");
	} else {
		strbuf_str(&text, "kind: events, a row for each");
	}
	sheet_wrapped(&d->page, LOOK_TEXT, text.s, width);
}

static void put_log(struct detail *d, struct backend *b)
{
	_cleanup_strbuf_ struct strbuf log = { 0 }, key = { 0 };

	if (d->state != TRACER_FAILED || !b->ops->log ||
	    b->ops->log(b, d->group, d->name, &log, NULL) < 0 || !log.len)
		return;
	put_key(d, ACT_LOG, &key);
	sheet_fmt(&d->page, LOOK_WARN, "log: %zu bytes, %s shows all", log.len, key.s);
}

static void put_cost(struct detail *d)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	cost_words(&d->cost, &text);
	if (text.len)
		sheet_fmt(&d->page, LOOK_TEXT, "cost: %s", text.s);
}

struct options_ctx {
	struct detail *d;
	int width;
	bool any;
};

static int put_option(const struct tracer_option *o, void *data)
{
	struct options_ctx *c = data;
	_cleanup_strbuf_ struct strbuf key = { 0 }, text = { 0 };

	if (!c->any) {
		put_key(c->d, ACT_OPTION, &key);
		sheet_fmt(&c->d->page, LOOK_TEXT, "options: %s changes one", key.s);
	}
	c->any = true;
	strbuf_fmt(&text, "  %s=%s", o->name, o->value ? o->value : "");
	if (o->range)
		strbuf_fmt(&text, "  (%s)", o->range);
	if (o->help)
		strbuf_fmt(&text, "  %s", o->help);
	sheet_wrapped(&c->d->page, LOOK_VALUE, text.s, c->width);
	return 0;
}

static void put_options(struct detail *d, struct backend *b, int width)
{
	struct options_ctx c = { .d = d, .width = width };

	if (b->ops->options)
		b->ops->options(b, d->group, d->name, put_option, &c);
}

/* What the backend says, but for what stands on the page in words that know the keys. */
static void put_more(struct detail *d, const struct backend *b, const char *text, int width)
{
	static const char *const said[] = { "gives: ", "option: ", "ring: " };
	_cleanup_strbuf_ struct strbuf rest = { 0 };

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n');
		bool again = false;

		for (size_t i = 0; b->ops->options && i < ARRAY_SIZE(said); i++)
			again |= !strncmp(p, said[i], strlen(said[i]));
		if (!again)
			strbuf_add(&rest, p, n);
		p += n;
	}
	sheet_wrapped(&d->page, LOOK_TEXT, strbuf_cstr(&rest), width);
}

static void make_tracer(struct detail *d, struct backend *b, int width)
{
	_cleanup_strbuf_ struct strbuf more = { 0 };
	const struct schema *schema = NULL;
	struct tracer_status s = { 0 };
	struct err e = ERR_INIT;

	b->ops->status(b, d->group, d->name, &s);
	if (d->facts)
		sheet_wrapped(&d->page, LOOK_TEXT, d->facts, width);
	if (d->why) {
		strbuf_fmt(&more, "switching it on: %s", d->why);
		sheet_wrapped(&d->page, LOOK_WARN, more.s, width);
		strbuf_clear(&more);
	}
	put_kind(d, b, width);
	if (b->ops->schema && b->ops->schema(b, d->group, d->name, &schema, &e) < 0)
		sheet_wrapped(&d->page, LOOK_WARN, e.text, width);
	add_state(d, &s, schema, width);
	put_log(d, b);
	put_cost(d);
	if (schema)
		sheet_fmt(&d->page, LOOK_TEXT, "id: %u", schema->id);
	if (b->ops->describe && b->ops->describe(b, d->group, d->name, &more, &e) >= 0)
		put_more(d, b, strbuf_cstr(&more), width);
	put_options(d, b, width);
	if (!schema)
		return;
	sheet_line(&d->page, LOOK_TEXT, "", 0);
	fields_put(&d->page, schema);
	sheet_line(&d->page, LOOK_TEXT, "", 0);
	sheet_line(&d->page, LOOK_HEADER, "format", 6);
	sheet_text(&d->page, LOOK_DIM, schema->format, strlen(schema->format));
}

static void make_other(struct detail *d, struct backend *b, int width)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct err e = ERR_INIT;
	int more;

	if (d->facts)
		sheet_wrapped(&d->page, LOOK_TEXT, d->facts, width);
	sheet_line(&d->page, LOOK_TEXT, "", 0);
	more = b->ops->look(b, d->name, LOOK_BYTES, &text, &e);
	if (more < 0) {
		sheet_wrapped(&d->page, LOOK_ERROR, e.text, width);
		return;
	}
	sheet_line(&d->page, LOOK_HEADER, "trace", 5);
	sheet_text(&d->page, LOOK_TEXT, strbuf_cstr(&text), text.len);
	if (more)
		sheet_fmt(&d->page, LOOK_WARN, "there is more: this is the oldest %zu KiB",
			  text.len / 1024);
}

static void make_page(struct detail *d, int width)
{
	struct backend *b = d->backend ? deck_backend(ui_deck(d->t->ui), d->backend) : NULL;

	sheet_clear(&d->page);
	if (d->kind == NODE_MISSING)
		sheet_wrapped(&d->page, LOOK_WARN, d->facts ? d->facts : "", width);
	else if (!b)
		sheet_line(&d->page, LOOK_DIM, "gone", 4);
	else if (d->kind == NODE_TRACER)
		make_tracer(d, b, width);
	else if (d->kind == NODE_OTHER && b->ops->look)
		make_other(d, b, width);
}

/* ---- the view ---- */

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* What it costs is counted as long as somebody sees it. */
static void watch(struct view *v, struct detail *d, bool on)
{
	struct backend *b = d->backend ? deck_backend(ui_deck(v->ui), d->backend) : NULL;

	if (b && b->ops->watch && on != d->watches)
		b->ops->watch(b, on);
	d->watches = on && b && b->ops->watch;
}

static int detail_open(struct view *v, struct err *e)
{
	struct tracers *t = ui_dialog_arg(v->ui);
	const struct node *n = lines_cursor(t);
	struct detail *d = detail_of(v);
	struct strbuf title = { 0 };
	const struct backend *b = node_backend(t, n);

	(void)e;
	node_title(n, &title);
	d->t = t;
	d->kind = n->kind;
	d->title = strbuf_take(&title);
	d->backend = b ? xstrdup(b->ops->name) : NULL;
	d->group = copy(n->kind == NODE_TRACER ? n->parent->name : NULL);
	d->name = xstrdup(n->name);
	d->facts = copy(n->text);
	d->why = copy(n->kind == NODE_TRACER ? n->cost : NULL);
	d->gives = n->gives;
	watch(v, d, n->kind == NODE_TRACER);
	make_page(d, PAGE_COLS);
	if (n->kind == NODE_MISSING)
		v->want_rows = (int)d->page.count;
	return 0;
}

static void detail_close(struct view *v)
{
	struct detail *d = detail_of(v);

	watch(v, d, false);
	free(d->backend);
	free(d->group);
	free(d->name);
	free(d->title);
	free(d->facts);
	free(d->why);
	sheet_done(&d->page);
}

/* What changes is made anew; another instance is looked into once. */
static unsigned detail_update(struct view *v)
{
	struct detail *d = detail_of(v);
	struct backend *b = d->backend ? deck_backend(ui_deck(v->ui), d->backend) : NULL;
	const struct schema *schema = NULL;
	struct tracer_status s = { 0 };
	bool took;

	if (d->kind != NODE_TRACER || !b)
		return REACT_NONE;
	b->ops->status(b, d->group, d->name, &s);
	if (b->ops->schema)
		b->ops->schema(b, d->group, d->name, &schema, NULL);
	took = d->watches && cost_take(&d->cost, &s, ui_now(v->ui));
	if (s.state == d->state && count_events(d, &s, schema) == d->events && !took)
		return REACT_NONE;
	make_page(d, MAX(v->cols, 20));
	return REACT_DRAW;
}

static void detail_draw(const struct view *v, struct area *a)
{
	sheet_draw(&detail_of(v)->page, a);
}

/* The pane's cursor moves up to the group when the tracer goes, and that is not meant here. */
static bool of_node(struct view *v, const struct detail *d)
{
	const struct node *n = lines_cursor(d->t);

	if (d->kind != NODE_TRACER)
		return false;
	if (n && n->kind == NODE_TRACER && !strcmp(n->name, d->name) &&
	    !strcmp(n->parent->name, d->group))
		return true;
	ui_say(v->ui, LOOK_WARN, "%s is no longer there", d->title);
	return false;
}

static void toggle(struct view *v, const struct detail *d)
{
	if (of_node(v, d))
		ui_act(v->ui, "tracers", ACT_TOGGLE, NULL);
}

static unsigned detail_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct detail *d = detail_of(v);

	if (sheet_scroll(&d->page, v->rows, a, arg->count))
		return REACT_DRAW;
	switch (a) {
	case ACT_TOGGLE:
		toggle(v, d);
		break;
	case ACT_OPTION:
		return of_node(v, d) ? option_prompt(d->t, arg) : REACT_DRAW;
	case ACT_LOG:
		return of_node(v, d) ? log_open(d->t, lines_cursor(d->t)) : REACT_DRAW;
	case ACT_TABLE:
		return of_node(v, d) ? switch_table(d->t, lines_cursor(d->t)) : REACT_DRAW;
	case ACT_YANK_ROW:
		ui_yank(v->ui, strbuf_cstr(&d->page.text), d->page.text.len);
		break;
	case ACT_CANCEL:
	case ACT_BACK:
	case ACT_ENTER:
	case ACT_QUIT:
		return REACT_CLOSE;
	case ACT_NONE:
		break;
	default:
		return REACT_UNKNOWN;
	}
	return REACT_DRAW;
}

static void detail_status(const struct view *v, struct strbuf *out)
{
	const struct detail *d = detail_of(v);

	strbuf_str(out, d->title);
	sheet_status(&d->page, v->rows, out);
}

static const enum action hints[] = { ACT_TOGGLE, ACT_PAGE_DOWN, ACT_PAGE_UP, ACT_NONE };

/* Named as the pane is, for its keys are the pane's. */
static const struct view_ops detail_ops = {
	.name = "tracers",
	.title = "Tracer",
	.size = sizeof(struct detail),
	.hints = hints,
	.open = detail_open,
	.close = detail_close,
	.update = detail_update,
	.draw = detail_draw,
	.act = detail_act,
	.status = detail_status,
};

void detail_open_node(struct tracers *t, struct node *n)
{
	if (n->kind != NODE_TRACER && n->kind != NODE_OTHER && n->kind != NODE_MISSING)
		return;
	ui_dialog(t->ui, &detail_ops, t);
}
