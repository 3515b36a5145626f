/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_check: what can be wrong with what is asked for, found before anything is done.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/choice.h"
#include "cli/record.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/host.h"

/* The process of a thread, 0 when it is none. */
static int process_of(int pid)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	char path[PATH_MAX];
	size_t size = 0;
	int tgid = 0;

	snprintf(path, sizeof(path), "%s/%d/status", host_procfs(), pid);
	f = fopen(path, "re");
	while (f && getline(&line, &size, f) > 0)
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			break;
	return tgid;
}

/* Who is there by number must be there, and may end; who is meant otherwise may still come. */
static int take_pid(struct record *r, const char *word, struct err *e)
{
	int pid = atoi(word), tgid;
	uint64_t from = clock_mono();
	int fd;

	if (!target_is_pid(word)) {
		r->awaits = true;
		return family_add_target(r->family, word, e);
	}
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0) {
		int error = errno;

		tgid = process_of(pid);
		if (tgid > 0 && tgid != pid)
			return err_set(e, -ESRCH, "%d is a thread of process %d: use -p %d", pid,
				       tgid, tgid);
		if (error == ESRCH)
			return err_set(e, -error, "there is no process %d", pid);
		return err_set(e, -error, "process %d cannot be watched: %s", pid, strerror(error));
	}
	r->pids[r->pid_count++] = (struct record_pid) { .record = r, .fd = fd };
	family_add(r->family, pid, from, clock_mono());
	return 0;
}

static int take_pids(struct record *r, struct err *e)
{
	const struct strlist *pids = &r->opts->pids;
	int rc = 0;

	if (!pids->count && !r->opts->follow)
		return 0;
	r->family = family_new(r->opts->follow);
	r->pids = xcalloc(pids->count + 1, sizeof(*r->pids));
	for (size_t i = 0; i < pids->count && rc >= 0; i++)
		rc = take_pid(r, pids->v[i], e);
	r->pids_alive = r->pid_count;
	return rc;
}

/* The words among themselves. */
static int check_words(const struct record *r, struct err *e)
{
	const struct opts *o = r->opts;

	if (o->follow && !o->pids.count && !o->args.count)
		return err_set(
		    e, -EINVAL,
		    "--follow needs a process to follow: -p PID, -p comm=NAME or a COMMAND");
	if (o->keep != UINT64_MAX && !o->rotate)
		return err_set(e, -EINVAL, "--keep means files of --rotate");
	if (!o->keep)
		return err_set(e, -EINVAL, "--keep: at least the file being written is kept");
	if (o->max_size < RECORD_SIZE_LEAST)
		return err_set(e, -EINVAL,
			       "--size: a file that holds nothing but formats takes "
			       "almost as much; the least is 16M");
	return 0;
}

/* The recorder is who decides; this is only to say it before anything was done. */
static int check_path(const struct record *r, struct err *e)
{
	const char *slash = strrchr(r->path, '/');
	_cleanup_free_ char *dir =
	    slash ? xstrndup(r->path, (size_t)(slash - r->path + 1)) : xstrdup(".");
	struct stat st;

	if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0)
		return err_errno(e, "%s: no file can be made in it", dir);
	if (r->opts->rotate || r->opts->force || lstat(r->path, &st) < 0)
		return 0;
	return err_set(e, -EEXIST,
		       "%s is there already; name another file with -o, or replace it with --force",
		       r->path);
}

int record_check(struct record *r, bool *usage, struct err *e)
{
	struct filter *filter = NULL;
	int rc = check_words(r, e);

	if (rc >= 0 && r->opts->rotate)
		rc = record_rotate_parse(r->opts->rotate, &r->rotate, e);
	if (rc >= 0)
		rc = choice_filter(r->opts, 0, &filter, e);
	filter_free(filter);
	*usage = rc < 0;
	if (rc >= 0)
		rc = check_path(r, e);
	if (rc >= 0 && r->command.argv)
		rc = record_command_check(&r->command, e);
	if (rc >= 0)
		rc = take_pids(r, e);
	return rc;
}
