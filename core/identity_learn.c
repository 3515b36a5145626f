/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_learn: from records to facts.
 *
 * Owns, for each schema with a role, which of its fields say what: found by name once.
 * Records are hostile: what is too short or names a tid that no kernel gives is passed over.
 * Opens no file.
 */
#include "core/fds.h"
#include "core/identity_private.h"

#include <stdlib.h>
#include <string.h>

#define CLONE_PARENT_FLAG 0x8000
#define CLONE_THREAD_FLAG 0x10000
#define ROLE_FIELDS	  14
#define TS_MAX		  (UINT64_MAX - 2) /* UINT64_MAX means "alive" and "never" */

struct role_fields {
	const struct field *f[ROLE_FIELDS];
};

struct record {
	const struct schema *schema;
	const struct role_fields *fields;
	const uint8_t *p;
	uint32_t size;
	uint64_t ts;
};

typedef void (*learn_fn)(struct identity *id, const struct record *r);

/* ---- reading ---- */

static int64_t get_int(const struct record *r, const struct field *f)
{
	uint64_t v;

	if (!f || !field_int(r->schema, f, r->p, r->size, &v))
		return -1;
	return (int64_t)v;
}

/* A tid, or -1 when the field holds none. */
static int32_t get_tid(const struct record *r, unsigned i)
{
	const struct field *f = r->fields->f[i];
	int64_t tid;

	/* The usual case without a call: sched_switch comes a million times a second. */
	if (likely(f && f->place == FIELD_FIXED && f->size == 4 && !r->schema->machine.swap)) {
		if (unlikely(f->offset > r->size || r->size - f->offset < 4))
			return -1;
		tid = (int32_t)load_u32(r->p + f->offset);
	} else {
		tid = get_int(r, f);
	}
	return tid_valid(tid) ? (int32_t)tid : -1;
}

/* A comm into buf; false when there is none. */
static bool get_comm(const struct record *r, unsigned i, char buf[COMM_LEN])
{
	const struct field *f = r->fields->f[i];
	const char *s;
	uint32_t len;

	s = f ? field_str(r->schema, f, r->p, r->size, &len) : NULL;
	if (!s)
		return false;
	comm_copy(buf, s, len);
	return true;
}

static int32_t emitter(const struct record *r)
{
	int64_t tid = get_int(r, r->schema->pid);

	return tid_valid(tid) ? (int32_t)tid : 0;
}

/* ---- roles ---- */

/* An exec, or more, learned before this birth was put to the one who had the tid before. */
static void drop_later_exec(struct identity *id, const struct life *l)
{
	const struct life *newest = life_newest(id, l->task.tid);
	unsigned n = lives_upper(newest, l->task.start);
	struct proc *p;

	while (n-- > 0) {
		p = life_proc(lives_get(newest, n));
		if (!p || p == life_proc(l))
			continue;
		if (p->pub.pid != l->task.tid)
			return;
		if (life_proc(l) && proc_leads(l, life_proc(l)))
			detail_move(id, p, life_proc(l), l->task.start);
		proc_drop_exe(id, p, l->task.start);
		standing_drop(id, p, l->task.start);
		return;
	}
}

static void learn_birth(struct identity *id, const struct birth *b)
{
	struct life *l = life_born(id, b);

	if (b->born != BORN_NEWTASK)
		return;
	if (!(b->flags & LIFE_THREAD))
		proc_lead(id, l);
	drop_later_exec(id, l);
	recent_add(id, l->task.start, l);
	recent_redo(id, l->task.start);
}

static void learn_newtask(struct identity *id, const struct record *r)
{
	char comm[COMM_LEN];
	int64_t flags = get_int(r, r->fields->f[2]);
	struct birth b = {
		.ts = r->ts,
		.tid = get_tid(r, 0),
		.creator = emitter(r),
		.born = BORN_NEWTASK,
	};

	if (b.tid < 0 || flags == -1)
		return;
	id->births = true;
	b.comm = get_comm(r, 1, comm) ? comm : NULL;
	b.flags = (flags & CLONE_THREAD_FLAG ? LIFE_THREAD : 0) |
		  (flags & CLONE_PARENT_FLAG ? LIFE_SIBLING : 0);
	learn_birth(id, &b);
}

/* Cannot tell a thread from a process: alone it says no more than that a life began. */
static void learn_fork(struct identity *id, const struct record *r)
{
	char comm[COMM_LEN];
	struct birth b = {
		.ts = r->ts, .tid = get_tid(r, 0), .creator = get_tid(r, 2), .born = BORN_FORK
	};

	if (b.tid < 0)
		return;
	if (b.creator < 0)
		b.creator = emitter(r);
	b.comm = get_comm(r, 1, comm) ? comm : NULL;
	learn_birth(id, &b);
}

/* A thread's exec ends the others, and it goes on under the leader's tid. */
static void learn_takeover(struct identity *id, int32_t pid, int32_t old, uint64_t ts)
{
	struct life *l = life_taken(id, pid, ts), *t = life_at(id, old, ts);
	struct proc *p = t ? life_proc(t) : NULL;

	if (!life_proc(l) && p && p->pub.pid == pid)
		proc_attach(id, l, p);
	life_end(id, old, ts, 0); /* it has no exit event: its tid is free now */
	recent_add(id, l->first, l);
	recent_redo(id, l->first);
	p = proc_lead(id, l);
	for (struct life *m = p->lives; m; m = m->next)
		if (m != l && m->ended == END_NONE && m->task.start < ts)
			life_set_end(id, m, ts, END_GROUP);
}

static void learn_exec(struct identity *id, const struct record *r)
{
	int32_t pid = get_tid(r, 0), old = get_tid(r, 2);
	const char *exe;
	uint32_t len;

	if (pid < 0)
		return;
	if (old > 0 && old != pid)
		learn_takeover(id, pid, old, r->ts);
	else
		life_alive(id, pid, r->ts);
	exe = field_str(r->schema, r->fields->f[1], r->p, r->size, &len);
	recent_add_exec(id, r->ts, pid, exe ? exe : "", exe ? len : 0);
	recent_redo(id, r->ts);
	detail_exec(id, pid, r->ts);
}

static void learn_exit(struct identity *id, const struct record *r)
{
	char comm[COMM_LEN];
	int32_t tid = get_tid(r, 0);
	bool group = get_int(r, r->fields->f[2]) > 0;
	struct life *l;

	if (tid < 0)
		return;
	l = life_end(id, tid, r->ts, group ? LIFE_GROUP_DEAD : 0);
	if (!l)
		return;
	if (get_comm(r, 1, comm))
		life_first_name(l, comm, NAME_HINT);
	if (group && life_proc(l))
		proc_group_dead(id, life_proc(l), l->task.end);
}

static void learn_rename(struct identity *id, const struct record *r)
{
	char comm[COMM_LEN], old[COMM_LEN];
	int32_t tid = get_tid(r, 0);
	struct life *l;

	if (tid < 0 || !get_comm(r, 1, comm))
		return;
	l = life_alive(id, tid, r->ts);
	life_rename(id, l, r->ts, get_comm(r, 2, old) ? old : NULL, comm);
	if (life_proc(l) && proc_leads(l, life_proc(l)))
		watches_changed(id, l->task.process);
}

/* A name for a tid of which nothing better is known. */
static void learn_seen(struct identity *id, const struct record *r, unsigned tid_field,
		       unsigned comm_field)
{
	char comm[COMM_LEN];
	int32_t tid = get_tid(r, tid_field);
	struct life *l;

	if (tid < 0)
		return;
	l = life_newest(id, tid);
	if (likely(l && l->rank != NAME_NONE && r->ts >= l->task.start && r->ts < l->task.end))
		return;
	l = identity_task(id, tid, r->ts) ? life_at(id, tid, r->ts) : NULL;
	if ((l && l->rank != NAME_NONE) || !get_comm(r, comm_field, comm))
		return;
	life_first_name(l ? l : life_alive(id, tid, r->ts), comm, NAME_HINT);
}

static void learn_switch(struct identity *id, const struct record *r)
{
	learn_seen(id, r, 0, 1);
	learn_seen(id, r, 2, 3);
}

/* The thread of a recorded task, at a time when it was so. */
static void learn_thread(struct identity *id, const struct record *r, int32_t tid, int32_t pid,
			 uint64_t ts)
{
	struct life *l = life_alive(id, tid, ts), *leader;
	int64_t ppid = get_int(r, r->fields->f[2]);
	char comm[COMM_LEN];
	struct proc *p;

	if (l->born & (BORN_NEWTASK | BORN_SCAN))
		return;
	if (get_comm(r, 3, comm) && strcmp(comm, UNKNOWN_COMM) != 0 && names_first(l) > ts)
		life_first_name(l, comm, NAME_OLD);
	leader = pid == tid ? l : life_alive(id, pid, ts);
	if (leader->flags & LIFE_THREAD || (pid != tid && life_proc(l)))
		return;
	p = proc_lead(id, leader);
	l->flags |= LIFE_SURE | (pid != tid ? LIFE_THREAD : 0);
	proc_attach(id, l, p);
	if (p->pub.ppid < 0 && (tid_valid(ppid) || !ppid))
		p->pub.ppid = (int32_t)ppid;
}

/* In a table that hears of no births and names: who has the tid now, and what he is called. */
static void follow_own(struct identity *id, const struct record *r, int32_t tid, int32_t pid)
{
	struct birth b = { .ts = r->ts, .tid = tid, .born = BORN_FORK };
	struct life *l = life_newest(id, tid);
	char comm[COMM_LEN];

	if (!l || r->ts < l->task.start || !get_comm(r, 3, comm))
		return;
	b.comm = comm;
	if (life_proc(l) && life_proc(l)->pub.pid != pid)
		learn_birth(id, &b);
	else if (strcmp(identity_comm(id, tid, r->ts), comm) != 0)
		life_rename(id, l, r->ts, NULL, comm);
}

/*
 * An event that says itself of which process its thread is: for threads that nobody told of, older
 * than everything heard, or where births are not heard of at all.
 */
static void learn_own(struct identity *id, const struct record *r)
{
	int32_t tid = emitter(r), pid = get_tid(r, 0);
	const struct life *l = life_newest(id, tid);
	struct proc *p;
	int64_t uid;

	if (!tid || pid < 0)
		return;
	if (unlikely(!id->births))
		follow_own(id, r, tid, pid);
	if (unlikely(!l || !life_proc(l) || r->ts < l->task.start || r->ts >= l->task.end))
		learn_thread(id, r, tid, pid, r->ts);
	l = life_newest(id, tid);
	p = l ? life_proc(l) : NULL;
	uid = p && !p->detailed && p->pub.pid == pid ? get_int(r, r->fields->f[1]) : -1;
	if (uid >= 0)
		p->pub.uid = (uint32_t)uid;
}

static struct told_text get_text(const struct record *r, unsigned i)
{
	const struct field *f = r->fields->f[i];
	struct told_text t = { 0 };

	t.s = f ? field_str(r->schema, f, r->p, r->size, &t.len) : NULL;
	return t;
}

/* A text that ends with a NUL in the record, or NULL. */
static const char *get_word(const struct record *r, unsigned i)
{
	struct told_text t = get_text(r, i);

	return t.s && t.len && t.s + t.len < (const char *)r->p + r->size && !t.s[t.len] ? t.s
											 : NULL;
}

/*
 * Who lived when a recording began, or what a process was found to be since. It speaks of the life
 * that had the tid then; one whose birth was seen needs it not for its name and process, and what
 * the events said of a process stands.
 */
static void learn_task(struct identity *id, const struct record *r)
{
	int32_t tid = get_tid(r, 0), pid = get_tid(r, 1);
	uint64_t ago = 0;
	struct told t;
	struct life *l;

	if (tid < 0 || pid < 0)
		return;
	if (r->fields->f[7] && !field_int(r->schema, r->fields->f[7], r->p, r->size, &ago))
		ago = 0;
	t = (struct told) {
		.since = r->ts - MIN(ago, r->ts),
		.uid = (uint32_t)get_int(r, r->fields->f[4]),
		.pidns = r->fields->f[5] ? (uint32_t)get_int(r, r->fields->f[5]) : 0,
		.nspid = get_tid(r, 6),
		.exe = get_text(r, 8),
		.cgroup = get_word(r, 9),
		.names = { get_word(r, 10), get_word(r, 11), get_word(r, 12), get_word(r, 13) },
	};
	learn_thread(id, r, tid, pid, t.since);
	l = tid == pid ? life_at(id, tid, t.since) : NULL;
	if (l && life_proc(l) && proc_leads(l, life_proc(l)))
		detail_told(id, life_proc(l), &t);
}

/* pid is that of the leader where all threads move. */
static void learn_move(struct identity *id, const struct record *r)
{
	const char *path = get_word(r, 1);
	int32_t pid = get_tid(r, 0);
	int64_t root = get_int(r, r->fields->f[2]);

	if (pid < 0 || !path || root < 0)
		return;
	life_alive(id, pid, r->ts);
	recent_add_move(id, r->ts, pid, (int)MIN(root, (int64_t)INT16_MAX), path, strlen(path));
	recent_redo(id, r->ts);
}

static const struct role {
	const char *system, *name;
	const char *fields[ROLE_FIELDS];
	unsigned needed; /* so many of the fields must be there */
	learn_fn learn;
} roles[] = {
	[ROLE_NEWTASK] = { "task",
			   "task_newtask",
			   { "pid", "comm", "clone_flags" },
			   3,
			   learn_newtask },
	[ROLE_FORK] = { "sched",
			"sched_process_fork",
			{ "child_pid", "child_comm", "parent_pid" },
			1,
			learn_fork },
	[ROLE_EXEC] = { "sched",
			"sched_process_exec",
			{ "pid", "filename", "old_pid" },
			2,
			learn_exec },
	[ROLE_EXIT] = { "sched",
			"sched_process_exit",
			{ "pid", "comm", "group_dead" },
			1,
			learn_exit },
	[ROLE_RENAME] = { "task", "task_rename", { "pid", "newcomm", "oldcomm" }, 2, learn_rename },
	[ROLE_SWITCH] = { "sched",
			  "sched_switch",
			  { "prev_pid", "prev_comm", "next_pid", "next_comm" },
			  4,
			  learn_switch },
	[ROLE_TASK] = { "tapdeck",
			"task",
			{ "tid", "pid", "ppid", "comm", "uid", "pidns", "nspid", "ago", "exe",
			  "cgroup", "container", "image", "pod", "pod_space" },
			4,
			learn_task },
	[ROLE_ATTACH] = { "cgroup",
			  "cgroup_attach_task",
			  { "pid", "dst_path", "dst_root" },
			  3,
			  learn_move },
	[ROLE_TRANSFER] = { "cgroup",
			    "cgroup_transfer_tasks",
			    { "pid", "dst_path", "dst_root" },
			    3,
			    learn_move },
	[ROLE_OWN] = { "", "", { "pid", "uid", "ppid", "comm" }, 1, learn_own },
};

/* Programs begin their events with whose they are: see bpf/tap.h. */
static bool says_who(const struct schema *s)
{
	const struct field *pid = schema_field(s, roles[ROLE_OWN].fields[0]);
	const struct field *comm = schema_field(s, roles[ROLE_OWN].fields[3]);

	return pid && !pid->is_common && pid->kind == FIELD_INT && comm &&
	       comm->kind == FIELD_STRING;
}

enum schema_role identity_role(const struct schema *s)
{
	for (unsigned i = ROLE_NEWTASK; i < ARRAY_SIZE(roles); i++) {
		const struct role *r = &roles[i];
		unsigned have = 0;

		if (strcmp(s->name, r->name) != 0 || strcmp(s->system, r->system) != 0)
			continue;
		while (have < r->needed && schema_field(s, r->fields[have]))
			have++;
		return have == r->needed ? i : ROLE_NONE;
	}
	if (!strcmp(s->system, "bpf") && says_who(s))
		return ROLE_OWN;
	return fds_role(s);
}

static const struct role_fields *fields_of(struct identity *id, const struct schema *s)
{
	struct role_fields *f;
	size_t had = id->fields_count;

	if (likely(s->index < had && id->fields[s->index]))
		return id->fields[s->index];
	id->fields = identity_room(id, id->fields, (size_t)s->index + 1, &id->fields_count,
				   sizeof(struct role_fields *));
	memset(id->fields + had, 0, (id->fields_count - had) * sizeof(struct role_fields *));
	f = identity_alloc(id, sizeof(*f));
	for (unsigned i = 0; i < ROLE_FIELDS; i++)
		if (roles[s->role].fields[i])
			f->f[i] = schema_field(s, roles[s->role].fields[i]);
	id->fields[s->index] = f;
	return f;
}

void learn_done(struct identity *id)
{
	for (size_t i = 0; i < id->fields_count; i++)
		free(id->fields[i]);
	free(id->fields);
}

void identity_learn(struct identity *id, const struct schema *s, uint64_t ts, const uint8_t *rec,
		    uint32_t size)
{
	struct record r = { .schema = s, .p = rec, .size = size, .ts = MIN(ts, TS_MAX) };

	if (s->role == ROLE_NONE || s->role >= ARRAY_SIZE(roles))
		return;
	r.fields = fields_of(id, s);
	roles[s->role].learn(id, &r);
}
