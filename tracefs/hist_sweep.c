/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hist_sweep: triggers and synthetic events whose owner and its guard are both gone.
 *
 * The caller holds the lock on the instance, so its owner is dead. Triggers use each other's
 * variables in an order that nobody wrote down: what is busy is tried again while anything goes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/hist.h"

#define ROUNDS 64

struct sweep_hist {
	const char *tracefs, *instance;
	char **files; /* SYSTEM/EVENT that have triggers */
	size_t count, cap;
};

/* A line of a trigger file without what the kernel adds: " [active]". False: it is none. */
static bool trigger_line(const char *line, size_t len, struct strbuf *undo)
{
	const char *tail = len ? memrchr(line, '[', len) : NULL;

	if (!len || line[0] == '#')
		return false;
	if (tail && tail > line && tail[-1] == ' ' && line[len - 1] == ']')
		len = (size_t)(tail - 1 - line);
	strbuf_clear(undo);
	strbuf_char(undo, '!');
	strbuf_add(undo, line, len);
	return true;
}

/* Removes what can be. Returns how many went; *left counts the others. */
static unsigned clear_file(const struct sweep_hist *s, const char *file, unsigned *left)
{
	_cleanup_strbuf_ struct strbuf text = { 0 }, undo = { 0 };
	char dir[512];
	unsigned gone = 0;

	snprintf(dir, sizeof(dir), "%s/instances/%s", s->tracefs, s->instance);
	if (tracefs_read(dir, &text, NULL, "events/%s/trigger", file))
		return 0;
	for (const char *p = strbuf_cstr(&text); *p; p += strspn(p, "\n")) {
		size_t len = strcspn(p, "\n");

		if (trigger_line(p, len, &undo)) {
			if (tracefs_write(dir, strbuf_cstr(&undo), NULL, "events/%s/trigger", file))
				++*left;
			else
				gone++;
		}
		p += len;
	}
	return gone;
}

static bool has_trigger(const char *dir, const char *file)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };

	if (tracefs_read(dir, &text, NULL, "%s/trigger", file))
		return false;
	for (const char *p = strbuf_cstr(&text); *p; p += strspn(p, "\n")) {
		if (*p != '#')
			return true;
		p += strcspn(p, "\n");
	}
	return false;
}

static void look_in_system(struct sweep_hist *s, const char *events, const char *system)
{
	char path[1024], file[600];
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *d;

	snprintf(path, sizeof(path), "%s/%s", events, system);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%.255s/%s", system, d->d_name);
		if (!has_trigger(events, file))
			continue;
		if (s->count == s->cap)
			s->files = xrealloc(s->files, s->cap = s->cap ? s->cap * 2 : 16,
					    sizeof(*s->files));
		s->files[s->count++] = xstrdup(file);
	}
}

static void find_files(struct sweep_hist *s)
{
	char events[600];
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *d;

	snprintf(events, sizeof(events), "%s/instances/%s/events", s->tracefs, s->instance);
	dir = opendir(events);
	while (dir && (d = readdir(dir))) {
		if (d->d_type == DT_DIR && d->d_name[0] != '.')
			look_in_system(s, events, d->d_name);
	}
}

static int clear_triggers(struct sweep_hist *s, struct err *e)
{
	unsigned left = 0;

	find_files(s);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned gone = 0;

		left = 0;
		for (size_t i = 0; i < s->count; i++)
			gone += clear_file(s, s->files[i], &left);
		if (!gone)
			break;
	}
	for (size_t i = 0; i < s->count; i++)
		free(s->files[i]);
	free(s->files);
	return left ? err_set(e, -EBUSY, "%s: %u triggers cannot be removed", s->instance, left)
		    : 0;
}

/* The synthetic events whose names begin as this instance's do. */
static int clear_events(const struct sweep_hist *s, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	char prefix[64], undo[128];
	size_t n;
	int ret;

	if (!hist_prefix(s->instance, prefix, sizeof(prefix) - 1))
		return 0;
	strcat(prefix, "_");
	n = strlen(prefix);
	ret = tracefs_read(s->tracefs, &text, e, "synthetic_events");
	if (ret == -ENOENT)
		return 0;
	for (const char *p = strbuf_cstr(&text); *p && !ret; p += strspn(p, "\n")) {
		size_t name = strcspn(p, "\t \n");

		if (!strncmp(p, prefix, n) && name < sizeof(undo) - 1) {
			snprintf(undo, sizeof(undo), "!%.*s", (int)name, p);
			ret = tracefs_write(s->tracefs, undo, e, "synthetic_events");
		}
		p += strcspn(p, "\n");
	}
	return ret;
}

int hist_sweep(const char *tracefs, const char *instance, struct err *e)
{
	struct sweep_hist s = { .tracefs = tracefs, .instance = instance };
	char prefix[64];
	int ret;

	if (!hist_prefix(instance, prefix, sizeof(prefix)))
		return 0;
	ret = clear_triggers(&s, e);
	return ret ? ret : clear_events(&s, e);
}
