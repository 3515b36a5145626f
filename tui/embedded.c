/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * embedded: the look-up; the table itself is made by the build.
 */
#include "tui/embedded.h"

#include <string.h>

const struct embedded *embedded_find(const char *name)
{
	for (const struct embedded *f = embedded_files; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}
