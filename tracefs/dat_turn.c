/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_turn: pages of the other byte order, back to it.
 *
 * Only headers and length words are turned, as when they were read (dat_page.c); what is in the
 * records never was.
 */
#include "core/page.h"
#include "tracefs/dat.h"

#define DELTA_BITS 27

void dat_page_turn_back(uint8_t *p, uint32_t size)
{
	uint8_t *end = p + size;

	while (end - p >= 4) {
		uint32_t head = load_u32(p), type = head & 31, delta = head >> 5, second = 0;
		uint64_t left = (uint64_t)(end - p), want;

		store_u32(p, __builtin_bswap32(type << DELTA_BITS | delta));
		if (type && type < PAGE_PADDING) {
			want = 4 + type * 4;
		} else if (left < 8) {
			return;
		} else {
			second = load_u32(p + 4);
			store_u32(p + 4, __builtin_bswap32(second));
			want = type == PAGE_TIME_EXTEND || type == PAGE_TIME_STAMP
				   ? 8
				   : 4 + (uint64_t)MAX(second, 4u);
			if (!type)
				want = (want + 3) & ~3ULL;
		}
		p += MIN(want, left);
	}
}
