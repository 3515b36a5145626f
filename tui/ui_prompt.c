/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui_prompt: the one line at the bottom where something is typed, and the command line on it.
 *
 * The text is judged after every key, and Enter takes only what is right. Candidates for completion
 * are asked for at Tab. ui_prompt_draw.c shows it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tui/ui_private.h"

static void judge(struct ui *ui)
{
	struct prompt *p = &ui->prompt;

	err_clear(&p->why);
	p->pasted = false;
	p->verdict = 1;
	if (p->ops->check)
		p->verdict = p->ops->check(line_text(&p->line), &p->why, p->data);
	p->verdict = MIN(MAX(p->verdict, -1), 1);
}

void ui_prompt(struct ui *ui, const struct prompt_ops *ops, const char *initial, void *data)
{
	struct prompt *p = &ui->prompt;

	prompt_close(ui);
	p->ops = ops;
	p->data = data;
	line_begin(&p->line, initial ? initial : "", ui->history, ops->label);
	judge(ui);
	ui->dirty = true;
}

void prompt_close(struct ui *ui)
{
	ui->prompt.ops = NULL;
	free(ui->prompt.offered);
	ui->prompt.offered = NULL;
	ui->dirty = true;
}

/* Enter takes only what is right; what is wrong stays, with its reason. */
static void accept(struct ui *ui)
{
	struct prompt *p = &ui->prompt;
	const struct prompt_ops *ops = p->ops;
	void *data = p->data;
	char *text;

	judge(ui);
	if (p->verdict <= 0 && line_text(&p->line)[0])
		return;
	if (ops->take && ops->take(line_text(&p->line), &p->why, data) < 0) {
		p->verdict = -1;
		return;
	}
	text = xstrdup(line_text(&p->line));
	history_add(ui->history, ops->label, text);
	prompt_close(ui);
	ops->done(text, data); /* may open the next one */
	free(text);
}

/* The words alone: what is behind a tab is to be read, not typed. */
static void put_words(struct strbuf *out, const char *offered)
{
	for (const char *p = offered; *p;) {
		size_t line = strcspn(p, "\n");

		strbuf_add(out, p, MIN(strcspn(p, "\t"), line));
		strbuf_char(out, '\n');
		p += line + (p[line] == '\n');
	}
}

static void offer(struct ui *ui)
{
	struct prompt *p = &ui->prompt;
	struct strbuf found = { 0 }, words = { 0 };
	size_t from = p->line.at;

	if (p->ops->complete)
		p->ops->complete(line_text(&p->line), p->line.at, &from, &found, p->data);
	put_words(&words, strbuf_cstr(&found));
	line_offer(&p->line, from, strbuf_cstr(&words));
	free(p->offered);
	p->offered = strbuf_take(&found);
	strbuf_done(&words);
	judge(ui);
}

void prompt_key(struct ui *ui, keycode k)
{
	struct prompt *p = &ui->prompt;
	const struct prompt_ops *ops = p->ops;
	void *data = p->data;

	ui->dirty = true;
	switch (line_key(&p->line, k)) {
	case LINE_CHANGED:
		judge(ui);
		break;
	case LINE_WANTS:
		offer(ui);
		break;
	case LINE_ACCEPT:
		accept(ui);
		break;
	case LINE_CANCEL:
		prompt_close(ui);
		ops->done(NULL, data);
		break;
	case LINE_IGNORED:
	case LINE_MOVED:
		break;
	}
}

void prompt_paste(struct ui *ui, keycode k)
{
	/* A page of text is judged once, not once a character. */
	if (line_paste(&ui->prompt.line, k) == LINE_CHANGED)
		ui->prompt.pasted = true;
	ui->dirty = true;
}

void prompt_update(struct ui *ui)
{
	if (ui->prompt.ops && ui->prompt.pasted)
		judge(ui);
}

/* ---- the command line ---- */

static int enable(struct ui *ui, const char *pattern, bool on)
{
	struct err e = ERR_INIT;
	unsigned failed = 0;
	int n = *pattern ? deck_enable(ui->conf.deck, pattern, on, &failed, &e)
			 : err_set(&e, -EINVAL, "which tracer? system:event, a glob, or a system");

	if (n < 0 || failed)
		ui_say(ui, LOOK_ERROR, "%s", e.text);
	else
		ui_say(ui, LOOK_GOOD, n == 1 ? "%d tracer is %s" : "%d tracers are %s", n,
		       on ? "on" : "off");
	return n;
}

static void run_enable(struct ui *ui, const char *arg)
{
	enable(ui, arg, true);
}

static void run_disable(struct ui *ui, const char *arg)
{
	enable(ui, arg, false);
}

/* What is no action but has a name. */
static const struct {
	const char *name;
	void (*run)(struct ui *ui, const char *arg);
} commands[] = {
	{ "enable", run_enable },
	{ "disable", run_disable },
};

/* The name at position i of actions and commands together; NULL behind the last. */
static const char *name_at(size_t i, void *data)
{
	(void)data;
	if (i + 1 < ACT_COUNT)
		return actions[i + 1].name;
	i -= ACT_COUNT - 1;
	return i < ARRAY_SIZE(commands) ? commands[i].name : NULL;
}

static size_t word_length(const char *text)
{
	return strcspn(text, " ");
}

static bool is_name(const char *name, const char *text, size_t n)
{
	return strlen(name) == n && !strncmp(name, text, n);
}

static int check_command(const char *text, struct err *e, void *data)
{
	size_t n = word_length(text), count = ACT_COUNT - 1 + ARRAY_SIZE(commands);
	char word[64];
	const char *nearest;
	bool begins = false;

	for (size_t i = 0; i < count; i++) {
		const char *name = name_at(i, NULL);

		if (is_name(name, text, n))
			return 1;
		begins |= !strncmp(name, text, n);
	}
	if (begins && !text[n]) {
		err_set(e, -EAGAIN, "Tab completes");
		return 0;
	}
	(void)data;
	snprintf(word, sizeof(word), "%.*s", (int)MIN(n, sizeof(word) - 1), text);
	nearest = util_nearest(word, name_at, count, NULL);
	err_set(e, -EINVAL, nearest ? "no command '%s'; did you mean '%s'?" : "no command '%s'",
		word, nearest);
	return -1;
}

static const char *theme_name(struct ui *ui, size_t i)
{
	(void)ui;
	return theme_names[i];
}

/* What can stand behind a command. */
static const struct {
	enum action action;
	const char *(*name)(struct ui *ui, size_t i);
} arguments[] = {
	{ ACT_THEME, theme_name },
	{ ACT_FILTER_LOAD, named_name },
	{ ACT_FILTER_SAVE, named_name },
};

/* The pane with the keys knows best, else whichever has the action. */
static bool complete_in_pane(struct ui *ui, enum action action, const char *text, size_t at,
			     size_t *from, struct strbuf *out)
{
	for (unsigned i = 0; i < ui->panes; i++) {
		struct view *v = &ui->pane[(ui->focus + i) % ui->panes];

		if (v->ops->complete && v->ops->complete(v, action, text, at, from, out))
			return true;
	}
	return false;
}

static void complete_argument(struct ui *ui, const char *text, size_t at, size_t *from,
			      struct strbuf *out)
{
	const char *(*name)(struct ui * ui, size_t i) = NULL;
	size_t begin = word_length(text) + 1;
	_cleanup_free_ char *word = xstrndup(text, begin - 1);

	if (complete_in_pane(ui, action_find(word), text + begin, at - begin, from, out)) {
		*from += begin;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
		if (!strcmp(actions[arguments[i].action].name, word))
			name = arguments[i].name;
	for (begin = at; text[begin - 1] != ' ';)
		begin--;
	*from = begin;
	for (size_t i = 0; name && name(ui, i); i++)
		if (!strncmp(name(ui, i), text + begin, at - begin))
			strbuf_fmt(out, "%s\n", name(ui, i));
}

static void complete_command(const char *text, size_t at, size_t *from, struct strbuf *out,
			     void *data)
{
	size_t word = word_length(text);

	if (word < at) {
		complete_argument(data, text, at, from, out);
		return;
	}
	*from = 0;
	for (size_t i = 0; name_at(i, NULL); i++)
		if (!strncmp(name_at(i, NULL), text, at))
			strbuf_fmt(out, "%s\n", name_at(i, NULL));
}

static void command_done(const char *text, void *data)
{
	struct ui *ui = data;
	struct act_arg arg = { .y = -1, .x = -1 };
	size_t n;
	char *name;

	if (!text || !*text)
		return;
	n = word_length(text);
	arg.text = text + n + strspn(text + n, " ");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (is_name(commands[i].name, text, n)) {
			commands[i].run(ui, arg.text);
			return;
		}
	}
	name = xstrndup(text, n);
	if (!*arg.text)
		arg.text = NULL;
	ui_do(ui, &ui->pane[ui->focus], action_find(name), &arg);
	free(name);
}

static const struct prompt_ops command_prompt = {
	.label = "command",
	.check = check_command,
	.complete = complete_command,
	.done = command_done,
};

void ui_command(struct ui *ui)
{
	ui_prompt(ui, &command_prompt, "", ui);
}
