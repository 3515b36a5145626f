/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_actor: a process that does one known thing when it is told to, and a program of ours that
 * looks at nothing but this process.
 */
#ifndef TESTS_BPF_ACTOR_H
#define TESTS_BPF_ACTOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "tests/kernel/bpf_fixture.h"

#define ACTOR_NAME "tapactor"

struct actor {
	pid_t pid;
	int go, done; /* pipes */
	int cpu;      /* -1: anywhere */
};

/* How many times slower than a machine of its own this one is. */
unsigned actor_slow(void);

/* A CPU whose idle task's switches the kernel reports, or -1: of some machines (restored from a
 * snapshot) it does not report all. Needs tracefs. */
int actor_cpu_that_tells(void);

/* Makes one, which waits. It calls act(data) for each actor_go. */
void actor_start(struct actor *a, int cpu, void (*act)(void *data), void *data);
/* Lets it act. */
void actor_tell(struct actor *a);
/* Waits until it has acted. */
void actor_wait(struct actor *a);
/* Both, then takes what came of it. */
void actor_go(struct actor *a, struct tap_program *p);
/* Ends it. */
void actor_end(struct actor *a);

/* Loads a built-in that looks at an actor alone; options are name and value, ended by NULL. False
 * with a reason where there is no BPF. Clock and hz: see tap_load. */
struct actor_option {
	const char *name;
	int64_t value;
};
bool actor_watch(struct actor *a, struct tap_program *p, const char *name,
		 const struct actor_option *options, const uint64_t sample[2]);

/* Whether an address is in code of ours, as it is of every actor's. */
bool actor_is_code(uint64_t address);
/* The name of the kernel's function that an address is in; "" when it is not known. */
const char *actor_kernel_name(uint64_t address);

#endif
