/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_spec: the parser. Every value is a part of a text that a complaint can point into.
 */
#include "core/pair_spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/filter.h"
#include "core/util.h"

/* A stretch of a text. */
struct part {
	const char *text;
	size_t at, end;
	bool more; /* behind a separator something is wanted */
};

static struct part part_all(const char *text)
{
	return (struct part) { .text = text, .end = strlen(text) };
}

static struct part trim(struct part p)
{
	while (p.at < p.end && isspace((unsigned char)p.text[p.at]))
		p.at++;
	while (p.end > p.at && isspace((unsigned char)p.text[p.end - 1]))
		p.end--;
	return p;
}

static bool is(struct part p, const char *word)
{
	return p.end - p.at == strlen(word) && !memcmp(p.text + p.at, word, p.end - p.at);
}

static char *take(struct part p)
{
	return xstrndup(p.text + p.at, p.end - p.at);
}

static int wrong(struct part p, struct err *e, const char *what)
{
	return err_caret(e, p.text, (int)p.at, "%s", what);
}

/* Cuts off what stands before a separator outside of quotes and brackets. */
static struct part cut(struct part *rest, const char *separator)
{
	size_t len = strlen(separator), depth = 0;
	struct part head = *rest;
	char quote = '\0';

	for (size_t i = rest->at; i < rest->end; i++) {
		char c = rest->text[i];

		if (quote) {
			i += c == '\\' && i + 1 < rest->end;
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '|' && *separator == '|' && i + 1 < rest->end &&
			   rest->text[i + 1] == '|') {
			i++; /* "or" of a filter */
		} else if (!depth && rest->end - i >= len &&
			   !strncmp(rest->text + i, separator, len)) {
			head.end = i;
			rest->at = i + len;
			rest->more = true;
			return trim(head);
		} else {
			depth += c == '(' || c == '{';
			depth -= (c == ')' || c == '}') && depth;
		}
	}
	rest->at = rest->end;
	rest->more = false;
	return trim(head);
}

static bool is_name(struct part p)
{
	if (p.at == p.end || isdigit((unsigned char)p.text[p.at]))
		return false;
	for (size_t i = p.at; i < p.end; i++)
		if (!isalnum((unsigned char)p.text[i]) && p.text[i] != '_')
			return false;
	return true;
}

/* ---- events ---- */

static int check_filter(struct part p, const char *text, struct err *e)
{
	struct err why = ERR_INIT;
	struct filter *f = NULL;
	int rc = filter_parse(text, &f, &why);

	filter_free(f);
	if (rc >= 0)
		return 0;
	why.text[strcspn(why.text, "\n")] = '\0';
	p.at += why.column > 0 ? (size_t)why.column : 0;
	wrong(p, e, why.text);
	return -EINVAL;
}

static int parse_event(struct part p, struct pair_event *ev, struct err *e)
{
	struct part rest = p, name = cut(&rest, " if "), system, filter = trim(rest);
	struct part event = name;
	int rc = 0;

	system = cut(&event, ":");
	event = trim(event);
	for (size_t i = event.at; i < event.end; i++)
		if (isspace((unsigned char)event.text[i])) {
			event.at = i;
			return wrong(trim(event), e,
				     "behind an event comes 'if FILTER', '|' or nothing");
		}
	if (system.at == system.end || event.at == event.end)
		return wrong(name, e, "an event is SYSTEM:EVENT, as 'tapdeck list' says it");
	if (is(system, PAIR_SYSTEM))
		return wrong(system, e, "a pair cannot be made of another pair");
	ev->system = take(system);
	ev->event = take(event);
	if (filter.at < filter.end) {
		ev->filter = take(filter);
		rc = check_filter(filter, ev->filter, e);
	}
	return rc;
}

static int parse_events(struct part p, struct pair_events *list, struct err *e)
{
	struct part rest = trim(p);

	do {
		struct part one = cut(&rest, "|");
		int rc;

		if (list->count == PAIR_SIDE_MAX)
			return wrong(one, e, "no more than 16 events can be a side of a pair");
		list->v = xrealloc(list->v, list->count + 1, sizeof(*list->v));
		list->v[list->count++] = (struct pair_event) { 0 };
		rc = parse_event(one, &list->v[list->count - 1], e);
		if (rc < 0)
			return rc;
	} while (rest.more);
	return 0;
}

/* ---- keys ---- */

static int parse_names(struct part p, struct pair_names *names, struct err *e)
{
	struct part rest = trim(p);

	do {
		struct part one = cut(&rest, "|");

		one.at += one.at < one.end && one.text[one.at] == '.';
		if (!is_name(one))
			return wrong(one, e, "a key is tid, cpu, a field, or FIELD = FIELD");
		if (names->count == PAIR_SIDE_MAX)
			return wrong(one, e, "no more than 16 names can be tried");
		names->v = xrealloc(names->v, names->count + 1, sizeof(*names->v));
		names->v[names->count++] = take(one);
	} while (rest.more);
	return 0;
}

static int parse_key(struct part p, struct pair_key *k, struct err *e)
{
	struct part end = p, start = cut(&end, "=");
	int rc;

	if (is(p, "tid") || is(p, "cpu")) {
		k->kind = is(p, "tid") ? PAIR_KEY_TID : PAIR_KEY_CPU;
		return 0;
	}
	k->kind = PAIR_KEY_FIELD;
	rc = parse_names(start, &k->start, e);
	if (rc < 0)
		return rc;
	return parse_names(end.more ? end : start, &k->end, e);
}

static int parse_keys(struct part p, struct pair_spec *s, struct err *e)
{
	struct part rest = trim(p);

	do {
		struct part one = cut(&rest, ",");
		int rc;

		if (s->key_count == PAIR_KEYS_MAX)
			return wrong(one, e, "no more than 4 keys can be compared");
		rc = parse_key(one, &s->key[s->key_count++], e);
		if (rc < 0)
			return rc;
	} while (rest.more);
	return 0;
}

/* ---- the rest ---- */

static int parse_pick(struct part p, struct pair_pick *pick, struct err *e)
{
	struct part field = p, side = cut(&field, ".");
	bool has_field = field.more;

	if ((!is(side, "start") && !is(side, "end")) || (has_field && !is_name(trim(field))))
		return wrong(p, e, "wanted is start, end, start.FIELD or end.FIELD");
	pick->end = is(side, "end");
	pick->field = has_field ? take(trim(field)) : NULL;
	return 0;
}

static int parse_who(struct part p, struct pair_spec *s, struct err *e)
{
	return parse_pick(trim(p), &s->who, e);
}

static int parse_fields(struct part p, struct pair_spec *s, struct err *e)
{
	struct part rest = trim(p);

	do {
		struct part one = cut(&rest, ",");
		int rc;

		s->fields = xrealloc(s->fields, s->field_count + 1, sizeof(*s->fields));
		s->fields[s->field_count++] = (struct pair_pick) { 0 };
		rc = parse_pick(one, &s->fields[s->field_count - 1], e);
		if (rc < 0)
			return rc;
	} while (rest.more);
	return 0;
}

static int parse_keep(struct part p, struct pair_spec *s, struct err *e)
{
	p = trim(p);
	if (!is(p, "first") && !is(p, "last"))
		return wrong(p, e, "wanted is first or last");
	s->keep_first = is(p, "first");
	return 0;
}

static int parse_start(struct part p, struct pair_spec *s, struct err *e)
{
	return parse_events(p, &s->start, e);
}

static int parse_end(struct part p, struct pair_spec *s, struct err *e)
{
	return parse_events(p, &s->end, e);
}

static int parse_name(struct part p, struct pair_spec *s, struct err *e)
{
	p = trim(p);
	if (!is_name(p) || p.end - p.at > PAIR_NAME_MAX)
		return wrong(p, e,
			     "a pair's name is of letters, digits and _, no digit first, "
			     "48 at most");
	s->name = take(p);
	return 0;
}

/* ---- from configuration ---- */

static const struct {
	const char *key;
	bool needed;
	int (*parse)(struct part p, struct pair_spec *s, struct err *e);
} keys[] = {
	{ "start", true, parse_start },	   { "end", true, parse_end },
	{ "key", true, parse_keys },	   { "who", false, parse_who },
	{ "fields", false, parse_fields }, { "keep", false, parse_keep },
};

/* An end that nobody looks at would be the user's mistake. */
static int check_missing(const struct conf *c, const char *section, const struct pair_spec *s,
			 struct err *e)
{
	if (!s->missing || !conf_get(c, section, "end"))
		return 0;
	err_set(e, -EINVAL, "it says why there is no 'end': one of the two is too many");
	conf_complain(c, section, "missing", e);
	return -EINVAL;
}

static int read_keys(const struct conf *c, const char *section, struct pair_spec *s, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = conf_get(c, section, keys[i].key);
		int rc;

		if (!value && (!keys[i].needed || s->missing))
			continue;
		if (!value) {
			err_set(e, -EINVAL, "'%s' is missing", keys[i].key);
			conf_complain(c, section, NULL, e);
			return -EINVAL;
		}
		rc = keys[i].parse(part_all(value), s, e);
		if (rc < 0) {
			conf_complain(c, section, keys[i].key, e);
			return rc;
		}
	}
	return 0;
}

int pair_spec_read(const struct conf *c, const char *name, struct pair_spec **ret, struct err *e)
{
	struct pair_spec *s = xcalloc(1, sizeof(*s));
	const char *blurb, *missing;
	char section[PAIR_NAME_MAX + 128];
	int rc = parse_name(part_all(name), s, e);

	snprintf(section, sizeof(section), "pair %.100s", name);
	if (rc < 0)
		conf_complain(c, section, NULL, e);
	s->who.end = true;
	blurb = conf_get(c, section, "blurb");
	missing = conf_get(c, section, "missing");
	s->blurb = blurb ? xstrdup(blurb) : NULL;
	s->missing = missing ? xstrdup(missing) : NULL;
	if (rc >= 0)
		rc = check_missing(c, section, s, e);
	if (rc >= 0)
		rc = read_keys(c, section, s, e);
	if (rc < 0) {
		pair_spec_free(s);
		return rc;
	}
	s->place = xstrdup(section);
	*ret = s;
	return 0;
}

/* ---- from one line ---- */

/* The last place of a word; the end when there is none. */
static size_t last_of(struct part p, const char *word)
{
	size_t len = strlen(word), found = p.end;

	for (size_t i = p.at; i + len <= p.end; i++)
		if (!strncmp(p.text + i, word, len))
			found = i;
	return found;
}

static int parse_line(struct part all, struct pair_spec *s, struct err *e)
{
	static const char how[] = "a pair is NAME: START -> END by KEY [for WHO]";
	struct part name = cut(&all, ":"), start, end, by, who;
	int rc;

	if (!all.more)
		return wrong(name, e, how);
	start = cut(&all, "->");
	if (!all.more)
		return wrong(start, e, how);
	end = by = who = all;
	end.end = last_of(all, " by ");
	if (end.end == all.end)
		return wrong((struct part) { .text = all.text, .at = all.end, .end = all.end }, e,
			     how);
	by.at = end.end + 4;
	by.end = last_of(by, " for ");
	who.at = by.end < all.end ? by.end + 5 : all.end;
	rc = parse_name(name, s, e);
	if (rc >= 0)
		rc = parse_start(start, s, e);
	if (rc >= 0)
		rc = parse_end(trim(end), s, e);
	if (rc >= 0)
		rc = parse_keys(by, s, e);
	if (rc >= 0 && by.end < all.end)
		rc = parse_who(who, s, e);
	return rc;
}

int pair_spec_parse(const char *line, struct pair_spec **ret, struct err *e)
{
	struct pair_spec *s = xcalloc(1, sizeof(*s));
	int rc;

	s->who.end = true;
	rc = parse_line(part_all(line), s, e);
	if (rc < 0) {
		pair_spec_free(s);
		return rc;
	}
	s->place = xstrdup("--pair");
	*ret = s;
	return 0;
}
