/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_fixture: one BPF program of ours, loaded and attached with nothing but libbpf, for the tests
 * that look at what it gives.
 *
 * It takes events of its children: the test itself is "own" unless it says otherwise.
 */
#ifndef TESTS_BPF_FIXTURE_H
#define TESTS_BPF_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/libbpf.h>

#include "bpf/code.h"

/* The head of every event, as bpf/tap.h has it. */
struct seen_head {
	uint64_t ts, cgroup;
	uint32_t cpu;
	int32_t tid, pid;
	uint32_t uid;
	char comm[16];
};

struct tap_program {
	struct bpf_object *object;
	struct bpf_link *links[64];
	size_t link_count;
	struct ring_buffer *ring; /* NULL: it has none */
	struct tap_control control;
	ring_buffer_sample_fn take;
	void *data; /* take's */
	double load_ms, attach_ms;
};

/* Opens a built-in by its name; then options, then tap_load. False with a reason in `why`. */
bool tap_open(struct tap_program *p, const char *name, char why[256]);
/* Opens an object's bytes. */
bool tap_open_bytes(struct tap_program *p, const void *bytes, size_t size, char why[256]);
/* Sets an option: a const volatile variable of .rodata, of any size. False: there is none. */
bool tap_option(struct tap_program *p, const char *name, int64_t value);
/* Leaves a program of it out. */
void tap_without(struct tap_program *p, const char *program);
/* Loads and attaches it; programs for perf_event sample this clock (PERF_COUNT_SW_...) hz times a
 * second on each CPU (0: every time). take is called by tap_look. Not on yet. */
bool tap_load(struct tap_program *p, uint64_t clock, uint64_t hz, char why[256]);
/* Says what is wanted: p->control. */
void tap_say(struct tap_program *p);
/* Only these processes; a pid of 0 ends them. */
void tap_say_pids(struct tap_program *p, const uint32_t *pids);
/* Takes what is in the ring. */
void tap_look(struct tap_program *p);
/* What it counted, over all CPUs. */
struct tap_counts tap_counted_so_far(struct tap_program *p);
/* Calls fn with each key of a table and the values of all CPUs, one after another (8 aligned). */
void tap_each(struct tap_program *p, const char *map,
	      void (*fn)(const void *key, const void *values, int cpus, void *data), void *data);
/* Takes it away. NULL-safe members. */
void tap_close(struct tap_program *p);

#endif
