/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state_file: files in which something is remembered between one run and the next.
 */
#ifndef TUI_STATE_FILE_H
#define TUI_STATE_FILE_H

#include "core/err.h"
#include "core/strbuf.h"

/*
 * Puts a text in the place of a file, mode 0600, in one step: a reader finds the old one or the new
 * one. Makes its directory where it is missing.
 */
int state_write(const char *path, const struct strbuf *text, struct err *e);

#endif
