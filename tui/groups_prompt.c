/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups_prompt: asking what rows are grouped by: "comm, event show count, p99(latency)".
 *
 * One line, judged at every key: keys, and behind the word `show`, which may be left out, what is
 * measured. A field is right when an event that is known has it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tui/events_words.h"
#include "tui/groups.h"

/* ---- what is right ---- */

static int check_text(const struct groups *p, const char *text, struct err *e)
{
	_cleanup_free_ char *by = NULL, *show = NULL;
	int rc;

	grouping_split(text, &by, &show);
	rc = grouping_check(&p->g, by, NULL, e);
	if (rc >= 0 && show)
		rc = grouping_check(&p->g, by, show, e);
	return rc >= 0 ? 1 : rc == -EAGAIN ? 0 : -1;
}

static int check(const char *text, struct err *e, void *data)
{
	struct groups *p = groups_of(data);
	int verdict = check_text(p, text, e);

	free(p->typing);
	p->typing = verdict > 0 ? xstrdup(text) : NULL;
	return verdict;
}

/* What there is now, or what would be shown besides. */
static void note(struct strbuf *out, void *data)
{
	const struct groups *p = groups_of(data);
	_cleanup_free_ char *by = NULL, *show = NULL;

	if (!p->typing) {
		strbuf_str(out, "now by ");
		grouping_text(&p->g, out);
		return;
	}
	grouping_split(p->typing, &by, &show);
	if (!show)
		strbuf_str(out, "shows count, rate, share; or say: show count, p99(FIELD)");
}

/* ---- what could stand here ---- */

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.:-", c));
}

/* Where the cursor is. */
struct spot {
	size_t start; /* of the word that ends at the cursor */
	char before;  /* what stands before it, blanks left out; NUL: nothing */
	bool show;    /* behind the word `show` */
	bool key;     /* in the parentheses of a measure that takes keys, too */
};

/* Whether a measure of what stands before i, and a parenthesis, can be of a key. */
static bool takes_key(const char *text, size_t i)
{
	_cleanup_strbuf_ struct strbuf show = { 0 };
	struct group_spec *s = NULL;
	size_t start;
	bool takes;

	while (i && text[i - 1] == ' ')
		i--;
	for (start = i; start && is_word_char(text[start - 1]);)
		start--;
	strbuf_add(&show, text + start, i - start);
	strbuf_str(&show, "(cpu)");
	takes = group_spec_parse("comm", show.s, &s, NULL) >= 0;
	group_spec_free(s);
	return takes;
}

static struct spot look_back(const char *text, size_t at)
{
	_cleanup_free_ char *head = xstrndup(text, at), *by = NULL, *show = NULL;
	struct spot s = { .start = at };
	size_t i;

	while (s.start && is_word_char(text[s.start - 1]))
		s.start--;
	head[s.start] = '\0';
	grouping_split(head, &by, &show);
	s.show = show;
	for (i = s.start; i && text[i - 1] == ' '; i--)
		;
	s.before = i ? text[i - 1] : '\0';
	s.key = s.before == '(' && takes_key(text, i - 1);
	/* Behind the word itself an item begins as behind a comma. */
	if (show && !show[strspn(show, " ")])
		s.before = ',';
	if (!show && !by[strspn(by, " ")])
		s.before = ',';
	return s;
}

static void add_key(const char *word, const char *help, void *data)
{
	words_add_what(data, word, help);
}

/* What takes a field is offered with the parenthesis. */
static void add_measure(const char *word, const char *help, void *data)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct group_spec *s = NULL;

	strbuf_str(&text, word);
	if (group_spec_parse("cpu", word, &s, NULL) == -EAGAIN)
		strbuf_char(&text, '(');
	group_spec_free(s);
	words_add_what(data, text.s, help);
}

struct taken {
	const char *word;
	bool is;
};

static void compare_key(const char *word, const char *help, void *data)
{
	struct taken *t = data;

	(void)help;
	t->is |= !strcmp(word, t->word);
}

/* A field whose name is a key's means that key, and stands there as such. */
static void drop_keys(struct words *w)
{
	size_t left = 0;

	for (size_t i = 0; i < w->count; i++) {
		struct taken t = { .word = w->v[i].text };

		group_each_key(compare_key, &t);
		if (!t.is) {
			w->v[left++] = w->v[i];
			continue;
		}
		free(w->v[i].text);
		free(w->v[i].what);
	}
	w->count = left;
}

static void put_fields(struct deck *d, struct words *w, struct strbuf *out)
{
	words_add_fields(d, w);
	drop_keys(w);
	words_put(w, out);
}

static void complete(const char *text, size_t at, size_t *from, struct strbuf *out, void *data)
{
	struct view *v = data;
	struct spot s = look_back(text, at);
	struct words words = { .prefix = text + s.start, .prefix_len = at - s.start };
	struct words fields = words;

	*from = s.start;
	if (s.before == '(') {
		if (s.key)
			group_each_key(add_key, &words);
		words_put(&words, out);
		put_fields(ui_deck(v->ui), &fields, out);
		return;
	}
	if (s.before != ',') {
		if (!s.show)
			words_add_what(&words, "show", "what is measured of each group");
		words_put(&words, out);
		return;
	}
	if (s.show)
		group_each_measure(add_measure, &words);
	else
		group_each_key(add_key, &words);
	words_put(&words, out);
	if (!s.show)
		put_fields(ui_deck(v->ui), &fields, out);
}

bool groups_complete(struct view *v, enum action action, const char *text, size_t at, size_t *from,
		     struct strbuf *out)
{
	if (action != ACT_GROUP)
		return false;
	complete(text, at, from, out, v);
	return true;
}

/* ---- asking ---- */

static void done(const char *text, void *data)
{
	struct view *v = data;

	if (!text || !text[strspn(text, " ")] || !groups_ask(v, text))
		return;
	ui_act(v->ui, NULL, ACT_GROUPS, NULL);
}

unsigned groups_prompt(struct view *v, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "group by",
		.check = check,
		.complete = complete,
		.done = done,
		.note = note,
	};
	struct err e = ERR_INIT;

	if (!arg->text)
		ui_prompt(v->ui, &ops, "", v);
	else if (check_text(groups_of(v), arg->text, &e) > 0)
		done(arg->text, v);
	else
		ui_say(v->ui, LOOK_ERROR, "%s", e.text);
	return REACT_DRAW;
}
