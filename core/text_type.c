/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_type: the names of types in a print format, and C's conversions between numbers.
 *
 * The format text does not say what a typedef is. The usual ones stand in a table; of others a
 * field of that type tells the size; what remains is left as it was by a cast.
 */
#include <string.h>

#include "core/text_program.h"

const struct value_type value_int = { VALUE_INT, 4, true, 0 };
const struct value_type value_u64 = { VALUE_INT, 8, false, 0 };
const struct value_type value_text = { VALUE_TEXT, 0, false, 0 };

/* Words that make up a type, with what they add. Size 0: the machine's word. */
static const struct word {
	const char *name;
	uint8_t size;
	bool is_signed;
} typedefs[] = {
	{ "u8", 1, false },
	{ "__u8", 1, false },
	{ "uint8_t", 1, false },
	{ "s8", 1, true },
	{ "__s8", 1, true },
	{ "int8_t", 1, true },
	{ "u16", 2, false },
	{ "__u16", 2, false },
	{ "uint16_t", 2, false },
	{ "s16", 2, true },
	{ "__s16", 2, true },
	{ "int16_t", 2, true },
	{ "u32", 4, false },
	{ "__u32", 4, false },
	{ "uint32_t", 4, false },
	{ "s32", 4, true },
	{ "__s32", 4, true },
	{ "int32_t", 4, true },
	{ "u64", 8, false },
	{ "__u64", 8, false },
	{ "uint64_t", 8, false },
	{ "s64", 8, true },
	{ "__s64", 8, true },
	{ "int64_t", 8, true },
	{ "__be16", 2, false },
	{ "__be32", 4, false },
	{ "__be64", 8, false },
	{ "__le16", 2, false },
	{ "__le32", 4, false },
	{ "__le64", 8, false },
	{ "bool", 1, false },
	{ "_Bool", 1, false },
	{ "uint", 4, false },
	{ "ushort", 2, false },
	{ "ulong", 0, false },
	{ "size_t", 0, false },
	{ "ssize_t", 0, true },
	{ "uintptr_t", 0, false },
	{ "ptrdiff_t", 0, true },
	{ "gfp_t", 4, false },
	{ "loff_t", 8, true },
	{ "off_t", 0, true },
	{ "pid_t", 4, true },
	{ "dev_t", 4, false },
	{ "ino_t", 0, false },
	{ "umode_t", 2, false },
	{ "sector_t", 8, false },
	{ "ktime_t", 8, true },
	{ "__kernel_rwf_t", 4, true },
	{ "fmode_t", 4, false },
	{ "phys_addr_t", 8, false },
	{ "dma_addr_t", 8, false },
	{ "resource_size_t", 8, false },
	{ "pgoff_t", 0, false },
};

static const char *const base_words[] = {
	"char",	  "short", "int",  "long",  "unsigned", "signed", "void",
	"struct", "union", "enum", "const", "volatile", "static",
};

static bool token_is(const struct token *t, const char *word)
{
	return t->kind == TOKEN_NAME && t->len == strlen(word) && !memcmp(t->p, word, t->len);
}

static bool is_base_word(const struct token *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(base_words); i++)
		if (token_is(t, base_words[i]))
			return true;
	return false;
}

static const struct word *find_typedef(const struct token *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(typedefs); i++)
		if (token_is(t, typedefs[i].name))
			return &typedefs[i];
	return NULL;
}

/* A field whose type is this very word. */
static const struct field *field_of_type(const struct schema *s, const struct token *t)
{
	schema_for_each_field (s, f)
		if (f->kind == FIELD_INT && token_is(t, f->type))
			return f;
	return NULL;
}

bool text_is_type(const struct parser *p, const struct token *t)
{
	if (t->kind != TOKEN_NAME)
		return false;
	if (is_base_word(t) || find_typedef(t) || field_of_type(p->s, t))
		return true;
	return t->len > 2 && !memcmp(t->p + t->len - 2, "_t", 2);
}

/* The words of a type such as unsigned long int, gathered. */
struct gathered {
	unsigned longs;
	bool is_short, is_char, is_void, u, s, is_enum, other, any;
};

static bool gather(struct parser *p, struct gathered *g)
{
	const struct token *t = &p->tok;

	if (!is_base_word(t))
		return false;
	g->longs += token_is(t, "long");
	g->is_short |= token_is(t, "short");
	g->is_char |= token_is(t, "char");
	g->is_void |= token_is(t, "void");
	g->u |= token_is(t, "unsigned");
	g->s |= token_is(t, "signed");
	g->any |= !token_is(t, "const") && !token_is(t, "volatile") && !token_is(t, "static");
	if (token_is(t, "struct") || token_is(t, "union") || token_is(t, "enum")) {
		g->is_enum = token_is(t, "enum");
		g->other = !g->is_enum;
		text_next(p); /* its tag follows */
	}
	text_next(p);
	return true;
}

/* A typedef stands alone, with const and the like around it. */
static void take_typedef(struct parser *p, struct value_type *t)
{
	const struct word *w = find_typedef(&p->tok);
	const struct field *f = field_of_type(p->s, &p->tok);

	if (w) {
		t->size = w->size ? w->size : p->s->machine.long_size;
		t->is_signed = w->is_signed;
	} else if (f) {
		t->size = (uint8_t)f->size;
		t->is_signed = f->is_signed;
	} else {
		t->size = 0;
	}
	text_next(p);
}

bool text_parse_type(struct parser *p, struct value_type *ret, unsigned *stars)
{
	struct value_type t = { VALUE_INT, 4, true, 0 };
	struct gathered g = { 0 };

	while (gather(p, &g))
		;
	if (!g.any) {
		if (p->tok.kind != TOKEN_NAME)
			return text_fail(p, "a type is missing"), false;
		take_typedef(p, &t);
		while (gather(p, &g))
			;
	} else {
		t.size = g.is_char	? 1
			 : g.is_short	? 2
			 : g.longs > 1	? 8
			 : g.longs == 1 ? p->s->machine.long_size
					: 4;
		if (g.other)
			t.size = 0;
		else if (g.is_void)
			t.size = 1; /* as GNU C counts */
		/* the kernel's char has no sign since 6.2 */
		t.is_signed = g.is_char ? g.s : !g.u && !g.is_enum;
	}
	for (*stars = 0; text_is_punct(p, '*'); text_next(p)) {
		(*stars)++;
		while (gather(p, &g)) /* char *const */
			;
	}
	*ret = t;
	return true;
}

static struct value_type promote(struct value_type t)
{
	if (t.kind != VALUE_INT)
		return value_u64;
	return t.size < 4 ? value_int : t;
}

/* C: both promoted, then the larger wins; of the same size the unsigned one. */
struct value_type text_common_type(struct value_type a, struct value_type b)
{
	a = promote(a);
	b = promote(b);
	if (a.size != b.size)
		return a.size > b.size ? a : b;
	return a.is_signed ? b : a;
}
