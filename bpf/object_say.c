/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_say: why an object could not be loaded, and what would help.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/object.h"
#include "core/cleanup.h"
#include "core/util.h"

static bool file_has(const char *path, const char *what)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return false;
	text[n] = '\0';
	return strstr(text, what) != NULL;
}

static bool has_capability(unsigned cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return false;
	return data[cap / 32].effective & (1u << (cap % 32));
}

static int say_forbidden(struct object *o, int code, struct err *e)
{
	if (!has_capability(CAP_SYS_ADMIN) && !has_capability(CAP_BPF))
		return err_set(e, code,
			       "%s: loading BPF programs is not permitted: it needs CAP_BPF and "
			       "CAP_PERFMON: run as root",
			       o->label);
	if (!has_capability(CAP_SYS_ADMIN) && !has_capability(CAP_PERFMON))
		return err_set(e, code,
			       "%s: tracing with BPF programs needs CAP_PERFMON as well: "
			       "run as root",
			       o->label);
	if (file_has("/sys/kernel/security/lockdown", "[confidentiality]"))
		return err_set(e, code,
			       "%s: this kernel is locked down (confidentiality): BPF programs may "
			       "not read its memory",
			       o->label);
	return err_set(e, code, "%s cannot be loaded: not permitted: %s", o->label,
		       object_log_last(&o->log, code));
}

/* A relocation that found nothing: libbpf puts its sentence into the log. */
static int say_refusal(const struct object *o, int code, const char *prog, const char *sentence,
		       struct err *e)
{
	if (code == -E2BIG || strstr(sentence, "too large"))
		return err_set(e, code,
			       "%s: the verifier gave up on program %s, it is too large: %s",
			       o->label, prog, sentence);
	if (strstr(sentence, "CO-RE") || strstr(sentence, "relo"))
		return err_set(e, code,
			       "%s: program %s asks for what this kernel does not have: %s",
			       o->label, prog, sentence);
	return err_set(e, code, "%s: the kernel's verifier refuses program %s: %s", o->label, prog,
		       sentence);
}

/* The map that libbpf could not make. */
static int say_map(struct object *o, int code, struct err *e)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, o->obj)
	{
		if (bpf_map__fd(map) >= 0)
			continue;
		if (code == -EINVAL && libbpf_probe_bpf_map_type(bpf_map__type(map), NULL) == 0)
			return err_set(e, code,
				       "%s: this kernel has no BPF maps of the kind of %s%s",
				       o->label, bpf_map__name(map),
				       bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF
					   ? " (ring buffers: Linux 5.8)"
					   : "");
		return err_set(e, code,
			       "%s: map %s cannot be made (%u entries, keys of %u and values of %u "
			       "bytes): %s%s",
			       o->label, bpf_map__name(map), bpf_map__max_entries(map),
			       bpf_map__key_size(map), bpf_map__value_size(map), strerror(-code),
			       code == -EPERM || code == -ENOMEM
				   ? ": not enough memory, or more than may be locked (ulimit -l)"
				   : "");
	}
	return err_set(e, code, "%s cannot be loaded: %s", o->label,
		       object_log_last(&o->log, code));
}

/* The first program that this kernel cannot attach, and so cannot load; false: none. */
static bool say_lack(struct object *o, int code, struct err *e)
{
	for (size_t i = 0; i < o->prog_count; i++) {
		_cleanup_free_ char *lacks = NULL;

		if (!bpf_program__autoload(o->progs[i]))
			continue;
		lacks = object_kernel_lacks(o, bpf_program__section_name(o->progs[i]));
		if (!lacks)
			continue;
		err_set(e, code, "%s: program %s cannot be attached: %s", o->label,
			bpf_program__name(o->progs[i]), lacks);
		return true;
	}
	return false;
}

int object_say_load(struct object *o, int code, struct err *e)
{
	struct refusal r;

	if (object_log_refusal(&o->log, &r))
		return say_refusal(o, code, r.prog, r.sentence, e);
	if (object_log_has(&o->log, "vmlinux BTF") || object_log_has(&o->log, "valid kernel BTF"))
		return err_set(e, code,
			       "%s needs the kernel's types, and this kernel has none "
			       "(/sys/kernel/btf/vmlinux is missing: CONFIG_DEBUG_INFO_BTF)",
			       o->label);
	if ((code == -EPERM || code == -EACCES) && !object_log_has(&o->log, "map '"))
		return say_forbidden(o, code, e);
	if (object_log_has(&o->log, "map '"))
		return say_map(o, code, e);
	if (say_lack(o, code, e))
		return code;
	return err_set(e, code, "%s cannot be loaded: %s", o->label,
		       object_log_last(&o->log, code));
}
