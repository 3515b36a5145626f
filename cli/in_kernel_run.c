/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * in_kernel_run: the loop of --in-kernel: sleeps, looks at the kernel's tables, prints.
 *
 * Nothing comes that could be lost while a reader is slow: so it just writes. Where the kernel
 * cannot pair and one table is asked for, rows are followed as usual and written about at the end.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "cli/counting_print.h"
#include "cli/in_kernel.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"

#define MEMORY (64u << 20)
#define PERIOD NSEC_PER_SEC
#define ROWS   20 /* of a table for people, unless said otherwise */

struct tables {
	struct opts *opts;
	bool once;
	struct deck *deck;
	struct counting counting;
	struct in_kernel *kernel; /* NULL: pairs are made here */
	struct poller_timer *second, *end;
	uint64_t blocks;
	struct err error;
	int status; /* of what was written */
};

static void stop(struct tables *r)
{
	poller_stop(deck_poller(r->deck), 0);
}

static void fail(struct tables *r, const struct err *e)
{
	if (!r->error.code)
		r->error = *e;
	stop(r);
}

/* ---- tables ---- */

static void print(struct tables *r, uint64_t now)
{
	const struct opts *o = r->opts;
	_cleanup_strbuf_ struct strbuf out = { 0 }, notes = { 0 };
	struct counting_print p = {
		.counting = &r->counting,
		.now = now,
		.rows = r->once && o->limit != UINT64_MAX ? o->limit
			: o->json || o->csv		  ? UINT64_MAX
							  : ROWS,
		.live = true,
		.first = !r->blocks++,
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
	};

	if (r->kernel)
		p.fewer = in_kernel_notes(r->kernel, &notes);
	p.notes = strbuf_cstr(&notes);
	if (o->json)
		counting_put_json(&p, &out);
	else if (o->csv)
		counting_put_csv(&p, &out);
	else
		counting_put_text(&p, &out);
	if (o->csv || (o->json && r->once))
		counting_say_lacks(&p);
	r->status = cli_out(out.s, out.len);
	if (r->status)
		stop(r);
}

static void on_second(void *data)
{
	struct tables *r = data;
	struct err e = ERR_INIT;
	uint64_t now = clock_mono();

	if (in_kernel_read(r->kernel, &r->counting, now, &e) < 0) {
		fail(r, &e);
		return;
	}
	group_tick(r->counting.table, now);
	if (r->blocks + 1 >= r->opts->limit)
		stop(r);
	else
		print(r, now);
}

static void on_end(void *data)
{
	stop(data);
}

static void on_signal(int signo, void *data)
{
	(void)signo;
	stop(data);
}

static void on_changed(struct deck *d, void *data)
{
	struct tables *r = data;

	(void)d;
	if (r->counting.fold)
		counting_work(&r->counting);
}

static void on_forgetting(struct deck *d, uint64_t ts, void *data)
{
	struct tables *r = data;

	(void)d;
	(void)ts;
	counting_keep(&r->counting);
}

/* ---- opening ---- */

static int open_deck(struct tables *r, uint64_t *groups, struct err *e)
{
	const struct opts *o = r->opts;
	struct deck_conf c = {
		.conf = o->conf,
		.buffer = o->buffer,
		.live = true,
		.light = true,
		.changed = on_changed,
		.forgetting = on_forgetting,
		.data = r,
	};
	struct poller *p;
	int rc;

	counting_memory(&r->counting, MEMORY, &c.memory, groups);
	rc = deck_new(&c, &r->deck, e);
	if (rc < 0)
		return rc;
	p = deck_poller(r->deck);
	for (size_t i = 0; i < 3 && rc >= 0; i++)
		rc = poller_signal_add(p, (const int[]) { SIGINT, SIGTERM, SIGHUP }[i], on_signal,
				       r, e);
	if (rc >= 0)
		rc = deck_open(r->deck, "tracefs", e);
	r->second = poller_timer_add(p, on_second, r);
	r->end = poller_timer_add(p, on_end, r);
	return rc;
}

/* Pairs are made here. */
static int enable_here(struct tables *r, struct err *e)
{
	const struct strlist *events = &r->opts->events;
	int rc = 0;

	for (size_t i = 0; i < events->count && rc >= 0; i++)
		rc = deck_enable(r->deck, events->v[i], true, NULL, e);
	return rc < 0 ? rc : counting_check(&r->counting, r->deck, e);
}

/* 0, IN_KERNEL_CANNOT where nothing is to be done, or an error with e filled. */
static int open_all(struct tables *r, bool *usage, struct err *e)
{
	uint64_t groups;
	int rc = in_kernel_check(r->opts, e);

	*usage = true;
	if (rc >= 0)
		rc = counting_parse(&r->counting, r->opts, e);
	if (rc < 0)
		return rc;
	*usage = false;
	rc = open_deck(r, &groups, e);
	if (rc >= 0)
		rc = in_kernel_open(&r->counting, r->deck, &r->kernel, usage, e);
	if (rc < 0)
		return rc;
	if (!rc && !r->once)
		return IN_KERNEL_CANNOT;
	if (!rc) {
		rc = enable_here(r, e);
		*usage = rc < 0;
		if (rc < 0)
			return rc;
	}
	r->counting.deck = r->deck;
	counting_open(&r->counting, groups);
	return 0;
}

/* ---- running ---- */

static int run(struct tables *r, struct err *e)
{
	struct poller *p = deck_poller(r->deck);
	int rc = deck_start(r->deck, e);

	if (rc < 0)
		return rc;
	group_tick(r->counting.table, clock_mono());
	if (!r->once)
		poller_timer_set(p, r->second, PERIOD, PERIOD);
	if (r->opts->seconds_ns != UINT64_MAX)
		poller_timer_set(p, r->end, r->opts->seconds_ns, 0);
	if (r->opts->limit)
		rc = poller_run(p, e);
	deck_stop(r->deck);
	if (r->error.code) {
		*e = r->error;
		return e->code;
	}
	if (rc < 0 || r->status || !r->opts->limit)
		return rc;
	if (r->kernel)
		rc = in_kernel_stop(r->kernel, &r->counting, clock_mono(), e);
	else
		counting_work(&r->counting);
	if (rc >= 0) {
		group_tick(r->counting.table, clock_mono());
		print(r, clock_mono());
	}
	return rc;
}

int in_kernel_run(struct opts *o, bool once)
{
	struct tables r = { .opts = o, .once = once, .error = ERR_INIT };
	struct err e = ERR_INIT, undo = ERR_INIT;
	bool usage = true;
	int rc;

	setlocale(LC_CTYPE, "");
	rc = o->histogram ? err_set(&e, -EINVAL, "either --histogram or --in-kernel")
			  : open_all(&r, &usage, &e);
	if (!rc)
		rc = run(&r, &e);
	if (in_kernel_close(r.kernel, &undo) < 0)
		cli_say("not everything could be undone: %s", undo.text);
	counting_done(&r.counting);
	if (deck_free(r.deck, &undo) > 0)
		cli_say("not everything could be undone: %s", undo.text);
	if (rc == IN_KERNEL_CANNOT && !e.code)
		return IN_KERNEL_CANNOT;
	if (rc < 0) {
		cli_error(&e);
		return usage ? CLI_USAGE : CLI_FAILED;
	}
	return cli_status(r.status);
}
