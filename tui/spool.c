/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool: a file that is written by a thread of its own.
 *
 * A disk can hold a write for half a second; whoever draws and drains must not wait for it. Bytes
 * go into a pipe, the thread copies them to the file and owns nothing but the two descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/util.h"
#include "tui/spool.h"

#define PIPE_SIZE (1 << 20) /* what an unprivileged user may have */
#define WAIT_MS	  2

struct spool {
	pthread_t thread;
	int from, to;	  /* the thread's */
	int pipe;	  /* the writer's end, to be asked how full it is */
	int ended[2];	  /* closed at one end by the thread when it is through */
	int size;	  /* of the pipe */
	atomic_int error; /* errno of the write that failed */
};

/* ---- the name ---- */

static const struct {
	const char *suffix, *kind;
} kinds[] = { { ".txt", "text" }, { ".csv", "csv" }, { ".json", "json" } };

const char *spool_kind(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].suffix);

		if (len > n && !strcmp(path + len - n, kinds[i].suffix))
			return kinds[i].kind;
	}
	return NULL;
}

int spool_check_path(const char *path, struct err *e)
{
	struct stat st;

	if (!spool_kind(path)) {
		err_set(e, -EAGAIN, "the name ends in .txt, .csv or .json");
		return 0;
	}
	if (!lstat(path, &st)) {
		err_set(e, -EEXIST, "this is there already and is left alone");
		return -1;
	}
	return 1;
}

int spool_create(const char *path, struct err *e)
{
	int fd;

	if (!spool_kind(path))
		return err_set(e, -EINVAL, "the name must end in .txt, .csv or .json");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, -EEXIST, "%s is there already and is left alone: another name",
			       path);
	return fd < 0 ? err_errno(e, "%s", path) : fd;
}

/* ---- the thread ---- */

static bool write_all(struct spool *s, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(s->to, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			atomic_store(&s->error, errno);
			return false;
		}
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static void *copy(void *data)
{
	struct spool *s = data;
	char *buf = xcalloc(1, 65536);
	ssize_t n;

	while ((n = read(s->from, buf, 65536)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !write_all(s, buf, (size_t)n))
			break;
	}
	free(buf);
	/* Some file systems say only now that there was no room. */
	if (close(s->to) < 0 && !atomic_load(&s->error))
		atomic_store(&s->error, errno);
	close(s->from);
	close(s->ended[1]);
	return NULL;
}

/* The thread takes no signal: they are the poller's. */
static int start(struct spool *s)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&s->thread, NULL, copy, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static void close_pair(const int *fds)
{
	close(fds[0]);
	close(fds[1]);
}

int spool_new(int fd, struct spool **ret, int *ret_pipe, struct err *e)
{
	struct spool *s = xcalloc(1, sizeof(*s));
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		free(s);
		return err_errno(e, "cannot make a pipe");
	}
	if (pipe2(s->ended, O_CLOEXEC) < 0) {
		rc = err_errno(e, "cannot make a pipe");
		close_pair(fds);
		free(s);
		return rc;
	}
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	s->size = fcntl(fds[1], F_GETPIPE_SZ);
	s->from = fds[0];
	s->to = fd;
	s->pipe = fds[1];
	rc = start(s);
	if (rc) {
		close_pair(fds);
		close_pair(s->ended);
		free(s);
		return err_set(e, -rc, "cannot start a thread to write: %s", strerror(rc));
	}
	*ret = s;
	*ret_pipe = fds[1];
	return 0;
}

bool spool_has_room(struct spool *s, size_t n)
{
	struct pollfd p = { .fd = s->ended[0] };
	int filled = 0;

	for (int i = 0; i < 2; i++) {
		if (ioctl(s->pipe, FIONREAD, &filled) < 0 || s->size - filled >= (int)n)
			return true;
		/* A thread that gave up takes nothing more: the next write will say so. */
		if (!i && poll(&p, 1, WAIT_MS) > 0)
			return true;
	}
	return false;
}

bool spool_ended(struct spool *s, int *ret_errno)
{
	struct pollfd p = { .fd = s->ended[0], .events = POLLIN };

	if (poll(&p, 1, WAIT_MS) <= 0)
		return false;
	*ret_errno = atomic_load(&s->error);
	return true;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	pthread_join(s->thread, NULL);
	close(s->ended[0]);
	free(s);
}
