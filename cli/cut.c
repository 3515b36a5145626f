/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cut: a part of a recording as a smaller one.
 *
 * The recorder does it, from the pages of a file instead of the kernel's: so buffers, losses, byte
 * order and word size stay what they are, and the file is valid while it grows. Pages are brought
 * only as fast as they are written.
 */
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

#include "cli/choice.h"
#include "cli/losses.h"
#include "cli/span.h"
#include "cli/stop.h"
#include "core/cleanup.h"
#include "sinks/recorder.h"
#include "tracefs/dat_meta.h"

#define MEMORY	 (64u << 20)
#define PATIENCE 50 /* ms that the writer is waited for at once */

struct cut {
	const struct opts *opts;
	struct deck *deck;
	struct filter *filter;
	struct recorder *recorder;
	uint64_t from, to;
};

static int check_args(const struct opts *o, struct err *e)
{
	struct stat in, out;

	if (o->args.count != 1)
		return err_set(e, -EINVAL, "which recording? tapdeck cut FILE -o OUT");
	if (!o->output)
		return err_set(e, -EINVAL, "-o: say where the new file goes");
	if (!stat(o->args.v[0], &in) && !stat(o->output, &out) && in.st_dev == out.st_dev &&
	    in.st_ino == out.st_ino)
		return err_set(e, -EINVAL, "-o: %s is the file that is cut; name another one",
			       o->output);
	return 0;
}

static int open_deck(struct cut *c, struct err *e)
{
	const struct opts *o = c->opts;
	struct deck_conf conf = {
		.conf = o->conf,
		.memory = o->memory ? o->memory : MEMORY,
		.light = true,
		.files = o->args.v,
	};
	int rc = deck_new(&conf, &c->deck, e);

	return rc < 0 ? rc : deck_open(c->deck, "replay", e);
}

static int open_recorder(struct cut *c, struct err *e)
{
	struct recorder_conf conf = {
		.store = deck_store(c->deck),
		.identity = deck_identity(c->deck),
		.clocks = deck_clocks(c->deck),
		.path = c->opts->output,
		.force = c->opts->force,
		.compress = c->opts->compress,
		.from = c->from,
		.to = c->to,
		.max_events = c->opts->limit,
		.max_bytes = UINT64_MAX,
	};
	int rc = deck_meta(c->deck, &conf.meta, e);

	if (rc < 0)
		return rc;
	conf.filter = c->filter;
	c->filter = NULL;
	return recorder_new(&conf, &c->recorder, e);
}

/* Hands over what there is below a time; waits where the disk is slower. */
static int hand_over(struct cut *c, uint64_t horizon, struct err *e)
{
	struct pollfd fd = { .fd = recorder_fd(c->recorder), .events = POLLIN };

	while (recorder_step(c->recorder, horizon, UINT64_MAX) &&
	       !recorder_ended(c->recorder, false)) {
		if (stop_asked(NULL))
			return stop_asked(e);
		poll(&fd, 1, PATIENCE);
	}
	store_forget(deck_store(c->deck), MIN(horizon, recorder_position(c->recorder)));
	return stop_asked(e);
}

static bool is_running(const struct cut *c)
{
	struct recorder_status s;

	recorder_status(c->recorder, &s);
	return s.state == RECORDER_RUNNING;
}

static int copy(struct cut *c, struct err *e)
{
	bool more = true;
	int rc = deck_start(c->deck, e);

	while (rc >= 0 && more && is_running(c)) {
		more = deck_pump(c->deck);
		rc = hand_over(c, more ? deck_horizon(c->deck) : UINT64_MAX, e);
	}
	if (rc < 0) {
		recorder_abandon(c->recorder);
		return err_ctx(e, "%s is not whole", c->opts->output);
	}
	recorder_stop(c->recorder);
	recorder_ended(c->recorder, true);
	return 0;
}

/* What came of it, and what was wrong with the file that was cut. */
static int say(const struct cut *c, struct err *e)
{
	_cleanup_strbuf_ struct strbuf lost = { 0 };
	struct recorder_status s;
	char bytes[32];

	recorder_status(c->recorder, &s);
	if (s.state == RECORDER_FAILED) {
		if (s.error)
			*e = *s.error;
		return e->code ? e->code : -EIO;
	}
	cli_say("%s: %llu events, %s, version %d", c->opts->output, (unsigned long long)s.events,
		util_human_size(s.bytes, bytes, sizeof(bytes)), s.version);
	losses_put(&lost, s.lost, s.lost_unknown != 0, " events");
	if (s.lost || s.lost_unknown)
		cli_say("lost while it was recorded, in this part: %s", lost.s);
	if (s.missed)
		cli_say("not in it: %llu events that left the store first; a larger --memory would "
			"help",
			(unsigned long long)s.missed);
	if (!deck_error(c->deck))
		return 0;
	*e = *deck_error(c->deck);
	return e->code;
}

static int cut_run(struct opts *o)
{
	struct cut c = { .opts = o };
	struct err e = ERR_INIT;
	bool usage = true;
	int rc = check_args(o, &e);

	if (rc >= 0)
		rc = choice_filter(o, CHOICE_PIDS | CHOICE_EVENTS, &c.filter, &e);
	if (rc >= 0) {
		rc = open_deck(&c, &e);
		usage = false;
	}
	if (rc >= 0) {
		rc = span_read(o, c.deck, &c.from, &c.to, &e);
		if (rc >= 0)
			rc = choice_events(o, c.deck, &e);
		if (rc >= 0)
			rc = choice_times(&c.filter, c.deck, &e);
		if (rc >= 0 && c.filter)
			rc = choice_check(c.filter, c.deck, &e);
		usage = rc < 0;
	}
	stop_catch();
	if (rc >= 0)
		rc = open_recorder(&c, &e);
	if (rc >= 0)
		rc = copy(&c, &e);
	if (rc >= 0)
		rc = say(&c, &e);
	recorder_free(c.recorder);
	deck_free(c.deck, NULL);
	filter_free(c.filter);
	if (rc < 0)
		cli_error(&e);
	return rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_cut = {
	.name = "cut",
	.args = "FILE -o OUT [--from TIME] [--to TIME] [-f FILTER] [-p PID]... [-e TRACER]... "
		"[-n EVENTS] [--compress] [--force]",
	.blurb = "write a part of a recording as a smaller one",
	.help =
	    "Writes the events of a time span, or those that a filter passes, to a trace.dat of\n"
	    "their own, with everything that belongs to them: formats, names, symbols,\n"
	    "buffers, marks of losses. A TIME is in seconds as printed, +1.5 from the first\n"
	    "event on, -1.5 before the last one, or HH:MM:SS.",
	.opts = OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_FILTER) | OPT_BIT(OPT_PID) | OPT_BIT(OPT_FOLLOW) |
		OPT_BIT(OPT_COUNT) | OPT_BIT(OPT_FROM) | OPT_BIT(OPT_TO) | OPT_BIT(OPT_OUTPUT) |
		OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_COMPRESS) | OPT_BIT(OPT_MEMORY) |
		OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = cut_run,
};
