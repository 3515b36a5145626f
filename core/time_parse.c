/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * time_parse: the times that people type: as printed, relative, or of the day.
 */
#include "core/time_parse.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/util.h"

/* Reads "12.345678901" (up to nine decimals) into ns. */
static bool parse_seconds(const char *s, const char **end, uint64_t *ret)
{
	uint64_t v = 0, fraction = 0, unit = NSEC_PER_SEC;
	bool any = false;

	for (; *s >= '0' && *s <= '9' && v < 10000000000ULL; s++, any = true)
		v = v * 10 + (uint64_t)(*s - '0');
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++, any = true) {
			unit /= 10;
			fraction += unit * (uint64_t)(*s - '0');
		}
	}
	*end = s;
	*ret = v * NSEC_PER_SEC + fraction;
	return any && v < 10000000000ULL;
}

/* What stands behind a relative number. */
static uint64_t unit_of(const char *s)
{
	static const struct {
		const char *name;
		uint64_t divisor;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "ms", 1000 }, { "us", 1000000 }, { "ns", 1000000000 }
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(units[i].name, s))
			return units[i].divisor;
	return 0;
}

/* The monotonic time of a time of the day on which near was. */
static int from_wall(const struct time_frame *f, int hms[3], uint64_t fraction, uint64_t *ret,
		     struct err *e)
{
	uint64_t near = f->near, real = f->clocks ? clock_map_real(f->clocks, near) : 0, wanted;
	time_t day = (time_t)(real / NSEC_PER_SEC);
	struct tm tm;

	if (!real || !localtime_r(&day, &tm))
		return err_set(e, -EINVAL, "the time of day is not known for these events");
	tm.tm_hour = hms[0];
	tm.tm_min = hms[1];
	tm.tm_sec = hms[2];
	tm.tm_isdst = -1;
	wanted = (uint64_t)mktime(&tm) * NSEC_PER_SEC + fraction;
	/* Twice: the clock may have been set between the two. */
	for (int i = 0; i < 2; i++) {
		int64_t off = (int64_t)(wanted - clock_map_real(f->clocks, near));

		near = off < 0 && (uint64_t)-off > near ? 0 : near + (uint64_t)off;
	}
	*ret = near;
	return 0;
}

static int parse_wall(const struct time_frame *f, const char *text, uint64_t *ret, struct err *e)
{
	int hms[3] = { 0 }, used = 0;
	uint64_t fraction = 0;
	const char *end = "";

	if (sscanf(text, "%2d:%2d%n", &hms[0], &hms[1], &used) != 2 || !used)
		return err_set(e, -EINVAL, "HH:MM or HH:MM:SS was expected");
	text += used;
	if (*text == ':') {
		used = 0;
		if (sscanf(text, ":%2d%n", &hms[2], &used) != 1 || !used)
			return err_set(e, -EINVAL, "seconds were expected behind the ':'");
		text += used;
	}
	if (*text == '.' && !parse_seconds(text, &end, &fraction))
		return err_set(e, -EINVAL, "digits were expected behind the '.'");
	if ((*text == '.' ? *end : *text) || hms[0] > 23 || hms[1] > 59 || hms[2] > 60 ||
	    hms[0] < 0 || hms[1] < 0 || hms[2] < 0)
		return err_set(e, -EINVAL, "this is no time of a day: HH:MM:SS");
	return from_wall(f, hms, fraction, ret, e);
}

int time_parse(const char *text, const struct time_frame *f, uint64_t *ret, struct err *e)
{
	bool minus = *text == '-', relative = minus || *text == '+';
	uint64_t v, divisor;
	const char *end;

	if (strchr(text, ':'))
		return parse_wall(f, text, ret, e);
	if (!parse_seconds(text + relative, &end, &v))
		return err_set(e, -EINVAL, "a time: seconds, +1.5, -200ms, or HH:MM:SS");
	divisor = unit_of(end);
	if (!divisor || (!relative && *end))
		return err_set(e, -EINVAL, "'%s' is no unit here: s, ms, us, ns behind + or -",
			       end);
	v /= divisor;
	if (!relative)
		*ret = f->base + v;
	else
		*ret = minus ? f->near - MIN(v, f->near) : f->near + v;
	return 0;
}
