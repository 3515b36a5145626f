/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_oom: what the program oom says of a process that wants more memory than its control
 * group may have, in either version of control groups.
 */
#include "tests/kernel/bpf_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB (1 << 20)

static char outer[64], inner[80]; /* groups of the test's own, one in the other */
static char mounted[64];
static bool is_v2, enabled_here;

static bool put(const char *dir, const char *file, const char *text)
{
	char path[256];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s%s/%s", mounted, dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool make(const char *dir)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", mounted, dir);
	return !mkdir(path, 0755);
}

static void take_away(const char *dir)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", mounted, dir);
	rmdir(path);
}

static bool groups_v2(void)
{
	char path[128], text[256] = "";
	FILE *f;

	is_v2 = true;
	strcpy(mounted, "/sys/fs/cgroup");
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", mounted);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	if (!strstr(text, "memory")) {
		enabled_here = put("", "cgroup.subtree_control", "+memory");
		if (!enabled_here)
			return false;
	}
	return make(outer) && put(outer, "cgroup.subtree_control", "+memory") && make(inner) &&
	       put(inner, "memory.max", "20971520") && (put(inner, "memory.swap.max", "0"), true);
}

static bool groups_v1(void)
{
	is_v2 = false;
	strcpy(mounted, "/sys/fs/cgroup/memory");
	return make(outer) && make(inner) && put(inner, "memory.limit_in_bytes", "20971520") &&
	       (put(inner, "memory.memsw.limit_in_bytes", "20971520"), true);
}

static int make_groups(void **state)
{
	(void)state;
	snprintf(outer, sizeof(outer), "/tapdeck.test.%d", getpid());
	snprintf(inner, sizeof(inner), "%s/inner", outer);
	if (geteuid() || !(groups_v2() || groups_v1()))
		mounted[0] = '\0';
	return 0;
}

static int remove_groups(void **state)
{
	(void)state;
	if (!mounted[0])
		return 0;
	take_away(inner);
	take_away(outer);
	if (enabled_here)
		put("", "cgroup.subtree_control", "-memory");
	return 0;
}

static void want_too_much(void *data)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	size_t size = *(size_t *)data;

	if (fd < 0 || write(fd, "300", 3) != 3 || !put(inner, "cgroup.procs", "0"))
		_exit(1);
	prctl(PR_SET_NAME, "glutton");
	memset(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1,
	       size);
}

static void check_victim(struct rows *r, size_t size)
{
	assert_int_equal(r->count, 1);
	assert_row_number(r, 0, "tid", r->pid);
	assert_row_number(r, 0, "victim_pid", r->pid);
	assert_row_number(r, 0, "victim_uid", 0);
	assert_row_text(r, 0, "victim_comm", "glutton");
	assert_row_number(r, 0, "oom_score_adj", 300);
	assert_row_text(r, 0, "victim_cgroup", inner);
	assert_in_range(rows_number(r, 0, "anon_rss"), 15 * MB, size); /* some is shared with us */
	assert_true(rows_number(r, 0, "total_vm") >= (int64_t)size);
	assert_in_range(rows_number(r, 0, "page_tables"), 4096, 2 * MB);
	assert_in_range(rows_number(r, 0, "file_rss"), 0, 20 * MB);
	assert_row_number(r, 0, "shmem_rss", 0);
	assert_row_number(r, 0, "swap", 0);
}

static void test_victim(void **state)
{
	struct rows *r = rows_open("oom");
	size_t size = 64 * MB;

	(void)state;
	if (!mounted[0]) {
		print_message("skip: no control groups that limit memory\n");
		rows_close(r);
		skip();
	}
	rows_begin(r);
	rows_of(r, want_too_much, &size);
	if (!WIFSIGNALED(r->status))
		fail_msg("it ended with %x", r->status);
	assert_int_equal(WTERMSIG(r->status), SIGKILL);
	check_victim(r, size);
	rows_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_victim) };

	return cmocka_run_group_tests(tests, make_groups, remove_groups);
}
