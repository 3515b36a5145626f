/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_meaning: in a few words what the values of a field are, for whoever asks of what an event
 * consists: by the print format, by the type's name, by the kind.
 */
#ifndef CORE_TEXT_MEANING_H
#define CORE_TEXT_MEANING_H

#include "core/schema.h"
#include "core/strbuf.h"

/* What a field's values are by its type: "nanoseconds"; NULL: the type does not say. */
const char *text_unit(const struct field *f);

/* Appends what a field's values are: "flags with names", "bytes", "number". */
void text_meaning(const struct schema *s, const struct field *f, struct strbuf *out);

#endif
