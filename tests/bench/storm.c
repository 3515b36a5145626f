/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * storm: a known number of events at full speed, and what they cost the one who makes them.
 *
 * Each of N processes, pinned to a CPU, calls getppid in a loop for S seconds, or as often as was
 * asked. With -x each has a partner on its CPU, and a call is a byte there and back through pipes:
 * two wake-ups and two switches, and the CPU time of both. Afterwards it prints one line: the
 * calls, the wall time and its own CPU time a call. With tracing on, the CPU time over that of a
 * quiet run is the price of being watched.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCS_MAX 64
#define BATCH	  1024

struct conf {
	double seconds;
	uint64_t calls; /* for each process; 0: until the time is over */
	uint64_t rate;	/* calls a second of each process; 0: full speed */
	unsigned procs;
	int cpu; /* of the first; -1: anywhere */
	bool exchange;
};

struct result {
	uint64_t calls, cpu_ns, wall_ns;
};

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		fprintf(stderr, "storm: cannot run on CPU %d: %s\n", cpu, strerror(errno));
}

/* Sleeps until the calls made so far are due. */
static void keep_pace(const struct conf *c, uint64_t start, uint64_t calls)
{
	uint64_t due = start + calls * 1000000000u / c->rate;
	struct timespec ts = { .tv_sec = (time_t)(due / 1000000000u),
			       .tv_nsec = (long)(due % 1000000000u) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* The partner answers until nobody asks any more. */
static void partner(int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1)
		;
	_exit(0);
}

/* Starts it; ask[1] and answer[0] are ours. */
static void find_partner(int *ask, int *answer)
{
	if (pipe(ask) < 0 || pipe(answer) < 0) {
		perror("storm: pipe");
		_exit(1);
	}
	if (fork()) {
		close(ask[0]);
		close(answer[1]);
		return;
	}
	close(ask[1]);
	close(answer[0]);
	partner(ask[0], answer[1]);
}

static void call(const struct conf *c, int ask, int answer)
{
	char byte = 'x';

	if (!c->exchange)
		syscall(SYS_getppid);
	else if (write(ask, &byte, 1) != 1 || read(answer, &byte, 1) != 1)
		_exit(1);
}

/* CPU time of the partner, who goes. */
static uint64_t leave_partner(int ask)
{
	struct rusage u;

	close(ask);
	wait(NULL);
	getrusage(RUSAGE_CHILDREN, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000u +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000u;
}

static void blow(const struct conf *c, struct result *r)
{
	int ask[2] = { -1, -1 }, answer[2] = { -1, -1 };
	uint64_t start = now(CLOCK_MONOTONIC);
	uint64_t end = start + (uint64_t)(c->seconds * 1e9);
	uint64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t batch = c->rate && c->rate < BATCH * 100 ? c->rate / 100 + 1 : BATCH;
	uint64_t calls = 0;

	if (c->exchange)
		find_partner(ask, answer);
	while (c->calls ? calls < c->calls : now(CLOCK_MONOTONIC) < end) {
		if (c->calls && c->calls - calls < batch)
			batch = c->calls - calls;
		for (uint64_t i = 0; i < batch; i++)
			call(c, ask[1], answer[0]);
		calls += batch;
		if (c->rate)
			keep_pace(c, start, calls);
	}
	r->calls = calls;
	r->cpu_ns = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	r->wall_ns = now(CLOCK_MONOTONIC) - start;
	if (c->exchange)
		r->cpu_ns += leave_partner(ask[1]);
}

static int usage(void)
{
	fprintf(stderr, "usage: storm [-s SECONDS] [-n CALLS] [-r CALLS_PER_SECOND] "
			"[-p PROCESSES] [-c FIRST_CPU] [-x]\n");
	return 2;
}

static int parse(int argc, char **argv, struct conf *c)
{
	int o;

	while ((o = getopt(argc, argv, "s:n:r:p:c:x")) != -1) {
		switch (o) {
		case 's':
			c->seconds = strtod(optarg, NULL);
			break;
		case 'n':
			c->calls = strtoull(optarg, NULL, 10);
			break;
		case 'r':
			c->rate = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			c->procs = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'c':
			c->cpu = (int)strtol(optarg, NULL, 10);
			break;
		case 'x':
			c->exchange = true;
			break;
		default:
			return -1;
		}
	}
	return c->procs >= 1 && c->procs <= PROCS_MAX && c->seconds > 0 ? 0 : -1;
}

static int start_one(const struct conf *c, unsigned i, struct result *r)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -errno : 0;
	if (c->cpu >= 0)
		pin((int)((unsigned)c->cpu + i) % (int)(cpus > 0 ? cpus : 1));
	blow(c, r);
	_exit(0);
}

static void report(const struct conf *c, const struct result *r)
{
	struct result sum = { 0 };

	for (unsigned i = 0; i < c->procs; i++) {
		sum.calls += r[i].calls;
		sum.cpu_ns += r[i].cpu_ns;
		if (r[i].wall_ns > sum.wall_ns)
			sum.wall_ns = r[i].wall_ns;
	}
	printf("calls %llu seconds %.3f cpu_ns_per_call %.1f\n", (unsigned long long)sum.calls,
	       (double)sum.wall_ns / 1e9, sum.calls ? (double)sum.cpu_ns / (double)sum.calls : 0);
}

int main(int argc, char **argv)
{
	struct conf c = { .seconds = 2, .procs = 1, .cpu = -1 };
	struct result *r;
	int failed = 0, status;

	if (parse(argc, argv, &c) < 0)
		return usage();
	r = mmap(NULL, sizeof(*r) * PROCS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		 -1, 0);
	if (r == MAP_FAILED) {
		perror("storm: mmap");
		return 1;
	}
	for (unsigned i = 0; i < c.procs; i++)
		failed |= start_one(&c, i, &r[i]) < 0;
	while (wait(&status) > 0)
		failed |= status != 0;
	report(&c, r);
	return failed;
}
