/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * splice: the least a recorder can do: move every sub-buffer of an instance into a file per CPU.
 *
 * What `trace-cmd record` does, without its processes, its protocol and its head of the file: the
 * yardstick for recording. A thread per CPU sleeps in splice(2) on trace_pipe_raw until SIGINT.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPUS_MAX 256

static volatile sig_atomic_t ended;

struct mover {
	pthread_t thread;
	int from, to, pipe[2];
	uint64_t bytes, calls;
};

static void on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

/* Moves up to 64 KiB; 0 when there is nothing. */
static ssize_t move_some(struct mover *m, unsigned flags)
{
	ssize_t n = splice(m->from, NULL, m->pipe[1], NULL, 65536, flags | SPLICE_F_MOVE);

	m->calls++;
	for (ssize_t left = n; left > 0;) {
		ssize_t k = splice(m->pipe[0], NULL, m->to, NULL, (size_t)left, SPLICE_F_MOVE);

		m->calls++;
		if (k <= 0) {
			fprintf(stderr, "splice: cannot write: %s\n", strerror(errno));
			return -1;
		}
		left -= k;
		m->bytes += (uint64_t)k;
	}
	return n;
}

static void *move(void *arg)
{
	struct mover *m = arg;

	while (!ended && (move_some(m, 0) > 0 || errno == EINTR || errno == EAGAIN))
		;
	while (move_some(m, SPLICE_F_NONBLOCK) > 0)
		;
	return NULL;
}

static int open_mover(struct mover *m, const char *instance, const char *file, unsigned cpu)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/trace_pipe_raw", instance, cpu);
	m->from = open(path, O_RDONLY | O_CLOEXEC);
	if (m->from < 0)
		return -1;
	snprintf(path, sizeof(path), "%s.cpu%u", file, cpu);
	m->to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return m->to < 0 ? -1 : pipe2(m->pipe, O_CLOEXEC);
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static struct mover movers[CPUS_MAX];
	unsigned cpus = 0;
	uint64_t bytes = 0, calls = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: splice INSTANCE FILE\n");
		return 2;
	}
	sigaction(SIGINT, &sa, NULL);
	while (cpus < CPUS_MAX && !open_mover(&movers[cpus], argv[1], argv[2], cpus))
		cpus++;
	for (unsigned i = 0; i < cpus; i++)
		pthread_create(&movers[i].thread, NULL, move, &movers[i]);
	while (!ended)
		pause();
	for (unsigned i = 0; i < cpus; i++) { /* out of the call that sleeps */
		pthread_kill(movers[i].thread, SIGINT);
		pthread_join(movers[i].thread, NULL);
		bytes += movers[i].bytes;
		calls += movers[i].calls;
	}
	fprintf(stderr, "splice: %llu bytes, %llu calls\n", (unsigned long long)bytes,
		(unsigned long long)calls);
	return !cpus;
}
