/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_peer: tep_filter_match. The walk over the page is ours: kbuffer's would cost it more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <traceevent/event-parse.h>

#include "core/arena.h"
#include "core/page.h"
#include "tests/bench/filter_peer.h"

struct filter_peer {
	struct tep_handle *tep;
	struct tep_event_filter *filter;
};

int filter_peer_new(const struct schema_set *set, const char *text, struct filter_peer **ret,
		    struct err *e)
{
	struct filter_peer *p = xcalloc(1, sizeof(*p));
	char why[256] = "";
	int rc;

	p->tep = tep_alloc();
	tep_set_long_size(p->tep, sizeof(long));
	for (size_t i = 0; i <= SCHEMA_ID_MAX; i++)
		if (set->by_id[i])
			tep_parse_event(p->tep, set->by_id[i]->format,
					strlen(set->by_id[i]->format), set->by_id[i]->system);
	p->filter = tep_filter_alloc(p->tep);
	rc = tep_filter_add_filter_str(p->filter, text);
	if (rc < 0) {
		tep_filter_strerror(p->filter, rc, why, sizeof(why));
		filter_peer_free(p);
		return err_set(e, -EINVAL, "libtraceevent: '%s': %s", text, why);
	}
	*ret = p;
	return 0;
}

void filter_peer_free(struct filter_peer *p)
{
	if (!p)
		return;
	tep_filter_free(p->filter);
	tep_free(p->tep);
	free(p);
}

uint64_t filter_peer_page(struct filter_peer *peer, const struct run *r, const struct page *p,
			  uint64_t *found)
{
	struct page_walk w = page_walk_init(p->records, p->size, p->ts);
	struct page_event ev;
	uint64_t count = 0;

	while (page_next(&w, &ev)) {
		struct tep_record record = {
			.ts = ev.ts,
			.cpu = r->cpu,
			.size = (int)ev.size,
			.data = (void *)(uintptr_t)ev.rec,
			.ref_count = 1,
		};

		*found += tep_filter_match(peer->filter, &record) == TEP_ERRNO__FILTER_MATCH;
		count++;
	}
	return count;
}
