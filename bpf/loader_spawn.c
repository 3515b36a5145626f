/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_spawn: see loader_spawn.h.
 */
#include "bpf/loader_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bpf/loader.h"

static int actions(posix_spawn_file_actions_t *fa, int sock)
{
	int ret = 0;

	for (int fd = 0; fd < 3 && !ret; fd++)
		ret = posix_spawn_file_actions_addopen(fa, fd, "/dev/null", O_RDWR, 0);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(fa, sock, WIRE_FD);
	if (!ret)
		ret = posix_spawn_file_actions_addclosefrom_np(fa, WIRE_FD + 1);
	return ret;
}

/* A group of its own: what the terminal sends is not for it. */
static int attributes(posix_spawnattr_t *at)
{
	sigset_t none, all;
	int ret;

	sigemptyset(&none);
	sigfillset(&all);
	ret = posix_spawnattr_setsigmask(at, &none);
	if (!ret)
		ret = posix_spawnattr_setsigdefault(at, &all);
	if (!ret)
		ret = posix_spawnattr_setpgroup(at, 0);
	if (!ret)
		ret = posix_spawnattr_setflags(at, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						       POSIX_SPAWN_SETSIGDEF);
	return ret;
}

static int spawn(const struct spawn_name *n, pid_t *pid, int sock)
{
	char arg[] = LOADER_ARG;
	char *argv[] = { (char *)n->name, arg, (char *)n->role, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int ret = posix_spawn_file_actions_init(&fa);

	if (ret)
		return ret;
	ret = posix_spawnattr_init(&at);
	if (!ret) {
		ret = actions(&fa, sock);
		if (!ret)
			ret = attributes(&at);
		if (!ret)
			ret = posix_spawn(pid, "/proc/self/exe", &fa, &at, argv, environ);
		posix_spawnattr_destroy(&at);
	}
	posix_spawn_file_actions_destroy(&fa);
	return ret;
}

int loader_spawn(const struct spawn_name *n, pid_t *pid, int *sock, struct err *e)
{
	int sv[2], high, ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return err_errno(e, "cannot start %s: socketpair", n->what);
	/* Above the descriptor it becomes: dup2 onto itself would leave it closed on exec. */
	high = fcntl(sv[1], F_DUPFD_CLOEXEC, WIRE_FD + 1);
	ret = high < 0 ? EMFILE : fcntl(sv[0], F_SETFL, O_NONBLOCK) ? errno : spawn(n, pid, high);
	if (high >= 0)
		close(high);
	close(sv[1]);
	if (!ret) {
		*sock = sv[0];
		return 0;
	}
	close(sv[0]);
	*pid = 0;
	return err_set(e, -ret, "cannot start %s: %s%s", n->what, strerror(ret),
		       ret == ENOENT ? " (/proc is not mounted?)" : "");
}
