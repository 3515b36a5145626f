/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkdat: makes a trace.dat from a few lines of text, the same one each time.
 *
 *   mkdat [-m le|be32|64] [-p PAGESIZE] [-7 none|zlib|zstd [-c PAGES]] DESCRIPTION|- OUT
 *
 * The tests keep descriptions, not binaries. One description makes files of any machine: -m and -p
 * win over what it says. -7 makes version 7, with so many pages in a chunk. It writes OUT and
 * nothing else. Lines (# begins a comment line):
 *
 *   machine le|be 32|64      page BYTES      cpus N      clock NAME
 *   comm TID NAME            kallsyms TEXT   printk TEXT
 *   event SYSTEM NAME ID FIELD:TYPE... [print TEXT]   types u8-u64 s8-s64 long ulong char[N] string
 *   format SYSTEM            a format as it stands, up to a line "end"
 *   buffer NAME [CPUS [PAGE]]    cpu N       where the records that follow go
 *   option ID WORD...        7@4 is a number of 4 bytes, 0@0 nothing, all else text
 *   latency TEXT             a line of a latency tracer's text, instead of all pages
 *   at TIME EVENT tid=N FIELD=VALUE...       a record; VALUE is a number, or text, perhaps in ""
 *   many COUNT TIME STEP EVENT ...           so many; $ in a value is the number of the record
 *   discard TIME EVENT ...   a record the kernel took back: padding with its time
 *   lost N|?                 close           losses in front of the next page; a page ends here
 *   cut SIZE                 flip OFFSET XOR noise SEED COUNT    damage; below 0: from the end
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tests/mkdat.h"

static void do_machine(struct maker *m, struct words *w)
{
	if (!m->fixed_machine)
		m->conf.machine = (struct machine) { .swap = !strcmp(w->v[1], "be"),
						     .long_size = !strcmp(w->v[2], "32") ? 4 : 8 };
}

static void do_page(struct maker *m, struct words *w)
{
	if (!m->fixed_page)
		m->conf.page_size = (uint32_t)mkdat_number(m, w->v[1]);
}

static void do_cpus(struct maker *m, struct words *w)
{
	m->conf.cpus = (unsigned)mkdat_number(m, w->v[1]);
}

static void do_clock(struct maker *m, struct words *w)
{
	m->conf.clock = xstrdup(w->v[1]);
}

static void do_comm(struct maker *m, struct words *w)
{
	dat_writer_comm(mkdat_writer(m), (int32_t)mkdat_number(m, w->v[1]), w->v[2]);
}

static void do_text(struct maker *m, struct words *w)
{
	_cleanup_strbuf_ struct strbuf line = { 0 };

	strbuf_fmt(&line, "%s\n", w->rest);
	if (w->v[0][0] == 'k')
		dat_writer_kallsyms(mkdat_writer(m), strbuf_cstr(&line));
	else
		dat_writer_printk(mkdat_writer(m), strbuf_cstr(&line));
}

static void do_buffer(struct maker *m, struct words *w)
{
	unsigned cpus = w->count > 2 ? (unsigned)mkdat_number(m, w->v[2]) : m->conf.cpus;

	m->buffer = dat_writer_buffer(mkdat_writer(m), w->v[1], cpus);
	m->page_sizes[m->buffer] =
	    w->count > 3 ? (uint32_t)mkdat_number(m, w->v[3]) : m->conf.page_size;
	m->cpu = 0;
}

static void do_latency(struct maker *m, struct words *w)
{
	strbuf_fmt(&m->latency, "%s\n", w->rest);
}

static void do_cpu(struct maker *m, struct words *w)
{
	m->cpu = (unsigned)mkdat_number(m, w->v[1]);
}

static void do_damage(struct maker *m, struct words *w)
{
	if (m->damages == DAMAGE_MAX)
		mkdat_fail(m, "too much damage");
	m->damage[m->damages++] =
	    (struct damage) { .kind = w->v[0][0],
			      .a = mkdat_number(m, w->v[1]),
			      .b = w->count > 2 ? mkdat_number(m, w->v[2]) : 0 };
}

static const struct line_def {
	const char *word;
	unsigned least; /* words, this one included */
	void (*run)(struct maker *m, struct words *w);
} lines[] = {
	{ "machine", 3, do_machine }, { "page", 2, do_page },	     { "cpus", 2, do_cpus },
	{ "clock", 2, do_clock },     { "comm", 3, do_comm },	     { "kallsyms", 2, do_text },
	{ "printk", 2, do_text },     { "event", 4, mkdat_event },   { "format", 2, mkdat_format },
	{ "buffer", 2, do_buffer },   { "cpu", 2, do_cpu },	     { "at", 3, mkdat_at },
	{ "many", 5, mkdat_many },    { "discard", 3, mkdat_at },    { "lost", 2, mkdat_lost },
	{ "close", 1, mkdat_close },  { "cut", 2, do_damage },	     { "flip", 3, do_damage },
	{ "noise", 3, do_damage },    { "option", 2, mkdat_option }, { "latency", 1, do_latency },
};

/* Splits a line at white space; "..." keeps it, also behind NAME=. The line is changed. */
static void split(struct words *w, char *s)
{
	*w = (struct words) { 0 };
	while (w->count < WORDS_MAX) {
		bool quoted = false;
		char *to;

		s += strspn(s, " \t");
		if (!*s)
			return;
		w->v[w->count++] = to = s;
		for (; *s && (quoted || (*s != ' ' && *s != '\t')); s++) {
			if (*s == '"')
				quoted = !quoted;
			else
				*to++ = *s;
		}
		if (*s)
			s++;
		*to = '\0';
	}
}

static void run_line(struct maker *m, char *text)
{
	_cleanup_free_ char *copy = NULL;
	struct words w;

	text[strcspn(text, "\n")] = '\0';
	if (text[0] == '#')
		return;
	copy = xstrdup(text);
	split(&w, text);
	if (!w.count)
		return;
	w.rest = copy + strcspn(copy, " \t");
	w.rest += *w.rest != '\0';
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (strcmp(lines[i].word, w.v[0]))
			continue;
		if (w.count < lines[i].least)
			mkdat_fail(m, "'%s' wants %u words", w.v[0], lines[i].least);
		lines[i].run(m, &w);
		return;
	}
	mkdat_fail(m, "'%s' is no line of a description", w.v[0]);
}

static void damage_file(const struct maker *m, int fd)
{
	for (unsigned i = 0; i < m->damages; i++) {
		const struct damage *d = &m->damage[i];
		off_t size = lseek(fd, 0, SEEK_END), at = d->a < 0 ? size + d->a : d->a;
		uint64_t random = (uint64_t)d->a * 2 + 1;
		long long n = d->kind == 'n' ? d->b : d->kind == 'f';

		if (d->kind == 'c' && ftruncate(fd, at) < 0)
			mkdat_fail(m, "cannot cut at %lld", d->a);
		for (; n > 0; n--) {
			uint8_t byte = 0, mask = (uint8_t)d->b;

			if (d->kind == 'n') {
				random = random * 6364136223846793005u + 1442695040888963407u;
				at = (off_t)((random >> 20) % (uint64_t)size);
				mask = (uint8_t)(random >> 56 | 1);
			}
			if (pread(fd, &byte, 1, at) != 1)
				mkdat_fail(m, "no byte at %lld", (long long)at);
			byte ^= mask;
			if (pwrite(fd, &byte, 1, at) != 1)
				mkdat_fail(m, "cannot write at %lld", (long long)at);
		}
	}
}

static void load(const struct maker *m, int fd, struct strbuf *file)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		strbuf_add(file, bytes, (size_t)n);
	if (n < 0)
		mkdat_fail(m, "cannot read what was written");
}

/* The text of a latency tracer stands where the tables would. */
static void put_latency(struct maker *m, struct strbuf *file)
{
	char *word = memmem(file->s, file->len, "flyrecord", 10);

	if (!word)
		mkdat_fail(m, "no place for the latency text");
	memcpy(word, "latency  ", 10);
	file->len = (size_t)(word + 10 - file->s);
	strbuf_add(file, strbuf_cstr(&m->latency), m->latency.len);
}

/* What the writer of version 6 cannot say is made of its file. */
static void rewrite(struct maker *m, int fd)
{
	_cleanup_strbuf_ struct strbuf file = { 0 };

	if (!m->codec && !m->latency.len)
		return;
	load(m, fd, &file);
	if (m->codec)
		mkdat_v7(m, &file);
	else
		put_latency(m, &file);
	if (ftruncate(fd, 0) < 0 ||
	    pwrite(fd, strbuf_cstr(&file), file.len, 0) != (ssize_t)file.len)
		mkdat_fail(m, "cannot write it again");
}

static void write_file(struct maker *m, const char *out)
{
	struct err e = ERR_INIT;
	int fd;

	mkdat_finish(m);
	if (dat_writer_write(m->writer, out, true, &e) < 0)
		mkdat_fail(m, "%s", e.text);
	fd = open(out, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		mkdat_fail(m, "%s: %s", out, strerror(errno));
	rewrite(m, fd);
	damage_file(m, fd);
	close(fd);
}

static void options(struct maker *m, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "m:p:7:c:")) != -1) {
		if (c == 'm') {
			m->conf.machine.swap = !strncmp(optarg, "be", 2);
			m->conf.machine.long_size = strstr(optarg, "32") ? 4 : 8;
			m->fixed_machine = true;
		} else if (c == 'p') {
			m->conf.page_size = (uint32_t)mkdat_number(m, optarg);
			m->fixed_page = true;
		} else if (c == '7') {
			m->codec = optarg;
		} else if (c == 'c') {
			m->chunk_pages = (unsigned)mkdat_number(m, optarg);
		}
	}
	if (argc - optind == 2)
		return;
	fputs("usage: mkdat [-m le64|le32|be64|be32] [-p PAGESIZE] [-7 none|zlib|zstd [-c PAGES]] "
	      "DESCRIPTION|- OUT\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct maker *m = xcalloc(1, sizeof(*m));
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	m->path = "options";
	m->conf = (struct dat_writer_conf) { { false, 8 }, 4096, 1, NULL };
	m->chunk_pages = 3;
	options(m, argc, argv);
	m->path = argv[optind];
	m->in = strcmp(m->path, "-") ? fopen(m->path, "re") : stdin;
	if (!m->in)
		mkdat_fail(m, "%s", strerror(errno));
	while (getline(&line, &cap, m->in) > 0) {
		m->line++;
		run_line(m, line);
	}
	write_file(m, argv[optind + 1]);
	if (m->in != stdin)
		fclose(m->in);
	mkdat_free(m);
	return 0;
}
