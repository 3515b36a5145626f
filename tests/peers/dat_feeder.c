/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_feeder: writes a trace.dat of events that are numbered, for scripts that look at it with
 * other readers or kill it meanwhile.
 *
 *   dat_feeder [-z] [-7] [-w] [-a] [-k TRACEFS] [-m le64|be32..] [-p PAGESIZE] [-c CPUS] [-b
 * BUFFERS]
 *              [-n EVENTS] [-e EVERY] [-s USEC] [-l FORMATS] [-x BYTES] [-d] OUT
 *
 * -d wall time with -k, -z compress, -7 version 7, -w whole, -a end without finishing, -k with the
 * kernel's formats; EVENTS a CPU and buffer, a commit EVERY events and a sleep of USEC behind it;
 * FORMATS that come late, BYTES longer than usual; -l also adds a buffer that was not declared and
 * many names. After every commit it says on standard output how many events count. Where it cannot
 * go on it finishes the file, as a recording does.
 */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "core/util.h"
#include "tests/dat_feed.h"

struct options {
	struct dat_file_conf conf;
	struct machine m;
	const char *tracefs;
	uint32_t page_size;
	unsigned cpus, buffers, late;
	uint64_t events, every;
	unsigned sleep;
	size_t extra;
	bool abandon, date;
};

static void fail(const char *what)
{
	fprintf(stderr, "dat_feeder: %s\n", what);
	exit(1);
}

static const char *usage = "usage: dat_feeder [OPTIONS] OUT, see the source";

static void option(struct options *o, int c)
{
	if (c == 'z')
		o->conf.compress = true;
	else if (c == '7')
		o->conf.version = 7;
	else if (c == 'w')
		o->conf.whole = true;
	else if (c == 'a')
		o->abandon = true;
	else if (c == 'd')
		o->date = true;
	else if (c == 'k')
		o->tracefs = optarg;
	else if (c == 'm')
		o->m = (struct machine) { !strncmp(optarg, "be", 2), strstr(optarg, "32") ? 4 : 8 };
	else if (c == 'p')
		o->page_size = (uint32_t)atoi(optarg);
	else if (c == 'c')
		o->cpus = (unsigned)atoi(optarg);
	else if (c == 'b')
		o->buffers = (unsigned)atoi(optarg);
	else if (c == 'n')
		o->events = strtoull(optarg, NULL, 10);
	else if (c == 'e')
		o->every = strtoull(optarg, NULL, 10);
	else if (c == 's')
		o->sleep = (unsigned)atoi(optarg);
	else if (c == 'l')
		o->late = (unsigned)atoi(optarg);
	else if (c == 'x')
		o->extra = strtoull(optarg, NULL, 10);
	else
		fail(usage);
}

static struct dat_meta *make_meta(const struct options *o, struct err *e)
{
	struct dat_meta *meta = NULL, *own = feed_meta(o->m, o->page_size, o->cpus);

	if (!o->tracefs)
		return own;
	if (dat_meta_kernel(o->tracefs, o->page_size, &meta, e) < 0)
		fail(e->text);
	meta->cpus = o->cpus;
	if (!o->date)
		meta->date_offset = 0; /* times as they are */
	dat_meta_comm(meta, FEED_PID, "ticker");
	dat_meta_free(own);
	return meta;
}

static void open_file(struct options *o, struct feed *f, struct err *e)
{
	static const char *const names[] = { "one", "two", NULL };
	char text[2048];
	size_t n = feed_format(text, sizeof(text), "tick", FEED_ID, 0);

	o->conf.fd = open(o->conf.path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (o->conf.fd < 0)
		fail(strerror(errno));
	o->conf.meta = make_meta(o, e);
	o->conf.buffers = names + 2 - MIN(o->buffers, 2u);
	f->m = o->m;
	f->page_size = o->page_size;
	if (dat_file_new(&o->conf, &f->file, e) < 0)
		fail(e->text);
	if (dat_file_format(f->file, "demo", text, n, &f->id, e) < 0)
		fail(e->text);
}

/* What was not foreseen: formats, names, a buffer; a bit at a time. */
static void come_late(const struct options *o, struct feed *f, unsigned i, struct err *e)
{
	char text[2048], name[32], *longer;
	uint16_t id;
	size_t n;

	snprintf(name, sizeof(name), "late%u", i);
	n = feed_format(text, sizeof(text), name, FEED_ID, 20);
	longer = xcalloc(1, n + o->extra + 1);
	memcpy(longer, text, n);
	memset(longer + n, '\n', o->extra);
	if (dat_file_format(f->file, "late", longer, n + o->extra, &id, e) < 0)
		fail(e->text);
	free(longer);
	if (id == FEED_ID)
		fail("an id was given twice");
	for (unsigned k = 0; k < 500; k++)
		dat_file_comm(f->file, (int32_t)(100 + i * 500 + k), name);
}

/* A recording that cannot go on is finished as it is. */
static void end_early(const struct options *o, struct feed *f, const struct err *why)
{
	struct err e = ERR_INIT;

	fprintf(stderr, "dat_feeder: %s\n", why->text);
	if (!o->abandon && dat_file_finish(f->file, NULL, &e) < 0)
		fail(e.text);
	exit(1);
}

static void feed_all(const struct options *o, struct feed *f, struct err *e)
{
	unsigned buffers = o->buffers + 1, late = 0;

	for (uint64_t n = 0; n < o->events; n++) {
		for (unsigned b = 0; b < buffers; b++)
			for (unsigned cpu = 0; cpu < o->cpus; cpu++)
				if (feed_event(f, b, cpu, e) < 0)
					end_early(o, f, e);
		if ((n + 1) % o->every)
			continue;
		if (late < o->late)
			come_late(o, f, late++, e);
		if (late && late == o->late && buffers < 4)
			buffers = (unsigned)dat_file_buffer(f->file, "late", e) + 1;
		if (feed_commit(f, e) < 0)
			end_early(o, f, e);
		printf("%llu %d\n", (unsigned long long)feed_count(f), dat_file_version(f->file));
		fflush(stdout);
		if (o->sleep)
			usleep(o->sleep);
	}
}

int main(int argc, char **argv)
{
	struct options o = {
		.m = { false, 8 }, .page_size = 4096, .cpus = 2, .events = 1000, .every = 100
	};
	static struct feed f;
	struct err e = ERR_INIT;
	int c;

	while ((c = getopt(argc, argv, "z7wadk:m:p:c:b:n:e:s:l:x:")) != -1)
		option(&o, c);
	if (argc - optind != 1 || !o.every || o.cpus > FEED_CPUS)
		fail(usage);
	signal(SIGXFSZ, SIG_IGN);
	o.conf.path = argv[optind];
	open_file(&o, &f, &e);
	feed_all(&o, &f, &e);
	if (feed_commit(&f, &e) < 0)
		fail(e.text);
	printf("%llu %d\n", (unsigned long long)feed_count(&f), dat_file_version(f.file));
	if (o.abandon)
		dat_file_abandon(f.file);
	else if (dat_file_finish(f.file, NULL, &e) < 0)
		fail(e.text);
	feed_done(&f);
	return 0;
}
