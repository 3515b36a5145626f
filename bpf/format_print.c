/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format_print: the print format of an event: what its author wrote in the manifest, or
 * name=value of all that is shown.
 *
 * The author writes the kernel's language; the bare name of a member stands for REC->name, or for
 * what it takes to say it. %s says any member as it is said without an author.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bpf/format.h"
#include "core/util.h"

static void print_all(struct strbuf *b, const struct draft *d)
{
	struct strbuf spec = { 0 }, args = { 0 };

	for (size_t i = 0; i < d->ms.count; i++) {
		const struct shown *s = &d->shown[i];

		if (s->form == FORM_NONE || s->is_left || s->is_hidden)
			continue;
		strbuf_fmt(&spec, "%s%s=", spec.len ? " " : "", s->of->name);
		format_say(&spec, &args, s);
	}
	strbuf_fmt(b, "\"%s\"%s", strbuf_cstr(&spec), strbuf_cstr(&args));
	strbuf_done(&spec);
	strbuf_done(&args);
}

/* ---- what the author wrote ---- */

struct author {
	struct draft *d;
	const char *args; /* what is left of the arguments */
	struct strbuf spec, out;
};

/* Where the string ends that begins at s: behind the closing quote, or at the NUL. */
static const char *string_end(const char *s)
{
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

/* The next argument, up to a comma that stands in no bracket; false when there is none. */
static bool next_argument(struct author *a, const char **ret, size_t *len)
{
	const char *p = a->args + strspn(a->args, " \t"), *end;
	int depth = 0;

	if (*p != ',')
		return false;
	p += 1 + strspn(p + 1, " \t");
	for (end = p; *end && (depth > 0 || *end != ',');) {
		depth += (*end == '(' || *end == '{') - (*end == ')' || *end == '}');
		end = *end == '"' ? string_end(end) : end + 1;
	}
	a->args = end;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	*ret = p;
	*len = (size_t)(end - p);
	return end > p;
}

static bool is_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_' && s[i] != '.')
			return false;
	return len && !isdigit((unsigned char)s[0]);
}

/* A conversion: % flags, width and precision (to `size`), size, letter (from `letter`). */
struct conversion {
	const char *from, *size, *letter, *end;
};

static struct conversion read_conversion(const char *p)
{
	struct conversion c = { .from = p };

	c.size = p + 1 + strspn(p + 1, "-+ #0123456789.*");
	c.letter = c.size + strspn(c.size, "hlLqjzt");
	c.end = *c.letter ? c.letter + 1 : c.letter;
	while (*c.letter == 'p' && isalnum((unsigned char)*c.end))
		c.end++;
	return c;
}

/* A member by its bare name. */
static void say_member(struct author *a, const struct conversion *c, const struct shown *s)
{
	bool plain = c->end - c->from == 2 && *c->letter == 's';

	if (plain) {
		format_say(&a->spec, &a->out, s);
		return;
	}
	strbuf_add(&a->spec, c->from, (size_t)(c->size - c->from));
	if (s->form == FORM_NUMBER && strchr("diuxXo", *c->letter))
		strbuf_str(&a->spec, s->has_extra || s->of->size == 8 ? "ll" : "");
	else
		strbuf_add(&a->spec, c->size, (size_t)(c->letter - c->size));
	strbuf_add(&a->spec, c->letter, (size_t)(c->end - c->letter));
	strbuf_str(&a->out, ", ");
	format_value(&a->out, s);
}

static int say_argument(struct author *a, const struct conversion *c)
{
	const struct member *m;
	const struct shown *s;
	const char *arg;
	size_t len;

	if (!next_argument(a, &arg, &len))
		return err_set(a->d->e, -EINVAL, "print: more conversions than fields");
	if (!is_name(arg, len)) {
		strbuf_add(&a->spec, c->from, (size_t)(c->end - c->from));
		strbuf_str(&a->out, ", ");
		strbuf_add(&a->out, arg, len);
		return 0;
	}
	m = members_find(&a->d->ms, arg, len);
	if (!m)
		return err_set(a->d->e, -EINVAL, "print: the event has no member %.*s", (int)len,
			       arg);
	s = &a->d->shown[m - a->d->ms.v];
	if (s->is_left || s->form == FORM_NONE)
		return err_set(a->d->e, -EINVAL, "print: %.*s is a value of the row itself",
			       (int)len, arg);
	say_member(a, c, s);
	return 0;
}

static int say_format(struct author *a, const char *text, const char *end)
{
	int ret = 0;

	for (const char *p = text; !ret && p < end;) {
		struct conversion c;

		if (*p != '%' || p[1] == '%') {
			size_t n = *p == '%' ? 2 : 1;

			strbuf_add(&a->spec, p, n);
			p += n;
			continue;
		}
		c = read_conversion(p);
		if (c.end > end || memchr(c.from, '*', (size_t)(c.end - c.from)))
			return err_set(a->d->e, -EINVAL, "print: a conversion of no use: %.*s",
				       (int)MIN(MIN(c.end, end) - p, 32), p);
		ret = say_argument(a, &c);
		p = c.end;
	}
	return ret;
}

static int print_author(struct strbuf *b, struct draft *d, const char *text)
{
	const char *end = *text == '"' ? string_end(text) : text;
	struct author a = { .d = d, .args = end };
	int ret;

	if (end - text < 2 || end[-1] != '"')
		return err_set(
		    d->e, -EINVAL,
		    "print: it begins with the format in quotes: \"FORMAT\", FIELD, ...");
	ret = say_format(&a, text + 1, end - 1);
	if (!ret && a.args[strspn(a.args, " \t")])
		ret = err_set(d->e, -EINVAL, "print: fields without a conversion: %.64s", a.args);
	if (!ret)
		strbuf_fmt(b, "\"%s\"%s", strbuf_cstr(&a.spec), strbuf_cstr(&a.out));
	strbuf_done(&a.spec);
	strbuf_done(&a.out);
	return ret;
}

int format_print(struct strbuf *b, struct draft *d)
{
	const char *text = d->m && d->is_event ? manifest_get(d->m, "print", NULL) : NULL;

	if (text)
		return print_author(b, d, text);
	print_all(b, d);
	return 0;
}
