/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_chunks: pages as chunks of zstd, countable at every moment.
 *
 * A region holds a count and, one behind the other, chunks of some pages each. The last one is
 * still growing and is compressed anew for a commit, into one of two places:
 *
 *   | sizes | frame ...                     |              place 1, where it will stay
 *   | sizes | skip  ........................| frame ... |  place 2, behind a frame to be skipped
 *
 * The frame is written first; then one write of 16 bytes (the sizes, and the first 8 of the frame
 * or of the skippable one) turns from one place to the other. A chunk that is full ends in place 1,
 * and the next one begins behind it, at a multiple of 16: these bytes never cross a block.
 */
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "core/arena.h"
#include "tracefs/dat_file_private.h"

#define CHUNK_SIZE (256u << 10)
#define LEVEL	   1
#define SKIP_MAGIC 0x184d2a50u
#define SWITCH	   16 /* bytes that choose the place */

struct dat_zip {
	uint8_t *raw;
	uint32_t len, cap;     /* bytes of whole pages begun; of a full chunk */
	uint64_t place2;       /* how far behind place 1 the other one is */
	uint64_t at;	       /* of the last chunk's sizes */
	uint32_t closed, said; /* chunks that are full; that the disk counts */
	unsigned place;	       /* where the last chunk is: 1, 2; 0: not on the disk */
	bool dirty, written;   /* there is more than the disk has; it is written, not counted */
	char turn[SWITCH];     /* what will make it count */
};

static void put_le32(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> 8 * i);
}

int dat_file_deflate(struct dat_file *f, const void *p, size_t n, struct strbuf *out, struct err *e)
{
	size_t cap = ZSTD_compressBound(n), r;

	if (!f->zstd)
		f->zstd = ZSTD_createCCtx();
	if (!f->zstd)
		return err_set(e, -ENOMEM, "no memory to compress with");
	r = ZSTD_compressCCtx(f->zstd, strbuf_room(out, cap), cap, p, n, LEVEL);
	if (ZSTD_isError(r))
		return err_set(e, -EIO, "%s: cannot compress: %s", f->path, ZSTD_getErrorName(r));
	out->len += r;
	out->s[out->len] = '\0';
	return 0;
}

void dat_file_deflate_done(struct dat_file *f)
{
	ZSTD_freeCCtx(f->zstd);
	f->zstd = NULL;
}

static struct dat_zip *chunks_new(const struct dat_file *f, const struct dat_track *t)
{
	struct dat_zip *z = xcalloc(1, sizeof(*z));

	z->cap = MAX(CHUNK_SIZE, f->page_size);
	z->raw = xcalloc(1, z->cap);
	z->place2 = round_up(ZSTD_compressBound(z->cap) + 64, SWITCH);
	z->at = t->offset + 4;
	return z;
}

void dat_zip_free(struct dat_zip *z)
{
	if (z)
		free(z->raw);
	free(z);
}

/* Completes the page begun last. */
static void close_page(const struct dat_file *f, struct dat_track *t)
{
	char *page = (char *)t->z->raw + t->z->len - f->page_size;
	bool store = dat_file_can_store(f, t);

	dat_file_page_header(f, t, store, page);
	if (store)
		dat_put_at(page + f->header + t->used, f->m, t->lost, f->m.long_size);
}

/* Compresses the last chunk into f->scratch. */
static int compress_last(struct dat_file *f, struct dat_track *t, struct err *e)
{
	close_page(f, t);
	strbuf_clear(&f->scratch);
	return dat_file_deflate(f, t->z->raw, t->z->len, &f->scratch, e);
}

/* Fills the frame up with one to be skipped, so that the next chunk begins at a multiple of 16. */
static void fill_up(const struct dat_zip *z, struct strbuf *frame)
{
	size_t fill = (SWITCH - (z->at + 8 + frame->len) % SWITCH) % SWITCH;
	char *p;

	if (!fill)
		return;
	if (fill < 8)
		fill += SWITCH;
	p = strbuf_room(frame, fill);
	memset(p, 0, fill);
	put_le32(p, SKIP_MAGIC);
	put_le32(p + 4, (uint32_t)fill - 8);
	frame->len += fill;
}

/* Writes the frame in f->scratch where the last chunk is not now, or where `place` says. */
static int write_frame(struct dat_file *f, struct dat_track *t, unsigned place, struct err *e)
{
	struct dat_zip *z = t->z;
	const struct strbuf *frame = &f->scratch;
	uint64_t skip = place == 2 ? z->place2 : 0;

	if (z->at + 8 + 2 * z->place2 > t->offset + f->region)
		return err_set(e, -EFBIG, "%s: a CPU has filled its %llu MiB of the file", f->path,
			       (unsigned long long)f->region >> 20);
	dat_put_at(z->turn, f->m, skip + frame->len, 4);
	dat_put_at(z->turn + 4, f->m, z->len, 4);
	if (place == 2) {
		put_le32(z->turn + 8, SKIP_MAGIC);
		put_le32(z->turn + 12, (uint32_t)skip - 8);
		return dat_file_write(f, frame->s, frame->len, z->at + 8 + skip, e);
	}
	memcpy(z->turn + 8, frame->s, 8);
	return dat_file_write(f, frame->s + 8, frame->len - 8, z->at + SWITCH, e);
}

static int turn_to(struct dat_file *f, struct dat_track *t, unsigned place, struct err *e)
{
	struct dat_zip *z = t->z;
	int r = dat_file_write(f, z->turn, SWITCH, z->at, e);

	if (r < 0)
		return r;
	z->place = place;
	z->written = false;
	return 0;
}

static int write_and_turn(struct dat_file *f, struct dat_track *t, unsigned place, struct err *e)
{
	int r = write_frame(f, t, place, e);

	return r < 0 ? r : turn_to(f, t, place, e);
}

/* The last chunk is full: it goes to place 1 for good. */
static int close_chunk(struct dat_file *f, struct dat_track *t, struct err *e)
{
	struct dat_zip *z = t->z;
	int r = compress_last(f, t, e);

	if (r < 0)
		return r;
	if (z->place == 1)
		r = write_and_turn(f, t, 2, e);
	fill_up(z, &f->scratch);
	if (!r)
		r = write_and_turn(f, t, 1, e);
	if (r < 0)
		return r;
	f->bytes += 8 + f->scratch.len;
	z->at += 8 + f->scratch.len;
	z->closed++;
	z->len = 0;
	z->place = 0;
	z->dirty = false;
	return 0;
}

static int begin_page(struct dat_file *f, struct dat_track *t, const struct dat_part *p,
		      struct err *e)
{
	struct dat_zip *z = t->z;
	int r;

	if (z->len == z->cap) {
		r = close_chunk(f, t, e);
		if (r < 0)
			return r;
	} else if (z->len) {
		close_page(f, t);
	}
	memset(z->raw + z->len, 0, f->page_size);
	z->len += f->page_size;
	t->pages++;
	t->ts = p->ts;
	t->lost = p->lost;
	t->begun = true;
	return 0;
}

int dat_zip_put(struct dat_file *f, struct dat_track *t, const struct dat_part *p, struct err *e)
{
	int r;

	if (!t->z)
		t->z = chunks_new(f, t);
	if (!p->from) {
		r = begin_page(f, t, p, e);
		if (r < 0)
			return r;
	}
	memcpy(t->z->raw + t->z->len - f->page_size + f->header + p->from, p->bytes, p->size);
	t->used = p->from + p->size;
	t->z->dirty = true;
	return 0;
}

int dat_zip_write(struct dat_file *f, struct dat_track *t, bool *ret_grew, struct err *e)
{
	struct dat_zip *z = t->z;
	uint64_t need;
	int r;

	if (!z || !z->dirty || !z->len)
		return 0;
	r = compress_last(f, t, e);
	if (!r)
		r = write_frame(f, t, z->place == 1 ? 2 : 1, e);
	if (r < 0)
		return r;
	z->written = true;
	/* What the file says is generous: the count in the region tells how much is there. */
	need = z->at - t->offset + 8 + 2 * z->place2;
	if (need > t->counted) {
		t->counted = MIN(round_up(need, 1 << 20), f->region);
		*ret_grew = true;
	}
	return 0;
}

static int say_count(struct dat_file *f, struct dat_track *t, struct err *e)
{
	struct dat_zip *z = t->z;
	uint32_t count = z->closed + (z->place != 0);
	char bytes[4];
	int r;

	if (count == z->said)
		return 0;
	dat_put_at(bytes, f->m, count, 4);
	r = dat_file_write(f, bytes, 4, t->offset, e);
	if (!r)
		z->said = count;
	return r;
}

int dat_zip_count(struct dat_file *f, struct dat_track *t, struct err *e)
{
	struct dat_zip *z = t->z;
	int r = 0;

	if (!z)
		return 0;
	if (z->written)
		r = turn_to(f, t, z->place == 1 ? 2 : 1, e);
	if (r < 0)
		return r;
	z->dirty = false;
	return say_count(f, t, e);
}

int dat_zip_close(struct dat_file *f, struct dat_track *t, struct err *e)
{
	int r = 0;

	if (!t->z)
		return 0;
	if (t->z->len)
		r = close_chunk(f, t, e);
	if (!r)
		r = say_count(f, t, e);
	if (!r)
		t->counted = t->z->at - t->offset;
	return r;
}
