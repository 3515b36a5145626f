/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: order, reuse of slots, a full journal, a second map of it, and what a crashed
 * writer may have left in it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/journal.h"
#include "core/util.h"

static int add(struct journal *j, const char *path, const char *value)
{
	struct journal_entry en = { .kind = value ? JOURNAL_WRITE : JOURNAL_RMDIR,
				    .path = path,
				    .value = value,
				    .size = value ? strlen(value) : 0 };

	return journal_add(j, &en, NULL);
}

/* The paths that count, youngest first, with a blank behind each. */
static const char *paths(const struct journal *j, char *buf, size_t size)
{
	uint64_t seq = UINT64_MAX;
	struct journal_entry en;
	size_t n = 0;

	buf[0] = '\0';
	while (journal_prev(j, &seq, &en) && n < size)
		n += (size_t)snprintf(buf + n, size - n, "%s ", en.path ? en.path : "-");
	return buf;
}

static int setup(void **state)
{
	static struct journal j;

	*state = &j;
	return journal_new(&j, NULL);
}

static int teardown(void **state)
{
	journal_close(*state);
	return 0;
}

static void order_is_youngest_first(void **state)
{
	struct journal *j = *state;
	char buf[256];
	int b;

	assert_true(add(j, "/a", NULL) > 0);
	b = add(j, "/b", "1");
	assert_true(b > 0);
	assert_true(add(j, "/c", "22") > 0);
	assert_string_equal(paths(j, buf, sizeof(buf)), "/c /b /a ");
	journal_done(j, b);
	assert_string_equal(paths(j, buf, sizeof(buf)), "/c /a ");
	assert_int_equal(journal_count(j), 2);
}

static void entries_come_back_as_written(void **state)
{
	struct journal *j = *state;
	struct journal_entry en = {
		.kind = JOURNAL_WRITE, .path = "/k", .value = "x\0y", .size = 3
	};
	struct journal_entry kill = { .kind = JOURNAL_KILL, .pid = 77, .start = 123456789012ULL };
	uint64_t seq = UINT64_MAX;
	int a = journal_add(j, &en, NULL), b = journal_add(j, &kill, NULL);

	assert_true(journal_prev(j, &seq, &en));
	assert_int_equal(en.number, b);
	assert_int_equal(en.kind, JOURNAL_KILL);
	assert_int_equal(en.pid, 77);
	assert_int_equal(en.start, 123456789012ULL);
	assert_null(en.path);
	assert_true(journal_prev(j, &seq, &en));
	assert_int_equal(en.number, a);
	assert_int_equal(en.size, 3);
	assert_memory_equal(en.value, "x\0y", 3);
	assert_false(journal_prev(j, &seq, &en));
}

/* A slot used again keeps its place and yet is the youngest. */
static void slots_are_used_again_in_order(void **state)
{
	struct journal *j = *state;
	char buf[256];
	int a = add(j, "/a", NULL), again;

	add(j, "/b", NULL);
	journal_done(j, a);
	again = add(j, "/c", NULL);
	assert_int_equal(again, a);
	assert_string_equal(paths(j, buf, sizeof(buf)), "/c /b ");
}

static void a_long_session_does_not_fill_it(void **state)
{
	struct journal *j = *state;

	assert_true(add(j, "/stays", NULL) > 0);
	for (int i = 0; i < 200000; i++) {
		struct journal_entry en = { .kind = JOURNAL_KILL, .pid = 2 + i, .start = 1 };
		int n = journal_add(j, &en, NULL);

		assert_true(n > 0);
		journal_done(j, n);
	}
	assert_int_equal(journal_count(j), 1);
}

static void a_full_journal_says_so(void **state)
{
	static char value[JOURNAL_VALUE_MAX + 2];
	struct journal *j = *state;
	struct err e = ERR_INIT;
	struct journal_entry en = { .kind = JOURNAL_WRITE, .path = "/k", .value = value };
	unsigned n = 0;
	int ret;

	memset(value, 'v', sizeof(value) - 1);
	en.size = JOURNAL_VALUE_MAX + 1;
	assert_int_equal(journal_add(j, &en, &e), -EINVAL);
	en.size = JOURNAL_VALUE_MAX;
	while ((ret = journal_add(j, &en, &e)) > 0)
		n++;
	assert_int_equal(ret, -ENOSPC);
	assert_int_equal(n, JOURNAL_SIZE / JOURNAL_VALUE_MAX - 1);
	assert_non_null(strstr(e.text, "full"));
	assert_int_equal(journal_count(j), n);
}

static void another_map_sees_the_same(void **state)
{
	struct journal *j = *state, other = { 0 };
	char buf[64];
	int fd = fcntl(j->fd, F_DUPFD_CLOEXEC, 3);
	int a;

	assert_int_equal(journal_map(&other, fd), 0);
	a = add(j, "/a", NULL);
	assert_string_equal(paths(&other, buf, sizeof(buf)), "/a ");
	journal_set_note(&other, a, 42);
	assert_int_equal(journal_note(j, a), 42);
	journal_done(&other, a);
	assert_int_equal(journal_count(j), 0);
	journal_close(&other);
}

static void foreign_files_are_refused(void **state)
{
	struct journal other = { 0 };
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(journal_map(&other, fd), -EINVAL); /* not sealed */
	assert_int_equal(ftruncate(fd, JOURNAL_SIZE), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_int_equal(journal_map(&other, fd), -EINVAL); /* no magic */
	close(fd);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_int_equal(journal_map(&other, fd), -EINVAL);
	close(fd);
	assert_null(other.map);
}

/* Bytes flipped anywhere: never an entry that was not written, never a step outside. */
static void damage_is_never_acted_on(void **state)
{
	struct journal *j = *state;
	uint32_t seed = 1;
	uint8_t whole[512];

	add(j, "/aaaaaaaa", "one");
	add(j, "/bbbbbbbb", NULL);
	memcpy(whole, j->map, sizeof(whole));
	for (int i = 0; i < 20000; i++) {
		uint64_t seq = UINT64_MAX;
		struct journal_entry en;
		unsigned at;

		memcpy(j->map, whole, sizeof(whole));
		seed = seed * 1103515245 + 12345;
		at = 12 + (seed >> 8) % 240;
		j->map[at] = (uint8_t)(j->map[at] ^ (1 + (seed >> 20) % 255));
		while (journal_prev(j, &seq, &en)) {
			if (en.kind == JOURNAL_WRITE) {
				assert_string_equal(en.path, "/aaaaaaaa");
				assert_memory_equal(en.value, "one", 3);
			} else {
				assert_int_equal(en.kind, JOURNAL_RMDIR);
				assert_string_equal(en.path, "/bbbbbbbb");
			}
		}
		journal_done(j, (int)at);
		journal_note(j, (int)at);
	}
}

static void numbers_from_nowhere_do_nothing(void **state)
{
	static const int bad[] = { 0, -1, -16, 2, 1 << 20, INT32_MAX, INT32_MIN };
	struct journal *j = *state;

	add(j, "/a", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		journal_done(j, bad[i]);
		journal_set_note(j, bad[i], 1);
		assert_int_equal(journal_note(j, bad[i]), 0);
	}
	assert_int_equal(journal_count(j), 1);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(order_is_youngest_first),	    T(entries_come_back_as_written),
		T(slots_are_used_again_in_order),   T(a_long_session_does_not_fill_it),
		T(a_full_journal_says_so),	    T(another_map_sees_the_same),
		T(foreign_files_are_refused),	    T(damage_is_never_acted_on),
		T(numbers_from_nowhere_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
