/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history: what was typed before, by the label of the prompt.
 *
 * Owns the texts. The file is read and written only when asked; a reader of it finds the
 * old one or the new one, never a half. Never holds what could disturb a terminal.
 */
#include "tui/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "tui/slurp.h"
#include "tui/state_file.h"

enum {
	HISTORY_FILE_MAX = 4 * 1024 * 1024,
	LABEL_MAX = 32,
	TEXT_MAX = 4001, /* more than a line holds */
};

struct entry {
	char *label, *text;
	bool fresh; /* added here and not written yet */
};

struct history {
	struct entry v[HISTORY_MAX]; /* oldest first */
	size_t count;
};

struct history *history_new(void)
{
	return xcalloc(1, sizeof(struct history));
}

static void remove_entry(struct history *h, size_t i)
{
	free(h->v[i].label);
	free(h->v[i].text);
	memmove(&h->v[i], &h->v[i + 1], (h->count - i - 1) * sizeof(h->v[0]));
	h->count--;
}

void history_free(struct history *h)
{
	while (h && h->count)
		remove_entry(h, h->count - 1);
	free(h);
}

static bool is_label(const char *s, size_t n)
{
	return n && n < LABEL_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz- ") >= n;
}

static bool is_text(const char *s, size_t n)
{
	return n && n < TEXT_MAX && strspn(s, " ") < n && safe_is_plain(s, n);
}

static void add(struct history *h, const char *label, const char *text, bool fresh)
{
	if (!is_label(label, strlen(label)) || !is_text(text, strlen(text)))
		return;
	for (size_t i = 0; i < h->count; i++) {
		if (!strcmp(h->v[i].label, label) && !strcmp(h->v[i].text, text)) {
			remove_entry(h, i);
			break;
		}
	}
	if (h->count == HISTORY_MAX)
		remove_entry(h, 0);
	h->v[h->count++] = (struct entry) {
		.label = xstrdup(label),
		.text = xstrdup(text),
		.fresh = fresh,
	};
}

void history_add(struct history *h, const char *label, const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text); /* it may be one of ours */

	add(h, label, copy, true);
}

const char *history_find(const struct history *h, const char *label, const char *prefix, bool older,
			 size_t *at)
{
	size_t i = *at;

	/* *at counts from the newest, which is 1. */
	while (older ? i < h->count : i > 1) {
		const struct entry *e;

		i = older ? i + 1 : i - 1;
		e = &h->v[h->count - i];
		if (!strcmp(e->label, label) && !strncmp(e->text, prefix, strlen(prefix))) {
			*at = i;
			return e->text;
		}
	}
	return NULL;
}

/* ---- the file ---- */

static void read_line(struct history *h, char *line)
{
	char *tab = strchr(line, '\t');

	if (!tab)
		return;
	*tab = '\0';
	add(h, line, tab + 1, false);
}

int history_read(struct history *h, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	char *line, *rest;
	int r = slurp(path, HISTORY_FILE_MAX, true, &text, e);

	if (r <= 0)
		return r;
	for (rest = text.s; (line = strsep(&rest, "\n"));)
		read_line(h, line);
	return 0;
}

int history_write(struct history *h, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct history *all = history_new();
	int r;

	/* A file that cannot be read is not worth keeping. */
	history_read(all, path, NULL);
	for (size_t i = 0; i < h->count; i++)
		if (h->v[i].fresh)
			add(all, h->v[i].label, h->v[i].text, false);
	for (size_t i = 0; i < all->count; i++)
		strbuf_fmt(&text, "%s\t%s\n", all->v[i].label, all->v[i].text);
	history_free(all);
	r = state_write(path, &text, e);
	for (size_t i = 0; i < h->count && r == 0; i++)
		h->v[i].fresh = false;
	return r;
}
