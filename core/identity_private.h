/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_private: the inside of the identity table, shared by its own files alone.
 *
 * identity.c answers and forgets; identity_lives.c and identity_names.c put facts in their
 * place in time; identity_process.c keeps processes, identity_join.c joins lives to them;
 * identity_learn.c reads records, identity_proc.c and identity_detail.c read /proc,
 * identity_told.c takes what a recording has instead. Nobody else includes this.
 *
 * A life is one use of a tid. What is learned are facts with a time, and they come in any
 * order: every function here leaves the table as if they had come in order.
 */
#ifndef CORE_IDENTITY_PRIVATE_H
#define CORE_IDENTITY_PRIVATE_H

#include <sys/types.h>

#include "core/identity.h"
#include "core/util.h"

#define TID_LIMIT (4 << 20) /* PID_MAX_LIMIT of 64-bit kernels */
#define LEAF_BITS 4	    /* small leaves: 100,000 tids spread over all of the range stay cheap */
#define LEAF_SIZE (1 << LEAF_BITS)

/* A thread runs on for a while behind its exit event: the mm is torn down, it is switched away. */
#define DYING_NS (10 * NSEC_PER_SEC)
/* One tracepoint hit seen through two instances has two times this close. */
#define SAME_HIT_NS (100 * 1000ULL)
/* /proc says the start in ticks of 10 ms. */
#define PROC_SLACK_NS (20 * NSEC_PER_MSEC)

#define UNKNOWN_COMM "<...>"

/* How the start of a life is known; 0: it floats, from the end of the life before it. */
enum born {
	BORN_SCAN = 1,	  /* /proc, to a tick */
	BORN_FORK = 2,	  /* sched_process_fork */
	BORN_NEWTASK = 4, /* task_newtask */
	BORN_TAKEN = 8, /* exec of a thread that took the leader's tid: floats too, up to `first` */
};

/* How the end is known, weakest first. */
enum ended {
	END_NONE,  /* alive */
	END_NEXT,  /* the tid began another life */
	END_GROUP, /* the process was said to be gone, the thread's own exit not seen */
	END_EVENT, /* its own exit */
};

/* How the first name of a life is known, weakest first. */
enum name_rank { NAME_NONE, NAME_HINT, NAME_PROC, NAME_OLD, NAME_BORN };

enum life_flag {
	LIFE_THREAD = 1,     /* CLONE_THREAD */
	LIFE_SIBLING = 2,    /* CLONE_PARENT */
	LIFE_SURE = 4,	     /* /proc named the process */
	LIFE_GROUP_DEAD = 8, /* its exit was the process's */
	LIFE_QUEUED = 16,    /* stands in the heap of ended lives */
};

struct name {
	uint64_t since;
	char comm[COMM_LEN];
};

struct life;

/* The names before the last one, oldest first; v[0] is the first name, since 0. */
struct names {
	struct names *prev, *next; /* all lives that have such names */
	struct life *life;
	uint32_t n, cap;
	struct name v[];
};

/* The lives before the newest one of a tid, oldest first. */
struct past {
	uint32_t first, n, cap;
	struct life *v[];
};

struct life {
	struct task task; /* first: a struct task * is a struct life * */
	struct name last;
	struct names *names;	  /* NULL: only one name was known */
	struct past *past;	  /* hangs on the newest life of a tid */
	struct life *next, *prev; /* lives of the same process */
	uint64_t first;	 /* floating start: the oldest fact known, or the time of the exec */
	int32_t creator; /* tid; 0 while unknown */
	uint8_t born, ended, rank, flags;
};

struct proc {
	struct process pub; /* first: a struct process * is a struct proc * */
	struct life *lives;
	struct life *leader; /* the newest with tid == pid, NULL while unknown */
	struct proc *prev, *next;
	uint64_t last_end; /* the latest end of lives that were forgotten */
	uint64_t dead;	   /* when a thread's exit said that the group is gone, else UINT64_MAX */
	uint64_t exe_ts;   /* of the exec that exe is from; 0: inherited or from /proc */
	struct standings *moved; /* NULL: it was never seen to move */
	uint64_t told;	   /* when /proc was read last, or a recording says it was so; 0: never */
	uint32_t parent;   /* index of the process it inherited from */
	uint32_t resolved; /* the table's `news` when makers were asked */
	bool detailed;	   /* /proc was read since the last exec, or a recording says it */
	uint8_t failed;	   /* how often it could not be */
};

/*
 * A birth (life), or, under the tid that was the leader's at the time, an exec (text: what) or a
 * move to another control group (text: its path).
 */
struct recent {
	uint64_t ts;
	struct life *life;
	const char *text;
	int32_t tid;
	int16_t root; /* number of the hierarchy */
	bool is_move;
};

/* A control group a process was in from a time on. */
struct standing {
	uint64_t since;
	const char *cgroup;
	const struct container *container;
};

/* Those before the one it is in now, oldest first; v[0] since 0. */
struct standings {
	uint64_t since; /* of the one it is in now */
	int16_t root;	/* the hierarchy that is followed */
	uint16_t n, cap;
	struct standing v[];
};

struct grave {
	uint64_t end;
	struct life *life;
};

struct interned;
struct role_fields;

struct identity {
	struct life ***leaves; /* [tid >> LEAF_BITS][tid & LEAF_SIZE - 1] -> newest life */
	struct life *idle;
	struct proc *procs;
	struct names *renamed;
	/* Births of the last seconds by time: what they were joined to may have to be joined anew.
	 */
	struct recent *recent;
	size_t recent_count, recent_cap;
	/* A heap of ended lives, the oldest end on top. */
	struct grave *graves;
	size_t grave_count, grave_cap;
	struct interned **strings;
	size_t string_count, string_buckets;
	struct role_fields **fields; /* by schema->index */
	size_t fields_count;
	uint64_t scanned; /* when the scan began; 0: never */
	uint64_t scan_end;
	uint64_t forgotten; /* what ended before is gone */
	uint64_t trimmed;   /* names were trimmed up to here */
	size_t tasks, processes, bytes;
	uint32_t next_task, next_process;
	char *proc_path;
	struct containers *containers;
	struct identity_watch *watches;
	uint32_t pidns;	   /* that of its pid 1; 0: not known */
	uint32_t tellings; /* how many processes a recording told of */
	uint32_t unread;   /* below this index living processes may not be read yet */
	bool all_read;	   /* those who lived when somebody asked first */
	bool wanted;	   /* somebody asked for details: who begins is read while he lives */
	uint64_t second;   /* in which so many were read when they began */
	unsigned reads;
	bool births; /* they are heard of */
	bool live;
};

/* ---- identity.c: allocation that is counted ---- */

void *identity_alloc(struct identity *id, size_t size);
void identity_drop(struct identity *id, void *p, size_t size);
/* Grows an array to hold count elements of size bytes; returns it and sets *cap. */
void *identity_room(struct identity *id, void *v, size_t count, size_t *cap, size_t size);

/* ---- identity_lives.c ---- */

struct birth {
	uint64_t ts;
	int32_t tid, creator;
	uint8_t born, flags;
	const char *comm;
};

/* The newest life of a tid, or NULL. */
static inline struct life *life_newest(const struct identity *id, int32_t tid)
{
	struct life **leaf;

	if (unlikely((uint32_t)tid >= TID_LIMIT))
		return NULL;
	leaf = id->leaves[tid >> LEAF_BITS];
	return likely(leaf) ? leaf[tid & (LEAF_SIZE - 1)] : NULL;
}

static inline bool tid_valid(int64_t tid)
{
	return tid > 0 && tid < TID_LIMIT;
}

/* How many lives of the tid began at or before ts: the one at ts is number n - 1. */
unsigned lives_upper(const struct life *newest, uint64_t ts);
unsigned lives_count(const struct life *newest);
struct life *lives_get(const struct life *newest, unsigned i);

/* The life that began last at or before ts, ended or not; NULL when none did. */
struct life *life_at(const struct identity *id, int32_t tid, uint64_t ts);

/* Makes a life without a process and puts it at place i of its tid. */
struct life *life_insert(struct identity *id, int32_t tid, unsigned i, uint64_t start);
/* Takes a life out of its tid and process and frees it. */
void life_delete(struct identity *id, struct life *l);

/* The facts. Each returns the life it belongs to, made when nobody was known. */
struct life *life_born(struct identity *id, const struct birth *b);
struct life *life_end(struct identity *id, int32_t tid, uint64_t ts, unsigned flags);
struct life *life_alive(struct identity *id, int32_t tid, uint64_t ts);
struct life *life_taken(struct identity *id, int32_t tid, uint64_t ts);

void life_set_end(struct identity *id, struct life *l, uint64_t end, enum ended how);
/* Takes back an end that was only concluded. */
void life_reopen(struct identity *id, struct life *l);
void life_set_start(struct life *l, uint64_t start);

/* ---- identity_names.c ---- */

/* comm as the kernel keeps it: at most 15 bytes, the rest of the 16 zero. */
void comm_copy(char to[COMM_LEN], const char *s, size_t len);
void life_rename(struct identity *id, struct life *l, uint64_t ts, const char *old,
		 const char *comm);
/* The name from the beginning of the life on; a weaker word than what is known is ignored. */
void life_first_name(struct life *l, const char *comm, enum name_rank rank);
/* Moves the names of [lo, hi), never the first one, to another life. */
void names_move(struct identity *id, struct life *from, struct life *to, uint64_t lo, uint64_t hi);
/* The time of the first name that has one, UINT64_MAX without. */
uint64_t names_first(const struct life *l);
/* Drops names that no row from ts on can need. */
void names_trim(struct identity *id, uint64_t ts);
void names_free(struct identity *id, struct life *l);
const char *names_at(const struct life *l, uint64_t ts);
/* Narrows [*from, *until) to the times around ts in which the thread has one name. */
void names_span(const struct life *l, uint64_t ts, uint64_t *from, uint64_t *until);

/* ---- identity_process.c ---- */

/* Sets *to to the one copy of a string (NULL: none) and lets go of what was there. */
void intern_set(struct identity *id, const char **to, const char *s, size_t len);

struct proc *proc_new(struct identity *id, int32_t pid);
static inline struct proc *life_proc(const struct life *l)
{
	return (struct proc *)l->task.process;
}

static inline bool proc_leads(const struct life *l, const struct proc *p)
{
	return l->task.tid == p->pub.pid;
}

/* Makes l a thread of p (NULL: of none); a process without lives is freed. */
void proc_attach(struct identity *id, struct life *l, struct proc *p);
/* Takes a life out that is about to be forgotten. */
void proc_bury(struct identity *id, struct life *l);
/* Counts again after the exit of the group turned out to be another life's. */
void proc_count_dead(struct identity *id, struct proc *p);
/* Counts again after a life of it began or ended. */
void proc_life_changed(struct life *l, bool was_alive);
/* The process of which l is the leader, made when there is none. */
struct proc *proc_lead(struct identity *id, struct life *l);
void proc_set_exe(struct identity *id, struct proc *p, const char *exe, size_t len, uint64_t ts);
/* The whole group was gone at ts: threads whose exit was not seen end there. */
void proc_group_dead(struct identity *id, struct proc *p, uint64_t ts);
/* ---- identity_join.c ---- */

/* Remembers a birth or an exec; recent_redo joins all from a time on to their processes anew. */
void recent_add(struct identity *id, uint64_t ts, struct life *l);
void recent_add_exec(struct identity *id, uint64_t ts, int32_t tid, const char *exe, size_t len);
void recent_redo(struct identity *id, uint64_t from);
void recent_add_move(struct identity *id, uint64_t ts, int32_t tid, int root, const char *path,
		     size_t len);
void recent_forget(struct identity *id, uint64_t ts);
/* An exec not older than since was another process's. */
void proc_drop_exe(struct identity *id, struct proc *p, uint64_t since);

/* ---- identity_proc.c: /proc as it is ---- */

struct proc_clocks {
	uint64_t tick_ns;
	uint64_t asleep; /* boot time less monotonic time */
};

struct stat_line {
	char comm[COMM_LEN];
	char state;
	int32_t ppid;
	uint64_t threads;
	uint64_t start; /* ns, monotonic */
	bool exiting;	/* its memory, user and control groups are no longer there */
};

void proc_clocks(struct proc_clocks *c);
/* Reads a small file whole; returns its bytes, NUL behind them, or -Exxx. */
ssize_t proc_read(int dir, const char *path, char *buf, size_t size);
/* Reads a stat file; false when it is gone or no such file. */
bool proc_stat(const struct proc_clocks *c, int dir, const char *path, struct stat_line *ret);
/* The inode a link of PID/ns says, such as pid:[4026531836]; 0: it cannot be read. */
uint32_t proc_ns(int dir, const char *path);
/* Could who lives now and started then be the one of this life? */
bool proc_same_life(const struct life *l, uint64_t start);

#define INITIAL_PIDNS 4026531836u /* PROC_PID_INIT_INO, part of the ABI */

/* ---- identity_detail.c ---- */

/* Gives a process the control group, container and user of its parent (NULL: of nobody). */
void detail_inherit(struct identity *id, struct proc *p, const struct proc *parent);
/* A process executes something: reads it while it lives, if anybody ever asked for such things. */
void detail_exec(struct identity *id, int32_t pid, uint64_t ts);
/* What a recording says of a process: it was so at `since`. Texts may be NULL or hold anything. */
struct told_text {
	const char *s;
	uint32_t len;
};

struct told {
	uint64_t since;
	uint32_t uid, pidns;
	int32_t nspid;
	struct told_text exe;
	const char *cgroup; /* NULL: not known */
	struct container_told names;
};

void detail_told(struct identity *id, struct proc *p, const struct told *t);
/* Gives a process of which nothing was told what those who made it had at its birth. */
void detail_resolve(struct identity *id, struct proc *p);
/* What was told of a time from `since` on was another life's of the tid. */
void detail_move(struct identity *id, struct proc *from, struct proc *to, uint64_t since);
/* Lets go of all that was read of a process. */
void detail_free(struct identity *id, struct proc *p);

/* ---- identity_standing.c: in which control group a process was ---- */

/* It moved at ts; a path of a hierarchy that says less than what is known is passed over. */
void standing_put(struct identity *id, struct proc *p, uint64_t ts, int root, const char *path);
struct standing standing_at(const struct proc *p, uint64_t ts);
/* Sets where it was in the beginning; takes nothing over. */
void standing_set_first(struct identity *id, struct proc *p, const struct standing *st);
/* A recording says it was in this group; p is not changed where moves say so already. */
bool standing_knows(struct identity *id, struct proc *p, const char *path,
		    const struct container_told *names);
/* Moves from a time on were another process's. */
void standing_drop(struct identity *id, struct proc *p, uint64_t since);
void standing_span(const struct proc *p, uint64_t ts, uint64_t *from, uint64_t *until);
void standing_free(struct identity *id, struct proc *p);

/* ---- identity_watch.c ---- */

void watches_done(struct identity *id);
void watches_changed(struct identity *id, struct process *p);
void watches_detailed(struct identity *id, struct process *p);
void watches_forgetting(struct identity *id, uint64_t ts);

/* ---- identity_learn.c ---- */

void learn_done(struct identity *id);

#endif
