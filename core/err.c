/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err: the bodies. Texts are cut, never overrun; a NULL struct is "the code is enough".
 */
#include "core/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 3, 0)))
put(struct err *e, int code, const char *fmt, va_list ap)
{
	char text[ERR_TEXT]; /* an argument may be e->text itself */

	vsnprintf(text, sizeof(text), fmt, ap);
	memcpy(e->text, text, strlen(text) + 1);
	e->code = code;
	e->column = -1;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	va_start(ap, fmt);
	put(e, code, fmt, ap);
	va_end(ap);
	return code;
}

int err_errno(struct err *e, const char *fmt, ...)
{
	int code = errno ? errno : EIO;
	va_list ap;
	size_t len;

	if (!e)
		return -code;
	va_start(ap, fmt);
	put(e, -code, fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	snprintf(e->text + len, sizeof(e->text) - len, ": %s", strerror(code));
	return -code;
}

int err_ctx(struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT];
	size_t head, tail;
	va_list ap;

	if (!e)
		return -EIO;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	head = strlen(text);
	if (head > sizeof(text) - 3)
		head = sizeof(text) - 3;
	memcpy(text + head, ": ", 2);
	head += 2;
	tail = strnlen(e->text, sizeof(text) - 1 - head);
	memcpy(text + head, e->text, tail);
	text[head + tail] = '\0';
	memcpy(e->text, text, head + tail + 1);
	return e->code;
}

/* The line of input that holds column, cut to a width that fits, and where the column is in it. */
static void quote(struct err *e, const char *input, int column)
{
	enum { WIDTH = 160, BEFORE = 100 };
	size_t size = strlen(input), at = (size_t)column < size ? (size_t)column : size;
	size_t begin = at, end = at, len = strlen(e->text);

	while (begin > 0 && input[begin - 1] != '\n' && at - begin < BEFORE)
		begin--;
	while (end < size && input[end] != '\n' && end - begin < WIDTH)
		end++;
	snprintf(e->text + len, sizeof(e->text) - len, "\n  %.*s\n  %*s^", (int)(end - begin),
		 input + begin, (int)(at - begin), "");
	for (char *p = e->text + len + 1; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\n')
			*p = ' '; /* a tab would move the caret, an escape the terminal */
}

int err_caret(struct err *e, const char *input, int column, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -EINVAL;
	va_start(ap, fmt);
	put(e, -EINVAL, fmt, ap);
	va_end(ap);
	quote(e, input, column < 0 ? 0 : column);
	e->column = column;
	return -EINVAL;
}

int err_vat(struct err *e, const char *path, unsigned line, unsigned column, const char *fmt,
	    va_list ap)
{
	char text[ERR_TEXT / 2];

	if (!e)
		return -EINVAL;
	vsnprintf(text, sizeof(text), fmt, ap);
	err_set(e, -EINVAL, "%.300s:%u:%u: %s", path, line, column, text);
	e->column = (int)column - 1;
	return -EINVAL;
}

void err_clear(struct err *e)
{
	if (e)
		*e = (struct err)ERR_INIT;
}
