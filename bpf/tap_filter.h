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

static __always_inline bool tap_holds(const struct tap_code *c, const struct tap_test *t,
				      const char *event)
{
	__u64 is;

	if (t->op == TAP_BYTES)
		return tap_same_bytes(c, t, event + t->offset);
	is = tap_number(t, event + t->offset);
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

#endif
