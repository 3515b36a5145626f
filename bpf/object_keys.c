/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_keys: how many keys tables have room for, as an option.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "bpf/kind.h"
#include "bpf/object.h"
#include "bpf/option_value.h"
#include "core/arena.h"

#define LEAST 16
#define MOST  (1 << 20)

/* The next map that the manifest calls a table and whose keys are not given by its size. */
static struct bpf_map *next_table(const struct object *o, struct bpf_map *map)
{
	while ((map = bpf_object__next_map(o->obj, map)))
		if (o->has_manifest && manifest_lists(&o->manifest, "table", bpf_map__name(map)) &&
		    kind_is_table(bpf_map__type(map)) && !kind_is_array(bpf_map__type(map)))
			return map;
	return NULL;
}

bool object_keys(const struct object *o, struct bpf_option *ret)
{
	struct bpf_map *map = next_table(o, NULL);

	if (!map)
		return false;
	*ret = (struct bpf_option) {
		.name = xstrdup("keys"),
		.help = xstrdup("Keys that the table has room for"),
		.unit = OPTION_NUMBER,
		.has_range = true,
		.least = LEAST,
		.most = MOST,
	};
	return true;
}

char *object_keys_write(const struct object *o)
{
	const struct bpf_map *map = next_table(o, NULL);

	return option_write(OPTION_NUMBER, map ? bpf_map__max_entries(map) : 0);
}

int object_keys_set(struct object *o, const struct bpf_option *op, const char *text, struct err *e)
{
	int64_t v;
	int rc = option_read(op, text, &v, e);

	for (struct bpf_map *map = NULL; !rc && (map = next_table(o, map));) {
		rc = bpf_map__set_max_entries(map, (uint32_t)v);
		if (rc)
			err_set(e, rc, "%s: %s", bpf_map__name(map), strerror(-rc));
	}
	return rc;
}
