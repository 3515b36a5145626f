/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * columns_dialog: choosing and ordering the columns of a table.
 */
#ifndef TUI_COLUMNS_DIALOG_H
#define TUI_COLUMNS_DIALOG_H

#include "tui/table.h"
#include "tui/view.h"

/* Whose columns. What is pointed to outlives the dialog; the struct itself is copied. */
struct columns_choice {
	struct table_state *table;
	/* What a column shows, in words, by its number; NULL: nothing is said. */
	const char *(*what)(unsigned column, void *data);
	void (*changed)(void *data); /* after every change */
	void *data;
};

/* Opens the dialog, or takes the columns of the argument; an error is said. What must follow. */
unsigned columns_choose(struct ui *ui, const struct columns_choice *c, const struct act_arg *arg);

#endif
