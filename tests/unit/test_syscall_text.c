/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls in words: every kind of argument and of result, from raw words and from fields of
 * their own; calls and machines that are not known; records that are too short.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/group_private.h"
#include "core/syscall_text.h"
#include "core/syscall_values.h"
#include "core/util.h"

#define COMMON                                                                                     \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
#define LONG(type, name, at) "\tfield:" type " " name ";\toffset:" #at ";\tsize:8;\tsigned:0;\n"
#define SIGNED(name, at)     "\tfield:long " name ";\toffset:" #at ";\tsize:8;\tsigned:1;\n"
#define NR		     "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
#define ENTER(name)	     "name: sys_enter_" name "\nID: 9\nformat:\n" COMMON NR
#define WORDS		     "\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n"
#define END		     "\nprint fmt: \"\"\n"

/* What the kernel says of some calls. */
static const char *const formats[] = {
	ENTER("openat") LONG("int", "dfd", 16) LONG("const char *", "filename", 24)
	    LONG("int", "flags", 32) LONG("umode_t", "mode", 40) END,
	ENTER("read") LONG("unsigned int", "fd", 16) LONG("char *", "buf", 24)
	    LONG("size_t", "count", 32) END,
	ENTER("mmap") LONG("unsigned long", "addr", 16) LONG("unsigned long", "len", 24)
	    LONG("unsigned long", "prot", 32) LONG("unsigned long", "flags", 40)
		LONG("unsigned long", "fd", 48) LONG("unsigned long", "off", 56) END,
	ENTER("kill") LONG("pid_t", "pid", 16) LONG("int", "sig", 24) END,
	ENTER("clone") LONG("unsigned long", "clone_flags", 16) LONG("unsigned long", "newsp", 24)
	    LONG("int *", "parent_tidptr", 32) END,
	ENTER("socket") LONG("int", "family", 16) LONG("int", "type", 24)
	    LONG("int", "protocol", 32) END,
	ENTER("fchmodat") LONG("int", "dfd", 16) LONG("const char *", "filename", 24)
	    LONG("umode_t", "mode", 32) END,
	ENTER("futex") LONG("u32 *", "uaddr", 16) LONG("int", "op", 24) LONG("u32", "val", 32) END,
	ENTER("epoll_ctl") LONG("int", "epfd", 16) LONG("int", "op", 24) LONG("int", "fd", 32)
	    LONG("struct epoll_event *", "event", 40) END,
	ENTER("fcntl") LONG("unsigned int", "fd", 16) LONG("unsigned int", "cmd", 24)
	    LONG("unsigned long", "arg", 32) END,
	ENTER("lseek") LONG("unsigned int", "fd", 16) LONG("off_t", "offset", 24)
	    LONG("unsigned int", "whence", 32) END,
	ENTER("wait4") LONG("pid_t", "upid", 16) LONG("int *", "stat_addr", 24)
	    LONG("int", "options", 32) LONG("struct rusage *", "ru", 40) END,
	ENTER("newuname") LONG("struct new_utsname *", "name", 16) END,
	ENTER("getpid") END,
};

static const char raw_enter[] =
    "name: sys_enter\nID: 1\nformat:\n" COMMON SIGNED("id", 8) WORDS END;
static const char raw_exit[] =
    "name: sys_exit\nID: 2\nformat:\n" COMMON SIGNED("id", 8) SIGNED("ret", 16) END;
static const char raw_pair[] = "name: syscall\nID: 3\nformat:\n" COMMON SIGNED("id", 8)
    WORDS SIGNED("ret", 64) LONG("ns_t", "latency", 72) END;
static const char program[] =
    "name: syscalls\nID: 5\nformat:\n" COMMON
    "\tfield:syscall_t id;\toffset:8;\tsize:8;\tsigned:1;\n" WORDS SIGNED("ret", 64)
	LONG("ns_t", "latency", 72) END;
static const char swap_enter[] =
    "name: sys_enter\nID: 4\nformat:\n" COMMON SIGNED("id", 8) WORDS END;

struct fixture {
	struct schema *schemas[ARRAY_SIZE(formats)];
	struct schema *enter, *exit, *pair;
	struct syscalls *sc;
	unsigned asked;
};

static const struct machine ours = { .long_size = 8 };

static struct schema *parse(const char *system, const char *text, struct machine m)
{
	struct err e = ERR_INIT;
	struct schema *s = NULL;

	if (schema_parse(system, text, strlen(text), m, &s, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	s->pid = schema_field(s, "common_pid");
	return s;
}

static const struct schema *find(void *data, struct machine m, const char *name)
{
	struct fixture *fx = data;

	fx->asked++;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(fx->schemas[i]->name, name) && m.long_size == 8 && !m.swap)
			return fx->schemas[i];
	return NULL;
}

static int setup(void **state)
{
	struct fixture *fx = test_calloc(1, sizeof(*fx));
	struct syscalls_conf c = { .find = find, .data = fx };

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		fx->schemas[i] = parse("syscalls", formats[i], ours);
	fx->enter = parse("raw_syscalls", raw_enter, ours);
	fx->exit = parse("raw_syscalls", raw_exit, ours);
	fx->pair = parse("pair", raw_pair, ours);
	fx->sc = syscalls_new(&c);
	*state = fx;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fx = *state;

	syscalls_free(fx->sc);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		schema_free(fx->schemas[i]);
	schema_free(fx->enter);
	schema_free(fx->exit);
	schema_free(fx->pair);
	test_free(fx);
	return 0;
}

/* A row said; "-" where it is no call. Borrowed until the next one. */
static const char *say(struct syscalls *sc, const struct schema *s, const void *rec, size_t size)
{
	static char text[512];
	struct row r = { .ts = 1000000, .rec = rec, .size = (uint32_t)size, .schema = s };
	struct strbuf out = { 0 };

	snprintf(text, sizeof(text), "%s", syscalls_text(sc, &r, &out) ? strbuf_cstr(&out) : "-");
	strbuf_done(&out);
	return text;
}

static const char *enter(struct fixture *fx, long nr, const uint64_t *args)
{
	uint64_t rec[8] = { 0, (uint64_t)nr };

	memcpy(rec + 2, args, 48);
	return say(fx->sc, fx->enter, rec, sizeof(rec));
}

static const char *leave(struct fixture *fx, long nr, long ret)
{
	uint64_t rec[3] = { 0, (uint64_t)nr, (uint64_t)ret };

	return say(fx->sc, fx->exit, rec, sizeof(rec));
}

#define ARGS(...) ((const uint64_t[6]) { __VA_ARGS__ })

static void test_arguments(void **state)
{
	static const struct {
		long nr;
		uint64_t args[6];
		const char *text;
	} cases[] = {
		/* Half of a register is garbage where the type is an int. */
		{ SYS_openat,
		  { 0xffffffff9c + 0xab0000000000, 0x7ffc00001000, O_RDONLY | O_CLOEXEC, 0777 },
		  "openat(AT_FDCWD, 0x7ffc00001000, O_RDONLY|O_CLOEXEC)" },
		{ SYS_openat,
		  { 5, 0x1000, O_RDWR | O_CREAT | O_SYNC, 0x10000 | 0644 },
		  "openat(5, 0x1000, O_RDWR|O_SYNC|O_CREAT, 0644)" },
		{ SYS_openat,
		  { 5, 0x1000, O_WRONLY | O_TMPFILE, 0600 },
		  "openat(5, 0x1000, O_WRONLY|O_TMPFILE, 0600)" },
		{ SYS_openat, { 5, 0, 0x80000003 }, "openat(5, NULL, 0x3|0x80000000)" },
		{ SYS_read, { 3, 0x55, 4096 }, "read(3, 0x55, 4096)" },
		{ SYS_read, { (uint64_t)-1, 0, 0 }, "read(-1, NULL, 0)" },
		{ SYS_mmap,
		  { 0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0xffffffff, 0 },
		  "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)" },
		{ SYS_mmap,
		  { 0x7f00, 1, PROT_NONE, MAP_SHARED, 4, 4096 },
		  "mmap(0x7f00, 1, PROT_NONE, MAP_SHARED, 4, 4096)" },
		{ SYS_kill, { 1234, SIGTERM }, "kill(1234, SIGTERM)" },
		{ SYS_kill, { (uint64_t)-1, 0 }, "kill(-1, 0)" },
		{ SYS_kill, { 1, 34 }, "kill(1, SIGRT_2)" },
		{ SYS_kill, { 1, 99 }, "kill(1, 99)" },
		{ SYS_clone,
		  { CLONE_VM | CLONE_VFORK | SIGCHLD, 0x1000, 0 },
		  "clone(CLONE_VM|CLONE_VFORK|SIGCHLD, 0x1000, NULL)" },
		{ SYS_clone, { SIGCHLD, 0, 0 }, "clone(SIGCHLD, NULL, NULL)" },
		{ SYS_clone, { 0, 0, 0 }, "clone(0, NULL, NULL)" },
		{ SYS_socket,
		  { AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 17 },
		  "socket(AF_INET6, SOCK_DGRAM|SOCK_NONBLOCK, 17)" },
		{ SYS_socket, { 999, SOCK_STREAM, 0 }, "socket(0x3e7, SOCK_STREAM, 0)" },
		{ SYS_fchmodat, { 3, 0x10, 04755 }, "fchmodat(3, 0x10, 04755)" },
		{ SYS_fchmodat, { 3, 0x10, 0 }, "fchmodat(3, 0x10, 0)" },
		{ SYS_futex,
		  { 0x10, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2 },
		  "futex(0x10, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 2)" },
		{ SYS_epoll_ctl,
		  { 4, EPOLL_CTL_MOD, 7, 0x20 },
		  "epoll_ctl(4, EPOLL_CTL_MOD, 7, 0x20)" },
		{ SYS_fcntl, { 3, F_SETFD, 1 }, "fcntl(3, F_SETFD, 0x1)" },
		{ SYS_lseek, { 3, (uint64_t)-8, SEEK_END }, "lseek(3, -8, SEEK_END)" },
		{ SYS_wait4,
		  { (uint64_t)-1, 0, WNOHANG | WUNTRACED, 0 },
		  "wait4(-1, NULL, WNOHANG|WUNTRACED, NULL)" },
		{ SYS_wait4, { 7, 0, 0, 0 }, "wait4(7, NULL, 0, NULL)" },
		/* The kernel's event is called newuname. */
		{ SYS_uname, { 0x30 }, "uname(0x30)" },
		{ SYS_getpid, { 1, 2, 3 }, "getpid()" },
		/* No format: words. */
		{ SYS_sync, { 1, 0, 0xff }, "sync(0x1, 0, 0xff, 0, 0, 0)" },
		{ 1023, { 1 }, "syscall_1023(0x1, 0, 0, 0, 0, 0)" },
		{ -1, { 1 }, "syscall_-1(0x1, 0, 0, 0, 0, 0)" },
		{ 1L << 40, { 0 }, "syscall_1099511627776(0, 0, 0, 0, 0, 0)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(enter(*state, cases[i].nr, cases[i].args), cases[i].text);
}

static void test_results(void **state)
{
	struct fixture *fx = *state;

	assert_string_equal(leave(fx, SYS_openat, 3), "openat = 3");
	assert_string_equal(leave(fx, SYS_openat, -ENOENT),
			    "openat = -1 ENOENT (No such file or directory)");
	assert_string_equal(leave(fx, SYS_read, -512), "read = ? ERESTARTSYS");
	assert_string_equal(leave(fx, SYS_read, -4095), "read = -4095");
	assert_string_equal(leave(fx, SYS_lseek, -4096), "lseek = -4096");
	assert_string_equal(leave(fx, SYS_mmap, 0x7f0000001000), "mmap = 0x7f0000001000");
	assert_string_equal(leave(fx, SYS_mmap, -ENOMEM),
			    "mmap = -1 ENOMEM (Cannot allocate memory)");
	assert_string_equal(leave(fx, 1023, -1),
			    "syscall_1023 = -1 EPERM (Operation not permitted)");
}

static void test_asks_once(void **state)
{
	struct fixture *fx = *state;

	enter(fx, SYS_read, ARGS(1));
	enter(fx, SYS_read, ARGS(2));
	enter(fx, SYS_sync, ARGS(1));
	leave(fx, SYS_sync, 0);
	assert_int_equal(fx->asked, 2);
	syscalls_renew(fx->sc);
	assert_string_equal(enter(fx, SYS_read, ARGS(1, 2, 3)), "read(1, 0x2, 3)");
	assert_int_equal(fx->asked, 3);
}

static void test_pair(void **state)
{
	struct fixture *fx = *state;
	uint64_t rec[10] = { 0, SYS_read, 3, 0x55, 4096, 0, 0, 0, 832, 123456 };

	assert_string_equal(say(fx->sc, fx->pair, rec, sizeof(rec)),
			    "read(3, 0x55, 4096) = 832 <0.000123>");
	/* A pair of something else is none, whatever its fields are called. */
	fx->pair->system = "other";
	syscalls_renew(fx->sc);
	assert_string_equal(say(fx->sc, fx->pair, rec, sizeof(rec)), "-");
}

/* A program says by a type word that its rows are calls. */
static void test_program(void **state)
{
	struct fixture *fx = *state;
	uint64_t rec[10] = { 0, SYS_read, 3, 0x55, 4096, 0, 0, 0, 832, 123456 };
	struct schema *s = parse("bpf", program, ours);

	assert_string_equal(say(fx->sc, s, rec, sizeof(rec)),
			    "read(3, 0x55, 4096) = 832 <0.000123>");
	assert_ptr_equal(group_syscall_field(s), schema_field(s, "id"));
	schema_free(s);
}

/* An event of one call: its own fields; a string where the kernel copied one. */
static void test_own_fields(void **state)
{
	static const char text[] = ENTER("openat") LONG("int", "dfd", 16)
	    LONG("const char *", "filename", 24) LONG("int", "flags", 32)
		LONG("umode_t", "mode", 40) "\tfield:__data_loc char[] "
					    "__filename_val;\toffset:48;\tsize:4;\tsigned:0;\n" END;
	static const char leaving[] =
	    "name: sys_exit_openat\nID: 5\nformat:\n" COMMON NR SIGNED("ret", 16) END;
	struct fixture *fx = *state;
	struct schema *s = parse("syscalls", text, ours), *x = parse("syscalls", leaving, ours);
	uint8_t rec[80] = { 0 };

	store_u32(rec + 8, SYS_openat);
	store_u64(rec + 16, (uint64_t)AT_FDCWD);
	store_u64(rec + 24, 0x1234);
	store_u32(rec + 48, 10u << 16 | 56);
	memcpy(rec + 56, "/a \"\n\033[2J", 10);
	assert_string_equal(say(fx->sc, s, rec, sizeof(rec)),
			    "openat(AT_FDCWD, \"/a \\x22\\n\\x1b[2J\", O_RDONLY)");
	store_u32(rec + 48, 200u << 16 | 56); /* beyond the record: the address is what is known */
	assert_string_equal(say(fx->sc, s, rec, sizeof(rec)), "openat(AT_FDCWD, 0x1234, O_RDONLY)");
	store_u64(rec + 24, 0);
	assert_string_equal(say(fx->sc, s, rec, sizeof(rec)), "openat(AT_FDCWD, NULL, O_RDONLY)");
	assert_string_equal(say(fx->sc, s, rec, 40), "-");
	store_u64(rec + 16, (uint64_t)-EMFILE);
	assert_string_equal(say(fx->sc, x, rec, sizeof(rec)),
			    "openat = -1 EMFILE (Too many open files)");
	assert_int_equal(fx->asked, 0);
	schema_free(s);
	schema_free(x);
}

/* Another byte order or another kind of machine: its numbers mean other calls. */
static void test_foreign(void **state)
{
	struct fixture *fx = *state;
	struct machine other = { .swap = true, .long_size = 8 };
	struct schema *s = parse("raw_syscalls", swap_enter, other);
	struct machine far = { .long_size = 8, .foreign = true };
	struct schema *theirs = parse("raw_syscalls", raw_enter, far);
	uint64_t rec[8] = { 0, __builtin_bswap64(SYS_read), __builtin_bswap64(7) };
	uint64_t mine[8] = { 0, 257, 7 };

	assert_string_equal(say(fx->sc, s, rec, sizeof(rec)), "syscall_0(0x7, 0, 0, 0, 0, 0)");
	assert_string_equal(say(fx->sc, theirs, mine, sizeof(mine)),
			    "syscall_257(0x7, 0, 0, 0, 0, 0)");
	assert_int_equal(fx->asked, 0);
	schema_free(theirs);
	schema_free(s);
}

static void test_damaged(void **state)
{
	struct fixture *fx = *state;
	uint64_t rec[8] = { 0, SYS_read };
	struct row lost = { .flags = ROW_LOSS }, unknown = { .rec = (const uint8_t *)rec };
	struct strbuf out = { 0 };

	for (size_t size = 0; size < sizeof(rec); size++)
		assert_string_equal(say(fx->sc, fx->enter, rec, size), "-");
	assert_false(syscalls_text(fx->sc, &lost, &out));
	assert_false(syscalls_text(fx->sc, &unknown, &out));
	assert_int_equal(out.len, 0);
}

struct parts {
	struct strbuf out;
};

static void add_part(const struct syscall_part *p, void *data)
{
	struct parts *parts = data;

	strbuf_fmt(&parts->out, "%s|%s|%llx|%s\n", p->name, p->type ? p->type : "-",
		   (unsigned long long)p->raw, p->meaning);
}

static void test_parts(void **state)
{
	struct fixture *fx = *state;
	struct parts parts = { { 0 } };
	uint64_t rec[10] = { 0, SYS_kill, 77, SIGKILL, 0, 0, 0, 0, (uint64_t)-ESRCH, 1 };
	struct row r = { .rec = (uint8_t *)rec, .size = sizeof(rec), .schema = fx->pair };

	assert_true(syscalls_each(fx->sc, &r, add_part, &parts));
	assert_string_equal(strbuf_cstr(&parts.out), "pid|pid_t|4d|\nsig|int|9|SIGKILL\n"
						     "ret|-|fffffffffffffffd|-1 ESRCH (No such "
						     "process)\n");
	assert_string_equal(syscalls_name(fx->sc, &r), "kill");
	strbuf_done(&parts.out);
}

static void check_table(const char *key, void *data)
{
	const struct value_table *t = value_table_find(key);

	++*(unsigned *)data;
	if (!t || !t->names->name)
		fail_msg("no names for '%s'", key);
}

/* Every rule has its table, and the headers filled it. */
static void test_tables(void **state)
{
	unsigned count = 0;

	(void)state;
	syscall_rule_tables(check_table, &count);
	assert_true(count > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_arguments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_results, setup, teardown),
		cmocka_unit_test_setup_teardown(test_asks_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pair, setup, teardown),
		cmocka_unit_test_setup_teardown(test_program, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
