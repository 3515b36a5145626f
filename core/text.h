/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: the fields of an event as the kernel would print them.
 *
 * The print format of a schema is compiled once into a small program that reads typed
 * values at known offsets and appends to a strbuf: no printf, no library. What cannot be
 * compiled says so, and is printed by the fallback (libtraceevent, for data of the running
 * kernel) or field by field. Strings from records pass through safe_text.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "core/err.h"
#include "core/row.h"
#include "core/schema.h"
#include "core/strbuf.h"

struct symbols;
struct text;

/* Prints rec like the kernel; false when it cannot and nothing was appended. */
typedef bool (*text_fallback_fn)(void *data, const struct schema *s, const uint8_t *rec,
				 uint32_t size, struct strbuf *out);

/*
 * Appends what an address is in the code of the program that a row's thread executed then; a return
 * address is named by the call before it. False when that is not known, and nothing was appended.
 */
typedef bool (*text_code_fn)(void *data, const struct row *r, uint64_t addr, bool is_return,
			     struct strbuf *out);

/* What the words of a print format need from outside. Any member may be NULL. */
struct text_env {
	struct symbols *symbols; /* %ps %pS, trace_printk formats */
	text_code_fn code;	 /* stacks of programs: only of rows, for it takes whose and when */
	void *code_data;
	text_fallback_fn fallback;
	void *fallback_data;
};

/*
 * Compiles the schema's print format into s->text. Returns 0 when it is compiled,
 * -EOPNOTSUPP with the word it stumbled over when not: s->text then holds the plain
 * "field=value" program. Never fails otherwise.
 */
int text_compile(struct schema *s, struct err *e);

/*
 * The same, with names of constants (enumerators that the format's text does not explain) looked up
 * in symbols. Without them such a value is shown as a number. text_print compiles so.
 */
int text_compile_with(struct schema *s, struct symbols *symbols, struct err *e);

/* True when text_print uses the compiled print format (not fallback, not plain fields). */
bool text_is_compiled(const struct schema *s);

/* Frees a program. NULL-safe. */
void text_free(struct text *t);

/*
 * Appends the fields of a record: what stands behind "event: " in the kernel's own line,
 * without a newline. Compiles on first use. A record shorter than its schema prints what it
 * has and ends in " [damaged: N of M bytes]".
 */
void text_print(const struct schema *s, const struct text_env *env, const uint8_t *rec,
		uint32_t size, struct strbuf *out);

/* The same of a row, by what its source says: stacks of its program are names as well. */
void text_row_print(const struct row *r, struct strbuf *out);

/* Appends one field's value for people: numbers by sign and unit, strings safe, arrays {1,2}. */
void text_field(const struct schema *s, const struct field *f, const uint8_t *rec, uint32_t size,
		struct strbuf *out);

/* The same of a row for people: addresses of code, and stacks of them, are names. */
void text_row_field(const struct row *r, const struct field *f, struct strbuf *out);

/* Appends all fields but the common ones as "name=value name=value". */
void text_plain(const struct schema *s, const uint8_t *rec, uint32_t size, struct strbuf *out);

/* Appends the kernel's five flag characters, such as d..2. or dNh3., from a record. */
void text_flags(const struct schema *s, const uint8_t *rec, uint32_t size, struct strbuf *out);

#endif
