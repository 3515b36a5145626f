/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames_main: the life of the process that names addresses. It may hang on a file or die of it:
 * then it is started anew.
 *
 * The file of a mapping is opened by what is mapped (/proc/PID/map_files), also when it was deleted
 * or stands in another mount namespace; where that is not allowed or the process is gone by its
 * path, and then it has to be the very file. Nothing but regular files is opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/elf_names.h"
#include "bpf/frames.h"
#include "bpf/frames_maps.h"
#include "bpf/loader_spawn.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/host.h"
#include "core/safe.h"
#include "core/util.h"

#define MEMORY_MOST ((rlim_t)1 << 30)
#define CACHE_MOST  (192u << 20) /* bytes of all names of files */
#define FILES_MOST  512
#define SPACES_KEPT 64
#define MAPS_MOST   (8u << 20) /* bytes of a text of maps */
#define NAME_SAID   100	       /* characters of a function's name */

struct file {
	struct stat st;
	struct elf_names *names; /* NULL: it says nothing */
	uint64_t used;
};

struct space {
	uint32_t number;
	uint64_t used;
	struct frames_maps maps;
};

/* All that the process knows. */
struct known {
	struct file files[FILES_MOST];
	size_t file_count, cache_bytes;
	struct space spaces[SPACES_KEPT];
	uint64_t now; /* requests so far */
};

/* ---- files ---- */

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Opens a regular file, whatever it was a moment ago. */
static int open_regular(const char *path, struct stat *st)
{
	int fd;

	if (stat(path, st) || !S_ISREG(st->st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int open_mapped(const struct frames_maps *m, const struct frames_map *map, struct stat *st)
{
	_cleanup_strbuf_ struct strbuf path = { 0 };
	int fd;

	strbuf_fmt(&path, "%s/%d/map_files/%" PRIx64 "-%" PRIx64, host_procfs(), m->tid, map->start,
		   map->end);
	fd = open_regular(path.s, st);
	for (unsigned i = 0; fd < 0 && i < 2 && map->path[0] == '/'; i++) {
		strbuf_clear(&path);
		if (!i)
			strbuf_fmt(&path, "%s/%d/root", host_procfs(), m->tid);
		strbuf_str(&path, map->path);
		fd = open_regular(path.s, st);
		if (fd >= 0 && st->st_ino != map->inode) {
			close(fd);
			fd = -1;
		}
	}
	return fd;
}

static void forget_oldest(struct known *k)
{
	size_t oldest = 0;

	for (size_t i = 1; i < k->file_count; i++)
		if (k->files[i].used < k->files[oldest].used)
			oldest = i;
	if (k->files[oldest].names)
		k->cache_bytes -= elf_names_bytes(k->files[oldest].names);
	elf_names_free(k->files[oldest].names);
	k->files[oldest] = k->files[--k->file_count];
}

/* What is known of the file of a mapping; NULL: it cannot be opened. */
static const struct elf_names *names_of(struct known *k, const struct frames_maps *m,
					const struct frames_map *map)
{
	struct stat st;
	int fd = open_mapped(m, map, &st);
	struct file *f;

	if (fd < 0)
		return NULL;
	for (size_t i = 0; i < k->file_count; i++)
		if (is_same(&k->files[i].st, &st)) {
			close(fd);
			k->files[i].used = k->now;
			return k->files[i].names;
		}
	while (k->file_count && (k->file_count == FILES_MOST || k->cache_bytes > CACHE_MOST))
		forget_oldest(k);
	f = &k->files[k->file_count++];
	*f = (struct file) { st, elf_names_read(fd), k->now };
	k->cache_bytes += f->names ? elf_names_bytes(f->names) : 0;
	close(fd);
	return f->names;
}

/* ---- processes ---- */

static char *read_maps(int tid)
{
	_cleanup_strbuf_ struct strbuf b = { 0 };
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/%d/maps", tid);
	strbuf_str(&b, host_procfs());
	strbuf_str(&b, path);
	fd = open(b.s, O_RDONLY | O_CLOEXEC);
	strbuf_clear(&b);
	while (fd >= 0 && b.len < MAPS_MOST) {
		char *to = strbuf_room(&b, 65536);
		ssize_t n = read(fd, to, 65535);

		if (n <= 0)
			break;
		b.len += (size_t)n;
		b.s[b.len] = '\0';
	}
	if (fd >= 0)
		close(fd);
	return b.len ? strbuf_take(&b) : NULL;
}

static struct space *space_of(struct known *k, uint32_t number)
{
	struct space *best = &k->spaces[0];

	for (size_t i = 0; i < SPACES_KEPT; i++) {
		if (k->spaces[i].used && k->spaces[i].number == number)
			return &k->spaces[i];
		if (k->spaces[i].used < best->used)
			best = &k->spaces[i];
	}
	frames_maps_done(&best->maps);
	best->number = number;
	return best;
}

/* As it is now, or as it was when it was last there. *read_at: 0 when it is gone. */
static const struct frames_maps *maps_of(struct known *k, const struct frames_ask *q,
					 uint64_t *read_at)
{
	struct space *s = space_of(k, q->space);
	int tid = q->tid;
	char *text = read_maps(tid);

	if (!text) {
		tid = q->pid;
		text = read_maps(tid);
	}
	*read_at = text ? clock_mono() : 0;
	s->used = k->now;
	if (text) {
		frames_maps_done(&s->maps);
		s->maps.tid = tid;
		frames_maps_parse(&s->maps, text);
	}
	return &s->maps;
}

/* ---- names ---- */

/* "read+0x4d (libc.so.6)", "libc.so.6+0xf784f", or nothing. */
static void say(struct known *k, const struct frames_maps *m, uint64_t asked, struct strbuf *out)
{
	uint64_t back = asked & FRAMES_RETURN ? 1 : 0, address = (asked & ~FRAMES_RETURN) - back;
	const struct frames_map *map = frames_maps_find(m, address);
	const struct elf_names *names;
	const char *name = NULL;
	uint64_t at, distance = 0;

	if (!map || !map->path[0] || (map->path[0] != '/' && map->path[0] != '['))
		return;
	at = address - map->start + map->offset;
	names = map->path[0] == '/' ? names_of(k, m, map) : NULL;
	if (names) {
		at = elf_names_address(names, at);
		name = elf_names_find(names, at, &distance);
	}
	if (name)
		safe_text(out, name, MIN(strcspn(name, "@"), (size_t)NAME_SAID));
	else
		frames_maps_module(map->path, out);
	strbuf_fmt(out, "+0x%" PRIx64, (name ? distance : at) + back);
	if (name) {
		strbuf_str(out, " (");
		frames_maps_module(map->path, out);
		strbuf_char(out, ')');
	}
}

static void answer(struct known *k, const struct frames_ask *q, struct strbuf *out)
{
	struct frames_head h = { .space = q->space, .count = q->count };
	const struct frames_maps *m = maps_of(k, q, &h.read_at);

	strbuf_clear(out);
	strbuf_add(out, (const char *)&h, sizeof(h));
	for (uint32_t i = 0; i < q->count; i++) {
		size_t from = out->len;

		say(k, m, q->addresses[i], out);
		if (out->len - from >= FRAMES_NAME)
			strbuf_cut(out, from); /* characters that were escaped */
		strbuf_char(out, '\0');
	}
}

/* ---- the process ---- */

static void settle(void)
{
	const struct rlimit none = { 0, 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "tapdeck-frames");
	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its shadow is terabytes of addresses */
	setrlimit(RLIMIT_AS, &(struct rlimit) { MEMORY_MOST, MEMORY_MOST });
#endif
	fcntl(WIRE_FD, F_SETFD, FD_CLOEXEC);
}

int frames_main(void)
{
	struct known *k = xcalloc(1, sizeof(*k));
	struct strbuf out = { 0 };
	struct frames_ask q;
	ssize_t n;

	settle();
	for (;;) {
		n = recv(WIRE_FD, &q, sizeof(q), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < (ssize_t)offsetof(struct frames_ask, addresses) || q.count > FRAMES_BATCH ||
		    (size_t)n < offsetof(struct frames_ask, addresses) + q.count * sizeof(uint64_t))
			break;
		k->now++;
		answer(k, &q, &out);
		if (send(WIRE_FD, out.s, out.len, MSG_NOSIGNAL) < 0)
			break;
	}
	strbuf_done(&out);
	free(k);
	return n ? 1 : 0;
}
