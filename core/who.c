/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who: the process behind a row, its user and its container.
 */
#include "core/who.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/container.h"
#include "core/users.h"
#include "core/util.h"

struct who {
	struct users *users;
	struct process then; /* one that moved since */
};

struct who *who_new(void)
{
	struct who *w = xcalloc(1, sizeof(*w));

	w->users = users_new();
	return w;
}

void who_free(struct who *w)
{
	if (!w)
		return;
	users_free(w->users);
	free(w);
}

const struct process *who_process(struct who *w, const struct identity *id, int32_t tid,
				  uint64_t ts)
{
	const struct task *t = id ? identity_task(id, tid, ts) : NULL;

	const char *cgroup;
	const struct container *container;

	if (!t || !t->process)
		return NULL;
	/* The table is read only for those who ask; that it fills itself on demand is its own. */
	identity_detail((struct identity *)(uintptr_t)id, t->process);
	identity_place(t->process, ts, &cgroup, &container);
	if (likely(cgroup == t->process->cgroup && container == t->process->container))
		return t->process;
	w->then = *t->process;
	w->then.cgroup = cgroup;
	w->then.container = container;
	return &w->then;
}

bool who_number(const struct process *p, enum who_what what, uint64_t *ret)
{
	if (what == WHO_PPID) {
		*ret = (uint64_t)p->ppid;
		return p->ppid >= 0;
	}
	*ret = p->uid;
	return p->uid != UINT32_MAX;
}

const char *who_container(const char *cgroup, size_t *len)
{
	struct container_path path;

	container_parse(cgroup, &path);
	*len = path.kind == CONTAINER_ENGINE ? MIN(path.id_len, (size_t)CONTAINER_DIGITS)
					     : path.id_len;
	return path.id;
}

static const char *unit(const char *cgroup, size_t *len)
{
	const char *s = container_unit(cgroup, len);

	return s ? s : "";
}

const char *who_text(struct who *w, const struct process *p, enum who_what what, size_t *len)
{
	const char *s = NULL;

	if (what == WHO_EXE)
		s = p->exe;
	else if (what == WHO_USER)
		s = p->uid != UINT32_MAX ? users_name(w->users, p->uid) : NULL;
	else if (what == WHO_CONTAINER && p->container)
		s = p->container->shown;
	else
		s = p->cgroup;
	if (!s)
		return NULL;
	if (what == WHO_UNIT)
		return unit(s, len);
	if (what == WHO_CONTAINER && !p->container)
		return who_container(s, len);
	*len = strlen(s);
	return s;
}

bool who_container_any(const struct process *p, bool (*fn)(const char *s, size_t len, void *data),
		       void *data, bool *known)
{
	struct container_path path;

	*known = p->container || p->cgroup;
	if (!*known)
		return false;
	if (p->container)
		return container_any(p->container, fn, data);
	container_parse(p->cgroup, &path);
	return fn(path.id, MIN(path.id_len, (size_t)CONTAINER_DIGITS), data) ||
	       (path.id_len > CONTAINER_DIGITS && fn(path.id, path.id_len, data));
}
