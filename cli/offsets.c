/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offsets: --offset 0,-1.5,200ms: by how much the times of each recording are moved.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

/* One of the list: seconds, or a number with its unit, with a sign or none. */
static int parse_one(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t ns;

	if (util_parse_duration(text + (*text == '-' || *text == '+'), &ns) < 0 || ns > INT64_MAX)
		return -EINVAL;
	*ret = negative ? -(int64_t)ns : (int64_t)ns;
	return 0;
}

int cli_offsets(struct opts *o, struct err *e)
{
	_cleanup_free_ char *list = o->offsets ? xstrdup(o->offsets) : NULL;
	char *rest = list, *part;
	size_t n = 0;

	if (!list)
		return 0;
	if (!o->args.count)
		return err_set(e, -EINVAL, "--offset: there is no FILE whose times it would move");
	o->offset_ns = xcalloc(o->args.count, sizeof(*o->offset_ns));
	while ((part = strsep(&rest, ","))) {
		if (n == o->args.count)
			return err_set(e, -EINVAL, "--offset %s: more offsets than files (%zu)",
				       o->offsets, o->args.count);
		if (parse_one(part, &o->offset_ns[n++]) < 0)
			return err_set(e, -EINVAL,
				       "--offset %s: '%s' is no time: seconds (-1.5) or a number "
				       "and its unit (200ms)",
				       o->offsets, part);
	}
	return 0;
}
