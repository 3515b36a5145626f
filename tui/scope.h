/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scope: which rows are looked at: the display filter as a trail of crumbs.
 *
 * Each crumb is one narrowing (a typed filter, "events of bash 1234", an included value) with a
 * label; together they are one filter. Crumbs are added, removed and switched on and off; nothing
 * captured is lost by any of it. Shared by all panes; whoever shows rows compares the version.
 */
#ifndef TUI_SCOPE_H
#define TUI_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/filter.h"
#include "core/strbuf.h"

struct crumb {
	char *label; /* what the trail shows, safe to draw */
	char *text;  /* in the filter language */
	bool on;
};

struct scope {
	struct crumb *crumbs;
	size_t count;
	char *typed;	/* the filter bar's own text; NULL: none */
	bool typed_off; /* it is there and narrows nothing */
	char *guard;	/* what must hold besides, and is no narrowing of anybody; NULL: none */
	struct filter *filter; /* all of it together; NULL: everything passes */
	struct filter_env env; /* what times in the texts are counted from */
	bool has_env;	       /* else they are of now */
	uint64_t version;      /* grows with every change */
};

/*
 * A zeroed struct is an empty scope. Sets the filter bar's text, which is on then; "" takes it
 * away. A wrong one changes nothing and is explained, with the column in that text.
 */
int scope_type(struct scope *s, const char *text, struct err *e);

/* Adds a crumb; a wrong text changes nothing and is explained. */
int scope_push(struct scope *s, const char *label, const char *text, struct err *e);

/* How many narrowings there are: the crumbs, and behind them the filter bar's text. */
size_t scope_parts(const struct scope *s);

/* Switches one off, so that it narrows nothing, or on again. */
int scope_switch(struct scope *s, size_t part, bool on, struct err *e);

/* Takes the last crumb away, or else the typed text; false when there was neither. */
bool scope_pop(struct scope *s);
/* Takes one out of the trail, wherever it stands. */
void scope_remove(struct scope *s, size_t part);
/* Takes out what is on; what is switched off stays. */
void scope_remove_on(struct scope *s);
void scope_clear(struct scope *s);

/* Parses a text as those of the scope are. */
int scope_parse(const struct scope *s, const char *text, struct filter **ret, struct err *e);

/*
 * What must hold besides all narrowings, "" or NULL: nothing. No crumb, and not in scope_text: what
 * is captured at all is not what somebody looks for. Survives scope_clear.
 */
int scope_guard(struct scope *s, const char *text, struct err *e);

/* The filter as one text, with the guard. Caller frees. */
char *scope_whole(const struct scope *s);

/* The narrowings as one text in the filter language; "" when everything passes. Caller frees. */
char *scope_text(const struct scope *s);

/* What it would be with another text in the filter bar. Caller frees. */
char *scope_text_with(const struct scope *s, const char *typed);

void scope_done(struct scope *s);

#endif
