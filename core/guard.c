/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guard: the process that outlives us by a moment.
 *
 * Owns the journal, the guard process and the socket to it. The deck passes three descriptors:
 * the journal, a pidfd of itself (opened by itself, so there is no moment in which its number could
 * be someone else's) and the socket, on which the guard says that it stands and the deck that it
 * may go. The guard must never open anything but what the journal names.
 */
#include "core/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/journal.h"
#include "core/util.h"

#define GUARD_NAME     "tapdeck-guard"
#define GUARD_ENV      "TAPDECK_GUARD" /* set in the guard: a guard of a guard is a mistake */
#define GUARD_START_MS 10000	       /* a guest without KVM is slow */
#define STOP_BUDGET    (2 * NSEC_PER_SEC)
#define DEATH_BUDGET   (10 * NSEC_PER_SEC)

/* What the guard finds open. */
enum guard_fd { GUARD_JOURNAL = 3, GUARD_DECK, GUARD_SOCKET, GUARD_FD_END };

/* While they are placed, descriptors stand above those places. */
#define FD_FLOOR 16

struct guard {
	struct journal journal;
	pid_t pid;
	int sock;
};

static int lift(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_FLOOR);
}

/* The deck's environment (a sanitizer or loader may need it) and our mark. Caller frees the vector.
 */
static char **guard_environ(void)
{
	size_t n = 0;
	char **v;

	while (environ && environ[n])
		n++;
	v = xcalloc(n + 2, sizeof(*v));
	if (n)
		memcpy(v, environ, n * sizeof(*v));
	v[n] = (char *)GUARD_ENV "=1";
	return v;
}

static int spawn_actions(posix_spawn_file_actions_t *fa, const int fds[3])
{
	int ret = 0;

	for (int fd = 0; fd < 3 && !ret; fd++)
		ret = posix_spawn_file_actions_addopen(fa, fd, "/dev/null", O_RDWR, 0);
	for (int i = 0; i < 3 && !ret; i++)
		ret = posix_spawn_file_actions_adddup2(fa, fds[i], GUARD_JOURNAL + i);
	if (!ret)
		ret = posix_spawn_file_actions_addclosefrom_np(fa, GUARD_FD_END);
	return ret;
}

/* All signals blocked from the first instruction on: what ends the deck must not end its guard. */
static int spawn_attributes(posix_spawnattr_t *at)
{
	sigset_t all;
	int ret;

	sigfillset(&all);
	ret = posix_spawnattr_setsigmask(at, &all);
	if (!ret)
		ret = posix_spawnattr_setsigdefault(at, &all);
	if (!ret)
		ret = posix_spawnattr_setflags(at, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						       POSIX_SPAWN_SETSIGDEF);
	return ret;
}

/* Returns 0 or an errno, as posix_spawn does. */
static int spawn(pid_t *pid, const int fds[3])
{
	char name[] = GUARD_NAME, arg[] = GUARD_ARG;
	char *argv[] = { name, arg, NULL };
	_cleanup_free_ char **env = guard_environ();
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int ret;

	ret = posix_spawn_file_actions_init(&fa);
	if (ret)
		return ret;
	ret = posix_spawnattr_init(&at);
	if (ret) {
		posix_spawn_file_actions_destroy(&fa);
		return ret;
	}
	ret = spawn_actions(&fa, fds);
	if (!ret)
		ret = spawn_attributes(&at);
	if (!ret)
		ret = posix_spawn(pid, "/proc/self/exe", &fa, &at, argv, env);
	posix_spawnattr_destroy(&at);
	posix_spawn_file_actions_destroy(&fa);
	return ret;
}

static void reap(pid_t pid)
{
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Waits until the guard says that it stands. */
static int wait_ready(struct guard *g, struct err *e)
{
	struct pollfd p = { .fd = g->sock, .events = POLLIN };
	char c;
	int n;

	do {
		n = poll(&p, 1, GUARD_START_MS);
	} while (n < 0 && errno == EINTR);
	if (n > 0 && recv(g->sock, &c, 1, MSG_DONTWAIT) == 1)
		return 0;
	kill(g->pid, SIGKILL);
	reap(g->pid);
	g->pid = 0;
	return err_set(e, n ? -EPIPE : -ETIMEDOUT, "the guard process %s",
		       n ? "ended as soon as it was started" : "does not answer");
}

/* Starts the process with what it needs; our copies of it are closed when this returns. */
static int guard_place(struct guard *g, int deck, int sock)
{
	_cleanup_close_ int high_journal = lift(g->journal.fd);
	_cleanup_close_ int high_deck = lift(deck);
	_cleanup_close_ int high_sock = lift(sock);

	if (high_journal < 0 || high_deck < 0 || high_sock < 0)
		return EMFILE;
	return spawn(&g->pid, (const int[]) { high_journal, high_deck, high_sock });
}

static int guard_spawn(struct guard *g, struct err *e)
{
	_cleanup_close_ int deck = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int sv[2], ret;

	if (deck < 0)
		return err_errno(e, "cannot start the guard: pidfd_open");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return err_errno(e, "cannot start the guard: socketpair");
	g->sock = sv[0];
	ret = guard_place(g, deck, sv[1]);
	/* Our copy of its end must go, or its death would not show. */
	close(sv[1]);
	if (ret) {
		g->pid = 0;
		return err_set(e, -ret, "cannot start the guard: %s%s", strerror(ret),
			       ret == ENOENT ? " (/proc is not mounted?)" : "");
	}
	return wait_ready(g, e);
}

static void guard_free(struct guard *g)
{
	if (g->sock >= 0)
		close(g->sock);
	journal_close(&g->journal);
	free(g);
}

int guard_start(struct guard **ret, struct err *e)
{
	struct guard *g;
	int r;

	if (getenv(GUARD_ENV))
		return err_set(e, -ELOOP, "a guard does not start a guard");
	g = xcalloc(1, sizeof(*g));
	g->sock = -1;
	r = journal_new(&g->journal, e);
	if (!r)
		r = guard_spawn(g, e);
	if (r) {
		guard_free(g);
		return r;
	}
	*ret = g;
	return 0;
}

int guard_check(struct guard *g, struct err *e)
{
	char c;
	ssize_t n = recv(g->sock, &c, 1, MSG_DONTWAIT | MSG_PEEK);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	reap(g->pid);
	g->pid = 0;
	close(g->sock);
	g->sock = -1;
	return guard_spawn(g, e);
}

int guard_stop(struct guard *g, struct err *e)
{
	unsigned left;

	if (!g)
		return 0;
	left = journal_undo(&g->journal, STOP_BUDGET, e);
	if (left) {
		/* The guard stays and goes on trying once we are gone. */
		guard_free(g);
		return (int)left;
	}
	if (g->sock >= 0)
		send(g->sock, "q", 1, MSG_NOSIGNAL);
	reap(g->pid);
	guard_free(g);
	return 0;
}

static int guard_path(struct guard *g, const struct journal_entry *en, struct err *e)
{
	if (en->path[0] != '/')
		return err_set(e, -EINVAL, "%s: the journal takes absolute paths only", en->path);
	return journal_add(&g->journal, en, e);
}

int guard_rmdir(struct guard *g, const char *path, struct err *e)
{
	struct journal_entry en = { .kind = JOURNAL_RMDIR, .path = path };

	return guard_path(g, &en, e);
}

int guard_write(struct guard *g, const char *path, const void *value, size_t size, struct err *e)
{
	struct journal_entry en = {
		.kind = JOURNAL_WRITE, .path = path, .value = value, .size = size
	};

	return guard_path(g, &en, e);
}

int guard_kill(struct guard *g, pid_t pid, struct err *e)
{
	struct journal_entry en = { .kind = JOURNAL_KILL, .pid = pid };
	bool zombie;

	if (pid <= 1 || undo_process_start(pid, &en.start, &zombie))
		return err_set(e, -ESRCH, "process %d is not there", (int)pid);
	return journal_add(&g->journal, &en, e);
}

void guard_done(struct guard *g, int entry)
{
	journal_done(&g->journal, entry);
}

pid_t guard_pid(const struct guard *g)
{
	return g->pid;
}

/* ---- the guard's own life ---- */

static int guard_settle(struct journal *j)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, GUARD_NAME);
	if (chdir("/"))
		return -errno;
	syscall(SYS_close_range, (unsigned)GUARD_FD_END, ~0U, 0U);
	for (int fd = GUARD_JOURNAL; fd < GUARD_FD_END; fd++) {
		if (fcntl(fd, F_SETFD, FD_CLOEXEC))
			return -errno;
	}
	return journal_map(j, GUARD_JOURNAL);
}

int guard_main(int argc, char **argv)
{
	struct pollfd p[2] = { { .fd = GUARD_SOCKET, .events = POLLIN },
			       { .fd = GUARD_DECK, .events = POLLIN } };
	struct journal j = { 0 };
	char c;

	if (guard_settle(&j) || send(GUARD_SOCKET, "r", 1, MSG_NOSIGNAL) != 1)
		return 2;
	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		/* Told to go: only with nothing left to undo, else death is waited for. */
		if (p[0].revents) {
			if (recv(GUARD_SOCKET, &c, 1, MSG_DONTWAIT) == 1 && !journal_count(&j))
				return 0;
			p[0].fd = -1;
			p[0].revents = 0;
		}
		if (p[1].revents)
			return journal_undo(&j, DEATH_BUDGET, NULL) ? 1 : 0;
	}
}
