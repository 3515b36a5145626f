/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object_progs: which programs of an object are loaded. Of `either` the first that this kernel can
 * attach, of `maybe` those that it can; the others all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/object.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

static void leave(struct object *o, struct loader_answer *a, size_t i, const char *why)
{
	bpf_program__set_autoload(o->progs[i], false);
	free(a->progs[i].why);
	a->progs[i].why = xstrdup(why);
}

static int list_progs(struct object *o, struct loader_answer *a, struct err *e)
{
	struct bpf_program *prog;

	a->progs = xcalloc(OBJECT_PROGS, sizeof(*a->progs));
	bpf_object__for_each_program(prog, o->obj)
	{
		struct bpf_prog *p = &a->progs[a->prog_count];

		if (a->prog_count == OBJECT_PROGS)
			return err_set(e, -E2BIG, "%s has more than %u programs", o->label,
				       OBJECT_PROGS);
		o->progs[a->prog_count++] = prog;
		o->prog_count = a->prog_count;
		*p = (struct bpf_prog) { .name = xstrdup(bpf_program__name(prog)),
					 .section = xstrdup(bpf_program__section_name(prog)),
					 .fd = -1 };
		if (!bpf_program__autoload(prog))
			p->why = xstrdup("its section begins with a '?'");
	}
	return a->prog_count ? 0 : err_set(e, -EINVAL, "%s has no program", o->label);
}

/* Why a program cannot be: what was tried, or what a look at the kernel says. */
static char *cannot(struct object *o, const struct loader_answer *a, size_t i)
{
	if (o->left_out[i])
		return xstrdup(o->left_out[i]);
	return object_kernel_lacks(o, a->progs[i].section);
}

static size_t find(const struct loader_answer *a, const char *name, size_t n)
{
	size_t i = 0;

	while (i < a->prog_count &&
	       (strlen(a->progs[i].name) != n || strncmp(a->progs[i].name, name, n) != 0))
		i++;
	return i;
}

/* One line of `either`. */
static int choose_one(struct object *o, struct loader_answer *a, const char *list, struct err *e)
{
	_cleanup_strbuf_ struct strbuf reasons = { 0 };
	const char *chosen = NULL;

	while (*(list += strspn(list, ", \t"))) {
		size_t n = strcspn(list, ", \t"), i = find(a, list, n);
		_cleanup_free_ char *why = NULL;

		if (i == a->prog_count)
			return err_set(e, -ENOENT, "%s: either: it has no program '%.*s'", o->label,
				       (int)n, list);
		list += n;
		if (chosen) {
			struct strbuf b = { 0 };

			strbuf_fmt(&b, "%s does it", chosen);
			leave(o, a, i, b.s);
			strbuf_done(&b);
			continue;
		}
		why = cannot(o, a, i);
		if (!why) {
			chosen = a->progs[i].name;
			continue;
		}
		leave(o, a, i, why);
		strbuf_fmt(&reasons, "\n  %s: %s", a->progs[i].name, why);
	}
	if (chosen || !reasons.len)
		return 0;
	return err_set(e, -EOPNOTSUPP, "%s: this kernel can attach none of its programs%s",
		       o->request->name, reasons.s);
}

static int choose_either(struct object *o, struct loader_answer *a, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; o->has_manifest && i < o->manifest.count && !rc; i++)
		if (!strcmp(o->manifest.lines[i].key, "either"))
			rc = choose_one(o, a, o->manifest.lines[i].value, e);
	return rc;
}

static void choose_maybe(struct object *o, struct loader_answer *a)
{
	for (size_t i = 0; i < a->prog_count; i++) {
		_cleanup_free_ char *why = NULL;

		if (!o->has_manifest || a->progs[i].why ||
		    !manifest_lists(&o->manifest, "maybe", a->progs[i].name))
			continue;
		why = cannot(o, a, i);
		if (why)
			leave(o, a, i, why);
	}
}

/* What gives nothing when it is attached, or what nobody could read. */
static void leave_useless(struct object *o, struct loader_answer *a)
{
	for (size_t i = 0; i < a->prog_count; i++) {
		const char *s = a->progs[i].section;

		if (a->progs[i].why)
			continue;
		if (!strncmp(s, "iter/", 5) || !strncmp(s, "iter.s/", 7))
			leave(o, a, i, "an iterator gives something only when it is read");
		else if (!strcmp(s, "perf_event") && !object_says(o, "sample", NULL))
			leave(o, a, i,
			      "nothing says what to sample: add a line 'sample = "
			      "cpu-clock 99' to its manifest");
	}
}

int object_choose(struct object *o, struct loader_answer *a, struct err *e)
{
	int rc = list_progs(o, a, e);

	if (rc)
		return rc;
	leave_useless(o, a);
	if (o->request->what == LOADER_LOOK)
		return 0;
	rc = choose_either(o, a, e);
	if (!rc)
		choose_maybe(o, a);
	return rc;
}
