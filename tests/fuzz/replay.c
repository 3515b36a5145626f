/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay: runs a fuzz target over its seeds, without libFuzzer.
 *
 * Gives every file of the directories named on the command line to the target, and each of
 * them cut at every length up to 512 bytes, so that plain builds and sanitizers see them in
 * every test run. Writes TAP. It must not change the seeds.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (4u << 20)
#define CUT_MAX	  512

/* Each input lies in memory of just its size: one byte too far is seen by the sanitizer. */
static void give(const char *bytes, size_t size)
{
	_cleanup_free_ uint8_t *copy = xcalloc(1, size ? size : 1);

	memcpy(copy, bytes, size);
	LLVMFuzzerTestOneInput(copy, size);
}

static void give_cuts(const char *bytes, size_t size)
{
	for (size_t n = 0; n < size && n < CUT_MAX; n++)
		give(bytes, n);
	give(bytes, size);
}

static int replay_file(const char *dir, const char *name)
{
	_cleanup_free_ char *bytes = xcalloc(1, INPUT_MAX);
	_cleanup_fclose_ FILE *f = NULL;
	char path[4096];
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rbe");
	if (!f)
		return -errno;
	size = fread(bytes, 1, INPUT_MAX, f);
	if (ferror(f))
		return -EIO;
	give_cuts(bytes, size);
	return 0;
}

/* Returns how many files were given, or -Exxx. */
static int replay_dir(const char *dir)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	struct dirent *entry;
	int count = 0, rc;

	if (!d)
		return -errno;
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		rc = replay_file(dir, entry->d_name);
		if (rc < 0)
			return rc;
		count++;
	}
	return count;
}

int main(int argc, char **argv)
{
	int failed = 0;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		const char *base = strrchr(argv[i], '/');
		int count;

		fflush(stdout);
		count = replay_dir(argv[i]);
		if (count < 0)
			printf("# %s: %s\n", argv[i], strerror(-count));
		printf("%sok %d - %s: %d seeds\n", count > 0 ? "" : "not ", i,
		       base ? base + 1 : argv[i], count > 0 ? count : 0);
		failed += count <= 0;
	}
	return failed || argc < 2 ? 1 : 0;
}
