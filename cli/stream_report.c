/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream_report: what a stream says when it is over, on standard error: how much there was, what
 * was lost and where, and who was busiest.
 */
#include "cli/stream_report.h"

#include <stdio.h>
#include <string.h>

#include "cli/choice.h"
#include "cli/losses.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/util.h"

struct tops {
	struct summary_row row[3];
	char comm[3][COMM_LEN];
	unsigned count;
};

static bool keep_top(const struct summary_row *r, void *data)
{
	struct tops *t = data;
	unsigned at = t->count;

	if (r->tid < 0 && r->pid < 0) /* many together are nobody */
		return true;
	while (at > 0 && t->row[at - 1].events < r->events)
		at--;
	if (at == ARRAY_SIZE(t->row))
		return true;
	for (unsigned i = MIN(t->count, (unsigned)ARRAY_SIZE(t->row) - 1); i > at; i--) {
		t->row[i] = t->row[i - 1];
		memcpy(t->comm[i], t->comm[i - 1], COMM_LEN);
	}
	t->row[at] = *r;
	snprintf(t->comm[at], COMM_LEN, "%s", r->comm); /* borrowed during the call */
	t->count = MIN(t->count + 1, (unsigned)ARRAY_SIZE(t->row));
	return true;
}

static void say_busiest(struct deck *d)
{
	struct tops t = { .count = 0 };
	struct strbuf b = { 0 };

	summary_each(deck_summary(d), deck_identity(d), true, keep_top, &t);
	for (unsigned i = 0; i < t.count; i++) {
		const struct summary_row *r = &t.row[i];

		strbuf_str(&b, i ? ", " : "");
		safe_text(&b, t.comm[i], strlen(t.comm[i]));
		strbuf_fmt(&b, " (%s %d) %llu", r->pid < 0 ? "tid" : "pid",
			   r->pid < 0 ? r->tid : r->pid, (unsigned long long)r->events);
	}
	if (b.len)
		cli_say("busiest: %s", b.s);
	strbuf_done(&b);
}

static void say_losses(const struct stream_counts *c, uint64_t lost, uint64_t unknown)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };

	losses_put(&b, lost, unknown != 0, " events");
	if (lost || unknown)
		cli_say("lost: %s; the ring buffer could not hold them%s", b.s,
			c->live ? "; a larger --buffer or fewer tracers would help" : "");
	if (c->missed)
		cli_say("not shown: %llu events that left the store first; a larger --memory "
			"would help",
			(unsigned long long)c->missed);
	if (c->unread)
		cli_say("not shown: %llu events that were left when the reader took no more",
			(unsigned long long)c->unread);
}

void stream_report(struct deck *d, const struct stream_counts *c)
{
	uint64_t events = 0, lost = 0, unknown = 0, late = 0;
	_cleanup_strbuf_ struct strbuf damaged = { 0 }, apart = { 0 };
	double seconds = (double)(clock_mono() - c->began) / 1e9;
	const struct source *src;

	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++) {
		if (src->flags & SOURCE_HIDDEN)
			continue;
		events += src->events;
		lost += src->lost;
		unknown += src->lost_unknown;
		late += src->late;
	}
	if (c->apart)
		strbuf_fmt(&apart, ", %llu %s", (unsigned long long)c->apart,
			   choice_apart(c->opts));
	cli_say("%llu events in %.1f s (%.0f/s), %llu shown, %llu filtered out%s%s, %s lost",
		(unsigned long long)events, seconds, seconds > 0 ? (double)events / seconds : 0,
		(unsigned long long)c->shown, (unsigned long long)c->hidden,
		c->kernel ? " behind the kernel's filter" : "", strbuf_cstr(&apart),
		lost || unknown ? "some" : "none");
	say_losses(c, lost, unknown);
	losses_put_damaged(&damaged, c->opts, d);
	if (damaged.len)
		cli_say("%s", damaged.s);
	if (late)
		cli_say("late: %llu events came after younger ones were shown",
			(unsigned long long)late);
	say_busiest(d);
}
