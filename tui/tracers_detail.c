/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_detail: the dialog about one line of the tree: an event's fields, format and state, why
 * something failed, what another instance holds.
 *
 * A page of text that scrolls. It keeps names, no nodes: the tree may change under it. Looking into
 * another instance reads at most 1 MiB of its file trace, which consumes nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "tui/tracers.h"

#define LOOK_BYTES (1u << 20)
#define NAME_COLS  64 /* of names and types together */
#define PAGE_COLS  70 /* until the dialog knows its width */

struct page_line {
	size_t at, len; /* in the text */
	enum look look;
};

struct detail {
	struct tracers *t;
	enum node_kind kind;
	char *backend, *group, *name, *title, *why, *facts;
	struct strbuf text; /* harmless; lines point into it */
	struct page_line *lines;
	size_t count, cap;
	size_t top;
	int left; /* columns scrolled to the right */
	enum tracer_state state;
	uint64_t events; /* as they were when the page was made */
};

static struct detail *detail_of(const struct view *v)
{
	return v->state;
}

/* ---- the page ---- */

static void add_line(struct detail *d, enum look look, const char *s, size_t n)
{
	if (d->count == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 64;
		d->lines = xrealloc(d->lines, d->cap, sizeof(*d->lines));
	}
	d->lines[d->count] = (struct page_line) { .at = d->text.len, .look = look };
	safe_text(&d->text, s, n);
	d->lines[d->count].len = d->text.len - d->lines[d->count].at;
	strbuf_char(&d->text, '\n'); /* for whoever copies the page */
	d->count++;
}

static void __attribute__((format(printf, 3, 4)))
add_fmt(struct detail *d, enum look look, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	add_line(d, look, text, (size_t)n);
	free(text);
}

/* Every line of a text as one of the page, tabs as blanks. */
static void add_text(struct detail *d, enum look look, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((nl ? nl : end) - text);
		struct strbuf line = { 0 };

		for (size_t i = 0; i < len; i++)
			if (text[i] == '\t')
				strbuf_str(&line, "    ");
			else
				strbuf_char(&line, text[i]);
		add_line(d, look, strbuf_cstr(&line), line.len);
		strbuf_done(&line);
		text += len + 1;
	}
}

/* The same, broken at blanks to a width. */
static void add_wrapped(struct detail *d, enum look look, const char *text, int width)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), fit = text_prefix(text, len, MAX(width, 10));

		if (fit < len) {
			size_t word = fit;

			while (word && text[word] != ' ')
				word--;
			fit = word ? word : MAX(fit, (size_t)1);
		}
		add_line(d, look, text, fit);
		text += fit;
		text += *text == '\n' ? 1 : strspn(text, " ");
	}
}

/* ---- what a field means ---- */
static const char *const units[] = {
	[UNIT_NS] = "nanoseconds",   [UNIT_SIZE] = "bytes",	    [UNIT_ERRNO] = "an errno",
	[UNIT_IP4] = "IPv4 address", [UNIT_IP6] = "IPv6 address",   [UNIT_FIX6] = "in millionths",
	[UNIT_BOOL] = "yes or no",   [UNIT_POINTER] = "an address", [UNIT_KADDR] = "kernel address",
	[UNIT_UADDR] = "an address",
};

static const struct {
	const char *name, *meaning;
} common_fields[] = {
	{ "common_type", "the event's id" },
	{ "common_flags", "interrupts off, in an interrupt, reschedule wanted" },
	{ "common_preempt_count", "depth of preemption off" },
	{ "common_pid", "the thread (tid)" },
};

/* How the print format says the field: by names, as flags. */
static const char *said_by(const struct schema *s, const struct field *f)
{
	static const struct {
		const char *call, *meaning;
	} calls[] = {
		{ "__print_flags(REC->", "flags with names" },
		{ "__print_symbolic(REC->", "a number with names" },
		{ "__print_hex(REC->", "bytes" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		size_t len = strlen(calls[i].call), n = strlen(f->name);

		for (const char *p = s->print_fmt; (p = strstr(p, calls[i].call)); p += len)
			if (!strncmp(p + len, f->name, n) && strchr(",) ", p[len + n]))
				return calls[i].meaning;
	}
	return NULL;
}

static void put_meaning(const struct schema *s, const struct field *f, struct strbuf *out)
{
	const char *said = said_by(s, f);

	for (size_t i = 0; i < ARRAY_SIZE(common_fields); i++)
		if (f->is_common && !strcmp(common_fields[i].name, f->name))
			said = common_fields[i].meaning;
	if (said)
		strbuf_str(out, said);
	else if (f->unit < ARRAY_SIZE(units) && units[f->unit])
		strbuf_str(out, units[f->unit]);
	else if (f->kind == FIELD_STRING)
		strbuf_str(out, "text");
	else if (f->kind == FIELD_BITMASK)
		strbuf_str(out, "set of CPUs");
	else if (f->kind == FIELD_ARRAY)
		strbuf_fmt(out, "numbers of %u bytes", f->elem_size);
	else if (f->kind == FIELD_BYTES)
		strbuf_str(out, "bytes");
	else
		strbuf_str(out, f->is_signed ? "number" : "number, unsigned");
	if (f->place == FIELD_DATA_LOC || f->place == FIELD_REL_LOC)
		strbuf_str(out, ", length varies");
	else if (f->place == FIELD_TAIL)
		strbuf_str(out, ", to the end");
}

static int widest(const struct schema *s, bool names)
{
	int most = 4;

	schema_for_each_field (s, f) {
		const char *p = names ? f->name : f->type;

		most = MAX(most, text_width(p, strlen(p)));
	}
	return MIN(most, names ? NAME_COLS / 2 : NAME_COLS / 2 - 4);
}

static void add_fields(struct detail *d, const struct schema *s)
{
	int name = widest(s, true), type = widest(s, false);

	add_fmt(d, LOOK_HEADER, "%-*s  %-*s  offset  size  meaning", name, "field", type, "type");
	schema_for_each_field (s, f) {
		_cleanup_strbuf_ struct strbuf meaning = { 0 };
		char size[16] = "*";

		put_meaning(s, f, &meaning);
		if (f->size)
			snprintf(size, sizeof(size), "%u", f->size);
		add_fmt(d, f->is_common ? LOOK_DIM : LOOK_TEXT, "%-*.*s  %-*.*s  %6u  %4s  %s",
			name, name, f->name, type, type, f->type, f->offset, size,
			strbuf_cstr(&meaning));
	}
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
	add_fmt(d, s->state == TRACER_FAILED ? LOOK_ERROR : LOOK_TEXT, "state: %s%s%s switches",
		states[s->state], ", ", strbuf_cstr(&key));
	strbuf_done(&key);
	if (s->reason[0])
		add_wrapped(d, LOOK_ERROR, s->reason, width);
	add_fmt(d, LOOK_TEXT, "events: %llu%s", (unsigned long long)d->events,
		s->lost ? " (at least)" : "");
	if (s->lost)
		add_fmt(d, LOOK_LOSS, "lost: %llu", (unsigned long long)s->lost);
}

static void make_tracer(struct detail *d, struct backend *b, int width)
{
	_cleanup_strbuf_ struct strbuf more = { 0 };
	const struct schema *schema = NULL;
	struct tracer_status s = { 0 };
	struct err e = ERR_INIT;

	b->ops->status(b, d->group, d->name, &s);
	if (d->facts)
		add_wrapped(d, LOOK_TEXT, d->facts, width);
	if (d->why) {
		strbuf_fmt(&more, "switching it on: %s", d->why);
		add_wrapped(d, LOOK_WARN, more.s, width);
		strbuf_clear(&more);
	}
	if (b->ops->schema && b->ops->schema(b, d->group, d->name, &schema, &e) < 0)
		add_wrapped(d, LOOK_WARN, e.text, width);
	add_state(d, &s, schema, width);
	if (schema)
		add_fmt(d, LOOK_TEXT, "id: %u", schema->id);
	if (b->ops->describe && b->ops->describe(b, d->group, d->name, &more, &e) >= 0)
		add_wrapped(d, LOOK_TEXT, strbuf_cstr(&more), width);
	if (!schema)
		return;
	add_line(d, LOOK_TEXT, "", 0);
	add_fields(d, schema);
	add_line(d, LOOK_TEXT, "", 0);
	add_line(d, LOOK_HEADER, "format", 6);
	add_text(d, LOOK_DIM, schema->format, strlen(schema->format));
}

static void make_other(struct detail *d, struct backend *b, int width)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct err e = ERR_INIT;
	int more;

	if (d->facts)
		add_wrapped(d, LOOK_TEXT, d->facts, width);
	add_line(d, LOOK_TEXT, "", 0);
	more = b->ops->look(b, d->name, LOOK_BYTES, &text, &e);
	if (more < 0) {
		add_wrapped(d, LOOK_ERROR, e.text, width);
		return;
	}
	add_line(d, LOOK_HEADER, "trace", 5);
	add_text(d, LOOK_TEXT, strbuf_cstr(&text), text.len);
	if (more)
		add_fmt(d, LOOK_WARN, "there is more: this is the oldest %zu KiB", text.len / 1024);
}

static void make_page(struct detail *d, int width)
{
	struct backend *b = d->backend ? deck_backend(ui_deck(d->t->ui), d->backend) : NULL;

	strbuf_clear(&d->text);
	d->count = 0;
	if (d->kind == NODE_MISSING)
		add_wrapped(d, LOOK_WARN, d->facts ? d->facts : "", width);
	else if (!b)
		add_line(d, LOOK_DIM, "gone", 4);
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
	make_page(d, PAGE_COLS);
	if (n->kind == NODE_MISSING)
		v->want_rows = (int)d->count;
	return 0;
}

static void detail_close(struct view *v)
{
	struct detail *d = detail_of(v);

	free(d->backend);
	free(d->group);
	free(d->name);
	free(d->title);
	free(d->facts);
	free(d->why);
	free(d->lines);
	strbuf_done(&d->text);
}

/* What changes is made anew; another instance is looked into once. */
static unsigned detail_update(struct view *v)
{
	struct detail *d = detail_of(v);
	struct backend *b = d->backend ? deck_backend(ui_deck(v->ui), d->backend) : NULL;
	const struct schema *schema = NULL;
	struct tracer_status s = { 0 };

	if (d->kind != NODE_TRACER || !b)
		return REACT_NONE;
	b->ops->status(b, d->group, d->name, &s);
	if (b->ops->schema)
		b->ops->schema(b, d->group, d->name, &schema, NULL);
	if (s.state == d->state && count_events(d, &s, schema) == d->events)
		return REACT_NONE;
	make_page(d, MAX(v->cols, 20));
	return REACT_DRAW;
}

static size_t last_top(const struct detail *d, int rows)
{
	size_t sight = rows > 0 ? (size_t)rows : 1;

	return d->count > sight ? d->count - sight : 0;
}

static void detail_draw(const struct view *v, struct area *a)
{
	const struct detail *d = detail_of(v);
	size_t top = MIN(d->top, last_top(d, a->rows));

	for (int y = 0; y < a->rows && top + (size_t)y < d->count; y++) {
		const struct page_line *l = &d->lines[top + (size_t)y];
		const char *s = d->text.s + l->at;
		size_t skip = text_prefix(s, l->len, d->left);

		draw_text(a, y, 0, a->cols, l->look, s + skip, l->len - skip);
	}
}

static void scroll(struct detail *d, int rows, int64_t by)
{
	int64_t to = (int64_t)MIN(d->top, last_top(d, rows)) + by;

	d->top = to < 0 ? 0 : MIN((size_t)to, last_top(d, rows));
}

/* The pane's cursor moves up to the group when the tracer goes, and that is not meant here. */
static void toggle(struct view *v, const struct detail *d)
{
	const struct node *n = lines_cursor(d->t);

	if (d->kind != NODE_TRACER)
		return;
	if (n && n->kind == NODE_TRACER && !strcmp(n->name, d->name) &&
	    !strcmp(n->parent->name, d->group))
		ui_act(v->ui, "tracers", ACT_TOGGLE, NULL);
	else
		ui_say(v->ui, LOOK_WARN, "%s is no longer there", d->title);
}

static unsigned detail_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct detail *d = detail_of(v);
	int64_t n = arg->count ? arg->count : 1, page = MAX(v->rows - 1, 1);

	switch (a) {
	case ACT_UP:
	case ACT_DOWN:
		scroll(d, v->rows, a == ACT_UP ? -n : n);
		break;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
		scroll(d, v->rows, a == ACT_PAGE_UP ? -n * page : n * page);
		break;
	case ACT_HALF_UP:
	case ACT_HALF_DOWN:
		scroll(d, v->rows, (a == ACT_HALF_UP ? -n : n) * MAX(page / 2, 1));
		break;
	case ACT_FIRST:
	case ACT_LAST:
		d->top = a == ACT_FIRST ? 0 : last_top(d, v->rows);
		break;
	case ACT_LEFT:
		d->left = MAX(d->left - 8, 0);
		break;
	case ACT_RIGHT:
		d->left = MIN(d->left + 8, 400);
		break;
	case ACT_TOGGLE:
		toggle(v, d);
		break;
	case ACT_YANK_ROW:
		ui_yank(v->ui, strbuf_cstr(&d->text), d->text.len);
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
	size_t top = MIN(d->top, last_top(d, v->rows));

	strbuf_str(out, d->title);
	if (d->count > (size_t)MAX(v->rows, 1))
		strbuf_fmt(out, "  %zu-%zu of %zu lines", top + 1, top + (size_t)v->rows, d->count);
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
