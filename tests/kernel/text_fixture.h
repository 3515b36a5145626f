/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_fixture: every format, symbol and constant of the running kernel, for the tests that
 * compare our text with others'.
 */
#ifndef TESTS_TEXT_FIXTURE_H
#define TESTS_TEXT_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/symbols.h"
#include "core/text.h"

#define TRACEFS "/sys/kernel/tracing"

/* Reads a whole file; the caller frees it. NULL when it cannot be opened. */
static inline char *read_all(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t cap = 1 << 16, len = 0;
	char *buf;
	ssize_t n;

	if (fd < 0)
		return NULL;
	buf = xrealloc(NULL, cap, 1);
	while ((n = read(fd, buf + len, cap - len - 1)) > 0) {
		len += (size_t)n;
		if (cap - len < 2)
			buf = xrealloc(buf, cap *= 2, 1);
	}
	close(fd);
	buf[len] = '\0';
	*ret_size = len;
	return buf;
}

static inline void load_symbols(struct symbols *s, void *data)
{
	size_t size;
	char *text = read_all("/proc/kallsyms", &size);

	(void)data;
	if (text)
		symbols_add_kallsyms(s, text, size);
	free(text);
	text = read_all(TRACEFS "/printk_formats", &size);
	if (text)
		symbols_add_printk(s, text, size);
	free(text);
}

/* The kernel's own types first, then those of its modules. */
static inline void load_constants(struct symbols *s, void *data)
{
	DIR *dir = opendir("/sys/kernel/btf");
	struct dirent *d;
	char path[512];
	size_t size;
	char *btf = read_all("/sys/kernel/btf/vmlinux", &size);

	(void)data;
	if (btf)
		symbols_add_btf(s, btf, size);
	free(btf);
	while (dir && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/kernel/btf/%s", d->d_name);
		if (d->d_name[0] == '.' || !strcmp(d->d_name, "vmlinux"))
			continue;
		btf = read_all(path, &size);
		if (btf)
			symbols_add_btf(s, btf, size);
		free(btf);
	}
	if (dir)
		closedir(dir);
}

static inline struct symbols *kernel_symbols(void)
{
	struct symbols *s = symbols_new(load_symbols, NULL);

	symbols_on_constants(s, load_constants, NULL);
	return s;
}

static inline unsigned load_system(struct schema_set *set, const char *system)
{
	char path[1024];
	struct dirent *d;
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), TRACEFS "/events/%s", system);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		struct schema *s;
		struct err e = ERR_INIT;
		size_t size;
		char *text;

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), TRACEFS "/events/%s/%s/format", system, d->d_name);
		text = read_all(path, &size);
		if (!text)
			continue;
		if (schema_parse(system, text, size, set->machine, &s, &e))
			fail_msg("%s:%s: %s", system, d->d_name, e.text);
		schema_set_add(set, s);
		free(text);
		count++;
	}
	if (dir)
		closedir(dir);
	return count;
}

/* Every event of the kernel; NULL when there is no tracefs to be read. */
static inline struct schema_set *kernel_schemas(unsigned *ret_count)
{
	struct schema_set *set;
	DIR *dir = opendir(TRACEFS "/events");
	struct dirent *d;

	if (!dir)
		return NULL;
	set = schema_set_new((struct machine) { .long_size = sizeof(long) });
	*ret_count = 0;
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.' && d->d_type == DT_DIR)
			*ret_count += load_system(set, d->d_name);
	closedir(dir);
	return set;
}

#endif
