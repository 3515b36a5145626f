/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spectrum: a fold into a heat, in budgeted steps, anew with every other filter.
 */
#include "tui/spectrum.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"

#define SLICE	(4u << 20)	      /* bytes of records an update */
#define PATIENT (300 * NSEC_PER_MSEC) /* so long the old picture stays while it is counted anew */
#define SETS	64

static int check(const struct numeric *n, struct ui *ui, struct err *e)
{
	const struct schema_set *sets[SETS];
	const struct source *src;
	size_t count = 0;

	for (unsigned i = 0; (src = store_source_at(deck_store(ui_deck(ui)), i)); i++)
		if (!(src->flags & SOURCE_HIDDEN) && count < SETS)
			sets[count++] = src->schemas;
	return numeric_check(n, sets, count, e);
}

int spectrum_open(struct spectrum *s, struct ui *ui, const char *field, uint32_t slots,
		  struct err *e)
{
	struct heat_conf heat = { .to = UINT64_MAX, .step = UINT64_MAX, .slots = slots };
	struct fold_conf fold = {
		.store = deck_store(ui_deck(ui)),
		.identity = deck_identity(ui_deck(ui)),
		.ops = &heat_fold_ops,
		.newest_first = true,
	};
	int rc = numeric_new(field, &s->field, e);

	s->ui = ui;
	if (rc >= 0)
		rc = check(s->field, ui, e);
	if (rc < 0)
		return rc;
	heat.field = s->field;
	fold.data = s->heat = heat_new(&heat);
	fold.filter = ui_scope(ui)->filter;
	s->scope_version = ui_scope(ui)->version;
	s->fold = fold_new(&fold);
	s->began = clock_mono();
	return 0;
}

void spectrum_close(struct spectrum *s)
{
	fold_free(s->fold);
	heat_free(s->heat);
	numeric_free(s->field);
	*s = (struct spectrum) { 0 };
}

static void restart(struct spectrum *s)
{
	fold_restart(s->fold, ui_scope(s->ui)->filter);
	s->scope_version = ui_scope(s->ui)->version;
	s->began = clock_mono();
	s->caught_up = false;
}

void spectrum_begin(struct spectrum *s, uint64_t from, uint64_t to, uint64_t step)
{
	heat_begin(s->heat, from, to, step);
	restart(s);
}

/* The horizon, but never beyond the rows there are: so it stands still when nothing comes. */
static uint64_t horizon_of(const struct spectrum *s)
{
	struct store_stats stats;

	store_stats(deck_store(ui_deck(s->ui)), &stats);
	return MIN(deck_horizon(ui_deck(s->ui)), stats.last + 1);
}

bool spectrum_work(struct spectrum *s)
{
	struct fold_stats was = s->stats;
	bool counting = s->counting;

	if (s->scope_version != ui_scope(s->ui)->version)
		restart(s);
	s->counting = fold_work(s->fold, horizon_of(s), SLICE);
	s->caught_up |= !s->counting;
	fold_stats(s->fold, &s->stats);
	return s->counting != counting || memcmp(&was, &s->stats, sizeof(was)) != 0;
}

bool spectrum_is_worth(const struct spectrum *s)
{
	return s->caught_up || clock_mono() - s->began > PATIENT;
}

/* ---- words ---- */

static void put_count(struct strbuf *out, uint64_t n, const char *what)
{
	strbuf_str(out, ", ");
	strbuf_grouped(out, n);
	strbuf_str(out, what);
}

void spectrum_status(const struct spectrum *s, struct strbuf *out)
{
	const struct fold_stats *f = &s->stats;
	struct heat_stats h;

	heat_stats(s->heat, &h);
	strbuf_str(out, numeric_name(s->field));
	put_count(out, h.counted, h.counted == 1 ? " row" : " rows");
	if (s->counting && f->total)
		strbuf_fmt(out, ", %u%% of what is here", (unsigned)(f->bytes * 100 / f->total));
	if (h.lacking)
		put_count(out, h.lacking, " without it");
	if (f->lost)
		put_count(out, f->lost, " events lost");
	else if (f->lost_unknown)
		strbuf_str(out, ", events were lost");
	if (f->missed)
		put_count(out, f->missed, " left unseen");
}

/* ---- narrowing ---- */

void spectrum_seconds(struct strbuf *out, uint64_t ts)
{
	strbuf_time(out, ts, 9);
	while (out->s[out->len - 1] == '0' && out->s[out->len - 2] != '.')
		strbuf_cut(out, out->len - 1);
}

static void put_label(const struct spectrum *s, const struct spectrum_area *a, bool exclude,
		      struct strbuf *out)
{
	strbuf_fmt(out, "%s%s ", exclude ? "not " : "", numeric_name(s->field));
	numeric_say_range(s->field, a->lo, a->hi, out);
	if (!a->until)
		return;
	strbuf_str(out, " at ");
	spectrum_seconds(out, a->from);
	strbuf_str(out, " for ");
	strbuf_duration(out, (double)(a->until - a->from));
}

static void put_area(const struct spectrum *s, const struct spectrum_area *a, struct strbuf *out)
{
	numeric_range(s->field, a->lo, a->hi, out);
	if (!a->until)
		return;
	strbuf_str(out, " and time >= ");
	spectrum_seconds(out, a->from);
	strbuf_str(out, " and time < ");
	spectrum_seconds(out, a->until);
}

bool spectrum_narrow(struct spectrum *s, const struct spectrum_area *a, bool exclude)
{
	_cleanup_strbuf_ struct strbuf text = { 0 }, label = { 0 };
	struct err e = ERR_INIT;

	/* What lacks the field is neither in the area nor out of it. */
	if (exclude)
		strbuf_fmt(&text, "not (exists %s and ", numeric_name(s->field));
	put_area(s, a, &text);
	if (exclude)
		strbuf_char(&text, ')');
	put_label(s, a, exclude, &label);
	if (scope_push(ui_scope(s->ui), label.s, text.s, &e) >= 0)
		return true;
	ui_say(s->ui, LOOK_ERROR, "%s", e.text);
	return false;
}
