/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile: what the programs share that look at each CPU many times a second.
 *
 * The clock is the kernel's own (cpu-clock): there are machines without counters of the CPU. It
 * does not look while interrupts are off.
 */
#ifndef BPF_PROFILE_H
#define BPF_PROFILE_H

#include "bpf/tap.h"

enum profile_mode { user, kernel };

const volatile __u32 hz = 99;
const volatile bool idle = false;

#define PROFILE_SAYS                                                                               \
	"sample = cpu-clock hz\n"                                                                  \
	"option.hz = hz 1..10000 How often each CPU is looked at\n"                                \
	"option.idle = flag Also CPUs that have nothing to do\n"

/* Whether who runs now is looked at. */
static __always_inline bool profile_wants(void)
{
	return idle || (__u32)bpf_get_current_pid_tgid();
}

#endif
