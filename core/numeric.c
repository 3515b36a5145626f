/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * numeric: a plan for each schema by its running number, made when a row of it comes first.
 */
#include "core/numeric.h"

#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/filter_tree.h"
#include "core/group_private.h"
#include "core/util.h"

#define LEAST_64 ((wide_t)INT64_MIN)
#define MOST_64	 ((wide_t)UINT64_MAX)

enum unit { PLAIN, DURATION, SIZE, ADDRESS };

struct plan {
	const struct schema *schema; /* NULL: not looked up yet */
	const struct field *field;   /* NULL: rows of it lack it */
};

struct numeric {
	struct arena arena; /* owns the words */
	struct group_field field;
	const char *name;
	struct plan *plans; /* by schema->index */
	uint32_t plan_count;
	enum unit unit;
	bool has_unit;
};

static int parse(struct numeric *n, const char *text, struct err *e)
{
	struct filter_lexer lx = { .text = text, .err = e, .topic = "field" };
	struct filter_operand o;
	int rc;

	filter_lex_space(&lx);
	rc = filter_lex_operand(&lx, &n->arena, &o);
	if (rc < 0)
		return rc;
	if (o.context)
		return err_caret(e, text, (int)o.column,
				 "field: '%s' is of the row and no field; an event's own field of "
				 "that name is .%s",
				 o.name, o.name);
	n->field = (struct group_field) {
		.system = o.system, .event = o.event, .name = o.name, .column = o.column
	};
	n->name = arena_strndup(&n->arena, text + o.column, lx.at - o.column);
	filter_lex_space(&lx);
	if (text[lx.at])
		return err_caret(e, text, (int)lx.at, "field: one field was expected");
	return 0;
}

int numeric_new(const char *text, struct numeric **ret, struct err *e)
{
	struct numeric *n = xcalloc(1, sizeof(*n));
	int rc = parse(n, text, e);

	if (rc < 0) {
		numeric_free(n);
		return rc;
	}
	*ret = n;
	return 0;
}

void numeric_free(struct numeric *n)
{
	if (!n)
		return;
	arena_done(&n->arena);
	free(n->plans);
	free(n);
}

const char *numeric_name(const struct numeric *n)
{
	return n->name;
}

/* Whether there is such a field is said as group_check says it of one that is measured. */
int numeric_check(const struct numeric *n, const struct schema_set *const *sets, size_t count,
		  struct err *e)
{
	struct group_spec s = {
		.measures = { { .kind = MEASURE_SUM, .field = n->field, .text = n->name } },
		.measure_count = 1,
	};
	int rc;

	s.measures[0].field.column = 0;
	rc = group_spec_check(&s, "", n->name, sets, count, e);
	if (rc == -EINVAL)
		return err_caret(e, n->name, 0, "field: '%s' is no number", n->name);
	if (rc < 0 && e && !strncmp(e->text, "group", 5))
		memcpy(e->text, "field", 5); /* no group was asked for */
	return rc;
}

/* ---- reading ---- */

bool numeric_fits(const struct field *f)
{
	return filter_field_kind(f) == FILTER_NUMBER;
}

const struct field *numeric_in(const struct numeric *n, const struct schema *s)
{
	const struct field *f = group_field_in(&n->field, s);

	return f && numeric_fits(f) ? f : NULL;
}

static enum unit unit_of(const struct schema *s, const struct field *f)
{
	if (f->unit == UNIT_FIX6)
		return PLAIN;
	if (f->unit == UNIT_SIZE)
		return SIZE;
	if (f->unit == UNIT_POINTER)
		return ADDRESS;
	return filter_field_is_ns(s, f) ? DURATION : PLAIN;
}

static __attribute__((noinline)) void make_plan(struct numeric *n, const struct schema *s)
{
	const struct field *f = numeric_in(n, s);
	uint32_t count = s->index + 64;

	if (s->index >= n->plan_count) {
		n->plans = xrealloc(n->plans, count, sizeof(*n->plans));
		memset(n->plans + n->plan_count, 0, (count - n->plan_count) * sizeof(*n->plans));
		n->plan_count = count;
	}
	n->plans[s->index] = (struct plan) { .schema = s, .field = f };
	if (!f || n->has_unit)
		return;
	n->has_unit = true;
	n->unit = unit_of(s, f);
}

bool numeric_read(struct numeric *n, const struct row *r, wide_t *ret)
{
	const struct schema *s = r->schema;
	const struct field *f;
	uint64_t v;

	if (unlikely(!s || r->flags & ROW_LOSS))
		return false;
	if (unlikely(s->index >= n->plan_count || n->plans[s->index].schema != s))
		make_plan(n, s);
	f = n->plans[s->index].field;
	if (!f || unlikely(!field_int(s, f, r->rec, r->size, &v)))
		return false;
	*ret = f->is_signed ? (wide_t)(int64_t)v : (wide_t)v;
	return true;
}

/* ---- saying ---- */

void wide_text(struct strbuf *out, wide_t v)
{
	if (v >= 0 && v <= MOST_64)
		strbuf_u64(out, (uint64_t)v);
	else if (v < 0 && v >= LEAST_64)
		strbuf_s64(out, (int64_t)v);
	else
		strbuf_fmt(out, "%.0Lf", (long double)v);
}

static void say_plain(wide_t v, struct strbuf *out)
{
	if (v < 0) {
		strbuf_char(out, '-');
		v = -v;
	}
	if (v <= MOST_64)
		strbuf_grouped(out, (uint64_t)v);
	else
		wide_text(out, v);
}

void numeric_say(const struct numeric *n, wide_t v, struct strbuf *out)
{
	char size[32];

	switch (n->unit) {
	case DURATION:
		strbuf_duration(out, (double)v);
		break;
	case SIZE:
		if (v < 0 || v > MOST_64)
			say_plain(v, out);
		else
			strbuf_str(out, util_human_size((uint64_t)v, size, sizeof(size)));
		break;
	case ADDRESS:
		strbuf_str(out, "0x");
		strbuf_hex(out, (uint64_t)v);
		break;
	default:
		say_plain(v, out);
	}
}

void numeric_brief(const struct numeric *n, wide_t v, struct strbuf *out)
{
	static const char units[] = "kMGTPE";
	double size = v < 0 ? -(double)v : (double)v;
	unsigned unit = 0;

	if (n->unit != PLAIN || size < 10000) {
		numeric_say(n, v, out);
		return;
	}
	/* What would be rounded to 1000 is 1.00 of the next one. */
	for (size /= 1000; size >= 999.5 && units[unit + 1]; unit++)
		size /= 1000;
	strbuf_fmt(out, "%s%.*f%c", v < 0 ? "-" : "",
		   size < 9.995	  ? 2
		   : size < 99.95 ? 1
				  : 0,
		   size, units[unit]);
}

void numeric_say_range(const struct numeric *n, wide_t lo, wide_t hi, struct strbuf *out)
{
	numeric_say(n, lo, out);
	if (lo == hi)
		return;
	strbuf_str(out, "..");
	numeric_say(n, hi, out);
}

void numeric_say_real(const struct numeric *n, double v, struct strbuf *out)
{
	if (n->unit != PLAIN)
		numeric_say(n, (wide_t)v, out);
	else if (v > -1000 && v < 1000)
		strbuf_fmt(out, "%.1f", v);
	else
		say_plain((wide_t)v, out);
}

static void put_bound(const struct numeric *n, const char *op, wide_t v, struct strbuf *out)
{
	strbuf_fmt(out, "%s %s ", n->name, op);
	if (n->unit == ADDRESS && v >= 0) {
		strbuf_str(out, "0x");
		strbuf_hex(out, (uint64_t)v);
	} else {
		wide_text(out, v);
	}
}

void numeric_range(const struct numeric *n, wide_t lo, wide_t hi, struct strbuf *out)
{
	lo = MAX(MIN(lo, MOST_64), LEAST_64);
	hi = MAX(MIN(hi, MOST_64), LEAST_64);
	if (lo == hi) {
		put_bound(n, "==", lo, out);
		return;
	}
	put_bound(n, ">=", lo, out);
	strbuf_str(out, " and ");
	put_bound(n, "<=", hi, out);
}
