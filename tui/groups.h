/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups: what the parts of the groups pane share; nobody else includes it.
 *
 * groups.c has the slots of the view, groups_act.c what keys and clicks do, groups_prompt.c asks
 * what rows are grouped by, groups_find.c searches, groups_write.c writes the table to a file. What
 * is counted is tui/grouping.h's.
 */
#ifndef TUI_GROUPS_H
#define TUI_GROUPS_H

#include "tui/grouping.h"
#include "tui/view.h"

/* A search for text in the cells that are shown. */
struct groups_find {
	char *text; /* NULL: none */
	bool runs, back;
	unsigned left;	 /* hits to go */
	uint64_t at;	 /* the place looked at last */
	uint64_t looked; /* places that were */
};

struct groups {
	struct grouping g;
	struct table_state table;
	int widths[GROUP_KEYS + GROUP_MEASURES]; /* that contents want, by column */
	bool chosen;				 /* columns are as somebody arranged them */
	bool asked; /* somebody said by what; else it is by what one begins with */
	/* the group under the cursor */
	bool picked; /* somebody put the cursor there; else it stays on top */
	uint64_t id;
	struct strbuf name;
	uint64_t turn; /* of the table it is in */
	struct groups_find find;
	struct groups_writing *writing; /* NULL: no file is being written */
	char *typing;			/* what stands in the prompt, if it is right */
	struct strbuf title;		/* behind the pane's name */
	struct strbuf notes;		/* at the bottom */
	bool dirty;			/* an action changed something */
};

static inline struct groups *groups_of(const struct view *v)
{
	return v->state;
}

/* Lines of the table, its header included: the last line may be for notes. */
int groups_height(const struct view *v);
/* The columns as they are drawn in cols columns. */
void groups_fit(const struct groups *p, int cols, struct table_state *ret);
/* The row under the cursor in the table that is shown; false when there is none. */
bool groups_row(const struct groups *p, uint32_t *ret);
/* The cursor was put somewhere: it stays with this group. */
void groups_remember(struct groups *p);
/* Groups by something else; false when it is wrong, which is said. */
bool groups_ask(struct view *v, const char *text);

unsigned groups_act(struct view *v, enum action a, const struct act_arg *arg);

/* ---- groups_prompt.c ---- */

/* ACT_GROUP: a prompt, or the text of the argument at once. */
unsigned groups_prompt(struct view *v, const struct act_arg *arg);
/* The same words behind `:group`. */
bool groups_complete(struct view *v, enum action action, const char *text, size_t at, size_t *from,
		     struct strbuf *out);

/* ---- groups_find.c ---- */

unsigned groups_search(struct view *v, enum action a, const struct act_arg *arg);
/* Goes on; true while there is more to look at. */
bool groups_find_work(struct view *v);
bool groups_find_forget(struct groups *p);
/* Marks what is searched for in the rows on the screen. */
void groups_find_mark(const struct groups *p, const struct table_state *t, struct area *a);

/* ---- groups_write.c ---- */

/* ACT_WRITE: asks for a name, or takes the argument's, and begins. */
unsigned groups_write(struct view *v, const struct act_arg *arg);
/* Goes on; true while there is more to do. */
bool groups_write_work(struct view *v);
/* Ends it early, what was written stays; false when nothing is being written. */
bool groups_write_stop(struct groups *p);
/* Before the identity table forgets. */
void groups_write_settle(struct groups *p);
void groups_write_status(const struct groups *p, struct strbuf *out);
/* At the end of the pane or of what is written: nothing is said. */
void groups_write_close(struct groups *p);

#endif
