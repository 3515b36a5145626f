/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * catalog_names: two levels of directories as sorted lists.
 *
 * Systems and events come and go with modules and probes, so lists may be read again; what is still
 * there keeps its schema. Owns the names and nothing else.
 */
#include "tracefs/catalog_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "tracefs/dir.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_dir(DIR *dir, const struct dirent *d)
{
	struct stat st;

	if (d->d_name[0] == '.')
		return false;
	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	return !fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

/* The directories in TRACEFS/path, sorted. Returns how many; the caller frees names and vector. */
static int list_dirs(const char *tracefs, const char *path, char ***ret, struct err *e)
{
	int fd = tracefs_open(tracefs, O_RDONLY | O_DIRECTORY, e, "%s", path);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0, cap = 0;
	char **v = NULL;
	struct dirent *d;

	if (fd < 0)
		return fd;
	if (!dir) {
		close(fd);
		err_set(e, -ENOMEM, "%s: no memory", path);
		return -ENOMEM;
	}
	while ((d = readdir(dir))) {
		if (!is_dir(dir, d))
			continue;
		if (n == cap) {
			cap = cap ? cap * 2 : 64;
			v = xrealloc(v, cap, sizeof(*v));
		}
		v[n++] = xstrdup(d->d_name);
	}
	if (n)
		qsort(v, n, sizeof(*v), by_name);
	*ret = v;
	return (int)n;
}

static void free_events(struct system *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->events[i].name);
	free(s->events);
}

static void free_system(struct system *s)
{
	free_events(s);
	free(s->name);
	free(s);
}

int names_events(struct names *n, struct system *s, struct err *e)
{
	struct event *events;
	char path[512], **v = NULL;
	int count;

	if (s->loaded)
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "events/%s", s->name) >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%.64s...: the name is too long", s->name);
	count = list_dirs(n->tracefs, path, &v, e);
	if (count < 0)
		return count;
	events = xcalloc((size_t)count + 1, sizeof(*events));
	for (int i = 0; i < count; i++) {
		const struct event *old = names_event(s, v[i]);

		events[i].name = v[i];
		events[i].schema = old ? old->schema : NULL;
	}
	free(v);
	free_events(s);
	s->events = events;
	s->count = (size_t)count;
	s->loaded = true;
	n->generation++;
	return 0;
}

int names_load(struct names *n, struct err *e)
{
	struct system **systems;
	char **v = NULL;
	int count = list_dirs(n->tracefs, "events", &v, e);

	if (count < 0)
		return count;
	systems = xcalloc((size_t)count + 1, sizeof(struct system *));
	for (int i = 0; i < count; i++) {
		struct system *s = names_system(n, v[i]);

		if (s) {
			free(v[i]);
		} else {
			s = xcalloc(1, sizeof(*s));
			s->name = v[i];
		}
		s->kept = true;
		s->loaded = false;
		systems[i] = s;
	}
	free(v);
	for (size_t i = 0; i < n->count; i++) {
		if (!n->systems[i]->kept)
			free_system(n->systems[i]);
	}
	free(n->systems);
	n->systems = systems;
	n->count = (size_t)count;
	n->generation++;
	for (size_t i = 0; i < n->count; i++)
		n->systems[i]->kept = false;
	return 0;
}

void names_done(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free_system(n->systems[i]);
	free(n->systems);
	free(n->tracefs);
	*n = (struct names) { 0 };
}

static int compare_system(const void *key, const void *s)
{
	return strcmp(key, (*(struct system *const *)s)->name);
}

struct system *names_system(const struct names *n, const char *name)
{
	struct system **found;

	if (!n->count)
		return NULL;
	found = bsearch(name, n->systems, n->count, sizeof(struct system *), compare_system);
	return found ? *found : NULL;
}

static int compare_event(const void *key, const void *event)
{
	return strcmp(key, ((const struct event *)event)->name);
}

struct event *names_event(const struct system *s, const char *name)
{
	if (!s->count)
		return NULL;
	return bsearch(name, s->events, s->count, sizeof(*s->events), compare_event);
}
