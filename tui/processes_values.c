/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes_values: from a column of the processes to the values that rows have there.
 *
 * A column that is called as a key of groups is one; the events of a row are their names.
 */
#include "core/group.h"
#include "tui/processes_pane.h"
#include "tui/values.h"

struct looked_for {
	const char *name, *found;
};

static void compare_key(const char *word, const char *help, void *data)
{
	struct looked_for *l = data;

	(void)help;
	if (!strcmp(word, l->name))
		l->found = l->name;
}

unsigned pane_values(struct view *v, const struct act_arg *arg)
{
	struct pane *p = v->state;
	unsigned column = p->table.order[p->table.column];
	struct looked_for l = { .name = process_columns[column].name, .found = arg->text };

	if (column == PROCESS_TOP || column == PROCESS_RECENT)
		l.name = "event";
	if (!arg->text)
		group_each_key(compare_key, &l);
	if (l.found)
		values_open(v->ui, l.found);
	else
		ui_say(v->ui, LOOK_WARN, "rows cannot be counted by %s; go to pid or comm",
		       process_columns[column].name);
	return REACT_DRAW;
}
