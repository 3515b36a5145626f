/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader: a process of ours that reads, loads and attaches BPF objects and hands over what came of
 * it.
 *
 * Loading is one blocking call, and an object may be hostile: the loader may die of it and is
 * started anew. Descriptors of maps, programs and attachments come over a socket (SCM_RIGHTS): the
 * kernel detaches and frees when whoever holds them closes them or dies. Nothing is pinned.
 *
 * The loader is this program executed anew (LOADER_ARG), a child through the guard's journal; it
 * ends when its socket does.
 */
#ifndef BPF_LOADER_H
#define BPF_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/layout.h"
#include "bpf/manifest.h"
#include "core/err.h"
#include "core/guard.h"
#include "core/strbuf.h"

/* argv[1] of the loader's process; cli/main.c hands over to loader_main when it sees it. */
#define LOADER_ARG "--bpf-loader"

struct loader;

enum loader_what {
	LOADER_LOOK, /* read it: kind, options, formats; needs no right at all */
	LOADER_LOAD, /* and load and attach it */
};

struct loader_option {
	const char *name, *value; /* as the user wrote it: 10ms, 4k, true */
};

/* A map that several objects share, by the name it has in each. */
struct loader_share {
	const char *name;
	int fd;
};

struct loader_request {
	enum loader_what what;
	const char *name;     /* of the tracer */
	const char *builtin;  /* the name of one of ours, or */
	int fd;		      /* the object's file, opened and found to be trusted */
	const char *path;     /* how it is called in errors */
	const char *manifest; /* text of NAME.conf, or NULL */
	uint64_t ring;	      /* bytes of a ring buffer; 0: as the object says */
	const struct loader_option *options;
	size_t option_count;
	const struct loader_share *shares;
	size_t share_count;
};

enum bpf_kind {
	BPF_EVENTS, /* gives a row for each */
	BPF_TABLE,  /* counts in the kernel */
	BPF_BOTH,
};

struct bpf_option {
	char *name, *help, *value; /* value: what it is now, as one would write it */
	uint8_t unit;		   /* enum option_unit */
	bool has_range;
	int64_t least, most;
};

/* Something that gives events: a ring buffer or a perf buffer. */
struct bpf_ring {
	char *map;
	bool is_perf;
	int fd; /* -1 when it was only looked at */
	struct layout layout;
	char *hint; /* what to add so that more is known of its events, or NULL */
};

/* A map that is a table. */
struct bpf_table {
	char *map;
	int fd;
	uint32_t key_size, value_size, max_entries;
	bool is_percpu, is_array;
	struct layout layout;
	char *counts;		/* names of fields that only grow, ", " between them; "" */
	char *histogram;	/* the field that is slots of powers of two, or NULL */
	uint8_t histogram_unit; /* enum option_unit */
};

struct bpf_prog {
	char *name, *section;
	int fd;
	char *why; /* it is not attached: the reason; else NULL */
};

/* What the loader says. Owns all of it, descriptors too. */
struct loader_answer {
	uint32_t id;
	struct err err;	    /* code 0: it went well */
	char *log;	    /* the verifier's, whole; "" */
	char *blurb, *cost; /* or NULL */
	enum bpf_kind kind;
	struct bpf_option *options;
	size_t option_count;
	struct bpf_ring *rings;
	size_t ring_count;
	struct bpf_table *tables;
	size_t table_count;
	struct bpf_prog *progs;
	size_t prog_count;
	int *links; /* attachments: closing them detaches */
	size_t link_count;
	int control, counts; /* of ours: the maps tap_control and tap_counts; else -1 */
	int lost; /* the map and, in it, where the program counts what it lost; else -1 */
	uint32_t lost_at, lost_size;
};

/* The process is started when it is asked for the first time. The guard may be NULL (tests). */
int loader_start(struct loader **ret, struct guard *g, struct err *e);
/* Ends it. NULL-safe. */
void loader_stop(struct loader *l);

/* Becomes readable when loader_take has something to do. The same for the loader's life, also when
 * the process is started anew. */
int loader_fd(const struct loader *l);

/* Its process; 0: there is none now. */
pid_t loader_process(const struct loader *l);

/* Asks; answers come in the order of the requests. Returns the request's id, above 0, or -Exxx. */
int64_t loader_ask(struct loader *l, const struct loader_request *r, struct err *e);

/*
 * Takes an answer, waiting at most timeout ns for it. 1: *ret is one, the caller's to free; 0: not
 * yet. A loader that died answers what it was asked last with an error and is started anew.
 */
int loader_take(struct loader *l, uint64_t timeout, struct loader_answer **ret, struct err *e);
/* What was attached ends at once or a moment later: nobody waits for that here. NULL-safe. */
void loader_answer_free(struct loader_answer *a);

/* The loader's own life. Exit status for main. */
int loader_main(int argc, char **argv);

#endif
