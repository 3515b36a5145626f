/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_map: the bytes of a trace.dat, and what happens when they go away.
 *
 * A recording may be truncated while it is read (trace-cmd record writes to the same file
 * again), and a mapped page behind the new end raises SIGBUS. So whoever keeps recordings open
 * catches it: the missing page becomes zeros, which every walk takes for damage, and
 * dat_shrunk says what happened. The handler keeps no state.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "tracefs/dat_private.h"

/* Puts zeros where the file has no bytes any more. What is no such fault kills as ever. */
static void on_bus_error(int signo, siginfo_t *info, void *context)
{
	int saved = errno;
	uintptr_t page = getauxval(AT_PAGESZ), at = (uintptr_t)info->si_addr & ~(page - 1);

	if (info->si_code != BUS_ADRERR ||
	    mmap((void *)at, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		MAP_FAILED)
		signal(signo, SIG_DFL);
	errno = saved;
}

void dat_bus_catch(struct sigaction *ret_old)
{
	struct sigaction sa = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGBUS, &sa, ret_old);
}

void dat_bus_release(const struct sigaction *old)
{
	sigaction(SIGBUS, old, NULL);
}

static int map_fd(struct dat *d, struct err *e)
{
	struct stat st;
	void *map;

	if (fstat(d->fd, &st) < 0)
		return err_errno(e, "%s", d->path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL, "%s: not a plain file",
			       d->path);
	if (!st.st_size)
		return err_set(e, -EINVAL, "%s: not a trace.dat file: it is empty", d->path);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, d->fd, 0);
	if (map == MAP_FAILED)
		return err_errno(e, "%s: cannot map it", d->path);
	d->map = map;
	d->size = (uint64_t)st.st_size;
	return 0;
}

int dat_map(struct dat *d, const char *path, struct err *e)
{
	d->path = xstrdup(path);
	/* O_NONBLOCK: opening a pipe by mistake must not wait for its writer. */
	d->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (d->fd < 0)
		return err_errno(e, "%s", path);
	return map_fd(d, e);
}

void dat_unmap(struct dat *d)
{
	if (d->map)
		munmap((void *)d->map, d->size);
	if (d->fd >= 0)
		close(d->fd);
	free(d->path);
}

void dat_let_go(const struct dat *d)
{
	madvise((void *)d->map, d->size, MADV_DONTNEED);
}

bool dat_shrunk(struct dat *d)
{
	struct stat st;

	if (fstat(d->fd, &st) < 0 || (uint64_t)st.st_size >= d->size)
		return false;
	dat_damage(d, "the file shrank from %llu to %llu bytes while it was read",
		   (unsigned long long)d->size, (unsigned long long)st.st_size);
	return true;
}
