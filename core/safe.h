/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safe: text from outside (comm, file names, output of commands) made harmless.
 *
 * Whatever a process calls itself must not move the cursor, split a line or turn
 * the reading direction.
 */
#ifndef CORE_SAFE_H
#define CORE_SAFE_H

#include "core/strbuf.h"

/*
 * Decodes one character of at most n bytes (n is not 0); returns its length, 1 to 4, or 0 for bytes
 * that are no UTF-8: overlong, surrogates, beyond U+10FFFF, cut off.
 */
unsigned utf8_decode(const char *p, size_t n, uint32_t *ret);

/*
 * Appends n bytes for people: control characters, DEL, C1, invalid UTF-8 and the
 * characters that change direction or are invisible (U+200B-200F, 202A-202E,
 * 2060-2069, FEFF, U+2028/2029) become \n, \t, \xNN or \u202e; a backslash stays as
 * it is. Other UTF-8 passes as it came. Stops at no NUL: the caller says the length.
 */
void safe_text(struct strbuf *b, const char *p, size_t n);

/*
 * Appends n bytes as a JSON string with its quotes, always valid UTF-8: invalid bytes
 * become U+FFFD, control characters and the directional ones \u escapes.
 */
void safe_json(struct strbuf *b, const char *p, size_t n);

/* True when safe_text would pass all n bytes as they are. */
bool safe_is_plain(const char *p, size_t n);

#endif
