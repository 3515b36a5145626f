/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container_state: what the engines' own files say of a container, for core/containers.c alone.
 *
 * The files are looked for where each engine keeps them, below a root. They are bounded in size,
 * must be plain files, and may hold anything: what is taken are a few strings, made harmless
 * and cut.
 */
#ifndef CORE_CONTAINER_STATE_H
#define CORE_CONTAINER_STATE_H

#include <stdbool.h>

#include "core/container.h"

#define CONTAINER_STATE_MAX (1u << 20) /* bytes of a file */
#define CONTAINER_WORD_MAX  CONTAINER_NAME_MAX

/* NULL: the files do not say. */
struct container_state {
	char *name, *image, *pod, *pod_space, *pod_uid;
};

/* True when some file knew of the container; the caller ends it with container_state_done. */
bool container_state_read(const char *root, const struct container_path *p,
			  struct container_state *ret);
void container_state_done(struct container_state *s);

#endif
