/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_capture: the capture filter on the screen: what is taken at all, beside what is shown.
 *
 * Who takes it over is told by whoever made the frame (ui_conf.capture); here is what is in force,
 * where it stands on the screen, and how the display filter becomes it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/ui_private.h"

#define ERAS_MAX 16

/* ---- what was in force when ---- */

/* Appends "time OP SECONDS or ". */
static void put_time(struct strbuf *out, const char *op, uint64_t ts)
{
	strbuf_fmt(out, "time %s %llu.%09llu or ", op, (unsigned long long)(ts / NSEC_PER_SEC),
		   (unsigned long long)(ts % NSEC_PER_SEC));
}

/*
 * The kernel may let more pass than is wanted, and rows that were taken before stay: a row must
 * pass the filter that was in force at its time.
 */
static char *guard_text(const struct captured *c)
{
	struct strbuf b = { 0 };

	for (size_t i = 0; i < c->era_count; i++) {
		const struct capture_era *era = &c->eras[i];

		if (!era->text)
			continue;
		strbuf_str(&b, b.len ? " and (" : "(");
		put_time(&b, "<", era->from);
		if (i + 1 < c->era_count)
			put_time(&b, ">=", era[1].from);
		filter_enclose(&b, era->text);
		strbuf_char(&b, ')');
	}
	return strbuf_take(&b);
}

static void put_guard(struct ui *ui)
{
	_cleanup_free_ char *text = guard_text(&ui->capture);
	struct err e = ERR_INIT;

	if (scope_guard(&ui->scope, text, &e) < 0)
		ui_say(ui, LOOK_ERROR, "what the kernel let pass is shown too: %s", e.text);
}

static void drop_era(struct captured *c)
{
	free(c->eras[0].text);
	memmove(c->eras, c->eras + 1, (c->era_count - 1) * sizeof(*c->eras));
	c->era_count--;
}

void capture_prune(struct ui *ui)
{
	struct captured *c = &ui->capture;
	struct store_stats s;
	bool dropped = false;

	if (c->era_count < 2)
		return;
	store_stats(deck_store(ui->conf.deck), &s);
	for (; c->era_count > 1 && c->eras[1].from <= s.first; dropped = true)
		drop_era(c);
	if (dropped)
		put_guard(ui);
}

static void begin_era(struct ui *ui, const char *text)
{
	struct captured *c = &ui->capture;

	if (!c->era_count && !text)
		return;
	if (c->era_count == ERAS_MAX)
		drop_era(c);
	c->eras = xrealloc(c->eras, c->era_count + 1, sizeof(*c->eras));
	c->eras[c->era_count++] = (struct capture_era) {
		.from = ui_now(ui),
		.text = text ? xstrdup(text) : NULL,
	};
	put_guard(ui);
}

/* ---- the filter ---- */

const char *ui_captured(struct ui *ui)
{
	return ui->capture.text;
}

void ui_set_captured(struct ui *ui, const char *text, const char *explained)
{
	struct captured *c = &ui->capture;
	char *copy = text && text[strspn(text, " \t")] ? xstrdup(text) : NULL;
	bool same = copy ? c->text && !strcmp(copy, c->text) : !c->text;

	free(c->text);
	c->text = copy;
	strbuf_clear(&c->explained);
	strbuf_str(&c->explained, explained ? explained : "");
	if (!same)
		begin_era(ui, copy);
	ui->dirty = true;
}

int ui_capture(struct ui *ui, const char *text, struct err *e)
{
	_cleanup_strbuf_ struct strbuf explained = { 0 };
	int rc;

	if (!ui->conf.capture)
		return err_set(e, -ENOTSUP,
			       "nothing is captured here: a display filter chooses rows of a "
			       "recording");
	rc = ui->conf.capture(text ? text : "", &explained, e, ui->conf.capture_data);
	if (rc >= 0)
		ui_set_captured(ui, text, strbuf_cstr(&explained));
	return rc;
}

const char *ui_capture_explained(struct ui *ui)
{
	_cleanup_free_ char *text = ui->capture.text ? xstrdup(ui->capture.text) : NULL;

	/* Tracers may have been switched on since: taken over once more, it says where it is. */
	if (text)
		ui_capture(ui, text, NULL);
	return strbuf_cstr(&ui->capture.explained);
}

void capture_close(struct ui *ui)
{
	while (ui->capture.era_count)
		drop_era(&ui->capture);
	free(ui->capture.eras);
	free(ui->capture.text);
	strbuf_done(&ui->capture.explained);
	ui->capture = (struct captured) { 0 };
}

/* ---- the status line ---- */

int capture_draw(const struct ui *ui, struct area *a, int x, int width)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	const char *text = ui->capture.text, *dots = ui->canvas.ascii ? "~" : "…";
	int room = MIN(width, a->cols - x);

	if (!text || room < 4)
		return x;
	strbuf_str(&b, " capture: ");
	safe_text(&b, text, strlen(text));
	strbuf_char(&b, ' ');
	if (text_width(b.s, b.len) <= room)
		return x + draw_text(a, 0, x, room, LOOK_CAPTURE, b.s, b.len);
	b.len = text_prefix(b.s, b.len, room - 2);
	x += draw_text(a, 0, x, room, LOOK_CAPTURE, b.s, b.len);
	x += draw_str(a, 0, x, LOOK_CAPTURE, dots);
	return x + draw_str(a, 0, x, LOOK_CAPTURE, " ");
}

/* ---- actions ---- */

/* What is shown now is what is taken from now on: what was not taken before stays so. */
static void promote(struct ui *ui)
{
	_cleanup_free_ char *shown = scope_text(&ui->scope);
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct err e = ERR_INIT;

	if (!*shown) {
		ui_say(ui, LOOK_WARN, "there is no display filter to capture by: / types one");
		return;
	}
	if (ui->capture.text && strcmp(ui->capture.text, shown)) {
		filter_enclose(&text, ui->capture.text);
		strbuf_str(&text, " and ");
		filter_enclose(&text, shown);
	} else {
		strbuf_str(&text, shown);
	}
	if (ui_capture(ui, text.s, &e) < 0) {
		ui_say(ui, LOOK_ERROR, "%s", e.text);
		return;
	}
	scope_remove_on(&ui->scope);
	ui_say(ui, LOOK_GOOD, "only this is captured from now on; nothing that is here is hidden");
}

static void do_trail(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	trail_open(ui);
}

static void do_promote(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	promote(ui);
}

static void do_save(struct ui *ui, const struct act_arg *arg)
{
	named_save(ui, arg->text);
}

static void do_load(struct ui *ui, const struct act_arg *arg)
{
	named_open(ui, arg->text);
}

static const struct {
	enum action action;
	void (*run)(struct ui *ui, const struct act_arg *arg);
} filter_actions[] = {
	{ ACT_TRAIL, do_trail },
	{ ACT_PROMOTE, do_promote },
	{ ACT_FILTER_SAVE, do_save },
	{ ACT_FILTER_LOAD, do_load },
};

bool ui_do_filter(struct ui *ui, enum action a, const struct act_arg *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(filter_actions); i++) {
		if (filter_actions[i].action != a)
			continue;
		filter_actions[i].run(ui, arg);
		return true;
	}
	return false;
}
