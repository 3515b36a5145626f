/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary: who and what is in recordings, counted.
 *
 * One walk over all pages, in which the summary folds, as on the dashboard; no row is made. Then
 * the process table and the event table, the largest first.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>

#include "cli/cli.h"
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
	int32_t *pids;
};

static int open_deck(struct state *s, struct err *e)
{
	const struct opts *o = s->opts;
	struct deck_conf c = {
		.conf = o->conf,
		.memory = o->memory ? o->memory : MEMORY,
		.files = o->args.v,
		.offsets = o->offset_ns,
	};
	int rc = deck_new(&c, &s->deck, e);

	return rc < 0 ? rc : deck_open(s->deck, "replay", e);
}

static void set_up(struct state *s)
{
	const struct strlist *pids = &s->opts->pids;

	setlocale(LC_CTYPE, "");
	s->canvas.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	processes_init(&s->model);
	if (pids->count)
		s->pids = xcalloc(pids->count, sizeof(*s->pids));
	for (size_t i = 0; i < pids->count; i++)
		s->pids[i] = (int32_t)strtol(pids->v[i], NULL, 10);
	s->model.only = s->pids;
	s->model.only_count = pids->count;
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

static int print(struct state *s)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	struct processes_look look = {
		.summary = deck_summary(s->deck),
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
	s->tables.deck = s->deck;
	s->tables.processes.model = &s->model;
	s->tables.processes.state = &s->table;
	s->tables.processes.canvas = &s->canvas;
	s->tables.processes.first = true;
	s->tables.processes.rows = s->opts->limit == UINT64_MAX ? ROWS_FIRST : s->opts->limit;
	count_losses(s);
	if (s->opts->json)
		summary_put_json(&s->tables, &out);
	else if (s->opts->csv)
		summary_put_csv(&s->tables, &out);
	else
		summary_put_text(&s->tables, &out);
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

	if (!o->args.count)
		rc = err_set(&e, -EINVAL, "which recording? tapdeck summary FILE...");
	else if (o->json && o->csv)
		rc = err_set(&e, -EINVAL, "either --json or --csv");
	set_up(&s);
	stop_catch();
	if (rc >= 0) {
		usage = false;
		rc = open_deck(&s, &e);
	}
	if (rc >= 0)
		rc = run(&s, &e);
	processes_done(&s.model);
	canvas_done(&s.canvas);
	free(s.pids);
	deck_free(s.deck, NULL);
	if (rc < 0)
		cli_error(&e);
	return rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_summary = {
	.name = "summary",
	.args = "[-p PID]... [-n ROWS] [--json|--csv] FILE...",
	.blurb = "count the events of recordings by process and by event",
	.help =
	    "Prints who gave events in trace.dat files and which, the busiest first: the first\n"
	    "20 rows of each table, or as many as -n says; with --json and --csv all of\n"
	    "them. Where events were lost, counts are \"at least\". -p shows only the rows of\n"
	    "these processes; the table of events is of everybody.",
	.opts = OPT_BIT(OPT_PID) | OPT_BIT(OPT_COUNT) | OPT_BIT(OPT_OFFSET) | OPT_BIT(OPT_JSON) |
		OPT_BIT(OPT_CSV) | OPT_BIT(OPT_MEMORY) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) |
		OPT_BIT(OPT_VERSION),
	.run = summary_run,
};
