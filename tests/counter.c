/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counter: system calls that carry their own number, at a steady rate.
 *
 *   counter CALLS_PER_SECOND [CALLS]
 *
 * Call i is getpgid(i), so that a trace of raw_syscalls shows which calls it has and which
 * are missing. Goes on until it is killed, or for so many calls; prints how many it made at the
 * end.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int signo)
{
	(void)signo;
	ended = 1;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	unsigned long rate = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long calls = argc > 2 ? strtoul(argv[2], NULL, 10) : 0x7fffffff, i;
	struct sigaction sa = { .sa_handler = end };
	uint64_t start = now();

	if (!rate) {
		fprintf(stderr, "usage: counter CALLS_PER_SECOND [CALLS]\n");
		return 2;
	}
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	for (i = 1; i <= calls && !ended; i++) {
		uint64_t due = start + i * 1000000000u / rate, at = now();
		struct timespec ts = { .tv_nsec = (long)((due - at) % 1000000000u),
				       .tv_sec = (time_t)((due - at) / 1000000000u) };

		syscall(SYS_getpgid, (int)i);
		if (due > at)
			nanosleep(&ts, NULL);
	}
	printf("%lu\n", i - 1);
	return 0;
}
