/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line_recall: what a line brings back instead of having it typed: history and completion.
 *
 * Owns the candidates. A key here changes the text as if it had been typed, and what was typed
 * before it can always be had back.
 */
#include "tui/line_private.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/util.h"
#include "tui/glyph.h"

/* ---- history ---- */

static enum line_result show(struct line *l, const char *text)
{
	line_replace(l, 0, l->text.len, text, strlen(text));
	l->at = l->text.len;
	return LINE_CHANGED;
}

/* Only what begins as what was typed, so that "pid" and Up finds the last filter on a pid. */
static enum line_result browse(struct line *l, bool older)
{
	const char *found;

	if (!l->history || !l->label || (!older && !l->browsed))
		return LINE_MOVED;
	if (!l->browsed) {
		strbuf_clear(&l->typed);
		strbuf_add(&l->typed, line_text(l), l->text.len);
	}
	do {
		found =
		    history_find(l->history, l->label, strbuf_cstr(&l->typed), older, &l->browsed);
	} while (found && !strcmp(found, line_text(l)));
	if (found)
		return show(l, found);
	if (older)
		return LINE_MOVED;
	l->browsed = 0;
	return show(l, strbuf_cstr(&l->typed));
}

enum line_result line_older(struct line *l)
{
	return browse(l, true);
}

enum line_result line_newer(struct line *l)
{
	return browse(l, false);
}

/* ---- completion ---- */

void line_end_completion(struct line *l)
{
	for (size_t i = 0; i < l->candidate_count; i++)
		free(l->candidates[i]);
	free(l->candidates);
	l->candidates = NULL;
	l->candidate_count = 0;
	l->chosen = -1;
}

/* Shows candidate i, or with -1 what was typed. */
static enum line_result choose(struct line *l, int i)
{
	const char *word = i < 0 ? strbuf_cstr(&l->word) : l->candidates[i];

	l->chosen = i;
	l->browsed = 0;
	return line_replace(l, l->word_from, l->at, word, strlen(word));
}

static void add_candidate(struct line *l, const char *s, size_t n)
{
	struct strbuf clean = { 0 };

	line_pass(&clean, s, n);
	if (!clean.len) {
		strbuf_done(&clean);
		return;
	}
	l->candidates = xrealloc(l->candidates, l->candidate_count + 1, sizeof(*l->candidates));
	l->candidates[l->candidate_count++] = strbuf_take(&clean);
}

/* Bytes that all candidates begin with, whole glyphs. */
static size_t common(const struct line *l)
{
	const char *first = l->candidates[0];
	size_t n = strlen(first), whole = 0;

	for (size_t i = 1; i < l->candidate_count; i++) {
		size_t same = 0;

		while (same < n && l->candidates[i][same] == first[same])
			same++;
		n = same;
	}
	while (whole < n) {
		struct glyph g;

		glyph_next(first + whole, strlen(first + whole), &g);
		if (whole + g.bytes > n)
			break;
		whole += g.bytes;
	}
	return whole;
}

enum line_result line_offer(struct line *l, size_t from, const char *candidates)
{
	size_t len, shared;

	line_end_completion(l);
	l->word_from = MIN(from, l->at);
	strbuf_clear(&l->word);
	strbuf_add(&l->word, line_text(l) + l->word_from, l->at - l->word_from);
	for (const char *p = candidates; *p; p += len + (p[len] == '\n')) {
		len = strcspn(p, "\n");
		add_candidate(l, p, len);
	}
	if (!l->candidate_count)
		return LINE_MOVED;
	shared = common(l);
	if (l->candidate_count == 1) {
		enum line_result r = choose(l, 0);

		line_end_completion(l);
		return r;
	}
	/* Candidates may match otherwise than by their beginning: never take away what was typed.
	 */
	if (shared <= l->word.len ||
	    memcmp(l->candidates[0], strbuf_cstr(&l->word), l->word.len) != 0)
		return choose(l, 0);
	l->browsed = 0;
	return line_replace(l, l->word_from, l->at, l->candidates[0], shared);
}

enum line_result line_tab(struct line *l)
{
	if (!l->candidate_count)
		return LINE_WANTS;
	return choose(l, (l->chosen + 1) % (int)l->candidate_count);
}

enum line_result line_back_tab(struct line *l)
{
	if (!l->candidate_count)
		return LINE_WANTS;
	return choose(l, l->chosen > 0 ? l->chosen - 1 : (int)l->candidate_count - 1);
}

enum line_result line_escape(struct line *l)
{
	enum line_result r;

	if (!l->candidate_count)
		return LINE_CANCEL;
	r = choose(l, -1);
	line_end_completion(l);
	return r;
}
