/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * say: words to standard error, data to standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/safe.h"
#include "core/strbuf.h"
#include "sinks/out.h"

/* Words of others (names, file contents) may stand in it: only our line breaks reach a terminal. */
static void say(const char *text)
{
	struct strbuf b = { 0 };

	strbuf_str(&b, "tapdeck: ");
	for (;;) {
		size_t len = strcspn(text, "\n");

		safe_text(&b, text, len);
		strbuf_char(&b, '\n');
		if (!text[len])
			break;
		text += len + 1;
	}
	fwrite(b.s, 1, b.len, stderr);
	strbuf_done(&b);
}

void cli_error(const struct err *e)
{
	if (e->text[0])
		say(e->text);
}

void cli_say(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0)
		say(text);
	va_end(ap);
	free(text);
}

int cli_out(const char *s, size_t len)
{
	struct err e = ERR_INIT;
	struct strbuf b = { 0 };
	int rc;

	strbuf_add(&b, s, len);
	/* A descriptor that somebody else made non-blocking. */
	while ((rc = out_flush(&b, STDOUT_FILENO, &e)) == -EAGAIN)
		poll(&(struct pollfd) { .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
	strbuf_done(&b);
	if (rc < 0 && rc != -EPIPE)
		cli_error(&e);
	return rc;
}

int cli_open_out(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL), fd = -1;
	struct stat st;

	if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && !fstat(STDOUT_FILENO, &st) &&
	    (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 ? fd : STDOUT_FILENO;
}
