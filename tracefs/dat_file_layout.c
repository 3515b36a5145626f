/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_layout: where on the disk things go, and whether it has room for them.
 *
 * Every (buffer, CPU) has a region, sparse and as large as the file system allows; what the limit
 * is, is found by trying. Behind the head is room for metadata that come later.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/arena.h"
#include "tracefs/dat_file_private.h"

#define REGION_MAX (1ULL << 40)
#define REGION_MIN (64ULL << 20)
#define META_MAX   (4ULL << 30)
#define PROBE	   (16 << 20)
#define BUDGET	   (8 << 20)

int dat_file_errno(const struct dat_file *f, int error, struct err *e)
{
	errno = error;
	if (error == ENOSPC || error == EDQUOT)
		return err_errno(
		    e, "%s: no room is left on the disk: free some, or write elsewhere", f->path);
	if (error == EFBIG)
		return err_errno(
		    e,
		    "%s: the file system or the limit of this shell (ulimit -f) allows "
		    "no larger file",
		    f->path);
	return err_errno(e, "%s: cannot write it", f->path);
}

int dat_file_write(struct dat_file *f, const void *p, size_t n, uint64_t at, struct err *e)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = pwrite(f->fd, (const char *)p + done, n - done, (off_t)(at + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return dat_file_errno(f, r ? errno : EIO, e);
		done += (size_t)r;
	}
	return 0;
}

/* An unlimited tmpfs says that it has no blocks at all. */
static int ask_disk(const struct dat_file *f, uint64_t *ret, struct err *e)
{
	struct statvfs st;

	if (fstatvfs(f->fd, &st) < 0)
		return err_errno(e, "%s: cannot tell how full the disk is", f->path);
	*ret = st.f_blocks ? (uint64_t)st.f_bavail * st.f_frsize : UINT64_MAX;
	return 0;
}

int dat_file_room(struct dat_file *f, size_t n, struct err *e)
{
	char left[32], kept[32];
	uint64_t there = 0;
	int r;

	if (f->budget >= (int64_t)n) {
		f->budget -= (int64_t)n;
		return 0;
	}
	r = ask_disk(f, &there, e);
	if (r < 0)
		return r;
	if (there < DAT_FILE_RESERVE + (uint64_t)n)
		return err_set(
		    e, -ENOSPC,
		    "%s: the disk is nearly full: %s are left and %s are kept free; free "
		    "some, or write elsewhere",
		    f->path, util_human_size(there, left, sizeof(left)),
		    util_human_size(DAT_FILE_RESERVE, kept, sizeof(kept)));
	f->budget = (int64_t)MIN(there - DAT_FILE_RESERVE - n, (uint64_t)BUDGET);
	return 0;
}

/* A file system that fills holes with zeros would take hours for a region. */
static int check_sparse(const struct dat_file *f, struct err *e)
{
	struct stat st;

	if (ftruncate(f->fd, PROBE) < 0)
		return dat_file_errno(f, errno, e);
	if (fstat(f->fd, &st) < 0)
		return err_errno(e, "%s", f->path);
	if ((uint64_t)st.st_blocks * 512 > PROBE / 2)
		return err_set(e, -EOPNOTSUPP,
			       "%s: this file system has no sparse files: write to another one",
			       f->path);
	return 0;
}

static uint64_t meta_room(uint64_t region)
{
	return MIN(META_MAX, region);
}

/*
 * Twice as many regions as there are tracks must fit: for buffers that come later, and for what
 * the end needs while it moves things.
 */
static int find_region(struct dat_file *f, uint64_t head, uint64_t tracks, struct err *e)
{
	for (f->region = REGION_MAX; f->region >= REGION_MIN; f->region /= 2) {
		uint64_t total = head + meta_room(f->region) + 2 * (tracks + 1) * f->region;

		if (total > INT64_MAX)
			continue;
		if (!ftruncate(f->fd, (off_t)total))
			return 0;
		if (errno != EFBIG && errno != EINVAL)
			return dat_file_errno(f, errno, e);
	}
	return dat_file_errno(f, EFBIG, e);
}

static void give_regions(struct dat_file *f, struct dat_out_buffer *b)
{
	for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
		b->tracks[cpu].offset = f->end;
		f->end += f->region;
	}
}

int dat_file_layout(struct dat_file *f, uint64_t head, struct err *e)
{
	uint64_t align = MAX(f->page_size, 65536u);
	int r = check_sparse(f, e);

	if (r < 0)
		return r;
	r = find_region(f, head, (uint64_t)f->count * f->cpus, e);
	if (r < 0)
		return r;
	f->head = head;
	f->spare_at = round_up(head, DISK_BLOCK);
	f->spare_end = round_up(head + meta_room(f->region), align);
	f->end = f->spare_end;
	for (unsigned i = 0; i < f->count; i++)
		give_regions(f, &f->buffers[i]);
	if (ftruncate(f->fd, (off_t)f->end) < 0)
		return dat_file_errno(f, errno, e);
	return 0;
}

int dat_file_more_regions(struct dat_file *f, struct dat_out_buffer *b, struct err *e)
{
	if (ftruncate(f->fd, (off_t)(f->end + f->cpus * f->region)) < 0)
		return dat_file_errno(f, errno, e);
	give_regions(f, b);
	return 0;
}

int dat_file_allocate(struct dat_file *f, uint64_t at, uint64_t size, struct err *e)
{
	if (!fallocate(f->fd, FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)size) || errno == EOPNOTSUPP ||
	    errno == ENOSYS)
		return 0;
	return dat_file_errno(f, errno, e);
}

int dat_file_spare(struct dat_file *f, uint64_t n, uint64_t *ret, struct err *e)
{
	int r;

	n = round_up(n, DISK_BLOCK);
	if (n > f->spare_end - f->spare_at)
		return err_set(e, -EFBIG, "%s: too many formats and buffers for one file", f->path);
	r = dat_file_allocate(f, f->spare_at, n, e);
	if (r < 0)
		return r;
	*ret = f->spare_at;
	f->spare_at += n;
	return 0;
}
