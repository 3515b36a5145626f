/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * say: words to standard error, data to standard output.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/strbuf.h"
#include "sinks/out.h"

void cli_error(const struct err *e)
{
	fprintf(stderr, "tapdeck: %s\n", e->text);
}

void cli_say(const char *fmt, ...)
{
	va_list ap;

	fputs("tapdeck: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int cli_out(const char *s, size_t len)
{
	struct strbuf b = { 0 };
	int rc;

	strbuf_add(&b, s, len);
	rc = out_flush(&b, STDOUT_FILENO, NULL);
	strbuf_done(&b);
	return rc;
}
