/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_text: text of any length behind an event.
 *
 * Such an event is built in a room of its own, one for each CPU: a program that another one of the
 * same object may interrupt must not use it. Its size grows with each text:
 *
 *	struct open_event *e = tap_room();
 *	__u32 size = sizeof(*e);
 *
 *	e->path = tap_text_user(e, &size, 4096, pointer);
 *	tap_send_text(e, size);
 *
 * What is longer than it may be ends with "…" and is counted, and so is what cannot be read.
 * Before this header a program says the bytes of its room, fixed part and all, if 8,192 are not
 * enough; no map can give more than 32,768. The functions that are not static are verified once,
 * however often they are called.
 */
#ifndef BPF_TAP_TEXT_H
#define BPF_TAP_TEXT_H

#include "bpf/tap.h"

#ifndef TAP_ROOM
#define TAP_ROOM 8192
#endif
#define TAP_TEXT_MAX 4096 /* bytes of one text with its NUL */

struct tap_room {
	char bytes[TAP_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tap_room);
} tap_rooms SEC(".maps");

/* The room of this CPU, with what the last event left in it. */
static __always_inline void *tap_room(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tap_rooms, &zero);
}

/* Where text of so many bytes is, in the words of a record. */
static __always_inline tap_str tap_place(__u32 at, __u32 bytes)
{
	return bytes << 16 | (at + TAP_COMMON);
}

/* The size of an event with what was put behind it. */
static __always_inline __u32 tap_behind(tap_str place)
{
	return (place & 0xffff) - TAP_COMMON + (place >> 16);
}

/* Lets the text that ends before a byte of the room end with the mark of what was cut. */
static __always_inline void tap_text_cut(struct tap_room *r, __u32 end)
{
	if (end < 4 || end > TAP_ROOM)
		return;
	r->bytes[end - 4] = (char)0xe2;
	r->bytes[end - 3] = (char)0x80;
	r->bytes[end - 2] = (char)0xa6;
	r->bytes[end - 1] = 0;
	tap_count(cut);
}

/* Puts text at a byte of the room: at most so many, 4,096 if it is more. */
__noinline __u32 tap_text_put(struct tap_room *r, __u32 at, __u32 most, __u64 from, __u32 is_user)
{
	char next = 0;
	long n;

	if (!r || !most || at > TAP_ROOM - TAP_TEXT_MAX)
		goto none;
	if (most > TAP_TEXT_MAX)
		most = TAP_TEXT_MAX;
	if (is_user)
		n = bpf_probe_read_user_str(r->bytes + at, most, (const void *)from);
	else
		n = bpf_probe_read_kernel_str(r->bytes + at, most, (const void *)from);
	if (n <= 0)
		goto none;
	if (n == most && is_user)
		bpf_probe_read_user(&next, 1, (const void *)from + most - 1);
	else if (n == most)
		bpf_probe_read_kernel(&next, 1, (const void *)from + most - 1);
	if (next)
		tap_text_cut(r, at + most);
	return tap_place(at, n);
none:
	tap_count(cut);
	return tap_place(at, 0);
}

/* Puts text of the program's memory behind an event, at most so many bytes with its NUL. The room
 * needs 4,096 for it. */
static __always_inline tap_str tap_text_user(void *event, __u32 *size, __u32 most, const void *from)
{
	tap_str place = tap_text_put(event, *size, most, (__u64)from, true);

	*size = tap_behind(place);
	return place;
}

/* The same of the kernel's memory. */
static __always_inline tap_str tap_text_kernel(void *event, __u32 *size, __u32 most,
					       const void *from)
{
	tap_str place = tap_text_put(event, *size, most, (__u64)from, false);

	*size = tap_behind(place);
	return place;
}

/* Gives an event with text to the ring, if it passes. */
#define tap_send_text(event, size)                                                                 \
	do {                                                                                       \
		__u64 _size = size;                                                                \
                                                                                                   \
		if (_size <= TAP_ROOM)                                                             \
			tap_send(event, _size);                                                    \
	} while (0)

#endif
