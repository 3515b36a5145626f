/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cockpit_head: who the process is, and its rows as a filter.
 *
 * What the identity table says is copied at every look: it may forget who ended.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/safe.h"
#include "core/users.h"
#include "core/util.h"
#include "tui/cockpit.h"

#define PARENTS_MOST 16

/* ---- looking ---- */

static void set_text(char **to, const char *text)
{
	_cleanup_strbuf_ struct strbuf safe = { 0 };

	if (!text && *to)
		return; /* it was known once */
	if (text)
		safe_text(&safe, text, strlen(text));
	free(*to);
	*to = xstrdup(strbuf_cstr(&safe));
}

struct found {
	uint32_t index;
	struct process *process;
};

static bool find_index(struct process *p, void *data)
{
	struct found *f = data;

	if (p->index == f->index)
		f->process = p;
	return p->index > f->index; /* the highest come first */
}

static struct process *find_process(const struct cockpit *c)
{
	struct identity *id = deck_identity(c->deck);
	const struct task *t = identity_task(id, c->who.pid, c->who.at);
	struct found f = { .index = c->who.index };

	if (t && t->process && t->process->index == c->who.index)
		return t->process;
	identity_each(id, find_index, &f);
	return f.process;
}

/* "sshd 77, systemd 1", the nearest first. */
static void look_parents(struct cockpit *c, const struct process *p)
{
	struct identity *id = deck_identity(c->deck);
	_cleanup_strbuf_ struct strbuf b = { 0 };
	int32_t ppid = p->ppid;
	uint32_t index;

	for (unsigned i = 0; i < PARENTS_MOST; i++) {
		p = identity_maker(id, p, &index);
		if (!p)
			break;
		strbuf_str(&b, b.len ? ", " : "");
		safe_text(&b, p->comm, strnlen(p->comm, COMM_LEN));
		strbuf_fmt(&b, " %d", p->pid);
		ppid = p->ppid;
	}
	if (!p && ppid > 0)
		strbuf_fmt(&b, "%s%d", b.len ? ", " : "", ppid);
	if (b.len || !c->head.parents)
		set_text(&c->head.parents, strbuf_cstr(&b));
}

/* The times of others that had the same number. */
struct lives {
	const struct process *process;
	uint64_t from, until;
};

static bool meet_life(struct process *p, void *data)
{
	struct lives *l = data;

	if (p->pid != l->process->pid || p->index == l->process->index)
		return true;
	if (p->start > l->process->start)
		l->until = MIN(l->until, p->start);
	else
		l->from = l->process->start;
	return true;
}

static void look_lives(struct cockpit *c, const struct process *p)
{
	struct lives l = { .process = p, .from = c->head.from, .until = UINT64_MAX };

	identity_each(deck_identity(c->deck), meet_life, &l);
	c->head.from = l.from;
	c->head.until = MIN(l.until, c->head.until);
}

static void look_user(struct cockpit_head *h)
{
	struct users *users = h->uid == UINT32_MAX ? NULL : users_new();

	set_text(&h->user, users ? users_name(users, h->uid) : NULL);
	users_free(users);
}

static void look_process(struct cockpit *c, struct process *p)
{
	struct cockpit_head *h = &c->head;
	_cleanup_strbuf_ struct strbuf comm = { 0 };

	identity_detail(deck_identity(c->deck), p);
	safe_text(&comm, p->comm, strnlen(p->comm, COMM_LEN));
	memcpy(h->comm, comm.s, MIN(comm.len, sizeof(h->comm) - 1));
	h->comm[MIN(comm.len, sizeof(h->comm) - 1)] = '\0';
	set_text(&h->exe, p->exe);
	set_text(&h->cmdline, p->cmdline);
	set_text(&h->cgroup, p->cgroup);
	set_text(&h->container, p->container ? p->container->shown : NULL);
	h->ppid = p->ppid;
	h->pidns = p->pidns;
	h->nspid = p->nspid;
	if (!h->known || h->uid != p->uid) {
		h->uid = p->uid;
		look_user(h);
	}
	h->threads = p->threads;
	h->start = p->start;
	h->end = p->end;
	h->known = true;
	look_parents(c, p);
	look_lives(c, p);
}

static void look_stranger(struct cockpit *c)
{
	struct cockpit_head *h = &c->head;
	_cleanup_strbuf_ struct strbuf comm = { 0 };
	const char *name = identity_comm(deck_identity(c->deck), c->who.tid, c->who.at);

	safe_text(&comm, name, strlen(name));
	memcpy(h->comm, strbuf_cstr(&comm), MIN(comm.len, sizeof(h->comm) - 1));
}

void head_look(struct cockpit *c)
{
	struct cockpit_head *h = &c->head;
	struct process *p = c->who.pid < 0 ? NULL : find_process(c);

	if (!h->parents) {
		*h = (struct cockpit_head) { .uid = UINT32_MAX,
					     .end = UINT64_MAX,
					     .until = UINT64_MAX,
					     .ppid = -1,
					     .nspid = -1 };
		set_text(&h->exe, NULL);
		set_text(&h->cmdline, NULL);
		set_text(&h->cgroup, NULL);
		set_text(&h->container, NULL);
		set_text(&h->user, NULL);
	}
	if (p)
		look_process(c, p);
	else if (!h->known)
		look_stranger(c);
	if (!h->parents)
		set_text(&h->parents, NULL);
}

void head_done(struct cockpit_head *h)
{
	free(h->exe);
	free(h->cmdline);
	free(h->cgroup);
	free(h->container);
	free(h->user);
	free(h->parents);
	*h = (struct cockpit_head) { 0 };
}

/* ---- in words ---- */

void head_name(const struct cockpit *c, struct strbuf *out)
{
	strbuf_str(out, c->head.comm);
	if (c->who.pid < 0)
		strbuf_fmt(out, " tid %d", c->who.tid);
	else
		strbuf_fmt(out, " %d", c->who.pid);
}

void head_times(const struct cockpit *c, struct strbuf *out)
{
	if (c->head.from) {
		strbuf_str(out, " and time >= ");
		strbuf_time(out, c->head.from, 9);
	}
	if (c->head.until != UINT64_MAX) {
		strbuf_str(out, " and time < ");
		strbuf_time(out, c->head.until, 9);
	}
}

void head_filter(const struct cockpit *c, struct strbuf *out)
{
	if (c->who.pid < 0) {
		strbuf_fmt(out, "tid == %d", c->who.tid);
		if (c->who.tid)
			strbuf_str(out, " and not exists pid");
		return;
	}
	strbuf_fmt(out, "pid == %d", c->who.pid);
	head_times(c, out);
}
