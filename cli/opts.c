/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opts: the options of all commands, each of them once.
 *
 * One table yields parsing, --help and the values' checks. A command says by bits which it takes;
 * an option it does not take is an error that says so.
 */
#include "cli/opts.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/deck.h"
#include "backends/pair_book.h"
#include "core/arena.h"
#include "core/filter.h"
#include "core/strbuf.h"
#include "core/target.h"
#include "core/util.h"

/* What becomes of an option's argument. */
enum option_kind {
	KIND_FLAG,     /* a bool becomes true */
	KIND_WORD,     /* kept as it stands */
	KIND_LIST,     /* one more in a list */
	KIND_COUNT,    /* a number */
	KIND_DURATION, /* in ns */
	KIND_SIZE,     /* in bytes */
	KIND_FILTER,
	KIND_PID,
	KIND_OUTPUT,
	KIND_PAIR,
	KIND_SETTING, /* of a tracer's option: one more in a list */
};

struct option_row {
	const char *name;
	char letter;
	const char *arg; /* name of its argument, NULL without one */
	const char *blurb;
	enum option_kind kind;
	size_t at; /* in struct opts */
};

#define AT(member) offsetof(struct opts, member)

/* clang-format off */
static const struct option_row table[OPT_ID_COUNT] = {
	[OPT_EVENT] = { "event", 'e', "TRACER", "switch on system:event, a glob, or a whole system",
			KIND_LIST, AT(events) },
	[OPT_PAIR] = { "pair", 0, "PAIR", "define a latency: NAME: START -> END by KEY [for WHO]",
		       KIND_PAIR, AT(pairs) },
	[OPT_BPF] = { "bpf", 0, "FILE", "an object of BPF programs of yours as a tracer: bpf:NAME",
		      KIND_LIST, AT(objects) },
	[OPT_SET] = { "set", 0, "SETTING", "an option of a tracer: bpf:runqlat.least=5ms",
		      KIND_SETTING, AT(settings) },
	[OPT_FILTER] = { "filter", 'f', "FILTER", "only rows for which FILTER is true",
			 KIND_FILTER, AT(filter) },
	[OPT_PID] = { "pid", 'p', "PID|WHAT", "only rows of this process, or of comm= exe= user= cgroup= container=",
		      KIND_PID, AT(pids) },
	[OPT_FOLLOW] = { "follow", 0, NULL, "with -p: their children as well, and theirs",
			 KIND_FLAG, AT(follow) },
	[OPT_OUTPUT] = { "output", 'o', "FILE", "the file to write", KIND_OUTPUT, AT(output) },
	[OPT_FORCE] = { "force", 0, NULL, "write over a file that is there", KIND_FLAG, AT(force) },
	[OPT_COUNT] = { "count", 'n', "EVENTS", "end after this many of what is printed or recorded",
			KIND_COUNT, AT(limit) },
	[OPT_TIME] = { "time", 't', "SECONDS", "end after this time (10, 1.5s, 200ms, 5m)",
		       KIND_DURATION, AT(seconds_ns) },
	[OPT_SIZE] = { "size", 0, "SIZE", "end when the file has this size (512M)",
		       KIND_SIZE, AT(max_size) },
	[OPT_IN_KERNEL] = { "in-kernel", 0, NULL, "let the kernel pair and count what -e pair:NAME says",
		       KIND_FLAG, AT(in_kernel) },
	[OPT_BY] = { "by", 0, "KEYS", "count by these: comm, event, container, any field ...",
		     KIND_WORD, AT(by) },
	[OPT_SHOW] = { "show", 0, "MEASURES", "with --by: what of each (count,avg(len),p99(latency))",
		       KIND_WORD, AT(show) },
	[OPT_SORT] = { "sort", 0, "COLUMN", "with --by: order by it; -COLUMN the other way round",
		       KIND_WORD, AT(sort) },
	[OPT_HISTOGRAM] = { "histogram", 0, "FIELD", "how often which size of this number came",
			    KIND_WORD, AT(histogram) },
	[OPT_FROM] = { "from", 0, "TIME", "only rows from this time on", KIND_WORD, AT(from) },
	[OPT_TO] = { "to", 0, "TIME", "only rows before this time", KIND_WORD, AT(to) },
	[OPT_ROTATE] = { "rotate", 0, "SIZE|TIME", "begin another file at this size (64M) or age (10m)",
			 KIND_WORD, AT(rotate) },
	[OPT_KEEP] = { "keep", 0, "N", "with --rotate: remove all but the last N files",
		       KIND_COUNT, AT(keep) },
	[OPT_COMPRESS] = { "compress", 0, NULL, "a file of version 7, compressed with zstd",
			   KIND_FLAG, AT(compress) },
	[OPT_FILE_VERSION] = { "file-version", 0, "N", "version of the file: 6 (the default) or 7",
			       KIND_COUNT, AT(file_version) },
	[OPT_DETACH] = { "detach", 0, NULL, "go on without the terminal", KIND_FLAG, AT(detach) },
	[OPT_OFFSET] = { "offset", 0, "TIMES", "seconds to add to the times of each FILE (0,-1.5)",
			 KIND_WORD, AT(offsets) },
	[OPT_JSON] = { "json", 0, NULL, "one JSON object a line", KIND_FLAG, AT(json) },
	[OPT_CSV] = { "csv", 0, NULL, "comma-separated values, a header first", KIND_FLAG, AT(csv) },
	[OPT_COLUMNS] = { "columns", 0, "NAMES", "which columns, in this order (time,comm,event)",
			  KIND_WORD, AT(columns) },
	[OPT_SYSCALLS] = { "syscalls", 0, NULL, "system calls by name: openat(AT_FDCWD, ...) = 3",
			   KIND_FLAG, AT(syscalls) },
	[OPT_MEMORY] = { "memory", 0, "SIZE", "bound on what is kept in memory, such as 64M",
			 KIND_SIZE, AT(memory) },
	[OPT_BUFFER] = { "buffer", 0, "SIZE", "ring buffer per CPU, such as 16M", KIND_SIZE, AT(buffer) },
	[OPT_CONFIG] = { "config", 0, "FILE", "read this instead of the usual files",
			 KIND_WORD, AT(config) },
	[OPT_THEME] = { "theme", 0, "NAME", "colours: dark, light, contrast, mono, or a file of yours",
			KIND_WORD, AT(theme) },
	[OPT_NO_COLOR] = { "no-color", 0, NULL, "no colours, as with NO_COLOR",
			   KIND_FLAG, AT(no_color) },
	[OPT_TRY] = { "try", 0, NULL, "also try what takes seconds or disturbs", KIND_FLAG, AT(try) },
	[OPT_EXPLAIN] = { "explain", 0, NULL, "which part of the filter runs where, and why",
			  KIND_FLAG, AT(explain) },
	[OPT_MEASURE] = { "measure", 0, NULL, "count for a second what the kernel's part keeps out",
			  KIND_FLAG, AT(measure) },
	[OPT_DRY_RUN] = { "dry-run", 0, NULL, "say what would be done, do nothing",
			  KIND_FLAG, AT(dry_run) },
	[OPT_VERBOSE] = { "verbose", 'v', NULL, "all there is to say of each",
			  KIND_FLAG, AT(verbose) },
	[OPT_HELP] = { "help", 'h', NULL, "this text", KIND_FLAG, AT(help) },
	[OPT_VERSION] = { "version", 'V', NULL, "the version", KIND_FLAG, AT(version) },
};
/* clang-format on */

static const struct conf_key conf_keys[] = {
	{ "capture", "memory", "bound on what is kept in memory" },
	{ "capture", "buffer", "ring buffer per CPU" },
	{ "stream", "events", "tracers to switch on when no -e is given" },
	{ "stream", "filter", "the filter when no -f is given" },
	{ "ui", "theme", "colours of the dashboard" },
	{ "ui", "syscalls", "readable, or raw: as the kernel prints them" },
	{ "filters", "*", "a filter that has a name" },
	{ "tracer", "*", "an option of a BPF program: [tracer bpf:NAME]" },
	{ "pair", "start", "the event with which a latency pair begins" },
	{ "pair", "end", "the event with which it ends" },
	{ "pair", "key", "what both have in common" },
	{ "pair", "who", "whose it is" },
	{ "pair", "fields", "which fields it has beside its latency" },
	{ "pair", "keep", "which start counts when one comes again" },
	{ "pair", "blurb", "what it tells, in a line" },
	{ "pair", "missing", "why no kernel has it" },
};

static void list_add(struct strlist *l, const char *s)
{
	l->v = xrealloc(l->v, l->count + 2, sizeof(*l->v));
	l->v[l->count++] = s;
	l->v[l->count] = NULL;
}

/* Two -f are both to hold. */
static void add_filter(struct opts *o, const char *text)
{
	struct strbuf b = { 0 };

	if (!o->filter) {
		o->filter = xstrdup(text);
		return;
	}
	filter_enclose(&b, o->filter);
	strbuf_str(&b, " and ");
	filter_enclose(&b, text);
	free(o->filter);
	o->filter = strbuf_take(&b);
}

static int parse_count(const char *s, uint64_t *ret)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || *end || *s < '0' || *s > '9')
		return -EINVAL;
	*ret = v;
	return 0;
}

static int bad_value(enum opt_id id, const char *arg, const char *want, struct err *e)
{
	return err_set(e, -EINVAL, "--%s: '%s' is no %s", table[id].name, arg, want);
}

static int take_pid(struct strlist *pids, const char *arg, struct err *e)
{
	struct arena a = { 0 };
	struct target t;
	int rc = target_parse(arg, &a, &t, e);

	arena_done(&a);
	if (rc < 0)
		return err_ctx(e, "--%s", table[OPT_PID].name);
	list_add(pids, arg);
	return 0;
}

/* Checked here, where it is wrong on the command line; said to the configuration once that is read.
 */
static int take_pair(struct strlist *pairs, const char *arg, struct err *e)
{
	struct pair_spec *s = NULL;
	int rc = pair_spec_parse(arg, &s, e);

	pair_spec_free(s);
	if (rc < 0)
		return err_ctx(e, "--pair");
	list_add(pairs, arg);
	return 0;
}

/* Whether there is such a tracer and option is known once backends are open. */
static int take_setting(struct strlist *settings, const char *arg, struct err *e)
{
	struct deck_setting s;
	int rc = deck_setting_parse(arg, &s, e);

	if (rc < 0)
		return err_ctx(e, "--set");
	deck_setting_done(&s);
	list_add(settings, arg);
	return 0;
}

static int take_output(const char **ret, const char *arg, struct err *e)
{
	if (!*arg)
		return err_set(e, -EINVAL, "-o: a file has a name");
	if (!strcmp(arg, "-"))
		return err_set(e, -EINVAL,
			       "-o: a trace.dat cannot go into a pipe: name a file; stream and "
			       "report write into pipes");
	*ret = arg;
	return 0;
}

static int take(struct opts *o, enum opt_id id, const char *arg, struct err *e)
{
	void *at = (char *)o + table[id].at;

	switch (table[id].kind) {
	case KIND_FLAG:
		*(bool *)at = true;
		break;
	case KIND_WORD:
		*(const char **)at = arg;
		break;
	case KIND_LIST:
		list_add(at, arg);
		break;
	case KIND_COUNT:
		if (parse_count(arg, at) < 0)
			return bad_value(id, arg, "number", e);
		break;
	case KIND_DURATION:
		if (util_parse_duration(arg, at) < 0)
			return bad_value(id, arg, "time such as 10, 1.5s or 200ms", e);
		break;
	case KIND_SIZE:
		if (util_parse_size(arg, at) < 0)
			return bad_value(id, arg, "size such as 512k or 64M", e);
		break;
	case KIND_FILTER:
		add_filter(o, arg);
		break;
	case KIND_PID:
		return take_pid(at, arg, e);
	case KIND_OUTPUT:
		return take_output(at, arg, e);
	case KIND_PAIR:
		return take_pair(at, arg, e);
	case KIND_SETTING:
		return take_setting(at, arg, e);
	}
	return 0;
}

/* getopt's two descriptions of the table. */
static void describe(struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* a missing argument is told apart */
	for (int i = 0; i < OPT_ID_COUNT; i++) {
		longs[i] = (struct option) {
			.name = table[i].name,
			.has_arg = table[i].arg ? required_argument : no_argument,
			.val = 256 + i,
		};
		if (!table[i].letter)
			continue;
		*shorts++ = table[i].letter;
		if (table[i].arg)
			*shorts++ = ':';
	}
	*shorts = '\0';
	longs[OPT_ID_COUNT] = (struct option) { 0 };
}

static int id_of(int c)
{
	if (c >= 256)
		return c - 256;
	for (int i = 0; i < OPT_ID_COUNT; i++)
		if (table[i].letter && table[i].letter == c)
			return i;
	return -1;
}

static const char *option_name(size_t i, void *data)
{
	(void)data;
	return table[i].name;
}

static int unknown_option(int argc, char **argv, struct err *e)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
	const char *nearest;

	if (optopt && optopt < 256)
		return err_set(e, -EINVAL, "unknown option -%c", optopt);
	nearest = util_nearest(word + strspn(word, "-"), option_name, OPT_ID_COUNT, NULL);
	if (nearest)
		return err_set(e, -EINVAL, "unknown option %s; did you mean --%s?", word, nearest);
	return err_set(e, -EINVAL, "unknown option %s", word);
}

int opts_parse(struct opts *o, const struct command *cmd, int argc, char **argv, struct err *e)
{
	struct option longs[OPT_ID_COUNT + 1];
	char shorts[OPT_ID_COUNT * 2 + 2];
	int c;

	*o = (struct opts) { .limit = UINT64_MAX,
			     .seconds_ns = UINT64_MAX,
			     .max_size = UINT64_MAX,
			     .keep = UINT64_MAX };
	describe(longs, shorts);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int id = id_of(c), rc;

		if (c == ':')
			return err_set(e, -EINVAL, "option %s needs an argument", argv[optind - 1]);
		if (id < 0)
			return unknown_option(argc, argv, e);
		if (!(cmd->opts & OPT_BIT(id)))
			return err_set(e, -EINVAL, "'%s' takes no option --%s", cmd->name,
				       table[id].name);
		rc = take(o, (enum opt_id)id, optarg, e);
		if (rc < 0)
			return rc;
	}
	while (optind < argc)
		list_add(&o->args, argv[optind++]);
	return cli_offsets(o, e);
}

/* One of the usual files. Not ours to read (HOME is another's): said, and done without. */
static int read_usual(struct conf *c, const char *path, struct err *e)
{
	int rc = path ? conf_read(c, path, true, e) : 0;

	if (rc != -EACCES)
		return rc;
	cli_say("%s; going on without it", e->text);
	err_clear(e);
	return 0;
}

static int read_conf(struct conf *c, const char *named, struct err *e)
{
	char *system_path, *user_path;
	int rc;

	if (named)
		return conf_read(c, named, false, e);
	system_path = conf_system_path("config");
	user_path = conf_user_path("config");
	rc = read_usual(c, system_path, e);
	if (rc >= 0)
		rc = read_usual(c, user_path, e);
	free(system_path);
	free(user_path);
	return rc;
}

/* Said here, before anything is opened, whether the command line or a file asks for it. */
static int check_memory(const struct opts *o, struct err *e)
{
	char least[32];

	if (!o->memory || o->memory >= DECK_MEMORY_LEAST)
		return 0;
	return err_set(e, -EINVAL, "--memory: %llu bytes are too few; the least is %s",
		       (unsigned long long)o->memory,
		       util_human_size(DECK_MEMORY_LEAST, least, sizeof(least)));
}

int opts_read_conf(struct opts *o, struct err *e)
{
	int rc;

	o->conf = conf_new();
	rc = read_conf(o->conf, o->config, e);
	if (rc >= 0)
		rc = conf_check(o->conf, conf_keys, ARRAY_SIZE(conf_keys), e);
	if (rc >= 0 && o->theme)
		conf_set(o->conf, "ui", "theme", o->theme);
	if (rc >= 0 && !o->memory)
		rc = conf_get_size(o->conf, "capture", "memory", 0, &o->memory, e);
	if (rc >= 0 && !o->buffer)
		rc = conf_get_size(o->conf, "capture", "buffer", 0, &o->buffer, e);
	if (rc >= 0)
		rc = check_memory(o, e);
	for (size_t i = 0; i < o->pairs.count && rc >= 0; i++)
		rc = pair_book_say(o->conf, o->pairs.v[i], e);
	if (rc >= 0)
		rc = pair_book_check(o->conf, e);
	return rc < 0 ? rc : 0;
}

void opts_done(struct opts *o)
{
	free(o->events.v);
	free(o->pids.v);
	free(o->pairs.v);
	free(o->objects.v);
	free(o->settings.v);
	free(o->args.v);
	free(o->offset_ns);
	free(o->filter);
	conf_free(o->conf);
	*o = (struct opts) { 0 };
}

void opts_help(const struct command *cmd, struct strbuf *b)
{
	for (int i = 0; i < OPT_ID_COUNT; i++) {
		char left[40];

		if (!(cmd->opts & OPT_BIT(i)))
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", table[i].letter ? '-' : ' ',
			 table[i].letter ? table[i].letter : ' ', table[i].letter ? ", " : "  ",
			 table[i].name, table[i].arg ? " " : "", table[i].arg ? table[i].arg : "");
		strbuf_fmt(b, "  %-24s %s\n", left, table[i].blurb);
	}
}
