/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maps: see maps.h. What is read of maps is read in batches where the kernel can.
 */
#include "bpf/maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/host.h"
#include "core/util.h"

/* ---- whether BPF works here ---- */

/* Kernels before 5.11 count maps as locked memory; later ones do not look at the limit. */
static void lift_memlock(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &all);
}

static bool is_locked_down(void)
{
	char path[512], text[128] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/kernel/security/lockdown", host_sysfs());
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strstr(text, "[confidentiality]") != NULL;
}

static int refused(int code, struct err *e)
{
	if (code == EPERM && geteuid())
		return err_set(e, -EPERM,
			       "BPF programs need root, or CAP_BPF and CAP_PERFMON: try sudo");
	if (code == EPERM)
		return err_set(e, -EPERM,
			       "the kernel refuses BPF to root: a container without CAP_BPF and "
			       "CAP_PERFMON, or a security module");
	if (code == ENOSYS)
		return err_set(e, -ENOTSUP,
			       "this kernel has no BPF system call (CONFIG_BPF_SYSCALL)");
	if (code == EINVAL)
		return err_set(e, -ENOTSUP,
			       "this kernel has no BPF ring buffers: 5.8 or newer has");
	return err_set(e, -code, "no BPF map can be made: %s", strerror(code));
}

int bpf_probe_system(struct err *e)
{
	char btf[512];
	int fd;

	lift_memlock();
	fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "tap_probe", 0, 0, (uint32_t)getpagesize(), NULL);
	if (fd < 0)
		return refused(errno, e);
	close(fd);
	if (is_locked_down())
		return err_set(e, -EPERM,
			       "the kernel is locked down (confidentiality): BPF programs cannot "
			       "read its memory");
	snprintf(btf, sizeof(btf), "%s/kernel/btf/vmlinux", host_sysfs());
	if (access(btf, R_OK) < 0)
		return err_set(e, -ENOTSUP,
			       "%s is missing: this kernel does not say its types "
			       "(CONFIG_DEBUG_INFO_BTF)",
			       btf);
	return 0;
}

/* ---- control and counters ---- */

int maps_control(int fd, const struct tap_control *c, struct err *e)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(fd, &zero, c, BPF_ANY) < 0)
		return err_errno(e, "the program cannot be told what is wanted");
	return 0;
}

static unsigned possible_cpus(void)
{
	int n = libbpf_num_possible_cpus(); /* reads it once */

	return n > 0 ? (unsigned)n : 1;
}

int maps_counts(int fd, struct tap_counts *ret, struct err *e)
{
	_cleanup_free_ struct tap_counts *v = xcalloc(possible_cpus(), sizeof(*v));
	uint32_t zero = 0;

	memset(ret, 0, sizeof(*ret));
	if (bpf_map_lookup_elem(fd, &zero, v) < 0)
		return err_errno(e, "the program's counters cannot be read");
	for (unsigned i = 0; i < possible_cpus(); i++) {
		ret->events += v[i].events;
		ret->lost += v[i].lost;
		ret->rejected += v[i].rejected;
		ret->cut += v[i].cut;
		ret->missed += v[i].missed;
		ret->full += v[i].full;
	}
	return 0;
}

static bool per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

int maps_number(int fd, uint32_t at, uint32_t size, uint64_t *ret, struct err *e)
{
	const struct machine here = { .long_size = sizeof(long) };
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), zero = 0, stride, copies;
	_cleanup_free_ uint8_t *v = NULL;

	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return err_errno(e, "a counter of the program cannot be read");
	if (info.key_size != 4 || at > info.value_size || size > info.value_size - at || size > 8)
		return err_set(e, -EINVAL, "a counter of %u bytes at %u is not in its map", size,
			       at);
	stride = (info.value_size + 7) & ~7u;
	copies = per_cpu(info.type) ? possible_cpus() : 1;
	v = xcalloc(copies, stride);
	if (bpf_map_lookup_elem(fd, &zero, v) < 0)
		return err_errno(e, "a counter of the program cannot be read");
	*ret = 0;
	for (uint32_t i = 0; i < copies; i++)
		*ret += field_load(here, v + (size_t)i * stride + at, size, false);
	return 0;
}

/* ---- processes ---- */

int maps_pids(struct err *e)
{
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = BPF_F_NO_PREALLOC);
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "tap_pids", 4, 1, TAP_PIDS, &o);

	if (fd < 0)
		return err_errno(e, "the map of processes cannot be made");
	return fd;
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* Those that are in the map and not wanted. Keys are gathered first: a walk over a map that loses
 * keys begins anew. */
static void remove_others(int fd, const int32_t *sorted, size_t count)
{
	_cleanup_free_ int32_t *there = xcalloc(TAP_PIDS, sizeof(*there));
	int32_t *last = NULL;
	size_t n = 0;

	while (n < TAP_PIDS && bpf_map_get_next_key(fd, last, &there[n]) == 0)
		last = &there[n++];
	for (size_t i = 0; i < n; i++)
		if (!count || !bsearch(&there[i], sorted, count, sizeof(*sorted), by_number))
			bpf_map_delete_elem(fd, &there[i]);
}

int maps_pids_add(int fd, const int32_t *pids, size_t count, struct err *e)
{
	uint8_t one = 1;

	for (size_t i = 0; i < count; i++)
		if (bpf_map_update_elem(fd, &pids[i], &one, BPF_ANY) < 0)
			return err_errno(e, "process %d cannot be put into the program's map",
					 pids[i]);
	return 0;
}

int maps_pids_void(int fd, struct err *e)
{
	uint32_t everybody = TAP_EVERYBODY;
	uint8_t no = 0;

	if (bpf_map_update_elem(fd, &everybody, &no, BPF_ANY) < 0)
		return err_errno(e, "the map of processes cannot be written");
	return 0;
}

int maps_pids_set(int fd, const int32_t *pids, size_t count, struct err *e)
{
	_cleanup_free_ int32_t *sorted = NULL;
	int rc;

	if (count > TAP_PIDS)
		return err_set(e, -E2BIG, "%zu processes are more than a program can be told (%u)",
			       count, TAP_PIDS);
	sorted = xcalloc(MAX(count, 1), sizeof(*sorted));
	if (count)
		memcpy(sorted, pids, count * sizeof(*pids));
	qsort(sorted, count, sizeof(*sorted), by_number);
	/* Who was wanted and is stays in it all the time. */
	rc = maps_pids_add(fd, sorted, count, e);
	if (rc < 0)
		return rc;
	remove_others(fd, sorted, count);
	return 0;
}

/* ---- what it costs ---- */

int maps_prog_stats(int fd, uint64_t *ret_runs, uint64_t *ret_ns, uint64_t *ret_missed)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return -errno;
	*ret_runs = info.run_cnt;
	*ret_ns = info.run_time_ns;
	*ret_missed = info.recursion_misses;
	return 0;
}

int maps_stats_on(struct err *e)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	if (fd < 0)
		return err_errno(e, "the kernel does not measure its BPF programs");
	return fd;
}

int maps_ring_size(int fd, uint64_t *ret)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
		return -errno;
	*ret = info.max_entries;
	return 0;
}

/* The word at the beginning of a page of a ring. */
static int ring_word(int fd, size_t page, uint64_t *ret)
{
	size_t size = (size_t)getpagesize();
	void *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)(page * size));

	if (p == MAP_FAILED)
		return -errno;
	*ret = __atomic_load_n((const uint64_t *)p, __ATOMIC_ACQUIRE);
	munmap(p, size);
	return 0;
}

int maps_ring_fill(int fd, uint32_t size, uint64_t *ret_held, struct err *e)
{
	uint64_t taken, given;
	int rc = ring_word(fd, 0, &taken);

	if (rc >= 0)
		rc = ring_word(fd, 1, &given);
	if (rc < 0)
		return err_set(e, rc, "the ring cannot be looked at: %s", strerror(-rc));
	*ret_held = MIN(given - taken, size);
	return 0;
}
