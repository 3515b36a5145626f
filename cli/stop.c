/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop: one flag, set by a signal.
 */
#include "cli/stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

static void on_signal(int signo)
{
	asked = signo;
}

void stop_catch(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &act, NULL);
}

int stop_asked(struct err *e)
{
	return asked ? err_set(e, -EINTR, "ended early by a signal") : 0;
}
