/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary: who and what is in recordings, counted.
 *
 * One walk over all pages, in which the summary folds, as on the dashboard; no row is made. Then
 * the process table and the event table, the largest first. With --by or -f rows are followed
 * once they are final (cli/counting.c), and memory is as flat.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>

#include "cli/choice.h"
#include "cli/cli.h"
#include "cli/counting.h"
#include "cli/counting_print.h"
#include "cli/histogram_print.h"
#include "cli/in_kernel.h"
#include "cli/stop.h"
#include "cli/summary_print.h"
#include "core/arena.h"
#include "core/cleanup.h"

#define MEMORY	   (64u << 20)
#define ROWS_FIRST 20

struct state {
	const struct opts *opts;
	struct deck *deck;
	struct processes model;
	struct table_state table;
	struct canvas canvas;
	struct summary_tables tables;
	struct filter *targets; /* of -p; NULL: everybody */
	bool counts;		/* rows are followed */
	struct counting counting;
	uint64_t group_memory;
};

static void on_forgetting(struct deck *d, uint64_t ts, void *data)
{
	struct state *s = data;

	(void)d;
	(void)ts;
	counting_keep(&s->counting);
}

static int open_deck(struct state *s, struct err *e)
{
	const struct opts *o = s->opts;
	struct deck_conf c = {
		.conf = o->conf,
		.light = s->counts,
		.files = o->args.v,
		.offsets = o->offset_ns,
		.forgetting = on_forgetting,
		.data = s,
	};
	int rc;

	counting_memory(&s->counting, MEMORY, &c.memory, &s->group_memory);
	rc = deck_new(&c, &s->deck, e);
	return rc < 0 ? rc : deck_open(s->deck, "replay", e);
}

/* What the command line asks of rows, as far as it can be judged once files are open. */
static int open_counting(struct state *s, struct err *e)
{
	int rc;

	if (!s->counts)
		return 0;
	rc = choice_events(s->opts, s->deck, e);
	if (rc >= 0)
		rc = counting_check(&s->counting, s->deck, e);
	if (rc >= 0)
		counting_open(&s->counting, s->group_memory);
	return rc;
}

static void set_up(struct state *s)
{
	setlocale(LC_CTYPE, "");
	s->canvas.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	processes_init(&s->model);
	s->model.only = s->targets;
	table_init(&s->table, process_columns, PROCESS_COLUMNS);
	table_set_columns(&s->table, PROCESS_COLUMNS_FIRST, NULL);
	s->table.sort = (int)s->model.sort;
	s->table.reverse = s->model.descending;
	s->table.cursor = UINT64_MAX; /* no row is marked */
}

/* Walks everything; nothing is kept. */
static int count(struct state *s, struct err *e)
{
	struct store *store = deck_store(s->deck);
	int rc = deck_start(s->deck, e);
	bool more = true;

	while (rc >= 0 && more) {
		more = deck_pump(s->deck);
		if (s->counts)
			counting_work(&s->counting);
		else
			store_forget(store, deck_horizon(s->deck));
		rc = stop_asked(e);
	}
	return rc;
}

static void count_losses(struct state *s)
{
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(deck_store(s->deck), i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		s->tables.events += src->events;
		s->tables.damaged += src->damaged;
		s->tables.processes.lost += src->lost;
		s->tables.processes.lost_unknown |= src->lost_unknown != 0;
	}
}

static void look_at_processes(struct state *s)
{
	struct processes_look look = {
		.summary = s->counts ? s->counting.summary : deck_summary(s->deck),
		.identity = deck_identity(s->deck),
		.ended = true,
	};
	struct deck_play play;

	deck_play_status(s->deck, &play);
	look.now = play.last;
	processes_look(&s->model, &look);
	if (s->model.unknown)
		table_set_columns(&s->table, PROCESS_COLUMNS_TIDS, NULL);
	s->tables.first = play.first;
	s->tables.last = play.last;
	s->tables.summary = look.summary;
	s->tables.processes.model = &s->model;
	s->tables.processes.state = &s->table;
	s->tables.processes.canvas = &s->canvas;
	s->tables.processes.first = true;
	s->tables.processes.rows = s->opts->limit == UINT64_MAX ? ROWS_FIRST : s->opts->limit;
}

/* How many of the rows were looked at and passed. */
static void count_passed(struct state *s)
{
	struct fold_stats stats;

	fold_stats(s->counting.fold, &stats);
	s->tables.events = stats.rows;
	s->tables.hidden = stats.hidden;
	s->tables.filtered = stats.hidden || !s->counting.among;
	s->tables.apart = stats.apart;
	s->tables.others = choice_apart(s->opts);
	s->tables.processes.lost += stats.missed;
}

static void put_tables(struct state *s, struct strbuf *out)
{
	look_at_processes(s);
	if (s->counts)
		count_passed(s);
	if (s->opts->json)
		summary_put_json(&s->tables, out);
	else if (s->opts->csv)
		summary_put_csv(&s->tables, out);
	else
		summary_put_text(&s->tables, out);
}

static void put_groups(struct state *s, struct strbuf *out)
{
	bool all = s->opts->json || s->opts->csv;
	struct counting_print p = {
		.counting = &s->counting,
		.lost = s->tables.processes.lost,
		.lost_unknown = s->tables.processes.lost_unknown,
		.damaged = s->tables.damaged,
		.first = true,
		.ascii = s->canvas.ascii,
		.rows = s->opts->limit == UINT64_MAX && !all ? ROWS_FIRST : s->opts->limit,
	};

	if (s->counting.heat) {
		histogram_put(&p, s->opts, out);
	} else if (s->opts->json) {
		counting_put_json(&p, out);
	} else if (s->opts->csv) {
		counting_put_csv(&p, out);
		counting_say_lacks(&p);
	} else {
		counting_put_text(&p, out);
	}
}

static int print(struct state *s)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };

	s->tables.deck = s->deck;
	count_losses(s);
	if (s->counting.table || s->counting.heat)
		put_groups(s, &out);
	else
		put_tables(s, &out);
	return cli_out(out.s, out.len);
}

static int run(struct state *s, struct err *e)
{
	int rc = count(s, e);

	if (rc >= 0)
		rc = print(s);
	if (rc == -EPIPE)
		return 0;
	if (rc >= 0 && deck_error(s->deck)) {
		*e = *deck_error(s->deck);
		rc = e->code;
	}
	return rc;
}

static int summary_run(struct opts *o)
{
	struct state s = { .opts = o };
	struct err e = ERR_INIT;
	bool usage = true;
	int rc = 0;

	if (o->in_kernel && !(o->json && o->csv))
		return in_kernel_run(o, true);
	else if (o->seconds_ns != UINT64_MAX)
		rc = err_set(&e, -EINVAL, "-t is of what happens now: with --in-kernel");
	else if (!o->args.count)
		rc = err_set(&e, -EINVAL, "which recording? tapdeck summary FILE...");
	else if (o->json && o->csv)
		rc = err_set(&e, -EINVAL, "either --json or --csv");
	s.counts = counting_wanted(o);
	if (rc >= 0)
		rc = counting_parse(&s.counting, o, &e);
	if (rc >= 0)
		rc = choice_check_follow(o, &e);
	if (rc >= 0)
		rc = choice_targets(o, &s.targets, &e);
	set_up(&s);
	stop_catch();
	if (rc >= 0) {
		usage = false;
		rc = open_deck(&s, &e);
	}
	if (rc >= 0) {
		rc = open_counting(&s, &e);
		usage = rc < 0;
	}
	if (rc >= 0)
		rc = run(&s, &e);
	counting_done(&s.counting);
	processes_done(&s.model);
	canvas_done(&s.canvas);
	filter_free(s.targets);
	deck_free(s.deck, NULL);
	if (rc < 0)
		cli_error(&e);
	return rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_summary = {
	.name = "summary",
	.args = "[-e TRACER]... [--by KEYS [--show MEASURES] [--sort COLUMN] | --histogram FIELD]\n"
		"                       [-f FILTER] [-p PID]... [-n ROWS] [--json|--csv] "
		"FILE...|--in-kernel [-t SECONDS]",
	.blurb = "count the events of recordings by process, by event, or by anything",
	.help =
	    "Prints who gave events in trace.dat files and which, the busiest first: the first\n"
	    "20 rows of each table, or as many as -n says; with --json and --csv all of\n"
	    "them. Where events were lost, counts are \"at least\". -p shows only the rows of\n"
	    "these processes; the table of events is of everybody. -f counts only events that\n"
	    "pass; -e only those of TRACER, which may be a latency pair.\n\n"
	    "--by makes one table instead: a row for each value of its keys. --show says what\n"
	    "is measured of each, without it count,rate,share. --histogram makes one of how\n"
	    "often which size of a number came, with percentiles.\n\n"
	    "  tapdeck summary --by comm,event trace.dat\n"
	    "  tapdeck summary --by syscall --show 'count,sum(ret)' -f 'ret > 0' trace.dat\n"
	    "  tapdeck summary --by comm,prev_state --sort comm trace.dat\n"
	    "  tapdeck summary -e pair:syscall --by syscall --show 'count,p99(latency)' "
	    "trace.dat\n"
	    "  tapdeck summary -e pair:runq --histogram latency trace.dat\n\n"
	    "--in-kernel lets the kernel pair and count what happens now, for -t SECONDS or until\n"
	    "a signal.\n\n"
	    "  tapdeck summary --in-kernel -t 10 -e pair:runq --by comm --show "
	    "'count,p99(latency)'",
	.opts = OPT_BIT(OPT_IN_KERNEL) | OPT_BIT(OPT_TIME) | OPT_BIT(OPT_EVENT) |
		OPT_BIT(OPT_PAIR) | OPT_BIT(OPT_BY) | OPT_BIT(OPT_SHOW) | OPT_BIT(OPT_HISTOGRAM) |
		OPT_BIT(OPT_SORT) | OPT_BIT(OPT_FILTER) | OPT_BIT(OPT_PID) | OPT_BIT(OPT_FOLLOW) |
		OPT_BIT(OPT_COUNT) | OPT_BIT(OPT_OFFSET) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_CSV) |
		OPT_BIT(OPT_MEMORY) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) |
		OPT_BIT(OPT_VERSION),
	.run = summary_run,
};
