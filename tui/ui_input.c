/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_input: what a key or a click leads to.
 *
 * A question is answered first, then a prompt typed, then the topmost dialog asked, then the pane
 * that has the keys, then the frame. Every action a view does not know ends here, in one table.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "tui/cockpit.h"
#include "tui/help.h"
#include "tui/spectrum.h"
#include "tui/ui_private.h"

#define COUNT_MAX 100000u

/* ---- the frame's own actions ---- */

typedef void (*do_fn)(struct ui *ui, const struct act_arg *arg);

static void focus_pane(struct ui *ui, unsigned i)
{
	ui->focus = i;
	ui_lay_out(ui);
}

/* An action of a pane's name goes there; false: it is none. */
static bool focus_named(struct ui *ui, enum action a)
{
	for (unsigned i = 0; i < ui->panes && a != ACT_NONE; i++) {
		if (strcmp(ui->pane[i].ops->name, actions[a].name) != 0)
			continue;
		focus_pane(ui, i);
		return true;
	}
	return false;
}

static void do_quit(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	if (record_may_leave(ui))
		ui->ended = true;
}

static void do_record(struct ui *ui, const struct act_arg *arg)
{
	record_act(ui, arg->text);
}

static void do_faster(struct ui *ui, const struct act_arg *arg)
{
	play_speed(ui, ACT_FASTER, arg);
}

static void do_slower(struct ui *ui, const struct act_arg *arg)
{
	play_speed(ui, ACT_SLOWER, arg);
}

static void do_play_end(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	play_end(ui);
}

static void do_load(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	play_load(ui);
}

static void do_help(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	ui_dialog(ui, &help_ops, (void *)ui->pane[ui->focus].ops->name);
}

static void do_command(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	ui_command(ui);
}

static void do_suspend(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	if (ui->conf.suspend)
		ui->conf.suspend(ui->conf.term_data);
}

static void do_redraw(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	if (ui->conf.redraw)
		ui->conf.redraw(ui->conf.term_data);
	ui->dirty = true;
}

static void do_mouse(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	ui->mouse = !ui->mouse;
	if (ui->conf.mouse)
		ui->conf.mouse(ui->mouse, ui->conf.term_data);
	ui_say(ui, LOOK_GOOD,
	       ui->mouse ? "the mouse is ours"
			 : "the mouse is the terminal's: select and paste with it");
}

bool ui_take_theme(struct ui *ui, const char *name)
{
	struct err e = ERR_INIT;
	struct theme theme;

	if (theme_load(name, &theme, &e) < 0) {
		ui_say(ui, LOOK_ERROR, "%s", e.text);
		return false;
	}
	ui->theme = theme;
	if (ui->conf.theme)
		ui->conf.theme(&ui->theme, ui->conf.term_data);
	ui->dirty = true;
	return true;
}

static void do_theme(struct ui *ui, const struct act_arg *arg)
{
	size_t i = 0;

	if (!arg->text) {
		while (theme_names[i] && strcmp(theme_names[i], ui->theme.name))
			i++;
		i = theme_names[i] && theme_names[i + 1] ? i + 1 : 0;
	}
	if (ui_take_theme(ui, arg->text ? arg->text : theme_names[i]))
		ui_say(ui, LOOK_GOOD, "theme %s", ui->theme.name);
}

static void do_hide_own(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	ui_hide_own(ui);
}

static void do_cancel(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	ui->count = 0;
}

static void do_next_pane(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	focus_pane(ui, (ui->focus + 1) % ui->panes);
}

static void do_prev_pane(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	focus_pane(ui, (ui->focus + ui->panes - 1) % ui->panes);
}

static void do_maximize(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	ui->layout.max = !ui->layout.max;
	ui_lay_out(ui);
}

/* The first pane grows to the right, the second downwards, the others upwards. */
static void grow(struct ui *ui, int by)
{
	struct layout *l = &ui->layout;
	int *share = ui->focus == 0 ? &l->left : &l->top;

	if (ui->focus > 1)
		by = -by;
	*share = MIN(MAX(*share + by, 10), 90);
	ui_lay_out(ui);
}

static void do_grow(struct ui *ui, const struct act_arg *arg)
{
	grow(ui, 4 * (int)MAX(arg->count, 1u));
}

static void do_shrink(struct ui *ui, const struct act_arg *arg)
{
	grow(ui, -4 * (int)MAX(arg->count, 1u));
}

/* Back out of what another pane led into: the keys go with it. */
static void follow_back(struct ui *ui)
{
	unsigned to = (unsigned)ui->back_to;

	ui_go_back_in(ui);
	if (ui->back_to < 0 || ui->scope.count >= ui->back_at)
		return;
	ui->back_to = -1;
	focus_pane(ui, to);
}

static void do_back(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	if (!scope_pop(&ui->scope))
		ui_say(ui, LOOK_DIM, "nothing to go back to");
	follow_back(ui);
	ui->dirty = true;
}

static void do_filter_clear(struct ui *ui, const struct act_arg *arg)
{
	(void)arg;
	scope_clear(&ui->scope);
	free(ui->own);
	ui->own = NULL;
	ui->dirty = true;
}

static const do_fn frame_actions[ACT_COUNT] = {
	[ACT_QUIT] = do_quit,
	[ACT_HELP] = do_help,
	[ACT_COMMAND] = do_command,
	[ACT_SUSPEND] = do_suspend,
	[ACT_REDRAW] = do_redraw,
	[ACT_MOUSE] = do_mouse,
	[ACT_THEME] = do_theme,
	[ACT_HIDE_OWN] = do_hide_own,
	[ACT_CANCEL] = do_cancel,
	[ACT_RECORD] = do_record,
	[ACT_FASTER] = do_faster,
	[ACT_SLOWER] = do_slower,
	[ACT_PLAY_END] = do_play_end,
	[ACT_LOAD] = do_load,
	[ACT_NEXT_PANE] = do_next_pane,
	[ACT_PREV_PANE] = do_prev_pane,
	[ACT_MAXIMIZE] = do_maximize,
	[ACT_GROW] = do_grow,
	[ACT_SHRINK] = do_shrink,
	[ACT_BACK] = do_back,
	[ACT_FILTER_CLEAR] = do_filter_clear,
};

/* ---- who does it ---- */

/* Offers an action to a view; true when it knew it. */
static bool offer(struct ui *ui, struct view *v, enum action a, const struct act_arg *arg)
{
	unsigned bits;

	if (!v->ops->act)
		return false;
	bits = v->ops->act(v, a, arg);
	if (bits & REACT_UNKNOWN)
		return false;
	ui_react(ui, v, bits);
	return true;
}

static bool is_pane(const struct ui *ui, const struct view *v)
{
	return v >= ui->pane && v < ui->pane + ui->panes;
}

/* Whoever knows the action although another pane has the keys: "/" works everywhere. */
static bool offer_others(struct ui *ui, const struct view *but, enum action a,
			 const struct act_arg *arg)
{
	for (unsigned i = 0; i < ui->panes; i++) {
		struct view *v = &ui->pane[(i + 1) % ui->panes]; /* the events before the tracers */

		if (v == but || !offer(ui, v, a, arg))
			continue;
		return true;
	}
	return false;
}

static bool is_moving(enum action a)
{
	return a >= ACT_UP && a <= ACT_ENTER;
}

static void say_nothing(struct ui *ui, enum action a)
{
	ui_say(ui, LOOK_WARN, "'%s' does nothing here", actions[a].name);
}

void ui_do(struct ui *ui, struct view *v, enum action a, const struct act_arg *arg)
{
	if (a == ACT_NONE && arg->y < 0)
		return;
	/* What a file still brings is in nobody's way, but a pane may wait for it. */
	if (a == ACT_CANCEL && is_pane(ui, v) && play_cancel(ui))
		return;
	/* The filter's own way back is the view's first, then the frame's. */
	if (offer(ui, v, a, arg)) {
		if (a == ACT_BACK)
			follow_back(ui);
		return;
	}
	if (!is_pane(ui, v)) {
		if (a == ACT_CANCEL || a == ACT_QUIT || a == ACT_BACK || a == ACT_HELP)
			ui_react(ui, v, REACT_CLOSE);
		else if (a == ACT_REDRAW || a == ACT_SUSPEND)
			frame_actions[a](ui, arg);
		else if (a != ACT_NONE && !is_moving(a))
			say_nothing(ui, a);
		return;
	}
	if (frame_actions[a])
		frame_actions[a](ui, arg);
	else if (ui_do_filter(ui, a, arg) || spectrum_act(ui, a, arg) || cockpit_act(ui, a, arg) ||
		 focus_named(ui, a))
		return;
	else if (a != ACT_NONE && !is_moving(a) && !offer_others(ui, v, a, arg))
		say_nothing(ui, a);
}

/* ---- inputs ---- */

static void answer(struct ui *ui, keycode k)
{
	struct question q = ui->question;
	bool yes = k == 'y' || k == 'Y';

	if (!yes && k != 'n' && k != 'N' && k != KC_ESC && k != 'q')
		return;
	ui->question = (struct question) { 0 };
	ui->dirty = true;
	q.fn(yes, q.data);
	free(q.text);
}

/* A digit in front of an action, unless it means something itself. */
static bool take_digit(struct ui *ui, keycode k)
{
	if (k < '0' || k > '9' || (k == '0' && !ui->count))
		return false;
	ui->count = MIN(ui->count * 10 + (k - '0'), COUNT_MAX);
	ui->dirty = true;
	return true;
}

static void say_unbound(struct ui *ui, const struct view *v, keycode k)
{
	struct strbuf name = { 0 }, help = { 0 };

	key_label(k, &name);
	keymap_key(ui->keymap, v->ops->name, ACT_HELP, &help);
	ui_say(ui, LOOK_DIM, "%s means nothing here; %s shows the keys", strbuf_cstr(&name),
	       strbuf_cstr(&help));
	strbuf_done(&name);
	strbuf_done(&help);
}

/* A view's own use of a key that no map knows (type-ahead). */
static bool offer_key(struct ui *ui, struct view *v, keycode k)
{
	unsigned bits = v->ops->key ? v->ops->key(v, k) : REACT_UNKNOWN;

	if (bits & REACT_UNKNOWN)
		return false;
	ui_react(ui, v, bits);
	return true;
}

static void take_key(struct ui *ui, keycode k)
{
	struct view *v = ui_top(ui);
	struct act_arg arg = { .y = -1, .x = -1 };
	enum action a = keymap_action(ui->keymap, v->ops->name, k);

	if (ui->message.len) {
		strbuf_clear(&ui->message);
		ui->dirty = true;
	}
	if (a == ACT_NONE && (offer_key(ui, v, k) || take_digit(ui, k)))
		return;
	arg.count = ui->count;
	if (ui->count) {
		ui->count = 0;
		ui->dirty = true;
	}
	if (a != ACT_NONE)
		ui_do(ui, v, a, &arg);
	else
		say_unbound(ui, v, k);
}

static bool inside(const struct area *a, int y, int x)
{
	return a->rows && y >= a->y && y < a->y + a->rows && x >= a->x && x < a->x + a->cols;
}

/* A click or a turn of the wheel at a place of a view's area. */
static void click_view(struct ui *ui, struct view *v, enum mouse_what what, int y, int x)
{
	struct act_arg arg = { .y = y, .x = x };

	if (what == MOUSE_WHEEL_UP || what == MOUSE_WHEEL_DOWN) {
		arg = (struct act_arg) { .count = 3, .y = -1, .x = -1 };
		ui_do(ui, v, what == MOUSE_WHEEL_UP ? ACT_UP : ACT_DOWN, &arg);
		return;
	}
	ui_do(ui, v, ACT_NONE, &arg);
	/* The first half may have closed the view, opened another or asked something. */
	if (what == MOUSE_DOUBLE && v == ui_top(ui) && !ui->prompt.ops && !ui->question.text)
		ui_do(ui, v, ACT_ENTER, &arg);
}

static void click_pane(struct ui *ui, const struct input *in, unsigned i)
{
	static const struct act_arg none = { .y = -1, .x = -1 };
	const struct area *a = &ui->layout.area[i];
	bool wheel = in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN;
	unsigned tab = in->y == a->y && !wheel ? ui_tab_at(ui, i, in->x - a->x) : i;

	if (tab != i) {
		focus_pane(ui, tab);
		return;
	}
	if (i != ui->focus && !wheel) /* the wheel scrolls what is under it, whoever has the keys */
		focus_pane(ui, i);
	if (in->y > a->y || wheel)
		click_view(ui, &ui->pane[i], in->mouse, in->y - a->y - 1, in->x - a->x);
	else if (in->mouse == MOUSE_DOUBLE)
		do_maximize(ui, &none);
}

static void take_mouse(struct ui *ui, const struct input *in)
{
	struct area box;

	if (!ui->mouse || ui->prompt.ops || ui->question.text)
		return;
	if (ui->dialogs) {
		box = ui_dialog_area(ui, ui_top(ui));
		if (inside(&box, in->y, in->x))
			click_view(ui, ui_top(ui), in->mouse, in->y - box.y, in->x - box.x);
		return;
	}
	for (unsigned i = 0; i < ui->panes; i++) {
		if (!inside(&ui->layout.area[i], in->y, in->x))
			continue;
		click_pane(ui, in, i);
		return; /* another pane may be at this place now */
	}
}

void ui_input(struct ui *ui, const struct input *in)
{
	switch (in->type) {
	case INPUT_RESIZE:
		canvas_resize(&ui->canvas, MAX(in->y, 1), MAX(in->x, 1));
		ui_lay_out(ui);
		break;
	case INPUT_MOUSE:
		take_mouse(ui, in);
		break;
	case INPUT_PASTE: /* pasted text runs no keys */
		if (ui->prompt.ops && !ui->question.text)
			prompt_paste(ui, in->key);
		return;
	case INPUT_KEY:
		if (ui->question.text)
			answer(ui, in->key);
		else if (ui->prompt.ops)
			prompt_key(ui, in->key);
		else
			take_key(ui, in->key);
		break;
	}
	/* Keys typed ahead come together: the next one means the row that this one went to. */
	ui_update(ui);
}

int ui_type(struct ui *ui, const char *keys, struct err *e)
{
	char *copy = xstrdup(keys), *save = NULL;
	int rc = 0;

	for (char *w = strtok_r(copy, " \t\n", &save); w && rc >= 0;
	     w = strtok_r(NULL, " \t\n", &save)) {
		struct input in = { .type = INPUT_KEY };

		rc = key_parse(w, &in.key, e);
		if (rc >= 0)
			ui_input(ui, &in);
	}
	free(copy);
	return rc;
}
