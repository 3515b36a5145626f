/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events_find: searching the rows for text, and jumping to the next of a kind.
 *
 * A search looks at the rows that pass the filter, from the cursor on, a slice in each update; Esc
 * stops it. The hits are counted by the way, from the oldest row on; a count that is not complete
 * says so with a "+". The pattern is text, or a regular expression between slashes; capitals in it
 * make it mind them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tui/events.h"

#define HITS_MAX 65536

void find_init(struct find *f, struct store *s)
{
	*f = (struct find) {
		.cursor = cursor_new(s, CURSOR_LOSSES),
		.counter = cursor_new(s, CURSOR_LOSSES),
	};
}

bool find_forget(struct find *f)
{
	bool was = f->text;

	if (was && f->is_regex)
		regfree(&f->regex);
	free(f->text);
	f->text = NULL;
	f->is_regex = false;
	return was;
}

void find_done(struct find *f)
{
	find_forget(f);
	strbuf_done(&f->scratch);
	cursor_free(f->cursor);
	cursor_free(f->counter);
	free(f->hits);
	*f = (struct find) { 0 };
}

void find_restart(struct find *f)
{
	f->first_hit = f->hit_count = 0;
	f->counted = false;
	f->restart = true;
}

void find_stop(struct find *f)
{
	f->fn = NULL;
}

/* ---- patterns ---- */

static bool has_capital(const char *s)
{
	for (; *s; s++)
		if (isupper((unsigned char)*s))
			return true;
	return false;
}

/* The expression between slashes, or NULL for plain text; the closing one may be missing. */
static char *expression(const char *text)
{
	size_t len = strlen(text);

	if (len < 2 || text[0] != '/')
		return NULL;
	return xstrndup(text + 1, len - 1 - (len > 2 && text[len - 1] == '/'));
}

static int compile(const char *pattern, bool ignore_case, regex_t *ret, struct err *e)
{
	char why[128];
	int rc = regcomp(ret, pattern, REG_EXTENDED | (ignore_case ? REG_ICASE : 0));

	if (!rc)
		return 0;
	regerror(rc, ret, why, sizeof(why));
	return err_set(e, -EINVAL, "search: %s", why);
}

/* Takes text over as what is searched for; a wrong expression changes nothing. */
static int set_text(struct find *f, const char *text, struct err *e)
{
	_cleanup_free_ char *pattern = expression(text);
	bool ignore_case = !has_capital(pattern ? pattern : text);
	regex_t regex;

	if (pattern && compile(pattern, ignore_case, &regex, e) < 0)
		return -EINVAL;
	find_forget(f);
	f->text = xstrdup(text);
	f->ignore_case = ignore_case;
	f->is_regex = pattern != NULL;
	if (pattern)
		f->regex = regex;
	find_restart(f);
	return 0;
}

size_t find_in(const struct find *f, const char *text, size_t *at)
{
	regmatch_t m;
	const char *hit;

	if (!f->text || !*f->text)
		return 0;
	if (f->is_regex) {
		if (regexec(&f->regex, text + *at, 1, &m, *at ? REG_NOTBOL : 0) ||
		    m.rm_eo <= m.rm_so)
			return 0;
		*at += (size_t)m.rm_so;
		return (size_t)(m.rm_eo - m.rm_so);
	}
	hit = f->ignore_case ? strcasestr(text + *at, f->text) : strstr(text + *at, f->text);
	if (!hit)
		return 0;
	*at = (size_t)(hit - text);
	return strlen(f->text);
}

static bool is_hit(struct events *ev, const struct row *r)
{
	size_t at = 0;

	strbuf_clear(&ev->find.scratch);
	row_text(ev, r, &ev->find.scratch);
	return find_in(&ev->find, strbuf_cstr(&ev->find.scratch), &at) > 0;
}

/* ---- the other kinds ---- */

static bool is_same_thread(struct events *ev, const struct row *r)
{
	return !(r->flags & ROW_LOSS) && r->tid == ev->find.tid;
}

static bool is_same_event(struct events *ev, const struct row *r)
{
	return r->schema && ev->find.schema && !strcmp(r->schema->name, ev->find.schema->name) &&
	       !strcmp(r->schema->system, ev->find.schema->system);
}

static bool is_loss(struct events *ev, const struct row *r)
{
	(void)ev;
	return r->flags & ROW_LOSS;
}

/* ---- walking ---- */

/* Begins at the line under the cursor, which itself is no hit. */
static unsigned start(struct events *ev, find_fn fn, bool backwards, unsigned count)
{
	const struct shown *s = window_cursor(&ev->win);
	struct find *f = &ev->find;
	struct row r;

	if (!s) {
		ui_say(ev->ui, LOOK_WARN, "there is no row to start from");
		return REACT_DRAW;
	}
	f->fn = fn;
	f->backwards = backwards;
	f->left = count ? count : 1;
	f->away = false;
	cursor_seek_row(f->cursor, backwards ? &s->row : &s->last);
	if (!backwards)
		cursor_next(f->cursor, UINT64_MAX, &r);
	window_pause(&ev->win);
	return REACT_DRAW;
}

/* What is here was looked through; a recording may have more. */
static bool look_further(struct events *ev)
{
	const struct shown *s = window_cursor(&ev->win);
	struct find *f = &ev->find;
	find_fn fn = f->fn;
	uint64_t ts;

	if (!f->away && s)
		f->origin = s->row.ts;
	if (!time_bring_next(ev, f->backwards, &ts))
		return false;
	f->away = true;
	f->fn = fn; /* the rows it was at are void, what it looks for is not */
	cursor_seek(f->cursor, ts);
	return true;
}

static void not_found(struct events *ev)
{
	if (ev->find.away && time_bring(ev, ev->find.origin))
		window_seek(&ev->win, ev->find.origin);
	ui_say(ev->ui, LOOK_WARN, "no %s %s%s", ev->find.backwards ? "earlier" : "later",
	       ev->find.what, ev->win.sieve.filter ? " among the rows the filter shows" : "");
	ev->find.fn = NULL;
}

bool find_work(struct events *ev, struct budget *b)
{
	const struct sieve *sieve = &ev->win.sieve;
	struct find *f = &ev->find;
	struct row r;

	while (f->fn) {
		enum step s = f->backwards ? sieve_prev(sieve, f->cursor, 0, UINT64_MAX, b, &r)
					   : sieve_next(sieve, f->cursor, ev->win.horizon, b, &r);

		if (s == STEP_SPENT)
			return true;
		if (s == STEP_END) {
			if (look_further(ev))
				return true;
			not_found(ev);
			break;
		}
		if (!f->fn(ev, &r) || --f->left)
			continue;
		f->fn = NULL;
		window_show(&ev->win, &r);
	}
	return false;
}

/* ---- counting hits ---- */

static void forget_gone(struct events *ev)
{
	struct find *f = &ev->find;

	while (f->hit_count && !row_is_here(ev->win.store, &f->hits[f->first_hit])) {
		f->first_hit++;
		f->hit_count--;
	}
}

static void add_hit(struct find *f, const struct row *r)
{
	if (f->first_hit + f->hit_count == f->hit_cap && f->first_hit) {
		memmove(f->hits, f->hits + f->first_hit, f->hit_count * sizeof(*f->hits));
		f->first_hit = 0;
	} else if (f->first_hit + f->hit_count == f->hit_cap) {
		f->hit_cap = f->hit_cap ? 2 * f->hit_cap : 64;
		f->hits = xrealloc(f->hits, f->hit_cap, sizeof(*f->hits));
	}
	f->hits[f->first_hit + f->hit_count++] = *r;
}

bool find_count(struct events *ev, struct budget *b)
{
	struct find *f = &ev->find;
	uint64_t arrived = events_arrived(ev->win.store), came, looked = 0;
	struct row r;

	if (!f->text || f->hit_count >= HITS_MAX)
		return false;
	if (f->restart) {
		cursor_seek(f->counter, 0);
		f->arrived = arrived;
	}
	f->restart = false;
	came = arrived - f->arrived;
	f->arrived = arrived;
	forget_gone(ev);
	while (f->hit_count < HITS_MAX) {
		enum step s = sieve_next(&ev->win.sieve, f->counter, ev->win.horizon, b, &r);

		if (s == STEP_END) {
			f->counted = true;
			return false;
		}
		if (s == STEP_SPENT)
			break;
		looked++;
		if (is_hit(ev, &r))
			add_hit(f, &r);
	}
	f->counted = false;
	return !came || looked > 2 * came; /* else it will not be over soon: no hurry */
}

void find_status(const struct events *ev, struct strbuf *out)
{
	const struct find *f = &ev->find;
	const struct shown *s = window_cursor(&ev->win);
	size_t low = 0, high = f->hit_count;
	bool on = false;

	if (!f->text)
		return;
	while (s && low < high) {
		size_t mid = low + (high - low) / 2;
		int c = row_compare(&f->hits[f->first_hit + mid], &s->row);

		on |= !c;
		if (c <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (!f->hit_count) {
		strbuf_str(out, f->counted ? ", no hit" : ", no hit yet");
		return;
	}
	strbuf_str(out, ", ");
	if (on)
		strbuf_fmt(out, "hit %zu of ", low);
	number_text(out, f->hit_count);
	if (!f->counted)
		strbuf_char(out, '+');
	if (!on)
		strbuf_str(out, f->hit_count == 1 ? " hit" : " hits");
}

/* ---- actions ---- */

static int check_search(const char *text, struct err *e, void *data)
{
	_cleanup_free_ char *pattern = expression(text);
	regex_t regex;

	(void)data;
	if (!pattern)
		return 1;
	if (compile(pattern, false, &regex, e) < 0)
		return -1;
	regfree(&regex);
	return 1;
}

static void name_search(struct find *f)
{
	snprintf(f->what, sizeof(f->what), "hit of '%s'", f->text);
}

static void search_done(const char *text, void *data)
{
	struct events *ev = data;
	struct err e = ERR_INIT;

	if (!text)
		return;
	ev->dirty = true;
	if (!*text) {
		find_forget(&ev->find);
		return;
	}
	if (set_text(&ev->find, text, &e) < 0) {
		ui_say(ev->ui, LOOK_ERROR, "%s", e.text);
		return;
	}
	name_search(&ev->find);
	/* While following, what is looked for is usually above. */
	start(ev, is_hit, ev->win.follow, 1);
}

unsigned find_prompt(struct events *ev, const struct act_arg *arg)
{
	static const struct prompt_ops ops = {
		.label = "search",
		.check = check_search,
		.done = search_done,
	};

	if (arg->text)
		search_done(arg->text, ev);
	else
		ui_prompt(ev->ui, &ops, "", ev);
	return REACT_DRAW;
}

unsigned find_text(struct events *ev, const struct act_arg *arg, bool backwards)
{
	if (!ev->find.text)
		return find_prompt(ev, arg);
	name_search(&ev->find);
	return start(ev, is_hit, backwards, arg->count);
}

unsigned find_jump(struct events *ev, enum action a, const struct act_arg *arg)
{
	bool backwards = a == ACT_PREV_SAME_PID || a == ACT_PREV_SAME_EVENT || a == ACT_PREV_LOSS;
	const struct row *r = events_row(ev);
	struct find *f = &ev->find;

	if (a == ACT_NEXT_LOSS || a == ACT_PREV_LOSS) {
		snprintf(f->what, sizeof(f->what), "loss");
		return start(ev, is_loss, backwards, arg->count);
	}
	if (r && (a == ACT_NEXT_SAME_PID || a == ACT_PREV_SAME_PID)) {
		f->tid = r->tid;
		snprintf(f->what, sizeof(f->what), "row of thread %d", r->tid);
		return start(ev, is_same_thread, backwards, arg->count);
	}
	if (!r || !r->schema) {
		ui_say(ev->ui, LOOK_WARN, "put the cursor on an event first");
		return REACT_DRAW;
	}
	f->schema = r->schema;
	snprintf(f->what, sizeof(f->what), "%.40s", r->schema->name);
	return start(ev, is_same_event, backwards, arg->count);
}
