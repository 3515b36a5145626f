/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_manifest: any bytes as what an object says of itself.
 *
 * It is refused with a sentence, or every line can be asked for; and what it says of an event's
 * fields and text makes a format that we can read, or is refused.
 */
#include <bpf/btf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/btf_format.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static struct btf *make_types(void)
{
	struct btf *btf = btf__new_empty();
	int u32 = btf__add_int(btf, "unsigned int", 4, 0), u64 = btf__add_int(btf, "u64", 8, 0);
	int byte = btf__add_int(btf, "unsigned char", 1, 0),
	    path = btf__add_typedef(btf, "tap_str", u32);
	int letters = btf__add_array(btf, u32, byte, 16), e = btf__add_enum(btf, "e", 4);

	btf__add_enum_value(btf, "ONE", 1);
	btf__add_enum_value(btf, "TWO", 2);
	btf__add_struct(btf, "event", 64);
	btf__add_field(btf, "a", u64, 0, 0);
	btf__add_field(btf, "b", u32, 64, 0);
	btf__add_field(btf, "c", u32, 96, 5);
	btf__add_field(btf, "d", letters, 128, 0);
	btf__add_field(btf, "e", e, 256, 0);
	btf__add_field(btf, "p", path, 288, 0);
	return btf;
}

static void use(const struct manifest *m)
{
	static struct btf *btf;
	static const uint8_t event[80] = "any bytes";
	struct err e = ERR_INIT;
	struct strbuf out = { 0 };
	struct schema *s = NULL;
	uint8_t rec[256];
	struct layout l;

	if (!btf)
		btf = make_types();
	if (btf_format_event(btf, btf__type_cnt(btf) - 1, m, "demo", &l, &e)) {
		must(e.text[0]);
		return;
	}
	must(!layout_schema(&l, "bpf", 32000, &s, &e));
	must(layout_record(&l, sizeof(event)) <= sizeof(rec));
	layout_put(&l, 32000, event, sizeof(event), rec);
	text_print(s, NULL, rec, layout_record(&l, sizeof(event)), &out);
	strbuf_done(&out);
	schema_free(s);
	layout_done(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest m = { 0 };
	struct err e = ERR_INIT;

	if (manifest_parse("demo", (const char *)data, size, &m, &e)) {
		must(!m.count && e.text[0]);
		return 0;
	}
	for (size_t i = 0; i < m.count; i++) {
		const struct manifest_line *l = &m.lines[i];

		must(manifest_get(&m, l->key, l->about) && l->value[0] && l->line);
		manifest_lists(&m, l->key, l->value);
	}
	use(&m);
	manifest_done(&m);
	return 0;
}
