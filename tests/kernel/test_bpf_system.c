/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_system: the programs that see names looked up, capabilities asked for, modules and
 * control groups.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/kernel/bpf_fixture.h"

#define EVENTS "/sys/kernel/tracing/events/"

struct dns_row {
	struct seen_head head;
	uint32_t call, result;
	uint64_t latency;
	char name[256];
};

enum { CALL_GETADDRINFO, CALL_GETHOSTBYNAME, CALL_GETHOSTBYNAME2, CALL_GETHOSTBYNAME_R };
enum { RESULT_OK, RESULT_NONAME = 2, RESULT_FAIL = 4 };

struct capable_row {
	struct seen_head head;
	uint32_t cap, audit;
	int32_t result;
	uint32_t caller;
	uint64_t frames[];
};

#define SYS_CHROOT 18 /* CAP_ */

struct module_row {
	struct seen_head head;
	uint32_t action;
	char name[64];
};

enum { MODULE_LOAD, MODULE_FREE };

struct cgroup_row {
	struct seen_head head;
	uint32_t action;
	int32_t level;
	uint64_t id;
	int32_t hierarchy, moved_tid, moved_pid;
	bool threadgroup;
	char moved_comm[16];
	uint32_t path;
};

enum { GROUP_MKDIR, GROUP_RMDIR, GROUP_ATTACH };

#define ROWS	  256
#define ROW_BYTES 512

static struct rows {
	union {
		unsigned char bytes[ROW_BYTES];
		struct seen_head head;
		struct dns_row dns;
		struct module_row module;
		struct cgroup_row cgroup;
	} v[ROWS];
	unsigned count;
} rows;

static int take(void *data, void *event, size_t size)
{
	(void)data;
	if (rows.count < ROWS && size <= ROW_BYTES)
		memcpy(rows.v[rows.count++].bytes, event, size);
	return 0;
}

static void begin(struct tap_program *p, const char *name)
{
	char why[256];

	if (geteuid() != 0) {
		print_message("not root\n");
		skip();
	}
	if (!tap_open(p, name, why)) {
		print_message("%s\n", why);
		skip();
	}
	rows.count = 0;
	p->take = take;
}

static void go(struct tap_program *p)
{
	char why[256];

	if (!tap_load(p, 0, 0, why))
		fail_msg("%s", why);
	tap_say(p);
}

/* Lets a child do something; keeps its rows alone. */
static pid_t let(struct tap_program *p, bool (*act)(void))
{
	unsigned kept = 0;
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(act() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	usleep(20000);
	tap_look(p);
	for (unsigned i = 0; i < rows.count; i++)
		if (rows.v[i].head.pid == pid)
			rows.v[kept++] = rows.v[i];
	rows.count = kept;
	return pid;
}

/* ---- dns ---- */

static bool looks_up(void)
{
	struct addrinfo numeric = { .ai_flags = AI_NUMERICHOST }, *found = NULL;
	struct hostent room, *host;
	char buf[4096];
	int err;

	return !getaddrinfo("localhost", NULL, NULL, &found) && found &&
	       getaddrinfo("no number", NULL, &numeric, &found) == EAI_NONAME &&
	       gethostbyname("127.0.0.1") &&
	       !gethostbyname_r("localhost", &room, buf, sizeof(buf), &host, &err) && host &&
	       !getaddrinfo(NULL, "80", NULL, &found);
}

static void assert_dns(unsigned n, unsigned call, const char *name, unsigned result)
{
	const struct dns_row *r = &rows.v[n].dns;

	assert_true(n < rows.count);
	assert_int_equal(r->call, call);
	assert_string_equal(r->name, name);
	assert_int_equal(r->result, result);
	assert_in_range(r->latency, 1, 60000000000);
}

static void test_dns(void **state)
{
	struct tap_program p;

	(void)state;
	begin(&p, "dns");
	go(&p);
	let(&p, looks_up);
	assert_dns(0, CALL_GETADDRINFO, "localhost", RESULT_OK);
	assert_dns(1, CALL_GETADDRINFO, "no number", RESULT_NONAME);
	assert_dns(2, CALL_GETHOSTBYNAME, "127.0.0.1", RESULT_OK);
	assert_dns(3, CALL_GETHOSTBYNAME_R, "localhost", RESULT_OK);
	assert_dns(4, CALL_GETADDRINFO, "", RESULT_OK);
	assert_int_equal(rows.count, 5);
	tap_close(&p);
}

static void test_dns_failed(void **state)
{
	struct tap_program p;

	(void)state;
	begin(&p, "dns");
	assert_true(tap_option(&p, "failed", 1));
	go(&p);
	let(&p, looks_up);
	assert_dns(0, CALL_GETADDRINFO, "no number", RESULT_NONAME);
	assert_int_equal(rows.count, 1);
	tap_close(&p);
}

/* ---- capable ---- */

static bool changes_root(void)
{
	return !chroot("/") && !setuid(65534) && chroot("/") == -1 && errno == EPERM;
}

/* The n-th row about a capability. */
static const struct capable_row *about(unsigned cap, unsigned n)
{
	for (unsigned i = 0; i < rows.count; i++) {
		const struct capable_row *r = (const void *)rows.v[i].bytes;

		if (r->cap == cap && !n--)
			return r;
	}
	return NULL;
}

static void begin_capable(struct tap_program *p)
{
	begin(p, "capable");
	tap_without(p, access(EVENTS "capability/cap_capable", F_OK) ? "asked" : "returned");
}

static void test_capable(void **state)
{
	const struct capable_row *r;
	struct tap_program p;

	(void)state;
	begin_capable(&p);
	go(&p);
	let(&p, changes_root);
	r = about(SYS_CHROOT, 0);
	assert_non_null(r);
	assert_int_equal(r->result, 0);
	assert_int_equal(r->head.uid, 0);
	assert_int_equal(r->caller & 0xffff, sizeof(*r) + TAP_COMMON);
	assert_true(r->caller >> 16 >= 8);
	assert_int_equal(r->frames[0] >> 63, 1);
	r = about(SYS_CHROOT, 1);
	assert_non_null(r);
	assert_int_equal(r->result, -EPERM);
	assert_int_equal(r->head.uid, 65534);
	assert_null(about(SYS_CHROOT, 2));
	tap_close(&p);
}

static void test_capable_failed(void **state)
{
	const struct capable_row *r;
	struct tap_program p;

	(void)state;
	begin_capable(&p);
	assert_true(tap_option(&p, "failed", 1));
	go(&p);
	let(&p, changes_root);
	r = about(SYS_CHROOT, 0);
	assert_non_null(r);
	assert_int_equal(r->result, -EPERM);
	assert_null(about(SYS_CHROOT, 1));
	tap_close(&p);
}

/* ---- module ---- */

static void test_module(void **state)
{
	unsigned loads = 0, frees = 0;
	struct tap_program p;

	(void)state;
	begin(&p, "module");
	if (access(EVENTS "module/module_load", F_OK)) {
		tap_close(&p);
		print_message("this kernel has no modules\n");
		skip();
	}
	if (system("modprobe -n dummy 2>/dev/null")) {
		tap_close(&p);
		print_message("there is no module dummy\n");
		skip();
	}
	assert_int_equal(system("modprobe -r dummy 2>/dev/null"), 0);
	go(&p);
	assert_int_equal(system("modprobe dummy numdummies=0 && modprobe -r dummy"), 0);
	tap_look(&p);
	for (unsigned i = 0; i < rows.count; i++) {
		const struct module_row *r = &rows.v[i].module;

		if (strcmp(r->name, "dummy"))
			continue;
		loads += r->action == MODULE_LOAD;
		frees += r->action == MODULE_FREE;
		assert_string_equal(r->head.comm, "modprobe");
	}
	assert_int_equal(loads, 1);
	assert_int_equal(frees, 1);
	tap_close(&p);
}

/* ---- cgroup ---- */

static const char *groups; /* where the unified hierarchy is */

static bool joins(const char *dir)
{
	char path[160];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, "0", 1) == 1;
	close(fd);
	return ok;
}

static bool makes_group(void)
{
	char group[128];

	snprintf(group, sizeof(group), "%s/tapdeck-test-%d", groups, getpid());
	return !mkdir(group, 0755) && joins(group) && joins(groups) && !rmdir(group);
}

static void assert_group(unsigned n, unsigned action, const char *path, pid_t moved)
{
	const struct cgroup_row *r = &rows.v[n].cgroup;
	unsigned at = (r->path & 0xffff) - TAP_COMMON;

	assert_true(n < rows.count);
	assert_int_equal(r->action, action);
	assert_true(at < ROW_BYTES - 64);
	assert_string_equal((const char *)rows.v[n].bytes + at, path);
	assert_int_equal(r->moved_pid, moved);
	assert_int_equal(r->moved_tid, moved);
	assert_string_equal(r->moved_comm, moved ? r->head.comm : "");
	assert_int_equal(r->threadgroup, moved != 0);
	assert_int_equal(r->level, strlen(path) > 1);
	assert_int_not_equal(r->id, 0);
}

static void test_cgroup(void **state)
{
	struct tap_program p;
	char path[64];
	pid_t child;

	(void)state;
	groups =
	    access("/sys/fs/cgroup/unified", F_OK) ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
	snprintf(path, sizeof(path), "%s/cgroup.procs", groups);
	if (access(path, W_OK)) {
		print_message("no cgroup2, or not root\n");
		skip();
	}
	begin(&p, "cgroup");
	go(&p);
	child = let(&p, makes_group);
	snprintf(path, sizeof(path), "/tapdeck-test-%d", child);
	assert_group(0, GROUP_MKDIR, path, 0);
	assert_group(1, GROUP_ATTACH, path, child);
	assert_group(2, GROUP_ATTACH, "/", child);
	assert_group(3, GROUP_RMDIR, path, 0);
	assert_int_equal(rows.count, 4);
	tap_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dns),	cmocka_unit_test(test_dns_failed),
		cmocka_unit_test(test_capable), cmocka_unit_test(test_capable_failed),
		cmocka_unit_test(test_module),	cmocka_unit_test(test_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
