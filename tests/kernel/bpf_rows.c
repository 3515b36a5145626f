/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_rows: see bpf_rows.h.
 */
#include "tests/kernel/bpf_rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "bpf/code.h"

static int *told; /* shared with what rows_of runs */

static int take(void *data, void *event, size_t size)
{
	struct rows *r = data;
	const struct seen_head *head = event;

	if ((r->pid && head->pid != r->pid) || r->count == ROWS_MAX)
		return 0;
	r->row[r->count].bytes = malloc(size + 1);
	memcpy(r->row[r->count].bytes, event, size);
	r->row[r->count].bytes[size] = '\0';
	r->row[r->count++].size = size;
	return 0;
}

struct rows *rows_open(const char *name)
{
	struct rows *r;
	char why[256];

	if (geteuid()) {
		print_message("skip: needs root\n");
		skip();
	}
	r = calloc(1, sizeof(*r));
	if (!tap_open(&r->p, name, why)) {
		print_message("skip: %s\n", why);
		free(r);
		skip();
	}
	r->p.take = take;
	r->p.data = r;
	if (!told)
		told = mmap(NULL, sizeof(r->told), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return r;
}

void rows_begin(struct rows *r)
{
	char why[256];

	/* Loading forgets it: the kernel knows no type of what is in a ring. */
	r->type = bpf_map__btf_value_type_id(bpf_object__find_map_by_name(r->p.object, "events"));
	if (!tap_load(&r->p, 0, 0, why)) {
		/* Where there is BTF, our programs must load. */
		if (!access("/sys/kernel/btf/vmlinux", R_OK))
			fail_msg("%s", why);
		print_message("skip: this kernel has no BTF: %s\n", why);
		rows_close(r);
		skip();
	}
	tap_say(&r->p);
}

static void forget(struct rows *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->row[i].bytes);
	r->count = 0;
}

void rows_take(struct rows *r)
{
	tap_look(&r->p);
}

pid_t rows_of(struct rows *r, void (*fn)(void *data), void *data)
{
	pid_t pid;

	rows_take(r);
	forget(r);
	memset(told, 0, sizeof(r->told));
	pid = fork();
	if (!pid) {
		fn(data);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(wait4(pid, &r->status, 0, &r->usage), pid);
	memcpy(r->told, told, sizeof(r->told));
	r->pid = pid;
	rows_take(r);
	return pid;
}

void rows_tell(unsigned which, int value)
{
	told[which] = value;
}

void rows_close(struct rows *r)
{
	forget(r);
	tap_close(&r->p);
	free(r);
}

/* ---- fields ---- */

struct place {
	const struct btf_type *type; /* without typedefs */
	const char *word;	     /* the first typedef's name */
	size_t at;
};

/* Finds a member of a struct, also in those without a name. */
static bool find(const struct btf *btf, const struct btf_type *s, const char *name, size_t at,
		 struct place *ret)
{
	for (unsigned i = 0; i < btf_vlen(s); i++) {
		const struct btf_member *m = btf_members(s) + i;
		const struct btf_type *t = btf__type_by_id(btf, m->type);
		const char *is = btf__name_by_offset(btf, m->name_off);
		size_t to = at + btf_member_bit_offset(s, i) / 8;

		if (!*is && btf_is_composite(t) && find(btf, t, name, to, ret))
			return true;
		if (!*is || strcmp(is, name))
			continue;
		*ret = (struct place) { .at = to, .word = btf__name_by_offset(btf, t->name_off) };
		ret->type = btf__type_by_id(btf, (unsigned)btf__resolve_type(btf, m->type));
		return true;
	}
	return false;
}

static const struct row *field(struct rows *r, size_t row, const char *name, struct place *ret)
{
	const struct btf *btf = bpf_object__btf(r->p.object);

	if (row >= r->count)
		fail_msg("there are %zu rows only", r->count);
	if (!r->type || !find(btf, btf__type_by_id(btf, r->type), name, 0, ret))
		fail_msg("no field %s", name);
	return &r->row[row];
}

int64_t rows_number(struct rows *r, size_t row, const char *name)
{
	struct place p = { 0 };
	const char *at = field(r, row, name, &p)->bytes + p.at;
	bool is_signed = btf_is_int(p.type) && btf_int_encoding(p.type) & BTF_INT_SIGNED;
	int64_t v = 0;

	assert_true(p.type->size <= 8);
	memcpy(&v, at, p.type->size);
	if (is_signed && p.type->size == 4)
		return (int32_t)v;
	return v;
}

static const char *name_of(const struct btf *btf, const struct btf_type *t, const char *at)
{
	static char number[16];
	int32_t v;

	memcpy(&v, at, sizeof(v));
	for (unsigned i = 0; i < btf_vlen(t); i++)
		if (btf_enum(t)[i].val == v)
			return btf__name_by_offset(btf, btf_enum(t)[i].name_off);
	snprintf(number, sizeof(number), "%d", v);
	return number;
}

const char *rows_text(struct rows *r, size_t row, const char *name)
{
	struct place p = { 0 };
	const struct row *is = field(r, row, name, &p);
	uint32_t loc, at, size;

	if (btf_is_any_enum(p.type))
		return name_of(bpf_object__btf(r->p.object), p.type, is->bytes + p.at);
	if (btf_is_array(p.type))
		return is->bytes + p.at;
	assert_string_equal(p.word, "tap_str");
	memcpy(&loc, is->bytes + p.at, sizeof(loc));
	at = (loc & 0xffff) - TAP_COMMON;
	size = loc >> 16;
	assert_true(at + size <= is->size);
	if (!size)
		return "";
	assert_int_equal(strlen(is->bytes + at) + 1, size);
	return is->bytes + at;
}
