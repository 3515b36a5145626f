/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_run: a program says a record. This is the hot path of everything that makes text.
 *
 * The length of the record is checked once against its schema; after that numbers and strings at
 * fixed offsets are read without asking. Nothing here allocates but the buffer, and nothing
 * calls printf.
 */
#include <endian.h>
#include <string.h>

#include "core/safe.h"
#include "core/text_program.h"

#define DIGITS_MAX 32 /* room for any number with its sign, and for what is written behind it */

/* Copies a literal in blocks; both sides have room up to a whole one. */
static inline char *put_literal(char *to, const struct step *st)
{
	const char *from = st->literal;

	for (unsigned n = 0; n < st->literal_len; n += LITERAL_BLOCK)
		memcpy(to + n, from + n, LITERAL_BLOCK);
	return to + st->literal_len;
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

/* Decimal digits of v. */
static inline unsigned count_digits(uint64_t v)
{
	static const uint64_t powers[] = {
		0,
		10,
		100,
		1000,
		10000,
		100000,
		1000000,
		10000000,
		100000000,
		1000000000,
		10000000000,
		100000000000,
		1000000000000,
		10000000000000,
		100000000000000,
		1000000000000000,
		10000000000000000,
		100000000000000000,
		1000000000000000000,
		10000000000000000000ULL,
	};
	unsigned log2 = 63 - (unsigned)__builtin_clzll(v | 1), n = (log2 + 1) * 1233 >> 12;

	return n + (v >= powers[n]);
}

static inline char *put_u64(char *to, uint64_t v)
{
	unsigned n = count_digits(v);
	char *p = to + n;

	if (v < 10) {
		*to = (char)('0' + v);
		return to + 1;
	}
	while (v > UINT32_MAX) {
		p -= 2;
		memcpy(p, pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	for (uint32_t w = (uint32_t)v; p > to;) {
		if (p - to == 1) {
			*--p = (char)('0' + w % 10);
			break;
		}
		p -= 2;
		memcpy(p, pairs + 2 * (w % 100), 2);
		w /= 100;
	}
	return to + n;
}

static inline char *put_s64(char *to, int64_t v)
{
	uint64_t u = (uint64_t)v;

	if (v < 0) {
		*to++ = '-';
		u = -u;
	}
	return put_u64(to, u);
}

/* The eight hexadecimal digits of w in the order of memory: nibbles spread to bytes, then to
 * letters. */
static inline uint64_t hex_digits(uint32_t w)
{
	const uint64_t ones = 0x0101010101010101ULL;
	uint64_t x = w, tens;

	x = (x >> 16 | x << 32) & 0x0000ffff0000ffffULL;
	x = (x >> 8 & 0x000000ff000000ffULL) | (x & 0x000000ff000000ffULL) << 16;
	x = (x >> 4 & 0x000f000f000f000fULL) | (x & 0x000f000f000f000fULL) << 8;
	tens = (x + ones * 6) >> 4 & ones;
	return htole64(x + ones * '0' + tens * ('a' - '0' - 10));
}

/* At least `least` digits, which is at most 16. Writes up to 16 bytes. */
static inline char *put_hex(char *to, uint64_t v, unsigned least)
{
	unsigned n = (67 - (unsigned)__builtin_clzll(v | 1)) / 4;
	uint64_t d;

	n = MAX(n, least);
	if (n <= 8) {
		d = hex_digits((uint32_t)v << (8 - n) * 4);
		memcpy(to, &d, 8);
		return to + n;
	}
	v <<= (16 - n) * 4; /* the first digit to the top */
	d = hex_digits((uint32_t)(v >> 32));
	memcpy(to, &d, 8);
	d = hex_digits((uint32_t)v);
	memcpy(to + 8, &d, 8);
	return to + n;
}

/*
 * Copies characters up to a NUL or the end of n, eight at a time, as long as all are printable
 * ASCII. May write seven bytes more. Returns where it ended, or NULL when safe_text has to look.
 */
static inline char *put_plain(char *to, const uint8_t *p, uint32_t n)
{
	const uint64_t ones = 0x0101010101010101ULL, high = ones << 7;
	uint32_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t v = le64toh(load_u64(p + i)), del = v ^ (ones * 0x7f);
		uint64_t odd = (v | (v - ones * 0x20) | (del - ones)) & high;
		unsigned k;

		memcpy(to + i, p + i, 8);
		if (likely(!odd))
			continue;
		/* below the lowest mark all is plain; it may be the NUL */
		k = (unsigned)__builtin_ctzll(odd) / 8;
		return p[i + k] ? NULL : to + i + k;
	}
	for (; i < n && p[i]; i++) {
		if (p[i] < 0x20 || p[i] >= 0x7f)
			return NULL;
		to[i] = (char)p[i];
	}
	return to + i;
}

/* The same with the way around for what is not plain; len of out is where to writes. */
static void put_chars(struct strbuf *out, const uint8_t *p, uint32_t n)
{
	char *to = strbuf_room(out, (size_t)n + 8), *end = put_plain(to, p, n);

	if (likely(end))
		out->len = (size_t)(end - out->s);
	else
		safe_text(out, (const char *)p, strnlen((const char *)p, n));
}

/* ---- steps that are not direct ---- */

static void put_node_number(const struct run *r, const struct step *st, const struct node *n)
{
	uint64_t v = eval_narrow(eval_int(r, n), st->spec->size, st->is_signed);
	char *to = strbuf_room(r->out, DIGITS_MAX);

	if (st->code == STEP_HEX)
		to = put_hex(to, v, st->least);
	else if (st->is_signed)
		to = put_s64(to, (int64_t)v);
	else
		to = put_u64(to, v);
	r->out->len = (size_t)(to - r->out->s);
}

/* The text of any value for %s with width and precision. */
static void put_string(const struct run *r, const struct spec *s, const struct node *n)
{
	size_t from = r->out->len;
	struct bytes b;

	n = eval_arm(r, n);
	if (n->type.kind == VALUE_BYTES) {
		b = eval_bytes(r, n);
		if (b.p)
			spec_string(r->out, s, (const char *)b.p, b.len);
		else
			strbuf_str(r->out, "<damaged>");
		return;
	}
	eval_text(r, n);
	if (s->prec >= 0 && r->out->len - from > (size_t)s->prec)
		strbuf_cut(r->out, from + (size_t)s->prec);
	spec_pad(r->out, s, from);
}

static void put_by_spec(const struct run *r, const struct step *st, const struct node *n)
{
	struct spec s = *st->spec;

	if (s.star_width)
		spec_set_width(&s, (int)eval_int(r, s.width_node));
	if (s.star_prec)
		spec_set_prec(&s, (int)eval_int(r, s.prec_node));
	switch (st->code) {
	case STEP_STRING:
		put_string(r, &s, n);
		return;
	case STEP_CHAR:
		spec_char(r->out, &s, (uint8_t)eval_int(r, n));
		return;
	case STEP_POINTER:
		if (pointer_wants(&s) == POINTER_BYTES)
			pointer_bytes(r, &s, eval_bytes(r, n));
		else
			pointer_address(r, &s, eval_int(r, n));
		return;
	default:
		spec_number(r->out, &s, eval_int(r, n));
	}
}

static void put_loc(const struct run *r, const struct step *st)
{
	uint32_t loc = load_u32(r->rec + st->offset), len = loc >> 16, offset = loc & 0xffff;

	if (unlikely(offset > r->size || r->size - offset < len))
		strbuf_str(r->out, "<damaged>");
	else
		put_chars(r->out, r->rec + offset, len);
}

static void run_slow(const struct run *r, const struct step *st)
{
	const struct node *n;

	switch (st->code) {
	case STEP_PRINT:
		ftrace_print(r, st);
		return;
	case STEP_BPRINT:
		ftrace_bprint(r, st);
		return;
	case STEP_STACK:
		ftrace_stack(r, st);
		return;
	case STEP_TEXT:
		eval_text(r, st->node);
		return;
	case STEP_LOC:
		put_loc(r, st);
		return;
	case STEP_CHARS:
		put_chars(r->out, r->rec + st->offset, (uint32_t)st->len);
		return;
	default:
		break;
	}
	n = eval_arm(r, st->node);
	if (unlikely(n->op == NODE_UNKNOWN))
		strbuf_char(r->out, '?');
	else if (st->code == STEP_DECIMAL || st->code == STEP_HEX)
		put_node_number(r, st, n);
	else if (st->code == STEP_NAMED)
		field_number(r->s, n->field, eval_int(r, n), r->out);
	else
		put_by_spec(r, st, n);
}

/* One direct step: to stands behind the literal and has room. Returns NULL when it is none. */
static inline char *run_direct(const struct step *st, const uint8_t *p, char *to)
{
	switch (st->code) {
	case STEP_U8:
		return put_u64(to, p[0]);
	case STEP_U16:
		return put_u64(to, load_u16(p));
	case STEP_U32:
		return put_u64(to, load_u32(p));
	case STEP_U64:
		return put_u64(to, load_u64(p));
	case STEP_S8:
		return put_s64(to, (int8_t)p[0]);
	case STEP_S16:
		return put_s64(to, (int16_t)load_u16(p));
	case STEP_S32:
		return put_s64(to, (int32_t)load_u32(p));
	case STEP_S64:
		return put_s64(to, (int64_t)load_u64(p));
	case STEP_X8:
		return put_hex(to, p[0], st->least);
	case STEP_X16:
		return put_hex(to, load_u16(p), st->least);
	case STEP_X32:
		return put_hex(to, load_u32(p), st->least);
	case STEP_X64:
		return put_hex(to, load_u64(p), st->least);
	default:
		return NULL;
	}
}

/* The place to write at stays in a register; out knows of it only around the slow steps. */
static void run_steps(const struct run *r, const struct step *st)
{
	struct strbuf *out = r->out;
	char *to = strbuf_room(out, DIGITS_MAX), *limit = out->s + out->cap, *end;

	for (;; st++) {
		size_t need = st->literal_len + (size_t)LITERAL_BLOCK + DIGITS_MAX;

		if (unlikely((size_t)(limit - to) <= need)) {
			out->len = (size_t)(to - out->s);
			to = strbuf_room(out, need);
			limit = out->s + out->cap;
		}
		to = put_literal(to, st);
		end = run_direct(st, r->rec + st->offset, to);
		if (likely(end)) {
			to = end;
			continue;
		}
		out->len = (size_t)(to - out->s);
		if (st->code == STEP_END)
			break;
		run_slow(r, st);
		to = out->s + out->len;
		limit = out->s + out->cap;
	}
	*to = '\0';
}

static void print_damaged(const struct run *r)
{
	struct strbuf *out = r->out;
	size_t from = out->len;

	field_plain(r);
	strbuf_str(out, out->len > from ? " [damaged: " : "[damaged: ");
	strbuf_u64(out, r->size);
	strbuf_str(out, " of ");
	strbuf_u64(out, r->s->min_size);
	strbuf_str(out, " bytes]");
}

/* Compiling changes what the schema knows of itself, not what it is. */
static const struct text *first_use(const struct schema *s, const struct text_env *env)
{
	text_compile_with((struct schema *)s, env ? env->symbols : NULL, NULL);
	return s->text;
}

static void print(const struct run *r)
{
	const struct text_env *env = r->env;
	const struct text *t = r->s->text;

	if (unlikely(r->size < r->s->min_size)) {
		print_damaged(r);
		return;
	}
	if (unlikely(!t))
		t = first_use(r->s, env);
	if (likely(t->is_compiled)) {
		run_steps(r, t->steps);
		return;
	}
	if (env && env->fallback &&
	    env->fallback(env->fallback_data, r->s, r->rec, r->size, r->out))
		return;
	field_plain(r);
}

void text_print(const struct schema *s, const struct text_env *env, const uint8_t *rec,
		uint32_t size, struct strbuf *out)
{
	const struct run r = { s, env ? env->symbols : NULL, rec, size, out, env, NULL };

	print(&r);
}

void text_row_print(const struct row *row, struct strbuf *out)
{
	const struct text_env *env = row_text_env(row);
	const struct run r = {
		row->schema, env ? env->symbols : NULL, row->rec, row->size, out, env, row
	};

	print(&r);
}
