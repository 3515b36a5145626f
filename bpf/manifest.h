/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manifest: what an object says of itself in lines KEY = VALUE, or what stands beside it in a file
 * NAME.conf. Ours carry it in the section .tapdeck.
 *
 *	blurb = one line for people
 *	cost = what it does to the machine; whoever switches it on is asked before
 *	event = [MAP:] struct NAME	what a ring holds
 *	time | cpu | tid | pid | comm | uid | cgroup = FIELD
 *	hide = FIELD, ...		fields that the row's text leaves out
 *	print = "FORMAT", FIELD, ...	the row's text
 *	type.FIELD = WORD		ns_t, bytes_t, errno_t, ip4_t, ...
 *	title.FIELD = TEXT
 *	option.VARIABLE = UNIT [MIN..MAX] TEXT	a const volatile variable; where there are such
 *					lines, these are all options
 *	either = PROGRAM, ...		of these the first that this kernel can attach; one line
 *					for each choice
 *	maybe = PROGRAM, ...		left out where the kernel cannot attach them
 *	table = MAP, ...		maps that count; without it all with types, if the object
 *					has no ring
 *	count = FIELD, ...		values that only grow: rows say by how much
 *	histogram = FIELD [UNIT]	an array whose slot n counts values from 2^n to 2^(n+1)
 *	sample = CLOCK OPTION|NUMBER	for perf_event: cpu-clock, task-clock, cycles, instructions
 *					so many times a second; of page-faults, minor-faults,
 *					major-faults, context-switches, cpu-migrations, ... each
 *					so many
 *	target = OPTION			the file whose functions uprobes are in, where it is said
 *	lost = VARIABLE			where the program counts what it could not give
 *
 * UNIT is ns, bytes, hz, number, percent, flag or text.
 * A # begins a comment. Keys that nobody knows are an error, with the nearest one.
 */
#ifndef BPF_MANIFEST_H
#define BPF_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"

/* One line that is about something: event MAP, type FIELD, option VARIABLE. */
struct manifest_line {
	const char *key, *about; /* about: "" where the key has none */
	const char *value;
	unsigned line;
};

enum option_unit {
	OPTION_NS,
	OPTION_BYTES,
	OPTION_HZ,
	OPTION_NUMBER,
	OPTION_PERCENT,
	OPTION_FLAG,
	OPTION_TEXT,
};

struct manifest {
	struct arena arena; /* owns all text */
	struct manifest_line *lines;
	size_t count;
};

/* Reads it; the error names file (or object) and line. The caller frees it with manifest_done. */
int manifest_parse(const char *name, const char *text, size_t size, struct manifest *ret,
		   struct err *e);
void manifest_done(struct manifest *m);

/* The value of a key, of what it is about (NULL: of nothing); NULL: it is not said. */
const char *manifest_get(const struct manifest *m, const char *key, const char *about);

/* Whether a list ("a, b") has a word. A list that is not said has none. */
bool manifest_lists(const struct manifest *m, const char *key, const char *word);

#endif
