/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay: what the two parts of the backend share. replay.c owns the files and the flow of
 * pages, replay_tracers.c says which events they have. Nobody else includes this.
 */
#ifndef BACKENDS_REPLAY_H
#define BACKENDS_REPLAY_H

#include <signal.h>

#include "backends/backend.h"
#include "tracefs/dat.h"

struct replay_file {
	const char *path; /* borrowed from the environment */
	struct dat *dat;
	struct source *sources[DAT_BUFFERS_MAX];
	unsigned left[DAT_BUFFERS_MAX]; /* CPUs of each buffer that have pages left */
	bool gone;			/* it shrank: nothing more is read */
};

/* The pages of one CPU of one buffer that are still to come. */
struct track {
	uint64_t ts; /* of the next page */
	uint64_t next, pages;
	struct replay_file *file;
	struct run *run; /* made with the first page */
	uint16_t buffer, cpu;
};

struct replay {
	struct replay_file *files;
	unsigned count;
	struct track *heap; /* the track with the oldest next page first */
	size_t tracks;
	uint8_t *scratch;
	struct symbols *symbols;
	struct sigaction old_bus;
	bool bus_caught, started;
};

/* The slots of the table that are about tracers; see backend.h. */
int replay_list(struct backend *b, const char *pattern, tracer_visit_fn visit, void *data,
		struct err *e);
int replay_groups(struct backend *b, bool anew, group_visit_fn visit, void *data, struct err *e);
int replay_schema(struct backend *b, const char *group, const char *name, const struct schema **ret,
		  struct err *e);
int replay_enable(struct backend *b, const char *group, const char *name, bool on, struct err *e);
int replay_status(struct backend *b, const char *group, const char *name,
		  struct tracer_status *ret);

#endif
