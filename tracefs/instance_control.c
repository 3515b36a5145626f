/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * instance_control: what is switched while an instance runs, and what it counts.
 *
 * Writes only below the instance's own directory. A refused filter leaves the one that was there:
 * the kernel itself would leave none, and more would be recorded than was asked for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/util.h"
#include "tracefs/dir.h"
#include "tracefs/instance.h"

int instance_on(struct instance *in, bool on, struct err *e)
{
	return tracefs_write(in->path, on ? "1" : "0", e, "tracing_on");
}

/* Names go into paths: nothing that leaves events/SYSTEM/EVENT. */
static int check_names(const char *system, const char *event, struct err *e)
{
	const char *const names[] = { system, event };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!names[i][0] || names[i][0] == '.' || strchr(names[i], '/') ||
		    strlen(names[i]) > 128)
			return err_set(e, -EINVAL, "\"%.128s\" is no name of an event", names[i]);
	}
	return 0;
}

int instance_enable(struct instance *in, const char *system, const char *event, bool on,
		    struct err *e)
{
	int ret = check_names(system, event, e);

	if (ret)
		return ret;
	ret = tracefs_write(in->path, on ? "1" : "0", e, "events/%s/%s/enable", system, event);
	if (ret == -ENOENT && !strcmp(system, "ftrace"))
		return err_set(e, ret, "%s:%s has no switch: the kernel's tracers write it", system,
			       event);
	return ret;
}

int instance_filter(struct instance *in, const char *system, const char *event, const char *text,
		    struct err *e)
{
	_cleanup_strbuf_ struct strbuf old = { 0 };
	int ret = check_names(system, event, e);

	if (ret)
		return ret;
	if (!text || !text[strspn(text, " \t\n")])
		return tracefs_write(in->path, "0", e, "events/%s/%s/filter", system, event);
	ret = tracefs_read(in->path, &old, e, "events/%s/%s/filter", system, event);
	if (ret)
		return ret;
	ret = tracefs_write(in->path, text, e, "events/%s/%s/filter", system, event);
	if (ret) {
		/* The file now holds the refused text and the complaint; no filter is "none", said
		 * by "0". */
		const char *back = strbuf_cstr(&old);

		if (!strncmp(back, "none", 4))
			back = "0";
		tracefs_write(in->path, back, NULL, "events/%s/%s/filter", system, event);
	}
	return ret;
}

static const struct {
	const char *key;
	size_t offset;
} stats_keys[] = {
	{ "entries", offsetof(struct instance_stats, entries) },
	{ "overrun", offsetof(struct instance_stats, overrun) },
	{ "commit overrun", offsetof(struct instance_stats, commit_overrun) },
	{ "bytes", offsetof(struct instance_stats, bytes) },
	{ "dropped events", offsetof(struct instance_stats, dropped) },
	{ "read events", offsetof(struct instance_stats, read) },
};

/* One line "KEY: NUMBER"; keys nobody asks for (oldest event ts) are passed over. */
static void stats_line(struct instance_stats *s, const char *line, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(stats_keys); i++) {
		size_t n = strlen(stats_keys[i].key);

		if (len > n + 1 && !memcmp(line, stats_keys[i].key, n) && line[n] == ':')
			*(uint64_t *)((char *)s + stats_keys[i].offset) =
			    strtoull(line + n + 1, NULL, 10);
	}
}

int instance_stats_text(const struct instance *in, unsigned cpu, struct strbuf *out, struct err *e)
{
	return tracefs_read(in->path, out, e, "per_cpu/cpu%u/stats", cpu);
}

int instance_stats(const struct instance *in, unsigned cpu, struct instance_stats *ret,
		   struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = { 0 };
	struct instance_stats s = { 0 };
	const char *p;
	int r;

	r = instance_stats_text(in, cpu, &text, e);
	if (r)
		return r;
	for (p = strbuf_cstr(&text); *p; p += strspn(p, "\n")) {
		size_t len = strcspn(p, "\n");

		stats_line(&s, p, len);
		p += len;
	}
	*ret = s;
	return 0;
}
