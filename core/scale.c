/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scale: arithmetic alone. With s = 2^log, part n below s is the value n; behind that each
 * s parts are the next power of two.
 */
#include "core/scale.h"

#include "core/util.h"

__extension__ typedef unsigned __int128 uwide_t;

/* Numbers of more bits than rows have are as those of so many. */
#define BITS_MAX 120

static unsigned log_of(uwide_t v)
{
	uint64_t high = (uint64_t)(v >> 64);

	return high ? 127 - (unsigned)__builtin_clzll(high)
		    : 63 - (unsigned)__builtin_clzll((uint64_t)v);
}

static int32_t part_of(struct scale s, uwide_t v)
{
	unsigned k;

	if (v >> BITS_MAX)
		v = ((uwide_t)1 << BITS_MAX) - 1;
	if (v < (uwide_t)1 << s.log)
		return (int32_t)v;
	k = log_of(v);
	if (s.log || s.merge <= 1)
		return (int32_t)(((k - s.log) << s.log) + (unsigned)(v >> (k - s.log)));
	return (int32_t)(1 + k / s.merge);
}

static wide_t first_of(struct scale s, uint32_t part)
{
	uint32_t count = 1u << s.log;

	if (part < count)
		return part;
	if (!s.log && s.merge > 1)
		return (wide_t)1 << MIN((part - 1) * s.merge, 126u);
	return (wide_t)(count + part % count) << MIN(part / count - 1, 126u - s.log);
}

int32_t scale_at(struct scale s, wide_t v)
{
	return v < 0 ? -part_of(s, -(uwide_t)v) : part_of(s, (uwide_t)v);
}

wide_t scale_first(struct scale s, int32_t part)
{
	if (part >= 0)
		return first_of(s, (uint32_t)part);
	return -(first_of(s, (uint32_t)-part + 1) - 1);
}

wide_t scale_last(struct scale s, int32_t part)
{
	if (part < 0)
		return -first_of(s, (uint32_t)-part);
	return first_of(s, (uint32_t)part + 1) - 1;
}

uint32_t scale_count(struct scale s, wide_t least, wide_t greatest)
{
	return (uint32_t)(scale_at(s, greatest) - scale_at(s, least)) + 1;
}

struct scale scale_fit(wide_t least, wide_t greatest, uint32_t parts)
{
	struct scale s = { .log = SCALE_FINEST, .merge = 1 };

	while (s.log && scale_count(s, least, greatest) > parts)
		s.log--;
	while (s.merge < BITS_MAX && scale_count(s, least, greatest) > parts)
		s.merge++;
	return s;
}
