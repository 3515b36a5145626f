/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layouts: an object with the types of layouts.h, in BTF by globals that point to them, and with
 * one that only DWARF knows.
 */
#include "tests/bpf/layouts.h"

#define SEC(name) __attribute__((section(name), used))
#define KNOWN(x)  const struct x *known_##x __attribute__((unused))

KNOWN(numbers);
KNOWN(names);
KNOWN(bits);
KNOWN(nested);
KNOWN(floats);
KNOWN(texts);
KNOWN(moved);
KNOWN(tail_text);
KNOWN(tail_numbers);
KNOWN(old);
const struct usual *unused_usual __attribute__((unused));

static long (*const output)(void *, void *, u64, u64) = (void *)130;

struct {
	int (*type)[27];
	int (*max_entries)[4096];
} events SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_openat")
int prog(void *ctx)
{
	struct event e = {};

	e.pid = 1;
	output(&events, &e, sizeof(e), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
