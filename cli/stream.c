/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream: rows as they become final, merged over all CPUs, on standard output.
 *
 * Nothing is kept longer than it takes to print it. A reader who is slow holds rows up, in the
 * store, and never us: the ring buffers are drained and signals heard all the same. What was lost,
 * and where, is said at the end on standard error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/deck.h"
#include "cli/choice.h"
#include "cli/cli.h"
#include "cli/stream_report.h"
#include "core/arena.h"
#include "core/cursor.h"
#include "sinks/sink.h"

#define MEMORY	 (128u << 20)
#define PATIENCE (500 * NSEC_PER_MSEC) /* with a reader who takes nothing, once a signal came */

struct stream {
	struct opts *opts;
	struct deck *deck;
	struct cursor *cursor;
	struct filter *filter;
	struct filter *among; /* choice_among */
	int32_t *family;      /* choice_family */
	struct sink *sink;
	struct poller_timer *timer, *patience;
	struct poller_fd *watch; /* of out; NULL: a file, which is always ready */
	int out;
	struct stream_counts counts;
	bool blocked;	/* out is full: rows wait in the store */
	bool finishing; /* the taps are closed: what is left is printed */
	bool hurry;	/* a signal came */
	bool ended;	/* no more rows: enough was shown, or nobody reads any more */
	struct err error;
};

/* ---- rows ---- */

static void end(struct stream *s)
{
	s->ended = true;
	poller_stop(deck_poller(s->deck), 0);
}

/* The reader takes no more, or never will: what is left is only counted. */
static void give_up(struct stream *s)
{
	struct row r;

	while (cursor_next(s->cursor, UINT64_MAX, &r))
		s->counts.unread +=
		    !(r.flags & ROW_LOSS) &&
		    (!s->filter || filter_match(s->filter, &r, deck_identity(s->deck)));
	s->blocked = false;
	end(s);
}

static void set_blocked(struct stream *s, bool blocked)
{
	s->blocked = blocked;
	poller_fd_mod(deck_poller(s->deck), s->watch, blocked ? EPOLLOUT : 0);
	if (s->hurry)
		poller_timer_set(deck_poller(s->deck), s->patience, PATIENCE, 0);
}

/* One row, if it is wanted. What -EAGAIN refers to was taken. */
static int show(struct stream *s, const struct row *r, struct err *e)
{
	int rc;

	/* Whatever is looked for, it may have been among the lost. */
	if (s->filter && !(r->flags & ROW_LOSS) &&
	    !filter_match(s->filter, r, deck_identity(s->deck))) {
		if (s->among && !filter_match(s->among, r, deck_identity(s->deck)))
			s->counts.apart++;
		else
			s->counts.hidden++;
		return 0;
	}
	rc = s->sink->ops->row(s->sink, r, e);
	if (rc < 0 && rc != -EAGAIN)
		return rc;
	if (!(r->flags & ROW_LOSS) && ++s->counts.shown >= s->opts->limit)
		s->ended = true;
	return rc;
}

/* Writing did not go on: the reader is slow, or away, or the disk is full. */
static void held_up(struct stream *s, int rc, const struct err *e)
{
	if (rc == -EAGAIN && s->watch) {
		set_blocked(s, true);
		return;
	}
	if (rc != -EPIPE) /* "| head" has what it wanted */
		s->error = *e;
	s->blocked = false;
	end(s);
}

/* Prints what is final, as far as the reader takes it; called after every slice. */
static void on_changed(struct deck *d, void *data)
{
	struct stream *s = data;
	uint64_t horizon = deck_horizon(d);
	struct err e = ERR_INIT;
	struct row r;
	int rc = 0;

	if (!s->cursor || s->blocked)
		return;
	while (!s->ended && rc >= 0 && cursor_next(s->cursor, horizon, &r))
		rc = show(s, &r, &e);
	if (rc >= 0)
		rc = s->sink->ops->tick(s->sink, &e);
	s->counts.missed += cursor_skipped(s->cursor);
	if (rc < 0) {
		held_up(s, rc, &e);
		return;
	}
	store_forget(deck_store(d), horizon);
	if (s->ended || deck_at_end(d) || deck_error(d))
		end(s);
}

/* The reader took something, or went away while nothing was being written. */
static void on_out(int fd, uint32_t events, void *data)
{
	struct stream *s = data;
	struct err e = ERR_INIT;
	int rc;

	(void)fd;
	if (events & (EPOLLERR | EPOLLHUP)) {
		held_up(s, -EPIPE, &e);
		return;
	}
	if (!s->blocked)
		return;
	rc = s->sink->ops->tick(s->sink, &e);
	if (rc < 0) {
		held_up(s, rc, &e);
		return;
	}
	set_blocked(s, false);
	on_changed(s->deck, s);
}

/* ---- setting up ---- */

/* What a recording holds cannot be switched off: there -e chooses rows. */
static int make_filter(struct stream *s, struct err *e)
{
	unsigned parts = CHOICE_CONFIGURED | CHOICE_PIDS;

	if (s->opts->args.count || choice_pairs(s->opts))
		parts |= CHOICE_EVENTS;
	s->among = choice_among(s->opts);
	return choice_filter(s->opts, parts, &s->filter, e);
}

static void on_signal(int signo, void *data)
{
	struct stream *s = data;

	(void)signo;
	if (s->finishing)
		give_up(s);
	s->hurry = true;
	poller_stop(deck_poller(s->deck), 0);
}

static void on_time(void *data)
{
	struct stream *s = data;

	poller_stop(deck_poller(s->deck), 0);
}

static void on_patience(void *data)
{
	struct stream *s = data;

	if (s->finishing && s->blocked)
		give_up(s);
}

static int open_deck(struct stream *s, struct err *e)
{
	struct opts *o = s->opts;
	bool live = !o->args.count;
	struct deck_conf c = {
		.conf = o->conf,
		.memory = o->memory ? o->memory : MEMORY,
		.buffer = o->buffer,
		.objects = o->objects.v,
		.live = live,
		.files = o->args.v,
		.offsets = o->offset_ns,
		.changed = on_changed,
		.data = s,
	};
	struct poller *p;
	int rc = deck_new(&c, &s->deck, e);

	if (rc < 0)
		return rc;
	p = deck_poller(s->deck);
	/* From here on a signal ends us in order, with all knobs turned back. */
	rc = choice_signals(s->deck, on_signal, s, e);
	if (rc >= 0)
		rc = deck_open(s->deck, live ? "tracefs" : "replay", e);
	if (rc < 0)
		return rc;
	if (deck_note(s->deck))
		cli_say("%s", deck_note(s->deck));
	/* A file as standard output cannot be watched, and need not be. */
	poller_fd_add(p, s->out, 0, on_out, s, &s->watch, NULL);
	s->timer = poller_timer_add(p, on_time, s);
	s->patience = poller_timer_add(p, on_patience, s);
	return 0;
}

static int open_sink(struct stream *s, struct err *e)
{
	struct sink_conf c = {
		.fd = s->out,
		.identity = deck_identity(s->deck),
		.clocks = deck_clocks(s->deck),
		.syscalls = s->opts->syscalls ? deck_syscalls(s->deck) : NULL,
		.store = deck_store(s->deck),
		.sources = s->opts->args.count > 0,
		.top = choice_top(s->opts, s->deck),
	};

	s->cursor = cursor_new(deck_store(s->deck), CURSOR_LOSSES);
	return sink_new(s->opts->json ? "json" : "text", &c, &s->sink, e);
}

static int capture(struct stream *s, struct err *e)
{
	struct capture c = { .filter = s->filter };

	if (!s->opts->args.count)
		s->family = choice_family(s->opts, &c);
	return choice_capture(&c, s->deck, &s->counts.kernel, e);
}

/* ---- the end ---- */

static int finish(struct stream *s, int rc, struct err *e)
{
	struct err undo = ERR_INIT;

	if (rc >= 0 && s->error.code) {
		*e = s->error;
		rc = e->code;
	}
	if (rc >= 0 && s->deck && deck_error(s->deck)) {
		*e = *deck_error(s->deck);
		rc = e->code;
	}
	sink_free(s->sink, NULL);
	cursor_free(s->cursor);
	s->cursor = NULL;
	if (deck_free(s->deck, &undo) > 0)
		cli_say("not everything could be undone: %s", undo.text);
	filter_free(s->filter);
	filter_free(s->among);
	free(s->family);
	if (s->out != STDOUT_FILENO)
		close(s->out);
	if (rc < 0)
		cli_error(e);
	return rc;
}

/* The taps are closed: prints what came before, as long as somebody takes it. */
static int print_rest(struct stream *s, struct err *e)
{
	struct poller *p = deck_poller(s->deck);
	int rc = 0;

	s->finishing = true;
	deck_stop(s->deck);
	if (s->blocked && s->hurry)
		poller_timer_set(p, s->patience, PATIENCE, 0);
	while (rc >= 0 && s->blocked)
		rc = poller_run(p, e);
	return rc;
}

static int run(struct stream *s, struct err *e)
{
	struct poller *p = deck_poller(s->deck);
	int rc;

	s->ended = !s->opts->limit;
	s->counts.began = clock_mono();
	s->counts.live = !s->opts->args.count;
	s->counts.opts = s->opts;
	rc = deck_start(s->deck, e);
	if (rc < 0)
		return rc;
	if (s->opts->seconds_ns != UINT64_MAX)
		poller_timer_set(p, s->timer, s->opts->seconds_ns, 0);
	if (isatty(STDERR_FILENO) && !s->opts->args.count)
		cli_say("streaming; Ctrl-C ends, tapdeck's own events are left out");
	if (!poller_stopped(p)) /* a signal may have come while tracers started */
		rc = poller_run(p, e);
	if (rc >= 0)
		rc = print_rest(s, e);
	if (rc >= 0)
		stream_report(s->deck, &s->counts);
	return rc;
}

static int stream_run(struct opts *o)
{
	struct stream s = { .opts = o, .out = cli_open_out(), .error = ERR_INIT };
	struct err e = ERR_INIT;
	int rc = make_filter(&s, &e);
	bool usage = rc < 0;

	if (rc >= 0)
		rc = open_deck(&s, &e);
	if (rc >= 0) {
		rc = o->args.count ? choice_events(o, s.deck, &e) : choice_enable(o, s.deck, &e);
		usage = rc == -ENOENT;
	}
	if (rc >= 0 && s.filter) {
		rc = o->args.count ? choice_times(&s.filter, s.deck, &e) : 0;
		if (rc >= 0)
			rc = o->args.count ? choice_check(s.filter, s.deck, &e)
					   : choice_check_capture(s.filter, s.deck, &e);
		usage = rc < 0;
		if (rc >= 0)
			choice_notes(o, s.deck);
	}
	if (rc >= 0)
		rc = capture(&s, &e);
	if (rc >= 0)
		rc = open_sink(&s, &e);
	if (rc >= 0)
		rc = run(&s, &e);
	rc = finish(&s, rc, &e);
	return rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_stream = {
	.name = "stream",
	.args = "[-e TRACER]... [-f FILTER] [-p PID]... [-n EVENTS] [-t SECONDS] [--json] "
		"[--syscalls] [FILE]",
	.blurb = "print events live, or those of a trace.dat",
	.help = "Prints events as they happen, merged in time over all CPUs: text like the\n"
		"kernel's, or JSON. With FILE the events of a recording. Ends with Ctrl-C, after\n"
		"-n or -t, or when nobody reads any more; then says on standard error what was\n"
		"seen and what was lost.",
	.opts = OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_PAIR) | OPT_BIT(OPT_BPF) | OPT_BIT(OPT_SET) |
		OPT_BIT(OPT_FILTER) | OPT_BIT(OPT_PID) | OPT_BIT(OPT_FOLLOW) | OPT_BIT(OPT_COUNT) |
		OPT_BIT(OPT_TIME) | OPT_BIT(OPT_OFFSET) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_MEMORY) |
		OPT_BIT(OPT_BUFFER) | OPT_BIT(OPT_SYSCALLS) | OPT_BIT(OPT_CONFIG) |
		OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = stream_run,
};
