/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every sink must do that takes whole pages: it wants a file, and every row is in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/page.h"
#include "tests/contract/sinks_stage.h"
#include "tracefs/dat.h"
#include "tracefs/dat_meta.h"

#define for_each_of_pages(i)                                                                       \
	for (size_t i = 0; sinks[i]; i++)                                                          \
		if (sinks[i]->page)

/* A file or nothing, said in words before anything is written. */
static void test_pages_want_a_file(void **state)
{
	struct stage st;

	(void)state;
	stage_open(&st);
	for_each_of_pages(i)
	{
		struct sink_conf c = { .identity = st.identity, .path = "somewhere" };
		struct sink *s = NULL;
		struct err e = ERR_INIT;
		int fds[2];

		assert_int_equal(pipe(fds), 0);
		c.fd = fds[1];
		assert_int_equal(sink_new(sinks[i]->name, &c, &s, &e), -EINVAL);
		assert_non_null(strstr(e.text, "somewhere"));
		close(fds[0]);
		close(fds[1]);
	}
	stage_close(&st);
}

static struct dat_meta *small_meta(void)
{
	struct dat_meta *m = dat_meta_new();

	m->cpus = 4;
	m->clock = strdup("mono");
	return m;
}

/* Counts the records of all pages of a file, checks what they say, and adds up the losses. */
static void check_file(const char *path, unsigned *records, unsigned *unknown, uint64_t *lost)
{
	struct dat *d = NULL;
	struct dat_info info;

	assert_int_equal(dat_open(path, &d, NULL), 0);
	dat_info(d, &info);
	assert_null(info.damage);
	for (unsigned b = 0; b < info.buffers; b++)
		for (unsigned cpu = 0; cpu < dat_buffer(d, b)->cpus; cpu++)
			for (uint64_t n = 0; n < dat_pages(d, b, cpu); n++) {
				struct page_data *keep;
				struct page_event ev;
				struct page_walk w;
				struct page p;

				assert_int_equal(dat_page_load(d, b, cpu, n, &p, &keep, NULL), 0);
				w = page_walk_init(p.records, p.size, p.ts);
				*unknown += p.lost == LOST_UNKNOWN;
				*lost += p.lost == LOST_UNKNOWN ? 0 : p.lost;
				while (page_next(&w, &ev)) {
					assert_int_equal(ev.ts, 12345678901234ULL);
					assert_int_equal(load_u32(ev.rec + 4), 42);
					++*records;
				}
				page_data_unref(keep);
			}
	dat_close(d);
}

static void test_pages_hold_every_row(void **state)
{
	struct stage st;

	(void)state;
	stage_open(&st);
	for_each_of_pages(i)
	{
		char path[] = "/tmp/tapdeck-sink-XXXXXX";
		struct sink_conf c = { .fd = mkostemp(path, O_CLOEXEC),
				       .identity = st.identity,
				       .path = path,
				       .meta = small_meta() };
		struct row loss = {
			.ts = 5, .cpu = 1, .flags = ROW_LOSS, .lost = 10, .source = &st.source
		};
		struct row unknown = st.row, command = st.row;
		unsigned records = 0, unknown_losses = 0;
		uint64_t lost = 0;
		struct sink *s = NULL;

		unknown.schema = NULL;
		command.cpu = CPU_NONE;
		assert_int_equal(sink_new(sinks[i]->name, &c, &s, NULL), 0);
		assert_int_equal(sinks[i]->row(s, &loss, NULL), 0);
		assert_int_equal(sinks[i]->row(s, &st.row, NULL), 0);
		assert_int_equal(sinks[i]->tick(s, NULL), 0);
		assert_int_equal(sinks[i]->row(s, &unknown, NULL), 0);
		loss.lost = LOST_UNKNOWN;
		assert_int_equal(sinks[i]->row(s, &loss, NULL), 0);
		assert_int_equal(sinks[i]->row(s, &st.row, NULL), 0);
		assert_int_equal(sinks[i]->row(s, &command, NULL), 0);
		assert_int_equal(sink_free(s, NULL), 0);
		close(c.fd);
		check_file(path, &records, &unknown_losses, &lost);
		assert_int_equal(records, 4);
		assert_int_equal(unknown_losses, 1);
		assert_int_equal(lost, 10);
		unlink(path);
	}
	stage_close(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_want_a_file),
		cmocka_unit_test(test_pages_hold_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
