/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_format: any bytes as a format text.
 *
 * A format that is taken keeps its promises (names, offsets, the common fields), is compiled or
 * refused, and says a record of zeros and one of ones without harm.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_promises(const struct schema *s)
{
	must(s->name && s->name[0] && s->id && s->id <= SCHEMA_ID_MAX);
	must(s->pid && s->pid->is_common && s->pid->size == 4);
	must(s->count <= SCHEMA_FIELDS_MAX && s->common_count <= s->count);
	schema_for_each_field (s, f) {
		must(schema_field(s, f->name) == f);
		must(f->offset + f->size <= s->min_size);
		must(f->elem_size || f->kind == FIELD_BYTES);
		must(f->kind != FIELD_INT || f->size == f->elem_size);
	}
}

static void say(const struct schema *s, int byte)
{
	static const uint32_t more[] = { 0, 1, 64 };
	struct strbuf out = { 0 };

	for (size_t i = 0; s->min_size < 1 << 16 && i < ARRAY_SIZE(more); i++) {
		uint32_t size = s->min_size + more[i];
		uint8_t *rec = malloc(size);

		must(rec);
		memset(rec, byte, size);
		text_print(s, NULL, rec, size, &out);
		text_plain(s, rec, size, &out);
		text_flags(s, rec, size, &out);
		free(rec);
	}
	must(!memchr(strbuf_cstr(&out), '\x1b', out.len) &&
	     !memchr(strbuf_cstr(&out), '\n', out.len));
	strbuf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine m = { .swap = size & 1, .long_size = size & 2 ? 4 : 8 };
	struct err e = ERR_INIT;
	struct schema *s = NULL;

	if (schema_parse("ftrace", (const char *)data, size, m, &s, &e)) {
		must(!s && e.text[0]);
		return 0;
	}
	check_promises(s);
	text_compile(s, &e);
	must(text_is_compiled(s) || e.text[0]);
	say(s, 0);
	say(s, 0xff);
	schema_free(s);
	return 0;
}
