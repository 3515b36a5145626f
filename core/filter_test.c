/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_test: what is asked of a value beside a range and a glob.
 */
#include <string.h>

#include "core/filter_tree.h"
#include "core/identity.h"
#include "core/util.h"

static bool in_set(const struct filter_set *set, uint64_t v)
{
	uint32_t from = 0, to = set->count;

	while (from < to) {
		uint32_t middle = (from + to) / 2;

		if (v > set->span[middle].hi)
			from = middle + 1;
		else if (v < set->span[middle].lo)
			to = middle;
		else
			return true;
	}
	return false;
}

static bool in_words(const struct filter_words *words, const char *s, size_t len)
{
	uint32_t from = 0, to = words->count;

	while (from < to) {
		uint32_t middle = (from + to) / 2;
		const struct filter_word *w = &words->word[middle];
		int order = len != w->len ? (len < w->len ? -1 : 1) : memcmp(s, w->s, len);

		if (!order)
			return true;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return false;
}

/* As ASCII: what is no letter there is itself. */
static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool has_without_case(const struct glob *g, const char *s, size_t len)
{
	for (size_t at = 0; at + g->len <= len; at++) {
		size_t i = 0;

		while (i < g->len && lower(s[at + i]) == (unsigned char)g->text[i])
			i++;
		if (i == g->len)
			return true;
	}
	return false;
}

bool filter_test_number(const struct filter_code *c, uint64_t v)
{
	switch (c->test) {
	case TEST_MASK:
		return v & c->mask;
	case TEST_MASKED:
		return (v & c->mask) == c->want;
	case TEST_SET:
		return in_set(c->set, v);
	default:
		return true; /* TEST_EXISTS */
	}
}

/* A name in the room the kernel has for one. */
static bool kernel_comm(const struct filter_code *c, const char *s, size_t len)
{
	char comm[COMM_LEN] = { 0 };

	memcpy(comm, s, MIN(len, sizeof(comm) - 1));
	return filter_kernel_match(c->kernel, (const uint8_t *)comm, sizeof(comm));
}

bool filter_test_text(const struct filter_code *c, const char *s, size_t len)
{
	switch (c->test) {
	case TEST_WORDS:
		return in_words(c->words, s, len);
	case TEST_REGEX:
		return filter_regex_match(c->regex, s, len);
	case TEST_ICONTAINS:
		return has_without_case(&c->glob, s, len);
	case TEST_KERNEL:
		return kernel_comm(c, s, len);
	case TEST_GLOB:
		return glob_match(&c->glob, s, len);
	default:
		return true; /* TEST_EXISTS */
	}
}
