/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container: in which container a process is.
 *
 * The path of its control group says it: engines put the id of a container there, each in its own
 * way. Where the path says nothing a pid namespace of its own does. Names come from the files in
 * which the engines keep their state, as far as they can be read; no daemon is asked. They are
 * read once for a container, when somebody looks at its first process.
 */
#ifndef CORE_CONTAINER_H
#define CORE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTAINER_DIGITS   12  /* what engines show of an id of 64 */
#define CONTAINER_NAME_MAX 255 /* bytes of a name */

enum container_kind {
	CONTAINER_NONE,
	CONTAINER_ENGINE,  /* docker, podman, containerd, CRI-O and their like */
	CONTAINER_MACHINE, /* a system in a container: systemd-nspawn, LXC; or a virtual machine */
	CONTAINER_PIDNS,   /* nothing but a pid namespace of its own says so */
};

/* What a path says; the pointers are into it. */
struct container_path {
	enum container_kind kind;
	const char *runtime; /* "docker"; "" where only the id is there */
	const char *id;	     /* or the name of a machine, as it is written there */
	size_t id_len;
	char pod[40];  /* uid of the Kubernetes pod, "" without one */
	uint32_t user; /* in whose slice it is (rootless); UINT32_MAX: in nobody's */
};

/* Reads the path of a control group; the container that is nested deepest counts. */
void container_parse(const char *cgroup, struct container_path *ret);

/* The systemd unit deepest in a path (X.service, X.scope), else its slice; NULL: none. */
const char *container_unit(const char *cgroup, size_t *len);

/* A container; all of its processes share it. */
struct container {
	enum container_kind kind;
	const char *runtime; /* "docker"; "" when not known */
	const char *id;	     /* whole; "pidns:4026532111" where there is no other */
	const char *shown;   /* what is shown: "pod/name", the name, or the short id */
	const char *name;    /* NULL: not known; so with all below */
	const char *image;   /* as it was asked for */
	const char *pod;     /* Kubernetes: its name, namespace and uid */
	const char *pod_space;
	const char *pod_uid;
};

/* Whether text is one of the names of a container: shown, name, id, the short id. */
bool container_is(const struct container *c, const char *text, size_t len);

/* Calls fn with each of the texts a container is known by until it returns true; true then. */
bool container_any(const struct container *c, bool (*fn)(const char *s, size_t len, void *data),
		   void *data);

/* ---- all of them ---- */

struct containers;

/* root stands before the paths of state files (host_root()); NULL: no file is read. */
struct containers *containers_new(const char *root);
void containers_free(struct containers *t);

/*
 * The container of a process by the path of its control group and, where it has one of its own, the
 * inode of its pid namespace (0: the host's, or not known). NULL: it is in none. Each one got is
 * let go by containers_put.
 */
const struct container *containers_get(struct containers *t, const char *cgroup, uint32_t pidns);

/* Names that a recording brings; a name is cut, "" and NULL are not known. */
struct container_told {
	const char *name, *image, *pod, *pod_space;
};

/* Gives a container that has no name yet the names it had when it was recorded. */
void containers_tell(struct containers *t, const struct container *c,
		     const struct container_told *told);

/* One more owner of a container that somebody has; NULL-safe, returns it. */
const struct container *containers_ref(struct containers *t, const struct container *c);

/* Lets a container go; who is let go by all is forgotten. NULL-safe. */
void containers_put(struct containers *t, const struct container *c);

/* Bytes of all, and how many there are. */
size_t containers_bytes(const struct containers *t, size_t *count);

#endif
