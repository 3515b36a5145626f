/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group_order: which of two rows comes first.
 */
#include <string.h>

#include "core/group_private.h"

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* What stands in a column where its value is no number. */
static struct group_atom atom_at(const struct group_table *t, uint32_t row, unsigned column)
{
	const struct group *g = group_at(t, row);
	const struct part_latest *l;

	if (column < t->spec->key_count)
		return group_key_atom(g, column);
	l = group_latest(t, g, column - t->spec->key_count);
	return l ? l->value : (struct group_atom) { 0 };
}

static int compare_strings(const struct group_table *t, struct group_atom a, struct group_atom b)
{
	size_t la, lb;
	const char *x = group_string(t, a.v, &la), *y = group_string(t, b.v, &lb);
	int order = memcmp(x, y, MIN(la, lb));

	return order ? order : ORDER(la, lb);
}

/* By name, then by number, then by age: those of one name stand together. */
static int compare_people(const struct group_table *t, struct group_atom a, struct group_atom b)
{
	const struct group_person *x = group_person(t, a), *y = group_person(t, b);
	int order = strncmp(x->comm, y->comm, COMM_LEN);

	if (!order)
		order = ORDER(x->tid, y->tid);
	return order ? order : ORDER(x->index, y->index);
}

/* Of different kinds the numbers come first, then texts, people and strangers. */
static int compare_atoms(const struct group_table *t, struct group_atom a, struct group_atom b)
{
	bool numbers = a.class <= CLASS_NEGATIVE && b.class <= CLASS_NEGATIVE;

	if (numbers)
		return ORDER(atom_wide(a), atom_wide(b));
	if (a.class != b.class)
		return ORDER(a.class, b.class);
	if (a.class == CLASS_TEXT)
		return compare_strings(t, a, b);
	if (a.class == CLASS_STRANGER)
		return ORDER(a.v, b.v);
	return compare_people(t, a, b);
}

static bool is_real(const struct group_value *v)
{
	return v->type == GROUP_REAL || v->type == GROUP_REAL_NS || v->type == GROUP_SHARE;
}

static int compare_values(const struct group_table *t, const uint32_t row[2], unsigned column,
			  const struct group_value v[2])
{
	if (v[0].type == GROUP_TEXT || v[1].type == GROUP_TEXT)
		return compare_atoms(t, atom_at(t, row[0], column), atom_at(t, row[1], column));
	if (is_real(&v[0]) || is_real(&v[1])) {
		double x = is_real(&v[0]) ? v[0].real : (double)v[0].wide;
		double y = is_real(&v[1]) ? v[1].real : (double)v[1].wide;

		return ORDER(x, y);
	}
	return ORDER(v[0].wide, v[1].wide);
}

int group_order(const struct group_table *t, const uint32_t row[2], unsigned column, bool down)
{
	bool other[2] = { group_is_other(t, row[0]), group_is_other(t, row[1]) };
	struct group_value v[2];
	int order;

	if (other[0] != other[1])
		return other[0] ? 1 : -1;
	group_value(t, row[0], column, &v[0]);
	group_value(t, row[1], column, &v[1]);
	if (!v[0].type || !v[1].type)
		return !v[0].type - !v[1].type;
	order = compare_values(t, row, column, v);
	return down ? -order : order;
}

int group_compare(const struct group_table *t, uint32_t a, uint32_t b, unsigned column)
{
	struct group_value v[2];

	group_value(t, a, column, &v[0]);
	group_value(t, b, column, &v[1]);
	if (!v[0].type || !v[1].type)
		return !v[0].type - !v[1].type;
	return compare_values(t, (const uint32_t[]) { a, b }, column, v);
}
