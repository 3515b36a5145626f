/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_dialog: what goes into a recording, asked before it begins.
 *
 * Everything has a default, so Enter alone begins. What cannot be chosen stays in sight, greyed,
 * with its reason.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/record.h"
#include "tui/ui_private.h"

#define LABEL_WIDTH 10
#define WANT_COLS   72

enum {
	LINE_FILE,
	LINE_SCOPE, /* one for each enum record_scope */
	LINE_FILTER = LINE_SCOPE + RECORD_SCOPES,
	LINE_COMPRESS,
	LINES,
};

struct asking {
	struct ui *ui;
	char *path;
	unsigned line; /* under the cursor */
	enum record_scope scope;
	bool filtered, compress;
	struct err why; /* it could not begin */
};

/* ---- where the lines stand ---- */

/* Of a low screen the last line is for words, and the line under the cursor is in sight. */
static int shown_lines(int rows)
{
	return MAX(MIN(LINES, rows - 1), 1);
}

static int top_line(const struct asking *k, int rows)
{
	return MAX((int)k->line - shown_lines(rows) + 1, 0);
}

/* ---- what can be chosen ---- */

/* NULL when a line can be chosen, else why not. */
static const char *refusal(const struct asking *k, unsigned line)
{
	const struct ui *ui = k->ui;

	if (line == LINE_SCOPE + RECORD_FROM_NOW && !ui->conf.live)
		return "a recording has no now";
	if (line == LINE_SCOPE + RECORD_RANGE && !ui->record.marked)
		return "no markers: a and b set them";
	if (line == LINE_FILTER && !scope_parts(&ui->scope))
		return "no filter: / types one";
	return NULL;
}

static int record_dialog_open(struct view *v, struct err *e)
{
	struct asking *k = v->state;
	struct ui *ui = ui_dialog_arg(v->ui);

	(void)e;
	k->ui = ui;
	k->path = record_default_name(ui->record.folder, ui_wall(ui));
	k->scope = ui->conf.live ? RECORD_FROM_NOW : RECORD_STORE;
	k->compress = ui->record.compress;
	k->why = (struct err)ERR_INIT;
	v->want_rows = LINES + 2;
	v->want_cols = WANT_COLS;
	return 0;
}

static void record_dialog_close(struct view *v)
{
	struct asking *k = v->state;

	free(k->path);
	*k = (struct asking) { 0 };
}

/* ---- the name ---- */

static int check_folder(const char *path, struct err *e)
{
	_cleanup_free_ char *folder = record_folder(path);
	struct stat st;

	if (!*folder || (!stat(folder, &st) && S_ISDIR(st.st_mode)))
		return 0;
	return err_set(e, -ENOENT, "there is no folder %s", folder);
}

static int check_name(const char *text, struct err *e, void *data)
{
	_cleanup_free_ char *free_name = NULL;
	size_t n = strlen(text);

	(void)data;
	if (!n || check_folder(text, e) < 0)
		return n ? -1 : 0;
	if (text[n - 1] == '/') {
		err_set(e, -EAGAIN, "a name belongs behind the /");
		return 0;
	}
	free_name = record_free_name(text);
	if (!strcmp(free_name, text))
		return 1;
	err_set(e, -EEXIST, "this is there already and is left alone; %s is free", free_name);
	return -1;
}

static void take_name(const char *text, void *data)
{
	struct asking *k = data;

	if (!text || !*text)
		return;
	free(k->path);
	k->path = xstrdup(text);
	err_clear(&k->why);
}

static void edit_name(struct asking *k)
{
	static const struct prompt_ops ops = {
		.label = "record",
		.check = check_name,
		.done = take_name,
	};

	ui_prompt(k->ui, &ops, k->path, k);
}

/* ---- actions ---- */

static unsigned begin(struct asking *k)
{
	struct record_wish w = {
		.path = k->path,
		.scope = k->scope,
		.filtered = k->filtered,
		.compress = k->compress,
	};
	char *other;

	err_clear(&k->why);
	if (record_begin(k->ui, &w, &k->why) >= 0)
		return REACT_CLOSE;
	if (k->why.code == -EEXIST) { /* another name, and Enter again */
		other = record_free_name(k->path);
		free(k->path);
		k->path = other;
	}
	return REACT_DRAW;
}

static unsigned choose(struct asking *k)
{
	const char *why = refusal(k, k->line);

	if (why)
		ui_say(k->ui, LOOK_WARN, "%s", why);
	else if (k->line == LINE_FILE)
		edit_name(k);
	else if (k->line == LINE_FILTER)
		k->filtered = !k->filtered;
	else if (k->line == LINE_COMPRESS)
		k->compress = !k->compress;
	else
		k->scope = (enum record_scope)(k->line - LINE_SCOPE);
	return REACT_DRAW;
}

static unsigned step(struct asking *k, int by)
{
	int to = (int)k->line + by;

	k->line = (unsigned)MIN(MAX(to, 0), LINES - 1);
	return REACT_DRAW;
}

static unsigned click(struct view *v, int y)
{
	struct asking *k = v->state;

	if (y < 0 || y >= shown_lines(v->rows))
		return REACT_NONE;
	k->line = (unsigned)(top_line(k, v->rows) + y);
	return choose(k);
}

static unsigned record_dialog_act(struct view *v, enum action a, const struct act_arg *arg)
{
	struct asking *k = v->state;
	int n = (int)MAX(arg->count, 1u);

	switch (a) {
	case ACT_UP:
		return step(k, -n);
	case ACT_DOWN:
		return step(k, n);
	case ACT_FIRST:
		return step(k, -LINES);
	case ACT_LAST:
		return step(k, LINES);
	case ACT_TOGGLE:
		return choose(k);
	case ACT_NONE:
		return click(v, arg->y);
	case ACT_ENTER:
	case ACT_RECORD:
		return begin(k);
	default:
		return REACT_UNKNOWN;
	}
}

/* ---- on the screen ---- */

static void put_since(struct ui *ui, uint64_t ts, struct strbuf *b)
{
	uint64_t real = clock_map_real(deck_clocks(ui->conf.deck), ts);
	time_t second = (time_t)(real / NSEC_PER_SEC);
	char text[16];
	struct tm tm;

	if (!real || !localtime_r(&second, &tm))
		return;
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	strbuf_fmt(b, " since %s", text);
}

/* What would be recorded: not what is hidden, nor our own. */
static struct store_stats held(const struct store *s)
{
	struct store_stats sum = { 0 };
	const struct page *p;
	const struct run *r;

	for (unsigned i = 0; (r = store_run_at(s, i)); i++) {
		if (r->source->flags & SOURCE_HIDDEN)
			continue;
		for (uint64_t n = r->base; (p = run_page(r, n)); n++) {
			sum.events += p->events - MIN(p->own, p->events);
			if (p->events && (!sum.first || p->first < sum.first))
				sum.first = p->first;
		}
	}
	return sum;
}

static void put_store(const struct asking *k, struct strbuf *b)
{
	struct store_stats s = held(deck_store(k->ui->conf.deck));

	strbuf_str(b, k->ui->conf.live ? "also what the store holds: " : "all that is loaded: ");
	strbuf_grouped(b, s.events);
	strbuf_str(b, " events");
	if (s.events)
		put_since(k->ui, s.first, b);
}

static void put_range(const struct asking *k, struct strbuf *b)
{
	const struct record *r = &k->ui->record;

	strbuf_str(b, "only from A to B: ");
	strbuf_time(b, r->to - r->from, 6);
	strbuf_str(b, " s");
}

static void put_filter(const struct asking *k, struct strbuf *b)
{
	_cleanup_free_ char *text = scope_text(&k->ui->scope);

	strbuf_str(b, "only rows the filter shows: ");
	safe_text(b, text, strlen(text));
}

/* What a line offers when it can be chosen. */
static void put_offer(const struct asking *k, unsigned line, struct strbuf *b)
{
	switch (line) {
	case LINE_SCOPE + RECORD_FROM_NOW:
		strbuf_str(b, "everything from now");
		break;
	case LINE_SCOPE + RECORD_STORE:
		put_store(k, b);
		break;
	case LINE_SCOPE + RECORD_RANGE:
		put_range(k, b);
		break;
	case LINE_FILTER:
		put_filter(k, b);
		break;
	default:
		strbuf_str(b, "with zstd: smaller, version 7 of the file");
		break;
	}
}

static void put_line(const struct asking *k, unsigned line, struct strbuf *b)
{
	static const char *const names[] = {
		[LINE_SCOPE + RECORD_FROM_NOW] = "everything from now",
		[LINE_SCOPE + RECORD_RANGE] = "only from A to B",
		[LINE_FILTER] = "only rows the filter shows",
	};
	const char *why = refusal(k, line);
	bool on = line == LINE_FILTER	  ? k->filtered
		  : line == LINE_COMPRESS ? k->compress
					  : line - LINE_SCOPE == k->scope;

	if (line == LINE_FILTER || line == LINE_COMPRESS)
		strbuf_str(b, on ? "[x] " : "[ ] ");
	else
		strbuf_str(b, on ? "(*) " : "( ) ");
	if (why)
		strbuf_fmt(b, "%s (%s)", names[line], why);
	else
		put_offer(k, line, b);
}

static void draw_line(const struct asking *k, struct area *a, int y, unsigned line)
{
	static const char *const labels[LINES] = {
		[LINE_FILE] = "file",
		[LINE_SCOPE] = "rows",
		[LINE_FILTER] = "filter",
		[LINE_COMPRESS] = "compress",
	};
	_cleanup_strbuf_ struct strbuf b = { 0 };
	enum look look = line == LINE_FILE ? LOOK_VALUE : LOOK_TEXT;

	if (labels[line])
		draw_text(a, y, 0, LABEL_WIDTH, LOOK_FIELD, labels[line], strlen(labels[line]));
	if (line == LINE_FILE)
		safe_text(&b, k->path, strlen(k->path));
	else
		put_line(k, line, &b);
	if (refusal(k, line))
		look = LOOK_DIM;
	draw_text(a, y, LABEL_WIDTH, a->cols - LABEL_WIDTH, look, b.s, b.len);
	if (line == k->line)
		draw_mark(a, y, 0, a->cols, MARK_CURSOR);
}

static void record_dialog_draw(const struct view *v, struct area *a)
{
	const struct asking *k = v->state;
	int lines = shown_lines(a->rows), top = top_line(k, a->rows);

	for (int y = 0; y < lines; y++)
		draw_line(k, a, y, (unsigned)(top + y));
	if (k->why.text[0])
		draw_text(a, a->rows - 1, 0, a->cols, LOOK_ERROR, k->why.text,
			  strcspn(k->why.text, "\n"));
	else if (lines < a->rows)
		draw_str(a, a->rows - 1, 0, LOOK_DIM,
			 k->line == LINE_FILE ? "Enter starts, Space edits the name, Esc closes"
					      : "Enter starts, Space chooses, Esc closes");
}

static const struct view_ops record_dialog_ops = {
	.name = "record",
	.title = "Record",
	.size = sizeof(struct asking),
	.open = record_dialog_open,
	.close = record_dialog_close,
	.draw = record_dialog_draw,
	.act = record_dialog_act,
};

void record_open_dialog(struct ui *ui)
{
	ui_dialog(ui, &record_dialog_ops, ui);
}
