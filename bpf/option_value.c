/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_value: see option_value.h.
 */
#include "bpf/option_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

/* Units by number: their word, and what a value of them looks like. */
static const struct {
	const char *word, *like;
} units[] = {
	[OPTION_NS] = { "ns", "a duration with its unit, such as 10ms" },
	[OPTION_BYTES] = { "bytes", "a size, such as 4k or 1M" },
	[OPTION_HZ] = { "hz", "a number, such as 99" },
	[OPTION_NUMBER] = { "number", "a whole number" },
	[OPTION_PERCENT] = { "percent", "a number, such as 10%" },
	[OPTION_FLAG] = { "flag", "yes or no" },
	[OPTION_TEXT] = { "text", "a text" },
};

int option_unit(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(units[i].word, word))
			return (int)i;
	return -1;
}

static const char *unit_word(size_t i, void *data)
{
	(void)data;
	return units[i].word;
}

/* ---- reading ---- */

static bool read_flag(const char *s, int64_t *ret)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true", "0", "1" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcasecmp(s, words[i])) {
			*ret = i & 1;
			return true;
		}
	}
	return false;
}

/* A whole number; a tail such as % may stand behind it. */
static bool read_number(const char *s, const char *tail, int64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)*s) && *s != '-')
		return false;
	errno = 0;
	*ret = strtoll(s, &end, 0);
	if (errno == ERANGE && *s != '-') {
		errno = 0;
		*ret = (int64_t)strtoull(s, &end, 0);
	}
	if (errno || end == s)
		return false;
	return !*end || !strcasecmp(end, tail);
}

static bool read_unsigned(int (*parse)(const char *, uint64_t *), const char *s, int64_t *ret)
{
	uint64_t v;

	if (parse(s, &v) || v > INT64_MAX)
		return false;
	*ret = (int64_t)v;
	return true;
}

static bool read_value(uint8_t unit, const char *s, int64_t *ret)
{
	switch (unit) {
	case OPTION_NS:
		/* Of what would a number alone be? */
		if (!s[strspn(s, "0123456789.")] && strspn(s, "0") != strlen(s))
			return false;
		return read_unsigned(util_parse_duration, s, ret);
	case OPTION_BYTES:
		return read_unsigned(util_parse_size, s, ret);
	case OPTION_FLAG:
		return read_flag(s, ret);
	default:
		return read_number(s,
				   unit == OPTION_PERCENT ? "%"
				   : unit == OPTION_HZ	  ? "hz"
							  : "",
				   ret);
	}
}

int option_read(const struct bpf_option *o, const char *text, int64_t *ret, struct err *e)
{
	_cleanup_free_ char *least = NULL, *most = NULL;

	if (!read_value(o->unit, text, ret))
		return err_set(e, -EINVAL, "%s: '%s' is not %s", o->name, text,
			       units[o->unit].like);
	if (!o->has_range || (*ret >= o->least && *ret <= o->most))
		return 0;
	least = option_write(o->unit, o->least);
	most = option_write(o->unit, o->most);
	if (o->most == INT64_MAX)
		return err_set(e, -ERANGE, "%s: %s is too little: at least %s", o->name, text,
			       least);
	return err_set(e, -ERANGE, "%s: %s is not from %s to %s", o->name, text, least, most);
}

/* ---- writing ---- */

/* By the greatest unit that divides it. */
static void write_by(struct strbuf *b, int64_t v, const uint64_t *sizes, const char *const *names)
{
	size_t i = 0;

	while (sizes[i] > 1 && (uint64_t)v % sizes[i])
		i++;
	strbuf_s64(b, v / (int64_t)sizes[i]);
	strbuf_str(b, names[i]);
}

char *option_write(uint8_t unit, int64_t value)
{
	static const uint64_t times[] = { 60 * NSEC_PER_SEC, NSEC_PER_SEC, NSEC_PER_MSEC, 1000, 1 };
	static const char *const time_names[] = { "m", "s", "ms", "us", "ns" };
	static const uint64_t sizes[] = { 1 << 30, 1 << 20, 1 << 10, 1 };
	static const char *const size_names[] = { "G", "M", "k", "" };
	struct strbuf b = { 0 };

	if (unit == OPTION_FLAG)
		strbuf_str(&b, value ? "yes" : "no");
	else if (unit == OPTION_NS && value > 0)
		write_by(&b, value, times, time_names);
	else if (unit == OPTION_BYTES && value > 0)
		write_by(&b, value, sizes, size_names);
	else
		strbuf_s64(&b, value);
	if (unit == OPTION_PERCENT)
		strbuf_str(&b, "%");
	return strbuf_take(&b);
}

/* ---- what a manifest says ---- */

/* The next word of *s; NULL at its end. The caller frees it. */
static char *next_word(const char **s)
{
	const char *from = *s + strspn(*s, " \t");
	size_t n = strcspn(from, " \t");

	*s = from + n;
	return n ? xstrndup(from, n) : NULL;
}

static int read_range(struct bpf_option *o, char *word, struct err *e)
{
	char *dots = strstr(word, ".."), *most = dots + 2;

	*dots = '\0';
	o->least = INT64_MIN;
	o->most = INT64_MAX;
	if ((*word && !read_value(o->unit, word, &o->least)) ||
	    (*most && !read_value(o->unit, most, &o->most)) || o->least > o->most)
		return err_set(e, -EINVAL, "option %s: '%s..%s' is no range: each end is %s",
			       o->name, word, most, units[o->unit].like);
	o->has_range = true;
	return 0;
}

int option_describe(struct bpf_option *o, const char *text, struct err *e)
{
	_cleanup_free_ char *unit = next_word(&text), *range = NULL;
	const char *rest = text, *near;
	int found = unit ? option_unit(unit) : -1;

	if (found < 0) {
		near = unit ? util_nearest(unit, unit_word, ARRAY_SIZE(units), NULL) : NULL;
		return err_set(e, -EINVAL,
			       "option %s: '%s' is no unit%s%s%s: one of ns, bytes, hz, number, "
			       "percent, flag, text",
			       o->name, unit ? unit : "", near ? "; did you mean '" : "",
			       near ? near : "", near ? "'" : "");
	}
	o->unit = (uint8_t)found;
	range = next_word(&rest);
	if (range && strstr(range, "..") && strspn(range, "-.0123456789") > 0) {
		if (read_range(o, range, e))
			return -EINVAL;
		text = rest;
	}
	text += strspn(text, " \t");
	free(o->help);
	o->help = xstrdup(text);
	return 0;
}
