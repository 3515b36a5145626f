/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * action: the table behind the list in action.h, and the way from a name to its action.
 *
 * Owns nothing but constants. What an action does is the business of views and the frame.
 */
#include "tui/action.h"

#include <string.h>

const struct action_info actions[ACT_COUNT] = {
#define ACTION_INFO(id, word, kind, line)                                                          \
	[ACT_##id] = { .name = (word), .group = (kind), .help = (line) },
	ACTION_LIST(ACTION_INFO)
#undef ACTION_INFO
};

enum action action_find(const char *name)
{
	for (unsigned i = ACT_NONE + 1; i < ACT_COUNT; i++)
		if (!strcmp(actions[i].name, name))
			return (enum action)i;
	return ACT_NONE;
}
