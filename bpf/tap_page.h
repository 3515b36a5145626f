/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_page: pages of memory as bytes.
 */
#ifndef BPF_TAP_PAGE_H
#define BPF_TAP_PAGE_H

#include "bpf/kernel.h"

/* What a page has; who loads a program that has this says it. */
const volatile __u32 tap_page_size = 4096;

static __always_inline __u64 tap_pages(__u64 n)
{
	return n * tap_page_size;
}

#endif
