/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_rows: the rows that a BPF program of ours gives of one process of the test, and their fields
 * by name, as the BTF of the object says where they are.
 */
#ifndef TESTS_BPF_ROWS_H
#define TESTS_BPF_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cmocka.h>

#include "tests/kernel/bpf_fixture.h"

#define ROWS_MAX 4096

struct rows {
	struct tap_program p;
	struct row {
		char *bytes;
		size_t size;
	} row[ROWS_MAX];
	size_t count;
	unsigned type;	     /* of an event, in the object's BTF */
	int32_t pid;	     /* only rows of it; 0: of everybody */
	struct rusage usage; /* of what rows_of ran */
	int status;
	int told[8]; /* what it said with rows_tell */
};

/* Skips the test with the reason where the program cannot be opened. */
struct rows *rows_open(const char *name);
/* Loads it, attaches and lets it begin; skips the test with the reason where it cannot. */
void rows_begin(struct rows *r);
/* Runs fn in a process of its own and takes the rows of that process; earlier ones are forgotten.
 * Returns its number. */
pid_t rows_of(struct rows *r, void (*fn)(void *data), void *data);
/* In such a process: says something to the test. */
void rows_tell(unsigned which, int value);
/* Takes what is there now. */
void rows_take(struct rows *r);
void rows_close(struct rows *r);

/* A number, by its type's sign. The test fails where there is no such row or field. */
int64_t rows_number(struct rows *r, size_t row, const char *field);
/* A text: an array of characters, behind the event, or the name of an enumeration's value. */
const char *rows_text(struct rows *r, size_t row, const char *field);

#define assert_row_number(rows, row, field, want)                                                  \
	assert_int_equal(rows_number(rows, row, field), want)
#define assert_row_text(rows, row, field, want)                                                    \
	assert_string_equal(rows_text(rows, row, field), want)

#endif
