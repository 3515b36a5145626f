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

#include "cli/cli.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/schema.h"
#include "core/strbuf.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"

#define FLUSH_AT 65536

struct list {
	struct catalog *catalog;
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
	    strchr(f->type, '['))
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
		strbuf_fmt(&line, "%-24s %-24s %s", f->name, strbuf_cstr(&type), kind_word(f));
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

static int visit(const char *system, const char *event, void *data)
{
	struct list *l = data;
	const struct schema *s = l->fields ? schema_of(l, system, event) : NULL;
	int r = 0;

	if (l->json) {
		strbuf_char(&l->out, '{');
		json_string(&l->out, "system", system);
		strbuf_char(&l->out, ',');
		json_string(&l->out, "event", event);
		if (s)
			json_fields(&l->out, s);
		strbuf_str(&l->out, "}\n");
	} else {
		strbuf_fmt(&l->out, "%s:%s\n", system, event);
		if (s)
			print_fields(&l->out, s);
	}
	if (l->out.len >= FLUSH_AT) {
		r = cli_out(l->out.s, l->out.len);
		strbuf_clear(&l->out);
	}
	return r;
}

/* Visits what matches one pattern; nothing is an error that names what may have been meant. */
static int list_pattern(struct list *l, const char *pattern, struct err *e)
{
	_cleanup_free_ char *nearest = NULL;
	int n = catalog_each(l->catalog, pattern, visit, l, e);

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
	struct list l = { .json = o->json, .fields = o->json || o->args.count };
	struct schema_set *set = schema_set_new((struct machine) { .long_size = sizeof(long) });
	_cleanup_free_ char *tracefs = NULL;
	struct err e = ERR_INIT;
	int r = tracefs_find(false, &tracefs, &e);

	if (!r)
		r = catalog_open(&l.catalog, tracefs, set, &e);
	if (!r)
		r = list_all(&l, o, &e);
	if (r < 0 && r != -EPIPE)
		cli_error(&e);
	if (l.failed)
		cli_say("%u formats could not be read; the first: %s", l.failed, l.why.text);
	catalog_close(l.catalog);
	schema_set_free(set);
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
	    "name, type, and what a\nfilter can compare it with. With --json, one object an event.",
	.opts = OPT_BIT(OPT_JSON) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = run,
};
