/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_kernel: an expression of the kernel and one event, as the kernel takes it.
 *
 * What a field is to the kernel is decided by the words of its type; numbers are cut to its
 * width before they are compared; text is compared by the bytes the field has, a pattern that
 * ends with the text at the end of the field. Other than in our own language, so none of this is
 * shared with it but the instructions.
 */
#include "core/filter_kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/identity.h"
#include "core/util.h"

#define COST_KERNEL_TEXT 8
#define COMM_COST	 12

/* What a field is to the kernel. */
enum kernel_type {
	TYPE_NONE,
	TYPE_NUMBER,
	TYPE_TEXT,
	TYPE_POINTER, /* to text in the kernel's memory */
	TYPE_CPUMASK,
	TYPE_CPU,  /* generic: where the event happened */
	TYPE_COMM, /* generic: the current task */
};

struct kernel_field {
	enum kernel_type type;
	const struct field *field; /* NULL: generic */
	bool is_signed;
	uint32_t size;
};

static enum kernel_type type_of(const struct field *f)
{
	bool is_char = strstr(f->type, "char");

	if (f->place == FIELD_DATA_LOC)
		return is_char			    ? TYPE_TEXT
		       : strstr(f->type, "cpumask") ? TYPE_CPUMASK
						    : TYPE_NUMBER;
	if (f->place == FIELD_REL_LOC)
		return is_char ? TYPE_TEXT : TYPE_NUMBER;
	if (f->kind == FIELD_BITMASK)
		return TYPE_CPUMASK;
	if (!strcmp(f->type, "char *") || !strcmp(f->type, "const char *"))
		return TYPE_POINTER;
	if (is_char && !strchr(f->type, '*') && (f->kind != FIELD_INT || f->size > 1))
		return TYPE_TEXT;
	return TYPE_NUMBER;
}

/* The event's own field, or else what every event has. */
static struct kernel_field find(const struct kernel_node *n, const struct schema *s)
{
	schema_for_each_field (s, f)
		if (!strcmp(f->name, n->field))
			return (struct kernel_field) { type_of(f), f, f->is_signed, f->size };
	if (!strcmp(n->field, "cpu") || !strcmp(n->field, "CPU"))
		return (struct kernel_field) { TYPE_CPU, NULL, true, 4 };
	if (!strcmp(n->field, "comm") || !strcmp(n->field, "COMM"))
		return (struct kernel_field) { TYPE_COMM, NULL, false, COMM_LEN };
	return (struct kernel_field) { TYPE_NONE, NULL, false, 0 };
}

/* ---- what the kernel takes ---- */

/* Reads a number as the kernel does for such a field. */
static bool read_number(const struct kernel_node *n, bool is_signed, uint64_t *ret)
{
	const char *digits = n->text + (n->text[0] == '-');
	char *end;

	if (!*digits || (digits != n->text && !is_signed))
		return false;
	errno = 0;
	*ret = is_signed ? (uint64_t)strtoll(n->text, &end, 0) : strtoull(n->text, &end, 0);
	return !errno && !*end;
}

static enum kernel_fit fit_string(const struct kernel_node *n, const struct kernel_field *f)
{
	if (n->op != KERNEL_EQ && n->op != KERNEL_NE && n->op != KERNEL_GLOB)
		return KERNEL_REFUSED;
	if (f->type != TYPE_TEXT && f->type != TYPE_COMM && f->type != TYPE_POINTER)
		return KERNEL_REFUSED;
	return n->is_user || f->type == TYPE_POINTER ? KERNEL_UNSEEN : KERNEL_FITS;
}

enum kernel_fit filter_kernel_fit(const struct kernel_node *n, const struct schema *s)
{
	struct kernel_field f = find(n, s);
	uint64_t v;

	if (f.type == TYPE_NONE)
		return KERNEL_ABSENT;
	switch (n->value) {
	case KERNEL_FUNCTION:
		return f.size == s->machine.long_size ? KERNEL_UNSEEN : KERNEL_REFUSED;
	case KERNEL_STRING:
		return fit_string(n, &f);
	case KERNEL_CPUS:
		if (f.type != TYPE_NUMBER && f.type != TYPE_CPU && f.type != TYPE_CPUMASK)
			return KERNEL_REFUSED;
		return n->op == KERNEL_EQ || n->op == KERNEL_NE || n->op == KERNEL_MASK
			   ? KERNEL_FITS
			   : KERNEL_REFUSED;
	default:
		if ((f.type != TYPE_NUMBER && f.type != TYPE_CPU) || n->op == KERNEL_GLOB)
			return KERNEL_REFUSED;
		return read_number(n, f.is_signed, &v) ? KERNEL_FITS : KERNEL_REFUSED;
	}
}

enum kernel_fit filter_kernel_fit_all(const struct kernel_node *n, const struct schema *s,
				      const struct kernel_node **at)
{
	enum kernel_fit worst = KERNEL_FITS;

	if (n->kind == KERNEL_COMPARE) {
		*at = n;
		return s ? filter_kernel_fit(n, s) : KERNEL_ABSENT;
	}
	for (const struct kernel_node *c = n->child; c; c = c->next) {
		const struct kernel_node *where = NULL;
		enum kernel_fit fit = filter_kernel_fit_all(c, s, &where);

		/* What is refused is refused, whatever else cannot be seen. */
		if (fit == KERNEL_FITS || (worst != KERNEL_FITS && worst != KERNEL_UNSEEN))
			continue;
		worst = fit;
		*at = where;
	}
	return worst;
}

/* ---- numbers ---- */

static struct filter_source number_source(const struct binder *b, const struct kernel_field *f)
{
	struct filter_source src = { .code = { .op = CODE_CPU }, .cost = 1 };

	src.min = INT32_MIN;
	src.max = INT32_MAX;
	if (f->field)
		filter_source_number(&src, f->field, b->schema);
	return src;
}

/* v cut to the field's width, by its sign. */
static filter_wide cut(uint64_t v, const struct kernel_field *f)
{
	unsigned shift = 64 - 8 * f->size;

	return f->is_signed ? (filter_wide)((int64_t)(v << shift) >> shift)
			    : (filter_wide)(v << shift >> shift);
}

static bool is_loadable(const struct kernel_field *f)
{
	return f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8;
}

static struct bound *bind_number(struct binder *b, const struct kernel_node *n,
				 const struct kernel_field *f, bool negate)
{
	struct filter_source src;
	struct bound *leaf;
	uint64_t v = 0;
	filter_wide w;

	read_number(n, f->is_signed, &v);
	/* The kernel has no way to compare such a size: never true, with != neither. */
	if (!is_loadable(f))
		return bound_constant(b, negate ? FILTER_TRUE : FILTER_FALSE);
	src = number_source(b, f);
	w = cut(v, f);
	switch (n->op) {
	case KERNEL_NE:
		return filter_bind_range(b, &src, w, w, !negate);
	case KERNEL_LE:
		return filter_bind_range(b, &src, src.min, w, negate);
	case KERNEL_LT:
		return filter_bind_range(b, &src, src.min, w - 1, negate);
	case KERNEL_GE:
		return filter_bind_range(b, &src, w, src.max, negate);
	case KERNEL_GT:
		return filter_bind_range(b, &src, w + 1, src.max, negate);
	case KERNEL_MASK:
		/* Of the generic CPU the kernel knows no bits. */
		if (!f->field || !w)
			return filter_bind_range(b, &src, 1, 0, negate);
		leaf = bound_leaf(b, &src, TEST_MASK, negate);
		leaf->code.mask = f->size < 8 ? v & (((uint64_t)1 << 8 * f->size) - 1) : v;
		return leaf;
	default:
		return filter_bind_range(b, &src, w, w, negate);
	}
}

/* ---- sets of CPUs ---- */

/* Numbers that are in the list: a set. */
static struct bound *bind_listed(struct binder *b, const struct kernel_node *n,
				 const struct filter_source *src, bool negate)
{
	struct filter_set *set =
	    arena_alloc(&b->keep, sizeof(*set) + n->cpu_count * sizeof(set->span[0]));
	struct bound *leaf = bound_leaf(b, src, TEST_SET, negate);

	for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
		if (n->cpus[i / 64] >> i % 64 & 1)
			set->span[set->count++] = (struct filter_span) { i, i };
	leaf->code.set = set;
	return leaf;
}

/* A number and a list: with one CPU in it they can be equal. */
static struct bound *bind_cpu_number(struct binder *b, const struct kernel_node *n,
				     const struct kernel_field *f, bool negate)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);
	struct filter_source src;

	if (!is_loadable(f))
		return bound_constant(b, negate ? FILTER_TRUE : FILTER_FALSE);
	src = number_source(b, f);
	if (n->cpu_count == 1)
		return filter_bind_range(b, &src, n->first_cpu, n->first_cpu,
					 (n->op == KERNEL_NE) != negate);
	if (n->op == KERNEL_EQ)
		return filter_bind_range(b, &src, 1, 0, negate);
	if (n->op == KERNEL_MASK)
		return bind_listed(b, n, &src, negate);
	/* Unequal, if it is a CPU at all. */
	return filter_bind_range(b, &src, 0, f->field ? count - 1 : src.max, negate);
}

/* ---- text ---- */

/* A backslash that nothing follows means nothing. */
static size_t without_last_escape(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[len - 1 - n] == '\\')
		n++;
	return len - n % 2;
}

/* Sorts a pattern by its shape, as the kernel does; *negate is turned where it begins with a '!'.
 */
static void sort_pattern(struct arena *a, struct filter_kernel_test *t, bool *negate)
{
	const char *s = t->text;
	size_t len;

	if (*s == '!') {
		*negate = !*negate;
		s++;
	}
	len = strlen(s);
	t->match = MATCH_FULL;
	if (*s >= '0' && *s <= '9') {
		/* A pattern with a digit in front is none. */
	} else if (strpbrk(s, "[?\\") || (len > 2 && memchr(s + 1, '*', len - 2))) {
		t->match = MATCH_GLOB;
	} else if (*s == '*') {
		t->match = len > 1 && s[len - 1] == '*' ? MATCH_MIDDLE : MATCH_END;
		s++;
		len -= t->match == MATCH_MIDDLE ? 2 : 1;
	} else if (len && s[len - 1] == '*') {
		t->match = MATCH_FRONT;
		len--;
	}
	t->text = arena_strndup(a, s, len);
	t->len = (uint32_t)len;
	t->glob = glob_compile(a, t->text, without_last_escape(t->text, t->len));
}

static struct bound *bind_string(struct binder *b, const struct kernel_node *n,
				 const struct kernel_field *f, bool negate)
{
	struct filter_kernel_test *t = arena_alloc(&b->keep, sizeof(*t));
	struct filter_source src = { .code = { .op = CODE_COMM }, .cost = COMM_COST };
	struct bound *leaf;

	t->text = arena_strndup(&b->keep, n->text, n->len);
	t->len = n->len;
	t->match = MATCH_FULL;
	negate = negate != (n->op == KERNEL_NE);
	if (n->op == KERNEL_GLOB)
		sort_pattern(&b->keep, t, &negate);
	if (f->field) {
		filter_source_bytes(&src, f->field);
		src.cost = COST_KERNEL_TEXT;
	}
	leaf = bound_leaf(b, &src, TEST_KERNEL, negate);
	leaf->code.kernel = t;
	return leaf;
}

static struct bound *bind_cpumask(struct binder *b, const struct kernel_node *n,
				  const struct kernel_field *f, bool negate)
{
	struct filter_kernel_test *t = arena_alloc(&b->keep, sizeof(*t));
	struct filter_source src = { .code = { .op = CODE_BYTES }, .cost = COST_KERNEL_TEXT };
	struct bound *leaf;

	t->match = MATCH_CPUS;
	t->op = n->op;
	t->swap = b->schema->machine.swap;
	t->len = b->schema->machine.long_size;
	t->cpus = n;
	filter_source_bytes(&src, f->field);
	leaf = bound_leaf(b, &src, TEST_KERNEL, negate);
	leaf->code.kernel = t;
	return leaf;
}

/* ---- all of it ---- */

static struct bound *bind_compare(struct binder *b, const struct kernel_node *n, bool negate)
{
	struct kernel_field f = find(n, b->schema);

	if (n->value == KERNEL_STRING)
		return bind_string(b, n, &f, negate);
	if (n->value == KERNEL_NUMBER)
		return bind_number(b, n, &f, negate);
	return f.type == TYPE_CPUMASK ? bind_cpumask(b, n, &f, negate)
				      : bind_cpu_number(b, n, &f, negate);
}

static struct bound *bind_any(struct binder *b, const struct kernel_node *n, bool negate)
{
	struct bound **child;
	size_t count = 0;

	if (n->kind == KERNEL_COMPARE)
		return bind_compare(b, n, negate);
	if (n->kind == KERNEL_NOT)
		return bind_any(b, n->child, !negate);
	for (const struct kernel_node *c = n->child; c; c = c->next)
		count++;
	child = arena_alloc(&b->arena, count * sizeof(*child));
	count = 0;
	for (const struct kernel_node *c = n->child; c; c = c->next)
		child[count++] = bind_any(b, c, negate);
	return bound_join(b, child, count, (n->kind == KERNEL_AND) != negate);
}

struct bound *filter_bind_kernel(struct binder *b, const struct kernel_node *n, bool negate)
{
	const struct kernel_node *at;
	enum kernel_fit fit = filter_kernel_fit_all(n, b->schema, &at);

	/* Negated or not: what the kernel had against it is not here. */
	if (fit == KERNEL_UNSEEN && b->trusts_kernel)
		return bound_constant(b, FILTER_TRUE);
	if (fit != KERNEL_FITS)
		return bound_constant(b, FILTER_UNKNOWN);
	return bind_any(b, n, negate);
}

/* ---- for the kernel itself ---- */

/* Appends every kernel{} that must be true for the node to be; returns how many. */
static int say_required(const struct filter_node *n, const struct schema *s, struct strbuf *out)
{
	const struct kernel_node *at;
	enum kernel_fit fit;
	int count = 0;

	if (n->kind == NODE_KERNEL) {
		fit = filter_kernel_fit_all(n->kernel, s, &at);
		if (fit == KERNEL_ABSENT || fit == KERNEL_REFUSED)
			return -ENOENT;
		strbuf_fmt(out, "%s(%s)", out->len ? " && " : "", n->kernel_text);
		return 1;
	}
	for (const struct filter_node *c = n->kind == NODE_AND ? n->child : NULL; c; c = c->next) {
		int r = say_required(c, s, out);

		if (r < 0)
			return r;
		count += r;
	}
	return count;
}

void filter_trust_kernel(struct filter *f)
{
	f->trusts_kernel = true;
}

int filter_kernel_text(const struct filter *f, const struct schema *s, struct strbuf *out)
{
	return f->root ? say_required(f->root, s, out) : 0;
}
