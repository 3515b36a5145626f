/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hist_text: a pair in the words of the kernel's histogram triggers.
 *
 * Variables are the whole instance's, so they begin with the pair's name. Triggers that take times
 * say clock=mono: without it the kernel sets the instance's clock to "global". With several starts
 * each makes the same synthetic event (its time always changes, so onchange always acts), and that
 * one is the start: a later start then takes the place of an earlier one of another kind.
 *
 * Not by libtracefs, which makes synthetic event and triggers in one call where nothing can be
 * written to the journal between, has one start and no way to count by groups and parts.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/util.h"
#include "tracefs/hist.h"
#include "tracefs/hist_private.h"

#define NAME_LEN 32
/* Beyond it are ends that seem to lie before their starts: clocks of CPUs may differ a little. */
#define LATENCY_MAX (UINT64_C(1) << 62)

/* Where a histogram of parts begins, and how wide its parts are. */
static const struct {
	uint64_t from, width;
} ranges[] = {
	{ 0, 16 },
	{ UINT64_C(1) << 11, 1 << 7 },
	{ UINT64_C(1) << 14, 1 << 10 },
	{ UINT64_C(1) << 17, 1 << 13 },
	{ UINT64_C(1) << 20, 1 << 16 },
	{ UINT64_C(1) << 23, 1 << 19 },
	{ UINT64_C(1) << 26, 1 << 22 },
	{ UINT64_C(1) << 29, 1 << 25 },
	{ UINT64_C(1) << 32, 1 << 28 },
};

struct composer {
	const struct hist_conf *conf;
	struct hist_plan *plan;
	const char *stage; /* the event that several starts become; NULL: there is one start */
	struct strbuf text;
};

/* ---- fields ---- */

/* Types of numbers that a synthetic event can have by name. */
static bool is_type(const char *type)
{
	static const char *const types[] = {
		"s64",		"u64",	"s32",		 "u32",		  "s16",   "u16",
		"s8",		"u8",	"char",		 "unsigned char", "int",   "long",
		"unsigned int", "bool", "unsigned long", "pid_t",	  "gfp_t",
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!strcmp(types[i], type))
			return true;
	}
	return false;
}

/*
 * The field as one of a synthetic event. The kernel asks for the type of what is passed, or the
 * same size and sign; what is passed as a field and not as a variable has no sign there.
 */
static void put_field(struct strbuf *b, const struct field *f, const char *name, bool direct)
{
	if (f->kind != FIELD_STRING && is_type(f->type))
		strbuf_fmt(b, "; %s %s", f->type, name);
	else if (f->kind != FIELD_STRING)
		strbuf_fmt(b, "; %c%u %s", f->is_signed && !direct ? 's' : 'u', f->size * 8, name);
	else if (f->place == FIELD_FIXED)
		strbuf_fmt(b, "; char %s[%u]", name, f->size);
	else
		strbuf_fmt(b, "; char %s[]", name);
}

/* ---- steps ---- */

static const char *keep(struct composer *c)
{
	char *s = arena_strndup(&c->plan->arena, strbuf_cstr(&c->text), c->text.len);

	strbuf_clear(&c->text);
	return s;
}

/* What stands in c->text becomes a step; front is what its undoing begins with, all of it or "!".
 */
static void add_step(struct composer *c, enum hist_step_kind kind, const char *system,
		     const char *event)
{
	struct hist_step *s = &c->plan->steps[c->plan->count++];
	struct arena *a = &c->plan->arena;

	*s = (struct hist_step) {
		.kind = kind,
		.system = arena_strdup(a, system),
		.event = arena_strdup(a, event),
		.text = keep(c),
	};
	strbuf_fmt(&c->text, "!%s", kind == HIST_SYNTH ? event : s->text);
	s->undo = keep(c);
}

static void put_filter(struct composer *c, const char *filter)
{
	if (filter && filter[0])
		strbuf_fmt(&c->text, " if %s", filter);
}

static void put_keys(struct composer *c, const struct hist_event *ev)
{
	strbuf_str(&c->text, "hist:keys=");
	for (unsigned i = 0; i < c->conf->key_count; i++)
		strbuf_fmt(&c->text, "%s%s", i ? "," : "", hist_key_name(ev->keys[i]));
}

/* ---- several starts become one ---- */

/* A key that is the CPU or the thread in which every start happens is so for the stage as well. */
static bool passes_through(const struct composer *c, unsigned key)
{
	const struct hist_event *starts = c->conf->starts;

	for (unsigned i = 0; i < c->conf->start_count; i++) {
		const struct field *f = starts[i].keys[key];

		if (f && strcmp(f->name, "common_pid") != 0)
			return false;
		if (strcmp(hist_key_name(f), hist_key_name(starts[0].keys[key])) != 0)
			return false;
	}
	return true;
}

static void declare_stage(struct composer *c)
{
	const struct hist_event *first = &c->conf->starts[0];
	char name[16];

	strbuf_fmt(&c->text, "%s u64 ts", c->stage);
	for (unsigned i = 0; i < c->conf->key_count; i++) {
		if (passes_through(c, i))
			continue;
		snprintf(name, sizeof(name), "k%u", i);
		put_field(&c->text, first->keys[i], name, true);
	}
	for (unsigned i = 0; i < c->conf->carry_count; i++) {
		if (!c->conf->carry[i].from_start)
			continue;
		snprintf(name, sizeof(name), "c%u", i);
		put_field(&c->text, first->carry[i], name, true);
	}
	add_step(c, HIST_SYNTH, "synthetic", c->stage);
}

/* Kept by CPU, of which there are few: only the time of the last one matters here. */
static void stage_start(struct composer *c, unsigned n)
{
	const struct hist_event *ev = &c->conf->starts[n];
	const char *name = c->plan->name;

	strbuf_fmt(&c->text,
		   "hist:keys=common_cpu:%s_at%u=common_timestamp:onchange($%s_at%u).trace(%s,"
		   "$%s_at%u",
		   name, n, name, n, c->stage, name, n);
	for (unsigned i = 0; i < c->conf->key_count; i++) {
		if (!passes_through(c, i))
			strbuf_fmt(&c->text, ",%s", hist_key_name(ev->keys[i]));
	}
	for (unsigned i = 0; i < c->conf->carry_count; i++) {
		if (c->conf->carry[i].from_start)
			strbuf_fmt(&c->text, ",%s", ev->carry[i]->name);
	}
	strbuf_str(&c->text, "):clock=mono");
	put_filter(c, ev->filter);
	add_step(c, HIST_TRIGGER, ev->schema->system, ev->schema->name);
}

static void stage_keys(struct composer *c)
{
	strbuf_str(&c->text, "hist:keys=");
	for (unsigned i = 0; i < c->conf->key_count; i++) {
		strbuf_str(&c->text, i ? "," : "");
		if (passes_through(c, i))
			strbuf_str(&c->text, hist_key_name(c->conf->starts[0].keys[i]));
		else
			strbuf_fmt(&c->text, "k%u", i);
	}
}

/* ---- start and end ---- */

static void put_start(struct composer *c)
{
	const struct hist_event *ev = &c->conf->starts[0];
	const char *system = c->stage ? "synthetic" : ev->schema->system;
	const char *event = c->stage ? c->stage : ev->schema->name;
	struct hist_place *place = &c->plan->starts[c->plan->start_count++];

	if (c->stage)
		stage_keys(c);
	else
		put_keys(c, ev);
	strbuf_fmt(&c->text, ":%s_ts=%s", c->plan->name, c->stage ? "ts" : "common_timestamp");
	for (unsigned i = 0; i < c->conf->carry_count; i++) {
		if (!c->conf->carry[i].from_start)
			continue;
		strbuf_fmt(&c->text, ",%s_c%u=", c->plan->name, i);
		if (c->stage)
			strbuf_fmt(&c->text, "c%u", i);
		else
			strbuf_str(&c->text, ev->carry[i]->name);
	}
	strbuf_fmt(&c->text, "%s:size=%u", c->stage ? "" : ":clock=mono", HIST_OPEN);
	if (!c->stage)
		put_filter(c, ev->filter);
	add_step(c, HIST_TRIGGER, system, event);
	strbuf_fmt(&c->text, ":%s_ts=", c->plan->name);
	*place = (struct hist_place) { .system = c->plan->steps[c->plan->count - 1].system,
				       .event = c->plan->steps[c->plan->count - 1].event,
				       .mark = keep(c) };
}

static void put_end(struct composer *c, unsigned n)
{
	const struct hist_event *ev = &c->conf->ends[n], *start = &c->conf->starts[0];
	const char *name = c->plan->name;
	struct hist_place *place = &c->plan->ends[c->plan->end_count++];

	put_keys(c, ev);
	strbuf_fmt(&c->text, ":%s_ns%u=common_timestamp-$%s_ts", name, n, name);
	for (unsigned i = 0; i < c->conf->carry_count; i++) {
		if (c->conf->carry[i].from_start)
			strbuf_fmt(&c->text, ",%s_e%u_%u=$%s_c%u", name, n, i, name, i);
	}
	strbuf_fmt(&c->text, ":onmatch(%s.%s).trace(%s,$%s_ns%u",
		   c->stage ? "synthetic" : start->schema->system,
		   c->stage ? c->stage : start->schema->name, c->plan->event, name, n);
	for (unsigned i = 0; i < c->conf->carry_count; i++) {
		if (c->conf->carry[i].from_start)
			strbuf_fmt(&c->text, ",$%s_e%u_%u", name, n, i);
		else
			strbuf_fmt(&c->text, ",%s", ev->carry[i]->name);
	}
	strbuf_fmt(&c->text, "):clock=mono:size=%u", HIST_OPEN);
	put_filter(c, ev->filter);
	add_step(c, HIST_TRIGGER, ev->schema->system, ev->schema->name);
	strbuf_fmt(&c->text, ":%s_ns%u=", name, n);
	*place = (struct hist_place) { .system = c->plan->steps[c->plan->count - 1].system,
				       .event = c->plan->steps[c->plan->count - 1].event,
				       .mark = keep(c) };
}

/* ---- the paired event and its histograms ---- */

/* The event that says the type of a carried field. */
static const struct field *carried(const struct composer *c, unsigned i)
{
	const struct hist_conf *h = c->conf;

	return (h->carry[i].from_start ? h->starts : h->ends)[0].carry[i];
}

static void declare_pair(struct composer *c)
{
	strbuf_fmt(&c->text, "%s u64 latency", c->plan->event);
	for (unsigned i = 0; i < c->conf->carry_count; i++)
		put_field(&c->text, carried(c, i), c->conf->carry[i].name,
			  c->stage || !c->conf->carry[i].from_start);
	add_step(c, HIST_SYNTH, "synthetic", c->plan->event);
}

static void add_columns(struct composer *c)
{
	for (unsigned i = 0; i < c->conf->by_count; i++) {
		const struct hist_key *k = &c->conf->by[i];
		struct hist_column *col = &c->plan->by[c->plan->by_count++];
		const struct field *f = k->kind == HIST_BY_FIELD ? carried(c, k->field) : NULL;

		switch ((enum hist_by)k->kind) {
		case HIST_BY_FIELD:
			col->name = arena_strdup(&c->plan->arena, c->conf->carry[k->field].name);
			col->shape = hist_is_string(f) ? HIST_STRING
				     : f->is_signed    ? HIST_SIGNED
						       : HIST_NUMBER;
			break;
		case HIST_BY_CPU:
			*col = (struct hist_column) { "common_cpu", HIST_NUMBER };
			break;
		case HIST_BY_TASK:
			*col = (struct hist_column) { "common_pid", HIST_TASK };
			break;
		}
	}
}

static void put_by(struct composer *c)
{
	strbuf_str(&c->text, "hist:keys=");
	for (unsigned i = 0; i < c->plan->by_count; i++)
		strbuf_fmt(&c->text, "%s%s%s", i ? "," : "", c->plan->by[i].name,
			   c->plan->by[i].shape == HIST_TASK ? ".execname" : "");
}

static void put_between(struct composer *c, uint64_t from, uint64_t until)
{
	strbuf_str(&c->text, " if ");
	if (from)
		strbuf_fmt(&c->text, "latency >= %" PRIu64 " && ", from);
	strbuf_fmt(&c->text, "latency < %" PRIu64, until);
	if (c->conf->filter && c->conf->filter[0])
		strbuf_fmt(&c->text, " && (%s)", c->conf->filter);
}

static void count_groups(struct composer *c)
{
	const char *name = c->plan->name;

	put_by(c);
	strbuf_str(&c->text, c->plan->by_count ? "" : "common_cpu");
	strbuf_fmt(&c->text, ":vals=latency:%s_max=latency:onmax($%s_max).save(latency):size=%u",
		   name, name, HIST_GROUPS);
	put_between(c, 0, LATENCY_MAX);
	add_step(c, HIST_TRIGGER, "synthetic", c->plan->event);
}

static void count_parts(struct composer *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		put_by(c);
		strbuf_fmt(&c->text, "%slatency.buckets=%" PRIu64 ":size=%u",
			   c->plan->by_count ? "," : "", ranges[i].width, HIST_GROUPS);
		put_between(c, ranges[i].from,
			    i + 1 < ARRAY_SIZE(ranges) ? ranges[i + 1].from : LATENCY_MAX);
		add_step(c, HIST_TRIGGER, "synthetic", c->plan->event);
	}
}

/* ---- all together ---- */

/* A pair's name as a part of names in the kernel. */
static const char *as_name(struct arena *a, const char *name)
{
	char *s = arena_strndup(a, name, MIN(strlen(name), (size_t)NAME_LEN));

	for (char *p = s; *p; p++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", *p))
			*p = '_';
	}
	return s;
}

int hist_compose(const struct hist_conf *conf, const char *prefix, struct hist_plan *ret,
		 struct err *e)
{
	struct composer c = { .conf = conf, .plan = ret };
	int code = hist_check(conf, e);

	*ret = (struct hist_plan) { .parts = conf->parts };
	if (code)
		return code;
	ret->filtered = conf->filter && conf->filter[0];
	ret->name = as_name(&ret->arena, conf->name);
	strbuf_fmt(&c.text, "%s_%s", prefix, ret->name);
	ret->event = keep(&c);
	if (!hist_is_name(ret->event)) {
		hist_plan_done(ret);
		return err_set(e, -EINVAL, "\"%.40s\" is no name for an event", conf->name);
	}
	if (conf->start_count > 1) {
		strbuf_fmt(&c.text, "%s_start", ret->event);
		c.stage = keep(&c);
		declare_stage(&c);
	}
	declare_pair(&c);
	add_columns(&c);
	count_groups(&c);
	if (conf->parts)
		count_parts(&c);
	ret->pairing = ret->count;
	put_start(&c);
	for (unsigned i = 0; i < conf->end_count; i++)
		put_end(&c, i);
	for (unsigned i = 0; c.stage && i < conf->start_count; i++)
		stage_start(&c, i);
	strbuf_done(&c.text);
	return 0;
}

void hist_plan_done(struct hist_plan *p)
{
	arena_done(&p->arena);
	*p = (struct hist_plan) { 0 };
}

bool hist_prefix(const char *instance, char *ret, size_t size)
{
	int pid, number = 0, n = 0;

	if (sscanf(instance, "tapdeck.%d.hist%n", &pid, &n) != 1 || !n || pid <= 0)
		return false;
	if (instance[n] && (sscanf(instance + n, "-%d", &number) != 1 || number <= 0))
		return false;
	if (number)
		n = snprintf(ret, size, "tapdeck_%dx%d", pid, number);
	else
		n = snprintf(ret, size, "tapdeck_%d", pid);
	return n > 0 && (size_t)n < size;
}
