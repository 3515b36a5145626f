/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity: who had a thread id at a time.
 *
 * Learns from task_newtask, sched_process_fork, _exec, _exit, task_rename and cgroup_attach_task,
 * from one scan of /proc at the start, and from the names and tapdeck:task events a trace file
 * brings. A tid is used again by the kernel, so every answer is for (tid, time). A thread that
 * ended is remembered until identity_forget says that no row that old is left. Events of different
 * CPUs may come out of order; an exit may be learned before older events of its thread.
 *
 * Nothing here opens /proc by the way: only identity_scan and identity_detail do.
 */
#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/container.h"
#include "core/err.h"
#include "core/row.h"
#include "core/schema.h"

#define COMM_LEN 16

struct identity;

struct process {
	int32_t pid;
	int32_t ppid;	     /* of who made it; -1 while unknown */
	uint64_t start, end; /* ns; start 0: before we looked, end UINT64_MAX: alive */
	uint32_t uid;	     /* the effective one; UINT32_MAX while unknown */
	const char *exe;     /* NULL while unknown; owned by the table */
	const char *cgroup;  /* the path that says most; NULL while unknown */
	const char *cmdline; /* arguments with blanks between them; NULL while unknown, or none */
	const struct container *container; /* NULL: in none, or unknown while cgroup is NULL */
	uint32_t pidns;			   /* inode of its pid namespace; 0 while unknown */
	int32_t nspid;			   /* its id in there; -1 while unknown */
	char comm[COMM_LEN];		   /* of the leader, the latest */
	uint32_t threads;		   /* live ones we know of */
	uint32_t index;			   /* running number, never reused: a key for summaries */
};

struct task {
	int32_t tid;
	uint64_t start, end;	 /* the span in which the tid was this thread's */
	struct process *process; /* NULL while it is not known of which process it is */
	uint32_t index;		 /* running number, never reused */
};

struct identity_conf {
	const char *proc; /* where procfs is; NULL: host_procfs() */
	const char *root; /* what stands before the files of engines; NULL: host_root() */
	bool live;	  /* may look into them (not for recordings) */
};

struct identity *identity_new(const struct identity_conf *c);
void identity_free(struct identity *id);

/*
 * Reads every process and thread of /proc once; call it after the identity tracers are on. -EXDEV
 * in a pid namespace of its own, whose ids are not those of the events: names then come from events
 * alone. 0 and nothing done when not live.
 */
int identity_scan(struct identity *id, struct err *e);

/*
 * Who had tid at ts: NULL when nobody is known. Never another life of the same tid. A task without
 * a known start holds from the end of the life before it; one that ended answers for another 10 s,
 * if no other begins: a dying thread emits events behind its exit. Tasks and processes are
 * borrowed until the next learning, scan, hint or forgetting; keep their index instead.
 */
const struct task *identity_task(const struct identity *id, int32_t tid, uint64_t ts);

/* The name the thread had at ts, "<...>" when unknown, "<idle>" for tid 0. Borrowed as above. */
const char *identity_comm(const struct identity *id, int32_t tid, uint64_t ts);

/* The process id of tid at ts; -1 when unknown (never the tid), 0 for the idle task. */
int32_t identity_pid(const struct identity *id, int32_t tid, uint64_t ts);

/*
 * The times around ts, [*from, *until), for which identity_task, _comm, _pid and _place of tid all
 * say what they say for ts. Good until the next learning, as the answers are.
 */
void identity_span(const struct identity *id, int32_t tid, uint64_t ts, uint64_t *from,
		   uint64_t *until);

/*
 * Fills exe, command line, uid, cgroup, container and namespace of a process that lives, from
 * /proc, once after each exec; false when it is gone or not live. A child got its parent's until it
 * is read. In a recording: what that says of it, or of who made it.
 */
bool identity_detail(struct identity *id, struct process *p);

/*
 * Reads up to `most` of those who live and were not read yet, as identity_detail does; 0: there are
 * no more. For who must know them all, a few at a time.
 */
unsigned identity_detail_some(struct identity *id, unsigned most);

/* The control group and container p was in at ts; p itself says the latest. NULL as in p. */
void identity_place(const struct process *p, uint64_t ts, const char **cgroup,
		    const struct container **container);

/* Whether p was read since it executes what it does, and has not what its parent had. */
bool identity_is_read(const struct process *p);

/*
 * Says that details will be asked for: from now on whoever executes something is read at once (as
 * far as they are not too many), for who lives shortly cannot be read when his rows are looked at.
 * The first asking says it as well.
 */
void identity_want(struct identity *id);

/*
 * Opens the directory in proc of a process that lives: behind it nobody else ever appears. The
 * caller closes it. -ESRCH when the process is gone or the table is not live.
 */
int identity_open(struct identity *id, struct process *p);

/* ---- learning ---- */

/* Which role a schema plays, by system, name and the fields it has. */
enum schema_role identity_role(const struct schema *s);

/* Learns from one record whose schema has a role. The same hit seen through two instances counts
 * once. */
void identity_learn(struct identity *id, const struct schema *s, uint64_t ts, const uint8_t *rec,
		    uint32_t size);

/* A name without a time, from saved_cmdlines or a trace file, for want of a better one. */
void identity_hint(struct identity *id, int32_t tid, int32_t pid, const char *comm);

/* Forgets threads and processes that ended before ts (the oldest row left in the store). */
void identity_forget(struct identity *id, uint64_t ts);

/* How many live and remembered tasks there are, and the bytes they take. */
void identity_stats(const struct identity *id, size_t *tasks, size_t *processes, size_t *bytes);

/*
 * The process that made p, by its fork or by what /proc says; NULL when it is not known or
 * forgotten. *ret_index is its number even then, if it was ever known; else UINT32_MAX.
 */
const struct process *identity_maker(const struct identity *id, const struct process *p,
				     uint32_t *ret_index);

/* When the first thread of p first had a name for which fn is true; UINT64_MAX: never so far. */
uint64_t identity_named(const struct process *p, bool (*fn)(const char *comm, void *data),
			void *data);

/* Since when p executes p->exe: its exec, or its start where that is not known. */
uint64_t identity_exe_since(const struct process *p);

/* Who is told of processes that change, and of what will be forgotten. */
struct identity_watch {
	/* p executes something else, or its first thread has another name; or NULL. Learns
	 * nothing. */
	void (*changed)(struct identity_watch *w, struct process *p);
	/* p was read; or NULL. Learns nothing. */
	void (*detailed)(struct identity_watch *w, struct process *p);
	/* What ended before ts will be forgotten; or NULL. */
	void (*forgetting)(struct identity_watch *w, uint64_t ts);
	struct identity *identity; /* NULL: it watches nobody, or the table is gone */
	struct identity_watch *prev, *next;
};

void identity_watch(struct identity *id, struct identity_watch *w);
/* Ends it; also when the table is gone, or it never began. */
void identity_unwatch(struct identity_watch *w);

/* Calls fn for every process known, the highest index first; stops when it returns false. */
void identity_each(struct identity *id, bool (*fn)(struct process *p, void *data), void *data);

/* Calls fn for every thread that lived at ts and whose process is known, with its name then. */
void identity_living(const struct identity *id, uint64_t ts,
		     void (*fn)(const struct task *t, const char *comm, void *data), void *data);

/* Calls fn with the last name of every thread known, ended ones too; one call for a tid. */
void identity_names(const struct identity *id,
		    void (*fn)(int32_t tid, const char *comm, void *data), void *data);

#endif
