/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file: a trace.dat while it is being written: valid at every moment.
 *
 * Version 6 with slack: every format, the names and all tables stand in a head that was allocated
 * when the file was made, and each (buffer, CPU) has a sparse region of its own behind it. Pages
 * go to their region first, then, with dat_file_commit, the 16 bytes of the table that make them
 * count. So after a kill or on a full disk the file holds what the last commit said, and any reader
 * opens it. What does not fit the slack turns the file into version 7 in the same layout, by one
 * small write at its beginning. A clean end takes the holes out.
 *
 * With compress it is version 7 from the start, with chunks of zstd in the regions.
 *
 * Not thread-safe: one thread, the writer's, calls everything. It may sleep in every call: the disk
 * does.
 */
#ifndef TRACEFS_DAT_FILE_H
#define TRACEFS_DAT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "tracefs/dat_meta.h"

struct dat_file;

/* What is kept free of a disk: a recording ends before it is full. */
#define DAT_FILE_RESERVE (16u << 20)

struct dat_file_conf {
	const char *path; /* for messages, and for the copy at the end */
	int fd;		  /* the empty regular file, open for reading and writing; taken over */
	struct dat_meta *meta;	    /* taken over */
	int version;		    /* 6 or 7; 0: 6, or 7 where compress says so */
	bool compress;		    /* version 7 with zstd */
	bool whole;		    /* no crash to survive: no sparse regions longer than needed
				     * (report, cut and convert know what they write) */
	const char *const *buffers; /* names of the named buffers known now; NULL-ended */
};

/*
 * Lays the file out and makes it a valid one without events. Takes fd and meta over even where it
 * fails. -ENOSPC, -EFBIG, -EOPNOTSUPP (a file system without sparse files), with what would help.
 */
int dat_file_new(const struct dat_file_conf *c, struct dat_file **ret, struct err *e);

/* The index of a named buffer ("" is the top one, 0); one not declared is added. -Exxx. */
int dat_file_buffer(struct dat_file *f, const char *name, struct err *e);

/*
 * A format the head does not have yet. One id has one format in a file: another text for an id that
 * is taken gets an id of its own, downward from 32767, and *ret_id says so; records are relabelled
 * by the caller.
 */
int dat_file_format(struct dat_file *f, const char *system, const char *text, size_t size,
		    uint16_t *ret_id, struct err *e);

/* A name to be in the file at the next commit; a tid that comes again replaces its name. */
void dat_file_comm(struct dat_file *f, int32_t tid, const char *comm);

/* A part of a page; the bytes are the records from offset `from` on, in the file's byte order. */
struct dat_part {
	unsigned buffer, cpu;
	uint64_t ts;   /* of the page's header */
	uint64_t lost; /* before the page's first record; LOST_UNKNOWN: some */
	const uint8_t *bytes;
	uint32_t from, size;  /* where they belong in the page's records, and how many they are */
	uint64_t first, last; /* times of the first and last record of the whole page so far */
};

/*
 * Writes a part. from 0 begins the next page of this (buffer, CPU); from > 0 goes on with the page
 * begun last. A CPU beyond the table's is -ERANGE. -ENOSPC when less than the reserve is left: then
 * nothing of this part counts, and what was written before is whole.
 */
int dat_file_put(struct dat_file *f, const struct dat_part *p, struct err *e);

/* Makes everything that was put count: once a second, and before anything risky. */
int dat_file_commit(struct dat_file *f, struct err *e);

/* Bytes the file takes on the disk now, about; not its size with holes. */
uint64_t dat_file_bytes(const struct dat_file *f);

/* 6 or 7, as it stands now. */
int dat_file_version(const struct dat_file *f);

/* What the kernel counted for a CPU of the top buffer, for the CPUSTAT options: text as in
 * per_cpu/cpuN/stats. Before finish. */
void dat_file_stat(struct dat_file *f, unsigned cpu, const char *text);

/*
 * The clean end: commits, takes the holes out (by collapsing them; where the file system cannot, by
 * a copy beside it, PATH.partXXXXXX, that replaces it), syncs, closes and frees. While holes are
 * collapsed it is a file of version 7. Where the end fails the file stays valid as it is; the error
 * says what is left. The size of the finished file goes to ret_size (or NULL). NULL-safe.
 */
int dat_file_finish(struct dat_file *f, uint64_t *ret_size, struct err *e);

/* Closes and frees without any of it, as a crash would. For tests, and after errors. NULL-safe. */
void dat_file_abandon(struct dat_file *f);

#endif
