/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fds: answers of /proc, and the changes between which they hold.
 *
 * Changes are a ring of the last ones, chained by what they are of. A descriptor closed on entry
 * means until then what it meant; one that a call gives means so from its result on: results
 * stand one ns before their event, so that of a row and a change at one time the right one is
 * first.
 */
#include "core/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/identity.h"
#include "core/names.h"
#include "core/safe.h"
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
struct source {
	bool known;
	bool all; /* every call comes with it */
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
	bool saw_close, saw_dup;
	bool blind; /* some are kept out */
	struct answer answers[ANSWERS][WAYS];
	struct dir dirs[DIRS];
	unsigned next_dir;
	uint8_t does[CALLS];
	struct source *sources; /* by the schema's index */
	size_t source_count;
};

struct fds *fds_new(const struct fds_conf *c)
{
	struct fds *f = xcalloc(1, sizeof(*f));

	f->conf = *c;
	if (!f->conf.now)
		f->conf.now = clock_mono;
	f->since = UINT64_MAX;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int nr;

		if (names_find(NAMES_SYSCALL, calls[i].name, strlen(calls[i].name), &nr) &&
		    nr >= 0 && nr < CALLS)
			f->does[nr] = calls[i].does;
	}
	return f;
}

void fds_free(struct fds *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < ANSWERS; i++)
		for (unsigned w = 0; w < WAYS; w++)
			free(f->answers[i][w].name);
	for (unsigned i = 0; i < DIRS; i++)
		if (f->dirs[i].used)
			close(f->dirs[i].fd);
	free(f->sources);
	free(f);
}

/* ---- changes ---- */

static uint32_t bucket(uint32_t process, int32_t fd)
{
	return (process * 2654435761u ^ (uint32_t)fd * 40503u) >> 7;
}

static void add_change(struct fds *f, uint32_t process, int32_t fd, uint64_t ts)
{
	struct change *c = &f->changes[f->count % CHANGES];
	uint64_t *head = &f->heads[bucket(process, fd) % BUCKETS];

	if (f->count >= CHANGES)
		f->forgotten = MAX(f->forgotten, c->ts + 1);
	*c = (struct change) {
		.ts = ts,
		.peak = MAX(ts, *head ? f->changes[(*head - 1) % CHANGES].peak : 0),
		.before = *head,
		.process = process,
		.fd = fd,
	};
	*head = ++f->count;
}

/* Whether fd itself changed in [from, until); true as well where that is not known any more. */
static bool chain_changed(const struct fds *f, uint32_t process, int32_t fd, uint64_t from,
			  uint64_t until)
{
	uint64_t at = f->heads[bucket(process, fd) % BUCKETS];

	for (unsigned n = 0; at && at + CHANGES > f->count; n++) {
		const struct change *c = &f->changes[(at - 1) % CHANGES];

		if (c->peak < from)
			return false;
		if (n == CHAIN_MAX)
			return true;
		if (c->process == process && c->fd == fd && c->ts >= from && c->ts < until)
			return true;
		at = c->before;
	}
	return false;
}

/* ---- learning ---- */

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

static const struct source *source_of(struct fds *f, const struct schema *s)
{
	struct source *src;

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
	if (!src->nr || src->args || src->ret)
		return src;
	for (unsigned i = 0; i < 2; i++)
		if (src->nr + 1 + i < s->fields + s->count)
			src->arg[i] = src->nr + 1 + i;
	return src;
}

/* A record, and what its call does. */
struct seen {
	const struct source *src;
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
		add_change(f, t->process->index, fd, ts);
}

/* Changes are seen to come: with an event for each call not by closes alone, dup2 could go by. */
static void saw(struct fds *f, uint8_t does, uint64_t ts)
{
	f->saw_close |= does == CLOSES_FIRST;
	f->saw_dup |= does == CLOSES_SECOND;
	if (f->saw_close && f->saw_dup)
		f->since = ts;
}

static void learn_enter(struct fds *f, const struct seen *r)
{
	int32_t fd = ALL;

	if (r->does == GIVES ||
	    (r->does != CLOSES_MANY && !seen_arg(r, r->does == CLOSES_SECOND, &fd)))
		return;
	if (f->since == UINT64_MAX)
		saw(f, r->does, r->ts);
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

void fds_learn(struct fds *f, const struct schema *s, uint64_t ts, const uint8_t *rec,
	       uint32_t size)
{
	struct seen r = { .src = source_of(f, s), .schema = s, .rec = rec, .size = size, .ts = ts };
	uint64_t nr;

	if (s->role == ROLE_EXEC) {
		seen_change(f, &r, r.src->pid, ALL, ts);
		return;
	}
	if (unlikely(f->since == UINT64_MAX) && r.src->all && !r.src->ret)
		f->since = ts;
	if (!seen_int(&r, r.src->nr, &nr) || nr >= CALLS || !f->does[nr])
		return;
	r.does = f->does[nr];
	if (r.src->ret)
		learn_exit(f, &r);
	else
		learn_enter(f, &r);
}

void fds_lost(struct fds *f)
{
	if (!f)
		return;
	f->since = UINT64_MAX;
	f->saw_close = f->saw_dup = false;
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

/* ---- asking ---- */

/* /proc/PID of the process, opened once and kept while others are not asked for more; -1: gone. */
static int dir_of(struct fds *f, struct process *p)
{
	struct dir *d = &f->dirs[f->next_dir];
	int fd;

	for (unsigned i = 0; i < DIRS; i++)
		if (f->dirs[i].used && f->dirs[i].process == p->index)
			return f->dirs[i].fd;
	fd = identity_open(f->conf.identity, p);
	if (fd < 0)
		return -1;
	if (d->used)
		close(d->fd);
	f->next_dir = (f->next_dir + 1) % DIRS;
	*d = (struct dir) { p->index, fd, true };
	return fd;
}

/* Asks now, into a slot; an answer that there is none is one, too. */
static void ask(struct fds *f, struct process *p, int fd, struct answer *a)
{
	char path[32], link[NAME_MAX_LEN];
	ssize_t n = -1;
	int dir;

	free(a->name);
	*a = (struct answer) { .process = p->index, .fd = fd, .from = f->conf.now() };
	dir = dir_of(f, p);
	snprintf(path, sizeof(path), "fd/%d", fd);
	if (dir >= 0)
		n = readlinkat(dir, path, link, sizeof(link));
	a->asked = f->conf.now();
	if (n > 0)
		a->name = xstrndup(link, (size_t)n);
}

/* Whether it was another one at ts than when it was asked. */
static bool is_stale(const struct fds *f, const struct answer *a, uint64_t ts)
{
	uint64_t from = MIN(a->from, ts), until = MAX(a->asked, ts);

	return chain_changed(f, a->process, a->fd, from, until) ||
	       chain_changed(f, a->process, ALL, from, until);
}

/* Whether every change between an answer and ts was seen. */
static bool is_watched(const struct fds *f, const struct answer *a, uint64_t ts)
{
	uint64_t from = MIN(a->from, ts), until = MAX(a->asked, ts);

	return !f->blind && f->since <= from && f->forgotten <= from && until <= f->reached;
}

/* The answer that holds for ts: a sure one, or else the one asked last. */
static struct answer *find(struct fds *f, struct answer set[WAYS], uint32_t process, int fd,
			   uint64_t ts)
{
	struct answer *best = NULL;

	for (unsigned w = 0; w < WAYS; w++) {
		struct answer *a = &set[w];

		if (!a->asked || a->process != process || a->fd != fd || is_stale(f, a, ts))
			continue;
		if (a->name && is_watched(f, a, ts))
			return a;
		if (!best || a->asked > best->asked)
			best = a;
	}
	return best;
}

static struct answer *oldest(struct answer set[WAYS])
{
	struct answer *best = &set[0];

	for (unsigned w = 1; w < WAYS; w++)
		if (set[w].asked < best->asked)
			best = &set[w];
	return best;
}

/* Whether asking again could say more than an answer that is there. */
static bool is_worth_asking(struct fds *f, const struct answer *a, uint64_t ts)
{
	return !a || (!(a->name && is_watched(f, a, ts)) && a->asked + REASK < f->conf.now());
}

enum fd_sure fds_name(struct fds *f, int32_t tid, uint64_t ts, int fd, struct strbuf *out)
{
	const struct task *t = fd < 0 ? NULL : identity_task(f->conf.identity, tid, ts);
	struct process *p = t ? t->process : NULL;
	struct answer *set, *a;

	if (!p)
		return FD_UNKNOWN;
	set = f->answers[bucket(p->index, fd) % ANSWERS];
	a = find(f, set, p->index, fd, ts);
	if (p->end == UINT64_MAX && is_worth_asking(f, a, ts)) {
		a = oldest(set);
		ask(f, p, fd, a);
	}
	if (!a || !a->name || is_stale(f, a, ts))
		return FD_UNKNOWN;
	safe_text(out, a->name, strlen(a->name));
	return is_watched(f, a, ts) ? FD_SURE : FD_MAYBE;
}
