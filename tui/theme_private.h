/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * theme_private: what the files of the theme share; nobody else includes it.
 */
#ifndef TUI_THEME_PRIVATE_H
#define TUI_THEME_PRIVATE_H

#include "tui/theme.h"

/* The themes being read, innermost first, and where each was found: so that a theme may inherit
 * one of its own name from further away, and a loop ends. */
struct theme_chain {
	const char *name;
	int level; /* of THEME_LEVELS */
	const struct theme_chain *up;
};

/* Loads a theme for one that inherits it; chain is NULL for a theme asked for by a person. */
int theme_load_chain(const char *name, const struct theme_chain *chain, struct theme *ret,
		     struct err *e);

/* Parses text of a file at path. */
int theme_parse_chain(const char *path, const char *text, size_t size,
		      const struct theme_chain *chain, struct theme *ret, struct err *e);

/* Reads the n bytes of "#ff8800/208/yellow". On failure *bad says at which byte. */
int theme_color_parse(const char *s, size_t n, bool is_mark, struct theme_color *ret, size_t *bad,
		      struct err *e);

/* The names that a colour can have, NULL at the end; for the nearest one. */
const char *theme_color_name(size_t i, void *data);
size_t theme_color_names(void);

#endif
