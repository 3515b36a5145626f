/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deck_meta: what an opened recording says of its machine, for a cut of it.
 *
 * A file of its own, so that who never writes a recording links no writer.
 */
#include <errno.h>

#include "backends/deck.h"
#include "backends/replay.h"
#include "tracefs/dat_meta.h"

int deck_meta(struct deck *d, struct dat_meta **ret, struct err *e)
{
	struct backend *b = deck_backend(d, "replay");
	struct replay *r = b ? b->state : NULL;

	if (!r || !r->count)
		return err_set(e, -ENOENT, "no recording is open");
	/* Of several files the first: formats that only others have come with their events. */
	return dat_meta_file(r->files[0].dat, ret, e);
}
