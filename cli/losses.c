/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * losses: see the header.
 */
#include "cli/losses.h"

typedef unsigned long long ull;

void losses_put(struct strbuf *b, uint64_t lost, bool unknown, const char *what)
{
	if (!lost && !unknown)
		strbuf_str(b, "none");
	else if (!lost)
		strbuf_fmt(b, "some%s, nobody knows how many", what);
	else
		strbuf_fmt(b, "%s%llu%s", unknown ? "at least " : "", (ull)lost, what);
}

/* "a.dat (2), b.dat:foo (1)"; a single file by its path. */
static void put_places(struct strbuf *b, const struct opts *o, struct deck *d)
{
	const struct source *src;
	const char *comma = "";

	if (o->args.count == 1) {
		strbuf_str(b, o->args.v[0]);
		return;
	}
	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++) {
		if ((src->flags & SOURCE_HIDDEN) || !src->damaged)
			continue;
		strbuf_fmt(b, "%s%s (%llu)", comma, src->name, (ull)src->damaged);
		comma = ", ";
	}
}

void losses_put_damaged(struct strbuf *b, const struct opts *o, struct deck *d)
{
	const struct source *src;
	uint64_t damaged = 0;

	for (unsigned i = 0; (src = store_source_at(deck_store(d), i)); i++)
		damaged += src->flags & SOURCE_HIDDEN ? 0 : src->damaged;
	if (!damaged)
		return;
	if (damaged == 1)
		strbuf_str(b, "damaged: 1 record that did not fit its format, in ");
	else
		strbuf_fmt(b, "damaged: %llu records that did not fit their format, in ",
			   (ull)damaged);
	put_places(b, o, d);
}
