/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf_format: BTF types as formats of events.
 */
#include <errno.h>

#include "bpf/btf_format.h"
#include "bpf/code.h"
#include "bpf/format.h"
#include "bpf/types.h"
#include "core/util.h"

int btf_format_event(const struct btf *btf, uint32_t type, const struct manifest *m,
		     const char *name, struct layout *ret, struct err *e)
{
	struct type_source src = btf_types(btf);

	return format_event(&src, type, m, name, ret, e);
}

int btf_format_entry(const struct btf *btf, const uint32_t types[2], const struct manifest *m,
		     const char *name, struct layout *ret, struct err *e)
{
	static const char *const names[2] = { "key", "value" };
	struct type_source src = btf_types(btf);
	struct layout l = { 0 };
	struct draft d = { .m = m, .l = &l, .e = e };
	uint32_t at = 0;
	int err = 0;

	for (unsigned i = 0; !err && i < 2; i++) {
		err = members_add(&d.ms, &src, types[i], names[i], at, TAP_RECORD_MAX / 2, e);
		if (err)
			err_ctx(e, "%s of the map %s", i ? "the value" : "the key", name);
		at = (d.ms.size + 7) & ~7u;
	}
	if (!err)
		err = format_make(&d, name);
	members_done(&d.ms);
	if (!err)
		*ret = l;
	return err;
}

void btf_format_bytes(const char *name, struct layout *ret)
{
	static const struct layout_extra extras[] = {
		{ .kind = LAYOUT_SIZE, .to = 0 },
		{ .kind = LAYOUT_TAIL, .to = 8 },
	};

	*ret = (struct layout) { .name = xstrdup(name), .shift = 16, .is_open = true };
	ret->extras = xcalloc(ARRAY_SIZE(extras), sizeof(*extras));
	memcpy(ret->extras, extras, sizeof(extras));
	ret->extra_count = ARRAY_SIZE(extras);
	ret->body =
	    xstrdup(FORMAT_HEAD "\tfield:u64 size;\toffset:8;\tsize:8;\tsigned:0;\n"
				"\tfield:__data_loc u8[] data;\toffset:16;\tsize:4;\tsigned:0;\n\n"
				"print fmt: \"size=%llu data=%s\", REC->size, "
				"__print_hex(__get_dynamic_array(data), "
				"__get_dynamic_array_len(data))\n");
}
