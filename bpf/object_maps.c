/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_maps: which maps of an object give events, which count, which are ours, and how large they
 * are made.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/btf_format.h"
#include "bpf/code.h"
#include "bpf/kind.h"
#include "bpf/object.h"
#include "bpf/object_event.h"
#include "bpf/option_value.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

#define MAPS_MAX 256 /* rings, or tables */
#define RING_MAX (1u << 30)

/* ---- rings ---- */

/* The kernel takes powers of two of whole pages. */
static uint32_t ring_size(uint64_t want)
{
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);

	while (size < want && size < RING_MAX)
		size *= 2;
	return (uint32_t)size;
}

/* What the type of its values means to libbpf the kernel does not take. */
static int fit_ring(const struct object *o, struct bpf_map *map, bool is_perf)
{
	uint32_t size = is_perf ? sizeof(uint32_t) : 0;
	int rc = bpf_map__set_value_size(map, size);

	if (!rc)
		rc = bpf_map__set_key_size(map, size);
	if (!rc && !is_perf && (o->request->ring || !bpf_map__max_entries(map)))
		rc = bpf_map__set_max_entries(
		    map, ring_size(o->request->ring ? o->request->ring : 1 << 20));
	return rc;
}

static int add_ring(struct object *o, struct bpf_map *map, struct loader_answer *a, struct err *e)
{
	struct bpf_ring *r;
	int rc;

	if (a->ring_count == MAPS_MAX)
		return err_set(e, -E2BIG, "%s has more than %u ring buffers", o->label, MAPS_MAX);
	r = &a->rings[a->ring_count++];
	*r = (struct bpf_ring) { .map = xstrdup(bpf_map__name(map)), .fd = -1 };
	r->is_perf = bpf_map__type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
	rc = object_event(o, map, r, e);
	if (rc)
		return rc;
	rc = fit_ring(o, map, r->is_perf);
	return rc ? err_set(e, rc, "%s: map %s: %s", o->label, r->map, strerror(-rc)) : 0;
}

/* ---- tables ---- */

/* Whether a map can be a table at all: it has types, and is none of ours. */
static bool can_be_table(const struct bpf_map *map)
{
	return !bpf_map__is_internal(map) && kind_is_table(bpf_map__type(map)) &&
	       bpf_map__btf_value_type_id(map) && bpf_map__btf_key_type_id(map) &&
	       strncmp(bpf_map__name(map), "tap_", 4) != 0;
}

/* histogram = FIELD [UNIT] */
static int read_histogram(const struct object *o, struct bpf_table *t, struct err *e)
{
	const char *says = object_says(o, "histogram", NULL), *unit;
	size_t n;
	int found;

	t->histogram_unit = OPTION_NUMBER;
	if (!says)
		return 0;
	n = strcspn(says, " \t");
	t->histogram = xstrndup(says, n);
	unit = says + n + strspn(says + n, " \t");
	if (!*unit)
		return 0;
	found = option_unit(unit);
	if (found < 0)
		return err_set(e, -EINVAL, "%s: histogram: '%s' is no unit: ns, bytes or number",
			       o->label, unit);
	t->histogram_unit = (uint8_t)found;
	return 0;
}

static int add_table(struct object *o, struct bpf_map *map, struct loader_answer *a, struct err *e)
{
	const uint32_t types[2] = { bpf_map__btf_key_type_id(map),
				    bpf_map__btf_value_type_id(map) };
	const char *counts = object_says(o, "count", NULL), *name = o->request->name;
	_cleanup_free_ char *own = NULL;
	struct bpf_table *t;
	int rc;

	if (a->table_count == MAPS_MAX)
		return err_set(e, -E2BIG, "%s has more than %u tables", o->label, MAPS_MAX);
	t = &a->tables[a->table_count++];
	*t = (struct bpf_table) {
		.map = xstrdup(bpf_map__name(map)),
		.fd = -1,
		.key_size = bpf_map__key_size(map),
		.value_size = bpf_map__value_size(map),
		.max_entries = bpf_map__max_entries(map),
		.is_percpu = kind_is_percpu(bpf_map__type(map)),
		.is_array = kind_is_array(bpf_map__type(map)),
		.counts = xstrdup(counts ? counts : ""),
	};
	if (a->table_count > 1 || a->ring_count) {
		struct strbuf b = { 0 };

		strbuf_fmt(&b, "%s_%s", name, t->map);
		name = own = strbuf_take(&b);
	}
	rc = read_histogram(o, t, e);
	if (!rc)
		rc = btf_format_entry(o->btf, types, o->has_manifest ? &o->manifest : NULL, name,
				      &t->layout, e);
	return rc ? err_ctx(e, "%s: map %s", o->label, t->map) : 0;
}

/* Every map that a manifest's line names must be there. */
static int check_listed(const struct object *o, const char *key, struct err *e)
{
	const char *list = object_says(o, key, NULL);

	while (list && *list) {
		size_t n = strcspn(list += strspn(list, ", \t"), ", \t");
		_cleanup_free_ char *name = xstrndup(list, n);
		struct bpf_map *map = n ? bpf_object__find_map_by_name(o->obj, name) : NULL;

		if (n && (!map || !can_be_table(map)))
			return err_set(e, -ENOENT, "%s: %s = %s: %s", o->label, key, name,
				       map ? "this map has no types, or cannot be listed"
					   : "the object has no such map");
		list += n;
	}
	return 0;
}

/* A map that is named, else any of an object without rings: beside rings they serve the programs.
 */
static bool is_table(const struct object *o, const struct bpf_map *map,
		     const struct loader_answer *a)
{
	if (!can_be_table(map))
		return false;
	if (object_says(o, "table", NULL))
		return manifest_lists(&o->manifest, "table", bpf_map__name(map));
	return !a->ring_count;
}

/* ---- shared maps ---- */

/* Whether a map is what the object takes it for: libbpf would believe anything. */
static bool is_like(const struct bpf_map *map, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &size) && info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map);
}

static int share_maps(struct object *o, struct err *e)
{
	for (size_t i = 0; i < o->request->share_count; i++) {
		const struct loader_share *s = &o->request->shares[i];
		struct bpf_map *map = bpf_object__find_map_by_name(o->obj, s->name);
		int rc;

		if (!map)
			continue;
		rc = is_like(map, s->fd) ? bpf_map__reuse_fd(map, s->fd) : -EINVAL;
		if (rc)
			return err_set(e, rc, "%s: map %s cannot be shared: %s", o->label, s->name,
				       rc == -EINVAL ? "it is of another kind" : strerror(-rc));
	}
	return 0;
}

/* lost = VARIABLE */
static int check_lost(const struct object *o, struct loader_answer *a, struct err *e)
{
	const char *name = object_says(o, "lost", NULL);
	struct object_var v;

	if (!name)
		return 0;
	if (!object_var(o, name, &v) || !v.size || v.size > 8)
		return err_set(e, -ENOENT, "%s: lost = %s: there is no global number of that name",
			       o->label, name);
	a->lost_at = v.at;
	a->lost_size = v.size;
	return 0;
}

int object_maps(struct object *o, struct loader_answer *a, struct err *e)
{
	struct bpf_map *map;
	int rc = 0;

	a->rings = xcalloc(MAPS_MAX, sizeof(*a->rings));
	a->tables = xcalloc(MAPS_MAX, sizeof(*a->tables));
	bpf_object__for_each_map(
	    map, o->obj) if (!rc && (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF ||
				     bpf_map__type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY)) rc =
	    add_ring(o, map, a, e);
	bpf_object__for_each_map(map, o->obj) if (!rc && is_table(o, map, a)) rc =
	    add_table(o, map, a, e);
	if (!rc)
		rc = check_listed(o, "table", e);
	if (!rc)
		rc = check_lost(o, a, e);
	/* Ours may be there for others. */
	if (!rc && !a->ring_count && !a->table_count && !o->request->builtin)
		rc = err_set(e, -EINVAL,
			     "%s gives nothing: it has no ring or perf buffer for events, and no "
			     "map that counts",
			     o->label);
	a->kind = !a->table_count ? BPF_EVENTS : a->ring_count ? BPF_BOTH : BPF_TABLE;
	return rc ? rc : share_maps(o, e);
}
