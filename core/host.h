/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: where procfs, sysfs and the files of the host are: the one place that knows.
 *
 * In a container the host's are mounted elsewhere. TRACER_PROCFS_PATH and TRACER_SYSFS_PATH name
 * them one by one; HOST_ROOT names a directory that has all of the host below it, and what the two
 * do not name is looked for there. What is about this process (/proc/self) is not asked here: it
 * is at /proc, wherever the host's is.
 */
#ifndef CORE_HOST_H
#define CORE_HOST_H

#define HOST_PROCFS_ENV "TRACER_PROCFS_PATH"
#define HOST_SYSFS_ENV	"TRACER_SYSFS_PATH"
#define HOST_ROOT_ENV	"HOST_ROOT"

/* The procfs that knows all processes: /proc where nothing else was said. */
const char *host_procfs(void);

/* The sysfs of the host: /sys where nothing else was said. */
const char *host_sysfs(void);

/* What stands before the paths of the host's other files (/var/lib/...); "" for this root. */
const char *host_root(void);

/* The name of a variable whose value is no absolute path, so that it was passed over; or NULL. */
const char *host_wrong(void);

/* Takes HOST_ROOT to heart; to be called once, before anything is asked and any thread is there. */
void host_begin(void);

#endif
