/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_found: which tracers there are: the programs built in, the objects in the folders bpf of the
 * configuration, and those that were named.
 *
 * An object is a program that we load as root: its file is opened once, here, and only obeyed when
 * nobody else could have written it. One that is not says so where it would be switched on.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/bpf_private.h"
#include "bpf/manifest.h"
#include "bpf/programs.h"
#include "core/arena.h"
#include "core/cleanup.h"
#include "core/trust.h"
#include "core/util.h"

#define SUFFIX	     ".o"
#define MANIFEST_MAX (64u << 10)
#define NAME_CHARS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static struct bpf_tracer *add(struct bpf_backend *b, char *name)
{
	struct bpf_tracer *t = xcalloc(1, sizeof(*t));

	t->b = b;
	t->name = name;
	t->fd = -1;
	t->due = UINT64_MAX;
	t->last_cpu = CPU_NONE;
	b->tracers = xrealloc(b->tracers, b->tracer_count + 1, sizeof(*b->tracers));
	b->tracers[b->tracer_count++] = t;
	return t;
}

/* What a manifest says without anything being loaded. */
static void take_words(struct bpf_tracer *t, const char *text, size_t size)
{
	struct manifest m = { 0 };
	const char *word;

	if (manifest_parse(t->name, text, strnlen(text, size), &m, NULL) >= 0) {
		word = manifest_get(&m, "blurb", NULL);
		t->blurb = word ? xstrdup(word) : NULL;
		word = manifest_get(&m, "cost", NULL);
		t->cost = word ? xstrdup(word) : NULL;
		t->counts = manifest_get(&m, "table", NULL) && !manifest_get(&m, "event", NULL);
	}
	manifest_done(&m);
}

static void add_builtins(struct bpf_backend *b)
{
	for (const struct bpf_object_file *o = bpf_programs; o->name; o++) {
		size_t size = 0;
		const char *says = bpf_program_says(o, &size);
		struct bpf_tracer *t;

		if (!says)
			continue; /* a part of something else */
		t = add(b, xstrdup(o->name));
		t->builtin = o->name;
		take_words(t, says, size);
	}
}

/* ---- brought along ---- */

/* An identifier of a file's name: "x/my-tool.bpf.o" is my_tool. Made unique. */
static char *name_of(const struct bpf_backend *b, const char *path)
{
	const char *base = strrchr(path, '/');
	struct strbuf name = { 0 };
	size_t len;

	base = base ? base + 1 : path;
	len = strlen(base);
	if (len > strlen(SUFFIX) && !strcmp(base + len - strlen(SUFFIX), SUFFIX))
		len -= strlen(SUFFIX);
	if (len > strlen(".bpf") && !strncmp(base + len - strlen(".bpf"), ".bpf", 4))
		len -= strlen(".bpf");
	if (*base >= '0' && *base <= '9')
		strbuf_char(&name, '_');
	for (size_t i = 0; i < len; i++)
		strbuf_char(&name, strchr(NAME_CHARS, base[i]) ? base[i] : '_');
	len = name.len;
	for (unsigned n = 2; bpf_tracer_find(b, strbuf_cstr(&name)); n++) {
		strbuf_cut(&name, len);
		strbuf_fmt(&name, "_%u", n);
	}
	return strbuf_take(&name);
}

/* Opens what only root or we could have written; *ret is -1 otherwise. */
static int open_trusted(const char *path, int *ret, struct err *e)
{
	struct stat st;
	int rc;

	*ret = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*ret < 0)
		return err_errno(e, "%s", path);
	rc = path_trusted(*ret, path, e);
	if (rc >= 0 && (fstat(*ret, &st) < 0 || !S_ISREG(st.st_mode)))
		rc = err_set(e, -EINVAL, "%s is no file", path);
	if (rc < 0) {
		close(*ret);
		*ret = -1;
	}
	return rc;
}

/* The lines beside it: NAME.conf of NAME.bpf.o; none is no error. */
static int read_manifest(struct bpf_tracer *t, struct err *e)
{
	_cleanup_strbuf_ struct strbuf path = { 0 };
	size_t len = strlen(t->path);
	char *text;
	ssize_t n;
	int fd, rc;

	strbuf_add(&path, t->path, len - strlen(SUFFIX));
	if (path.len > 4 && !strcmp(path.s + path.len - 4, ".bpf"))
		strbuf_cut(&path, path.len - 4);
	strbuf_str(&path, ".conf");
	if (access(path.s, F_OK) < 0)
		return 0;
	rc = open_trusted(path.s, &fd, e);
	if (rc < 0)
		return rc;
	text = xcalloc(1, MANIFEST_MAX + 1);
	n = read(fd, text, MANIFEST_MAX);
	close(fd);
	if (n < 0 || n == MANIFEST_MAX) {
		free(text);
		return err_set(e, -E2BIG, "%s is too long, or cannot be read", path.s);
	}
	t->manifest = text;
	take_words(t, text, (size_t)n);
	return 0;
}

static void add_object(struct bpf_backend *b, const char *path)
{
	struct bpf_tracer *t = add(b, name_of(b, path));
	size_t len = strlen(path);
	struct err e = ERR_INIT;
	int rc = 0;

	t->path = xstrdup(path);
	if (len <= strlen(SUFFIX) || strcmp(path + len - strlen(SUFFIX), SUFFIX) != 0)
		rc = err_set(&e, -EINVAL, "%s: an object's name ends in .bpf.o", path);
	if (rc >= 0)
		rc = open_trusted(path, &t->fd, &e);
	if (rc >= 0)
		rc = read_manifest(t, &e);
	if (rc >= 0)
		return;
	t->refused = xstrdup(e.text);
	bpf_tracer_failed(t, e.text);
}

static int is_object(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > strlen(SUFFIX) &&
	       !strcmp(d->d_name + len - strlen(SUFFIX), SUFFIX);
}

static void add_folder(struct bpf_backend *b, char *folder)
{
	struct dirent **v = NULL;
	int n = scandir(folder, &v, is_object, alphasort);

	for (int i = 0; i < n; i++) {
		struct strbuf path = { 0 };

		strbuf_fmt(&path, "%s/%s", folder, v[i]->d_name);
		add_object(b, path.s);
		strbuf_done(&path);
		free(v[i]);
	}
	free(v);
	free(folder);
}

void bpf_found_open(struct bpf_backend *b)
{
	const char *const *named = b->backend->env->objects;

	add_builtins(b);
	add_folder(b, conf_user_path("bpf"));
	add_folder(b, conf_system_path("bpf"));
	for (; named && *named; named++)
		add_object(b, *named);
}

static void forget(struct bpf_tracer *t)
{
	bpf_tracer_unload(t);
	bpf_options_done(t);
	loader_answer_free(t->look);
	if (t->fd >= 0)
		close(t->fd);
	free(t->ring_events);
	free(t->table_events);
	free(t->name);
	free(t->path);
	free(t->manifest);
	free(t->blurb);
	free(t->cost);
	free(t->refused);
	free(t->log);
	free(t);
}

void bpf_found_close(struct bpf_backend *b)
{
	for (size_t i = 0; i < b->tracer_count; i++)
		forget(b->tracers[i]);
	free(b->tracers);
	b->tracers = NULL;
	b->tracer_count = 0;
}
