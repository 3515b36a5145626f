/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util: the few words of C that every room needs and C lacks.
 */
#ifndef CORE_UTIL_H
#define CORE_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(a)		      (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))
#define likely(x)		      __builtin_expect(!!(x), 1)
#define unlikely(x)		      __builtin_expect(!!(x), 0)

#define NSEC_PER_SEC  1000000000ULL
#define NSEC_PER_MSEC 1000000ULL

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Reads from any address, in the byte order of this machine. */
static inline uint16_t load_u16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t load_u32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t load_u64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Writes to any address, in the byte order of this machine. */
static inline void store_u16(void *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void store_u32(void *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void store_u64(void *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/*
 * Reads a size such as 64k, 16M or 1.5G (powers of 1024; plain numbers are bytes).
 * Returns 0, or -EINVAL and leaves *ret alone.
 */
int util_parse_size(const char *s, uint64_t *ret);

/* Reads a duration such as 10, 10s, 1.5ms, 250us, 5m, 2h; plain numbers are seconds. In ns. */
int util_parse_duration(const char *s, uint64_t *ret);

/* Writes bytes as 1.4 MiB and the like into buf and returns it. */
const char *util_human_size(uint64_t bytes, char *buf, size_t size);

/*
 * Of the count names the one nearest to word by edit distance, or NULL where none is near
 * enough to be meant. name(i) must return a string valid during the call.
 */
const char *util_nearest(const char *word, const char *(*name)(size_t i, void *data), size_t count,
			 void *data);

#endif
