/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * histogram_print: see the header. Bars are powers of two and parts of them, as on the dashboard.
 */
#include "cli/histogram_print.h"

#include "cli/losses.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/scale.h"
#include "core/util.h"

#include <stdlib.h>

#define BARS_MOST 100
#define BAR_WIDTH 40

typedef unsigned long long ull;

static const struct {
	const char *name;
	double q;
} quantiles[] = { { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 } };

struct histogram {
	const struct counting_print *p;
	const struct numeric *number;
	struct loghist all;
	struct heat_stats stats;
	struct fold_stats fold;
	struct strbuf *out;
};

static bool at_least(const struct histogram *h)
{
	return h->p->lost || h->p->lost_unknown || h->p->damaged || h->fold.missed;
}

static double average(const struct histogram *h)
{
	return (double)h->all.sum / (double)h->all.total;
}

/* ---- text ---- */

struct bars {
	struct scale scale;
	int32_t first;
	uint32_t count;
	uint64_t *n, most;
};

static void count_bar(wide_t lo, wide_t hi, uint64_t n, void *data)
{
	struct bars *bars = data;
	uint64_t *bar = &bars->n[scale_at(bars->scale, lo) - bars->first];

	(void)hi;
	*bar += n;
	bars->most = MAX(bars->most, *bar);
}

static void put_bar(const struct histogram *h, uint64_t n, uint64_t most)
{
	unsigned full = (unsigned)((long double)n / (long double)most * BAR_WIDTH);

	for (unsigned i = 0; i < MAX(full, n ? 1u : 0u); i++)
		strbuf_str(h->out, h->p->ascii ? "#" : "\u2588");
}

static void put_line(const struct histogram *h, const struct bars *bars, uint32_t i)
{
	_cleanup_strbuf_ struct strbuf lo = { 0 }, hi = { 0 }, n = { 0 };
	int32_t part = bars->first + (int32_t)i;

	numeric_say(h->number, scale_first(bars->scale, part), &lo);
	if (scale_first(bars->scale, part) != scale_last(bars->scale, part)) {
		strbuf_str(&hi, "..");
		numeric_say(h->number, scale_last(bars->scale, part), &hi);
	}
	strbuf_grouped(&n, bars->n[i]);
	strbuf_fmt(h->out, "%14s%-16s %12s %5.1f%%", lo.s, strbuf_cstr(&hi), n.s,
		   100.0 * (double)bars->n[i] / (double)h->all.total);
	if (bars->n[i])
		strbuf_str(h->out, "  ");
	put_bar(h, bars->n[i], bars->most);
	strbuf_char(h->out, '\n');
}

static void put_bars(const struct histogram *h)
{
	struct bars bars = { 0 };

	bars.scale = scale_fit(h->all.least, h->all.greatest,
			       (uint32_t)MAX(MIN(h->p->rows, (uint64_t)BARS_MOST), (uint64_t)3));
	bars.first = scale_at(bars.scale, h->all.least);
	bars.count = scale_count(bars.scale, h->all.least, h->all.greatest);
	bars.n = xcalloc(bars.count, sizeof(*bars.n));
	loghist_each(&h->all, count_bar, &bars);
	for (uint32_t i = 0; i < bars.count; i++)
		put_line(h, &bars, i);
	free(bars.n);
}

static void put_name(const struct histogram *h, const char *name, wide_t v)
{
	strbuf_fmt(h->out, "  %s ", name);
	numeric_say(h->number, v, h->out);
}

static void put_numbers(const struct histogram *h)
{
	strbuf_str(h->out, "avg ");
	numeric_say_real(h->number, average(h), h->out);
	put_name(h, "sum", h->all.sum);
	put_name(h, "min", h->all.least);
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++)
		put_name(h, quantiles[i].name, loghist_quantile(&h->all, quantiles[i].q));
	put_name(h, "max", h->all.greatest);
	strbuf_char(h->out, '\n');
}

/* What the counts do not say, a line each. */
static void put_lacks(const struct histogram *h, struct strbuf *out)
{
	const struct counting_print *p = h->p;

	if (p->lost || p->lost_unknown) {
		strbuf_str(out, "lost: ");
		losses_put(out, p->lost, p->lost_unknown, " events");
		strbuf_str(out, "; what is counted is \"at least\"\n");
	}
	if (h->fold.missed)
		strbuf_fmt(out, "not counted: %llu events that left the memory before\n",
			   (ull)h->fold.missed);
	if (h->stats.lacking)
		strbuf_fmt(out, "without it: %llu events have no %s\n", (ull)h->stats.lacking,
			   numeric_name(h->number));
	if (p->damaged)
		strbuf_fmt(out, "damaged: %llu records\n", (ull)p->damaged);
}

static void put_text(const struct histogram *h)
{
	if (!h->p->first)
		strbuf_char(h->out, '\n');
	if (h->p->live)
		counting_put_clock(h->out);
	strbuf_fmt(h->out, "%s: ", numeric_name(h->number));
	strbuf_grouped(h->out, h->all.total);
	strbuf_str(h->out, h->all.total == 1 ? " value\n" : " values\n");
	if (h->all.total) {
		put_numbers(h);
		put_bars(h);
	}
	put_lacks(h, h->out);
}

/* ---- for programs ---- */

/* Of a live one each line says its time. */
static void put_json_time(const struct histogram *h)
{
	if (!h->p->live)
		return;
	strbuf_str(h->out, ",\"ts\":\"");
	strbuf_time(h->out, h->p->now, 9);
	strbuf_char(h->out, '"');
}

static void put_json_number(const struct histogram *h, const char *name, wide_t v)
{
	strbuf_fmt(h->out, ",\"%s\":", name);
	if (h->all.total)
		wide_text(h->out, v);
	else
		strbuf_str(h->out, "null");
}

static void put_json_part(wide_t lo, wide_t hi, uint64_t n, void *data)
{
	const struct histogram *h = data;
	struct strbuf *out = h->out;

	strbuf_str(out, "{\"table\":\"part\"");
	put_json_time(h);
	strbuf_str(out, ",\"lo\":");
	wide_text(out, lo);
	strbuf_str(out, ",\"hi\":");
	wide_text(out, hi);
	strbuf_fmt(out, ",\"count\":%llu}\n", (ull)n);
}

static void put_json(struct histogram *h)
{
	strbuf_str(h->out, "{\"table\":\"histogram\"");
	put_json_time(h);
	strbuf_fmt(h->out, ",\"field\":\"%s\",\"count\":%llu", numeric_name(h->number),
		   (ull)h->all.total);
	put_json_number(h, "sum", h->all.sum);
	if (h->all.total)
		strbuf_fmt(h->out, ",\"avg\":%.6f", average(h));
	else
		strbuf_str(h->out, ",\"avg\":null");
	put_json_number(h, "min", h->all.least);
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++)
		put_json_number(h, quantiles[i].name, loghist_quantile(&h->all, quantiles[i].q));
	put_json_number(h, "max", h->all.greatest);
	strbuf_fmt(h->out, ",\"lacking\":%llu,\"filtered\":%llu,\"lost\":%llu,\"missed\":%llu",
		   (ull)h->stats.lacking, (ull)h->fold.hidden, (ull)h->p->lost,
		   (ull)h->fold.missed);
	strbuf_fmt(h->out, ",\"damaged\":%llu,\"at_least\":%s}\n", (ull)h->p->damaged,
		   at_least(h) ? "true" : "false");
	loghist_each(&h->all, put_json_part, h);
}

static void put_csv_part(wide_t lo, wide_t hi, uint64_t n, void *data)
{
	struct strbuf *out = data;

	wide_text(out, lo);
	strbuf_char(out, ',');
	wide_text(out, hi);
	strbuf_fmt(out, ",%llu\n", (ull)n);
}

static void put_csv(const struct histogram *h)
{
	_cleanup_strbuf_ struct strbuf lacks = { 0 };
	char *save = NULL;

	strbuf_str(h->out, "lo,hi,count\n");
	loghist_each(&h->all, put_csv_part, h->out);
	put_lacks(h, &lacks);
	for (char *line = lacks.len ? strtok_r(lacks.s, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		cli_say("%s", line);
}

void histogram_put(const struct counting_print *p, const struct opts *o, struct strbuf *b)
{
	const struct counting *c = p->counting;
	struct histogram h = { .p = p, .number = c->number, .out = b };

	heat_sum(c->heat, 0, UINT64_MAX, &h.all);
	heat_stats(c->heat, &h.stats);
	fold_stats(c->fold, &h.fold);
	if (o->json)
		put_json(&h);
	else if (o->csv)
		put_csv(&h);
	else
		put_text(&h);
	loghist_done(&h.all);
}
