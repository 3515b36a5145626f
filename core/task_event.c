/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task_event: the format of tapdeck:task, and its records.
 *
 * The common fields stand where the kernel has them, for whoever reads the file reads them the same
 * way in every record; ours follow, newer ones behind older ones.
 */
#include "core/task_event.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"

#define SYSTEM "tapdeck"
#define EVENT  "task"

/* Our fields of fixed size, behind the common ones. */
enum offset {
	AT_TID = 0,
	AT_PID = 4,
	AT_PPID = 8,
	AT_COMM = 12,
	AT_UID = AT_COMM + COMM_LEN, /* what only a process has; a thread's are unknown */
	AT_PIDNS = AT_UID + 4,
	AT_NSPID = AT_PIDNS + 4,
	AT_AGO = AT_NSPID + 4,
	AT_TEXTS = AT_AGO + 8,
};

#define PATH_MOST 1023 /* what is longer is unknown: a part of it would be another path */

static const char *get_exe(const struct process *p)
{
	return p->exe;
}

static const char *get_cgroup(const struct process *p)
{
	return p->cgroup;
}

static const char *get_container(const struct process *p)
{
	return p->container ? p->container->name : NULL;
}

static const char *get_image(const struct process *p)
{
	return p->container ? p->container->image : NULL;
}

static const char *get_pod(const struct process *p)
{
	return p->container ? p->container->pod : NULL;
}

static const char *get_pod_space(const struct process *p)
{
	return p->container ? p->container->pod_space : NULL;
}

/* Texts of a process, "" where they are not known. */
static const struct {
	const char *name;
	uint32_t most;
	const char *(*get)(const struct process *p);
} texts[] = {
	{ "exe", PATH_MOST, get_exe },
	{ "cgroup", PATH_MOST, get_cgroup },
	{ "container", CONTAINER_NAME_MAX, get_container },
	{ "image", CONTAINER_NAME_MAX, get_image },
	{ "pod", CONTAINER_NAME_MAX, get_pod },
	{ "pod_space", CONTAINER_NAME_MAX, get_pod_space },
};

#define FIXED_SIZE (AT_TEXTS + 4 * ARRAY_SIZE(texts))

static_assert(TASK_EVENT_SIZE >= TASK_EVENT_COMMON + FIXED_SIZE + 2 * (PATH_MOST + 1) +
				     4 * (CONTAINER_NAME_MAX + 1),
	      "a record has room for the longest texts");

static void say_field(struct strbuf *b, const char *what, uint32_t offset, uint32_t size, int sign)
{
	strbuf_fmt(b, "\tfield:%s;\toffset:%u;\tsize:%u;\tsigned:%d;\n", what, offset, size, sign);
}

/* Where our fields begin: behind the last common one. */
static uint32_t behind_common(const struct schema_set *set)
{
	uint32_t end = set->type_offset + set->type_size;

	end = MAX(end, set->flags_offset + 1);
	end = MAX(end, set->preempt_offset + 1);
	end = MAX(end, set->pid_offset + 4);
	return (end + 3) & ~3u;
}

static void say_process(struct strbuf *b, uint32_t at)
{
	char what[64];

	say_field(b, "int uid", at + AT_UID, 4, 1);
	say_field(b, "unsigned int pidns", at + AT_PIDNS, 4, 0);
	say_field(b, "pid_t nspid", at + AT_NSPID, 4, 1);
	say_field(b, "u64 ago", at + AT_AGO, 8, 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(what, sizeof(what), "__data_loc char[] %s", texts[i].name);
		say_field(b, what, at + AT_TEXTS + 4 * i, 4, 0);
	}
}

static void say_format(struct strbuf *b, const struct schema_set *set, unsigned id)
{
	uint32_t at = behind_common(set);

	strbuf_fmt(b, "name: " EVENT "\nID: %u\nformat:\n", id);
	say_field(b, "unsigned short common_type", set->type_offset, set->type_size, 0);
	say_field(b, "unsigned char common_flags", set->flags_offset, 1, 0);
	say_field(b, "unsigned char common_preempt_count", set->preempt_offset, 1, 0);
	say_field(b, "int common_pid", set->pid_offset, 4, 1);
	strbuf_str(b, "\n");
	say_field(b, "pid_t tid", at + AT_TID, 4, 1);
	say_field(b, "pid_t pid", at + AT_PID, 4, 1);
	say_field(b, "pid_t ppid", at + AT_PPID, 4, 1);
	say_field(b, "char comm[16]", at + AT_COMM, COMM_LEN, 0);
	say_process(b, at);
	strbuf_str(b, "\nprint fmt: \"tid=%d pid=%d ppid=%d comm=%s uid=%d pidns=%u nspid=%d "
		      "ago=%llu");
	for (uint32_t i = 0; i < ARRAY_SIZE(texts); i++)
		strbuf_fmt(b, " %s=%%s", texts[i].name);
	strbuf_str(b, "\", REC->tid, REC->pid, REC->ppid, REC->comm, REC->uid, REC->pidns, "
		      "REC->nspid, REC->ago");
	for (uint32_t i = 0; i < ARRAY_SIZE(texts); i++)
		strbuf_fmt(b, ", __get_str(%s)", texts[i].name);
	strbuf_str(b, "\n");
}

int task_event_add(struct schema_set *set, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	struct schema *s = NULL;
	unsigned id = SCHEMA_ID_MAX;
	int rc;

	if (task_event_find(set))
		return 0;
	while (id && set->by_id[id])
		id--;
	if (!id)
		return err_set(e, -ENOSPC, SYSTEM ":" EVENT ": no event id is free");
	if (set->type_size != 2 || behind_common(set) > TASK_EVENT_COMMON)
		return err_set(e, -EINVAL,
			       SYSTEM ":" EVENT ": the common fields are not what we know");
	say_format(&b, set, id);
	rc = schema_parse(SYSTEM, strbuf_cstr(&b), b.len, set->machine, &s, e);
	if (rc < 0)
		return rc;
	s->role = (uint8_t)identity_role(s);
	schema_set_add(set, s);
	return 0;
}

const struct schema *task_event_find(const struct schema_set *set)
{
	const struct schema *s = schema_set_find(set, SYSTEM, EVENT);

	return s && s->role == ROLE_TASK ? s : NULL;
}

/* A recording of before, or of somebody else, may have another format under the same name. */
static bool has_field(const struct schema *s, const char *name, uint32_t offset, uint32_t size)
{
	const struct field *f = schema_field(s, name);

	return f && f->offset == offset && f->size == size;
}

/* What of our fields this format has where we put them: all, the first four, none (0). */
static uint32_t fixed_size(const struct schema *s, uint32_t at)
{
	if (!has_field(s, "tid", at + AT_TID, 4) || !has_field(s, "pid", at + AT_PID, 4) ||
	    !has_field(s, "ppid", at + AT_PPID, 4) || !has_field(s, "comm", at + AT_COMM, COMM_LEN))
		return 0;
	if (!has_field(s, "uid", at + AT_UID, 4) || !has_field(s, "pidns", at + AT_PIDNS, 4) ||
	    !has_field(s, "nspid", at + AT_NSPID, 4) || !has_field(s, "ago", at + AT_AGO, 8))
		return AT_UID;
	for (uint32_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!has_field(s, texts[i].name, at + AT_TEXTS + 4 * i, 4))
			return AT_UID;
	return FIXED_SIZE;
}

/* Returns where the record ends. */
static uint32_t put_process(uint8_t *rec, uint32_t at, const struct process *p, uint64_t ago)
{
	uint32_t end = at + FIXED_SIZE;

	store_u32(rec + at + AT_UID, p ? p->uid : UINT32_MAX);
	store_u32(rec + at + AT_PIDNS, p ? p->pidns : 0);
	store_u32(rec + at + AT_NSPID, p ? (uint32_t)p->nspid : UINT32_MAX);
	store_u64(rec + at + AT_AGO, ago);
	for (uint32_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *s = p ? texts[i].get(p) : NULL;
		size_t len = s ? strlen(s) : 0;

		if (len > texts[i].most)
			len = 0;
		store_u32(rec + at + AT_TEXTS + 4 * i, (uint32_t)(len + 1) << 16 | end);
		if (len)
			memcpy(rec + end, s, len);
		end += (uint32_t)len + 1;
	}
	return end;
}

uint32_t task_event_put(const struct schema_set *set, const struct schema *s,
			const struct task_event *t, uint8_t rec[TASK_EVENT_SIZE])
{
	const struct process *p = t->task->process;
	uint32_t at = behind_common(set), size;

	size = at <= TASK_EVENT_COMMON ? fixed_size(s, at) : 0;
	if (!size)
		return 0;
	memset(rec, 0, TASK_EVENT_SIZE);
	store_u16(rec + set->type_offset, s->id);
	store_u32(rec + set->pid_offset, (uint32_t)t->task->tid);
	store_u32(rec + at + AT_TID, (uint32_t)t->task->tid);
	store_u32(rec + at + AT_PID, (uint32_t)p->pid);
	store_u32(rec + at + AT_PPID, (uint32_t)p->ppid);
	memcpy(rec + at + AT_COMM, t->comm, strnlen(t->comm, COMM_LEN - 1));
	if (size < FIXED_SIZE)
		return at + size;
	return put_process(rec, at, t->task->tid == p->pid ? p : NULL, t->ago);
}

void task_event_set_ago(const struct schema_set *set, const struct schema *s, uint64_t ago,
			uint8_t *rec, uint32_t size)
{
	uint32_t at = behind_common(set);

	if (size >= at + FIXED_SIZE && fixed_size(s, at) == FIXED_SIZE)
		store_u64(rec + at + AT_AGO, ago);
}
