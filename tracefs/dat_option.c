/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_option: the options of a trace.dat, the same in every version.
 *
 * Each reader gets the bytes of one option, which are in the file. What moves times is in
 * dat_time.c, what says where things are (buffers, sections) where the version is read.
 */
#include <stdlib.h>
#include <string.h>

#include "tracefs/dat_private.h"

struct option_reader {
	unsigned id;
	void (*read)(struct dat *d, const uint8_t *p, uint32_t size);
};

void dat_copy_line(char *to, size_t cap, const uint8_t *p, size_t size)
{
	size_t n = 0;

	while (n < size && n < cap - 1 && p[n] && p[n] != '\n')
		n++;
	memcpy(to, p, n);
	to[n] = '\0';
}

bool dat_find_clock(char *to, size_t cap, const uint8_t *p, size_t size)
{
	const uint8_t *open = memchr(p, '[', size), *close;

	if (!open)
		return false;
	open++;
	close = memchr(open, ']', size - (size_t)(open - p));
	if (!close || close == open || (size_t)(close - open) >= cap)
		return false;
	dat_copy_line(to, cap, open, (size_t)(close - open));
	return true;
}

/* Microseconds to wall time, as text with or without 0x. */
static void option_date(struct dat *d, const uint8_t *p, uint32_t size)
{
	char text[32];

	dat_copy_line(text, sizeof(text), p, size);
	d->date_offset += (uint64_t)strtoll(text, NULL, 0) * 1000;
}

static void option_clock(struct dat *d, const uint8_t *p, uint32_t size)
{
	d->has_clock = true;
	if (size)
		dat_find_clock(d->option_clock, sizeof(d->option_clock), p, size);
}

static void option_uname(struct dat *d, const uint8_t *p, uint32_t size)
{
	dat_copy_line(d->uname, sizeof(d->uname), p, size);
}

static void option_cpus(struct dat *d, const uint8_t *p, uint32_t size)
{
	uint64_t n = size == 4 || size == 8 ? dat_number(d, p, size) : 0;

	if (n > DAT_CPUS_MAX)
		dat_damage(d, "offset %llu: an option says %llu CPUs",
			   (unsigned long long)dat_where(d), (unsigned long long)n);
	else if (n > d->cpus)
		d->cpus = (unsigned)n;
}

static const struct option_reader readers[] = {
	{ DAT_OPTION_DATE, option_date },
	{ DAT_OPTION_TRACECLOCK, option_clock },
	{ DAT_OPTION_UNAME, option_uname },
	{ DAT_OPTION_CPUCOUNT, option_cpus },
};

/* What a copy of the file has to say as well, and nobody else remembers. */
static bool is_kept(unsigned id)
{
	static const unsigned kept[] = {
		DAT_OPTION_CPUSTAT, DAT_OPTION_HOOK,	   DAT_OPTION_OFFSET, DAT_OPTION_PROCMAPS,
		DAT_OPTION_TRACEID, DAT_OPTION_TIME_SHIFT, DAT_OPTION_GUEST,  DAT_OPTION_TSC2NSEC,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (kept[i] == id)
			return true;
	return false;
}

/* Id and size in front of the bytes, which may lie in memory that is soon gone. */
static void keep(struct dat *d, unsigned id, const uint8_t *p, uint32_t size)
{
	uint32_t head[2] = { id, size };

	strbuf_add(&d->kept_options, head, sizeof(head));
	strbuf_add(&d->kept_options, p, size);
}

void dat_options(const struct dat *d,
		 void (*fn)(unsigned id, const void *bytes, uint32_t size, void *data), void *data)
{
	uint32_t head[2];

	for (size_t at = 0; at < d->kept_options.len; at += sizeof(head) + head[1]) {
		memcpy(head, d->kept_options.s + at, sizeof(head));
		fn(head[0], d->kept_options.s + at + sizeof(head), head[1], data);
	}
}

void dat_read_option(struct dat *d, unsigned id, const uint8_t *p, uint32_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (readers[i].id == id)
			readers[i].read(d, p, size);
	if (is_kept(id))
		keep(d, id, p, size);
	dat_time_option(d, id, p, size);
}
