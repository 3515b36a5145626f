/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * csv: one record a row as RFC 4180 quotes them, for spreadsheets and scripts.
 *
 * time,cpu,comm,pid,tid,event,info, or what was chosen, with a first line that names them; lines
 * end as Unix lines do. Text has gone through safe_text, so a record is always one line. What is
 * not known is empty.
 */
#include <stdlib.h>

#include "core/safe.h"
#include "sinks/columns.h"
#include "sinks/out.h"
#include "sinks/sink.h"

struct state {
	struct strbuf out, scratch;
	struct columns columns; /* none: the usual */
};

static int csv_open(struct sink *s, struct err *e)
{
	struct state *st = s->state;
	int rc = s->conf.columns ? columns_parse(s->conf.columns, &st->columns, e) : 0;

	if (rc < 0 || s->conf.headless)
		return rc;
	if (!st->columns.count)
		strbuf_str(&st->out, "time,cpu,comm,pid,tid,event,info\n");
	for (unsigned i = 0; i < st->columns.count; i++)
		strbuf_fmt(&st->out, "%s%c", st->columns.v[i].name,
			   i + 1 < st->columns.count ? ',' : '\n');
	return 0;
}

/* Appends the scratch text as a value: in quotes where a reader would take it apart. */
static void put_value(struct state *st)
{
	const char *s = strbuf_cstr(&st->scratch);

	if (!strpbrk(s, ",\"\r\n") && *s != ' ' && (!*s || s[st->scratch.len - 1] != ' ')) {
		strbuf_add(&st->out, s, st->scratch.len);
	} else {
		strbuf_char(&st->out, '"');
		for (; *s; s++) {
			if (*s == '"')
				strbuf_char(&st->out, '"');
			strbuf_char(&st->out, *s);
		}
		strbuf_char(&st->out, '"');
	}
	strbuf_clear(&st->scratch);
}

static void put_who(struct sink *s, const struct row *r)
{
	struct state *st = s->state;
	const char *comm = identity_comm(s->conf.identity, r->tid, r->ts);
	int32_t pid = identity_pid(s->conf.identity, r->tid, r->ts);

	safe_text(&st->scratch, comm, strlen(comm));
	put_value(st);
	strbuf_char(&st->out, ',');
	if (pid >= 0)
		strbuf_s64(&st->out, pid);
	strbuf_char(&st->out, ',');
	strbuf_s64(&st->out, r->tid);
	strbuf_char(&st->out, ',');
}

static void put_event(struct sink *s, const struct row *r)
{
	struct state *st = s->state;

	if (!r->schema) {
		strbuf_fmt(&st->out, ",%u bytes without a format", r->size);
		return;
	}
	safe_text(&st->scratch, r->schema->system, strlen(r->schema->system));
	strbuf_char(&st->scratch, ':');
	safe_text(&st->scratch, r->schema->name, strlen(r->schema->name));
	put_value(st);
	strbuf_char(&st->out, ',');
	columns_info(s, r, &st->scratch);
	put_value(st);
}

static void put_columns(struct sink *s, const struct row *r)
{
	struct state *st = s->state;

	for (unsigned i = 0; i < st->columns.count; i++) {
		if (i)
			strbuf_char(&st->out, ',');
		columns_value(&st->columns, &st->columns.v[i], s, r, COLUMN_WIDE, &st->scratch);
		put_value(st);
	}
	columns_end(&st->columns, r);
	strbuf_char(&st->out, '\n');
}

static int csv_row(struct sink *s, const struct row *r, struct err *e)
{
	struct state *st = s->state;

	if (st->columns.count) {
		put_columns(s, r);
		return out_maybe(&st->out, s->conf.fd, e);
	}
	strbuf_time(&st->out, r->ts, 9);
	strbuf_char(&st->out, ',');
	if (r->cpu != CPU_NONE)
		strbuf_u64(&st->out, r->cpu);
	strbuf_char(&st->out, ',');
	if (r->flags & ROW_LOSS) { /* a row of the event tapdeck:lost, as in JSON */
		strbuf_str(&st->out, ",,,tapdeck:lost,count=");
		if (r->lost == LOST_UNKNOWN)
			strbuf_char(&st->out, '?');
		else
			strbuf_u64(&st->out, r->lost);
	} else {
		put_who(s, r);
		put_event(s, r);
	}
	strbuf_char(&st->out, '\n');
	return out_maybe(&st->out, s->conf.fd, e);
}

static int csv_tick(struct sink *s, struct err *e)
{
	struct state *st = s->state;

	return out_flush(&st->out, s->conf.fd, e);
}

static int csv_close(struct sink *s, struct err *e)
{
	struct state *st = s->state;
	int rc = out_flush(&st->out, s->conf.fd, e);

	strbuf_done(&st->out);
	strbuf_done(&st->scratch);
	columns_done(&st->columns);
	return rc;
}

const struct sink_ops csv_ops = {
	.name = "csv",
	.blurb = "comma-separated values, the first line names them",
	.size = sizeof(struct state),
	.has_header = true,
	.open = csv_open,
	.row = csv_row,
	.tick = csv_tick,
	.close = csv_close,
};
