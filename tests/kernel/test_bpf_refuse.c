/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What cannot be loaded says why, to whoever asks; and a process that is killed leaves no program.
 * The loader and its guard are this program.
 */
#include "tests/kernel/load_fixture.h"

#include <sys/prctl.h>

static void test_refused(void **state)
{
	struct loader_request r;
	struct loader_answer *a;

	need_bpf();
	r = object_request(LOADER_LOAD, "refused.bpf.o");
	a = ask(*state, &r);
	assert_int_equal(a->err.code, -EACCES);
	assert_non_null(
	    strstr(a->err.text, "verifier refuses program unsafe: R0 invalid mem access"));
	assert_non_null(strstr(a->err.text, "return *v > 5"));
	assert_true(strlen(a->err.text) < 400);
	assert_true(strlen(a->log) > strlen(a->err.text));
	assert_non_null(strstr(a->log, "processed "));
	assert_int_equal(a->prog_count, 1);
	loader_answer_free(a);
}

static void test_missing(void **state)
{
	struct loader_request r;

	need_bpf();
	r = object_request(LOADER_LOAD, "missing.bpf.o");
	refuses(*state, &r,
		"program on_nothing cannot be attached: this kernel has no tracepoint "
		"sched/no_such_event");
	r = object_request(LOADER_LOAD, "typed.bpf.o");
	r.manifest = "either = on_nothing, on_nowhere\nsample = cpu-clok 99\n";
	refuses(*state, &r, "can attach none of its programs\n  on_nothing: this kernel has no");
	r = object_request(LOADER_LOAD, "typed.bpf.o");
	r.manifest = "maybe = on_nothing, on_nowhere, on_gone\nsample = cpu-clok 99\n";
	refuses(*state, &r, "did you mean 'cpu-clock'");
	r = object_request(LOADER_LOAD, "typed.bpf.o");
	r.manifest = "maybe = on_nothing, on_nowhere, on_gone\n";
	refuses(*state, &r, "none of its programs can be attached");
}

/* Who may not load may look, and is told what is needed. In a process of its own. */
static int be_nobody(void)
{
	struct loader_request r = object_request(LOADER_LOOK, "bootstrap.bpf.o");
	struct loader *l = NULL;
	struct loader_answer *a;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534) ||
	    prctl(PR_SET_DUMPABLE, 1) || access("/proc/self/exe", X_OK))
		return 77;
	if (loader_start(&l, NULL, NULL))
		return 1;
	a = ask(l, &r);
	if (a->err.code)
		return 2;
	r = object_request(LOADER_LOAD, "bootstrap.bpf.o");
	a = ask(l, &r);
	return strstr(a->err.text, "CAP_BPF and CAP_PERFMON: run as root") ? 0 : 3;
}

static void test_nobody(void **state)
{
	int status;
	pid_t pid;

	need_bpf();
	pid = fork();
	if (!pid)
		_exit(be_nobody());
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skip: others may not execute this test\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- kill -9 ---- */

struct left {
	pid_t loader;
	uint32_t prog;
};

static void die_with_programs(int out)
{
	struct guard *g = NULL;
	struct loader *l = NULL;
	struct left left;
	struct loader_answer *a;

	if (guard_start(&g, NULL) || loader_start(&l, g, NULL))
		_exit(1);
	a = load_object(l, "many.bpf.o");
	left.prog = prog_id(a->progs[0].fd);
	left.loader = loader_pid();
	if (write(out, &left, sizeof(left)) != sizeof(left))
		_exit(1);
	for (;;)
		pause();
}

static void test_kill(void **state)
{
	struct left left = { 0 };
	int p[2];
	pid_t pid;

	need_bpf();
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (!pid)
		die_with_programs(p[1]);
	close(p[1]);
	assert_int_equal(read(p[0], &left, sizeof(left)), sizeof(left));
	close(p[0]);
	assert_true(left.loader > 1);
	assert_true(is_loaded(left.prog));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(gone(left.prog));
	for (int i = 0; i < 300 && !kill(left.loader, 0); i++)
		usleep(10000);
	assert_int_equal(kill(left.loader, 0), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_kill),
	};

	if (argc > 1 && !strcmp(argv[1], GUARD_ARG))
		return guard_main(argc, argv);
	if (argc > 1 && !strcmp(argv[1], LOADER_ARG))
		return loader_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
