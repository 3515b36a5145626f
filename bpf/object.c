/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object: the file, its sections and variables.
 */
#include "bpf/object.h"

#include <errno.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/strbuf.h"
#include "core/util.h"

const char *object_says(const struct object *o, const char *key, const char *about)
{
	return o->has_manifest ? manifest_get(&o->manifest, key, about) : NULL;
}

bool object_is_optional(const struct object *o, const char *prog)
{
	return o->has_manifest && (manifest_lists(&o->manifest, "maybe", prog) ||
				   manifest_lists(&o->manifest, "either", prog));
}

int object_leave_out(struct object *o, size_t i, const char *why)
{
	free(o->left_out[i]);
	o->left_out[i] = xstrdup(why);
	return -EAGAIN;
}

/* ---- the file ---- */

/* Whether the table of sections, which stands at its end, is in the file. */
static bool is_whole(const struct object *o, const Elf64_Ehdr *h)
{
	return h->e_shoff <= o->size &&
	       (uint64_t)h->e_shnum * sizeof(Elf64_Shdr) <= o->size - h->e_shoff;
}

static int check_elf(const struct object *o, struct err *e)
{
	const Elf64_Ehdr *h = o->bytes;
	uint16_t one = 1;
	bool is_little = *(char *)&one;

	if (o->size < sizeof(*h) || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return err_set(e, -EINVAL, "%s is no BPF object: it is not an ELF file", o->label);
	if (h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != (is_little ? ELFDATA2LSB : ELFDATA2MSB))
		return err_set(e, -EINVAL,
			       "%s was compiled for another kind of machine (%s-bit, %s-endian): "
			       "compile it with clang -target bpf on this one",
			       o->label, h->e_ident[EI_CLASS] == ELFCLASS64 ? "64" : "32",
			       h->e_ident[EI_DATA] == ELFDATA2LSB ? "little" : "big");
	if (h->e_machine != EM_BPF)
		return err_set(e, -EINVAL,
			       "%s is no BPF object: it is a program for machine %u: compile it "
			       "with clang -target bpf",
			       o->label, h->e_machine);
	if (h->e_type != ET_REL)
		return err_set(e, -EINVAL, "%s is no BPF object: it was linked (ELF type %u)",
			       o->label, h->e_type);
	if (!is_whole(o, h))
		return err_set(e, -EINVAL,
			       "%s is cut off: it has %zu bytes, its sections reach beyond them: "
			       "copy or compile it anew",
			       o->label, o->size);
	return 0;
}

static const void *find_section(Elf *elf, const char *name, size_t *ret_size)
{
	size_t names;
	Elf_Scn *scn = NULL;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		Elf64_Shdr *sh = elf64_getshdr(scn);
		const char *is = sh ? elf_strptr(elf, names, sh->sh_name) : NULL;
		Elf_Data *d = is && !strcmp(is, name) ? elf_rawdata(scn, NULL) : NULL;

		if (d && d->d_buf && sh->sh_type != SHT_NOBITS) {
			*ret_size = d->d_size;
			return d->d_buf;
		}
	}
	return NULL;
}

const void *object_section(const struct object *o, const char *name, size_t *ret_size)
{
	const void *found = NULL;
	Elf *elf;

	*ret_size = 0;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)o->bytes, o->size);
	if (!elf)
		return NULL;
	found = find_section(elf, name, ret_size);
	elf_end(elf);
	/* What elfutils had to copy is gone with it. */
	if (found && ((const char *)found < (const char *)o->bytes ||
		      (const char *)found + *ret_size > (const char *)o->bytes + o->size))
		found = NULL;
	return found;
}

/* NAME.conf beside NAME.bpf.o; what an object says itself is called by its own name. */
static char *manifest_name(const struct object *o)
{
	static const char *const suffixes[] = { ".o", ".bpf" };
	struct strbuf b = { 0 };

	strbuf_str(&b, o->label);
	if (!o->request->manifest || !o->request->path)
		return strbuf_take(&b);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (b.len > n && !strcmp(b.s + b.len - n, suffixes[i]))
			strbuf_cut(&b, b.len - n);
	}
	strbuf_str(&b, ".conf");
	return strbuf_take(&b);
}

/* What stands beside the file, else what it says itself. */
static int read_manifest(struct object *o, struct err *e)
{
	const char *text = o->request->manifest;
	size_t size = text ? strlen(text) : 0;
	int rc;

	if (!text) {
		text = object_section(o, ".tapdeck", &size);
		if (!text)
			return 0;
		size = strnlen(text, size);
	}
	o->manifest_name = manifest_name(o);
	rc = manifest_parse(o->manifest_name, text, size, &o->manifest, e);
	o->has_manifest = !rc;
	return rc;
}

int object_open(struct object *o, const struct loader_request *r, const void *bytes, size_t size,
		struct err *e)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "tapdeck", .relaxed_maps = true);
	size_t btf;
	int rc;

	o->request = r;
	o->label = r->path ? r->path : r->name;
	o->bytes = bytes;
	o->size = size;
	rc = check_elf(o, e);
	if (rc)
		return rc;
	if (!object_section(o, ".BTF", &btf))
		return err_set(e, -EINVAL,
			       "%s has no type information (BTF): compile it with clang -g, and "
			       "strip no more of it than llvm-strip -g does",
			       o->label);
	rc = read_manifest(o, e);
	if (rc)
		return rc;
	o->obj = bpf_object__open_mem(bytes, size, &opts);
	if (!o->obj) {
		rc = -errno;
		return err_set(e, rc, "%s cannot be read: %s%s", o->label,
			       o->log.text.len ? "" : "its parts do not fit together: ",
			       object_log_last(&o->log, rc));
	}
	o->btf = bpf_object__btf(o->obj);
	if (!o->btf)
		return err_set(e, -EINVAL, "%s: its type information (BTF) is damaged: %s",
			       o->label, object_log_last(&o->log, -EINVAL));
	return 0;
}

void object_close(struct object *o)
{
	for (size_t i = 0; i < o->link_count; i++)
		bpf_link__destroy(o->links[i]);
	free(o->links);
	o->links = NULL;
	o->link_count = 0;
	bpf_object__close(o->obj);
	if (o->has_manifest)
		manifest_done(&o->manifest);
	free(o->manifest_name);
	o->manifest_name = NULL;
	o->obj = NULL;
	o->btf = NULL;
	o->has_manifest = false;
	o->prog_count = 0;
}

struct object *object_new(void)
{
	struct object *o = xcalloc(1, sizeof(*o));

	object_log_to(&o->log);
	return o;
}

void object_free(struct object *o)
{
	object_log_to(NULL);
	object_close(o);
	for (size_t i = 0; i < OBJECT_PROGS; i++)
		free(o->left_out[i]);
	strbuf_done(&o->log.text);
	btf__free(o->kernel);
	free(o);
}

/* ---- types and variables ---- */

uint32_t object_bare_type(const struct btf *btf, uint32_t type)
{
	for (int i = 0; i < 64; i++) {
		const struct btf_type *t = btf__type_by_id(btf, type);

		if (!t)
			return 0;
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return type;
		type = t->type;
	}
	return 0;
}

static void each_var_of(const struct object *o, struct bpf_map *map,
			void (*fn)(const char *, const struct object_var *, void *), void *data)
{
	const struct btf_type *sec = btf__type_by_id(o->btf, bpf_map__btf_value_type_id(map));
	uint32_t size = bpf_map__value_size(map);

	if (!sec || !btf_is_datasec(sec))
		return;
	for (uint16_t i = 0; i < btf_vlen(sec); i++) {
		const struct btf_var_secinfo *si = btf_var_secinfos(sec) + i;
		const struct btf_type *var = btf__type_by_id(o->btf, si->type);
		struct object_var v = { map, si->offset, si->size, 0 };

		if (!var || !btf_is_var(var) || v.at > size || v.size > size - v.at)
			continue;
		v.type = var->type;
		fn(btf__str_by_offset(o->btf, var->name_off), &v, data);
	}
}

void object_each_var(const struct object *o,
		     void (*fn)(const char *, const struct object_var *, void *), void *data)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, o->obj) if (bpf_map__is_internal(map))
	    each_var_of(o, map, fn, data);
}

struct search {
	const char *name;
	struct object_var *ret;
	bool found;
};

static void match_var(const char *name, const struct object_var *v, void *data)
{
	struct search *s = data;

	if (s->found || !name || strcmp(name, s->name) != 0)
		return;
	*s->ret = *v;
	s->found = true;
}

bool object_var(const struct object *o, const char *name, struct object_var *ret)
{
	struct search s = { .name = name, .ret = ret };

	object_each_var(o, match_var, &s);
	return s.found;
}
