/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_event: what type the events of a ring have. Asked in this order: the manifest, the type of
 * the map's values, a global that only names the type, the debugger's types; else they are bytes.
 */
#include "bpf/object_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/btf_format.h"
#include "bpf/dwarf_format.h"
#include "core/arena.h"
#include "core/cleanup.h"

static const struct manifest *manifest(const struct object *o)
{
	return o->has_manifest ? &o->manifest : NULL;
}

/* What the manifest says of this map, else of any; its "struct " is left out. */
static const char *said(const struct object *o, const char *map)
{
	const char *s = object_says(o, "event", map);

	if (!s)
		s = object_says(o, "event", NULL);
	if (s && !strncmp(s, "struct ", 7))
		s += 7 + strspn(s + 7, " \t");
	return s;
}

/* The type in BTF, 0 when it has none, -Exxx when what was named is not there. */
static int find_type(const struct object *o, const struct bpf_map *map, const char *name,
		     struct err *e)
{
	const struct btf_type *t;
	uint32_t bare;
	int found;

	if (name)
		return btf_find_struct(o->btf, name, e);
	bare = object_bare_type(o->btf, bpf_map__btf_value_type_id(map));
	t = bare ? btf__type_by_id(o->btf, bare) : NULL;
	if (t && btf_is_composite(t))
		return (int)bare;
	found = btf_find_struct(o->btf, NULL, NULL);
	return found > 0 ? found : 0;
}

static int event_name(const struct object *o, const char *map, bool is_only, char **ret)
{
	struct strbuf b = { 0 };

	strbuf_str(&b, o->request->name);
	if (!is_only)
		strbuf_fmt(&b, "_%s", map);
	*ret = strbuf_take(&b);
	return 0;
}

static unsigned count_rings(const struct object *o)
{
	const struct bpf_map *map;
	unsigned n = 0;

	bpf_object__for_each_map(map, o->obj) n +=
	    bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF ||
	    bpf_map__type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
	return n;
}

int object_event(const struct object *o, const struct bpf_map *map, struct bpf_ring *ret,
		 struct err *e)
{
	const char *named = said(o, ret->map);
	struct err why = ERR_INIT;
	_cleanup_free_ char *name = NULL;
	int type = find_type(o, map, named, &why), rc;

	event_name(o, ret->map, count_rings(o) == 1, &name);
	if (type > 0) {
		rc = btf_format_event(o->btf, (uint32_t)type, manifest(o), name, &ret->layout, e);
		return rc ? err_ctx(e, "%s: events of %s", o->label, ret->map) : 0;
	}
	rc = dwarf_format_event(o->bytes, o->size, named, manifest(o), name, &ret->layout,
				named ? e : NULL);
	if (!rc)
		return 0;
	if (named && rc != -ENOENT)
		return err_ctx(e, "%s: events of %s", o->label, ret->map);
	if (named)
		return err_set(e, type, "%s: event = struct %s: %s", o->label, named, why.text);
	btf_format_bytes(name, &ret->layout);
	ret->hint =
	    xstrdup("the type of its events is not known: add a line 'event = struct NAME' to "
		    "a file beside the object, or __type(value, struct NAME) to the map, or "
		    "a global 'const struct NAME *unused_NAME __attribute__((unused))'");
	return 0;
}
