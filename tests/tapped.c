/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tapped N: calls a function N times, for probes of programs to see.
 */
#include <stdlib.h>

void tapped(void);

__attribute__((noinline)) void tapped(void)
{
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 1;

	for (long i = 0; i < n; i++)
		tapped();
	return 0;
}
