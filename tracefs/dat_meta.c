/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_meta: collecting what a trace.dat says besides its events.
 *
 * From the running kernel: every format there is, for nobody knows what will be traced later; from
 * an opened file: what its reader understood. What cannot be read is left out, only formats
 * must be.
 */
#include "tracefs/dat_meta.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"
#include "tracefs/dat.h"
#include "tracefs/dir.h"

#define TEXT_MAX (64u << 20) /* a kernel with all its modules has 15 MiB of symbols */

struct dat_meta *dat_meta_new(void)
{
	struct dat_meta *m = xcalloc(1, sizeof(*m));

	m->machine.long_size = sizeof(long);
	m->page_size = 4096;
	m->cpus = 1;
	return m;
}

void dat_meta_free(struct dat_meta *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->format_count; i++) {
		free(m->formats[i].system);
		free(m->formats[i].text);
	}
	for (size_t i = 0; i < m->option_count; i++)
		free(m->options[i].bytes);
	free(m->options);
	free(m->formats);
	free(m->clock);
	free(m->uname);
	free(m->version);
	strbuf_done(&m->header_page);
	strbuf_done(&m->header_event);
	strbuf_done(&m->kallsyms);
	strbuf_done(&m->printk);
	strbuf_done(&m->cmdlines);
	free(m);
}

static void append_format(struct dat_meta *m, const char *system, const char *text, size_t size)
{
	if (m->format_count == m->format_cap) {
		m->format_cap = m->format_cap ? m->format_cap * 2 : 256;
		m->formats = xrealloc(m->formats, m->format_cap, sizeof(*m->formats));
	}
	m->formats[m->format_count++] = (struct dat_meta_format) {
		.system = xstrdup(system),
		.text = xstrndup(text, size),
		.size = size,
	};
}

void dat_meta_format(struct dat_meta *m, const char *system, const char *text, size_t size)
{
	for (size_t i = 0; i < m->format_count; i++) {
		const struct dat_meta_format *f = &m->formats[i];

		if (f->size == size && !memcmp(f->text, text, size) && !strcmp(f->system, system))
			return;
	}
	append_format(m, system, text, size);
}

/* A name is what the kernel lets a thread say: a newline in it would begin another line. */
void dat_meta_comm(struct dat_meta *m, int32_t tid, const char *comm)
{
	strbuf_fmt(&m->cmdlines, "%d ", tid);
	for (; *comm; comm++)
		strbuf_char(&m->cmdlines, (unsigned char)*comm < ' ' ? '?' : *comm);
	strbuf_char(&m->cmdlines, '\n');
}

/* ---- the running kernel ---- */

/* Appends a file; what is there after an error is taken back. */
static int slurp(int dir, const char *name, struct strbuf *out)
{
	size_t before = out->len;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	/* A read of the kernel's text files gives at most a page or two, whatever is asked. */
	do {
		n = read(fd, strbuf_room(out, 16384), 16384);
		if (n > 0)
			out->len += (size_t)n;
	} while ((n > 0 || (n < 0 && errno == EINTR)) && out->len - before < TEXT_MAX);
	n = n < 0 ? -errno : 0;
	close(fd);
	if (n < 0)
		out->len = before;
	if (out->s)
		out->s[out->len] = '\0';
	return (int)n;
}

static DIR *open_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static bool is_sub_dir(const struct dirent *de)
{
	return de->d_name[0] != '.' && (de->d_type == DT_DIR || de->d_type == DT_UNKNOWN);
}

/* All formats of a system; one that goes away meanwhile is left out. */
static void read_system(struct dat_meta *m, int events, const char *system, struct strbuf *text)
{
	_cleanup_closedir_ DIR *d = open_dir(events, system);
	struct dirent *de;

	if (!d)
		return;
	while ((de = readdir(d))) {
		char name[sizeof(de->d_name) + sizeof("/format")];

		if (!is_sub_dir(de))
			continue;
		snprintf(name, sizeof(name), "%s/format", de->d_name);
		strbuf_clear(text);
		if (!slurp(dirfd(d), name, text) && text->len)
			append_format(m, system, text->s, text->len);
	}
}

static int read_formats(struct dat_meta *m, int events, struct err *e)
{
	_cleanup_closedir_ DIR *d = open_dir(events, ".");
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct dirent *de;

	if (!d)
		return err_errno(e, "the formats of events cannot be read");
	read_system(m, events, "ftrace", &text);
	while ((de = readdir(d)))
		if (is_sub_dir(de) && strcmp(de->d_name, "ftrace"))
			read_system(m, events, de->d_name, &text);
	if (!m->format_count)
		return err_set(e, -ENOENT, "the kernel shows no format of any event");
	return 0;
}

/* The kernel tells the size of its own sub-buffers; ours have another. */
static void fit_header_page(struct strbuf *text, uint32_t page_size)
{
	static const char key[] = "size:";
	char *line = text->s ? strstr(text->s, " data;") : NULL, *size;
	_cleanup_strbuf_ struct strbuf out = { 0 };
	unsigned long offset;

	size = line ? strstr(line, key) : NULL;
	line = line ? strstr(line, "offset:") : NULL;
	if (!line || !size || line > size)
		return;
	offset = strtoul(line + strlen("offset:"), NULL, 10);
	size += strlen(key);
	strbuf_add(&out, text->s, (size_t)(size - text->s));
	strbuf_fmt(&out, "%lu", page_size - offset);
	strbuf_str(&out, size + strspn(size, "0123456789"));
	strbuf_clear(text);
	strbuf_add(text, out.s, out.len);
}

static char *uname_text(void)
{
	struct utsname u;
	struct strbuf out = { 0 };

	if (uname(&u) < 0)
		return NULL;
	strbuf_fmt(&out, "%s %s %s %s", u.sysname, u.nodename, u.release, u.machine);
	return strbuf_take(&out);
}

static void read_rest(struct dat_meta *m, int dir)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct clock_triple now = clock_sample();

	m->cpus = cpus > 0 ? (unsigned)cpus : 1;
	slurp(dir, "events/header_page", &m->header_page);
	slurp(dir, "events/header_event", &m->header_event);
	fit_header_page(&m->header_page, m->page_size);
	slurp(dir, "printk_formats", &m->printk);
	slurp(dir, "saved_cmdlines", &m->cmdlines);
	slurp(AT_FDCWD, "/proc/kallsyms", &m->kallsyms);
	m->uname = uname_text();
	m->date_offset = (int64_t)(now.real - now.mono);
}

int dat_meta_kernel(const char *tracefs, uint32_t page_size, struct dat_meta **ret, struct err *e)
{
	_cleanup_close_ int dir = open(tracefs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int events = -1;
	struct dat_meta *m;
	int r;

	if (dir < 0)
		return err_errno(e, "%s", tracefs);
	events = openat(dir, "events", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (events < 0)
		return err_errno(e, "%s/events", tracefs);
	m = dat_meta_new();
	m->page_size = page_size;
	m->clock = xstrdup("mono");
	r = read_formats(m, events, e);
	if (r < 0) {
		dat_meta_free(m);
		return err_ctx(e, "%s/events", tracefs);
	}
	read_rest(m, dir);
	*ret = m;
	return 0;
}

/* ---- a file ---- */

static void take_comm(int32_t tid, const char *comm, void *data)
{
	dat_meta_comm(data, tid, comm);
}

static void take_schemas(struct dat_meta *m, const struct schema_set *set, bool ftrace)
{
	for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++)
		for (const struct schema *s = set->by_id[id]; s; s = s->older)
			if (!strcmp(s->system, "ftrace") == ftrace)
				append_format(m, s->system, s->format, strlen(s->format));
}

int dat_meta_file(struct dat *d, struct dat_meta **ret, struct err *e)
{
	const struct dat_buffer *top = dat_buffer(d, 0);
	struct dat_meta *m;
	struct dat_info info;
	const char *text;
	size_t size;

	if (!top)
		return err_set(e, -EINVAL, "the file has no buffer");
	dat_info(d, &info);
	m = dat_meta_new();
	m->machine = info.machine;
	m->page_size = top->page_size;
	m->clock = xstrdup(top->clock && *top->clock ? top->clock : "local");
	for (unsigned i = 0; i < info.buffers; i++)
		m->cpus = MAX(m->cpus, dat_buffer(d, i)->cpus);
	take_schemas(m, dat_schemas(d), true);
	take_schemas(m, dat_schemas(d), false);
	text = dat_kallsyms(d, &size);
	strbuf_add(&m->kallsyms, text, size);
	text = dat_printk(d, &size);
	strbuf_add(&m->printk, text, size);
	dat_cmdlines(d, take_comm, m);
	if (info.uname && *info.uname)
		m->uname = xstrdup(info.uname);
	m->date_offset = (int64_t)info.date_offset;
	*ret = m;
	return 0;
}

static void take_option(unsigned id, const void *bytes, uint32_t size, void *data)
{
	struct dat_meta *m = data;
	char *copy = xcalloc(1, size + 1);

	memcpy(copy, bytes, size);
	m->options = xrealloc(m->options, m->option_count + 1, sizeof(*m->options));
	m->options[m->option_count++] =
	    (struct dat_meta_option) { .id = id, .bytes = copy, .size = size };
}

void dat_meta_options(struct dat_meta *m, const struct dat *d)
{
	dat_options(d, take_option, m);
}
