/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_words: what lies in memory as words with a NUL behind each, as one text.
 */
#ifndef BPF_TAP_WORDS_H
#define BPF_TAP_WORDS_H

#include "bpf/tap_text.h"

#define TAP_WORDS_MAX 16384 /* bytes */

struct tap_blanks {
	struct tap_room *room;
	__u32 at;
};

/* Makes blanks of the NULs among eight bytes. */
static long tap_blanks_step(__u32 i, struct tap_blanks *b)
{
	const __u64 low = 0x7f7f7f7f7f7f7f7full;
	__u32 at = b->at + 8 * i;
	__u64 *bytes, is;

	if (at > TAP_ROOM - 8)
		return 1;
	bytes = (__u64 *)(b->room->bytes + at);
	is = *bytes;
	*bytes = is | ~(((is & low) + low) | is | low) >> 2;
	return 0;
}

/* Puts bytes from one address to another at a byte of the room, a multiple of 8. */
__noinline __u32 tap_words_put(struct tap_room *r, __u32 at, __u64 from, __u64 to)
{
	struct tap_blanks b = { .room = r, .at = at };
	__u64 last = to - from - 1;

	if (to <= from)
		return tap_place(at, 0);
	if (last >= TAP_WORDS_MAX)
		last = TAP_WORDS_MAX - 1;
	if (!r || at > TAP_ROOM - TAP_WORDS_MAX ||
	    bpf_probe_read_user(r->bytes + at, last + 1, (const void *)from)) {
		tap_count(cut);
		return tap_place(at, 0);
	}
	bpf_loop(last / 8 + 1, tap_blanks_step, &b, 0);
	if (to - from > TAP_WORDS_MAX)
		tap_text_cut(r, at + TAP_WORDS_MAX);
	else
		r->bytes[at + last] = 0;
	return tap_place(at, last + 1);
}

/* Puts the words between two addresses of the program's memory behind an event, with blanks
 * between. The room needs 16,392 bytes for it; what is longer is cut. */
static __always_inline tap_str tap_text_words(void *event, __u32 *size, __u64 from, __u64 to)
{
	tap_str place = tap_words_put(event, (*size + 7) & ~7u, from, to);

	*size = tap_behind(place);
	return place;
}

#endif
