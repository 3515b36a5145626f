/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall_text: system calls as people read them.
 *
 * A row of raw_syscalls, of syscalls, or of a pair made of them is a call: openat(AT_FDCWD,
 * 0x7ffc5e3c, O_RDONLY|O_CLOEXEC) = 3</etc/passwd>. Names and types of arguments are those of
 * the kernel's formats of syscalls:sys_enter_NAME, asked for when a call is first said; without
 * them the words stand in hexadecimal. What they mean is in syscall_rules.c.
 *
 * raw_syscalls does not say by which ABI a call came: a number is taken for one of the machine's
 * own, so calls of 32-bit programs on a 64-bit kernel have wrong names. (The kernel leaves them out
 * of syscalls.)
 */
#ifndef CORE_SYSCALL_TEXT_H
#define CORE_SYSCALL_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/row.h"
#include "core/schema.h"
#include "core/strbuf.h"

struct syscalls;
struct fds;

struct syscalls_conf {
	/* Finds the schema of syscalls:NAME on such a machine; NULL: there is none. Asked once for
	 * each name. May be NULL. */
	const struct schema *(*find)(void *data, struct machine m, const char *name);
	void *data;
	struct fds *fds; /* what descriptors are; NULL: numbers alone. Borrowed */
};

struct syscalls *syscalls_new(const struct syscalls_conf *c);
void syscalls_free(struct syscalls *sc);

/* Forgets what find said: there may be more now. */
void syscalls_renew(struct syscalls *sc);

/* Descriptors are looked up there from now on, or (NULL) not at all. */
void syscalls_set_fds(struct syscalls *sc, struct fds *fds);

/* The name of the call that a row is of, "" when its number has none; NULL: it is no call. */
const char *syscalls_name(struct syscalls *sc, const struct row *r);

/* Appends name(arguments) = result, as much of it as the row has; false: it is no call, and
 * nothing was appended. */
bool syscalls_text(struct syscalls *sc, const struct row *r, struct strbuf *out);

/* One argument or the result of a row. Borrowed for the call. */
struct syscall_part {
	const char *name, *type;   /* type NULL: not known */
	const struct field *field; /* where it is; in an array of arguments several have one */
	unsigned index;		   /* of the argument */
	uint64_t raw;
	const char *meaning; /* in words, "" when the number says it all */
};

/* Calls fn for every argument, then for the result, of a row; false when it is no call. */
bool syscalls_each(struct syscalls *sc, const struct row *r,
		   void (*fn)(const struct syscall_part *p, void *data), void *data);

/* ---- syscall_use.c ---- */

/* What a call did with a descriptor: the first argument that is one. */
struct syscall_use {
	int fd;
	int64_t nr;	  /* of the call */
	uint64_t began;	  /* when it was entered */
	uint64_t latency; /* 0: the row does not say */
	uint64_t bytes;	  /* that went through, by its result */
};

/* False: no call, none with a descriptor, or not one that can be. */
bool syscalls_use(struct syscalls *sc, const struct row *r, struct syscall_use *ret);

/* True for a call whose arguments are known by name. */
bool syscalls_explained(struct syscalls *sc, const struct row *r);

/* Appends what a descriptor of a thread's process was at ts, as core/fds.h says it; false: not
 * known. */
bool syscalls_fd_name(struct syscalls *sc, int32_t tid, uint64_t ts, int fd, struct strbuf *out);

#endif
