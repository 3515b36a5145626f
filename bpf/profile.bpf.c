/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile: what runs on each CPU, looked at so many times a second, with stacks.
 */
#include "bpf/profile.h"
#include "bpf/tap_stack.h"

struct profile_event {
	struct tap_head;
	enum profile_mode mode;
	tap_kstack kstack;
	tap_ustack ustack;
	char data[];
};

TAP_EVENTS(struct profile_event);
TAP_STACK_RECORDS(struct profile_event);
TAP_SAYS("blurb = what runs on each CPU, looked at many times a second, with stacks\n" PROFILE_SAYS
	 "option.user_stack = flag With the program's stack\n");

const volatile bool user_stack = true;

SEC("perf_event")
int sample(void *ctx)
{
	struct profile_event *e;
	__u32 zero = 0, k, u = 0;

	if (!profile_wants())
		return 0;
	e = bpf_map_lookup_elem(&records, &zero);
	if (!e || !tap_begin((struct tap_head *)e))
		return 0;
	/* There is none while the program itself runs. */
	k = tap_stack(ctx, e + 1, 0);
	if (user_stack)
		u = tap_stack(ctx, (char *)(e + 1) + k, BPF_F_USER_STACK);
	e->mode = k ? kernel : user;
	e->kstack = tap_stack_at(sizeof(*e), k);
	e->ustack = tap_stack_at(sizeof(*e) + k, u);
	tap_send(e, sizeof(*e) + k + u);
	return 0;
}
