/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_kernel: what this kernel cannot attach, found by looking, before or after it was tried.
 */
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/object.h"
#include "core/arena.h"
#include "core/util.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

__attribute__((format(printf, 1, 2))) static char *say(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return xstrdup(text);
}

/* The kernel's types, read once; NULL: there are none. */
static const struct btf *vmlinux(struct object *o)
{
	if (!o->kernel_was_read)
		o->kernel = btf__load_vmlinux_btf();
	o->kernel_was_read = true;
	return o->kernel;
}

static char *no_btf(const char *section)
{
	return say("%s needs the kernel's types, and this kernel has none (" VMLINUX
		   " is missing: CONFIG_DEBUG_INFO_BTF)",
		   section);
}

/* tracepoint/SYSTEM/EVENT */
static char *lacks_tracepoint(struct object *o, const char *section, const char *what)
{
	static const char *const dirs[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[512];
	bool is_mounted = false;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/events", dirs[i]);
		if (access(path, X_OK))
			continue;
		is_mounted = true;
		snprintf(path, sizeof(path), "%s/events/%s/id", dirs[i], what);
		if (!access(path, F_OK))
			return NULL;
	}
	if (!is_mounted)
		return say("%s needs tracefs: mount -t tracefs nodev /sys/kernel/tracing", section);
	return say("this kernel has no tracepoint %.200s", what);
}

/* A tracepoint by the kernel's types: raw_tp/EVENT, tp_btf/EVENT. */
static char *lacks_raw(struct object *o, const char *section, const char *what)
{
	char name[256];

	if (!vmlinux(o))
		return strncmp(section, "tp_btf", 6) ? NULL : no_btf(section);
	snprintf(name, sizeof(name), "btf_trace_%s", what);
	if (btf__find_by_name_kind(vmlinux(o), name, BTF_KIND_TYPEDEF) > 0)
		return NULL;
	return say("this kernel has no tracepoint %.200s", what);
}

static char *lacks_kprobe(struct object *o, const char *section, const char *what)
{
	if (!access("/sys/bus/event_source/devices/kprobe/type", F_OK))
		return NULL;
	return say("this kernel has no kprobes (CONFIG_KPROBES)");
}

static char *lacks_uprobe(struct object *o, const char *section, const char *what)
{
	if (!access("/sys/bus/event_source/devices/uprobe/type", F_OK))
		return NULL;
	return say("this kernel has no uprobes (CONFIG_UPROBES)");
}

/* The entry or the end of a function of the kernel. */
static char *lacks_function(struct object *o, const char *section, const char *what)
{
	if (!vmlinux(o))
		return no_btf(section);
	if (btf__find_by_name_kind(vmlinux(o), what, BTF_KIND_FUNC) < 0)
		return say("this kernel has no function %.200s that can be traced", what);
	if (!access("/sys/kernel/tracing/events", X_OK) &&
	    access("/sys/kernel/tracing/available_filter_functions", F_OK))
		return say("this kernel cannot trace its functions (CONFIG_FUNCTION_TRACER)");
	return NULL;
}

/* Beginnings of sections, and who looks. */
static const struct {
	const char *prefix;
	char *(*lacks)(struct object *o, const char *section, const char *what);
} kinds[] = {
	{ "tracepoint/", lacks_tracepoint },
	{ "tp/", lacks_tracepoint },
	{ "raw_tracepoint/", lacks_raw },
	{ "raw_tp/", lacks_raw },
	{ "raw_tracepoint.w/", lacks_raw },
	{ "raw_tp.w/", lacks_raw },
	{ "tp_btf/", lacks_raw },
	{ "kprobe", lacks_kprobe },
	{ "kretprobe", lacks_kprobe },
	{ "ksyscall/", lacks_kprobe },
	{ "kretsyscall/", lacks_kprobe },
	{ "uprobe", lacks_uprobe },
	{ "uretprobe", lacks_uprobe },
	{ "usdt", lacks_uprobe },
	{ "fentry", lacks_function },
	{ "fexit", lacks_function },
	{ "fmod_ret", lacks_function },
};

char *object_kernel_lacks(struct object *o, const char *section)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *what = strchr(section, '/');

		if (!strncmp(section, kinds[i].prefix, strlen(kinds[i].prefix)))
			return kinds[i].lacks(o, section, what ? what + 1 : "");
	}
	return NULL;
}
