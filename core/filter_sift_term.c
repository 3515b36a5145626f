/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_sift_term: one instruction of a filter as comparisons of bytes.
 *
 * Numbers are compared as they stand in the event, widened by their sign: there is nothing that
 * cannot be said of them, but it may take several comparisons. Of text the beginning is compared;
 * what a pattern asks behind it is asked again where the row is.
 */
#include "core/filter_sift_private.h"

#include <string.h>

#include "core/identity.h"
#include "core/util.h"

#define SPANS_MAX 64 /* of a list, said one by one */
#define BITS_MAX  8  /* of a value with names for parts, asked for one by one */

static const char here[] = "the program has nothing like it";
static const char again[] = "it is asked for again here";
static const char long_list[] = "the list is too long for the program";

/* ---- nodes ---- */

struct sift *sift_new(struct sift_maker *m, enum sift_kind kind)
{
	struct sift *n = arena_alloc(m->arena, sizeof(*n));

	n->kind = (uint8_t)kind;
	n->exact = true;
	n->term = m->term;
	return n;
}

struct sift *sift_join(struct sift_maker *m, enum sift_kind kind, struct sift *a, struct sift *b)
{
	struct sift *n = sift_new(m, kind);

	n->child = a;
	a->next = b;
	b->next = NULL;
	sift_settle(n);
	return n;
}

static struct sift *constant(struct sift_maker *m, bool value)
{
	return sift_new(m, value ? SIFT_TRUE : SIFT_FALSE);
}

/* What cannot be said: true, and not all of it. */
static struct sift *unsaid(struct sift_maker *m, const char *reason, const char **why)
{
	struct sift *n = constant(m, true);

	n->exact = false;
	*why = reason;
	return n;
}

/* Says that rows may pass which the filter does not take. */
static struct sift *weaker(struct sift *n, const char *reason, const char **why)
{
	n->exact = false;
	*why = *why ? *why : reason;
	return n;
}

/* ---- numbers ---- */

/* What is looked at, and which numbers it can be. */
struct source {
	uint8_t of; /* enum sift_of */
	const struct field *field;
	filter_wide min, max;
};

static struct sift *compare(struct sift_maker *m, const struct source *src, enum sift_test test,
			    uint64_t value, bool negate)
{
	struct sift *n = sift_new(m, SIFT_ONE);

	n->of = src->of;
	n->field = src->field;
	n->test = (uint8_t)test;
	n->value = value;
	n->negate = negate;
	n->is_signed = src->min < 0;
	return n;
}

/* from <= value <= to, or the opposite; cut to what the source can be. */
static struct sift *range(struct sift_maker *m, const struct source *src, filter_wide from,
			  filter_wide to, bool negate)
{
	from = MAX(from, src->min);
	to = MIN(to, src->max);
	if (from > to)
		return constant(m, negate);
	if (from == src->min && to == src->max)
		return constant(m, !negate);
	if (from == to)
		return compare(m, src, SIFT_EQUAL, (uint64_t)from, negate);
	if (from == src->min)
		return compare(m, src, SIFT_LESS_EQUAL, (uint64_t)to, negate);
	if (to == src->max)
		return compare(m, src, SIFT_LESS, (uint64_t)from, !negate);
	return sift_join(m, negate ? SIFT_OR : SIFT_AND,
			 compare(m, src, SIFT_LESS, (uint64_t)from, !negate),
			 compare(m, src, SIFT_LESS_EQUAL, (uint64_t)to, negate));
}

/* A range of 64-bit numbers. With signs one may go round: what it leaves out does not. */
static struct sift *span(struct sift_maker *m, const struct source *src, uint64_t lo, uint64_t len,
			 bool negate)
{
	bool is_signed = src->min < 0;
	filter_wide from;

	if (len == UINT64_MAX)
		return constant(m, !negate);
	if (is_signed && (int64_t)(lo + len) < (int64_t)lo) {
		lo = lo + len + 1;
		len = UINT64_MAX - len - 1;
		negate = !negate;
	}
	from = is_signed ? (filter_wide)(int64_t)lo : (filter_wide)lo;
	return range(m, src, from, from + len, negate);
}

/* The least range that holds all of a list. */
static struct sift *hull(struct sift_maker *m, const struct source *src,
			 const struct filter_set *set)
{
	filter_wide from = src->max, to = src->min;
	struct sift *n;

	for (uint32_t i = 0; i < set->count; i++) {
		uint64_t lo = set->span[i].lo, hi = set->span[i].hi;

		from = MIN(from, src->min < 0 ? (filter_wide)(int64_t)lo : (filter_wide)lo);
		to = MAX(to, src->min < 0 ? (filter_wide)(int64_t)hi : (filter_wide)hi);
	}
	n = range(m, src, from, to, false);
	n->exact = false;
	return n;
}

static struct sift *list(struct sift_maker *m, const struct source *src,
			 const struct filter_code *c, const char **why)
{
	struct sift *n = sift_new(m, c->negate ? SIFT_AND : SIFT_OR), **link = &n->child;

	if (c->set->count > SPANS_MAX) {
		if (c->negate)
			return unsaid(m, long_list, why);
		*why = long_list;
		return hull(m, src, c->set);
	}
	for (uint32_t i = 0; i < c->set->count; i++) {
		uint64_t lo = c->set->span[i].lo, hi = c->set->span[i].hi;

		*link = span(m, src, lo, hi - lo, c->negate);
		link = &(*link)->next;
	}
	sift_settle(n);
	if (n->kind == SIFT_OR)
		n->weaker = hull(m, src, c->set);
	return n;
}

/* (value & mask) == want, bit by bit. */
static struct sift *masked(struct sift_maker *m, const struct source *src,
			   const struct filter_code *c, const char **why)
{
	struct sift *n = sift_new(m, c->negate ? SIFT_OR : SIFT_AND), **link = &n->child;
	uint64_t none = c->mask & ~c->want;

	if (__builtin_popcountll(c->want) > BITS_MAX)
		return unsaid(m, "it asks for too many bits", why);
	for (uint64_t left = c->want; left; left &= left - 1) {
		*link = compare(m, src, SIFT_BITS, left & -left, c->negate);
		link = &(*link)->next;
	}
	if (none)
		*link = compare(m, src, SIFT_BITS, none, !c->negate);
	sift_settle(n);
	return n;
}

static struct sift *number(struct sift_maker *m, const struct source *src,
			   const struct filter_code *c, const char **why)
{
	switch (c->test) {
	case TEST_RANGE:
		return span(m, src, c->lo, c->span, c->negate);
	case TEST_SET:
		return list(m, src, c, why);
	case TEST_MASK:
		return compare(m, src, SIFT_BITS, c->mask, c->negate);
	case TEST_MASKED:
		return masked(m, src, c, why);
	}
	return unsaid(m, here, why);
}

/* ---- text ---- */

/* A text in an array of size bytes, closed by a NUL where it does not fill it. */
struct place {
	uint8_t of;
	const struct field *field;
	uint32_t size;
};

static struct sift *bytes(struct sift_maker *m, const struct place *p, const char *s, size_t len,
			  bool negate)
{
	struct sift *n = sift_new(m, SIFT_ONE);

	n->of = p->of;
	n->field = p->field;
	n->test = SIFT_BYTES;
	n->negate = negate;
	n->text = arena_strndup(m->arena, s, len);
	n->len = (uint32_t)len;
	return n;
}

static struct sift *equals(struct sift_maker *m, const struct place *p, const char *s, size_t len,
			   bool negate)
{
	/* What an array never holds: it is too long, or goes on behind a NUL. */
	if (len > p->size || memchr(s, '\0', len))
		return constant(m, negate);
	/* arena_strndup closes it: the NUL is compared as well. */
	return bytes(m, p, s, len + (len < p->size), negate);
}

static struct sift *begins(struct sift_maker *m, const struct place *p, const char *s, size_t len,
			   bool negate)
{
	if (!len)
		return constant(m, !negate);
	if (len > p->size || memchr(s, '\0', len))
		return constant(m, negate);
	return bytes(m, p, s, len, negate);
}

/* How far a pattern is plain text. */
static size_t plain_bytes(const struct glob *g)
{
	size_t n = 0;

	while (n < g->len && g->text[n] && !strchr("*?[\\", g->text[n]))
		n++;
	return n;
}

static struct sift *pattern(struct sift_maker *m, const struct place *p,
			    const struct filter_code *c, const char **why)
{
	const struct glob *g = &c->glob;
	struct sift *n;
	size_t plain;

	if (g->shape == GLOB_EQUAL)
		return equals(m, p, g->text, g->len, c->negate);
	if (g->shape == GLOB_PREFIX)
		return begins(m, p, g->text, g->len, c->negate);
	plain = g->shape == GLOB_GENERAL && !c->negate ? plain_bytes(g) : 0;
	if (!plain)
		return unsaid(m, "the program looks at how a text begins", why);
	n = begins(m, p, g->text, plain, false);
	n->exact = n->kind == SIFT_FALSE;
	*why = n->exact ? *why : "the program looks at how a text begins";
	return n;
}

static struct sift *words(struct sift_maker *m, const struct place *p, const struct filter_code *c)
{
	struct sift *n = sift_new(m, c->negate ? SIFT_AND : SIFT_OR), **link = &n->child;

	for (uint32_t i = 0; i < c->words->count; i++) {
		const struct filter_word *w = &c->words->word[i];

		*link = equals(m, p, w->s, w->len, c->negate);
		link = &(*link)->next;
	}
	sift_settle(n);
	return n;
}

static struct sift *text(struct sift_maker *m, const struct place *p, const struct filter_code *c,
			 const char **why)
{
	if (c->test == TEST_GLOB)
		return pattern(m, p, c, why);
	return c->test == TEST_WORDS ? words(m, p, c) : unsaid(m, here, why);
}

/* ---- who ---- */

static bool passes_idle(const struct filter_code *c)
{
	static const char idle[] = "<idle>";
	bool is = c->test == TEST_GLOB ? glob_match(&c->glob, idle, strlen(idle))
				       : filter_test_text(c, idle, strlen(idle));

	return is != c->negate;
}

/* Whether a comparison that the idle task passes is true of "swapper/N" as well. */
static bool passes_swapper(const struct filter_code *c)
{
	return c->negate && c->test == TEST_GLOB && c->glob.len && c->glob.text[0] != 's';
}

/* The idle task is "swapper/N" where the program looks: it is told by its number. */
static struct sift *comm(struct sift_maker *m, const struct filter_code *c, const char **why)
{
	static const struct source tid = { .of = SIFT_TID, .min = INT32_MIN, .max = INT32_MAX };
	struct place p = { .of = SIFT_COMM, .size = COMM_LEN };
	struct sift *n = text(m, &p, c, why);

	if (n->kind != SIFT_TRUE && passes_idle(c) && !passes_swapper(c))
		n = sift_join(m, SIFT_OR, n, range(m, &tid, 0, 0, false));
	return weaker(n, "names are asked for again here", why);
}

static struct sift *context(struct sift_maker *m, const struct filter_code *c, const char *name,
			    enum sift_of of, const char **why)
{
	const struct filter_context *known = filter_context_find(name);
	struct source src = { .of = (uint8_t)of, .min = known->min, .max = known->max };

	return c->test == TEST_EXISTS ? unsaid(m, here, why) : number(m, &src, c, why);
}

static struct sift *path(struct sift_maker *m, const char *s, size_t len, bool negate)
{
	struct sift *n = sift_new(m, SIFT_ONE);

	n->of = SIFT_CGROUP;
	n->test = SIFT_PATH;
	n->negate = negate;
	n->exact = false;
	n->text = arena_strndup(m->arena, s, len);
	n->len = (uint32_t)len;
	return n;
}

static struct sift *cgroup(struct sift_maker *m, const struct filter_code *c, const char **why)
{
	struct sift *n, **link;

	if (c->test == TEST_GLOB && c->glob.shape == GLOB_EQUAL) {
		*why = again;
		return path(m, c->glob.text, c->glob.len, c->negate);
	}
	if (c->test != TEST_WORDS)
		return unsaid(m, "the program knows control groups by whole paths", why);
	*why = again;
	n = sift_new(m, c->negate ? SIFT_AND : SIFT_OR);
	link = &n->child;
	for (uint32_t i = 0; i < c->words->count; i++) {
		*link = path(m, c->words->word[i].s, c->words->word[i].len, c->negate);
		link = &(*link)->next;
	}
	sift_settle(n);
	return n;
}

/* ---- fields ---- */

static struct sift *field_number(struct sift_maker *m, const struct filter_code *c,
				 const char **why)
{
	const struct field *f = c->field;
	unsigned bits = 8 * f->size;
	filter_wide one = 1;
	struct source src = {
		.of = SIFT_FIELD,
		.field = f,
		.min = f->is_signed ? -(one << (bits - 1)) : 0,
		.max = (one << (f->is_signed ? bits - 1 : bits)) - 1,
	};

	return number(m, &src, c, why);
}

static struct sift *field_text(struct sift_maker *m, const struct filter_code *c, const char **why)
{
	struct place p = { .of = SIFT_FIELD, .field = c->field, .size = c->field->size };

	return text(m, &p, c, why);
}

/* An address, or the beginning of one. */
static struct sift *address(struct sift_maker *m, const struct filter_code *c, const char **why)
{
	const struct filter_address *a = c->address;
	struct place p = { .of = SIFT_FIELD, .field = c->field, .size = c->field->size };
	unsigned whole = c->test == TEST_ADDRESS ? a->bits / 8u : 0;
	struct sift *n;

	if (c->test != TEST_ADDRESS || c->field->place != FIELD_FIXED || c->field->size != a->len)
		return unsaid(m, here, why);
	if (!a->bits)
		return constant(m, !c->negate);
	if (!whole || (a->bits % 8 && c->negate))
		return unsaid(m, "the program looks at whole bytes of an address", why);
	n = bytes(m, &p, "", 0, c->negate);
	n->text = memcpy(arena_alloc(m->arena, whole), a->bytes, whole);
	n->len = whole;
	if (a->bits % 8) {
		n->exact = false;
		*why = "the program looks at whole bytes of an address";
	}
	return n;
}

/* ---- all of them ---- */

static struct sift *of_row(struct sift_maker *m, const struct filter_code *c, const char **why)
{
	switch (c->op) {
	case CODE_TID:
		return context(m, c, "tid", SIFT_TID, why);
	case CODE_CPU:
		return context(m, c, "cpu", SIFT_CPU, why);
	case CODE_PID:
		return weaker(context(m, c, "pid", SIFT_PID, why),
			      "a process that is not known here passes there", why);
	case CODE_UID:
		return weaker(context(m, c, "uid", SIFT_UID, why), again, why);
	case CODE_LOST: /* of an event: none */
		return constant(m, push_number_passes(c, 0));
	case CODE_COMM:
		return comm(m, c, why);
	case CODE_CGROUP:
		return cgroup(m, c, why);
	case CODE_USER:
		return unsaid(m, "the program knows users by number: ask for uid", why);
	case CODE_PROCESS:
	case CODE_LINEAGE:
		return unsaid(m, "who is meant may still be to come", why);
	}
	return unsaid(m, here, why);
}

struct sift *sift_term(struct sift_maker *m, const struct filter_code *c, const char **why)
{
	if (c->test == TEST_KERNEL)
		return unsaid(m, "kernel{ } is for events of the kernel's own", why);
	if (c->test == TEST_EXISTS && c->field && c->field->place == FIELD_FIXED)
		return constant(m, !c->negate); /* it is in every event */
	switch (c->op) {
	case CODE_U8:
	case CODE_S8:
	case CODE_U16:
	case CODE_S16:
	case CODE_U32:
	case CODE_S32:
	case CODE_64:
		return c->field ? field_number(m, c, why) : unsaid(m, here, why);
	case CODE_TEXT_FIXED:
		return field_text(m, c, why);
	case CODE_TEXT_LOC:
	case CODE_TEXT:
		return unsaid(m, "the program does not look at what stands behind the fixed part",
			      why);
	case CODE_BYTES:
		return address(m, c, why);
	}
	return of_row(m, c, why);
}
