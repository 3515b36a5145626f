/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_kernel_ask: a pair, a grouping and a filter in the words of the kernel's histograms.
 *
 * Nothing is approximated: a filter that the kernel can only weaken, a measure of which its
 * histograms know nothing, the first of several starts are refused with the reason.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backends/pair_kernel_private.h"
#include "core/filter_push.h"

#define WHO	 "tapdeck_who"
#define WHO_COMM "tapdeck_comm"

struct asking {
	struct pair_kernel *k;
	struct kernel_ask *ask;
	struct err *err;
};

static int cannot(struct asking *a, const char *what)
{
	return err_set(a->err, -ENOTSUP, "pair %s: %s", a->k->conf.spec->name, what);
}

/* A field of the event's own, not one that all have. */
static const struct field *own_field(const struct schema *s, const char *name)
{
	schema_for_each_field (s, f)
		if (!f->is_common && !strcmp(f->name, name))
			return f;
	return NULL;
}

/* ---- filters ---- */

/* The whole of a filter for records of a schema, or why the kernel cannot do all of it. */
static int push(struct asking *a, const struct filter *f, const struct schema *s, const char **ret)
{
	struct filter_push *p = filter_push_new(f);
	struct filter_push_text t = { 0 };
	const char *why = NULL;
	int rc = 0;

	filter_push_event(p, s, FILTER_PUSH_MAX, &t);
	for (size_t i = 0; i < t.part_count && !why; i++)
		why = t.parts[i].why;
	if (!t.exact || t.blind || t.cut || t.never)
		rc = err_set(a->err, -ENOTSUP,
			     "pair %s: the kernel cannot do the whole filter for %s:%s: %s",
			     a->k->conf.spec->name, s->system, s->name,
			     t.never ? "no row passes"
			     : t.cut ? "it takes no longer text"
			     : why   ? why
				     : "a part of it is looked at here");
	else
		*ret = arena_strdup(&a->k->arena, strbuf_cstr(&t.text));
	filter_push_text_done(&t);
	filter_push_free(p);
	return rc;
}

static int push_text(struct asking *a, const char *text, const struct schema *s, const char **ret)
{
	struct filter *f = NULL;
	int rc = filter_parse(text, &f, a->err);

	if (rc >= 0)
		rc = push(a, f, s, ret);
	filter_free(f);
	return rc;
}

/* ---- starts, ends and their keys ---- */

static int take_key(struct asking *a, const struct pair_key *key, bool end, struct hist_event *ev,
		    unsigned i)
{
	const struct pair_names *names = end ? &key->end : &key->start;

	switch (key->kind) {
	case PAIR_KEY_CPU:
		ev->keys[i] = NULL;
		return 0;
	case PAIR_KEY_TID:
		ev->keys[i] = ev->schema->pid;
		return 0;
	case PAIR_KEY_FIELD:
		break;
	}
	for (unsigned n = 0; n < names->count && !ev->keys[i]; n++)
		ev->keys[i] = own_field(ev->schema, names->v[n]);
	if (!ev->keys[i])
		return err_set(a->err, -ENOENT, "pair %s: %s:%s has no field %s",
			       a->k->conf.spec->name, ev->schema->system, ev->schema->name,
			       names->v[0]);
	return 0;
}

static int take_event(struct asking *a, const struct pair_event *e, bool end, struct hist_event *ev)
{
	const struct pair_spec *spec = a->k->conf.spec;
	int rc = 0;

	for (unsigned i = 0; i < spec->key_count && rc >= 0; i++)
		rc = take_key(a, &spec->key[i], end, ev, i);
	if (rc >= 0 && e->filter)
		rc = push_text(a, e->filter, ev->schema, &ev->filter);
	return rc;
}

static int take_events(struct asking *a, bool end)
{
	const struct pair_spec *spec = a->k->conf.spec;
	const struct pair_events *list = end ? &spec->end : &spec->start;
	struct hist_event *to = end ? a->ask->ends : a->ask->starts;
	unsigned *count = end ? &a->ask->end_count : &a->ask->start_count;
	int rc = 0;

	for (unsigned i = 0; i < list->count && rc >= 0; i++) {
		const struct schema *s =
		    schema_set_find(a->k->conf.events, list->v[i].system, list->v[i].event);

		if (!s)
			continue;
		if (*count == HIST_EVENTS)
			return cannot(a, "it has more starts or ends than the kernel is given");
		to[*count].schema = s;
		rc = take_event(a, &list->v[i], end, &to[(*count)++]);
	}
	return rc;
}

/* ---- fields that are carried ---- */

/* Has every event of a side carry a field under a name; common: the thread it happens in. */
static int carry(struct asking *a, const char *name, bool end, const char *field, bool common)
{
	struct kernel_ask *ask = a->ask;
	struct hist_event *side = end ? ask->ends : ask->starts;
	unsigned n = ask->carry_count, count = end ? ask->end_count : ask->start_count;

	for (unsigned i = 0; i < n; i++) {
		if (!strcmp(ask->carry[i].name, name))
			return (int)i;
	}
	if (n == HIST_CARRY)
		return cannot(a, "it needs more fields than the kernel's histograms carry");
	for (unsigned i = 0; i < count; i++) {
		side[i].carry[n] = common ? side[i].schema->pid : own_field(side[i].schema, field);
		if (!side[i].carry[n])
			return err_set(a->err, -ENOTSUP, "pair %s: %s:%s has no field %s",
				       a->k->conf.spec->name, side[i].schema->system,
				       side[i].schema->name, field);
	}
	ask->carry[n] = (struct hist_carry) { arena_strdup(&a->k->arena, name), !end };
	return (int)ask->carry_count++;
}

/* A field of the derived event. */
static int carry_derived(struct asking *a, const struct field *f)
{
	bool end;
	const struct field *of = pair_field_of(a->k->pair, f, &end);

	if (!of)
		return err_set(a->err, -ENOTSUP, "pair %s: the kernel does not count by %s",
			       a->k->conf.spec->name, f->name);
	return carry(a, f->name, end, of->name, false);
}

/* ---- keys of groups ---- */

static int add_key(struct asking *a, enum kernel_use use, const struct field *f, struct hist_key by)
{
	struct pair_kernel *k = a->k;

	for (unsigned i = 0; i < k->key_count; i++) {
		if (k->keys[i].use == use && k->keys[i].field == f)
			return 0;
	}
	if (k->key_count == HIST_BY)
		return cannot(a, "the kernel counts by at most two keys and the latency");
	k->keys[k->key_count] = (struct kernel_key) { (uint8_t)use, f };
	a->ask->by[k->key_count++] = by;
	a->ask->by_count = k->key_count;
	return 0;
}

static int key_of_field(struct asking *a, const struct group_field *gf, const char *name)
{
	const struct pair_spec *spec = a->k->conf.spec;
	const struct field *f = own_field(a->k->schema, name);
	int at;

	if (!f || (gf->event && strcmp(gf->event, spec->name) != 0) ||
	    (gf->system && strcmp(gf->system, PAIR_SYSTEM) != 0))
		return err_set(a->err, -ENOTSUP, "pair %s: it has no field %s", spec->name, name);
	at = carry_derived(a, f);
	if (at < 0)
		return at;
	return add_key(a, USE_FIELD, f, (struct hist_key) { HIST_BY_FIELD, (unsigned)at });
}

/* Beside a field that is a tid the kernel's events often have the name: prev_pid, prev_comm. */
static int add_name(struct asking *a, bool end, const char *field)
{
	const struct hist_event *first = end ? a->ask->ends : a->ask->starts;
	size_t n = strlen(field);
	const struct field *f;
	char name[128];
	int at;

	if (n < 3 || n > 100 || strcmp(field + n - 3, "pid") != 0 || a->k->key_count == HIST_BY)
		return 0;
	snprintf(name, sizeof(name), "%.*scomm", (int)(n - 3), field);
	f = own_field(first->schema, name);
	if (!f || f->kind != FIELD_STRING || f->place != FIELD_FIXED)
		return 0;
	at = carry(a, WHO_COMM, end, name, false);
	if (at < 0) {
		err_clear(a->err);
		return 0;
	}
	return add_key(a, USE_COMM, NULL, (struct hist_key) { HIST_BY_FIELD, (unsigned)at });
}

static int key_of_thread(struct asking *a)
{
	const struct pair_pick *who = &a->k->conf.spec->who;
	int at;

	if (who->end && !who->field)
		return add_key(a, USE_TID, NULL, (struct hist_key) { HIST_BY_TASK, 0 });
	at = carry(a, WHO, who->end, who->field, !who->field);
	if (at < 0)
		return at;
	return add_key(a, USE_TID, NULL, (struct hist_key) { HIST_BY_FIELD, (unsigned)at });
}

static int take_group_key(struct asking *a, const struct group_key *g)
{
	switch ((enum group_kind)g->kind) {
	case GROUP_FIELD:
		return key_of_field(a, &g->field, g->field.name);
	case GROUP_SYSCALL:
		return key_of_field(a, &g->field, "id");
	case GROUP_CPU:
		return add_key(a, USE_CPU, NULL, (struct hist_key) { HIST_BY_CPU, 0 });
	case GROUP_EVENT:
	case GROUP_SYSTEM:
		return 0; /* all are of one */
	case GROUP_BACKEND:
		return cannot(a, "it is of no backend when the kernel pairs");
	default:
		return key_of_thread(a);
	}
}

static int take_groups(struct asking *a)
{
	const struct group_spec *by = a->k->conf.by;
	const struct pair_pick *who = &a->k->conf.spec->who;
	int rc = 0;

	for (unsigned i = 0; i < by->key_count && rc >= 0; i++)
		rc = take_group_key(a, &by->keys[i]);
	/* The name goes with the tid where there is room: short-lived threads have one then. */
	for (unsigned i = 0; i < a->k->key_count && rc >= 0; i++) {
		if (a->k->keys[i].use == USE_TID && who->field)
			rc = add_name(a, who->end, who->field);
	}
	return rc;
}

/* ---- measures ---- */

static int take_measure(struct asking *a, const struct group_measure *m)
{
	const char *name = a->k->conf.spec->name;

	switch ((enum measure_kind)m->kind) {
	case MEASURE_COUNT:
	case MEASURE_RATE:
	case MEASURE_SHARE:
		return 0;
	case MEASURE_SUM:
	case MEASURE_AVERAGE:
	case MEASURE_MIN:
	case MEASURE_MAX:
	case MEASURE_QUANTILE:
		break;
	default:
		return err_set(a->err, -ENOTSUP, "pair %s: the kernel's histograms do not tell %s",
			       name, m->text);
	}
	if (strcmp(m->field.name, "latency") != 0 ||
	    (m->field.event && strcmp(m->field.event, name) != 0))
		return err_set(a->err, -ENOTSUP, "pair %s: the kernel measures the latency, not %s",
			       name, m->field.name);
	a->k->parts |= m->kind == MEASURE_QUANTILE || m->kind == MEASURE_MIN;
	return 0;
}

/* ---- the filter of pairs ---- */

/* A word of the kernel's text: a field of the derived event that it has to have. */
static int take_word(struct asking *a, const char *word)
{
	const struct field *f = own_field(a->k->schema, word);

	if (!strcmp(word, "latency") || !strcmp(word, "ustring"))
		return 0;
	if (!f)
		return err_set(a->err, -ENOTSUP, "pair %s: the kernel cannot ask for %s of a pair",
			       a->k->conf.spec->name, word);
	return carry_derived(a, f) < 0 ? a->err->code : 0;
}

/* The fields that a text asks for; what stands in quotes is none. */
static int take_words(struct asking *a, const char *text)
{
	for (const char *p = text; *p;) {
		char word[128];
		size_t n = 0;
		int rc;

		if (*p == '"') {
			p = strchr(p + 1, '"');
			if (!p)
				return 0;
			p++;
			continue;
		}
		while (isalnum((unsigned char)p[n]) || p[n] == '_')
			n++;
		if (!n) {
			p++;
			continue;
		}
		snprintf(word, sizeof(word), "%.*s", (int)MIN(n, sizeof(word) - 1), p);
		p += n;
		rc = isdigit((unsigned char)word[0]) ? 0 : take_word(a, word);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- all of it ---- */

int pair_kernel_ask(struct pair_kernel *k, struct kernel_ask *ret, struct err *e)
{
	const struct group_spec *by = k->conf.by;
	struct asking a = { .k = k, .ask = ret, .err = e };
	int rc;

	if (k->conf.spec->missing)
		return cannot(&a, k->conf.spec->missing);
	if (k->conf.spec->keep_first)
		return cannot(&a,
			      "of several starts the kernel keeps the last, this pair the first");
	if (k->conf.spec->key_count > HIST_KEYS)
		return cannot(&a, "the kernel's histograms have at most three keys");
	rc = take_events(&a, false);
	if (rc >= 0)
		rc = take_events(&a, true);
	if (rc >= 0)
		rc = take_groups(&a);
	for (unsigned i = 0; i < by->measure_count && rc >= 0; i++)
		rc = take_measure(&a, &by->measures[i]);
	if (rc >= 0 && k->conf.filter) {
		rc = push(&a, k->conf.filter, k->schema, &ret->filter);
		if (rc >= 0 && ret->filter)
			rc = take_words(&a, ret->filter);
	}
	return rc;
}
