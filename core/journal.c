/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal: the memory behind the guard.
 *
 * One process writes at a time: the deck while it lives, the guard after it. The writer may die
 * between any two stores, so a slot counts only when its state word says so, and that is stored
 * last. The reader may find what a crashing deck scribbled over: lengths are checked and each entry
 * carries a checksum; what does not agree is never acted on.
 */
#include "core/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/util.h"

#define JOURNAL_MAGIC 0x31304a4454504154ULL /* "TAPTDJ01" */
#define SLOT_ALIGN    16u

enum slot_state { SLOT_NONE, SLOT_READY, SLOT_DONE };

struct journal_header {
	uint64_t magic;
	uint32_t size;
	_Atomic uint32_t end; /* where the slots end */
};

/* The checksum covers all from kind to the end of the payload. */
struct slot {
	_Atomic uint32_t state;
	uint32_t length; /* of the whole slot; never changes once set */
	_Atomic uint64_t note;
	uint32_t sum;
	uint32_t kind;
	uint64_t seq;
	uint64_t start;
	int32_t pid;
	uint32_t path_size; /* with its NUL; 0: none */
	uint32_t value_size;
	uint32_t pad;
	uint8_t payload[];
};

_Static_assert(sizeof(struct journal_header) == SLOT_ALIGN,
	       "the first slot stands behind the header");

static struct journal_header *header_of(const struct journal *j)
{
	return (struct journal_header *)j->map;
}

static uint32_t journal_end(const struct journal *j)
{
	uint32_t end = atomic_load_explicit(&header_of(j)->end, memory_order_acquire);

	return MIN(end, JOURNAL_SIZE);
}

/* The slot at an offset, or NULL where none can be. */
static struct slot *slot_at(const struct journal *j, uint32_t at, uint32_t end)
{
	struct slot *s;

	if (at % SLOT_ALIGN || at > end || end - at < sizeof(*s))
		return NULL;
	s = (struct slot *)(j->map + at);
	if (s->length < sizeof(*s) || s->length % SLOT_ALIGN || s->length > end - at)
		return NULL;
	return s;
}

static struct slot *slot_of(const struct journal *j, int number)
{
	if (!j->map || number <= 0 || (uint32_t)number >= JOURNAL_SIZE / SLOT_ALIGN)
		return NULL;
	return slot_at(j, (uint32_t)number * SLOT_ALIGN, journal_end(j));
}

static uint32_t fnv(uint32_t h, const void *p, size_t n)
{
	const uint8_t *c = p;

	while (n--)
		h = (h ^ *c++) * 16777619u;
	return h;
}

static uint32_t slot_sum(const struct slot *s)
{
	const uint8_t *from = (const uint8_t *)&s->kind;
	size_t head = offsetof(struct slot, payload) - offsetof(struct slot, kind);

	return fnv(2166136261u, from, head + s->path_size + s->value_size);
}

/* True when the slot's lengths fit, its path ends with a NUL and the checksum agrees. */
static bool slot_sound(const struct slot *s)
{
	uint32_t room = s->length - (uint32_t)sizeof(*s);

	if (s->path_size > room || s->value_size > room - s->path_size)
		return false;
	if (s->path_size && s->payload[s->path_size - 1])
		return false;
	return slot_sum(s) == s->sum;
}

static bool slot_ready(const struct slot *s)
{
	return atomic_load_explicit(&s->state, memory_order_acquire) == SLOT_READY;
}

int journal_map(struct journal *j, int fd)
{
	struct journal_header *h;
	struct stat st;
	void *map;
	int seals = fcntl(fd, F_GET_SEALS);

	/* Without the seal a file cut short under the map would kill us with SIGBUS. */
	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) || st.st_size != JOURNAL_SIZE)
		return -EINVAL;
	map = mmap(NULL, JOURNAL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	h = map;
	if (h->magic != JOURNAL_MAGIC || h->size != JOURNAL_SIZE) {
		munmap(map, JOURNAL_SIZE);
		return -EINVAL;
	}
	*j = (struct journal) { .map = map, .fd = fd };
	return 0;
}

static int journal_format(int fd)
{
	struct journal_header h = { .magic = JOURNAL_MAGIC, .size = JOURNAL_SIZE };
	ssize_t n;

	atomic_init(&h.end, SLOT_ALIGN);
	if (ftruncate(fd, JOURNAL_SIZE))
		return -errno;
	n = pwrite(fd, &h, sizeof(h), 0);
	if (n != (ssize_t)sizeof(h))
		return n < 0 ? -errno : -EIO;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -errno;
	return 0;
}

int journal_new(struct journal *j, struct err *e)
{
	int fd = memfd_create("tapdeck-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int ret;

	if (fd < 0)
		return err_errno(e, "cannot make the journal");
	ret = journal_format(fd);
	if (!ret)
		ret = journal_map(j, fd);
	if (ret) {
		close(fd);
		return err_set(e, ret, "cannot make the journal: %s", strerror(-ret));
	}
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j->map)
		return;
	munmap(j->map, JOURNAL_SIZE);
	close(j->fd);
	j->map = NULL;
}

/* A done slot that holds need bytes and wastes less than half, or a new one at the end. */
static struct slot *slot_take(struct journal *j, uint32_t need)
{
	uint32_t end = journal_end(j), at = SLOT_ALIGN;
	struct slot *s;

	while ((s = slot_at(j, at, end))) {
		if (atomic_load_explicit(&s->state, memory_order_relaxed) == SLOT_DONE &&
		    s->length >= need && s->length / 2 <= need)
			return s;
		at += s->length;
	}
	if (at != end || JOURNAL_SIZE - end < need)
		return NULL;
	s = (struct slot *)(j->map + end);
	atomic_store_explicit(&s->state, SLOT_NONE, memory_order_relaxed);
	s->length = need;
	atomic_store_explicit(&header_of(j)->end, end + need, memory_order_release);
	return s;
}

static void slot_fill(struct slot *s, const struct journal_entry *en, uint64_t seq)
{
	s->kind = en->kind;
	s->seq = seq;
	s->start = en->start;
	s->pid = en->pid;
	s->path_size = en->path ? (uint32_t)strlen(en->path) + 1 : 0;
	s->value_size = (uint32_t)en->size;
	s->pad = 0;
	if (s->path_size)
		memcpy(s->payload, en->path, s->path_size);
	if (s->value_size)
		memcpy(s->payload + s->path_size, en->value, s->value_size);
	atomic_store_explicit(&s->note, 0, memory_order_relaxed);
	s->sum = slot_sum(s);
	atomic_store_explicit(&s->state, SLOT_READY, memory_order_release);
}

int journal_add(struct journal *j, const struct journal_entry *en, struct err *e)
{
	size_t path = en->path ? strlen(en->path) + 1 : 0;
	struct slot *s;
	size_t need;

	if (!j->map)
		return err_set(e, -EINVAL, "the journal is closed");
	if (en->size > JOURNAL_VALUE_MAX || path > JOURNAL_VALUE_MAX)
		return err_set(e, -EINVAL, "%s: too long to be kept for the way back",
			       en->path ? en->path : "entry");
	need = (sizeof(*s) + path + en->size + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN;
	s = slot_take(j, (uint32_t)need);
	if (!s)
		return err_set(e, -ENOSPC, "the journal is full: too many changes at once");
	slot_fill(s, en, j->seq++);
	return (int)((uint32_t)((uint8_t *)s - j->map) / SLOT_ALIGN);
}

void journal_done(struct journal *j, int number)
{
	struct slot *s = slot_of(j, number);

	if (s)
		atomic_store_explicit(&s->state, SLOT_DONE, memory_order_release);
}

bool journal_prev(const struct journal *j, uint64_t *seq, struct journal_entry *ret)
{
	uint32_t end = journal_end(j), at = SLOT_ALIGN, found = 0;
	const struct slot *s, *best = NULL;

	for (; (s = slot_at(j, at, end)); at += s->length) {
		if (!slot_ready(s) || s->seq >= *seq || (best && s->seq < best->seq))
			continue;
		if (!slot_sound(s))
			continue;
		best = s;
		found = at;
	}
	if (!best)
		return false;
	*seq = best->seq;
	*ret = (struct journal_entry) {
		.kind = best->kind,
		.number = (int)(found / SLOT_ALIGN),
		.path = best->path_size ? (const char *)best->payload : NULL,
		.value = best->payload + best->path_size,
		.size = best->value_size,
		.pid = best->pid,
		.start = best->start,
	};
	return true;
}

unsigned journal_count(const struct journal *j)
{
	uint32_t end = journal_end(j), at = SLOT_ALIGN;
	const struct slot *s;
	unsigned n = 0;

	for (; (s = slot_at(j, at, end)); at += s->length)
		n += slot_ready(s) && slot_sound(s);
	return n;
}

uint64_t journal_note(const struct journal *j, int number)
{
	const struct slot *s = slot_of(j, number);

	return s ? atomic_load_explicit(&s->note, memory_order_relaxed) : 0;
}

void journal_set_note(struct journal *j, int number, uint64_t note)
{
	struct slot *s = slot_of(j, number);

	if (s)
		atomic_store_explicit(&s->note, note, memory_order_relaxed);
}
