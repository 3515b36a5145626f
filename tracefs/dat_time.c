/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_time: options of a trace.dat that say what its times mean, and the map made of them.
 *
 * A guest's times go to its host's by samples of their difference, cycles become ns, a fixed offset
 * is added: in this order, as trace-cmd does it. Every CPU of a guest has a line per pair of
 * samples. Where two lines meet with a step back the time stands still until the next has caught
 * up, so that records stay in order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "tracefs/dat_private.h"

#define INTERPOLATE 1
#define SAMPLES_MAX 65536 /* of a CPU */
#define GUESTS_MAX  256
#define RATIO_MAX   (1u << 20) /* of two clocks: more is no clock */

__extension__ typedef unsigned __int128 wide;

struct sample {
	uint64_t time;
	int64_t offset;
	uint64_t scaling;
	unsigned fraction;
};

struct samples {
	uint32_t count;
	struct sample *v;
};

/* A TIME_SHIFT option. */
struct shift {
	uint64_t peer;
	uint32_t flags;
	unsigned cpus;
	struct samples *v;
};

struct dat_times {
	uint64_t trace_id;
	uint64_t mult; /* 0: times are ns */
	unsigned bits;
	uint64_t offset; /* to add */
	struct shift shift;
	struct dat_guest guests[GUESTS_MAX];
	unsigned guest_count;
	struct time_map *plain; /* of CPUs without samples */
	struct time_map **maps; /* of those with: map_count of them */
	unsigned map_count;
};

static struct dat_times *times_of(struct dat *d)
{
	if (!d->times)
		d->times = xcalloc(1, sizeof(*d->times));
	return d->times;
}

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
	uint64_t before = m->count ? at(&m->pieces[m->count - 1], p->from) : 0;
	struct time_piece next = *p;
	time_wide wait;

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
static struct time_piece line(const struct shift *s, const struct sample *a, const struct sample *b)
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
static struct time_map *make_map(const struct dat_times *t, const struct shift *shift, unsigned cpu)
{
	const struct samples *s = shift ? &shift->v[cpu] : NULL;
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

static void make_maps(struct dat_times *t, const struct shift *s)
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

/* ---- options ---- */

static void free_shift(struct shift *s)
{
	for (unsigned cpu = 0; cpu < s->cpus; cpu++)
		free(s->v[cpu].v);
	free(s->v);
	*s = (struct shift) { 0 };
}

/* Bytes of an option. */
struct bytes {
	const uint8_t *p;
	size_t left;
};

static bool number(const struct dat *d, struct bytes *b, unsigned size, uint64_t *ret)
{
	if (b->left < size)
		return false;
	*ret = dat_number(d, b->p, size);
	b->p += size;
	b->left -= size;
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

static bool good_ratios(const struct samples *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->v[i].scaling >> s->v[i].fraction > RATIO_MAX)
			return false;
	return true;
}

/* In order, each time once. */
static void sort_samples(struct samples *s)
{
	uint32_t kept = 0;

	qsort(s->v, s->count, sizeof(*s->v), by_time);
	for (uint32_t i = 0; i < s->count; i++)
		if (!i || s->v[i].time != s->v[kept - 1].time)
			s->v[kept++] = s->v[i];
	s->count = kept;
}

/* All times of a CPU, then all differences, then all ratios. */
static bool read_samples(const struct dat *d, struct bytes *b, struct samples *s)
{
	uint64_t count, v = 0;

	if (!number(d, b, 4, &count) || count > SAMPLES_MAX || count > b->left / 24)
		return false;
	s->count = (uint32_t)count;
	s->v = xcalloc(count ? count : 1, sizeof(*s->v));
	for (uint32_t i = 0; i < count; i++)
		number(d, b, 8, &s->v[i].time);
	for (uint32_t i = 0; i < count; i++) {
		number(d, b, 8, &v);
		s->v[i].offset = (int64_t)v;
	}
	for (uint32_t i = 0; i < count; i++)
		number(d, b, 8, &s->v[i].scaling);
	return true;
}

/* Newer files say how many bits of each ratio are behind the point. */
static bool read_fractions(const struct dat *d, struct bytes *b, struct samples *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		uint64_t bits;

		if (!number(d, b, 8, &bits) || bits > 62)
			return false;
		s->v[i].fraction = (unsigned)bits;
	}
	return true;
}

static bool read_shift(struct dat *d, struct bytes b, struct shift *s)
{
	uint64_t flags, cpus;
	bool good;

	if (!number(d, &b, 8, &s->peer) || !number(d, &b, 4, &flags) || !number(d, &b, 4, &cpus) ||
	    cpus > DAT_CPUS_MAX || cpus > b.left / 4)
		return false;
	s->flags = (uint32_t)flags;
	s->v = xcalloc(cpus ? cpus : 1, sizeof(*s->v));
	s->cpus = (unsigned)cpus;
	good = true;
	for (unsigned i = 0; good && i < cpus; i++)
		good = read_samples(d, &b, &s->v[i]);
	for (unsigned i = 0; good && b.left && i < cpus; i++)
		good = read_fractions(d, &b, &s->v[i]);
	for (unsigned i = 0; good && i < cpus; i++) {
		good = good_ratios(&s->v[i]);
		sort_samples(&s->v[i]);
	}
	return good;
}

static bool option_shift(struct dat *d, struct bytes b)
{
	struct dat_times *t = times_of(d);

	free_shift(&t->shift);
	if (read_shift(d, b, &t->shift))
		return true;
	free_shift(&t->shift);
	return false;
}

static bool option_tsc(struct dat *d, struct bytes b)
{
	uint64_t mult, bits;

	if (!number(d, &b, 4, &mult) || !number(d, &b, 4, &bits) || bits > 63 ||
	    mult >> bits > RATIO_MAX)
		return false;
	times_of(d)->mult = mult;
	times_of(d)->bits = (unsigned)bits;
	return true;
}

static bool option_offset(struct dat *d, struct bytes b)
{
	char text[32];

	dat_copy_line(text, sizeof(text), b.p, b.left);
	times_of(d)->offset += (uint64_t)strtoll(text, NULL, 0);
	return true;
}

static bool option_id(struct dat *d, struct bytes b)
{
	return number(d, &b, 8, &times_of(d)->trace_id);
}

static bool option_guest(struct dat *d, struct bytes b)
{
	struct dat_times *t = times_of(d);
	struct dat_guest *g = &t->guests[t->guest_count];
	const uint8_t *nul = memchr(b.p, '\0', b.left);
	uint64_t cpus, cpu, pid;
	char name[256];

	if (!nul || t->guest_count == GUESTS_MAX)
		return false;
	dat_copy_line(name, sizeof(name), b.p, b.left);
	b.left -= (size_t)(nul + 1 - b.p);
	b.p = nul + 1;
	if (!number(d, &b, 8, &g->trace_id) || !number(d, &b, 4, &cpus) || cpus > b.left / 8)
		return false;
	g->tids = xcalloc(cpus ? cpus : 1, sizeof(*g->tids));
	g->cpus = (unsigned)cpus;
	while (number(d, &b, 4, &cpu) && number(d, &b, 4, &pid))
		if (cpu < g->cpus)
			g->tids[cpu] = (int32_t)pid;
	g->name = xstrdup(name);
	t->guest_count++;
	return true;
}

static const struct time_option {
	unsigned id;
	const char *name;
	bool (*read)(struct dat *d, struct bytes b);
} options[] = {
	{ DAT_OPTION_OFFSET, "OFFSET", option_offset },
	{ DAT_OPTION_TRACEID, "TRACEID", option_id },
	{ DAT_OPTION_TIME_SHIFT, "TIME_SHIFT", option_shift },
	{ DAT_OPTION_GUEST, "GUEST", option_guest },
	{ DAT_OPTION_TSC2NSEC, "TSC2NSEC", option_tsc },
};

void dat_time_option(struct dat *d, unsigned id, const uint8_t *p, uint32_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].id == id && !options[i].read(d, (struct bytes) { p, size }))
			dat_damage(d, "offset %llu: option %s makes no sense",
				   (unsigned long long)dat_where(d), options[i].name);
}

/* ---- asked ---- */

void dat_time_free(struct dat *d)
{
	struct dat_times *t = d->times;

	if (!t)
		return;
	free_maps(t);
	free_shift(&t->shift);
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
