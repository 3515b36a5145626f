/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_kernel_test: how the kernel compares text and sets of CPUs.
 *
 * The bytes are those the field has in the record: behind the NUL of a text may stand others,
 * and the kernel looks at them where a pattern may stand anywhere.
 */
#include <string.h>

#include "core/filter_kernel.h"
#include "core/util.h"

/* Equal up to a NUL or the end of the field. */
static bool is_full(const struct filter_kernel_test *t, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char want = i < t->len ? t->text[i] : '\0';

		if (s[i] != want)
			return false;
		if (!want)
			return true;
	}
	return true;
}

/* The last byte of a field is taken for its NUL. */
static bool is_end(const struct filter_kernel_test *t, const char *s, size_t len)
{
	return len > t->len && !memcmp(s + len - 1 - t->len, t->text, t->len);
}

/* How many CPUs are in a mask, and whether each of the list's, or any, is. */
static bool is_mask(const struct filter_kernel_test *t, const uint8_t *p, size_t len)
{
	struct machine m = { .swap = t->swap, .long_size = (uint8_t)t->len };
	const struct kernel_node *n = t->cpus;
	uint32_t both = 0, count = 0, bits = 8 * m.long_size;

	for (size_t at = 0; at + m.long_size <= len && at * 8 < KERNEL_CPUS_MAX;
	     at += m.long_size) {
		uint64_t word = field_load(m, p + at, m.long_size, false);

		for (uint32_t i = 0; i < bits; i++) {
			size_t cpu = at * 8 + i;

			count += word >> i & 1;
			both += (word >> i & 1) && (n->cpus[cpu / 64] >> cpu % 64 & 1);
		}
	}
	if (t->op == KERNEL_MASK)
		return both > 0;
	return (both == count && count == n->cpu_count) == (t->op == KERNEL_EQ);
}

bool filter_kernel_match(const struct filter_kernel_test *t, const uint8_t *p, size_t len)
{
	const char *s = (const char *)p;

	switch (t->match) {
	case MATCH_FULL:
		return is_full(t, s, len);
	case MATCH_FRONT:
		return len >= t->len && !strncmp(s, t->text, t->len);
	case MATCH_MIDDLE:
		return !t->len || memmem(s, len, t->text, t->len);
	case MATCH_END:
		return is_end(t, s, len);
	case MATCH_GLOB:
		return glob_match(&t->glob, s, strnlen(s, len));
	default:
		return is_mask(t, p, len);
	}
}
