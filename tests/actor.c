/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * actor: a process with known behaviour, for tests that count what a tracer saw.
 *
 *   actor CALLS THREADS [NAME]
 *
 * Waits for a line on standard input, so that a tracer can be started first. Then its leader and
 * each of THREADS threads call getppid CALLS times. NAME becomes the leader's comm; printf's
 * escapes are the shell's to make. Prints its pid and the tids, one a line, before it waits.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS_MAX 64

struct part {
	pthread_t thread;
	pthread_barrier_t *ready, *go;
	unsigned long calls;
	pid_t tid;
};

static void call(unsigned long n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void *act(void *data)
{
	struct part *p = data;

	p->tid = (pid_t)syscall(SYS_gettid);
	pthread_barrier_wait(p->ready);
	pthread_barrier_wait(p->go);
	call(p->calls);
	return NULL;
}

int main(int argc, char **argv)
{
	static struct part parts[THREADS_MAX];
	unsigned long calls = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	pthread_barrier_t ready, go;

	if (!calls || count > THREADS_MAX) {
		fputs("usage: actor CALLS THREADS [NAME]\n", stderr);
		return 2;
	}
	if (argc > 3)
		prctl(PR_SET_NAME, argv[3]);
	pthread_barrier_init(&ready, NULL, count + 1);
	pthread_barrier_init(&go, NULL, count + 1);
	for (unsigned i = 0; i < count; i++) {
		parts[i] = (struct part) { .ready = &ready, .go = &go, .calls = calls };
		if (pthread_create(&parts[i].thread, NULL, act, &parts[i]))
			return 1;
	}
	pthread_barrier_wait(&ready);
	printf("%d\n", getpid());
	for (unsigned i = 0; i < count; i++)
		printf("%d\n", parts[i].tid);
	fflush(stdout);
	getchar();
	pthread_barrier_wait(&go);
	call(calls);
	for (unsigned i = 0; i < count; i++)
		pthread_join(parts[i].thread, NULL);
	return 0;
}
