/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden: files that somebody looked at, compared with what is made now, and rewritten with
 * UPDATE=1 in the environment. Included behind cmocka by the tests of screens. It fails the test
 * that cannot read or write.
 */
#ifndef SCREENS_GOLDEN_H
#define SCREENS_GOLDEN_H

#include <errno.h>
#include <glob.h>

#include "core/strbuf.h"
#include "tests/dat_fixture.h"

static inline void golden_diff(const char *golden, const char *actual)
{
	char command[1200], line[1024];
	FILE *pipe;

	snprintf(command, sizeof(command), "diff -u '%s' '%s' 2>&1", golden, actual);
	pipe = popen(command, "re");
	while (pipe && fgets(line, sizeof(line), pipe))
		print_message("# %s", line);
	if (pipe)
		pclose(pipe);
}

static inline void golden_write(const char *path, const struct strbuf *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	if (!f || fwrite(text->s, 1, text->len, f) != text->len)
		fail_msg("cannot write %s: %s", path, strerror(errno));
}

static inline bool golden_same(const char *path, const struct strbuf *text)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;

	if (access(path, R_OK) < 0)
		return false;
	bytes = fixture_load(path, &size);
	return size == text->len && !memcmp(bytes, text->s, size);
}

/* What the names of goldens begin with that test_programs makes; all others are of scripts. */
#define GOLDEN_PROGRAMS "programs."

/*
 * How many goldens nobody made, of test_programs or of the scripts: shots has the names of those
 * that were, each closed by a newline.
 */
static inline unsigned golden_left_over(const char *dir, bool of_programs, const char *shots)
{
	_cleanup_free_ char *pattern = NULL;
	glob_t found = { 0 };
	unsigned left = 0;

	if (asprintf(&pattern, "%s/*.golden", dir) < 0 || glob(pattern, 0, NULL, &found))
		fail_msg("there are no goldens");
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *file = strrchr(found.gl_pathv[i], '/') + 1;
		bool programs = !strncmp(file, GOLDEN_PROGRAMS, strlen(GOLDEN_PROGRAMS));
		_cleanup_free_ char *line = NULL;

		if (programs != of_programs)
			continue;
		if (asprintf(&line, "%s\n", file) < 0)
			fail_msg("no memory");
		if (strstr(shots, line))
			continue;
		print_message("# no shot makes %s\n", file);
		left++;
	}
	globfree(&found);
	return left;
}

static inline bool golden_update(void)
{
	const char *update = getenv("UPDATE");

	return update && *update;
}

#endif
