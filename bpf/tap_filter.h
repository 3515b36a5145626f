/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_filter: how a program asks an event what its filter wants: the tests of struct tap_code.
 *
 * Whoever includes it has said how kernel memory is read and how a loop is made: in a program the
 * helpers, in the tests their own.
 */
#ifndef BPF_TAP_FILTER_H
#define BPF_TAP_FILTER_H

#include "bpf/code.h"

/* A number of an event, widened by its sign. */
static __always_inline __u64 tap_number(const struct tap_test *t, const void *at)
{
	union {
		__u8 b;
		__u16 h;
		__u32 w;
		__u64 d;
	} v = { .d = 0 };

	switch (t->size) {
	case 1:
		bpf_probe_read_kernel(&v, 1, at);
		return t->is_signed ? (__u64)(__s8)v.b : v.b;
	case 2:
		bpf_probe_read_kernel(&v, 2, at);
		return t->is_signed ? (__u64)(__s16)v.h : v.h;
	case 4:
		bpf_probe_read_kernel(&v, 4, at);
		return t->is_signed ? (__u64)(__s32)v.w : v.w;
	default:
		bpf_probe_read_kernel(&v, 8, at);
		return v.d;
	}
}

/* Whether an event begins with a text there; the texts of the code are filled up with NULs. */
static __always_inline bool tap_same_bytes(const struct tap_code *c, const struct tap_test *t,
					   const void *at)
{
	const __u64 *want = (const __u64 *)c->texts[t->text & (TAP_TEXTS - 1)];
	__u64 is[TAP_TEXT / 8] = { 0 };
	__u64 size = t->value;

	if (size > TAP_TEXT || bpf_probe_read_kernel(is, size, at))
		return false;
	return is[0] == want[0] && is[1] == want[1] && is[2] == want[2] && is[3] == want[3];
}

/* Whether a number passes. */
static __always_inline bool tap_compare(const struct tap_test *t, __u64 is)
{
	switch (t->op) {
	case TAP_EQ:
		return is == t->value;
	case TAP_ANY:
		return is & t->value;
	case TAP_LT:
		return t->is_signed ? (__s64)is < (__s64)t->value : is < t->value;
	default:
		return t->is_signed ? (__s64)is <= (__s64)t->value : is <= t->value;
	}
}

static __always_inline bool tap_holds(const struct tap_code *c, const struct tap_test *t,
				      const char *event)
{
	if (t->op == TAP_BYTES)
		return tap_same_bytes(c, t, event + t->offset);
	return tap_compare(t, tap_number(t, event + t->offset));
}

/* The first n of 8 bytes. */
static __always_inline __u64 tap_first(__u64 word, __u32 n)
{
	if (n >= 8)
		return word;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return word & ~(~0ULL << 8 * (n & 7));
#else
	return word & ~(~0ULL >> 8 * (n & 7));
#endif
}

/* What a head has is at hand and need not be copied: cgroup, cpu, tid, pid, uid, comm. */
static __always_inline bool tap_head_holds(const struct tap_code *c, const struct tap_test *t,
					   const char *head)
{
	const __u64 *want = (const __u64 *)c->texts[t->text & (TAP_TEXTS - 1)];
	const __u64 *comm = (const __u64 *)(head + 32);

	if (t->op == TAP_BYTES && t->offset == 32)
		return tap_first(comm[0] ^ want[0], t->value) == 0 &&
		       (t->value <= 8 || tap_first(comm[1] ^ want[1], t->value - 8) == 0);
	if (t->op == TAP_BYTES)
		return tap_same_bytes(c, t, head + t->offset);
	switch (t->offset) {
	case 8:
		return tap_compare(t, *(const __u64 *)(head + 8));
	case 16:
		return tap_compare(t, *(const __u32 *)(head + 16));
	case 20:
		return tap_compare(t, (__u64) * (const __s32 *)(head + 20));
	case 24:
		return tap_compare(t, (__u64) * (const __s32 *)(head + 24));
	case 28:
		return tap_compare(t, *(const __u32 *)(head + 28));
	}
	return tap_compare(t, tap_number(t, head + t->offset));
}

/* Where a filter stands with an event. */
struct tap_walk {
	const struct tap_code *code;
	const char *event;
	__u32 size;
	__u32 next; /* test */
	bool rejected;
};

/* Asks one test; 1: it is decided. A test that looks behind the event rejects nothing. */
static long tap_step(__u32 unused, struct tap_walk *w)
{
	const struct tap_test *t = &w->code->test[w->next & (TAP_TESTS - 1)];

	if (t->offset + (t->op == TAP_BYTES ? t->value : t->size) > w->size)
		return 1;
	w->next = tap_holds(w->code, t, w->event) ? t->if_true : t->if_false;
	w->rejected = w->next == TAP_NO;
	return w->next >= TAP_TESTS;
}

/* Whether size bytes of an event pass. The verifier walks through a test once, not through all. */
static __always_inline bool tap_passes(const struct tap_code *c, const void *event, __u32 size)
{
	struct tap_walk w = { .code = c, .event = event, .size = size };

	bpf_loop(c->tests, tap_step, &w, 0);
	return !w.rejected;
}

/* The same of a head. */
static long tap_head_step(__u32 unused, struct tap_walk *w)
{
	const struct tap_test *t = &w->code->test[w->next & (TAP_TESTS - 1)];

	w->next = tap_head_holds(w->code, t, w->event) ? t->if_true : t->if_false;
	w->rejected = w->next == TAP_NO;
	return w->next >= TAP_TESTS;
}

/* Whether a head passes; its tests look nowhere else. */
static __always_inline bool tap_head_passes(const struct tap_code *c, const void *head)
{
	struct tap_walk w = { .code = c, .event = head, .size = TAP_HEAD };

	bpf_loop(c->tests, tap_head_step, &w, 0);
	return !w.rejected;
}

#endif
