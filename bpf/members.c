/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * members: a struct as the flat list of what stands in it.
 *
 * Types may be absurd: what lies outside, nests too deep or repeats too often ends the walk with a
 * sentence, or stands as bytes.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/members.h"
#include "core/strbuf.h"
#include "core/util.h"

#define DEPTH_MAX    12
#define STEPS_MAX    8192 /* types looked at, whatever they are */
#define NUMBERED_MAX 16	  /* elements of an array that get members of their own */
#define NAME_MAX_LEN 64

static const char *const words[] = {
	"ns_t",	   "bytes_t", "errno_t",    "ip4_t",	  "ip6_t",     "fix6_t", "kaddr_t",
	"uaddr_t", "tap_str", "tap_kstack", "tap_ustack", "__be16",    "__be32", "__le16",
	"__le32",  "pid_t",   "gfp_t",	    "sector_t",	  "syscall_t",
};

const char *type_word(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], name))
			return words[i];
	return NULL;
}

struct walk {
	struct members *ms;
	const struct type_source *src;
	uint32_t limit;
	unsigned steps;
	bool full; /* what does not fit in the list is said as bytes */
	struct err *e;
};

/* ---- names ---- */

/* An identifier of bytes that may be anything. */
static void add_identifier(struct strbuf *b, const char *name)
{
	for (; *name && b->len < NAME_MAX_LEN; name++) {
		if (*name == '%')
			strbuf_str(b, "_pct");
		else if (isalnum((unsigned char)*name) || *name == '_')
			strbuf_char(b, *name);
		else
			strbuf_char(b, '_');
	}
}

static bool is_taken(const struct members *ms, const char *name)
{
	return members_find(ms, name, strlen(name)) != NULL;
}

/* The name of a new member: an identifier, not common_..., not one that is there already. */
static const char *own_name(struct members *ms, const char *path)
{
	struct strbuf b = { 0 };
	const char *ret;
	size_t len;

	if (isdigit((unsigned char)path[0]) || !path[0])
		strbuf_char(&b, '_');
	if (!strncmp(path, "common_", 7))
		strbuf_str(&b, "its_");
	add_identifier(&b, path);
	len = b.len;
	for (unsigned n = 2; is_taken(ms, b.s); n++) {
		strbuf_cut(&b, len);
		strbuf_fmt(&b, "_%u", n);
	}
	ret = arena_strdup(&ms->arena, b.s);
	strbuf_done(&b);
	return ret;
}

static char *join(const char *path, const char *name)
{
	struct strbuf b = { 0 };

	strbuf_str(&b, path);
	if (*path && *name && b.len < NAME_MAX_LEN)
		strbuf_char(&b, '_');
	add_identifier(&b, name);
	return strbuf_take(&b);
}

static char *join_number(const char *path, uint32_t n)
{
	struct strbuf b = { 0 };

	strbuf_fmt(&b, "%s_%u", path, n);
	return strbuf_take(&b);
}

/* ---- one member ---- */

static void add_names(struct walk *w, const struct type *t, struct member *m)
{
	uint32_t count = MIN(t->count, (uint32_t)MEMBER_NAMES_MAX);
	struct member_name *v = arena_alloc(&w->ms->arena, (count + 1) * sizeof(*v));

	for (uint32_t i = 0; i < count; i++) {
		struct strbuf b = { 0 };
		const char *name;

		if (!w->src->enumerator(w->src->data, t->id, i, &name, &v[m->name_count].value))
			continue;
		add_identifier(&b, name);
		v[m->name_count].name = arena_strdup(&w->ms->arena, strbuf_cstr(&b));
		m->name_count += b.len != 0;
		strbuf_done(&b);
	}
	m->names = v;
}

/* A word that does not fit the size says nothing. */
static const char *fitting_word(const struct type *t)
{
	static const struct {
		const char *word;
		uint32_t size;
	} sizes[] = {
		{ "ip4_t", 4 },	  { "ip6_t", 16 }, { "kaddr_t", 8 },	{ "uaddr_t", 8 },
		{ "tap_str", 4 }, { "fix6_t", 8 }, { "tap_kstack", 4 }, { "tap_ustack", 4 },
		{ "__be16", 2 },  { "__le16", 2 }, { "__be32", 4 },	{ "__le32", 4 },
		{ "pid_t", 4 },	  { "gfp_t", 4 },  { "sector_t", 8 },
	};

	for (size_t i = 0; t->word && i < ARRAY_SIZE(sizes); i++)
		if (!strcmp(t->word, sizes[i].word) && t->size != sizes[i].size)
			return NULL;
	return t->word && (t->kind == TYPE_INT || !strcmp(t->word, "ip6_t")) ? t->word : NULL;
}

static int refuse_place(struct walk *w, const char *path)
{
	struct strbuf b = { 0 };
	int ret;

	add_identifier(&b, path);
	ret = err_set(w->e, -EINVAL, "the member %s lies outside of its struct", strbuf_cstr(&b));
	strbuf_done(&b);
	return ret;
}

/* Adds a member of count elements of a type; the caller fills what else there is to say. */
static int add(struct walk *w, const char *path, const struct type *t, uint32_t at, uint64_t bytes,
	       struct member **ret)
{
	struct members *ms = w->ms;
	struct member *m;

	if (at > w->limit || bytes > w->limit - at)
		return refuse_place(w, path);
	if (ms->count >= MEMBERS_MAX - 1 && (!w->full || ms->count == MEMBERS_MAX)) {
		w->full = true; /* the last place is for the rest */
		return 0;
	}
	if (!ms->v)
		ms->v = arena_alloc(&ms->arena, MEMBERS_MAX * sizeof(*ms->v));
	m = &ms->v[ms->count];
	*m = (struct member) { .at = at, .size = t->size, .count = 1 };
	m->kind = t->kind == TYPE_STRUCT || t->kind == TYPE_ARRAY ? TYPE_BYTES : t->kind;
	m->is_signed = t->is_signed;
	m->word = fitting_word(t);
	m->name = own_name(ms, path);
	if (t->kind == TYPE_ENUM)
		add_names(w, t, m);
	ms->count++;
	*ret = m;
	return 0;
}

static int add_bytes(struct walk *w, const char *path, uint32_t at, uint64_t bytes)
{
	struct type byte = { .kind = TYPE_BYTES, .size = 1 };
	struct member *m = NULL;
	int ret = bytes ? add(w, path, &byte, at, bytes, &m) : 0;

	if (m) {
		m->is_array = true;
		m->count = (uint32_t)bytes;
	}
	return ret;
}

static int add_bits(struct walk *w, const char *path, const struct type_member *f, uint64_t at)
{
	uint32_t bytes = (uint32_t)((at % 8 + f->bits + 7) / 8);
	struct member *m = NULL;
	struct type t;
	int ret;

	if (!w->src->type(w->src->data, f->type, &t) || f->bits > 64 || t.size > 8 ||
	    t.kind == TYPE_STRUCT || t.kind == TYPE_ARRAY)
		return add_bytes(w, path, (uint32_t)(at / 8), bytes);
	ret = add(w, path, &t, (uint32_t)(at / 8), bytes, &m);
	if (ret || !m)
		return ret;
	if (at % 8 == 0 && (f->bits == 8 || f->bits == 16 || f->bits == 32 || f->bits == 64)) {
		m->size = f->bits / 8; /* all that a number has */
		return 0;
	}
	m->bit = (uint8_t)(at % 8);
	m->bits = (uint8_t)f->bits;
	return 0;
}

/* ---- the walk ---- */

static int walk(struct walk *w, const char *path, uint64_t id, uint32_t at, unsigned depth);

static int walk_member(struct walk *w, const char *path, const struct type_member *f, uint32_t at,
		       unsigned depth)
{
	uint64_t bits = f->at + (uint64_t)at * 8;
	char *name = join(path, f->name);
	int ret;

	if (f->at / 8 > w->limit || bits / 8 > w->limit)
		ret = refuse_place(w, name);
	else if (f->bits)
		ret = *f->name ? add_bits(w, name, f, bits) : 0; /* without a name it is a gap */
	else if (bits % 8)
		ret = add_bytes(w, name, (uint32_t)(bits / 8), 1);
	else
		ret = walk(w, name, f->type, (uint32_t)(bits / 8), depth + 1);
	free(name);
	return ret;
}

static int walk_struct(struct walk *w, const char *path, const struct type *t, uint32_t at,
		       unsigned depth)
{
	struct type_member f;
	int ret = 0;

	if (t->size > w->limit || at > w->limit - t->size)
		return refuse_place(w, path);
	for (uint32_t i = 0; !ret && !w->full && i < MIN(t->count, (uint32_t)TYPE_MEMBERS_MAX); i++)
		if (w->src->member(w->src->data, t->id, i, &f))
			ret = walk_member(w, path, &f, at, depth);
	return ret;
}

/* Bytes of a type, arrays and all; 0 when that is nothing or too much. */
static uint64_t size_of(struct walk *w, const struct type *t)
{
	struct type of = *t;
	uint64_t count = 1;

	for (unsigned i = 0; of.kind == TYPE_ARRAY; i++) {
		count *= of.count;
		if (i == DEPTH_MAX || count > w->limit ||
		    !w->src->type(w->src->data, of.element, &of))
			return 0;
	}
	return count * of.size;
}

/* Whether an array's elements get members of their own: they are no numbers, nor letters. */
static bool is_numbered(struct walk *w, const struct type *of)
{
	bool nested = of->kind == TYPE_ARRAY;
	struct type in = *of;

	for (unsigned i = 0; in.kind == TYPE_ARRAY && i < DEPTH_MAX; i++)
		if (!w->src->type(w->src->data, in.element, &in))
			return false;
	if (in.kind == TYPE_STRUCT || in.kind == TYPE_FLOAT || (nested && in.kind == TYPE_CHAR))
		return true;
	return in.word && fitting_word(&in) &&
	       (!strncmp(in.word, "ip", 2) || !strncmp(in.word, "tap_", 4));
}

static int walk_numbered(struct walk *w, const char *path, const struct type *t, uint32_t at,
			 unsigned depth)
{
	struct type of;
	uint64_t size;
	int ret = 0;

	if (!w->src->type(w->src->data, t->element, &of))
		return 0;
	size = size_of(w, &of);
	for (uint32_t i = 0; !ret && !w->full && i < t->count; i++) {
		char *name = join_number(path, i);

		ret = at + i * size > w->limit
			  ? refuse_place(w, name)
			  : walk(w, name, t->element, (uint32_t)(at + i * size), depth + 1);
		free(name);
	}
	return ret;
}

/* Elements that are alike, of one array or of nested ones. */
static int walk_array(struct walk *w, const char *path, const struct type *t, uint32_t at,
		      unsigned depth)
{
	struct type of = *t;
	struct member *m = NULL;
	uint64_t size = size_of(w, t);
	int ret;

	for (unsigned i = 0; of.kind == TYPE_ARRAY; i++) {
		bool known = w->src->type(w->src->data, of.element, &of);

		if (!known || i == DEPTH_MAX)
			return err_set(w->e, -EINVAL, "the array %s is of no type", path);
		if (i == 0 && is_numbered(w, &of)) {
			if (t->count && t->count <= NUMBERED_MAX)
				return walk_numbered(w, path, t, at, depth);
			of = (struct type) { .kind = TYPE_BYTES, .size = 1 };
		}
	}
	if (!size && t->count && of.size)
		return refuse_place(w, path);
	if (!of.size || (t->count && !size))
		return 0;
	ret = add(w, path, &of, at, size, &m);
	if (ret || !m)
		return ret;
	m->is_array = true;
	m->count = (uint32_t)(size / of.size);
	return 0;
}

static int walk(struct walk *w, const char *path, uint64_t id, uint32_t at, unsigned depth)
{
	struct member *m = NULL;
	struct type t;

	if (w->full)
		return 0;
	if (depth > DEPTH_MAX || ++w->steps > STEPS_MAX)
		return err_set(w->e, -EINVAL, "its types nest too deep or repeat too often");
	if (!w->src->type(w->src->data, id, &t))
		return err_set(w->e, -EINVAL, "the member %s is of a type that has no size", path);
	if (t.kind == TYPE_ARRAY)
		return walk_array(w, path, &t, at, depth);
	if (t.kind == TYPE_STRUCT && !(t.word && fitting_word(&t)))
		return walk_struct(w, path, &t, at, depth);
	return add(w, path, &t, at, t.size, &m);
}

/* What found no place in the list, from behind the last that did. */
static int add_rest(struct walk *w)
{
	uint32_t end = 0;

	for (size_t i = 0; i < w->ms->count; i++) {
		const struct member *m = &w->ms->v[i];

		end = MAX(end, m->at + m->size * m->count);
	}
	return end < w->limit ? add_bytes(w, "rest", end, w->limit - end) : 0;
}

int members_add(struct members *ms, const struct type_source *src, uint64_t type, const char *name,
		uint32_t at, uint32_t limit, struct err *e)
{
	struct walk w = { .ms = ms, .src = src, .limit = limit, .e = e };
	uint64_t size;
	struct type t;
	int ret;

	if (!src->type(src->data, type, &t))
		return err_set(e, -EINVAL, "its type is not known");
	size = size_of(&w, &t);
	if (!size || size > limit || at > limit - size)
		return err_set(e, -EINVAL, "its type has no size, or more than %u bytes", limit);
	w.limit = at + (uint32_t)size;
	ms->size = w.limit;
	ret = walk(&w, t.kind == TYPE_STRUCT ? "" : name, type, at, 0);
	if (!ret && w.full)
		ret = add_rest(&w);
	return ret;
}

struct member *members_find(const struct members *ms, const char *name, size_t len)
{
	for (size_t i = 0; i < ms->count; i++) {
		const char *is = ms->v[i].name;
		size_t n = 0;

		while (n < len && is[n] && (is[n] == name[n] || (is[n] == '_' && name[n] == '.')))
			n++;
		if (n == len && !is[n])
			return &ms->v[i];
	}
	return NULL;
}

void members_done(struct members *ms)
{
	if (ms)
		arena_done(&ms->arena);
}
