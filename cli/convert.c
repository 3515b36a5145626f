/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * convert: a recording in a version of the format, compressed or not.
 *
 * Every page goes over as it is: no record is taken apart, so nothing that nobody here understands
 * is lost. The new file takes its name when it is whole.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/stop.h"
#include "core/arena.h"
#include "sinks/recorder_path.h"
#include "tracefs/dat.h"
#include "tracefs/dat_file.h"

struct conversion {
	const struct opts *opts;
	struct dat *from;
	struct dat_info info;
	struct dat_file *to;
	struct recorder_path path;
	uint8_t *turned; /* a page in the file's order, where that is not ours */
	uint64_t pages, bytes, skipped;
	int version; /* of the new file */
};

/* The one that every reader knows, unless something else is asked for. */
static int choose_version(struct conversion *c, struct err *e)
{
	uint64_t v = c->opts->file_version;

	if (!v)
		v = c->opts->compress ? 7 : 6;
	if (v != 6 && v != 7)
		return err_set(e, -EINVAL, "--file-version: there are versions 6 and 7");
	if (v == 6 && c->opts->compress)
		return err_set(e, -EINVAL, "--compress: version 6 knows no compression");
	c->version = (int)v;
	return 0;
}

/* What stands in front of the pages. One size of page must do for all of them. */
static int make_meta(struct conversion *c, struct dat_meta **ret, struct err *e)
{
	int rc = dat_meta_file(c->from, ret, e);

	if (rc < 0)
		return rc;
	dat_meta_options(*ret, c->from);
	for (unsigned i = 0; i < c->info.buffers; i++)
		(*ret)->page_size = MAX((*ret)->page_size, dat_buffer(c->from, i)->page_size);
	return 0;
}

static int open_new(struct conversion *c, struct err *e)
{
	const char *names[DAT_BUFFERS_MAX] = { NULL };
	struct dat_file_conf conf = {
		.version = c->version,
		.compress = c->opts->compress,
		.whole = true,
		.buffers = names,
	};
	int rc = make_meta(c, &conf.meta, e);

	if (rc < 0)
		return rc;
	if (c->info.machine.swap)
		c->turned = xcalloc(1, conf.meta->page_size);
	for (unsigned i = 1; i < c->info.buffers; i++)
		names[i - 1] = dat_buffer(c->from, i)->name;
	conf.fd = recorder_path_open(&c->path, c->opts->output, c->opts->force, e);
	if (conf.fd < 0) {
		dat_meta_free(conf.meta);
		return conf.fd;
	}
	conf.path = c->path.part ? c->path.part : c->path.path;
	rc = dat_file_new(&conf, &c->to, e);
	if (rc < 0)
		recorder_path_undo(&c->path);
	return rc;
}

/* One page; what makes no sense is left out, and counted as damage by whoever found that. */
static int copy_page(struct conversion *c, unsigned buffer, unsigned cpu, uint64_t n, struct err *e)
{
	struct dat_part part = { .buffer = buffer, .cpu = cpu };
	struct page_data *keep;
	struct page p;
	int rc = dat_page_load(c->from, buffer, cpu, n, &p, &keep, e);

	if (rc == -EBADMSG) {
		err_clear(e);
		c->skipped++;
		return 0;
	}
	if (rc < 0)
		return rc;
	part.ts = part.first = part.last = p.ts;
	part.lost = p.lost;
	part.size = p.size;
	part.bytes = p.records;
	if (c->turned) {
		memcpy(c->turned, p.records, p.size);
		dat_page_turn_back(c->turned, p.size);
		part.bytes = c->turned;
	}
	rc = dat_file_put(c->to, &part, e);
	page_data_unref(keep);
	c->pages++;
	c->bytes += p.size;
	return rc;
}

static int copy_cpu(struct conversion *c, unsigned buffer, unsigned cpu, struct err *e)
{
	uint64_t pages = dat_pages(c->from, buffer, cpu);
	int rc = 0;

	for (uint64_t n = 0; n < pages && rc >= 0; n++) {
		rc = stop_asked(e);
		if (rc >= 0)
			rc = copy_page(c, buffer, cpu, n, e);
	}
	return rc;
}

static int copy_pages(struct conversion *c, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < c->info.buffers && rc >= 0; i++) {
		const struct dat_buffer *b = dat_buffer(c->from, i);
		int to = dat_file_buffer(c->to, b->name, e);

		if (to < 0)
			return to;
		/* Two of one name would become one. */
		if ((unsigned)to != i)
			return err_set(e, -EEXIST, "two buffers of the file are called '%s'",
				       b->name);
		for (unsigned cpu = 0; cpu < b->cpus && rc >= 0; cpu++)
			rc = copy_cpu(c, i, cpu, e);
	}
	return rc;
}

static int finish(struct conversion *c, int rc, struct err *e)
{
	if (rc >= 0) {
		rc = dat_file_finish(c->to, NULL, e);
		c->to = NULL;
	}
	if (rc >= 0)
		rc = recorder_path_valid(&c->path, e);
	if (rc < 0) {
		dat_file_abandon(c->to);
		recorder_path_undo(&c->path);
		err_ctx(e, "%s was not written", c->opts->output);
	}
	return rc;
}

static void say(struct conversion *c)
{
	char bytes[32];

	dat_info(c->from, &c->info); /* damage may have been found on the way */
	cli_say("%s: version %d%s, %llu pages with %s of events", c->opts->output, c->version,
		c->opts->compress ? " (zstd)" : "", (unsigned long long)c->pages,
		util_human_size(c->bytes, bytes, sizeof(bytes)));
	if (c->skipped)
		cli_say("left out: %llu pages that make no sense", (unsigned long long)c->skipped);
	if (c->info.damage)
		cli_say("%s: damaged, %llu times: %s", c->opts->args.v[0],
			(unsigned long long)c->info.damages, c->info.damage);
}

static int convert(struct conversion *c, struct err *e)
{
	struct sigaction old;
	int rc;

	stop_catch();
	dat_bus_catch(&old);
	rc = open_new(c, e);
	if (rc >= 0)
		rc = finish(c, copy_pages(c, e), e);
	/* What was read as zeros is no copy. */
	if (rc >= 0 && dat_shrunk(c->from))
		rc = err_set(e, -EBADMSG, "%s became shorter meanwhile: %s lacks what went away",
			     c->opts->args.v[0], c->opts->output);
	dat_bus_release(&old);
	return rc;
}

static int check_args(const struct opts *o, struct err *e)
{
	if (o->args.count != 1)
		return err_set(e, -EINVAL, "which recording? tapdeck convert FILE -o OUT");
	if (!o->output)
		return err_set(e, -EINVAL, "-o: say where the new file goes");
	return 0;
}

static int convert_run(struct opts *o)
{
	struct conversion c = { .opts = o };
	struct err e = ERR_INIT;
	bool usage = true;
	int rc = check_args(o, &e);

	if (rc >= 0) {
		usage = false;
		rc = dat_open(o->args.v[0], &c.from, &e);
	}
	if (rc >= 0) {
		dat_info(c.from, &c.info);
		rc = choose_version(&c, &e);
		usage = rc < 0;
	}
	if (rc >= 0 && dat_is_latency(c.from))
		rc = err_set(&e, -ENOTSUP,
			     "%s: the text of a latency tracer; it has no pages to convert",
			     o->args.v[0]);
	if (rc >= 0)
		rc = convert(&c, &e);
	if (rc >= 0)
		say(&c);
	else
		cli_error(&e);
	if (rc >= 0 && (c.info.damage || c.skipped))
		rc = -EBADMSG;
	recorder_path_done(&c.path);
	dat_close(c.from);
	free(c.turned);
	return rc >= 0 ? CLI_OK : usage ? CLI_USAGE : CLI_FAILED;
}

const struct command cmd_convert = {
	.name = "convert",
	.args = "FILE -o OUT [--file-version 6|7] [--compress] [--force]",
	.blurb = "write a recording in version 6 or 7 of trace.dat",
	.help =
	    "Writes a trace.dat of any version as one of version 6, or of the one that\n"
	    "--file-version names; with --compress as version 7 with zstd. Pages of events are\n"
	    "copied as they are; formats, names, symbols, buffers and options go with them. -o\n"
	    "may name FILE itself with --force: it is replaced when the new one is whole.",
	.opts = OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_FILE_VERSION) |
		OPT_BIT(OPT_COMPRESS) | OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_HELP) |
		OPT_BIT(OPT_VERSION),
	.run = convert_run,
};
