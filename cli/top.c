/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top: the process table on standard output, a block a second.
 *
 * The model and the columns are those of the dashboard's processes pane. What a block
 * counts is all that came until then; the last one is taken after the tap was closed, so it
 * lacks nothing. Rows themselves are not kept.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "backends/deck.h"
#include "cli/cli.h"
#include "core/arena.h"
#include "core/safe.h"
#include "tui/processes.h"

#define MEMORY	   (64u << 20)
#define PERIOD	   NSEC_PER_SEC
#define BLOCK_ROWS 20
#define WIDTH	   132 /* without a terminal */

/* Who runs, and what began and ended: shows everybody who is active and costs little. */
static const char *const default_events[] = {
	"sched:sched_switch",
	"sched:sched_process_fork",
	"sched:sched_process_exec",
	"sched:sched_process_exit",
};

struct top {
	struct opts *opts;
	struct deck *deck;
	struct processes model;
	struct table_state table;
	struct canvas canvas;
	struct strbuf out;
	struct poller_timer *second, *end;
	struct poller_fd *reader;
	int32_t *pids;
	uint64_t blocks, deadline;
	uint64_t lost;
	bool lost_unknown, live;
	bool cut;   /* a signal ended it: no last block */
	bool gone;  /* nobody reads any more, or nothing can be written */
	int status; /* of writing */
};

static void stop(struct top *t)
{
	poller_stop(deck_poller(t->deck), 0);
}

/* ---- blocks ---- */

static void count_losses(struct top *t)
{
	const struct source *src;

	t->lost = 0;
	t->lost_unknown = false;
	for (unsigned i = 0; (src = store_source_at(deck_store(t->deck), i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		t->lost += src->lost;
		t->lost_unknown |= src->lost_unknown != 0;
	}
}

/* The time of the block on the clock of the events. */
static uint64_t block_time(struct top *t)
{
	struct store_stats stats;

	if (t->live)
		return clock_mono();
	store_stats(deck_store(t->deck), &stats);
	return stats.last;
}

static void look(struct top *t, bool last)
{
	struct processes_look l = {
		.summary = deck_summary(t->deck),
		.identity = deck_identity(t->deck),
		.now = block_time(t),
		/* Less than a second is rated as a whole, like a recording. */
		.ended = !t->live || (last && !t->model.rated),
	};

	processes_look(&t->model, &l);
	count_losses(t);
}

static int width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return MIN(size.ws_col, 500);
	return WIDTH;
}

static void put_wall_time(struct strbuf *b)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[16];

	if (localtime_r(&now, &tm) && strftime(text, sizeof(text), "%H:%M:%S", &tm))
		strbuf_fmt(b, "%s  ", text);
}

static void put_header(const struct top *t, struct strbuf *b)
{
	const struct processes *m = &t->model;
	bool losses = t->lost || t->lost_unknown;

	if (t->live)
		put_wall_time(b);
	strbuf_fmt(b, "%s%llu events of %u processes, %u of them gone", losses ? "at least " : "",
		   (unsigned long long)m->events, m->count, m->gone);
	if (losses)
		strbuf_fmt(b, "; %s%llu events lost", t->lost_unknown ? "at least " : "",
			   (unsigned long long)t->lost);
	else
		strbuf_str(b, "; none lost");
	strbuf_char(b, '\n');
}

/* A line of the canvas without the blanks at its end. */
static void put_line(const struct canvas *c, int y, struct strbuf *b)
{
	size_t begin = b->len;

	for (int x = 0; x < c->cols; x++) {
		const struct cell *cell = &c->cells[y * c->cols + x];

		if (cell->width)
			strbuf_add(b, cell->s, strnlen(cell->s, sizeof(cell->s)));
	}
	while (b->len > begin && b->s[b->len - 1] == ' ')
		strbuf_cut(b, b->len - 1);
	strbuf_char(b, '\n');
}

static void put_text(struct top *t)
{
	uint64_t shown = t->model.shown;
	int rows = (int)MIN(shown, (uint64_t)BLOCK_ROWS) + 1;
	struct area all;

	canvas_resize(&t->canvas, rows, width());
	canvas_clear(&t->canvas);
	all = area_all(&t->canvas);
	table_draw(&t->table, &process_model, &t->model, &all, false);
	if (t->blocks > 1)
		strbuf_char(&t->out, '\n');
	put_header(t, &t->out);
	for (int y = 0; y < rows; y++)
		put_line(&t->canvas, y, &t->out);
	if (shown > BLOCK_ROWS)
		strbuf_fmt(&t->out, "and %llu more\n", (unsigned long long)(shown - BLOCK_ROWS));
}

static void put_id(struct strbuf *b, const char *name, int32_t id)
{
	strbuf_fmt(b, id < 0 ? ",\"%s\":null" : ",\"%s\":%d", name, id);
}

static void put_time(struct strbuf *b, const char *name, uint64_t ts)
{
	strbuf_fmt(b, ",\"%s\":\"", name);
	strbuf_time(b, ts, 9);
	strbuf_char(b, '"');
}

static void put_json_row(const struct top *t, const struct process_row *r, struct strbuf *b)
{
	const struct processes *m = &t->model;
	struct strbuf top = { 0 };

	strbuf_fmt(&top, "%s:%s", r->top->system, r->top->name);
	strbuf_str(b, "{\"ts\":\"");
	strbuf_time(b, m->now, 9);
	strbuf_char(b, '"');
	put_id(b, "pid", r->pid);
	put_id(b, "tid", r->tid);
	strbuf_str(b, ",\"comm\":");
	safe_json(b, r->comm, strlen(r->comm));
	strbuf_fmt(b, ",\"events\":%llu,\"rate\":", (unsigned long long)r->events);
	if (m->rated)
		strbuf_u64(b, r->rate);
	else
		strbuf_str(b, "null");
	strbuf_str(b, ",\"top\":");
	safe_json(b, top.s, top.len);
	put_time(b, "first", r->first);
	put_time(b, "last", r->last);
	strbuf_fmt(b, ",\"alive\":%s",
		   process_is_gone(m, r) ? "false"
		   : r->pid < 0		 ? "null"
					 : "true");
	strbuf_fmt(b, ",\"at_least\":%s}\n", t->lost || t->lost_unknown ? "true" : "false");
	strbuf_done(&top);
}

static void put_json(struct top *t)
{
	for (uint32_t i = 0; i < t->model.shown; i++)
		put_json_row(t, processes_at(&t->model, i), &t->out);
}

static void block(struct top *t, bool last)
{
	int rc;

	look(t, last);
	t->blocks++;
	strbuf_clear(&t->out);
	if (t->opts->json)
		put_json(t);
	else
		put_text(t);
	rc = cli_out(strbuf_cstr(&t->out), t->out.len);
	if (rc >= 0)
		return;
	t->status = cli_status(rc);
	t->gone = true;
	stop(t);
}

/* ---- what happens ---- */

static void on_second(void *data)
{
	struct top *t = data;

	if (t->blocks + 1 >= t->opts->limit)
		stop(t);
	else if (clock_mono() + PERIOD / 4 < t->deadline)
		block(t, false);
}

static void on_end(void *data)
{
	stop(data);
}

static void on_signal(int signo, void *data)
{
	struct top *t = data;

	(void)signo;
	t->cut = true;
	stop(t);
}

static void on_reader_gone(int fd, uint32_t events, void *data)
{
	struct top *t = data;

	(void)fd;
	if (!(events & (EPOLLERR | EPOLLHUP)))
		return;
	t->gone = true;
	stop(t);
}

/* Only counts are wanted: pages may go as soon as they were walked. */
static void on_changed(struct deck *d, void *data)
{
	struct top *t = data;

	if (t->live)
		store_forget(deck_store(d), deck_horizon(d));
	else if (deck_at_end(d))
		stop(t);
}

/* ---- setting up ---- */

static int open_deck(struct top *t, struct err *e)
{
	const struct opts *o = t->opts;
	struct deck_conf c = {
		.conf = o->conf,
		.memory = o->memory ? o->memory : MEMORY,
		.buffer = o->buffer,
		.live = t->live,
		.files = o->args.v,
		.changed = on_changed,
		.data = t,
	};
	struct poller *p;
	int rc = deck_new(&c, &t->deck, e);

	if (rc < 0)
		return rc;
	p = deck_poller(t->deck);
	for (size_t i = 0; i < 3 && rc >= 0; i++)
		rc = poller_signal_add(p, (const int[]) { SIGINT, SIGTERM, SIGHUP }[i], on_signal,
				       t, e);
	if (rc >= 0)
		rc = deck_open(t->deck, t->live ? "tracefs" : "replay", e);
	if (rc < 0)
		return rc;
	/* A file as standard output cannot be watched, and need not be. */
	poller_fd_add(p, STDOUT_FILENO, 0, on_reader_gone, t, &t->reader, NULL);
	t->second = poller_timer_add(p, on_second, t);
	t->end = poller_timer_add(p, on_end, t);
	return 0;
}

static int enable_defaults(struct top *t, struct err *e)
{
	struct strbuf names = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(default_events); i++) {
		if (deck_enable(t->deck, default_events[i], true, NULL, e) <= 0)
			continue;
		strbuf_fmt(&names, "%s%s", names.len ? " " : "", default_events[i]);
	}
	if (!names.len)
		return -ENOENT;
	cli_say("counting %s; -e raw_syscalls:sys_enter counts system calls", names.s);
	strbuf_done(&names);
	return 0;
}

static int enable_all(struct top *t, struct err *e)
{
	const struct strlist *events = &t->opts->events;

	for (size_t i = 0; i < events->count; i++) {
		unsigned failed = 0;
		int rc = deck_enable(t->deck, events->v[i], true, &failed, e);

		if (rc < 0)
			return rc;
		if (failed)
			cli_say("%u of the tracers in '%s' could not be switched on: %s", failed,
				events->v[i], e->text);
	}
	return events->count || !t->live ? 0 : enable_defaults(t, e);
}

static void take_pids(struct top *t)
{
	const struct strlist *pids = &t->opts->pids;

	if (!pids->count)
		return;
	t->pids = xcalloc(pids->count, sizeof(*t->pids));
	for (size_t i = 0; i < pids->count; i++)
		t->pids[i] = (int32_t)strtol(pids->v[i], NULL, 10);
	t->model.only = t->pids;
	t->model.only_count = pids->count;
}

static void set_up(struct top *t)
{
	setlocale(LC_CTYPE, "");
	t->canvas.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	processes_init(&t->model);
	take_pids(t);
	table_init(&t->table, process_columns, PROCESS_COLUMNS);
	table_set_columns(&t->table, PROCESS_COLUMNS_FIRST, NULL);
	t->table.sort = (int)t->model.sort;
	t->table.reverse = t->model.descending;
	t->table.cursor = UINT64_MAX; /* no row is marked */
	t->deadline = UINT64_MAX;
}

static int run(struct top *t, struct err *e)
{
	struct poller *p = deck_poller(t->deck);
	int rc = deck_start(t->deck, e);

	if (rc < 0)
		return rc;
	if (t->live) {
		look(t, false); /* what rates are counted from */
		poller_timer_set(p, t->second, PERIOD, PERIOD);
	}
	if (t->opts->seconds_ns != UINT64_MAX) {
		t->deadline = clock_mono() + t->opts->seconds_ns;
		poller_timer_set(p, t->end, t->opts->seconds_ns, 0);
	}
	if (t->opts->limit)
		rc = poller_run(p, e);
	deck_stop(t->deck);
	if (rc >= 0 && t->opts->limit && !t->cut && !t->gone)
		block(t, true);
	return rc;
}

static int finish(struct top *t, int rc, struct err *e)
{
	struct err undo = ERR_INIT;

	if (rc >= 0 && deck_error(t->deck)) {
		*e = *deck_error(t->deck);
		rc = e->code;
	}
	processes_done(&t->model);
	canvas_done(&t->canvas);
	strbuf_done(&t->out);
	free(t->pids);
	if (deck_free(t->deck, &undo) > 0)
		cli_say("not everything could be undone: %s", undo.text);
	if (rc < 0)
		cli_error(e);
	return rc;
}

static int top_run(struct opts *o)
{
	struct top t = { .opts = o, .live = !o->args.count };
	struct err e = ERR_INIT;
	bool usage = !t.live && o->events.count;
	int rc;

	if (usage) {
		cli_say("-e switches tracers on; a recording has the events it has");
		return CLI_USAGE;
	}
	set_up(&t);
	rc = open_deck(&t, &e);
	if (rc >= 0) {
		rc = enable_all(&t, &e);
		usage = rc == -ENOENT;
	}
	if (rc >= 0)
		rc = run(&t, &e);
	rc = finish(&t, rc, &e);
	return rc >= 0 ? t.status : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_top = {
	.name = "top",
	.args = "[-e TRACER]... [-p PID]... [-t SECONDS] [-n BLOCKS] [--json] [FILE]",
	.blurb = "count events by process, a table a second",
	.help =
	    "Prints the table of processes each second, the busiest on top: at most 20, or with\n"
	    "--json all of them, an object a line. -n ends after so many tables, -t after so\n"
	    "long. Without -e it counts who runs, begins and ends. With FILE one table of a\n"
	    "recording.",
	.opts = OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_PID) | OPT_BIT(OPT_COUNT) | OPT_BIT(OPT_TIME) |
		OPT_BIT(OPT_JSON) | OPT_BIT(OPT_MEMORY) | OPT_BIT(OPT_BUFFER) |
		OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = top_run,
};
