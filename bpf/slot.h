/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slot: which power of two a value is counted at. Both programs and user space include it.
 */
#ifndef BPF_SLOT_H
#define BPF_SLOT_H

#define TAP_SLOTS 40 /* of ns: up to 18 minutes */

/* The slot of a value: n counts those from 2^n to 2^(n+1), the last one all above too. */
static inline __attribute__((always_inline)) unsigned int tap_slot(unsigned long long v)
{
	unsigned int high = (unsigned int)(v >> 32), n = high ? 32 : 0, shift;

	high = high ? high : (unsigned int)v;
	shift = (high > 0xffff) << 4, high >>= shift, n += shift;
	shift = (high > 0xff) << 3, high >>= shift, n += shift;
	shift = (high > 0xf) << 2, high >>= shift, n += shift;
	shift = (high > 0x3) << 1, high >>= shift, n += shift;
	n += high >> 1;
	return n < TAP_SLOTS ? n : TAP_SLOTS - 1;
}

#endif
