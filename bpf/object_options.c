/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_options: const volatile variables are options of the tracer. They stand in the object's
 * read-only data, which is written before it is loaded.
 *
 * Where a manifest names options these alone are; else all such variables.
 */
#include "bpf/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/option_value.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

#define OPTIONS_MAX 256

/* What kind of variable it is. */
struct kind {
	const struct btf_type *type; /* integer or enumeration; NULL: text */
	uint32_t size;
	bool is_signed, is_enum, is_bool;
};

/* An option and where it stands. */
struct place {
	struct object_var var;
	struct kind kind;
};

struct collect {
	struct object *o;
	struct loader_answer *a;
	struct place *places; /* as in the answer */
	bool only_said;
	struct err *e;
	int rc;
};

/* Whether a type is volatile: what is just const was written into the code already. */
static bool is_volatile(const struct btf *btf, uint32_t type)
{
	for (int i = 0; i < 64; i++) {
		const struct btf_type *t = btf__type_by_id(btf, type);

		if (!t || (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_array(t)))
			return false;
		if (btf_is_volatile(t))
			return true;
		type = btf_is_array(t) ? btf_array(t)->type : t->type;
	}
	return false;
}

/* Text is an array of characters. */
static bool is_text(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_type *el;

	if (!btf_is_array(t))
		return false;
	el = btf__type_by_id(btf, object_bare_type(btf, btf_array(t)->type));
	return el && btf_is_int(el) && el->size == 1;
}

/* False: nothing that could be written as an option. */
static bool find_kind(const struct object *o, const struct object_var *v, struct kind *ret)
{
	const struct btf_type *t = btf__type_by_id(o->btf, object_bare_type(o->btf, v->type));

	*ret = (struct kind) { .type = t, .size = v->size };
	if (!t || !v->size)
		return false;
	if (is_text(o->btf, t)) {
		ret->type = NULL;
		return v->size <= 4096;
	}
	if (v->size > 8 || (v->size & (v->size - 1)))
		return false;
	if (btf_is_int(t)) {
		ret->is_signed = btf_int_encoding(t) & BTF_INT_SIGNED;
		ret->is_bool = btf_int_encoding(t) & BTF_INT_BOOL;
		return t->size == v->size;
	}
	ret->is_enum = btf_is_enum(t) || btf_is_enum64(t);
	ret->is_signed = btf_kflag(t);
	return ret->is_enum && t->size == v->size;
}

/* ---- reading and writing memory ---- */

static char *memory(const struct object_var *v)
{
	size_t size;
	char *m = (char *)bpf_map__initial_value(v->map, &size);

	return m && v->at <= size && v->size <= size - v->at ? m + v->at : NULL;
}

/* Where the bytes of a smaller number stand in one of eight. */
static size_t low_bytes(uint32_t size)
{
	const uint16_t one = 1;

	return *(const char *)&one ? 0 : 8 - size;
}

static int64_t get(const struct place *p, const char *m)
{
	uint64_t v = 0;
	unsigned free_bits = 64 - p->kind.size * 8;

	memcpy((char *)&v + low_bytes(p->kind.size), m, p->kind.size);
	return p->kind.is_signed ? (int64_t)(v << free_bits) >> free_bits : (int64_t)v;
}

static bool fits(const struct place *p, int64_t v)
{
	unsigned bits = p->kind.size * 8;

	if (bits == 64)
		return true;
	if (p->kind.is_signed)
		return v >= -(1LL << (bits - 1)) && v < 1LL << (bits - 1);
	return v >= 0 && v < 1LL << bits;
}

/* ---- names of an enumeration ---- */

struct enum_names {
	const struct btf *btf;
	const struct btf_type *type;
};

static const char *enum_name(size_t i, void *data)
{
	const struct enum_names *n = data;
	uint32_t off =
	    btf_is_enum(n->type) ? btf_enum(n->type)[i].name_off : btf_enum64(n->type)[i].name_off;
	const char *name = btf__str_by_offset(n->btf, off);

	return name ? name : "";
}

static int64_t enum_value(const struct btf_type *t, size_t i)
{
	if (btf_is_enum(t))
		return btf_kflag(t) ? btf_enum(t)[i].val : (int64_t)(uint32_t)btf_enum(t)[i].val;
	return (int64_t)btf_enum64_value(&btf_enum64(t)[i]);
}

static int enum_read(const struct object *o, const struct place *p, const char *name,
		     const char *text, int64_t *ret, struct err *e)
{
	struct enum_names n = { o->btf, p->kind.type };
	size_t count = btf_vlen(p->kind.type);
	const char *near;

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(enum_name(i, &n), text)) {
			*ret = enum_value(p->kind.type, i);
			return 0;
		}
	}
	near = util_nearest(text, enum_name, count, &n);
	return err_set(e, -EINVAL, "%s: '%s' is none of its values%s%s%s", name, text,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static char *enum_write(const struct object *o, const struct place *p, int64_t v)
{
	struct enum_names n = { o->btf, p->kind.type };

	for (size_t i = 0; i < btf_vlen(p->kind.type); i++)
		if (enum_value(p->kind.type, i) == v)
			return xstrdup(enum_name(i, &n));
	return option_write(OPTION_NUMBER, v);
}

/* ---- one option ---- */

static char *write_value(const struct object *o, const struct place *p, uint8_t unit)
{
	const char *m = memory(&p->var);

	if (!m)
		return xstrdup("");
	if (!p->kind.type)
		return xstrndup(m, strnlen(m, p->kind.size));
	if (p->kind.is_enum)
		return enum_write(o, p, get(p, m));
	return option_write(unit, get(p, m));
}

/* The unit that type and name of a variable suggest. */
static uint8_t guess_unit(const struct place *p, const char *name)
{
	size_t len = strlen(name);

	if (!p->kind.type)
		return OPTION_TEXT;
	if (p->kind.is_bool)
		return OPTION_FLAG;
	if (len > 3 && !strcmp(name + len - 3, "_ns"))
		return OPTION_NS;
	return OPTION_NUMBER;
}

/* A manifest's unit must be one that the variable can have. */
static int check_unit(const struct place *p, const struct bpf_option *op, struct err *e)
{
	if (!p->kind.type == (op->unit == OPTION_TEXT))
		return 0;
	return err_set(e, -EINVAL, "option %s: the variable is %s", op->name,
		       p->kind.type ? "no text" : "an array of characters: its unit is text");
}

/* Whether it is read-only data: .rodata, .rodata.NAME. */
static bool is_rodata(const struct object *o, const struct bpf_map *map)
{
	const struct btf_type *t = btf__type_by_id(o->btf, bpf_map__btf_value_type_id(map));
	const char *name = t ? btf__str_by_offset(o->btf, t->name_off) : NULL;

	return name && !strncmp(name, ".rodata", 7) && (!name[7] || name[7] == '.');
}

/* What a program of ours cannot know (bpf/tap_page.h), and is no option. */
static bool is_page_size(const char *name, const struct object_var *v)
{
	uint32_t size = (uint32_t)sysconf(_SC_PAGESIZE);
	char *m;

	if (!name || strcmp(name, "tap_page_size") != 0 || v->size != sizeof(size))
		return false;
	m = memory(v);
	if (m)
		memcpy(m, &size, sizeof(size));
	return true;
}

static void collect_var(const char *name, const struct object_var *v, void *data)
{
	struct collect *c = data;
	struct place p = { .var = *v };
	struct bpf_option *op = &c->a->options[c->a->option_count];
	const char *says;

	if (c->rc || !name || !*name || c->a->option_count == OPTIONS_MAX ||
	    !is_rodata(c->o, v->map) || !is_volatile(c->o->btf, v->type) ||
	    !find_kind(c->o, v, &p.kind) || is_page_size(name, v))
		return;
	says = object_says(c->o, "option", name);
	if (!says && c->only_said)
		return;
	*op = (struct bpf_option) { .name = xstrdup(name), .help = xstrdup("") };
	c->places[c->a->option_count++] = p;
	op->unit = guess_unit(&p, name);
	if (says)
		c->rc = option_describe(op, says, c->e);
	if (says && !c->rc)
		c->rc = check_unit(&p, op, c->e);
}

/* ---- what was asked ---- */

static const char *option_name(size_t i, void *data)
{
	return ((struct loader_answer *)data)->options[i].name;
}

static int set_text(const struct place *p, const struct bpf_option *op, const char *text,
		    struct err *e)
{
	char *m = memory(&p->var);

	if (strlen(text) >= p->kind.size)
		return err_set(e, -ERANGE, "%s: '%s' is too long: at most %u bytes", op->name, text,
			       p->kind.size - 1);
	memset(m, 0, p->kind.size);
	memcpy(m, text, strlen(text));
	return 0;
}

static int set_number(const struct object *o, const struct place *p, const struct bpf_option *op,
		      const char *text, struct err *e)
{
	int64_t v;
	int rc;

	if (p->kind.is_enum && !(text[0] >= '0' && text[0] <= '9') && text[0] != '-')
		rc = enum_read(o, p, op->name, text, &v, e);
	else
		rc = option_read(op, text, &v, e);
	if (rc)
		return rc;
	if (!fits(p, v) || (text[0] == '-' && !p->kind.is_signed))
		return err_set(e, -ERANGE, "%s: %s does not fit the variable (%u bytes, %s)",
			       op->name, text, p->kind.size,
			       p->kind.is_signed ? "signed" : "not signed");
	memcpy(memory(&p->var), (char *)&v + low_bytes(p->kind.size), p->kind.size);
	return 0;
}

static int set_option(struct collect *c, const struct loader_option *want)
{
	struct loader_answer *a = c->a;
	const char *near;

	for (size_t i = 0; i < a->option_count; i++) {
		if (strcmp(a->options[i].name, want->name) != 0)
			continue;
		if (!c->places[i].var.map)
			return object_keys_set(c->o, &a->options[i], want->value, c->e);
		if (!memory(&c->places[i].var))
			return err_set(c->e, -EINVAL, "%s cannot be set", want->name);
		if (!c->places[i].kind.type)
			return set_text(&c->places[i], &a->options[i], want->value, c->e);
		return set_number(c->o, &c->places[i], &a->options[i], want->value, c->e);
	}
	near = util_nearest(want->name, option_name, a->option_count, a);
	return err_set(c->e, -ENOENT, "%s has no option '%s'%s%s%s", c->o->request->name,
		       want->name, near ? "; did you mean '" : "", near ? near : "",
		       near ? "'?" : "");
}

/* An option of the manifest that no variable is. */
static int check_said(const struct object *o, const struct loader_answer *a, struct err *e)
{
	for (size_t i = 0; o->has_manifest && i < o->manifest.count; i++) {
		const struct manifest_line *l = &o->manifest.lines[i];
		bool found = strcmp(l->key, "option") != 0;

		for (size_t k = 0; k < a->option_count && !found; k++)
			found = !strcmp(a->options[k].name, l->about);
		if (!found)
			return err_set(e, -ENOENT,
				       "%s:%u: there is no variable 'const volatile ... %s' of a "
				       "number, enumeration or text that the program uses",
				       o->manifest_name, l->line, l->about);
	}
	return 0;
}

static bool says_options(const struct object *o)
{
	for (size_t i = 0; o->has_manifest && i < o->manifest.count; i++)
		if (!strcmp(o->manifest.lines[i].key, "option"))
			return true;
	return false;
}

const char *object_option(const struct loader_answer *a, const char *name)
{
	for (size_t i = 0; i < a->option_count; i++)
		if (!strcmp(a->options[i].name, name))
			return a->options[i].value;
	return NULL;
}

/* The option that no variable is; its place stays void. A variable of that name goes before. */
static void add_keys(const struct object *o, struct loader_answer *a)
{
	for (size_t i = 0; i < a->option_count; i++)
		if (!strcmp(a->options[i].name, "keys"))
			return;
	if (object_keys(o, &a->options[a->option_count]))
		a->option_count++;
}

int object_options(struct object *o, struct loader_answer *a, struct err *e)
{
	_cleanup_free_ struct place *places = xcalloc(OPTIONS_MAX + 1, sizeof(*places));
	struct collect c = { o, a, places, says_options(o), e, 0 };

	a->options = xcalloc(OPTIONS_MAX + 2, sizeof(*a->options));
	object_each_var(o, collect_var, &c);
	if (c.rc)
		return err_ctx(e, "%s", o->label);
	c.rc = check_said(o, a, e);
	if (!c.rc)
		add_keys(o, a);
	for (size_t i = 0; i < o->request->option_count && !c.rc; i++)
		c.rc = set_option(&c, &o->request->options[i]);
	for (size_t i = 0; i < a->option_count; i++)
		a->options[i].value = places[i].var.map
					  ? write_value(o, &places[i], a->options[i].unit)
					  : object_keys_write(o);
	return c.rc;
}
