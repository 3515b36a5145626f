/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_time: from the times in a trace.dat to those everything else has: maps of what its options
 * say.
 *
 * A guest's times go to its host's by samples of their difference, cycles become ns, a fixed offset
 * is added: in this order, as trace-cmd does it. Every CPU of a guest has a line per pair of
 * samples. Where two lines meet with a step back the time stands still until the next has caught
 * up, so that records stay in order.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"
#include "tracefs/dat_time.h"

#define INTERPOLATE 1 /* a flag of TIME_SHIFT */

__extension__ typedef unsigned __int128 wide;

/* ---- lines ---- */

/* t * mult >> bits, rounding down. */
static int64_t scaled(int64_t t, uint64_t mult, unsigned bits)
{
	return (int64_t)((t * (time_wide)mult) >> bits);
}

static uint64_t at(const struct time_piece *p, uint64_t t)
{
	int64_t diff = (int64_t)(t - p->from);

	return p->to + (uint64_t)(p->mult ? scaled(diff, p->mult, p->shift) : diff);
}

/*
 * Adds a line that holds up to `until`. Where it would begin below the end of the one before it,
 * time stands still first.
 */
static void add_piece(struct time_map *m, const struct time_piece *p, uint64_t until)
{
	const struct time_piece *last = m->count ? &m->pieces[m->count - 1] : NULL;
	uint64_t before = last ? at(last, p->from) : 0;
	struct time_piece next = *p;
	time_wide wait;

	/* It goes on as it was, but for rounding: most guests keep step for hours. */
	if (last && before - p->to + 1 <= 2 && last->mult == p->mult && last->shift == p->shift)
		return;
	if (m->count && (int64_t)(before - p->to) > 0) {
		wait = (time_wide)(before - p->to);
		if (p->mult)
			wait = ((wait << p->shift) + p->mult - 1) / p->mult;
		m->pieces[m->count++] = (struct time_piece) { p->from, 1, 63, before };
		if (wait >= (time_wide)(until - p->from))
			return;
		next.from += (uint64_t)wait;
		next.to = before;
	}
	m->pieces[m->count++] = next;
}

/* Cycles to ns, and the offset, behind a line: its slope grows by that of the second. */
static void then_scale(const struct dat_times *t, struct time_piece *p)
{
	if (t->mult) {
		wide mult = (wide)(p->mult ? p->mult : 1) * t->mult;
		unsigned bits = (p->mult ? p->shift : 0) + t->bits;

		for (; mult >> 62 || bits > 63; bits--)
			mult >>= 1;
		p->to = (uint64_t)(((wide)p->to * t->mult) >> t->bits);
		p->mult = (uint64_t)mult;
		p->shift = bits;
	}
	p->to += t->offset;
}

/* The line from sample a on, towards b when differences are interpolated. */
static struct time_piece line(const struct dat_shift *s, const struct dat_sample *a,
			      const struct dat_sample *b)
{
	struct time_piece p = { .from = a->time, .mult = a->scaling, .shift = a->fraction };
	uint64_t delta = b ? b->time - a->time : 0;

	if (!b)
		p.mult = 0;
	p.to = (p.mult ? (uint64_t)scaled((int64_t)a->time, p.mult, p.shift) : a->time) +
	       (uint64_t)a->offset;
	if (b && p.mult == 1ULL << p.shift)
		p.mult = 0;
	if (s->flags & INTERPOLATE && delta) {
		time_wide step = (time_wide)b->offset - a->offset;
		time_wide slope =
		    ((time_wide)(p.mult ? p.mult : 1) << 40) >> (p.mult ? p.shift : 0);

		slope += step * ((time_wide)1 << 40) / (time_wide)delta;
		if (step && slope > 0 && slope < (time_wide)1 << 62) {
			p.mult = (uint64_t)slope;
			p.shift = 40;
		}
	}
	return p;
}

/* The map of a CPU, or without samples that of all others. */
static struct time_map *make_map(const struct dat_times *t, const struct dat_shift *shift,
				 unsigned cpu)
{
	const struct dat_samples *s = shift ? &shift->v[cpu] : NULL;
	uint32_t lines = s && s->count > 2 ? s->count - 1 : 1;
	struct time_map *m = xcalloc(1, sizeof(*m) + 2 * lines * sizeof(m->pieces[0]));

	for (uint32_t i = 0; i < lines; i++) {
		struct time_piece p = { 0 };
		bool last = i + 1 == lines;

		if (s && s->count)
			p = line(shift, &s->v[i], s->count > 1 ? &s->v[i + 1] : NULL);
		then_scale(t, &p);
		add_piece(m, &p, last ? UINT64_MAX : s->v[i + 1].time);
	}
	return m;
}

static void free_maps(struct dat_times *t)
{
	for (unsigned i = 0; i < t->map_count; i++)
		free(t->maps[i]);
	free(t->maps);
	free(t->plain);
	t->maps = NULL;
	t->plain = NULL;
	t->map_count = 0;
}

/* A host that wrote down how its guest differs is not moved by it. */
static bool shift_is_ours(const struct dat_times *t)
{
	for (unsigned i = 0; i < t->guest_count; i++)
		if (t->guests[i].trace_id == t->shift.peer)
			return false;
	return t->shift.cpus;
}

static void make_maps(struct dat_times *t, const struct dat_shift *s)
{
	free_maps(t);
	if (t->mult || t->offset)
		t->plain = make_map(t, NULL, 0);
	if (!s)
		return;
	t->map_count = s->cpus;
	t->maps = xcalloc(s->cpus, sizeof(struct time_map *));
	for (unsigned cpu = 0; cpu < s->cpus; cpu++)
		if (s->v[cpu].count)
			t->maps[cpu] = make_map(t, s, cpu);
}

void dat_time_make(struct dat *d)
{
	if (d->times)
		make_maps(d->times, shift_is_ours(d->times) ? &d->times->shift : NULL);
}

/* ---- asked ---- */

void dat_time_free(struct dat *d)
{
	struct dat_times *t = d->times;

	if (!t)
		return;
	free_maps(t);
	dat_shift_free(&t->shift);
	for (unsigned i = 0; i < t->guest_count; i++) {
		free(t->guests[i].name);
		free(t->guests[i].tids);
	}
	free(t);
}

const struct time_map *dat_time(const struct dat *d, unsigned cpu)
{
	const struct dat_times *t = d->times;

	if (!t)
		return NULL;
	return cpu < t->map_count && t->maps[cpu] ? t->maps[cpu] : t->plain;
}

uint64_t dat_trace_id(const struct dat *d)
{
	return d->times ? d->times->trace_id : 0;
}

const struct dat_guest *dat_guest(const struct dat *d, unsigned index)
{
	return d->times && index < d->times->guest_count ? &d->times->guests[index] : NULL;
}

int dat_pair(struct dat *host, struct dat *guest)
{
	uint64_t host_id = dat_trace_id(host), guest_id = dat_trace_id(guest);
	const struct dat_guest *g;

	if (!host_id || !guest_id)
		return -ENOENT;
	if (guest->times->shift.cpus && guest->times->shift.peer == host_id)
		return 0; /* it knows by itself */
	for (unsigned i = 0; (g = dat_guest(host, i)) && g->trace_id != guest_id;)
		i++;
	if (!g)
		return -ENOENT;
	if (host->times->shift.cpus && host->times->shift.peer == guest_id)
		make_maps(guest->times, &host->times->shift);
	return 0;
}
