/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slow_write: one child, one write, and its errno as exit status.
 *
 * The child comes from fork without exec, so it calls nothing but what is safe there: setpgid,
 * write, _exit. Its file is opened before, where an error can be said. Killing it does not stop
 * the kernel, but nothing of ours is left behind.
 */
#include "tracefs/slow_write.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dir.h"
#include "tracefs/refusal.h"

static _Noreturn void child(int fd, const char *value, size_t len)
{
	ssize_t n;

	setpgid(0, 0); /* Ctrl-C is for the deck alone */
	do {
		n = write(fd, value, len);
	} while (n < 0 && errno == EINTR);
	_exit(n < 0 ? errno & 0xff : (size_t)n == len ? 0 : EIO);
}

static void forget(struct slow_write *w)
{
	free(w->dir);
	free(w->file);
	free(w->value);
	*w = (struct slow_write) { 0 };
}

int slow_write_begin(struct slow_write *w, struct guard *g, const char *dir, const char *file,
		     const char *value, struct err *e)
{
	_cleanup_close_ int fd = tracefs_open(dir, O_WRONLY, e, "%s", file);
	pid_t pid;

	if (fd < 0)
		return fd;
	pid = fork();
	if (pid < 0)
		return err_errno(e, "cannot start a child to write %s", file);
	if (pid == 0)
		child(fd, value, strlen(value));
	setpgid(pid, pid); /* whoever comes first */
	*w = (struct slow_write) {
		.pid = pid,
		.guard = g,
		.dir = xstrdup(dir),
		.file = xstrdup(file),
		.value = xstrdup(value),
	};
	/* It ends by itself; the entry only hastens that. */
	w->journal = guard_kill(g, pid, NULL);
	return 0;
}

bool slow_write_wait(struct slow_write *w, int ms, int *ret_status)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, w->pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd >= 0 && ms >= 0) {
		int r;

		do {
			r = poll(&p, 1, ms);
		} while (r < 0 && errno == EINTR);
		if (r == 0)
			return false;
	}
	while (waitpid(w->pid, ret_status, 0) < 0) {
		if (errno == EINTR)
			continue;
		*ret_status = ECHILD << 8; /* somebody else reaped it */
		break;
	}
	return true;
}

int slow_write_end(struct slow_write *w, int status, struct err *e)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;

	if (w->journal > 0)
		guard_done(w->guard, w->journal);
	if (code)
		refusal_say(e, -code, w->dir, w->file, w->value);
	forget(w);
	return -code;
}
