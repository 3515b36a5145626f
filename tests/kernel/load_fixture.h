/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load_fixture: objects that are loaded for real, and whether something of them stays.
 */
#ifndef TESTS_KERNEL_LOAD_FIXTURE_H
#define TESTS_KERNEL_LOAD_FIXTURE_H

#include "tests/unit/loader_fixture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static inline int setup(void **state)
{
	struct loader *l = NULL;

	if (loader_start(&l, NULL, NULL))
		return -1;
	*state = l;
	return 0;
}

static inline int teardown(void **state)
{
	loader_stop(*state);
	return 0;
}

static inline void need_bpf(void)
{
	int rc =
	    geteuid() ? -EPERM : libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL);

	if (rc == 1)
		return;
	print_message("skip: %s\n", geteuid() ? "BPF programs need root" : "no BPF here");
	skip();
}

static inline struct loader_answer *load(struct loader *l, const struct loader_request *r)
{
	struct loader_answer *a = ask(l, r);

	if (a->err.code)
		fail_msg("%s\n%s", a->err.text, a->log);
	return a;
}

static inline struct loader_answer *load_object(struct loader *l, const char *name)
{
	struct loader_request r = object_request(LOADER_LOAD, name);

	return load(l, &r);
}

static inline uint32_t prog_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	return info.id;
}

static inline bool is_loaded(uint32_t id)
{
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The kernel detaches and frees a moment later; some seconds on a busy machine. */
static inline bool gone(uint32_t id)
{
	for (int i = 0; i < 3000 && is_loaded(id); i++)
		usleep(10000);
	return !is_loaded(id);
}

/* Lets go of an answer; none of its programs may stay, though the loader lives. */
static inline void unload(struct loader_answer *a)
{
	size_t count = a->prog_count;
	uint32_t *ids = calloc(count + 1, sizeof(*ids));

	for (size_t i = 0; i < count; i++)
		ids[i] = a->progs[i].fd >= 0 ? prog_id(a->progs[i].fd) : 0;
	loader_answer_free(a);
	for (size_t i = 0; i < count; i++)
		assert_true(!ids[i] || gone(ids[i]));
	free(ids);
}

#endif
