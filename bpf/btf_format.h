/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf_format: BTF types as formats of events.
 *
 * Integers, enumerations (with names), pointers, arrays, text (char[N]), flexible arrays, structs
 * and unions within (a nested member is a_b, one of an anonymous struct just b), bit-fields, 128
 * bits, float and double. Type words (ns_t, ip4_t, tap_str, ...) carry over. What cannot be said
 * stands as bytes. BTF is hostile: sizes, depth and loops are bounded.
 */
#ifndef BPF_BTF_FORMAT_H
#define BPF_BTF_FORMAT_H

#include "bpf/layout.h"
#include "bpf/manifest.h"

struct btf;

/*
 * The layout of a struct's events. Values of the row itself (time, cpu, tid, pid, comm, uid,
 * cgroup) are those that the manifest names, else members of conventional names; time, cpu and tid
 * are left out of the fields, all of them out of the text. -EINVAL with what is wrong.
 */
int btf_format_event(const struct btf *btf, uint32_t type, const struct manifest *m,
		     const char *name, struct layout *ret, struct err *e);

/* The same for an entry of a map: the bytes of the key, up to 8 more, then those of the value.
 * Members of a key that is no struct are called key, of such a value value. */
int btf_format_entry(const struct btf *btf, const uint32_t types[2], const struct manifest *m,
		     const char *name, struct layout *ret, struct err *e);

/* What stands in every event when nothing is known of its type: size, and the bytes. */
void btf_format_bytes(const char *name, struct layout *ret);

/* The id of a struct by its name, "struct X", or what a global `const struct X *unused_X` points to
 * (name NULL). -ENOENT. */
int btf_find_struct(const struct btf *btf, const char *name, struct err *e);

#endif
