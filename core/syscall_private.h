/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall_private: what syscall_call.c (what a row is) and syscall_text.c (how it is said) share.
 */
#ifndef CORE_SYSCALL_PRIVATE_H
#define CORE_SYSCALL_PRIVATE_H

#include "core/arena.h"
#include "core/syscall_text.h"
#include "core/syscall_values.h"

#define CALL_ARGS 6
#define CALLS	  1024 /* numbers that are remembered; the kernel's go to about 470 */

/* A system call. */
struct call {
	const char *name; /* "" when the number has none */
	uint8_t count;	  /* of args; without a format all words are said */
	bool known;	  /* there was a format */
	uint8_t result;	  /* enum value_how */
	struct call_arg args[CALL_ARGS];
};

/* What a schema says of a call: where each thing is. NULL: it does not say. */
struct shape {
	bool is_call;
	bool is_enter; /* it has arguments */
	const struct field *nr, *ret, *latency;
	const struct field *words; /* all arguments in one array */
	const struct field *args[CALL_ARGS];
	const struct field *strings[CALL_ARGS]; /* what an argument pointed to, new kernels */
	struct call *call;			/* the schema is of this one alone */
};

struct syscalls {
	struct syscalls_conf conf;
	struct arena arena;	      /* owns what follows; emptied by syscalls_renew */
	struct call *calls[2][CALLS]; /* of this machine's ABI, of the one for 32 bits */
	struct shape **shapes;	      /* by the schema's index */
	size_t shape_count;
};

/* A row that is a call. */
struct call_row {
	const struct row *row;
	const struct shape *shape;
	const struct call *call;
	int64_t nr;
	uint64_t args[CALL_ARGS];
	uint64_t began; /* when it was entered */
	int64_t ret;
	uint64_t latency;
};

/* Reads a row; false when it is no call, or damaged. */
bool call_row_read(struct syscalls *sc, const struct row *r, struct call_row *ret);

#endif
