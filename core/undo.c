/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undo: the journal's entries taken back, youngest first.
 *
 * Run by the deck on an orderly end and by the guard after its death, perhaps by both one after the
 * other: every step may be done twice. What is already gone counts as undone; what is busy is tried
 * again. A number that now belongs to another process is never signalled.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/journal.h"
#include "core/util.h"

#define KILL_AFTER (100 * NSEC_PER_MSEC)
#define RETRY_MIN  NSEC_PER_MSEC
#define RETRY_MAX  (20 * NSEC_PER_MSEC)

#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1U << 2)
#endif

static int undo_rmdir(const struct journal_entry *en)
{
	if (!en->path || en->path[0] != '/')
		return -EINVAL;
	if (!rmdir(en->path) || errno == ENOENT)
		return 0;
	return -errno;
}

/*
 * A list in tracefs grows by what is written and is emptied by O_TRUNC, a probe is taken away by
 * writing to a list that must not be emptied: so O_TRUNC stands for the empty value alone.
 */
static int undo_write(const struct journal_entry *en)
{
	_cleanup_close_ int fd = -1;
	ssize_t n;

	if (!en->path || en->path[0] != '/')
		return -EINVAL;
	fd = open(en->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | (en->size ? 0 : O_TRUNC));
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!en->size)
		return 0;
	n = write(fd, en->value, en->size);
	/* "!NAME" to a list that does not have it: it was never made, or is gone. */
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	return (size_t)n == en->size ? 0 : -EIO;
}

int undo_process_start(pid_t pid, uint64_t *ret, bool *ret_zombie)
{
	_cleanup_close_ int fd = -1;
	char buf[1024], *p;
	ssize_t n;

	snprintf(buf, sizeof(buf), "/proc/%d/stat", (int)pid);
	fd = open(buf, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ESRCH;
	n = read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return -ESRCH;
	buf[n] = '\0';
	/* The name in brackets may hold anything, brackets included: count from the last one. */
	p = strrchr(buf, ')');
	if (!p || p[1] != ' ' || !p[2])
		return -ESRCH;
	*ret_zombie = p[2] == 'Z' || p[2] == 'X';
	for (int field = 2; field < 22; field++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return -ESRCH;
	}
	*ret = strtoull(p + 1, NULL, 10);
	return 0;
}

/* Signals the group of a process that was just seen to be the one that is meant. */
static void signal_group(const struct journal_entry *en, int signo)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, en->pid, 0);
	uint64_t start;
	bool zombie;

	/* Looked at again with the descriptor in hand: from here on the number cannot mislead us.
	 */
	if (fd >= 0 && !undo_process_start(en->pid, &start, &zombie) && start == en->start) {
		if (!syscall(SYS_pidfd_send_signal, fd, signo, NULL, PIDFD_SIGNAL_PROCESS_GROUP))
			return;
		/* Kernels before 6.9, or a child that has no group of its own yet. */
		syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0);
		if (getpgid(en->pid) == en->pid)
			kill(-en->pid, signo);
	}
}

/*
 * The end of a group whose leader was told to go. While members are left no new process gets the
 * number, so without a leader in sight it is still the same group.
 */
static int kill_rest(const struct journal_entry *en, uint64_t told, bool same, bool zombie)
{
	if (kill(-en->pid, 0) && errno == ESRCH && !(same && !zombie))
		return 0;
	if (clock_mono() - told < KILL_AFTER)
		return -EBUSY;
	if (same && !zombie)
		signal_group(en, SIGKILL);
	else
		kill(-en->pid, SIGKILL);
	return same && !zombie ? -EBUSY : 0;
}

static int undo_kill(struct journal *j, const struct journal_entry *en)
{
	uint64_t told = journal_note(j, en->number), start = 0;
	bool zombie = false, there, same;

	if (en->pid <= 1)
		return -EINVAL;
	/* Its own zombie is the deck's to reap; for the guard it is nobody's child. */
	waitpid(en->pid, NULL, WNOHANG);
	there = !undo_process_start(en->pid, &start, &zombie);
	same = there && start == en->start;
	if (there && !same)
		return 0;
	if (told)
		return kill_rest(en, told, same, zombie);
	if (!same)
		return 0;
	signal_group(en, SIGTERM);
	journal_set_note(j, en->number, clock_mono());
	return -EBUSY;
}

static int undo_one(struct journal *j, const struct journal_entry *en)
{
	switch (en->kind) {
	case JOURNAL_RMDIR:
		return undo_rmdir(en);
	case JOURNAL_WRITE:
		return undo_write(en);
	case JOURNAL_KILL:
		return undo_kill(j, en);
	}
	return -EINVAL;
}

static void complain(const struct journal_entry *en, int code, struct err *e)
{
	if (en->kind == JOURNAL_KILL)
		err_set(e, code, "process %d does not end", (int)en->pid);
	else
		err_set(e, code, "%s: cannot be %s: %s", en->path ? en->path : "?",
			en->kind == JOURNAL_RMDIR ? "removed" : "set back", strerror(-code));
}

/* One round over all entries. Returns how many are busy; *failed counts the others that are left.
 */
static unsigned undo_pass(struct journal *j, unsigned *failed, struct err *e)
{
	uint64_t seq = UINT64_MAX;
	struct journal_entry en;
	bool hold_writes = false;
	unsigned busy = 0;

	*failed = 0;
	while (journal_prev(j, &seq, &en)) {
		/* An older value of a knob must not be overtaken by a younger one that waits. */
		int ret = hold_writes && en.kind == JOURNAL_WRITE ? -EBUSY : undo_one(j, &en);

		if (!ret) {
			journal_done(j, en.number);
			continue;
		}
		if (!busy && !*failed)
			complain(&en, ret, e);
		if (ret == -EBUSY || ret == -EINTR || ret == -EAGAIN || ret == -ENOMEM) {
			busy++;
			hold_writes |= en.kind == JOURNAL_WRITE;
		} else {
			++*failed;
		}
	}
	return busy;
}

unsigned journal_undo(struct journal *j, uint64_t budget, struct err *e)
{
	uint64_t deadline = clock_mono() + budget, nap = RETRY_MIN;
	unsigned busy, failed;

	if (!j->map)
		return 0;
	while ((busy = undo_pass(j, &failed, e)) && clock_mono() < deadline) {
		struct timespec ts = { .tv_nsec = (long)nap };

		nanosleep(&ts, NULL);
		nap = MIN(nap * 2, RETRY_MAX);
	}
	if (!busy && !failed)
		err_clear(e);
	return busy + failed;
}
