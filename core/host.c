/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: see host.h. What is known is kept where it came from, in the environment.
 */
#include "core/host.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util.h"

/* Names of files go behind them. */
#define LONGEST (PATH_MAX / 2)

static bool is_path(const char *v)
{
	return v && *v == '/' && strnlen(v, LONGEST) < LONGEST;
}

static const char *path_of(const char *name, const char *usual)
{
	const char *v = getenv(name);

	return is_path(v) ? v : usual;
}

const char *host_procfs(void)
{
	return path_of(HOST_PROCFS_ENV, "/proc");
}

const char *host_sysfs(void)
{
	return path_of(HOST_SYSFS_ENV, "/sys");
}

const char *host_root(void)
{
	const char *v = path_of(HOST_ROOT_ENV, "");

	return v[strspn(v, "/")] ? v : "";
}

const char *host_wrong(void)
{
	static const char *const names[] = { HOST_PROCFS_ENV, HOST_SYSFS_ENV, HOST_ROOT_ENV };
	const char *v;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		v = getenv(names[i]);
		if (v && *v && !is_path(v))
			return names[i];
	}
	return NULL;
}

/* What is not named by itself is below the root. */
static void put_below(const char *name, const char *part)
{
	char path[PATH_MAX];

	if (is_path(getenv(name)))
		return;
	snprintf(path, sizeof(path), "%.*s%s", LONGEST, host_root(), part);
	setenv(name, path, 1);
}

void host_begin(void)
{
	if (!*host_root())
		return;
	put_below(HOST_PROCFS_ENV, "/proc");
	put_below(HOST_SYSFS_ENV, "/sys");
}
