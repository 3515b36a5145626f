/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_fixture: a loader and the objects of tests/bpf, as the build made them.
 */
#ifndef TESTS_UNIT_LOADER_FIXTURE_H
#define TESTS_UNIT_LOADER_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/loader.h"
#include "core/clock.h"
#include "core/util.h"

#define TEST_WAIT (60 * NSEC_PER_SEC)

static inline const char *object_path(const char *name)
{
	static char path[512];
	const char *root = getenv("BUILD_ROOT");

	snprintf(path, sizeof(path), "%s/tests/bpf/%s", root ? root : "build", name);
	return path;
}

/* A request for an object of a file; the descriptor is the caller's. */
static inline struct loader_request object_request(enum loader_what what, const char *name)
{
	struct loader_request r = { .what = what, .name = "mine", .path = name };

	r.fd = open(object_path(name), O_RDONLY | O_CLOEXEC);
	assert_true(r.fd >= 0);
	return r;
}

/* A file with these bytes. */
static inline int bytes_fd(const void *bytes, size_t size)
{
	int fd = memfd_create("object", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

/* The bytes of an object; the caller frees them. */
static inline uint8_t *object_bytes(const char *name, size_t *size)
{
	uint8_t *b = malloc(1 << 20);
	int fd = open(object_path(name), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, b, 1 << 20);

	assert_true(n > 0 && n < 1 << 20);
	close(fd);
	*size = (size_t)n;
	return b;
}

static inline struct loader_answer *take(struct loader *l)
{
	struct loader_answer *a = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(loader_take(l, TEST_WAIT, &a, &e), 1);
	assert_non_null(a);
	return a;
}

/* Asks and waits; closes the request's descriptor. */
static inline struct loader_answer *ask(struct loader *l, const struct loader_request *r)
{
	struct err e = ERR_INIT;
	struct loader_answer *a;
	int64_t id = loader_ask(l, r, &e);

	if (id <= 0)
		fail_msg("%s", e.text);
	a = take(l);
	assert_int_equal(a->id, id);
	if (r->fd > 0)
		close(r->fd);
	return a;
}

/* Asks for what must fail; its words must have a piece of text. */
static inline void refuses(struct loader *l, const struct loader_request *r, const char *words)
{
	struct loader_answer *a = ask(l, r);

	if (!a->err.code || !strstr(a->err.text, words))
		fail_msg("'%s' does not say '%s'", a->err.text, words);
	assert_true(a->err.code < 0);
	assert_int_equal(a->link_count, 0);
	loader_answer_free(a);
}

/* The process that a loader of ours runs in; 0: none. */
static inline pid_t loader_pid(void)
{
	char cmd[128];
	FILE *f;
	int pid = 0;

	snprintf(cmd, sizeof(cmd),
		 "ps -o pid=,comm= --ppid %d | awk '$2 == \"tapdeck-bpf\" {print $1}'",
		 (int)getpid());
	f = popen(cmd, "re");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		pclose(f);
	return pid;
}

static inline const struct bpf_option *option_of(const struct loader_answer *a, const char *name)
{
	for (size_t i = 0; i < a->option_count; i++)
		if (!strcmp(a->options[i].name, name))
			return &a->options[i];
	fail_msg("no option %s", name);
	return NULL;
}

static inline const struct bpf_prog *prog_of(const struct loader_answer *a, const char *name)
{
	for (size_t i = 0; i < a->prog_count; i++)
		if (!strcmp(a->progs[i].name, name))
			return &a->progs[i];
	fail_msg("no program %s", name);
	return NULL;
}

#endif
