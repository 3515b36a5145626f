/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: system calls from a table made at build time, errors and signals from the C library, and
 * the few that it does not know because no program ever sees them.
 */
#include "core/names.h"

#include <errno.h>
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
	{ "IOT", SIGIOT },
	{ "POLL", SIGPOLL },
	{ "CLD", SIGCHLD },
	{ NULL, 0 },
};

/* What the C library calls a number, or NULL. Signals without their SIG. */
static const char *library_name(enum names_kind kind, int number)
{
	return kind == NAMES_ERRNO ? strerrorname_np(number) : sigabbrev_np(number);
}

/* The numbers the C library can have names for; 0: it is not asked. */
static int library_max(enum names_kind kind)
{
	return kind == NAMES_ERRNO ? ERRNO_MAX : kind == NAMES_SIGNAL ? SIGNAL_MAX : 0;
}

/* The table of a kind, beside what the C library has. */
static const struct name_number *table_of(enum names_kind kind)
{
	switch (kind) {
	case NAMES_SYSCALL:
		return names_syscalls;
	case NAMES_SYSCALL_32:
		return names_syscalls_32;
	case NAMES_ERRNO:
		return more_errors;
	default:
		return more_signals;
	}
}

static bool is_name(const char *have, const char *name, size_t len)
{
	return have && strlen(have) == len && !memcmp(have, name, len);
}

bool names_find(enum names_kind kind, const char *name, size_t len, int *ret)
{
	/* SIGKILL and KILL. */
	size_t skip = kind == NAMES_SIGNAL && len > 3 && !memcmp(name, "SIG", 3) ? 3 : 0;

	for (int i = 1; i < library_max(kind); i++) {
		if (is_name(library_name(kind, i), name + skip, len - skip)) {
			*ret = i;
			return true;
		}
	}
	for (const struct name_number *n = table_of(kind); n->name; n++) {
		if (is_name(n->name, name + skip, len - skip)) {
			*ret = n->number;
			return true;
		}
	}
	return false;
}

const char *names_of(enum names_kind kind, int number)
{
	if (number > 0 && number < library_max(kind) && library_name(kind, number))
		return library_name(kind, number);
	for (const struct name_number *n = table_of(kind); n->name; n++)
		if (n->number == number)
			return n->name;
	return NULL;
}

/* Signals are said with their SIG. */
static void say(enum names_kind kind, const char *name, int number, names_fn fn, void *data)
{
	char full[32];

	snprintf(full, sizeof(full), "SIG%s", name);
	fn(kind == NAMES_SIGNAL ? full : name, number, data);
}

void names_each(enum names_kind kind, names_fn fn, void *data)
{
	for (int i = 1; i < library_max(kind); i++)
		if (library_name(kind, i))
			say(kind, library_name(kind, i), i, fn, data);
	for (const struct name_number *n = table_of(kind); n->name; n++)
		say(kind, n->name, n->number, fn, data);
}
