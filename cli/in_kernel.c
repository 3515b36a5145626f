/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * in_kernel: see the header.
 *
 * The deck has no tracer on: it keeps who is who. The pairs are in an instance of their own, that
 * records nothing. The events of the kernel that they are of are asked of a catalogue of our own.
 */
#include "cli/in_kernel.h"

#include <errno.h>
#include <stdlib.h>

#include "backends/pair_book.h"
#include "backends/pair_kernel.h"
#include "core/arena.h"
#include "core/util.h"
#include "tracefs/catalog.h"
#include "tracefs/dir.h"

/* Nothing is recorded there. */
#define BUFFER (64u << 10)
#define SUBBUF 4096

struct in_kernel {
	struct pair_book book;
	char *tracefs;
	struct schema_set *events, *derived;
	struct catalog *catalog;
	struct instance instance;
	struct pair_kernel **pairs;
	size_t count;
	bool stopped;
	struct hist_counts sum;	  /* of all pairs, when they were read last */
	struct hist_counts sides; /* when they were stopped */
	bool whole;		  /* every pair is counted, so what is not can be told */
};

int in_kernel_check(const struct opts *o, struct err *e)
{
	if (o->args.count)
		return err_set(e, -EINVAL, "--in-kernel is of what happens now, not of a file");
	if (!o->events.count)
		return err_set(e, -EINVAL, "--in-kernel pairs events: say which, -e pair:runq");
	if (!o->by)
		return err_set(e, -EINVAL,
			       "--in-kernel makes groups: say --by comm, or what you like");
	for (size_t i = 0; i < o->events.count; i++) {
		if (!pair_book_named(o->events.v[i]))
			return err_set(e, -EINVAL,
				       "--in-kernel: '%s' is no pair; pairs are pair:NAME",
				       o->events.v[i]);
	}
	return 0;
}

/* ---- opening ---- */

/* Whatever of the pair's events the kernel has comes into our set. */
static void find_events(struct in_kernel *k, const struct pair_events *list)
{
	for (unsigned i = 0; i < list->count; i++) {
		const struct schema *s;

		catalog_schema(k->catalog, list->v[i].system, list->v[i].event, &s, NULL);
	}
}

static int open_pair(struct in_kernel *k, const struct pair_spec *spec, struct counting *c,
		     struct deck *d, struct err *e)
{
	struct pair_kernel_conf conf = {
		.spec = spec,
		.events = k->events,
		.set = k->derived,
		.by = c->spec,
		.filter = c->filter,
		.identity = deck_identity(d),
		.guard = deck_guard(d),
		.instance = &k->instance,
	};
	int rc;

	find_events(k, &spec->start);
	find_events(k, &spec->end);
	k->pairs = xrealloc(k->pairs, k->count + 1, sizeof(*k->pairs));
	rc = pair_kernel_open(&conf, &k->pairs[k->count], e);
	if (rc >= 0)
		k->whole &= pair_kernel_is_whole(k->pairs[k->count++]);
	return rc;
}

/* Every pair that a pattern means; -ENOENT when it means none. */
static int open_named(struct in_kernel *k, const char *pattern, struct counting *c, struct deck *d,
		      struct err *e)
{
	size_t before = k->count;
	int rc = 0;

	for (size_t i = 0; i < k->book.count && rc >= 0; i++) {
		const struct pair_spec *s = k->book.v[i];

		if (pair_book_matches(s, pattern) && pair_book_find(&k->book, s->name) == s)
			rc = open_pair(k, s, c, d, e);
	}
	return rc < 0 || k->count > before ? rc : -ENOENT;
}

static int open_instance(struct in_kernel *k, struct deck *d, struct err *e)
{
	int rc = tracefs_find(false, &k->tracefs, e);

	if (rc >= 0)
		rc = hist_probe(k->tracefs, e);
	if (rc < 0)
		return rc;
	k->events = schema_set_new((struct machine) { .long_size = sizeof(long) });
	k->derived = schema_set_new((struct machine) { .long_size = sizeof(long) });
	rc = catalog_open(&k->catalog, k->tracefs, k->events, e);
	if (rc >= 0)
		rc = instance_open(&k->instance, deck_guard(d), k->tracefs, "hist", BUFFER, SUBBUF,
				   e);
	return rc < 0 ? rc : instance_on(&k->instance, true, e);
}

static int open_all(struct in_kernel *k, struct counting *c, struct deck *d, struct err *e)
{
	const struct opts *o = c->opts;
	int rc = open_instance(k, d, e);

	for (size_t i = 0; i < o->events.count && rc >= 0; i++) {
		rc = open_named(k, o->events.v[i], c, d, e);
		/* Names that nobody knows are complained about where pairs are made here. */
		if (rc == -ENOENT && !e->text[0])
			err_set(e, rc, "there is no pair '%s'", o->events.v[i]);
	}
	return rc;
}

int in_kernel_open(struct counting *c, struct deck *d, struct in_kernel **ret, bool *usage,
		   struct err *e)
{
	struct in_kernel *k = xcalloc(1, sizeof(*k));
	const struct schema_set *set;
	struct err why = ERR_INIT;
	int rc;

	k->whole = true;
	k->instance.lock_fd = -1;
	rc = pair_book_open(&k->book, c->opts->conf, e);
	*usage = rc < 0;
	if (rc < 0) {
		in_kernel_close(k, NULL);
		return rc;
	}
	rc = open_all(k, c, d, &why);
	if (rc < 0) {
		cli_say("pairs are made here, not in the kernel: %s", why.text);
		rc = in_kernel_close(k, e);
		return rc < 0 ? rc : 0;
	}
	set = k->derived;
	rc = group_spec_check(c->spec, c->opts->by, c->opts->show, &set, 1, e);
	*usage = rc < 0;
	if (rc < 0) {
		in_kernel_close(k, NULL);
		return rc;
	}
	*ret = k;
	return 1;
}

/* ---- reading ---- */

static void add_counts(struct hist_counts *to, const struct hist_counts *c)
{
	to->pairs += c->pairs;
	to->pairs_dropped += c->pairs_dropped;
	to->parts_dropped += c->parts_dropped;
	to->starts += c->starts;
	to->starts_dropped += c->starts_dropped;
	to->ends += c->ends;
	to->ends_dropped += c->ends_dropped;
	to->odd += c->odd;
}

static int sum_up(struct in_kernel *k, bool sides, struct hist_counts *ret, struct err *e)
{
	int rc = 0;

	*ret = (struct hist_counts) { 0 };
	for (size_t i = 0; i < k->count && rc >= 0; i++) {
		struct hist_counts c;

		rc = pair_kernel_counts(k->pairs[i], sides, &c, e);
		add_counts(ret, &c);
	}
	return rc;
}

int in_kernel_read(struct in_kernel *k, struct counting *c, uint64_t now, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < k->count && rc >= 0; i++)
		rc = pair_kernel_read(k->pairs[i], c->table, now, e);
	return rc < 0 ? rc : sum_up(k, false, &k->sum, e);
}

int in_kernel_stop(struct in_kernel *k, struct counting *c, uint64_t now, struct err *e)
{
	int rc = in_kernel_read(k, c, now, e);

	/* What is told of starts and ends goes with their triggers. */
	if (rc >= 0)
		rc = sum_up(k, true, &k->sides, e);
	for (size_t i = 0; i < k->count && rc >= 0; i++)
		rc = pair_kernel_stop(k->pairs[i], e);
	k->stopped = rc >= 0;
	return rc < 0 ? rc : in_kernel_read(k, c, now, e);
}

/* ---- what is to be known ---- */

static void note(struct strbuf *b, const char *what, uint64_t count, const char *why)
{
	if (!count)
		return;
	strbuf_fmt(b, "%s: ", what);
	strbuf_grouped(b, count);
	strbuf_fmt(b, " %s\n", why);
}

static bool has_parts(const struct in_kernel *k)
{
	for (size_t i = 0; i < k->count; i++) {
		if (pair_kernel_has_parts(k->pairs[i]))
			return true;
	}
	return false;
}

bool in_kernel_notes(const struct in_kernel *k, struct strbuf *b)
{
	const struct hist_counts *c = &k->sum, *s = &k->sides;

	strbuf_fmt(b, "paired by the kernel%s%s\n", has_parts(k) ? "; " : "",
		   has_parts(k) ? PAIR_KERNEL_BOUND : "");
	note(b, "not counted", c->pairs_dropped,
	     "pairs whose group found no room in the kernel: \"at least\"");
	note(b, "in no percentile", c->parts_dropped, "pairs that found no room in the kernel");
	note(b, "not understood", c->odd, "lines of the kernel's histograms");
	if (k->stopped) {
		note(b, "no room for a start", s->starts_dropped, "times: \"at least\"");
		note(b, "no room for an end", s->ends_dropped, "times: \"at least\"");
		/* The tables are read one behind the other, while events go on. */
		if (k->whole && s->starts > s->pairs)
			note(b, "starts without an end", s->starts - s->pairs, "or so");
		if (k->whole && s->ends > s->pairs)
			note(b, "ends without a start", s->ends - s->pairs, "or so");
	}
	return c->pairs_dropped || c->odd || s->starts_dropped || s->ends_dropped;
}

int in_kernel_close(struct in_kernel *k, struct err *e)
{
	struct err *say = e;
	int rc = 0, one;

	if (!k)
		return 0;
	/* The first complaint is the one that is told. */
	for (size_t i = k->count; i-- > 0;) {
		one = pair_kernel_close(k->pairs[i], say);
		if (one < 0 && rc >= 0) {
			rc = one;
			say = NULL;
		}
	}
	if (k->instance.path) {
		one = instance_close(&k->instance, say);
		rc = rc < 0 ? rc : one;
	}
	catalog_close(k->catalog);
	schema_set_free(k->events);
	schema_set_free(k->derived);
	pair_book_close(&k->book);
	free(k->pairs);
	free(k->tracefs);
	free(k);
	return rc;
}
