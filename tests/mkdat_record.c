/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdat_record: the formats, records and pages of a description, see mkdat.c.
 *
 * Owns the events and the open pages of every CPU. It lays records out by itself, without the
 * parser of the program, so that a mistake there is seen.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/row.h"
#include "tests/mkdat.h"
#include "tracefs/dat_put.h"

void mkdat_fail(const struct maker *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "mkdat: %s:%u: ", m->path, m->line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

long long mkdat_number(const struct maker *m, const char *s)
{
	char *end;
	long long v;

	errno = 0;
	v = *s == '-' ? strtoll(s, &end, 0) : (long long)strtoull(s, &end, 0);
	if (errno || end == s || *end)
		mkdat_fail(m, "'%s' is no number", s);
	return v;
}

struct dat_writer *mkdat_writer(struct maker *m)
{
	if (m->writer)
		return m->writer;
	m->writer = dat_writer_new(&m->conf);
	m->page_sizes[0] = m->conf.page_size;
	return m->writer;
}

/* A word is a number with its bytes, as 7@4, or text with its NUL. */
void mkdat_option(struct maker *m, struct words *w)
{
	_cleanup_strbuf_ struct strbuf bytes = { 0 };

	for (unsigned i = 2; i < w->count; i++) {
		char *size = strchr(w->v[i], '@');

		if (!size) {
			strbuf_add(&bytes, w->v[i], strlen(w->v[i]) + 1);
			continue;
		}
		*size++ = '\0';
		dat_put(&bytes, m->conf.machine, (uint64_t)mkdat_number(m, w->v[i]),
			(unsigned)mkdat_number(m, size));
	}
	dat_writer_option(mkdat_writer(m), (unsigned)mkdat_number(m, w->v[1]), strbuf_cstr(&bytes),
			  bytes.len);
}

/* ---- events ---- */

static const struct type_def {
	const char *word, *type;
	unsigned size; /* 0: of a long */
	bool is_signed, is_text, is_loc;
} types[] = {
	{ "u8", "u8", 1 },
	{ "u16", "u16", 2 },
	{ "u32", "u32", 4 },
	{ "u64", "u64", 8 },
	{ "s8", "s8", 1, true },
	{ "s16", "s16", 2, true },
	{ "s32", "s32", 4, true },
	{ "s64", "s64", 8, true },
	{ "long", "long", 0, true },
	{ "ulong", "unsigned long", 0 },
	{ "char", "char", 1, true, true },
	{ "string", "__data_loc char[]", 4, true, false, true },
};

/* NAME:TYPE or NAME:TYPE[N] as the next field of an event. */
static void add_field(struct maker *m, struct event_def *ev, char *word)
{
	struct field_def *f = &ev->fields[ev->count];
	char *type = strchr(word, ':'), *count;

	if (!type || ev->count == FIELDS_MAX)
		mkdat_fail(m, "'%s' is no field, or there are too many", word);
	*type++ = '\0';
	count = strchr(type, '[');
	if (count)
		*count++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const struct type_def *t = &types[i];

		if (strcmp(t->word, type))
			continue;
		*f = (struct field_def) { .name = xstrdup(word),
					  .type = t->type,
					  .size = t->size ? t->size : m->conf.machine.long_size,
					  .count = count ? (unsigned)strtoul(count, NULL, 10) : 1,
					  .is_signed = t->is_signed,
					  .is_text = t->is_text,
					  .is_loc = t->is_loc };
		f->offset = (ev->size + f->size - 1) / f->size * f->size;
		ev->size = f->offset + f->size * f->count;
		ev->count++;
		return;
	}
	mkdat_fail(m, "'%s' is no type", type);
}

static void format_field(struct strbuf *out, const struct field_def *f)
{
	strbuf_fmt(out, "\tfield:%s %s", f->type, f->name);
	if (f->count > 1)
		strbuf_fmt(out, "[%u]", f->count);
	strbuf_fmt(out, ";\toffset:%u;\tsize:%u;\tsigned:%d;\n", f->offset, f->size * f->count,
		   f->is_signed);
}

void mkdat_event(struct maker *m, struct words *w)
{
	struct event_def *ev = &m->events[m->event_count++];
	const char *print = strstr(w->rest, " print ");
	_cleanup_strbuf_ struct strbuf text = { 0 };

	mkdat_writer(m);
	if (w->count < 4 || m->event_count == EVENTS_MAX)
		mkdat_fail(m, "event SYSTEM NAME ID FIELD:TYPE...");
	ev->name = xstrdup(w->v[2]);
	ev->id = (unsigned)mkdat_number(m, w->v[3]);
	ev->size = 8;
	for (unsigned i = 4; i < w->count && strcmp(w->v[i], "print"); i++)
		add_field(m, ev, w->v[i]);
	strbuf_fmt(&text,
		   "name: %s\nID: %u\nformat:\n"
		   "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		   "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		   "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		   "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n",
		   ev->name, ev->id);
	for (unsigned i = 0; i < ev->count; i++)
		format_field(&text, &ev->fields[i]);
	strbuf_fmt(&text, "\nprint fmt: %s\n", print ? print + 7 : "\"\"");
	dat_writer_format(m->writer, w->v[1], strbuf_cstr(&text));
}

void mkdat_format(struct maker *m, struct words *w)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, m->in) > 0 && strcmp(line, "end\n")) {
		m->line++;
		strbuf_str(&text, line);
	}
	m->line++;
	dat_writer_format(mkdat_writer(m), w->v[1], strbuf_cstr(&text));
}

/* ---- records ---- */

static void put(const struct maker *m, uint8_t *p, uint64_t v, unsigned size)
{
	uint16_t one = 1;
	bool big = m->conf.machine.swap != !*(uint8_t *)&one;

	for (unsigned i = 0; i < size; i++)
		p[big ? size - 1 - i : i] = (uint8_t)(v >> (8 * i));
}

static void put_value(struct maker *m, uint8_t *rec, unsigned *size, const struct field_def *f,
		      const char *value)
{
	size_t len = strlen(value);

	if (f->is_loc) {
		if (*size + len + 1 > RECORD_MAX)
			mkdat_fail(m, "the record is too long");
		put(m, rec + f->offset, (uint64_t)(len + 1) << 16 | *size, 4);
		memcpy(rec + *size, value, len + 1);
		*size += (unsigned)len + 1;
	} else if (f->is_text) {
		memcpy(rec + f->offset, value, MIN(len, (size_t)f->count));
	} else {
		for (unsigned i = 0; i < f->count; i++)
			put(m, rec + f->offset + i * f->size, (uint64_t)mkdat_number(m, value),
			    f->size);
	}
}

/* The value with $ replaced by the number of the record. */
static char *expand(const char *value, unsigned long long n)
{
	struct strbuf b = { 0 };

	for (; *value; value++) {
		if (*value == '$')
			strbuf_fmt(&b, "%llu", n);
		else
			strbuf_char(&b, *value);
	}
	return strbuf_take(&b);
}

/* NAME=VALUE into the record. */
static void put_word(struct maker *m, uint8_t *rec, unsigned *size, const struct event_def *ev,
		     const char *word, unsigned long long n)
{
	const char *eq = strchr(word, '=');
	_cleanup_free_ char *value = eq ? expand(eq + 1, n) : NULL;

	if (!eq)
		mkdat_fail(m, "'%s' is no NAME=VALUE", word);
	if (!strncmp(word, "tid=", 4)) {
		put(m, rec + 4, (uint64_t)mkdat_number(m, value), 4);
		return;
	}
	for (unsigned i = 0; i < ev->count; i++) {
		const struct field_def *f = &ev->fields[i];

		if (strlen(f->name) == (size_t)(eq - word) &&
		    !strncmp(f->name, word, strlen(f->name))) {
			put_value(m, rec, size, f, value);
			return;
		}
	}
	mkdat_fail(m, "%s has no such field: '%s'", ev->name, word);
}

static struct track *track(struct maker *m)
{
	struct track *t;

	mkdat_writer(m);
	if (m->at && m->at->buffer == m->buffer && m->at->cpu == m->cpu)
		return m->at;
	for (t = m->tracks; t; t = t->next)
		if (t->buffer == m->buffer && t->cpu == m->cpu)
			break;
	if (!t) {
		t = xcalloc(1, sizeof(*t));
		t->buffer = m->buffer;
		t->cpu = m->cpu;
		t->next = m->tracks;
		m->tracks = t;
	}
	m->at = t;
	return t;
}

static void close_page(struct maker *m, struct track *t)
{
	if (!t->open)
		return;
	page_builder_finish(&t->page);
	strbuf_add(&t->pages, (const char *)t->bytes, m->page_sizes[t->buffer]);
	t->open = false;
}

static void open_page(struct maker *m, struct track *t)
{
	if (t->open)
		return;
	page_builder_begin(&t->page, t->bytes, m->page_sizes[t->buffer], m->conf.machine);
	page_builder_lost(&t->page, t->lost);
	t->lost = 0;
	t->open = true;
}

/* What the kernel leaves of a record taken back: padding of its length, its delta never 0. */
static void make_padding(const struct maker *m, uint8_t *head, uint32_t size)
{
	uint32_t v = load_u32(head), delta;

	v = m->conf.machine.swap ? __builtin_bswap32(v) : v;
	delta = m->conf.machine.swap ? v & 0x7ffffff : v >> 5;
	delta = delta ? delta : 1;
	put(m, head, m->conf.machine.swap ? 29u << 27 | delta : delta << 5 | 29, 4);
	put(m, head + 4, size, 4);
}

static void add_record(struct maker *m, uint64_t ts, const uint8_t *rec, unsigned size,
		       bool discard)
{
	struct track *t = track(m);
	unsigned body = (size + 3) & ~3u, whole = body > 112 ? body + 4 : body;

	open_page(m, t);
	if (!page_builder_add(&t->page, ts, rec, size)) {
		close_page(m, t);
		open_page(m, t);
		if (!page_builder_add(&t->page, ts, rec, size))
			mkdat_fail(m, "a record of %u bytes fits no page", size);
	}
	if (discard)
		make_padding(m, t->bytes + 8 + m->conf.machine.long_size + t->page.used - whole - 4,
			     whole);
}

/* The words from EVENT on, as record number n at time ts. */
static void make_record(struct maker *m, uint64_t ts, char **v, unsigned count,
			unsigned long long n, bool discard)
{
	_cleanup_free_ uint8_t *rec = xcalloc(1, RECORD_MAX + 8);
	const struct event_def *ev = NULL;
	unsigned size;

	for (unsigned i = 0; i < m->event_count; i++)
		if (!strcmp(m->events[i].name, v[0]))
			ev = &m->events[i];
	if (!ev)
		mkdat_fail(m, "no event '%s'", v[0]);
	size = ev->size;
	put(m, rec, ev->id, 2);
	for (unsigned i = 1; i < count; i++)
		put_word(m, rec, &size, ev, v[i], n);
	add_record(m, ts, rec, size, discard);
}

void mkdat_at(struct maker *m, struct words *w)
{
	make_record(m, (uint64_t)mkdat_number(m, w->v[1]), w->v + 2, w->count - 2, 0,
		    w->v[0][0] == 'd');
}

void mkdat_many(struct maker *m, struct words *w)
{
	unsigned long long count = (unsigned long long)mkdat_number(m, w->v[1]);
	uint64_t ts = (uint64_t)mkdat_number(m, w->v[2]), step = (uint64_t)mkdat_number(m, w->v[3]);

	for (unsigned long long i = 0; i < count; i++)
		make_record(m, ts + i * step, w->v + 4, w->count - 4, i, false);
}

void mkdat_lost(struct maker *m, struct words *w)
{
	struct track *t = track(m);

	close_page(m, t);
	t->lost = !strcmp(w->v[1], "?") ? LOST_UNKNOWN : (uint64_t)mkdat_number(m, w->v[1]);
}

void mkdat_close(struct maker *m, struct words *w)
{
	(void)w;
	close_page(m, track(m));
}

void mkdat_finish(struct maker *m)
{
	mkdat_writer(m);
	for (struct track *t = m->tracks; t; t = t->next) {
		struct dat_writer_cpu c;

		close_page(m, t);
		c = (struct dat_writer_cpu) { (const uint8_t *)strbuf_cstr(&t->pages),
					      t->pages.len };
		dat_writer_pages(m->writer, t->buffer, t->cpu, &c);
	}
}

void mkdat_free(struct maker *m)
{
	for (struct track *t = m->tracks, *next; t; t = next) {
		next = t->next;
		strbuf_done(&t->pages);
		free(t);
	}
	for (unsigned i = 0; i < m->event_count; i++) {
		free(m->events[i].name);
		for (unsigned k = 0; k < m->events[i].count; k++)
			free(m->events[i].fields[k].name);
	}
	strbuf_done(&m->latency);
	dat_writer_free(m->writer);
	free((char *)m->conf.clock);
	free(m);
}
