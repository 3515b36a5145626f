/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames_maps: see frames_maps.h.
 */
#include "bpf/frames_maps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/safe.h"
#include "core/util.h"

#define MODULE_MAX 80 /* characters of a file's name that are said */

/* "START-END PERM OFFSET MAJOR:MINOR INODE    PATH"; true when it is code. */
static bool parse_line(char *line, struct frames_map *m)
{
	char perm[5] = "";
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %" SCNu64 " %n",
		   &m->start, &m->end, perm, &m->offset, &m->inode, &at) < 5 ||
	    m->end <= m->start || perm[2] != 'x')
		return false;
	m->path = at ? line + at : "";
	return true;
}

void frames_maps_parse(struct frames_maps *m, char *text)
{
	char *save = NULL;
	size_t cap = 0;

	m->text = text;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct frames_map map;

		if (!parse_line(line, &map) ||
		    (m->count && map.start < m->v[m->count - 1].end)) /* not as the kernel does */
			continue;
		if (m->count == cap) {
			cap = cap ? 2 * cap : 32;
			m->v = xrealloc(m->v, cap, sizeof(*m->v));
		}
		m->v[m->count++] = map;
	}
}

void frames_maps_done(struct frames_maps *m)
{
	free(m->text);
	free(m->v);
	*m = (struct frames_maps) { 0 };
}

const struct frames_map *frames_maps_find(const struct frames_maps *m, uint64_t address)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->v[mid].end <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->count && m->v[low].start <= address ? &m->v[low] : NULL;
}

void frames_maps_module(const char *path, struct strbuf *out)
{
	static const char deleted[] = " (deleted)";
	const char *slash = strrchr(path, '/');
	const char *name = slash && slash[1] ? slash + 1 : path;
	size_t len = strlen(name), tail = sizeof(deleted) - 1;

	if (len > tail && !strcmp(name + len - tail, deleted))
		len -= tail;
	safe_text(out, name, MIN(len, (size_t)MODULE_MAX));
}
