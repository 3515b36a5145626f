/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_value: values of options as people write them: 10ms, 4k, 99, yes.
 */
#ifndef BPF_OPTION_VALUE_H
#define BPF_OPTION_VALUE_H

#include <stdint.h>

#include "bpf/loader.h"

/* Reads a value by the option's unit and range; enumerations and text are the caller's. The error
 * says what one would write. */
int option_read(const struct bpf_option *o, const char *text, int64_t *ret, struct err *e);

/* The value as one would write it. The caller frees it. */
char *option_write(uint8_t unit, int64_t value);

/*
 * Reads "UNIT [MIN..MAX] TEXT", what a manifest says of an option. Sets unit, range and help.
 */
int option_describe(struct bpf_option *o, const char *text, struct err *e);

/* The unit by its word; -1: none. */
int option_unit(const char *word);

#endif
