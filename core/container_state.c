/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container_state: see container_state.h.
 *
 * Where a path says which engine made a container its files alone are asked, else all in turn. What
 * lies in a user's home is asked only for containers in that user's slice, and must be his.
 */
#include "core/container_state.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/util.h"

#define ID_MAX	  128
#define SPACES	  64 /* namespaces of containerd that are looked into */
#define ANY_OWNER UINT32_MAX

struct search {
	const char *root, *runtime;
	char id[ID_MAX];
	char home[PATH_MAX / 2]; /* of the user in whose slice it is; "" */
	uint32_t user;
	struct container_state *ret;
};

/* ---- files ---- */

static void close_json(json_t **j)
{
	json_decref(*j);
}
#define _cleanup_json_ __attribute__((cleanup(close_json)))

/* A plain file and no other: opening one waits for nobody and goes through no link. */
static int open_plain(const char *path, uint32_t owner, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= (off_t)CONTAINER_STATE_MAX &&
	    (owner == ANY_OWNER || st.st_uid == owner)) {
		*size = (size_t)st.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

/* The JSON of a file; NULL where there is none. */
static json_t *load(const char *path, uint32_t owner)
{
	size_t size = 0, len = 0;
	_cleanup_close_ int fd = open_plain(path, owner, &size);
	_cleanup_free_ char *text = NULL;
	ssize_t n;

	if (fd < 0)
		return NULL;
	text = xcalloc(1, size);
	while (len < size && (n = read(fd, text + len, size - len)) > 0)
		len += (size_t)n;
	return json_loadb(text, len, 0, NULL);
}

static json_t *__attribute__((format(printf, 2, 3)))
load_at(const struct search *s, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int n = snprintf(path, sizeof(path), "%s", s->root), m;

	va_start(ap, fmt);
	m = vsnprintf(path + n, sizeof(path) - (size_t)n, fmt, ap);
	va_end(ap);
	return m > 0 && (size_t)(n + m) < sizeof(path) ? load(path, ANY_OWNER) : NULL;
}

/* ---- words ---- */

/* Takes a string, if there is one and nothing better was found. */
static void take(char **to, const json_t *j)
{
	const char *s = json_string_value(j);
	size_t len = s ? strnlen(s, CONTAINER_WORD_MAX) : 0;

	if (*to || !len)
		return;
	*to = xstrndup(s, len);
	for (char *c = *to; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

/* What Kubernetes writes, under the names that each engine gave it. */
struct kube_names {
	const char *name, *pod, *pod_space, *pod_uid, *image, *type;
};

static const struct kube_names docker_kube = {
	"io.kubernetes.container.name",
	"io.kubernetes.pod.name",
	"io.kubernetes.pod.namespace",
	"io.kubernetes.pod.uid",
	NULL,
	"io.kubernetes.docker.type",
};
static const struct kube_names crio_kube = {
	"io.kubernetes.container.name",	 "io.kubernetes.pod.name",
	"io.kubernetes.pod.namespace",	 "io.kubernetes.pod.uid",
	"io.kubernetes.cri-o.ImageName", "io.kubernetes.cri-o.ContainerType",
};
static const struct kube_names containerd_kube = {
	"io.kubernetes.cri.container-name",    "io.kubernetes.cri.sandbox-name",
	"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri.sandbox-uid",
	"io.kubernetes.cri.image-name",	       "io.kubernetes.cri.container-type",
};

static void take_kube(struct container_state *st, const json_t *words, const struct kube_names *n)
{
	const char *type = json_string_value(json_object_get(words, n->type));

	take(&st->name, json_object_get(words, n->name));
	take(&st->pod, json_object_get(words, n->pod));
	take(&st->pod_space, json_object_get(words, n->pod_space));
	take(&st->pod_uid, json_object_get(words, n->pod_uid));
	if (n->image)
		take(&st->image, json_object_get(words, n->image));
	/* The one that holds a pod's namespaces has no name of its own. */
	if (!st->name && type && (!strcmp(type, "sandbox") || !strcmp(type, "podsandbox")))
		st->name = xstrdup("POD");
}

/* ---- engines ---- */

static bool docker_file(struct search *s, json_t *j)
{
	struct container_state *st = s->ret;
	const json_t *config, *name;

	if (!json_is_object(j))
		return false;
	config = json_object_get(j, "Config");
	take_kube(st, json_object_get(config, "Labels"), &docker_kube);
	name = json_object_get(j, "Name");
	take(&st->name, name);
	/* "/web" */
	if (st->name && st->name[0] == '/' && st->name[1])
		memmove(st->name, st->name + 1, strlen(st->name));
	take(&st->image, json_object_get(config, "Image"));
	return true;
}

static bool from_docker(struct search *s)
{
	_cleanup_json_ json_t *j =
	    load_at(s, "/var/lib/docker/containers/%s/config.v2.json", s->id);
	char path[PATH_MAX];

	if (!j && s->home[0]) {
		snprintf(path, sizeof(path), "%s/.local/share/docker/containers/%s/config.v2.json",
			 s->home, s->id);
		j = load(path, s->user);
	}
	return docker_file(s, j);
}

/* The list of all containers; its metadata is JSON in a string. */
static bool podman_list(struct search *s, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *id = json_string_value(json_object_get(one, "id"));
		const char *more = json_string_value(json_object_get(one, "metadata"));
		_cleanup_json_ json_t *meta = NULL;

		if (!id || strncmp(id, s->id, strlen(s->id)) != 0)
			continue;
		take(&s->ret->name, json_array_get(json_object_get(one, "names"), 0));
		meta = more ? json_loads(more, 0, NULL) : NULL;
		take(&s->ret->name, json_object_get(meta, "name"));
		take(&s->ret->image, json_object_get(meta, "image-name"));
		return true;
	}
	return false;
}

static bool from_podman(struct search *s)
{
	static const char *const drivers[] = { "overlay", "vfs", "btrfs", "zfs" };

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		char path[PATH_MAX];
		_cleanup_json_ json_t *all = load_at(
		    s, "/var/lib/containers/storage/%s-containers/containers.json", drivers[i]);
		_cleanup_json_ json_t *own = NULL;

		if (s->home[0]) {
			snprintf(path, sizeof(path),
				 "%s/.local/share/containers/storage/%s-containers/"
				 "containers.json",
				 s->home, drivers[i]);
			own = load(path, s->user);
		}
		if (podman_list(s, own) || podman_list(s, all))
			return true;
	}
	return false;
}

static bool crio_file(struct search *s, json_t *j)
{
	const json_t *words = json_object_get(j, "annotations");

	if (!json_is_object(j))
		return false;
	take_kube(s->ret, words, &crio_kube);
	return s->ret->name || s->ret->pod;
}

static bool from_crio(struct search *s)
{
	static const char *const places[] = { "/run/containers/storage",
					      "/var/run/containers/storage",
					      "/var/lib/containers/storage" };
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !found; i++) {
		_cleanup_json_ json_t *j =
		    load_at(s, "%s/overlay-containers/%s/userdata/config.json", places[i], s->id);

		found = crio_file(s, j);
	}
	return found;
}

static bool containerd_file(struct search *s, json_t *j)
{
	const json_t *words = json_object_get(j, "annotations");

	if (!json_is_object(j))
		return false;
	take_kube(s->ret, words, &containerd_kube);
	take(&s->ret->name, json_object_get(words, "nerdctl/name"));
	take(&s->ret->image, json_object_get(words, "nerdctl/image"));
	return true;
}

static bool in_containerd(struct search *s, const char *state)
{
	char path[PATH_MAX];
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *d;
	bool found = false;

	snprintf(path, sizeof(path), "%.*s%s", PATH_MAX / 2, s->root, state);
	dir = opendir(path);
	for (int i = 0; dir && !found && i < SPACES && (d = readdir(dir)); i++) {
		_cleanup_json_ json_t *j = NULL;

		if (d->d_name[0] == '.')
			continue;
		j = load_at(s, "%s/%s/%s/config.json", state, d->d_name, s->id);
		found = containerd_file(s, j);
	}
	return found;
}

static bool from_containerd(struct search *s)
{
	static const char *const places[] = {
		"/run/containerd/io.containerd.runtime.v2.task",
		"/run/k3s/containerd/io.containerd.runtime.v2.task",
		"/run/containerd/io.containerd.runtime.v1.linux",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (in_containerd(s, places[i]))
			return true;
	return false;
}

static const struct {
	const char *runtime;
	bool (*read)(struct search *s);
} engines[] = {
	{ "docker", from_docker },
	{ "podman", from_podman },
	{ "cri-o", from_crio },
	{ "containerd", from_containerd },
};

/* ---- who ---- */

/* The home of a user, by the host's own list where that is another one. */
static void find_home(struct search *s)
{
	char path[PATH_MAX], bytes[4096];
	_cleanup_fclose_ FILE *f = NULL;
	struct passwd pw, *found = NULL;
	int n = 0;

	if (s->user == UINT32_MAX)
		return;
	snprintf(path, sizeof(path), "%.*s/etc/passwd", PATH_MAX / 2, s->root);
	f = *s->root ? fopen(path, "re") : NULL;
	if (!*s->root)
		getpwuid_r(s->user, &pw, bytes, sizeof(bytes), &found);
	while (f && !fgetpwent_r(f, &pw, bytes, sizeof(bytes), &found))
		if (found && found->pw_uid == s->user)
			break;
	if (found && found->pw_uid == s->user && found->pw_dir[0] == '/')
		n = snprintf(s->home, sizeof(s->home), "%s%s", s->root, found->pw_dir);
	if (n < 0 || (size_t)n >= sizeof(s->home))
		s->home[0] = '\0';
}

bool container_state_read(const char *root, const struct container_path *p,
			  struct container_state *ret)
{
	struct search s = { .root = root, .runtime = p->runtime, .user = p->user, .ret = ret };
	bool known = false;

	*ret = (struct container_state) { 0 };
	/* An id goes into paths: hexadecimal, so no name of a path is hidden in it. */
	if (p->kind != CONTAINER_ENGINE || p->id_len >= sizeof(s.id))
		return false;
	memcpy(s.id, p->id, p->id_len);
	find_home(&s);
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
		bool is_it = !strcmp(engines[i].runtime, p->runtime);

		known |= is_it;
		if (is_it && engines[i].read(&s))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(engines) && !known; i++)
		if (engines[i].read(&s))
			return true;
	return false;
}

void container_state_done(struct container_state *s)
{
	free(s->name);
	free(s->image);
	free(s->pod);
	free(s->pod_space);
	free(s->pod_uid);
	*s = (struct container_state) { 0 };
}
