/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_btf: any bytes as the BTF of an object.
 *
 * Every struct is made a format, as an event and as an entry of a map, or refused with a sentence.
 * A format that is made is one that we can read, and says an event of any bytes without harm.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/btf_format.h"
#include "core/text.h"
#include "core/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STRUCTS_MAX 24
#define EVENT_MAX   4096

static void must(bool good)
{
	if (!good)
		abort();
}

/* An event of what stands in the input. */
static void say(const struct layout *l, const struct schema *s, const uint8_t *data, uint32_t size)
{
	uint32_t rec_size = layout_record(l, size);
	struct strbuf out = { 0 };
	uint8_t *rec = malloc(rec_size), *event = malloc(size ? size : 1);

	must(rec && event);
	memcpy(event, data, size);
	layout_put(l, s->id, event, size, rec);
	text_print(s, NULL, rec, rec_size, &out);
	text_plain(s, rec, rec_size, &out);
	must(!memchr(strbuf_cstr(&out), '\x1b', out.len));
	strbuf_done(&out);
	free(event);
	free(rec);
}

static void check(struct layout *l, const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct schema *s = NULL;
	uint32_t sizes[] = { l->size, l->size / 2, l->size + 9, 0 };

	must(!layout_schema(l, "bpf", 32000, &s, &e));
	must(l->extra_count <= LAYOUT_EXTRAS && l->shift == 8 * l->extra_count);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (sizes[i] <= MIN(size, (size_t)EVENT_MAX))
			say(l, s, data, sizes[i]);
	must(text_is_compiled(s) || size < l->size || l->size > EVENT_MAX);
	schema_free(s);
	layout_done(l);
}

static void try_type(const struct btf *btf, uint32_t id, const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	uint32_t types[2] = { id, id / 2 };
	struct layout l;

	if (!btf_format_event(btf, id, NULL, "demo", &l, &e))
		check(&l, data, size);
	else
		must(e.text[0]);
	err_clear(&e);
	if (!btf_format_entry(btf, types, NULL, "demo", &l, &e))
		check(&l, data, size);
	else
		must(e.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btf *btf;
	unsigned structs = 0;

	libbpf_set_print(NULL);
	btf = btf__new(data, (uint32_t)size);
	if (!btf)
		return 0;
	btf_find_struct(btf, NULL, NULL);
	btf_find_struct(btf, "struct event", NULL);
	for (uint32_t id = 0; id <= btf__type_cnt(btf) && structs < STRUCTS_MAX; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (t && id && !btf_is_composite(t) && id % 8)
			continue;
		structs++;
		try_type(btf, id, data, size);
	}
	btf__free(btf);
	return 0;
}
