/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target: see target.h.
 */
#include "core/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/container.h"
#include "core/users.h"
#include "core/util.h"

static const struct form {
	const char *word, *form, *help;
	enum target_kind kind;
} forms[] = {
	{ "pid", "PID", "the process of this number", TARGET_PID },
	{ "comm", "comm=GLOB", "processes of this name", TARGET_COMM },
	{ "exe", "exe=GLOB", "of this program, by its path or its last part", TARGET_EXE },
	{ "user", "user=NAME", "of this user, by name or number", TARGET_USER },
	{ "cgroup", "cgroup=GLOB", "in this control group", TARGET_CGROUP },
	{ "container", "container=NAME", "in this container, by name, id or glob",
	  TARGET_CONTAINER },
};

static const char *form_name(size_t i, void *data)
{
	(void)data;
	return forms[i].word;
}

static const struct form *find_form(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (strlen(forms[i].word) == len && !strncmp(forms[i].word, word, len))
			return &forms[i];
	return NULL;
}

static int parse_pid(const char *s, struct target *ret, struct err *e)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, 10);
	if (*s < '0' || *s > '9' || *end || errno || v <= 0 || v > INT32_MAX)
		return err_set(e, -EINVAL, "'%.64s' is no process id", s);
	ret->kind = TARGET_PID;
	ret->pid = (int32_t)v;
	return 0;
}

bool target_is_pid(const char *word)
{
	struct target t;

	return parse_pid(word, &t, NULL) >= 0;
}

static int unknown_form(const char *word, size_t len, struct err *e)
{
	char name[32];
	const char *near;

	len = MIN(len, sizeof(name) - 1);
	memcpy(name, word, len);
	name[len] = '\0';
	near = util_nearest(name, form_name, ARRAY_SIZE(forms), NULL);
	return err_set(
	    e, -EINVAL,
	    "'%s' is no way to name processes%s%s%s; there are PID, comm=GLOB, exe=GLOB, "
	    "user=NAME, cgroup=GLOB and container=NAME",
	    name, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

int target_parse(const char *word, struct arena *a, struct target *ret, struct err *e)
{
	const char *equal = strchr(word, '='), *value;
	const struct form *f;

	*ret = (struct target) { .pid = -1, .uid = UINT32_MAX };
	if (!equal && !(*word >= '0' && *word <= '9') && *word)
		return unknown_form(word, strlen(word), e);
	if (!equal)
		return parse_pid(word, ret, e);
	f = find_form(word, (size_t)(equal - word));
	if (!f)
		return unknown_form(word, (size_t)(equal - word), e);
	value = equal + 1;
	if (!*value)
		return err_set(e, -EINVAL, "%s= lacks what it shall be", f->word);
	if (f->kind == TARGET_PID)
		return parse_pid(value, ret, e);
	ret->kind = f->kind;
	ret->glob = glob_compile(a, value, strlen(value));
	ret->base = f->kind == TARGET_EXE && !strchr(value, '/');
	if (f->kind != TARGET_USER)
		return 0;
	ret->uid = users_uid(value, strlen(value));
	return ret->uid != UINT32_MAX ? 0 : err_set(e, -EINVAL, "there is no user '%.64s'", value);
}

/* ---- asking ---- */

static bool is_named(const char *comm, void *data)
{
	const struct target *t = data;

	return glob_match(&t->glob, comm, strlen(comm));
}

static bool is_called(const char *s, size_t len, void *data)
{
	const struct target *t = data;

	return glob_match(&t->glob, s, len);
}

static uint64_t since_exe(const struct target *t, const struct process *p)
{
	const char *s = p->exe, *slash = s && t->base ? strrchr(s, '/') : NULL;

	if (slash)
		s = slash + 1;
	return s && glob_match(&t->glob, s, strlen(s)) ? identity_exe_since(p) : UINT64_MAX;
}

/* What /proc says of a process, or what it has from its parent, is taken to be so from its start.
 */
static bool is_it_now(const struct target *t, const struct process *p)
{
	switch (t->kind) {
	case TARGET_USER:
		return p->uid == t->uid;
	case TARGET_CGROUP:
		return p->cgroup && glob_match(&t->glob, p->cgroup, strlen(p->cgroup));
	default:
		return p->container && container_any(p->container, is_called, (void *)(uintptr_t)t);
	}
}

uint64_t target_since(const struct target *t, struct identity *id, struct process *p)
{
	if (t->kind == TARGET_PID)
		return p->pid == t->pid ? 0 : UINT64_MAX;
	if (t->kind == TARGET_COMM)
		return identity_named(p, is_named, (void *)(uintptr_t)t);
	if (id && (t->kind != TARGET_EXE || !p->exe))
		identity_detail(id, p);
	if (t->kind == TARGET_EXE)
		return since_exe(t, p);
	return is_it_now(t, p) ? p->start : UINT64_MAX;
}

void target_each_form(void (*fn)(const char *form, const char *help, void *data), void *data)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		fn(forms[i].form, forms[i].help, data);
}
