/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden: files that somebody looked at, compared with what is made now, and rewritten with
 * UPDATE=1 in the environment. Included behind cmocka by the tests of screens. It fails the test
 * that cannot read or write.
 */
#ifndef SCREENS_GOLDEN_H
#define SCREENS_GOLDEN_H

#include <errno.h>

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

static inline bool golden_update(void)
{
	const char *update = getenv("UPDATE");

	return update && *update;
}

#endif
