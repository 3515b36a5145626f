/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: the rows of recordings on standard output, as fast as all CPUs can make them.
 *
 * What was lost stands between the rows where it happened; what is wrong with a file is said at the
 * end, on standard error.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/choice.h"
#include "cli/losses.h"
#include "cli/report.h"
#include "cli/span.h"
#include "core/cleanup.h"
#include "sinks/columns.h"

#define MEMORY	 (128u << 20)
#define SETS_MAX 256

static const char *sink_name(const struct opts *o)
{
	return o->json ? "json" : o->csv ? "csv" : "text";
}

/*
 * One process does it all where rows depend on those before them, and where few are wanted. The
 * output is the same.
 */
static unsigned workers(const struct opts *o)
{
	uint64_t bytes = 0;
	struct stat st;

	if (o->limit != UINT64_MAX)
		return 1;
	if (o->columns && strstr(o->columns, "delta"))
		return 1;
	for (size_t i = 0; i < o->args.count; i++)
		bytes += stat(o->args.v[i], &st) == 0 ? (uint64_t)st.st_size : 0;
	return report_workers(bytes);
}

static int open_deck(struct report *r, struct err *e)
{
	const struct opts *o = r->opts;
	struct deck_conf c = {
		.conf = o->conf,
		.memory = o->memory ? o->memory : MEMORY,
		.light = true,
		.files = o->args.v,
		.offsets = o->offset_ns,
	};
	int rc = deck_new(&c, &r->deck, e);

	return rc < 0 ? rc : deck_open(r->deck, "replay", e);
}

/* Names that nothing has would be empty columns, silently. */
static int check_columns(const struct report *r, struct err *e)
{
	const struct schema_set *sets[SETS_MAX + 1] = { NULL };
	const struct source *src;

	for (unsigned i = 0; i < SETS_MAX && (src = store_source_at(deck_store(r->deck), i)); i++)
		sets[i] = src->schemas;
	return columns_check(r->opts->columns, sets, e);
}

static int print(const struct report *r, struct report_counts *c, struct err *e)
{
	struct turn alone = { .count = 1, .in = -1, .out = -1 };

	if (r->workers > 1)
		return report_team(r, c, e);
	report_rows(r, &alone, c);
	return 0;
}

/* How it was: nothing where all is well. */
static void say(const struct report_counts *c)
{
	_cleanup_strbuf_ struct strbuf lost = { 0 };

	losses_put(&lost, c->lost, c->lost_unknown != 0, " events");
	if (c->lost || c->lost_unknown)
		cli_say("lost while it was recorded: %s", lost.s);
	if (c->missed)
		cli_say("not printed: %llu events that left the store first; a larger --memory "
			"would help",
			(unsigned long long)c->missed);
	if (c->damaged[0])
		cli_say("%s", c->damaged);
	if (c->trouble.code)
		cli_error(&c->trouble);
	if (c->damage.code)
		cli_error(&c->damage);
}

static int run(struct report *r, struct err *e)
{
	struct report_counts c = { .error = ERR_INIT, .damage = ERR_INIT };
	int rc = print(r, &c, e);

	if (rc < 0)
		return rc;
	if (c.error.code) {
		*e = c.error;
		return e->code;
	}
	if (!c.gone)
		say(&c);
	return c.damage.code && !c.gone ? -EBADMSG : 0;
}

static int report_run(struct opts *o)
{
	struct report r = { .opts = o, .sink = sink_name(o), .to = UINT64_MAX };
	struct err e = ERR_INIT;
	bool usage = true;
	int rc;

	if (!o->args.count)
		rc = err_set(&e, -EINVAL, "which recording? tapdeck report FILE...");
	else if (o->json && o->csv)
		rc = err_set(&e, -EINVAL, "either --json or --csv");
	else
		rc = choice_filter(o, CHOICE_PIDS | CHOICE_EVENTS, &r.filter, &e);
	if (rc >= 0) {
		rc = open_deck(&r, &e);
		usage = false;
	}
	if (rc >= 0) {
		rc = span_read(o, r.deck, &r.from, &r.to, &e);
		if (rc >= 0)
			rc = choice_events(o, r.deck, &e);
		if (rc >= 0)
			rc = choice_times(&r.filter, r.deck, &e);
		if (rc >= 0 && r.filter)
			rc = choice_check(r.filter, r.deck, &e);
		if (rc >= 0 && o->columns)
			rc = check_columns(&r, &e);
		usage = rc < 0;
	}
	r.workers = workers(o);
	if (rc >= 0)
		rc = run(&r, &e);
	deck_free(r.deck, NULL);
	filter_free(r.filter);
	if (rc < 0)
		cli_error(&e);
	return rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_report = {
	.name = "report",
	.args = "[-f FILTER] [-p PID]... [-e TRACER]... [--from TIME] [--to TIME] "
		"[--columns NAMES] [--json|--csv] [--syscalls] [-n EVENTS] FILE...",
	.blurb = "print the events of recordings",
	.help =
	    "Prints the events of trace.dat files, merged in time: text like the kernel's, or\n"
	    "with --columns those columns; JSON or CSV. Uses all CPUs. Losses stand where they\n"
	    "happened. A TIME is in seconds as printed, +1.5 from the first event on, -1.5\n"
	    "before the last one, or HH:MM:SS. Columns: time wall delta cpu comm pid tid event\n"
	    "system info flags source, and any field of an event.",
	.opts = OPT_BIT(OPT_EVENT) | OPT_BIT(OPT_PAIR) | OPT_BIT(OPT_FILTER) | OPT_BIT(OPT_PID) |
		OPT_BIT(OPT_FOLLOW) | OPT_BIT(OPT_COUNT) | OPT_BIT(OPT_FROM) | OPT_BIT(OPT_TO) |
		OPT_BIT(OPT_OFFSET) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_CSV) | OPT_BIT(OPT_COLUMNS) |
		OPT_BIT(OPT_SYSCALLS) | OPT_BIT(OPT_MEMORY) | OPT_BIT(OPT_CONFIG) |
		OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION),
	.run = report_run,
};
