/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf_entry: what conf.c and conf_parse.c share; nobody else includes it.
 */
#ifndef CORE_CONF_ENTRY_H
#define CORE_CONF_ENTRY_H

#include "core/arena.h"
#include "core/conf.h"

/* A key with its value, or the head of a section. */
struct conf_entry {
	const char *section; /* "kind" or "kind NAME" */
	const char *key;     /* NULL: the section itself */
	char *value;	     /* NULL for a section */
	const char *path;
	unsigned line, column; /* from 1; line 0: not from a file */
	unsigned value_line, value_column;
	unsigned file;	/* running number of the file it stands in */
	uint32_t chain; /* the next one in its bucket, from 1 */
	bool is_fixed;	/* set by the command line: files do not change it */
};

struct conf {
	struct arena arena;	    /* owns names and paths */
	struct conf_entry *entries; /* in order of their first mention */
	size_t count, cap;
	uint32_t *buckets; /* entry numbers from 1; 0: empty */
	size_t bucket_count;
	unsigned files; /* parsed so far */
};

/* The entry of a key, or with key NULL that of a section; NULL when there is none. */
struct conf_entry *conf_entry_find(const struct conf *c, const char *section, const char *key);

/* Adds one that is not there yet. Pointers to others are stale then. */
struct conf_entry *conf_entry_add(struct conf *c, const char *section, const char *key);

#endif
