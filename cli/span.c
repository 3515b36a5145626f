/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * span: --from and --to of the commands that read recordings.
 */
#include "cli/span.h"

#include <errno.h>
#include <string.h>

#include "core/time_parse.h"

#define DAY (86400 * NSEC_PER_SEC)

static int read_one(const char *name, const char *text, struct deck *d, uint64_t *ret,
		    struct err *e)
{
	struct time_frame frame = { .clocks = deck_clocks(d) };
	struct deck_play play;

	deck_play_status(d, &play);
	frame.near = *text == '-' ? play.last : play.first;
	if (time_parse(text, &frame, ret, e) < 0) {
		err_ctx(e, "--%s: '%s'", name, text);
		return -EINVAL;
	}
	/* A recording over midnight: a time of the day may be one of the next. */
	if (strchr(text, ':') && *ret < play.first && *ret + DAY <= play.last)
		*ret += DAY;
	return 0;
}

int span_read(const struct opts *o, struct deck *d, uint64_t *ret_from, uint64_t *ret_to,
	      struct err *e)
{
	int rc = 0;

	*ret_from = 0;
	*ret_to = UINT64_MAX;
	if (o->from)
		rc = read_one("from", o->from, d, ret_from, e);
	if (rc >= 0 && o->to)
		rc = read_one("to", o->to, d, ret_to, e);
	if (rc >= 0 && *ret_to <= *ret_from)
		rc = err_set(e, -EINVAL, "--to '%s' is not behind --from '%s'", o->to,
			     o->from ? o->from : "0");
	return rc;
}
