/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_ended: which keys of a table that fills are of processes that have ended.
 *
 * A map has room for so many keys, and a machine that forks a lot fills any. What the keys of ended
 * processes counted was given as rows already, so they may go: once the map is half full, those
 * that did not change for a reading.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/bpf_private.h"
#include "core/arena.h"
#include "core/host.h"

#define INITIAL_PIDNS "pid:[4026531836]" /* PROC_PID_INIT_INO, part of the ABI */
#define KNOWN	      1024

/* Processes that were asked about a moment ago, by the low bits of their number. */
struct known {
	int32_t pid[KNOWN]; /* 0: nobody */
	bool ended[KNOWN];
};

static bool is_initial(const char *who)
{
	char path[PATH_MAX], name[sizeof(INITIAL_PIDNS) + 1];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s/ns/pid", host_procfs(), who);
	n = readlink(path, name, sizeof(name));
	return n == sizeof(INITIAL_PIDNS) - 1 && !memcmp(name, INITIAL_PIDNS, (size_t)n);
}

/*
 * Programs say the numbers of the first namespace: a procfs of another one would call all ended.
 * Its first process may not let us look; we are in no procfs but those of our namespace and above.
 */
static bool can_tell(void)
{
	return is_initial("1") || is_initial("self");
}

static bool has_ended(struct known *k, int32_t pid)
{
	unsigned at = (unsigned)pid % KNOWN;
	char path[PATH_MAX];

	if (k->pid[at] != pid) {
		snprintf(path, sizeof(path), "%s/%d", host_procfs(), pid);
		k->pid[at] = pid;
		k->ended[at] = access(path, F_OK) < 0 && errno == ENOENT;
	}
	return k->ended[at];
}

/* Whether a table can lose keys: ours, of a hash, by process. */
static bool may_lose(const struct bpf_tracer *t, const struct bpf_table *table)
{
	const struct layout_part *pid = &table->layout.pid;

	return t->builtin && !table->is_array && pid->size == 4 && table->key_size >= 4 &&
	       pid->at <= table->key_size - 4;
}

size_t bpf_ended_keys(const struct bpf_tracer *t, const struct bpf_table *table,
		      const struct counts *now, struct counts *before, uint8_t **ret)
{
	uint32_t at = TAP_COMMON + table->layout.shift;
	struct known *known;
	size_t count = 0;

	*ret = NULL;
	if (!before || !may_lose(t, table) || now->count <= table->max_entries / 2 ||
	    now->size < at + table->key_size || !can_tell())
		return 0;
	known = xcalloc(1, sizeof(*known));
	*ret = xcalloc(now->count, table->key_size);
	for (size_t i = 0; i < now->count; i++) {
		const uint8_t *rec = counts_at(now, i), *was;
		uint64_t pid = 0;

		layout_number(&table->layout.pid, rec + at, now->size - at, &pid);
		if (!pid || pid > INT32_MAX || !has_ended(known, (int32_t)pid))
			continue;
		was = counts_find(before, rec);
		if (was && !memcmp(was, rec, now->size))
			memcpy(*ret + count++ * table->key_size, rec + at, table->key_size);
	}
	free(known);
	return count;
}
