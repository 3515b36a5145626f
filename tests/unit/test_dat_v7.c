/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_dat_v7: files of version 7, compressed or not, of every machine and page size; what a cache
 * holds and lets go; the text of latency tracers. Damage has a test of its own, test_dat_v7_damage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/dat_fixture.h"
#include "core/row.h"

#define TICK "event demo tick 501 n:u32 l:ulong text:string\n"

static const char *const machines[] = { "le64", "le32", "be64", "be32" };
static const char *const codecs[] = { "none", "zlib", "zstd" };
static const char *const page_sizes[] = { "1024", "4096", "65536", "1048576" };

static uint64_t value(const struct schema *s, const char *name, const struct page_event *ev)
{
	uint64_t v = 0;

	assert_true(field_int(s, schema_field(s, name), ev->rec, ev->size, &v));
	return v;
}

/* Reads one page and checks its records, which count n on. */
static uint64_t check_page(struct dat *d, const struct page *p, uint64_t n)
{
	const struct schema *s = schema_set_find(dat_schemas(d), "demo", "tick");
	struct page_walk w = page_walk_init(p->records, p->size, p->ts);
	struct page_event ev;

	for (; page_next(&w, &ev); n++) {
		uint32_t len = 0;
		const char *text = field_str(s, schema_field(s, "text"), ev.rec, ev.size, &len);
		char want[32];

		assert_int_equal(ev.ts, 1000 + n * 7);
		assert_int_equal(value(s, "n", &ev), n);
		assert_int_equal(value(s, "l", &ev), n);
		snprintf(want, sizeof(want), "t%llu", (unsigned long long)n);
		assert_int_equal(len, strlen(want));
		assert_memory_equal(text, want, len);
	}
	assert_false(w.damaged);
	return n;
}

static uint64_t check_cpu(struct dat *d, unsigned buffer, unsigned cpu)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < dat_pages(d, buffer, cpu); i++) {
		struct page_data *keep;
		struct page p;
		uint64_t ts;

		assert_int_equal(dat_page_load(d, buffer, cpu, i, &p, &keep, NULL), 0);
		assert_int_equal(dat_page_time(d, buffer, cpu, i, &ts), 0);
		assert_int_equal(ts, p.ts);
		n = check_page(d, &p, n);
		page_data_unref(keep);
	}
	return n;
}

/* A CPU without pages is left out of version 7: CPU 2 keeps its number. */
static void check_file(struct dat *d, const char *codec, uint32_t page_size)
{
	struct dat_info info;

	dat_info(d, &info);
	assert_null(info.damage);
	assert_int_equal(info.version, 7);
	assert_string_equal(info.compression, codec);
	assert_int_equal(info.buffers, 3);
	assert_int_equal(dat_buffer(d, 0)->page_size, page_size);
	assert_int_equal(dat_buffer(d, 0)->cpus, 3);
	assert_string_equal(dat_buffer(d, 0)->clock, "boot");
	assert_int_equal(check_cpu(d, 0, 0), 1500);
	assert_int_equal(check_cpu(d, 0, 1), 0);
	assert_int_equal(check_cpu(d, 0, 2), 3);
	assert_string_equal(dat_buffer(d, 1)->name, "side");
	assert_int_equal(dat_buffer(d, 1)->page_size, 2048);
	assert_int_equal(dat_buffer(d, 1)->cpus, 1);
	assert_int_equal(check_cpu(d, 1, 0), 200);
	assert_string_equal(dat_buffer(d, 2)->name, "empty");
	assert_int_equal(dat_buffer(d, 2)->cpus, 0);
	dat_info(d, &info);
	assert_null(info.damage);
}

static void test_all(void **state)
{
	static const char text[] =
	    "cpus 3\nclock boot\n" TICK "cpu 0\nmany 1500 1000 7 tick tid=77 n=$ l=$ text=t$\n"
	    "cpu 2\nmany 3 1000 7 tick tid=77 n=$ l=$ text=t$\n"
	    "buffer side 2 2048\nmany 200 1000 7 tick tid=77 n=$ l=$ text=t$\nbuffer empty 2\n";

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		for (size_t c = 0; c < ARRAY_SIZE(codecs); c++) {
			for (size_t p = 0; p < ARRAY_SIZE(page_sizes); p++) {
				char options[128];
				struct dat *d;

				snprintf(options, sizeof(options), "-m %s -7 %s -p %s", machines[m],
					 codecs[c], page_sizes[p]);
				d = fixture_open_as(text, options);
				check_file(d, codecs[c], (uint32_t)atoi(page_sizes[p]));
				dat_close(d);
			}
		}
	}
}

static void collect(int32_t tid, const char *comm, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%d=%s;", tid, comm);
}

/* Names and symbols come out of sections that may be inflated ones. */
static void test_head(void **state)
{
	static const char text[] = "comm 7 seven\ncomm 8 \"two words\"\n"
				   "kallsyms ffffffff81000000 T start_here\n"
				   "printk 0xffffffff82000000 : \"hello\\n\"\n"
				   "option 5 \"Linux demo 6.1\"\noption 1 0x1234\n" TICK;

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(codecs); c++) {
		char options[64], names[128] = "";
		struct dat_info info;
		struct dat *d;
		const char *s;
		size_t size;

		snprintf(options, sizeof(options), "-m be32 -7 %s", codecs[c]);
		d = fixture_open_as(text, options);
		dat_info(d, &info);
		assert_null(info.damage);
		assert_string_equal(info.uname, "Linux demo 6.1");
		assert_int_equal(info.date_offset, 0x1234 * 1000);
		dat_cmdlines(d, collect, names);
		assert_string_equal(names, "7=seven;8=two words;");
		s = dat_kallsyms(d, &size);
		assert_int_equal(size, strlen("ffffffff81000000 T start_here\n"));
		assert_memory_equal(s, "ffffffff81000000 T start_here\n", size);
		s = dat_printk(d, &size);
		assert_int_equal(size, strlen("0xffffffff82000000 : \"hello\\n\"\n"));
		assert_memory_equal(s, "0xffffffff82000000 : \"hello\\n\"\n", size);
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
		char options[64];
		struct dat *d;

		snprintf(options, sizeof(options), "-m %s -7 zstd -c 2", machines[m]);
		d = fixture_open_as(text, options);
		assert_int_equal(dat_pages(d, 0, 0), 3);
		for (unsigned i = 0; i < 3; i++) {
			struct page_data *keep;
			struct page p;

			assert_int_equal(dat_page_load(d, 0, 0, i, &p, &keep, NULL), 0);
			assert_int_equal(p.lost, want[i]);
			assert_int_equal(p.ts, i + 1);
			page_data_unref(keep);
		}
		dat_close(d);
	}
}

/* ---- the cache ---- */

#define LONG_TEXT "cpus 2\n" TICK "many 3000 1000 7 tick tid=77 n=$ l=$ text=t$\n"

/* Who keeps a page has it, whatever becomes of the cache and the file. */
static void test_kept(void **state)
{
	struct dat *d = fixture_open_as(LONG_TEXT, "-7 zstd -c 2");
	struct page_data *keep, *other;
	struct page p, q;
	uint64_t n;

	(void)state;
	dat_cache_limit(d, 1);
	assert_int_equal(dat_page_load(d, 0, 0, 0, &p, &keep, NULL), 0);
	assert_non_null(keep);
	assert_int_equal(dat_page_load(d, 0, 0, 1, &q, &other, NULL), 0);
	assert_ptr_equal(keep, other); /* of one chunk */
	page_data_unref(other);
	n = check_page(d, &p, 0);
	assert_int_equal(check_cpu(d, 0, 0), 3000);
	assert_int_equal(check_page(d, &p, 0), n);
	assert_in_range(dat_cache_used(d), 2 * 4096, 4 * 4096);
	assert_int_equal(dat_page_load(d, 0, 0, 0, &q, &other, NULL), 0);
	assert_ptr_equal(keep, other); /* it is still the one that is kept */
	page_data_unref(other);
	page_data_unref(keep);
	dat_cache_limit(d, 0);
	assert_int_equal(dat_cache_used(d), 0);
	assert_int_equal(dat_page_load(d, 0, 0, 0, &p, &keep, NULL), 0);
	dat_close(d);
	assert_int_equal(load_u32(p.records + 4) & 0xffff, 501);
	page_data_unref(keep);
}

static void test_bound(void **state)
{
	static const char *const options[] = { "-7 zstd -c 2", "-7 none -m be64", "-m be32" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		struct dat *d = fixture_open_as(LONG_TEXT, options[i]);
		const void *first;
		struct page_data *keep;
		struct page p;

		dat_cache_limit(d, 5 * 8192);
		assert_int_equal(dat_page_load(d, 0, 0, 0, &p, &keep, NULL), 0);
		first = p.records;
		page_data_unref(keep);
		assert_int_equal(dat_page_load(d, 0, 0, 0, &p, &keep, NULL), 0);
		assert_ptr_equal(p.records, first); /* it was there */
		page_data_unref(keep);
		assert_true(dat_pages(d, 0, 0) > 20);
		assert_int_equal(check_cpu(d, 0, 0), 3000);
		assert_in_range(dat_cache_used(d), 4096, 5 * 8192);
		dat_close(d);
	}
}

#define CROWD_CPUS  24
#define CROWD_CHUNK 10 /* pages of 1 MiB */

/* Pages of 1 MiB, with one record each, in chunks that are nearly nothing when compressed. */
static struct dat *open_crowd(void)
{
	static char text[16384];
	size_t n = (size_t)sprintf(text, "cpus %d\n" TICK, CROWD_CPUS);

	for (unsigned cpu = 0; cpu < CROWD_CPUS; cpu++) {
		n += (size_t)sprintf(text + n, "cpu %u\n", cpu);
		for (unsigned i = 0; i < CROWD_CHUNK; i++)
			n += (size_t)sprintf(text + n, "at %u tick n=%u\nclose\n", i + 1, cpu);
	}
	return fixture_open_as(text, "-7 zstd -c 10 -p 1048576");
}

/* Whoever keeps a page of every CPU does not keep all chunks: a small file would be gigabytes. */
static void test_crowd(void **state)
{
	struct dat *d = open_crowd();
	const struct schema *s = schema_set_find(dat_schemas(d), "demo", "tick");
	struct page_data *keep[CROWD_CPUS], *other;
	struct page p[CROWD_CPUS], q;

	(void)state;
	dat_cache_limit(d, 1 << 20);
	for (unsigned cpu = 0; cpu < CROWD_CPUS; cpu++)
		assert_int_equal(dat_page_load(d, 0, cpu, 3, &p[cpu], &keep[cpu], NULL), 0);
	assert_in_range(dat_cache_used(d), 130 << 20, 150 << 20);
	assert_int_equal(dat_page_load(d, 0, CROWD_CPUS - 1, 3, &q, &other, NULL), 0);
	assert_ptr_not_equal(other, keep[CROWD_CPUS - 1]);
	page_data_unref(other);
	for (unsigned cpu = 0; cpu < CROWD_CPUS; cpu++) {
		struct page_walk w = page_walk_init(p[cpu].records, p[cpu].size, p[cpu].ts);
		struct page_event ev;

		assert_true(page_next(&w, &ev));
		assert_int_equal(ev.ts, 4);
		assert_int_equal(value(s, "n", &ev), cpu);
		assert_false(page_next(&w, &ev));
		page_data_unref(keep[cpu]);
	}
	dat_close(d);
}

/* What the map can lend needs no cache. */
static void test_lent(void **state)
{
	struct dat *d = fixture_open_as(LONG_TEXT, "-7 none");
	struct page_data *keep;
	struct page p;

	(void)state;
	assert_int_equal(dat_page_load(d, 0, 0, 0, &p, &keep, NULL), 0);
	assert_null(keep);
	assert_int_equal(check_cpu(d, 0, 0), 3000);
	assert_int_equal(dat_cache_used(d), 0);
	dat_close(d);
}

static void test_asked_wrongly(void **state)
{
	struct dat *d = fixture_open_as(TICK "at 1 tick n=1\n", "-7 zstd");
	struct err e = ERR_INIT;
	struct page_data *keep;
	struct page p;
	uint64_t ts;

	(void)state;
	assert_int_equal(dat_page_load(d, 0, 0, 1, &p, &keep, &e), -EINVAL);
	assert_int_equal(dat_page_load(d, 0, 1, 0, &p, &keep, &e), -EINVAL);
	assert_int_equal(dat_page_load(d, 1, 0, 0, &p, &keep, &e), -EINVAL);
	assert_int_equal(dat_page_time(d, 0, 0, 1, &ts), -EBADMSG);
	assert_int_equal(dat_pages(d, 9, 0), 0);
	assert_int_equal(dat_pages(d, 0, 9), 0);
	dat_close(d);
}

/* ---- text of a latency tracer ---- */

static void test_latency(void **state)
{
	static const char *const options[] = { "", "-7 none", "-7 zlib", "-7 zstd",
					       "-m be32 -7 zstd" };
	static const char want[] = "# tracer: wakeup\n#\n# latency: 10 us\n";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		struct dat *d = fixture_open_as("latency # tracer: wakeup\nlatency #\n"
						"latency # latency: 10 us\n" TICK,
						options[i]);
		struct dat_info info;
		const char *s;
		size_t size;

		dat_info(d, &info);
		assert_null(info.damage);
		assert_true(dat_is_latency(d));
		s = dat_latency(d, &size);
		assert_int_equal(size, strlen(want));
		assert_memory_equal(s, want, size);
		assert_int_equal(dat_buffer(d, 0)->cpus, 0);
		assert_non_null(dat_buffer(d, 0)->clock);
		dat_close(d);
	}
}

static void test_no_latency(void **state)
{
	struct dat *d = fixture_open_as(TICK, "-7 none");
	size_t size = 1;

	(void)state;
	assert_false(dat_is_latency(d));
	dat_latency(d, &size);
	assert_int_equal(size, 0);
	dat_close(d);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),	      cmocka_unit_test(test_head),
		cmocka_unit_test(test_losses),	      cmocka_unit_test(test_kept),
		cmocka_unit_test(test_bound),	      cmocka_unit_test(test_lent),
		cmocka_unit_test(test_latency),	      cmocka_unit_test(test_no_latency),
		cmocka_unit_test(test_asked_wrongly), cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
