/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity_fixture: records of the identity events, made from their format texts.
 *
 * The layouts are the kernel's of different ages: comm as an array and as __data_loc, with and
 * without group_dead. Fields are found by name, so a test says what it means and no offset.
 */
#ifndef TESTS_UNIT_IDENTITY_FIXTURE_H
#define TESTS_UNIT_IDENTITY_FIXTURE_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/identity.h"
#include "core/schema.h"
#include "core/util.h"

#define REC_SIZE 256

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"             \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define FIELD(what, offset, size, sign)                                                            \
	"\tfield:" what ";\toffset:" #offset ";\tsize:" #size ";\tsigned:" #sign ";\n"
#define EVENT(name, id, fields)                                                                    \
	"name: " name "\nID: " #id "\nformat:\n" COMMON fields "\nprint fmt: \"\"\n"

enum { NEWTASK, FORK, EXEC, EXIT, RENAME, SWITCH, OLD_FORK, OLD_EXIT, FORMATS };

static const struct {
	const char *system, *text;
} identity_formats[FORMATS] = {
	[NEWTASK] = { "task", EVENT("task_newtask", 205,
				    FIELD("pid_t pid", 8, 4, 1) FIELD("char comm[16]", 12, 16, 0)
					FIELD("u64 clone_flags", 32, 8, 0)
					    FIELD("short oom_score_adj", 40, 2, 1)) },
	[FORK] = { "sched", EVENT("sched_process_fork", 366,
				  FIELD("__data_loc char[] parent_comm", 8, 4, 0)
				      FIELD("pid_t parent_pid", 12, 4, 1)
					  FIELD("__data_loc char[] child_comm", 16, 4, 0)
					      FIELD("pid_t child_pid", 20, 4, 1)) },
	[EXEC] = { "sched", EVENT("sched_process_exec", 365,
				  FIELD("__data_loc char[] filename", 8, 4, 0) FIELD(
				      "pid_t pid", 12, 4, 1) FIELD("pid_t old_pid", 16, 4, 1)) },
	[EXIT] = { "sched",
		   EVENT("sched_process_exit", 369,
			 FIELD("char comm[16]", 8, 16, 0) FIELD("pid_t pid", 24, 4, 1)
			     FIELD("int prio", 28, 4, 1) FIELD("bool group_dead", 32, 1, 0)) },
	[RENAME] = { "task", EVENT("task_rename", 204,
				   FIELD("pid_t pid", 8, 4, 1) FIELD("char oldcomm[16]", 12, 16, 0)
				       FIELD("char newcomm[16]", 28, 16, 0)
					   FIELD("short oom_score_adj", 44, 2, 1)) },
	[SWITCH] = { "sched",
		     EVENT("sched_switch", 372,
			   FIELD("char prev_comm[16]", 8, 16, 0) FIELD("pid_t prev_pid", 24, 4, 1)
			       FIELD("int prev_prio", 28, 4, 1) FIELD("long prev_state", 32, 8, 1)
				   FIELD("char next_comm[16]", 40, 16, 0)
				       FIELD("pid_t next_pid", 56, 4, 1)
					   FIELD("int next_prio", 60, 4, 1)) },
	[OLD_FORK] = { "sched", EVENT("sched_process_fork", 266,
				      FIELD("char parent_comm[16]", 8, 16, 1)
					  FIELD("pid_t parent_pid", 24, 4, 1)
					      FIELD("char child_comm[16]", 28, 16, 1)
						  FIELD("pid_t child_pid", 44, 4, 1)) },
	[OLD_EXIT] = { "sched", EVENT("sched_process_exit", 269,
				      FIELD("char comm[16]", 8, 16, 1) FIELD("pid_t pid", 24, 4, 1)
					  FIELD("int prio", 28, 4, 1)) },
};

struct fixture {
	struct identity *id;
	struct schema *schema[FORMATS];
};

struct rec {
	uint64_t ts;
	uint8_t format;
	uint32_t size;
	uint8_t bytes[REC_SIZE];
};

static void fixture_init(struct fixture *fx, struct machine m, const struct identity_conf *c)
{
	struct err e = ERR_INIT;

	memset(fx, 0, sizeof(*fx));
	fx->id = identity_new(c);
	for (unsigned i = 0; i < FORMATS; i++) {
		const char *text = identity_formats[i].text;
		int r = schema_parse(identity_formats[i].system, text, strlen(text), m,
				     &fx->schema[i], &e);

		if (r < 0) {
			fprintf(stderr, "format %u: %s\n", i, e.text);
			assert(r == 0);
		}
		fx->schema[i]->role = identity_role(fx->schema[i]);
		assert(fx->schema[i]->role != ROLE_NONE);
	}
}

static void fixture_done(struct fixture *fx)
{
	identity_free(fx->id);
	for (unsigned i = 0; i < FORMATS; i++)
		schema_free(fx->schema[i]);
}

static void rec_bytes(uint8_t *to, uint64_t v, unsigned size, bool swap)
{
	for (unsigned i = 0; i < size; i++)
		to[swap ? size - 1 - i : i] = v >> (8 * i);
}

static void rec_int(const struct fixture *fx, struct rec *r, const char *name, uint64_t v)
{
	const struct schema *s = fx->schema[r->format];
	const struct field *f = schema_field(s, name);

	if (f)
		rec_bytes(r->bytes + f->offset, v, f->size, s->machine.swap);
}

static void rec_str(const struct fixture *fx, struct rec *r, const char *name, const char *v)
{
	const struct schema *s = fx->schema[r->format];
	const struct field *f = schema_field(s, name);
	uint32_t len = strlen(v) + 1;

	if (f->place == FIELD_FIXED) {
		snprintf((char *)r->bytes + f->offset, f->size, "%s", v);
		return;
	}
	rec_bytes(r->bytes + f->offset, len << 16 | r->size, 4, s->machine.swap);
	memcpy(r->bytes + r->size, v, len);
	r->size += (len + 3) & ~3u;
}

static struct rec rec_new(const struct fixture *fx, unsigned format, uint64_t ts, int32_t emitter)
{
	struct rec r = { .ts = ts, .format = format };
	const struct schema *s = fx->schema[format];

	for (unsigned i = 0; i < s->count; i++)
		r.size = MAX(r.size, s->fields[i].offset + s->fields[i].size);
	r.size = (r.size + 3) & ~3u;
	rec_int(fx, &r, "common_type", s->id);
	rec_int(fx, &r, "common_pid", (uint32_t)emitter);
	return r;
}

static inline struct rec rec_newtask(const struct fixture *fx, uint64_t ts, int32_t creator,
				     int32_t tid, const char *comm, uint64_t flags)
{
	struct rec r = rec_new(fx, NEWTASK, ts, creator);

	rec_int(fx, &r, "pid", (uint32_t)tid);
	rec_str(fx, &r, "comm", comm);
	rec_int(fx, &r, "clone_flags", flags);
	return r;
}

static inline struct rec rec_fork(const struct fixture *fx, unsigned format, uint64_t ts,
				  int32_t parent, int32_t tid, const char *comm)
{
	struct rec r = rec_new(fx, format, ts, parent);

	rec_int(fx, &r, "parent_pid", (uint32_t)parent);
	rec_int(fx, &r, "child_pid", (uint32_t)tid);
	rec_str(fx, &r, "child_comm", comm);
	return r;
}

static inline struct rec rec_exec(const struct fixture *fx, uint64_t ts, int32_t pid, int32_t old,
				  const char *filename)
{
	struct rec r = rec_new(fx, EXEC, ts, pid);

	rec_int(fx, &r, "pid", (uint32_t)pid);
	rec_int(fx, &r, "old_pid", (uint32_t)old);
	rec_str(fx, &r, "filename", filename);
	return r;
}

static inline struct rec rec_exit(const struct fixture *fx, unsigned format, uint64_t ts,
				  int32_t tid, const char *comm, bool group)
{
	struct rec r = rec_new(fx, format, ts, tid);

	rec_int(fx, &r, "pid", (uint32_t)tid);
	rec_str(fx, &r, "comm", comm);
	rec_int(fx, &r, "group_dead", group);
	return r;
}

static inline struct rec rec_rename(const struct fixture *fx, uint64_t ts, int32_t tid,
				    const char *old, const char *comm)
{
	struct rec r = rec_new(fx, RENAME, ts, tid);

	rec_int(fx, &r, "pid", (uint32_t)tid);
	rec_str(fx, &r, "oldcomm", old);
	rec_str(fx, &r, "newcomm", comm);
	return r;
}

static inline struct rec rec_switch(const struct fixture *fx, uint64_t ts, int32_t prev,
				    const char *prev_comm, int32_t next, const char *next_comm)
{
	struct rec r = rec_new(fx, SWITCH, ts, prev);

	rec_int(fx, &r, "prev_pid", (uint32_t)prev);
	rec_str(fx, &r, "prev_comm", prev_comm);
	rec_int(fx, &r, "next_pid", (uint32_t)next);
	rec_str(fx, &r, "next_comm", next_comm);
	return r;
}

static void learn(struct fixture *fx, struct rec r)
{
	identity_learn(fx->id, fx->schema[r.format], r.ts, r.bytes, r.size);
}

#endif
