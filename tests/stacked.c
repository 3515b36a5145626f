/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stacked: a process that sleeps at a known place, for tests of stacks.
 *
 *   stacked SLEEPS MS
 *
 * main calls stacked_outer, that stacked_inner, and that sleeps. It has to be compiled with frame
 * pointers. Prints its pid before the first sleep. The C library's own function has no frame, so
 * stacked_inner is not in the stack: what it called and who called it are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int stacked_inner(long ms);
int stacked_outer(long ms);

/* Something is done behind each call, so that none is a jump. */
static volatile int done;

__attribute__((noinline)) int stacked_inner(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
	return ++done;
}

__attribute__((noinline)) int stacked_outer(long ms)
{
	return stacked_inner(ms) + ++done;
}

int main(int argc, char **argv)
{
	long sleeps = argc > 2 ? strtol(argv[1], NULL, 10) : 0;

	if (sleeps <= 0) {
		fputs("usage: stacked SLEEPS MS\n", stderr);
		return 2;
	}
	printf("%d\n", (int)getpid());
	fflush(stdout);
	while (sleeps--)
		stacked_outer(strtol(argv[2], NULL, 10));
	return 0;
}
