/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_fixture: the events pane over a recording that mkdat made, with a stand-in for the frame:
 * what it says, copies and asks is kept for the test. Included once by a test.
 */
#ifndef EVENTS_FIXTURE_H
#define EVENTS_FIXTURE_H

#include <stdio.h>

#include "backends/deck.h"
#include "tests/dat_fixture.h"
#include "tui/cockpit.h"
#include "tui/events.h"

extern const struct view_ops events_ops;

struct ui {
	struct deck *deck;
	struct scope scope;
	struct keymap *keymap;
	struct conf *conf; /* NULL: none */
	struct view view, dialog;
	const struct prompt_ops *prompt;
	void *prompt_data, *dialog_arg;
	struct deck_play play;
	bool marked;
	uint64_t from, to, played; /* between the markers; where play began */
	char said[512], yanked[1024], initial[256], captured[256];
	struct canvas canvas;
	struct strbuf screen;
};

struct deck *ui_deck(struct ui *ui)
{
	return ui->deck;
}

struct scope *ui_scope(struct ui *ui)
{
	return &ui->scope;
}

const struct conf *ui_conf(struct ui *ui)
{
	return ui->conf;
}

const struct keymap *ui_keymap(struct ui *ui)
{
	return ui->keymap;
}

const struct deck_play *ui_playing(struct ui *ui)
{
	deck_play_status(ui->deck, &ui->play);
	return &ui->play;
}

bool ui_play(struct ui *ui, enum action a, uint64_t from, const struct act_arg *arg)
{
	(void)a;
	(void)arg;
	ui->played = from;
	return deck_play(ui->deck, from, 1, NULL) >= 0;
}

void ui_mark_range(struct ui *ui, bool set, uint64_t from, uint64_t to)
{
	ui->marked = set;
	ui->from = from;
	ui->to = to;
}

const char *ui_unavailable(struct ui *ui, unsigned i, const char **name)
{
	(void)ui;
	(void)i;
	(void)name;
	return NULL;
}

void ui_say(struct ui *ui, enum look look, const char *fmt, ...)
{
	va_list ap;

	(void)look;
	va_start(ap, fmt);
	vsnprintf(ui->said, sizeof(ui->said), fmt, ap);
	va_end(ap);
}

void ui_yank(struct ui *ui, const char *text, size_t n)
{
	snprintf(ui->yanked, sizeof(ui->yanked), "%.*s", (int)n, text);
}

void ui_prompt(struct ui *ui, const struct prompt_ops *ops, const char *initial, void *data)
{
	ui->prompt = ops;
	ui->prompt_data = data;
	snprintf(ui->initial, sizeof(ui->initial), "%s", initial);
}

int ui_capture(struct ui *ui, const char *text, struct err *e)
{
	if (strstr(text, "refused"))
		return err_caret(e, text, 4, "the kernel does not take it");
	snprintf(ui->captured, sizeof(ui->captured), "%s", text);
	return 0;
}

const char *ui_captured(struct ui *ui)
{
	return *ui->captured ? ui->captured : NULL;
}

const char *ui_capture_explained(struct ui *ui)
{
	(void)ui;
	return "events/sched/sched_switch/filter: here it is\n";
}

uint64_t ui_now(struct ui *ui)
{
	return deck_time(ui->deck);
}

void ui_act(struct ui *ui, const char *view, enum action action, const struct act_arg *arg)
{
	(void)arg;
	snprintf(ui->said, sizeof(ui->said), "%s %s", view ? view : "", actions[action].name);
}

void cockpit_open_task(struct ui *ui, int32_t tid, uint64_t ts)
{
	snprintf(ui->said, sizeof(ui->said), "cockpit %d %llu", tid, (unsigned long long)ts);
}

void *ui_dialog_arg(struct ui *ui)
{
	return ui->dialog_arg;
}

struct view *ui_dialog(struct ui *ui, const struct view_ops *ops, void *arg)
{
	struct view *v = &ui->dialog;

	ui->dialog_arg = arg;
	*v = (struct view) { .ops = ops,
			     .ui = ui,
			     .state = xcalloc(1, ops->size),
			     .rows = 20,
			     .cols = 60,
			     .focus = true };
	assert_int_equal(ops->open(v, NULL), 0);
	return v;
}

static inline void dialog_close(struct ui *ui)
{
	free(ui->dialog.state);
	ui->dialog = (struct view) { 0 };
}

/* Lets the pane work until it has nothing left to do. */
static inline void settle(struct ui *ui)
{
	for (unsigned rounds = 0; ui->view.ops->update(&ui->view) & REACT_MORE; rounds++)
		assert_true(rounds < 100000);
}

/* Does an action as its key would, and what follows from it. */
static inline unsigned act(struct ui *ui, enum action a, unsigned count)
{
	struct act_arg arg = { .count = count, .y = -1, .x = -1 };
	unsigned bits = ui->view.ops->act(&ui->view, a, &arg);

	settle(ui);
	return bits;
}

/* The same with words behind it, as on the command line. */
static inline unsigned command(struct ui *ui, enum action a, const char *text)
{
	struct act_arg arg = { .text = text, .y = -1, .x = -1 };
	unsigned bits = ui->view.ops->act(&ui->view, a, &arg);

	settle(ui);
	return bits;
}

static inline struct events *events(struct ui *ui)
{
	return ui->view.state;
}

/* The title's words, and the pane as text. */
static inline const char *title(struct ui *ui)
{
	return strbuf_cstr(&events(ui)->title);
}

static inline const char *screen(struct ui *ui)
{
	struct area a = area_all(&ui->canvas);

	canvas_clear(&ui->canvas);
	ui->view.ops->draw(&ui->view, &a);
	strbuf_clear(&ui->screen);
	canvas_dump(&ui->canvas, &ui->screen);
	return strbuf_cstr(&ui->screen);
}

/* Line y of what screen gave; good until the next call. */
static inline const char *line_of(const char *text, unsigned y)
{
	static char line[1024];

	while (y-- && text)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	snprintf(line, sizeof(line), "%.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
	return line;
}

/* The pane over a deck, which it takes over. */
static inline struct ui *ui_over(struct deck *d, int rows, int cols)
{
	struct ui *ui = xcalloc(1, sizeof(*ui));
	struct err e = ERR_INIT;

	ui->deck = d;
	ui->keymap = keymap_new();
	ui->view = (struct view) { .ops = &events_ops,
				   .ui = ui,
				   .state = xcalloc(1, events_ops.size),
				   .rows = rows,
				   .cols = cols,
				   .focus = true };
	canvas_resize(&ui->canvas, rows, cols);
	assert_int_equal(events_ops.open(&ui->view, &e), 0);
	settle(ui);
	return ui;
}

static inline struct ui *ui_open(const char *description, int rows, int cols)
{
	const char *files[] = { NULL, NULL };
	struct deck_conf c = { .files = files };
	struct err e = ERR_INIT;
	struct deck *d;

	if (description)
		files[0] = fixture_make("events.dat", description, "le64", "4096");
	assert_int_equal(deck_new(&c, &d, &e), 0);
	if (description) {
		if (deck_open(d, "replay", &e) < 0)
			fail_msg("%s", e.text);
		assert_int_equal(deck_start(d, &e), 0);
		while (!deck_at_end(d))
			assert_true(poller_once(deck_poller(d), 1000, &e) >= 0);
	}
	return ui_over(d, rows, cols);
}

static inline void ui_close(struct ui *ui)
{
	ui->view.ops->close(&ui->view);
	free(ui->view.state);
	scope_done(&ui->scope);
	keymap_free(ui->keymap);
	canvas_done(&ui->canvas);
	strbuf_done(&ui->screen);
	deck_free(ui->deck, NULL);
	free(ui);
}

/* Puts the cursor on a column by its name. */
static inline void go_column(struct ui *ui, enum column c)
{
	struct events *ev = events(ui);

	for (unsigned i = 0; i < ev->table.shown; i++)
		if (ev->table.order[i] == c)
			ev->table.column = i;
	ev->field = 0;
}

#define DEMO_HEAD                                                                                  \
	"cpus 2\nevent demo tick 501 n:u32 pid:s32 ret:s32 text:string "                           \
	"print \"n=%u pid=%d ret=%d text=%s\", REC->n, REC->pid, REC->ret, __get_str(text)\n"      \
	"event demo tock 502 n:u32 print \"n=%u\", REC->n\n"                                       \
	"comm 7 seven\ncomm 8 \"e\\x1b[2J\"\n"

/* 300 rows on two CPUs, a loss in between; times 1.000000000 and on, 1 ms apart. */
static const char demo[] =
    DEMO_HEAD "cpu 0\nmany 100 1000000000 2000000 tick tid=7 n=$ pid=70 ret=-2 text=even$\n"
	      "lost 1234\nmany 100 1200000000 2000000 tick tid=7 n=$ pid=71 ret=0 text=late$\n"
	      "cpu 1\nmany 100 1001000000 2000000 tock tid=8 n=$\n";

static inline const char *cell(struct ui *ui, enum column c)
{
	static char text[256];
	struct strbuf b = { 0 };

	column_text(events(ui), c, &window_cursor(&events(ui)->win)->row, NULL, &b);
	snprintf(text, sizeof(text), "%s", strbuf_cstr(&b));
	strbuf_done(&b);
	return text;
}

static inline bool has(const char *text, const char *part)
{
	if (strstr(text, part))
		return true;
	print_message("'%s' is not in:\n%s\n", part, text);
	return false;
}

#endif
