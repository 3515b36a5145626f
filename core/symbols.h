/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols: addresses of the kernel's code and of its format strings, as names.
 *
 * Filled from the text of /proc/kallsyms and of printk_formats, or from their copies in
 * a trace.dat. Loaded when first asked for: most sessions never need them.
 */
#ifndef CORE_SYMBOLS_H
#define CORE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/* Called once, before the first look-up, to fill the table. */
typedef void (*symbols_load_fn)(struct symbols *s, void *data);

/* Makes an empty table; load may be NULL. */
struct symbols *symbols_new(symbols_load_fn load, void *data);
void symbols_free(struct symbols *s);

/* Adds the lines "ADDRESS TYPE NAME [MODULE]" of a kallsyms text. Lines that make no sense are
 * skipped. */
void symbols_add_kallsyms(struct symbols *s, const char *text, size_t size);

/* Adds the lines "0xADDRESS : "TEXT"" of a printk_formats text, escapes undone. */
void symbols_add_printk(struct symbols *s, const char *text, size_t size);

/*
 * The function that holds addr: name, its module (or NULL) and the distance from its start.
 * NULL when none does, or when the kernel hid its addresses (kptr_restrict: all are 0).
 */
const char *symbols_name(struct symbols *s, uint64_t addr, uint64_t *offset, const char **module);

/* The format string at exactly addr, or NULL. */
const char *symbols_printk(struct symbols *s, uint64_t addr);

/*
 * Bytes from the start of the function that holds addr to the next symbol, as the kernel counts
 * them for %pS; 0 when it cannot be said.
 */
uint64_t symbols_size(struct symbols *s, uint64_t addr);

/* ---- constants: print formats name enumerators that their text does not explain ---- */

/* Names who fills the constants on the first look-up of one; apart from the addresses, since few
 * need them. */
void symbols_on_constants(struct symbols *s, symbols_load_fn load, void *data);

/*
 * Adds the enumerators of BTF (/sys/kernel/btf/vmlinux first, then those of modules, whose strings
 * follow the kernel's). -EINVAL when it is none.
 */
int symbols_add_btf(struct symbols *s, const void *btf, size_t size);

/* Adds one constant. A name that has two values has none. */
void symbols_add_constant(struct symbols *s, const char *name, int64_t value);

/* The value of a constant's name; false when it is not known or not sure. */
bool symbols_constant(struct symbols *s, const char *name, int64_t *ret);

#endif
