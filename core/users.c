/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * users: see users.h.
 */
#include "core/users.h"

#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/host.h"

#define PASSWD_BYTES 4096
#define NAME_BYTES   256

struct user {
	uint32_t uid;
	char *name; /* NULL: there is none of this number */
};

struct users {
	struct user *v;
	size_t count;
};

struct users *users_new(void)
{
	return xcalloc(1, sizeof(struct users));
}

void users_free(struct users *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->count; i++)
		free(u->v[i].name);
	free(u->v);
	free(u);
}

/* Finds a user by name, or by number where that is NULL; false when there is none. */
static bool find(const char *name, uint32_t uid, struct passwd *pw, char *bytes)
{
	char path[PATH_MAX];
	struct passwd *found = NULL;
	_cleanup_fclose_ FILE *f = NULL;

	if (!*host_root()) {
		if (name)
			return !getpwnam_r(name, pw, bytes, PASSWD_BYTES, &found) && found;
		return !getpwuid_r(uid, pw, bytes, PASSWD_BYTES, &found) && found;
	}
	snprintf(path, sizeof(path), "%.*s/etc/passwd", PATH_MAX / 2, host_root());
	f = fopen(path, "re");
	while (f && !fgetpwent_r(f, pw, bytes, PASSWD_BYTES, &found))
		if (name ? !strcmp(pw->pw_name, name) : pw->pw_uid == uid)
			return true;
	return false;
}

const char *users_name(struct users *u, uint32_t uid)
{
	char bytes[PASSWD_BYTES];
	struct passwd pw;

	for (size_t i = 0; i < u->count; i++)
		if (u->v[i].uid == uid)
			return u->v[i].name;
	u->v = xrealloc(u->v, u->count + 1, sizeof(*u->v));
	u->v[u->count] =
	    (struct user) { uid, find(NULL, uid, &pw, bytes) ? xstrdup(pw.pw_name) : NULL };
	return u->v[u->count++].name;
}

uint32_t users_uid(const char *name, size_t len)
{
	char bytes[PASSWD_BYTES], word[NAME_BYTES], *end;
	struct passwd pw;
	unsigned long v;

	if (!len || len >= sizeof(word))
		return UINT32_MAX;
	memcpy(word, name, len);
	word[len] = '\0';
	if (find(word, 0, &pw, bytes))
		return pw.pw_uid;
	v = strtoul(word, &end, 10);
	return word[0] >= '0' && word[0] <= '9' && !*end && v < UINT32_MAX ? (uint32_t)v
									   : UINT32_MAX;
}
