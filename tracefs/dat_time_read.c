/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_time_read: the options of a trace.dat that move times, and those that name guests and hosts.
 *
 * Counts are believed only as far as the option has bytes for them, ratios only if two clocks can
 * have them.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "tracefs/dat_time.h"

#define SAMPLES_MAX 65536      /* of a CPU */
#define RATIO_MAX   (1u << 20) /* of two clocks: more is no clock */

static struct dat_times *times_of(struct dat *d)
{
	if (!d->times)
		d->times = xcalloc(1, sizeof(*d->times));
	return d->times;
}

void dat_shift_free(struct dat_shift *s)
{
	for (unsigned cpu = 0; cpu < s->cpus; cpu++)
		free(s->v[cpu].v);
	free(s->v);
	*s = (struct dat_shift) { 0 };
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
	const struct dat_sample *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

static bool good_ratios(const struct dat_samples *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->v[i].scaling >> s->v[i].fraction > RATIO_MAX)
			return false;
	return true;
}

/* In order, each time once. */
static void sort_samples(struct dat_samples *s)
{
	uint32_t kept = 0;

	qsort(s->v, s->count, sizeof(*s->v), by_time);
	for (uint32_t i = 0; i < s->count; i++)
		if (!i || s->v[i].time != s->v[kept - 1].time)
			s->v[kept++] = s->v[i];
	s->count = kept;
}

/* All times of a CPU, then all differences, then all ratios. */
static bool read_samples(const struct dat *d, struct bytes *b, struct dat_samples *s)
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
static bool read_fractions(const struct dat *d, struct bytes *b, struct dat_samples *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		uint64_t bits;

		if (!number(d, b, 8, &bits) || bits > 62)
			return false;
		s->v[i].fraction = (unsigned)bits;
	}
	return true;
}

static bool read_shift(struct dat *d, struct bytes b, struct dat_shift *s)
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

	dat_shift_free(&t->shift);
	if (read_shift(d, b, &t->shift))
		return true;
	dat_shift_free(&t->shift);
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

	if (!nul || t->guest_count == DAT_GUESTS_MAX)
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
