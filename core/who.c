/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who: the process behind a row, its user and its container.
 */
#include "core/who.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/util.h"

#define CONTAINER_DIGITS 12 /* what docker ps shows of 64 */
#define PASSWD_BYTES	 4096

struct user {
	uint32_t uid;
	char *name; /* NULL: there is none of this number */
};

struct who {
	uint64_t *asked; /* a bit a process, by its running number */
	size_t words;
	struct user *users;
	size_t count;
};

struct who *who_new(void)
{
	return xcalloc(1, sizeof(struct who));
}

void who_free(struct who *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->count; i++)
		free(w->users[i].name);
	free(w->users);
	free(w->asked);
	free(w);
}

/* True the first time a process is met. */
static bool is_new(struct who *w, uint32_t index)
{
	size_t word = index / 64;
	uint64_t bit = (uint64_t)1 << index % 64;

	if (word >= w->words) {
		size_t words = MAX(word + 1, 2 * w->words);

		w->asked = xrealloc(w->asked, words, sizeof(*w->asked));
		memset(w->asked + w->words, 0, (words - w->words) * sizeof(*w->asked));
		w->words = words;
	}
	if (w->asked[word] & bit)
		return false;
	w->asked[word] |= bit;
	return true;
}

const struct process *who_process(struct who *w, const struct identity *id, int32_t tid,
				  uint64_t ts)
{
	const struct task *t = id ? identity_task(id, tid, ts) : NULL;

	if (!t || !t->process)
		return NULL;
	/* The table is read only for those who ask; that it fills itself on demand is its own. */
	if (is_new(w, t->process->index))
		identity_detail((struct identity *)(uintptr_t)id, t->process);
	return t->process;
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

static const char *user_name(struct who *w, uint32_t uid)
{
	char bytes[PASSWD_BYTES];
	struct passwd pw, *found = NULL;

	for (size_t i = 0; i < w->count; i++)
		if (w->users[i].uid == uid)
			return w->users[i].name;
	w->users = xrealloc(w->users, w->count + 1, sizeof(*w->users));
	if (getpwuid_r(uid, &pw, bytes, sizeof(bytes), &found))
		found = NULL;
	w->users[w->count++] = (struct user) { uid, found ? xstrdup(pw.pw_name) : NULL };
	return w->users[w->count - 1].name;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* docker-ID.scope, libpod-ID, crio-ID.scope, cri-containerd-ID.scope, or the ID alone. */
const char *who_container(const char *cgroup, size_t *len)
{
	const char *found = "";

	*len = 0;
	for (const char *s = cgroup; *s;) {
		size_t digits = 0;

		while (is_hex(s[digits]))
			digits++;
		/* A monitor is not in what it watches; a word begins with no hex digit by chance.
		 */
		if (digits >= CONTAINER_DIGITS && (s == cgroup || strchr("/-:", s[-1])) &&
		    (!s[digits] || strchr("./", s[digits])) &&
		    !(s - cgroup >= 7 && !strncmp(s - 7, "conmon-", 7))) {
			found = s;
			*len = CONTAINER_DIGITS;
		}
		s += digits ? digits : 1;
	}
	return found;
}

const char *who_text(struct who *w, const struct process *p, enum who_what what, size_t *len)
{
	const char *s = NULL;

	if (what == WHO_EXE)
		s = p->exe;
	else if (what == WHO_USER)
		s = p->uid != UINT32_MAX ? user_name(w, p->uid) : NULL;
	else
		s = p->cgroup;
	if (!s)
		return NULL;
	if (what == WHO_CONTAINER)
		return who_container(s, len);
	*len = strlen(s);
	return s;
}
