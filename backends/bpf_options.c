/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_options: what can be set of a program, and what the user set.
 *
 * Options are variables that the verifier takes for constants, so setting one loads the program
 * anew; the one before goes on until then.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/bpf_private.h"
#include "bpf/option_value.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

#define SECTION "tracer " BPF_GROUP ":"

static const char *const unit_words[] = {
	[OPTION_NS] = "ns",	    [OPTION_BYTES] = "bytes",	  [OPTION_HZ] = "hz",
	[OPTION_NUMBER] = "number", [OPTION_PERCENT] = "percent", [OPTION_FLAG] = "flag",
	[OPTION_TEXT] = "text",
};

/* ---- settings ---- */

static struct bpf_setting *find(const struct bpf_tracer *t, const char *name)
{
	for (size_t i = 0; i < t->setting_count; i++)
		if (!strcmp(t->settings[i].name, name))
			return &t->settings[i];
	return NULL;
}

static void put(struct bpf_tracer *t, const char *name, const char *value, bool from_conf)
{
	struct bpf_setting *s = find(t, name);

	if (!s) {
		t->settings = xrealloc(t->settings, t->setting_count + 1, sizeof(*t->settings));
		s = &t->settings[t->setting_count++];
		*s = (struct bpf_setting) { .name = xstrdup(name) };
	}
	free(s->value);
	s->value = xstrdup(value);
	s->from_conf = from_conf;
}

void bpf_options_done(struct bpf_tracer *t)
{
	for (size_t i = 0; i < t->setting_count; i++) {
		free(t->settings[i].name);
		free(t->settings[i].value);
	}
	free(t->settings);
	t->settings = NULL;
	t->setting_count = 0;
}

static void take_key(const char *key, const char *value, void *data)
{
	put(data, key, value, true);
}

void bpf_options_conf(struct bpf_backend *b)
{
	for (size_t i = 0; i < b->tracer_count; i++) {
		struct strbuf section = { 0 };

		strbuf_fmt(&section, SECTION "%s", b->tracers[i]->name);
		if (b->backend->env->conf)
			conf_each_key(b->backend->env->conf, section.s, take_key, b->tracers[i]);
		strbuf_done(&section);
	}
}

/* ---- what there is ---- */

/* Open ends are left open. */
static void say_bound(struct strbuf *b, uint8_t unit, int64_t v)
{
	_cleanup_free_ char *text = option_write(unit, v);

	if (v != INT64_MIN && v != INT64_MAX)
		strbuf_str(b, text);
}

static void say_range(struct strbuf *b, const struct bpf_option *o)
{
	if (!o->has_range)
		return;
	say_bound(b, o->unit, o->least);
	strbuf_str(b, "..");
	say_bound(b, o->unit, o->most);
}

int bpf_options_visit(struct backend *backend, const char *group, const char *name,
		      option_visit_fn visit, void *data)
{
	struct bpf_tracer *t = bpf_tracer_get(backend, group, name, NULL);
	int rc = t ? bpf_ask_wait(t, NULL) : -ENOENT;

	if (rc < 0)
		return rc;
	for (size_t i = 0; t->look && i < t->look->option_count; i++) {
		const struct bpf_option *o = &t->look->options[i];
		const struct bpf_setting *set = find(t, o->name);
		_cleanup_strbuf_ struct strbuf range = { 0 };
		struct tracer_option to = { .name = o->name, .help = o->help };

		say_range(&range, o);
		to.unit = unit_words[o->unit < ARRAY_SIZE(unit_words) ? o->unit : OPTION_TEXT];
		to.value = set ? set->value : o->value;
		to.range = range.len ? range.s : NULL;
		rc = visit(&to, data);
		if (rc < 0)
			return rc;
	}
	return t->look ? (int)t->look->option_count : 0;
}

/* ---- whether a value can be ---- */

static const char *option_name(size_t i, void *data)
{
	return ((const struct loader_answer *)data)->options[i].name;
}

static int no_such_option(const struct bpf_tracer *t, const char *name, struct err *e)
{
	const struct loader_answer *a = t->look;
	const char *nearest = util_nearest(name, option_name, a->option_count, (void *)a);

	if (!a->option_count)
		return err_set(e, -EINVAL, "bpf:%s has no options", t->name);
	if (nearest)
		return err_set(e, -EINVAL, "bpf:%s has no option '%s'; the nearest name is '%s'",
			       t->name, name, nearest);
	return err_set(e, -EINVAL, "bpf:%s has no option '%s'; its first one is '%s'", t->name,
		       name, a->options[0].name);
}

static int check(const struct bpf_tracer *t, const char *name, const char *value, struct err *e)
{
	const struct bpf_option *o = NULL;
	int64_t v;

	for (size_t i = 0; i < t->look->option_count && !o; i++)
		if (!strcmp(t->look->options[i].name, name))
			o = &t->look->options[i];
	if (!o)
		return no_such_option(t, name, e);
	/* Names of enumerators are known where the object is read. */
	if (o->unit == OPTION_TEXT || (o->unit == OPTION_NUMBER && isalpha((unsigned char)*value)))
		return 0;
	return option_read(o, value, &v, e);
}

int bpf_options_check(struct bpf_tracer *t, struct err *e)
{
	int rc = t->setting_count ? bpf_ask_wait(t, e) : 0;

	for (size_t i = 0; i < t->setting_count && rc >= 0; i++) {
		struct bpf_setting *s = &t->settings[i];
		struct strbuf section = { 0 };

		rc = check(t, s->name, s->value, e);
		if (rc < 0 && s->from_conf) {
			strbuf_fmt(&section, SECTION "%s", t->name);
			conf_complain(t->b->backend->env->conf, section.s, s->name, e);
			strbuf_done(&section);
		}
	}
	return rc;
}

int bpf_options_set(struct backend *backend, const char *group, const char *name,
		    const char *const setting[2], struct err *e)
{
	struct bpf_tracer *t = bpf_tracer_get(backend, group, name, e);
	const struct bpf_setting *before;
	int rc = t ? bpf_ask_wait(t, e) : -ENOENT;

	if (rc >= 0)
		rc = check(t, setting[0], setting[1], e);
	if (rc < 0)
		return rc;
	before = find(t, setting[0]);
	if (before && !strcmp(before->value, setting[1]))
		return 0;
	put(t, setting[0], setting[1], false);
	return t->wanted ? bpf_tracer_reload(t, e) : 0;
}
