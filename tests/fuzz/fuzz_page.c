/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_page: the records of a page are the input. The walk must stay inside, move on with every
 * step, and end.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct page_walk w;
	struct page_event ev;
	const uint8_t *before;
	uint64_t sum = 0;

	if (size < 8 || size > PAGE_SIZE_MAX)
		return 0;
	w = page_walk_init(data + 8, (uint32_t)size - 8, load_u64(data));
	for (before = w.p; page_next(&w, &ev); before = w.p) {
		if (w.p <= before || w.p > w.end || ev.rec < data + 8 || ev.rec + ev.size > w.end)
			abort();
		for (uint32_t i = 0; i < ev.size; i++)
			sum += ev.rec[i];
	}
	if (w.p != w.end || page_next(&w, &ev))
		abort();
	return sum == UINT64_MAX;
}
