/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: words for numbers that every event means the same by: system calls, errors, signals.
 */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum names_kind {
	NAMES_SYSCALL,	  /* of this machine's ABI */
	NAMES_SYSCALL_32, /* of its ABI for 32 bits; none where it has none */
	NAMES_ERRNO,	  /* positive: ENOENT is 2 */
	NAMES_SIGNAL,	  /* SIGKILL; KILL is found too */
};

struct name_number {
	const char *name; /* NULL: the end */
	int number;
};

/* Made when tapdeck is built; sorted by name. */
extern const struct name_number names_syscalls[], names_syscalls_32[];

/* Finds the number of a name of len bytes; false when there is none. */
bool names_find(enum names_kind kind, const char *name, size_t len, int *ret);

/* The first name of a number, or NULL; of a signal without its SIG. Borrowed; good for ever. */
const char *names_of(enum names_kind kind, int number);

/* Calls fn for every name of a kind, which is borrowed for the call. */
typedef void (*names_fn)(const char *name, int number, void *data);
void names_each(enum names_kind kind, names_fn fn, void *data);

#endif
