/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hist_read: the tables of a hist file.
 *
 * Each table begins with the trigger that it is of and ends with its totals. A key that is a string
 * may hold anything, line ends and braces too; but the kernel pads it to 50 characters and none
 * that could be longer is asked for (hist_check.c), so its end is known and nothing in it is taken
 * for what the kernel says. A line that is not as it should be is counted and left out.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"
#include "tracefs/hist.h"

#define TASK_PAD 16
#define INFO	 "# trigger info: "

/* A place in the text. */
struct at {
	const char *p, *end;
};

static bool take(struct at *a, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(a->end - a->p) < n || memcmp(a->p, word, n) != 0)
		return false;
	a->p += n;
	return true;
}

static void skip_blanks(struct at *a)
{
	while (a->p < a->end && *a->p == ' ')
		a->p++;
}

static bool take_number(struct at *a, uint64_t *ret)
{
	uint64_t v = 0;
	const char *from;

	skip_blanks(a);
	for (from = a->p; a->p < a->end && isdigit((unsigned char)*a->p); a->p++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*a->p - '0'), &v))
			return false;
	}
	*ret = v;
	return a->p > from;
}

static void skip_line(struct at *a)
{
	const char *nl = memchr(a->p, '\n', (size_t)(a->end - a->p));

	a->p = nl ? nl + 1 : a->end;
}

/* ---- keys ---- */

/* What follows a key: the next one or the end of the keys. */
static bool at_end_of_key(const struct at *a)
{
	struct at next = *a;

	return take(&next, ", ") || take(&next, " } hitcount:");
}

/* As the kernel pads it. */
static bool take_string(struct at *a, struct hist_value *v)
{
	const char *from = a->p;
	size_t len = HIST_TEXT;

	if (a->end - a->p < HIST_TEXT)
		return false;
	a->p += HIST_TEXT;
	if (!at_end_of_key(a))
		return false;
	while (len && from[len - 1] == ' ')
		len--;
	*v = (struct hist_value) { .text = from, .len = len };
	return true;
}

/* NAME[       TID]: the name padded to 16, of at most 15. */
static bool take_task(struct at *a, struct hist_value *v)
{
	const char *from = a->p;
	size_t len = TASK_PAD;

	if (a->end - a->p < TASK_PAD)
		return false;
	a->p += TASK_PAD;
	if (!take(a, "[") || !take_number(a, &v->number) || !take(a, "]"))
		return false;
	while (len && from[len - 1] == ' ')
		len--;
	v->text = from;
	v->len = len;
	return true;
}

static bool take_key(struct at *a, const struct hist_column *c, struct hist_value *v)
{
	*v = (struct hist_value) { 0 };
	if (!take(a, c->name) || !take(a, ": "))
		return false;
	switch ((enum hist_shape)c->shape) {
	case HIST_NUMBER:
	case HIST_SIGNED:
		return take_number(a, &v->number);
	case HIST_STRING:
		return take_string(a, v);
	case HIST_TASK:
		return take_task(a, v);
	}
	return false;
}

/* ---- lines ---- */

/* "latency: ~ 256-511" */
static bool take_part(struct at *a, struct hist_row *r)
{
	return take(a, "latency: ~ ") && take_number(a, &r->lo) && take(a, "-") &&
	       take_number(a, &r->hi) && r->lo <= r->hi;
}

/* Behind a group's line: the greatest latency it saw. */
static bool take_max(struct at *a, struct hist_row *r)
{
	return take(a, "\n\tmax:") && take_number(a, &r->max);
}

/* "{ KEYS } hitcount: N" and for groups "  latency: SUM" and the line of the greatest. */
static bool take_row(const struct hist_plan *p, struct at *a, bool part, struct hist_row *r)
{
	*r = (struct hist_row) { .part = part };
	for (unsigned i = 0; i < p->by_count; i++) {
		if ((i && !take(a, ", ")) || !take_key(a, &p->by[i], &r->keys[i]))
			return false;
	}
	if (part && ((p->by_count && !take(a, ", ")) || !take_part(a, r)))
		return false;
	if (!part && !p->by_count) {
		struct hist_column cpu = { "common_cpu", HIST_NUMBER };
		struct hist_value none;

		if (!take_key(a, &cpu, &none))
			return false;
	}
	if (!take(a, " } hitcount:") || !take_number(a, &r->count))
		return false;
	if (part)
		return true;
	return take(a, "  latency:") && take_number(a, &r->sum) && take_max(a, r);
}

/* "    Hits: 3733" */
static bool take_total(const struct at *a, const char *word, uint64_t *ret)
{
	struct at line = *a;

	skip_blanks(&line);
	return take(&line, word) && take_number(&line, ret);
}

/* ---- tables ---- */

/* Steps behind the head of the next table; *ret is the text of its trigger. */
static bool next_table(struct at *a, struct at *ret)
{
	while (a->p < a->end) {
		if (take(a, INFO)) {
			ret->p = a->p;
			skip_line(a);
			ret->end = a->p;
			return true;
		}
		skip_line(a);
	}
	return false;
}

static bool says(const struct at *info, const char *word)
{
	return memmem(info->p, (size_t)(info->end - info->p), word, strlen(word)) != NULL;
}

static void take_table(const struct hist_plan *p, struct at *a, bool part, hist_row_fn fn,
		       void *data, struct hist_counts *counts)
{
	uint64_t *dropped = part ? &counts->parts_dropped : &counts->pairs_dropped;
	struct hist_row r;
	uint64_t n;

	while (a->p < a->end) {
		struct at begin = *a;

		if (take(a, "{ ")) {
			if (take_row(p, a, part, &r)) {
				counts->pairs += part ? 0 : r.count;
				fn(&r, data);
			} else {
				/* Not where it went wrong: there may be a name's own line end. */
				a->p = begin.p;
				counts->odd++;
			}
		} else if (take_total(a, "Dropped:", &n)) {
			*dropped += n;
			skip_line(a);
			return;
		}
		skip_line(a);
	}
}

void hist_parse(const struct hist_plan *p, const char *text, size_t size, hist_row_fn fn,
		void *data, struct hist_counts *counts)
{
	struct at a = { text, text + size }, info;

	while (next_table(&a, &info))
		take_table(p, &a, says(&info, "latency.buckets="), fn, data, counts);
}

void hist_parse_total(const char *text, size_t size, const char *mark, uint64_t *hits,
		      uint64_t *dropped)
{
	struct at a = { text, text + size }, info;

	while (next_table(&a, &info)) {
		uint64_t h = 0, d = 0, n;

		if (!says(&info, mark))
			continue;
		/* The last ones before the next table: names that are keys may say so too. */
		while (a.p < a.end && memcmp(a.p, INFO, MIN((size_t)(a.end - a.p), strlen(INFO)))) {
			h = take_total(&a, "Hits:", &n) ? n : h;
			d = take_total(&a, "Dropped:", &n) ? n : d;
			skip_line(&a);
		}
		*hits += h;
		*dropped += d;
	}
}
