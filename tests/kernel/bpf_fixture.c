/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_fixture: see bpf_fixture.h.
 */
#include "tests/kernel/bpf_fixture.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "bpf/programs.h"

static char said[4096];

__attribute__((format(printf, 2, 0))) static int hear(enum libbpf_print_level level,
						      const char *format, va_list args)
{
	size_t len = strlen(said);

	if (level == LIBBPF_WARN && len < sizeof(said) - 1)
		vsnprintf(said + len, sizeof(said) - len, format, args);
	return 0;
}

static bool fail(char why[256], const char *what, int rc)
{
	snprintf(why, 256, "%s: %s: %.180s", what, strerror(rc < 0 ? -rc : errno), said);
	return false;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

bool tap_open_bytes(struct tap_program *p, const void *bytes, size_t size, char why[256])
{
	struct bpf_map *map;

	said[0] = '\0';
	libbpf_set_print(hear);
	p->object = bpf_object__open_mem(bytes, size, NULL);
	if (!p->object)
		return fail(why, "open", 0);
	bpf_object__for_each_map(map, p->object) if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
	    bpf_map__set_value_size(map, 0);
	p->control = (struct tap_control) {
		.on = 1, .own = (uint32_t)getpid(), .loader = TAP_NOBODY, .guard = TAP_NOBODY
	};
	return true;
}

bool tap_open(struct tap_program *p, const char *name, char why[256])
{
	const struct bpf_object_file *file = bpf_program(name);

	memset(p, 0, sizeof(*p));
	if (!file) {
		snprintf(why, 256, "built without BPF, or without %s", name);
		return false;
	}
	return tap_open_bytes(p, file->bytes, file->size, why);
}

/* Where a variable is in .rodata; NULL: there is none. */
static const struct btf_var_secinfo *variable(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *section = id > 0 ? btf__type_by_id(btf, (unsigned)id) : NULL;

	for (unsigned i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *v = btf_var_secinfos(section) + i;
		const struct btf_type *var = btf__type_by_id(btf, v->type);

		if (!strcmp(btf__name_by_offset(btf, var->name_off), name))
			return v;
	}
	return NULL;
}

bool tap_option(struct tap_program *p, const char *name, int64_t value)
{
	struct bpf_map *map = bpf_object__find_map_by_name(p->object, ".rodata"), *m;
	const struct btf_var_secinfo *v = variable(bpf_object__btf(p->object), name);
	size_t size = 0;
	const void *is;
	char *data;

	/* libbpf puts the object's name before that of the section. */
	bpf_object__for_each_map(m, p->object) if (strstr(bpf_map__name(m), ".rodata") &&
						   !strstr(bpf_map__name(m), ".rodata.")) map = m;
	is = map ? bpf_map__initial_value(map, &size) : NULL;
	if (!is || !v || v->size > 8 || v->offset + v->size > size)
		return false;
	data = malloc(size);
	memcpy(data, is, size);
	memcpy(data + v->offset, &value, v->size);
	size = (size_t)bpf_map__set_initial_value(map, data, size);
	free(data);
	return !size;
}

void tap_without(struct tap_program *p, const char *program)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(p->object, program);

	if (prog)
		bpf_program__set_autoload(prog, false);
}

static bool keep(struct tap_program *p, struct bpf_link *link, const char *what, char why[256])
{
	if (!link)
		return fail(why, what, 0);
	if (p->link_count == sizeof(p->links) / sizeof(p->links[0])) {
		bpf_link__destroy(link);
		return fail(why, "too many attachments", -E2BIG);
	}
	p->links[p->link_count++] = link;
	return true;
}

/* On every CPU. */
static bool sample(struct tap_program *p, struct bpf_program *prog, uint64_t clock, uint64_t hz,
		   char why[256])
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = clock,
		.freq = hz > 0,
	};

	attr.sample_period = 1;
	if (hz)
		attr.sample_freq = hz;
	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		int fd =
		    (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

		if (fd < 0 && errno == ENODEV)
			continue;
		if (fd < 0)
			return fail(why, "perf_event_open", 0);
		/* The link owns the descriptor. */
		if (!keep(p, bpf_program__attach_perf_event(prog, fd), "perf_event", why))
			return false;
	}
	return true;
}

static bool attach(struct tap_program *p, uint64_t clock, uint64_t hz, char why[256])
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, p->object)
	{
		if (!bpf_program__autoload(prog))
			continue;
		if (bpf_program__type(prog) == BPF_PROG_TYPE_PERF_EVENT) {
			if (!sample(p, prog, clock, hz, why))
				return false;
			continue;
		}
		if (!keep(p, bpf_program__attach(prog), bpf_program__name(prog), why))
			return false;
	}
	return true;
}

static int nothing(void *data, void *event, size_t size)
{
	(void)data, (void)event, (void)size;
	return 0;
}

bool tap_load(struct tap_program *p, uint64_t clock, uint64_t hz, char why[256])
{
	double begun = now_ms(), loaded;
	int rc = bpf_object__load(p->object), ring;

	if (rc)
		return fail(why, "load", rc);
	loaded = now_ms();
	p->load_ms = loaded - begun;
	if (!attach(p, clock, hz, why))
		return false;
	p->attach_ms = now_ms() - loaded;
	ring = bpf_object__find_map_fd_by_name(p->object, "events");
	if (ring >= 0)
		p->ring = ring_buffer__new(ring, p->take ? p->take : nothing, p->data, NULL);
	return ring < 0 || p->ring || fail(why, "ring", 0);
}

void tap_say(struct tap_program *p)
{
	uint32_t zero = 0;

	bpf_map_update_elem(bpf_object__find_map_fd_by_name(p->object, "tap_control"), &zero,
			    &p->control, BPF_ANY);
}

void tap_say_pids(struct tap_program *p, const uint32_t *pids)
{
	int fd = bpf_object__find_map_fd_by_name(p->object, "tap_pids");
	uint8_t one = 1;

	for (; *pids; pids++)
		bpf_map_update_elem(fd, pids, &one, BPF_ANY);
	p->control.by_pids = 1;
	tap_say(p);
}

void tap_look(struct tap_program *p)
{
	if (p->ring)
		ring_buffer__consume(p->ring);
}

struct tap_counts tap_counted_so_far(struct tap_program *p)
{
	int fd = bpf_object__find_map_fd_by_name(p->object, "tap_counts");
	int cpus = libbpf_num_possible_cpus();
	struct tap_counts *each = calloc((size_t)cpus, sizeof(*each)), sum = { 0 };
	uint32_t zero = 0;

	if (!bpf_map_lookup_elem(fd, &zero, each))
		for (int i = 0; i < cpus; i++) {
			sum.events += each[i].events;
			sum.lost += each[i].lost;
			sum.rejected += each[i].rejected;
			sum.cut += each[i].cut;
			sum.missed += each[i].missed;
		}
	free(each);
	return sum;
}

void tap_each(struct tap_program *p, const char *name,
	      void (*fn)(const void *key, const void *values, int cpus, void *data), void *data)
{
	struct bpf_map *map = bpf_object__find_map_by_name(p->object, name);
	int fd = map ? bpf_map__fd(map) : -1;
	bool percpu = map && bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH;
	int cpus = percpu ? libbpf_num_possible_cpus() : 1;
	size_t size = map ? (bpf_map__value_size(map) + 7u) & ~7u : 8;
	void *values = calloc((size_t)cpus, size);
	char key[256], before[256];
	bool first = true;

	while (!bpf_map_get_next_key(fd, first ? NULL : before, key)) {
		if (!bpf_map_lookup_elem(fd, key, values))
			fn(key, values, cpus, data);
		memcpy(before, key, sizeof(before));
		first = false;
	}
	free(values);
}

void tap_close(struct tap_program *p)
{
	if (p->ring)
		ring_buffer__free(p->ring);
	for (size_t i = 0; i < p->link_count; i++)
		bpf_link__destroy(p->links[i]);
	bpf_object__close(p->object);
	memset(p, 0, sizeof(*p));
}
