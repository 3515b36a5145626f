/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_load: loads, attaches and hands over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/code.h"
#include "bpf/object.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

static size_t find_prog(const struct loader_answer *a, const char *name)
{
	size_t i = 0;

	while (i < a->prog_count && strcmp(a->progs[i].name, name) != 0)
		i++;
	return i;
}

int object_load(struct object *o, struct loader_answer *a, struct err *e)
{
	struct refusal r;
	size_t i;
	int rc;

	object_log_clear(&o->log);
	rc = bpf_object__load(o->obj);
	if (!rc)
		return 0;
	free(a->log);
	a->log = xstrdup(object_log_text(&o->log));
	if (object_log_refusal(&o->log, &r)) {
		i = find_prog(a, r.prog);
		if (i < a->prog_count && !o->left_out[i] && object_is_optional(o, r.prog))
			return object_leave_out(o, i, r.sentence);
	}
	return object_say_load(o, rc, e);
}

/* ---- attaching ---- */

void object_add_link(struct object *o, struct bpf_link *link)
{
	o->links = xrealloc(o->links, o->link_count + 1, sizeof(*o->links));
	o->links[o->link_count++] = link;
}

/* Why it could not be attached, in words. */
static int say_attach(struct object *o, const struct bpf_prog *p, int code, struct err *e)
{
	_cleanup_free_ char *lacks = object_kernel_lacks(o, p->section);

	if (lacks)
		return err_set(e, code, "%s: program %s cannot be attached: %s", o->label, p->name,
			       lacks);
	return err_set(e, code, "%s: program %s cannot be attached (%s): %s", o->label, p->name,
		       p->section, object_log_last(&o->log, code));
}

/* By its section; a probe of a program's function in the file that an option names. */
static struct bpf_link *attach_target(struct object *o, const struct loader_answer *a, size_t i)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts);
	const char *says = object_says(o, "target", NULL), *section = a->progs[i].section, *func;
	const char *target = says ? object_option(a, says) : NULL;

	opts.retprobe = !strncmp(section, "uretprobe", 9);
	func = strchr(section, ':');
	if (!target || !*target || !func || (!opts.retprobe && strncmp(section, "uprobe", 6) != 0))
		return bpf_program__attach(o->progs[i]);
	opts.func_name = func + 1;
	return bpf_program__attach_uprobe_opts(o->progs[i], -1, target, 0, &opts);
}

static int attach_one(struct object *o, struct loader_answer *a, size_t i, struct err *e)
{
	struct bpf_prog *p = &a->progs[i];
	struct bpf_link *link;
	int rc;

	object_log_clear(&o->log);
	if (!strcmp(p->section, "perf_event"))
		return object_sample(o, a, o->progs[i], e);
	link = attach_target(o, a, i);
	if (link) {
		object_add_link(o, link);
		return 0;
	}
	rc = -errno;
	if (rc == -EOPNOTSUPP && !strchr(object_log_text(&o->log), '\n')) {
		/* What libbpf attaches to nothing by itself: xdp, tc, uprobe without a target. */
		struct strbuf b = { 0 };

		strbuf_fmt(&b, "section %s does not say what to attach it to", p->section);
		p->why = strbuf_take(&b);
		return 0;
	}
	return say_attach(o, p, rc, e);
}

int object_attach(struct object *o, struct loader_answer *a, struct err *e)
{
	for (size_t i = 0; i < a->prog_count; i++) {
		int rc;

		if (a->progs[i].why)
			continue;
		rc = attach_one(o, a, i, e);
		if (rc && !o->left_out[i] && object_is_optional(o, a->progs[i].name))
			return object_leave_out(o, i, e->text);
		if (rc)
			return rc;
	}
	if (o->link_count)
		return 0;
	return err_set(e, -EOPNOTSUPP, "%s: none of its programs can be attached: %s: %s", o->label,
		       a->progs[0].name, a->progs[0].why);
}

/* ---- handing over ---- */

static int copy(int fd, int *ret)
{
	if (fd < 0)
		return 0;
	*ret = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *ret < 0 ? -errno : 0;
}

/* A map of ours by its name, if its values are what we take them to be. */
static int copy_ours(const struct object *o, const char *name, size_t size, int *ret)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(o->obj, name);

	if (!map || bpf_map__value_size(map) != size)
		return 0;
	return copy(bpf_map__fd(map), ret);
}

static int hand_maps(struct object *o, struct loader_answer *a)
{
	struct object_var lost;
	int rc = 0;

	for (size_t i = 0; i < a->ring_count && !rc; i++)
		rc =
		    copy(bpf_object__find_map_fd_by_name(o->obj, a->rings[i].map), &a->rings[i].fd);
	for (size_t i = 0; i < a->table_count && !rc; i++)
		rc = copy(bpf_object__find_map_fd_by_name(o->obj, a->tables[i].map),
			  &a->tables[i].fd);
	if (!rc)
		rc = copy_ours(o, "tap_control", sizeof(struct tap_control), &a->control);
	if (!rc)
		rc = copy_ours(o, "tap_counts", sizeof(struct tap_counts), &a->counts);
	if (!rc && a->lost_size && object_var(o, object_says(o, "lost", NULL), &lost))
		rc = copy(bpf_map__fd(lost.map), &a->lost);
	return rc;
}

int object_hand(struct object *o, struct loader_answer *a, struct err *e)
{
	int rc = hand_maps(o, a);

	for (size_t i = 0; i < a->prog_count && !rc; i++)
		if (!a->progs[i].why)
			rc = copy(bpf_program__fd(o->progs[i]), &a->progs[i].fd);
	a->links = xcalloc(o->link_count + 1, sizeof(*a->links));
	for (size_t i = 0; i < o->link_count && !rc; i++) {
		a->links[i] = -1;
		rc = copy(bpf_link__fd(o->links[i]), &a->links[i]);
		a->link_count = i + 1;
	}
	if (rc)
		return err_set(e, rc, "%s: no more descriptors (ulimit -n): %s", o->label,
			       strerror(-rc));
	/* Let go of without detaching. What libbpf still holds open of them the loader closes. */
	for (size_t i = 0; i < o->link_count; i++) {
		bpf_link__disconnect(o->links[i]);
		bpf_link__destroy(o->links[i]);
	}
	o->link_count = 0;
	return 0;
}
