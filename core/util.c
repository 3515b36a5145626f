/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util: sizes and durations as people write them, and the word they probably meant.
 */
#include "core/util.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct unit {
	const char *name;
	double factor;
};

static const struct unit size_units[] = {
	{ "", 1 },	   { "b", 1 },	       { "k", 1024.0 },	    { "kb", 1024.0 },
	{ "kib", 1024.0 }, { "m", 1048576.0 }, { "mb", 1048576.0 }, { "mib", 1048576.0 },
	{ "g", 0x1p30 },   { "gb", 0x1p30 },   { "gib", 0x1p30 },   { "t", 0x1p40 },
	{ "tb", 0x1p40 },  { "tib", 0x1p40 },
};

static const struct unit duration_units[] = {
	{ "", 1e9 },	 { "s", 1e9 },	{ "ms", 1e6 },	 { "us", 1e3 },	   { "ns", 1 },
	{ "min", 60e9 }, { "m", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 },
};

static int parse(const char *s, const struct unit *units, size_t count, uint64_t *ret)
{
	char *end;
	double v;

	if (!isdigit((unsigned char)s[0]) && s[0] != '.')
		return -EINVAL; /* no sign, no "inf", no blank */
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return -EINVAL;
	v = strtod(s, &end);
	if (end == s)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(end, units[i].name))
			continue;
		v *= units[i].factor;
		if (!(v < 0x1p63))
			return -ERANGE;
		*ret = (uint64_t)(v + 0.5);
		return 0;
	}
	return -EINVAL;
}

int util_parse_size(const char *s, uint64_t *ret)
{
	return parse(s, size_units, ARRAY_SIZE(size_units), ret);
}

int util_parse_duration(const char *s, uint64_t *ret)
{
	return parse(s, duration_units, ARRAY_SIZE(duration_units), ret);
}

const char *util_human_size(uint64_t bytes, char *buf, size_t size)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double v = (double)bytes;
	size_t i = 0;

	while (v >= 1024 && i + 1 < ARRAY_SIZE(names)) {
		v /= 1024;
		i++;
	}
	snprintf(buf, size, i && v < 100 ? "%.1f %s" : "%.0f %s", v, names[i]);
	return buf;
}

/* Edit distance with neighbours swapped counted once; gives up above limit. */
static unsigned distance(const char *a, const char *b, unsigned limit)
{
	enum { MAX_WORD = 64 };
	unsigned rows[3][MAX_WORD + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	size_t la = strlen(a), lb = strlen(b);

	if (la > MAX_WORD || lb > MAX_WORD || (la > lb ? la - lb : lb - la) > limit)
		return limit + 1;
	for (size_t j = 0; j <= lb; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *next = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned cost =
			    tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);

			row[j] = MIN(MIN(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = next;
	}
	return above[lb];
}

const char *util_nearest(const char *word, const char *(*name)(size_t i, void *data), size_t count,
			 void *data)
{
	size_t len = strlen(word);
	unsigned best = len < 4 ? 1 : len < 8 ? 2 : 3;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *n = name(i, data);
		unsigned d = n ? distance(word, n, best) : best + 1;

		if (d < best || (d == best && !nearest)) {
			best = d;
			nearest = n;
		}
	}
	return nearest;
}
