/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * instance: made, tuned, used and removed.
 *
 * Owns the directory and the lock on it. Nothing outside the directory is written, so nothing but
 * the directory itself is in the journal. Knobs that a new instance inherits from the top level
 * and that would change what we record are set, whatever stood there.
 */
#include "tracefs/instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/sweep.h"

#define BUFFER_DEFAULT (16ull << 20)
#define BUFFER_MIN     (64ull << 10)
#define CLOSE_WAIT     (2 * NSEC_PER_SEC)
#define CPUS_MAX       65535u
#define NAMES_MAX      100 /* live decks of one pid in as many pid namespaces */

uint64_t instance_default_buffer(unsigned cpus)
{
	struct sysinfo si;
	uint64_t share = BUFFER_DEFAULT;

	if (!sysinfo(&si))
		share = (uint64_t)si.totalram * si.mem_unit / 16 / MAX(cpus, 1u);
	share = MIN(share, BUFFER_DEFAULT);
	return MAX(share & ~(BUFFER_MIN - 1), BUFFER_MIN);
}

/* The highest CPU the kernel keeps a buffer for, and one. */
static int count_cpus(struct instance *in, struct err *e)
{
	int fd = tracefs_open(in->path, O_RDONLY | O_DIRECTORY, e, "per_cpu");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (fd < 0)
		return fd;
	if (!dir) {
		close(fd);
		return err_set(e, -ENOMEM, "%s/per_cpu: no memory", in->path);
	}
	while ((d = readdir(dir))) {
		unsigned cpu;

		if (sscanf(d->d_name, "cpu%u", &cpu) == 1 && cpu < CPUS_MAX && cpu >= in->cpus)
			in->cpus = cpu + 1;
	}
	if (!in->cpus)
		return err_set(e, -ENODEV, "%s/per_cpu: no CPU has a buffer", in->path);
	return 0;
}

/* ---- the knobs ---- */

struct knob {
	const char *file, *value;
	bool optional; /* older or smaller kernels have no such file */
};

/*
 * In this order: off, before anything can come in; the clock while the buffer is small, for it
 * empties it.
 *
 * overwrite stays on: then what is lost is the oldest, and the page that is read next says in its
 * header that events are missing before it, with their number where the page has room for it; the
 * exact sum is overrun in per_cpu/cpuN/stats. With it off the newest are lost and no page says
 * where. buffer_percent 0 makes the descriptor ready with the first event. Stacks behind every
 * event would treble the buffer's traffic.
 */
static const struct knob knobs[] = {
	{ "tracing_on", "0", false },
	{ "trace_clock", "mono", false },
	{ "options/overwrite", "1", false },
	{ "options/stacktrace", "0", true },
	{ "options/userstacktrace", "0", true },
	{ "buffer_percent", "0", true },
};

static int set_knobs(struct instance *in, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(knobs); i++) {
		int ret = tracefs_write(in->path, knobs[i].value, e, "%s", knobs[i].file);

		if (ret && !(knobs[i].optional && ret == -ENOENT))
			return ret;
	}
	err_clear(e);
	return 0;
}

/* Sub-buffers of size bytes; a kernel before 6.8 or one without such pages keeps its own. */
static int set_subbuf(struct instance *in, uint32_t size, struct err *e)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	char text[16];
	uint64_t kb;
	int ret;

	in->subbuf_size = page;
	if (size == page && !tracefs_read_u64(in->path, &kb, NULL, "buffer_subbuf_size_kb") &&
	    kb * 1024 == page)
		return 0;
	snprintf(text, sizeof(text), "%u", MAX(size, 1024u) / 1024);
	ret = tracefs_write(in->path, text, e, "buffer_subbuf_size_kb");
	if (ret && ret != -ENOENT && ret != -ENOMEM)
		return ret;
	err_clear(e);
	if (ret == -ENOENT)
		return 0;
	/* The kernel rounds up to a power of two of its pages. */
	ret = tracefs_read_u64(in->path, &kb, e, "buffer_subbuf_size_kb");
	if (ret)
		return ret;
	if (kb == 0 || kb > 1024)
		return err_set(e, -ERANGE, "sub-buffers of %llu KiB make no sense",
			       (unsigned long long)kb);
	in->subbuf_size = (uint32_t)kb * 1024;
	return 0;
}

static int set_buffer(struct instance *in, uint64_t bytes, struct err *e)
{
	char text[32];
	uint64_t kb;
	int ret;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)MAX(bytes / 1024, 1ull));
	ret = tracefs_write(in->path, text, e, "buffer_size_kb");
	if (ret)
		return ret;
	/* "X" when the CPUs differ: then the first one speaks for all. */
	ret = tracefs_read_u64(in->path, &kb, NULL, "buffer_size_kb");
	if (ret)
		ret = tracefs_read_u64(in->path, &kb, e, "per_cpu/cpu0/buffer_size_kb");
	if (ret)
		return ret;
	in->buffer_size = kb * 1024;
	return 0;
}

/* 64 KiB sub-buffers want 16 pages in a row each; on a fragmented box single pages still do. */
static int set_sizes(struct instance *in, uint64_t buffer, uint32_t subbuf, struct err *e)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	int ret = set_subbuf(in, subbuf, e);

	if (ret)
		return ret;
	ret = set_buffer(in, buffer, e);
	if (ret != -ENOMEM || in->subbuf_size <= page)
		return ret;
	err_clear(e);
	ret = set_subbuf(in, page, e);
	return ret ? ret : set_buffer(in, buffer, e);
}

/* ---- the directory ---- */

/* Our name in instances/, free at this moment: nobody else makes one while we hold the lock. */
static int pick_name(struct instance *in, const char *name, struct err *e)
{
	for (int n = 0; n < NAMES_MAX; n++) {
		char suffix[8] = "";
		int ret;

		if (n)
			snprintf(suffix, sizeof(suffix), "-%d", n);
		ret = asprintf(&in->name, "tapdeck.%d.%s%s", (int)getpid(), name, suffix);
		if (ret < 0) {
			in->name = NULL;
			return -ENOMEM;
		}
		if (asprintf(&in->path, "%s/instances/%s", in->tracefs, in->name) < 0) {
			in->path = NULL;
			return -ENOMEM;
		}
		if (access(in->path, F_OK) && errno == ENOENT)
			return 0;
		free(in->name);
		free(in->path);
		in->name = in->path = NULL;
	}
	return err_set(e, -EEXIST, "%s/instances is full of tapdeck.%d.%s: run tapdeck cleanup",
		       in->tracefs, (int)getpid(), name);
}

static int make_dir(struct instance *in, const char *name, struct err *e)
{
	_cleanup_close_ int lock = instances_lock(in->tracefs, e);
	int ret;

	if (lock < 0)
		return lock;
	ret = pick_name(in, name, e);
	if (ret)
		return ret;
	in->journal = guard_rmdir(in->guard, in->path, e);
	if (in->journal < 0)
		return in->journal;
	if (mkdir(in->path, 0750)) {
		ret = err_errno(e, "cannot make the instance %s", in->path);
		guard_done(in->guard, in->journal);
		in->journal = -1;
		return ret;
	}
	in->lock_fd = instance_lock(in->path);
	if (in->lock_fd < 0)
		return err_set(e, in->lock_fd, "cannot lock %s: %s", in->path,
			       strerror(-in->lock_fd));
	return 0;
}

int instance_open(struct instance *in, struct guard *g, const char *tracefs, const char *name,
		  uint64_t buffer, uint32_t subbuf, struct err *e)
{
	int ret;

	*in = (struct instance) { .lock_fd = -1, .journal = -1, .guard = g };
	if (!name[0] || strlen(name) > 32 || strpbrk(name, "/. \n"))
		return err_set(e, -EINVAL, "\"%.40s\" is no name for an instance", name);
	in->tracefs = strdup(tracefs);
	ret = in->tracefs ? make_dir(in, name, e) : -ENOMEM;
	if (!ret)
		ret = set_knobs(in, e);
	if (!ret)
		ret = count_cpus(in, e);
	if (!ret)
		ret = set_sizes(in, buffer ? buffer : instance_default_buffer(in->cpus), subbuf, e);
	if (ret) {
		instance_close(in, NULL);
		err_ctx(e, "instance");
	}
	return ret;
}

static int remove_dir(const struct instance *in, struct err *e)
{
	uint64_t deadline = clock_mono() + CLOSE_WAIT;
	struct timespec nap = { .tv_nsec = (long)(2 * NSEC_PER_MSEC) };

	while (rmdir(in->path)) {
		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || clock_mono() >= deadline)
			return err_errno(e, "cannot remove %s", in->path);
		nanosleep(&nap, NULL);
	}
	return 0;
}

int instance_close(struct instance *in, struct err *e)
{
	int ret = 0;

	if (in->path && in->journal > 0) {
		/* Busy or not: nothing more comes in. */
		tracefs_write(in->path, "0", NULL, "tracing_on");
		ret = remove_dir(in, e);
		/* What could not be removed stays in the journal: the guard is more patient. */
		if (!ret)
			guard_done(in->guard, in->journal);
		if (in->lock_fd >= 0)
			close(in->lock_fd);
	}
	free(in->tracefs);
	free(in->name);
	free(in->path);
	*in = (struct instance) { .lock_fd = -1, .journal = -1 };
	return ret;
}
