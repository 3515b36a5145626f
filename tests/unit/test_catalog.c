/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The catalogue over a tree of files that looks like tracefs: patterns, order, what comes and goes,
 * ids, and formats that make no sense.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/util.h"
#include "tracefs/catalog.h"

struct tree {
	char dir[64];
	struct schema_set *set;
	struct catalog *c;
	struct err e;
};

static void put(const char *dir, const char *file, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static void event_dir(const struct tree *t, const char *system, const char *event, char *path,
		      size_t size)
{
	snprintf(path, size, "%s/events/%s", t->dir, system);
	mkdir(path, 0700);
	snprintf(path, size, "%s/events/%s/%s", t->dir, system, event);
	mkdir(path, 0700);
}

/* An event as the kernel would show it; without a name in its format it cannot be parsed. */
static void add_event(const struct tree *t, const char *system, const char *event, unsigned id)
{
	char path[160], text[1024];

	event_dir(t, system, event, path, sizeof(path));
	snprintf(text, sizeof(text), "%u\n", id);
	put(path, "id", text);
	snprintf(text, sizeof(text),
		 "name: %s\nID: %u\nformat:\n"
		 "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		 "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		 "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		 "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		 "\tfield:int value;\toffset:8;\tsize:4;\tsigned:1;\n\n"
		 "print fmt: \"value=%%d\", REC->value\n",
		 event, id);
	put(path, "format", text);
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void remove_event(const struct tree *t, const char *system, const char *event)
{
	char path[160];

	event_dir(t, system, event, path, sizeof(path));
	nftw(path, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int setup(void **state)
{
	static struct tree t;
	char path[160];

	t = (struct tree) { .e = ERR_INIT };
	snprintf(t.dir, sizeof(t.dir), "/tmp/test_catalog.XXXXXX");
	if (!mkdtemp(t.dir))
		return -1;
	snprintf(path, sizeof(path), "%s/events", t.dir);
	mkdir(path, 0700);
	put(path, "enable", "0\n");
	put(path, "header_page", "");
	add_event(&t, "sched", "sched_waking", 12);
	add_event(&t, "sched", "sched_switch", 10);
	add_event(&t, "sched", "sched_process_fork", 11);
	add_event(&t, "irq", "irq_handler_entry", 20);
	add_event(&t, "irq", "softirq_raise", 21);
	add_event(&t, "power", "cpu_switch", 30);
	add_event(&t, "ftrace", "print", 5);
	add_event(&t, "ftrace", "function", 1);
	snprintf(path, sizeof(path), "%s/events/sched", t.dir);
	put(path, "enable", "0\n");
	t.set = schema_set_new((struct machine) { .long_size = 8 });
	*state = &t;
	return catalog_open(&t.c, t.dir, t.set, &t.e);
}

static int teardown(void **state)
{
	struct tree *t = *state;

	catalog_close(t->c);
	schema_set_free(t->set);
	return nftw(t->dir, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int collect(const char *system, const char *event, void *data)
{
	strbuf_fmt(data, "%s:%s ", system, event);
	return 0;
}

static void patterns_match(void **state)
{
	static const struct {
		const char *pattern;
		int count;
		const char *names;
	} rows[] = {
		{ "sched:sched_switch", 1, "sched:sched_switch " },
		{ "sched", 3, "sched:sched_process_fork sched:sched_switch sched:sched_waking " },
		{ "sched:", 3, "sched:sched_process_fork sched:sched_switch sched:sched_waking " },
		{ "irq:*", 2, "irq:irq_handler_entry irq:softirq_raise " },
		{ "*switch*", 2, "power:cpu_switch sched:sched_switch " },
		{ "sched_switch", 1, "sched:sched_switch " },
		{ "*:*irq*", 2, "irq:irq_handler_entry irq:softirq_raise " },
		{ "[ip]*:*_[es]*", 2, "irq:irq_handler_entry power:cpu_switch " },
		{ "ftrace", 2, "ftrace:function ftrace:print " },
		{ "ftrace:print", 1, "ftrace:print " },
		{ "print", 0, "" }, /* not without its system */
		{ "f*:*", 0, "" },
		{ "nothing", 0, "" },
		{ "sched:nothing", 0, "" },
		{ ":", 0, "" },
		{ "../sched", 0, "" },
		{ "sched:../sched_switch", 0, "" },
		{ "[", 0, "" },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf s = { 0 };
		int n = catalog_each(t->c, rows[i].pattern, collect, &s, &t->e);

		assert_string_equal(strbuf_cstr(&s), rows[i].names);
		assert_int_equal(n, rows[i].count);
		strbuf_done(&s);
	}
}

static void all_is_all_but_ftrace(void **state)
{
	static const char *const all[] = { NULL, "", "*", "*:*" };
	struct tree *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct strbuf s = { 0 };

		assert_int_equal(catalog_each(t->c, all[i], collect, &s, &t->e), 6);
		assert_int_equal(strncmp(s.s, "irq:irq_handler_entry ", 22), 0);
		assert_null(strstr(s.s, "ftrace"));
		strbuf_done(&s);
	}
}

static int refuse(const char *system, const char *event, void *data)
{
	return ++*(int *)data == 2 ? -EINTR : 0;
}

static void a_visit_can_end_it(void **state)
{
	struct tree *t = *state;
	int calls = 0;

	assert_int_equal(catalog_each(t->c, NULL, refuse, &calls, &t->e), -EINTR);
	assert_int_equal(calls, 2);
}

static void schemas_are_parsed_once(void **state)
{
	struct tree *t = *state;
	const struct schema *a = NULL, *b = NULL;

	assert_null(t->set->by_id[10]);
	assert_int_equal(catalog_schema(t->c, "sched", "sched_switch", &a, &t->e), 0);
	assert_string_equal(a->name, "sched_switch");
	assert_string_equal(a->system, "sched");
	assert_int_equal(a->id, 10);
	assert_ptr_equal(t->set->by_id[10], a);
	assert_null(t->set->by_id[11]);
	remove_event(t, "sched", "sched_switch");
	assert_int_equal(catalog_schema(t->c, "sched", "sched_switch", &b, &t->e), 0);
	assert_ptr_equal(a, b);
}

static void what_is_missing_is_said(void **state)
{
	static const char *const names[][2] = {
		{ "sched", "nothing" }, { "nothing", "sched_switch" },
		{ "..", "sched" },	{ "", "" },
		{ "sched", "" },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct schema *s = NULL;

		assert_int_equal(catalog_schema(t->c, names[i][0], names[i][1], &s, &t->e),
				 -ENOENT);
		assert_null(s);
		assert_non_null(strstr(t->e.text, "no event"));
	}
}

static void what_came_later_is_found(void **state)
{
	struct tree *t = *state;
	const struct schema *s = NULL, *old = NULL;

	assert_int_equal(catalog_schema(t->c, "sched", "sched_waking", &old, &t->e), 0);
	assert_int_equal(catalog_schema(t->c, "uprobes", "mine", &s, &t->e), -ENOENT);
	add_event(t, "uprobes", "mine", 40);
	add_event(t, "sched", "sched_new", 41);
	assert_int_equal(catalog_schema(t->c, "uprobes", "mine", &s, &t->e), 0);
	assert_int_equal(s->id, 40);
	assert_int_equal(catalog_schema(t->c, "sched", "sched_new", &s, &t->e), 0);
	/* What was known is known still, and not parsed anew. */
	remove_event(t, "sched", "sched_waking");
	add_event(t, "sched", "sched_waking", 12);
	assert_int_equal(catalog_schema(t->c, "sched", "sched_waking", &s, &t->e), 0);
	assert_ptr_equal(s, old);
}

static void what_went_is_no_longer_listed(void **state)
{
	struct tree *t = *state;
	struct strbuf s = { 0 };

	assert_int_equal(catalog_each(t->c, "irq", collect, &s, &t->e), 2);
	remove_event(t, "irq", "softirq_raise");
	/* A name that is not there makes the lists be read anew. */
	assert_int_equal(catalog_each(t->c, "irq:gone", collect, &s, &t->e), 0);
	strbuf_clear(&s);
	assert_int_equal(catalog_each(t->c, "irq", collect, &s, &t->e), 1);
	assert_string_equal(s.s, "irq:irq_handler_entry ");
	strbuf_done(&s);
}

static void ids_lead_to_schemas(void **state)
{
	struct tree *t = *state;
	const struct schema *s = catalog_by_id(t->c, 21);
	char path[160];

	assert_non_null(s);
	assert_string_equal(s->name, "softirq_raise");
	assert_ptr_equal(catalog_by_id(t->c, 21), s);
	assert_string_equal(catalog_by_id(t->c, 5)->name, "print");
	assert_null(catalog_by_id(t->c, 999));
	assert_null(catalog_by_id(t->c, 32768));
	assert_null(catalog_by_id(t->c, UINT32_MAX));
	/* An id file and a format that disagree. */
	add_event(t, "odd", "odd", 60);
	event_dir(t, "odd", "odd", path, sizeof(path));
	put(path, "id", "61\n");
	assert_int_equal(catalog_each(t->c, "odd:none", collect, NULL, &t->e), 0);
	assert_null(catalog_by_id(t->c, 61));
	assert_string_equal(catalog_by_id(t->c, 60)->name, "odd");
}

static void bad_formats_are_errors(void **state)
{
	static const char *const bad[] = { "", "name: x\n", "name: x\nID: 99999999\nformat:\n",
					   "\n\n" };
	struct tree *t = *state;
	char path[160];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct schema *s = NULL;

		event_dir(t, "bad", "x", path, sizeof(path));
		put(path, "format", bad[i]);
		put(path, "id", "70\n");
		assert_true(catalog_schema(t->c, "bad", "x", &s, &t->e) < 0);
		assert_non_null(strstr(t->e.text, "bad:x"));
		assert_null(s);
		assert_null(catalog_by_id(t->c, 70));
	}
}

static void builtins_come_in_one_go(void **state)
{
	struct tree *t = *state;
	char path[160];

	/* One that cannot be read does not keep the others out. */
	event_dir(t, "ftrace", "broken", path, sizeof(path));
	put(path, "format", "nonsense");
	assert_int_equal(catalog_builtin(t->c, &t->e), 0);
	assert_non_null(t->set->by_id[5]);
	assert_non_null(t->set->by_id[1]);
	assert_null(t->set->by_id[10]);
}

static void the_nearest_is_found(void **state)
{
	static const struct {
		const char *pattern, *name;
	} rows[] = {
		{ "sched:sched_swich", "sched:sched_switch" },
		{ "shed:sched_switch", "sched:sched_switch" },
		{ "sced", "sched" },
		{ "sched_swicth", "sched_switch" },
		{ "utterly_different_from_all", NULL },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *name;

		catalog_nearest(t->c, rows[i].pattern, &name);
		if (rows[i].name)
			assert_string_equal(name ? name : "(none)", rows[i].name);
		else
			assert_null(name);
		free(name);
	}
}

static void no_tree_is_an_error(void **state)
{
	struct tree *t = *state;
	struct catalog *c = NULL;

	assert_int_equal(catalog_open(&c, "/nonexistent", t->set, &t->e), -ENOENT);
	assert_null(c);
	catalog_close(NULL);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(patterns_match),
		T(all_is_all_but_ftrace),
		T(a_visit_can_end_it),
		T(schemas_are_parsed_once),
		T(what_is_missing_is_said),
		T(what_came_later_is_found),
		T(what_went_is_no_longer_listed),
		T(ids_lead_to_schemas),
		T(bad_formats_are_errors),
		T(builtins_come_in_one_go),
		T(the_nearest_is_found),
		T(no_tree_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
