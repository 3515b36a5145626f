/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_bpf_signal: what the program signal says of signals that processes send, themselves and each
 * other.
 */
#include "tests/kernel/bpf_rows.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct want {
	const char *signal, *why, *to, *result;
	int pid, tid; /* of the target: which number was told; -1: the process itself */
	const char *comm;
};

static void check(struct rows *r, const struct want *want, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct want *w = &want[i];

		assert_row_text(r, i, "signal", w->signal);
		assert_row_text(r, i, "why", w->why);
		assert_row_text(r, i, "to", w->to);
		assert_row_text(r, i, "result", w->result);
		assert_row_number(r, i, "pid", r->pid);
		assert_row_number(r, i, "target_pid", w->pid < 0 ? r->pid : r->told[w->pid]);
		assert_row_number(r, i, "target_tid", w->tid < 0 ? r->pid : r->told[w->tid]);
		if (w->comm)
			assert_row_text(r, i, "target_comm", w->comm);
	}
	assert_int_equal(r->count, count);
}

/* A process that waits for the end. */
static pid_t target(void)
{
	int ready[2];
	char is;
	pid_t pid;

	if (pipe(ready))
		_exit(1);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NAME, "target");
		signal(SIGUSR2, SIG_IGN);
		is = (char)write(ready[1], "", 1);
		for (;;)
			pause();
	}
	if (read(ready[0], &is, 1) != 1)
		_exit(1);
	return pid;
}

static void send(void *data)
{
	union sigval v = { .sival_int = 1 };
	pid_t pid = target();

	(void)data;
	rows_tell(0, pid);
	kill(pid, 0); /* sends nothing */
	kill(pid, SIGUSR2);
	sigqueue(pid, SIGSTOP, v);
	kill(pid, SIGUSR1);
	kill(pid, SIGUSR1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_sent(void **state)
{
	struct rows *r = rows_open("signal");
	const struct want want[] = {
		{ "SIGUSR2", "SI_USER", "process", "ignored", 0, 0, "target" },
		{ "SIGSTOP", "SI_QUEUE", "process", "delivered", 0, 0, "target" },
		{ "SIGUSR1", "SI_USER", "process", "delivered", 0, 0, "target" },
		{ "SIGUSR1", "SI_USER", "process", "already_pending", 0, 0, "target" },
		{ "SIGKILL", "SI_USER", "process", "delivered", 0, 0, "target" },
		/* While it ends the kernel tells the test. */
		{ "SIGCHLD", "CLD_EXITED", "process", "ignored", 1, 1, NULL },
	};

	(void)state;
	rows_begin(r);
	rows_of(r, send, NULL);
	r->told[1] = getpid();
	check(r, want, sizeof(want) / sizeof(want[0]));
	rows_close(r);
}

static void *wait_here(void *data)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	rows_tell(0, (int)syscall(SYS_gettid));
	if (write(*(int *)data, "", 1) == 1)
		sigwait(&set, &sig);
	return NULL;
}

static void send_to_thread(void *data)
{
	int ready[2];
	char is;
	sigset_t set;
	pthread_t t;

	(void)data;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (pipe(ready) || pthread_create(&t, NULL, wait_here, &ready[1]) ||
	    read(ready[0], &is, 1) != 1)
		_exit(1);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, NULL);
	raise(SIGWINCH);
	abort();
}

static void test_of_threads(void **state)
{
	struct rows *r = rows_open("signal");
	struct want want[] = {
		{ "SIGUSR1", "SI_TKILL", "thread", "delivered", -1, 0, NULL },
		{ "SIGWINCH", "SI_TKILL", "thread", "ignored", -1, -1, NULL },
		{ "SIGABRT", "SI_TKILL", "thread", "delivered", -1, -1, NULL },
		{ "SIGCHLD", "CLD_KILLED", "process", "ignored", 1, 1, NULL },
	};

	(void)state;
	rows_begin(r);
	rows_of(r, send_to_thread, NULL);
	assert_int_equal(WTERMSIG(r->status), SIGABRT);
	r->told[1] = getpid();
	if (WCOREDUMP(r->status))
		want[3].why = "CLD_DUMPED";
	check(r, want, 4);
	rows_close(r);
}

static void fault(void *data)
{
	int *volatile nowhere = (int *)8;

	(void)data;
	signal(SIGSEGV, SIG_DFL);
	*nowhere = 1;
}

static void broken_pipe(void *data)
{
	int fds[2];

	(void)data;
	if (!pipe(fds) && !close(fds[0]) && write(fds[1], "", 1))
		pause();
}

static void cpu_limit(void *data)
{
	struct itimerval t = { .it_value = { 0, 1000 } };

	(void)data;
	setitimer(ITIMER_PROF, &t, NULL);
	for (volatile unsigned i = 0;; i++)
		;
}

static void check_first(struct rows *r, void (*fn)(void *data), const char *signal, const char *why)
{
	rows_of(r, fn, NULL);
	assert_true(r->count >= 1);
	assert_row_text(r, 0, "signal", signal);
	assert_row_text(r, 0, "why", why);
	assert_row_number(r, 0, "target_pid", r->pid);
}

/* What the kernel sends: a fault, a pipe, a timer of the process. */
static void test_of_the_kernel(void **state)
{
	struct rows *r = rows_open("signal");

	(void)state;
	rows_begin(r);
	check_first(r, fault, "SIGSEGV", "SEGV_MAPERR");
	assert_row_number(r, 0, "code", 1);
	check_first(r, broken_pipe, "SIGPIPE", "SI_USER");
	check_first(r, cpu_limit, "SIGPROF", "SI_KERNEL");
	rows_close(r);
}

static void send_real_time(void *data)
{
	(void)data;
	signal(SIGRTMIN, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	raise(34);
	raise(64);
}

static void test_one_signal(void **state)
{
	struct rows *r = rows_open("signal");

	(void)state;
	assert_true(tap_option(&r->p, "signal", 64));
	rows_begin(r);
	rows_of(r, send_real_time, NULL);
	assert_int_equal(r->count, 1);
	assert_row_text(r, 0, "signal", "SIGRT64");
	rows_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_of_threads),
		cmocka_unit_test(test_of_the_kernel),
		cmocka_unit_test(test_one_signal),
	};

	signal(SIGCHLD, SIG_DFL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
