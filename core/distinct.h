/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * distinct: how many different values came.
 *
 * Exact up to DISTINCT_EXACT of them, then about: a HyperLogLog whose error is below 2 percent. Of
 * values as 64 bits: numbers mixed one to one, so that exact is exact; texts hashed.
 */
#ifndef CORE_DISTINCT_H
#define CORE_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISTINCT_EXACT 3072

/* Zeroed: empty. */
struct distinct {
	union {
		uint64_t *values; /* a hash of the mixed values; 0: free */
		uint8_t *ranks;	  /* when about */
	};
	uint32_t count; /* values in the hash, without 0 */
	uint16_t cap;	/* places of the hash: a power of two */
	bool zero;	/* 0 came */
	bool about;
};

/* Adds a value that is mixed already (distinct_mix, or a hash of a text). Hot. */
void distinct_add(struct distinct *d, uint64_t mixed);
void distinct_merge(struct distinct *to, const struct distinct *from);

/* How many; exact unless d->about. */
uint64_t distinct_count(const struct distinct *d);

/* Bytes it takes besides itself. */
size_t distinct_bytes(const struct distinct *d);
void distinct_done(struct distinct *d);

/* Spreads a number over all bits, one to one. */
static inline uint64_t distinct_mix(uint64_t v)
{
	v ^= v >> 32;
	v *= 0xd6e8feb86659fd93ULL;
	v ^= v >> 32;
	v *= 0xd6e8feb86659fd93ULL;
	v ^= v >> 32;
	return v;
}

#endif
