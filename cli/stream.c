/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream: rows as they become final, merged over all CPUs, on standard output.
 *
 * Nothing is kept longer than it takes to print it. A reader who is slow holds rows up, in the
 * store, and never us: the ring buffers are drained and signals heard all the same. What was lost,
 * and where, is said at the end on standard error.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/deck.h"
#include "cli/cli.h"
#include "cli/stream_report.h"
#include "core/arena.h"
#include "core/cursor.h"
#include "sinks/sink.h"

#define SETTLE	 (60 * NSEC_PER_SEC)
#define MEMORY	 (128u << 20)
#define PATIENCE (500 * NSEC_PER_MSEC) /* with a reader who takes nothing, once a signal came */

/* When nobody said: rare events that tell what goes on. */
static const char *const default_events[] = {
	"sched:sched_process_fork", "sched:sched_process_exec", "sched:sched_process_exit",
	"signal:signal_deliver",    "oom:mark_victim",
};

struct stream {
	struct opts *opts;
	struct deck *deck;
	struct cursor *cursor;
	struct filter *filter;
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

/* Appends one more condition that has to hold. */
static void add_condition(struct strbuf *b, const char *text)
{
	strbuf_fmt(b, b->len ? " and (%s)" : "(%s)", text);
}

static void add_pids(struct strbuf *b, const struct strlist *pids)
{
	struct strbuf any = { 0 };

	for (size_t i = 0; i < pids->count; i++)
		strbuf_fmt(&any, "%spid == %s", i ? " or " : "", pids->v[i]);
	add_condition(b, strbuf_cstr(&any));
	strbuf_done(&any);
}

/* NAME ~ "GLOB", whatever stands in the glob. */
static void add_glob(struct strbuf *b, const char *name, const char *glob, size_t len)
{
	strbuf_fmt(b, "%s ~ \"", name);
	for (size_t i = 0; i < len; i++) {
		if (glob[i] == '"' || glob[i] == '\\')
			strbuf_char(b, '\\');
		strbuf_char(b, glob[i]);
	}
	strbuf_char(b, '"');
}

/* What a recording holds cannot be switched off: there -e chooses rows. */
static void add_tracers(struct strbuf *b, const struct strlist *events)
{
	struct strbuf any = { 0 };

	for (size_t i = 0; i < events->count; i++) {
		const char *word = events->v[i], *colon = strchr(word, ':');

		size_t len = strlen(word), head = colon ? (size_t)(colon - word) : len;

		strbuf_str(&any, i ? " or (" : "(");
		add_glob(&any, "system", word, head);
		strbuf_str(&any, colon ? " and " : " or ");
		add_glob(&any, "event", colon ? colon + 1 : word, colon ? len - head - 1 : len);
		strbuf_char(&any, ')');
	}
	add_condition(b, strbuf_cstr(&any));
	strbuf_done(&any);
}

/* The filter of -f and -p, and for recordings -e, together. */
static int make_filter(struct stream *s, struct err *e)
{
	const struct opts *o = s->opts;
	const char *text = o->filter ? o->filter : conf_get(o->conf, "stream", "filter");
	struct strbuf b = { 0 };
	int rc = 0;

	if (text) {
		/* By itself first, so that a complaint points into what the user wrote. */
		rc = filter_parse(text, &s->filter, e);
		if (rc < 0)
			return rc;
		if (!o->pids.count && !(o->args.count && o->events.count))
			return 0;
		filter_free(s->filter);
		s->filter = NULL;
		add_condition(&b, text);
	}
	if (o->pids.count)
		add_pids(&b, &o->pids);
	if (o->args.count && o->events.count)
		add_tracers(&b, &o->events);
	if (b.len)
		rc = filter_parse(strbuf_cstr(&b), &s->filter, e);
	strbuf_done(&b);
	return rc;
}

/* A filter on a field that no tracer has would show nothing, silently. */
static int check_filter(struct stream *s, struct err *e)
{
	const struct source *src;
	int rc = 0;

	for (unsigned i = 0; (src = store_source_at(deck_store(s->deck), i)); i++) {
		rc = filter_check(s->filter, src->schemas, e);
		if (rc >= 0)
			return 0;
	}
	return rc;
}

/* Switches a pattern on; failures of single tracers are said and do not stop the others. */
static int enable(struct stream *s, const char *pattern, struct err *e)
{
	unsigned failed = 0;
	int rc = deck_enable(s->deck, pattern, true, &failed, e);

	if (rc >= 0 && failed)
		cli_say("%u of the tracers in '%s' could not be switched on: %s", failed, pattern,
			e->text);
	/* The function tracer takes seconds to say no. */
	if (rc >= 0 && deck_settle(s->deck, SETTLE, e) < 0)
		rc = -EIO;
	return rc;
}

static int enable_defaults(struct stream *s, struct err *e)
{
	int on = 0;

	for (size_t i = 0; i < ARRAY_SIZE(default_events); i++)
		on += deck_enable(s->deck, default_events[i], true, NULL, e) > 0;
	return on ? 0 : -ENOENT;
}

/* The words of the config's events. */
static int enable_words(struct stream *s, const char *words, struct err *e)
{
	char *copy = xstrdup(words), *save = NULL;
	int rc = 0;

	for (char *w = strtok_r(copy, " ,\t\n", &save); w && rc >= 0;
	     w = strtok_r(NULL, " ,\t\n", &save))
		rc = enable(s, w, e);
	free(copy);
	return rc;
}

static int enable_all(struct stream *s, struct err *e)
{
	const struct opts *o = s->opts;
	const char *words = conf_get(o->conf, "stream", "events");
	int rc = 0;

	for (size_t i = 0; i < o->events.count && rc >= 0; i++)
		rc = enable(s, o->events.v[i], e);
	if (o->events.count || o->args.count)
		return rc;
	return words ? enable_words(s, words, e) : enable_defaults(s, e);
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
		.live = live,
		.files = o->args.v,
		.changed = on_changed,
		.data = s,
	};
	struct poller *p;
	int rc = deck_new(&c, &s->deck, e);

	if (rc < 0)
		return rc;
	p = deck_poller(s->deck);
	/* From here on a signal ends us in order, with all knobs turned back. */
	for (size_t i = 0; i < 3 && rc >= 0; i++)
		rc = poller_signal_add(p, (const int[]) { SIGINT, SIGTERM, SIGHUP }[i], on_signal,
				       s, e);
	if (rc >= 0)
		rc = deck_open(s->deck, live ? "tracefs" : "replay", e);
	if (rc < 0)
		return rc;
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
	};

	s->cursor = cursor_new(deck_store(s->deck), CURSOR_LOSSES);
	return sink_new(s->opts->json ? "json" : "text", &c, &s->sink, e);
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
		rc = enable_all(&s, &e);
		usage = rc == -ENOENT;
	}
	if (rc >= 0 && s.filter) {
		rc = check_filter(&s, &e);
		usage = rc < 0;
	}
	if (rc >= 0)
		rc = open_sink(&s, &e);
	if (rc >= 0)
		rc = run(&s, &e);
	rc = finish(&s, rc, &e);
	return rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_stream = {
	.name = "stream",
	.args = "[-e TRACER]... [-f FILTER] [-p PID]... [-n EVENTS] [-t SECONDS] [--json] [FILE]",
	.blurb = "print events live, or those of a trace.dat",
	.help = "Prints events as they happen, merged in time over all CPUs: text like the\n"
		"kernel's, or JSON. With FILE the events of a recording. Ends with Ctrl-C, after\n"
		"-n or -t, or when nobody reads any more; then says on standard error what was\n"
		"seen and what was lost.",
	.opts = OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_FILTER) | OPT_BIT(OPT_PID) | OPT_BIT(OPT_COUNT) |
		OPT_BIT(OPT_TIME) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_MEMORY) | OPT_BIT(OPT_BUFFER) |
		OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = stream_run,
};
