/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hist_private: what composing a pair and checking it share. Private to them.
 */
#ifndef TRACEFS_HIST_PRIVATE_H
#define TRACEFS_HIST_PRIVATE_H

#include "tracefs/hist.h"

/* An identifier of less than 64 characters. */
bool hist_is_name(const char *s);

/* The key as the kernel has it; no field is the CPU. */
const char *hist_key_name(const struct field *f);

bool hist_is_string(const struct field *f);

/* 0, or -EINVAL or -ENOTSUP and what is wrong. */
int hist_check(const struct hist_conf *c, struct err *e);

#endif
