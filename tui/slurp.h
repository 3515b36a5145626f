/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slurp: a whole small file of settings or state, read with care.
 */
#ifndef TUI_SLURP_H
#define TUI_SLURP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/strbuf.h"

/*
 * Appends the file to out. Returns 1, or 0 when it is missing and that is fine; else -Exxx: no
 * regular file, more than max bytes, not readable. out is as it was then.
 */
int slurp(const char *path, size_t max, bool optional, struct strbuf *out, struct err *e);

#endif
