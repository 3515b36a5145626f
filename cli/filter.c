/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: is an expression right, and which part of it would run where.
 *
 * Looks at formats and writes nothing to the kernel, but for --measure, which does so in two
 * instances of its own.
 */
#include "cli/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/deck.h"
#include "cli/choice.h"
#include "cli/cli.h"
#include "core/arena.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"

static int add_event(const char *system, const char *event, void *data)
{
	struct filter_case *c = data;
	const struct schema *s;
	struct err e = ERR_INIT;

	if (catalog_schema(c->catalog, system, event, &s, &e) < 0) {
		cli_error(&e);
		return 0;
	}
	for (size_t i = 0; i < c->count; i++)
		if (c->events[i].schema == s)
			return 0;
	c->events = xrealloc(c->events, c->count + 1, sizeof(*c->events));
	c->events[c->count++] = (struct filter_pushed) { .schema = s };
	return 0;
}

static int open_catalog(struct filter_case *c, struct err *e)
{
	int rc = c->catalog ? 0 : tracefs_find(false, &c->tracefs, e);

	if (rc < 0 || c->catalog)
		return rc;
	return catalog_open(&c->catalog, c->tracefs, c->set, e);
}

static int add_pattern(struct filter_case *c, const struct opts *o, const char *pattern,
		       struct err *e)
{
	char *nearest = NULL;
	int rc;

	if (filter_programs_named(pattern))
		return filter_programs_add(c, o, pattern, e);
	rc = open_catalog(c, e);
	if (rc >= 0)
		rc = catalog_each(c->catalog, pattern, add_event, c, e);
	if (rc)
		return rc;
	catalog_nearest(c->catalog, pattern, &nearest);
	rc = err_set(e, -ENOENT, "no event matches '%s'%s%s%s", pattern,
		     nearest ? "; the nearest name is '" : "", nearest ? nearest : "",
		     nearest ? "'" : "");
	free(nearest);
	return rc;
}

/* Reads the formats of -e and plans for them; *usage: the words are wrong. */
static int load(struct filter_case *c, const struct opts *o, bool *usage, struct err *e)
{
	struct capture capture = { .filter = c->filter };
	int rc = 0;

	c->set = schema_set_new((struct machine) { .long_size = sizeof(long) });
	for (size_t i = 0; i < o->events.count && rc >= 0; i++)
		rc = add_pattern(c, o, o->events.v[i], e);
	if (rc >= 0)
		rc = filter_check_capture(c->filter, c->set, e);
	*usage = rc < 0;
	if (rc < 0)
		return rc;
	capture_plan_init(&c->plan, &capture, (unsigned)sysconf(_SC_NPROCESSORS_CONF));
	for (size_t i = 0; i < c->count; i++) {
		if (c->events[i].in_program)
			continue;
		capture_plan_widen(&c->plan, c->events[i].schema);
		capture_plan_text(&c->plan, c->events[i].schema, &c->events[i].text);
		if (c->events[i].text.blind) {
			*usage = true;
			return filter_push_blind(c->events[i].schema->system,
						 c->events[i].schema->name, e);
		}
	}
	return 0;
}

static void done(struct filter_case *c)
{
	for (size_t i = 0; i < c->count; i++)
		filter_push_text_done(&c->events[i].text);
	free(c->events);
	capture_plan_done(&c->plan);
	filter_free(c->filter);
	catalog_close(c->catalog);
	deck_free(c->programs, NULL);
	schema_set_free(c->set);
	free(c->tracefs);
}

static int check_words(struct opts *o, struct err *e)
{
	if (o->args.count != 1)
		return err_set(e, -EINVAL,
			       "one expression is wanted, in quotes: tapdeck filter "
			       "'pid == 1 and prev_prio < 100'");
	if ((o->explain || o->measure) && !o->events.count)
		return err_set(e, -EINVAL,
			       "what the kernel can do depends on the events: name them with -e");
	free(o->filter);
	o->filter = xstrdup(o->args.v[0]);
	return 0;
}

static void first_own(const struct filter_field *use, void *data)
{
	const char **name = data;

	if (!use->is_context && !*name)
		*name = use->name;
}

/* Without -e nobody knows which fields there are: "right" is of the words alone. */
static void say_unchecked(const struct filter_case *c)
{
	const char *name = NULL;

	filter_each_field(c->filter, first_own, &name);
	if (name)
		cli_say("whether there is a field '%s' is not looked at: name the events with -e",
			name);
}

static int judge(struct filter_case *c, struct opts *o, bool *usage, struct strbuf *out,
		 struct err *e)
{
	int rc = check_words(o, e);

	if (rc >= 0)
		rc = choice_filter(o, CHOICE_PIDS, &c->filter, e);
	*usage = rc < 0;
	if (rc >= 0 && o->events.count)
		rc = load(c, o, usage, e);
	if (rc < 0)
		return rc;
	if (c->set)
		choice_say_notes(c->filter, NULL, c->set);
	else if (c->filter)
		say_unchecked(c);
	if (o->explain)
		filter_explain(c, out);
	if (o->measure)
		return filter_measure(c, out, e);
	if (!o->explain) {
		strbuf_str(out, "right: ");
		filter_print(c->filter, out);
		strbuf_char(out, '\n');
	}
	return 0;
}

static int filter_run_command(struct opts *o)
{
	struct filter_case c = { .tracefs = NULL };
	struct strbuf out = { 0 };
	struct err e = ERR_INIT;
	bool usage = false;
	int rc = judge(&c, o, &usage, &out, &e), status = CLI_OK;

	if (out.len)
		status = cli_status(cli_out(out.s, out.len));
	if (rc < 0) {
		cli_error(&e);
		status = usage ? CLI_USAGE : CLI_FAILED;
	}
	done(&c);
	strbuf_done(&out);
	return status;
}

const struct command cmd_filter = {
	.name = "filter",
	.args = "[-e TRACER]... [-p PID]... [--explain] [--measure] EXPRESSION",
	.blurb = "check a filter, and say which part of it runs where",
	.help = "Says whether EXPRESSION is right, for the events of -e if there are some: exit\n"
		"status 0, or 2 and why not. With --explain which comparison the kernel makes and\n"
		"which is made here, the text for each file of the kernel, and what is left over.\n"
		"With --measure events of the kernel's own happen for a second in two rings, "
		"filtered and not:\n"
		"what the kernel's filter keeps out is counted nowhere else.",
	.opts = OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_PID) | OPT_BIT(OPT_FOLLOW) | OPT_BIT(OPT_EXPLAIN) |
		OPT_BIT(OPT_MEASURE) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) |
		OPT_BIT(OPT_VERSION),
	.run = filter_run_command,
};
