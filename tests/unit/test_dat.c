/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat: files that mkdat made, read back: every machine and page size, losses, buffers, names;
 * and what is no good trace.dat at all. Damage has a test of its own, test_dat_damage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/dat_fixture.h"
#include "core/row.h"

#define TICK "event demo tick 501 n:u32 l:ulong text:string\n"

static const char *const machines[] = { "le64", "le32", "be64", "be32" };
static const char *const page_sizes[] = { "1024", "4096", "65536" };

static bool is_foreign(const struct dat *d)
{
	struct dat_info info;

	dat_info(d, &info);
	return info.machine.swap;
}

/* Reads the records of one CPU and checks time and values against what was described. */
static uint64_t check_cpu(struct dat *d, unsigned cpu, uint64_t ts, uint64_t step)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < dat_pages(d, 0, cpu); i++) {
		struct page_data *keep;
		struct page_event ev;
		struct page_walk w;
		struct page p;

		assert_int_equal(dat_page_load(d, 0, cpu, i, &p, &keep, NULL), 0);
		assert_int_equal(keep != NULL, is_foreign(d));
		w = page_walk_init(p.records, p.size, p.ts);
		for (; page_next(&w, &ev); n++) {
			const struct schema *s = schema_set_find(dat_schemas(d), "demo", "tick");
			char want[32];
			uint64_t v = 0;
			uint32_t len = 0;
			const char *text;

			assert_int_equal(ev.ts, ts + n * step);
			assert_true(field_int(s, s->pid, ev.rec, ev.size, &v));
			assert_int_equal(v, 77);
			assert_true(field_int(s, schema_field(s, "n"), ev.rec, ev.size, &v));
			assert_int_equal(v, n);
			assert_true(field_int(s, schema_field(s, "l"), ev.rec, ev.size, &v));
			assert_int_equal(v, n);
			text = field_str(s, schema_field(s, "text"), ev.rec, ev.size, &len);
			snprintf(want, sizeof(want), "t%llu", (unsigned long long)n);
			assert_int_equal(len, strlen(want));
			assert_memory_equal(text, want, len);
		}
		assert_false(w.damaged);
		page_data_unref(keep);
	}
	return n;
}

static void test_machines(void **state)
{
	static const char text[] =
	    "cpus 3\n" TICK "cpu 0\nmany 1500 1000 7 tick tid=77 n=$ l=$ text=t$\n"
	    "cpu 2\nmany 3 5000000000 200000000 tick tid=77 n=$ l=$ text=t$\n";

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		for (size_t p = 0; p < ARRAY_SIZE(page_sizes); p++) {
			struct dat *d = fixture_open(text, machines[m], page_sizes[p]);
			struct dat_info info;

			dat_info(d, &info);
			assert_null(info.damage);
			assert_int_equal(info.version, 6);
			assert_int_equal(info.machine.swap, machines[m][0] == 'b');
			assert_int_equal(info.machine.long_size, strstr(machines[m], "32") ? 4 : 8);
			assert_int_equal(dat_buffer(d, 0)->page_size, atoi(page_sizes[p]));
			assert_int_equal(dat_buffer(d, 0)->cpus, 3);
			assert_int_equal(check_cpu(d, 0, 1000, 7), 1500);
			assert_int_equal(check_cpu(d, 1, 0, 0), 0);
			assert_int_equal(check_cpu(d, 2, 5000000000, 200000000), 3);
			dat_close(d);
		}
	}
}

struct names {
	char text[256];
};

static void collect(int32_t tid, const char *comm, void *data)
{
	struct names *n = data;
	size_t len = strlen(n->text);

	snprintf(n->text + len, sizeof(n->text) - len, "%d=%s;", tid, comm);
}

static void test_head(void **state)
{
	static const char text[] =
	    "cpus 2\nclock boot\n"
	    "comm 7 seven\ncomm 8 \"two words\"\ncomm 9 a-name-of-more-than-16\n"
	    "kallsyms ffffffff81000000 T start_here\n"
	    "printk 0xffffffff82000000 : \"hello\\n\"\n" TICK
	    "format demo\n\n\nend\n" /* a spare that is no damage */
	    "buffer side 1\nat 5 tick n=1\nbuffer empty 2\n";
	struct names names = { "" };
	struct dat_info info;
	const char *s;
	struct dat *d;
	size_t size;

	(void)state;
	d = fixture_open(text, "be32", "4096");
	dat_info(d, &info);
	assert_null(info.damage);
	assert_int_equal(info.buffers, 3);
	assert_string_equal(info.uname, "");
	assert_string_equal(dat_buffer(d, 0)->name, "");
	assert_string_equal(dat_buffer(d, 1)->name, "side");
	assert_string_equal(dat_buffer(d, 2)->name, "empty");
	assert_null(dat_buffer(d, 3));
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(dat_buffer(d, i)->clock, "boot");
	assert_int_equal(dat_pages(d, 0, 0), 0);
	assert_int_equal(dat_pages(d, 1, 0), 1);
	assert_int_equal(dat_pages(d, 2, 1), 0);
	assert_int_equal(dat_pages(d, 2, 2), 0);
	assert_int_equal(dat_pages(d, 3, 0), 0);
	dat_cmdlines(d, collect, &names);
	assert_string_equal(names.text, "7=seven;8=two words;9=a-name-of-more-;");
	s = dat_kallsyms(d, &size);
	assert_int_equal(size, strlen("ffffffff81000000 T start_here\n"));
	assert_memory_equal(s, "ffffffff81000000 T start_here\n", size);
	s = dat_printk(d, &size);
	assert_memory_equal(s, "0xffffffff82000000 : \"hello\\n\"\n", size);
	dat_close(d);
}

/*
 * The name of the clock stands behind the table, and without brackets in the option: an empty one
 * makes trace-cmd read what is not there. Its own files have empty ones, so they are read as well.
 */
static void test_clock_option(void **state)
{
	static const struct {
		const char *text, *bytes;
		size_t size;
	} cases[] = {
		{ "clock boot\noption 11 77@8\n" TICK "at 5 tick n=1\n",
		  "options  \0\4\0\5\0\0\0boot", 21 },
		{ "clock boot\noption 4 0@0\n" TICK "at 5 tick n=1\n",
		  "options  \0\4\0\0\0\0\0\0\0", 18 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dat *d = fixture_open(cases[i].text, "le64", "4096");
		_cleanup_free_ uint8_t *bytes = NULL;
		struct dat_info info;
		size_t size;

		dat_info(d, &info);
		assert_null(info.damage);
		assert_string_equal(dat_buffer(d, 0)->clock, "boot");
		assert_int_equal(dat_pages(d, 0, 0), 1);
		bytes = fixture_load(fixture_path("made.dat"), &size);
		assert_non_null(memmem(bytes, size, cases[i].bytes, cases[i].size));
		dat_close(d);
	}
}

static void test_losses(void **state)
{
	static const char text[] =
	    TICK "at 1 tick n=1\nlost 17\nat 2 tick n=2\nlost ?\nat 3 tick n=3\n";
	static const uint64_t want[] = { 0, 17, LOST_UNKNOWN };

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		struct dat *d = fixture_open(text, machines[m], "4096");

		assert_int_equal(dat_pages(d, 0, 0), 3);
		for (unsigned i = 0; i < 3; i++) {
			struct page_data *keep;
			struct page p;
			uint64_t ts;

			assert_int_equal(dat_page_load(d, 0, 0, i, &p, &keep, NULL), 0);
			page_data_unref(keep);
			assert_int_equal(p.lost, want[i]);
			assert_int_equal(p.ts, i + 1);
			assert_int_equal(dat_page_time(d, 0, 0, i, &ts), 0);
			assert_int_equal(ts, i + 1);
		}
		dat_close(d);
	}
}

/* Records the kernel took back, in pages of either order: their time counts, they do not. */
static void test_discarded(void **state)
{
	static const char text[] =
	    TICK "at 10 tick n=0 text=a\ndiscard 15 tick n=9 text=never\ndiscard 20 tick n=9\n"
		 "at 30 tick n=1 text=b\n";

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		struct dat *d = fixture_open(text, machines[m], "4096");
		struct page_event ev;
		struct page_walk w;
		struct page_data *keep;
		struct page p;

		assert_int_equal(dat_page_load(d, 0, 0, 0, &p, &keep, NULL), 0);
		w = page_walk_init(p.records, p.size, p.ts);
		assert_true(page_next(&w, &ev));
		assert_int_equal(ev.ts, 10);
		assert_true(page_next(&w, &ev));
		assert_int_equal(ev.ts, 30);
		assert_false(page_next(&w, &ev));
		assert_false(w.damaged);
		page_data_unref(keep);
		dat_close(d);
	}
}

/* There is no page behind the last, no CPU and no buffer. */
static void test_asked_wrongly(void **state)
{
	struct dat *d = fixture_open(TICK "at 1 tick n=1\n", "be64", "4096");
	struct err e = ERR_INIT;
	struct page_data *keep;
	struct page p;

	(void)state;
	assert_int_equal(dat_page_load(d, 0, 0, 1, &p, &keep, &e), -EINVAL);
	assert_null(keep);
	assert_int_equal(dat_page_load(d, 0, 1, 0, &p, &keep, &e), -EINVAL);
	assert_int_equal(dat_page_load(d, 1, 0, 0, &p, &keep, &e), -EINVAL);
	dat_close(d);
}

static void test_refused(void **state)
{
#define MAGIC "\x17\x08\x44tracing"
	static const struct {
		const char *what, *bytes;
		size_t size;
		int code;
		const char *says;
	} cases[] = {
		{ "empty", "", 0, -EINVAL, "it is empty" },
		{ "text", "hello, this is text", 19, -EINVAL, "not a trace.dat file" },
		{ "half a magic", MAGIC, 5, -EINVAL, "not a trace.dat file" },
		{ "only a magic", MAGIC, 10, -EBADMSG, "damaged at offset 10" },
		{ "version 7, without more", MAGIC "7\0\0\x08\0\x10\0\0", 18, -EBADMSG,
		  "the compression" },
		{ "an unknown compression", MAGIC "7\0\0\x08\0\x10\0\0lz77\0001\0", 25, -EOPNOTSUPP,
		  "compressed with \"lz77\"; zstd and zlib are read" },
		{ "options nowhere",
		  MAGIC "7\0\0\x08\0\x10\0\0none\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 32, -EBADMSG,
		  "damaged at offset 32" },
		{ "version 99", MAGIC "99\0\0\x08\0\0", 16, -EOPNOTSUPP, "version 99" },
		{ "no version", MAGIC "x\0\0\x08\0\0", 15, -EINVAL, "not a trace.dat file" },
		{ "version without end", MAGIC "666666666666", 22, -EBADMSG, "the version" },
		{ "byte order 2", MAGIC "6\0\2\x08\0\x10\0\0", 18, -EBADMSG, "byte order 2" },
		{ "word size 5", MAGIC "6\0\0\5\0\x10\0\0", 18, -EBADMSG, "word size 5" },
		{ "page size 0", MAGIC "6\0\0\x08\0\0\0\0", 18, -EOPNOTSUPP, "pages of 0 bytes" },
		{ "page size 3000", MAGIC "6\0\0\x08\xb8\x0b\0\0", 18, -EOPNOTSUPP,
		  "pages of 3000 bytes" },
		{ "page size 4 GiB", MAGIC "6\0\1\x08\xff\xff\xff\xff", 18, -EOPNOTSUPP,
		  "pages of 4294967295" },
		{ "no header_page", MAGIC "6\0\0\x08\0\x10\0\0header_pagf\0", 30, -EBADMSG,
		  "header_page" },
		{ "a size beyond the file",
		  MAGIC "6\0\0\x08\0\x10\0\0header_page\0\xff\xff\xff\xff\xff\xff\xff\xff", 38,
		  -EBADMSG, "damaged at offset 30" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err e = ERR_INIT;
		struct dat *d = NULL;
		int rc;

		print_message("# %s\n", cases[i].what);
		rc = fixture_open_bytes(cases[i].bytes, cases[i].size, &d, &e);
		assert_int_equal(rc, cases[i].code);
		assert_null(d);
		if (!strstr(e.text, cases[i].says))
			fail_msg("said: %s", e.text);
	}
}

static void test_no_file(void **state)
{
	struct err e = ERR_INIT;
	struct dat *d = NULL;

	(void)state;
	assert_int_equal(dat_open("/nonexistent/trace.dat", &d, &e), -ENOENT);
	assert_int_equal(dat_open("/", &d, &e), -EISDIR);
	assert_int_equal(dat_open("/dev/null", &d, &e), -EINVAL);
	assert_null(d);
	dat_close(NULL);
}

/* Formats of a file like another one are that one's; of another machine they are not. */
static void test_files_alike(void **state)
{
	const char *description = TICK "at 5 tick n=1\n";
	struct dat *first = fixture_open(description, "le64", "4096"), *like, *unlike;
	char *path = xstrdup(fixture_make("alike.dat", description, "le64", "4096"));
	unsigned shared = 0;

	(void)state;
	assert_int_equal(dat_open_like(path, first, &like, NULL), 0);
	free(path);
	path = xstrdup(fixture_make("unlike.dat", description, "be32", "4096"));
	assert_int_equal(dat_open_like(path, first, &unlike, NULL), 0);
	free(path);
	for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++) {
		const struct schema *a = dat_schemas(first)->by_id[id];
		const struct schema *b = dat_schemas(like)->by_id[id];
		const struct schema *c = dat_schemas(unlike)->by_id[id];

		assert_int_equal(!a, !b);
		if (!a)
			continue;
		assert_ptr_equal(a->body, b->body);
		assert_int_equal(a->role, b->role);
		assert_true(!c || c->body != a->body);
		shared++;
	}
	assert_true(shared > 0);
	dat_close(first);
	for (unsigned id = 0; id <= SCHEMA_ID_MAX; id++)
		if (dat_schemas(like)->by_id[id])
			assert_int_equal(dat_schemas(like)->by_id[id]->id, id);
	dat_close(like);
	dat_close(unlike);
}

static void test_writer_keeps_files(void **state)
{
	struct dat_writer_conf c = { { false, 8 }, 4096, 1, NULL };
	struct dat_writer *w = dat_writer_new(&c);
	const char *path = fixture_path("kept.dat");
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(dat_writer_write(w, path, false, &e), 0);
	assert_int_equal(dat_writer_write(w, path, false, &e), -EEXIST);
	assert_int_equal(dat_writer_write(w, path, true, &e), 0);
	assert_int_equal(dat_writer_write(w, "/nonexistent/x", true, &e), -ENOENT);
	unlink(path);
	dat_writer_free(w);
	dat_writer_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machines),     cmocka_unit_test(test_head),
		cmocka_unit_test(test_clock_option), cmocka_unit_test(test_losses),
		cmocka_unit_test(test_discarded),    cmocka_unit_test(test_asked_wrongly),
		cmocka_unit_test(test_refused),	     cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_files_alike),  cmocka_unit_test(test_writer_keeps_files),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
