/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_files: the files of a recording that begins a new one again and again.
 *
 * trace.dat stands for trace.0001.dat, trace.0002.dat and so on. Numbering goes on where the
 * directory ends; nothing is written over. Only recordings that are called so are ever removed.
 */
#ifndef CLI_RECORD_FILES_H
#define CLI_RECORD_FILES_H

#include <stdint.h>

#include "core/err.h"

/* The formats of all events and room for the tables are 8 MiB by themselves. */
#define RECORD_SIZE_LEAST (16u << 20)

/* When another file begins; both UINT64_MAX: never. */
struct record_rotate {
	uint64_t size, age; /* bytes, ns */
};

struct record_files {
	char *dir, *stem, *tail; /* "dir", "trace", ".dat" */
	uint64_t number;	 /* of the last one that was named; 0: none yet */
};

/* Reads what --rotate takes: 64M is a size, 10m a time. */
int record_rotate_parse(const char *s, struct record_rotate *ret, struct err *e);

/* Splits a path. record_files_done frees it. */
void record_files_init(struct record_files *f, const char *path);
void record_files_done(struct record_files *f);

/* The path of the next file, behind all that are there. The caller frees it. */
int record_files_next(struct record_files *f, char **ret, struct err *e);

/*
 * Removes all but the last keep files, the one named last among them. Returns how many went. What
 * is no recording is left alone, and so is what is no plain file.
 */
int record_files_keep(const struct record_files *f, uint64_t keep, struct err *e);

#endif
