/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refusal: from an errno and the kernel's error_log to one sentence and a caret.
 *
 * The log's entries are three lines each: "[  12.345678] PLACE: error: SENTENCE", "  Command: TEXT"
 * and a line of blanks with a caret. It keeps the last eight, so an old entry may be last: only one
 * that quotes what was just written counts.
 */
#include "tracefs/refusal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/host.h"
#include "core/util.h"
#include "tracefs/dir.h"

#define COMMAND "  Command: "
#define ERROR	": error: "

struct span {
	const char *p;
	size_t len;
};

/* The line that begins at *at, without its newline; *at steps behind it. False at the end. */
static bool next_line(const char **at, const char *end, struct span *ret)
{
	const char *nl;

	if (*at >= end)
		return false;
	nl = memchr(*at, '\n', (size_t)(end - *at));
	*ret = (struct span) { *at, (size_t)((nl ? nl : end) - *at) };
	*at = nl ? nl + 1 : end;
	return true;
}

static struct span trimmed(struct span s)
{
	while (s.len && isspace((unsigned char)s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && isspace((unsigned char)s.p[s.len - 1]))
		s.len--;
	return s;
}

static bool same_command(struct span line, const char *command)
{
	struct span a, b;

	if (line.len < strlen(COMMAND) || memcmp(line.p, COMMAND, strlen(COMMAND)) != 0)
		return false;
	a = trimmed((struct span) { line.p + strlen(COMMAND), line.len - strlen(COMMAND) });
	b = trimmed((struct span) { command, strcspn(command, "\n") });
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

/* The caret stands under the quoted command; blanks that the kernel trimmed off count again. */
static int caret_column(struct span line, const char *command)
{
	size_t at = 0, lead = strspn(command, " \t");

	while (at < line.len && line.p[at] == ' ')
		at++;
	if (at >= line.len || line.p[at] != '^' || at < strlen(COMMAND))
		return -1;
	at -= strlen(COMMAND);
	return at + lead <= strlen(command) ? (int)(at + lead) : -1;
}

bool refusal_parse(const char *log, size_t size, const char *command, struct refusal *ret)
{
	const char *at = log, *end = log + size, *behind = NULL, *error;
	struct span line, head = { NULL, 0 }, quoted, caret;

	while (next_line(&at, end, &line)) {
		if (line.len && line.p[0] == '[' &&
		    memmem(line.p, line.len, ERROR, strlen(ERROR))) {
			head = line;
			behind = at;
		}
	}
	if (!head.p)
		return false;
	error = memmem(head.p, head.len, ERROR, strlen(ERROR));
	error += strlen(ERROR);
	at = behind;
	if (!next_line(&at, end, &quoted) || !same_command(quoted, command))
		return false;
	snprintf(ret->text, sizeof(ret->text), "%.*s", (int)(head.p + head.len - error), error);
	ret->column = next_line(&at, end, &caret) ? caret_column(caret, command) : -1;
	return true;
}

static bool locked_down(void)
{
	_cleanup_close_ int fd = -1;
	char buf[128], path[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/kernel/security/lockdown", host_sysfs());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	return !strstr(buf, "[none]");
}

const char *refusal_remedy(int code)
{
	switch (code) {
	case -EACCES:
		return "; run as root (sudo), or give a group the right: "
		       "mount -o remount,gid=GROUP,mode=750 /sys/kernel/tracing";
	case -EPERM:
		if (locked_down())
			return "; the kernel is locked down (/sys/kernel/security/lockdown)";
		return geteuid() ? "; run as root (sudo)" : "";
	case -EROFS:
		return "; tracefs is mounted read-only here (a container?)";
	case -ENOMEM:
		return "; the kernel has no memory for it: ask for smaller buffers (--buffer)";
	}
	return "";
}

int refusal_say(struct err *e, int code, const char *dir, const char *path, const char *value)
{
	_cleanup_strbuf_ struct strbuf log = { 0 };
	struct refusal r;

	if (!e)
		return code;
	if (!tracefs_read(dir, &log, NULL, "error_log") &&
	    refusal_parse(strbuf_cstr(&log), log.len, value, &r)) {
		/* A lone "(" is ENOENT to the kernel; to our callers that means a missing file. */
		if (code == -ENOENT)
			code = -EINVAL;
		if (r.column < 0)
			return err_set(e, code, "%s: %s (\"%s\")", path, r.text, value);
		err_caret(e, value, r.column, "%s: %s", path, r.text);
		e->code = code;
		return code;
	}
	return err_set(e, code, "%s/%s: \"%.200s\" refused: %s%s", dir, path, value,
		       strerror(-code), refusal_remedy(code));
}
