/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout: how the bytes that a BPF program gives become a record of ftrace.
 */
#include <stdlib.h>
#include <string.h>

#include "bpf/layout.h"
#include "core/strbuf.h"
#include "core/util.h"

#define COMMON 8 /* type, flags, preempt count, pid */

void layout_done(struct layout *l)
{
	if (!l)
		return;
	free(l->name);
	free(l->body);
	free(l->extras);
	*l = (struct layout) { 0 };
}

int layout_schema(const struct layout *l, const char *system, unsigned id, struct schema **ret,
		  struct err *e)
{
	struct machine m = { .long_size = sizeof(long) };
	struct strbuf b = { 0 };
	int err;

	strbuf_fmt(&b, "name: %s\nID: %u\n", l->name, id);
	strbuf_str(&b, l->body);
	err = schema_parse(system, b.s, b.len, m, ret, e);
	strbuf_done(&b);
	return err;
}

bool layout_number(const struct layout_part *p, const void *event, uint32_t size, uint64_t *ret)
{
	struct machine m = { .long_size = sizeof(long) };

	if ((p->size != 1 && p->size != 2 && p->size != 4 && p->size != 8) || p->at > size ||
	    p->size > size - p->at)
		return false;
	*ret = field_load(m, (const uint8_t *)event + p->at, p->size, false);
	return true;
}

/* ---- what is computed ---- */

/* Bits are numbered as the compiler numbers them: from the lowest, or with a big end the highest.
 */
static uint64_t load_bits(const uint8_t *p, unsigned bit, unsigned bits)
{
	bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	unsigned bytes = (bit + bits + 7) / 8, below = big ? bytes * 8 - bit - bits : bit;
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++) {
		uint64_t byte = p[big ? bytes - 1 - i : i];

		v |= 8 * i >= below ? byte << (8 * i - below) : byte >> (below - 8 * i);
	}
	return bits < 64 ? v & ((1ULL << bits) - 1) : v;
}

static uint64_t extend(uint64_t v, unsigned bits)
{
	uint64_t top = 1ULL << (bits - 1);

	return bits < 64 ? (v ^ top) - top : v;
}

/* In millionths, as far as they go; what is no number is the lowest. */
static int64_t millionths(double v)
{
	v *= 1e6;
	if (!(v > -9.2e18))
		return INT64_MIN;
	return v < 9.2e18 ? (int64_t)(v < 0 ? v - 0.5 : v + 0.5) : INT64_MAX;
}

static int64_t load_float(const uint8_t *p, unsigned bits)
{
	double d;
	float f;

	if (bits == 32) {
		memcpy(&f, p, sizeof(f));
		d = (double)f;
	} else {
		memcpy(&d, p, sizeof(d));
	}
	return millionths(d);
}

/* A __data_loc word, of what stands further back by what is computed. */
static uint32_t moved(const struct layout *l, uint32_t word)
{
	uint32_t at = (word & 0xffff) + l->shift;

	return word && at <= 0xffff ? (word & 0xffff0000) | at : 0;
}

static uint32_t tail(const struct layout *l, uint32_t at, uint32_t size)
{
	uint32_t to = COMMON + l->shift + at;

	return at < size && to <= 0xffff ? MIN(size - at, 0xffffu) << 16 | to : 0;
}

/* The value of what is read from the event; 0 where it does not reach so far. */
static uint64_t read_value(const struct layout_extra *x, const uint8_t *event, uint32_t size)
{
	uint32_t at = x->at / 8, bytes = (x->at % 8 + x->bits + 7) / 8;
	uint64_t v;

	if (at > size || bytes > size - at || !x->bits || x->bits > 64)
		return 0;
	if (x->kind == LAYOUT_LOC)
		return load_u32(event + at);
	if (x->kind == LAYOUT_FLOAT)
		return (uint64_t)load_float(event + at, x->bits);
	v = load_bits(event + at, x->at % 8, x->bits);
	return x->is_signed ? extend(v, x->bits) : v;
}

static void compute(const struct layout *l, const struct layout_extra *x, const uint8_t *event,
		    uint32_t size, uint8_t *to)
{
	store_u64(to, 0);
	if (x->kind == LAYOUT_SIZE)
		store_u64(to, size);
	else if (x->kind == LAYOUT_TAIL)
		store_u32(to, tail(l, x->at / 8, size));
	else if (x->kind == LAYOUT_LOC)
		store_u32(to, moved(l, (uint32_t)read_value(x, event, size)));
	else
		store_u64(to, read_value(x, event, size));
}

void layout_put(const struct layout *l, unsigned id, const void *event, uint32_t size, void *rec)
{
	uint32_t bytes = l->is_open ? size : MIN(size, l->size);
	uint8_t *to = rec;
	uint64_t who = 0;

	if (!layout_number(&l->tid, event, size, &who))
		layout_number(&l->pid, event, size, &who);
	store_u16(to, (uint16_t)id);
	store_u16(to + 2, 0);
	store_u32(to + 4, (uint32_t)who);
	for (uint32_t i = 0; i < l->extra_count; i++)
		compute(l, &l->extras[i], event, size, to + COMMON + l->extras[i].to);
	if (bytes)
		memcpy(to + COMMON + l->shift, event, bytes);
}
