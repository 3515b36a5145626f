/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_pointer: what the kernel hangs behind %p.
 *
 * Addresses are shown as they are: where the kernel would hash them, the record has the real
 * one, and a number that can be compared is worth more. Names come from the symbols. What is
 * pointed to can be said when it lies in the record.
 */
#include <stdio.h>
#include <string.h>

#include "core/safe.h"
#include "core/symbols.h"
#include "core/text_program.h"

static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

static void add_hex8(struct strbuf *out, uint8_t v, const char *letters)
{
	strbuf_char(out, letters[v >> 4]);
	strbuf_char(out, letters[v & 15]);
}

/* ---- addresses ---- */

void pointer_symbol(const struct run *r, uint64_t addr, bool where, bool size)
{
	const char *module = NULL, *name;
	uint64_t offset = 0;

	name = r->symbols ? symbols_name(r->symbols, addr, &offset, &module) : NULL;
	if (!name) {
		strbuf_add(r->out, "0x", 2);
		strbuf_hex(r->out, addr);
		return;
	}
	safe_text(r->out, name, strlen(name));
	if (where) {
		strbuf_add(r->out, "+0x", 3);
		strbuf_hex(r->out, offset);
	}
	if (where && size) {
		strbuf_add(r->out, "/0x", 3);
		strbuf_hex(r->out, symbols_size(r->symbols, addr));
	}
	if (!module)
		return;
	strbuf_add(r->out, " [", 2);
	safe_text(r->out, module, strlen(module));
	strbuf_char(r->out, ']');
}

/* An address in a program's code: by its name, or as it is. */
static void say_code(const struct run *r, uint64_t addr, bool is_return)
{
	if (r->env->code(r->env->code_data, r->row, addr, is_return, r->out))
		return;
	strbuf_add(r->out, "0x", 2);
	strbuf_hex(r->out, addr);
}

/* Whether addresses of a field can have names here. */
static bool has_names(const struct run *r, const struct field *f)
{
	if (f->unit == UNIT_KADDR)
		return r->symbols;
	return f->unit == UNIT_UADDR && r->row && r->env && r->env->code;
}

bool pointer_code(const struct run *r, const struct field *f, uint64_t addr)
{
	if (!addr || !has_names(r, f))
		return false;
	if (f->unit == UNIT_KADDR)
		pointer_symbol(r, addr, true, false);
	else
		say_code(r, addr, false);
	return true;
}

bool pointer_stack(const struct run *r, const struct field *f, struct bytes b)
{
	if (!has_names(r, f))
		return false;
	for (uint32_t at = 0; at + 8 <= b.len; at += 8) {
		uint64_t addr = field_load(r->s->machine, b.p + at, 8, false);

		if (!addr)
			break; /* as deep as it was */
		if (at)
			strbuf_add(r->out, " <- ", 4);
		if (f->unit == UNIT_KADDR)
			pointer_symbol(r, addr, true, false);
		else
			say_code(r, addr, at > 0);
	}
	return true;
}

/* %pe: the name of an error, else the address. */
static void say_error(const struct run *r, uint64_t addr)
{
	const char *name = -addr < 4096 ? strerrorname_np((int)-addr) : NULL;

	if (name) {
		strbuf_char(r->out, '-');
		strbuf_str(r->out, name);
	} else {
		strbuf_add(r->out, "0x", 2);
		strbuf_hex(r->out, addr);
	}
}

static void say_unhashed(const struct run *r, uint64_t addr)
{
	struct spec s = { .conv = 'x', .size = 8, .zero = true, .prec = -1 };

	s.width = r->s->machine.long_size * 2;
	spec_number(r->out, &s, addr);
}

void pointer_address(const struct run *r, const struct spec *s, uint64_t addr)
{
	size_t from = r->out->len;

	switch (s->ext[0]) {
	case 'S':
	case 'F':
		pointer_symbol(r, addr, true, true);
		break;
	case 'B': /* a return address: the call before it */
		pointer_symbol(r, addr ? addr - 1 : 0, true, true);
		break;
	case 's':
	case 'f':
		pointer_symbol(r, addr, false, false);
		break;
	case 'x':
		say_unhashed(r, addr);
		break;
	case 'e':
		say_error(r, addr);
		break;
	default:
		strbuf_add(r->out, "0x", 2);
		strbuf_hex(r->out, addr);
	}
	spec_pad(r->out, s, from);
}

/* ---- what is pointed to ---- */

/* %pM %pm %pMF %pMR: by six bytes. */
static void say_mac(const struct run *r, const struct spec *s, const uint8_t *p)
{
	bool reversed = strchr(s->ext, 'R'), dashes = strchr(s->ext, 'F');

	for (unsigned i = 0; i < 6; i++) {
		if (i && s->ext[0] == 'M')
			strbuf_char(r->out, dashes ? '-' : ':');
		add_hex8(r->out, p[reversed ? 5 - i : i], lower);
	}
}

/* leading: three digits a byte, as %pi4 does. */
static void say_ip4(const struct run *r, const uint8_t *p, bool leading, bool little)
{
	for (unsigned i = 0; i < 4; i++) {
		uint8_t v = p[little ? 3 - i : i];

		if (i)
			strbuf_char(r->out, '.');
		strbuf_u64_pad(r->out, v, leading ? 3 : 1, '0');
	}
}

static void say_ip6(const struct run *r, const uint8_t *p, bool colons)
{
	for (unsigned i = 0; i < 16; i++) {
		if (i && i % 2 == 0 && colons)
			strbuf_char(r->out, ':');
		add_hex8(r->out, p[i], lower);
	}
}

/* The first of the longest runs of zero words among the first `words`; -1 when none is worth it. */
static int longest_zeros(const uint8_t *p, int words, int *ret_len)
{
	int best = -1;

	*ret_len = 1;
	for (int i = 0; i < words; i++) {
		int n = 0;

		while (i + n < words && !p[2 * (i + n)] && !p[2 * (i + n) + 1])
			n++;
		if (n > *ret_len) {
			*ret_len = n;
			best = i;
		}
	}
	return best;
}

static bool is_mapped(const uint8_t *p)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(p, mapped, sizeof(mapped));
}

/* %pI6c: RFC 5952, with the last four bytes as IPv4 where they are mapped or ISATAP. */
static void say_ip6_short(const struct run *r, const uint8_t *p)
{
	bool isatap = (p[8] | 2) == 2 && !p[9] && p[10] == 0x5e && p[11] == 0xfe;
	bool ip4 = is_mapped(p) || isatap, colon = false;
	int words = ip4 ? 6 : 8, len, gap = longest_zeros(p, words, &len);

	for (int i = 0; i < words; i++) {
		if (i == gap) {
			strbuf_add(r->out, "::", 2);
			colon = false;
			i += len - 1;
			continue;
		}
		if (colon)
			strbuf_char(r->out, ':');
		strbuf_hex(r->out, (uint64_t)p[2 * i] << 8 | p[2 * i + 1]);
		colon = true;
	}
	if (!ip4)
		return;
	if (colon)
		strbuf_char(r->out, ':');
	say_ip4(r, p + 12, false, false);
}

static bool little_order(const struct spec *s)
{
	char last = s->ext[strlen(s->ext) - 1];

	return last == 'l' || (last == 'h' && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
}

/* %pIS: struct sockaddr_in or sockaddr_in6, behind the family the port, in network order. */
static void say_sockaddr(const struct run *r, const struct spec *s, struct bytes b)
{
	bool port = strchr(s->ext + 2, 'p'), brackets, shorten = strchr(s->ext + 2, 'c');
	uint64_t family = b.len >= 2 ? field_load(r->s->machine, b.p, 2, false) : 0;

	if (family == 2 && b.len >= 8) {
		say_ip4(r, b.p + 4, s->ext[0] == 'i', false);
	} else if (family == 10 && b.len >= 24) {
		brackets = port || strchr(s->ext + 2, 'f') || strchr(s->ext + 2, 's');
		if (brackets)
			strbuf_char(r->out, '[');
		if (shorten && s->ext[0] == 'I')
			say_ip6_short(r, b.p + 8);
		else
			say_ip6(r, b.p + 8, s->ext[0] == 'I');
		if (brackets)
			strbuf_char(r->out, ']');
	} else {
		strbuf_str(r->out, "(einval)");
		return;
	}
	if (port) {
		strbuf_char(r->out, ':');
		strbuf_u64(r->out, (uint64_t)b.p[2] << 8 | b.p[3]);
	}
}

/* %pU: b big-endian (the default), l little-endian, in capitals for B and L. */
static void say_uuid(const struct run *r, const struct spec *s, const uint8_t *p)
{
	static const uint8_t big[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const uint8_t little[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	const uint8_t *order = (s->ext[1] | 0x20) == 'l' ? little : big;
	const char *letters = s->ext[1] == 'B' || s->ext[1] == 'L' ? upper : lower;

	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			strbuf_char(r->out, '-');
		add_hex8(r->out, p[order[i]], letters);
	}
}

/* %*ph: as many bytes as the width says, 64 at most, one without it. */
static void say_hex(const struct run *r, const struct spec *s, struct bytes b)
{
	uint32_t n = s->width < 0 ? 1 : MIN((uint32_t)s->width, 64u);
	char sep = s->ext[1] == 'C' ? ':' : s->ext[1] == 'D' ? '-' : s->ext[1] == 'N' ? 0 : ' ';

	for (uint32_t i = 0; i < MIN(n, b.len); i++) {
		if (i && sep)
			strbuf_char(r->out, sep);
		add_hex8(r->out, b.p[i], lower);
	}
}

static bool test_bit(struct machine m, struct bytes b, uint32_t bit)
{
	uint32_t word = bit / (m.long_size * 8u), at = word * m.long_size;

	if (at + m.long_size > b.len)
		return false;
	return field_load(m, b.p + at, m.long_size, false) >> (bit % (m.long_size * 8u)) & 1;
}

void pointer_bitmask(struct strbuf *out, struct machine m, struct bytes b, uint32_t bits)
{
	uint32_t nibbles;

	bits = MIN(bits, b.p ? b.len * 8 : 0);
	nibbles = (bits + 3) / 4;
	for (uint32_t i = nibbles; i-- > 0;) {
		unsigned v = 0;

		for (unsigned k = 0; k < 4; k++)
			if (4 * i + k < bits && test_bit(m, b, 4 * i + k))
				v |= 1u << k;
		strbuf_char(out, lower[v]);
		if (i && i % 8 == 0)
			strbuf_char(out, ',');
	}
}

/* %*pbl: "0-3,5". */
static void say_bit_list(struct strbuf *out, struct machine m, struct bytes b, uint32_t bits)
{
	bool any = false;

	bits = MIN(bits, b.len * 8);
	for (uint32_t i = 0, last; i < bits; i++) {
		if (!test_bit(m, b, i))
			continue;
		for (last = i; last + 1 < bits && test_bit(m, b, last + 1);)
			last++;
		if (any)
			strbuf_char(out, ',');
		any = true;
		strbuf_u64(out, i);
		if (last > i) {
			strbuf_char(out, '-');
			strbuf_u64(out, last);
		}
		i = last;
	}
}

static void say_ip(const struct run *r, const struct spec *s, struct bytes b)
{
	if (s->ext[1] == 'S')
		say_sockaddr(r, s, b);
	else if (s->ext[1] == '4')
		say_ip4(r, b.p, s->ext[0] == 'i', little_order(s));
	else if (s->either_ip && is_mapped(b.p))
		say_ip4(r, b.p + 12, false, false);
	else if (s->ext[0] == 'I' && s->ext[2] == 'c')
		say_ip6_short(r, b.p);
	else
		say_ip6(r, b.p, s->ext[0] == 'I');
}

/* %pa: a physical or DMA address that is pointed to. */
static void say_phys(const struct run *r, struct bytes b)
{
	unsigned size = b.len >= 8 ? 8 : 4;
	struct spec s = { .conv = 'x', .size = 8, .zero = true, .alt = true, .prec = -1 };

	s.width = 2 + 2 * (int)size;
	spec_number(r->out, &s, field_load(r->s->machine, b.p, size, false));
}

/* How many bytes must be there. */
static uint32_t bytes_needed(const struct spec *s)
{
	switch (s->ext[0]) {
	case 'M':
	case 'm':
		return 6;
	case 'I':
	case 'i':
		return s->ext[1] == 'S' ? 2 : s->ext[1] == '4' ? 4 : 16;
	case 'U':
		return 16;
	case 'a':
		return 4;
	default:
		return 0;
	}
}

void pointer_bytes(const struct run *r, const struct spec *s, struct bytes b)
{
	uint32_t count = s->width < 0 ? 0 : (uint32_t)s->width;

	if (!b.p || b.len < bytes_needed(s)) {
		strbuf_str(r->out, "<damaged>");
		return;
	}
	switch (s->ext[0]) {
	case 'M':
	case 'm':
		say_mac(r, s, b.p);
		break;
	case 'I':
	case 'i':
		say_ip(r, s, b);
		break;
	case 'U':
		say_uuid(r, s, b.p);
		break;
	case 'h':
		say_hex(r, s, b);
		break;
	case 'b':
		if (s->ext[1] == 'l')
			say_bit_list(r->out, r->s->machine, b, count);
		else
			pointer_bitmask(r->out, r->s->machine, b, count);
		break;
	default:
		say_phys(r, b);
	}
}

enum pointer_wants pointer_wants(const struct spec *s)
{
	static const char *const by_address[] = { "",  "S", "s", "F",  "f",  "B",
						  "x", "K", "e", "SR", "SB", "BB" };
	static const char *const by_bytes[] = { "M",  "m",  "I4", "i4", "I6", "i6",
						"IS", "iS", "U",  "h",	"b",  "a" };

	for (size_t i = 0; i < ARRAY_SIZE(by_address); i++)
		if (!strcmp(s->ext, by_address[i]))
			return POINTER_ADDRESS;
	for (size_t i = 0; i < ARRAY_SIZE(by_bytes); i++)
		if (!strncmp(s->ext, by_bytes[i], strlen(by_bytes[i])))
			return POINTER_BYTES;
	return POINTER_NONE;
}
