/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: see host.h. The environment is asked once.
 */
#include "core/host.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	char procfs[PATH_MAX], sysfs[PATH_MAX], root[PATH_MAX];
	const char *wrong;
	bool asked;
} host;

/* Copies an absolute path without the slashes at its end; false when there is none. */
static bool take(const char *name, char to[PATH_MAX])
{
	const char *v = getenv(name);
	size_t len;

	if (!v || !*v)
		return false;
	len = strlen(v);
	/* Longer names go behind it. */
	if (*v != '/' || len >= PATH_MAX / 2) {
		host.wrong = host.wrong ? host.wrong : name;
		return false;
	}
	while (len && v[len - 1] == '/')
		len--;
	memcpy(to, v, len);
	to[len] = '\0';
	return true;
}

static void ask(void)
{
	char v[PATH_MAX];

	if (host.asked)
		return;
	host.asked = true;
	host.wrong = NULL;
	host.root[0] = '\0';
	if (take(HOST_ROOT_ENV, v))
		memcpy(host.root, v, sizeof(v));
	if (!take(HOST_PROCFS_ENV, host.procfs))
		snprintf(host.procfs, sizeof(host.procfs), "%.*s/proc", PATH_MAX / 2, host.root);
	if (!take(HOST_SYSFS_ENV, host.sysfs))
		snprintf(host.sysfs, sizeof(host.sysfs), "%.*s/sys", PATH_MAX / 2, host.root);
}

const char *host_procfs(void)
{
	ask();
	return host.procfs;
}

const char *host_sysfs(void)
{
	ask();
	return host.sysfs;
}

const char *host_root(void)
{
	ask();
	return host.root;
}

const char *host_wrong(void)
{
	ask();
	return host.wrong;
}

void host_forget(void)
{
	host.asked = false;
}
