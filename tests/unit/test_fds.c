/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors over a tree of files like /proc's: what one was at a time, when that is sure, likely
 * and not known; changes in every order, losses, filters, a bounded memory, hostile names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/fds.h"
#include "core/syscall_text.h"
#include "tests/unit/identity_fixture.h"

#define PID   20
#define OTHER 30

#define CALL_HEAD                                                                                  \
	"format:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"            \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define RAW_HEAD CALL_HEAD "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
#define OWN_HEAD CALL_HEAD "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"

static const struct {
	const char *system, *text;
} call_formats[] = {
	{ "raw_syscalls", "name: sys_enter\nID: 1\n" RAW_HEAD
			  "\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n"
			  "\nprint fmt: \"\"\n" },
	{ "raw_syscalls",
	  "name: sys_exit\nID: 2\n" RAW_HEAD
	  "\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n\nprint fmt: \"\"\n" },
	{ "syscalls", "name: sys_enter_close\nID: 3\n" OWN_HEAD
		      "\tfield:unsigned int fd;\toffset:16;\tsize:8;\tsigned:0;\n"
		      "\nprint fmt: \"\"\n" },
	{ "syscalls", "name: sys_enter_dup2\nID: 4\n" OWN_HEAD
		      "\tfield:unsigned int oldfd;\toffset:16;\tsize:8;\tsigned:0;\n"
		      "\tfield:unsigned int newfd;\toffset:24;\tsize:8;\tsigned:0;\n"
		      "\nprint fmt: \"\"\n" },
};

enum { RAW_ENTER, RAW_EXIT, CLOSE, DUP2, CALL_FORMATS };

struct tree {
	struct fixture fx;
	struct schema *calls[CALL_FORMATS];
	struct fds *fds;
	char path[64];
};

static uint64_t clock_now, base;

static uint64_t fake_now(void)
{
	return clock_now;
}

static const char *off; /* a call whose own event is off; "": none */

static bool fake_is_on(void *data, const char *name)
{
	(void)data;
	assert_string_not_equal(name, "openat"); /* takes none away */
	return off && strcmp(off, name) != 0;
}

static void put_process(const struct tree *t, int pid)
{
	char path[256], text[256];
	int fd, n;

	snprintf(path, sizeof(path), "%s/%d", t->path, pid);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/%d/fd", t->path, pid);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/%d/stat", t->path, pid);
	n = snprintf(text, sizeof(text),
		     "%d (x) S 1 7 7 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 100 9 9 9\n", pid);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, text, (size_t)n), n);
	close(fd);
}

/* Makes descriptor fd of a process something; NULL: closed. */
static void put_fd(const struct tree *t, int pid, int fd, const char *what)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%d/fd/%d", t->path, pid, fd);
	unlink(path);
	if (what)
		assert_int_equal(symlink(what, path), 0);
}

static int setup(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct identity_conf c = { .proc = t->path, .live = true };

	strcpy(t->path, "/tmp/test.fds.XXXXXX");
	assert_non_null(mkdtemp(t->path));
	put_process(t, PID);
	put_process(t, OTHER);
	fixture_init(&t->fx, (struct machine) { .long_size = 8 }, &c);
	assert_int_equal(identity_scan(t->fx.id, NULL), 0);
	t->fds = fds_new(
	    &(struct fds_conf) { .identity = t->fx.id, .now = fake_now, .is_on = fake_is_on });
	for (size_t i = 0; i < CALL_FORMATS; i++) {
		const char *text = call_formats[i].text;

		assert_int_equal(schema_parse(call_formats[i].system, text, strlen(text),
					      (struct machine) { .long_size = 8 }, &t->calls[i],
					      NULL),
				 0);
		t->calls[i]->pid = schema_field(t->calls[i], "common_pid");
		t->calls[i]->role = identity_role(t->calls[i]);
		assert_int_equal(t->calls[i]->role, ROLE_CALL);
	}
	base = clock_mono() + NSEC_PER_SEC;
	*state = t;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static int teardown(void **state)
{
	struct tree *t = *state;

	nftw(t->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	fds_free(t->fds);
	for (size_t i = 0; i < CALL_FORMATS; i++)
		schema_free(t->calls[i]);
	fixture_done(&t->fx);
	free(t);
	return 0;
}

#define call(t, format, pid, at, ...) call_rec(t, format, pid, at, (uint64_t[]) { __VA_ARGS__ })

/* What follows the time are the call and its first two arguments. */
static void call_rec(struct tree *t, unsigned format, int pid, uint64_t at, const uint64_t *w)
{
	uint64_t rec[8] = { (uint64_t)pid << 32, w[0], w[1], w[2] };

	fds_learn(t->fds, t->calls[format], base + at, (uint8_t *)rec, sizeof(rec));
}

/* What fd was at a time, looked at now: "name", "name?" or "". All up to `reached` is known. */
static const char *look(struct tree *t, int pid, uint64_t at, int fd, uint64_t now,
			uint64_t reached)
{
	static char text[256];
	struct strbuf out = { 0 };
	enum fd_sure sure;

	clock_now = base + now;
	fds_reached(t->fds, base + reached);
	sure = fds_name(t->fds, pid, base + at, fd, &out);
	snprintf(text, sizeof(text), "%s%s", strbuf_cstr(&out), sure == FD_MAYBE ? "?" : "");
	if (sure == FD_UNKNOWN)
		assert_int_equal(out.len, 0);
	strbuf_done(&out);
	return text;
}

static void test_sure(void **state)
{
	struct tree *t = *state;

	put_fd(t, PID, 3, "/etc/passwd");
	/* Nothing says that changes would be seen. */
	assert_string_equal(look(t, PID, 100, 3, 200, 300), "/etc/passwd?");
	call(t, RAW_ENTER, PID, 400, SYS_read, 3, 0);
	/* What was asked before they were is not sure for what is behind. */
	assert_string_equal(look(t, PID, 450, 3, 500, 450), "/etc/passwd?");
	assert_string_equal(look(t, PID, 450, 3, NSEC_PER_SEC, 450), "/etc/passwd?");
	assert_string_equal(look(t, PID, 450, 3, NSEC_PER_SEC + 1, NSEC_PER_SEC - 1),
			    "/etc/passwd?");
	assert_string_equal(look(t, PID, 450, 3, NSEC_PER_SEC + 2, NSEC_PER_SEC), "/etc/passwd");
	assert_string_equal(look(t, PID, 2 * NSEC_PER_SEC, 3, 3 * NSEC_PER_SEC, 3 * NSEC_PER_SEC),
			    "/etc/passwd");
	assert_string_equal(look(t, PID, 100, 4, 3 * NSEC_PER_SEC, 0), "");
	assert_string_equal(look(t, 99, 100, 3, 200, 300), "");
	assert_string_equal(look(t, PID, 100, -1, 200, 300), "");
}

/* Sees raw calls, and asks for fd 3 of both at 1000. */
static void begin(struct tree *t)
{
	put_fd(t, PID, 3, "/first");
	put_fd(t, OTHER, 3, "/other");
	call(t, RAW_ENTER, PID, 1, SYS_getpid, 0, 0);
	assert_string_equal(look(t, PID, 900, 3, 1000, 1001), "/first");
	assert_string_equal(look(t, OTHER, 900, 3, 1000, 1001), "/other");
}

static void test_changes(void **state)
{
	static const struct {
		unsigned format;
		uint64_t nr;
		uint64_t a, b;
		bool changes;
	} cases[] = {
		{ RAW_ENTER, SYS_close, 3, 0, true },
		{ RAW_ENTER, SYS_close, 4, 0, false },
		{ RAW_ENTER, SYS_read, 3, 0, false },
		{ RAW_ENTER, SYS_dup2, 9, 3, true },
		{ RAW_ENTER, SYS_dup2, 3, 9, false },
		{ RAW_ENTER, SYS_dup3, 9, 3, true },
		{ RAW_ENTER, SYS_close_range, 3, 100, true },
		{ RAW_ENTER, SYS_openat, 3, 3, false },
		{ RAW_EXIT, SYS_openat, 3, 0, true },
		{ RAW_EXIT, SYS_openat, (uint64_t)-ENOENT, 0, false },
		{ RAW_EXIT, SYS_read, 3, 0, false },
		{ CLOSE, SYS_close, 3, 0, true },
		{ DUP2, SYS_dup2, 9, 3, true },
		{ DUP2, SYS_dup2, 3, 9, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tree *t;

		setup((void **)&t);
		begin(t);
		call(t, cases[i].format, PID, 2000, cases[i].nr, cases[i].a, cases[i].b);
		put_fd(t, PID, 3, "/second");
		/* Before it the old answer holds, whoever asks when. */
		assert_string_equal(look(t, PID, 1500, 3, 3000, 2500), "/first");
		assert_string_equal(look(t, PID, 2500, 3, 3000, 2999),
				    cases[i].changes ? "/second?" : "/first");
		assert_string_equal(look(t, PID, 2500, 3, 3100, 3000),
				    cases[i].changes ? "/second" : "/first");
		assert_string_equal(look(t, OTHER, 2500, 3, 3000, 3000), "/other");
		assert_string_equal(look(t, PID, 1500, 3, 3000, 3100), "/first");
		teardown((void **)&t);
	}
	(void)state;
}

/* The row of a change itself: close and dup2 speak of what was, results of what is. */
static void test_at_the_change(void **state)
{
	struct tree *t = *state;

	begin(t);
	call(t, RAW_ENTER, PID, 2000, SYS_close, 3, 0);
	call(t, RAW_EXIT, PID, 2500, SYS_openat, 3, 0);
	put_fd(t, PID, 3, "/second");
	assert_string_equal(look(t, PID, 2000, 3, 3000, 3001), "/first");
	assert_string_equal(look(t, PID, 2500, 3, 3000, 3001), "/second");
	/* In between it was neither. */
	assert_string_equal(look(t, PID, 2200, 3, 3000, 3001), "");
}

/* Never asked before the change: nobody knows what it was. */
static void test_too_late(void **state)
{
	struct tree *t = *state;

	begin(t);
	put_fd(t, PID, 5, "/new");
	call(t, RAW_ENTER, PID, 2000, SYS_close, 5, 0);
	assert_string_equal(look(t, PID, 1500, 5, 3000, 3001), "");
	assert_string_equal(look(t, PID, 2000, 5, 3000, 3001), "");
	/* CPUs come out of order: the older change is learned last. */
	call(t, RAW_ENTER, PID, 6000, SYS_close, 3, 0);
	call(t, RAW_ENTER, PID, 4000, SYS_close, 3, 0);
	assert_string_equal(look(t, PID, 3900, 3, 7000, 7001), "/first");
	assert_string_equal(look(t, PID, 5000, 3, 7000, 7001), "");
}

static const struct schema *find_it(void *data, struct machine m, const char *name)
{
	return data;
}

/* What a pair was called with is of its beginning, what it gave of its end. */
static void test_pair(void **state)
{
	static const char text[] =
	    "name: syscall\nID: 9\n" RAW_HEAD
	    "\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n"
	    "\tfield:long ret;\toffset:64;\tsize:8;\tsigned:1;\n"
	    "\tfield:ns_t latency;\toffset:72;\tsize:8;\tsigned:0;\n\nprint fmt: \"\"\n";
	static const char enter[] = "name: sys_enter_close\nID: 3\n" OWN_HEAD
				    "\tfield:unsigned int fd;\toffset:16;\tsize:8;\tsigned:0;\n"
				    "\nprint fmt: \"\"\n";
	uint64_t rec[10] = { 0, SYS_close, 3, 0, 0, 0, 0, 0, 0, 600 };
	struct tree *t = *state;
	struct row r = {
		.ts = base + 2500, .rec = (uint8_t *)rec, .size = sizeof(rec), .tid = PID
	};
	struct machine m = { .long_size = 8 };
	struct schema *pair, *args;
	struct strbuf out = { 0 };
	struct syscalls *sc;

	begin(t);
	call(t, RAW_ENTER, PID, 1900, SYS_close, 3, 0);
	put_fd(t, PID, 3, "/second");
	assert_int_equal(schema_parse("pair", text, strlen(text), m, &pair, NULL), 0);
	assert_int_equal(schema_parse("syscalls", enter, strlen(enter), m, &args, NULL), 0);
	r.schema = pair;
	sc = syscalls_new(&(struct syscalls_conf) { .find = find_it, .data = args, .fds = t->fds });
	clock_now = base + 3000;
	fds_reached(t->fds, clock_now);
	assert_true(syscalls_text(sc, &r, &out));
	assert_string_equal(out.s, "close(3</first>) = 0 <0.000000>");
	syscalls_free(sc);
	strbuf_done(&out);
	schema_free(pair);
	schema_free(args);
}

static void test_exec(void **state)
{
	struct tree *t = *state;
	struct rec r;

	begin(t);
	r = rec_exec(&t->fx, base + 2000, PID, PID, "/bin/x");
	fds_learn(t->fds, t->fx.schema[r.format], r.ts, r.bytes, r.size);
	put_fd(t, PID, 3, NULL);
	assert_string_equal(look(t, PID, 1500, 3, 3000, 3001), "/first");
	assert_string_equal(look(t, PID, 2500, 3, 3000, 3001), "");
	assert_string_equal(look(t, OTHER, 2500, 3, 3000, 3001), "/other");
}

/* A process that ended: what was known of it stays, nobody else's is taken for it. */
static void test_ended(void **state)
{
	struct tree *t = *state;

	begin(t);
	learn(&t->fx, rec_exit(&t->fx, EXIT, base + 2000, PID, "x", true));
	put_fd(t, PID, 3, "/another");
	put_fd(t, PID, 4, "/another");
	assert_string_equal(look(t, PID, 1500, 3, 3000, 3001), "/first");
	assert_string_equal(look(t, PID, 1500, 4, 3000, 3001), "");
}

static void test_losses(void **state)
{
	struct tree *t = *state;

	begin(t);
	fds_lost(t->fds);
	assert_string_equal(look(t, PID, 1500, 3, 3000, 3001), "/first?");
	call(t, RAW_ENTER, PID, 4000, SYS_getpid, 0, 0);
	assert_string_equal(look(t, PID, 1500, 3, 5000, 5001), "/first?");
	fds_blind(t->fds, true);
	call(t, RAW_ENTER, PID, 6200, SYS_getpid, 0, 0);
	assert_string_equal(look(t, PID, 6500, 3, 2 * NSEC_PER_SEC, 3 * NSEC_PER_SEC), "/first?");
	fds_blind(t->fds, false);
	fds_lost(NULL);
	fds_blind(NULL, true);
	fds_reached(NULL, 1);
}

/* Of single events all that take a descriptor away must be on, whichever come. */
static void test_single_events(void **state)
{
	static const char *const names[] = { "close", "dup2", "dup3", "close_range", "" };
	struct tree *t = *state;
	uint64_t s = NSEC_PER_SEC;

	begin(t);
	fds_lost(t->fds);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++, s += 2 * NSEC_PER_SEC) {
		off = names[i];
		clock_now = base + s;
		call(t, CLOSE, PID, s, SYS_close, 9, 0);
		call(t, DUP2, PID, s + 1, SYS_dup2, 9, 8);
		assert_string_equal(
		    look(t, PID, s + NSEC_PER_SEC, 3, s + NSEC_PER_SEC, s + 2 * NSEC_PER_SEC),
		    *off ? "/first?" : "/first");
	}
	/* Not for what was before they were known to be on. */
	assert_string_equal(look(t, PID, s - 2 * NSEC_PER_SEC - 1, 3, s, s), "/first?");
	off = NULL;
}

/* So many changes that the first are forgotten: then nothing that old is sure. */
static void test_bounded(void **state)
{
	struct tree *t = *state;

	begin(t);
	for (unsigned i = 0; i < 20000; i++)
		call(t, RAW_ENTER, OTHER, 2000 + i, SYS_close, 100 + i % 1000, 0);
	assert_string_equal(look(t, PID, 1500, 3, 30000, 30001), "/first?");
	assert_string_equal(look(t, PID, 25000, 3, NSEC_PER_SEC, 2 * NSEC_PER_SEC), "/first");
	/* One descriptor that changes all the time is given up. */
	for (unsigned i = 0; i < 1000; i++)
		call(t, RAW_ENTER, PID, 40000 + i, SYS_close, 3, 0);
	assert_string_equal(look(t, PID, 30000, 3, 50000, 50001), "");
	/* Behind them it is as good as any. */
	assert_string_equal(look(t, PID, 50000, 3, 60000, 60001), "/first");
	for (int fd = 0; fd < 5000; fd++)
		look(t, PID, 50000, fd, 60000, 60001);
}

static void test_hostile(void **state)
{
	struct tree *t = *state;
	char name[2000];

	call(t, RAW_ENTER, PID, 1, SYS_getpid, 0, 0);
	put_fd(t, PID, 3, "/a\n\033[2J\xff");
	assert_string_equal(look(t, PID, 100, 3, 200, 201), "/a\\n\\x1b[2J\\xff");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	put_fd(t, PID, 4, name);
	assert_true(strlen(look(t, PID, 100, 4, 200, 201)) > 100);
	/* Too short, and numbers that are none. */
	for (uint32_t size = 0; size < 64; size++) {
		uint64_t rec[8] = { (uint64_t)PID << 32, SYS_close, 3 };

		for (unsigned i = 0; i < CALL_FORMATS; i++)
			fds_learn(t->fds, t->calls[i], base + 1000, (uint8_t *)rec, size);
	}
	call(t, RAW_ENTER, PID, 1000, UINT64_MAX, 3, 3);
	call(t, RAW_EXIT, PID, 1000, 1L << 60, 3, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sure, setup, teardown),
		cmocka_unit_test(test_changes),
		cmocka_unit_test_setup_teardown(test_at_the_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pair, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_losses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_single_events, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
