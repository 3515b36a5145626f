/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fds_learn: which records say that a descriptor became another one.
 *
 * Called in the walk for every system call whose events are on: most do nothing to a descriptor,
 * and cost one look at their number.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/fds_private.h"
#include "core/identity.h"
#include "core/names.h"

/* What a call does to descriptors. */
enum call_does {
	DOES_NOTHING,
	CLOSES_FIRST,  /* its first argument */
	CLOSES_SECOND, /* dup2: that becomes another one */
	CLOSES_MANY,
	GIVES, /* its result */
};

static const struct {
	const char *name;
	uint8_t does; /* enum call_does, on entry; dup2 gives as well */
} calls[] = {
	{ "close", CLOSES_FIRST },
	{ "dup2", CLOSES_SECOND },
	{ "dup3", CLOSES_SECOND },
	{ "close_range", CLOSES_MANY },
	{ "open", GIVES },
	{ "openat", GIVES },
	{ "openat2", GIVES },
	{ "creat", GIVES },
	{ "dup", GIVES },
	{ "socket", GIVES },
	{ "accept", GIVES },
	{ "accept4", GIVES },
	{ "eventfd2", GIVES },
	{ "epoll_create1", GIVES },
	{ "memfd_create", GIVES },
	{ "timerfd_create", GIVES },
	{ "signalfd4", GIVES },
	{ "inotify_init1", GIVES },
	{ "pidfd_open", GIVES },
	{ "open_by_handle_at", GIVES },
	{ "perf_event_open", GIVES },
};

void fds_find_calls(struct fds *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int nr;

		if (names_find(NAMES_SYSCALL, calls[i].name, strlen(calls[i].name), &nr) &&
		    nr >= 0 && nr < CALLS)
			f->does[nr] = calls[i].does;
	}
}

static bool is_named(const struct schema *s, const char *system, const char *head)
{
	return !strcmp(s->system, system) && !strncmp(s->name, head, strlen(head));
}

enum schema_role fds_role(const struct schema *s)
{
	if (is_named(s, "raw_syscalls", "sys_e"))
		return ROLE_CALL;
	if (strcmp(s->system, "syscalls") != 0)
		return ROLE_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		const char *name = s->name;

		name += !strncmp(name, "sys_enter_", 10) ? 10
			: !strncmp(name, "sys_exit_", 9) ? 9
							 : 0;
		if (!strcmp(name, calls[i].name))
			return ROLE_CALL;
	}
	return ROLE_NONE;
}

static const struct field *number_field(const struct schema *s, const char *name)
{
	const struct field *f = schema_field(s, name);

	return f && f->kind == FIELD_INT ? f : NULL;
}

static const struct fds_source *source_of(struct fds *f, const struct schema *s)
{
	struct fds_source *src;

	if (unlikely(s->index >= f->source_count)) {
		size_t count = s->index + 64;

		f->sources = xrealloc(f->sources, count, sizeof(*f->sources));
		memset(f->sources + f->source_count, 0,
		       (count - f->source_count) * sizeof(*f->sources));
		f->source_count = count;
	}
	src = &f->sources[s->index];
	if (likely(src->known))
		return src;
	src->known = true;
	src->all = !strcmp(s->system, "raw_syscalls");
	src->pid = number_field(s, "pid");
	src->ret = number_field(s, "ret");
	src->nr = number_field(s, "id");
	if (!src->nr)
		src->nr = number_field(s, "__syscall_nr");
	if (!src->nr)
		src->nr = number_field(s, "nr");
	src->args = schema_field(s, "args");
	if (src->nr && src->nr->size == 8 && !s->machine.swap)
		src->quick_at = src->nr->offset;
	if (!src->nr || src->args || src->ret)
		return src;
	for (unsigned i = 0; i < 2; i++)
		if (src->nr + 1 + i < s->fields + s->count)
			src->arg[i] = src->nr + 1 + i;
	return src;
}

/* A record, and what its call does. */
struct seen {
	const struct fds_source *src;
	const struct schema *schema;
	const uint8_t *rec;
	uint32_t size;
	uint8_t does; /* enum call_does */
	uint64_t ts;
};

static bool seen_int(const struct seen *r, const struct field *f, uint64_t *ret)
{
	return f && field_int(r->schema, f, r->rec, r->size, ret);
}

/* The argument of a call on entry; false when the record does not have it. */
static bool seen_arg(const struct seen *r, unsigned i, int32_t *ret)
{
	const struct field *f = r->src->args ? r->src->args : r->src->arg[i];
	const uint8_t *p;
	uint32_t len;
	uint64_t v;

	if (!r->src->args) {
		if (!seen_int(r, f, &v))
			return false;
		*ret = (int32_t)v;
		return true;
	}
	p = field_bytes(r->schema, f, r->rec, r->size, &len);
	if (!p || f->elem_size < 4 || len < (i + 1) * f->elem_size)
		return false;
	*ret = (int32_t)field_load(r->schema->machine, p + i * f->elem_size, f->elem_size, false);
	return true;
}

/* Something changed for the process whose thread a field names; nothing while that is not known. */
static void seen_change(struct fds *f, const struct seen *r, const struct field *tid, int32_t fd,
			uint64_t ts)
{
	const struct task *t;
	uint64_t v;

	if (!seen_int(r, tid, &v))
		return;
	t = identity_task(f->conf.identity, (int32_t)v, r->ts);
	if (t && t->process)
		fds_change(f, t->process->index, fd, ts);
}

/* Whether the event of every single call that takes a descriptor away is on. */
static bool are_all_on(const struct fds *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int nr;

		if (calls[i].does != GIVES &&
		    names_find(NAMES_SYSCALL, calls[i].name, strlen(calls[i].name), &nr) &&
		    !f->conf.is_on(f->conf.data, calls[i].name))
			return false;
	}
	return true;
}

/* One of them came: where all are on, from now on no change goes by. Asked once a second. */
static void saw(struct fds *f)
{
	uint64_t now;

	if (!f->conf.is_on)
		return;
	now = f->conf.now();
	if (f->asked && now - f->asked < NSEC_PER_SEC)
		return;
	f->asked = now;
	if (are_all_on(f))
		f->since = now;
}

static void learn_enter(struct fds *f, const struct seen *r)
{
	int32_t fd = ALL;

	if (r->does == GIVES ||
	    (r->does != CLOSES_MANY && !seen_arg(r, r->does == CLOSES_SECOND, &fd)))
		return;
	if (f->since == UINT64_MAX)
		saw(f);
	if (fd >= 0 || r->does == CLOSES_MANY)
		seen_change(f, r, r->schema->pid, fd, r->ts);
}

static void learn_exit(struct fds *f, const struct seen *r)
{
	uint64_t ret;

	if ((r->does == GIVES || r->does == CLOSES_SECOND) && seen_int(r, r->src->ret, &ret) &&
	    ret <= INT32_MAX)
		seen_change(f, r, r->schema->pid, (int32_t)ret, r->ts - !!r->ts);
}

/* Most calls do nothing to a descriptor. */
static bool is_dull(const struct fds *f, const struct fds_source *src, const uint8_t *rec,
		    uint32_t size)
{
	uint64_t nr;

	if (!src->quick_at || size < src->quick_at + 8 || f->since == UINT64_MAX)
		return false;
	nr = load_u64(rec + src->quick_at);
	return nr >= CALLS || !f->does[nr];
}

static void learn(struct fds *f, struct seen *r)
{
	const struct fds_source *src = r->src;
	uint64_t nr;

	if (r->schema->role == ROLE_EXEC) {
		seen_change(f, r, src->pid, ALL, r->ts);
		return;
	}
	if (f->since == UINT64_MAX && src->all && !src->ret)
		f->since = r->ts;
	if (!seen_int(r, src->nr, &nr) || nr >= CALLS || !f->does[nr])
		return;
	r->does = f->does[nr];
	if (src->ret)
		learn_exit(f, r);
	else
		learn_enter(f, r);
}

void fds_learn(struct fds *f, const struct schema *s, uint64_t ts, const uint8_t *rec,
	       uint32_t size)
{
	const struct fds_source *src = source_of(f, s);

	if (unlikely(!is_dull(f, src, rec, size)))
		learn(f, &(struct seen) {
			     .src = src, .schema = s, .rec = rec, .size = size, .ts = ts });
}

void fds_lost(struct fds *f)
{
	if (!f)
		return;
	f->since = UINT64_MAX;
	f->asked = 0;
}

void fds_blind(struct fds *f, bool blind)
{
	fds_lost(f);
	if (f)
		f->blind = blind;
}

void fds_reached(struct fds *f, uint64_t ts)
{
	if (f)
		f->reached = MAX(f->reached, ts);
}
