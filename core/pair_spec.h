/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair_spec: which two events make a pair, as configuration or one line says it.
 *
 *   [pair NAME]
 *   start  = EVENT [if FILTER] { | EVENT [if FILTER] }      EVENT is SYSTEM:EVENT
 *   end    = the same
 *   key    = KEY { , KEY }             KEY is tid, cpu, FIELDS or FIELDS = FIELDS
 *   who    = start | end | start.FIELD | end.FIELD          whose it is: end, unless said
 *   fields = PICK { , PICK }           PICK is start, end, start.FIELD or end.FIELD
 *   keep   = last | first              which start counts when one comes again before its end
 *   blurb  = what it tells, in a line
 *   missing = why no kernel has it     for what people look for; instead of end
 *
 * FIELDS is a field, or several by "|": an event is asked for the first one that it has. Left of
 * the "=" are those of the start. tid and cpu are the row's; a field of such a name is .tid, .cpu.
 * On the command line: NAME: START -> END by KEYS [for WHO].
 */
#ifndef CORE_PAIR_SPEC_H
#define CORE_PAIR_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "core/conf.h"
#include "core/err.h"
#include "core/strbuf.h"

#define PAIR_SYSTEM   "pair"
#define PAIR_NAME_MAX 48
#define PAIR_KEYS_MAX 4
#define PAIR_SIDE_MAX 16 /* events of a side, and names of a key */

struct pair_event {
	char *system, *event;
	char *filter; /* text that filter_parse takes; NULL: every row */
};

struct pair_events {
	struct pair_event *v;
	unsigned count;
};

enum pair_key_kind { PAIR_KEY_TID, PAIR_KEY_CPU, PAIR_KEY_FIELD };

struct pair_names {
	char **v;
	unsigned count;
};

struct pair_key {
	enum pair_key_kind kind;
	struct pair_names start, end; /* of PAIR_KEY_FIELD */
};

/* A side, or a field of one. */
struct pair_pick {
	bool end;
	char *field; /* who: NULL is the row's thread; fields: NULL is all */
};

struct pair_spec {
	char *name, *blurb;
	char *missing; /* NULL: it has an end */
	char *place;   /* where it was defined, for people */
	struct pair_events start, end;
	struct pair_key key[PAIR_KEYS_MAX];
	unsigned key_count;
	struct pair_pick who;
	struct pair_pick *fields; /* none: start and end */
	unsigned field_count;
	bool keep_first;
};

/* Reads the section [pair NAME]. Errors say path:line:column and what is wanted. */
int pair_spec_read(const struct conf *c, const char *name, struct pair_spec **ret, struct err *e);

/* Reads one line, as --pair has it. Errors have a caret. */
int pair_spec_parse(const char *line, struct pair_spec **ret, struct err *e);

/* NULL-safe. */
void pair_spec_free(struct pair_spec *s);

/* Appends the pair as the command line would say it, without what only configuration can say. */
void pair_spec_print(const struct pair_spec *s, struct strbuf *out);

/* Appends what the pair is, part by part, as lines "WHAT: VALUE". */
void pair_spec_describe(const struct pair_spec *s, struct strbuf *out);

/* Says the same in a configuration: its section [pair NAME], as the command line does. */
void pair_spec_say(const struct pair_spec *s, struct conf *c);

/* True when an event of the spec has the name. */
bool pair_spec_uses(const struct pair_spec *s, const char *system, const char *event);

#endif
