/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hist_check: what the kernel's histograms cannot do, said before they are asked.
 *
 * Names go into what is written to the kernel: nothing passes that would be more than a name.
 */
#include <errno.h>
#include <string.h>

#include "tracefs/hist_private.h"

bool hist_is_name(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	return n && n < 64 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
			 "0123456789") == n &&
	       (s[0] < '0' || s[0] > '9');
}

const char *hist_key_name(const struct field *f)
{
	return f ? f->name : "common_cpu";
}

bool hist_is_string(const struct field *f)
{
	return f && f->kind == FIELD_STRING;
}

static bool is_usable(const struct field *f)
{
	return !f || f->kind == FIELD_STRING || f->kind == FIELD_INT;
}

static int check_counts(const struct hist_conf *c, struct err *e)
{
	if (!c->start_count || !c->end_count || c->start_count > HIST_EVENTS ||
	    c->end_count > HIST_EVENTS)
		return err_set(e, -ENOTSUP, "the kernel is given at most %d starts and %d ends",
			       HIST_EVENTS, HIST_EVENTS);
	if (!c->key_count || c->key_count > HIST_KEYS)
		return err_set(e, -ENOTSUP, "the kernel's histograms have 1 to %d keys, not %u",
			       HIST_KEYS, c->key_count);
	if (c->by_count > HIST_BY)
		return err_set(e, -ENOTSUP, "the kernel counts by at most %d keys and the latency",
			       HIST_BY);
	if (c->carry_count > HIST_CARRY)
		return err_set(e, -ENOTSUP, "the kernel is given at most %d fields, not %u",
			       HIST_CARRY, c->carry_count);
	for (unsigned i = 0; i < c->by_count; i++) {
		if (c->by[i].kind == HIST_BY_FIELD && c->by[i].field >= c->carry_count)
			return err_set(e, -EINVAL, "key %u is of no field", i + 1);
	}
	return 0;
}

static int check_event(const struct hist_conf *c, const struct hist_event *ev, bool start,
		       struct err *e)
{
	const struct hist_event *first = start ? c->starts : c->ends;
	const struct schema *s = ev->schema;

	if (strpbrk(ev->filter ? ev->filter : "", "\n\r"))
		return err_set(e, -EINVAL, "%s:%s: a filter is one line", s->system, s->name);
	for (unsigned i = 0; i < c->key_count; i++) {
		if (!is_usable(ev->keys[i]))
			return err_set(e, -ENOTSUP, "%s:%s: %s is no key for the kernel", s->system,
				       s->name, ev->keys[i]->name);
		if (hist_is_string(ev->keys[i]) != hist_is_string(c->starts[0].keys[i]))
			return err_set(e, -EINVAL,
				       "%s:%s: %s is a text, its partner is none or "
				       "the other way round",
				       s->system, s->name, hist_key_name(ev->keys[i]));
	}
	for (unsigned i = 0; i < c->carry_count; i++) {
		const struct field *f = ev->carry[i], *as = first->carry[i];

		if (c->carry[i].from_start != start)
			continue;
		if (!hist_is_name(c->carry[i].name) || !f || !is_usable(f))
			return err_set(e, -ENOTSUP, "%s:%s: the kernel cannot carry \"%s\"",
				       s->system, s->name, c->carry[i].name);
		if (f->size != as->size || hist_is_string(f) != hist_is_string(as))
			return err_set(e, -ENOTSUP, "%s:%s: %s is not what it is in %s:%s",
				       s->system, s->name, f->name, first->schema->system,
				       first->schema->name);
	}
	return 0;
}

/* The end of a longer text could not be told: it may have in it what follows a key. */
static int check_by(const struct hist_conf *c, struct err *e)
{
	for (unsigned i = 0; i < c->by_count; i++) {
		unsigned n = c->by[i].field;
		const struct field *f = NULL;

		if (c->by[i].kind == HIST_BY_FIELD)
			f = (c->carry[n].from_start ? c->starts : c->ends)[0].carry[n];
		if (hist_is_string(f) && (f->place != FIELD_FIXED || f->size > HIST_TEXT))
			return err_set(e, -ENOTSUP,
				       "%s may be a text of more than %d bytes, whose end the "
				       "kernel's tables do not tell",
				       c->carry[n].name, HIST_TEXT);
	}
	return 0;
}

int hist_check(const struct hist_conf *c, struct err *e)
{
	int ret = check_counts(c, e);

	if (strpbrk(c->filter ? c->filter : "", "\n\r"))
		return err_set(e, -EINVAL, "a filter is one line");
	for (unsigned i = 0; !ret && i < c->start_count; i++)
		ret = check_event(c, &c->starts[i], true, e);
	for (unsigned i = 0; !ret && i < c->end_count; i++)
		ret = check_event(c, &c->ends[i], false, e);
	if (!ret)
		ret = check_by(c, e);
	/* A CPU is a number that no event of another CPU has as a field: the stage has no room. */
	for (unsigned i = 0; !ret && i < c->key_count; i++) {
		for (unsigned k = 1; k < c->start_count; k++) {
			if (!c->starts[k].keys[i] != !c->starts[0].keys[i])
				ret = err_set(e, -ENOTSUP,
					      "the CPU as a key of one start and a field as that "
					      "of another is more than the kernel can do");
		}
	}
	return ret;
}
