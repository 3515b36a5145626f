/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_names: see bpf_names.h. One hash table of two kinds of keys: (address, space) gives a name,
 * (process, OF_PROCESS) its latest space, (hash of a name, OF_NAME) where it stands.
 */
#include "backends/bpf_names.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/strbuf.h"
#include "core/util.h"

#define ENTRIES_MOST (1u << 18)
#define SPACES_MOST  (1u << 16)
#define NAMES_MOST   (8u << 20) /* bytes */
#define OF_PROCESS   UINT32_MAX
#define OF_NAME	     (UINT32_MAX - 1)

struct entry {
	uint64_t a;
	uint32_t b; /* 0: free */
	uint32_t value;
};

struct space {
	int32_t pid;
	uint32_t before; /* the process's one before, or 0 */
	uint64_t from;	 /* its exec */
	uint64_t until;	 /* the next one's; UINT64_MAX: there is none */
	uint64_t looked; /* last */
	bool banned;
};

struct bpf_names {
	const struct identity *id;
	struct entry *entries;
	size_t count, size; /* size: a power of two */
	struct space *spaces;
	uint32_t space_count, space_cap;
	uint32_t first; /* number of spaces[0]: numbers are not used again */
	struct strbuf names;
};

/* ---- the hash table ---- */

static struct entry *place(struct entry *v, size_t size, uint64_t a, uint32_t b)
{
	uint64_t h = (a ^ (uint64_t)b << 40) * 0x9e3779b97f4a7c15ULL;
	size_t i = (size_t)(h ^ h >> 29) & (size - 1);

	while (v[i].b && (v[i].a != a || v[i].b != b))
		i = (i + 1) & (size - 1);
	return &v[i];
}

static struct entry *find(const struct bpf_names *n, uint64_t a, uint32_t b)
{
	struct entry *e = place(n->entries, n->size, a, b);

	return e->b ? e : NULL;
}

static void grow(struct bpf_names *n)
{
	size_t size = 2 * n->size;
	struct entry *v = xcalloc(size, sizeof(*v));

	for (size_t i = 0; i < n->size; i++)
		if (n->entries[i].b)
			*place(v, size, n->entries[i].a, n->entries[i].b) = n->entries[i];
	free(n->entries);
	n->entries = v;
	n->size = size;
}

static void put(struct bpf_names *n, uint64_t a, uint32_t b, uint32_t value)
{
	struct entry *e;

	if (2 * n->count >= n->size)
		grow(n);
	e = place(n->entries, n->size, a, b);
	n->count += !e->b;
	*e = (struct entry) { a, b, value };
}

/* ---- the whole ---- */

static void begin(struct bpf_names *n)
{
	free(n->entries);
	n->size = 256;
	n->count = 0;
	n->entries = xcalloc(n->size, sizeof(*n->entries));
	n->first += n->space_count;
	if (n->first >= OF_NAME - SPACES_MOST)
		n->first = 1;
	n->space_count = 0;
	strbuf_clear(&n->names);
	strbuf_char(&n->names, '\0'); /* at 0 stands no name */
}

struct bpf_names *bpf_names_new(const struct identity *id)
{
	struct bpf_names *n = xcalloc(1, sizeof(*n));

	n->id = id;
	n->first = 1;
	begin(n);
	return n;
}

void bpf_names_free(struct bpf_names *n)
{
	if (!n)
		return;
	free(n->entries);
	free(n->spaces);
	strbuf_done(&n->names);
	free(n);
}

/* ---- spaces ---- */

static struct space *space_at(const struct bpf_names *n, uint32_t number)
{
	return number >= n->first && number - n->first < n->space_count
		   ? &n->spaces[number - n->first]
		   : NULL;
}

static uint32_t space_make(struct bpf_names *n, const struct process *p, uint32_t before)
{
	struct space *s;

	if (n->space_count >= SPACES_MOST)
		begin(n);
	if (n->space_count == n->space_cap) {
		n->space_cap = n->space_cap ? 2 * n->space_cap : 16;
		n->spaces = xrealloc(n->spaces, n->space_cap, sizeof(*n->spaces));
	}
	s = space_at(n, before);
	if (s)
		s->until = identity_exe_since(p);
	n->spaces[n->space_count] = (struct space) {
		.pid = p->pid,
		.before = before,
		.from = identity_exe_since(p),
		.until = UINT64_MAX,
	};
	put(n, p->index, OF_PROCESS, n->first + n->space_count);
	return n->first + n->space_count++;
}

static const struct process *process_of(const struct bpf_names *n, int32_t tid, uint64_t ts)
{
	const struct task *t = identity_task(n->id, tid, ts);

	return t ? t->process : NULL;
}

static uint32_t space_of(struct bpf_names *n, const struct process *p, uint64_t ts, bool make)
{
	const struct entry *e = find(n, p->index, OF_PROCESS);
	uint32_t number = e ? e->value : 0;
	struct space *s = space_at(n, number);
	uint64_t exec = identity_exe_since(p);

	if ((!s || s->from < exec) && ts >= exec)
		return make ? space_make(n, p, number) : 0;
	while (s && s->from > ts) {
		number = s->before;
		s = space_at(n, number);
	}
	return s && ts < s->until ? number : 0;
}

uint32_t bpf_names_space(struct bpf_names *n, int32_t tid, uint64_t ts, bool make)
{
	const struct process *p = process_of(n, tid, ts);

	return p ? space_of(n, p, ts, make) : 0;
}

void bpf_names_looked(struct bpf_names *n, uint32_t space, uint64_t when)
{
	struct space *s = space_at(n, space);

	if (s)
		s->looked = MAX(s->looked, when);
}

void bpf_names_ban(struct bpf_names *n, uint32_t space)
{
	struct space *s = space_at(n, space);

	if (s)
		s->banned = true;
}

int32_t bpf_names_pid(const struct bpf_names *n, uint32_t space)
{
	const struct space *s = space_at(n, space);

	return s ? s->pid : -1;
}

bool bpf_names_is_banned(const struct bpf_names *n, uint32_t space)
{
	const struct space *s = space_at(n, space);

	return !s || s->banned;
}

/* ---- names ---- */

enum name_state bpf_names_state(const struct bpf_names *n, uint32_t space, uint64_t address)
{
	const struct entry *e = find(n, address, space);

	if (!e)
		return NAME_NEW;
	return e->value ? NAME_KNOWN : NAME_UNKNOWN;
}

void bpf_names_ask(struct bpf_names *n, uint32_t space, uint64_t address)
{
	if (n->count >= ENTRIES_MOST)
		begin(n);
	if (space_at(n, space))
		put(n, address, space, 0);
}

/* Where a name stands; one that many processes have stands once. */
static uint32_t intern(struct bpf_names *n, const char *name)
{
	uint64_t h = 0xcbf29ce484222325ULL;
	const struct entry *e;
	uint32_t at;

	for (const char *p = name; *p; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3ULL;
	e = find(n, h, OF_NAME);
	if (e && !strcmp(n->names.s + e->value, name))
		return e->value;
	at = (uint32_t)n->names.len;
	strbuf_add(&n->names, name, strlen(name) + 1);
	put(n, h, OF_NAME, at);
	return at;
}

void bpf_names_put(struct bpf_names *n, uint32_t space, uint64_t address, const char *name)
{
	if (n->names.len >= NAMES_MOST)
		begin(n);
	if (space_at(n, space) && *name)
		put(n, address, space, intern(n, name));
}

/* Whether what was looked at was the process's at all. */
static bool holds(const struct space *s, const struct process *p)
{
	uint64_t exec = identity_exe_since(p);

	if (s->until <= s->looked || p->end <= s->looked)
		return false;
	return exec <= s->from || exec > s->looked;
}

const char *bpf_names_find(struct bpf_names *n, int32_t tid, uint64_t ts, uint64_t address)
{
	const struct process *p = process_of(n, tid, ts);
	uint32_t number = p ? space_of(n, p, ts, false) : 0;
	const struct space *s = space_at(n, number);
	const struct entry *e = s ? find(n, address, number) : NULL;

	return e && e->value && holds(s, p) ? n->names.s + e->value : NULL;
}
