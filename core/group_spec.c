/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_spec: what rows are told apart by and what is measured of them, from hostile text.
 *
 *   by      := key { "," key }         key     := WORD of keys[] | field
 *   show    := measure { "," measure } measure := WORD of measures[] [ "(" key ")" ]
 *
 * Fields and the names other tools have for things are read by the filter's lexer, so that a word
 * means here what it means there. A new key or measure is a row of a table.
 */
#include "core/group.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/filter_tree.h"
#include "core/util.h"

#define SHOW_DEFAULT "count, rate, share"

/* clang-format off */
static const struct key_word {
	const char *word;
	uint8_t kind; /* enum group_kind */
	const char *help;
} keys[] = {
	{ "process",   GROUP_PROCESS,   "who emitted it; a pid that is used again is another one" },
	{ "thread",    GROUP_THREAD,    "the thread that emitted it; never two with the same tid" },
	{ "comm",      GROUP_COMM,      "name of the thread" },
	{ "exe",       GROUP_EXE,       "path of the program" },
	{ "user",      GROUP_USER,      "name of the process's user" },
	{ "uid",       GROUP_UID,       "the same as a number" },
	{ "cgroup",    GROUP_CGROUP,    "path of the control group" },
	{ "unit",      GROUP_UNIT,      "systemd unit" },
	{ "container", GROUP_CONTAINER, "container, by name where that is known; empty outside of any" },
	{ "event",     GROUP_EVENT,     "system:event" },
	{ "syscall",   GROUP_SYSCALL,   "system call, of events that are about one" },
	{ "cpu",       GROUP_CPU,       "the CPU" },
	{ "pid",       GROUP_PID,       "process id, whoever had it" },
	{ "tid",       GROUP_TID,       "thread id, whoever had it" },
	{ "ppid",      GROUP_PPID,      "process id of the parent" },
	{ "system",    GROUP_SYSTEM,    "the event's system" },
	{ "backend",   GROUP_BACKEND,   "where the event came from" },
};

enum takes { TAKES_NOTHING, TAKES_FIELD, TAKES_EITHER };

static const struct measure_word {
	const char *word;
	uint8_t kind;	 /* enum measure_kind */
	uint8_t of_field; /* the same with a field */
	uint8_t takes;	 /* enum takes */
	const char *help;
} measures[] = {
	{ "count",    MEASURE_COUNT,    0, TAKES_NOTHING,    "how many events" },
	{ "rate",     MEASURE_RATE,     0, TAKES_NOTHING,    "events a second" },
	{ "share",    MEASURE_SHARE,    0, TAKES_NOTHING,    "part of all that were counted" },
	{ "first",    MEASURE_FIRST,    0, TAKES_NOTHING,    "time of the first" },
	{ "last",     MEASURE_LAST, MEASURE_LATEST, TAKES_EITHER,
	  "time of the last; last(FIELD): value in the last" },
	{ "distinct", 0, MEASURE_DISTINCT, TAKES_FIELD, "how many different values" },
	{ "sum",      0, MEASURE_SUM,      TAKES_FIELD, "all values added" },
	{ "avg",      0, MEASURE_AVERAGE,  TAKES_FIELD, "the average" },
	{ "min",      0, MEASURE_MIN,      TAKES_FIELD, "the least" },
	{ "max",      0, MEASURE_MAX,      TAKES_FIELD, "the greatest" },
	{ "p50",      0, MEASURE_QUANTILE, TAKES_FIELD, "the median: half of all are not above it" },
	{ "p90",      0, MEASURE_QUANTILE, TAKES_FIELD, "90 percent are not above it" },
	{ "p99",      0, MEASURE_QUANTILE, TAKES_FIELD, "99 percent are not above it; p99.9 as well" },
};
/* clang-format on */

void group_each_key(void (*fn)(const char *word, const char *help, void *data), void *data)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		fn(keys[i].word, keys[i].help, data);
}

void group_each_measure(void (*fn)(const char *word, const char *help, void *data), void *data)
{
	for (size_t i = 0; i < ARRAY_SIZE(measures); i++)
		fn(measures[i].word, measures[i].help, data);
}

static const char *measure_at(size_t i, void *data)
{
	(void)data;
	return measures[i].word;
}

/* ---- parts of both ---- */

struct parse {
	struct filter_lexer lx;
	struct group_spec *spec;
	const char *by; /* the text of the keys */
};

/* A complaint about what stands at a column. */
#define WRONG(p, column, ...) err_caret((p)->lx.err, (p)->lx.text, (int)(column), __VA_ARGS__)

static struct group_field field_of(const struct filter_operand *o)
{
	return (struct group_field) {
		.system = o->system, .event = o->event, .name = o->name, .column = o->column
	};
}

/* Steps over a comma; 0 at the end. An item has to follow one. */
static int next_item(struct parse *p)
{
	filter_lex_space(&p->lx);
	if (!p->lx.text[p->lx.at])
		return 0;
	if (p->lx.text[p->lx.at] != ',')
		return WRONG(p, p->lx.at, "group: a comma was expected");
	p->lx.at++;
	filter_lex_space(&p->lx);
	return 1;
}

/* ---- keys ---- */

static const struct key_word *find_key(const struct filter_operand *o, const char *text)
{
	if (o->system || o->event || text[o->column] == '.')
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].word, o->name))
			return &keys[i];
	return NULL;
}

static int parse_key(struct parse *p)
{
	struct group_spec *s = p->spec;
	struct filter_operand o;
	const struct key_word *word;
	struct group_key *key = &s->keys[s->key_count];
	int rc;

	if (s->key_count == GROUP_KEYS)
		return WRONG(p, p->lx.at, "group: no more than %d keys", GROUP_KEYS);
	rc = filter_lex_operand(&p->lx, &s->arena, &o);
	if (rc < 0)
		return rc;
	word = find_key(&o, p->lx.text);
	if (o.context && !word)
		return WRONG(p, o.column, "group: rows are not told apart by their '%s'", o.name);
	*key =
	    (struct group_key) { .kind = word ? word->kind : GROUP_FIELD, .field = field_of(&o) };
	key->text = arena_strndup(&s->arena, p->lx.text + o.column, p->lx.at - o.column);
	for (unsigned i = 0; i < s->key_count; i++)
		if (!strcmp(s->keys[i].text, key->text))
			return WRONG(p, o.column, "group: '%s' stands there twice", key->text);
	s->key_count++;
	return 0;
}

static int parse_by(struct parse *p)
{
	int rc;

	filter_lex_space(&p->lx);
	do {
		rc = parse_key(p);
		if (rc >= 0)
			rc = next_item(p);
	} while (rc > 0);
	return rc;
}

/* ---- measures ---- */

/* p50, p99.9: what stands behind the p as a share of 1; false for what is none. */
static bool read_quantile(const char *word, size_t len, double *ret)
{
	static const char digits[] = "0123456789";
	size_t whole = word[0] == 'p' ? strspn(word + 1, digits) : 0, used = 1 + whole;

	if (!whole)
		return false;
	if (used < len && word[used] == '.')
		used += 1 + strspn(word + used + 1, digits);
	if (used != len || word[used - 1] == '.')
		return false;
	*ret = strtod(word + 1, NULL) / 100;
	return *ret <= 1;
}

static const struct measure_word *find_measure(const char *word, size_t len, double *quantile)
{
	const char *meant = read_quantile(word, len, quantile) ? "p50" : word;
	size_t meant_len = meant == word ? len : 3;

	for (size_t i = 0; i < ARRAY_SIZE(measures); i++)
		if (strlen(measures[i].word) == meant_len &&
		    !strncmp(measures[i].word, meant, meant_len))
			return &measures[i];
	return NULL;
}

/* Whether more characters could make a measure of it. */
static bool begins_measure(const char *word, size_t len)
{
	double ignored;

	if (len > 1 && word[len - 1] == '.')
		return read_quantile(word, len - 1, &ignored);
	for (size_t i = 0; i < ARRAY_SIZE(measures); i++)
		if (!strncmp(measures[i].word, word, len))
			return true;
	return false;
}

static int unknown_measure(struct parse *p, uint32_t column, size_t len)
{
	char word[32];
	const char *near;

	if (!p->lx.text[column + len] && begins_measure(p->lx.text + column, len))
		return filter_lex_unfinished(&p->lx, "count, sum(FIELD) or the like was expected");
	if (!len)
		return WRONG(p, column, "group: a measure was expected, such as count");
	if (len >= sizeof(word))
		return WRONG(p, column, "group: there is no such measure");
	memcpy(word, p->lx.text + column, len);
	word[len] = '\0';
	near = util_nearest(word, measure_at, ARRAY_SIZE(measures), NULL);
	return err_caret(p->lx.err, p->lx.text, (int)column, "group: no measure '%s'%s%s%s", word,
			 near ? "; nearest is '" : "", near ? near : "", near ? "'" : "");
}

/* What is measured: a field; what has values but no amounts can be any key. */
static int take_operand(struct parse *p, const struct filter_operand *o, struct group_measure *m)
{
	const struct key_word *word = find_key(o, p->lx.text);

	if (o->context && !word)
		return WRONG(p, o->column,
			     "group: rows are not measured by their '%s'; a field of its own has a "
			     "dot before it",
			     o->name);
	if (word && m->kind != MEASURE_DISTINCT && m->kind != MEASURE_LATEST)
		return WRONG(
		    p, o->column,
		    "group: '%s' is no amount; distinct(%s) and last(%s) can be had, and a "
		    "field of its own has a dot before it",
		    o->name, o->name, o->name);
	m->of = word ? word->kind : GROUP_FIELD;
	m->field = field_of(o);
	return 0;
}

/* "( FIELD )" */
static int parse_operand(struct parse *p, struct group_measure *m)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct filter_operand o;
	int rc;

	p->lx.at++;
	filter_lex_space(&p->lx);
	rc = filter_lex_operand(&p->lx, &p->spec->arena, &o);
	if (rc < 0)
		return rc;
	strbuf_fmt(&text, "%s(", m->text);
	strbuf_add(&text, p->lx.text + o.column, p->lx.at - o.column);
	strbuf_char(&text, ')');
	m->text = arena_strdup(&p->spec->arena, text.s);
	rc = take_operand(p, &o, m);
	if (rc < 0)
		return rc;
	filter_lex_space(&p->lx);
	if (!p->lx.text[p->lx.at])
		return filter_lex_unfinished(&p->lx, "')' is missing");
	if (p->lx.text[p->lx.at] != ')')
		return WRONG(p, p->lx.at, "group: ')' was expected");
	p->lx.at++;
	return 0;
}

/* What stands behind the word of a measure, or should. */
static int parse_behind(struct parse *p, const struct measure_word *word, struct group_measure *m)
{
	uint32_t behind = p->lx.at;

	filter_lex_space(&p->lx);
	if (p->lx.text[p->lx.at] == '(') {
		if (word->takes == TAKES_NOTHING)
			return WRONG(p, p->lx.at, "group: '%s' is of events and takes no field",
				     word->word);
		m->kind = word->of_field;
		return parse_operand(p, m);
	}
	m->kind = word->kind;
	if (word->takes != TAKES_FIELD) {
		p->lx.at = behind;
		return 0;
	}
	if (!p->lx.text[p->lx.at])
		return filter_lex_unfinished(&p->lx, "a field in parentheses is missing");
	return WRONG(p, p->lx.at, "group: '%s' takes a field in parentheses", word->word);
}

static int check_twice(struct parse *p, uint32_t column, const char *text)
{
	const struct group_spec *s = p->spec;

	for (unsigned i = 0; i < s->measure_count; i++)
		if (!strcmp(s->measures[i].text, text))
			return WRONG(p, column, "group: '%s' stands there twice", text);
	for (unsigned i = 0; i < s->key_count; i++)
		if (!strcmp(s->keys[i].text, text))
			return err_caret(p->lx.err, p->by, (int)s->keys[i].field.column,
					 "group: '%s' is a measure too: put a dot before the "
					 "field's name here",
					 text);
	return 0;
}

static int parse_measure(struct parse *p)
{
	struct group_spec *s = p->spec;
	struct group_measure *m = &s->measures[s->measure_count];
	uint32_t column = p->lx.at;
	const struct measure_word *word;
	const char *text = p->lx.text + column;
	size_t len = 0;
	int rc;

	if (s->measure_count == GROUP_MEASURES)
		return WRONG(p, column, "group: no more than %d measures", GROUP_MEASURES);
	while (isalnum((unsigned char)text[len]) || text[len] == '_' || text[len] == '.')
		len++;
	word = find_measure(text, len, &m->quantile);
	if (!word)
		return unknown_measure(p, column, len);
	m->text = arena_strndup(&s->arena, text, len);
	p->lx.at += (uint32_t)len;
	rc = parse_behind(p, word, m);
	if (rc >= 0)
		rc = check_twice(p, column, m->text);
	s->measure_count += rc >= 0;
	return rc;
}

static int parse_show(struct parse *p)
{
	int rc;

	filter_lex_space(&p->lx);
	do {
		rc = parse_measure(p);
		if (rc >= 0)
			rc = next_item(p);
	} while (rc > 0);
	return rc;
}

/* ---- both ---- */

int group_spec_parse(const char *by, const char *show, struct group_spec **ret, struct err *e)
{
	struct group_spec *s = xcalloc(1, sizeof(*s));
	struct parse p = { .lx = { .text = by, .err = e, .topic = "group" }, .spec = s, .by = by };
	int rc = parse_by(&p);

	if (rc >= 0) {
		p.lx = (struct filter_lexer) { .text = show ? show : SHOW_DEFAULT,
					       .err = e,
					       .topic = "group" };
		rc = parse_show(&p);
	}
	if (rc < 0) {
		group_spec_free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void group_spec_free(struct group_spec *s)
{
	if (!s)
		return;
	arena_done(&s->arena);
	free(s);
}

void group_spec_by(const struct group_spec *s, struct strbuf *out)
{
	for (unsigned i = 0; i < s->key_count; i++)
		strbuf_fmt(out, "%s%s", i ? ", " : "", s->keys[i].text);
}

void group_spec_show(const struct group_spec *s, struct strbuf *out)
{
	for (unsigned i = 0; i < s->measure_count; i++)
		strbuf_fmt(out, "%s%s", i ? ", " : "", s->measures[i].text);
}
