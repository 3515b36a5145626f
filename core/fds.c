/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fds: answers of /proc, and the changes between which they hold.
 *
 * Changes are a ring of the last ones, chained by what they are of. A descriptor closed on entry
 * means until then what it meant; one that a call gives means so from its result on: results
 * stand one ns before their event, so that of a row and a change at one time the right one is
 * first.
 */
#include "core/fds_private.h"

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
#include "core/safe.h"

struct fds *fds_new(const struct fds_conf *c)
{
	struct fds *f = xcalloc(1, sizeof(*f));

	f->conf = *c;
	if (!f->conf.now)
		f->conf.now = clock_mono;
	f->since = UINT64_MAX;
	fds_find_calls(f);
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

void fds_change(struct fds *f, uint32_t process, int32_t fd, uint64_t ts)
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
