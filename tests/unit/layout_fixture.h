/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_fixture: formats of structs, for the tests of BTF, DWARF and layouts.
 */
#ifndef TESTS_UNIT_LAYOUT_FIXTURE_H
#define TESTS_UNIT_LAYOUT_FIXTURE_H

#include <bpf/btf.h>
#include <errno.h>

#include "bpf/btf_format.h"
#include "tests/bpf/layout_events.h"
#include "tests/unit/text_fixture.h"

/* The object that is compiled of tests/bpf/layouts.bpf.c. */
static inline const char *layouts_path(char *buf, size_t size)
{
	snprintf(buf, size, "%s/tests/layouts.bpf.o", getenv("BUILD_ROOT"));
	return buf;
}

static inline struct manifest manifest_of(const char *text)
{
	struct err e = ERR_INIT;
	struct manifest m;

	if (manifest_parse("test", text, strlen(text), &m, &e))
		fail_msg("%s", e.text);
	return m;
}

/* What is said of an event. The caller frees it. */
static inline char *said(const struct layout *l, const void *bytes, uint32_t size, bool plain)
{
	uint32_t rec_size = layout_record(l, size);
	uint8_t *rec = malloc(rec_size); /* of its size, for the sanitizer */
	struct strbuf out = { 0 };
	struct err e = ERR_INIT;
	struct schema *s = NULL;

	if (layout_schema(l, "bpf", 32000, &s, &e))
		fail_msg("%s\n%s", e.text, l->body);
	layout_put(l, 32000, bytes, size, rec);
	if (plain)
		text_plain(s, rec, rec_size, &out);
	else
		text_print(s, NULL, rec, rec_size, &out);
	assert_true(plain || size < l->size || text_is_compiled(s));
	schema_free(s);
	free(rec);
	return strbuf_take(&out);
}

static inline void assert_said(const struct layout *l, const void *bytes, uint32_t size,
			       const char *want)
{
	char *is = said(l, bytes, size, false);

	assert_string_equal(is, want);
	free(is);
}

/* How the field of a name is declared, up to its end; NULL: there is none. Static. */
static inline const char *declared(const struct layout *l, const char *name)
{
	static char line[256];
	const char *p = l->body;
	size_t len = strlen(name);

	while ((p = strstr(p, "\tfield:"))) {
		const char *end = strchr(p, '\n'), *semi = strchr(p, ';');
		const char *from = semi;

		while (from > p && from[-1] != ' ')
			from--;
		if (!strncmp(from, name, len) && (from[len] == ';' || from[len] == '[')) {
			snprintf(line, sizeof(line), "%.*s", (int)(end - p - 7), p + 7);
			return line;
		}
		p = end;
	}
	return NULL;
}

#endif
