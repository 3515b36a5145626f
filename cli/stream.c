/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream: rows as they become final, merged over all CPUs, on standard output.
 *
 * Nothing is kept longer than it takes to print it. What was lost, and where, is said at the end
 * on standard error.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "backends/deck.h"
#include "cli/cli.h"
#include "core/arena.h"
#include "core/cursor.h"
#include "core/safe.h"
#include "sinks/sink.h"

#define MEMORY (128u << 20)

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
	struct poller_timer *timer;
	struct poller_fd *reader;
	uint64_t began;
	uint64_t shown, hidden, missed;
	bool ended; /* enough was shown, or nobody reads any more */
	struct err error;
};

/* ---- rows ---- */

static void end(struct stream *s)
{
	s->ended = true;
	poller_stop(deck_poller(s->deck), 0);
}

static void sink_failed(struct stream *s, int rc, const struct err *e)
{
	if (rc != -EPIPE) /* "| head" has what it wanted */
		s->error = *e;
	end(s);
}

/* Prints what is final; called after every slice. */
static void on_changed(struct deck *d, void *data)
{
	struct stream *s = data;
	uint64_t horizon = deck_horizon(d);
	struct err e = ERR_INIT;
	struct row r;
	int rc = 0;

	if (!s->cursor)
		return;
	while (!s->ended && cursor_next(s->cursor, horizon, &r)) {
		/* Whatever is looked for, it may have been among the lost. */
		if (s->filter && !(r.flags & ROW_LOSS) &&
		    !filter_match(s->filter, &r, deck_identity(d))) {
			s->hidden++;
			continue;
		}
		rc = s->sink->ops->row(s->sink, &r, &e);
		if (rc < 0)
			break;
		if (!(r.flags & ROW_LOSS) && ++s->shown >= s->opts->limit)
			end(s);
	}
	if (rc >= 0)
		rc = s->sink->ops->tick(s->sink, &e);
	if (rc < 0)
		sink_failed(s, rc, &e);
	s->missed += cursor_skipped(s->cursor);
	store_forget(deck_store(d), horizon);
	if (!s->ended && deck_at_end(d))
		end(s);
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

/* What a recording holds cannot be switched off: there -e chooses rows. */
static void add_tracers(struct strbuf *b, const struct strlist *events)
{
	struct strbuf any = { 0 };

	for (size_t i = 0; i < events->count; i++) {
		const char *word = events->v[i], *colon = strchr(word, ':');

		strbuf_str(&any, i ? " or " : "");
		if (colon)
			strbuf_fmt(&any, "(system ~ \"%.*s\" and event ~ \"%s\")",
				   (int)(colon - word), word, colon + 1);
		else
			strbuf_fmt(&any, "(system ~ \"%s\" or event ~ \"%s\")", word, word);
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
	poller_stop(deck_poller(s->deck), 0);
}

static void on_time(void *data)
{
	struct stream *s = data;

	poller_stop(deck_poller(s->deck), 0);
}

/* The other end of the pipe was closed while nothing was being written. */
static void on_reader_gone(int fd, uint32_t events, void *data)
{
	(void)fd;
	if (events & (EPOLLERR | EPOLLHUP))
		end(data);
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
	poller_fd_add(p, STDOUT_FILENO, 0, on_reader_gone, s, &s->reader, NULL);
	s->timer = poller_timer_add(p, on_time, s);
	return 0;
}

static int open_sink(struct stream *s, struct err *e)
{
	struct sink_conf c = {
		.fd = STDOUT_FILENO,
		.identity = deck_identity(s->deck),
		.clocks = deck_clocks(s->deck),
	};

	s->cursor = cursor_new(deck_store(s->deck), CURSOR_LOSSES);
	return sink_new(s->opts->json ? "json" : "text", &c, &s->sink, e);
}

/* ---- the end ---- */

struct tops {
	struct summary_row row[3];
	char comm[3][COMM_LEN];
	unsigned count;
};

static bool keep_top(const struct summary_row *r, void *data)
{
	struct tops *t = data;
	unsigned at = t->count;

	while (at > 0 && t->row[at - 1].events < r->events)
		at--;
	if (at == ARRAY_SIZE(t->row))
		return true;
	for (unsigned i = MIN(t->count, (unsigned)ARRAY_SIZE(t->row) - 1); i > at; i--)
		t->row[i] = t->row[i - 1];
	t->row[at] = *r;
	t->count = MIN(t->count + 1, (unsigned)ARRAY_SIZE(t->row));
	return true;
}

static void say_busiest(struct stream *s)
{
	struct tops t = { .count = 0 };
	struct strbuf b = { 0 };

	summary_each(deck_summary(s->deck), deck_identity(s->deck), true, keep_top, &t);
	for (unsigned i = 0; i < t.count; i++) {
		const struct summary_row *r = &t.row[i];

		strbuf_str(&b, i ? ", " : "");
		safe_text(&b, r->comm, strlen(r->comm));
		strbuf_fmt(&b, " (%s %d) %llu", r->pid < 0 ? "tid" : "pid",
			   r->pid < 0 ? r->tid : r->pid, (unsigned long long)r->events);
	}
	if (b.len)
		cli_say("busiest: %s", b.s);
	strbuf_done(&b);
}

static void say_losses(struct stream *s, uint64_t lost, uint64_t unknown)
{
	if (lost || unknown)
		cli_say("lost: %s%llu events that the ring buffer could not hold; a larger "
			"--buffer or fewer tracers would help",
			unknown ? "at least " : "", (unsigned long long)lost);
	if (s->missed)
		cli_say("not shown: %llu events that left the store first; a larger --memory "
			"would help",
			(unsigned long long)s->missed);
}

static void say_summary(struct stream *s)
{
	uint64_t events = 0, lost = 0, unknown = 0, damaged = 0, late = 0;
	double seconds = (double)(clock_mono() - s->began) / 1e9;
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(deck_store(s->deck), i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		events += src->events;
		lost += src->lost;
		unknown += src->lost_unknown;
		damaged += src->damaged;
		late += src->late;
	}
	cli_say("%llu events in %.1f s (%.0f/s), %llu shown, %llu filtered out, %s lost",
		(unsigned long long)events, seconds, seconds > 0 ? (double)events / seconds : 0,
		(unsigned long long)s->shown, (unsigned long long)s->hidden,
		lost || unknown ? "some" : "none");
	say_losses(s, lost, unknown);
	if (damaged)
		cli_say("damaged: %llu records that did not fit their format",
			(unsigned long long)damaged);
	if (late)
		cli_say("late: %llu events came after younger ones were shown",
			(unsigned long long)late);
	say_busiest(s);
}

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
	if (rc < 0)
		cli_error(e);
	return rc;
}

static int run(struct stream *s, struct err *e)
{
	int rc = deck_start(s->deck, e);

	if (rc < 0)
		return rc;
	s->began = clock_mono();
	if (s->opts->seconds_ns != UINT64_MAX)
		poller_timer_set(deck_poller(s->deck), s->timer, s->opts->seconds_ns, 0);
	if (isatty(STDERR_FILENO) && !s->opts->args.count)
		cli_say("streaming; Ctrl-C ends, tapdeck's own events are left out");
	rc = poller_run(deck_poller(s->deck), e);
	deck_stop(s->deck); /* prints what came before the stop */
	if (rc >= 0)
		say_summary(s);
	return rc;
}

static int stream_run(struct opts *o)
{
	struct stream s = { .opts = o, .error = ERR_INIT };
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
