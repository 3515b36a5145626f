/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top: the process table on standard output, a block a second.
 *
 * The model and the columns are those of the dashboard's processes pane. What a block
 * counts is all that came until then; the last one is taken after the tap was closed, so it
 * lacks nothing. Rows themselves are not kept. With --by the table is one of groups
 * (cli/counting.c), with --histogram there is none but bars, and with -f only rows that pass count.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "backends/deck.h"
#include "cli/choice.h"
#include "cli/cli.h"
#include "cli/counting.h"
#include "cli/counting_print.h"
#include "cli/histogram_print.h"
#include "cli/in_kernel.h"
#include "cli/top_print.h"
#include "cli/top_tables.h"
#include "core/arena.h"
#include "sinks/out.h"

#define MEMORY (64u << 20)
#define PERIOD NSEC_PER_SEC
#define ROWS   20

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
	struct strbuf out;	 /* what the reader has not taken yet */
	struct poller_fd *watch; /* of fd; NULL: a file, which is always ready */
	int fd;
	struct poller_timer *second, *end;
	struct filter *targets; /* of -p; NULL: everybody */
	uint64_t blocks, deadline;
	uint64_t lost;
	bool lost_unknown, live;
	bool cut;	  /* a signal ended it: no last block */
	bool gone;	  /* nobody reads any more, or nothing can be written */
	bool last;	  /* the last block is on its way */
	uint64_t skipped; /* blocks for which the reader was too slow */
	bool counts;	  /* rows are followed: --by or -f */
	struct counting counting;
	uint64_t group_memory;
	struct err error;
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

static void look_at_processes(struct top *t)
{
	struct processes_look l = {
		.summary = t->counts ? t->counting.summary : deck_summary(t->deck),
		.identity = deck_identity(t->deck),
		.now = block_time(t),
		/* Less than a second is rated as a whole, like a recording. */
		.ended = !t->live || (t->last && !t->model.rated),
	};

	processes_look(&t->model, &l);
	if (!t->live && t->model.unknown)
		table_set_columns(&t->table, PROCESS_COLUMNS_TIDS, NULL);
}

static void look(struct top *t)
{
	if (!t->counting.table && !t->counting.heat)
		look_at_processes(t);
	else if (t->counting.table && t->live)
		group_tick(t->counting.table, block_time(t));
	count_losses(t);
}

/* Writes as much as the reader takes now. */
static void flush(struct top *t)
{
	struct err e = ERR_INIT;
	int rc = out_flush(&t->out, t->fd, &e);

	if (t->watch)
		poller_fd_mod(deck_poller(t->deck), t->watch, rc == -EAGAIN ? EPOLLOUT : 0);
	if (rc == -EAGAIN && t->watch)
		return;
	if (rc < 0) {
		if (rc != -EPIPE) /* "| head" has what it wanted */
			t->error = e;
		t->gone = true;
	}
	if (t->gone || t->last)
		stop(t);
}

static void print_processes(struct top *t)
{
	struct top_table table = {
		.model = &t->model,
		.state = &t->table,
		.canvas = &t->canvas,
		.lost = t->lost,
		.lost_unknown = t->lost_unknown,
		.live = t->live,
		.first = t->blocks == 1,
	};

	if (t->opts->json)
		top_put_json(&table, &t->out);
	else
		top_put_text(&table, &t->out);
}

static void print_counted(struct top *t)
{
	struct counting_print p = {
		.counting = &t->counting,
		.now = block_time(t),
		.rows = t->opts->json ? UINT64_MAX : ROWS,
		.lost = t->lost,
		.lost_unknown = t->lost_unknown,
		.live = t->live,
		.first = t->blocks == 1,
		.ascii = t->canvas.ascii,
	};

	if (t->counting.heat)
		histogram_put(&p, t->opts, &t->out);
	else if (t->opts->json)
		counting_put_json(&p, &t->out);
	else
		counting_put_text(&p, &t->out);
}

static void print(struct top *t)
{
	if (t->counting.table || t->counting.heat)
		print_counted(t);
	else
		print_processes(t);
}

/* A reader who did not take the block before gets none: counting goes on. */
static void block(struct top *t)
{
	t->blocks++;
	look(t);
	if (t->out.len && !t->last) {
		t->skipped++;
		return;
	}
	print(t);
	flush(t);
}

/* ---- what happens ---- */

static void on_second(void *data)
{
	struct top *t = data;

	if (t->blocks + 1 >= t->opts->limit)
		stop(t);
	else if (clock_mono() + PERIOD / 4 < t->deadline)
		block(t);
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

static void on_out(int fd, uint32_t events, void *data)
{
	struct top *t = data;

	(void)fd;
	if (events & (EPOLLERR | EPOLLHUP)) {
		t->gone = true;
		stop(t);
	} else if (events & EPOLLOUT) {
		flush(t);
	}
}

/* Only counts are wanted: pages may go as soon as they were walked. */
static void on_changed(struct deck *d, void *data)
{
	struct top *t = data;

	if (t->counting.fold)
		counting_work(&t->counting);
	else if (t->live)
		store_forget(deck_store(d), deck_horizon(d));
	if (!t->live && deck_at_end(d))
		stop(t);
}

static void on_forgetting(struct deck *d, uint64_t ts, void *data)
{
	struct top *t = data;

	(void)d;
	(void)ts;
	counting_keep(&t->counting);
}

/* ---- setting up ---- */

static int open_deck(struct top *t, struct err *e)
{
	const struct opts *o = t->opts;
	struct deck_conf c = {
		.conf = o->conf,
		.buffer = o->buffer,
		.objects = o->objects.v,
		.live = t->live,
		.light = t->counts,
		.files = o->args.v,
		.offsets = o->offset_ns,
		.changed = on_changed,
		.forgetting = on_forgetting,
		.data = t,
	};
	struct poller *p;
	int rc;

	counting_memory(&t->counting, MEMORY, &c.memory, &t->group_memory);
	rc = deck_new(&c, &t->deck, e);
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
	poller_fd_add(p, t->fd, 0, on_out, t, &t->watch, NULL);
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
	const struct opts *o = t->opts;

	if (t->live && (o->events.count || o->objects.count))
		return choice_enable(o, t->deck, e);
	return t->live ? enable_defaults(t, e) : 0;
}

/* What the command line asks of rows, as far as it can be judged once tracers are on. */
static int open_counting(struct top *t, struct err *e)
{
	struct capture c = { .filter = t->counting.filter };
	bool kernel;
	int rc;

	if (!t->counts)
		return 0;
	rc = counting_check(&t->counting, t->deck, e);
	if (rc >= 0 && t->live)
		rc = choice_capture(&c, t->deck, &kernel, e);
	if (rc >= 0)
		counting_open(&t->counting, t->group_memory);
	return rc;
}

static void set_up(struct top *t)
{
	setlocale(LC_CTYPE, "");
	t->canvas.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	processes_init(&t->model);
	table_init(&t->table, process_columns, PROCESS_COLUMNS);
	table_set_columns(&t->table, PROCESS_COLUMNS_FIRST, NULL);
	t->table.sort = (int)t->model.sort;
	t->table.reverse = t->model.descending;
	t->table.cursor = UINT64_MAX; /* no row is marked */
	t->deadline = UINT64_MAX;
}

/* The last block lacks nothing, and is waited for until the reader took it or a signal comes. */
static int last_block(struct top *t, struct err *e)
{
	struct poller *p = deck_poller(t->deck);

	poller_timer_cancel(p, t->second);
	poller_timer_cancel(p, t->end);
	t->last = true;
	block(t);
	return t->out.len && !t->gone ? poller_run(p, e) : 0;
}

static int run(struct top *t, struct err *e)
{
	struct poller *p = deck_poller(t->deck);
	int rc = deck_start(t->deck, e);

	if (rc < 0)
		return rc;
	if (t->live) {
		look(t); /* what rates are counted from */
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
		rc = last_block(t, e);
	if (t->skipped)
		cli_say("not printed: %llu tables for which the reader was too slow",
			(unsigned long long)t->skipped);
	return rc;
}

static int finish(struct top *t, int rc, struct err *e)
{
	struct err undo = ERR_INIT;

	if (rc >= 0 && t->error.code) {
		*e = t->error;
		rc = e->code;
	}
	if (rc >= 0 && deck_error(t->deck)) {
		*e = *deck_error(t->deck);
		rc = e->code;
	}
	counting_done(&t->counting);
	processes_done(&t->model);
	canvas_done(&t->canvas);
	strbuf_done(&t->out);
	filter_free(t->targets);
	if (t->fd != STDOUT_FILENO)
		close(t->fd);
	if (deck_free(t->deck, &undo) > 0)
		cli_say("not everything could be undone: %s", undo.text);
	if (rc < 0)
		cli_error(e);
	return rc;
}

/* Up to where everything is on; *usage: what fails is the command line's fault. */
static int open_top(struct top *t, bool *usage, struct err *e)
{
	int rc;

	*usage = true;
	if (!t->live && t->opts->events.count)
		return err_set(e, -EINVAL,
			       "-e switches tracers on; a recording has the events it has");
	t->counts = counting_wanted(t->opts);
	rc = counting_parse(&t->counting, t->opts, e);
	if (rc >= 0)
		rc = choice_check_follow(t->opts, e);
	if (rc >= 0)
		rc = choice_targets(t->opts, &t->targets, e);
	if (rc < 0)
		return rc;
	t->model.only = t->targets;
	*usage = false;
	rc = open_deck(t, e);
	if (rc < 0)
		return rc;
	rc = enable_all(t, e);
	*usage = rc == -ENOENT;
	if (rc < 0)
		return rc;
	rc = open_counting(t, e);
	*usage = rc < 0;
	return rc;
}

static int top_run(struct opts *o)
{
	struct top t = { .opts = o, .live = !o->args.count, .error = ERR_INIT };
	struct err e = ERR_INIT;
	bool usage;
	int rc = o->in_kernel ? in_kernel_run(o, false) : IN_KERNEL_CANNOT;

	if (rc != IN_KERNEL_CANNOT)
		return rc;
	rc = top_tables_run(o);
	if (rc != TOP_TABLES_NOT)
		return rc;
	t.fd = cli_open_out();
	set_up(&t);
	rc = open_top(&t, &usage, &e);
	if (rc >= 0)
		rc = run(&t, &e);
	rc = finish(&t, rc, &e);
	return rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_top = {
	.name = "top",
	.args =
	    "[-e TRACER]... [--by KEYS [--show MEASURES] [--sort COLUMN] | --histogram FIELD]\n"
	    "                   [-f FILTER] [-p PID]... [-t SECONDS] [-n BLOCKS] [--json] [FILE]",
	.blurb = "count events by process or by anything, a table a second",
	.help =
	    "Prints the table of processes each second, the busiest on top: at most 20, or with\n"
	    "--json all of them, an object a line. -n ends after so many tables, -t after so\n"
	    "long. Without -e it counts who runs, begins and ends. With FILE one table of a\n"
	    "recording. -f counts only events that pass.\n\n"
	    "--by makes a table of groups instead: a row for each value of its keys. --show\n"
	    "says what is measured of each, without it count,rate,share. --histogram makes one\n"
	    "of how often which size of a number came, since the beginning.\n\n"
	    "  tapdeck top -e raw_syscalls:sys_enter --by comm,syscall\n"
	    "  tapdeck top -e irq --by irq_handler_entry.name,cpu --sort -count\n"
	    "  tapdeck top -e kmem:kmalloc --by comm --show 'count,sum(bytes_alloc)'\n\n"
	    "--in-kernel lets the kernel pair and count what -e pair:NAME says, where it can. Of\n"
	    "BPF programs that count in the kernel (-e bpf:NAME alone) it prints the tables.",
	.opts = OPT_BIT(OPT_IN_KERNEL) | OPT_BIT(OPT_BY) | OPT_BIT(OPT_SHOW) | OPT_BIT(OPT_SORT) |
		OPT_BIT(OPT_HISTOGRAM) | OPT_BIT(OPT_FILTER) | OPT_BIT(OPT_EVENT) |
		OPT_BIT(OPT_PAIR) | OPT_BIT(OPT_BPF) | OPT_BIT(OPT_SET) | OPT_BIT(OPT_PID) |
		OPT_BIT(OPT_FOLLOW) | OPT_BIT(OPT_COUNT) | OPT_BIT(OPT_TIME) | OPT_BIT(OPT_OFFSET) |
		OPT_BIT(OPT_JSON) | OPT_BIT(OPT_MEMORY) | OPT_BIT(OPT_BUFFER) |
		OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = top_run,
};
