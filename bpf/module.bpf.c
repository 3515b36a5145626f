/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * module: modules that are loaded into the kernel and taken out of it, and those that the kernel
 * itself asks for.
 */
#include "bpf/tap.h"

enum module_action { LOAD, FREE, REQUEST };

struct module_event {
	struct tap_head;
	enum module_action action;
	char name[64]; /* of a request: what modprobe is asked for */
};

TAP_EVENTS(struct module_event);
TAP_SAYS("blurb = kernel modules: loaded, taken out, asked for\n"
	 "print = \"%s %s\", action, name\n");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct module {
	char name[56];
};

#pragma clang attribute pop

static __always_inline int happened(enum module_action action, const char *name)
{
	struct module_event e = { .action = action };

	if (!tap_begin((struct tap_head *)&e))
		return 0;
	if (bpf_probe_read_kernel_str(e.name, sizeof(e.name), name) == sizeof(e.name))
		tap_count(cut);
	tap_send(&e, sizeof(e));
	return 0;
}

SEC("tp_btf/module_load")
int BPF_PROG(load, const struct module *module)
{
	return happened(LOAD, __builtin_preserve_access_index(&module->name[0]));
}

SEC("tp_btf/module_free")
int BPF_PROG(unload, const struct module *module)
{
	return happened(FREE, __builtin_preserve_access_index(&module->name[0]));
}

SEC("tp_btf/module_request")
int BPF_PROG(request, const char *name)
{
	return happened(REQUEST, name);
}
