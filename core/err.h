/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err: what went wrong, said once by whoever knows best.
 *
 * Functions that can fail return 0, a positive count or -Exxx, and take a
 * struct err * last. The struct lives with the caller; NULL means "the code is
 * enough". Nothing here prints.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include <stdarg.h>

#define ERR_TEXT 1024

struct err {
	int code;	     /* -Exxx, or 0 when nothing was set */
	int column;	     /* where in the input, from 0; -1 when that means nothing */
	char text[ERR_TEXT]; /* one sentence, perhaps followed by lines that quote the input */
};

#define ERR_INIT                                                                                   \
	{                                                                                          \
		.code = 0, .column = -1, .text = ""                                                \
	}

/* Fills e with a sentence and returns code, so that a failure path is one line. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Like err_set with code -errno; appends ": " and the text of errno. */
int err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of what e says and returns its code. */
int err_ctx(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Like err_set, and points at a place: behind the sentence come the line of input
 * that holds column (counted from 0, in bytes of input) and a caret under it.
 */
int err_caret(struct err *e, const char *input, int column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Like err_set with -EINVAL, for a place in a file: "path:line:column: " stands in front. Lines and
 * columns count from 1; e->column from 0.
 */
int err_vat(struct err *e, const char *path, unsigned line, unsigned column, const char *fmt,
	    va_list ap) __attribute__((format(printf, 5, 0)));

/* Forgets what was said. */
void err_clear(struct err *e);

#endif
