/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: one line a row, in the kernel's own words and columns.
 */
#include <stdlib.h>

#include "core/safe.h"
#include "sinks/out.h"
#include "sinks/sink.h"

#define COMM_WIDTH 16

struct state {
	struct strbuf out;
};

static int text_open(struct sink *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

static void pad(struct strbuf *b, size_t have, size_t width)
{
	static const char blanks[] = "                ";

	if (have < width)
		strbuf_add(b, blanks, MIN(width - have, sizeof(blanks) - 1));
}

/* "            bash-1234    " */
static void put_task(struct strbuf *b, const char *comm, int32_t tid)
{
	size_t len = strlen(comm), at;

	if (likely(safe_is_plain(comm, len))) {
		pad(b, len, COMM_WIDTH);
		strbuf_add(b, comm, len);
	} else {
		struct strbuf name = { 0 };

		safe_text(&name, comm, len);
		pad(b, name.len, COMM_WIDTH);
		strbuf_add(b, name.s, name.len);
		strbuf_done(&name);
	}
	strbuf_char(b, '-');
	at = b->len;
	strbuf_s64(b, tid);
	pad(b, b->len - at, 7);
}

static void put_cpu(struct strbuf *b, uint16_t cpu)
{
	if (cpu == CPU_NONE) {
		strbuf_str(b, " [-] ");
		return;
	}
	strbuf_add(b, " [", 2);
	strbuf_u64_pad(b, cpu, 3, '0');
	strbuf_add(b, "] ", 2);
}

/* "12345.678901: ", seconds at least five wide */
static void put_time(struct strbuf *b, const struct row *r)
{
	strbuf_u64_pad(b, r->ts / NSEC_PER_SEC, 5, ' ');
	strbuf_char(b, '.');
	strbuf_u64_pad(b, r->ts % NSEC_PER_SEC / 1000, 6, '0');
	strbuf_add(b, r->flags & ROW_APPROX_TIME ? "~: " : ": ",
		   r->flags & ROW_APPROX_TIME ? 3 : 2);
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

static int text_row(struct sink *s, const struct row *r, struct err *e)
{
	struct state *st = s->state;
	struct strbuf *b = &st->out;

	if (unlikely(r->flags & ROW_LOSS)) {
		put_loss(b, r);
		return out_maybe(b, s->conf.fd, e);
	}
	put_task(b, identity_comm(s->conf.identity, r->tid, r->ts), r->tid);
	put_cpu(b, r->cpu);
	if (likely(r->schema)) {
		text_flags(r->schema, r->rec, r->size, b);
		strbuf_char(b, ' ');
	}
	put_time(b, r);
	if (likely(r->schema)) {
		strbuf_str(b, r->schema->name);
		strbuf_add(b, ": ", 2);
		text_print(r->schema, r->source->text, r->rec, r->size, b);
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
