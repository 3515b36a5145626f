/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_dat: a whole trace.dat is the input: opened, and everything in it read.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tracefs/dat.h"

#define PAGES_TRIED 4096 /* a small input may say that it inflates to many */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_page(struct dat *d, unsigned buffer, unsigned cpu, uint64_t n)
{
	struct page_data *keep;
	struct page_event ev;
	struct page_walk w;
	struct page p;
	uint64_t ts;

	dat_page_time(d, buffer, cpu, n, &ts);
	if (dat_page_load(d, buffer, cpu, n, &p, &keep, NULL) < 0)
		return;
	w = page_walk_init(p.records, p.size, p.ts);
	while (page_next(&w, &ev))
		if (ev.rec < p.records || ev.rec + ev.size > p.records + p.size)
			abort();
	page_data_unref(keep);
}

static void read_cpu(struct dat *d, unsigned buffer, unsigned cpu)
{
	const struct time_map *time = dat_time(d, cpu);
	uint64_t pages = dat_pages(d, buffer, cpu);

	for (uint64_t t = 1; time && t >> 40 == 0; t *= 5)
		if ((int64_t)(time_map_apply(time, t * 5) - time_map_apply(time, t)) < 0)
			abort();
	for (uint64_t n = 0; n < pages && n < PAGES_TRIED; n++)
		read_page(d, buffer, cpu, n);
}

static void ignore(int32_t tid, const char *comm, void *data)
{
	(void)tid, (void)comm, (void)data;
}

static void read_all(struct dat *d)
{
	struct dat_info info;
	const char *text;
	size_t size;

	dat_cache_limit(d, 1 << 20);
	dat_info(d, &info);
	for (unsigned b = 0; b < info.buffers; b++)
		for (unsigned cpu = 0; cpu < dat_buffer(d, b)->cpus; cpu++)
			read_cpu(d, b, cpu);
	dat_cmdlines(d, ignore, NULL);
	text = dat_latency(d, &size);
	if (size && !text)
		abort();
	dat_pair(d, d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct err e = ERR_INIT;
	struct dat *d = NULL;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (dat_open(path, &d, &e) < 0) {
		if (!e.text[0])
			abort();
		return 0;
	}
	read_all(d);
	dat_close(d);
	return 0;
}
