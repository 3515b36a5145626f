/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_say: numbers of a recording in words, on standard error.
 */
#include "cli/record_say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/losses.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/strbuf.h"
#include "core/util.h"

#define COLUMNS 80

typedef unsigned long long ull;

void record_totals_add(struct record_totals *t, const struct recorder_status *s, bool so_far)
{
	t->events += s->events;
	t->bytes += s->bytes;
	t->lost += s->lost;
	t->lost_unknown += s->lost_unknown;
	t->missed += s->missed;
	t->own += s->own;
	t->unwanted += s->unwanted;
	t->version = s->version;
	if (so_far)
		return;
	t->files++;
	t->reason = s->reason;
	if (!t->first)
		t->first = xstrdup(s->path);
	free(t->last);
	t->last = xstrdup(s->path);
	if (s->note && !t->note)
		t->note = xstrdup(s->note);
}

void record_totals_done(struct record_totals *t)
{
	free(t->first);
	free(t->last);
	free(t->note);
	*t = (struct record_totals) { 0 };
}

static void put_lost(struct strbuf *b, const struct record_totals *t)
{
	losses_put(b, t->lost, t->lost_unknown != 0, "");
}

/* ---- the line ---- */

static size_t columns(void)
{
	struct winsize w;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col > 1 ? w.ws_col : COLUMNS;
}

void record_line_show(struct record_line *l, const struct record_totals *t, uint64_t now)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	double since = (double)(now - (l->at ? l->at : t->began)) / 1e9;
	char size[32];
	size_t len;

	if (!l->on)
		return;
	strbuf_fmt(&b, "%llu events, %s, ", (ull)t->events,
		   util_human_size(t->bytes, size, sizeof(size)));
	strbuf_fmt(&b, "%.0f/s, lost ",
		   since > 0 && t->events >= l->events ? (double)(t->events - l->events) / since
						       : 0);
	put_lost(&b, t);
	if (t->missed)
		strbuf_fmt(&b, ", not recorded %llu", (ull)t->missed);
	strbuf_fmt(&b, ", %.0f s", (double)(now - t->began) / 1e9);
	len = MIN(b.len, columns() - 1); /* a line that wraps could not be rewritten */
	fprintf(stderr, "\r%.*s%*s", (int)len, b.s, l->shown > len ? (int)(l->shown - len) : 0, "");
	if (l->shown > len)
		fprintf(stderr, "\r%.*s", (int)len, b.s);
	l->shown = len;
	l->at = now;
	l->events = t->events;
}

void record_line_clear(struct record_line *l)
{
	if (l->shown)
		fprintf(stderr, "\r%*s\r", (int)l->shown, "");
	l->shown = 0;
}

/* ---- the end ---- */

static const char *const reasons[] = {
	[RECORDER_MAX_EVENTS] = "; --count ended it",
	[RECORDER_MAX_BYTES] = "; --size ended it",
	[RECORDER_DISK_FULL] = "; the disk is full",
};

static void put_files(struct strbuf *b, const struct record_totals *t)
{
	if (t->files > 1)
		strbuf_fmt(b, "%llu files, %s to %s", (ull)t->files, t->first, t->last);
	else
		strbuf_str(b, t->last);
}

/* What was taken and is in no file: the disk was too slow for it, or took nothing any more. */
static void say_missed(const struct record_totals *t)
{
	bool broken = t->reason == RECORDER_DISK_FULL || t->reason == RECORDER_ERROR;

	if (t->missed)
		cli_say("not recorded: %llu events that %s", (ull)t->missed,
			broken ? "came when nothing could be written any more"
			       : "left the memory before the disk took them; a larger --memory "
				 "would help");
}

void record_say_end(const struct record_totals *t)
{
	double seconds = t->ended > t->began ? (double)(t->ended - t->began) / 1e9 : 0;
	_cleanup_strbuf_ struct strbuf b = { 0 };
	char size[32];

	if (!t->files || !t->bytes) /* a file that could not even be begun is gone */
		return;
	put_files(&b, t);
	strbuf_fmt(&b, ": %llu event%s in %.1f s (%.0f/s), %s, version %d, lost: ", (ull)t->events,
		   t->events == 1 ? "" : "s", seconds,
		   seconds > 0 ? (double)t->events / seconds : 0,
		   util_human_size(t->bytes, size, sizeof(size)), t->version);
	put_lost(&b, t);
	if (t->reason < ARRAY_SIZE(reasons) && reasons[t->reason])
		strbuf_str(&b, reasons[t->reason]);
	cli_say("%s", strbuf_cstr(&b));
	if (t->note)
		cli_say("%s", t->note);
	if (t->lost || t->lost_unknown)
		cli_say("what was lost the ring buffer could not hold; a larger --buffer or fewer "
			"tracers would help");
	say_missed(t);
	if (t->unwanted)
		cli_say("left out: %llu events that the kernel let through and the filter did not",
			(ull)t->unwanted);
	if (t->own)
		cli_say("left out: %llu events of tapdeck itself", (ull)t->own);
}
