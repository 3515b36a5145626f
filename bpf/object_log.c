/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_log: libbpf prints, and its printer is told nothing of who asked; hence the one
 * pointer.
 */
#include "bpf/object_log.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/strbuf.h"
#include "core/util.h"

#define LOG_MAX (32u << 20)

static struct object_log *listener;

__attribute__((format(printf, 2, 0))) static int keep(enum libbpf_print_level level,
						      const char *fmt, va_list ap)
{
	char *line = NULL;
	int n;

	if (level != LIBBPF_WARN || !listener || listener->text.len > LOG_MAX)
		return 0;
	n = vasprintf(&line, fmt, ap);
	if (n > 0)
		strbuf_add(&listener->text, line, (size_t)n);
	if (n >= 0)
		free(line);
	return n;
}

void object_log_to(struct object_log *log)
{
	listener = log;
	libbpf_set_print(keep);
}

void object_log_clear(struct object_log *log)
{
	strbuf_clear(&log->text);
}

const char *object_log_text(const struct object_log *log)
{
	return strbuf_cstr(&log->text);
}

bool object_log_has(const struct object_log *log, const char *what)
{
	return strstr(strbuf_cstr(&log->text), what) != NULL;
}

/* A line that only says that something failed which others told of before. */
static bool is_outcome(const char *line, size_t len)
{
	static const char object[] = "libbpf: failed to load object",
			  prog[] = "': failed to load: ";

	return !strncmp(line, object, strlen(object)) || memmem(line, len, prog, strlen(prog));
}

const char *object_log_last(struct object_log *log, int code)
{
	const char *s = strbuf_cstr(&log->text), *end = s + log->text.len, *from;

	for (;;) {
		while (end > s && end[-1] == '\n')
			end--;
		for (from = end; from > s && from[-1] != '\n'; from--)
			;
		if (from == s || !is_outcome(from, (size_t)(end - from)))
			break;
		end = from;
	}
	if (!strncmp(from, "libbpf: ", 8))
		from += 8;
	if (from < end)
		snprintf(log->last, sizeof(log->last), "%.*s", (int)MIN(end - from, 500), from);
	else
		libbpf_strerror(code, log->last, sizeof(log->last)); /* knows its own, too */
	return log->last;
}

/* ---- a refusal ---- */

#define BEGIN "-- BEGIN PROG LOAD LOG --\n"
#define END   "-- END PROG LOAD LOG --"

/* Finds the last log: the program's name before it, what stands in it. */
static const char *find_log(const struct object_log *log, struct refusal *r, size_t *ret)
{
	const char *begin = NULL, *s = strbuf_cstr(&log->text), *next, *end, *name;

	for (next = s; (next = strstr(next, BEGIN)); next++)
		begin = next;
	if (!begin)
		return NULL;
	for (name = begin; name > s && name[-1] != '\n'; name--)
		;
	name = strstr(name, "prog '");
	if (!name || name > begin)
		return NULL;
	name += strlen("prog '");
	snprintf(r->prog, sizeof(r->prog), "%.*s", (int)MIN(strcspn(name, "'\n"), (size_t)128),
		 name);
	begin += strlen(BEGIN);
	end = strstr(begin, END);
	*ret = end ? (size_t)(end - begin) : strlen(begin);
	return begin;
}

/* Lines of the log that say nothing of what is wrong. */
static bool is_noise(const char *line, size_t len)
{
	static const char *const noise[] = { "processed ", "verification time", "stack depth",
					     "libbpf: ",   "peak_states",	"mark_precise",
					     "max_states" };

	if (strspn(line, " \t") >= len)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(noise); i++)
		if (!strncmp(line, noise[i], strlen(noise[i])))
			return true;
	return false;
}

bool object_log_refusal(const struct object_log *log, struct refusal *ret)
{
	size_t size = 0, source_len = 0, len = 0;
	const char *text = find_log(log, ret, &size), *source = NULL, *line = NULL;

	if (!text)
		return false;
	for (const char *p = text, *end = text + size; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		if (n > 2 && p[0] == ';') {
			source = p + 2;
			source_len = n - 2;
		} else if (!is_noise(p, n)) {
			line = p;
			len = n;
		}
		p += n + 1;
	}
	if (!line)
		return false;
	snprintf(ret->sentence, sizeof(ret->sentence), "%.*s%s%.*s", (int)MIN(len, (size_t)300),
		 line, source ? "\n  in the source: " : "", (int)MIN(source_len, (size_t)200),
		 source ? source : "");
	return true;
}
