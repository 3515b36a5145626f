/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_programs: BPF programs as list says them: kind, options with their values, fields; with -v
 * all that the backend has to say.
 *
 * Nothing is switched on. Names are known without the kernel; what an object consists of is found
 * by a process that opens it.
 */
#include "cli/list_programs.h"

#include <errno.h>
#include <string.h>

#include "backends/deck.h"
#include "core/cleanup.h"
#include "core/safe.h"

#define SYSTEM "bpf"
#define MEMORY (1u << 20)

struct putting {
	const struct list_programs *l;
	struct backend *backend;
	struct strbuf *out;
};

bool list_programs_named(const char *pattern)
{
	size_t len = strlen(SYSTEM);

	return !strncmp(pattern, SYSTEM, len) && (!pattern[len] || pattern[len] == ':');
}

/* ---- text ---- */

static void put_safe(struct strbuf *out, const char *text)
{
	safe_text(out, text, strlen(text));
}

static void put_words(struct strbuf *out, const char *what, const char *words)
{
	strbuf_fmt(out, "    %s: ", what);
	put_safe(out, words);
	strbuf_char(out, '\n');
}

static int put_option(const struct tracer_option *o, void *data)
{
	struct strbuf *out = data;

	strbuf_str(out, "    option ");
	put_safe(out, o->name);
	strbuf_char(out, '=');
	put_safe(out, o->value ? o->value : "");
	if (o->range) {
		strbuf_str(out, "  ");
		put_safe(out, o->range);
	}
	if (o->help && *o->help) {
		strbuf_str(out, "  ");
		put_safe(out, o->help);
	}
	strbuf_char(out, '\n');
	return 0;
}

/* What -v says more, without what stands there already. */
static void put_more(const struct putting *p, const struct tracer_info *t)
{
	static const char *const said[] = { "gives: ", "option: " };
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (!p->backend->ops->describe ||
	    p->backend->ops->describe(p->backend, t->group, t->name, &text, NULL) < 0)
		return;
	for (const char *s = strbuf_cstr(&text); *s; s += strcspn(s, "\n"), s += *s == '\n') {
		if (!strncmp(s, said[0], strlen(said[0])) || !strncmp(s, said[1], strlen(said[1])))
			continue;
		strbuf_str(p->out, "    ");
		safe_text(p->out, s, strcspn(s, "\n"));
		strbuf_char(p->out, '\n');
	}
}

static void put_format(struct strbuf *out, const struct schema *s)
{
	for (const char *p = s->format; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		strbuf_str(out, "    | ");
		for (size_t i = 0; i < strcspn(p, "\n"); i++)
			strbuf_char(out, p[i] == '\t' ? ' ' : p[i]);
		strbuf_char(out, '\n');
	}
}

static void put_text(const struct putting *p, const struct tracer_info *t, const struct schema *s,
		     const char *why)
{
	const struct backend_ops *ops = p->backend->ops;
	bool verbose = p->l->opts->verbose;

	strbuf_fmt(p->out, "%s:%s\n", t->group, t->name);
	if (!p->l->details)
		return;
	put_words(p->out, t->gives == GIVES_TABLE ? "table, counted in the kernel" : "events",
		  t->blurb ? t->blurb : "of a program that was brought along");
	if (t->cost)
		put_words(p->out, "cost", t->cost);
	if (ops->options)
		ops->options(p->backend, t->group, t->name, put_option, p->out);
	if (verbose)
		put_more(p, t);
	if (s)
		p->l->fields(p->out, s);
	if (s && verbose)
		put_format(p->out, s);
	if (t->hint && !verbose)
		put_words(p->out, "hint", t->hint);
	if (why && *why)
		put_words(p->out, "not here", why);
}

/* ---- JSON ---- */

static void json_member(struct strbuf *out, const char *key, const char *value)
{
	strbuf_fmt(out, ",\"%s\":", key);
	if (value)
		safe_json(out, value, strlen(value));
	else
		strbuf_str(out, "null");
}

static int json_option(const struct tracer_option *o, void *data)
{
	struct strbuf *out = data;

	strbuf_str(out, out->s[out->len - 1] == '[' ? "{\"name\":" : ",{\"name\":");
	safe_json(out, o->name, strlen(o->name));
	json_member(out, "value", o->value);
	json_member(out, "unit", o->unit);
	json_member(out, "range", o->range);
	json_member(out, "help", o->help);
	strbuf_char(out, '}');
	return 0;
}

static void put_json(const struct putting *p, const struct tracer_info *t, const struct schema *s,
		     const char *why)
{
	const struct backend_ops *ops = p->backend->ops;

	strbuf_str(p->out, "{\"system\":");
	safe_json(p->out, t->group, strlen(t->group));
	json_member(p->out, "event", t->name);
	json_member(p->out, "kind", t->gives == GIVES_TABLE ? "table" : "events");
	json_member(p->out, "blurb", t->blurb);
	json_member(p->out, "cost", t->cost);
	strbuf_str(p->out, ",\"options\":[");
	if (ops->options)
		ops->options(p->backend, t->group, t->name, json_option, p->out);
	strbuf_char(p->out, ']');
	if (s)
		p->l->json_fields(p->out, s);
	if (t->hint)
		json_member(p->out, "hint", t->hint);
	if (why && *why)
		json_member(p->out, "missing", why);
	strbuf_str(p->out, "}\n");
}

/* ---- visiting ---- */

/* Why it cannot be switched on, or why nobody knows its fields. */
static int put_one(const struct tracer_info *t, void *data)
{
	const struct putting *p = data;
	const struct backend_ops *ops = p->backend->ops;
	const struct schema *s = NULL;
	struct tracer_status status = { 0 };
	struct err e = ERR_INIT;
	bool wanted = p->l->details || p->l->opts->json;

	if (wanted && ops->schema && ops->schema(p->backend, t->group, t->name, &s, &e) < 0)
		s = NULL;
	if (wanted && ops->status(p->backend, t->group, t->name, &status) >= 0 &&
	    status.state == TRACER_FAILED)
		err_set(&e, -EIO, "%s", status.reason);
	(p->l->opts->json ? put_json : put_text)(p, t, s, e.code ? e.text : NULL);
	return 0;
}

int list_programs(const struct list_programs *l, const char *pattern, struct strbuf *out,
		  struct err *e)
{
	struct deck_conf c = { .conf = l->opts->conf,
			       .memory = MEMORY,
			       .light = true,
			       .objects = l->opts->objects.v };
	struct putting p = { .l = l, .out = out };
	struct deck *d = NULL;
	int rc = deck_new(&c, &d, e);

	if (rc >= 0)
		rc = deck_open(d, SYSTEM, e);
	for (size_t i = 0; rc >= 0 && i < l->opts->settings.count; i++)
		rc = deck_set(d, l->opts->settings.v[i], e);
	if (rc >= 0 && pattern)
		rc = deck_match(d, pattern, e);
	p.backend = rc >= 0 ? deck_backend(d, SYSTEM) : NULL;
	if (p.backend)
		rc = p.backend->ops->list(p.backend, pattern, put_one, &p, e);
	deck_free(d, NULL);
	/* The kernel's own are all there is to list then. */
	if (!pattern && rc < 0 && !l->opts->objects.count) {
		err_clear(e);
		return 0;
	}
	return rc < 0 ? rc : 0;
}
