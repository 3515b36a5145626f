/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool: a new file, written without making anybody wait.
 */
#ifndef TUI_SPOOL_H
#define TUI_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct spool;

/* Takes fd over; *ret_pipe is where bytes go. */
int spool_new(int fd, struct spool **ret, int *ret_pipe, struct err *e);
/* True when n more bytes go in without waiting; waits at most 2 ms for it. */
bool spool_has_room(struct spool *s, size_t n);
/* After the pipe's end was closed: true when all is written or failed, with its errno. */
bool spool_ended(struct spool *s, int *ret_errno);
/* Waits for the end and frees. NULL-safe. */
void spool_free(struct spool *s);

/*
 * What a file is to be by the end of its name, "text", "csv" or "json"; NULL: by none of them.
 */
const char *spool_kind(const char *path);

/* As prompt_ops.check: whether a new file can have this name. */
int spool_check_path(const char *path, struct err *e);

/* A descriptor of a new file; nothing that exists is written over: -EEXIST. */
int spool_create(const char *path, struct err *e);

#endif
