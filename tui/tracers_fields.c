/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracers_fields: of what an event consists, for the page about its tracer.
 */
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/text_meaning.h"
#include "tui/tracers.h"

#define NAME_COLS 64 /* of names and types together */

static int widest(const struct schema *s, bool names)
{
	int most = 4;

	schema_for_each_field (s, f) {
		const char *p = names ? f->name : f->type;

		most = MAX(most, text_width(p, strlen(p)));
	}
	return MIN(most, names ? NAME_COLS / 2 : NAME_COLS / 2 - 4);
}

void fields_put(struct sheet *page, const struct schema *s)
{
	int name = widest(s, true), type = widest(s, false);

	sheet_fmt(page, LOOK_HEADER, "%-*s  %-*s  offset  size  meaning", name, "field", type,
		  "type");
	schema_for_each_field (s, f) {
		_cleanup_strbuf_ struct strbuf meaning = { 0 };
		char size[16] = "*";

		text_meaning(s, f, &meaning);
		if (f->size)
			snprintf(size, sizeof(size), "%u", f->size);
		sheet_fmt(page, f->is_common ? LOOK_DIM : LOOK_TEXT, "%-*.*s  %-*.*s  %6u  %4s  %s",
			  name, name, f->name, type, type, f->type, f->offset, size,
			  strbuf_cstr(&meaning));
	}
}
