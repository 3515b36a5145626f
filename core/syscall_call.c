/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscall_call: which system call a row is of, and where its arguments are.
 *
 * What a schema and what a number mean is found out once; a row then costs a few reads.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "core/names.h"
#include "core/syscall_private.h"
#include "core/util.h"

struct syscalls *syscalls_new(const struct syscalls_conf *c)
{
	struct syscalls *sc = xcalloc(1, sizeof(*sc));

	sc->conf = *c;
	return sc;
}

void syscalls_renew(struct syscalls *sc)
{
	arena_done(&sc->arena);
	free(sc->shapes);
	sc->shapes = NULL;
	sc->shape_count = 0;
	memset(sc->calls, 0, sizeof(sc->calls));
}

void syscalls_free(struct syscalls *sc)
{
	if (!sc)
		return;
	syscalls_renew(sc);
	free(sc);
}

void syscalls_set_fds(struct syscalls *sc, struct fds *fds)
{
	sc->conf.fds = fds;
}

/* ---- calls ---- */

/* Calls that the kernel's events name otherwise than its numbers. */
static const struct {
	const char *name, *event;
} renamed[] = {
	{ "fstat", "newfstat" },      { "lstat", "newlstat" }, { "sendfile", "sendfile64" },
	{ "stat", "newstat" },	      { "umount2", "umount" }, { "uname", "newuname" },
	{ "fadvise64", "fadvise64" },
};

static const char *event_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(renamed); i++)
		if (!strcmp(renamed[i].name, name))
			return renamed[i].event;
	return name;
}

/* True for a field that says what an argument points to: __filename_val. */
static bool is_string(const struct field *f)
{
	size_t len = strlen(f->name);

	return len > 6 && !strncmp(f->name, "__", 2) && !strcmp(f->name + len - 4, "_val");
}

static bool is_string_of(const struct field *f, const char *arg)
{
	size_t len = strlen(arg);

	return is_string(f) && strlen(f->name) == len + 6 && !memcmp(f->name + 2, arg, len);
}

/* The arguments of syscalls:sys_enter_NAME: the fields behind the call's number. */
static unsigned arg_fields(const struct schema *s, const struct field *nr,
			   const struct field *args[CALL_ARGS])
{
	unsigned count = 0;

	schema_for_each_field (s, f) {
		if (f <= nr || f->is_common || f->place != FIELD_FIXED || f->kind != FIELD_INT ||
		    is_string(f) || !strcmp(f->name, "ret") || !strncmp(f->name, "end_", 4) ||
		    !strcmp(f->name, "latency"))
			continue;
		if (count < CALL_ARGS)
			args[count++] = f;
	}
	return count;
}

static const struct field *call_number(const struct schema *s)
{
	const struct field *f = schema_field(s, "__syscall_nr");

	return f ? f : schema_field(s, "nr");
}

/* Takes over what a format says of the arguments. */
static void learn_args(struct syscalls *sc, struct call *c, const struct schema *s)
{
	const struct field *nr = call_number(s), *fields[CALL_ARGS];

	if (!nr)
		return;
	c->count = (uint8_t)arg_fields(s, nr, fields);
	c->known = true;
	for (unsigned i = 0; i < c->count; i++) {
		struct call_arg *a = &c->args[i];

		a->name = arena_strdup(&sc->arena, fields[i]->name);
		a->type = arena_strdup(&sc->arena, fields[i]->type);
		syscall_rule(event_name(c->name), s->machine.long_size, a);
	}
}

static struct call *new_call(struct syscalls *sc, const char *name, uint8_t long_size)
{
	struct call *c = arena_alloc(&sc->arena, sizeof(*c));

	*c = (struct call) {
		.name = arena_strdup(&sc->arena, name),
		.count = CALL_ARGS,
		.result = (uint8_t)syscall_result_rule(name),
	};
	for (unsigned i = 0; i < CALL_ARGS; i++)
		c->args[i] = (struct call_arg) { .name = "", .how = VALUE_BITS, .size = long_size };
	return c;
}

/* The call of a number by the ABI of a machine; its format is asked for the first time. */
static struct call *call_of(struct syscalls *sc, struct machine m, int64_t nr)
{
	bool is_32 = m.long_size == 4;
	const struct schema *s = NULL;
	const char *name = NULL;
	char event[80];
	struct call *c;

	if (nr < 0 || nr >= CALLS)
		return NULL;
	c = sc->calls[is_32][nr];
	if (likely(c))
		return c;
	if (machine_has_calls(m))
		name = names_of(is_32 ? NAMES_SYSCALL_32 : NAMES_SYSCALL, (int)nr);
	c = sc->calls[is_32][nr] = new_call(sc, name ? name : "", m.long_size);
	if (!name || !sc->conf.find)
		return c;
	snprintf(event, sizeof(event), "sys_enter_%s", event_name(name));
	s = sc->conf.find(sc->conf.data, m, event);
	if (s && s->machine.long_size == m.long_size)
		learn_args(sc, c, s);
	return c;
}

/* ---- shapes ---- */

static bool is_number(const struct field *f)
{
	return f && f->kind == FIELD_INT;
}

/* The words of raw_syscalls: so many that no call can need another one. */
static const struct field *words_of(const struct schema *s)
{
	const struct field *f = schema_field(s, "args");

	return f && f->kind == FIELD_ARRAY && f->place == FIELD_FIXED && f->elem_size >= 4 &&
		       f->size >= CALL_ARGS * f->elem_size
		   ? f
		   : NULL;
}

/* Of an event of one call alone: its name is that of the event. */
static void one_call(struct syscalls *sc, const struct schema *s, struct shape *sh)
{
	const char *name = s->name;
	const char *head = !strncmp(name, "sys_enter_", 10) ? name + 10
			   : !strncmp(name, "sys_exit_", 9) ? name + 9
							    : "";

	sh->call = new_call(sc, head, s->machine.long_size);
	learn_args(sc, sh->call, s);
	schema_for_each_field (s, f)
		for (unsigned i = 0; i < sh->call->count; i++)
			if (is_string_of(f, sh->call->args[i].name))
				sh->strings[i] = f;
}

/* Of a program that says by a type word that a field is a system call. */
static bool says_call(const struct schema *s)
{
	const struct field *id = schema_field(s, "id");

	return id && !strcmp(id->type, "syscall_t");
}

static void read_shape(struct syscalls *sc, const struct schema *s, struct shape *sh)
{
	bool raw = !strcmp(s->system, "raw_syscalls");
	bool pair = !strcmp(s->system, "pair") || says_call(s);

	if (!raw && !pair && strcmp(s->system, "syscalls") != 0)
		return;
	sh->nr = raw ? NULL : call_number(s);
	sh->words = words_of(s);
	if (!is_number(sh->nr))
		sh->nr = schema_field(s, "id");
	else
		sh->words = NULL;
	sh->ret = schema_field(s, "ret");
	sh->ret = is_number(sh->ret) ? sh->ret : NULL;
	sh->latency = pair ? schema_field(s, "latency") : NULL;
	/* A pair of anything else may have such fields as well; all of them only this one has. */
	if (!is_number(sh->nr) || (pair && (!is_number(sh->latency) || !sh->ret)))
		return;
	if (!sh->words && !strcmp(sh->nr->name, "id")) {
		sh->is_call = raw && sh->ret;
		return;
	}
	if (!sh->words) {
		one_call(sc, s, sh);
		arg_fields(s, sh->nr, sh->args);
	}
	sh->is_enter = sh->words || !sh->ret || sh->latency;
	sh->is_call = true;
}

static const struct shape *shape_of(struct syscalls *sc, const struct schema *s)
{
	if (unlikely(s->index >= sc->shape_count)) {
		size_t count = s->index + 64;

		sc->shapes = xrealloc(sc->shapes, count, sizeof(*sc->shapes));
		memset(sc->shapes + sc->shape_count, 0,
		       (count - sc->shape_count) * sizeof(*sc->shapes));
		sc->shape_count = count;
	}
	if (unlikely(!sc->shapes[s->index])) {
		sc->shapes[s->index] = arena_alloc(&sc->arena, sizeof(struct shape));
		read_shape(sc, s, sc->shapes[s->index]);
	}
	return sc->shapes[s->index];
}

/* ---- rows ---- */

static bool read_number(const struct row *r, const struct field *f, uint64_t *ret)
{
	return field_int(r->schema, f, r->rec, r->size, ret);
}

static bool read_args(const struct shape *sh, const struct row *r, struct call_row *ret)
{
	uint32_t len, size = sh->words ? sh->words->elem_size : 0;
	const uint8_t *p;

	if (!sh->words) {
		for (unsigned i = 0; i < CALL_ARGS && sh->args[i]; i++)
			if (!read_number(r, sh->args[i], &ret->args[i]))
				return false;
		return true;
	}
	p = field_bytes(r->schema, sh->words, r->rec, r->size, &len);
	if (!p || len < CALL_ARGS * size)
		return false;
	for (unsigned i = 0; i < CALL_ARGS; i++)
		ret->args[i] = field_load(r->schema->machine, p + i * size, size, false);
	return true;
}

bool call_row_read(struct syscalls *sc, const struct row *r, struct call_row *ret)
{
	const struct shape *sh;
	uint64_t v;

	if (!r->schema || r->flags & ROW_LOSS)
		return false;
	sh = shape_of(sc, r->schema);
	if (!sh->is_call || r->size < r->schema->min_size)
		return false;
	*ret = (struct call_row) { .row = r, .shape = sh, .began = r->ts };
	if (!read_number(r, sh->nr, &v))
		return false;
	ret->nr = (int64_t)v;
	if (sh->ret && !read_number(r, sh->ret, &v))
		return false;
	ret->ret = (int64_t)v;
	if (sh->latency && !read_number(r, sh->latency, &ret->latency))
		return false;
	ret->began -= MIN(ret->latency, ret->began);
	if (sh->is_enter && !read_args(sh, r, ret))
		return false;
	ret->call = sh->call ? sh->call : call_of(sc, r->schema->machine, ret->nr);
	if (sh->call && !*sh->call->name)
		ret->call = call_of(sc, r->schema->machine, ret->nr);
	return true;
}

const char *syscalls_name(struct syscalls *sc, const struct row *r)
{
	struct call_row c;

	if (!call_row_read(sc, r, &c))
		return NULL;
	return c.call ? c.call->name : "";
}
