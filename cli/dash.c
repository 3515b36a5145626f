/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dash: the dashboard, live or over recordings: what tapdeck does when no command is named.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "backends/deck.h"
#include "cli/choice.h"
#include "cli/cli.h"
#include "core/cleanup.h"
#include "core/filter.h"
#include "tui/run.h"

#define MEMORY (256u << 20)

static int open_deck(const struct opts *o, const struct run_conf *r, struct deck **ret,
		     struct err *e)
{
	struct deck_conf c = {
		.conf = o->conf,
		.memory = o->memory ? o->memory : MEMORY,
		.buffer = o->buffer,
		.objects = o->objects.v,
		.live = r->live,
		.files = o->args.v,
		.offsets = o->offset_ns,
		.changed = run_changed,
		.forgetting = run_forgetting,
		.data = r->self,
	};

	return deck_new(&c, ret, e);
}

/* What -f and -p say together; NULL when they say nothing. Caller frees. */
static char *typed_filter(const struct opts *o)
{
	struct strbuf b = { 0 };

	if (o->filter && o->pids.count) {
		filter_enclose(&b, o->filter);
		strbuf_str(&b, " and (");
	} else if (o->filter) {
		strbuf_str(&b, o->filter);
	}
	choice_put_targets(o, &b);
	if (o->filter && o->pids.count)
		strbuf_char(&b, ')');
	return b.len ? strbuf_take(&b) : NULL;
}

/* Into a pipe or a file a dashboard makes no sense, nor with what bounds or forms a stream. */
static bool wants_stream(const struct opts *o)
{
	return !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || o->json ||
	       o->limit != UINT64_MAX || o->seconds_ns != UINT64_MAX;
}

static int dash_run(struct opts *o)
{
	bool live = !o->args.count;
	struct dash *self = NULL;
	struct run_conf c = {
		.conf = o->conf,
		.self = &self,
		.backend = live ? "tracefs" : "replay",
		.tracers = o->events.count ? o->events.v : NULL,
		.objects = live && o->objects.count && !o->events.count ? o->objects.v : NULL,
		.settings = o->settings.v,
		.live = live,
		.color = !o->no_color,
	};
	struct err e = ERR_INIT, undo = ERR_INIT;
	_cleanup_free_ char *filter = typed_filter(o);
	_cleanup_strbuf_ struct strbuf said = { 0 };
	int rc;

	if (wants_stream(o))
		return cmd_stream.run(o);
	if (choice_check_follow(o, &e) < 0) {
		cli_error(&e);
		return CLI_USAGE;
	}
	/* Live it decides what is taken at all; of a recording, what is shown. */
	if (live)
		c.capture = filter;
	else
		c.filter = filter;
	c.said = &said;
	rc = open_deck(o, &c, &c.deck, &e);
	if (rc >= 0)
		rc = run_dashboard(&c, &e);
	if (said.len)
		cli_say("%s", said.s);
	if (deck_free(c.deck, &undo) > 0)
		cli_say("not everything could be undone: %s", undo.text);
	if (rc < 0)
		cli_error(&e);
	return rc < 0 ? CLI_FAILED : CLI_OK;
}

const struct command cmd_dash = {
	.name = "dash",
	.args = "[-e TRACER]... [-f FILTER] [FILE]",
	.blurb = "the dashboard; what tapdeck does without a command",
	.help =
	    "Shows tracers, events and processes live in the terminal: Space switches a tracer,\n"
	    "? shows every key. With FILE the events of a recording. Where standard output is no\n"
	    "terminal it streams instead.",
	.opts = OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_PAIR) | OPT_BIT(OPT_BPF) | OPT_BIT(OPT_SET) |
		OPT_BIT(OPT_FILTER) | OPT_BIT(OPT_PID) | OPT_BIT(OPT_FOLLOW) | OPT_BIT(OPT_COUNT) |
		OPT_BIT(OPT_TIME) | OPT_BIT(OPT_OFFSET) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_MEMORY) |
		OPT_BIT(OPT_BUFFER) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_THEME) |
		OPT_BIT(OPT_NO_COLOR) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = dash_run,
};
