/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_names: words for the values of a field.
 *
 * The event's own print format comes first: it has flags, states and symbols. What every event
 * means the same by is known from the name of the field: system calls, errors, signals.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/filter_tree.h"
#include "core/names.h"
#include "core/text_names.h"
#include "core/util.h"

/* ---- which fields have which names ---- */

static const struct {
	const char *system, *field; /* system NULL: any */
	enum names_kind kind;
} known[] = {
	{ "raw_syscalls", "id", NAMES_SYSCALL },
	{ "syscalls", "__syscall_nr", NAMES_SYSCALL },
	{ "syscalls", "nr", NAMES_SYSCALL },
	{ NULL, "ret", NAMES_ERRNO },
	{ NULL, "err", NAMES_ERRNO },
	{ NULL, "error", NAMES_ERRNO },
	{ NULL, "errno", NAMES_ERRNO },
	{ NULL, "retval", NAMES_ERRNO },
	{ NULL, "result", NAMES_ERRNO },
	{ NULL, "sig", NAMES_SIGNAL },
	{ NULL, "signo", NAMES_SIGNAL },
	{ NULL, "signal", NAMES_SIGNAL },
};

bool filter_names_kind(const struct schema *s, const struct field *f, enum names_kind *ret)
{
	if (f->unit == UNIT_ERRNO) {
		*ret = NAMES_ERRNO;
		return true;
	}
	if (!strcmp(f->type, "syscall_t")) {
		*ret = NAMES_SYSCALL;
		return machine_has_calls(s->machine);
	}
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(known[i].field, f->name) != 0 ||
		    (known[i].system && (!s->system || strcmp(known[i].system, s->system) != 0)))
			continue;
		*ret = known[i].kind;
		if (*ret == NAMES_SYSCALL && s->machine.long_size == 4)
			*ret = NAMES_SYSCALL_32;
		return known[i].kind != NAMES_SYSCALL || machine_has_calls(s->machine);
	}
	return false;
}

/* ---- one name ---- */

struct search {
	const char *name;
	size_t len;
	const struct field *field;
	struct filter_number number;
	bool found, is_flag;
};

static void compare_name(const struct text_name *n, void *data)
{
	struct search *s = data;

	if (s->found || n->len != s->len || memcmp(n->s, s->name, s->len) != 0)
		return;
	s->found = true;
	s->is_flag = n->is_flag;
	s->number.mask = n->mask;
	s->number.value = s->field->is_signed ? (filter_wide)(int64_t)n->value : n->value;
}

/* An error is what the kernel returns: -2 for ENOENT as for -ENOENT. */
static filter_wide error_value(const struct field *f, int number)
{
	if (f->is_signed)
		return -number;
	return f->unit == UNIT_ERRNO ? number : ((filter_wide)1 << 8 * f->size) - number;
}

static void find_common(const struct schema *s, struct search *se)
{
	const char *name = se->name;
	size_t len = se->len;
	enum names_kind kind;
	int number;

	if (!filter_names_kind(s, se->field, &kind))
		return;
	if (kind == NAMES_ERRNO && len && *name == '-') {
		name++;
		len--;
	}
	if (!len || !names_find(kind, name, len, &number))
		return;
	se->found = true;
	se->number.value = kind == NAMES_ERRNO ? error_value(se->field, number) : number;
}

static void find_bool(struct search *se)
{
	bool yes = se->len == 4 && !memcmp(se->name, "true", 4);

	if (se->field->unit != UNIT_BOOL ||
	    (!yes && (se->len != 5 || memcmp(se->name, "false", 5))))
		return;
	se->found = true;
	se->number.value = yes;
}

/* A number between names: 4|NOWAIT. */
static void find_number(struct search *se)
{
	char text[24], *end;

	if (!se->len || se->len >= sizeof(text) || !isdigit((unsigned char)*se->name))
		return;
	memcpy(text, se->name, se->len);
	text[se->len] = '\0';
	se->number.value = strtoull(text, &end, 0);
	se->found = !*end;
	se->is_flag = true;
}

static bool find_name(const struct schema *s, struct search *se)
{
	se->number.mask = UINT64_MAX;
	text_each_name(s, se->field, compare_name, se);
	if (!se->found)
		find_common(s, se);
	if (!se->found)
		find_bool(se);
	return se->found;
}

bool filter_name_number(const struct filter_literal *l, const struct schema *s,
			const struct field *f, struct filter_number *ret)
{
	struct search one = { .name = l->text, .len = l->len, .field = f };
	const char *p = l->text, *end = p + l->len;
	filter_wide value = 0;

	/* As it stands, should a name have a | in it. */
	if (find_name(s, &one)) {
		*ret = one.number;
		return true;
	}
	if (!memchr(p, '|', l->len))
		return false;
	ret->mask = UINT64_MAX;
	for (;; p++) {
		const char *bar = memchr(p, '|', (size_t)(end - p));
		struct search part = { .name = p,
				       .len = (size_t)((bar ? bar : end) - p),
				       .field = f };

		if (!find_name(s, &part))
			find_number(&part);
		if (!part.found || !part.is_flag)
			return false;
		value |= part.number.value;
		ret->mask &= part.number.mask;
		if (!bar)
			break;
		p = bar;
	}
	ret->value = value;
	return true;
}

/* ---- all names ---- */

struct each {
	filter_name_fn fn;
	void *data;
};

static void say_own(const struct text_name *n, void *data)
{
	struct each *e = data;

	e->fn(n->s, n->len, e->data);
}

static void say_common(const char *name, int number, void *data)
{
	struct each *e = data;

	e->fn(name, strlen(name), e->data);
}

void filter_each_name(const struct schema *s, const struct field *f, filter_name_fn fn, void *data)
{
	struct each e = { fn, data };
	enum names_kind kind;

	text_each_name(s, f, say_own, &e);
	if (f->kind == FIELD_INT && filter_names_kind(s, f, &kind))
		names_each(kind, say_common, &e);
	if (f->unit == UNIT_BOOL) {
		fn("true", 4, data);
		fn("false", 5, data);
	}
}

/* ---- units ---- */

/* What no print format says. */
static const struct {
	const char *event, *field;
} known_ns[] = {
	{ "hrtimer_start", "expires" },
	{ "hrtimer_start", "softexpires" },
	{ "hrtimer_expire_entry", "now" },
};

/* Whether the print format has "NAME=%llu [ns]" or "NAME %llu ns". */
static bool printed_as_ns(const char *fmt, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = fmt; (p = strstr(p, name)); p += len) {
		const char *s = p + len;

		if ((p > fmt && (isalnum((unsigned char)p[-1]) || p[-1] == '_')) ||
		    (*s != '=' && *s != ' ' && *s != ':'))
			continue;
		s += strspn(s, "=: ");
		if (*s != '%')
			continue;
		s += 1 + strspn(s + 1, "0123456789.lLhzju d");
		if (!strncmp(s, "[ns]", 4) ||
		    (!strncmp(s, "ns", 2) && !isalnum((unsigned char)s[2])))
			return true;
	}
	return false;
}

bool filter_field_is_ns(const struct schema *s, const struct field *f)
{
	if (f->unit == UNIT_NS)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(known_ns); i++)
		if (!strcmp(s->name, known_ns[i].event) && !strcmp(f->name, known_ns[i].field))
			return true;
	return printed_as_ns(s->print_fmt, f->name);
}
