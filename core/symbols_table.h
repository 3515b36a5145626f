/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols_table: what symbols is made of; private to core/symbols*.c.
 */
#ifndef CORE_SYMBOLS_TABLE_H
#define CORE_SYMBOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/strbuf.h"
#include "core/symbols.h"

#define SYMBOLS_NAMES_MAX (512u << 20) /* names are referred to by 32 bits */

struct symbol {
	uint64_t addr;
	uint32_t name, module; /* offsets in names; module 0: none */
	uint32_t order;
};

struct symbol_table {
	struct symbol *v;
	size_t count, cap;
	bool is_sorted;
};

struct constant {
	uint32_t name;
	bool is_doubtful; /* two values */
	int64_t value;
};

struct symbols {
	symbols_load_fn load, load_constants;
	void *load_data, *constants_data;
	struct strbuf names;
	uint32_t last_module;
	struct symbol_table code, printk;
	struct constant *constants; /* a hash table of constants_cap slots; name 0: free */
	size_t constants_count, constants_cap;
	char *btf_strings; /* of the first BTF: those of modules go on from there */
	uint32_t btf_strings_len;
};

void symbols_constants_done(struct symbols *s);

#endif
