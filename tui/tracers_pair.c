/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_pair: a latency pair defined by keyboard, in one line: NAME: START -> END by KEY.
 *
 * While it is typed each event and each field is looked for, and what is wrong is pointed at. What
 * was defined is a tracer like others; whoever wants it next time has it appended to his
 * configuration.
 */
#include "tui/tracers_pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/pair_spec.h"
#include "core/util.h"
#include "tui/conf_append.h"

#define OFFERS_MOST 200

/* ---- what is known of events ---- */

static const struct schema *schema_of(struct tracers *t, const char *system, const char *event)
{
	const struct schema *s = NULL;

	for (unsigned i = 0; backends[i]; i++) {
		struct backend *b = deck_backend(ui_deck(t->ui), backends[i]->name);

		if (b && !b->ops->needs && b->ops->schema &&
		    b->ops->schema(b, system, event, &s, NULL) >= 0)
			return s;
	}
	return NULL;
}

/* Points at a word of the line; behind its end where it does not stand there so. */
static int wrong_word(const char *text, const char *word, struct err *e, const char *why)
{
	const char *at = strstr(text, word);

	err_caret(e, text, at ? (int)(at - text) : (int)strlen(text), "%s", why);
	return -1;
}

static int check_events(struct tracers *t, const char *text, const struct pair_events *all,
			struct err *e)
{
	for (unsigned i = 0; i < all->count; i++) {
		_cleanup_strbuf_ struct strbuf name = { 0 }, why = { 0 };

		if (schema_of(t, all->v[i].system, all->v[i].event))
			continue;
		strbuf_fmt(&name, "%s:%s", all->v[i].system, all->v[i].event);
		strbuf_fmt(&why, "there is no event %s", name.s);
		return wrong_word(text, name.s, e, why.s);
	}
	return 1;
}

static bool has_one(const struct schema *s, const struct pair_names *names)
{
	for (unsigned i = 0; s && i < names->count; i++)
		if (schema_field(s, names->v[i]))
			return true;
	return false;
}

static int check_side(struct tracers *t, const char *text, const struct pair_events *all,
		      const struct pair_names *names, struct err *e)
{
	const char *by = strstr(text, " by ");

	for (unsigned i = 0; i < all->count; i++) {
		const struct schema *s = schema_of(t, all->v[i].system, all->v[i].event);
		_cleanup_strbuf_ struct strbuf why = { 0 };
		const char *at;

		if (has_one(s, names))
			continue;
		strbuf_fmt(&why, "%s:%s has no field '%s'", all->v[i].system, all->v[i].event,
			   names->v[0]);
		at = by ? strstr(by, names->v[0]) : NULL;
		err_caret(e, text, at ? (int)(at - text) : (int)strlen(text), "%s", why.s);
		return -1;
	}
	return 1;
}

static int check_spec(struct tracers *t, const char *text, const struct pair_spec *s, struct err *e)
{
	int rc = check_events(t, text, &s->start, e);

	if (rc > 0)
		rc = check_events(t, text, &s->end, e);
	for (unsigned i = 0; rc > 0 && i < s->key_count; i++) {
		const struct pair_key *k = &s->key[i];

		if (k->kind != PAIR_KEY_FIELD)
			continue;
		rc = check_side(t, text, &s->start, &k->start, e);
		if (rc > 0)
			rc = check_side(t, text, &s->end, &k->end, e);
	}
	return rc;
}

/* What ends where something has to follow is unfinished, not wrong. */
static int check(const char *text, struct err *e, void *data)
{
	struct tracers *t = tracers_of(data);
	struct pair_spec *s = NULL;
	int rc = pair_spec_parse(text, &s, e);

	if (rc < 0)
		return !strstr(text, " by ") || e->column >= (int)strlen(text) ? 0 : -1;
	rc = check_spec(t, text, s, e);
	/* The last word may be the beginning of one. */
	if (rc < 0 && !strchr(text + MAX(e->column, 0), ' ') && e->column >= 0)
		rc = text[strlen(text) - 1] == ' ' ? rc : 0;
	pair_spec_free(s);
	return rc;
}

static int take(const char *text, struct err *e, void *data)
{
	struct tracers *t = tracers_of(data);
	struct pair_spec *s = NULL;
	int rc = pair_spec_parse(text, &s, e);

	if (rc >= 0 && check_spec(t, text, s, e) < 0)
		rc = -EINVAL;
	pair_spec_free(s);
	return rc < 0 ? rc : 0;
}

/* ---- what could come ---- */

struct offers {
	struct strbuf *out;
	const char *word;
	size_t len;
	unsigned count;
};

static void offer(struct offers *o, const char *name, const char *what)
{
	if (strncmp(name, o->word, o->len) || o->count++ >= OFFERS_MOST)
		return;
	strbuf_fmt(o->out, what ? "%s\t%s\n" : "%s\n", name, what);
}

static int offer_tracer(const struct tracer_info *info, void *data)
{
	_cleanup_strbuf_ struct strbuf name = { 0 };

	strbuf_fmt(&name, "%s:%s", info->group, info->name);
	offer(data, name.s, info->blurb);
	return 0;
}

static int offer_group(const struct tracer_group *g, void *data)
{
	_cleanup_strbuf_ struct strbuf name = { 0 };

	strbuf_fmt(&name, "%s:", g->name);
	offer(data, name.s, g->blurb);
	return 0;
}

/* Systems, and behind the colon their events. */
static void offer_events(struct tracers *t, struct offers *o)
{
	const char *colon = memchr(o->word, ':', o->len);

	for (unsigned i = 0; backends[i]; i++) {
		struct backend *b = deck_backend(ui_deck(t->ui), backends[i]->name);
		_cleanup_strbuf_ struct strbuf pattern = { 0 };

		if (!b || b->ops->needs)
			continue;
		strbuf_fmt(&pattern, "%.*s*", (int)o->len, o->word);
		if (!colon && b->ops->groups)
			b->ops->groups(b, false, offer_group, o, NULL);
		else if (colon && b->ops->list)
			b->ops->list(b, pattern.s, offer_tracer, o, NULL);
	}
}

/* The two sides as far as they are written; NULL: not whole. */
static struct pair_spec *sides_of(const char *text)
{
	const char *by = strstr(text, " by ");
	_cleanup_strbuf_ struct strbuf line = { 0 };
	struct pair_spec *s = NULL;

	if (!by)
		return NULL;
	strbuf_fmt(&line, "%.*s by tid", (int)(by - text), text);
	pair_spec_parse(line.s, &s, NULL);
	return s;
}

static void offer_fields(const struct schema *s, const struct schema *other, bool in_both,
			 struct offers *o)
{
	for (unsigned i = s ? s->common_count : 0; s && i < s->count; i++) {
		_cleanup_strbuf_ struct strbuf name = { 0 };
		bool both = other && schema_field(other, s->fields[i].name);

		if (both != in_both)
			continue;
		strbuf_fmt(&name, both ? "%s" : "%s=", s->fields[i].name);
		offer(o, name.s,
		      !both	   ? "of the start, = one of the end"
		      : s == other ? "of the end"
				   : "of both");
	}
}

/* What a key can be: fields that start and end both have, or one of each. */
static void offer_keys(struct tracers *t, const char *text, struct offers *o)
{
	struct pair_spec *p = sides_of(text);
	const struct schema *start, *end;

	if (!p)
		return;
	start = schema_of(t, p->start.v[0].system, p->start.v[0].event);
	end = schema_of(t, p->end.v[0].system, p->end.v[0].event);
	if (o->word > text && o->word[-1] == '=') {
		offer_fields(end, end, true, o);
	} else {
		offer(o, "tid", "the thread");
		offer(o, "cpu", "the CPU");
		offer_fields(start, end, true, o);
		offer_fields(start, end, false, o);
	}
	pair_spec_free(p);
}

static void offer_whose(struct tracers *t, const char *text, struct offers *o)
{
	struct pair_spec *p = sides_of(text);

	offer(o, "start", "the thread of the start");
	offer(o, "end", "the thread of the end");
	for (unsigned side = 0; p && side < 2; side++) {
		const struct pair_event *ev = side ? &p->end.v[0] : &p->start.v[0];
		const struct schema *s = schema_of(t, ev->system, ev->event);

		for (unsigned i = s ? s->common_count : 0; s && i < s->count; i++) {
			_cleanup_strbuf_ struct strbuf name = { 0 };

			strbuf_fmt(&name, "%s.%s", side ? "end" : "start", s->fields[i].name);
			if (s->fields[i].kind == FIELD_INT)
				offer(o, name.s, s->fields[i].type);
		}
	}
	pair_spec_free(p);
}

static void complete(const char *text, size_t at, size_t *from, struct strbuf *out, void *data)
{
	_cleanup_free_ char *before = xstrndup(text, at);
	struct tracers *t = tracers_of(data);
	struct offers o = { .out = out };
	size_t begin = at;

	while (begin && !strchr(" ,=|", text[begin - 1]))
		begin--;
	*from = begin;
	o.word = text + begin;
	o.len = at - begin;
	if (strstr(before, " for "))
		offer_whose(t, text, &o);
	else if (strstr(before, " by "))
		offer_keys(t, text, &o);
	else if (strchr(before, ' '))
		offer_events(t, &o);
}

static void note(struct strbuf *out, void *data)
{
	(void)data;
	strbuf_str(out, "a tracer of its own, off; switching it on switches on what it is made of");
}

/* ---- the configuration ---- */

struct saving {
	struct tracers *t;
	char *name;
	struct strbuf section;
};

static void free_saving(struct saving *s)
{
	free(s->name);
	strbuf_done(&s->section);
	free(s);
}

static void put_key(const char *key, const char *value, void *data)
{
	strbuf_fmt(data, "%s = %s\n", key, value);
}

/* The section as it stands in a file; false when a file could not say it. */
static bool put_section(const struct pair_spec *p, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf name = { 0 }, meant = { 0 }, read = { 0 };
	struct conf *c = conf_new(), *again = conf_new();
	struct pair_spec *q = NULL;
	bool same = false;

	strbuf_fmt(&name, "%s %s", PAIR_SYSTEM, p->name);
	pair_spec_say(p, c);
	strbuf_fmt(out, "[%s]\n", name.s);
	conf_each_key(c, name.s, put_key, out);
	pair_spec_print(p, &meant);
	if (conf_parse(again, "config", out->s, out->len, NULL) >= 0 &&
	    pair_spec_read(again, p->name, &q, NULL) >= 0) {
		pair_spec_print(q, &read);
		same = !strcmp(meant.s, strbuf_cstr(&read));
	}
	pair_spec_free(q);
	conf_free(c);
	conf_free(again);
	return same;
}

static void find_name(const char *name, void *data)
{
	const char **wanted = data;

	if (*wanted && !strcmp(name, *wanted))
		*wanted = NULL;
}

/* -EEXIST where the file has such a pair, and what conf_read says of a file that is wrong. */
static int check_file(const char *path, const char *name, struct err *e)
{
	struct conf *c = conf_new();
	int rc = conf_read(c, path, true, e);

	conf_each_section(c, PAIR_SYSTEM, find_name, &name);
	conf_free(c);
	return rc < 0 ? rc : name ? 0 : err_set(e, -EEXIST, "it has such a pair: change it there");
}

static void save(bool yes, void *data)
{
	struct saving *s = data;
	_cleanup_free_ char *path = yes ? conf_user_path("config") : NULL;
	struct err e = ERR_INIT;
	int rc = 0;

	if (yes && !path)
		rc = err_set(&e, -ENOENT, "there is no home for a configuration");
	if (rc >= 0 && path)
		rc = check_file(path, s->name, &e);
	if (rc >= 0 && path)
		rc = conf_append(path, &s->section, &e);
	if (rc < 0)
		ui_say(s->t->ui, LOOK_ERROR, "not saved: %s", e.text);
	else if (path)
		ui_say(s->t->ui, LOOK_GOOD, "pair:%s stands in %s", s->name, path);
	free_saving(s);
}

/* ---- done ---- */

static void ask_to_save(struct tracers *t, const struct pair_spec *p)
{
	_cleanup_strbuf_ struct strbuf question = { 0 };
	struct saving *s = xcalloc(1, sizeof(*s));

	s->t = t;
	s->name = xstrdup(p->name);
	if (!put_section(p, &s->section)) {
		ui_say(t->ui, LOOK_GOOD, "pair:%s is defined, for as long as this runs", p->name);
		free_saving(s);
		return;
	}
	strbuf_fmt(&question, "pair:%s is defined. Keep it in your configuration?", p->name);
	ui_confirm(t->ui, question.s, save, s);
}

/* The cursor goes to the tracer that is new. */
static void show(struct tracers *t, const char *name)
{
	for (size_t i = 0; i < t->root.count; i++) {
		struct node *b = t->root.children[i];

		if (b->kind != NODE_BACKEND || strcmp(b->name, PAIR_SYSTEM) != 0)
			continue;
		tree_load(t, b, true);
		for (size_t k = 0; k < b->count; k++)
			tree_load(t, b->children[k], true);
	}
	for (struct node *n = node_next_tracer(t, NULL); n; n = node_next_tracer(t, n))
		if (!strcmp(n->name, name) && !strcmp(n->parent->name, PAIR_SYSTEM))
			lines_go(t, n);
}

static void done(const char *text, void *data)
{
	struct tracers *t = tracers_of(data);
	struct pair_spec *p = NULL;
	struct err e = ERR_INIT;

	if (!text)
		return;
	if (deck_pair_add(ui_deck(t->ui), text, &e) < 0 || pair_spec_parse(text, &p, &e) < 0) {
		ui_say(t->ui, LOOK_ERROR, "%s", e.text);
		return;
	}
	show(t, p->name);
	ask_to_save(t, p);
	pair_spec_free(p);
}

unsigned pair_prompt(struct tracers *t, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "pair",
		.check = check,
		.complete = complete,
		.take = take,
		.done = done,
		.note = note,
	};
	struct err e = ERR_INIT;

	if (!arg->text)
		ui_prompt(t->ui, &ops, "", t->view);
	else if (take(arg->text, &e, t->view) < 0)
		ui_say(t->ui, LOOK_ERROR, "%s", e.text);
	else
		done(arg->text, t->view);
	return REACT_DRAW;
}
