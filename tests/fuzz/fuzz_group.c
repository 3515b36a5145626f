/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_group: any text as what rows are grouped by, and behind a NUL as what is measured of them.
 *
 * What was parsed must print as something that parses and prints the same; a refusal must carry a
 * place in one of the two texts, and so must one of the check.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/cleanup.h"
#include "core/group.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char format[] = "name: fuzz\nID: 1\nformat:\n"
			     "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
			     "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
			     "\tfield:u8 a;\toffset:8;\tsize:1;\tsigned:0;\n"
			     "\tfield:char d[8];\toffset:24;\tsize:8;\tsigned:0;\n"
			     "\tfield:u32 g[2];\toffset:40;\tsize:8;\tsigned:0;\n"
			     "\nprint fmt: \"%u\", REC->a\n";

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_place(const struct err *e, int rc, const char *by, const char *show)
{
	size_t most = strlen(by);

	if (show && strlen(show) > most)
		most = strlen(show);
	must(e->code == rc && *e->text);
	must(e->column >= 0 && (size_t)e->column <= most);
}

static void check(const struct group_spec *s, const char *by, const char *show)
{
	struct machine m = { .long_size = 8 };
	struct schema_set *set = schema_set_new(m);
	const struct schema_set *const sets[] = { set };
	struct schema *schema = NULL;
	struct err e = ERR_INIT;
	int rc;

	must(schema_parse("fuzz", format, sizeof(format) - 1, m, &schema, NULL) == 0);
	schema_set_add(set, schema);
	rc = group_spec_check(s, by, show, sets, 1, &e);
	must(rc == 0 || rc == -ENOENT || rc == -EINVAL);
	if (rc < 0)
		check_place(&e, rc, by, show);
	schema_set_free(set);
}

/* What it prints is read as the same. */
static void again(const struct group_spec *s)
{
	_cleanup_strbuf_ struct strbuf by = { 0 }, show = { 0 }, by2 = { 0 }, show2 = { 0 };
	struct group_spec *second = NULL;

	group_spec_by(s, &by);
	group_spec_show(s, &show);
	must(group_spec_parse(by.s, show.s, &second, NULL) == 0);
	group_spec_by(second, &by2);
	group_spec_show(second, &show2);
	must(!strcmp(by.s, by2.s) && !strcmp(show.s, show2.s));
	must(second->key_count == s->key_count && second->measure_count == s->measure_count);
	group_spec_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *by = xstrndup((const char *)data, size);
	size_t len = strlen(by);
	_cleanup_free_ char *show =
	    len < size ? xstrndup((const char *)data + len + 1, size - len - 1) : NULL;
	struct group_spec *s = NULL;
	struct err e = ERR_INIT;
	int rc = group_spec_parse(by, show, &s, &e);

	must(rc == 0 || rc == -EINVAL || rc == -EAGAIN);
	if (rc < 0) {
		check_place(&e, rc, by, show);
		return 0;
	}
	again(s);
	check(s, by, show);
	group_spec_free(s);
	return 0;
}
