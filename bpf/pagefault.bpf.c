/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagefault: page faults, at which address and by which instruction.
 */
#include "bpf/pagefault.h"

struct pagefault_event {
	struct tap_head;
	uaddr_t address;
	kaddr_t ip; /* of the kernel, or of the program */
	enum fault_access access;
	enum fault_kind kind;
	enum fault_mode mode;
	__u32 weight; /* so many faults it stands for */
};

TAP_EVENTS(struct pagefault_event);
TAP_SAYS("blurb = page faults: address, instruction, reading or writing\n" FAULT_SAYS);

static __always_inline void fault_seen(const struct fault *f)
{
	struct pagefault_event e;

	if (!tap_begin((struct tap_head *)&e))
		return;
	e.address = f->address;
	e.ip = f->ip;
	e.access = f->access;
	e.kind = f->kind;
	e.mode = f->mode;
	e.weight = every;
	tap_send(&e, sizeof(e));
}
