/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * columns: a table of what a row has, and the fields of its event.
 */
#include "sinks/columns.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/arena.h"
#include "core/safe.h"
#include "core/syscall_text.h"

#define COLUMNS_MAX 64
#define FIELD_WIDTH 12

static const struct field no_field; /* stands for "looked for, and not there" */

struct column_kind {
	const char *name;
	unsigned width;
	bool is_number;
	bool (*put)(struct columns *c, const struct sink *s, const struct row *r,
		    enum column_form form, struct strbuf *b);
};

/* ---- values ---- */

static void put_safe(struct strbuf *b, const char *text, enum column_form form)
{
	if (form == COLUMN_RAW)
		strbuf_str(b, text);
	else
		safe_text(b, text, strlen(text));
}

static bool put_time(struct columns *c, const struct sink *s, const struct row *r,
		     enum column_form form, struct strbuf *b)
{
	strbuf_time(b, r->ts, form != COLUMN_TEXT ? 9 : 6);
	return true;
}

/* The words of a second are made once: asking for the zone costs more than the rest. */
static bool make_second(struct columns *c, uint64_t second)
{
	time_t t = (time_t)second;
	struct tm tm;

	if (second == c->second)
		return true;
	if (!localtime_r(&t, &tm) ||
	    !strftime(c->wall, sizeof(c->wall), "%Y-%m-%dT%H:%M:%S", &tm) ||
	    !strftime(c->zone, sizeof(c->zone), "%z", &tm))
		return false;
	c->second = second;
	return true;
}

/* 2026-11-21T17:03:23.123456789+0100, or of it the time of the day. */
static bool put_wall(struct columns *c, const struct sink *s, const struct row *r,
		     enum column_form form, struct strbuf *b)
{
	uint64_t real = s->conf.clocks ? clock_map_real(s->conf.clocks, r->ts) : 0;
	const char *day;

	if (!real || !make_second(c, real / NSEC_PER_SEC))
		return false;
	day = strchr(c->wall, 'T');
	strbuf_str(b, form != COLUMN_TEXT || !day ? c->wall : day + 1);
	strbuf_char(b, '.');
	if (form != COLUMN_TEXT)
		strbuf_u64_pad(b, real % NSEC_PER_SEC, 9, '0');
	else
		strbuf_u64_pad(b, real % NSEC_PER_SEC / 1000, 6, '0');
	if (form != COLUMN_TEXT)
		strbuf_str(b, c->zone);
	return true;
}

/* The time since the row before. */
static bool put_delta(struct columns *c, const struct sink *s, const struct row *r,
		      enum column_form form, struct strbuf *b)
{
	if (c->before == UINT64_MAX)
		return false;
	if (r->ts < c->before)
		strbuf_char(b, '-');
	strbuf_time(b, r->ts < c->before ? c->before - r->ts : r->ts - c->before,
		    form != COLUMN_TEXT ? 9 : 6);
	return true;
}

static bool put_cpu(struct columns *c, const struct sink *s, const struct row *r,
		    enum column_form form, struct strbuf *b)
{
	if (r->cpu == CPU_NONE)
		return false;
	strbuf_u64(b, r->cpu);
	return true;
}

static bool put_comm(struct columns *c, const struct sink *s, const struct row *r,
		     enum column_form form, struct strbuf *b)
{
	if (r->flags & ROW_LOSS)
		return false;
	put_safe(b, identity_comm(s->conf.identity, r->tid, r->ts), form);
	return true;
}

static bool put_pid(struct columns *c, const struct sink *s, const struct row *r,
		    enum column_form form, struct strbuf *b)
{
	int32_t pid = r->flags & ROW_LOSS ? -1 : identity_pid(s->conf.identity, r->tid, r->ts);

	if (pid < 0)
		return false;
	strbuf_s64(b, pid);
	return true;
}

static bool put_tid(struct columns *c, const struct sink *s, const struct row *r,
		    enum column_form form, struct strbuf *b)
{
	if (r->flags & ROW_LOSS || r->tid < 0)
		return false;
	strbuf_s64(b, r->tid);
	return true;
}

static bool put_event(struct columns *c, const struct sink *s, const struct row *r,
		      enum column_form form, struct strbuf *b)
{
	if (r->schema)
		put_safe(b, r->schema->name, form);
	else if (r->flags & ROW_LOSS)
		strbuf_str(b, "lost");
	return r->schema || r->flags & ROW_LOSS;
}

static bool put_system(struct columns *c, const struct sink *s, const struct row *r,
		       enum column_form form, struct strbuf *b)
{
	if (r->schema)
		put_safe(b, r->schema->system, form);
	else if (r->flags & ROW_LOSS)
		strbuf_str(b, "tapdeck");
	return r->schema || r->flags & ROW_LOSS;
}

void columns_info(const struct sink *s, const struct row *r, struct strbuf *b)
{
	if (likely(!s->conf.syscalls) || !syscalls_text(s->conf.syscalls, r, b))
		text_row_print(r, b);
}

static bool put_info(struct columns *c, const struct sink *s, const struct row *r,
		     enum column_form form, struct strbuf *b)
{
	if (r->schema) {
		columns_info(s, r, b);
	} else if (!(r->flags & ROW_LOSS)) {
		strbuf_fmt(b, "%u bytes without a format", r->size);
	} else {
		strbuf_str(b, "count=");
		if (r->lost == LOST_UNKNOWN)
			strbuf_char(b, '?');
		else
			strbuf_u64(b, r->lost);
	}
	return true;
}

static bool put_flags(struct columns *c, const struct sink *s, const struct row *r,
		      enum column_form form, struct strbuf *b)
{
	if (!r->schema)
		return false;
	text_flags(r->schema, r->rec, r->size, b);
	return true;
}

static bool put_source(struct columns *c, const struct sink *s, const struct row *r,
		       enum column_form form, struct strbuf *b)
{
	put_safe(b, r->source->name, form);
	return true;
}

static const struct column_kind kinds[] = {
	{ "time", 13, false, put_time },     { "wall", 15, false, put_wall },
	{ "delta", 12, false, put_delta },   { "cpu", 3, true, put_cpu },
	{ "comm", 15, false, put_comm },     { "pid", 7, true, put_pid },
	{ "tid", 7, true, put_tid },	     { "event", 22, false, put_event },
	{ "system", 12, false, put_system }, { "info", 0, false, put_info },
	{ "flags", 5, false, put_flags },    { "source", 12, false, put_source },
};

/* ---- names ---- */

static const struct column_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static bool is_name(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

/* Cuts the next name off; NULL at the end. Blanks around it do not count. */
static char *next_name(const char **text)
{
	const char *from = *text, *end;
	size_t len;

	if (!from)
		return NULL;
	end = strchrnul(from, ',');
	*text = *end ? end + 1 : NULL;
	from += strspn(from, " ");
	len = end > from ? (size_t)(end - from) : 0;
	while (len && from[len - 1] == ' ')
		len--;
	return xstrndup(from, len);
}

int columns_parse(const char *text, struct columns *ret, struct err *e)
{
	char *name;
	int rc = 0;

	*ret = (struct columns) { .before = UINT64_MAX, .second = UINT64_MAX };
	while (rc >= 0 && (name = next_name(&text)) != NULL) {
		if (!is_name(name))
			rc = err_set(e, -EINVAL, "--columns: '%s' is no name of a column", name);
		else if (ret->count == COLUMNS_MAX)
			rc = err_set(e, -EINVAL, "--columns: more than %d", COLUMNS_MAX);
		if (rc < 0) {
			free(name);
			break;
		}
		ret->v = xrealloc(ret->v, ret->count + 1, sizeof(*ret->v));
		ret->v[ret->count++] = (struct column) { .kind = find_kind(name), .name = name };
	}
	if (rc < 0)
		columns_done(ret);
	return rc;
}

void columns_done(struct columns *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		free(c->v[i].name);
		free(c->v[i].fields);
	}
	free(c->v);
	*c = (struct columns) { 0 };
}

/* ---- are there such fields? ---- */

struct names {
	const char **v;
	size_t count, cap;
};

static const char *name_at(size_t i, void *data)
{
	const struct names *n = data;

	return n->v[i];
}

static void add_name(struct names *n, const char *name)
{
	if (n->count == n->cap) {
		n->cap = n->cap ? n->cap * 2 : 256;
		n->v = xrealloc(n->v, n->cap, sizeof(*n->v));
	}
	n->v[n->count++] = name;
}

/* True when a schema of the sets has such a field; else all names there are stand in *n. */
static bool is_known(const char *name, const struct schema_set *const *sets, struct names *n)
{
	for (; *sets; sets++)
		for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
			const struct schema *s = (*sets)->by_id[id];

			if (!s)
				continue;
			if (schema_field(s, name))
				return true;
			schema_for_each_field (s, f)
				add_name(n, f->name);
		}
	return false;
}

static int unknown(const char *name, struct names *n, struct err *e)
{
	const char *nearest;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		add_name(n, kinds[i].name);
	nearest = util_nearest(name, name_at, n->count, n);
	if (nearest)
		return err_set(e, -ENOENT,
			       "--columns: no column and no field is called '%s'; did you mean "
			       "'%s'?",
			       name, nearest);
	return err_set(e, -ENOENT,
		       "--columns: no column and no field of these events is called '%s'", name);
}

int columns_check(const char *text, const struct schema_set *const *sets, struct err *e)
{
	struct columns c;
	int rc = columns_parse(text, &c, e);

	if (rc < 0)
		return rc;
	for (unsigned i = 0; rc >= 0 && i < c.count; i++) {
		struct names n = { 0 };

		if (!c.v[i].kind && !is_known(c.v[i].name, sets, &n))
			rc = unknown(c.v[i].name, &n, e);
		free(n.v);
	}
	columns_done(&c);
	return rc;
}

/* ---- rows ---- */

void columns_end(struct columns *c, const struct row *r)
{
	c->before = r->ts;
}

const struct field *columns_field(struct column *col, const struct row *r)
{
	const struct field *f;
	uint32_t index;

	if (col->kind || !r->schema)
		return NULL;
	index = r->schema->index;
	if (index >= col->field_count) {
		uint32_t count = index + 256;

		col->fields = xrealloc(col->fields, count, sizeof(*col->fields));
		memset(col->fields + col->field_count, 0,
		       (count - col->field_count) * sizeof(*col->fields));
		col->field_count = count;
	}
	if (!col->fields[index]) {
		f = schema_field(r->schema, col->name);
		col->fields[index] = f ? f : &no_field;
	}
	return col->fields[index] == &no_field ? NULL : col->fields[index];
}

bool columns_value(struct columns *c, struct column *col, const struct sink *s, const struct row *r,
		   enum column_form form, struct strbuf *b)
{
	const struct field *f;

	if (col->kind)
		return col->kind->put(c, s, r, form, b);
	f = columns_field(col, r);
	if (f)
		text_row_field(r, f, b);
	return f != NULL;
}

unsigned columns_width(const struct column *col)
{
	return col->kind ? col->kind->width : FIELD_WIDTH;
}

bool columns_is_number(const struct column *col)
{
	return col->kind && col->kind->is_number;
}
