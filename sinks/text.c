/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: one line a row, in the kernel's own words and columns; or in those that were chosen.
 */
#include <stdlib.h>

#include "core/safe.h"
#include "sinks/columns.h"
#include "sinks/out.h"
#include "sinks/sink.h"

#define COMM_WIDTH 16
#define TID_WIDTH  7
#define HEAD_ROOM  128 /* what stands in front of the event's name, names of threads apart */

struct state {
	struct strbuf out;
	uint64_t second; /* the one whose digits stand in seconds[] */
	char seconds[24];
	size_t seconds_len;
	/* Whose row was the last one, and how that was said: rows of one task come in streaks. */
	int32_t tid;
	uint16_t cpu;
	char comm[64];
	struct strbuf head;
	struct columns columns; /* none: the kernel's */
	/* In front of the line; nothing where all rows are of the top source. */
	size_t source_width;
	const struct source *source; /* the last row's, and what stands there for it */
	struct strbuf prefix;
};

/* How much room the sources' names need. */
static size_t source_width(const struct sink_conf *c)
{
	const struct source *src;
	size_t width = 0;

	for (unsigned i = 0; c->store && (src = store_source_at(c->store, i)); i++) {
		struct strbuf name = { 0 };

		if ((src->flags & SOURCE_HIDDEN) || src == c->top)
			continue;
		safe_text(&name, src->name, strlen(src->name));
		width = MAX(width, name.len);
		strbuf_done(&name);
	}
	return width;
}

static int text_open(struct sink *s, struct err *e)
{
	struct state *st = s->state;

	st->second = UINT64_MAX;
	if (s->conf.sources && !s->conf.columns)
		st->source_width = source_width(&s->conf);
	return s->conf.columns ? columns_parse(s->conf.columns, &st->columns, e) : 0;
}

/* Writes v at p without a printf; returns the place behind it. */
static char *decimal(char *p, uint64_t v)
{
	char tmp[20], *at = tmp + sizeof(tmp);

	do
		*--at = (char)('0' + v % 10);
	while (v /= 10);
	memcpy(p, at, (size_t)(tmp + sizeof(tmp) - at));
	return p + (tmp + sizeof(tmp) - at);
}

static char *digits(char *p, uint32_t v, unsigned width)
{
	for (unsigned i = width; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + width;
}

static char *blanks(char *p, size_t have, size_t width)
{
	if (have >= width)
		return p;
	memset(p, ' ', width - have);
	return p + width - have;
}

/* "            bash", names of any kind made harmless */
static void put_comm(struct strbuf *b, const char *comm)
{
	size_t len = strlen(comm);
	struct strbuf name = { 0 };
	char *p;

	if (likely(len <= COMM_WIDTH && safe_is_plain(comm, len))) {
		p = blanks(strbuf_room(b, HEAD_ROOM), len, COMM_WIDTH);
		memcpy(p, comm, len);
		b->len += COMM_WIDTH;
		return;
	}
	safe_text(&name, comm, len);
	p = blanks(strbuf_room(b, COMM_WIDTH), name.len, COMM_WIDTH);
	b->len = (size_t)(p - b->s);
	strbuf_add(b, strbuf_cstr(&name), name.len);
	strbuf_done(&name);
}

/* "-1234    [001] " */
static char *put_place(char *p, const struct row *r)
{
	char *tid;

	*p++ = '-';
	tid = p;
	if (unlikely(r->tid < 0))
		*p++ = '?';
	else
		p = decimal(p, (uint64_t)r->tid);
	p = blanks(p, (size_t)(p - tid), TID_WIDTH);
	memcpy(p, " [", 2);
	p += 2;
	if (r->cpu == CPU_NONE)
		*p++ = '-';
	else if (r->cpu < 1000)
		p = digits(p, r->cpu, 3);
	else
		p = decimal(p, r->cpu);
	memcpy(p, "] ", 2);
	return p + 2;
}

/* "            bash-1234    [001] " */
static void put_head(struct state *st, const struct row *r, const char *comm)
{
	struct strbuf *b = &st->head;
	size_t len = strlen(comm);

	if (likely(b->len && r->tid == st->tid && r->cpu == st->cpu && len < sizeof(st->comm) &&
		   !memcmp(comm, st->comm, len + 1)))
		return;
	strbuf_clear(b);
	put_comm(b, comm);
	b->len = (size_t)(put_place(strbuf_room(b, HEAD_ROOM), r) - b->s);
	st->tid = r->tid;
	st->cpu = r->cpu;
	st->comm[0] = '\0';
	if (len < sizeof(st->comm))
		memcpy(st->comm, comm, len + 1);
	else
		st->tid = -1; /* too long to be compared: said anew each time */
}

/* "12345.678901: ", seconds at least five wide */
static char *put_time(struct state *st, char *p, const struct row *r)
{
	uint64_t second = r->ts / NSEC_PER_SEC;

	if (second != st->second) {
		char *end = decimal(st->seconds, second);

		st->second = second;
		st->seconds_len = (size_t)(end - st->seconds);
	}
	p = blanks(p, st->seconds_len, 5);
	memcpy(p, st->seconds, st->seconds_len);
	p += st->seconds_len;
	*p++ = '.';
	p = digits(p, (uint32_t)(r->ts % NSEC_PER_SEC / 1000), 6);
	if (r->flags & ROW_APPROX_TIME)
		*p++ = '~';
	memcpy(p, ": ", 2);
	return p + 2;
}

/* "buffer: ", or blanks, as trace-cmd has it: names end at one place. */
static void put_source(struct sink *s, const struct row *r)
{
	struct state *st = s->state;
	struct strbuf *b = &st->prefix, name = { 0 };

	if (r->source != st->source) {
		if (r->source != s->conf.top)
			safe_text(&name, r->source->name, strlen(r->source->name));
		strbuf_clear(b);
		strbuf_fmt(b, "%*s%s", (int)st->source_width, strbuf_cstr(&name),
			   name.len ? ": " : "  ");
		strbuf_done(&name);
		st->source = r->source;
	}
	strbuf_add(&st->out, b->s, b->len);
}

static void put_loss(struct strbuf *b, const struct row *r)
{
	strbuf_str(b, "CPU:");
	strbuf_u64(b, r->cpu);
	strbuf_str(b, " [LOST ");
	if (r->lost != LOST_UNKNOWN) {
		strbuf_u64(b, r->lost);
		strbuf_char(b, ' ');
	}
	strbuf_str(b, "EVENTS]\n");
}

/* A record nobody knows the format of: its id and its first bytes. */
static void put_unknown(struct strbuf *b, const struct row *r)
{
	strbuf_str(b, "[unknown event");
	if (r->size >= 2) {
		strbuf_char(b, ' ');
		strbuf_u64(b, load_u16(r->rec));
	}
	strbuf_fmt(b, ", %u bytes:", r->size);
	for (uint32_t i = 0; i < MIN(r->size, 32u); i++)
		strbuf_fmt(b, " %02x", r->rec[i]);
	strbuf_str(b, r->size > 32 ? " ...]" : "]");
}

/* Values side by side; "-" where there is none. */
static void put_columns(struct sink *s, const struct row *r)
{
	struct state *st = s->state;
	struct strbuf *b = &st->out;

	for (unsigned i = 0; i < st->columns.count; i++) {
		struct column *col = &st->columns.v[i];
		size_t from = b->len, width = columns_width(col), len;

		if (!columns_value(&st->columns, col, s, r, COLUMN_TEXT, b))
			strbuf_char(b, '-');
		len = b->len - from;
		if (i + 1 < st->columns.count) {
			char *end = strbuf_room(b, width + 1);

			b->len = (size_t)(blanks(end, len, width) - b->s);
			strbuf_char(b, ' ');
		}
	}
	columns_end(&st->columns, r);
	strbuf_char(b, '\n');
}

static int text_row(struct sink *s, const struct row *r, struct err *e)
{
	struct state *st = s->state;
	struct strbuf *b = &st->out;

	if (unlikely(st->source_width))
		put_source(s, r);
	if (unlikely(r->flags & ROW_LOSS)) {
		put_loss(b, r);
		return out_maybe(b, s->conf.fd, e);
	}
	if (unlikely(st->columns.count)) {
		put_columns(s, r);
		return out_maybe(b, s->conf.fd, e);
	}
	put_head(st, r, identity_comm(s->conf.identity, r->tid, r->ts));
	strbuf_add(b, st->head.s, st->head.len);
	if (likely(r->schema)) {
		text_flags(r->schema, r->rec, r->size, b);
		strbuf_char(b, ' ');
	}
	b->len = (size_t)(put_time(st, strbuf_room(b, HEAD_ROOM), r) - b->s);
	if (likely(r->schema)) {
		strbuf_str(b, r->schema->name);
		strbuf_add(b, ": ", 2);
		columns_info(s, r, b);
	} else {
		put_unknown(b, r);
	}
	strbuf_char(b, '\n');
	return out_maybe(b, s->conf.fd, e);
}

static int text_tick(struct sink *s, struct err *e)
{
	struct state *st = s->state;

	return out_flush(&st->out, s->conf.fd, e);
}

static int text_close(struct sink *s, struct err *e)
{
	struct state *st = s->state;
	int rc = out_flush(&st->out, s->conf.fd, e);

	strbuf_done(&st->out);
	strbuf_done(&st->head);
	strbuf_done(&st->prefix);
	columns_done(&st->columns);
	return rc;
}

const struct sink_ops text_ops = {
	.name = "text",
	.blurb = "lines like the kernel's",
	.size = sizeof(struct state),
	.open = text_open,
	.row = text_row,
	.tick = text_tick,
	.close = text_close,
};
