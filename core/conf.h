/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: configuration as sections of key = value, with a place for every complaint.
 *
 * INI: [section] or [section NAME], key = value, '#' and ';' comments at the start of a line or
 * behind white space outside quotes. A value continues on a line that begins with white space
 * (joined by one space; an empty line ends it, a comment line does not). A value that is one
 * "quoted string" as a whole loses its quotes, and \n \t \" \\ are undone; quotes within a value
 * stay and keep # and ; in. No value is cut; a file has at most 1 MiB. Later files override
 * earlier ones key by key; a key twice in one file is an error. What nobody asked for is an
 * error with the nearest known name: see conf_check.
 */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct conf;

/* One key the program knows; tables of these are what conf_check and --help read. */
struct conf_key {
	const char *section; /* without the NAME */
	const char *key;     /* "*": every key of this section is known */
	const char *blurb;
};

struct conf *conf_new(void);
void conf_free(struct conf *c);

/* Reads a file; a missing one is 0 when optional. Errors say path:line:column. */
int conf_read(struct conf *c, const char *path, bool optional, struct err *e);

/*
 * Parses text as if it stood in a file called path. What stood before an error stays: whoever
 * goes on after one says so.
 */
int conf_parse(struct conf *c, const char *path, const char *text, size_t size, struct err *e);

/* Sets one key as the command line does; replaces what files said and will say. */
void conf_set(struct conf *c, const char *section, const char *key, const char *value);

/* The value or NULL. Borrowed until the conf changes. */
const char *conf_get(const struct conf *c, const char *section, const char *key);

/* The value, or dflt when it is not there. A value that is no size, duration, number or yes/no is
 * an error with its place. */
int conf_get_size(const struct conf *c, const char *section, const char *key, uint64_t dflt,
		  uint64_t *ret, struct err *e);
int conf_get_duration(const struct conf *c, const char *section, const char *key, uint64_t dflt,
		      uint64_t *ret, struct err *e);
int conf_get_bool(const struct conf *c, const char *section, const char *key, bool dflt, bool *ret,
		  struct err *e);

/* Complains about the first key that is in no table: path:line:column: [section] key: unknown,
 * nearest. */
int conf_check(const struct conf *c, const struct conf_key *known, size_t count, struct err *e);

/*
 * Puts "path:line:column: [section] key: " in front of what e complains about in a value; the
 * column is that of the value's byte at e->column, where that is one. Returns e's code. Without
 * the key the place of the section.
 */
int conf_complain(const struct conf *c, const char *section, const char *key, struct err *e);

/* Calls fn for every section NAME of a kind ([tracer NAME]) and for every key of one section. */
void conf_each_section(const struct conf *c, const char *kind,
		       void (*fn)(const char *name, void *data), void *data);
void conf_each_key(const struct conf *c, const char *section,
		   void (*fn)(const char *key, const char *value, void *data), void *data);

/* Where the program looks: $XDG_CONFIG_HOME/tapdeck/NAME or ~/.config/tapdeck/NAME; caller frees.
 */
char *conf_user_path(const char *name);
/* /etc/tapdeck/NAME; caller frees. */
char *conf_system_path(const char *name);
/* $XDG_STATE_HOME/tapdeck/NAME or ~/.local/state/tapdeck/NAME; caller frees. */
char *conf_state_path(const char *name);

#endif
