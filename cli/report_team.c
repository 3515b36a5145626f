/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_team: as many processes as there are CPUs print a recording, in turn.
 *
 * They are forked with the recording open, so they share its pages and what was parsed. A ring of
 * pipes hands the turn on. Owns the processes and the memory in which they count.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/report.h"

#define BYTES_WORTH (4u << 20) /* of a file, for one more process */

struct team {
	const struct report *report;
	unsigned count;
	pid_t pids[REPORT_WORKERS_MAX];
	int ring[REPORT_WORKERS_MAX][2]; /* pipe i ends at worker i */
	struct report_counts *counts;	 /* shared */
};

unsigned report_workers(uint64_t bytes)
{
	cpu_set_t set;
	uint64_t cpus = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		cpus = (uint64_t)CPU_COUNT(&set);
	return (unsigned)MIN(MIN(cpus, REPORT_WORKERS_MAX), 1 + bytes / BYTES_WORTH);
}

static void close_ring(struct team *t)
{
	for (unsigned i = 0; i < t->count; i++)
		for (unsigned k = 0; k < 2; k++)
			if (t->ring[i][k] >= 0)
				close(t->ring[i][k]);
}

/* Pipes, shared memory; the first turn is given. */
static int set_up(struct team *t, struct err *e)
{
	void *map = mmap(NULL, t->count * sizeof(*t->counts), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	memset(t->ring, -1, sizeof(t->ring));
	if (map == MAP_FAILED)
		return err_errno(e, "no memory for those who print");
	t->counts = map;
	for (unsigned i = 0; i < t->count; i++)
		if (pipe2(t->ring[i], O_CLOEXEC) < 0)
			return err_errno(e, "no pipe for those who print");
	return write(t->ring[0][1], "t", 1) == 1 ? 0 : err_errno(e, "cannot begin to print");
}

/* What a worker does; never returns. It goes when whoever forked it goes. */
static void work(struct team *t, unsigned index, pid_t parent)
{
	struct turn turn = {
		.index = index,
		.count = t->count,
		.in = t->ring[index][0],
		.out = t->ring[(index + 1) % t->count][1],
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* A pipe held open by one who does not write to it would never end. */
	for (unsigned i = 0; i < t->count; i++) {
		if (t->ring[i][0] != turn.in)
			close(t->ring[i][0]);
		if (t->ring[i][1] != turn.out)
			close(t->ring[i][1]);
	}
	report_rows(t->report, &turn, &t->counts[index]);
	_exit(0);
}

static void end_all(struct team *t)
{
	for (unsigned i = 0; i < t->count; i++)
		if (t->pids[i] > 0)
			kill(t->pids[i], SIGKILL);
}

/* How a worker ended. True: so shall the others. */
static bool is_over(const struct report_counts *c, int status, struct err *e)
{
	if (!c->done)
		err_set(e, -EIO, "a process that printed died of signal %d",
			WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return !c->done || c->gone || c->error.code;
}

/*
 * One after the other, by their ids: children that were there before us are not ours to wait for.
 * When one dies its pipe closes, and so those behind it in the ring end as well.
 */
static int wait_all(struct team *t, struct err *e)
{
	bool over = false;

	for (unsigned i = 0; i < t->count; i++) {
		int status = 0;
		pid_t pid;

		do
			pid = waitpid(t->pids[i], &status, 0);
		while (pid < 0 && errno == EINTR);
		if (pid < 0)
			return err_errno(e, "cannot wait for those who print");
		t->pids[i] = 0;
		/* Of those that were killed nothing is said. */
		if (!over && is_over(&t->counts[i], status, e)) {
			over = true;
			end_all(t);
		}
	}
	return e && e->code ? e->code : 0;
}

static void add_up(const struct team *t, struct report_counts *c)
{
	*c = t->counts[0];
	for (unsigned i = 1; i < t->count; i++) {
		const struct report_counts *one = &t->counts[i];

		c->shown += one->shown;
		c->hidden += one->hidden;
		c->gone |= one->gone;
		if (one->error.code)
			c->error = one->error;
		if (one->trouble.code)
			c->trouble = one->trouble;
		/* All of them read everything, unless they were told to stop. */
		c->missed = MAX(c->missed, one->missed);
	}
}

int report_team(const struct report *r, struct report_counts *c, struct err *e)
{
	struct team t = { .report = r, .count = r->workers };
	pid_t self = getpid();
	int rc = set_up(&t, e);

	for (unsigned i = 0; i < t.count && rc >= 0; i++) {
		t.pids[i] = fork();
		if (!t.pids[i])
			work(&t, i, self);
		if (t.pids[i] < 0) {
			rc = err_errno(e, "cannot start a process to print");
			t.count = i;
			end_all(&t);
			wait_all(&t, NULL);
			t.count = r->workers;
		}
	}
	close_ring(&t);
	if (rc >= 0)
		rc = wait_all(&t, e);
	if (t.counts)
		add_up(&t, c);
	if (t.counts)
		munmap(t.counts, t.count * sizeof(*t.counts));
	return rc;
}
