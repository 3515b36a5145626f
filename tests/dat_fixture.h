/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dat_fixture: trace files for tests, made by mkdat from a text, in a directory of their own
 * that is gone afterwards. Included once by a test; it fails the test that cannot be set up.
 */
#ifndef DAT_FIXTURE_H
#define DAT_FIXTURE_H

#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/page.h"
#include "tracefs/dat.h"

struct fixture {
	char dir[64];
	char path[128];
};

/* The directory and the last path; one a test program. */
static inline struct fixture *fixture(void)
{
	static struct fixture f;

	return &f;
}

static inline int fixture_setup(void **state)
{
	(void)state;
	strcpy(fixture()->dir, "/tmp/tapdeck-test-XXXXXX");
	return mkdtemp(fixture()->dir) ? 0 : -1;
}

static inline int fixture_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int fixture_teardown(void **state)
{
	(void)state;
	return nftw(fixture()->dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* A path in the directory; good until the next call. */
static inline const char *fixture_path(const char *name)
{
	struct fixture *f = fixture();
	int n = snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, name);

	assert_in_range(n, 1, sizeof(f->path) - 1);
	return f->path;
}

/* Runs mkdat with these options on a description; returns the path of the file. */
static inline const char *fixture_make_as(const char *name, const char *description,
					  const char *options)
{
	const char *path = fixture_path(name), *root = getenv("BUILD_ROOT");
	char command[1024];
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s/tests/mkdat' %s - '%s'", root ? root : "build",
		 options, path);
	pipe = popen(command, "we");
	assert_non_null(pipe);
	fputs(description, pipe);
	assert_int_equal(pclose(pipe), 0);
	return path;
}

/* Makes a file of version 6. */
static inline const char *fixture_make(const char *name, const char *description,
				       const char *machine, const char *page_size)
{
	char options[64];

	snprintf(options, sizeof(options), "-m %s -p %s", machine, page_size);
	return fixture_make_as(name, description, options);
}

static inline struct dat *fixture_open(const char *description, const char *machine,
				       const char *page_size)
{
	struct err e = ERR_INIT;
	struct dat *d = NULL;

	if (dat_open(fixture_make("made.dat", description, machine, page_size), &d, &e) < 0)
		fail_msg("%s", e.text);
	return d;
}

/* Makes and opens a file with any options of mkdat. */
static inline struct dat *fixture_open_as(const char *description, const char *options)
{
	struct err e = ERR_INIT;
	struct dat *d = NULL;

	if (dat_open(fixture_make_as("made.dat", description, options), &d, &e) < 0)
		fail_msg("%s", e.text);
	return d;
}

/* Opens bytes as if they stood in a file. */
static inline int fixture_open_bytes(const void *bytes, size_t size, struct dat **ret,
				     struct err *e)
{
	_cleanup_close_ int fd = memfd_create("dat", MFD_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	return dat_open(path, ret, e);
}

/* A whole file in memory; the caller frees it. */
static inline uint8_t *fixture_load(const char *path, size_t *size)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	uint8_t *bytes;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(*size);
	assert_int_equal(fread(bytes, 1, *size, f), *size);
	return bytes;
}

#endif
