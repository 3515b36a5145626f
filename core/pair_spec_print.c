/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_spec_print: a spec in words again, what it is asked, and its end.
 */
#include "core/pair_spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"

static void events_free(struct pair_events *list)
{
	for (unsigned i = 0; i < list->count; i++) {
		free(list->v[i].system);
		free(list->v[i].event);
		free(list->v[i].filter);
	}
	free(list->v);
}

static void names_free(struct pair_names *names)
{
	for (unsigned i = 0; i < names->count; i++)
		free(names->v[i]);
	free(names->v);
}

void pair_spec_free(struct pair_spec *s)
{
	if (!s)
		return;
	events_free(&s->start);
	events_free(&s->end);
	for (unsigned i = 0; i < s->key_count; i++) {
		names_free(&s->key[i].start);
		names_free(&s->key[i].end);
	}
	for (unsigned i = 0; i < s->field_count; i++)
		free(s->fields[i].field);
	free(s->fields);
	free(s->who.field);
	free(s->name);
	free(s->blurb);
	free(s->missing);
	free(s->place);
	free(s);
}

static void print_events(const struct pair_events *list, struct strbuf *out)
{
	for (unsigned i = 0; i < list->count; i++) {
		const struct pair_event *ev = &list->v[i];

		strbuf_fmt(out, "%s%s:%s", i ? " | " : "", ev->system, ev->event);
		if (ev->filter)
			strbuf_fmt(out, " if %s", ev->filter);
	}
}

static void print_names(const struct pair_names *names, struct strbuf *out)
{
	for (unsigned i = 0; i < names->count; i++) {
		const char *n = names->v[i];
		bool taken = !strcmp(n, "tid") || !strcmp(n, "cpu");

		strbuf_fmt(out, "%s%s%s", i ? "|" : "", taken ? "." : "", n);
	}
}

static bool same_names(const struct pair_names *a, const struct pair_names *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (strcmp(a->v[i], b->v[i]))
			return false;
	return true;
}

static void print_key(const struct pair_key *k, struct strbuf *out)
{
	if (k->kind != PAIR_KEY_FIELD) {
		strbuf_str(out, k->kind == PAIR_KEY_TID ? "tid" : "cpu");
		return;
	}
	print_names(&k->start, out);
	if (same_names(&k->start, &k->end))
		return;
	strbuf_char(out, '=');
	print_names(&k->end, out);
}

static void print_keys(const struct pair_spec *s, struct strbuf *out)
{
	for (unsigned i = 0; i < s->key_count; i++) {
		strbuf_str(out, i ? ", " : "");
		print_key(&s->key[i], out);
	}
}

static void print_pick(const struct pair_pick *p, struct strbuf *out)
{
	strbuf_fmt(out, "%s%s%s", p->end ? "end" : "start", p->field ? "." : "",
		   p->field ? p->field : "");
}

void pair_spec_print(const struct pair_spec *s, struct strbuf *out)
{
	strbuf_fmt(out, "%s: ", s->name);
	print_events(&s->start, out);
	strbuf_str(out, " -> ");
	print_events(&s->end, out);
	strbuf_str(out, " by ");
	print_keys(s, out);
	if (s->who.end && !s->who.field)
		return;
	strbuf_str(out, " for ");
	print_pick(&s->who, out);
}

void pair_spec_describe(const struct pair_spec *s, struct strbuf *out)
{
	strbuf_str(out, "start: ");
	print_events(&s->start, out);
	strbuf_str(out, "\nend: ");
	print_events(&s->end, out);
	strbuf_str(out, "\nkey: ");
	print_keys(s, out);
	strbuf_str(out, "\nwhose: ");
	if (!s->who.field)
		strbuf_fmt(out, "the thread of the %s", s->who.end ? "end" : "start");
	else
		strbuf_fmt(out, "the %s's %s", s->who.end ? "end" : "start", s->who.field);
	strbuf_str(out, "\nfields: latency");
	for (unsigned i = 0; i < s->field_count; i++) {
		strbuf_str(out, ", ");
		print_pick(&s->fields[i], out);
	}
	strbuf_str(out, s->field_count ? "\n" : ", start, end\n");
	strbuf_fmt(out, "of several starts: the %s\n", s->keep_first ? "first" : "last");
}

void pair_spec_say(const struct pair_spec *s, struct conf *c)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	char section[PAIR_NAME_MAX + 8];

	snprintf(section, sizeof(section), PAIR_SYSTEM " %s", s->name);
	print_events(&s->start, &b);
	conf_set(c, section, "start", b.s);
	strbuf_clear(&b);
	print_events(&s->end, &b);
	conf_set(c, section, "end", b.s);
	strbuf_clear(&b);
	print_keys(s, &b);
	conf_set(c, section, "key", b.s);
	strbuf_clear(&b);
	print_pick(&s->who, &b);
	conf_set(c, section, "who", b.s);
}

static bool has_event(const struct pair_events *list, const char *system, const char *event)
{
	for (unsigned i = 0; i < list->count; i++)
		if (!strcmp(list->v[i].system, system) && !strcmp(list->v[i].event, event))
			return true;
	return false;
}

bool pair_spec_uses(const struct pair_spec *s, const char *system, const char *event)
{
	return has_event(&s->start, system, event) || has_event(&s->end, system, event);
}
