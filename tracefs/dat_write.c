/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_write: a whole trace.dat at once, for the files the tests make.
 *
 * Collects formats, names and pages in memory and writes them in one go, in the byte order and
 * word size asked for. Recordings, which must survive a crash, are not its business. It checks
 * nothing of what it is given: the tests also make files that are wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dat_private.h"
#include "tracefs/dat_put.h"

struct format_list {
	char *system;
	struct strbuf bytes; /* size and text of each, as in the file */
	uint32_t count;
};

struct buffer_data {
	char *name;
	struct strbuf *cpus; /* the pages of each */
	unsigned count;
	size_t option; /* where its offset is to be written */
};

struct dat_writer {
	struct dat_writer_conf conf;
	char *clock;
	bool told_clock;	     /* in an option somebody asked for */
	struct format_list *systems; /* the first is ftrace */
	size_t count;
	struct strbuf comms, kallsyms, printk, options;
	struct buffer_data *buffers; /* the first is the top one */
	unsigned nbuffers;
};

static void put(const struct dat_writer *w, struct strbuf *out, uint64_t v, unsigned size)
{
	dat_put(out, w->conf.machine, v, size);
}

static void put_block(const struct dat_writer *w, struct strbuf *out, const struct strbuf *b,
		      unsigned width)
{
	dat_put_block(out, w->conf.machine, strbuf_cstr(b), b->len, width);
}

static struct format_list *system_of(struct dat_writer *w, const char *name)
{
	for (size_t i = 0; i < w->count; i++)
		if (!strcmp(w->systems[i].system, name))
			return &w->systems[i];
	w->systems = xrealloc(w->systems, w->count + 1, sizeof(*w->systems));
	w->systems[w->count] = (struct format_list) { .system = xstrdup(name) };
	return &w->systems[w->count++];
}

struct dat_writer *dat_writer_new(const struct dat_writer_conf *c)
{
	struct dat_writer *w = xcalloc(1, sizeof(*w));

	w->conf = *c;
	w->clock = xstrdup(c->clock ? c->clock : "mono");
	w->conf.clock = w->clock;
	system_of(w, "ftrace");
	dat_writer_buffer(w, "", c->cpus);
	return w;
}

void dat_writer_free(struct dat_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->count; i++) {
		free(w->systems[i].system);
		strbuf_done(&w->systems[i].bytes);
	}
	for (unsigned i = 0; i < w->nbuffers; i++) {
		for (unsigned cpu = 0; cpu < w->buffers[i].count; cpu++)
			strbuf_done(&w->buffers[i].cpus[cpu]);
		free(w->buffers[i].cpus);
		free(w->buffers[i].name);
	}
	free(w->systems);
	free(w->buffers);
	strbuf_done(&w->comms);
	strbuf_done(&w->kallsyms);
	strbuf_done(&w->printk);
	strbuf_done(&w->options);
	free(w->clock);
	free(w);
}

void dat_writer_format(struct dat_writer *w, const char *system, const char *format)
{
	struct format_list *l = system_of(w, system);

	put(w, &l->bytes, strlen(format), 8);
	strbuf_str(&l->bytes, format);
	l->count++;
}

void dat_writer_comm(struct dat_writer *w, int32_t tid, const char *comm)
{
	strbuf_fmt(&w->comms, "%d %s\n", tid, comm);
}

void dat_writer_kallsyms(struct dat_writer *w, const char *text)
{
	strbuf_str(&w->kallsyms, text);
}

void dat_writer_printk(struct dat_writer *w, const char *text)
{
	strbuf_str(&w->printk, text);
}

void dat_writer_option(struct dat_writer *w, unsigned id, const void *bytes, size_t size)
{
	w->told_clock |= id == DAT_OPTION_TRACECLOCK;
	dat_put_option(&w->options, w->conf.machine, id, bytes, size);
}

unsigned dat_writer_buffer(struct dat_writer *w, const char *name, unsigned cpus)
{
	w->buffers = xrealloc(w->buffers, w->nbuffers + 1, sizeof(*w->buffers));
	w->buffers[w->nbuffers] = (struct buffer_data) {
		.name = xstrdup(name),
		.cpus = xcalloc(cpus ? cpus : 1, sizeof(struct strbuf)),
		.count = cpus,
	};
	return w->nbuffers++;
}

void dat_writer_pages(struct dat_writer *w, unsigned buffer, unsigned cpu,
		      const struct dat_writer_cpu *c)
{
	struct strbuf *b = &w->buffers[buffer].cpus[cpu];

	strbuf_clear(b);
	strbuf_add(b, c->pages, c->size);
}

/* One file has one count of CPUs: the largest; a buffer with fewer has empty ones. */
static unsigned cpu_count(const struct dat_writer *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->nbuffers; i++)
		n = MAX(n, w->buffers[i].count);
	return n;
}

static void put_formats(const struct dat_writer *w, struct strbuf *out)
{
	put(w, out, w->systems[0].count, 4);
	strbuf_add(out, strbuf_cstr(&w->systems[0].bytes), w->systems[0].bytes.len);
	put(w, out, w->count - 1, 4);
	for (size_t i = 1; i < w->count; i++) {
		const struct format_list *l = &w->systems[i];

		strbuf_add(out, l->system, strlen(l->system) + 1);
		put(w, out, l->count, 4);
		strbuf_add(out, strbuf_cstr(&l->bytes), l->bytes.len);
	}
}

/*
 * The option for clocks says that one stands behind every table. It is empty in files of trace-cmd,
 * but trace-cmd 3.1.6 takes what malloc left there for its text: when that begins with [, one time
 * in 256, all times of the file are printed raw. The name without brackets it takes for none.
 */
static void put_options(struct dat_writer *w, struct strbuf *out)
{
	strbuf_add(out, "options  ", DAT_WORD_SIZE);
	if (!w->told_clock)
		dat_put_option(out, w->conf.machine, DAT_OPTION_TRACECLOCK, w->clock,
			       strlen(w->clock) + 1);
	strbuf_add(out, strbuf_cstr(&w->options), w->options.len);
	for (unsigned i = 1; i < w->nbuffers; i++) {
		size_t size = strlen(w->buffers[i].name) + 1;

		put(w, out, DAT_OPTION_BUFFER, 2);
		put(w, out, 8 + size, 4);
		w->buffers[i].option = out->len;
		put(w, out, 0, 8);
		strbuf_add(out, w->buffers[i].name, size);
	}
	put(w, out, DAT_OPTION_DONE, 2);
}

/* A table with empty offsets; returns where the first stands. */
static size_t put_table(const struct dat_writer *w, struct strbuf *out)
{
	size_t first;

	strbuf_add(out, "flyrecord", DAT_WORD_SIZE);
	first = out->len;
	for (unsigned cpu = 0; cpu < cpu_count(w); cpu++) {
		put(w, out, 0, 8);
		put(w, out, 0, 8);
	}
	dat_put_clock(out, w->conf.machine, w->clock);
	return first;
}

/* The tables, then the pages, each CPU's at a multiple of the page size. */
static void put_data(const struct dat_writer *w, struct strbuf *out)
{
	_cleanup_free_ size_t *tables = xcalloc(w->nbuffers, sizeof(*tables));

	for (unsigned i = 0; i < w->nbuffers; i++) {
		if (i)
			dat_put_at(out->s + w->buffers[i].option, w->conf.machine, out->len, 8);
		tables[i] = put_table(w, out);
	}
	for (unsigned i = 0; i < w->nbuffers; i++) {
		const struct buffer_data *b = &w->buffers[i];

		for (unsigned cpu = 0; cpu < b->count; cpu++) {
			char *entry;

			dat_put_align(out, w->conf.page_size, '\0');
			entry = out->s + tables[i] + cpu * 16;
			dat_put_at(entry, w->conf.machine, out->len, 8);
			dat_put_at(entry + 8, w->conf.machine, b->cpus[cpu].len, 8);
			strbuf_add(out, strbuf_cstr(&b->cpus[cpu]), b->cpus[cpu].len);
		}
	}
}

static void put_file(struct dat_writer *w, struct strbuf *out)
{
	dat_put_initial(out, w->conf.machine, 6, w->conf.page_size);
	dat_put_header(out, w->conf.machine, w->conf.page_size, NULL, NULL);
	put_formats(w, out);
	put_block(w, out, &w->kallsyms, 4);
	put_block(w, out, &w->printk, 4);
	put_block(w, out, &w->comms, 8);
	put(w, out, cpu_count(w), 4);
	put_options(w, out);
	put_data(w, out);
}

static int write_all(int fd, const struct strbuf *b)
{
	for (size_t done = 0; done < b->len;) {
		ssize_t n = write(fd, b->s + done, b->len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

int dat_writer_write(struct dat_writer *w, const char *path, bool force, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = { 0 };
	int fd, r;

	put_file(w, &out);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), 0666);
	if (fd < 0)
		return err_errno(e, "%s", path);
	r = write_all(fd, &out);
	if (close(fd) < 0 && !r)
		r = -errno;
	if (!r)
		return 0;
	if (!force)
		unlink(path);
	errno = -r;
	return err_errno(e, "%s: cannot write it", path);
}
