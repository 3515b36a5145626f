/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_value: what a literal means for a field: a number, a name the field has, an address.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/filter_tree.h"
#include "core/util.h"

/* ---- addresses ---- */

#define SOCKADDR_MAX 28 /* struct sockaddr_in6 */

/* Bytes of the addresses that a field can hold, 0 when it holds none. */
bool filter_field_address(const struct field *f)
{
	if (f->place != FIELD_FIXED)
		return f->kind == FIELD_ARRAY && f->elem_size == 1;
	if (f->kind == FIELD_INT)
		return f->size == 4 && (f->unit == UNIT_IP4 || strstr(f->type, "__be32"));
	if (f->kind != FIELD_ARRAY && f->kind != FIELD_BYTES)
		return false;
	return f->size == 4 || f->size == 6 || f->size == 16 || f->size == SOCKADDR_MAX;
}

/* aa:bb:cc:dd:ee:ff, in either case. */
static bool parse_mac(const char *s, struct filter_address *a)
{
	for (unsigned i = 0; i < 6; i++, s += 2) {
		unsigned v;

		if ((i && *s++ != ':') || !isxdigit((unsigned char)s[0]) ||
		    !isxdigit((unsigned char)s[1]) || sscanf(s, "%2x", &v) != 1)
			return false;
		a->bytes[i] = (uint8_t)v;
	}
	a->len = 6;
	a->bits = 48;
	return !*s;
}

/* ADDRESS or ADDRESS/BITS. */
static bool parse_net(const char *s, struct filter_address *a)
{
	char text[INET6_ADDRSTRLEN + 1];
	const char *slash = strchr(s, '/');
	size_t len = slash ? (size_t)(slash - s) : strlen(s);
	unsigned bits = 0;

	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, a->bytes) == 1)
		a->len = 4;
	else if (inet_pton(AF_INET6, text, a->bytes) == 1)
		a->len = 16;
	else
		return false;
	a->bits = (uint8_t)(8 * a->len);
	if (!slash)
		return true;
	for (s = slash + 1; isdigit((unsigned char)*s) && bits <= 128; s++)
		bits = bits * 10 + (unsigned)(*s - '0');
	if (*s || s == slash + 1 || bits > a->bits)
		return false;
	a->bits = (uint8_t)bits;
	return true;
}

/* The IPv4 address as it stands where those of IPv6 do: ::ffff:a.b.c.d. */
static void map_address(struct filter_address *a)
{
	memcpy(a->bytes + 12, a->bytes, 4);
	memset(a->bytes, 0, 10);
	memset(a->bytes + 10, 0xff, 2);
	a->len = 16;
	a->bits = (uint8_t)(a->bits + 96);
}

bool filter_literal_address(const struct filter_literal *l, const struct field *f,
			    struct filter_address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!filter_field_address(f) || (!parse_mac(l->text, ret) && !parse_net(l->text, ret)))
		return false;
	if (f->place != FIELD_FIXED)
		return true; /* the record says how long it is */
	if (f->unit == UNIT_IP6 && ret->len == 4)
		map_address(ret);
	return f->size == ret->len || (f->size == SOCKADDR_MAX && ret->len != 6);
}

/* The address in bytes of a record, which may stand in a struct sockaddr. */
static const uint8_t *address_in(const struct filter_address *a, const uint8_t *p, uint32_t len)
{
	uint16_t family;

	if (len == a->len)
		return p;
	if (len < 16 || a->len == 6)
		return NULL;
	memcpy(&family, p, sizeof(family));
	if (a->len == 4)
		return family == AF_INET ? p + 4 : NULL;
	return family == AF_INET6 && len >= 24 ? p + 8 : NULL;
}

bool filter_address_match(const struct filter_address *a, const uint8_t *p, uint32_t len)
{
	unsigned bytes = a->bits / 8, rest = a->bits % 8;

	p = address_in(a, p, len);
	if (!p || memcmp(p, a->bytes, bytes) != 0)
		return false;
	return !rest || !((p[bytes] ^ a->bytes[bytes]) >> (8 - rest));
}

/* ---- numbers ---- */

bool filter_literal_number(const struct filter_literal *l, const struct schema *s,
			   const struct field *f, struct filter_number *ret)
{
	bool is_fix6 = f && f->unit == UNIT_FIX6;

	ret->mask = UINT64_MAX;
	if (l->is_number)
		ret->value = is_fix6 ? l->number * 1000000 : l->number;
	else if (l->is_decimal && is_fix6)
		ret->value = l->micro;
	else
		return f && !l->from && filter_name_number(l, s, f, ret);
	return true;
}
