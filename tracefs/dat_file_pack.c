/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_pack: the holes taken out of a finished trace.dat, which stays valid all the while.
 *
 * Where the file system can collapse a range, it takes three steps. First a copy of all metadata
 * goes behind the pages and the file becomes one of version 7 that refers to it; so the old head is
 * free for the new one. Then hole after hole is collapsed, the last one first. A collapse moves all
 * that is behind it, the options too: the new options, with the offsets as they will be, stand
 * so far behind the old ones as the hole is long, and slide into their place. At last
 * one write at the beginning makes the new head count.
 *
 * Elsewhere the pages are copied into a new file, which then replaces this one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dat_file_private.h"

struct packer {
	struct dat_file *f;
	uint64_t align;		   /* of everything that is moved */
	struct dat_track **tracks; /* those with pages, in the order of the file */
	size_t count;
	struct strbuf sections[SECTIONS];
	struct dat_image image;	   /* the head as it will be */
	uint64_t copies[SECTIONS]; /* where the copies of the sections stand */
	uint64_t copies_at;
	uint64_t options_at; /* where the options stand while holes are collapsed */
	uint64_t end;	     /* of the finished file */
};

/* ---- what the finished file will be ---- */

static void collect(struct packer *p)
{
	struct dat_file *f = p->f;

	p->tracks = xcalloc((size_t)f->count * f->cpus + 1, sizeof(*p->tracks));
	for (unsigned b = 0; b < f->count; b++)
		for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
			struct dat_track *t = &f->buffers[b].tracks[cpu];

			if (dat_track_size(f, t))
				p->tracks[p->count++] = t;
		}
}

static void make_image(struct packer *p)
{
	strbuf_clear(&p->image.bytes);
	p->image.final = true;
	if (p->f->version == 6)
		dat_image_v6(p->f, &p->image);
	else
		dat_image_v7(p->f, &p->image, p->sections);
}

/* Places everything one behind the other, and makes the head that says so. */
static int plan(struct packer *p, struct err *e)
{
	struct dat_file *f = p->f;
	struct statvfs st;

	if (fstatvfs(f->fd, &st) < 0)
		return err_errno(e, "%s", f->path);
	p->align = MAX(MIN(st.f_frsize, 65536ul), MAX(f->page_size, (unsigned)DISK_BLOCK));
	for (unsigned i = 0; i < SECTIONS; i++) {
		int r = dat_section_make(f, i, &p->sections[i], e);

		if (r < 0)
			return r;
	}
	collect(p);
	make_image(p);
	p->end = p->image.bytes.len;
	for (size_t i = 0; i < p->count; i++) {
		struct dat_track *t = p->tracks[i];

		t->final = round_up(p->end, p->align);
		p->end = t->final + dat_track_size(f, t);
	}
	make_image(p);
	return 0;
}

static uint64_t piece_end(const struct packer *p, size_t i)
{
	return i ? p->tracks[i - 1]->offset + dat_track_size(p->f, p->tracks[i - 1])
		 : p->image.bytes.len;
}

/* ---- collapsing ---- */

/* A range that can never be collapsed: file systems that cannot at all say so first. */
static bool can_collapse(const struct dat_file *f)
{
	return fallocate(f->fd, FALLOC_FL_COLLAPSE_RANGE, 1, 1) < 0 && errno == EINVAL;
}

static int collapse(const struct dat_file *f, uint64_t at, uint64_t size, struct err *e)
{
	int r;

	do
		r = fallocate(f->fd, FALLOC_FL_COLLAPSE_RANGE, (off_t)at, (off_t)size);
	while (r < 0 && errno == EINTR);
	return r < 0 ? dat_file_errno(f, errno, e) : 0;
}

/* Copies the sections behind the last page, where they do not stand in the way. */
static int copy_sections(struct packer *p, struct err *e)
{
	uint64_t at;

	p->copies_at = round_up(MAX(piece_end(p, p->count), p->f->spare_end), p->align);
	at = p->copies_at;
	for (unsigned i = 0; i < SECTIONS; i++) {
		int r = dat_file_write(p->f, p->sections[i].s, p->sections[i].len, at, e);

		if (r < 0)
			return r;
		p->copies[i] = at;
		at += p->sections[i].len;
	}
	p->options_at = round_up(at, p->align);
	return 0;
}

/* Writes the options, for things as they stand in memory, so far behind their place. */
static int write_options(struct packer *p, uint64_t behind, size_t *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf bytes = { 0 };

	*ret = dat_options_v7(p->f, p->copies, p->options_at, false, &bytes);
	return dat_file_write(p->f, bytes.s, bytes.len, p->options_at + behind, e);
}

/* Moves in memory what stands behind piece i. */
static void move(struct packer *p, size_t i, uint64_t by)
{
	for (; i < p->count; i++)
		p->tracks[i]->offset -= by;
	for (unsigned s = 0; s < SECTIONS; s++)
		p->copies[s] -= by;
	p->copies_at -= by;
}

/* The hole between piece i and the track behind it. */
static int close_hole(struct packer *p, size_t i, struct err *e)
{
	uint64_t at = round_up(piece_end(p, i), p->align);
	uint64_t hole = p->tracks[i]->offset - at;
	size_t options;
	int r;

	if (!hole)
		return 0;
	move(p, i, hole);
	r = p->f->whole ? 0 : write_options(p, hole, &options, e);
	if (!r)
		r = collapse(p->f, at, hole, e);
	if (r < 0)
		move(p, i, -hole);
	return r;
}

/* The old head is not needed any more: the new one, but for the bytes that choose the version. */
static int write_image(struct packer *p, uint64_t from, struct err *e)
{
	const struct strbuf *b = &p->image.bytes;

	if (b->len > p->f->spare_end)
		return err_set(e, -EFBIG, "%s: its formats and names are too long", p->f->path);
	return dat_file_write(p->f, b->s + from, b->len - from, from, e);
}

static int make_image_count(struct packer *p, struct err *e)
{
	struct dat_file *f = p->f;
	int r;

	if (f->version == 7)
		return dat_sections_point(f, p->image.options, e);
	r = dat_file_write(f, p->image.bytes.s, p->image.begin, 0, e);
	if (!r)
		f->on_disk = 6;
	return r;
}

static int close_holes(struct packer *p, struct err *e)
{
	int r = 0;

	for (size_t i = p->count; !r && i-- > 0;)
		r = close_hole(p, i, e);
	return r;
}

static int collapse_all(struct packer *p, struct err *e)
{
	struct dat_file *f = p->f;
	size_t options = 0;
	int r;

	if (f->whole) {
		r = write_image(p, 0, e);
		return r < 0 ? r : close_holes(p, e);
	}
	r = copy_sections(p, e);
	if (!r)
		r = write_options(p, 0, &options, e);
	if (!r)
		r = dat_sections_point(f, p->options_at + options, e);
	if (!r)
		r = write_image(p, p->image.begin, e);
	if (!r)
		r = close_holes(p, e);
	return r < 0 ? r : make_image_count(p, e);
}

/* ---- copying ---- */

static int copy_by_hand(int from, int to, uint64_t at, uint64_t to_at, size_t n)
{
	_cleanup_free_ char *buf = xcalloc(1, n);
	ssize_t got = pread(from, buf, n, (off_t)at);

	return got <= 0 ? (int)got : (int)pwrite(to, buf, (size_t)got, (off_t)to_at);
}

static int copy_range(struct packer *p, int to, const struct dat_track *t, struct err *e)
{
	uint64_t left = dat_track_size(p->f, t), at = t->offset, to_at = t->final;

	while (left) {
		off_t in = (off_t)at, out = (off_t)to_at;
		ssize_t n = copy_file_range(p->f->fd, &in, to, &out, left, 0);

		if (n < 0 && errno != ENOSPC && errno != EDQUOT && errno != EIO)
			n = copy_by_hand(p->f->fd, to, at, to_at, MIN(left, 1ul << 20));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return dat_file_errno(p->f, n ? errno : EIO, e);
		left -= (uint64_t)n;
		at += (uint64_t)n;
		to_at += (uint64_t)n;
	}
	return 0;
}

/* The path must still be that of this file: it may have been moved away. */
static int check_path(const struct dat_file *f, struct stat *st, struct err *e)
{
	struct stat there;

	if (fstat(f->fd, st) < 0)
		return err_errno(e, "%s", f->path);
	if (stat(f->path, &there) < 0 || there.st_ino != st->st_ino || there.st_dev != st->st_dev)
		return err_set(e, -ESTALE, "%s: is another file by now", f->path);
	return 0;
}

static int check_disk(const struct packer *p, struct err *e)
{
	struct statvfs st;
	char need[32];

	if (fstatvfs(p->f->fd, &st) < 0 || !st.f_blocks ||
	    (uint64_t)st.f_bavail * st.f_frsize >= p->end)
		return 0;
	return err_set(e, -ENOSPC, "%s: a copy without holes needs %s more on this disk",
		       p->f->path, util_human_size(p->end, need, sizeof(need)));
}

static int fill_copy(struct packer *p, int fd, const struct stat *st, struct err *e)
{
	struct dat_file *f = p->f;
	int own = f->fd, r;

	if (fchown(fd, st->st_uid, st->st_gid) < 0 || fchmod(fd, st->st_mode & 07777) < 0)
		return err_errno(e, "%s: cannot give its copy the same owner", f->path);
	f->fd = fd;
	r = dat_file_write(f, p->image.bytes.s, p->image.bytes.len, 0, e);
	f->fd = own;
	for (size_t i = 0; !r && i < p->count; i++)
		r = copy_range(p, fd, p->tracks[i], e);
	if (!r && (ftruncate(fd, (off_t)p->end) < 0 || fsync(fd) < 0))
		r = dat_file_errno(f, errno, e);
	return r;
}

/* The new name, too, is to survive a power cut. Where that cannot be had it is no error. */
static void sync_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir =
	    slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

static int copy_all(struct packer *p, struct err *e)
{
	_cleanup_strbuf_ struct strbuf path = { 0 };
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = check_path(p->f, &st, e);

	if (!r)
		r = check_disk(p, e);
	if (r < 0)
		return r;
	strbuf_fmt(&path, "%s.partXXXXXX", p->f->path);
	fd = mkostemp(path.s, O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "%s", path.s);
	r = fill_copy(p, fd, &st, e);
	if (!r && rename(path.s, p->f->path) < 0)
		r = dat_file_errno(p->f, errno, e);
	if (r < 0)
		unlink(path.s);
	else
		sync_dir(p->f->path);
	return r;
}

/* ---- both ---- */

static int close_chunks(struct dat_file *f, struct err *e)
{
	for (unsigned b = 0; b < f->count; b++)
		for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
			int r = dat_zip_close(f, &f->buffers[b].tracks[cpu], e);

			if (r < 0)
				return r;
		}
	return 0;
}

/* What is behind the last page is not part of the file any more. */
static int trim(struct packer *p, struct err *e)
{
	struct dat_file *f = p->f;

	if (ftruncate(f->fd, (off_t)p->end) < 0 || fsync(f->fd) < 0)
		return dat_file_errno(f, errno, e);
	return 0;
}

static void packer_done(struct packer *p)
{
	for (unsigned i = 0; i < SECTIONS; i++)
		strbuf_done(&p->sections[i]);
	strbuf_done(&p->image.bytes);
	free(p->tracks);
}

static int pack(struct packer *p, struct err *e)
{
	struct dat_file *f = p->f;
	int r = plan(p, e);

	if (r < 0)
		return r;
	if (can_collapse(f)) {
		r = collapse_all(p, e);
		if (!r)
			return trim(p, e);
		if (r != -EINVAL && r != -EOPNOTSUPP && r != -EFBIG)
			return r;
		err_clear(e);
	}
	return copy_all(p, e);
}

int dat_file_pack(struct dat_file *f, uint64_t *ret_size, struct err *e)
{
	struct packer p = { .f = f };
	int r = f->compress ? close_chunks(f, e) : 0;

	if (!r)
		r = pack(&p, e);
	if (!r && ret_size)
		*ret_size = p.end;
	packer_done(&p);
	return r < 0 ? err_ctx(e, "the recording is whole, but has holes") : 0;
}
