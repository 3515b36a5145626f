/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * glyph: UTF-8 cut into what takes one place on a screen.
 *
 * Widths come from tables of our own, so that a screen is the same in every locale. What no cell
 * can hold (control characters, invalid bytes, what turns the reading direction) is '?'.
 */
#ifndef TUI_GLYPH_H
#define TUI_GLYPH_H

#include <stddef.h>
#include <stdint.h>

#include "core/safe.h"

#include "tui/canvas.h"

/* A character with its combining ones. */
struct glyph {
	char s[CELL_BYTES]; /* padded with NULs; no NUL when full */
	uint8_t len;	    /* bytes used of s */
	uint8_t width;	    /* 1 or 2 */
	size_t bytes;	    /* taken from the text */
};

/* Writes a character into at least four bytes; returns its length. */
unsigned utf8_encode(uint32_t c, char *to);

/* 1 or 2 columns, 0 for combining characters, -1 for what must not be shown. */
int char_width(uint32_t c);

/* Takes the glyph at the beginning of n bytes, n at least 1. Always moves on. */
void glyph_next(const char *s, size_t n, struct glyph *ret);

/* What stands for a character where only ASCII may be drawn: '-' for a line, '?' for most. */
char glyph_ascii(uint32_t c);

#endif
