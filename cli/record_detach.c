/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_detach: fork, session, log.
 */
#include "cli/record_detach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/cleanup.h"
#include "core/strbuf.h"

/* Appends: the log of the recording before this one may still be wanted. Never another's file. */
static int open_log(struct record_detach *d, const char *path, struct err *e)
{
	struct strbuf b = { 0 };
	struct stat st;

	strbuf_fmt(&b, "%s.log", path);
	d->log_path = strbuf_take(&b);
	d->log = open(d->log_path,
		      O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (d->log < 0 || fstat(d->log, &st) < 0)
		return err_errno(e, "%s", d->log_path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1)
		return err_set(e, -EEXIST, "%s is there already and is no plain file of yours",
			       d->log_path);
	return 0;
}

/* The old process: passes on what the new one says until it runs, or how it ended. */
static int wait_for(pid_t pid, int ready)
{
	struct strbuf b = { 0 };
	char buf[512];
	ssize_t n;
	int status = 0;

	while ((n = read(ready, buf, sizeof(buf))) != 0)
		if (n > 0)
			strbuf_add(&b, buf, (size_t)n);
		else if (errno != EINTR)
			break;
	if (b.len) {
		cli_say("%s", strbuf_cstr(&b));
		strbuf_done(&b);
		return CLI_OK;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) != CLI_OK)
		return WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		cli_say("the recording was ended by signal %d before it began", WTERMSIG(status));
	return CLI_FAILED;
}

/* What was inherited may keep somebody waiting for us for ever (ssh, a pipe). */
static void close_inherited(int keep, int keep_too)
{
	int low = keep < keep_too ? keep : keep_too, high = keep < keep_too ? keep_too : keep;

	if (low > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)low - 1, 0);
	if (high > low + 1)
		close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	close_range((unsigned)high + 1, ~0U, 0);
}

/* A recording that failed at once has no log. */
static void drop_log(const struct record_detach *d)
{
	struct stat st;

	if (!fstat(d->log, &st) && !st.st_size)
		unlink(d->log_path);
}

int record_detach(struct record_detach *d, const char *path, int *ret_status, struct err *e)
{
	int fds[2], rc = open_log(d, path, e);
	pid_t pid;

	if (rc < 0)
		return rc;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(e, "pipe");
	pid = fork();
	if (pid < 0)
		rc = err_errno(e, "fork");
	if (pid == 0) {
		close(fds[0]);
		d->ready = fds[1];
		close_inherited(d->ready, d->log);
		setsid();
		return 0;
	}
	close(fds[1]);
	if (pid > 0) {
		*ret_status = wait_for(pid, fds[0]);
		if (*ret_status != CLI_OK)
			drop_log(d);
		rc = 1;
	}
	close(fds[0]);
	return rc;
}

int record_detach_ready(struct record_detach *d, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	strbuf_fmt(&b, "recording to %s as process %d; 'kill %d' ends it, %s says how it was", path,
		   (int)getpid(), (int)getpid(), d->log_path);
	n = write(d->ready, b.s, b.len);
	close(d->ready);
	d->ready = -1;
	if (n < 0)
		return err_set(e, -EPIPE, "ended before it ran: nobody waits for it any more");
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(d->log, STDOUT_FILENO);
	dup2(d->log, STDERR_FILENO);
	return 0;
}

void record_detach_done(struct record_detach *d)
{
	if (d->ready >= 0)
		close(d->ready);
	if (d->log >= 0)
		close(d->log);
	free(d->log_path);
	*d = (struct record_detach) { .ready = -1, .log = -1 };
}
