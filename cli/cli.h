/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli: the sub-commands, and the options that mean the same everywhere.
 *
 * Each command is one file with one struct command in the table of cli/main.c. Options are one
 * table (cli/opts.c) that yields parsing, --help and the completion's list.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conf.h"
#include "core/err.h"

enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct strlist {
	const char **v; /* NULL-ended */
	size_t count;
};

struct opts {
	struct strlist events;	 /* -e, in order */
	struct strlist pids;	 /* -p */
	struct strlist pairs;	 /* --pair */
	struct strlist objects;	 /* --bpf */
	struct strlist settings; /* --set */
	struct strlist args;	 /* what is no option */
	char *filter;		 /* -f; several are joined with "and" */
	const char *config;	 /* --config */
	const char *theme;	 /* --theme */
	uint64_t limit;		 /* -n; UINT64_MAX: none */
	uint64_t seconds_ns;	 /* -t; UINT64_MAX: none */
	uint64_t memory, buffer; /* bytes; 0: default */
	uint64_t max_size;	 /* --size; UINT64_MAX: none */
	uint64_t keep;		 /* --keep; UINT64_MAX: all */
	uint64_t file_version;	 /* --file-version; 0: not said */
	const char *output;	 /* -o */
	const char *from, *to;	 /* --from, --to */
	const char *rotate;	 /* --rotate */
	const char *offsets;	 /* --offset */
	int64_t *offset_ns;	 /* the same, for each of args; NULL: none */
	const char *columns;	 /* --columns */
	const char *by, *show;	 /* --by, --show */
	const char *sort;	 /* --sort */
	const char *histogram;	 /* --histogram */
	bool in_kernel;		 /* --in-kernel */
	bool json, csv, help, version, try, dry_run, no_color, syscalls, follow, force, compress,
	    detach, explain, measure, verbose;
	struct conf *conf; /* files, then command line */
};

/* Which options a command takes: bits by the letter of the table in opts.c. */
enum opt_id {
	OPT_EVENT,
	OPT_PAIR,
	OPT_BPF,
	OPT_SET,
	OPT_FILTER,
	OPT_PID,
	OPT_FOLLOW,
	OPT_OUTPUT,
	OPT_FORCE,
	OPT_COUNT,
	OPT_TIME,
	OPT_SIZE,
	OPT_IN_KERNEL,
	OPT_BY,
	OPT_SHOW,
	OPT_SORT,
	OPT_HISTOGRAM,
	OPT_FROM,
	OPT_TO,
	OPT_ROTATE,
	OPT_KEEP,
	OPT_COMPRESS,
	OPT_FILE_VERSION,
	OPT_DETACH,
	OPT_OFFSET,
	OPT_JSON,
	OPT_CSV,
	OPT_COLUMNS,
	OPT_SYSCALLS,
	OPT_MEMORY,
	OPT_BUFFER,
	OPT_CONFIG,
	OPT_THEME,
	OPT_NO_COLOR,
	OPT_TRY,
	OPT_EXPLAIN,
	OPT_MEASURE,
	OPT_DRY_RUN,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION,
	OPT_ID_COUNT
};
#define OPT_BIT(id) (1ULL << (id))

struct command {
	const char *name;
	const char *args;	    /* for the usage line */
	const char *blurb;	    /* one line */
	const char *help;	    /* a paragraph */
	uint64_t opts;		    /* OPT_BIT()s it takes */
	int (*run)(struct opts *o); /* exit status */
};

extern const struct command cmd_dash, cmd_stream, cmd_record, cmd_report, cmd_summary, cmd_cut,
    cmd_convert, cmd_top, cmd_list, cmd_doctor, cmd_cleanup, cmd_filter;

/* Says "tapdeck: ..." on standard error, made harmless; an error that says nothing is silent. */
void cli_error(const struct err *e);
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Fills offset_ns from what --offset says, once args are known. -EINVAL in words. */
int cli_offsets(struct opts *o, struct err *e);

/*
 * Writes all bytes to standard output. -EPIPE: the reader went away, which is no failure; what else
 * goes wrong was said.
 */
int cli_out(const char *s, size_t len);

/*
 * Standard output so that writing to it does not block. Pipes and terminals are opened anew for
 * that: what is set on our descriptor itself would be set for all who share it. The caller closes
 * it unless it is STDOUT_FILENO.
 */
int cli_open_out(void);

/* The exit status for what cli_out returned. */
static inline int cli_status(int rc)
{
	return rc < 0 && rc != -EPIPE ? CLI_FAILED : CLI_OK;
}

#endif
