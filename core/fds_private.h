/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fds_private: what fds.c (changes and answers) and fds_learn.c (records that say of changes)
 * share.
 */
#ifndef CORE_FDS_PRIVATE_H
#define CORE_FDS_PRIVATE_H

#include "core/fds.h"
#include "core/util.h"

#define CHANGES	     16384u /* a power of two */
#define BUCKETS	     4096u
#define CHAIN_MAX    64	  /* changes looked at for one answer; with more it is not known */
#define ALL	     (-1) /* of a process: every descriptor */
#define ANSWERS	     512u /* sets of WAYS */
#define WAYS	     4
#define NAME_MAX_LEN 1024
#define DIRS	     32
#define CALLS	     512
#define REASK	     (NSEC_PER_SEC / 2) /* for answers that are not sure */

struct change {
	uint64_t ts, peak; /* peak: the latest time from here on back in the chain */
	uint64_t before;   /* its number + 1 in the chain, 0: none */
	uint32_t process;
	int32_t fd;
};

struct answer {
	char *name;	      /* NULL: there was no such descriptor, or the slot is empty */
	uint64_t from, asked; /* between these it was; asked 0: empty */
	uint32_t process;
	int32_t fd;
};

/* /proc/PID of a process: behind it nobody else ever appears. */
struct dir {
	uint32_t process;
	int fd;
	bool used;
};

/* Where a schema has what we read. */
struct fds_source {
	bool known;
	bool all;	   /* every call comes with it */
	uint32_t quick_at; /* where the call's number is, 8 bytes in our order; 0: ask the field */
	const struct field *nr, *args, *arg[2], *ret;
	const struct field *pid;
};

struct fds {
	struct fds_conf conf;
	struct change changes[CHANGES];
	uint64_t count;		 /* of changes, ever */
	uint64_t heads[BUCKETS]; /* number + 1 of the last change */
	uint64_t forgotten;	 /* changes below this time may have left the ring */
	uint64_t reached;	 /* all below was learned */
	uint64_t since;		 /* from here on all changes were seen; UINT64_MAX: no */
	uint64_t asked;		 /* when it was asked whether the events of single calls are on */
	bool blind;		 /* some are kept out */
	struct answer answers[ANSWERS][WAYS];
	struct dir dirs[DIRS];
	unsigned next_dir;
	uint8_t does[CALLS];
	struct fds_source *sources; /* by the schema's index */
	size_t source_count;
};

/* ---- fds.c ---- */

/* Remembers that fd of a process (ALL: each of them) became another one. */
void fds_change(struct fds *f, uint32_t process, int32_t fd, uint64_t ts);

/* ---- fds_learn.c ---- */

/* Finds the numbers of the calls that open and close. */
void fds_find_calls(struct fds *f);

#endif
