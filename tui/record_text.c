/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_text: the names and words of a recording. Knows neither frame nor deck.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"
#include "tui/canvas.h"
#include "tui/record.h"

#define TRIES_MAX     10000
#define NUMBER_DIGITS 3

/* ---- names ---- */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* Where the number of a name begins that was numbered before: "NAME-2"; its value in *n. */
static int numbered(const char *path, int stem, int *n)
{
	int at = stem, value = 0;

	for (int unit = 1; at > 0 && path[at - 1] >= '0' && path[at - 1] <= '9'; unit *= 10) {
		value += unit * (path[--at] - '0');
		if (stem - at > NUMBER_DIGITS)
			return stem; /* a time */
	}
	if (at == stem || at < 2 || path[at - 1] != '-')
		return stem;
	*n = value;
	return at - 1;
}

char *record_free_name(const char *path)
{
	const char *base = base_of(path), *dot = strrchr(base, '.');
	int end = dot && dot > base ? (int)(dot - path) : (int)strlen(path), n = 1;
	int stem = numbered(path, end, &n);
	struct strbuf b = { 0 };

	strbuf_str(&b, path);
	for (int i = 0; i < TRIES_MAX && is_there(strbuf_cstr(&b)); i++) {
		strbuf_clear(&b);
		strbuf_fmt(&b, "%.*s-%d%s", stem, path, ++n, path + end);
	}
	return strbuf_take(&b);
}

char *record_default_name(const char *folder, uint64_t real)
{
	time_t second = (time_t)(real / NSEC_PER_SEC);
	_cleanup_strbuf_ struct strbuf b = { 0 };
	char stamp[32] = "";
	struct tm tm;

	if (localtime_r(&second, &tm))
		strftime(stamp, sizeof(stamp), "-%Y%m%d-%H%M%S", &tm);
	strbuf_fmt(&b, "%strace%s.dat", folder ? folder : "", stamp);
	return record_free_name(b.s);
}

char *record_folder(const char *path)
{
	return xstrndup(path, (size_t)(base_of(path) - path));
}

/* ---- words ---- */

void record_size(struct strbuf *out, uint64_t bytes)
{
	char size[32];

	strbuf_str(out, util_human_size(bytes, size, sizeof(size)));
}

static void put_time(struct strbuf *out, uint64_t ns)
{
	uint64_t s = ns / NSEC_PER_SEC;

	if (s >= 3600)
		strbuf_fmt(out, "%u:%02u:%02u", (unsigned)(s / 3600), (unsigned)(s / 60 % 60),
			   (unsigned)(s % 60));
	else
		strbuf_fmt(out, "%02u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

static void put_lost(struct strbuf *out, const struct recorder_status *s)
{
	if (s->lost_unknown && !s->lost) {
		strbuf_str(out, " lost some");
	} else {
		strbuf_fmt(out, " lost %s", s->lost_unknown ? "at least " : "");
		strbuf_count(out, s->lost);
	}
	if (!s->missed)
		return;
	strbuf_str(out, " missed ");
	strbuf_count(out, s->missed);
}

/* The parts of the line, what is missed least last; each goes where there is no room. */
enum part { PART_LOST, PART_TIME, PART_SIZE, PART_RATE, PART_NAME, PARTS };

static void put_part(struct strbuf *out, enum part part, const struct recorder_status *s,
		     uint64_t now)
{
	const char *base = base_of(s->path ? s->path : "");
	uint64_t end = s->ended ? s->ended : now;

	if (part == PART_LOST) {
		put_lost(out, s);
		return;
	}
	strbuf_char(out, ' ');
	if (part == PART_NAME) {
		safe_text(out, base, strlen(base));
	} else if (part == PART_SIZE) {
		record_size(out, s->bytes);
	} else if (part == PART_RATE) {
		strbuf_count(out, s->events_rate);
		strbuf_str(out, "/s");
	} else {
		put_time(out, end > s->began ? end - s->began : 0);
	}
}

void record_line(struct strbuf *out, const struct recorder_status *s, uint64_t now, int width)
{
	static const enum part order[PARTS] = { PART_NAME, PART_SIZE, PART_TIME, PART_RATE,
						PART_LOST };
	size_t begin = out->len;

	/* What was lost is never left out where something was. */
	for (int keep = PARTS; keep >= 0; keep--) {
		strbuf_cut(out, begin);
		strbuf_str(out, s->state == RECORDER_RUNNING ? "REC" : "REC ending");
		for (int i = 0; i < PARTS; i++)
			if ((int)order[i] < keep)
				put_part(out, order[i], s, now);
		if (text_width(out->s + begin, out->len - begin) <= width)
			return;
	}
}

void record_summary(struct strbuf *out, const struct recorder_status *s)
{
	static const char *const why[] = {
		[RECORDER_MAX_EVENTS] = "as many as were wanted: ",
		[RECORDER_MAX_BYTES] = "as large as it may become: ",
		[RECORDER_DISK_FULL] = "the disk is full: ",
	};
	const char *path = s->path ? s->path : "";

	if (s->reason < ARRAY_SIZE(why) && why[s->reason])
		strbuf_str(out, why[s->reason]);
	strbuf_grouped(out, s->events);
	strbuf_str(out, s->events == 1 ? " event, " : " events, ");
	record_size(out, s->bytes);
	strbuf_str(out, " in ");
	safe_text(out, path, strlen(path));
	if (s->lost_unknown && !s->lost) {
		strbuf_str(out, "; some lost, nobody knows how many");
	} else if (s->lost) {
		strbuf_str(out, s->lost_unknown ? "; at least " : "; ");
		strbuf_grouped(out, s->lost);
		strbuf_str(out, " lost");
	}
	if (s->missed) {
		strbuf_str(out, "; ");
		strbuf_grouped(out, s->missed);
		strbuf_str(out, " left the store before they were written");
	}
	if (s->note) {
		strbuf_str(out, "; ");
		safe_text(out, s->note, strlen(s->note));
	}
}
