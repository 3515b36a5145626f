/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: system calls from a table made at build time, errors and signals from the C library, and
 * the few that it does not know because no program ever sees them.
 */
#include "core/names.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/util.h"

#define ERRNO_MAX  4095
#define SIGNAL_MAX 64

/* Second names, and the kernel's own that end before they reach a program. */
static const struct name_number more_errors[] = {
	{ "EWOULDBLOCK", EWOULDBLOCK },
	{ "EDEADLOCK", EDEADLOCK },
	{ "ENOTSUP", ENOTSUP },
	{ "ERESTARTSYS", 512 },
	{ "ERESTARTNOINTR", 513 },
	{ "ERESTARTNOHAND", 514 },
	{ "ENOIOCTLCMD", 515 },
	{ "ERESTART_RESTARTBLOCK", 516 },
	{ "EPROBE_DEFER", 517 },
	{ "EOPENSTALE", 518 },
	{ "ENOPARAM", 519 },
	{ NULL, 0 },
};

static const struct name_number more_signals[] = {
	{ "SIGIOT", SIGIOT },
	{ "SIGPOLL", SIGPOLL },
	{ "SIGCLD", SIGCHLD },
	{ NULL, 0 },
};

static struct name_number errors[ERRNO_MAX + 1], signals[SIGNAL_MAX + 1];
static char signal_names[SIGNAL_MAX][12];
static pthread_once_t made = PTHREAD_ONCE_INIT;

/* The C library's names, gathered once. */
static void make(void)
{
	size_t count = 0;

	for (int i = 1; i < ERRNO_MAX; i++)
		if (strerrorname_np(i))
			errors[count++] = (struct name_number) { strerrorname_np(i), i };
	count = 0;
	for (int i = 1; i < SIGNAL_MAX; i++) {
		if (!sigabbrev_np(i))
			continue;
		snprintf(signal_names[count], sizeof(signal_names[0]), "SIG%s", sigabbrev_np(i));
		signals[count] = (struct name_number) { signal_names[count], i };
		count++;
	}
}

/* The tables of a kind. */
static void tables(enum names_kind kind, const struct name_number *ret[2])
{
	pthread_once(&made, make);
	ret[0] = ret[1] = NULL;
	switch (kind) {
	case NAMES_SYSCALL:
		ret[0] = names_syscalls;
		break;
	case NAMES_SYSCALL_32:
		ret[0] = names_syscalls_32;
		break;
	case NAMES_ERRNO:
		ret[0] = errors;
		ret[1] = more_errors;
		break;
	case NAMES_SIGNAL:
		ret[0] = signals;
		ret[1] = more_signals;
		break;
	}
}

static bool is_name(enum names_kind kind, const char *have, const char *name, size_t len)
{
	if (strlen(have) == len && !memcmp(have, name, len))
		return true;
	return kind == NAMES_SIGNAL && strlen(have + 3) == len && !memcmp(have + 3, name, len);
}

bool names_find(enum names_kind kind, const char *name, size_t len, int *ret)
{
	const struct name_number *table[2];

	tables(kind, table);
	for (unsigned i = 0; i < 2; i++) {
		for (const struct name_number *n = table[i]; n && n->name; n++) {
			if (is_name(kind, n->name, name, len)) {
				*ret = n->number;
				return true;
			}
		}
	}
	return false;
}

const char *names_of(enum names_kind kind, int number)
{
	const struct name_number *table[2];

	tables(kind, table);
	for (unsigned i = 0; i < 2; i++)
		for (const struct name_number *n = table[i]; n && n->name; n++)
			if (n->number == number)
				return n->name;
	return NULL;
}

void names_each(enum names_kind kind, void (*fn)(const char *name, int number, void *data),
		void *data)
{
	const struct name_number *table[2];

	tables(kind, table);
	for (unsigned i = 0; i < 2; i++)
		for (const struct name_number *n = table[i]; n && n->name; n++)
			fn(n->name, n->number, data);
}
