/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_cost: what the programs of tracers cost, second by second.
 *
 * The kernel counts it for whoever asks, which costs a little itself: it is asked for only while
 * the numbers have a place on the screen.
 */
#include "core/util.h"
#include "tui/tracers.h"

bool cost_take(struct run_cost *c, const struct tracer_status *s, uint64_t now)
{
	uint64_t span = c->at && now > c->at ? now - c->at : 0;

	c->held = s->held;
	c->room = s->room;
	c->lost = s->lost;
	if (c->at && span < NSEC_PER_SEC)
		return false;
	/* It begins anew when it was not watched in between. */
	c->span = c->runs && s->runs >= c->runs && s->run_ns >= c->run_ns ? span : 0;
	c->new_runs = c->span ? s->runs - c->runs : 0;
	c->new_ns = c->span ? s->run_ns - c->run_ns : 0;
	c->runs = s->runs;
	c->run_ns = s->run_ns;
	c->at = now ? now : 1;
	return c->span || c->room;
}

bool cost_percent(const struct run_cost *c, double *ret)
{
	if (!c->span)
		return false;
	*ret = (double)c->new_ns * 100 / (double)c->span;
	return true;
}

void cost_words(const struct run_cost *c, struct strbuf *out)
{
	char held[32], room[32];
	double percent;

	if (cost_percent(c, &percent)) {
		strbuf_grouped(out, c->new_runs * NSEC_PER_SEC / c->span);
		strbuf_str(out, " runs/s");
		if (c->new_runs) {
			strbuf_str(out, ", ");
			strbuf_duration(out, (double)c->new_ns / (double)c->new_runs);
			strbuf_str(out, " each");
		}
		strbuf_fmt(out, percent < 0.01 ? ", <0.01 %% of a CPU" : ", %.2f %% of a CPU",
			   percent);
	}
	if (c->room)
		strbuf_fmt(out, "%sring %s of %s", out->len ? "; " : "",
			   util_human_size(c->held, held, sizeof(held)),
			   util_human_size(c->room, room, sizeof(room)));
}

void cost_watch(struct tracers *t, bool shown)
{
	for (size_t i = 0; i < t->root.count; i++) {
		struct node *n = t->root.children[i];
		struct backend *b = n->kind == NODE_BACKEND ? node_backend(t, n) : NULL;

		if (!b || !b->ops->watch || n->watched == shown)
			continue;
		b->ops->watch(b, shown);
		n->watched = shown;
	}
}
