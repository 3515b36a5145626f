/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * theme_color: colours as people write them, and what comes nearest on poorer terminals.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/util.h"
#include "tui/theme_private.h"

/* What a part of a colour is for, and everything poorer. */
enum rank { RANK_NONE, RANK_16, RANK_256, RANK_RGB };

static const char *const names[] = {
	"black",	"red",		 "green",	"yellow",	  "blue",
	"magenta",	"cyan",		 "white",	"bright-black",	  "bright-red",
	"bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
	"bright-white", "default",	 "keep",
};

enum { NAMED_COLORS = 16 };

const char *theme_color_name(size_t i, void *data)
{
	return names[i];
}

size_t theme_color_names(void)
{
	return ARRAY_SIZE(names);
}

uint32_t theme_palette(int number)
{
	static const uint32_t ansi[] = {
		0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
		0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
	};
	static const uint8_t steps[] = { 0, 95, 135, 175, 215, 255 };
	uint32_t n = (uint32_t)number & 255;

	if (n < ARRAY_SIZE(ansi))
		return ansi[n];
	if (n >= 232)
		return (8 + (n - 232) * 10) * 0x010101u;
	n -= 16;
	return (uint32_t)steps[n / 36] << 16 | (uint32_t)steps[n / 6 % 6] << 8 | steps[n % 6];
}

/* Squared distance, weighted roughly as eyes do. */
static unsigned distance(uint32_t a, uint32_t b)
{
	int r = (int)(a >> 16 & 255) - (int)(b >> 16 & 255);
	int g = (int)(a >> 8 & 255) - (int)(b >> 8 & 255);
	int bl = (int)(a & 255) - (int)(b & 255);

	return (unsigned)(2 * r * r + 4 * g * g + 3 * bl * bl);
}

/* The number in first..last whose colour is nearest. */
static int nearest(uint32_t rgb, int first, int last)
{
	int best = first;

	for (int i = first + 1; i <= last; i++)
		if (distance(theme_palette(i), rgb) < distance(theme_palette(best), rgb))
			best = i;
	return best;
}

/* Two hexadecimal digits or more, and nothing else. */
static bool parse_number(const char *s, size_t n, int base, unsigned long *ret)
{
	char text[8], *end;

	if (n == 0 || n >= sizeof(text) || s[0] == '+' || s[0] == '-' || s[0] == ' ')
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	*ret = strtoul(text, &end, base);
	return !*end && !(base == 16 && (text[1] == 'x' || text[1] == 'X'));
}

/* Gives a colour of the palette to every rank up to one. */
static void set_number(struct theme_color *c, int number, enum rank rank)
{
	uint32_t rgb = theme_palette(number);

	if (rank >= RANK_RGB)
		c->rgb = number < NAMED_COLORS ? number : COLOR_RGB | (int)rgb;
	if (rank >= RANK_256)
		c->c256 = number;
	c->c16 = number < NAMED_COLORS ? number : nearest(rgb, 0, NAMED_COLORS - 1);
}

static void set_all(struct theme_color *c, int value, enum rank rank)
{
	if (rank >= RANK_RGB)
		c->rgb = value;
	if (rank >= RANK_256)
		c->c256 = value;
	c->c16 = value;
}

static int find_name(const char *s, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == n && !strncasecmp(s, names[i], n))
			return (int)i;
	return -1;
}

/* No colour: says what was meant, if that can be guessed. */
static int unknown(const char *s, size_t n, struct err *e)
{
	char word[64];
	const char *near;

	n = MIN(n, sizeof(word) - 1);
	memcpy(word, s, n);
	word[n] = '\0';
	if (s[0] == '#')
		return err_set(e, -EINVAL, "'%s' is no colour: six digits follow #, as in #ff8800",
			       word);
	if (s[0] >= '0' && s[0] <= '9')
		return err_set(e, -EINVAL, "'%s' is no colour: numbers go from 0 to 255", word);
	near = util_nearest(word, theme_color_name, ARRAY_SIZE(names), NULL);
	if (near)
		return err_set(e, -EINVAL, "'%s' is no colour; did you mean %s?", word, near);
	return err_set(e, -EINVAL,
		       "'%s' is no colour: there are default, 0-255, #rrggbb, and black red green "
		       "yellow blue magenta cyan white, each also with bright-",
		       word);
}

/* One part: is taken for its rank and below; *rank is that of the part before. */
static int parse_part(const char *s, size_t n, enum rank *rank, struct theme_color *c,
		      struct err *e)
{
	enum rank before = *rank;
	unsigned long v = 0;
	int name = find_name(s, n);

	if (n == 7 && s[0] == '#' && parse_number(s + 1, 6, 16, &v)) {
		*rank = RANK_RGB;
		set_all(c, COLOR_RGB | (int)v, RANK_RGB);
		c->c256 = nearest((uint32_t)v, NAMED_COLORS, 255);
		c->c16 = nearest((uint32_t)v, 0, NAMED_COLORS - 1);
	} else if (name >= 0 && name < NAMED_COLORS) {
		*rank = RANK_16;
		set_number(c, name, before > RANK_RGB ? RANK_RGB : RANK_16);
	} else if (name == NAMED_COLORS) {
		*rank = before - 1;
		set_all(c, COLOR_DEFAULT, *rank);
	} else if (parse_number(s, n, 10, &v) && v < 256) {
		*rank = v < NAMED_COLORS && before == RANK_256 ? RANK_16 : RANK_256;
		set_number(c, (int)v, before > RANK_RGB ? RANK_RGB : *rank);
	} else {
		return unknown(s, n, e);
	}
	if (*rank >= before || *rank == RANK_NONE)
		return err_set(e, -EINVAL,
			       "a fallback is for fewer colours than what stands before it, as in "
			       "#ff8800/208/yellow");
	return 0;
}

int theme_color_parse(const char *s, size_t n, bool is_mark, struct theme_color *ret, size_t *bad,
		      struct err *e)
{
	struct theme_color c = { 0 };
	enum rank rank = RANK_RGB + 1;
	size_t at = 0;

	*bad = 0;
	if (n == 4 && !strncasecmp(s, "keep", n)) {
		if (!is_mark)
			return err_set(e, -EINVAL, "keep is for marks: a look keeps nothing");
		*ret = (struct theme_color) { COLOR_KEEP, COLOR_KEEP, COLOR_KEEP };
		return 0;
	}
	do {
		const char *slash = memchr(s + at, '/', n - at);
		size_t len = slash ? (size_t)(slash - s) - at : n - at;
		int r = parse_part(s + at, len, &rank, &c, e);

		*bad = at;
		if (r < 0)
			return r;
		at += len + 1;
	} while (at <= n);
	*ret = c;
	return 0;
}
