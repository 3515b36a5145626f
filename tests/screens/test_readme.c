/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_readme: the screen that the README shows is the one the program draws.
 *
 * The marker names a golden screen, which test_screens holds against the program; what stands
 * between the markers must be its text. UPDATE=1 in the environment puts it there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>

#include "tests/screens/golden.h"

#define README_BEGIN "<!-- screen: "
#define README_END   "<!-- end of screen -->\n"

/* A file closed by a NUL. The caller frees it. */
static uint8_t *load_text(const char *path, size_t *size)
{
	uint8_t *bytes = fixture_load(path, size);

	bytes = realloc(bytes, *size + 1);
	assert_non_null(bytes);
	bytes[*size] = '\0';
	return bytes;
}

/* What stands in the README for the golden that its marker names: the text, indented. */
static void readme_screen(const char *name, size_t n, struct strbuf *out)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	char path[700];
	size_t size;
	const char *p, *end;

	snprintf(path, sizeof(path), "%s/tests/screens/%.*s.golden", getenv("SOURCE_ROOT"), (int)n,
		 name);
	bytes = load_text(path, &size);
	end = memmem(bytes, size, "\n-- looks", 9);
	assert_non_null(end);
	for (p = (char *)bytes; p < end; p = strchr(p, '\n') + 1)
		strbuf_fmt(out, "%s%.*s\n", *p == '\n' ? "" : "    ", (int)strcspn(p, "\n"), p);
}

static void test_the_readme_shows_a_screen(void **state)
{
	_cleanup_strbuf_ struct strbuf want = { 0 };
	_cleanup_free_ uint8_t *bytes = NULL;
	char path[700], *begin, *end;
	size_t size;

	snprintf(path, sizeof(path), "%s/README.md", getenv("SOURCE_ROOT"));
	bytes = load_text(path, &size);
	begin = memmem(bytes, size, README_BEGIN, strlen(README_BEGIN));
	end = memmem(bytes, size, README_END, strlen(README_END));
	if (!begin || !end || end < begin)
		fail_msg("README.md has no place for a screen");
	begin += strlen(README_BEGIN);
	strbuf_add(&want, bytes, (size_t)(begin - (char *)bytes));
	strbuf_add(&want, begin, strcspn(begin, "\n") + 1);
	strbuf_char(&want, '\n');
	readme_screen(begin, strcspn(begin, " \n"), &want);
	strbuf_char(&want, '\n');
	strbuf_add(&want, end, size - (size_t)(end - (char *)bytes));
	if (golden_same(path, &want))
		return;
	golden_write(golden_update() ? path : fixture_path("README.md"), &want);
	if (!golden_update()) {
		golden_diff(path, fixture_path("README.md"));
		fail_msg("the screen in README.md is not what the program shows");
	}
}

static int setup(void **state)
{
	return getenv("SOURCE_ROOT") ? fixture_setup(state) : -1;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_readme_shows_a_screen),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
