/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames_maps: what a process has of code in its memory, and the names of an address in it.
 *
 * For the process that names addresses (frames_main.c). Files are kept by what they are, so that
 * each is read once; what a process had is kept for a while, for its rows may come when it is gone.
 */
#ifndef BPF_FRAMES_MAPS_H
#define BPF_FRAMES_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/strbuf.h"

struct frames_map {
	uint64_t start, end, offset, inode;
	const char *path; /* as /proc says it; "" when it is of no file */
};

struct frames_maps {
	int tid;
	char *text;	      /* holds the paths */
	struct frames_map *v; /* by address */
	size_t count;
};

/* Takes the text of a /proc/PID/maps apart: what of it can be executed. The text becomes its own.
 * Lines that make no sense are left out. */
void frames_maps_parse(struct frames_maps *m, char *text);
void frames_maps_done(struct frames_maps *m);

/* What holds an address, or NULL. */
const struct frames_map *frames_maps_find(const struct frames_maps *m, uint64_t address);

/* Appends the name of a file from its path, without "(deleted)". */
void frames_maps_module(const char *path, struct strbuf *out);

#endif
