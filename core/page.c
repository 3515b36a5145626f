/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page: the steps of a walk that are no plain record.
 *
 * Time extends, absolute time stamps, padding, records with a length word, and every
 * record that would not fit. It agrees with libtraceevent's kbuffer on good pages and
 * stops where the bytes make no sense. It must never read outside [p, end), and every
 * step moves forward.
 */
#include "core/page.h"

#define DELTA_BITS 27
#define STAMP_MASK ((1ULL << 59) - 1)

/*
 * An absolute time stamp carries 59 bits; the upper five are those of the time before. The
 * kernel adds a carry where that gives an older time, kbuffer does not: a clock that
 * was set back is likelier than the boundary that comes every 18 years.
 */
static uint64_t absolute(uint64_t stamp, uint64_t before)
{
	return stamp | (before & ~STAMP_MASK);
}

static bool stop(struct page_walk *w, bool damaged)
{
	w->p = w->end;
	w->damaged |= damaged;
	return false;
}

/* A record whose length stands in a word of its own that counts itself. */
static bool long_record(struct page_walk *w, struct page_event *ev, uint64_t left)
{
	uint32_t length = load_u32(w->p + 4);

	if (length < 4 || length > left)
		return stop(w, true);
	ev->rec = w->p + 8;
	ev->size = length - 4;
	ev->ts = w->ts;
	w->p += 4 + MIN(left, ((uint64_t)length + 3) & ~3ULL);
	return true;
}

/* A discarded record: its bytes are skipped, its delta counts. */
static bool skip_padding(struct page_walk *w, uint64_t left)
{
	uint32_t length = load_u32(w->p + 4);

	if (length > left)
		return stop(w, true);
	w->p += 4 + MAX(length, 4u);
	return true;
}

bool page_next_slow(struct page_walk *w, struct page_event *ev)
{
	while (w->end - w->p >= 4) {
		uint32_t head = load_u32(w->p), type = head & 31, delta = head >> 5;
		uint64_t left = (uint64_t)(w->end - w->p) - 4;

		if (type == PAGE_PADDING && !delta)
			return stop(w, false); /* nothing was written behind it */
		if (left < 4)
			return stop(w, true);
		if (type == PAGE_TIME_STAMP) {
			uint64_t stamp = (uint64_t)load_u32(w->p + 4) << DELTA_BITS | delta;

			stamp = absolute(stamp, w->ts);
			if (stamp < w->ts)
				w->peak = MAX(w->peak, w->ts);
			w->ts = stamp;
			w->p += 8;
			continue;
		}
		w->ts += delta;
		if (type == PAGE_TIME_EXTEND) {
			w->ts += (uint64_t)load_u32(w->p + 4) << DELTA_BITS;
			w->p += 8;
		} else if (type == PAGE_PADDING) {
			if (!skip_padding(w, left))
				return false;
		} else if (!type) {
			return long_record(w, ev, left);
		} else if (type * 4 > left) {
			return stop(w, true);
		} else {
			*ev = (struct page_event) { w->ts, w->p + 4, type * 4 };
			w->p += 4 + type * 4;
			return true;
		}
	}
	return stop(w, w->p != w->end);
}

void page_put_time_stamp(uint8_t *p, uint64_t ts)
{
	store_u32(p, (uint32_t)ts << 5 | PAGE_TIME_STAMP);
	store_u32(p + 4, (uint32_t)((ts & STAMP_MASK) >> DELTA_BITS));
}
