/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object: a BPF object as it is read, loaded and attached. For the loader's process alone: what is
 * read here is hostile, and libbpf may die of it.
 *
 * The order: object_open, object_options, object_maps, object_choose, and to load it object_load,
 * object_attach, object_hand. Each adds to the answer what it found.
 */
#ifndef BPF_OBJECT_H
#define BPF_OBJECT_H

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/loader.h"
#include "bpf/manifest.h"
#include "bpf/object_log.h"

#define OBJECT_PROGS 1024

struct object {
	const struct loader_request *request;
	const char *label; /* in errors: its path or name */
	const void *bytes;
	size_t size;
	bool has_manifest;
	struct manifest manifest;
	char *manifest_name; /* where it stands, for errors with its lines */
	struct bpf_object *obj;
	const struct btf *btf;
	struct bpf_program *progs[OBJECT_PROGS]; /* as in the answer */
	size_t prog_count;
	struct bpf_link **links; /* made and not handed over */
	size_t link_count;
	/* Programs that were tried and left out, by their number: why. Stays when it is opened
	 * anew. */
	char *left_out[OBJECT_PROGS];
	struct object_log log;
	struct btf *kernel; /* its types, read when they are needed; NULL: not read, or none */
	bool kernel_was_read;
};

/* Reads the ELF file in memory; nothing is asked of the kernel. */
int object_open(struct object *o, const struct loader_request *r, const void *bytes, size_t size,
		struct err *e);
/* Lets go of the object; attachments that were handed over stay. It can be opened anew. */
void object_close(struct object *o);
/* The beginning and the end of all that. */
struct object *object_new(void);
void object_free(struct object *o);

/* Lists its const volatile variables, and writes into them what was asked. */
int object_options(struct object *o, struct loader_answer *a, struct err *e);

/*
 * The option "keys", for which there is no variable: how many keys the tables have room for that a
 * manifest names. False: the manifest names none that could have more or fewer.
 */
bool object_keys(const struct object *o, struct bpf_option *ret);
/* Its value, which the caller frees. */
char *object_keys_write(const struct object *o);
/* Gives all of these tables that much room. -Exxx: it is no such number. */
int object_keys_set(struct object *o, const struct bpf_option *op, const char *text, struct err *e);

/* The value of an option; NULL: there is none of that name. */
const char *object_option(const struct loader_answer *a, const char *name);

/* Finds what gives events and what counts, and makes maps as large as asked, or shared. */
int object_maps(struct object *o, struct loader_answer *a, struct err *e);

/* Decides which programs are loaded, by what the kernel can attach; tells of all. */
int object_choose(struct object *o, struct loader_answer *a, struct err *e);

/*
 * Loads it; the log has what the verifier said. -EAGAIN: a program that may be missing failed, it
 * is in left_out now, and all is to be done anew without it.
 */
int object_load(struct object *o, struct loader_answer *a, struct err *e);

/* Attaches what was loaded, and hands descriptors over to the answer. -EAGAIN as above. */
int object_attach(struct object *o, struct loader_answer *a, struct err *e);
int object_hand(struct object *o, struct loader_answer *a, struct err *e);

/* ---- among themselves ---- */

/* The value of a key of the manifest, or NULL. */
const char *object_says(const struct object *o, const char *key, const char *about);

/* The bytes of a section, or NULL. */
const void *object_section(const struct object *o, const char *name, size_t *ret_size);

/* Whether a program may be left out where it cannot be attached. */
bool object_is_optional(const struct object *o, const char *prog);

/* Leaves program i out the next time. -EAGAIN. */
int object_leave_out(struct object *o, size_t i, const char *why);

/* Why this kernel cannot attach a program of that section, as far as a look says; NULL: it can,
 * or only trying tells. The caller frees it. */
char *object_kernel_lacks(struct object *o, const char *section);

/* Attaches a program to a sampling event on each CPU. Adds to links. -Exxx. */
int object_sample(struct object *o, const struct loader_answer *a, struct bpf_program *prog,
		  struct err *e);
/* Keeps an attachment. */
void object_add_link(struct object *o, struct bpf_link *link);

/* Why loading failed with a code, in words. */
int object_say_load(struct object *o, int code, struct err *e);

/* A type without names for it, const, volatile and restrict; at most 64 steps. 0: void or a loop.
 */
uint32_t object_bare_type(const struct btf *btf, uint32_t type);

/* A variable by its name: the map it is in, its place and its type. */
struct object_var {
	struct bpf_map *map;
	uint32_t at, size, type;
};
bool object_var(const struct object *o, const char *name, struct object_var *ret);

/* Calls fn for every variable of an internal map. */
void object_each_var(const struct object *o,
		     void (*fn)(const char *name, const struct object_var *v, void *data),
		     void *data);

#endif
