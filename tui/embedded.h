/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * embedded: the files of themes/ as they were when the program was built.
 *
 * Made by themes/embed.py. They are read by the same parsers as the user's files, so a default is
 * never more than a file.
 */
#ifndef TUI_EMBEDDED_H
#define TUI_EMBEDDED_H

#include <stddef.h>

struct embedded {
	const char *name; /* "keys.conf", "dark.theme" */
	const char *text; /* closed by a NUL */
	size_t size;	  /* without it */
};

/* Ends with a row whose name is NULL. */
extern const struct embedded embedded_files[];

/* The file of a name, or NULL. */
const struct embedded *embedded_find(const char *name);

#endif
