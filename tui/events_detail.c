/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_detail: everything that is known of the row under the cursor.
 *
 * Made once when the cursor comes to another row, because a look at /proc may be part of it;
 * drawing only draws. What a value means is taken from the event's own words (flags, symbols), from
 * its type's unit, or from its name where the kernel has used one name for one thing.
 */
#include <ctype.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/events.h"
#include "tui/events_calls.h"
#include "tui/events_pairs.h"

#define HEX_BYTES 32

void detail_close(struct detail *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->lines[i].name);
		free(d->lines[i].type);
		free(d->lines[i].value);
		free(d->lines[i].hex);
		free(d->lines[i].meaning);
	}
	free(d->lines);
	*d = (struct detail) { .open = d->open };
}

struct detail_line *detail_add(struct detail *d, const char *name, struct strbuf *value)
{
	struct detail_line *l;

	if (d->count == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 32;
		d->lines = xrealloc(d->lines, d->cap, sizeof(*d->lines));
	}
	l = &d->lines[d->count++];
	*l = (struct detail_line) { .name = xstrdup(name), .field = -1 };
	l->value = strbuf_take(value);
	return l;
}

/* ---- meanings ---- */

/* Whether text goes on with another "name=" or ", name=" at p: there the value before it ends. */
static bool begins_name(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_')
		n++;
	return n && (p[n] == '=' || p[n] == ':');
}

bool text_piece(const char *text, const char *name, size_t *from, size_t *len)
{
	size_t n = strlen(name);
	const char *p = text, *end;

	while ((p = strstr(p, name)) &&
	       (p[n] != '=' || (p > text && (isalnum((unsigned char)p[-1]) || p[-1] == '_'))))
		p += n;
	if (!p)
		return false;
	for (end = p + n + 1; *end && !(*end == ' ' && begins_name(end + 1)); end++)
		;
	/* "prev_state=R ==> next_comm=": what joins two fields belongs to neither. */
	while (end > p + n + 1 && strchr(" ,;=>", end[-1]))
		end--;
	*from = (size_t)(p - text);
	*len = (size_t)(end - p);
	return true;
}

/* What the event's own text says behind "name=", when that is not the plain value. */
static void own_words(const char *text, const char *name, const char *plain, struct strbuf *out)
{
	size_t from, len, head = strlen(name) + 1;

	if (!text_piece(text, name, &from, &len))
		return;
	text += from + head;
	len -= head;
	if (len && (len != strlen(plain) || memcmp(text, plain, len) != 0))
		strbuf_add(out, text, len);
}

static void put_name(struct strbuf *out, const char *name, const char *words)
{
	if (out->len)
		strbuf_str(out, ", ");
	strbuf_fmt(out, "%s (%s)", name, words);
}

/* Numbers that mean the same in every event whose field has this name. */
static void by_name(const struct field *f, int64_t v, struct strbuf *out)
{
	static const char *const errors[] = { "ret", "err", "error", "errno", "rc", "res" };
	static const char *const signals[] = { "sig", "signal", "signo" };

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (!strcmp(f->name, errors[i]) && v < 0 && v > -4096 && strerrorname_np((int)-v))
			put_name(out, strerrorname_np((int)-v), strerrordesc_np((int)-v));
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!strcmp(f->name, signals[i]) && v > 0 && v < 65 && sigabbrev_np((int)v))
			put_name(out, sigabbrev_np((int)v), sigdescr_np((int)v));
}

static void by_unit(const struct field *f, uint64_t v, struct strbuf *out)
{
	char size[32];

	if (f->unit == UNIT_SIZE)
		strbuf_str(out, util_human_size(v, size, sizeof(size)));
	if (f->unit == UNIT_NS) {
		strbuf_time(out, v, 9);
		strbuf_str(out, " s");
	}
	if (f->unit == UNIT_ERRNO && (int64_t)v < 0 && (int64_t)v > -4096 &&
	    strerrordesc_np((int)-(int64_t)v))
		strbuf_str(out, strerrordesc_np((int)-(int64_t)v));
}

static char *meaning_of(const struct events *ev, const struct row *r, const struct field *f,
			const char *text, const char *plain)
{
	char *call = f->is_common ? NULL : calls_meaning(ev, r, f);
	struct strbuf out = { 0 };
	uint64_t v;

	if (call)
		return call;
	if (!f->is_common)
		own_words(text, f->name, plain, &out);
	if (field_int(r->schema, f, r->rec, r->size, &v)) {
		by_unit(f, v, &out);
		by_name(f, (int64_t)v, &out);
	}
	return out.len ? strbuf_take(&out) : NULL;
}

/* ---- fields ---- */

static char *hex_of(const struct row *r, const struct field *f)
{
	struct strbuf out = { 0 };
	uint32_t len;
	const uint8_t *p = field_bytes(r->schema, f, r->rec, r->size, &len);

	for (uint32_t i = 0; p && i < MIN(len, (uint32_t)HEX_BYTES); i++)
		strbuf_fmt(&out, i ? " %02x" : "%02x", p[i]);
	if (p && len > HEX_BYTES)
		strbuf_fmt(&out, " +%u", len - HEX_BYTES);
	return strbuf_take(&out);
}

static void add_field(struct events *ev, const struct row *r, unsigned index, const char *text)
{
	struct detail *d = &ev->detail;
	const struct field *f = &r->schema->fields[index];
	struct strbuf value = { 0 }, type = { 0 };
	struct detail_line *l;

	text_row_field(r, f, &value);
	l = detail_add(d, f->name, &value);
	safe_text(&type, f->type, strlen(f->type));
	if (f->kind == FIELD_ARRAY && f->place == FIELD_FIXED && f->elem_size)
		strbuf_fmt(&type, "[%u]", f->size / f->elem_size);
	l->type = strbuf_take(&type);
	l->hex = hex_of(r, f);
	l->meaning = meaning_of(ev, r, f, text, l->value);
	if (!f->is_common)
		l->field = (int)(index - r->schema->common_count);
}

/* A stack, one call a line: the text has " => " before each. */
static void add_stack(struct detail *d, const char *text)
{
	const char *p = strstr(text, " => ");

	if (!p || strncmp(text, "<stack trace>", 13) != 0)
		return;
	for (unsigned n = 0; p; n++) {
		const char *end = strstr(p + 4, " => ");
		struct strbuf call = { 0 };
		char name[16];

		strbuf_add(&call, p + 4, end ? (size_t)(end - p - 4) : strlen(p + 4));
		snprintf(name, sizeof(name), "#%u", n);
		detail_add(d, name, &call);
		p = end;
	}
}

static void add_fields(struct events *ev, const struct row *r)
{
	struct detail *d = &ev->detail;
	_cleanup_strbuf_ struct strbuf text = { 0 };

	text_row_print(r, &text);
	if (!strcmp(r->schema->system, "ftrace"))
		add_stack(d, strbuf_cstr(&text));
	for (unsigned i = r->schema->common_count; i < r->schema->count; i++)
		add_field(ev, r, i, strbuf_cstr(&text));
	calls_detail(ev, r);
}

/* ---- what is around them ---- */

static void add_head(struct events *ev, const struct row *r)
{
	struct strbuf b = { 0 }, wall = { 0 };
	struct detail_line *l;

	if (r->schema) {
		safe_text(&b, r->schema->system, strlen(r->schema->system));
		strbuf_char(&b, ':');
		safe_text(&b, r->schema->name, strlen(r->schema->name));
		l = detail_add(&ev->detail, "event", &b);
		strbuf_fmt(&b, "id %u", r->schema->id);
		l->meaning = strbuf_take(&b);
	}
	if (r->flags & ROW_APPROX_TIME)
		strbuf_char(&b, '~');
	strbuf_time(&b, r->ts, 9);
	l = detail_add(&ev->detail, "time", &b);
	time_text(ev, TIME_WALL, r, NULL, &wall);
	strbuf_fmt(&b, "wall %s%s%s", wall.s, r->flags & ROW_LATE ? ", came late" : "",
		   r->flags & ROW_APPROX_TIME ? ", time of arrival" : "");
	l->meaning = strbuf_take(&b);
	strbuf_done(&wall);
}

static void put_string(struct strbuf *b, const char *name, const char *s)
{
	if (!s)
		return;
	strbuf_fmt(b, "%s%s ", b->len ? ", " : "", name);
	safe_text(b, s, strlen(s));
}

static void add_process(struct events *ev, const struct row *r)
{
	struct identity *id = deck_identity(ev->deck);
	const struct task *t = identity_task(id, r->tid, r->ts);
	struct process *p = t ? t->process : NULL;
	struct strbuf b = { 0 };

	column_text(ev, COLUMN_COMM, r, NULL, &b);
	strbuf_fmt(&b, ", tid %d", r->tid);
	detail_add(&ev->detail, "thread", &b);
	if (!p) {
		strbuf_str(&b, "?");
		detail_add(&ev->detail, "process", &b)->meaning = xstrdup("not known");
		return;
	}
	identity_detail(id, p);
	strbuf_fmt(&b, "%d ", p->pid);
	safe_text(&b, p->comm, strnlen(p->comm, sizeof(p->comm)));
	if (p->ppid >= 0)
		strbuf_fmt(&b, ", parent %d", p->ppid);
	if (p->uid != UINT32_MAX)
		strbuf_fmt(&b, ", uid %u", p->uid);
	if (p->end != UINT64_MAX)
		strbuf_str(&b, ", ended");
	detail_add(&ev->detail, "process", &b);
	put_string(&b, "exe", p->exe);
	put_string(&b, "cgroup", p->cgroup);
	if (b.len)
		detail_add(&ev->detail, "", &b);
	strbuf_done(&b);
}

static void add_place(struct events *ev, const struct row *r)
{
	struct strbuf b = { 0 };

	column_text(ev, COLUMN_CPU, r, NULL, &b);
	if (r->schema) {
		strbuf_str(&b, ", flags ");
		text_flags(r->schema, r->rec, r->size, &b);
	}
	detail_add(&ev->detail, "cpu", &b);
	safe_text(&b, r->source->name, strlen(r->source->name));
	strbuf_fmt(&b, " (%s), %u bytes", r->source->backend, r->size);
	detail_add(&ev->detail, "source", &b)->meaning =
	    r->flags & ROW_DAMAGED ? xstrdup("damaged: does not fit its format") : NULL;
}

static void add_loss(struct events *ev, const struct shown *s)
{
	struct strbuf b = { 0 };
	struct detail_line *l;

	loss_text(s, &b);
	detail_add(&ev->detail, "lost", &b);
	strbuf_time(&b, s->row.ts, 9);
	l = detail_add(&ev->detail, "before", &b);
	l->meaning = xstrdup("the ring buffer was full: a larger --buffer or fewer tracers help");
}

void detail_update(struct events *ev)
{
	const struct shown *s = window_cursor(&ev->win);
	struct detail *d = &ev->detail;

	if (!d->open || (s && d->count && !row_compare(&d->row, &s->row)))
		return;
	detail_close(d);
	if (!s || !row_is_here(ev->win.store, &s->row))
		return;
	d->row = s->row;
	if (s->row.flags & ROW_LOSS) {
		add_loss(ev, s);
		return;
	}
	add_head(ev, &s->row);
	pairs_detail(ev, &s->row);
	if (s->row.schema)
		add_fields(ev, &s->row);
	add_process(ev, &s->row);
	add_place(ev, &s->row);
	for (unsigned i = 0; s->row.schema && i < s->row.schema->common_count; i++)
		add_field(ev, &s->row, i, "");
}

/* ---- drawing ---- */

/* The widest of a part of the lines, within bounds. */
static int widest(const struct detail *d, size_t part, int most)
{
	int w = 0;

	for (size_t i = 0; i < d->count; i++) {
		const char *s = *(char **)((char *)&d->lines[i] + part);

		if (s && d->lines[i].type)
			w = MAX(w, text_width(s, strlen(s)));
	}
	return MIN(w, most);
}

static int draw_part(struct area *a, int y, int x, int width, enum look look, const char *s)
{
	if (s && x < a->cols)
		draw_text(a, y, x, MIN(width, a->cols - x), look, s, strlen(s));
	return x + width + 1;
}

/* A line that is not of a field has neither type nor hex: its words go through to the end. */
static void draw_words(struct area *a, int y, int name, const struct detail_line *l)
{
	int x = draw_part(a, y, 1, name, LOOK_FIELD, l->name);

	if (x < a->cols)
		x += 2 + draw_text(a, y, x, a->cols - x, LOOK_VALUE, l->value, strlen(l->value));
	if (l->meaning && x < a->cols)
		draw_text(a, y, x, a->cols - x, LOOK_DIM, l->meaning, strlen(l->meaning));
}

/* The first line to draw, so that the field under the cursor is in sight. */
static size_t first_line(const struct events *ev, int height)
{
	const struct detail *d = &ev->detail;

	if (!cell_field(ev))
		return 0;
	for (size_t i = 0; i < d->count; i++)
		if (d->lines[i].field == (int)ev->field)
			return i < (size_t)height ? 0 : i - (size_t)height + 1;
	return 0;
}

void detail_draw(const struct events *ev, struct area *a)
{
	const struct detail *d = &ev->detail;
	int name = MAX(widest(d, offsetof(struct detail_line, name), 20), 8);
	int type = widest(d, offsetof(struct detail_line, type), 18);
	int value = widest(d, offsetof(struct detail_line, value), MAX(a->cols / 4, 10));
	int hex = widest(d, offsetof(struct detail_line, hex), MAX(a->cols / 4, 11));
	size_t first = first_line(ev, a->rows);

	for (int y = 0; y < a->rows && first + (size_t)y < d->count; y++) {
		const struct detail_line *l = &d->lines[first + (size_t)y];
		int x, whole;

		if (!l->type) {
			draw_words(a, y, name, l);
			continue;
		}
		x = draw_part(a, y, 1, name, LOOK_FIELD, l->name);
		/* A value too long for its column takes the room of what says less: type and hex.
		 */
		whole = text_width(l->value, strlen(l->value));
		x = draw_part(a, y, x, MIN(MAX(value, whole), a->cols - x), LOOK_VALUE, l->value);
		if (l->meaning)
			x += 1 + draw_text(a, y, x, MAX(a->cols - x, 0), LOOK_TEXT, l->meaning,
					   strlen(l->meaning));
		if (a->cols - x > type + hex) {
			x = MAX(x, a->cols - type - hex - 2);
			x = draw_part(a, y, x, type, LOOK_DIM, l->type);
			draw_part(a, y, x, hex, LOOK_DIM, l->hex);
		}
		if (l->field >= 0 && cell_field(ev) && l->field == (int)ev->field)
			draw_mark(a, y, 0, a->cols, MARK_CELL);
	}
}
