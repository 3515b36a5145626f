/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task_event: the format of tapdeck:task, and its records.
 *
 * The common fields stand where the kernel has them, for whoever reads the file reads them the same
 * way in every record; ours follow.
 */
#include "core/task_event.h"

#include <errno.h>
#include <string.h>

#include "core/cleanup.h"

#define SYSTEM "tapdeck"
#define EVENT  "task"

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

static void say_format(struct strbuf *b, const struct schema_set *set, unsigned id)
{
	uint32_t at = behind_common(set);

	strbuf_fmt(b, "name: " EVENT "\nID: %u\nformat:\n", id);
	say_field(b, "unsigned short common_type", set->type_offset, set->type_size, 0);
	say_field(b, "unsigned char common_flags", set->flags_offset, 1, 0);
	say_field(b, "unsigned char common_preempt_count", set->preempt_offset, 1, 0);
	say_field(b, "int common_pid", set->pid_offset, 4, 1);
	strbuf_str(b, "\n");
	say_field(b, "pid_t tid", at, 4, 1);
	say_field(b, "pid_t pid", at + 4, 4, 1);
	say_field(b, "pid_t ppid", at + 8, 4, 1);
	say_field(b, "char comm[16]", at + 12, COMM_LEN, 0);
	strbuf_str(b, "\nprint fmt: \"tid=%d pid=%d ppid=%d comm=%s\", REC->tid, REC->pid, "
		      "REC->ppid, REC->comm\n");
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
	if (set->type_size != 2 || behind_common(set) + 12 + COMM_LEN > TASK_EVENT_SIZE)
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

uint32_t task_event_put(const struct schema_set *set, const struct schema *s, const struct task *t,
			const char *comm, uint8_t rec[TASK_EVENT_SIZE])
{
	uint32_t at = behind_common(set);

	memset(rec, 0, TASK_EVENT_SIZE);
	store_u16(rec + set->type_offset, s->id);
	store_u32(rec + set->pid_offset, (uint32_t)t->tid);
	store_u32(rec + at, (uint32_t)t->tid);
	store_u32(rec + at + 4, (uint32_t)t->process->pid);
	store_u32(rec + at + 8, (uint32_t)t->process->ppid);
	memcpy(rec + at + 12, comm, strnlen(comm, COMM_LEN - 1));
	return at + 12 + COMM_LEN;
}
