/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: events into a trace.dat, without a screen.
 *
 * Everything that can be wrong is found before the file is made: the words, the processes, the
 * command, the tracers. Then the tap is opened, the file begun and the command started, in this
 * order, so that nothing of it is missed.
 */
#include "cli/record.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/choice.h"
#include "core/arena.h"

#define MEMORY	  (128u << 20)
#define RELATIVES (250 * NSEC_PER_MSEC) /* between two looks whether descendants are alive */
#define FILE_NAME "trace.dat"

/* ---- what happens ---- */

static void stop(struct record *r)
{
	poller_stop(deck_poller(r->deck), 0);
}

static void on_changed(struct deck *d, void *data)
{
	struct record *r = data;

	(void)d;
	if (r->now || r->before)
		record_flow_advance(r);
}

static void on_again(void *data)
{
	record_flow_advance(data);
}

static void on_forgetting(struct deck *d, uint64_t ts, void *data)
{
	struct record *r = data;

	if (r->family)
		family_settle(r->family, deck_identity(d), ts);
}

static void on_signal(int signo, void *data)
{
	struct record *r = data;

	(void)signo;
	r->hurry = r->asked;
	r->asked = true;
	stop(r);
}

/* Ctrl-Z: nothing is captured that nobody drains. */
static void on_suspend(int signo, void *data)
{
	struct record *r = data;
	struct err e = ERR_INIT;

	(void)signo;
	deck_suspend(r->deck);
	record_line_clear(&r->line);
	raise(SIGSTOP);
	if (deck_resume(r->deck, &e) >= 0)
		return;
	record_flow_failed(r, &e);
	stop(r);
}

static void on_time(void *data)
{
	stop(data);
}

static void on_second(void *data)
{
	struct record *r = data;
	struct record_totals t;

	record_flow_count(r, &t);
	record_line_show(&r->line, &t, clock_mono());
}

static void on_command(pid_t pid, int status, void *data)
{
	struct record *r = data;

	(void)pid;
	r->command.ended = true;
	r->command.status = status;
	stop(r);
}

/* The processes that were named are gone; those they made may not be. */
static void on_relatives(void *data)
{
	struct record *r = data;

	if (!family_alive(r->family, deck_identity(r->deck)))
		stop(r);
}

static void on_pid_gone(int fd, uint32_t events, void *data)
{
	struct record_pid *p = data;
	struct record *r = p->record;

	(void)events;
	poller_fd_del(deck_poller(r->deck), p->watch);
	close(fd);
	p->fd = -1;
	if (--r->pids_alive || r->command.argv || r->awaits)
		return; /* a command says when it ends */
	if (r->opts->follow)
		poller_timer_set(deck_poller(r->deck), r->relatives, RELATIVES, RELATIVES);
	else
		stop(r);
}

/* ---- setting up ---- */

static int watch_pids(struct record *r, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < r->pid_count && rc >= 0; i++)
		rc = poller_fd_add(deck_poller(r->deck), r->pids[i].fd, EPOLLIN, on_pid_gone,
				   &r->pids[i], &r->pids[i].watch, e);
	return rc;
}

static int open_deck(struct record *r, struct err *e)
{
	const struct opts *o = r->opts;
	struct deck_conf c = {
		.conf = o->conf,
		.memory = o->memory ? o->memory : MEMORY,
		.buffer = o->buffer,
		.objects = o->objects.v,
		.live = true,
		.light = true,
		.changed = on_changed,
		.forgetting = on_forgetting,
		.data = r,
	};
	struct poller *p;
	int rc = deck_new(&c, &r->deck, e);

	if (rc < 0)
		return rc;
	p = deck_poller(r->deck);
	rc = choice_signals(r->deck, on_signal, r, e);
	if (rc >= 0 && !o->detach)
		rc = poller_signal_add(p, SIGTSTP, on_suspend, r, e);
	if (rc >= 0)
		rc = deck_open(r->deck, "tracefs", e);
	if (rc < 0)
		return rc;
	r->time = poller_timer_add(p, on_time, r);
	r->second = poller_timer_add(p, on_second, r);
	r->again = poller_timer_add(p, on_again, r);
	r->relatives = poller_timer_add(p, on_relatives, r);
	return 0;
}

static int check_filter(struct record *r, struct err *e)
{
	int rc = choice_filter(r->opts, 0, &r->filter, e);

	if (rc >= 0 && r->filter)
		rc = choice_check_capture(r->filter, r->deck, e);
	if (rc >= 0)
		choice_notes(r->opts, r->deck);
	return rc;
}

/* The kernel keeps out what it can. What COMMAND does is ours as well: it is our child. */
static int capture(struct record *r, struct err *e)
{
	const struct strlist *pids = &r->opts->pids;
	struct capture c = { .filter = r->filter };

	r->captured = xcalloc(pids->count + 1, sizeof(*r->captured));
	/* Nobody can tell the kernel of those that are still to come. */
	for (size_t i = 0; i < pids->count && !r->awaits; i++)
		r->captured[c.pid_count++] = atoi(pids->v[i]);
	if (r->command.argv && r->opts->follow && !r->awaits)
		r->captured[c.pid_count++] = (int32_t)getpid();
	if (c.filter || r->awaits)
		identity_want(deck_identity(r->deck)); /* they may be gone when their rows come */
	c.pids = r->captured;
	c.follow = r->opts->follow;
	return c.filter || c.pid_count ? deck_capture(r->deck, &c, NULL, e) : 0;
}

static int start_command(struct record *r, struct err *e)
{
	struct record_command *c = &r->command;
	int rc;

	if (!c->argv)
		return 0;
	c->out = r->detach.log;
	rc = record_command_start(c, e);
	if (rc < 0)
		return rc;
	if (r->family && r->opts->follow)
		family_add(r->family, c->pid, c->from, c->to);
	return poller_child_add(deck_poller(r->deck), c->pid, on_command, r, e);
}

/* What could not begin leaves no file behind; with --force it may still be the one from before. */
static void take_back(struct record *r)
{
	struct recorder_status s;
	char *path;

	if (!r->now)
		return;
	recorder_status(r->now, &s);
	path = xstrdup(s.path);
	recorder_free(r->now);
	r->now = NULL;
	if (!r->opts->force)
		unlink(path);
	free(path);
}

static void show_line(struct record *r)
{
	r->line.on = isatty(STDERR_FILENO) && !r->command.argv;
	if (r->line.on) {
		poller_timer_set(deck_poller(r->deck), r->second, NSEC_PER_SEC, NSEC_PER_SEC);
		cli_say("recording%s; Ctrl-C ends, tapdeck's own events are left out",
			r->opts->follow ? " a family of processes" : "");
	}
}

/* Tap, file, command, and whoever waits. */
static int begin(struct record *r, struct err *e)
{
	int rc = deck_start(r->deck, e);

	if (rc >= 0)
		rc = record_flow_begin(r, e);
	if (rc < 0)
		return rc;
	rc = watch_pids(r, e);
	if (rc >= 0)
		rc = start_command(r, e);
	if (rc >= 0 && r->detach.ready >= 0)
		rc = record_detach_ready(&r->detach, r->path, e);
	if (rc < 0) {
		take_back(r);
		return rc;
	}
	r->began = true;
	show_line(r);
	if (r->opts->seconds_ns != UINT64_MAX)
		poller_timer_set(deck_poller(r->deck), r->time, r->opts->seconds_ns, 0);
	return 0;
}

/* ---- from beginning to end ---- */

static int flow(struct record *r, struct err *e)
{
	int rc;

	if (r->asked) /* while tracers started */
		return err_set(e, -EINTR, "ended before anything was recorded");
	rc = begin(r, e);
	if (rc < 0)
		return rc;
	if (r->opts->limit && !poller_stopped(deck_poller(r->deck)))
		rc = poller_run(deck_poller(r->deck), e);
	poller_timer_cancel(deck_poller(r->deck), r->second);
	record_line_clear(&r->line);
	return rc < 0 ? rc : record_flow_finish(r, e);
}

/* What went wrong on the way stands behind what was recorded. */
static int outcome(struct record *r, int rc, struct err *e)
{

	if (r->began) {
		record_say_end(&r->totals);
		record_command_say(&r->command);
	}
	if (rc >= 0 && r->error.code) {
		*e = r->error;
		rc = e->code;
	}
	if (rc >= 0 && r->deck && deck_error(r->deck)) {
		*e = *deck_error(r->deck);
		rc = e->code;
	}
	if (rc < 0)
		cli_error(e);
	return rc;
}

static void take_down(struct record *r)
{
	struct err undo = ERR_INIT;

	recorder_free(r->before);
	recorder_free(r->now);
	if (deck_free(r->deck, &undo) > 0)
		cli_say("not everything could be undone: %s", undo.text);
	for (size_t i = 0; i < r->pid_count; i++)
		if (r->pids[i].fd >= 0)
			close(r->pids[i].fd);
	filter_free(r->filter);
	free(r->captured);
	free(r->pids);
	family_free(r->family);
	record_files_done(&r->files);
	record_totals_done(&r->totals);
	record_detach_done(&r->detach);
}

static int set_up(struct record *r, bool *usage, struct err *e)
{
	int rc = open_deck(r, e);

	if (rc < 0)
		return rc;
	rc = choice_enable(r->opts, r->deck, e);
	*usage = rc == -ENOENT;
	if (rc >= 0) {
		rc = check_filter(r, e);
		*usage = rc < 0;
	}
	if (rc >= 0)
		rc = capture(r, e);
	return rc;
}

static int record_run(struct opts *o)
{
	struct record r = {
		.opts = o,
		.path = o->output ? o->output : FILE_NAME,
		.command = { .argv = o->args.count ? o->args.v : NULL, .out = -1 },
		.detach = { .ready = -1, .log = -1 },
		.error = ERR_INIT,
	};
	struct err e = ERR_INIT;
	bool usage = false;
	int rc, status = CLI_FAILED;

	sigprocmask(SIG_SETMASK, NULL, &r.command.mask);
	rc = record_check(&r, &usage, &e);
	if (rc >= 0 && o->rotate)
		record_files_init(&r.files, r.path);
	if (rc >= 0 && o->detach)
		rc = record_detach(&r.detach, r.path, &status, &e);
	if (rc <= 0) { /* else another process does it */
		if (rc >= 0)
			rc = set_up(&r, &usage, &e);
		if (rc >= 0)
			rc = flow(&r, &e);
		rc = outcome(&r, rc, &e);
		status = rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
	}
	if (r.hurry)
		_exit(status); /* the guard undoes the rest: nobody wants to wait for a disk */
	take_down(&r);
	return status;
}

const struct command cmd_record = {
	.name = "record",
	.args = "[-e TRACER]... [-f FILTER] [-p PID]... [-o FILE] [-t SECONDS] [-- COMMAND...]",
	.blurb = "write events into a trace.dat",
	.help =
	    "Writes events into FILE (trace.dat), which trace-cmd and KernelShark open too. It\n"
	    "holds everything up to the last second at every moment, also after kill -9 or on a\n"
	    "full disk. A file that is there is not touched without --force.\n"
	    "\n"
	    "Ends with Ctrl-C, after -t, -n or --size, with the processes of -p (and all they\n"
	    "made, with --follow), or with COMMAND. COMMAND starts when all is on, with your\n"
	    "rights; put -- before it. Events of the whole machine are recorded while it runs;\n"
	    "with --follow only its own and those of its children. It goes on when the\n"
	    "recording ends first.\n"
	    "\n"
	    "--rotate makes FILE a row: trace.0001.dat, trace.0002.dat, also across restarts.\n"
	    "--detach gives the terminal back; what there is to say then goes to FILE.log.",
	.opts = OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_PAIR) | OPT_BIT(OPT_BPF) | OPT_BIT(OPT_SET) |
		OPT_BIT(OPT_FILTER) | OPT_BIT(OPT_PID) | OPT_BIT(OPT_FOLLOW) | OPT_BIT(OPT_OUTPUT) |
		OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_COUNT) | OPT_BIT(OPT_TIME) | OPT_BIT(OPT_SIZE) |
		OPT_BIT(OPT_ROTATE) | OPT_BIT(OPT_KEEP) | OPT_BIT(OPT_COMPRESS) |
		OPT_BIT(OPT_DETACH) | OPT_BIT(OPT_MEMORY) | OPT_BIT(OPT_BUFFER) |
		OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = record_run,
};
