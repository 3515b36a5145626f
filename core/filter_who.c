/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_who: the process behind a row, its user and its container.
 */
#include "core/filter_who.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/filter_tree.h"
#include "core/util.h"

#define CONTAINER_DIGITS 12 /* what docker ps shows of 64 */
#define PASSWD_BYTES	 4096

struct user {
	uint32_t uid;
	char *name; /* NULL: there is none of this number */
};

struct filter_who {
	uint64_t *asked; /* a bit a process, by its running number */
	size_t words;
	struct user *users;
	size_t count;
};

struct filter_who *filter_who_new(void)
{
	return xcalloc(1, sizeof(struct filter_who));
}

void filter_who_free(struct filter_who *w)
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
static bool is_new(struct filter_who *w, uint32_t index)
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

/* The process of a row, with what /proc says of it; NULL when it is not known. */
static const struct process *process_of(struct filter_who *w, const struct row *r,
					const struct identity *id)
{
	const struct task *t;

	if (!id || (r->flags & ROW_LOSS))
		return NULL;
	t = identity_task(id, r->tid, r->ts);
	if (!t || !t->process)
		return NULL;
	/* The table is read only for those who filter; that it fills itself on demand is its own.
	 */
	if (is_new(w, t->process->index))
		identity_detail((struct identity *)(uintptr_t)id, t->process);
	return t->process;
}

bool filter_who_number(struct filter_who *w, unsigned code, const struct row *r,
		       const struct identity *id, uint64_t *ret)
{
	const struct process *p = process_of(w, r, id);

	if (!p)
		return false;
	if (code == CODE_PPID) {
		*ret = (uint64_t)p->ppid;
		return p->ppid >= 0;
	}
	*ret = p->uid;
	return p->uid != UINT32_MAX;
}

static const char *user_name(struct filter_who *w, uint32_t uid)
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
const char *filter_who_container(const char *cgroup, size_t *len)
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

const char *filter_who_text(struct filter_who *w, unsigned code, const struct row *r,
			    const struct identity *id, size_t *len)
{
	const struct process *p = process_of(w, r, id);
	const char *s = NULL;

	if (!p)
		return NULL;
	if (code == CODE_EXE)
		s = p->exe;
	else if (code == CODE_USER)
		s = p->uid != UINT32_MAX ? user_name(w, p->uid) : NULL;
	else
		s = p->cgroup;
	if (!s)
		return NULL;
	if (code == CODE_CONTAINER)
		return filter_who_container(s, len);
	*len = strlen(s);
	return s;
}
