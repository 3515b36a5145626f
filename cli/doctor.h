/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: what the checks share. For the files cli/doctor*.c alone.
 *
 * A check is a row of a table: a name and a function that fills a finding. It looks, and puts
 * back at once whatever it had to touch; what is dear is done with --try only.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>

#include "cli/cli.h"
#include "core/strbuf.h"

enum state {
	STATE_OK,
	STATE_LIMITED, /* works in part, or something stands beside it */
	STATE_MISSING, /* does not work */
	STATE_INFO,    /* a fact, neither good nor bad */
	STATE_COUNT
};

struct finding {
	enum state state;
	struct strbuf why, help;
};

struct doctor {
	const struct opts *opts;
	char *tracefs;	       /* NULL: none that we may use */
	struct err no_tracefs; /* why */
	struct strbuf config;  /* the kernel's configuration as text; empty: not readable */
	char config_path[256];
	unsigned long long caps; /* effective capabilities */
};

struct check {
	const char *name;
	void (*fn)(struct doctor *d, struct finding *f);
	bool needed;	  /* streaming needs it: missing makes the exit status 1 */
	const char *dear; /* not NULL: with --try only, and why */
};

/* Sets the state and the reason. */
void found(struct finding *f, enum state state, const char *why, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds what would help. */
void helps(struct finding *f, const char *help, ...) __attribute__((format(printf, 2, 3)));

/* The same from an error, whose sentence may end in "; what would help". */
void found_err(struct finding *f, enum state state, const struct err *e);

/* CONFIG_NAME of this kernel: 'y', 'm', 'n', or '?' when its configuration is not readable. */
char config_of(const struct doctor *d, const char *name);
/* Adds that the option is off, or needed where that cannot be known. */
void helps_config(const struct doctor *d, struct finding *f, const char *name);

/* Loads the configuration of the running kernel. */
void config_load(struct doctor *d);

/* Ended by a NULL name. */
extern const struct check checks_tracing[], checks_system[], checks_bpf[];

#endif
