/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_dat: a whole trace.dat is the input: opened, and everything in it read.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_cpu(struct dat *d, unsigned buffer, unsigned cpu, uint8_t *scratch)
{
	for (uint64_t n = 0; n < dat_pages(d, buffer, cpu); n++) {
		struct page_event ev;
		struct page_walk w;
		struct page p;

		if (dat_page(d, buffer, cpu, n, scratch, &p, NULL) < 0)
			continue;
		w = page_walk_init(p.records, p.size, p.ts);
		while (page_next(&w, &ev))
			if (ev.rec < p.records || ev.rec + ev.size > p.records + p.size)
				abort();
	}
}

static void ignore(int32_t tid, const char *comm, void *data)
{
	(void)tid, (void)comm, (void)data;
}

static void read_all(struct dat *d)
{
	_cleanup_free_ uint8_t *scratch = xcalloc(1, PAGE_SIZE_MAX);
	struct dat_info info;

	dat_info(d, &info);
	for (unsigned b = 0; b < info.buffers; b++)
		for (unsigned cpu = 0; cpu < dat_buffer(d, b)->cpus; cpu++)
			read_cpu(d, b, cpu, scratch);
	dat_cmdlines(d, ignore, NULL);
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
