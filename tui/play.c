/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * play: loading and playing a recording: keys in, words out.
 *
 * Views follow the horizon whoever moves it, so a recording that plays looks like events that
 * happen now.
 */
#include "tui/play.h"

#include <errno.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/ui_private.h"

#define SPEED_LEAST 0.001
#define SPEED_MOST  1000.0
#define BAR_WIDTH   16
#define LINE_SHARE  36 /* columns that the flow keeps beside it */
#define LINE_LEAST  24

/* ---- what goes on ---- */

static bool is_same(const struct deck_play *a, const struct deck_play *b)
{
	return a->recording == b->recording && a->loaded == b->loaded && a->total == b->total &&
	       a->loading == b->loading && a->playing == b->playing && a->still == b->still &&
	       a->speed == b->speed && (!a->playing || a->at == b->at);
}

bool play_update(struct ui *ui)
{
	struct deck_play p = { 0 };
	const struct deck_play *was = &ui->play;
	bool same;

	deck_play_status(ui->conf.deck, &p);
	same = is_same(&p, was);
	/* Whatever was counted up to a later time means nothing any more. */
	if (p.playing != was->playing || (p.playing && p.at < was->at))
		ui->turns++;
	ui->play = p;
	return !same;
}

/* ---- playing ---- */

static bool has_recording(struct ui *ui)
{
	play_update(ui);
	if (!ui->play.recording)
		ui_say(ui, LOOK_WARN, "only a recording can be played: tapdeck FILE");
	return ui->play.recording;
}

static double in_bounds(double speed)
{
	return MIN(MAX(speed, SPEED_LEAST), SPEED_MOST);
}

/* The speed that was asked for: ":play 4", "4" before the key; else as recorded. */
static int wanted_speed(const struct act_arg *arg, double *ret, struct err *e)
{
	char *end = NULL;

	*ret = arg->count ? arg->count : 1;
	if (!arg->text)
		return 0;
	*ret = strtod(arg->text, &end);
	if (end == arg->text || *end || !(*ret >= SPEED_LEAST && *ret <= SPEED_MOST))
		return err_set(e, -EINVAL, "'%s' is no speed: 0.001 to 1000 times as recorded",
			       arg->text);
	return 0;
}

/* Another speed for what plays already. */
static int change_speed(struct ui *ui, const struct act_arg *arg, struct err *e)
{
	double speed;
	int rc = wanted_speed(arg, &speed, e);

	if (rc < 0)
		return rc;
	deck_play_speed(ui->conf.deck, in_bounds(speed));
	deck_play_still(ui->conf.deck, false);
	return 0;
}

static int begin(struct ui *ui, uint64_t from, const struct act_arg *arg, struct err *e)
{
	const struct deck_play *p = &ui->play;
	double speed;
	int rc = wanted_speed(arg, &speed, e);

	/* Behind the last row there is nothing to play: the whole then. */
	if (from < p->first || from >= p->last)
		from = p->first;
	return rc < 0 ? rc : deck_play(ui->conf.deck, from, in_bounds(speed), e);
}

/* The way to the next row, or by a time: ":step 10ms". */
static int step(struct ui *ui, const struct act_arg *arg, struct err *e)
{
	uint64_t ns = 0;

	if (arg->text && (util_parse_duration(arg->text, &ns) < 0 || !ns))
		return err_set(e, -EINVAL, "'%s' is no time: 10ms, 1.5s", arg->text);
	deck_play_step(ui->conf.deck, ns ? 0 : MAX(arg->count, 1u), ns);
	return 0;
}

bool play_has_ended(const struct deck_play *p, struct deck *d)
{
	/* Of one larger than the store the walk has an end, and never the store. */
	if (!deck_at_end(d) && (!p->recording || p->loading))
		return false;
	return !p->playing || p->at > p->last;
}

bool play_from(struct ui *ui, enum action a, uint64_t from, const struct act_arg *arg)
{
	static const struct act_arg as_recorded = { .y = -1, .x = -1 };
	struct err e = ERR_INIT;
	bool was;
	int rc = 0;

	if (!has_recording(ui))
		return false;
	was = ui->play.playing && ui->play.at <= ui->play.last;
	if (!was)
		rc = begin(ui, from, a == ACT_STEP ? &as_recorded : arg, &e);
	else if (a == ACT_PLAY && (arg->text || arg->count))
		rc = change_speed(ui, arg, &e);
	else if (a == ACT_PLAY)
		deck_play_still(ui->conf.deck, !ui->play.still);
	if (rc >= 0 && a == ACT_STEP)
		rc = step(ui, arg, &e);
	if (rc < 0)
		ui_say(ui, LOOK_ERROR, "%s", e.text);
	ui->dirty |= play_update(ui);
	return rc >= 0 && !was;
}

void play_speed(struct ui *ui, enum action a, const struct act_arg *arg)
{
	double by = a == ACT_FASTER ? 2 : 0.5, speed;

	if (!has_recording(ui))
		return;
	if (!ui->play.playing) {
		ui_say(ui, LOOK_WARN, "nothing plays");
		return;
	}
	speed = ui->play.speed;
	for (unsigned n = MIN(MAX(arg->count, 1u), 32u); n; n--)
		speed = in_bounds(speed * by);
	deck_play_speed(ui->conf.deck, speed);
	ui->dirty |= play_update(ui);
}

void play_end(struct ui *ui)
{
	if (!has_recording(ui))
		return;
	deck_play_end(ui->conf.deck);
	ui->dirty |= play_update(ui);
}

/* ---- loading ---- */

static bool is_partial(const struct deck_play *p)
{
	return p->recording && !p->loading && p->loaded < p->total;
}

void play_load(struct ui *ui)
{
	if (!has_recording(ui))
		return;
	if (!ui->play.loading && !is_partial(&ui->play))
		ui_say(ui, LOOK_GOOD, "all of it is loaded");
	else
		deck_load(ui->conf.deck, !ui->play.loading);
	ui->dirty |= play_update(ui);
}

bool play_cancel(struct ui *ui)
{
	play_update(ui);
	if (!ui->play.loading)
		return false;
	deck_load(ui->conf.deck, false);
	ui->dirty |= play_update(ui);
	return true;
}

/* ---- the status line ---- */

static unsigned percent_of(const struct deck_play *p)
{
	if (!p->total)
		return 100;
	return (unsigned)((double)MIN(p->loaded, p->total) * 100 / (double)p->total);
}

static void put_bar(struct strbuf *out, unsigned percent)
{
	unsigned full = percent * BAR_WIDTH / 100;

	strbuf_str(out, " [");
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		strbuf_char(out, i < full ? '#' : ' ');
	strbuf_char(out, ']');
}

static void put_seconds(struct strbuf *out, uint64_t ns)
{
	strbuf_fmt(out, ns < 1000 * NSEC_PER_SEC ? "%.2f" : "%.0f", (double)ns / 1e9);
}

static void put_speed(struct strbuf *out, double speed)
{
	strbuf_fmt(out, speed >= 0.1 ? "%.4gx" : "%.2gx", speed);
}

static void put_playing(struct strbuf *out, const struct deck_play *p, bool ascii, bool brief)
{
	uint64_t at = MIN(MAX(p->at, p->first), p->last);

	if (p->still)
		strbuf_fmt(out, "%s %s ", ascii ? "||" : "‖",
			   p->at > p->last ? "at the end" : "held");
	else
		strbuf_str(out, ascii ? "> playing " : "▶ playing ");
	put_speed(out, p->speed);
	if (brief)
		return;
	strbuf_str(out, "  ");
	put_seconds(out, at - p->first);
	strbuf_str(out, " s of ");
	put_seconds(out, p->last - p->first);
	strbuf_str(out, " s");
}

static void put_loading(struct strbuf *out, const struct deck_play *p, bool brief)
{
	unsigned percent = percent_of(p);

	if (is_partial(p)) {
		strbuf_fmt(out, "%u%% loaded%s", percent,
			   brief ? "" : ", the rest is not: L goes on");
		return;
	}
	strbuf_fmt(out, "loading %u%%", percent);
	if (brief)
		return;
	put_bar(out, percent);
	strbuf_str(out, " Esc stops");
}

void play_line(struct strbuf *out, const struct deck_play *p, bool ascii, int width)
{
	size_t begin = out->len;

	for (int brief = 0; brief < 2; brief++) {
		strbuf_cut(out, begin);
		if (p->recording && p->playing)
			put_playing(out, p, ascii, brief);
		else if (p->recording && (p->loading || is_partial(p)))
			put_loading(out, p, brief);
		if (text_width(strbuf_cstr(out) + begin, out->len - begin) <= width)
			return;
	}
}

int play_draw(const struct ui *ui, struct area *a, int x)
{
	_cleanup_strbuf_ struct strbuf line = { 0 };
	int room = MAX(a->cols - x - LINE_SHARE, LINE_LEAST);

	play_line(&line, &ui->play, ui->canvas.ascii, room);
	if (!line.len)
		return x;
	return x + 2 + draw_text(a, 0, x + 1, room, LOOK_PROMPT, line.s, line.len);
}
