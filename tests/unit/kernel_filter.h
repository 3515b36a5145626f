/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_filter: what the kernel makes of a filter's text, told slowly, for one record.
 *
 * Written from what events in an instance did: the kernel's shortcuts for globs are here, with
 * where they look at the wrong place. tests/kernel/test_pushdown.c holds the same against the
 * kernel itself.
 */
#ifndef TESTS_UNIT_KERNEL_FILTER_H
#define TESTS_UNIT_KERNEL_FILTER_H

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema.h"

struct kernel_row {
	const struct schema *schema;
	const uint8_t *rec; /* zeros stand behind it */
	uint32_t size;
	int cpu;
	const char *comm; /* of the thread, 16 bytes */
};

/* ---- globs: * ? [..] and a backslash, up to a NUL ---- */

static bool kf_class(const char *p, unsigned char c, const char **end)
{
	bool invert = p[1] == '!', found = false;
	const char *at = p + 1 + invert;

	do {
		unsigned char lo = (unsigned char)*at, hi = lo;

		if (!lo)
			return false;
		at++;
		if (at[0] == '-' && at[1] != ']') {
			hi = (unsigned char)at[1];
			if (!hi)
				return false;
			at += 2;
		}
		found |= lo <= c && c <= hi;
	} while (*at != ']');
	*end = at + 1;
	return found != invert;
}

static bool kf_class_closed(const char *p)
{
	const char *end = NULL;

	kf_class(p, 'x', &end);
	return end != NULL;
}

static bool kf_glob(const char *p, const char *s)
{
	const char *end;

	switch (*p) {
	case '\0':
		return !*s;
	case '*':
		return kf_glob(p + 1, s) || (*s && kf_glob(p, s + 1));
	case '?':
		return *s && kf_glob(p + 1, s + 1);
	case '[':
		if (!kf_class_closed(p))
			break;
		return *s && kf_class(p, (unsigned char)*s, &end) && kf_glob(end, s + 1);
	case '\\':
		return p[1] == *s && (!*s || kf_glob(p + 2, s + 1));
	}
	return *p == *s && kf_glob(p + 1, s + 1);
}

/* ---- text ---- */

static bool kf_full(const char *pat, const char *s, size_t len)
{
	return len ? !strncmp(s, pat, len) : !strcmp(s, pat);
}

/* len is the array's size, or what a __data_loc says. */
static bool kf_match(char *pat, const char *s, size_t len)
{
	size_t n = strlen(pat);
	bool first = pat[0] == '*', last = n > 1 && pat[n - 1] == '*', not = pat[0] == '!';
	const char *special;

	if (not )
		return !kf_match(pat + 1, s, len);
	if (isdigit((unsigned char)pat[0]))
		return kf_full(pat, s, len);
	special = strpbrk(pat + first, "*[?\\");
	if (special && !(last && special == pat + n - 1))
		return kf_glob(pat, s);
	pat += first;
	n -= first + last;
	if (first && last) {
		pat[n] = '\0';
		return len ? memmem(s, len, pat, n) != NULL : strstr(s, pat) != NULL;
	}
	if (first)
		return len > n && !memcmp(s + len - 1 - n, pat, n);
	if (last)
		return (!len || len >= n) && !strncmp(s, pat, n);
	return kf_full(pat, s, len);
}

/* ---- comparisons ---- */

struct kf {
	const char *at;
	const struct kernel_row *row;
	bool wrong;
};

static void kf_space(struct kf *k)
{
	while (*k->at == ' ')
		k->at++;
}

static bool kf_eat(struct kf *k, const char *word)
{
	kf_space(k);
	if (strncmp(k->at, word, strlen(word)) != 0)
		return false;
	k->at += strlen(word);
	return true;
}

static bool kf_number(struct kf *k, const char *op, uint64_t v, unsigned size, bool is_signed)
{
	char *end;
	uint64_t want;

	kf_space(k);
	want = *k->at == '-' ? (uint64_t)strtoll(k->at, &end, 0) : strtoull(k->at, &end, 0);
	k->wrong |= end == k->at || (*k->at == '-' && !is_signed);
	k->at = end;
	/* Cut to the width, with its sign. */
	if (size < 8) {
		want &= (UINT64_C(1) << 8 * size) - 1;
		if (is_signed && want >> (8 * size - 1))
			want |= ~((UINT64_C(1) << 8 * size) - 1);
	}
	if (!strcmp(op, "&"))
		return v & want;
	if (!strcmp(op, "==") || !strcmp(op, "!="))
		return (v == want) == (op[0] == '=');
	if (is_signed) {
		v ^= UINT64_C(1) << 63;
		want ^= UINT64_C(1) << 63;
	}
	if (!strcmp(op, "<="))
		return v <= want;
	if (!strcmp(op, ">="))
		return v >= want;
	return op[0] == '<' ? v < want : v > want;
}

static bool kf_text(struct kf *k, const char *op, const char *s, size_t len)
{
	char quote, pat[256];
	const char *end;

	kf_space(k);
	quote = *k->at;
	end = quote == '"' || quote == '\'' ? strchr(k->at + 1, quote) : NULL;
	if (!end || end - k->at > 255 || memchr(k->at, '\n', (size_t)(end - k->at))) {
		k->wrong = true;
		return false;
	}
	snprintf(pat, sizeof(pat), "%.*s", (int)(end - k->at - 1), k->at + 1);
	k->at = end + 1;
	if (!strcmp(op, "~"))
		return kf_match(pat, s, len);
	k->wrong |= strcmp(op, "==") && strcmp(op, "!=");
	return kf_full(pat, s, len) == (op[0] == '=');
}

static bool kf_field(struct kf *k, const struct field *f, const char *op)
{
	const uint8_t *at = k->row->rec + f->offset;
	uint32_t loc;

	if (f->kind == FIELD_STRING && f->place == FIELD_FIXED)
		return kf_text(k, op, (const char *)at, f->size);
	if (f->kind == FIELD_STRING) {
		memcpy(&loc, at, 4);
		return kf_text(k, op, (const char *)k->row->rec + (loc & 0xffff), loc >> 16);
	}
	return kf_number(k, op, field_load(k->row->schema->machine, at, f->size, f->is_signed),
			 f->size, f->is_signed);
}

static bool kf_compare(struct kf *k)
{
	static const char *const ops[] = { "==", "!=", "<=", ">=", "<", ">", "&", "~" };
	const char *op = NULL;
	char name[64];
	int len = 0;

	kf_space(k);
	while (isalnum((unsigned char)k->at[len]) || k->at[len] == '_')
		len++;
	snprintf(name, sizeof(name), "%.*s", len, k->at);
	k->at += len;
	for (size_t i = 0; i < ARRAY_SIZE(ops) && !op; i++)
		if (kf_eat(k, ops[i]))
			op = ops[i];
	if (!len || !op) {
		k->wrong = true;
		return false;
	}
	schema_for_each_field (k->row->schema, f)
		if (!strcmp(f->name, name))
			return kf_field(k, f, op);
	if (!strcmp(name, "CPU") || !strcmp(name, "cpu"))
		return kf_number(k, op, (uint64_t)k->row->cpu, 4, true);
	if (!strcmp(name, "COMM") || !strcmp(name, "comm"))
		return kf_text(k, op, k->row->comm, 16);
	k->wrong = true;
	return false;
}

/* ---- what joins ---- */

static bool kf_or(struct kf *k);

static bool kf_unary(struct kf *k)
{
	bool v;

	if (kf_eat(k, "!"))
		return !kf_unary(k);
	if (!kf_eat(k, "("))
		return kf_compare(k);
	v = kf_or(k);
	k->wrong |= !kf_eat(k, ")");
	return v;
}

static bool kf_and(struct kf *k)
{
	bool v = kf_unary(k);

	while (!k->wrong && kf_eat(k, "&&"))
		v &= kf_unary(k);
	return v;
}

static bool kf_or(struct kf *k)
{
	bool v = kf_and(k);

	while (!k->wrong && kf_eat(k, "||"))
		v |= kf_and(k);
	return v;
}

/* 1, 0, or -1 where the kernel would refuse the text. "" is no filter. */
static int kernel_filter(const char *text, const struct kernel_row *row)
{
	struct kf k = { .at = text, .row = row };
	bool v;

	if (!*text)
		return 1;
	v = kf_or(&k);
	kf_space(&k);
	return k.wrong || *k.at ? -1 : v;
}

#endif
