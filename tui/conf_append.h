/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_append: a section more at the end of somebody's configuration.
 */
#ifndef TUI_CONF_APPEND_H
#define TUI_CONF_APPEND_H

#include "core/err.h"
#include "core/strbuf.h"

/*
 * Appends a text to a file in one write: not a byte of what is there changes, nor whose it is; a
 * write that fails leaves it as it was. Makes the file, for its owner alone, and its directory
 * where they are missing.
 */
int conf_append(const char *path, const struct strbuf *text, struct err *e);

#endif
