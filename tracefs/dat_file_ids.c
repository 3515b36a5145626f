/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_file_ids: one id has one format in a file.
 *
 * The kernel gives the id of a removed probe to the next one, and files that are joined know
 * nothing of each other. So a second format with an id that is taken gets another one, downward
 * from 32767: KernelShark keeps ids in 16 bits with a sign. The same text gets the same id each
 * time.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dat_file_private.h"

#define ID_FIRST 32767

static uint64_t hash_bytes(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3ULL;
	return h;
}

static uint64_t key_of(const char *system, const char *text, size_t size)
{
	uint64_t h = hash_bytes(0xcbf29ce484222325ULL, system, strlen(system) + 1);

	return hash_bytes(h, text, size);
}

static struct dat_id_seen *place(struct dat_ids *ids, uint64_t key)
{
	size_t at = key & (ids->size - 1);

	while (ids->seen[at].used && ids->seen[at].key != key)
		at = (at + 1) & (ids->size - 1);
	return &ids->seen[at];
}

static void grow(struct dat_ids *ids)
{
	struct dat_ids old = *ids;

	ids->size = old.size ? old.size * 2 : 8192;
	ids->seen = xcalloc(ids->size, sizeof(*ids->seen));
	for (size_t i = 0; i < old.size; i++)
		if (old.seen[i].used)
			*place(ids, old.seen[i].key) = old.seen[i];
	free(old.seen);
}

static bool is_taken(const struct dat_ids *ids, unsigned id)
{
	return ids->taken[id / 8] >> id % 8 & 1;
}

/* Finds the number behind "ID:" at the beginning of a line; returns its length, 0: none. */
static size_t find_id(const char *text, size_t size, size_t *ret_at, unsigned *ret)
{
	for (size_t at = 0; at + 4 < size; at++) {
		size_t n = at + 3;
		unsigned v = 0;

		if ((at && text[at - 1] != '\n') || memcmp(text + at, "ID:", 3))
			continue;
		while (n < size && text[n] == ' ')
			n++;
		*ret_at = n;
		for (; n < size && text[n] >= '0' && text[n] <= '9' && v < 65536; n++)
			v = v * 10 + (unsigned)(text[n] - '0');
		if (n == *ret_at || v > 65535)
			return 0;
		*ret = v;
		return n - *ret_at;
	}
	return 0;
}

static int free_id(struct dat_ids *ids, unsigned *ret)
{
	while (ids->next && is_taken(ids, ids->next))
		ids->next--;
	*ret = ids->next;
	return ids->next ? 0 : -ENOSPC;
}

/* Chooses the id of a text that was not seen before; *new_text is set where it has another. */
static int choose(struct dat_file *f, const char *system, const char *text, size_t size,
		  struct strbuf *new_text, uint16_t *ret, struct err *e)
{
	unsigned id = 0;
	size_t at = 0, n = find_id(text, size, &at, &id);

	if (!n)
		return err_set(e, -EINVAL, "%s: a format of %s has no id", f->path, system);
	if (is_taken(&f->ids, id)) {
		if (free_id(&f->ids, &id) < 0)
			return err_set(e, -ENOSPC, "%s: no id is left for a format of %s", f->path,
				       system);
		strbuf_add(new_text, text, at);
		strbuf_u64(new_text, id);
		strbuf_add(new_text, text + at + n, size - at - n);
	}
	f->ids.taken[id / 8] |= (uint8_t)(1 << id % 8);
	*ret = (uint16_t)id;
	return 0;
}

/* Returns 1 for a text that is new, 0 for one that was seen. */
static int assign(struct dat_file *f, const char *system, const char *text, size_t size,
		  struct strbuf *new_text, uint16_t *ret, struct err *e)
{
	struct dat_id_seen *s;
	int r;

	if (f->ids.count * 2 >= f->ids.size)
		grow(&f->ids);
	s = place(&f->ids, key_of(system, text, size));
	if (s->used) {
		*ret = s->id;
		return 0;
	}
	r = choose(f, system, text, size, new_text, ret, e);
	if (r < 0)
		return r;
	*s = (struct dat_id_seen) { .key = key_of(system, text, size), .id = *ret, .used = true };
	f->ids.count++;
	return 1;
}

static void relabel(struct dat_meta_format *mf, struct strbuf *text)
{
	free(mf->text);
	mf->size = text->len;
	mf->text = strbuf_take(text);
}

int dat_ids_load(struct dat_file *f, struct err *e)
{
	f->ids.next = ID_FIRST;
	for (size_t i = 0; i < f->meta->format_count; i++) {
		struct dat_meta_format *mf = &f->meta->formats[i];
		_cleanup_strbuf_ struct strbuf text = { 0 };
		uint16_t id;
		int r = assign(f, mf->system, mf->text, mf->size, &text, &id, e);

		if (r < 0)
			return r;
		if (text.len)
			relabel(mf, &text);
	}
	return 0;
}

void dat_ids_done(struct dat_ids *ids)
{
	free(ids->seen);
	ids->seen = NULL;
}

/*
 * Writes a format into the next spare one of version 6: a system of its own in one block of the
 * disk. -E2BIG when there is none or it does not fit.
 */
static int put_spare(struct dat_file *f, const char *system, const char *text, size_t size,
		     struct err *e)
{
	struct strbuf *out = &f->scratch;
	size_t fixed = strlen(system) + 1 + 4 + 8;
	int r;

	if (!f->formats_left || fixed + size > DISK_BLOCK)
		return -E2BIG;
	strbuf_clear(out);
	strbuf_add(out, system, strlen(system) + 1);
	dat_put(out, f->m, 1, 4);
	dat_put(out, f->m, DISK_BLOCK - fixed, 8);
	strbuf_add(out, text, size);
	dat_put_align(out, DISK_BLOCK, '\n');
	r = dat_file_write(f, out->s, out->len, f->formats_at, e);
	if (r < 0)
		return r;
	f->formats_left--;
	f->formats_at += DISK_BLOCK;
	return 0;
}

int dat_file_format(struct dat_file *f, const char *system, const char *text, size_t size,
		    uint16_t *ret_id, struct err *e)
{
	_cleanup_strbuf_ struct strbuf changed = { 0 };
	uint16_t id = 0;
	int r = 1;

	if (!*system || strlen(system) > 255 || size > SCHEMA_FORMAT_MAX)
		return err_set(e, -EINVAL, "%s: a format of \"%.40s\" is too long to be one",
			       f->path, system);
	r = assign(f, system, text, size, &changed, &id, e);
	if (r < 0)
		return r;
	*ret_id = id;
	if (!r)
		return 0;
	if (changed.len) {
		text = changed.s;
		size = changed.len;
	}
	dat_meta_format(f->meta, system, text, size);
	if (f->on_disk == 6 && f->version == 6) {
		r = put_spare(f, system, text, size, e);
		if (r != -E2BIG)
			return r;
		dat_sections_switch(f);
	}
	f->sections[strcmp(system, "ftrace") ? SEC_EVENTS : SEC_FTRACE].dirty = true;
	return 0;
}
