/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list: which tracers this machine has, and of what their events consist.
 *
 * Without a pattern it prints names alone, which costs two readdirs and no format; with one,
 * or with --json, each event's fields follow. Switches nothing on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pair_book.h"
#include "cli/cli.h"
#include "cli/list_programs.h"
#include "core/cleanup.h"
#include "core/pair.h"
#include "core/safe.h"
#include "core/schema.h"
#include "core/strbuf.h"
#include "core/text_meaning.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"

#define FLUSH_AT 65536

struct list {
	struct catalog *catalog;
	struct schema_set *set, *derived; /* of the kernel, of latency pairs */
	struct pair_book book;
	const struct opts *opts;
	struct err no_catalog; /* why there is none */
	struct strbuf out;
	bool json, fields;
	unsigned failed; /* formats that could not be read */
	struct err why;	 /* of the first of them */
};

/* What a filter can do with it, in a word. */
static const char *kind_word(const struct field *f)
{
	static const char *const words[] = {
		[FIELD_INT] = "number",	      [FIELD_STRING] = "text", [FIELD_ARRAY] = "numbers",
		[FIELD_BITMASK] = "bit mask", [FIELD_BYTES] = "bytes",
	};

	if (f->kind == FIELD_INT && f->unit == UNIT_POINTER)
		return "address";
	if (f->kind == FIELD_INT && f->unit == UNIT_BOOL)
		return "yes or no";
	if (f->kind == FIELD_INT && !f->is_signed)
		return "number, unsigned";
	return words[f->kind];
}

/* The type with its length: char[16], char[] for what varies. */
static void field_type(const struct field *f, struct strbuf *b)
{
	strbuf_str(b, f->type);
	if (f->place != FIELD_FIXED || f->kind == FIELD_INT || !f->elem_size ||
	    f->unit == UNIT_IP6 || strchr(f->type, '['))
		return;
	strbuf_fmt(b, "[%u]", f->size / f->elem_size);
}

static void print_fields(struct strbuf *out, const struct schema *s)
{
	_cleanup_strbuf_ struct strbuf type = { 0 }, line = { 0 };

	schema_for_each_field (s, f) {
		if (f->is_common)
			continue;
		strbuf_clear(&type);
		strbuf_clear(&line);
		field_type(f, &type);
		strbuf_fmt(&line, "%-24s %-24s ", f->name, strbuf_cstr(&type));
		text_meaning(s, f, &line);
		strbuf_str(out, "    ");
		safe_text(out, line.s, line.len);
		strbuf_char(out, '\n');
	}
}

static void json_string(struct strbuf *out, const char *key, const char *value)
{
	strbuf_fmt(out, "\"%s\":", key);
	safe_json(out, value, strlen(value));
}

static void json_fields(struct strbuf *out, const struct schema *s)
{
	_cleanup_strbuf_ struct strbuf type = { 0 };
	const char *sep = "";

	strbuf_fmt(out, ",\"id\":%u,\"fields\":[", s->id);
	schema_for_each_field (s, f) {
		if (f->is_common)
			continue;
		strbuf_fmt(out, "%s{", sep);
		json_string(out, "name", f->name);
		strbuf_char(out, ',');
		strbuf_clear(&type);
		field_type(f, &type);
		json_string(out, "type", strbuf_cstr(&type));
		strbuf_fmt(out, ",\"offset\":%u,\"size\":%u,\"signed\":%s,", f->offset, f->size,
			   f->is_signed ? "true" : "false");
		json_string(out, "kind", kind_word(f));
		if (text_unit(f)) {
			strbuf_char(out, ',');
			json_string(out, "unit", text_unit(f));
		}
		strbuf_char(out, '}');
		sep = ",";
	}
	strbuf_char(out, ']');
}

static const struct schema *schema_of(struct list *l, const char *system, const char *event)
{
	const struct schema *s = NULL;
	struct err e = ERR_INIT;

	if (catalog_schema(l->catalog, system, event, &s, &e) < 0 && !l->failed++)
		l->why = e;
	return s;
}

/* One tracer with its fields, or why it has none here. */
static int put(struct list *l, const char *system, const char *event, const struct schema *s,
	       const char *missing)
{
	int r = 0;

	if (l->json) {
		strbuf_char(&l->out, '{');
		json_string(&l->out, "system", system);
		strbuf_char(&l->out, ',');
		json_string(&l->out, "event", event);
		if (s)
			json_fields(&l->out, s);
		if (missing) {
			strbuf_char(&l->out, ',');
			json_string(&l->out, "missing", missing);
		}
		strbuf_str(&l->out, "}\n");
	} else {
		strbuf_fmt(&l->out, "%s:%s\n", system, event);
		if (s)
			print_fields(&l->out, s);
		if (missing)
			strbuf_fmt(&l->out, "    not here: %s\n", missing);
	}
	if (l->out.len >= FLUSH_AT) {
		r = cli_out(l->out.s, l->out.len);
		strbuf_clear(&l->out);
	}
	return r;
}

static int visit(const char *system, const char *event, void *data)
{
	struct list *l = data;

	return put(l, system, event, l->fields ? schema_of(l, system, event) : NULL, NULL);
}

/* ---- latency pairs ---- */

static void load_events(struct list *l, const struct pair_events *events)
{
	const struct schema *s;

	for (unsigned i = 0; i < events->count; i++)
		catalog_schema(l->catalog, events->v[i].system, events->v[i].event, &s, NULL);
}

/* A pair's event, as it would be on this kernel; NULL, and why, when it cannot be. */
static const struct schema *pair_here(struct list *l, const struct pair_spec *spec, struct err *e)
{
	struct pair_conf c = { .spec = spec, .set = l->derived };
	const struct schema *s;
	struct pair *p;

	if (spec->missing) {
		err_set(e, -EOPNOTSUPP, "%s", spec->missing);
		return NULL;
	}
	load_events(l, &spec->start);
	load_events(l, &spec->end);
	p = pair_new(&c);
	pair_bind(p, l->set, e);
	s = pair_schema(p);
	pair_free(p);
	return s;
}

static int list_pairs(struct list *l, const char *pattern, struct err *e)
{
	int n = 0, r = 0;

	for (size_t i = 0; i < l->book.count && r >= 0; i++) {
		const struct pair_spec *spec = l->book.v[i];
		const struct schema *s = NULL;
		struct err why = ERR_INIT;

		if (!pair_book_matches(spec, pattern))
			continue;
		if (l->fields)
			s = pair_here(l, spec, &why);
		r = put(l, PAIR_SYSTEM, spec->name, s, why.code ? why.text : NULL);
		n++;
	}
	if (!n && pattern)
		return err_set(e, -ENOENT, "no latency pair matches '%s'", pattern);
	return r;
}

/* Programs, which need no tracefs. */
static int list_other(struct list *l, const char *pattern, struct err *e)
{
	struct list_programs p = {
		.opts = l->opts,
		.details = l->fields,
		.fields = print_fields,
		.json_fields = json_fields,
	};

	return list_programs(&p, pattern, &l->out, e);
}

/* Visits what matches one pattern; nothing is an error that names what may have been meant. */
static int list_pattern(struct list *l, const char *pattern, struct err *e)
{
	_cleanup_free_ char *nearest = NULL;
	int n;

	if (pattern && pair_book_named(pattern))
		return list_pairs(l, pattern, e);
	if (pattern && list_programs_named(pattern))
		return list_other(l, pattern, e);
	if (!l->catalog) {
		*e = l->no_catalog;
		return e->code;
	}
	n = catalog_each(l->catalog, pattern, visit, l, e);
	if (n > 0 && !pattern) {
		n = list_pairs(l, NULL, e);
		return n < 0 ? n : list_other(l, NULL, e);
	}
	if (n)
		return n < 0 ? n : 0;
	if (!pattern)
		return err_set(e, -ENOENT, "this kernel has no events (CONFIG_EVENT_TRACING)");
	catalog_nearest(l->catalog, pattern, &nearest);
	if (!nearest)
		return err_set(e, -ENOENT, "no event matches '%s'; 'tapdeck list' shows them all",
			       pattern);
	return err_set(e, -ENOENT, "no event matches '%s'; the nearest name is '%s'", pattern,
		       nearest);
}

static int list_all(struct list *l, const struct opts *o, struct err *e)
{
	int r = 0, out;

	if (!o->args.count)
		r = list_pattern(l, NULL, e);
	for (size_t i = 0; i < o->args.count && r != -EPIPE; i++) {
		struct err why = ERR_INIT;
		int one = list_pattern(l, o->args.v[i], &why);

		if (one < 0 && !r) {
			r = one;
			*e = why;
		}
	}
	out = l->out.len ? cli_out(l->out.s, l->out.len) : 0;
	return r < 0 ? r : out;
}

static int run(struct opts *o)
{
	struct list l = { .opts = o,
			  .json = o->json,
			  .fields = o->json || o->args.count || o->verbose,
			  .no_catalog = ERR_INIT };
	struct machine m = { .long_size = sizeof(long) };
	_cleanup_free_ char *tracefs = NULL;
	struct err e = ERR_INIT;
	int r = pair_book_open(&l.book, o->conf, &e);

	l.set = schema_set_new(m);
	l.derived = schema_set_new(m);
	if (!tracefs_find(false, &tracefs, &l.no_catalog))
		catalog_open(&l.catalog, tracefs, l.set, &l.no_catalog);
	if (!r)
		r = list_all(&l, o, &e);
	if (r < 0 && r != -EPIPE)
		cli_error(&e);
	if (l.failed)
		cli_say("%u formats could not be read; the first: %s", l.failed, l.why.text);
	catalog_close(l.catalog);
	schema_set_free(l.set);
	schema_set_free(l.derived);
	pair_book_close(&l.book);
	strbuf_done(&l.out);
	return (r < 0 && r != -EPIPE) || l.failed ? CLI_FAILED : CLI_OK;
}

const struct command cmd_list = {
	.name = "list",
	.args = "[PATTERN...]",
	.blurb = "the tracers of this machine, and their fields",
	.help =
	    "Lists what can be switched on, as system:event, one a line. With a PATTERN "
	    "(sched:sched_switch,\n'irq:*', sched, '*switch*') each event is followed by its "
	    "fields: "
	    "name, type, and what a\nfilter can compare it with. With --json, one object an event. "
	    "Latency pairs (pair:NAME)\nand BPF programs (bpf:NAME) stand behind the kernel's "
	    "events; "
	    "of programs also what they give\n(events, or a table) and their options, and with -v "
	    "all "
	    "there is to say.",
	.opts = OPT_BIT(OPT_BPF) | OPT_BIT(OPT_SET) | OPT_BIT(OPT_VERBOSE) | OPT_BIT(OPT_PAIR) |
		OPT_BIT(OPT_JSON) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = run,
};
