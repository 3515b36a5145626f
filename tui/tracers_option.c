/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_option: the options of a tracer by keyboard: NAME=VALUE.
 *
 * What was set holds at once; whoever wants it next time has it appended to his configuration, as
 * [tracer GROUP:NAME].
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/conf_append.h"
#include "tui/tracers.h"

/* Whose option is asked for, while the prompt or the question behind it is open. */
struct asking {
	struct tracers *t;
	struct backend *backend;
	char *group, *name;
	struct strbuf hint;	  /* about the option that is typed */
	struct strbuf key, value; /* what was set */
};

static void free_asking(struct asking *a)
{
	free(a->group);
	free(a->name);
	strbuf_done(&a->hint);
	strbuf_done(&a->key);
	strbuf_done(&a->value);
	free(a);
}

static struct asking *new_asking(struct tracers *t, const struct node *n)
{
	struct asking *a = xcalloc(1, sizeof(*a));

	a->t = t;
	a->backend = node_backend(t, n);
	a->group = xstrdup(n->parent->name);
	a->name = xstrdup(n->name);
	return a;
}

/* ---- which options there are ---- */

struct names {
	char *v[64];
	size_t count;
};

static int add_name(const struct tracer_option *o, void *data)
{
	struct names *l = data;

	if (l->count < ARRAY_SIZE(l->v))
		l->v[l->count++] = xstrdup(o->name);
	return 0;
}

static const char *name_at(size_t i, void *data)
{
	return ((const struct names *)data)->v[i];
}

static void names_of(const struct asking *a, struct names *l)
{
	*l = (struct names) { 0 };
	if (a->backend->ops->options)
		a->backend->ops->options(a->backend, a->group, a->name, add_name, l);
}

static void free_names(struct names *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->v[i]);
}

/* What a unit is written as. */
static const char *unit_words(const char *unit)
{
	static const struct {
		const char *unit, *words;
	} all[] = {
		{ "ns", "a duration such as 10ms" },
		{ "bytes", "a size such as 64k" },
		{ "hz", "times a second" },
		{ "number", "a number" },
		{ "percent", "a percentage" },
		{ "flag", "yes or no" },
		{ "text", "text" },
	};

	for (size_t i = 0; unit && i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i].unit, unit))
			return all[i].words;
	return unit ? unit : "a value";
}

struct wanted {
	const char *name;
	size_t len;
	struct strbuf *hint, *value;
	bool found;
};

static int find_option(const struct tracer_option *o, void *data)
{
	struct wanted *w = data;

	if (strlen(o->name) != w->len || memcmp(o->name, w->name, w->len) != 0)
		return 0;
	w->found = true;
	if (w->value)
		strbuf_str(w->value, o->value ? o->value : "");
	if (!w->hint)
		return 0;
	strbuf_fmt(w->hint, "%s: %s", o->name, unit_words(o->unit));
	if (o->range)
		strbuf_fmt(w->hint, ", %s", o->range);
	if (o->value)
		strbuf_fmt(w->hint, "; now %s", o->value);
	if (o->help)
		strbuf_fmt(w->hint, "; %s", o->help);
	return 0;
}

static bool has_option(const struct asking *a, const char *name, size_t len, struct strbuf *hint,
		       struct strbuf *value)
{
	struct wanted w = { .name = name, .len = len, .hint = hint, .value = value };

	if (a->backend->ops->options)
		a->backend->ops->options(a->backend, a->group, a->name, find_option, &w);
	return w.found;
}

/* ---- typing ---- */

static int no_option(const struct asking *a, const char *text, size_t len, struct err *e)
{
	_cleanup_free_ char *word = xstrndup(text, len);
	const char *nearest;
	struct names l;

	names_of(a, &l);
	nearest = util_nearest(word, name_at, l.count, &l);
	if (nearest)
		err_caret(e, text, 0, "%s has no option '%s'; did you mean '%s'?", a->name, word,
			  nearest);
	else
		err_caret(e, text, 0, "%s has no option '%s'", a->name, word);
	free_names(&l);
	return -1;
}

static bool begins_one(const struct asking *a, const char *text, size_t len)
{
	struct names l;
	bool found = false;

	names_of(a, &l);
	for (size_t i = 0; i < l.count && !found; i++)
		found = !strncmp(l.v[i], text, len);
	free_names(&l);
	return found;
}

/* The value is checked by who takes it. */
static int check(const char *text, struct err *e, void *data)
{
	struct asking *a = data;
	size_t len = strcspn(text, "=");

	strbuf_clear(&a->hint);
	if (!text[len]) {
		if (!begins_one(a, text, len))
			return no_option(a, text, len, e);
		if (has_option(a, text, len, &a->hint, NULL))
			err_set(e, -EAGAIN, "%s", a->hint.s);
		else
			err_set(e, -EAGAIN, "NAME=VALUE; Tab completes");
		return 0;
	}
	if (!has_option(a, text, len, &a->hint, NULL))
		return no_option(a, text, len, e);
	if (text[len + 1])
		return 1;
	err_set(e, -EAGAIN, "%s", a->hint.s);
	return 0;
}

static void note(struct strbuf *out, void *data)
{
	struct asking *a = data;

	strbuf_str(out, strbuf_cstr(&a->hint));
}

static int offer(const struct tracer_option *o, void *data)
{
	void **d = data;
	const char *text = d[0];

	if (!strncmp(o->name, text, *(size_t *)d[1]))
		strbuf_fmt(d[2], "%s=%s\t%s\n", o->name, o->value ? o->value : "",
			   o->help ? o->help : unit_words(o->unit));
	return 0;
}

static void offer_all(struct backend *b, const char *const of[2], const char *text, size_t at,
		      struct strbuf *out)
{
	void *d[] = { (void *)(uintptr_t)text, &at, out };

	if (b && b->ops->options && !memchr(text, '=', at))
		b->ops->options(b, of[0], of[1], offer, d);
}

static void complete(const char *text, size_t at, size_t *from, struct strbuf *out, void *data)
{
	struct asking *a = data;

	*from = 0;
	offer_all(a->backend, (const char *[]) { a->group, a->name }, text, at, out);
}

void option_complete(struct tracers *t, const char *text, size_t at, size_t *from,
		     struct strbuf *out)
{
	const struct node *n = lines_cursor(t);

	*from = 0;
	if (n && n->kind == NODE_TRACER)
		offer_all(node_backend(t, n), (const char *[]) { n->parent->name, n->name }, text,
			  at, out);
}

/* ---- setting ---- */

static int take(const char *text, struct err *e, void *data)
{
	struct asking *a = data;
	size_t len = strcspn(text, "=");
	_cleanup_free_ char *name = xstrndup(text, len);
	const char *setting[2] = { name, text[len] ? text + len + 1 : "" };

	if (!text[len] || !has_option(a, text, len, NULL, NULL))
		return no_option(a, text, len, e);
	if (!a->backend->ops->set_option)
		return err_set(e, -ENOTSUP, "it cannot be set here");
	return a->backend->ops->set_option(a->backend, a->group, a->name, setting, e);
}

/* A key stands once in a file: what is there is the user's to change. */
static int check_file(const char *path, const char *section, const char *key, struct err *e)
{
	struct conf *c = conf_new();
	int rc = conf_read(c, path, true, e);

	if (rc >= 0 && conf_get(c, section, key))
		rc = err_set(e, -EEXIST, "%.300s has a value for it: change it there", path);
	conf_free(c);
	return rc;
}

static int put_section(const struct asking *a, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf section = { 0 }, text = { 0 };
	int rc;

	strbuf_fmt(&section, "tracer %s:%s", a->group, a->name);
	strbuf_fmt(&text, "[%s]\n%s = %s\n", section.s, a->key.s, a->value.s);
	rc = check_file(path, section.s, a->key.s, e);
	return rc < 0 ? rc : conf_append(path, &text, e);
}

static void save(bool yes, void *data)
{
	struct asking *a = data;
	_cleanup_free_ char *path = yes ? conf_user_path("config") : NULL;
	struct err e = ERR_INIT;
	int rc = 0;

	if (yes && !path)
		rc = err_set(&e, -ENOENT, "there is no home for a configuration");
	if (path)
		rc = put_section(a, path, &e);
	if (rc < 0)
		ui_say(a->t->ui, LOOK_ERROR, "set, but not saved: %s", e.text);
	else if (path)
		ui_say(a->t->ui, LOOK_GOOD, "%s of %s:%s stands in %s", a->key.s, a->group, a->name,
		       path);
	free_asking(a);
}

/* Only what a file can say: no value that would be cut or read as something else. */
static bool is_storable(const struct asking *a)
{
	return !strpbrk(strbuf_cstr(&a->value), "\"#;\n\r\\") && a->value.len &&
	       a->value.s[0] != ' ' && !strpbrk(a->name, "]\n");
}

/* What it is now, in the words of who took it. */
static void done(const char *text, void *data)
{
	struct asking *a = data;
	_cleanup_strbuf_ struct strbuf question = { 0 };
	size_t len = text ? strcspn(text, "=") : 0;

	if (!text || !text[len]) {
		free_asking(a);
		return;
	}
	strbuf_add(&a->key, text, len);
	has_option(a, text, len, NULL, &a->value);
	if (!is_storable(a)) {
		ui_say(a->t->ui, LOOK_GOOD, "%s of %s:%s is set", a->key.s, a->group, a->name);
		free_asking(a);
		return;
	}
	strbuf_fmt(&question, "%s of %s:%s is %s. Keep it in your configuration?", a->key.s,
		   a->group, a->name, a->value.s);
	ui_confirm(a->t->ui, question.s, save, a);
}

static unsigned none_here(struct tracers *t, const struct node *n)
{
	_cleanup_strbuf_ struct strbuf title = { 0 };

	if (n)
		node_title(n, &title);
	ui_say(t->ui, LOOK_DIM, "%s%shas no options", strbuf_cstr(&title), n ? " " : "this ");
	return REACT_DRAW;
}

/* Where there is but one, its name stands there already. */
static void begin(struct asking *a, const struct names *l)
{
	static const struct prompt_ops ops = {
		.label = "option",
		.check = check,
		.complete = complete,
		.take = take,
		.done = done,
		.note = note,
	};
	_cleanup_strbuf_ struct strbuf first = { 0 };

	if (l->count == 1)
		strbuf_fmt(&first, "%s=", l->v[0]);
	ui_prompt(a->t->ui, &ops, strbuf_cstr(&first), a);
}

unsigned option_prompt(struct tracers *t, const struct act_arg *arg)
{
	const struct node *n = lines_cursor(t);
	struct asking *a;
	struct names l;
	struct err e = ERR_INIT;

	if (!n || n->kind != NODE_TRACER || !node_backend(t, n))
		return none_here(t, n);
	a = new_asking(t, n);
	names_of(a, &l);
	if (!l.count) {
		free_asking(a);
		none_here(t, n);
	} else if (!arg || !arg->text) {
		begin(a, &l);
	} else if (take(arg->text, &e, a) < 0) {
		ui_say(t->ui, LOOK_ERROR, "%s", e.text);
		free_asking(a);
	} else {
		done(arg->text, a);
	}
	free_names(&l);
	return REACT_DRAW;
}
