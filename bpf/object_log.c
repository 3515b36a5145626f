/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_log: libbpf prints, and its printer is told nothing of who asked; hence the one buffer.
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

static struct strbuf text;
static char last[512];

__attribute__((format(printf, 2, 0))) static int keep(enum libbpf_print_level level,
						      const char *fmt, va_list ap)
{
	char *line = NULL;
	int n;

	if (level != LIBBPF_WARN || text.len > LOG_MAX)
		return 0;
	n = vasprintf(&line, fmt, ap);
	if (n > 0)
		strbuf_add(&text, line, (size_t)n);
	if (n >= 0)
		free(line);
	return n;
}

void object_log_begin(void)
{
	libbpf_set_print(keep);
}

void object_log_clear(void)
{
	strbuf_clear(&text);
}

const char *object_log_text(void)
{
	return strbuf_cstr(&text);
}

int object_log_has(const char *what)
{
	return strstr(strbuf_cstr(&text), what) != NULL;
}

const char *object_log_last(int code)
{
	const char *s = strbuf_cstr(&text), *end = s + text.len, *from;

	while (end > s && end[-1] == '\n')
		end--;
	for (from = end; from > s && from[-1] != '\n'; from--)
		;
	if (!strncmp(from, "libbpf: ", 8))
		from += 8;
	if (from < end)
		snprintf(last, sizeof(last), "%.*s", (int)MIN(end - from, 500), from);
	else
		snprintf(last, sizeof(last), "%s", strerror(-code));
	return last;
}

/* ---- a refusal ---- */

#define BEGIN "-- BEGIN PROG LOAD LOG --\n"
#define END   "-- END PROG LOAD LOG --"

/* Finds the last log: the program's name before it, what stands in it. */
static const char *find_log(char *prog, size_t prog_size, size_t *ret)
{
	const char *begin = NULL, *s = strbuf_cstr(&text), *next, *end, *name;

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
	snprintf(prog, prog_size, "%.*s", (int)MIN(strcspn(name, "'\n"), (size_t)128), name);
	begin += strlen(BEGIN);
	end = strstr(begin, END);
	*ret = end ? (size_t)(end - begin) : strlen(begin);
	return begin;
}

/* Lines of the log that say nothing of what is wrong. */
static bool is_noise(const char *line, size_t len)
{
	static const char *const noise[] = { "processed ",  "verification time",
					     "stack depth", "libbpf: ",
					     "peak_states", "mark_precise",
					     "max_states",  "BPF program is too large. Processed" };

	if (!len || strspn(line, " \t") >= len)
		return true;
	for (size_t i = 0; i + 1 < ARRAY_SIZE(noise); i++)
		if (!strncmp(line, noise[i], strlen(noise[i])))
			return true;
	return false;
}

int object_log_refusal(char *prog, size_t prog_size, char *say, size_t say_size)
{
	size_t size, source_len = 0, len = 0;
	const char *log = find_log(prog, prog_size, &size), *source = NULL, *line = NULL;

	if (!log)
		return 0;
	for (const char *p = log, *end = log + size; p < end;) {
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
		return 0;
	snprintf(say, say_size, "%.*s%s%.*s", (int)MIN(len, (size_t)300), line,
		 source ? "\n  in the source: " : "", (int)MIN(source_len, (size_t)200),
		 source ? source : "");
	return 1;
}
