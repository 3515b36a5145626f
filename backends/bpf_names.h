/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_names: what addresses in the code of processes are called, as far as it is known.
 *
 * A process that executes something else has another address space. One is made for a process when
 * a row of it first needs names; it holds from the exec before that row to the next. A name holds
 * only if what was in memory was looked at before the process went on to execute something else or
 * ended. Memory is bounded: at the bound all is forgotten and begins anew.
 */
#ifndef BACKENDS_BPF_NAMES_H
#define BACKENDS_BPF_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/identity.h"

struct bpf_names;

enum name_state {
	NAME_NEW,     /* nobody asked yet */
	NAME_UNKNOWN, /* it was asked, and there is no answer, or none yet */
	NAME_KNOWN,
};

struct bpf_names *bpf_names_new(const struct identity *id);
/* NULL-safe. */
void bpf_names_free(struct bpf_names *n);

/* The address space that tid had at ts, by a number above 0; 0: nobody knows whose it is. With
 * make it is made where it is none yet. */
uint32_t bpf_names_space(struct bpf_names *n, int32_t tid, uint64_t ts, bool make);

/* What is known of an address there, whatever became of the process. */
enum name_state bpf_names_state(const struct bpf_names *n, uint32_t space, uint64_t address);

/* Notes that it is being asked for. */
void bpf_names_ask(struct bpf_names *n, uint32_t space, uint64_t address);
/* Takes an answer: "" is none. What is of a space that was forgotten is dropped. */
void bpf_names_put(struct bpf_names *n, uint32_t space, uint64_t address, const char *name);
/* The process's memory was looked at then. */
void bpf_names_looked(struct bpf_names *n, uint32_t space, uint64_t when);
/* Nothing more is to be asked of it, for who was asked died of it. */
void bpf_names_ban(struct bpf_names *n, uint32_t space);
bool bpf_names_is_banned(const struct bpf_names *n, uint32_t space);

/* The process it is of. */
int32_t bpf_names_pid(const struct bpf_names *n, uint32_t space);

/* The name of an address for a row of tid at ts, or NULL. Borrowed until something is put. */
const char *bpf_names_find(struct bpf_names *n, int32_t tid, uint64_t ts, uint64_t address);

#endif
