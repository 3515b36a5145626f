/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dir: where tracefs is, and its files opened, read and written our way.
 *
 * Every descriptor is O_CLOEXEC. A refused write carries the kernel's own sentence (error_log).
 * Writes outside instances of our own belong in the guard's journal first.
 */
#ifndef TRACEFS_DIR_H
#define TRACEFS_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/strbuf.h"

/*
 * Finds the mount of tracefs in /proc/self/mountinfo (or the one below debugfs). When there is none
 * and may_mount, mounts it on /sys/kernel/tracing. Caller frees *ret. -ENOENT with the remedy,
 * -EACCES when it is there but closed to us.
 */
int tracefs_find(bool may_mount, char **ret, struct err *e);

/*
 * Where the text of a mountinfo says that tracefs is; NULL when nowhere. Caller frees. Looks at
 * nothing else.
 */
char *tracefs_mount_in(const char *mountinfo);

/*
 * Opens DIR/FILE with flags | O_CLOEXEC; file is a printf format. Returns the descriptor or -Exxx.
 */
int tracefs_open(const char *dir, int flags, struct err *e, const char *file, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends the whole of DIR/FILE to out, at most 16 MiB. */
int tracefs_read(const char *dir, struct strbuf *out, struct err *e, const char *file, ...)
    __attribute__((format(printf, 4, 5)));

/* Reads DIR/FILE as a decimal number. */
int tracefs_read_u64(const char *dir, uint64_t *ret, struct err *e, const char *file, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Writes value to DIR/FILE in one write(2); on refusal adds what DIR/error_log says of it. An empty
 * value opens the file with O_TRUNC, which empties a list.
 */
int tracefs_write(const char *dir, const char *value, struct err *e, const char *file, ...)
    __attribute__((format(printf, 4, 5)));

#endif
