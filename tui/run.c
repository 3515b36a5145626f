/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: terminal, poller and frame together.
 *
 * A key is answered at once; what the deck brings is shown at most fifteen times a second; with
 * nothing new nothing is drawn. The screen stands before anything is asked of the kernel.
 */
#include "tui/run.h"

#include <errno.h>
#include <locale.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "tui/term.h"
#include "tui/ui.h"

#define FRAME (66 * NSEC_PER_MSEC)

/* Nobody types fg sooner: so short a stop was none. */
#define STOP_LEAST (20 * NSEC_PER_MSEC)

/* Rare events that tell what goes on: the first screen is not empty, and costs nothing. */
static const char *const default_tracers[] = {
	"sched:sched_process_fork",
	"sched:sched_process_exec",
	"sched:sched_process_exit",
	"signal:signal_deliver",
	NULL,
};

struct dash {
	const struct run_conf *conf;
	struct poller *poller;
	struct term *term;
	struct ui *ui;
	struct poller_timer *frame, *record;
	struct poller_step *work;
	uint64_t version; /* of the store, when a frame was last wanted */
	bool waiting;	  /* the frame timer runs */
	uint64_t turn;	  /* the recording's, while its timer runs */
	bool opened, whole;
	struct filter *capture; /* what the deck was told to take; NULL: all */
};

static void want_frame(struct dash *r)
{
	if (r->waiting)
		return;
	poller_timer_set(r->poller, r->frame, FRAME, 0);
	r->waiting = true;
}

/* While something is recorded it is looked after, though nothing comes and nobody types. */
static void tend_recording(struct dash *r)
{
	uint64_t turn = ui_recording(r->ui);

	if (turn == r->turn)
		return;
	r->turn = turn;
	if (turn)
		poller_timer_set(r->poller, r->record, turn, turn);
	else
		poller_timer_cancel(r->poller, r->record);
}

/* A line that takes nothing more holds up the frames, never the capture; a dead one ends us. */
static void show(struct dash *r)
{
	if (ui_ended(r->ui) || term_gone(r->term))
		poller_stop(r->poller, 0);
	tend_recording(r);
	if (term_pending(r->term)) {
		want_frame(r);
		return;
	}
	if (!ui_dirty(r->ui) && !r->whole)
		return;
	term_show(r->term, ui_draw(r->ui), r->whole);
	r->whole = false;
	if (term_pending(r->term))
		want_frame(r);
}

/* Work of the views between events: counting, searching, switching. Shown as it goes on. */
static bool on_work(void *data)
{
	struct dash *r = data;
	bool more = ui_update(r->ui);

	if (ui_dirty(r->ui) || ui_ended(r->ui))
		want_frame(r);
	return more;
}

static void on_frame(void *data)
{
	struct dash *r = data;

	r->waiting = false;
	if (ui_update(r->ui))
		poller_step_wake(r->poller, r->work);
	show(r);
}

static void on_record(void *data)
{
	struct dash *r = data;

	if (!r->waiting)
		on_frame(r);
}

void run_changed(struct deck *d, void *data)
{
	struct dash *r = *(struct dash **)data;
	uint64_t version = store_version(deck_store(d));

	if (r)
		ui_flow(r->ui); /* before the next slice pushes something out of the store */
	if (!r || r->waiting || !r->opened)
		return;
	if (version == r->version) {
		/* Once a second with nothing new: rates fall to zero, and no timer wakes us for it.
		 */
		on_frame(r);
		return;
	}
	r->version = version;
	want_frame(r);
}

void run_forgetting(struct deck *d, uint64_t ts, void *data)
{
	struct dash *r = *(struct dash **)data;

	(void)d;
	(void)ts;
	if (r)
		ui_settle(r->ui);
}

static void on_input(int fd, uint32_t events, void *data)
{
	struct dash *r = data;
	struct input in;

	(void)fd;
	while (!ui_ended(r->ui) && term_read(r->term, &in))
		ui_input(r->ui, &in);
	if (events & (EPOLLHUP | EPOLLERR)) { /* the ssh line is gone */
		poller_stop(r->poller, 0);
		return;
	}
	if (ui_update(r->ui))
		poller_step_wake(r->poller, r->work);
	show(r);
}

static void on_resize(int signo, void *data)
{
	struct dash *r = data;
	struct input in = { .type = INPUT_RESIZE };

	(void)signo;
	term_resize(r->term);
	term_size(r->term, &in.y, &in.x);
	ui_input(r->ui, &in);
	if (ui_update(r->ui)) /* a larger pane may have rows to look for */
		poller_step_wake(r->poller, r->work);
	r->whole = true;
	show(r);
}

static void on_end(int signo, void *data)
{
	struct dash *r = data;

	(void)signo;
	poller_stop(r->poller, 0);
}

/* ---- what only a terminal can do ---- */

static bool do_yank(const char *text, size_t n, void *data)
{
	return term_yank(((struct dash *)data)->term, text, n);
}

static void do_mouse(bool on, void *data)
{
	term_mouse(((struct dash *)data)->term, on);
}

static void do_theme(const struct theme *t, void *data)
{
	struct dash *r = data;

	term_theme(r->term, t);
	r->whole = true;
}

static void do_redraw(void *data)
{
	((struct dash *)data)->whole = true;
}

static const int ends[] = { SIGTERM, SIGHUP, SIGINT };

/* Somebody asked us to end, and the poller has not heard it yet. */
static bool is_end_pending(void)
{
	sigset_t pending;
	bool end = false;

	sigpending(&pending);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		end |= sigismember(&pending, ends[i]) == 1;
	return end;
}

/*
 * Stops this process as Ctrl-Z does it. Not SIGSTOP: the kernel drops SIGTSTP where no shell could
 * ever bring us back, as under "ssh -t HOST tapdeck".
 */
static void stop_process(void)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL }, before;
	sigset_t stop, old;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigaction(SIGTSTP, &by_default, &before);
	raise(SIGTSTP); /* held back, as the poller has it */
	pthread_sigmask(SIG_UNBLOCK, &stop, &old);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGTSTP, &before, NULL);
}

/* Stops capture and process; the shell's fg brings both back. */
static void do_suspend(void *data)
{
	struct dash *r = data;
	uint64_t began = clock_mono(), stopped;
	struct err e = ERR_INIT;

	deck_suspend(r->conf->deck);
	term_suspend(r->term);
	stopped = clock_mono();
	stop_process();
	stopped = clock_mono() - stopped;
	if (is_end_pending()) { /* "kill %1": the shell has the terminal */
		term_abandon(r->term);
		return;
	}
	term_resume(r->term);
	if (deck_resume(r->conf->deck, &e) < 0)
		ui_say(r->ui, LOOK_ERROR, "%s", e.text);
	else if (stopped < STOP_LEAST)
		ui_say(r->ui, LOOK_WARN, "not stopped: no shell here could bring tapdeck back");
	else
		ui_say(r->ui, LOOK_WARN,
		       "stopped for %.1f s: what happened meanwhile was not captured",
		       (double)(clock_mono() - began) / 1e9);
	on_resize(SIGWINCH, r);
}

static void on_stop(int signo, void *data)
{
	(void)signo;
	do_suspend(data);
	show(data);
}

/* ---- the kernel, after the first paint ---- */

/* The deck borrows the filter, so the old one goes when it has the new one. */
static int do_capture(const char *text, struct strbuf *explained, struct err *e, void *data)
{
	struct dash *r = data;
	struct filter *f = NULL;
	int rc = text[strspn(text, " ")] ? filter_parse(text, &f, e) : 0;

	if (rc >= 0)
		rc = deck_capture(r->conf->deck, &(struct capture) { .filter = f }, explained, e);
	if (rc < 0) {
		filter_free(f);
		return rc;
	}
	filter_free(r->capture);
	r->capture = f;
	return 0;
}

static void end_capture(struct dash *r)
{
	if (r->capture)
		do_capture("", NULL, NULL, r);
}

/* Before anything is switched on, so that nothing else is taken. */
static void begin_capture(struct dash *r)
{
	struct err e = ERR_INIT;

	if (r->conf->capture && ui_capture(r->ui, r->conf->capture, &e) < 0)
		ui_say(r->ui, LOOK_ERROR, "%s", e.text);
}

static int enable_one(struct dash *r, const char *pattern, bool say)
{
	struct err e = ERR_INIT;
	unsigned failed = 0;
	int n = deck_enable(r->conf->deck, pattern, true, &failed, &e);

	if (say && (n < 0 || failed))
		ui_say(r->ui, LOOK_ERROR, "%s", e.text);
	return MAX(n, 0);
}

/* Whoever names objects and no tracer means those of the objects. */
static void enable_objects(struct dash *r)
{
	struct strbuf names = { 0 };

	deck_brought(r->conf->deck, r->conf->objects, &names);
	for (size_t at = 0; at < names.len; at += strlen(names.s + at) + 1)
		enable_one(r, names.s + at, true);
	strbuf_done(&names);
}

static void enable_tracers(struct dash *r, bool quiet)
{
	const char *const *t = r->conf->tracers ? r->conf->tracers : default_tracers;
	int on = 0;

	enable_objects(r);
	for (size_t i = 0; t[i] && !r->conf->objects; i++)
		on += enable_one(r, t[i], r->conf->tracers);
	if (on && !r->conf->tracers && !quiet)
		ui_say(r->ui, LOOK_GOOD,
		       "%d tracers of rare events are on; Space switches others, ? helps", on);
}

/* What is wrong stays to be read. */
static bool set_options(struct dash *r)
{
	bool fine = true;

	for (size_t i = 0; r->conf->settings && r->conf->settings[i]; i++) {
		struct err e = ERR_INIT;

		if (deck_set(r->conf->deck, r->conf->settings[i], &e) >= 0)
			continue;
		ui_say(r->ui, LOOK_ERROR, "%s", e.text);
		fine = false;
	}
	return fine;
}

static void open_backend(struct dash *r)
{
	struct err e = ERR_INIT;
	bool quiet;

	r->opened = true;
	if (deck_open(r->conf->deck, r->conf->backend, &e) < 0) {
		ui_set_unavailable(r->ui, r->conf->backend, e.text);
		ui_say(r->ui, LOOK_ERROR, "%s", e.text);
		return;
	}
	begin_capture(r);
	quiet = !set_options(r);
	if (r->conf->live)
		enable_tracers(r, quiet);
	else
		ui_act(r->ui, "events", ACT_FIRST, NULL); /* it is read from its beginning */
	if (!r->conf->live && r->conf->tracers)		  /* what is derived of it */
		enable_tracers(r, quiet);
	if (deck_start(r->conf->deck, &e) < 0)
		ui_say(r->ui, LOOK_ERROR, "%s", e.text);
}

static void on_opening(void *data)
{
	struct dash *r = data;

	if (!r->opened)
		open_backend(r);
	on_frame(r);
}

/* ---- setting up ---- */

/* In a recording, now is where its clock stands, or its end; live it is now. */
static uint64_t now(void *data)
{
	return deck_time(((struct dash *)data)->conf->deck);
}

static int open_terminal(struct dash *r, struct err *e)
{
	const char *no_color = getenv("NO_COLOR");
	struct term_conf c = {
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.mouse = true,
		.color = r->conf->color && !(no_color && *no_color),
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
	};

	return term_open(&c, &r->term, e);
}

static int open_frame(struct dash *r, struct err *e)
{
	struct ui_conf c = {
		.deck = r->conf->deck,
		.conf = r->conf->conf,
		.ascii = term_is_ascii(r->term),
		.live = r->conf->live,
		.remember = true,
		.now = now,
		.now_data = r,
		.capture = r->conf->live ? do_capture : NULL,
		.capture_data = r,
		.yank = do_yank,
		.mouse = do_mouse,
		.theme = do_theme,
		.suspend = do_suspend,
		.redraw = do_redraw,
		.term_data = r,
	};
	int rc;

	term_size(r->term, &c.rows, &c.cols);
	rc = ui_new(&c, &r->ui, e);
	if (rc < 0)
		return rc;
	/* A wrong text ends it here, before the kernel is touched. */
	if (r->conf->capture)
		rc = filter_parse(r->conf->capture, &r->capture, e);
	filter_free(r->capture);
	r->capture = NULL;
	if (rc >= 0 && r->conf->filter)
		rc = scope_type(ui_scope(r->ui), r->conf->filter, e);
	return rc;
}

static int watch(struct dash *r, struct err *e)
{
	int rc = poller_fd_add(r->poller, term_fd(r->term), EPOLLIN, on_input, r, NULL, e);

	for (size_t i = 0; i < ARRAY_SIZE(ends) && rc >= 0; i++)
		rc = poller_signal_add(r->poller, ends[i], on_end, r, e);
	if (rc >= 0)
		rc = poller_signal_add(r->poller, SIGWINCH, on_resize, r, e);
	if (rc >= 0)
		rc = poller_signal_add(r->poller, SIGTSTP, on_stop, r, e);
	return rc;
}

int run_dashboard(const struct run_conf *c, struct err *e)
{
	struct dash r = { .conf = c, .poller = deck_poller(c->deck), .whole = true };
	int rc;

	/* Characters only: numbers have a point, in files and in what is typed. */
	setlocale(LC_CTYPE, "");
	rc = open_terminal(&r, e);
	if (rc < 0)
		return rc;
	rc = open_frame(&r, e);
	if (rc >= 0)
		rc = watch(&r, e);
	if (rc >= 0) {
		r.work = poller_step_add(r.poller, on_work, &r);
		r.frame = poller_timer_add(r.poller, on_opening, &r);
		r.record = poller_timer_add(r.poller, on_record, &r);
		ui_update(r.ui);
		show(&r); /* before the kernel is asked for anything; a line may not take all */
		poller_timer_set(r.poller, r.frame, 1, 0);
		r.waiting = true;
		*c->self = &r;
		rc = poller_run(r.poller, e);
		ui_finish_recording(r.ui); /* after a signal; who quits was asked before */
		*c->self = NULL;
		if (ui_recorded(r.ui))
			strbuf_str(c->said, ui_recorded(r.ui));
	}
	ui_free(r.ui);
	term_close(r.term);
	end_capture(&r);
	return rc;
}
